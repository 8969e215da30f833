//! A pump other than the reference one: the example in C, in QEMU. It shares the contract and the
//! programmer's protocol with the reference pump and no line of code. Never skipped: if its image
//! is missing, these tests fail and say how to get it.

use object::{Object, ObjectSection, ObjectSymbol};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use thecal_bench::QemuUart;
use thecal_bench::elf::Image;
use thecal_cli::registry::{BENCHES, pumps};
use thecal_engine::bench::{Bench, Exchange};
use thecal_engine::run::Progress;
use thecal_engine::verdict::Verdict;
use thecal_link::frame::checksum;
use thecal_link::limits::{CONTRACT_VERSION, NVM_LEN};
use thecal_link::{Boot, Hello, MotorCommand, Reaction, ResetCause, Stimulus};
use thecal_plan::Scenario;
use thecal_report::{Record, render};
use thecal_scenario::{load, parse};
use thecal_suite::{BenchKind, CaseResult, Options, run_case};
use thecal_telemetry::{
    Alarms, Command, DoseLimits, EXAMPLE_SECRET, Infusion, Key, Keys, Mode, NO_KEY, Prescription,
    Rejection, Response, Role, Status, open, seal,
};
use thecal_units::{Concentration, DoseRate, Mass, Millis, PumpTime};

/// Output of `cargo xtask firmware-c`: below the build folder of this test.
pub(crate) fn image() -> PathBuf {
    const IMAGE: &str = "firmware/pump-in-c.elf";
    let here = std::env::current_exe().expect("this test");
    let built = here
        .ancestors()
        .map(|folder| folder.join(IMAGE))
        .find(|path| path.is_file());
    built.unwrap_or_else(|| {
        panic!(
            "no {IMAGE} below the build folder: build it with `cargo xtask firmware-c` \
             (`cargo xtask setup` installs its compiler)"
        )
    })
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the workspace is there")
}

fn run(scenario: &Arc<Scenario>, bench: &str) -> CaseResult {
    let bench = BenchKind::named(bench, &image(), BENCHES).expect("every rig has it");
    let progress = Arc::new(Progress::default());
    let reports = root().join("reports");
    let options = Options::new(pumps());
    run_case(scenario, &reports, &bench, &options, None, &progress)
}

pub(crate) fn emulated(scenario: Scenario) -> CaseResult {
    run(&Arc::new(scenario), "qemu-uart")
}

pub(crate) fn library(id: &str) -> Scenario {
    let root = root().join("scenarios");
    load(&root.join(id).with_extension("toml"), &root).expect("a valid scenario")
}

/// The patient receives the same dose: both pumps count exactly, by different methods.
#[test]
fn its_quiet_day_is_the_approved_one() {
    let scenario = Arc::new(library("therapy/quiet-day-of-morphine"));
    let of = |bench| {
        let case = run(&scenario, bench);
        let reasons = &case.record.reasons;
        assert_eq!(case.record.verdict, Verdict::Pass, "{reasons:?}");
        without_counts(&scenario, case.record)
    };
    assert_eq!(of("qemu-uart"), of("native"));
}

/// The report without how many rules had something to judge, and without the number of log entries: how much a
/// pump logs is its own affair, and so is which alarms it has.
fn without_counts(scenario: &Scenario, mut record: Record) -> String {
    let run = record.run.as_mut().expect("it reached its end");
    for monitor in run
        .monitors
        .iter_mut()
        .filter(|monitor| monitor.name == "specification")
    {
        monitor.note = None;
    }
    // Where its steps lie within a window is its own affair; that the dose is the same is said of the whole.
    run.true_dose.largest.clear();
    // What a pump does not claim is said of it alone.
    run.profile.unclaimed.clear();
    if let Some(pump) = &mut run.pump {
        pump.log_entries = 0;
    }
    render(scenario, &record).expect("it reached its end")
}

#[test]
fn a_refill_with_the_wrong_drug_is_what_it_is_for_any_pump() {
    let case = emulated(library(
        "reservoir/refill-with-five-times-the-concentration",
    ));
    assert_eq!(
        case.record.verdict,
        Verdict::Pass,
        "{:?}",
        case.record.reasons
    );
}

/// Prescription, running state and log are in its memory.
#[test]
fn it_goes_on_after_a_reset() {
    let text = r#"
title    = "A reset in a quiet morning"
seed     = 1
duration = "6 h"
[patient]
tolerance = "chronic"
[pump]
drug          = "morphine"
concentration = "2 mg/mL"
reservoir     = "18 mL"
[therapy]
dose = "1 mg/day"
[[fault]]
start    = "1 h 4 min 7 s"
duration = "1 s"
reset    = {}
[[expect]]
name     = "reset-is-logged"
count    = "log.reset"
at-least = 1
at-most  = 1
[[expect]]
name       = "infusion-goes-on"
eventually = "commanded.dose >= 249.9 µg"
after      = "6 h"
[[expect]]
name   = "no-overdose"
always = "commanded.dose <= 250.1 µg"
"#;
    let scenario = parse("test/reset", "reset.toml", text).expect("a valid scenario");
    let case = emulated(scenario);
    assert_eq!(
        case.record.verdict,
        Verdict::Pass,
        "{:?}",
        case.record.reasons
    );
}

