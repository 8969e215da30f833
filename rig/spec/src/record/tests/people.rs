//! Denials, silenced alarms, refusals, packets that were dropped, sessions that nobody ended.

use super::{NONE, Story, in_service};
use crate::boundary::{Absence, Answer, Cause, Hurt, Injury, Sender, Tone};
use crate::testing::{boot, minutes};
use thecal_plan::{LogDetail, LogKind, Request};
use thecal_units::{Millis, SimTime};

pub(super) const TESTED: &[&str] = &[
    "denial-is-logged",
    "silence-is-logged",
    "abandoned-session-is-logged",
    "dropped-packet-is-logged",
    "refusal-is-logged",
    "stuck-button-is-logged",
];

/// Denied twice for one reason, and once for it after a reset.
fn denied(logged: &[u64]) -> Vec<&'static str> {
    let mut story = in_service(12);
    for at in [60, 61, 90] {
        story.denied(minutes(at), "lockout");
    }
    story.case.boots.push(boot(minutes(80), Cause::Pin));
    story.logs(minutes(80), LogKind::PinReset, LogDetail::Nothing);
    for &at in logged {
        story.logs(
            minutes(at),
            LogKind::BolusDenied,
            LogDetail::Denied("lockout"),
        );
    }
    story.breaks()
}

#[test]
fn the_first_denial_for_a_reason_is_logged() {
    assert_eq!(denied(&[60, 90]), NONE);
    assert_eq!(denied(&[60]), ["denial-is-logged"]);
    assert_eq!(denied(&[60, 61, 90]), ["no-entry-without-cause"]);
    let mut story = in_service(12);
    story.denied(minutes(60), "lockout");
    story.logs(
        minutes(60),
        LogKind::BolusDenied,
        LogDetail::Denied("magnet near"),
    );
    assert_eq!(story.breaks(), ["denial-is-logged"]);
}

#[test]
fn silenced_alarms_are_logged() {
    let silenced = |says: Option<LogDetail>| {
        let mut story = in_service(12);
        story.case.boots.push(boot(minutes(300), Cause::Watchdog));
        story.logs(minutes(300), LogKind::WatchdogReset, LogDetail::Nothing);
        story.case.tones = vec![(minutes(300), Tone::TwoTone)];
        story.case.asks(305, Request::Silence);
        story.case.asks(400, Request::Silence);
        if let Some(says) = says {
            story.logs(minutes(305), LogKind::Silenced, says);
        }
        story.breaks()
    };
    assert_eq!(silenced(Some(LogDetail::Alarms(vec!["reset"]))), NONE);
    assert_eq!(silenced(None), ["silence-is-logged"]);
    assert_eq!(
        silenced(Some(LogDetail::Alarms(Vec::new()))),
        ["silence-is-logged"]
    );
}

#[test]
fn an_abandoned_session_is_logged_with_what_ended_it() {
    let left = |by_reset: Option<bool>| {
        let mut story = in_service(12);
        story.case.asks(300, Request::OpenUpdate { hold: false });
        if let Some(by_reset) = by_reset {
            let says = LogDetail::Abandoned { by_reset };
            story.logs(minutes(303), LogKind::UpdateAbandoned, says);
        }
        story.breaks()
    };
    assert_eq!(left(Some(false)), NONE);
    assert_eq!(left(None), ["abandoned-session-is-logged"]);
    assert_eq!(left(Some(true)), ["abandoned-session-is-logged"]);
}

#[test]
fn a_session_whose_time_out_meets_a_power_cut_is_told_at_the_boot() {
    let left = |told: u64| {
        let mut story = in_service(12);
        story.case.asks(300, Request::OpenUpdate { hold: false });
        story.case.moves(&[(1.0, 303), (0.0, 304), (1.0, 720)]);
        story.case.absences = vec![Absence {
            from: minutes(303),
            until: minutes(304),
            explained: true,
            dark: true,
        }];
        story.case.boots.push(boot(minutes(304), Cause::PowerOn));
        story.logs(minutes(304), LogKind::PowerOn, LogDetail::Nothing);
        let by_reset = LogDetail::Abandoned { by_reset: true };
        story.logs(minutes(told), LogKind::UpdateAbandoned, by_reset);
        story.breaks()
    };
    assert_eq!(left(304), NONE);
    assert_eq!(left(305), ["no-entry-without-cause"]);
}

