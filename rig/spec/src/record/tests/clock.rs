//! Jumps of the clock in the log.

use super::log::{NOTHING, bolus, with_a_bolus};
use super::{NONE, in_service};
use crate::boundary::{Absence, Cause, Hurt, Injury};
use crate::testing::{boot, minutes};
use thecal_plan::{LogDetail, LogKind};
use thecal_units::{Millis, PumpTime, SimTime};

#[test]
fn a_jump_of_the_clock_is_logged() {
    let jumped = |says: Option<i64>| {
        let mut story = in_service(12);
        story.case.crystal.jumps = vec![(minutes(300), 3_600_000)];
        if let Some(seconds) = says {
            story.logs(minutes(301), LogKind::ClockJump, LogDetail::Jump(seconds));
        }
        story.shows = |status| {
            status.clock = status.clock + Millis::HOUR;
        };
        story.breaks()
    };
    assert_eq!(jumped(Some(3_600)), NONE);
    assert_eq!(jumped(None), ["clock-jump-is-logged"]);
    assert_eq!(jumped(Some(-3_600)), ["clock-jump-is-logged"]);
}

#[test]
fn a_jump_right_before_a_reset_is_taken_for_time_that_has_passed() {
    let jumped = |reset: u64| {
        let mut story = in_service(12);
        story.case.crystal.jumps = vec![(minutes(300), 3_600_000)];
        let at = minutes(300) + Millis::from_secs(reset);
        story.case.boots.push(boot(at, Cause::Pin));
        let told = at + Millis::HOUR;
        story.logs(told, LogKind::PinReset, NOTHING);
        story.breaks().contains(&"clock-jump-is-logged")
    };
    assert!(!jumped(60));
    assert!(jumped(180));
}

#[test]
fn two_jumps_whose_times_are_unsure_have_the_entries_that_fit_them() {
    let logged = |first: i64| {
        let mut story = in_service(12);
        // The first may have been taken for time that has passed; the second may be one either way.
        story.case.crystal.jumps = vec![(minutes(300), 60_000), (minutes(350), i64::MAX - 60_000)];
        story.case.boots.push(boot(minutes(301), Cause::Pin));
        story.logs(minutes(301), LogKind::PinReset, NOTHING);
        story.logs(minutes(301), LogKind::ClockJump, LogDetail::Jump(first));
        let back = LogDetail::Jump(-2_147_483_647);
        story.logs(minutes(350), LogKind::ClockJump, back);
        story.breaks().contains(&"clock-jump-is-logged")
    };
    assert!(!logged(60));
    assert!(logged(-90_000));
}

#[test]
fn a_jump_of_half_the_range_may_be_one_either_way() {
    let jumped = |by: i64, says: i64| {
        let mut story = in_service(12);
        story.case.crystal.jumps = vec![(minutes(300), by)];
        story.logs(minutes(301), LogKind::ClockJump, LogDetail::Jump(says));
        story.breaks().contains(&"clock-jump-is-logged")
    };
    assert!(!jumped(i64::MAX, -2_147_483_647) && !jumped(i64::MAX, 2_147_483_647));
    assert!(jumped(i64::MAX - 3_600_000, -2_147_483_647));
}

#[test]
fn a_jump_of_the_clock_without_power_counts_as_time_near_the_magnet() {
    let magnet = |near: u64| {
        let mut story = in_service(12);
        story.case.magnet = vec![(minutes(300), true), (minutes(309), false)];
        story.case.moves(&[(1.0, 302), (0.0, 303), (1.0, 720)]);
        story.case.absences = vec![Absence {
            from: minutes(302),
            until: minutes(303),
            explained: true,
            dark: true,
        }];
        story.case.boots.push(boot(minutes(303), Cause::PowerOn));
        let day = Millis::DAY.as_millis().cast_signed();
        let jump = minutes(302) + Millis::SECOND.times(30);
        story.case.crystal.jumps = vec![(jump, day)];
        story.shows = |status| status.clock = PumpTime::from_millis(36 * 3_600_000);
        story.logs(minutes(300), LogKind::MagnetClosed, NOTHING);
        story.logs(minutes(303), LogKind::PowerOn, NOTHING);
        story.logs(minutes(309), LogKind::MagnetOpened, LogDetail::Number(near));
        story
    };
    assert_eq!(magnet(1_449).breaks(), NONE);
    for near in [9, 1_440, 1_460] {
        assert_eq!(magnet(near).breaks(), ["magnet-is-logged"], "{near}");
    }
}