/// Its profile has no schedules: a scenario with one says nothing of it.
#[test]
fn what_it_cannot_do_is_not_run_and_never_a_fail() {
    let case = emulated(library("therapy/update-session-committed"));
    assert_eq!(case.record.verdict, Verdict::NotRun);
    let reasons = &case.record.reasons;
    assert_eq!(reasons.len(), 1, "{reasons:?}");
    assert!(reasons[0].contains("by its profile"), "{reasons:?}");
}

/// A day of boluses: one request in four is early, and one a day too many.
const DAY_OF_BOLUSES: &str = r#"
title    = "A day of boluses"
seed     = 11
duration = "30 h"
[patient]
tolerance = "chronic"
[pump]
drug          = "morphine"
concentration = "2 mg/mL"
reservoir     = "18 mL"
[therapy]
dose          = "1 mg/day"
patient-bolus = { dose = "50 µg", duration = "7 min", lockout = "2 h 13 min", daily-maximum = 6 }
[[timeline]]
every = "47 min"
from  = "31 min"
until = "29 h"
press = { remote = 1 }
[[timeline]]
at    = "20 h 3 min"
press = { remote = 2 }
[[fault]]
start    = "9 h 4 min 7 s"
duration = "1 s"
reset    = {}
[[expect]]
name     = "some-are-granted"
count    = "bolus.granted"
at-least = 7
[[expect]]
name     = "some-are-denied"
count    = "bolus.denied"
at-least = 10
[[expect]]
name     = "never-more-than-the-daily-maximum"
count    = "bolus.granted"
window   = "24 h"
at-most  = 6
"#;

pub(crate) fn day_of_boluses() -> Scenario {
    parse("test/boluses", "boluses.toml", DAY_OF_BOLUSES).expect("a valid scenario")
}

#[test]
fn its_day_of_boluses_keeps_the_specification() {
    let case = emulated(day_of_boluses());
    let reasons = &case.record.reasons;
    assert_eq!(case.record.verdict, Verdict::Pass, "{reasons:?}");
}

fn boot(bench: &mut QemuUart) -> Hello {
    let nvm = Box::new([0xff; NVM_LEN]);
    let boot = Boot {
        contract: CONTRACT_VERSION,
        cause: ResetCause::PowerOn,
        clock: PumpTime::ZERO,
        image_crc: checksum(nvm.as_slice()),
    };
    bench.boot(&boot, &nvm).expect("it boots")
}

#[test]
fn it_says_who_it_is_and_which_build() {
    let image = image();
    let mut bench = QemuUart::start(&image, None).expect("QEMU starts");
    let hello = boot(&mut bench);
    assert_eq!(Hello::readable(&hello.firmware), "pump-in-c");
    let built = Image::open(&image).expect("an image").build_id();
    assert_eq!(hello.build_id, built.0);
}

/// Symbols that a rig behind a debug probe looks for in the ELF file (docs/wire.md, Links).
#[test]
fn it_names_its_rings_and_its_doorbell() {
    let bytes = std::fs::read(image()).expect("an image");
    let file = object::File::parse(bytes.as_slice()).expect("an ELF file");
    let address = |name: &str| {
        let symbol = file.symbols().find(|symbol| symbol.name() == Ok(name));
        symbol.unwrap_or_else(|| panic!("no {name}")).address()
    };
    assert!((0x2000_0000..0x2002_0000).contains(&address("_SEGGER_RTT")));
    let doorbell = address("THECAL_DOORBELL");
    let interrupt = file
        .sections()
        .find_map(|section| section.data_range(doorbell, 4).ok().flatten())
        .expect("in flash");
    assert_eq!(interrupt, 79_u32.to_le_bytes());
}

/// A pump under direct control of its clinician, packet by packet; its driver does nothing.
struct Spoken {
    bench: QemuUart,
    pins: Stimulus,
    reaction: Reaction,
    counter: u32,
    /// The clinician's.
    key: Key,
    /// Trains of pulses commanded by the pump.
    trains: u32,
}

impl Spoken {
    /// With keys, programmed, and infusing.
    fn infusing(prescription: Prescription) -> Self {
        let mut bench = QemuUart::start(&image(), None).expect("QEMU starts");
        boot(&mut bench);
        let mut spoken = Self {
            bench,
            pins: Stimulus::default(),
            reaction: Reaction::new(),
            counter: 0,
            key: NO_KEY,
            trains: 0,
        };
        spoken.provision();
        let checksum = checksum(&prescription.to_bytes());
        for command in [
            Command::OpenUpdate { hold: false },
            Command::Stage(prescription),
            Command::Commit {
                checksum,
                time_of_week: 0,
            },
            Command::Start,
        ] {
            assert_eq!(spoken.say(&command), Response::Done, "{command:?}");
        }
        spoken
    }

