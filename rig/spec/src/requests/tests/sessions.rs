//! Sessions: what is staged in which, and when they end.

use super::at;
use crate::boundary::{Answer, Cause};
use crate::testing::{Case, THERAPY, boot, minutes};
use thecal_plan::{Request, Therapy};
use thecal_units::{Millis, SimTime};

pub(super) const TESTED: &[&str] = &[
    "session-is-opened",
    "session-is-closed",
    "session-keeps-order",
    "session-times-out",
    "reset-ends-a-session",
    "refill-drops-what-is-staged",
    "refused-stage-leaves-the-last",
    "commit-waits-for-a-bolus",
    "bridge-in-range",
];

const OPEN: Request = Request::OpenUpdate { hold: false };

/// A session opened at 10 min, with these orders in it.
fn session(orders: &[(SimTime, Request, Answer<'static>)]) -> Case {
    let mut case = Case::hours(12);
    case.asks(10, OPEN);
    for &(at, request, answer) in orders {
        case.order(at, request, answer);
    }
    case
}

#[test]
fn sessions_are_opened_and_closed() {
    let rule = "session-is-opened";
    session(&[]).keeps(rule);
    let refused = Answer::Rejected("the infusion is held for an update");
    session(&[(minutes(11), OPEN, refused)]).breaks(rule);
    session(&[(minutes(11), Request::CloseUpdate, Answer::Done)]).keeps("session-is-closed");
    let refused = Answer::Rejected("no update session is open");
    session(&[(minutes(20), Request::CloseUpdate, refused)]).breaks("session-is-closed");
}

#[test]
fn nothing_is_staged_or_committed_without_a_session() {
    let rule = "session-keeps-order";
    let no_session = Answer::Rejected("no update session is open");
    let stage = Request::Stage(THERAPY);
    let close = (minutes(11), Request::CloseUpdate, Answer::Done);
    session(&[close, (minutes(12), stage, no_session)]).keeps(rule);
    session(&[close, (minutes(12), stage, Answer::Done)]).breaks(rule);
    session(&[close, (minutes(12), Request::Commit, Answer::Done)]).breaks(rule);
    let nothing = Answer::Rejected("nothing is staged");
    session(&[(minutes(12), Request::Commit, nothing)]).keeps(rule);
    session(&[(minutes(12), Request::Commit, Answer::Done)]).breaks(rule);
    // A session opened again begins anew.
    let staged = (minutes(11), stage, Answer::Done);
    let again = (minutes(12), OPEN, Answer::Done);
    session(&[staged, again, (minutes(13), Request::Commit, Answer::Done)]).breaks(rule);
    let commit = (minutes(12), Request::Commit, Answer::Done);
    session(&[staged, commit]).keeps("commit-waits-for-a-bolus");
}

#[test]
fn a_session_times_out_to_the_millisecond() {
    let rule = "session-times-out";
    let stage = Request::Stage(THERAPY);
    let no_session = Answer::Rejected("no update session is open");
    session(&[(minutes(13), stage, no_session)]).keeps(rule);
    session(&[(minutes(13), stage, Answer::Done)]).breaks(rule);
    session(&[(at(12, 59_999), stage, Answer::Done)]).keeps("prescription-in-range");
    session(&[(at(12, 59_999), stage, no_session)]).breaks("prescription-in-range");
    // Each packet of the clinician gives it three minutes more.
    let silence = (minutes(12), Request::Silence, Answer::Done);
    session(&[silence, (at(14, 59_999), stage, Answer::Done)]).keeps("prescription-in-range");
    session(&[silence, (minutes(15), stage, Answer::Done)]).breaks(rule);
}

#[test]
fn a_reset_ends_a_session() {
    let rule = "reset-ends-a-session";
    let cut = |answer| {
        let mut case = session(&[(minutes(12), Request::Stage(THERAPY), answer)]);
        case.boots.push(boot(minutes(11), Cause::Pin));
        case
    };
    cut(Answer::Rejected("no update session is open")).keeps(rule);
    cut(Answer::Done).breaks(rule);
}

#[test]
fn what_is_staged_is_the_last_that_was_taken() {
    let lower = Therapy {
        low_reservoir: thecal_units::Volume::from_nanoliters(1_000_000),
        ..THERAPY
    };
    let staged = (minutes(11), Request::Stage(lower), Answer::Done);
    let refill = Request::Refill {
        volume: thecal_units::Volume::from_nanoliters(10_000_000),
        concentration: THERAPY.concentration,
        bridge: false,
        drawn: None,
    };
    let refilled = (minutes(12), refill, Answer::Done);
    let nothing = Answer::Rejected("nothing is staged");
    let rule = "refill-drops-what-is-staged";
    session(&[staged, refilled, (minutes(13), Request::Commit, nothing)]).keeps(rule);
    session(&[
        staged,
        refilled,
        (minutes(13), Request::Commit, Answer::Done),
    ])
    .breaks(rule);
    // The programmer's checksum is of the prescription that was refused.
    let wrong = Therapy {
        critical_interval: Millis::SECOND,
        ..THERAPY
    };
    let range = Answer::Rejected("out of range: interval of the critical alarm");
    let refused = (minutes(12), Request::Stage(wrong), range);
    let other = Answer::Rejected("another checksum than what is staged");
    let rule = "refused-stage-leaves-the-last";
    session(&[staged, refused, (minutes(13), Request::Commit, other)]).keeps(rule);
    session(&[
        staged,
        refused,
        (minutes(13), Request::Commit, Answer::Done),
    ])
    .breaks(rule);
}

#[test]
fn a_commit_waits_for_the_end_of_a_bolus() {
    let rule = "commit-waits-for-a-bolus";
    let case = |then, answer| {
        let mut case = session(&[(minutes(11), Request::Stage(THERAPY), Answer::Done)]);
        case.press(minutes(2), 1, Answer::Granted);
        case.order(then, Request::Commit, answer);
        case
    };
    let given = Answer::Rejected("a bolus is given");
    case(at(11, 500), given).keeps(rule);
    case(at(11, 500), Answer::Done).breaks(rule);
    case(at(12, 2), Answer::Done).keeps(rule);
    case(at(12, 2), given).breaks(rule);
}

#[test]
fn the_old_drug_of_a_bridge_must_be_strong_enough() {
    let rule = "bridge-in-range";
    let case = |answer| {
        let mut case = Case::hours(12);
        // From 2 mg/mL to 50 mg/mL, and then 100 mg a day: 50 mL of the old drug.
        case.asks(5, super::orders::bridge(50_000_000));
        case.asks(10, OPEN);
        let dose = thecal_units::DoseRate::from_ng_per_day(100_000_000);
        let strong = Therapy {
            concentration: thecal_units::Concentration::from_ng_per_ml(50_000_000),
            infusion: thecal_plan::Infusion::Simple(dose),
            ..THERAPY
        };
        case.asks(11, Request::Stage(strong));
        case.order(minutes(12), Request::Commit, answer);
        case
    };
    case(Answer::Rejected(
        "out of range: flow of the old drug in the catheter",
    ))
    .keeps(rule);
    case(Answer::Done).breaks(rule);
}
