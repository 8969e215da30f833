//! Motor stall: detection, retries, recovery, and never a catch-up dose.

use crate::bench::{Bench, HOUR, MINUTE, prescription};
use thecal_link::{ResetCause, Tone};
use thecal_telemetry::{Alarms, Command, Denial, LogCode, Mode, Response};

/// Pulse period at 0.5 mL/day. Unit: millisecond.
const PULSE: u64 = 864;

fn codes(bench: &mut Bench) -> Vec<LogCode> {
    bench.log().iter().map(|entry| entry.code).collect()
}

/// Verifies REQ-STL-001, REQ-STL-004, REQ-STL-016.
#[test]
fn req_stl_001_a_held_rotor_is_noticed_after_eight_pulses_and_alarmed_after_three_retries() {
    let mut bench = Bench::infusing(prescription());
    bench.run_until(HOUR);
    bench.jammed = true;
    bench.run_for(8 * PULSE + 10);
    assert_eq!(bench.status().mode, Mode::Stalled);
    assert!(!bench.status().alarms.has(Alarms::MOTOR_STALL));
    bench.run_for(31_000);
    assert!(bench.status().alarms.has(Alarms::MOTOR_STALL));
    assert_eq!(bench.tones.last().map(|tone| tone.1), Some(Tone::TwoTone));
    assert!(codes(&mut bench).ends_with(&[LogCode::MotorStall]));
}

/// Verifies REQ-MET-010, REQ-STL-018, REQ-ALM-008, REQ-ALM-012.
#[test]
fn req_stl_004_a_stall_that_ends_is_left_without_anyone_and_nothing_is_caught_up() {
    let mut bench = Bench::infusing(prescription());
    bench.run_until(HOUR);
    bench.jammed = true;
    bench.run_for(3 * HOUR);
    bench.jammed = false;
    let start = bench.now;
    bench.run_for(5 * MINUTE);
    assert_eq!(bench.status().mode, Mode::Infusing);
    assert!(codes(&mut bench).ends_with(&[LogCode::MotorStall, LogCode::StallRecovery]));
    let moved = bench.steps_between(start, bench.now);
    assert!(moved <= 348, "{moved} steps in five minutes");
    // The alarm continues until it is acknowledged.
    assert!(bench.status().alarms.has(Alarms::MOTOR_STALL));
    let tones = bench.tones.len();
    bench.run_for(HOUR);
    assert_eq!(bench.tones.len(), tones + 6);
    bench.clinician(Command::Silence);
    assert_eq!(bench.status().alarms, Alarms(0));
    bench.run_for(HOUR);
    assert_eq!(bench.tones.len(), tones + 6);
}

/// Verifies REQ-RES-001, REQ-RES-006, REQ-STL-005.
#[test]
fn req_stl_005_missed_steps_are_not_counted_as_delivered() {
    let mut bench = Bench::infusing(prescription());
    bench.run_until(HOUR);
    bench.jammed = true;
    bench.run_for(2 * HOUR);
    bench.jammed = false;
    bench.run_for(2 * HOUR);
    let status = bench.status();
    assert!(bench.pulses > bench.moved_us.len() as u64);
    assert_eq!(status.steps, bench.moved_us.len() as u64);
    let drawn = 20_000_000_000 - status.reservoir.as_picoliters();
    assert_eq!(drawn, bench.moved_us.len() as u64 * 5_000);
}

/// Verifies REQ-BOL-006, REQ-STL-003, REQ-BOL-027, REQ-BOL-040.
#[test]
fn req_stl_003_a_bolus_ends_with_the_stall_and_none_is_granted_in_it() {
    let mut bench = Bench::infusing(prescription());
    bench.run_until(HOUR);
    assert_eq!(bench.press(1, 1), Response::BolusGranted);
    bench.run_for(5 * MINUTE);
    bench.jammed = true;
    bench.run_for(HOUR);
    assert_eq!(bench.press(1, 2), Response::BolusDenied(Denial::Stalled));
    bench.jammed = false;
    let start = bench.now;
    bench.run_for(HOUR);
    assert!(bench.steps_between(start, bench.now) <= 4_167);
    let codes = codes(&mut bench);
    assert!(codes.contains(&LogCode::BolusEnded));
    assert_eq!(bench.press(1, 3), Response::BolusDenied(Denial::Lockout));
}

