//! Effects of alarms on the infusion, and of a reset on alarms.

use crate::bench::{Bench, HOUR, MINUTE, prescription};
use thecal_link::{ResetCause, Tone};
use thecal_telemetry::{Alarms, Command, Prescription, Response};
use thecal_units::Volume;

/// Verifies REQ-ALM-005, REQ-RES-014.
#[test]
fn non_critical_alarms_change_neither_infusion_nor_boluses() {
    let mut bench = Bench::infusing(Prescription {
        low_reservoir: Volume::from_nanoliters(39_000_000),
        ..prescription()
    });
    // A stuck button of another remote, and a reservoir that is low from the start.
    assert_eq!(bench.press(1, 1), Response::BolusGranted);
    bench.run_for(4 * MINUTE);
    bench.press(1, 1);
    let both = Alarms::LOW_RESERVOIR.with(Alarms::STUCK_BUTTON);
    assert_eq!(bench.status().alarms, both);
    bench.run_until(5 * HOUR);
    let start = bench.now;
    bench.run_for(HOUR);
    assert!(bench.steps_between(start, bench.now).abs_diff(4_166) <= 1);
    assert_eq!(bench.press(2, 1), Response::BolusGranted);
    let start = bench.now;
    bench.run_for(HOUR);
    let moved = bench.steps_between(start, bench.now);
    assert!(moved.abs_diff(4_166 + 4_000) <= 1, "{moved}");
    assert_eq!(bench.status().alarms, both);
}

/// Verifies REQ-ALM-007, REQ-ALM-019, REQ-MEM-017.
#[test]
fn a_reset_forgets_no_alarm_and_no_acknowledgement() {
    let mut bench = Bench::infusing(prescription());
    bench.run_until(HOUR);
    bench.jammed = true;
    bench.run_for(5 * MINUTE);
    assert!(bench.status().alarms.has(Alarms::MOTOR_STALL));
    bench.tones.clear();
    bench.reset(ResetCause::Pin);
    assert_eq!(bench.tones, [(bench.now, Tone::TwoTone)], "at once");
    assert!(bench.status().alarms.has(Alarms::MOTOR_STALL));
    // Detected again, then acknowledged while it lasts.
    bench.run_for(5 * MINUTE);
    bench.clinician(Command::Silence);
    assert!(bench.status().alarms.has(Alarms::MOTOR_STALL));
    bench.tones.clear();
    bench.reset(ResetCause::Pin);
    bench.run_for(HOUR);
    assert_eq!(bench.tones, [], "somebody knows");
    assert!(bench.status().alarms.has(Alarms::MOTOR_STALL));
}