#[test]
fn what_a_train_moved_ahead_of_a_clock_that_went_back_is_missing_in_the_bolus() {
    let bolus = |jumps: &[(SimTime, i64)], steps: u64, moved: f64| {
        let mut story = with_a_bolus().saying(LogKind::BolusEnded, &bolus(steps, false));
        story.case.crystal.jumps = jumps.to_vec();
        if !jumps.is_empty() {
            story.shows = |status| status.clock = PumpTime::from_millis(12 * 3_600_000 - 836);
        }
        let slower = (moved - 69.4 * 10.0) / 694.4 + 1.0;
        story.case.moves(&[(1.0, 60), (slower, 70), (1.0, 720)]);
        story.breaks()
    };
    let back = [(minutes(60), -836)];
    assert_eq!(bolus(&back, 9_950, 9_950.0), NONE);
    let rule = ["bolus-end-tells-its-steps"];
    assert_eq!(bolus(&back, 9_900, 9_950.0), rule, "fewer than moved");
    assert_eq!(bolus(&[], 9_950, 9_950.0), rule, "no jump");
    assert_eq!(
        bolus(&[(minutes(30), -836)], 9_950, 9_950.0),
        rule,
        "long before"
    );
}

#[test]
fn a_pump_that_loses_its_state_counts_the_jumps_that_it_had_left_out() {
    // A jump of ten days that was noticed and left out, and damage an hour later.
    let told = |damaged: bool| {
        let mut story = in_service(48);
        let days = Millis::DAY.times(10);
        story.case.crystal.jumps = vec![(minutes(300), 864_000_000)];
        story.logs(minutes(302), LogKind::ClockJump, LogDetail::Jump(863_880));
        story.case.injuries = vec![Injury {
            at: minutes(360),
            hurt: if damaged {
                Hurt::Memory
            } else {
                Hurt::Exchange
            },
        }];
        story.case.boots.push(boot(minutes(361), Cause::Pin));
        story.logs(minutes(361) + days, LogKind::PinReset, NOTHING);
        story.breaks()
    };
    assert!(!told(true).contains(&"no-entry-without-cause"));
    assert!(told(false).contains(&"no-entry-without-cause"));
}

#[test]
fn a_magnet_that_a_reset_follows_at_once_may_be_logged_anew() {
    let near = |reset: u64, gone: u64| {
        let mut story = in_service(12);
        story.case.magnet = vec![(minutes(300), true), (minutes(310), false)];
        let boot_at = minutes(302);
        story.case.absences = vec![Absence {
            from: minutes(300) + Millis::from_millis(reset),
            until: boot_at,
            explained: true,
            dark: true,
        }];
        story.case.boots.push(boot(boot_at, Cause::PowerOn));
        story.logs(minutes(300), LogKind::MagnetClosed, NOTHING);
        story.logs(boot_at, LogKind::PowerOn, NOTHING);
        story.logs(boot_at, LogKind::MagnetClosed, NOTHING);
        let says = LogDetail::Number(gone);
        story.logs(minutes(310), LogKind::MagnetOpened, says);
        let broken = story.breaks();
        ["magnet-is-logged", "no-entry-without-cause"].map(|rule| broken.contains(&rule))
    };
    assert_eq!(near(1, 8), [false, false]);
    assert_eq!(near(1, 10), [false, false]);
    assert_eq!(near(1, 6), [true, false]);
    assert_eq!(near(60_000, 10), [false, true]);
}
