//! Continuous infusion: exact over years, each pulse within a millisecond.

use crate::bench::{Bench, DAY, HOUR, MINUTE, prescription};
use thecal_telemetry::{Command, Prescription, Response};
use thecal_units::{Concentration, DoseRate, Mass, Volume};

fn continuous(ng_per_day: u32, ng_per_ml: u32) -> Prescription {
    Prescription {
        concentration: Concentration::from_ng_per_ml(ng_per_ml),
        dose: DoseRate::from_ng_per_day(ng_per_day),
        bolus_dose: Mass::ZERO,
        low_reservoir: Volume::ZERO,
        ..prescription()
    }
}

/// Steps due after `millis`, by definition.
fn due(ng_per_day: u32, ng_per_ml: u32, millis: u64) -> u64 {
    let volume_e9 = u128::from(ng_per_day) * 1_000_000_000 * u128::from(millis);
    let step_e9 = u128::from(ng_per_ml) * 86_400_000 * 5_000;
    u64::try_from(volume_e9 / step_e9).expect("fits")
}

/// Verifies REQ-MET-001.
#[test]
fn req_met_001_is_exact_to_a_step_over_180_days() {
    // 0.0137 mL/day, and others whose step interval is not a round number.
    for (dose, concentration) in [
        (1_234_567, 25_000_000),
        (5_000_000, 10_000_000),
        (77, 1_000),
    ] {
        let mut bench = Bench::infusing(continuous(dose, concentration));
        for day in 1..=180 {
            bench.run_until(day * DAY);
            if day % 30 == 0 {
                let refill = Command::Refill {
                    volume: Volume::from_nanoliters(20_000_000),
                    concentration: Concentration::from_ng_per_ml(concentration),
                    bridge: false,
                    drawn: None,
                };
                assert_eq!(bench.clinician(refill), Response::Done);
            }
        }
        let moved = bench.moved_us.len() as u64;
        let expected = due(dose, concentration, 180 * DAY);
        assert!(
            moved == expected || moved + 1 == expected,
            "{moved} steps moved, {expected} due"
        );
    }
}

/// Verifies REQ-MET-002.
#[test]
fn req_met_002_each_pulse_falls_within_a_millisecond_of_its_due_instant() {
    for (dose, concentration, span) in [
        (240_000_000, 10_000_000, HOUR),
        (5_000_000, 10_000_000, DAY),
        (60_000, 10_000_000, 7 * DAY),
        (133_333, 9_999_999, 3 * DAY),
    ] {
        let mut bench = Bench::infusing(continuous(dose, concentration));
        bench.run_for(span);
        // A battery check saves up eight steps three times, an hour after the start and then each
        // day.
        let (mut late, checks) = (0, 1 + (span - HOUR) / DAY);
        let period_us = i128::from(concentration) * 432 * 1_000 / i128::from(dose);
        for (index, &us) in bench.moved_us.iter().enumerate() {
            let nth = index as u128 + 1;
            let due_us = nth * u128::from(concentration) * 432 * 1_000 / u128::from(dose);
            let apart = i128::from(us) - i128::try_from(due_us).unwrap();
            if apart > 10 {
                late += 1;
                assert!(apart <= 8 * period_us, "step {nth} is {apart} us late");
            } else {
                assert!(apart >= -1_000, "step {nth} is {apart} us early");
            }
        }
        assert!(late <= 3 * 8 * checks, "{late} steps in {checks} checks");
    }
}

/// Verifies REQ-WDG-002, REQ-MET-009.
#[test]
fn req_met_002_no_train_extends_past_the_next_wake() {
    let mut bench = Bench::infusing(continuous(170_000_000, 10_000_000));
    for _ in 0..2_000 {
        if let thecal_link::MotorCommand::Train {
            pulses,
            first_delay_us,
            period_us,
            ..
        } = bench.reaction.motor
        {
            let last = u64::from(first_delay_us) + u64::from(period_us) * u64::from(pulses - 1);
            assert!(bench.now * 1_000 + last <= bench.reaction.wake_at.as_millis() * 1_000);
        }
        bench.run_until(bench.reaction.wake_at.as_millis());
    }
}

