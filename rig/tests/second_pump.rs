//! A pump that is not the reference one: the example in C, in QEMU. It shares the contract and the
//! programmer's protocol with the reference pump and no line of code. Never skipped: where its image
//! is missing, these tests fail and say how to get it.

use object::{Object, ObjectSection, ObjectSymbol};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use thecal_link::Hello;
use thecal_link::ResetCause;
use thecal_link::frame::checksum;
use thecal_link::limits::{CONTRACT_VERSION, NVM_LEN};
use thecal_rig::bench::elf::Image;
use thecal_rig::bench::{Bench, QemuUart};
use thecal_rig::run::Progress;
use thecal_rig::scenario::plan::Scenario;
use thecal_rig::scenario::{load, parse};
use thecal_rig::suite::{BenchKind, CaseResult, Options, run_case};
use thecal_rig::verdict::Verdict;
use thecal_units::PumpTime;

/// Where `cargo xtask firmware-c` leaves the image: below the build folder of this test.
fn image() -> PathBuf {
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

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .expect("the workspace is there")
}

fn run(scenario: Scenario, bench: BenchKind) -> CaseResult {
    let options = Options {
        bench,
        out: None,
        accept: false,
        pending: false,
    };
    let progress = Arc::new(Progress::default());
    let reports = root().join("reports");
    run_case(&Arc::new(scenario), &reports, &options, None, &progress)
}

fn emulated(scenario: Scenario) -> CaseResult {
    run(scenario, BenchKind::QemuUart { elf: image() })
}

fn library(id: &str) -> Scenario {
    let root = root().join("scenarios");
    load(&root.join(id).with_extension("toml"), &root).expect("a valid scenario")
}

/// What the patient gets, second by second, is the same: the two pumps count differently and exactly.
#[test]
fn its_quiet_day_is_the_approved_one() {
    let id = "therapy/quiet-day-of-morphine";
    let case = emulated(library(id));
    assert_eq!(case.verdict, Verdict::Pass, "{:?}", case.causes);
    let reference = run(library(id), BenchKind::Native);
    assert_eq!(case.body, reference.body);
}

#[test]
fn a_refill_with_the_wrong_drug_is_what_it_is_for_any_pump() {
    let case = emulated(library(
        "reservoir/refill-with-five-times-the-concentration",
    ));
    assert_eq!(case.verdict, Verdict::Pass, "{:?}", case.causes);
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
    assert_eq!(case.verdict, Verdict::Pass, "{:?}", case.causes);
}

/// A pump that gives no boluses refuses a prescription with one, and the story says so.
#[test]
fn it_refuses_what_it_cannot_give() {
    let case = emulated(library("bolus/stuck-button"));
    assert_ne!(case.verdict, Verdict::Pass);
    let body = case.body.expect("a report");
    assert!(body.contains("program: out of range"), "{body}");
}

#[test]
fn it_says_who_it_is_and_which_build() {
    let image = image();
    let mut bench = QemuUart::start(&image, None).expect("QEMU starts");
    let nvm = Box::new([0xff; NVM_LEN]);
    let boot = thecal_link::Boot {
        contract: CONTRACT_VERSION,
        cause: ResetCause::PowerOn,
        clock: PumpTime::ZERO,
        image_crc: checksum(nvm.as_slice()),
    };
    let hello = bench.boot(&boot, &nvm).expect("it boots");
    assert_eq!(Hello::readable(&hello.firmware), "pump-in-c");
    let built = Image::open(&image).expect("an image").build_id();
    assert_eq!(hello.build_id, built.0);
}

/// What a rig behind a debug probe looks for in the ELF file (docs/wire.md, Links).
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
