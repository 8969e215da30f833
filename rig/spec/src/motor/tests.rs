//! One run that breaks each rule of the motor driver, and the like that does not.

use super::{RULES, judge};
use crate::boundary::{Cause, Drive, Pulses};
use crate::testing::{Case, all_tested, boot, entry, minutes, status};
use thecal_plan::{LogDetail, LogKind, Request};
use thecal_units::{Millis, SimTime, Volume};

const NONE: [&str; 0] = [];
const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;

fn at(millis: u64) -> SimTime {
    SimTime::from_millis(millis)
}

const fn train(count: u32, period_us: u32, energy_uj: u16) -> Pulses {
    Pulses::Train {
        count,
        period_us,
        energy_uj,
    }
}

const TRY: Pulses = train(4, 200_000, 30);
const INFUSION: Pulses = train(100, 864_000, 30);
const WEAK: Pulses = train(16, 864_000, 20);

impl Case {
    fn drives_at(&mut self, millis: u64, pulses: Pulses, loaded_mv: u16) {
        self.drives.push(Drive {
            at: at(millis),
            pulses,
            loaded_mv: Some(loaded_mv),
        });
    }

    fn logs(&mut self, at: SimTime, kind: LogKind) {
        let index = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        self.entries
            .push(entry(index, at, (kind, LogDetail::Nothing)));
    }

    /// The pump answers at the end, so that its log counts.
    fn answers(&mut self) {
        self.status = Some(status(self.end, &[]));
    }
}

/// Blocked at 300 min for five minutes and a half: three tries that fail, one that does not, and the proof
/// by weak pulses.
fn stalled() -> Case {
    let mut case = Case::hours(24);
    case.moves(&[(1.0, 300), (0.0, 305), (1.0, 24 * 60)]);
    case.drives_at(0, INFUSION, 3_000);
    let mut now = 300 * MINUTE;
    case.drives_at(now, Pulses::Cut, 3_000);
    case.logs(at(now), LogKind::MotorStall);
    for missed in 8..11 {
        case.missed.push((at(now), missed));
        now += 10 * SECOND;
        case.drives_at(now, TRY, 3_000);
        now += 200;
        case.drives_at(now, Pulses::Cut, 3_000);
    }
    case.missed.push((at(now), 11));
    now += 5 * MINUTE;
    case.drives_at(now, TRY, 3_000);
    now += SECOND;
    case.drives_at(now, WEAK, 3_000);
    now += 15 * SECOND;
    case.drives_at(now, INFUSION, 3_000);
    case.logs(at(now), LogKind::StallRecovery);
    case.answers();
    case
}

/// A day of checks: one after an hour, the next a day later.
fn checked() -> Case {
    let mut case = Case::hours(30);
    case.moves(&[(1.0, 30 * 60)]);
    case.drives_at(0, INFUSION, 3_000);
    for begins in [60, 60 + 20 + 24 * 60] {
        for (nth, period_us) in [72_000, 36_000, 18_000].into_iter().enumerate() {
            let load = (begins + 10 * nth as u64) * MINUTE;
            case.drives_at(load, train(8, period_us, 30), 2_900);
            case.drives_at(load + 600, INFUSION, 3_000);
        }
    }
    case
}

/// The motor drives a load of eight pulses while it is due: the straight line of the case is too slow for it.
fn with_loads(mut case: Case) -> Case {
    let loads = case.drives.clone().into_iter();
    let quick = loads
        .filter(|it| matches!(it.pulses, Pulses::Train { period_us, .. } if period_us < 100_000));
    for load in quick {
        let points = &mut case.moves.0;
        let behind = points.partition_point(|&(then, _)| then <= load.at);
        let before = points[behind - 1].1;
        points.insert(behind, (load.at + Millis::from_millis(140), before + 8.0));
        for point in &mut points[behind + 1..] {
            point.1 = point.1.max(before + 8.0);
        }
    }
    case
}

/// What a run breaks, where it leaves out the checks of the battery.
fn but_checks(case: &Case) -> Vec<&'static str> {
    let mut broken = case.broken(judge);
    broken.retain(|rule| *rule != "check-when-due");
    broken
}

#[test]
fn a_stall_is_tried_and_proved_over() {
    assert_eq!(but_checks(&stalled()), NONE);
}

#[test]
fn a_train_outlasts_the_sleep() {
    let mut case = stalled();
    case.overruns.push((minutes(10), Millis::from_millis(300)));
    assert_eq!(but_checks(&case), ["no-pulse-past-the-wake-up"]);
}