/// The clinician's packet is sent again by somebody, twice.
fn replayed() -> Story {
    let mut story = in_service(12);
    for at in [300, 310] {
        story.case.replays(at);
    }
    story.logs(minutes(300), LogKind::Unauthentic, LogDetail::Number(0));
    story
}

#[test]
fn the_first_packet_that_is_dropped_is_logged() {
    assert_eq!(replayed().breaks(), NONE);
    let unlogged = replayed().without(LogKind::Unauthentic);
    assert_eq!(unlogged.breaks(), ["dropped-packet-is-logged"]);
    let other = replayed().saying(LogKind::Unauthentic, &LogDetail::Number(3));
    assert_eq!(other.breaks(), ["dropped-packet-is-logged"]);
}

#[test]
fn an_answer_to_what_only_a_pump_with_keys_obeys_ends_the_first_attack() {
    let twice = |request: Request, answer: Answer<'static>| {
        let mut story = replayed();
        story.case.injuries = vec![Injury {
            at: minutes(290),
            hurt: Hurt::Memory,
        }];
        let genuine = (minutes(305), Sender::Clinician, request, Some(answer));
        story.case.said.push(genuine);
        story.logs(minutes(310), LogKind::Unauthentic, LogDetail::Number(0));
        story.breaks()
    };
    assert_eq!(twice(Request::Silence, Answer::Done), NONE);
    let none = twice(Request::AskChallenge, Answer::Done);
    assert!(none.contains(&"no-entry-without-cause"), "{none:?}");
}

#[test]
fn a_refusal_is_logged_with_its_reason() {
    let refused = |logged: &[(u64, &'static str)]| {
        let mut story = in_service(12);
        for at in [300, 301] {
            let answer = Some(Answer::Rejected("no update session is open"));
            let commit = (minutes(at), Sender::Clinician, Request::Commit, answer);
            story.case.said.push(commit);
        }
        for &(at, reason) in logged {
            let says = LogDetail::Refused("commit", reason);
            story.logs(minutes(at), LogKind::Refused, says);
        }
        story.breaks()
    };
    assert_eq!(refused(&[(300, "no update session is open")]), NONE);
    assert_eq!(refused(&[]), ["refusal-is-logged"]);
    assert_eq!(
        refused(&[(300, "nothing is staged")]),
        ["refusal-is-logged"]
    );
}

/// One press, each 20 s for four minutes, from the fifth hour on.
fn stuck(logged: Option<SimTime>) -> Vec<&'static str> {
    let mut story = in_service(12);
    for nth in 0..13_u64 {
        let at = minutes(300) + Millis::from_secs(20 * nth);
        let request = Request::PatientBolus { press: 7 };
        let answer = Some(Answer::Denied("same press"));
        story
            .case
            .said
            .push((at, Sender::Remote(1), request, answer));
    }
    story.logs(
        minutes(300),
        LogKind::BolusDenied,
        LogDetail::Denied("same press"),
    );
    if let Some(at) = logged {
        story.logs(at, LogKind::StuckButton, LogDetail::Number(1));
    }
    story.breaks()
}

#[test]
fn a_press_that_is_repeated_too_long_is_logged() {
    assert_eq!(stuck(Some(minutes(303) + Millis::from_secs(20))), NONE);
    assert_eq!(stuck(None), ["stuck-button-is-logged"]);
    assert_eq!(
        stuck(Some(minutes(302))),
        ["no-entry-without-cause", "stuck-button-is-logged"]
    );
}

#[test]
fn a_session_whose_reset_meets_a_power_cut_may_lose_its_entry() {
    let left = |dark: u64| {
        let mut story = in_service(12);
        story.case.asks(300, Request::OpenUpdate { hold: false });
        story
            .case
            .moves(&[(1.0, dark), (0.0, dark + 1), (1.0, 720)]);
        story.case.absences = vec![Absence {
            from: minutes(dark),
            until: minutes(dark + 1),
            explained: true,
            dark: true,
        }];
        story.case.boots.push(boot(minutes(301), Cause::Pin));
        story.logs(minutes(301), LogKind::PinReset, LogDetail::Nothing);
        let away = boot(minutes(dark + 1), Cause::PowerOn);
        story.case.boots.push(away);
        story.logs(minutes(dark + 1), LogKind::PowerOn, LogDetail::Nothing);
        story.breaks()
    };
    assert_eq!(left(301), NONE);
    assert_eq!(left(310), ["abandoned-session-is-logged"]);
}
