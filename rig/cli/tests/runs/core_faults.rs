//! Faults of core, memory and power: what the loop asks of a bench, and the resulting verdict. The
//! bench is the library in a wrapper that records requests and can make it hang.

use thecal_cli::registry::reference;
use thecal_engine::bench::{Bench, BenchError, Exchange};
use thecal_engine::run::{Progress, RunError, RunFailure, RunHistory, run};
use thecal_engine::verdict::{Judgement, Verdict, judge};
use thecal_link::limits::NVM_LEN;
use thecal_link::{Boot, Hello, MotorCommand, Reaction, ResetCause, Stimulus, WakeReasons};
use thecal_plan::{Capability, Changed, Disturbance, Scenario};
use thecal_reference::Native;
use thecal_reference::programmer::Reference;
use thecal_report::{Record, render};
use thecal_scenario::parse;
use thecal_units::{Millis, PumpTime};

/// The report of a run.
fn report(scenario: &Scenario, history: &RunHistory, judgement: &Judgement) -> String {
    let mut record = Record::new(scenario, "able");
    record.finish(scenario, &mut history.clone(), judgement.clone());
    render(scenario, &record).expect("it reached its end")
}

/// A bench with all capabilities, and the requests made to it.
#[derive(Default)]
struct Able {
    pump: Native,
    asked: Vec<Disturbance>,
    boots: Vec<ResetCause>,
    /// Supply and its minimum at each exchange, and whether the comparator woke the pump.
    supplies: Vec<(u16, u16, bool)>,
    /// The result of a flip.
    flips: Option<Changed>,
    /// A pump that repeats its bolus after each power-on but the first.
    repeats_bolus: bool,
    repeats_until: PumpTime,
    looked_at: PumpTime,
    /// Whether the pump hangs after its bits have flipped, until it boots.
    hangs_after_flip: bool,
    flipped: bool,
    /// From this instant on it requests wakes after the end of its watchdog.
    oversleeps_from: Option<PumpTime>,
}

impl Bench for Able {
    fn boot(&mut self, boot: &Boot, nvm: &[u8; NVM_LEN]) -> Result<Hello, BenchError> {
        self.boots.push(boot.cause);
        self.flipped = false;
        self.pump.boot(boot, nvm)
    }

    fn exchange(
        &mut self,
        stimulus: &Stimulus,
        reaction: &mut Reaction,
    ) -> Result<Exchange, BenchError> {
        let by_supply = stimulus.wake.has(WakeReasons::SUPPLY);
        self.supplies
            .push((stimulus.supply_mv, stimulus.supply_min_mv, by_supply));
        if self.flipped && self.hangs_after_flip {
            return Ok(Exchange::Hung);
        }
        let mut heard = stimulus.clone();
        let repeats = stimulus.clock < self.repeats_until;
        // It may have slept past the end of the bolus.
        if self.looked_at < self.repeats_until {
            // It does not count the repeated bolus, only its train of 1 mg/day, a step in 864 ms.
            let steps = |at: PumpTime| at.as_millis() / 864;
            let driven = steps(stimulus.clock) - steps(self.looked_at);
            heard.steps_driven = u32::try_from(driven).expect("a short while");
            heard.steps_sensed = heard.steps_driven;
        }
        self.looked_at = stimulus.clock;
        let exchanged = self.pump.exchange(&heard, reaction);
        reaction.arm.supply_below_mv = 2_500;
        if self
            .oversleeps_from
            .is_some_and(|from| stimulus.clock >= from)
        {
            reaction.wake_at = stimulus.clock + reaction.watchdog + Millis::MINUTE;
        }
        if self.repeats_bolus && self.boots.len() > 1 && stimulus.wake.has(WakeReasons::BOOT) {
            self.repeats_until = stimulus.clock + Millis::from_secs(61);
            // Repeats 100 µg of 2 mg/mL, in steps of 5 nL, in a minute: as fast as a motor follows.
            reaction.motor = MotorCommand::Train {
                pulses: 10_000,
                first_delay_us: 1_000,
                period_us: 6_000,
                pulse_energy_uj: 30,
            };
        } else if repeats {
            reaction.motor = MotorCommand::Keep;
        }
        exchanged
    }

    fn disturb(&mut self, disturbance: &Disturbance) -> Result<Changed, BenchError> {
        self.asked.push(disturbance.clone());
        match (disturbance.needs(), self.flips) {
            (Capability::Power | Capability::Halt, _) => self.pump.disturb(disturbance),
            (_, Some(changed)) => {
                self.flipped = true;
                Ok(changed)
            }
            (needs, None) => Err(BenchError::Incapable { needs }),
        }
    }
}

