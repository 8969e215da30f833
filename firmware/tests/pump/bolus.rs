//! Patient and clinician boluses: lockout, daily maximum, presses, resets.

use crate::bench::{Bench, DAY, HOUR, MINUTE, prescription};
use thecal_link::ResetCause;
use thecal_telemetry::{Alarms, Command, Denial, LogCode, Mode, Rejection, Response, Role};
use thecal_units::{Mass, Millis};

/// Steps of one bolus of the example prescription: 0.02 mL.
const BOLUS: u64 = 4_000;
/// Steps of its continuous infusion in an hour, rounded down.
const BASAL_HOUR: u64 = 4_166;

fn denied(denial: Denial) -> Response {
    Response::BolusDenied(denial)
}

/// Verifies REQ-BOL-001, REQ-BOL-042, REQ-BOL-045, REQ-BOL-046.
#[test]
fn req_bol_001_a_bolus_is_added_to_the_continuous_infusion() {
    let mut bench = Bench::infusing(prescription());
    bench.run_until(HOUR);
    assert_eq!(bench.press(1, 1), Response::BolusGranted);
    assert_eq!(bench.status().mode, Mode::PatientBolus);
    bench.run_for(20 * MINUTE + 1);
    assert_eq!(bench.status().mode, Mode::Infusing);
    bench.run_until(2 * HOUR);
    let moved = bench.steps_between(HOUR, 2 * HOUR);
    assert!(moved.abs_diff(BASAL_HOUR + BOLUS) <= 1, "{moved}");
    let ended = bench.log().last().copied().expect("an entry");
    assert_eq!((ended.code, ended.argument), (LogCode::BolusEnded, 4_000));
}

/// Verifies REQ-BOL-004.
#[test]
fn req_bol_004_lockout_from_start_to_start_to_the_millisecond() {
    for (offset, answer) in [
        (4 * HOUR - 1, denied(Denial::Lockout)),
        (4 * HOUR, Response::BolusGranted),
        (4 * HOUR + 1, Response::BolusGranted),
    ] {
        let mut bench = Bench::infusing(prescription());
        bench.run_until(HOUR + 777);
        assert_eq!(bench.press(1, 1), Response::BolusGranted);
        bench.run_for(offset);
        assert_eq!(bench.press(2, 1), answer, "{offset} ms after");
    }
}

/// Verifies REQ-BOL-005.
#[test]
fn req_bol_005_daily_maximum_over_the_trailing_day() {
    let mut bench = Bench::infusing(prescription());
    let first = HOUR;
    for number in 0..4 {
        bench.run_until(first + u64::from(number) * 4 * HOUR);
        assert_eq!(bench.press(1, number), Response::BolusGranted);
    }
    bench.run_until(first + DAY - 1);
    assert_eq!(bench.press(1, 10), denied(Denial::DailyMaximum));
    bench.run_until(first + DAY);
    assert_eq!(bench.press(2, 11), Response::BolusGranted);
    bench.run_until(first + DAY + 4 * HOUR - 1);
    assert_eq!(bench.press(1, 12), denied(Denial::Lockout));
}

/// Verifies REQ-BOL-009, REQ-BOL-033.
#[test]
fn req_bol_009_a_stuck_button_is_one_press() {
    let mut bench = Bench::infusing(prescription());
    assert_eq!(bench.press(1, 7), Response::BolusGranted);
    for _ in 0..(5 * 60) {
        bench.run_for(1_000);
        assert_eq!(bench.press(1, 7), denied(Denial::SamePress));
    }
    let status = bench.status();
    assert!(status.alarms.has(Alarms::STUCK_BUTTON));
    assert_eq!((status.granted, status.denied), (1, 300));
    let stuck = |entry: &thecal_telemetry::LogEntry| entry.code == LogCode::StuckButton;
    assert_eq!(bench.log().iter().filter(|entry| stuck(entry)).count(), 1);
    // Press numbers are counted per remote.
    bench.run_for(5 * HOUR);
    assert_eq!(bench.press(2, 7), Response::BolusGranted);
}

/// Verifies REQ-BOL-011, REQ-BOL-035, REQ-BOL-036, REQ-BOL-037.
#[test]
fn req_bol_011_denied_presses_are_counted_and_never_queued() {
    let mut bench = Bench::infusing(prescription());
    bench.run_until(HOUR);
    for press in 0..3_600 {
        bench.run_for(1_000);
        bench.press(1 + u8::try_from(press % 2).unwrap(), press);
    }
    assert_eq!(bench.status().granted, 1);
    assert_eq!(bench.status().denied, 3_599);
    let start = bench.now;
    bench.run_for(10 * HOUR);
    let moved = bench.steps_between(start, bench.now);
    assert!(moved.abs_diff(41_666) <= 1, "{moved}");
    let denials = |entry: &thecal_telemetry::LogEntry| entry.code == LogCode::BolusDenied;
    assert_eq!(bench.log().iter().filter(|entry| denials(entry)).count(), 1);
}

