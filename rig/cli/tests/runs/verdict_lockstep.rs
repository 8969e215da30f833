//! Edge cases of the lockstep: events at one instant, and time that must pass.

use thecal_cli::registry::reference;
use thecal_engine::bench::{Bench, BenchError, Exchange};
use thecal_engine::programmer::Answer;
use thecal_engine::run::{Progress, RunFailure, RunHistory, run};
use thecal_engine::verdict::{Verdict, judge};
use thecal_link::limits::NVM_LEN;
use thecal_link::{Boot, Hello, MotorCommand, Reaction, Stimulus};
use thecal_plan::{Request, Scenario};
use thecal_reference::Native;
use thecal_reference::programmer::Reference;
use thecal_scenario::parse;
use thecal_units::{Millis, PumpTime};

fn scenario(rest: &str) -> Scenario {
    let text = format!(
        "title = \"Edges\"\nseed = 1\nduration = \"4 h\"\n\
         [patient]\ntolerance = \"chronic\"\n\
         [pump]\ndrug = \"morphine\"\nconcentration = \"2 mg/mL\"\nreservoir = \"18 mL\"\n\
         [therapy]\ndose = \"1 mg/day\"\n\
         patient-bolus = {{ dose = \"50 µg\", duration = \"5 min\", lockout = \"1 h\", \
         daily-maximum = 3 }}\n{rest}"
    );
    parse("test/edges", "edges.toml", &text)
        .unwrap_or_else(|error| panic!("{:?}", miette::Report::new(error)))
}

fn run_on(scenario: &Scenario, bench: &mut dyn Bench) -> Result<RunHistory, RunFailure> {
    let programmer = Box::new(Reference::new());
    run(scenario, bench, programmer, None, &Progress::default())
}

const ANY: &str = "[[expect]]\nname = \"any\"\nalways = \"true.reservoir >= 0 mL\"\n";

#[test]
fn what_is_said_at_the_instant_of_a_watchdog_reset_is_heard_at_that_instant() {
    let quiet = scenario(ANY);
    let history = run_on(&quiet, &mut Native::hang_at(vec![100])).expect("a run");
    let at = history.resets.first().expect("the watchdog").at;
    let press = format!(
        "[[timeline]]\nat = \"{} ms\"\npress = {{ remote = 1 }}\n{ANY}",
        at.as_millis()
    );
    let history = run_on(&scenario(&press), &mut Native::hang_at(vec![100])).expect("a run");
    let pressed = history.commands.last().expect("the press");
    assert_eq!((pressed.at, history.resets[0].at), (at, at));
    assert_eq!(pressed.answer, Some(Answer::Granted));
}

/// When the motor stalls that a pump does not give up.
const STALL: Millis = Millis::MINUTE.times(237);

/// Answers every missed pulse with another that is due at once.
struct Stubborn(Native, u64);

impl Bench for Stubborn {
    fn boot(&mut self, boot: &Boot, nvm: &[u8; NVM_LEN]) -> Result<Hello, BenchError> {
        self.0.boot(boot, nvm)
    }

    fn exchange(
        &mut self,
        stimulus: &Stimulus,
        reaction: &mut Reaction,
    ) -> Result<Exchange, BenchError> {
        self.1 += 1;
        if self.1 > 400_000 {
            let (how, detail) = ("time stands still".into(), String::new());
            return Err(BenchError::ProcessGone {
                program: "the test",
                how,
                detail,
            });
        }
        let exchanged = self.0.exchange(stimulus, reaction);
        // A pulse each millisecond misses without a stall too: not for hours.
        if stimulus.clock >= PumpTime::ZERO + STALL {
            reaction.motor = MotorCommand::Train {
                pulses: 2,
                first_delay_us: 0,
                period_us: 1_000_000_000,
                pulse_energy_uj: 30,
            };
            reaction.arm.missed_pulse = true;
        }
        exchanged
    }
}

#[test]
fn a_pump_that_wakes_itself_at_one_instant_does_not_stop_time() {
    let stalled = format!(
        "[[fault]]\nstart = \"3 h 57 min\"\nduration = \"90 s\"\nmotor-stall = {{}}\n{ANY}"
    );
    let history = run_on(&scenario(&stalled), &mut Stubborn(Native::new(), 0)).expect("it ends");
    assert!(history.exchanges > 1_000, "{}", history.exchanges);
}

#[test]
fn of_two_faults_that_touch_both_are_felt() {
    let stalls = format!(
        "[[fault]]\nstart = \"1 h\"\nduration = \"30 min\"\nmotor-stall = {{}}\n\
         [[fault]]\nstart = \"1 h 30 min\"\nduration = \"30 min\"\nmotor-stall = {{}}\n{ANY}"
    );
    let scenario = scenario(&stalls);
    let history = run_on(&scenario, &mut Native::new()).expect("a run");
    assert_eq!(
        judge(&scenario, &history, &reference()).doubts,
        Vec::<String>::new()
    );
    assert!(history.faults.iter().all(|fault| fault.effect > 0));
    let moved = |hours: u64| {
        let at = thecal_units::SimTime::from_millis(hours * 3_600_000);
        history.moved.at(at)
    };
    let stuck = moved(2) - moved(1);
    assert!(stuck.abs() < 0.5, "{stuck} steps while stalled");
}

