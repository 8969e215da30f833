//! Entries that only the pump can time.

use super::{NONE, Story, in_service, volume};
use crate::boundary::{Absence, Cause, Drive, Hurt, Injury, Pulses};
use crate::testing::{boot, minutes};
use crate::tried::TRY;
use thecal_plan::{HeldValue, LogDetail, LogKind, Request};
use thecal_units::{Millis, Volume};

pub(super) const TESTED: &[&str] = &[
    "stall-is-logged",
    "recovery-is-logged",
    "low-reservoir-is-logged",
    "empty-reservoir-is-logged",
    "battery-is-logged",
    "memory-damage-has-a-cause",
    "lost-writes-are-logged",
    "flip-is-logged",
    "long-stop-is-logged",
];

/// The motor stands from 300 to 310 min, and turns from then on.
fn stalled(missed: u64, turned: u64) -> Story {
    let mut story = in_service(48);
    story.case.moves(&[(1.0, 300), (0.0, 310), (1.0, 2_880)]);
    let pulses = (1..=12).map(|nth| (minutes(300) + Millis::SECOND.times(nth), nth));
    story.case.missed = pulses.collect();
    let found = minutes(300) + Millis::SECOND.times(8);
    story.logs(found, LogKind::MotorStall, LogDetail::Number(missed));
    story.logs(
        minutes(322),
        LogKind::StallRecovery,
        LogDetail::Number(turned),
    );
    story
}

#[test]
fn a_stall_is_logged_with_its_misses_and_its_end() {
    assert_eq!(stalled(8, 10).breaks(), NONE);
    assert_eq!(stalled(30, 10).breaks(), ["stall-is-logged"]);
    assert_eq!(stalled(8, 3).breaks(), ["recovery-is-logged"]);
    let unlogged = stalled(8, 10).without(LogKind::MotorStall).breaks();
    assert_eq!(unlogged, ["recovery-is-logged", "stall-is-logged"]);
    let mut twice = stalled(8, 10);
    twice.logs(minutes(900), LogKind::MotorStall, LogDetail::Number(8));
    assert!(twice.breaks().contains(&"stall-is-logged"));
    // 40 000 steps later no stall is left open.
    let unlogged = stalled(8, 10).without(LogKind::StallRecovery).breaks();
    assert!(unlogged.contains(&"recovery-is-logged"), "{unlogged:?}");
}

#[test]
fn a_flip_is_logged_with_the_number_of_its_value() {
    let flipped = |at: u64, number: u64| {
        let mut story = in_service(12);
        story.case.flips.push((minutes(300), HeldValue::Rate));
        story.logs(minutes(at), LogKind::RamFault, LogDetail::Number(number));
        story
    };
    assert_eq!(flipped(301, 3).breaks(), NONE);
    assert_eq!(flipped(301, 4).breaks(), ["flip-is-logged"]);
    assert!(flipped(310, 3).breaks().contains(&"flip-is-logged"));
    let unlogged = flipped(301, 3).without(LogKind::RamFault).breaks();
    assert_eq!(unlogged, ["flip-is-logged"]);
}

#[test]
fn a_stall_behind_a_clock_set_back_without_power_has_an_earlier_time() {
    let set_back = |by: i64| {
        let mut story = stalled(8, 10);
        let (from, until) = (minutes(60), minutes(120));
        story.case.absences.push(Absence {
            from,
            until,
            explained: true,
            dark: true,
        });
        story.case.boots.push(boot(until, Cause::PowerOn));
        story.logs(minutes(61), LogKind::PowerOn, LogDetail::Nothing);
        story.case.crystal.jumps = vec![(minutes(119), by)];
        // Its time goes on from its last record: an hour less.
        story.breaks_with(|case| {
            let last = case.entries.len() - 3;
            for entry in &mut case.entries[last + 1..] {
                entry.at = entry.at.before(Millis::MINUTE.times(240));
            }
        })
    };
    let stalls = ["stall-is-logged", "recovery-is-logged"];
    let of_stalls = |broken: &[&str]| broken.iter().any(|rule| stalls.contains(rule));
    assert!(!of_stalls(&set_back(-7_200_000)));
    assert!(of_stalls(&set_back(0)));
}

#[test]
fn a_stall_that_power_tore_may_be_forgotten() {
    let torn = |injured: bool| {
        let mut story = stalled(8, 0);
        // Its entry is gone, and it is found once more behind the boot.
        story
            .entries
            .retain(|(_, kind, _)| *kind != LogKind::MotorStall);
        let found = minutes(300) + Millis::SECOND.times(8);
        story.case.missed.truncate(8);
        story.case.boots.push(boot(found, Cause::PowerOn));
        story.logs(found, LogKind::PowerOn, LogDetail::Nothing);
        if injured {
            story.case.injuries.push(Injury {
                at: found,
                hurt: Hurt::Exchange,
            });
        }
        let again = (1..=8).map(|nth| (minutes(306) + Millis::SECOND.times(nth), 8 + nth));
        story.case.missed.extend(again);
        let found = minutes(306) + Millis::SECOND.times(8);
        story.logs(found, LogKind::MotorStall, LogDetail::Number(8));
        story.saying(LogKind::StallRecovery, &LogDetail::Number(4))
    };
    let broken = torn(true).breaks();
    assert!(!broken.contains(&"stall-is-logged"), "{broken:?}");
    // It may as well be kept, and not logged again.
    let kept = torn(true).without(LogKind::MotorStall);
    let kept = kept.saying(LogKind::StallRecovery, &LogDetail::Number(10));
    let broken = kept.breaks();
    assert!(!broken.contains(&"stall-is-logged"), "{broken:?}");
    assert!(!broken.contains(&"recovery-is-logged"), "{broken:?}");
    // Without the tear the first is logged, and no second.
    assert!(torn(false).breaks().contains(&"stall-is-logged"));
}

