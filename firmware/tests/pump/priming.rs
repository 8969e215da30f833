//! Priming: tubing and catheter once, and the catheter alone after declared work on it.

use crate::bench::{Bench, DAY, HOUR, MINUTE, prescription, rejected};
use thecal_link::ResetCause;
use thecal_telemetry::{
    CatheterWork, Command, Denial, LogCode, Mode, Prescription, Rejection, Response,
};
use thecal_units::Volume;

/// Verifies REQ-RES-006, REQ-THE-010, REQ-THE-015, REQ-THE-016, REQ-BOL-027, REQ-RES-008,
/// REQ-THE-019, REQ-THE-036, REQ-THE-037, REQ-THE-039, REQ-THE-041.
#[test]
fn priming_fills_tubing_and_catheter_once() {
    let mut bench = Bench::provisioned();
    let catheter = Prescription {
        catheter_volume: Volume::from_nanoliters(198_000),
        ..prescription()
    };
    assert_eq!(
        bench.clinician(Command::PrimingBolus),
        rejected(Rejection::NotProgrammed)
    );
    bench.program(catheter);
    assert_eq!(bench.clinician(Command::PrimingBolus), Response::Done);
    assert_eq!(bench.status().mode, Mode::Priming);
    assert_eq!(
        bench.clinician(Command::Start),
        rejected(Rejection::Priming)
    );
    assert_eq!(bench.press(1, 1), Response::BolusDenied(Denial::Priming));
    bench.run_for(21 * MINUTE);
    let steps = (140_000 + 198_000) / 5;
    assert_eq!(bench.moved_us.len(), steps);
    let status = bench.status();
    assert_eq!(status.mode, Mode::Stopped);
    let count = status.reservoir.as_nanoliters_round_down();
    assert_eq!(count, 20_000_000 - 338_000, "it came out of the reservoir");
    let log = bench.log();
    let priming = log.iter().find(|entry| entry.code == LogCode::PrimingBolus);
    assert_eq!(priming.map(|entry| entry.argument), Some(338_000));
    assert!(bench.health().primed);
    let again = rejected(Rejection::AlreadyPrimed);
    assert_eq!(bench.clinician(Command::PrimingBolus), again);
    // Neither from the mode in which it was started, nor while it runs.
    bench.reset(ResetCause::Pin);
    assert_eq!(bench.clinician(Command::PrimingBolus), again);
    bench.clinician(Command::Start);
    let runs = rejected(Rejection::NotStopped);
    assert_eq!(bench.clinician(Command::PrimingBolus), runs);
    // Nor does another catheter volume make it empty.
    bench.clinician(Command::Stop);
    bench.program(prescription());
    assert_eq!(bench.clinician(Command::PrimingBolus), again);
}

/// Verifies REQ-THE-010, REQ-THE-015, REQ-THE-037, REQ-THE-040, REQ-THE-051, REQ-THE-052,
/// REQ-THE-053.
#[test]
fn declared_work_on_the_catheter_allows_one_more_prime_of_the_catheter_alone() {
    let mut bench = Bench::provisioned();
    let declare = |work| Command::DeclareWork(work);
    assert_eq!(
        bench.clinician(declare(CatheterWork::Revised)),
        rejected(Rejection::NotProgrammed)
    );
    bench.program(Prescription {
        catheter_volume: Volume::from_nanoliters(198_000),
        ..prescription()
    });
    assert_eq!(bench.clinician(Command::PrimingBolus), Response::Done);
    assert_eq!(
        bench.clinician(declare(CatheterWork::Revised)),
        rejected(Rejection::Priming)
    );
    bench.run_for(HOUR);
    bench.clinician(Command::Start);
    bench.run_for(DAY);
    for (work, number) in [
        (CatheterWork::Replaced, 1),
        (CatheterWork::Revised, 2),
        (CatheterWork::Aspirated, 3),
    ] {
        bench.clinician(Command::Stop);
        assert_eq!(bench.clinician(declare(work)), Response::Done);
        let health = bench.health();
        assert!(health.primed && health.catheter_open);
        // It outlasts a reset.
        bench.reset(ResetCause::BrownOut);
        bench.clinician(Command::Silence);
        let before = bench.moved_us.len();
        assert_eq!(bench.clinician(Command::PrimingBolus), Response::Done);
        bench.run_for(HOUR);
        assert_eq!(bench.moved_us.len() - before, 198_000 / 5, "no tubing");
        assert!(!bench.health().catheter_open);
        assert_eq!(
            bench.clinician(Command::PrimingBolus),
            rejected(Rejection::AlreadyPrimed)
        );
        bench.clinician(Command::Start);
        let log = bench.log();
        let last = |code| log.iter().rfind(|entry| entry.code == code);
        let found = [LogCode::CatheterWork, LogCode::PrimingBolus];
        let found = found.map(|code| last(code).map(|entry| entry.argument));
        assert_eq!(found, [Some(number), Some(198_000)]);
    }
    // One that is cut is not repeated.
    bench.clinician(Command::Stop);
    bench.clinician(declare(CatheterWork::Replaced));
    bench.clinician(Command::PrimingBolus);
    bench.run_for(MINUTE);
    bench.clinician(Command::Stop);
    let moved = bench.moved_us.len();
    bench.run_for(HOUR);
    assert_eq!(bench.moved_us.len(), moved, "stopped in the middle");
    assert_eq!(
        bench.clinician(Command::PrimingBolus),
        rejected(Rejection::AlreadyPrimed)
    );
}

/// Verifies REQ-THE-050.
#[test]
fn a_priming_that_a_reset_cuts_is_not_repeated() {
    let mut bench = Bench::provisioned();
    bench.program(prescription());
    bench.clinician(Command::PrimingBolus);
    bench.run_for(5 * MINUTE);
    bench.reset(ResetCause::BrownOut);
    let moved = bench.moved_us.len();
    bench.run_for(HOUR);
    assert_eq!(bench.moved_us.len(), moved);
    assert_eq!(
        bench.clinician(Command::PrimingBolus),
        rejected(Rejection::AlreadyPrimed)
    );
}

/// Verifies REQ-THE-015, REQ-THE-050.
#[test]
fn what_the_infusion_has_filled_is_not_primed() {
    // 0.140 and 0.198 mL at 0.5 mL a day: 16 h 13 min.
    let catheter = Prescription {
        catheter_volume: Volume::from_nanoliters(198_000),
        ..prescription()
    };
    for (hours, answer) in [
        (16, Response::Done),
        (17, rejected(Rejection::AlreadyPrimed)),
    ] {
        let mut bench = Bench::infusing(catheter);
        bench.run_for(hours * HOUR);
        bench.reset(ResetCause::Pin);
        bench.clinician(Command::Stop);
        assert_eq!(bench.clinician(Command::PrimingBolus), answer, "{hours} h");
    }
    // Work on the catheter lets it be filled again, without the tubing.
    let mut bench = Bench::infusing(catheter);
    bench.run_for(DAY);
    assert!(bench.health().primed);
    bench.clinician(Command::Stop);
    bench.clinician(Command::DeclareWork(CatheterWork::Replaced));
    let before = bench.moved_us.len();
    assert_eq!(bench.clinician(Command::PrimingBolus), Response::Done);
    bench.run_for(HOUR);
    assert_eq!(bench.moved_us.len() - before, 198_000 / 5);
}
