//! The safety monitors and the specification against pumps that misbehave, each in one way: the right
//! findings fail and no others. A correct pump passes all, in any scenario.

use std::cell::Cell;
use thecal_cli::registry::reference;
use thecal_engine::bench::{Bench, BenchError, Exchange};
use thecal_engine::run::{Progress, RunHistory, run};
use thecal_engine::verdict::{SPECIFICATION, Verdict, judge};
use thecal_link::frame::checksum;
use thecal_link::limits::NVM_LEN;
use thecal_link::{Boot, Hello, MotorCommand, Reaction, Stimulus};
use thecal_reference::Native;
use thecal_reference::programmer::Reference;
use thecal_scenario::parse;
use thecal_telemetry::{
    Command, DoseLimits, DuringBolus, EXAMPLE_SECRET, Infusion, Key, Keys, LogCode, LogEntry,
    LogPage, REMOTES_MAX, Response, Role, Schedule, Status, open, seal, sender,
};
use thecal_units::{Mass, Millis, PumpTime};

/// More than any scenario here needs: an endless run is an error, not a hanging test.
const EXCHANGES_MAX: u32 = 200_000;

/// A pump with a fault: its input and output are modified by functions.
struct Faulty<H, D> {
    pump: Native,
    exchanges: u32,
    hears: H,
    does: D,
}

impl<H: FnMut(&mut Stimulus), D: FnMut(&Stimulus, &mut Reaction)> Bench for Faulty<H, D> {
    fn boot(&mut self, boot: &Boot, nvm: &[u8; NVM_LEN]) -> Result<Hello, BenchError> {
        self.pump.boot(boot, nvm)
    }

    fn exchange(
        &mut self,
        stimulus: &Stimulus,
        reaction: &mut Reaction,
    ) -> Result<Exchange, BenchError> {
        self.exchanges += 1;
        if self.exchanges > EXCHANGES_MAX {
            let (how, detail) = ("the run never ends".into(), String::new());
            return Err(BenchError::ProcessGone {
                program: "the test",
                how,
                detail,
            });
        }
        let mut heard = stimulus.clone();
        (self.hears)(&mut heard);
        let exchanged = self.pump.exchange(&heard, reaction);
        overhear(reaction);
        (self.does)(stimulus, reaction);
        exchanged
    }
}

const BEHAVES: fn(&Stimulus, &mut Reaction) = |_, _| {};
const LISTENS: fn(&mut Stimulus) = |_| {};

/// Six hours of 1 mg/day with a patient bolus of 50 µg; the monitors and rules that did not pass.
fn failing(
    timeline: &str,
    hears: impl FnMut(&mut Stimulus),
    does: impl FnMut(&Stimulus, &mut Reaction),
) -> Vec<String> {
    judged(timeline, hears, does).0
}

fn judged(
    timeline: &str,
    hears: impl FnMut(&mut Stimulus),
    does: impl FnMut(&Stimulus, &mut Reaction),
) -> (Vec<String>, RunHistory) {
    let text = format!(
        "title = \"A fault\"\nseed = 1\nduration = \"6 h\"\n\
         [patient]\ntolerance = \"chronic\"\n\
         [pump]\ndrug = \"morphine\"\nconcentration = \"2 mg/mL\"\nreservoir = \"18 mL\"\n\
         [therapy]\ndose = \"1 mg/day\"\n\
         patient-bolus = {{ dose = \"50 µg\", duration = \"5 min\", lockout = \"1 h\", \
         daily-maximum = 3 }}\n\
         {timeline}\n\
         [[expect]]\nname = \"any\"\nalways = \"true.reservoir >= 0 mL\"\n"
    );
    let scenario = parse("test/fault", "fault.toml", &text)
        .unwrap_or_else(|error| panic!("{:?}", miette::Report::new(error)));
    let mut bench = Faulty {
        pump: Native::new(),
        exchanges: 0,
        hears,
        does,
    };
    let progress = Progress::default();
    let history = run(
        &scenario,
        &mut bench,
        Box::new(Reference::new()),
        None,
        &progress,
    )
    .expect("a pump that misbehaves does not break the rig");
    let judgement = judge(&scenario, &history, &reference());
    assert_eq!(judgement.doubts, Vec::<String>::new());
    let bad = judgement.findings.iter();
    // The finding of the whole specification says nothing that those of its rules do not.
    let bad = bad
        .filter(|finding| finding.verdict != Verdict::Pass)
        .filter(|finding| finding.name != SPECIFICATION);
    let names = bad.map(|finding| finding.name.clone()).collect();
    (names, history)
}