#[test]
fn damage_that_comes_later_takes_the_onset_and_leaves_a_gap() {
    let damaged = |gap: bool| {
        let mut story = stalled(8, 10);
        story.case.injuries.push(Injury {
            at: minutes(600),
            hurt: Hurt::Memory,
        });
        let broken = story.breaks_with(|case| {
            case.entries.retain(|it| it.kind != LogKind::MotorStall);
            if !gap {
                for (index, entry) in (0..).zip(&mut case.entries) {
                    entry.index = index;
                }
            }
        });
        broken.contains(&"recovery-is-logged")
    };
    assert!(!damaged(true));
    assert!(damaged(false));
}

#[test]
fn a_reset_right_behind_the_end_of_a_stall_lets_it_end_twice() {
    let twice = |later: u64| {
        let mut story = stalled(8, 10);
        let reset = minutes(322) + Millis::from_millis(later);
        story.case.boots.push(boot(reset, Cause::Pin));
        story.logs(reset, LogKind::PinReset, LogDetail::Nothing);
        story.logs(minutes(330), LogKind::StallRecovery, LogDetail::Number(10));
        story.breaks().contains(&"recovery-is-logged")
    };
    assert!(!twice(1));
    assert!(twice(60_000));
}

fn filled(nanoliters: u64) -> Request {
    Request::Refill {
        volume: Volume::from_nanoliters(nanoliters),
        concentration: crate::testing::THERAPY.concentration,
        bridge: false,
        drawn: None,
    }
}

/// Refilled with 2.1 mL after an hour: a tenth of a milliliter above the limit, 288 minutes.
fn low(logged: Option<(u64, u64)>) -> Vec<&'static str> {
    let mut story = in_service(24);
    story.case.asks(60, filled(2_100_000));
    story.refilled(minutes(60), 18_000_000 - 5 * 4_167, 2_100_000);
    if let Some((at, left)) = logged {
        story.logs(minutes(at), LogKind::LowReservoir, volume(left));
    }
    story.shows = |status| {
        status.reservoir = Volume::from_nanoliters(2_100_000 - 5 * 95_833);
    };
    story.breaks()
}

#[test]
fn a_low_reservoir_is_logged_with_its_count() {
    assert_eq!(low(Some((348, 2_000_000))), NONE);
    assert_eq!(low(None), ["low-reservoir-is-logged"]);
    assert_eq!(low(Some((348, 1_000_000))), ["low-reservoir-is-logged"]);
    assert_eq!(
        low(Some((200, 2_000_000))),
        ["low-reservoir-is-logged", "no-entry-without-cause"]
    );
}

#[test]
fn an_empty_reservoir_is_logged() {
    let empty = |logged: bool| {
        let mut story = in_service(24);
        story.case.asks(60, filled(100_000));
        story.case.moves(&[(1.0, 348), (0.0, 1_440)]);
        story.refilled(minutes(60), 18_000_000 - 5 * 4_167, 100_000);
        story.logs(minutes(60), LogKind::LowReservoir, volume(100_000));
        if logged {
            story.logs(minutes(348), LogKind::EmptyReservoir, LogDetail::Nothing);
        }
        story.shows = |status| {
            status.reservoir = Volume::ZERO;
            status.mode = "empty";
        };
        story.breaks()
    };
    assert_eq!(empty(true), NONE);
    assert_eq!(empty(false), ["empty-reservoir-is-logged"]);
}

#[test]
fn the_battery_ends_in_order_and_with_a_low_supply() {
    let aged = |supply: u16, again: bool| {
        let mut story = in_service(72);
        story.case.supply = vec![(minutes(200), supply)];
        let mv = LogDetail::Number(2_400);
        story.logs(minutes(300), LogKind::ElectiveReplacement, mv.clone());
        story.logs(minutes(1_800), LogKind::EndOfService, LogDetail::Number(1));
        if again {
            story.logs(minutes(1_900), LogKind::ElectiveReplacement, mv);
        }
        story
    };
    assert_eq!(aged(2_400, false).breaks(), NONE);
    assert_eq!(aged(2_900, false).breaks(), ["battery-is-logged"]);
    assert_eq!(aged(2_400, true).breaks(), ["battery-is-logged"]);
    let early = aged(2_400, false).without(LogKind::ElectiveReplacement);
    assert_eq!(early.breaks(), ["battery-is-logged"]);
    let other = aged(2_400, false).saying(LogKind::EndOfService, &LogDetail::Number(40));
    assert_eq!(other.breaks(), ["battery-is-logged"]);
}