/// Verifies REQ-BOL-006, REQ-BOL-010, REQ-POST-004, REQ-BOL-034, REQ-BOL-040, REQ-BOL-045,
/// REQ-MEM-018.
#[test]
fn req_bol_010_a_reset_ends_a_bolus_and_keeps_the_lockout() {
    let mut bench = Bench::infusing(prescription());
    bench.run_until(HOUR);
    assert_eq!(bench.press(1, 1), Response::BolusGranted);
    bench.run_for(5 * MINUTE);
    bench.reset(ResetCause::BrownOut);
    let start = bench.now;
    let status = bench.status();
    assert_eq!(status.mode, Mode::Infusing);
    assert!(status.alarms.has(Alarms::RESET));
    assert_eq!(bench.press(1, 1), denied(Denial::SamePress));
    assert_eq!(bench.press(2, 2), denied(Denial::Lockout));
    bench.run_for(HOUR);
    let moved = bench.steps_between(start, bench.now);
    assert!(moved.abs_diff(BASAL_HOUR) <= 1, "{moved}");
    let codes: Vec<_> = bench.log().iter().map(|entry| entry.code).collect();
    let tail = [
        LogCode::BrownOutReset,
        LogCode::BolusEnded,
        LogCode::BolusDenied,
        LogCode::BolusDenied,
    ];
    assert!(codes.ends_with(&tail), "{codes:?}");
}

/// Verifies REQ-BOL-007.
#[test]
fn req_bol_007_the_grant_is_in_memory_before_the_motor_moves() {
    let mut bench = Bench::infusing(prescription());
    bench.run_until(HOUR);
    let packet = bench.packet(Role::Remote(1), &Command::PatientBolus { press: 1 });
    bench.send(Role::Remote(1), &packet);
    let reached = bench.written();
    assert!(!bench.reaction.nvm.is_empty());
    // Cut at any byte of that Reaction: either nothing was granted, or the lockout runs.
    for bytes in 0..=reached {
        let mut torn = Bench::infusing(prescription());
        torn.run_until(HOUR);
        let packet = torn.packet(Role::Remote(1), &Command::PatientBolus { press: 1 });
        torn.tear(&packet, bytes);
        let start = torn.now;
        let answer = torn.press(1, 2);
        if bytes == reached {
            assert_eq!(answer, denied(Denial::Lockout));
        }
        torn.run_for(HOUR);
        let moved = torn.steps_between(start, torn.now);
        assert!(
            moved <= BASAL_HOUR + BOLUS + 1,
            "{moved} after {bytes} bytes"
        );
    }
}

/// Verifies REQ-BOL-006, REQ-BOL-013, REQ-BOL-027, REQ-BOL-029, REQ-BOL-031, REQ-BOL-038,
/// REQ-BOL-039, REQ-BOL-040.
#[test]
fn req_bol_013_a_clinicians_bolus_runs_without_lockout_but_not_beside_another() {
    let mut bench = Bench::infusing(prescription());
    let bolus = Command::ClinicianBolus {
        dose: Mass::from_nanograms(100_000),
        duration: Millis::from_millis(10 * MINUTE),
    };
    assert_eq!(bench.clinician(bolus), Response::Done);
    assert_eq!(bench.status().mode, Mode::ClinicianBolus);
    assert_eq!(
        bench.clinician(bolus),
        Response::Rejected(Rejection::InBolus)
    );
    assert_eq!(bench.press(1, 1), denied(Denial::InProgress));
    bench.run_for(11 * MINUTE);
    assert_eq!(bench.press(1, 2), Response::BolusGranted);
    bench.clinician(Command::Stop);
    assert_eq!(bench.press(1, 3), denied(Denial::Stopped));
    bench.clinician(Command::Start);
    assert_eq!(bench.status().mode, Mode::Infusing);
    // Cut by the stop, it counts as a grant.
    assert_eq!(bench.press(2, 4), denied(Denial::Lockout));
}

/// Verifies REQ-BOL-025.
#[test]
fn remotes_without_a_bolus_in_the_prescription_are_disabled() {
    let mut bench = Bench::infusing(thecal_telemetry::Prescription {
        bolus_dose: Mass::ZERO,
        ..prescription()
    });
    assert_eq!(bench.press(1, 1), denied(Denial::Disabled));
}

/// Verifies REQ-BOL-002, REQ-BOL-021, REQ-MET-011.
#[test]
fn req_met_005_infusion_and_bolus_together_stay_within_the_largest_rate() {
    let mut bench = Bench::infusing(prescription());
    // 1 mL in a minute would be 1.44 L a day.
    let bolus = Command::ClinicianBolus {
        dose: Mass::from_nanograms(10_000_000),
        duration: Millis::MINUTE,
    };
    assert_eq!(bench.clinician(bolus), Response::Done);
    bench.run_for(HOUR);
    assert!(bench.moved_us.len() <= 200_000);
    assert!(bench.moved_us.len() >= 199_990);
    bench.run_for(HOUR);
    assert!((bench.moved_us.len() as u64).abs_diff(200_000 + 2 * BASAL_HOUR) <= 2);
}

/// Verifies REQ-THE-021, REQ-THE-022.
#[test]
fn req_the_004_programming_waits_for_the_end_of_a_bolus() {
    let mut bench = Bench::infusing(prescription());
    assert_eq!(bench.press(1, 1), Response::BolusGranted);
    assert_eq!(
        bench.program(prescription()),
        Response::Rejected(Rejection::InBolus)
    );
    bench.run_for(21 * MINUTE);
    assert_eq!(bench.program(prescription()), Response::Done);
    bench.clinician(Command::Stop);
    assert_eq!(bench.program(prescription()), Response::Done);
    assert_eq!(bench.status().mode, Mode::Stopped);
}