const FLIPPED: Option<Changed> = Some(Changed {
    before: 0x40,
    after: 0x48,
});

/// Two hours of 1 mg/day, with `more` lines of the scenario.
fn history_of(more: &str) -> Scenario {
    let text = format!(
        "title = \"A fault\"\nseed = 1\nduration = \"2 h\"\n\
         [pump]\ndrug = \"morphine\"\nconcentration = \"2 mg/mL\"\nreservoir = \"18 mL\"\n\
         [therapy]\ndose = \"1 mg/day\"\n\
         {more}\n\
         [[expect]]\nname = \"any\"\nalways = \"true.reservoir >= 0 mL\"\n"
    );
    parse("test/fault", "fault.toml", &text)
        .unwrap_or_else(|error| panic!("{:?}", miette::Report::new(error)))
}

fn fault(more: &str) -> Scenario {
    history_of(&format!("[[fault]]\n{more}"))
}

fn try_run(scenario: &Scenario, bench: &mut Able) -> Result<(RunHistory, Judgement), RunFailure> {
    let people = Box::new(Reference::new());
    let history = run(scenario, bench, people, None, &Progress::default())?;
    let judgement = judge(scenario, &history, &reference());
    Ok((history, judgement))
}

fn run_on(scenario: &Scenario, bench: &mut Able) -> (RunHistory, Judgement) {
    try_run(scenario, bench).expect("a pump that misbehaves does not break the rig")
}

fn note<'j>(judgement: &'j Judgement, name: &str) -> &'j str {
    let found = judgement.findings.iter().find(|of| of.name == name);
    found.and_then(|of| of.note.as_deref()).unwrap_or("")
}

#[test]
fn needs_follow_from_the_faults() {
    for (text, needs) in [
        ("power-cut = {}", Capability::Power),
        ("duration = \"1 min\"\ncore-halt = {}", Capability::Halt),
        ("ram-flip = { symbol = \"A\", bit = 1 }", Capability::Memory),
        (
            "flash-flip = { symbol = \"A\", bit = 1 }",
            Capability::Flash,
        ),
        (
            "register-flip = { register = \"pc\", mask = \"0x2\" }",
            Capability::Registers,
        ),
    ] {
        let scenario = fault(&format!("start = \"1 h\"\n{text}"));
        assert_eq!(scenario.needs, [needs], "{text}");
    }
    let dip = "start = \"1 h\"\nduration = \"1 s\"\nbrown-out = { level = \"1 V\" }";
    assert_eq!(fault(dip).needs, []);
}

/// Verifies REQ-POST-008.
#[test]
fn without_power_nothing_is_asked_and_nothing_moves() {
    let scenario = history_of(
        "[[fault]]\nstart = \"30 min\"\nduration = \"30 min\"\npower-cut = {}\n\
         [[timeline]]\nat = \"40 min\"\ninterrogate = {}\n",
    );
    let mut bench = Able::default();
    let (history, judgement) = run_on(&scenario, &mut bench);
    assert_eq!(judgement.verdict, Verdict::Pass, "{:?}", judgement.findings);
    assert_eq!(bench.boots, [ResetCause::PowerOn, ResetCause::PowerOn]);
    assert_eq!(bench.asked, [Disturbance::CutPower]);
    let minute = |number: u64| thecal_units::SimTime::from_millis(number * 60_000);
    let moved = |from: u64, to: u64| history.moved.at(minute(to)) - history.moved.at(minute(from));
    assert!(moved(31, 59) < 0.5 && moved(61, 119) > 4_000.0);
    assert_eq!(history.resets[0].at, minute(60));
    assert_eq!(history.resets[0].because, Some("power-cut"));
    let lost = history.commands.iter().filter(|record| record.lost);
    assert_eq!(
        lost.map(|record| record.at).collect::<Vec<_>>(),
        [minute(40)]
    );
    let body = report(&scenario, &history, &judgement);
    for line in [
        "power-cut at 30 min, power back at 1 h",
        "loses power: motor stopped",
        "interrogate: no answer",
        "resets caused by power-cut: 1",
    ] {
        assert!(body.contains(line), "`{line}` is missing in\n{body}");
    }
}

