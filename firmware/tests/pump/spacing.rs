//! The gap between pulses at every rate: a motor follows no faster ones than those of 24 mL/day, so none
//! may come sooner after another, by whatever train, and a healthy pump loses no step by its own doing.

use crate::bench::{Bench, HOUR, MINUTE, STEP_NL, prescription};
use thecal_link::{MotorCommand, ResetCause};
use thecal_telemetry::{Command, DuringBolus, LogCode, Prescription, Response};
use thecal_units::{Concentration, DoseRate, Mass, Millis, Volume};

/// Period of the largest rate, less a microsecond of rounding. Unit: microsecond.
const LEAST_US: u64 = 17_999;
/// 10 mg/mL: a mL/day are 2.3 steps a second.
const NG_PER_ML: u64 = 10_000_000;

fn fast(ng_per_day: u32) -> Prescription {
    Prescription {
        dose: DoseRate::from_ng_per_day(ng_per_day),
        bolus_dose: Mass::ZERO,
        low_reservoir: Volume::ZERO,
        ..prescription()
    }
}

/// Steps due of a continuous dose in a span.
fn due(ng_per_day: u32, millis: u64) -> u64 {
    u64::from(ng_per_day) * millis / (NG_PER_ML * 432)
}

fn assert_spaced(bench: &Bench, what: &str) {
    let gaps = bench.moved_us.array_windows();
    let least = gaps.map(|[one, next]| next - one).min().expect("pulses");
    assert!(least >= LEAST_US, "{what}: pulses {least} us apart");
}

/// Runs minute by minute; no more than the steps that a battery check saves up is ever late.
fn run_and_compare(bench: &mut Bench, dose: u32, until: u64) {
    let (start, before) = (bench.now, bench.moved_us.len() as u64);
    while bench.now < until {
        bench.run_for(97);
        let expected = due(dose, bench.now - start);
        let moved = bench.moved_us.len() as u64 - before;
        let is_late = moved + 11 < expected;
        assert!(
            !is_late && moved <= expected + 1,
            "{dose} ng/day: {moved} of {expected}"
        );
    }
}

/// Verifies REQ-MET-001, REQ-MET-005, REQ-MET-011, REQ-MET-014, REQ-BAT-011.
#[test]
fn at_every_rate_a_battery_check_drives_no_pulse_too_soon_and_loses_no_step() {
    // 0.3 to 24 mL/day in ragged steps.
    let doses = (1..=76_u32).map(|nth| nth * 3_171_337 - 137_000);
    for dose in doses
        .filter(|&dose| dose <= 239_999_999)
        .chain([240_000_000])
    {
        let mut bench = Bench::infusing(fast(dose));
        run_and_compare(&mut bench, dose, HOUR + 25 * MINUTE);
        let checked = bench.health().loaded_mv;
        assert!(checked > 0, "{dose} ng/day: no check");
        assert_spaced(&bench, &format!("{dose} ng/day"));
        let moved = bench.moved_us.len() as u64;
        let expected = due(dose, bench.now);
        assert!(
            moved.abs_diff(expected) <= 1,
            "{dose} ng/day: {moved} of {expected}"
        );
        for start in (0..bench.now).step_by(13_000) {
            assert!(bench.steps_between(start, start + MINUTE) <= 3_336);
        }
    }
}

