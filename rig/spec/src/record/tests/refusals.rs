//! Refused commands in the log, and entries that were counted instead.

use super::{NONE, Story, in_service};
use crate::boundary::{Answer, Cause, Sender};
use crate::testing::{boot, minutes};
use thecal_plan::{LogDetail, LogKind, Request};
use thecal_units::{Millis, PumpTime, SimTime};

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
        if nth % 2 == 0 {
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
        if nth % 2 == 0 {
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
