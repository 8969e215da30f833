//! The pump's own time: crystals that are off, time without power, jumps; and what a lost answer hides.

use super::super::time::TherapyTime;
use super::at;
use crate::boundary::{Absence, Answer, Cause, Crystal};
use crate::testing::{Case, boot, minutes, reference};
use proptest::prelude::*;
use thecal_units::{Millis, SimTime};

pub(super) const TESTED: &[&str] = &["time-off-counts-for-no-lockout", "jump-frees-no-bolus"];

#[test]
fn a_lockout_is_counted_by_the_crystal() {
    for ppm in [-100, -37, 0, 20, 100] {
        let crystal = Crystal {
            ppm,
            ..Crystal::default()
        };
        // The first millisecond at which the pump's clock shows an hour more.
        let shown = |at: SimTime| crystal.counted(SimTime::ZERO, at);
        let granted = at(10, 1);
        let mut over = granted + Millis::HOUR.times(2);
        while shown(over).saturating_sub(shown(granted)) >= Millis::HOUR {
            over = over.before(Millis::from_millis(1));
        }
        let case = |then, answer| {
            let mut case = Case::hours(4);
            case.crystal = crystal.clone();
            case.press(granted, 1, Answer::Granted);
            case.press(then, 2, answer);
            case
        };
        case(over, Answer::Granted).breaks("lockout");
        let next = over + Millis::from_millis(1);
        case(next, Answer::Granted).keeps("request-is-granted");
    }
}

/// A bolus at 10 min, and a press when two hours have passed by the clock, one of them without power.
fn dark(answer: Answer<'static>, then: u64) -> Case {
    let mut case = Case::hours(12);
    case.press(minutes(10), 1, Answer::Granted);
    case.absences.push(Absence {
        from: minutes(15),
        until: minutes(75),
        explained: true,
        dark: true,
    });
    case.boots.push(boot(minutes(75), Cause::PowerOn));
    case.press(minutes(then), 2, answer);
    case
}

#[test]
fn time_without_power_counts_for_nothing() {
    let rule = "time-off-counts-for-no-lockout";
    dark(Answer::Denied("lockout"), 129).keeps(rule);
    dark(Answer::Granted, 129).breaks(rule);
    // The record of the time may be as old as the bolus: then the lockout lasts five minutes longer.
    dark(Answer::Granted, 132).may_be("lockout");
    dark(Answer::Denied("lockout"), 132).may_be("lockout");
    dark(Answer::Granted, 135).keeps("request-is-granted");
    dark(Answer::Denied("lockout"), 135).breaks("request-is-granted");
}

#[test]
fn a_jump_frees_no_bolus() {
    let jumped = |then, answer| {
        let mut case = Case::hours(12);
        case.crystal.jumps.push((minutes(20), 86_400_000));
        case.press(minutes(10), 1, Answer::Granted);
        case.press(then, 2, answer);
        case
    };
    let rule = "jump-frees-no-bolus";
    jumped(minutes(60), Answer::Denied("lockout")).keeps(rule);
    jumped(minutes(60), Answer::Granted).breaks(rule);
    // A sleep of two minutes that nobody can tell from the jump.
    jumped(minutes(68), Answer::Granted).may_be("lockout");
    jumped(minutes(73), Answer::Granted).keeps("request-is-granted");
}

#[test]
fn a_grant_whose_answer_was_lost_may_count() {
    let lost = |then: &[(u64, Answer<'static>)]| {
        let mut case = Case::hours(12);
        case.press(minutes(10), 1, Answer::Granted);
        case.said.last_mut().unwrap().3 = None;
        case.lost.push(minutes(10));
        case.boots.push(boot(minutes(11), Cause::PowerOn));
        for (press, &(at, answer)) in (2..).zip(then) {
            case.press(minutes(at), press, answer);
        }
        case
    };
    let denied = Answer::Denied("lockout");
    lost(&[(30, Answer::Granted)]).may_be("lockout");
    // A denial says that it counts.
    lost(&[(30, denied)]).keeps("cut-bolus-counts");
    lost(&[(30, denied), (40, Answer::Granted)]).breaks("cut-bolus-counts");
}

proptest! {
    /// What may have passed is never less at a later instant, and never more than true time but for
    /// jumps.
    #[test]
    fn time_only_grows(
        cuts in prop::collection::vec((0..86_400_000_u64, 1..3_600_000_u64), 0..6),
        from in 0..86_400_000_u64,
        spans in prop::collection::vec(0..40_000_000_u64, 2..20),
    ) {
        let mut case = Case::hours(48);
        let mut cuts = cuts;
        cuts.sort_unstable();
        let mut until = 0;
        for (cut, lasts) in cuts {
            let begin = cut.max(until + 1);
            until = begin + lasts;
            let [begin, end] = [begin, until].map(SimTime::from_millis);
            case.absences.push(Absence { from: begin, until: end, explained: true, dark: true });
            case.boots.push(boot(end, Cause::PowerOn));
        }
        let from = SimTime::from_millis(from);
        let promises = reference().requests;
        case.with_boundary(|boundary| {
            let time = TherapyTime::of(boundary, &promises, Millis::from_secs(130), vec![from]);
            let mut spans = spans.clone();
            spans.sort_unstable();
            let mut last = Millis::ZERO;
            for span in spans {
                let until = from + Millis::from_millis(span);
                let passed = time.passed(from, until);
                assert!(passed.least <= passed.most);
                assert!(passed.most <= time.shown(from, until));
                assert!(last <= passed.most, "{last:?} {passed:?}");
                last = passed.most;
            }
        });
    }
}