fn act(at: &str, what: &str) -> String {
    format!("[[timeline]]\nat = \"{at}\"\n{what}\n")
}

fn press(at: &str) -> String {
    act(at, "press = { remote = 1 }")
}

thread_local! {
    /// The keys that follow from the challenge of this test's pump.
    static KEYS: Cell<Keys> = const { Cell::new(Keys::NONE) };
}

/// Who knows the secret knows the keys as soon as the challenge was on the air.
fn overhear(reaction: &Reaction) {
    let packet = reaction.telemetry.as_slice();
    let opened = open::<Response>(EXAMPLE_SECRET.pairing_key(), packet);
    if let Ok(Response::Challenge(challenge)) = opened.map(|opened| opened.content) {
        let all = (1 << REMOTES_MAX) - 1;
        KEYS.set(Keys::derived(EXAMPLE_SECRET, challenge, all));
    }
}

fn key(role: Role) -> Key {
    KEYS.get().of(role)
}

fn command_in(stimulus: &Stimulus) -> Option<(Role, u32, Command)> {
    let packet = stimulus.telemetry.as_slice();
    let role = sender(packet).ok()?;
    let opened = open::<Command>(key(role), packet).ok()?;
    Some((role, opened.counter, opened.content))
}

/// The pump receives another prescription than was sent.
fn misheard(change: fn(&mut thecal_telemetry::Prescription)) -> impl FnMut(&mut Stimulus) {
    let mut staged = 0;
    move |stimulus| {
        let Some((role, counter, command)) = command_in(stimulus) else {
            return;
        };
        let content = match command {
            Command::Stage(mut prescription) => {
                change(&mut prescription);
                staged = checksum(&prescription.to_bytes());
                Command::Stage(prescription)
            }
            Command::Commit { time_of_week, .. } => Command::Commit {
                checksum: staged,
                time_of_week,
            },
            _ => return,
        };
        stimulus.telemetry = seal(key(role), role, counter, &content).expect("it fits");
    }
}

/// Changes the pump's answers.
fn answers(mut change: impl FnMut(&mut Response)) -> impl FnMut(&Stimulus, &mut Reaction) {
    move |_, reaction| {
        let packet = reaction.telemetry.as_slice();
        let Ok(role) = sender(packet) else { return };
        let Ok(mut opened) = open::<Response>(key(role), packet) else {
            return;
        };
        change(&mut opened.content);
        reaction.telemetry =
            seal(key(role), role, opened.counter, &opened.content).expect("it fits");
    }
}

fn rewritten(page: &LogPage, change: impl Fn(LogEntry) -> Option<LogEntry>) -> LogPage {
    let mut rewritten = LogPage::new(page.first);
    for entry in page.entries().filter_map(change) {
        assert!(rewritten.push(entry), "no longer than before");
    }
    rewritten
}

#[test]
fn a_pump_that_behaves_passes_all() {
    let timeline = [
        press("0 s"),
        press("30 min"),
        press("1 h"),
        act("1 h", "press = { remote = 2 }"),
        act("1 h 30 min", "start = {}"),
        act(
            "2 h",
            "clinician-bolus = { dose = \"100 µg\", duration = \"10 min\" }",
        ),
        press("2 h 5 min"),
        act("2 h 30 min 7 s", "stop = {}"),
        act("2 h 40 min", "stop = {}"),
        act(
            "2 h 50 min",
            "clinician-bolus = { dose = \"100 µg\", duration = \"10 min\" }",
        ),
        act("3 h", "start = {}"),
        press("3 h"),
        act("3 h 1 min", "interrogate = {}"),
        act("3 h 2 min", "replay = {}"),
        act(
            "4 h 0 min 31 s",
            "refill = { volume = \"18 mL\", concentration = \"10 mg/mL\" }",
        ),
        act(
            "5 h",
            "program = { dose = \"2 mg/day\", concentration = \"10 mg/mL\" }",
        ),
        "[[fault]]\nstart = \"5 h 30 min\"\nreset = {}\n".into(),
    ]
    .concat();
    assert_eq!(failing(&timeline, LISTENS, BEHAVES), Vec::<String>::new());
}

