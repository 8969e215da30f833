//! The battery control, check by check.

use super::*;
use std::vec::Vec;

fn at(minutes: u64) -> PumpTime {
    PumpTime::from_millis(minutes * 60_000)
}

fn started() -> Battery {
    since(BatteryKept::default())
}

fn since(kept: BatteryKept) -> Battery {
    let mut battery = Battery::new();
    battery.start(at(0), kept, false);
    battery
}

/// Runs to the end of the next check; each load reads `mv`.
fn check(battery: &mut Battery, now: &mut u64, mv: u16) -> Found {
    loads(battery, now, &[mv; 3]).0
}

/// Runs to the end of the next check; returns the pulse periods of its loads. Unit:
/// microsecond.
fn loads(battery: &mut Battery, now: &mut u64, readings: &[u16]) -> (Found, Vec<u32>) {
    let (before, mut periods) = (battery.kept.checked, Vec::new());
    let mut readings = readings.iter();
    loop {
        battery.begin(at(*now));
        if battery.is_saving() {
            periods.push(battery.load().0);
            let mv = *readings.next().expect("a reading");
            let found = battery.look(at(*now), mv, LOAD_STEPS);
            if battery.kept.checked != before {
                return (found, periods);
            }
        }
        *now += 1;
    }
}

/// Verifies REQ-BAT-001, REQ-BAT-008, REQ-BAT-009.
#[test]
fn it_checks_after_an_hour_then_daily_and_hourly_while_low() {
    let (mut battery, mut now) = (started(), 0);
    let (_, periods) = loads(&mut battery, &mut now, &[2_850, 2_840, 2_800]);
    assert_eq!(periods, [72_000, 36_000, 18_000]);
    assert_eq!((now, battery.loaded_mv(at(now))), (80, 2_800));
    check(&mut battery, &mut now, 2_500);
    assert_eq!(now, 80 + 24 * 60 + 20);
    check(&mut battery, &mut now, 2_499);
    assert_eq!(now, 80 + 48 * 60 + 40);
    check(&mut battery, &mut now, 2_500);
    assert_eq!(now, 80 + 49 * 60 + 60);
}

/// Verifies REQ-BAT-007.
#[test]
fn a_load_that_would_brown_out_is_predicted_instead() {
    // 1500 ohm and 10 uC: 0.2 V at 72 ms, 0.4 V at 36 ms, 0.8 V at 18 ms, and 0.1 V each pulse.
    for (readings, expected, count) in [
        (&[2_500, 2_300][..], 1_900, 2),
        (&[2_190][..], 2_190, 1),
        (&[2_500, 2_400, 2_210][..], 2_210, 3),
        (&[2_500, 2_399][..], 2_197, 2),
    ] {
        let (mut battery, mut now) = (started(), 0);
        let (_, periods) = loads(&mut battery, &mut now, readings);
        assert_eq!(periods.len(), count, "{readings:?}");
        assert_eq!(battery.loaded_mv(at(now)), expected, "{readings:?}");
    }
}

/// Verifies REQ-BAT-010.
#[test]
fn a_low_reading_of_a_bolus_brings_the_check_forward_but_not_within_the_hour() {
    let (mut battery, mut now) = (started(), 0);
    check(&mut battery, &mut now, 2_800);
    let rested = battery.look(at(100), 2_400, 0);
    assert_eq!(rested, Found::Nothing, "at rest");
    assert_eq!(battery.look(at(100), 2_400, 60), Found::Nothing);
    check(&mut battery, &mut now, 2_800);
    assert_eq!(now, 80 + 60 + 20);
}

/// Verifies REQ-BAT-014.
#[test]
fn a_load_that_was_cut_short_is_no_check() {
    let mut battery = started();
    battery.begin(at(60));
    battery.load();
    assert_eq!(battery.look(at(60), 1_900, LOAD_STEPS - 1), Found::Nothing);
    assert_eq!(battery.loaded_mv(at(60)), 0);
    battery.begin(at(69));
    assert!(!battery.is_saving());
    battery.begin(at(70));
    assert!(battery.is_saving());
}

/// Verifies REQ-BAT-002.
#[test]
fn three_low_checks_in_a_row_make_replacement_due_once() {
    let (mut battery, mut now) = (started(), 0);
    for mv in [2_499, 2_499, 2_500, 2_499, 2_499] {
        assert_eq!(check(&mut battery, &mut now, mv), Found::Nothing);
    }
    assert_eq!(check(&mut battery, &mut now, 2_499), Found::Replacement);
    assert_eq!(battery.replacement(), Some(at(now)));
    assert_eq!(check(&mut battery, &mut now, 2_499), Found::Nothing);
}

/// Verifies REQ-BAT-003, REQ-BAT-004, REQ-BAT-005, REQ-BAT-006.
#[test]
fn ninety_days_end_the_service_but_do_not_stop_it() {
    let due = at(100);
    let mut battery = since(BatteryKept {
        replacement: Some(due),
        ..BatteryKept::default()
    });
    let end = due + RESERVE;
    let before = end.before(Millis::from_millis(1));
    assert_eq!(battery.look(before, 2_800, 0), Found::Nothing);
    assert_eq!(battery.look(end, 2_800, 0), Found::End);
    assert!(battery.is_at_end());
    assert_eq!(battery.days(end), 90);
    assert_eq!(battery.look(end + RESERVE, 2_800, 0), Found::Nothing);
}

