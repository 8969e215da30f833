//! When a stall begins, when it is tried, and when it is over.

use super::*;

const NOW: PumpTime = PumpTime::from_millis(1_000_000);

fn count(stall: &mut Stall, driven: u32, sensed: u32, now: PumpTime) -> Finding {
    stall.count(driven, sensed, now, now)
}

/// The next try, whose pulses all move or all miss; what it finds, and when.
fn next_try(stall: &mut Stall, moves: bool) -> (Finding, PumpTime) {
    let now = stall.next();
    assert!(stall.begin_try(now).is_some());
    let moved = if moves { TRY_PULSES } else { 0 };
    (count(stall, TRY_PULSES, moved, now), now)
}

/// Verifies REQ-STL-001.
#[test]
fn seven_missed_of_sixteen_are_no_stall_and_eight_are() {
    let mut stall = Stall::new();
    assert_eq!(count(&mut stall, 9, 9, NOW), Finding::Nothing);
    for _ in 0..7 {
        assert_eq!(count(&mut stall, 1, 0, NOW), Finding::Nothing);
    }
    let found = count(&mut stall, 1, 0, NOW);
    assert_eq!(
        found,
        Finding::Stalled {
            missed: 8,
            alarm: false
        }
    );
}

/// Verifies REQ-STL-001.
#[test]
fn scattered_misses_are_forgotten() {
    let mut stall = Stall::new();
    for _ in 0..1_000 {
        assert_eq!(count(&mut stall, 3, 2, NOW), Finding::Nothing);
    }
}

/// Verifies REQ-STL-013, REQ-STL-016, REQ-STL-017, REQ-STL-023.
#[test]
fn the_alarm_comes_after_three_tries_and_trying_goes_on() {
    let mut stall = Stall::new();
    count(&mut stall, 16, 0, NOW);
    for attempt in 1..=5 {
        let (found, _) = next_try(&mut stall, false);
        let alarm = attempt == 3;
        assert_eq!(found, Finding::Failed { alarm }, "try {attempt}");
    }
    let (found, now) = next_try(&mut stall, true);
    assert_eq!(found, Finding::Nothing);
    assert!(!stall.is_held(), "it infuses");
    assert!(stall.is_open(), "the stall is not over");
    assert_eq!(stall.pulse_energy_uj(), WEAK_ENERGY_UJ);
    assert_eq!(count(&mut stall, 15, 15, now), Finding::Nothing);
    let found = count(&mut stall, 1, 1, now);
    assert!(matches!(found, Finding::Recovered { .. }));
    assert!(!stall.is_open());
    assert_eq!(stall.pulse_energy_uj(), PULSE_ENERGY_UJ);
}

/// Verifies REQ-STL-014, REQ-STL-015.
#[test]
fn no_try_uses_more_energy_than_the_infusion_and_one_missed_pulse_ends_it() {
    let mut stall = Stall::new();
    count(&mut stall, 16, 0, NOW);
    for _ in 0..5 {
        let now = stall.next();
        let train = stall.begin_try(now);
        let Some(MotorCommand::Train {
            pulse_energy_uj,
            pulses,
            ..
        }) = train
        else {
            panic!("no try");
        };
        assert_eq!((pulse_energy_uj, pulses), (PULSE_ENERGY_UJ, 4));
        count(&mut stall, 2, 1, now);
        assert!(!stall.is_trying());
    }
}

/// A stall whose motor turns again after a rest of 5 min, but not by weak pulses.
fn proving() -> (Stall, PumpTime) {
    let mut stall = Stall::new();
    count(&mut stall, 16, 0, NOW);
    for _ in 0..3 {
        next_try(&mut stall, false);
    }
    let (_, now) = next_try(&mut stall, true);
    for _ in 0..4 {
        assert_eq!(stall.pulse_energy_uj(), WEAK_ENERGY_UJ);
        assert_eq!(count(&mut stall, 2, 1, now), Finding::Nothing);
    }
    assert_eq!(stall.pulse_energy_uj(), PULSE_ENERGY_UJ);
    assert!(stall.is_open() && !stall.is_held());
    (stall, now)
}

/// Verifies REQ-STL-010, REQ-STL-013, REQ-STL-024, REQ-STL-025.
#[test]
fn a_motor_that_weak_pulses_do_not_move_has_to_turn_for_twelve_times_as_long_as_it_stood() {
    let (mut stall, from) = proving();
    // It stood for ten seconds three times and for five minutes.
    for minute in 1..66 {
        let now = from + Millis::MINUTE.times(minute);
        assert_eq!(count(&mut stall, 40, 40, now), Finding::Nothing);
    }
    let found = count(&mut stall, 40, 40, from + Millis::MINUTE.times(66));
    // Not the hour of the proof.
    assert_eq!(found, Finding::Recovered { minutes: 5 });

    let (mut stall, from) = proving();
    let now = from + Millis::MINUTE;
    assert_eq!(count(&mut stall, 39_995, 39_995, now), Finding::Nothing);
    let found = count(&mut stall, 1, 1, now);
    assert!(matches!(found, Finding::Recovered { .. }), "0.2 mL");
}