#[test]
fn a_press_at_the_very_start_is_counted() {
    let press = "[[timeline]]\nat = \"0 s\"\npress = { remote = 1 }\n\
         [[expect]]\nname = \"counted\"\ncount = \"bolus.granted\"\nat-least = 1\nat-most = 1\n\
         [[expect]]\nname = \"in-a-window\"\ncount = \"bolus.granted\"\nwindow = \"1 h\"\nat-most = 0\n";
    let scenario = scenario(press);
    let judgement = judge(
        &scenario,
        &run_on(&scenario, &mut Native::new()).expect("a run"),
        &reference(),
    );
    assert_eq!(judgement.findings[0].verdict, Verdict::Pass);
    assert_eq!(judgement.findings[1].verdict, Verdict::Fail);
}

#[test]
fn a_run_of_another_scenario_is_not_judged_by_this_one() {
    let one = "[[expect]]\nname = \"one\"\nnever = \"alarm.critical\"\n";
    let (mine, other) = (scenario(ANY), scenario(one));
    let history = run_on(&other, &mut Native::new()).expect("a run");
    assert_eq!(judge(&other, &history, &reference()).verdict, Verdict::Pass);
    let judgement = judge(&mine, &history, &reference());
    assert_eq!(judgement.verdict, Verdict::Error);
    assert!(judgement.doubts[0].contains("other expectations"));
}

#[test]
fn what_a_log_says_that_nobody_could_read_is_not_known() {
    let quiet = "[[expect]]\nname = \"quiet\"\nnever = \"log.motor-stall\"\n\
         [[expect]]\nname = \"none\"\ncount = \"log.motor-stall\"\nat-most = 0\n";
    let scenario = scenario(quiet);
    let history = run_on(&scenario, &mut Native::hang_at((100..200).collect())).expect("a run");
    let judgement = judge(&scenario, &history, &reference());
    for finding in &judgement.findings[..2] {
        assert_eq!(finding.verdict, Verdict::Inconclusive, "{}", finding.name);
    }
}

#[test]
fn a_replay_and_a_press_at_one_instant_keep_the_order_of_the_file() {
    let both = format!(
        "[[timeline]]\nat = \"1 h\"\nreplay = {{}}\n\
         [[timeline]]\nat = \"1 h\"\npress = {{ remote = 1 }}\n{ANY}"
    );
    let history = run_on(&scenario(&both), &mut Native::new()).expect("a run");
    let last: Vec<_> = history
        .commands
        .iter()
        .rev()
        .take(2)
        .map(|record| (!record.origin.is_genuine(), record.request.name()))
        .collect();
    assert_eq!(last, [(false, "patient bolus"), (true, "start")]);
    let press = history.commands.last().expect("the press");
    assert!(matches!(press.request, Request::PatientBolus { press: 1 }));
}

#[test]
fn a_log_longer_than_its_ring_is_read_from_its_oldest_entry_and_says_no_more_than_it_knows() {
    let restless = "[[timeline]]\nevery = \"20 s\"\nfrom = \"10 s\"\nstop = {}\n\
         [[timeline]]\nevery = \"20 s\"\nfrom = \"20 s\"\nstart = {}\n\
         [[fault]]\nstart = \"5 s\"\nreset = {}\n\
         [[expect]]\nname = \"quiet\"\nnever = \"log.reset\"\n\
         [[expect]]\nname = \"none\"\ncount = \"log.reset\"\nat-most = 0\n\
         [[expect]]\nname = \"once\"\ncount = \"log.reset\"\nat-least = 1\n\
         [[expect]]\nname = \"late\"\nnever = \"log.reset\"\nafter = \"3 h 59 min\"\n";
    let scenario = scenario(restless);
    let history = run_on(&scenario, &mut Native::new()).expect("a run");
    let status = history.status.as_ref().expect("it answers");
    assert!(history.log.first > 0, "{} entries", status.log_entries);
    let last = history.log.lines.last().expect("entries").1.index;
    assert_eq!(last + 1, status.log_entries);
    let judgement = judge(&scenario, &history, &reference());
    let verdict = |index: usize| judgement.findings[index].verdict;
    // The entry of the reset was overwritten: only the last minute is known to be without one.
    for index in 0..3 {
        assert_eq!(verdict(index), Verdict::Inconclusive, "{index}");
    }
    assert_eq!(verdict(3), Verdict::Pass);
    for monitor in &judgement.findings[judgement.expectations..] {
        assert_eq!(monitor.verdict, Verdict::Pass, "{monitor:?}");
    }
}