#[test]
fn a_bolus_asked_for_faster_than_a_pump_gives_may_take_longer() {
    let timeline = act(
        "1 h",
        "clinician-bolus = { dose = \"2500 µg\", duration = \"5 min\" }",
    );
    // 250 µL take 15 min at 24 mL/day, three times as long as requested.
    assert_eq!(failing(&timeline, LISTENS, BEHAVES), Vec::<String>::new());
}

#[test]
fn a_dose_too_high_shows() {
    let double = misheard(|prescription| {
        prescription.dose =
            thecal_units::DoseRate::from_ng_per_day(prescription.dose.as_ng_per_day() * 2);
    });
    // The log tells the prescription that was heard.
    let shown = [
        "spec:dose-not-more",
        "spec:commit-is-logged",
        "spec:prescription-read-is-in-force",
    ];
    assert_eq!(failing("", double, BEHAVES), shown);
}

/// The pump receives another command than was sent.
fn mishears(change: fn(Command) -> Command) -> impl FnMut(&mut Stimulus) {
    move |stimulus| {
        if let Some((role, counter, command)) = command_in(stimulus) {
            let content = change(command);
            stimulus.telemetry = seal(key(role), role, counter, &content).expect("it fits");
        }
    }
}

#[test]
fn an_infusion_that_goes_on_while_a_session_holds_it_shows() {
    let deaf = |command| match command {
        Command::OpenUpdate { .. } => Command::OpenUpdate { hold: false },
        other => other,
    };
    let hold = act("1 h", "open-update = { hold = true }");
    assert_eq!(
        failing(&hold, mishears(deaf), BEHAVES),
        ["spec:dose-not-more", "spec:no-steps-while-held"]
    );
    assert_eq!(failing(&hold, LISTENS, BEHAVES), Vec::<String>::new());
}

#[test]
fn a_dose_limit_that_is_ignored_shows() {
    let limited = act(
        "10 min",
        "program = { dose = \"1 mg/day\", limits = { hour = \"120 µg\" }, patient-bolus = { \
         dose = \"50 µg\", duration = \"2 min\", lockout = \"10 min\", daily-maximum = 9 } }",
    );
    let presses = ["1 h", "1 h 10 min", "1 h 20 min"].map(press).concat();
    let timeline = [limited, presses].concat();
    let unlimited = misheard(|prescription| prescription.limits = DoseLimits::NONE);
    let shown = [
        "dose-limits",
        "spec:dose-limit",
        "spec:prescription-read-is-in-force",
    ];
    assert_eq!(failing(&timeline, unlimited, BEHAVES), shown);
    assert_eq!(failing(&timeline, LISTENS, BEHAVES), Vec::<String>::new());
}

#[test]
fn a_bridge_that_is_skipped_towards_more_drug_shows() {
    let skips = |command| match command {
        Command::Refill {
            volume,
            concentration,
            drawn,
            ..
        } => Command::Refill {
            volume,
            concentration,
            bridge: false,
            drawn,
        },
        other => other,
    };
    // A refill with half the concentration, so twice the flow, with the old drug still in the
    // catheter.
    let refill = act(
        "1 h",
        "refill = { volume = \"18 mL\", concentration = \"1 mg/mL\", bridge = true }",
    );
    let shown = [
        "spec:dose-not-more",
        "spec:bridge-is-logged",
        "spec:bridge-in-the-health",
    ];
    assert_eq!(failing(&refill, mishears(skips), BEHAVES), shown);
    assert_eq!(failing(&refill, LISTENS, BEHAVES), Vec::<String>::new());
}

#[test]
fn a_schedule_that_is_not_followed_shows() {
    // From Monday 2:00 on a quarter of the previous dose.
    let week = act(
        "1 s",
        "program = { schedule = [{ days = \"daily\", at = \"00:00\", dose = \"2 mg/day\" }, \
         { days = \"daily\", at = \"02:00\", dose = \"0.5 mg/day\" }] }",
    );
    let stays = misheard(|prescription| {
        if prescription.infusion == Infusion::Flex {
            prescription.infusion = Infusion::Simple;
            prescription.dose = thecal_units::DoseRate::from_ng_per_day(2_000_000);
            prescription.schedule = Schedule::EMPTY;
        }
    });
    let shown = [
        "spec:dose-not-more",
        "spec:commit-is-logged",
        "spec:prescription-read-is-in-force",
    ];
    assert_eq!(failing(&week, stays, BEHAVES), shown);
    assert_eq!(failing(&week, LISTENS, BEHAVES), Vec::<String>::new());
}