/// Verifies REQ-STL-006.
#[test]
fn req_stl_006_the_third_stall_in_ten_minutes_is_alarmed_at_once() {
    let mut bench = Bench::infusing(prescription());
    for stall in 1..=3 {
        bench.run_for(2 * MINUTE);
        bench.jammed = true;
        bench.run_for(8 * PULSE + 10);
        assert_eq!(
            bench.status().alarms.has(Alarms::MOTOR_STALL),
            stall == 3,
            "stall {stall}"
        );
        bench.jammed = false;
        bench.run_for(15_000);
    }
}

/// Verifies REQ-STL-007, REQ-STL-021.
#[test]
fn req_stl_007_a_stopped_pump_does_not_probe_and_a_started_one_does_at_once() {
    let mut bench = Bench::infusing(prescription());
    bench.run_until(HOUR);
    bench.jammed = true;
    bench.run_for(HOUR);
    bench.clinician(Command::Stop);
    let pulses = bench.pulses;
    bench.run_for(HOUR);
    assert_eq!(bench.pulses, pulses);
    bench.jammed = false;
    bench.clinician(Command::Start);
    bench.run_for(1_000);
    // In an hour pressure may have leaked off: it infuses, and has to prove that the cause is gone.
    assert_eq!(bench.status().mode, Mode::Recovering);
    let start = bench.now;
    bench.run_for(12 * HOUR);
    assert!(bench.steps_between(start, bench.now).abs_diff(50_000) <= 12);
    assert_eq!(bench.status().mode, Mode::Infusing);
}

/// Verifies REQ-STL-008, REQ-STL-029.
#[test]
fn a_reset_in_a_stall_keeps_the_alarm() {
    let mut bench = Bench::infusing(prescription());
    bench.run_until(HOUR);
    bench.jammed = true;
    bench.run_for(HOUR);
    bench.reset(ResetCause::Pin);
    assert!(bench.status().alarms.has(Alarms::MOTOR_STALL));
    bench.run_for(MINUTE);
    assert_eq!(bench.status().mode, Mode::Stalled);
}

/// Verifies REQ-STL-005, REQ-STL-019.
#[test]
fn req_stl_005_scattered_missed_steps_are_neither_repeated_nor_alarmed() {
    let mut bench = Bench::infusing(prescription());
    bench.misses_each = Some(20);
    bench.run_for(24 * HOUR);
    assert!(bench.pulses.abs_diff(100_000) <= 1, "{}", bench.pulses);
    assert_eq!(
        bench.moved_us.len() as u64,
        bench.pulses - bench.pulses / 20
    );
    assert_eq!(bench.status().mode, Mode::Infusing);
    assert_eq!(bench.status().steps, bench.moved_us.len() as u64);
}

/// Verifies REQ-STL-020.
#[test]
fn req_stl_005_what_moves_in_retries_is_taken_off_the_schedule() {
    let mut bench = Bench::infusing(prescription());
    bench.run_until(HOUR);
    bench.misses_each = Some(2);
    bench.run_for(10 * HOUR);
    assert_eq!(bench.status().mode, Mode::Stalled);
    let in_stall = bench.steps_between(HOUR, bench.now);
    assert!(in_stall > 100, "{in_stall}");
    bench.misses_each = None;
    // Five minutes to the next probe, then the surplus steps are waited for.
    let start = bench.now;
    bench.run_for(2 * HOUR);
    let moved = bench.steps_between(start, bench.now);
    assert!(moved + in_stall - 20 <= 2 * 4_167, "{moved} + {in_stall}");
}

/// Verifies REQ-STL-009.
#[test]
fn one_miss_after_a_recovery_is_no_new_stall() {
    let mut bench = Bench::infusing(prescription());
    bench.run_until(HOUR);
    bench.jammed = true;
    bench.run_for(8 * PULSE + 10);
    bench.jammed = false;
    bench.run_for(MINUTE);
    assert_eq!(bench.status().mode, Mode::Infusing);
    let pulses = bench.pulses;
    bench.jammed = true;
    while bench.pulses == pulses {
        bench.run_for(1);
    }
    bench.jammed = false;
    bench.run_for(1);
    assert_eq!(bench.status().mode, Mode::Infusing);
}

