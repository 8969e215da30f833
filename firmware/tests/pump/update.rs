//! Update sessions: what they change, and the state after an abandoned one.

use crate::bench::{Bench, HOUR, MINUTE, prescription, rejected, update};
use thecal_link::ResetCause;
use thecal_link::frame::checksum;
use thecal_telemetry::{Alarms, Command, Denial, LogCode, Mode, Prescription, Rejection, Response};
use thecal_units::{Concentration, DoseRate, Volume};

/// Steps of `prescription` in an hour: 5 mg/day at 10 mg/mL is 0.5 mL/day.
const STEPS_AN_HOUR: u64 = 4_167;
const SECOND: u64 = 1_000;

/// Verifies REQ-TEL-009, REQ-THE-004, REQ-THE-022, REQ-THE-024.
#[test]
fn a_session_changes_nothing_before_its_commit() {
    let mut bench = Bench::infusing(prescription());
    let faster = Prescription {
        dose: DoseRate::from_ng_per_day(20_000_000),
        ..prescription()
    };
    let [open, stage, commit] = update(faster);
    assert_eq!(bench.clinician(stage), rejected(Rejection::NoSession));
    assert_eq!(bench.clinician(commit), rejected(Rejection::NoSession));
    assert_eq!(bench.clinician(open), Response::Done);
    assert_eq!(bench.clinician(commit), rejected(Rejection::NothingStaged));
    assert_eq!(bench.clinician(stage), Response::Done);
    let other = Command::Commit {
        checksum: 1,
        time_of_week: 0,
    };
    assert_eq!(bench.clinician(other), rejected(Rejection::OtherChecksum));
    let late = Command::Commit {
        checksum: checksum(&faster.to_bytes()),
        time_of_week: 7 * 86_400_000,
    };
    assert_eq!(bench.clinician(late), rejected(Rejection::TimeOfWeekRange));
    let start = bench.now;
    bench.run_for(2 * MINUTE);
    assert!(bench.steps_between(start, bench.now) <= 139 + 2);
    assert_eq!(
        bench.clinician(Command::ReadPrescription),
        Response::Prescription(prescription())
    );
    assert_eq!(bench.clinician(commit), Response::Done);
    assert_eq!(
        bench.clinician(Command::ReadPrescription),
        Response::Prescription(faster)
    );
    assert_eq!(
        bench.clinician(commit),
        rejected(Rejection::NoSession),
        "twice"
    );
    assert_eq!(bench.status().alarms, Alarms(0));
}

/// Verifies REQ-THE-048.
#[test]
fn a_refill_within_a_session_drops_what_was_staged_for_the_drug_before() {
    let mut bench = Bench::infusing(prescription());
    let [open, stage, commit] = update(prescription());
    bench.clinician(open);
    bench.clinician(stage);
    let refill = Command::Refill {
        volume: Volume::from_nanoliters(20_000_000),
        concentration: Concentration::from_ng_per_ml(20_000_000),
        bridge: false,
        drawn: None,
    };
    assert_eq!(bench.clinician(refill), Response::Done);
    assert_eq!(bench.clinician(commit), rejected(Rejection::NothingStaged));
    assert_eq!(bench.status().concentration.as_ng_per_ml(), 20_000_000);
}

/// Verifies REQ-TEL-006, REQ-THE-046.
#[test]
fn a_staged_prescription_out_of_range_leaves_the_one_before() {
    let mut bench = Bench::infusing(prescription());
    let wild = Prescription {
        dose: DoseRate::from_ng_per_day(u32::MAX),
        ..prescription()
    };
    let [open, stage, commit] = update(wild);
    bench.clinician(open);
    assert_eq!(bench.clinician(stage), rejected(Rejection::DoseRange));
    assert_eq!(bench.clinician(commit), rejected(Rejection::NothingStaged));
    assert_eq!(bench.clinician(Command::CloseUpdate), Response::Done);
    assert_eq!(bench.status().dose, prescription().dose);
}

/// Verifies REQ-THE-005, REQ-THE-014, REQ-MET-006, REQ-BOL-027, REQ-BOL-040, REQ-MEM-018,
/// REQ-THE-025, REQ-THE-026, REQ-THE-027, REQ-THE-049.
#[test]
fn an_abandoned_session_gives_the_infusion_back_and_says_so() {
    for reset in [false, true] {
        let mut bench = Bench::infusing(prescription());
        bench.run_until(HOUR);
        assert_eq!(bench.press(1, 1), Response::BolusGranted);
        bench.run_for(MINUTE);
        let open = Command::OpenUpdate { hold: true };
        assert_eq!(bench.clinician(open), Response::Done);
        let held = bench.now;
        let [_, stage, _] = update(Prescription {
            dose: DoseRate::from_ng_per_day(20_000_000),
            ..prescription()
        });
        assert_eq!(bench.clinician(stage), Response::Done);
        assert_eq!(bench.status().mode, Mode::Held);
        assert_eq!(bench.press(2, 1), Response::BolusDenied(Denial::Held));
        bench.run_for(178 * SECOND);
        assert_eq!(bench.steps_between(held, bench.now), 0, "held");
        assert!(bench.health().in_session);
        // Another packet restarts the three minutes.
        if reset {
            bench.reset(ResetCause::Pin);
        } else {
            bench.run_for(179 * SECOND);
            assert_eq!(bench.steps_between(held, bench.now), 0, "held");
            bench.run_for(SECOND);
        }
        let start = bench.now;
        bench.run_for(HOUR);
        let moved = bench.steps_between(start, bench.now);
        assert!(moved.abs_diff(STEPS_AN_HOUR) <= 9, "{moved}");
        let status = bench.status();
        assert_eq!(status.mode, Mode::Infusing);
        assert!(status.alarms.has(Alarms::UPDATE_ABANDONED));
        assert!(!bench.tones.is_empty());
        let abandoned: Vec<u32> = bench
            .log()
            .iter()
            .filter(|entry| entry.code == LogCode::UpdateAbandoned)
            .map(|entry| entry.argument)
            .collect();
        assert_eq!(abandoned, [1 + u32::from(reset)]);
        assert_eq!(status.dose, prescription().dose);
    }
}

/// Verifies REQ-THE-028, REQ-THE-049.
#[test]
fn a_session_closed_on_purpose_is_no_alarm() {
    let mut bench = Bench::infusing(prescription());
    bench.clinician(Command::OpenUpdate { hold: true });
    assert_eq!(bench.clinician(Command::CloseUpdate), Response::Done);
    assert_eq!(bench.clinician(Command::CloseUpdate), Response::Done);
    bench.run_for(HOUR);
    let status = bench.status();
    assert_eq!((status.mode, status.alarms), (Mode::Infusing, Alarms(0)));
    assert!(bench.tones.is_empty());
}

/// Verifies REQ-THE-005, REQ-THE-026.
#[test]
fn a_stop_within_an_abandoned_session_is_never_silent() {
    let mut bench = Bench::infusing(prescription());
    bench.clinician(Command::OpenUpdate { hold: false });
    bench.clinician(Command::Stop);
    bench.run_for(4 * MINUTE);
    let status = bench.status();
    assert_eq!(status.mode, Mode::Stopped);
    assert!(status.alarms.has(Alarms::UPDATE_ABANDONED));
    assert_eq!(bench.tones.len(), 1);
}