#[test]
fn a_bolus_on_top_of_the_infusion_instead_of_in_its_place_shows() {
    let replaced = act(
        "1 s",
        "program = { dose = \"1 mg/day\", during-bolus = \"replace\", patient-bolus = { \
         dose = \"50 µg\", duration = \"30 min\", lockout = \"1 h\", daily-maximum = 3 } }",
    );
    let timeline = [replaced, press("1 h")].concat();
    let on_top = misheard(|prescription| prescription.during_bolus = DuringBolus::Add);
    assert_eq!(
        failing(&timeline, on_top, BEHAVES),
        ["spec:bolus-not-more", "spec:prescription-read-is-in-force"]
    );
    assert_eq!(failing(&timeline, LISTENS, BEHAVES), Vec::<String>::new());
}

#[test]
fn a_bolus_too_large_shows() {
    let large = misheard(|prescription| {
        prescription.bolus_dose = Mass::from_nanograms(60_000);
    });
    let shown = [
        "spec:bolus-not-more",
        "spec:bolus-end-tells-its-steps",
        "spec:commit-is-logged",
        "spec:prescription-read-is-in-force",
    ];
    assert_eq!(failing(&press("1 h"), large, BEHAVES), shown);
}

#[test]
fn a_bolus_that_goes_on_for_too_long_shows() {
    let long = misheard(|prescription| {
        prescription.bolus_dose = Mass::from_nanograms(100_000);
        prescription.bolus_duration = Millis::from_secs(600);
    });
    let shown = [
        "spec:bolus-not-more",
        "spec:bolus-end-is-logged",
        "spec:commit-is-logged",
        "spec:no-entry-without-cause",
        "spec:prescription-read-is-in-force",
    ];
    assert_eq!(failing(&press("1 h"), long, BEHAVES), shown);
}

#[test]
fn a_grant_within_the_lockout_shows() {
    let early = misheard(|prescription| prescription.lockout = Millis::from_secs(3_300));
    let timeline = [press("1 h"), press("1 h 55 min")].concat();
    assert_eq!(
        failing(&timeline, early, BEHAVES),
        ["spec:lockout", "spec:prescription-read-is-in-force"]
    );
}

#[test]
fn a_grant_too_many_shows() {
    let many = misheard(|prescription| prescription.daily_maximum = 4);
    let timeline: String = ["1 h", "2 h", "3 h", "4 h"].map(press).concat();
    assert_eq!(
        failing(&timeline, many, BEHAVES),
        ["spec:daily-maximum", "spec:prescription-read-is-in-force"]
    );
}

#[test]
fn a_grant_that_was_never_prescribed_shows() {
    let enabled = misheard(|prescription| {
        prescription.bolus_dose = Mass::from_nanograms(1_000);
        prescription.bolus_duration = Millis::from_secs(300);
        prescription.lockout = Millis::HOUR;
        prescription.daily_maximum = 3;
    });
    let timeline = [
        act("10 min", "program = { dose = \"1 mg/day\" }"),
        press("1 h"),
    ]
    .concat();
    let shown = [
        "spec:dose-not-more",
        "spec:no-bolus-if-disabled",
        "spec:commit-is-logged",
        "spec:no-entry-without-cause",
        "spec:prescription-read-is-in-force",
    ];
    assert_eq!(failing(&timeline, enabled, BEHAVES), shown);
}

#[test]
fn a_motor_that_moves_while_stopped_shows() {
    let runs_on = |pulses| {
        let mut stopped = false;
        move |stimulus: &Stimulus, reaction: &mut Reaction| {
            if matches!(command_in(stimulus), Some((_, _, Command::Stop))) {
                stopped = true;
            } else if std::mem::take(&mut stopped) {
                reaction.motor = MotorCommand::Train {
                    pulses,
                    first_delay_us: 1_000_000,
                    period_us: 1_000_000,
                    pulse_energy_uj: 30,
                };
                reaction.arm.missed_pulse = true;
            }
        }
    };
    // One is the stroke in progress.
    for (pulses, shown) in [
        (1, None),
        (2, Some("spec:no-steps-while-stopped")),
        (20, Some("spec:no-steps-while-stopped")),
    ] {
        let stop = act("1 h", "stop = {}");
        assert_eq!(
            failing(&stop, LISTENS, runs_on(pulses)),
            Vec::from_iter(shown),
            "{pulses}"
        );
    }
}