/// Pulses of the infusion and of tries, by energy, as a block would let them pass.
fn block(bench: &mut Bench, least_uj: u16) {
    bench.least_uj = least_uj;
}

/// Verifies REQ-ALM-003, REQ-STL-017, REQ-STL-026, REQ-STL-028, REQ-ALM-011.
#[test]
fn a_lasting_block_is_one_stall_and_a_silenced_alarm_stays_silent() {
    let mut bench = Bench::infusing(prescription());
    bench.run_until(HOUR);
    // Only pulses stronger than those of the infusion move the motor.
    block(&mut bench, 31);
    bench.run_for(2 * HOUR);
    bench.clinician(Command::Silence);
    bench.tones.clear();
    let moved = bench.moved_us.len();
    bench.run_for(72 * HOUR);
    assert_eq!(bench.moved_us.len(), moved, "nothing builds up pressure");
    assert!(bench.tones.is_empty());
    assert_eq!(bench.status().mode, Mode::Stalled);
    let codes = codes(&mut bench);
    assert!(codes.ends_with(&[LogCode::MotorStall, LogCode::Silenced]));
    // The cause ends, and returns.
    block(&mut bench, 0);
    bench.run_for(HOUR);
    assert_eq!(bench.status().alarms, Alarms(0));
    block(&mut bench, 31);
    bench.run_for(HOUR);
    assert!(!bench.tones.is_empty(), "another stall");
}

/// Verifies REQ-STL-003, REQ-STL-010, REQ-STL-026, REQ-STL-029, REQ-STL-030, REQ-BOL-027.
#[test]
fn a_block_that_lets_the_motor_turn_for_a_while_is_one_stall() {
    let mut bench = Bench::infusing(prescription());
    bench.run_until(HOUR);
    let entries = bench.log().len();
    // Ten days in which pressure leaks off during each rest and builds up again in a minute.
    while bench.now < 10 * 24 * HOUR {
        block(&mut bench, 31);
        bench.run_for(5 * MINUTE + 500);
        block(&mut bench, 21);
        bench.run_for(MINUTE);
    }
    let log = bench.log();
    let found: Vec<LogCode> = log.iter().skip(entries).map(|entry| entry.code).collect();
    assert_eq!(found, [LogCode::MotorStall]);
    assert!(log.iter().any(|entry| entry.code == LogCode::Programmed));
    // The block opens in part: the infusion runs, but only its time is a proof.
    block(&mut bench, 21);
    bench.run_for(30 * MINUTE);
    assert_eq!(bench.status().mode, Mode::Recovering);
    assert_eq!(bench.press(1, 1), Response::BolusDenied(Denial::Stalled));
    let start = bench.now;
    bench.run_for(30 * MINUTE);
    assert!(bench.steps_between(start, bench.now).abs_diff(2_083) <= 5);
    bench.run_for(10 * MINUTE);
    assert_eq!(bench.status().mode, Mode::Infusing);
    assert_eq!(bench.press(1, 2), Response::BolusGranted);
}

/// Verifies REQ-STL-008, REQ-STL-012, REQ-STL-022, REQ-STL-027.
#[test]
fn a_stall_that_a_reset_falls_into_is_one_stall_with_its_length() {
    for cause in [ResetCause::Pin, ResetCause::BrownOut] {
        let mut bench = Bench::infusing(prescription());
        bench.run_until(HOUR);
        bench.jammed = true;
        bench.run_for(HOUR);
        bench.reset(cause);
        assert_eq!(bench.status().mode, Mode::Stalled, "known at once");
        bench.run_for(HOUR);
        bench.reset(cause);
        bench.jammed = false;
        bench.run_for(6 * MINUTE);
        let log = bench.log();
        let stalls = |code| log.iter().filter(move |entry| entry.code == code);
        assert_eq!(stalls(LogCode::MotorStall).count(), 1);
        let minutes: Vec<u32> = stalls(LogCode::StallRecovery)
            .map(|entry| entry.argument)
            .collect();
        assert!(matches!(minutes[..], [119..=126]), "{minutes:?}");
    }
}