/// The load varies over a revolution: what turns for hours within one has not met the heaviest angle.
///
/// Verifies REQ-STL-024.
#[test]
fn less_than_a_revolution_proves_nothing_however_long_it_takes() {
    let (mut stall, from) = proving();
    let now = from + Millis::HOUR.times(12);
    assert_eq!(count(&mut stall, 1_590, 1_590, now), Finding::Nothing);
    let found = count(&mut stall, 10, 10, now);
    assert!(matches!(found, Finding::Recovered { .. }));
}

/// Failed tries do not shorten the time that the motor has stood.
///
/// Verifies REQ-STL-024.
#[test]
fn a_motor_that_stood_for_an_hour_proves_itself_for_twelve() {
    let mut stall = Stall::new();
    count(&mut stall, 16, 0, NOW);
    let mut now = NOW;
    while now < NOW + Millis::HOUR {
        (_, now) = next_try(&mut stall, false);
    }
    (_, now) = next_try(&mut stall, true);
    for _ in 0..4 {
        count(&mut stall, 2, 1, now);
    }
    let hours = |hours| now + Millis::HOUR.times(hours);
    assert_eq!(count(&mut stall, 9_000, 9_000, hours(11)), Finding::Nothing);
    let found = count(&mut stall, 9_000, 9_000, hours(12));
    assert!(matches!(found, Finding::Recovered { .. }));
}

/// Verifies REQ-STL-026.
#[test]
fn a_stall_before_the_proof_is_the_same_stall() {
    let (mut stall, from) = proving();
    let began = stall.kept().began;
    count(&mut stall, 400, 400, from + Millis::MINUTE.times(59));
    let found = count(&mut stall, 16, 0, from + Millis::MINUTE.times(59));
    assert_eq!(found, Finding::Failed { alarm: false });
    assert_eq!(stall.kept().began, began);
    assert!(stall.is_held());
}

/// Verifies REQ-STL-010, REQ-STL-013, REQ-STL-024.
#[test]
fn a_stop_is_no_proof_and_its_rest_makes_the_proof_longer() {
    let (mut stall, from) = proving();
    count(&mut stall, 100, 100, from + Millis::MINUTE);
    stall.pause(from + Millis::MINUTE);
    let later = from + Millis::DAY;
    assert_eq!(count(&mut stall, 100, 100, later), Finding::Nothing);

    let mut stall = Stall::new();
    count(&mut stall, 16, 0, NOW);
    // Stopped for two hours: pressure may have leaked off, so weak pulses prove nothing.
    let now = NOW + Millis::HOUR.times(2);
    stall.pause(now);
    assert!(stall.begin_try(now).is_some());
    assert_eq!(count(&mut stall, 4, 4, now), Finding::Nothing);
    assert_eq!(stall.pulse_energy_uj(), PULSE_ENERGY_UJ);
    let hours = |hours| now + Millis::HOUR.times(hours);
    assert_eq!(count(&mut stall, 1_600, 1_600, hours(11)), Finding::Nothing);
    let found = count(&mut stall, 100, 100, hours(12));
    assert!(matches!(found, Finding::Recovered { .. }));
}

/// Verifies REQ-STL-011, REQ-STL-030.
#[test]
fn a_motor_that_keeps_stalling_proves_itself_for_longer_each_time() {
    let mut stall = Stall::new();
    let (mut now, mut stalls) = (NOW, 0);
    while now < NOW + Millis::DAY.times(10) {
        // It stalls as soon as its last stall is over, and moves at every try.
        let found = count(&mut stall, 16, 0, now);
        assert!(matches!(found, Finding::Stalled { .. }));
        stalls += 1;
        (_, now) = next_try(&mut stall, true);
        while stall.is_open() {
            now = now + Millis::MINUTE;
            count(&mut stall, 10, 10, now);
        }
    }
    assert!((15..40).contains(&stalls), "{stalls} stalls in ten days");
}

/// Verifies REQ-STL-008, REQ-STL-022.
#[test]
fn a_reset_goes_on_with_the_stall() {
    let (stall, now) = proving();
    let mut again = Stall::new();
    again.restore(stall.kept(), now, false);
    assert_eq!(again.kept(), stall.kept());
    assert!(again.is_held());
    assert_eq!(again.next(), now, "tried at once");
    let (found, _) = next_try(&mut again, false);
    assert_eq!(found, Finding::Failed { alarm: false });
    // A try may be what pulled the supply down.
    again.restore(stall.kept(), now, true);
    assert_eq!(again.next(), now + PROBE_GAP);
}