/// What reveals a pump that obeys replayed packets of remotes and falsifies its count.
#[derive(Clone, Copy, PartialEq)]
enum Ungated {
    ByItsAnswer,
    ByItsLog,
}

fn trusting(by: Ungated, timeline: &str) -> Vec<String> {
    use std::cell::Cell;
    let (fooled, fooled_at) = (Cell::new(None), Cell::new(None));
    let mut heard: Vec<Vec<u8>> = Vec::new();
    let hears = |stimulus: &mut Stimulus| {
        fooled.set(None);
        let Some((role @ Role::Remote(_), counter, command)) = command_in(stimulus) else {
            return;
        };
        let packet = stimulus.telemetry.as_slice().to_vec();
        if heard.contains(&packet) {
            let fresh = seal(key(role), role, counter + 1_000, &press_number(command));
            stimulus.telemetry = fresh.expect("it fits");
            fooled.set(Some((role, counter)));
            fooled_at.set(Some(stimulus.clock));
        }
        heard.push(packet);
    };
    let mut lies = answers(|response| match response {
        Response::Status(Status { unauthentic, .. }) => *unauthentic += 1,
        Response::Log(page) if by == Ungated::ByItsAnswer => {
            *page = rewritten(page, |entry| {
                let hide = Some(entry.at) == fooled_at.get();
                let code = if hide { LogCode::Silenced } else { entry.code };
                Some(LogEntry { code, ..entry })
            });
        }
        _ => {}
    });
    let does = |stimulus: &Stimulus, reaction: &mut Reaction| {
        let Some((role, counter)) = fooled.get() else {
            return lies(stimulus, reaction);
        };
        let opened = open::<Response>(key(role), reaction.telemetry.as_slice()).expect("its own");
        reaction.telemetry.clear();
        if by == Ungated::ByItsAnswer {
            reaction.telemetry = seal(key(role), role, counter, &opened.content).expect("it fits");
        }
    };
    failing(timeline, hears, does)
}

fn press_number(command: Command) -> Command {
    match command {
        Command::PatientBolus { press } => Command::PatientBolus { press: press + 1 },
        other => other,
    }
}

#[test]
fn a_replay_that_is_obeyed_shows_even_when_others_spoke_in_between() {
    let replay = act("3 h", "replay = {}");
    let between = act("2 h", "interrogate = {}");
    for timeline in [
        [press("1 h"), replay.clone()].concat(),
        [press("1 h"), between, replay].concat(),
    ] {
        for by in [Ungated::ByItsAnswer, Ungated::ByItsLog] {
            // The bolus that it delivers was never granted; what it counts and logs is made up.
            let shown = trusting(by, &timeline);
            let by_answer = "spec:recorded-packet-is-ignored".to_owned();
            assert!(shown.contains(&"spec:dose-not-more".into()), "{shown:?}");
            assert!(shown.contains(&"spec:granted-by-count".into()), "{shown:?}");
            assert!(
                shown.contains(&"spec:no-entry-without-cause".into()),
                "{shown:?}"
            );
            assert_eq!(
                shown.contains(&by_answer),
                by == Ungated::ByItsAnswer,
                "{shown:?}"
            );
        }
    }
}

#[test]
fn a_count_too_high_shows() {
    let generous = answers(|response| {
        if let Response::Status(Status { steps, .. }) = response {
            *steps += 1;
        }
    });
    assert_eq!(failing("", LISTENS, generous), ["spec:steps-by-count"]);
}

#[test]
fn a_log_without_one_entry_shows() {
    for (code, rule, timeline) in [
        (LogCode::BolusGranted, "spec:grant-is-logged", press("1 h")),
        (
            LogCode::ClinicianBolus,
            "spec:grant-is-logged",
            act(
                "1 h",
                "clinician-bolus = { dose = \"100 µg\", duration = \"10 min\" }",
            ),
        ),
        (
            LogCode::PinReset,
            "spec:reset-is-logged",
            "[[fault]]\nstart = \"1 h\"\nreset = {}\n".into(),
        ),
    ] {
        let forgetful = answers(move |response| {
            if let Response::Log(page) = response {
                *page = rewritten(page, |entry| {
                    let code = if entry.code == code {
                        LogCode::Silenced
                    } else {
                        entry.code
                    };
                    Some(LogEntry { code, ..entry })
                });
            }
        });
        // The entry in its place is of something that did not happen.
        assert_eq!(
            failing(&timeline, LISTENS, forgetful),
            [rule, "spec:no-entry-without-cause"],
            "{code:?}"
        );
    }
}