/// The findings of so many checks, the first that is any leading.
fn findings(battery: &mut Battery, now: &mut u64, mv: u16, checks: usize) -> Vec<Found> {
    let all = (0..checks).map(|_| check(battery, now, mv));
    all.filter(|found| *found != Found::Nothing).collect()
}

/// Verifies REQ-BAT-003, REQ-BAT-004, REQ-BAT-006.
#[test]
fn a_reading_confirmed_by_itself_ends_the_service_and_never_stops_it() {
    let (mut battery, mut now) = (started(), 0);
    let found = findings(&mut battery, &mut now, 2_100, 200);
    assert_eq!(found, [Found::Replacement, Found::End]);
    // The comparator agrees: the infusion stops at once, and again only after three more checks.
    battery.brown_out(at(now));
    assert_eq!(battery.look(at(now), 2_900, 0), Found::Stop);
    battery.doubt();
    assert_eq!(findings(&mut battery, &mut now, 2_100, 9), []);
    // A brown-out of the day before is no witness.
    battery.brown_out(at(now));
    let (later, recent) = (at(now) + WITNESS, at(now + 24 * 60 - 1));
    assert_eq!(battery.look(later, 2_900, 0), Found::Nothing);
    assert_eq!(battery.look(recent, 2_900, 0), Found::Stop);
}

/// Verifies REQ-BAT-004, REQ-BAT-006.
#[test]
fn the_calendar_is_a_witness_and_one_check_above_the_limit_refutes_the_voltage() {
    let mut now = 0;
    let mut battery = since(BatteryKept {
        replacement: Some(at(0)),
        ..BatteryKept::default()
    });
    now += 91 * 24 * 60;
    assert_eq!(battery.look(at(now), 2_900, 0), Found::End);
    assert_eq!(findings(&mut battery, &mut now, 2_200, 10), []);
    let mut found = Vec::new();
    for mv in [2_199, 2_199, 2_200, 2_199, 2_199, 2_199] {
        found.push(check(&mut battery, &mut now, mv));
    }
    let (last, earlier) = found.split_last().expect("six");
    assert_eq!(*last, Found::Stop);
    assert!(earlier.iter().all(|found| *found == Found::Nothing));
}

/// Verifies REQ-BAT-012, REQ-BAT-020.
#[test]
fn resets_in_mid_check_neither_restart_the_counts_nor_delay_the_check() {
    let (mut battery, mut now) = (started(), 0);
    let mut checks = 0;
    // Every quarter of an hour: no check is ever whole between two resets.
    for minute in 0..24 * 60 {
        if minute % 15 == 0 {
            let kept = battery.kept();
            battery = Battery::new();
            battery.start(at(minute), kept, false);
        }
        battery.begin(at(minute));
        if battery.is_saving() {
            battery.load();
            battery.look(at(minute), 2_450, LOAD_STEPS);
            checks += u32::from(battery.kept.checked == Some(at(minute)));
        }
        now = minute;
    }
    assert_eq!(checks, 17, "one in 80 minutes, the first after an hour");
    assert!(battery.replacement().is_some());
    // What a brown-out may have caused is not tried at once.
    let kept = battery.kept();
    battery.start(at(now + 200), kept, true);
    battery.begin(at(now + 259));
    assert!(!battery.is_saving());
    battery.begin(at(now + 260));
    assert!(battery.is_saving());
}

/// Verifies REQ-BAT-009, REQ-BAT-020.
#[test]
fn the_hour_after_a_reset_is_not_begun_anew_by_the_next_one() {
    let (mut battery, mut now) = (started(), 0);
    check(&mut battery, &mut now, 2_700);
    // A reset long before the daily check, and another half an hour later.
    for minute in [now + 60, now + 90] {
        let kept = battery.kept();
        battery = Battery::new();
        battery.start(at(minute), kept, false);
        assert_eq!(
            battery.has_changed(),
            minute == now + 60,
            "what a reset brings forward is kept, and once"
        );
    }
    battery.begin(at(now + 119));
    assert!(!battery.is_saving());
    battery.begin(at(now + 120));
    assert!(battery.is_saving());
}

/// Verifies REQ-BAT-010.
#[test]
fn a_low_reading_within_an_hour_of_a_brown_out_brings_no_load() {
    let (mut battery, mut now) = (started(), 0);
    check(&mut battery, &mut now, 2_700);
    let kept = battery.kept();
    for (brown_out, soonest) in [(true, now + 360), (false, now + 300)] {
        let mut battery = Battery::new();
        battery.start(at(now + 300), kept, brown_out);
        battery.look(at(now + 300), 2_008, 1);
        battery.begin(at(soonest - 1));
        assert!(!battery.is_saving());
        battery.begin(at(soonest));
        assert!(battery.is_saving());
    }
}

/// Verifies REQ-TEL-025.
#[test]
fn a_loaded_voltage_is_told_for_two_days() {
    let (mut battery, mut now) = (started(), 0);
    check(&mut battery, &mut now, 2_700);
    let two_days = at(now) + STALE;
    assert_eq!(battery.loaded_mv(two_days), 2_700);
    let later = two_days + Millis::from_millis(1);
    assert_eq!(battery.loaded_mv(later), 0, "none since");
}
