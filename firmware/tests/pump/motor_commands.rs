//! Motor commands in special cases: the first exchange, a stall, and a pump that may hang.

use crate::bench::{Bench, HOUR, MINUTE, prescription};
use thecal_link::{MotorCommand, ResetCause};
use thecal_telemetry::{Command, Mode, Response};
use thecal_units::{Millis, Volume};

/// Verifies REQ-POST-001, REQ-POST-009.
#[test]
fn the_first_exchange_after_a_reset_tells_the_motor_what_to_do() {
    for cause in [ResetCause::PowerOn, ResetCause::Watchdog] {
        let mut bench = Bench::infusing(prescription());
        // Not in a check of the battery, whose steps are saved up.
        bench.run_for(30 * MINUTE);
        bench.reset(cause);
        assert!(matches!(bench.reaction.motor, MotorCommand::Train { .. }));
        bench.clinician(Command::Stop);
        bench.reset(cause);
        assert_eq!(bench.reaction.motor, MotorCommand::StopAfterStroke);
        bench.clinician(Command::Start);
        // All of memory is damaged: nothing moves, from the first exchange on.
        for byte in bench.nvm.iter_mut() {
            *byte ^= 1;
        }
        bench.reset(cause);
        assert_eq!(bench.reaction.motor, MotorCommand::StopAfterStroke);
        let moved = bench.moved_us.len();
        bench.run_for(HOUR);
        assert_eq!(bench.moved_us.len(), moved);
    }
}

/// Verifies REQ-STL-002.
#[test]
fn a_stall_is_cut_in_the_exchange_that_finds_it() {
    let mut bench = Bench::infusing(prescription());
    bench.run_until(HOUR);
    bench.jammed = true;
    let pulses = bench.pulses;
    while bench.reaction.motor != MotorCommand::StopNow {
        assert!(bench.now < HOUR + MINUTE, "nothing is cut");
        bench.run_for(1);
    }
    assert_eq!(bench.pulses, pulses + 8, "the pulses that it takes to tell");
    bench.run_for(9_000);
    assert_eq!(bench.pulses, pulses + 8, "none before the first retry");
    assert_eq!(bench.status().mode, Mode::Stalled);
}

/// After each exchange of `span`: if the pump hung now, its watchdog would run for 180 s, and its
/// motor would be stopped by the requested wake.
fn assert_safe_to_hang(bench: &mut Bench, span: u64) {
    let end = bench.now + span;
    let mut seen = bench.exchanges;
    while bench.now < end {
        if bench.exchanges != seen {
            seen = bench.exchanges;
            let sleep = bench.reaction.wake_at.as_millis().saturating_sub(bench.now);
            assert!(sleep <= 120_000, "it sleeps for {sleep} ms");
            assert_eq!(bench.reaction.watchdog, Millis::from_secs(180));
            if let MotorCommand::Train {
                pulses,
                first_delay_us,
                period_us,
                ..
            } = bench.reaction.motor
            {
                let last = u64::from(first_delay_us) + u64::from(period_us) * u64::from(pulses - 1);
                assert!(
                    last <= sleep * 1_000,
                    "a pulse after {last} us, a wake after {sleep} ms"
                );
            }
        }
        bench.run_for(1);
    }
}

/// Verifies REQ-WDG-001, REQ-WDG-002, REQ-MET-009, REQ-WDG-004.
#[test]
fn a_hang_in_any_mode_leaves_a_motor_that_stops_and_a_watchdog_that_runs() {
    let mut bench = Bench::infusing(prescription());
    assert_safe_to_hang(&mut bench, 5 * MINUTE);
    assert_eq!(bench.press(1, 1), Response::BolusGranted);
    assert_safe_to_hang(&mut bench, 5 * MINUTE);
    bench.misses_each = Some(2);
    assert_safe_to_hang(&mut bench, 20 * MINUTE);
    assert_eq!(bench.status().mode, Mode::Stalled);
    bench.misses_each = None;
    bench.clinician(Command::Stop);
    assert_safe_to_hang(&mut bench, 10 * MINUTE);
    let refill = Command::Refill {
        volume: Volume::from_nanoliters(1_000),
        concentration: prescription().concentration,
        bridge: false,
        drawn: None,
    };
    assert_eq!(bench.clinician(refill), Response::Done);
    bench.clinician(Command::Start);
    assert_safe_to_hang(&mut bench, 20 * MINUTE);
    assert_eq!(bench.status().mode, Mode::Empty);
}