#[test]
fn memory_is_damaged_by_something() {
    let damaged = |hurt: bool| {
        let mut story = in_service(12);
        if hurt {
            story.case.injuries.push(Injury {
                at: minutes(200),
                hurt: Hurt::Memory,
            });
        }
        story.logs(minutes(300), LogKind::MemoryFault, LogDetail::Nothing);
        story.breaks()
    };
    assert_eq!(damaged(true), NONE);
    assert_eq!(damaged(false), ["memory-damage-has-a-cause"]);
}

#[test]
fn a_pump_that_has_lost_its_state_tells_its_time_without_the_jumps_before() {
    let damaged = |jumped: bool| {
        let mut story = in_service(12);
        if jumped {
            story.case.crystal.jumps = vec![(minutes(200), -3 * 3_600_000)];
        }
        story.case.injuries.push(Injury {
            at: minutes(300),
            hurt: Hurt::Memory,
        });
        let early = minutes(300).before(Millis::HOUR.times(3));
        story.logs(early, LogKind::MemoryFault, LogDetail::Nothing);
        story.breaks().contains(&"memory-damage-has-a-cause")
    };
    assert!(damaged(false));
    assert!(!damaged(true));
}

#[test]
fn a_reservoir_that_a_reset_leaves_low_is_logged_with_what_is_left() {
    let logged = |away: bool| {
        let mut story = in_service(24);
        story.case.asks(60, filled(2_100_000));
        story.refilled(minutes(60), 18_000_000 - 5 * 4_167, 2_100_000);
        if away {
            story.case.absences.push(Absence {
                from: minutes(340),
                until: minutes(350),
                explained: true,
                dark: true,
            });
            story.case.boots.push(boot(minutes(350), Cause::PowerOn));
            story.logs(minutes(350), LogKind::PowerOn, LogDetail::Nothing);
        }
        // As much as a reset may cost.
        let left = volume(1_990_000);
        story.logs(minutes(350), LogKind::LowReservoir, left);
        story.breaks().contains(&"low-reservoir-is-logged")
    };
    assert!(logged(false));
    assert!(!logged(true));
}

#[test]
fn two_days_without_infusion_are_logged() {
    let stopped = |logged: Option<(u64, u64)>| {
        let mut story = in_service(72);
        story.case.asks(60, Request::Stop);
        story.case.moves(&[(1.0, 60), (0.0, 72 * 60)]);
        story.logs(minutes(60), LogKind::Stopped, LogDetail::Nothing);
        if let Some((at, hours)) = logged {
            story.logs(minutes(at), LogKind::StoppedLong, LogDetail::Number(hours));
        }
        story.shows = |status| status.mode = "stopped";
        story.breaks()
    };
    assert_eq!(stopped(Some((60 + 48 * 60, 48))), NONE);
    assert_eq!(stopped(None), ["long-stop-is-logged"]);
    assert_eq!(stopped(Some((60 + 24 * 60, 48))), ["long-stop-is-logged"]);
    assert_eq!(stopped(Some((60 + 48 * 60, 24))), ["long-stop-is-logged"]);
}

#[test]
fn a_stop_that_changes_nothing_begins_no_long_stop_anew() {
    let mut story = in_service(72);
    story.case.asks(60, Request::Stop);
    story.case.asks(600, Request::Stop);
    story.case.moves(&[(1.0, 60), (0.0, 72 * 60)]);
    story.logs(minutes(60), LogKind::Stopped, LogDetail::Nothing);
    let long = minutes(60 + 48 * 60);
    story.logs(long, LogKind::StoppedLong, LogDetail::Number(48));
    story.shows = |status| status.mode = "stopped";
    let broken = story.breaks();
    assert!(!broken.contains(&"long-stop-is-logged"), "{broken:?}");
}

#[test]
fn what_a_try_moves_ends_no_long_stop() {
    let tried = |is_try: bool| {
        let mut story = in_service(72);
        // Three steps at 1 000 min, in a minute.
        let part = 3.0 / 69.444;
        let moves = [(1.0, 60), (0.0, 1_000), (part, 1_001), (0.0, 72 * 60)];
        story.case.moves(&moves);
        story.case.missed = vec![(minutes(59), 1)];
        let pulses = if is_try { TRY } else { Pulses::Stop };
        for (at, pulses) in [(60, Pulses::Cut), (1_000, pulses), (1_001, Pulses::Cut)] {
            story.case.drives.push(Drive {
                at: minutes(at),
                pulses,
                loaded_mv: None,
            });
        }
        let long = minutes(60 + 48 * 60);
        story.logs(long, LogKind::StoppedLong, LogDetail::Number(48));
        story.breaks().contains(&"long-stop-is-logged")
    };
    assert!(!tried(true));
    assert!(tried(false));
}