/// Verifies REQ-MET-003.
#[test]
fn req_met_003_a_new_rate_keeps_the_fraction_of_a_step() {
    let mut bench = Bench::infusing(continuous(60_000, 10_000_000));
    // One step each 72 s; after 36 s the rate doubles: 18 s are left.
    bench.run_until(36_000);
    let faster = continuous(120_000, 10_000_000);
    assert_eq!(bench.program(faster), Response::Done);
    bench.run_until(2 * MINUTE);
    let first = bench.moved_us.first().expect("a step");
    assert!((54_000_000..54_000_010).contains(first), "{first}");
}

/// Verifies REQ-THE-001, REQ-MET-006, REQ-MET-010, REQ-THE-018.
#[test]
fn req_the_001_stop_leaves_nothing_queued_and_start_catches_nothing_up() {
    let mut bench = Bench::infusing(continuous(5_000_000, 10_000_000));
    bench.run_until(10 * HOUR + 123);
    bench.clinician(Command::Stop);
    let moved = bench.moved_us.len();
    bench.run_for(20 * HOUR);
    assert_eq!(bench.moved_us.len(), moved);
    bench.clinician(Command::Start);
    let start = bench.now;
    bench.run_for(HOUR);
    let expected = due(5_000_000, 10_000_000, HOUR);
    assert!(bench.steps_between(start, bench.now).abs_diff(expected) <= 1);
}

#[test]
fn a_quiet_pump_asks_for_about_one_look_a_minute() {
    let mut bench = Bench::infusing(continuous(5_000_000, 10_000_000));
    let before = bench.exchanges;
    bench.run_for(DAY);
    assert!((1_430..=1_450).contains(&(bench.exchanges - before)));
}

/// Verifies REQ-CLK-001.
#[test]
fn req_clk_001_a_jump_of_the_clock_gives_no_catch_up() {
    let mut bench = Bench::infusing(continuous(5_000_000, 10_000_000));
    bench.run_until(HOUR);
    let before = bench.moved_us.len();
    bench.jump(DAY.cast_signed());
    bench.run_for(HOUR);
    let expected = due(5_000_000, 10_000_000, HOUR);
    assert!(((bench.moved_us.len() - before) as u64).abs_diff(expected) <= 72);
}

/// Verifies REQ-MET-004.
#[test]
fn req_met_004_a_late_wake_is_not_caught_up() {
    let mut bench = Bench::infusing(continuous(240_000_000, 10_000_000));
    bench.run_until(HOUR);
    bench.wake_late(900);
    let start = bench.now;
    bench.run_for(MINUTE);
    let moved = bench.steps_between(start, bench.now);
    assert!(moved <= 3_334 + 2, "{moved}");
}

/// Verifies REQ-CLK-016.
#[test]
fn what_was_driven_before_the_clock_went_back_is_not_missing_later() {
    let mut bench = Bench::infusing(continuous(5_000_000, 10_000_000));
    let begun = bench.now;
    for round in 1..=24 {
        bench.run_until(begun + round * HOUR + 45_000);
        bench.turn_clock(-(1_800_000 + 7 * round.cast_signed()));
        bench.status();
    }
    bench.clinician(Command::Stop);
    let passed = bench.now - begun;
    let (moved, due) = (
        bench.moved_us.len() as u64,
        due(5_000_000, 10_000_000, passed),
    );
    // The battery check may have saved up eight; each jump may move one step.
    assert!((due - 10..=due + 24).contains(&moved), "{moved} of {due}");
    bench.run_for(HOUR);
    bench.clinician(Command::Start);
    let started = bench.now;
    bench.run_for(HOUR);
    let later = bench.steps_between(started, bench.now);
    assert!(later >= 4_166 - 10, "{later}");
}
