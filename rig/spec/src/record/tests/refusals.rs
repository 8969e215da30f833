//! Refused commands in the log, entries that were counted instead, and times that are unsure.

use super::{NONE, Story, in_service, volume};
use crate::boundary::{Absence, Answer, Cause, Hurt, Injury, Sender};
use crate::testing::{THERAPY, boot, minutes};
use thecal_plan::{LogDetail, LogKind, Request};
use thecal_units::{Millis, PumpTime, SimTime, Volume};

const NO_SESSION: &str = "no update session is open";
const NOTHING_STAGED: &str = "nothing is staged";

/// Commits are refused for these reasons.
fn refused(commits: &[(SimTime, &'static str)]) -> Story {
    let mut story = in_service(48);
    for &(at, reason) in commits {
        let answer = Some(Answer::Rejected(reason));
        let commit = (at, Sender::Clinician, Request::Commit, answer);
        story.case.said.push(commit);
    }
    story
}

/// These refusals have entries, and so many were told as counted at these minutes.
fn with(
    mut story: Story,
    logged: &[(SimTime, &'static str)],
    told: &[(u64, u32)],
) -> Vec<&'static str> {
    for &(at, reason) in logged {
        let says = LogDetail::Refused("commit", reason);
        story.logs(at, LogKind::Refused, says);
    }
    for &(at, count) in told {
        let number = LogDetail::Number(count.into());
        story.logs(minutes(at), LogKind::LeftOut, number);
    }
    story.breaks_with(|case| {
        let left = case.entries.iter_mut();
        let left = left.filter(|entry| entry.kind == LogKind::LeftOut);
        for (entry, &(_, count)) in left.zip(told) {
            entry.left_out = Some((LogKind::Refused, count));
        }
    })
}

/// Refusals for one reason and the other, one a minute from the fifth hour on.
fn by_turns(many: u64) -> Vec<(SimTime, &'static str)> {
    let reason = |nth: u64| {
        if nth.is_multiple_of(2) {
            NO_SESSION
        } else {
            NOTHING_STAGED
        }
    };
    (0..many)
        .map(|nth| (minutes(300 + nth), reason(nth)))
        .collect()
}

#[test]
fn what_repeats_a_refusal_that_was_counted_is_neither_logged_nor_counted() {
    // The eleventh and twelfth repeat the tenth, which was counted.
    let mut commits = by_turns(10);
    let last = commits.last().map(|&(_, reason)| reason).unwrap();
    commits.extend([(minutes(320), last), (minutes(321), last)]);
    let logged = by_turns(8);
    assert_eq!(with(refused(&commits), &logged, &[(2_000, 2)]), NONE);
    assert_eq!(
        with(refused(&commits), &logged, &[(2_000, 1)]),
        ["refusal-is-logged"]
    );
    assert_eq!(
        with(refused(&commits), &logged, &[(2_000, 5)]),
        ["left-out-is-counted"]
    );
}

#[test]
fn where_the_clock_has_jumped_a_refusal_is_found_by_what_it_says() {
    // Unnoticed: all later entries are off by it.
    let by = Millis::from_millis(62);
    let story = |logged: &[(SimTime, &'static str)]| {
        let commits = [
            (minutes(299), NO_SESSION),
            (minutes(300), NOTHING_STAGED),
            (minutes(301), NOTHING_STAGED),
        ];
        let mut story = refused(&commits);
        story.case.crystal.jumps = vec![(minutes(299) + by, 62)];
        story.shows = |status| status.clock = PumpTime::from_millis(status.clock.as_millis() + 62);
        with(story, logged, &[])
    };
    let first = (minutes(299), NO_SESSION);
    assert_eq!(story(&[first, (minutes(300) + by, NOTHING_STAGED)]), NONE);
    assert_eq!(story(&[first]), ["refusal-is-logged"]);
}

#[test]
fn a_count_belongs_to_what_happened_since_the_one_before() {
    // Twelve on the first day and four on the second, of which eight are logged.
    let mut commits = by_turns(12);
    let reason = |nth: u64| {
        if nth.is_multiple_of(2) {
            NO_SESSION
        } else {
            NOTHING_STAGED
        }
    };
    let second = (0..4).map(|nth| (minutes(1_800 + 10 * nth), reason(nth)));
    commits.extend(second);
    let logged = by_turns(8);
    assert_eq!(
        with(refused(&commits), &logged, &[(1_440, 4), (2_870, 4)]),
        NONE
    );
    // What the first count holds too much the second does not lack.
    let moved = with(refused(&commits), &logged, &[(1_440, 6), (2_870, 2)]);
    assert_eq!(moved, ["left-out-is-counted", "refusal-is-logged"]);
}

#[test]
fn a_reset_costs_the_count_of_its_hour_and_of_no_other() {
    let story = |reset: u64, told: &[(u64, u32)]| {
        let mut story = refused(&by_turns(12));
        story.case.boots.push(boot(minutes(reset), Cause::Pin));
        story.logs(minutes(reset), LogKind::PinReset, LogDetail::Nothing);
        with(story, &by_turns(8), told)
    };
    assert_eq!(story(320, &[]), NONE);
    assert_eq!(story(320, &[(1_440, 3)]), NONE);
    assert_eq!(story(400, &[(1_440, 3)]), ["refusal-is-logged"]);
}

#[test]
fn an_entry_takes_the_event_that_another_one_can_do_without() {
    // Damage leaves open whether the first stop changed anything, and a clock that goes back by a month how
    // the log's time runs on from the power cut.
    let mut story = in_service(72);
    let cut = minutes(1_000) + Millis::MINUTE;
    story.case.asks(1_000, Request::Stop);
    story.case.asks(1_001, Request::Start);
    story.case.asks(2_000, Request::Stop);
    story.case.asks(2_001, Request::Start);
    story.case.injuries = vec![Injury {
        at: minutes(400),
        hurt: Hurt::Memory,
    }];
    story.case.boots.push(boot(minutes(401), Cause::Pin));
    story.logs(minutes(401), LogKind::PinReset, LogDetail::Nothing);
    story.case.absences = vec![Absence {
        from: cut + Millis::SECOND,
        until: cut + Millis::from_secs(2),
        explained: true,
        dark: true,
    }];
    let boots = boot(cut + Millis::from_secs(2), Cause::PowerOn);
    story.case.boots.push(boots);
    let month = 30 * 86_400_000;
    story.case.crystal.jumps = vec![(cut + Millis::from_millis(1_500), -month)];
    let late = Millis::from_millis(700);
    for (at, kind) in [
        (minutes(1_000), LogKind::Stopped),
        (minutes(1_001), LogKind::Started),
        (minutes(1_001), LogKind::PowerOn),
        (minutes(2_000).before(late), LogKind::Stopped),
        (minutes(2_001).before(late), LogKind::Started),
    ] {
        story.logs(at, kind, LogDetail::Nothing);
    }
    assert!(!story.breaks().contains(&"no-entry-without-cause"));
}

#[test]
fn a_jump_that_a_reset_hides_looks_like_time_that_has_passed() {
    // An hour forward, and a reset later by this.
    let after = |reset: Millis, entry: Millis| {
        let mut story = in_service(48);
        let jump = minutes(300);
        story.case.crystal.jumps = vec![(jump, 3_600_000)];
        story.case.boots.push(boot(jump + reset, Cause::Pin));
        story.logs(jump + reset + entry, LogKind::PinReset, LogDetail::Nothing);
        story.shows =
            |status| status.clock = PumpTime::from_millis(status.clock.as_millis() + 3_600_000);
        story.breaks()
    };
    let second = Millis::SECOND;
    assert_eq!(after(second, Millis::HOUR), NONE);
    // A pump that has looked at its clock meanwhile has seen it.
    let seen = after(Millis::MINUTE.times(5), Millis::HOUR);
    assert!(seen.contains(&"clock-jump-is-logged"), "{seen:?}");
    assert!(seen.contains(&"no-entry-without-cause"), "{seen:?}");
}

#[test]
fn what_a_torn_exchange_leaves_is_found_when_power_is_back() {
    let ended = |boots: u64| {
        let mut story = in_service(12);
        story.case.injuries = vec![Injury {
            at: minutes(300),
            hurt: Hurt::Exchange,
        }];
        story.case.absences = vec![Absence {
            from: minutes(300),
            until: minutes(310),
            explained: true,
            dark: true,
        }];
        story.case.boots.push(boot(minutes(310), Cause::PowerOn));
        story.case.moves(&[(1.0, 300), (0.0, 310), (1.0, 720)]);
        story.logs(minutes(310), LogKind::PowerOn, LogDetail::Nothing);
        let says = LogDetail::Bolus {
            steps: 10,
            by_reset: true,
        };
        story.logs(minutes(boots), LogKind::BolusEnded, says);
        story.breaks()
    };
    assert_eq!(ended(310), NONE);
    assert_eq!(ended(320), ["no-entry-without-cause"]);
}

#[test]
fn a_second_refill_of_one_instant_may_bring_the_reservoir_low_again() {
    let low = |first: u64| {
        let mut story = in_service(48);
        let refill = |nanoliters| Request::Refill {
            volume: Volume::from_nanoliters(nanoliters),
            concentration: THERAPY.concentration,
            bridge: false,
            drawn: None,
        };
        // Low from the first hour on.
        story.case.asks(60, refill(1_900_000));
        let counted = 18_000_000 - 5 * 4_167;
        story.refilled(minutes(60), counted, 1_900_000);
        story.logs(minutes(60), LogKind::LowReservoir, volume(1_900_000));
        story.case.asks(120, refill(first));
        story.case.asks(120, refill(1_900_000));
        story.refilled(minutes(120), 1_900_000 - 5 * 4_167, first);
        story.refilled(minutes(120), first, 1_900_000);
        story.logs(minutes(120), LogKind::LowReservoir, volume(1_900_000));
        story.shows = |status| {
            let moved = 5 * (status.steps - 8_333);
            status.reservoir = Volume::from_nanoliters(1_900_000 - moved);
        };
        story.breaks()
    };
    assert_eq!(low(18_000_000), NONE);
    assert_eq!(low(1_950_000), ["no-entry-without-cause"]);
}