/// Verifies REQ-BOL-010.
#[test]
fn a_pump_that_gives_its_bolus_again_after_a_power_cut_fails() {
    let bolus = "patient-bolus = { dose = \"100 µg\", duration = \"5 min\", lockout = \"1 h\", \
                 daily-maximum = 3 }\n\
                 [[timeline]]\nat = \"20 min\"\npress = { remote = 1 }\n";
    for start in ["20 min 30 s", "24 min", "50 min"] {
        let cut = format!("{bolus}[[fault]]\nstart = \"{start}\"\npower-cut = {{}}");
        let (_, judgement) = run_on(&history_of(&cut), &mut Able::default());
        assert_eq!(
            judgement.verdict,
            Verdict::Pass,
            "{start}: {:?}",
            judgement.findings
        );
        let mut bench = Able {
            repeats_bolus: true,
            ..Able::default()
        };
        let (_, judgement) = run_on(&history_of(&cut), &mut bench);
        let bad = judgement
            .findings
            .iter()
            .filter(|of| of.verdict != Verdict::Pass);
        let bad: Vec<&str> = bad.map(|of| of.name.as_str()).collect();
        assert!(
            bad.contains(&"spec:bolus-not-more") || bad.contains(&"spec:dose-not-more"),
            "{start}: {bad:?}"
        );
        assert_eq!(judgement.verdict, Verdict::Fail);
    }
}

#[test]
fn a_cut_whose_place_never_comes_has_not_fired() {
    for place in [
        "before = \"sounder\"",
        "at-write = 1000",
        "at-write = 1, after-bytes = 255",
    ] {
        let scenario = fault(&format!("start = \"1 h\"\npower-cut = {{ {place} }}"));
        let (_, judgement) = run_on(&scenario, &mut Able::default());
        assert_eq!(judgement.verdict, Verdict::Error, "{place}");
        assert!(judgement.doubts[0].contains("never fired"), "{place}");
    }
}

#[test]
fn a_dip_shows_at_the_pins_and_only_below_the_threshold_is_a_reset() {
    let dip = |level: &str| {
        let text = "start = \"30 min 7 s\"\nduration = \"2 s\"";
        fault(&format!("{text}\nbrown-out = {{ level = \"{level}\" }}"))
    };
    let mut bench = Able::default();
    let (history, judgement) = run_on(&dip("2.2 V"), &mut bench);
    assert_eq!(judgement.verdict, Verdict::Pass);
    assert_eq!(history.resets.len(), 0);
    assert!(
        bench.supplies.contains(&(2_200, 2_200, true)),
        "the comparator wakes the pump"
    );
    assert!(
        bench.supplies.iter().any(|&(now, _, _)| now > 3_000),
        "and it is over"
    );

    let mut bench = Able::default();
    let (history, judgement) = run_on(&dip("1.6 V"), &mut bench);
    assert_eq!(judgement.verdict, Verdict::Pass);
    assert_eq!(bench.boots, [ResetCause::PowerOn, ResetCause::BrownOut]);
    assert_eq!(history.resets[0].at.as_millis(), 30 * 60_000 + 9_000);
    assert!(
        bench.supplies.iter().all(|&(now, _, _)| now > 2_000),
        "no exchange in the dip"
    );

    let (_, judgement) = run_on(&dip("3.3 V"), &mut Able::default());
    assert_eq!(
        judgement.verdict,
        Verdict::Error,
        "a dip that is none has not fired"
    );
}

#[test]
fn power_that_comes_back_into_a_dip_starts_nothing() {
    let dip = "[[fault]]\nstart = \"40 min\"\nduration = \"20 min\"\n\
        brown-out = { level = \"1.5 V\" }";
    for first in ["power-cut = {}", "brown-out = { level = \"1.6 V\" }"] {
        let text = format!("start = \"30 min\"\nduration = \"10 min\"\n{first}\n{dip}");
        let mut bench = Able::default();
        let (history, judgement) = run_on(&fault(&text), &mut bench);
        assert_eq!(judgement.verdict, Verdict::Pass, "{first}");
        assert_eq!(bench.boots, [ResetCause::PowerOn, ResetCause::BrownOut]);
        assert_eq!(history.resets[0].at.as_millis(), 60 * 60_000, "{first}");
        assert!(bench.supplies.iter().all(|&(now, ..)| now > 2_000));
    }
}