    /// Takes the keys that follow from the pump's challenge.
    fn provision(&mut self) {
        let pairing = EXAMPLE_SECRET.pairing_key();
        let answer = self.say_under(pairing, &Command::AskChallenge);
        let Response::Challenge(challenge) = answer else {
            panic!("no challenge but {answer:?}");
        };
        let key = EXAMPLE_SECRET.provisioning_key(challenge);
        let remotes = 0;
        let answer = self.say_under(key, &Command::Provision { remotes });
        assert_eq!(answer, Response::Done);
        let keys = Keys::derived(EXAMPLE_SECRET, challenge, remotes);
        self.key = keys.of(Role::Clinician);
    }

    fn say(&mut self, command: &Command) -> Response {
        self.say_under(self.key, command)
    }

    fn say_under(&mut self, key: Key, command: &Command) -> Response {
        self.counter += 1;
        self.pins.telemetry = seal(key, Role::Clinician, self.counter, command).expect("fits");
        self.exchange();
        self.pins.telemetry.clear();
        open(key, self.reaction.telemetry.as_slice())
            .expect("an answer")
            .content
    }

    fn exchange(&mut self) {
        self.pins.nvm_durable = u8::try_from(self.reaction.nvm.len()).expect("a few writes");
        let exchange = self.bench.exchange(&self.pins, &mut self.reaction);
        assert!(matches!(exchange, Ok(Exchange::Reacted)), "{exchange:?}");
        let is_train = matches!(self.reaction.motor, MotorCommand::Train { .. });
        self.trains += u32::from(is_train);
    }

    /// Advances time; wakes the pump whenever it has asked for it.
    fn pass(&mut self, millis: u64) {
        let end = self.pins.clock + Millis::from_millis(millis);
        while self.pins.clock < end {
            let next = self.pins.clock + Millis::from_millis(1);
            self.pins.clock = self.reaction.wake_at.max(next).min(end);
            self.exchange();
        }
    }

    fn status(&mut self) -> Status {
        match self.say(&Command::Interrogate) {
            Response::Status(status) => status,
            other => panic!("no status but {other:?}"),
        }
    }
}

fn prescribed(ng_per_day: u32) -> Prescription {
    Prescription {
        concentration: Concentration::from_ng_per_ml(2_000_000),
        dose: DoseRate::from_ng_per_day(ng_per_day),
        critical_interval: Millis::HOUR,
        non_critical_interval: Millis::HOUR,
        ..Prescription::NONE
    }
}

/// Neither a half-changed prescription, nor a pump that stays stopped.
#[test]
fn a_session_that_nobody_closes_leaves_the_old_prescription() {
    let mut pump = Spoken::infusing(prescribed(1_000_000));
    let staged = prescribed(2_000_000);
    let open = Command::OpenUpdate { hold: true };
    assert_eq!(pump.say(&open), Response::Done);
    assert_eq!(pump.say(&Command::Stage(staged)), Response::Done);
    assert_eq!(pump.status().mode, Mode::Held);
    let before = pump.trains;
    pump.pass(179_999);
    assert_eq!(pump.trains, before, "the infusion is held");
    pump.pass(1);
    assert_eq!(pump.trains, before + 1, "nobody was heard for 180 s");
    let status = pump.status();
    assert_eq!(status.mode, Mode::Infusing);
    assert_eq!(status.dose, DoseRate::from_ng_per_day(1_000_000));
    assert!(status.alarms.has(Alarms::UPDATE_ABANDONED));
    let late = Command::Commit {
        checksum: checksum(&staged.to_bytes()),
        time_of_week: 0,
    };
    assert_eq!(pump.say(&late), Response::Rejected(Rejection::NoSession));
}

#[test]
fn it_commits_what_was_staged_and_nothing_that_it_cannot_give() {
    let mut pump = Spoken::infusing(prescribed(1_000_000));
    let staged = prescribed(2_000_000);
    let no_session = Response::Rejected(Rejection::NoSession);
    assert_eq!(pump.say(&Command::Stage(staged)), no_session);
    assert_eq!(
        pump.say(&Command::OpenUpdate { hold: false }),
        Response::Done
    );
    let limited = Prescription {
        limits: DoseLimits {
            hour: Mass::from_nanograms(50_000_000),
            ..DoseLimits::default()
        },
        ..staged
    };
    let minimum = Prescription {
        infusion: Infusion::MinimumRate,
        ..prescribed(0)
    };
    for beyond in [limited, minimum] {
        let answer = pump.say(&Command::Stage(beyond));
        assert_eq!(answer, Response::Rejected(Rejection::Unsupported));
    }
    assert_eq!(pump.say(&Command::Stage(staged)), Response::Done);
    let sum = checksum(&staged.to_bytes());
    let commit = |checksum| Command::Commit {
        checksum,
        time_of_week: 0,
    };
    let other = Response::Rejected(Rejection::OtherChecksum);
    assert_eq!(pump.say(&commit(sum ^ 1)), other);
    assert_eq!(pump.status().dose, DoseRate::from_ng_per_day(1_000_000));
    assert_eq!(pump.say(&commit(sum)), Response::Done);
    let status = pump.status();
    assert_eq!(status.dose, DoseRate::from_ng_per_day(2_000_000));
    assert_eq!(status.mode, Mode::Infusing);
}