#[test]
fn a_wake_up_is_not_armed() {
    let mut case = stalled();
    case.unarmed.push((minutes(10), false));
    assert_eq!(but_checks(&case), ["wake-ups-are-armed"]);
    // The reference pump logs magnets.
    case.unarmed = vec![(minutes(10), true)];
    assert_eq!(but_checks(&case), ["wake-ups-are-armed"]);
}

#[test]
fn a_boot_leaves_the_motor_as_it_was() {
    let after_boot = |drives| {
        let mut case = Case::hours(4);
        case.boots.push(boot(minutes(60), Cause::Pin));
        case.drives_at(0, INFUSION, 3_000);
        case.drives_at(drives, INFUSION, 3_000);
        but_checks(&case).contains(&"motor-is-commanded-at-a-boot")
    };
    assert!(after_boot(60 * MINUTE + 120) && !after_boot(60 * MINUTE));
}

#[test]
fn a_stall_lets_the_stroke_finish() {
    let mut case = stalled();
    case.drives[1].pulses = Pulses::Stop;
    assert!(but_checks(&case).contains(&"stall-cuts-the-stroke"));
}

#[test]
fn a_reset_forgets_a_stall() {
    let mut case = stalled();
    let reset = case.drives[7].at + Millis::MINUTE;
    case.boots.push(boot(reset, Cause::Watchdog));
    case.drives.truncate(8);
    case.drives.push(Drive {
        at: reset,
        pulses: INFUSION,
        loaded_mv: None,
    });
    assert!(but_checks(&case).contains(&"stall-outlasts-a-reset"));
    case.drives[8].pulses = TRY;
    assert!(!but_checks(&case).contains(&"stall-outlasts-a-reset"));
}

#[test]
fn a_stopped_pump_writes_every_minute() {
    let mut case = Case::hours(12);
    case.asks(60, Request::Stop);
    case.moves(&[(1.0, 60), (0.0, 12 * 60)]);
    case.writes = (0..=12).map(|hour| minutes(60 * hour)).collect();
    assert_eq!(but_checks(&case), NONE);
    case.writes = (0..=12 * 60).map(minutes).collect();
    assert_eq!(but_checks(&case), ["time-is-recorded-ever-less-often"]);
}

#[test]
fn a_bolus_begins_with_its_grant() {
    let mut case = Case::hours(24);
    case.moves(&[(1.0, 24 * 60)]);
    case.drives_at(0, INFUSION, 3_000);
    case.granted(120);
    let bolus = train(100, 60_000, 30);
    case.drives_at(120 * MINUTE + 1, bolus, 3_000);
    assert_eq!(but_checks(&case), NONE);
    case.drives[1].at = at(120 * MINUTE);
    assert_eq!(but_checks(&case), ["bolus-waits-for-its-record"]);
}

#[test]
fn nothing_is_written_for_hours() {
    let mut case = Case::hours(5);
    case.moves(&[(1.0, 5 * 60)]);
    case.writes = (0..=5).map(|hour| minutes(60 * hour)).collect();
    assert_eq!(but_checks(&case), NONE);
    case.writes.remove(3);
    assert_eq!(but_checks(&case), ["time-is-recorded"]);
}

#[test]
fn the_first_record_after_a_reset_is_late() {
    let mut case = Case::hours(2);
    case.moves(&[(1.0, 2 * 60)]);
    case.boots.push(boot(minutes(30), Cause::Watchdog));
    case.drives_at(30 * MINUTE, INFUSION, 3_000);
    case.writes = [0, 30, 31, 60].map(minutes).to_vec();
    assert_eq!(but_checks(&case), NONE);
    case.writes.remove(2);
    assert_eq!(but_checks(&case), ["time-is-recorded"]);
}

#[test]
fn a_try_is_stronger() {
    let mut case = stalled();
    case.drives[4].pulses = train(4, 200_000, 35);
    assert_eq!(but_checks(&case), ["try-as-told"]);
}

#[test]
fn the_fourth_try_comes_at_once() {
    let mut case = stalled();
    case.drives[8].at = case.drives[7].at + Millis::from_secs(10);
    assert_eq!(but_checks(&case), ["rest-between-tries"]);
}

#[test]
fn no_more_tries() {
    let mut case = stalled();
    case.drives.truncate(8);
    assert!(but_checks(&case).contains(&"rest-between-tries"));
}

#[test]
fn a_try_right_after_a_brown_out() {
    let mut case = stalled();
    let reset = case.drives[7].at + Millis::MINUTE.times(4);
    case.boots.push(boot(reset, Cause::BrownOut));
    assert!(but_checks(&case).contains(&"rest-between-tries"));
    case.boots.pop();
    case.boots.push(boot(reset, Cause::Watchdog));
    assert!(!but_checks(&case).contains(&"rest-between-tries"));
}