#[test]
fn a_log_that_ends_early_shows_and_its_reading_ends() {
    let boastful = answers(|response| {
        if let Response::Status(Status { log_entries, .. }) = response {
            *log_entries += 100;
        }
    });
    let shown = ["spec:log-holds-its-last", "spec:entries-by-count"];
    assert_eq!(failing("", LISTENS, boastful), shown);
    // Always the same page.
    let mut first_page = None;
    let stuck = answers(move |response| match response {
        Response::Status(Status { log_entries, .. }) => *log_entries += 100,
        Response::Log(page) => *page = *first_page.get_or_insert(*page),
        _ => {}
    });
    let failing = failing("", LISTENS, stuck);
    assert!(
        shown
            .iter()
            .all(|rule| failing.contains(&(*rule).to_owned())),
        "{failing:?}"
    );
}

#[test]
fn log_times_that_run_backwards_are_told_and_break_nothing() {
    let backwards = answers(|response| {
        if let Response::Log(page) = response {
            *page = rewritten(page, |entry| {
                let at = PumpTime::from_millis(7_200_000 - entry.at.as_millis().min(7_200_000));
                Some(LogEntry { at, ..entry })
            });
        }
    });
    let reset =
        "[[fault]]\nstart = \"40 min\"\nreset = {}\n[[fault]]\nstart = \"30 min\"\nreset = {}\n";
    let shown = [
        "spec:start-and-stop-are-logged",
        "spec:commit-is-logged",
        "spec:refill-is-logged",
        "spec:reset-is-logged",
        "spec:keys-are-logged",
        "spec:no-entry-without-cause",
        "spec:log-time-never-goes-back",
    ];
    assert_eq!(failing(reset, LISTENS, backwards), shown);
}

#[test]
fn a_reset_that_nobody_asked_for_shows() {
    let mut exchanges = 0;
    let dozes = move |_: &Stimulus, reaction: &mut Reaction| {
        exchanges += 1;
        if exchanges == 100 {
            reaction.watchdog = Millis::SECOND;
            reaction.wake_at = PumpTime::NEVER;
        }
    };
    assert_eq!(failing("", LISTENS, dozes), ["no-unexpected-reset"]);
}

#[test]
fn a_command_without_an_answer_or_with_garbage_shows() {
    let mute = |stimulus: &Stimulus, reaction: &mut Reaction| {
        if matches!(command_in(stimulus), Some((_, _, Command::Silence))) {
            reaction.telemetry.clear();
        }
    };
    let silence = act("1 h", "silence = {}");
    // By its rules the pump has taken the packet for a forged one.
    let shown = [
        "commands-answered",
        "spec:genuine-packet-is-answered",
        "spec:dropped-packet-is-logged",
        "spec:unauthentic-by-count",
    ];
    assert_eq!(failing(&silence, LISTENS, mute), shown);
    let garbles = |stimulus: &Stimulus, reaction: &mut Reaction| {
        if matches!(command_in(stimulus), Some((_, _, Command::Silence))) {
            reaction.telemetry.clear();
            reaction.telemetry.extend(&[1, 2, 3]).expect("it fits");
        }
    };
    let shown = ["commands-answered", "spec:genuine-packet-is-answered"];
    assert_eq!(failing(&silence, LISTENS, garbles), shown);
}

#[test]
fn what_moved_before_a_refill_counts_at_the_old_concentration() {
    let refill = act(
        "1 h 0 min 59 s",
        "refill = { volume = \"18 mL\", concentration = \"20 mg/mL\" }",
    );
    let (failing, history) = judged(&refill, LISTENS, BEHAVES);
    assert_eq!(failing, Vec::<String>::new());
    let at = history.prescribed.last().expect("the refill").from;
    let before = history.moved.at(at);
    // 5 nL per step: 0.01 µg at 2 mg/mL, 0.1 µg at 20 mg/mL.
    let expected = before * 0.01 + (history.moved.last() - before) * 0.1;
    let commanded = history.commanded.last();
    assert!(
        (commanded - expected).abs() < 1e-6,
        "{commanded} {expected}"
    );
}