/// Verifies REQ-BOL-001, REQ-BOL-019, REQ-MET-001, REQ-MET-014.
#[test]
fn at_every_rate_a_bolus_right_after_a_check_drives_no_pulse_too_soon_and_loses_no_step() {
    for during_bolus in [DuringBolus::Add, DuringBolus::Replace] {
        for dose in (1..=40_u32).map(|nth| nth * 5_171_337) {
            let mut bench = Bench::infusing(Prescription {
                bolus_dose: Mass::from_nanograms(1_234_567),
                bolus_duration: Millis::from_millis(61_234),
                during_bolus,
                ..fast(dose)
            });
            // In the first train of the check, or right after it.
            bench.run_until(HOUR + 700 + u64::from(dose % 997));
            assert_eq!(bench.press(1, 1), Response::BolusGranted);
            let pressed = bench.now;
            bench.run_for(4 * HOUR);
            assert_spaced(&bench, &format!("{dose} ng/day, {during_bolus:?}"));
            let log = bench.log();
            let ended = log.iter().find(|entry| entry.code == LogCode::BolusEnded);
            let bolus = ended.map_or(0, |entry| u64::from(entry.argument));
            assert_eq!(bolus, 1_234_567 * 1_000_000 / NG_PER_ML / STEP_NL);
            let moved = bench.moved_us.len() as u64 - bolus;
            let expected = due(dose, bench.now);
            match during_bolus {
                DuringBolus::Add => assert!(
                    moved.abs_diff(expected) <= 1,
                    "{dose}: {moved} of {expected}"
                ),
                DuringBolus::Replace => {
                    assert!(
                        moved < expected && moved > due(dose, bench.now - pressed),
                        "{dose}"
                    );
                }
            }
        }
    }
}

/// Verifies REQ-THE-011, REQ-MET-014.
#[test]
fn a_bridge_at_a_fast_rate_drives_no_pulse_too_soon_and_loses_no_step() {
    for dose in [31_171_337, 79_171_337, 110_171_337] {
        let mut bench = Bench::infusing(fast(dose));
        // The new drug has half of the concentration: twice the flow once the old one has moved.
        bench.run_until(59 * MINUTE);
        let refill = Command::Refill {
            volume: Volume::from_nanoliters(20_000_000),
            concentration: Concentration::from_ng_per_ml(5_000_000),
            bridge: true,
            drawn: None,
        };
        assert_eq!(bench.clinician(refill), Response::Done);
        bench.run_until(3 * HOUR);
        assert_spaced(&bench, &format!("{dose} ng/day"));
        let moved = bench.moved_us.len() as u64;
        // 0.140 mL of tubing at the old rate; what is left of the three hours at twice of it.
        let old = due(dose, 59 * MINUTE) + 28_000;
        let span = 3 * HOUR - old * NG_PER_ML * 432 / u64::from(dose);
        let expected = old + due(dose, 2 * span);
        assert!(
            moved.abs_diff(expected) <= 2,
            "{dose} ng/day: {moved} of {expected}"
        );
    }
}

/// Verifies REQ-MET-014.
#[test]
fn packets_and_resets_while_steps_are_overdue_drive_no_pulse_too_soon() {
    for apart in [1, 2, 7, 17, 18, 40] {
        let mut bench = Bench::infusing(fast(100_123_457));
        bench.run_until(HOUR + 500);
        for _ in 0..300 {
            bench.clinician(Command::Interrogate);
            bench.run_for(apart);
        }
        assert_spaced(&bench, &format!("packets each {apart} ms"));
        bench.wake_late(800);
        bench.clinician(Command::Interrogate);
        bench.run_for(apart);
        bench.clinician(Command::Interrogate);
        bench.run_for(MINUTE);
        assert_spaced(&bench, "after a late wake");
    }
}

/// Verifies REQ-MET-014, REQ-STL-021, REQ-STL-022.
#[test]
fn a_try_of_a_stalled_motor_keeps_the_gap_to_the_pulse_before() {
    let mut bench = Bench::infusing(fast(100_123_457));
    bench.run_until(30 * MINUTE);
    bench.jammed = true;
    bench.run_for(20_000);
    bench.jammed = false;
    while !bench.is_driving() {
        bench.run_for(1);
    }
    // In the try: a stop, a start, a reset.
    bench.run_for(1);
    bench.clinician(Command::Stop);
    bench.clinician(Command::Start);
    assert!(matches!(bench.reaction.motor, MotorCommand::Train { .. }));
    bench.run_for(1);
    bench.reset(ResetCause::Pin);
    assert!(matches!(bench.reaction.motor, MotorCommand::Train { .. }));
    bench.run_for(5 * MINUTE);
    assert_spaced(&bench, "a try after a try");
}