#[test]
fn full_pulses_right_after_a_try() {
    let mut case = stalled();
    case.drives.remove(9);
    assert!(but_checks(&case).contains(&"weak-pulses-after-a-try"));
}

#[test]
fn weak_pulses_without_an_end() {
    let mut case = stalled();
    case.drives.pop();
    assert!(but_checks(&case).contains(&"weak-pulses-after-a-try"));
}

#[test]
fn a_recovery_without_proof() {
    let mut case = stalled();
    let turned = case.drives[9].at;
    case.drives[10].at = turned + Millis::from_secs(4);
    case.entries[1].at = turned + Millis::from_secs(4);
    assert_eq!(but_checks(&case), ["no-recovery-without-proof"]);
}

#[test]
fn a_recovery_that_never_comes() {
    let mut case = stalled();
    case.entries.pop();
    assert_eq!(but_checks(&case), ["recovery-after-proof"]);
}

#[test]
fn the_infusion_goes_on_when_its_next_step_is_due() {
    // What moved in tries is subtracted: no step is due for three minutes.
    let mut case = stalled();
    for drive in &mut case.drives[9..] {
        drive.at = drive.at + Millis::MINUTE.times(3);
    }
    let stop = Drive {
        at: case.drives[8].at + Millis::SECOND,
        pulses: Pulses::Stop,
        loaded_mv: None,
    };
    case.drives.insert(9, stop);
    let proved = case.drives[11].at;
    case.entries[1].at = proved;
    assert_eq!(but_checks(&case), NONE);
    // Four weak pulses are no proof.
    case.drives[11].at = case.drives[10].at + Millis::from_secs(4);
    case.entries[1].at = case.drives[11].at;
    assert_eq!(but_checks(&case), ["no-recovery-without-proof"]);
}

#[test]
fn a_recovery_behind_a_clock_that_went_back_has_an_earlier_time() {
    let mut case = stalled();
    case.entries[1].at = case.entries[1].at.before(Millis::MINUTE);
    assert!(but_checks(&case).contains(&"recovery-after-proof"));
    case.crystal.jumps = vec![(minutes(200), -60_000)];
    assert_eq!(but_checks(&case), NONE);
    case.entries[1].at = case.entries[1].at.before(Millis::HOUR);
    assert!(but_checks(&case).contains(&"recovery-after-proof"));
}

#[test]
fn no_more_tries_once_the_battery_has_ended_the_infusion() {
    let mut case = stalled();
    case.drives.truncate(8);
    case.supply = vec![(minutes(290), 2_150)];
    case.logs(case.drives[7].at, LogKind::ServiceEnded);
    assert!(!but_checks(&case).contains(&"rest-between-tries"));
}

#[test]
fn checks_come_when_they_are_due() {
    assert_eq!(with_loads(checked()).broken(judge), NONE);
}

#[test]
fn a_load_of_nine() {
    let mut case = checked();
    case.drives[1].pulses = train(9, 72_000, 30);
    assert_eq!(with_loads(case).broken(judge), ["loads-of-a-check"]);
}

#[test]
fn a_check_begun_anew() {
    let mut case = checked();
    case.drives[3].pulses = train(8, 72_000, 30);
    assert!(with_loads(case).broken(judge).contains(&"loads-of-a-check"));
}

#[test]
fn a_check_that_never_comes() {
    let mut case = checked();
    case.drives.truncate(7);
    assert_eq!(with_loads(case).broken(judge), ["check-when-due"]);
}

#[test]
fn an_empty_reservoir_is_not_checked() {
    // The next check is due after 105 600 steps.
    let filled = |nanoliters: u64| {
        let mut case = checked();
        case.drives.truncate(7);
        case.asks(
            1,
            Request::Refill {
                volume: Volume::from_nanoliters(nanoliters),
                concentration: crate::testing::THERAPY.concentration,
                bridge: false,
                drawn: None,
            },
        );
        with_loads(case).broken(judge)
    };
    assert_eq!(filled(600_000), ["check-when-due"]);
    assert_eq!(filled(500_000), NONE);
}