/// Verifies REQ-WDG-001.
#[test]
fn a_halt_is_late_or_ends_with_the_watchdog() {
    let halt = |lasts: &str| {
        fault(&format!(
            "start = \"30 min 7 s\"\nduration = \"{lasts}\"\ncore-halt = {{}}"
        ))
    };
    let mut bench = Able::default();
    let (history, judgement) = run_on(&halt("2 min"), &mut bench);
    assert_eq!(judgement.verdict, Verdict::Pass);
    assert_eq!(bench.asked, [Disturbance::Halt, Disturbance::Resume]);
    assert_eq!((history.resets.len(), history.hangs.len()), (0, 0));
    assert_eq!(history.faults[0].effect, 1);

    let mut bench = Able::default();
    let (history, judgement) = run_on(&halt("1 h"), &mut bench);
    assert_eq!(judgement.verdict, Verdict::Pass, "{:?}", judgement.findings);
    assert_eq!(
        bench.asked,
        [Disturbance::Halt],
        "the boot lets the core go on"
    );
    assert_eq!(bench.boots, [ResetCause::PowerOn, ResetCause::Watchdog]);
    assert_eq!(history.faults[0].until, Some(history.resets[0].at));
    assert_eq!(
        note(&judgement, "no-unexpected-reset"),
        "resets caused by core-halt: 1"
    );

    let (_, judgement) = run_on(&halt("1 s"), &mut Able::default());
    assert_eq!(
        judgement.verdict,
        Verdict::Error,
        "nothing was due in that second"
    );
}

#[test]
fn a_halt_is_no_excuse_for_a_pump_that_oversleeps() {
    let mut bench = Able {
        oversleeps_from: Some(PumpTime::from_millis(20 * 60_000)),
        ..Able::default()
    };
    // The core is halted across the end of the watchdog; but the pump would not have kicked it
    // anyway.
    let scenario = fault("start = \"20 min 30 s\"\nduration = \"10 min\"\ncore-halt = {}");
    let (history, judgement) = run_on(&scenario, &mut bench);
    let reset = history.resets.first().expect("the watchdog ran out");
    assert_eq!((reset.cause, reset.because), (ResetCause::Watchdog, None));
    assert_eq!(judgement.verdict, Verdict::Fail);
}

#[test]
fn a_flip_must_flip_and_its_hang_is_not_held_against_the_pump() {
    let pc = fault("start = \"1 h\"\nregister-flip = { register = \"pc\", mask = \"0x2\" }");
    let mut bench = Able {
        flips: FLIPPED,
        hangs_after_flip: true,
        ..Able::default()
    };
    let (history, judgement) = run_on(&pc, &mut bench);
    assert_eq!(judgement.verdict, Verdict::Pass, "{:?}", judgement.findings);
    assert_eq!((history.hangs.len(), history.hangs_by_fault.len()), (0, 1));
    assert_eq!(history.resets[0].cause, ResetCause::Watchdog);
    assert!(note(&judgement, "no-unexpected-reset").contains("hangs caused by register-flip"));
    let body = report(&pc, &history, &judgement);
    assert!(body.contains("register-flip of pc by 0x2 at 1 h"), "{body}");
    assert!(
        !body.contains("64") || !body.contains("0x40"),
        "values are of one build"
    );

    let mut bench = Able {
        flips: Some(Changed::WITHOUT_VALUE),
        ..Able::default()
    };
    let (_, judgement) = run_on(&pc, &mut bench);
    assert_eq!(judgement.verdict, Verdict::Error, "nothing flipped");
}

#[test]
fn after_the_boot_that_follows_a_flip_the_pump_answers_for_itself() {
    let ram = fault("start = \"10 min\"\nram-flip = { symbol = \"A\", bit = 1 }");
    let bench = |kept: u64| {
        let native = Native::hang_at(vec![kept]);
        Able {
            pump: native,
            flips: FLIPPED,
            hangs_after_flip: true,
            ..Able::default()
        }
    };
    // The library's own hang, long after a reset has cleared the flip.
    let (history, judgement) = run_on(&ram, &mut bench(60));
    assert_eq!((history.hangs.len(), history.hangs_by_fault.len()), (1, 1));
    assert_eq!(judgement.verdict, Verdict::Fail);
}

#[test]
fn a_bench_without_the_means_breaks_the_run_and_says_what_it_lacks() {
    let flash = fault("start = \"1 h\"\nflash-flip = { symbol = \"A\", bit = 1 }");
    let failure = try_run(&flash, &mut Able::default()).expect_err("no means");
    let RunError::Bench(BenchError::Incapable { needs }) = *failure.error else {
        panic!("{failure}");
    };
    assert_eq!(needs, Capability::Flash);
}