#[test]
fn a_load_that_a_reset_cuts_comes_again() {
    let again = |cut: u64| {
        let mut case = checked();
        let load = case.drives[5];
        let (load, inf) = (load.at, case.drives[6]);
        if cut > 0 {
            case.boots
                .push(boot(load + Millis::from_millis(cut), Cause::PowerOn));
        }
        let again = [
            Drive {
                at: load + Millis::MINUTE,
                pulses: train(8, 18_000, 30),
                loaded_mv: Some(2_900),
            },
            Drive {
                at: load + Millis::from_secs(61),
                ..inf
            },
        ];
        case.drives.splice(7..7, again);
        but_checks(&with_loads(case)).contains(&"loads-of-a-check")
    };
    assert!(again(0));
    // In its course, and before it is recorded.
    assert!(!again(100) && !again(145));
}

/// A check of each loaded voltage, an hour after the one before, with an entry of the end behind the last.
fn low(loaded_mv: [u16; 4], ended: LogKind) -> Case {
    let mut case = Case::hours(12);
    case.moves(&[(1.0, 12 * 60)]);
    case.drives_at(0, INFUSION, 3_000);
    let mut last = 0;
    for (nth, mv) in loaded_mv.into_iter().enumerate() {
        for (load, period_us) in [72_000, 36_000, 18_000].into_iter().enumerate() {
            last = (60 + 81 * nth as u64 + 10 * load as u64) * MINUTE;
            case.drives_at(last, train(8, period_us, 30), mv);
            case.drives_at(last + 600, INFUSION, mv);
        }
    }
    case.logs(at(last + 600), LogKind::ElectiveReplacement);
    if ended != LogKind::ElectiveReplacement {
        case.logs(at(last + 700), LogKind::EndOfService);
        case.logs(at(last + 1_700), ended);
    }
    case.answers();
    with_loads(case)
}

#[test]
fn three_low_checks_in_a_row() {
    let replacement = LogKind::ElectiveReplacement;
    assert_eq!(
        but_checks(&low([2_500, 2_499, 2_499, 2_499], replacement)),
        NONE
    );
    let broken = but_checks(&low([2_499, 2_500, 2_499, 2_499], replacement));
    assert_eq!(broken, ["battery-found-low"]);
}

#[test]
fn one_source_ends_the_infusion() {
    let mut case = low([2_150; 4], LogKind::ServiceEnded);
    assert!(but_checks(&case).contains(&"two-sources-end-the-infusion"));
    case.boots.push(boot(minutes(300), Cause::BrownOut));
    assert!(!but_checks(&case).contains(&"two-sources-end-the-infusion"));
    // A brown-out in a bolus is no source.
    case.granted(299);
    assert!(but_checks(&case).contains(&"two-sources-end-the-infusion"));
}

#[test]
fn a_brown_out_that_is_not_recorded_is_no_source() {
    let mut case = low([2_150; 4], LogKind::EndOfService);
    assert!(!but_checks(&case).contains(&"two-sources-end-the-infusion"));
    case.boots.push(boot(minutes(300), Cause::BrownOut));
    assert!(but_checks(&case).contains(&"two-sources-end-the-infusion"));
    let soon = minutes(300) + Millis::from_millis(1);
    case.boots.push(boot(soon, Cause::Pin));
    assert!(!but_checks(&case).contains(&"two-sources-end-the-infusion"));
}

#[test]
fn a_stopped_pump_records_what_it_logs_and_the_end_of_each_day() {
    let records = |gap: usize| {
        let mut case = Case::hours(10 * 24);
        case.asks(60, Request::Stop);
        case.moves(&[(1.0, 60), (0.0, 10 * 24 * 60)]);
        let days = (1..10).map(|day| minutes(day * 24 * 60 + 7));
        case.writes = (0..10 * 24 * 60).step_by(gap).map(minutes).collect();
        case.writes.extend(days);
        case.logs(minutes(49 * 60), LogKind::StoppedLong);
        let at = |nth| minutes(49 * 60) + Millis::from_millis(nth);
        case.writes.extend((0..3).map(at));
        case.writes.sort_unstable();
        but_checks(&case)
    };
    assert_eq!(records(30), NONE);
    assert_eq!(records(27), ["time-is-recorded-ever-less-often"]);
}

#[test]
fn each_rule_is_tested() {
    all_tested(
        &RULES,
        &[
            "no-pulse-past-the-wake-up",
            "wake-ups-are-armed",
            "motor-is-commanded-at-a-boot",
            "bolus-waits-for-its-record",
            "time-is-recorded",
            "time-is-recorded-ever-less-often",
            "stall-outlasts-a-reset",
            "stall-cuts-the-stroke",
            "try-as-told",
            "rest-between-tries",
            "weak-pulses-after-a-try",
            "no-recovery-without-proof",
            "recovery-after-proof",
            "loads-of-a-check",
            "check-when-due",
            "battery-found-low",
            "two-sources-end-the-infusion",
        ],
    );
}
