//! The counts of a status.

use super::{NONE, Story, in_service};
use crate::boundary::{Absence, Cause, Sender, Status};
use crate::testing::{boot, minutes};
use thecal_plan::{LogDetail, LogKind, Request};
use thecal_units::Volume;

pub(super) const TESTED: &[&str] = &[
    "reservoir-by-count",
    "reset-costs-little-count",
    "steps-by-count",
    "granted-by-count",
    "denied-by-count",
    "unauthentic-by-count",
    "entries-by-count",
];

fn showing(shows: fn(&mut Status<'static>)) -> Vec<&'static str> {
    Story {
        shows,
        ..in_service(12)
    }
    .breaks()
}

#[test]
fn counts_follow_the_motor_and_the_answers() {
    assert_eq!(showing(|_| {}), NONE);
    let more = showing(|status| {
        status.reservoir = status.reservoir.saturating_add(Volume::from_nanoliters(50));
    });
    assert_eq!(more, ["reservoir-by-count"]);
    let less = showing(|status| {
        status.reservoir = status.reservoir.saturating_sub(Volume::from_nanoliters(50));
    });
    assert_eq!(less, ["reservoir-by-count"]);
    assert_eq!(showing(|status| status.steps += 1), ["steps-by-count"]);
    assert_eq!(showing(|status| status.steps -= 5), ["steps-by-count"]);
    assert_eq!(showing(|status| status.granted += 1), ["granted-by-count"]);
    assert_eq!(showing(|status| status.denied += 1), ["denied-by-count"]);
    assert_eq!(
        showing(|status| status.unauthentic += 1),
        ["unauthentic-by-count"]
    );
}

#[test]
fn a_status_counts_the_entries_before_it() {
    let mut story = in_service(12);
    story.denied(minutes(300), "lockout");
    story.logs(
        minutes(300),
        LogKind::BolusDenied,
        LogDetail::Denied("lockout"),
    );
    story.shows = |status| status.log_entries = 3;
    assert!(story.breaks().contains(&"entries-by-count"));
}

#[test]
fn a_reset_costs_fifteen_microliters_at_most() {
    let reset = |shows: fn(&mut Status<'static>)| {
        let mut story = in_service(12);
        story.case.boots.push(boot(minutes(300), Cause::Pin));
        story.logs(minutes(300), LogKind::PinReset, LogDetail::Nothing);
        story.shows = shows;
        story.breaks()
    };
    assert_eq!(
        reset(|status| {
            let lost = Volume::from_nanoliters(15_000);
            status.reservoir = status.reservoir.saturating_sub(lost);
        }),
        NONE
    );
    assert_eq!(
        reset(|status| {
            let lost = Volume::from_nanoliters(15_100);
            status.reservoir = status.reservoir.saturating_sub(lost);
        }),
        ["reset-costs-little-count"]
    );
    assert_eq!(
        reset(|status| {
            let won = Volume::from_nanoliters(100);
            status.reservoir = status.reservoir.saturating_add(won);
        }),
        ["reset-costs-little-count"]
    );
}

#[test]
fn packets_of_the_last_hour_before_a_reset_may_be_forgotten() {
    let replayed = |at: u64, counted: u32| {
        let mut story = in_service(12);
        for at in [at, at + 1] {
            story.case.replays(at);
        }
        story.case.boots.push(boot(minutes(300), Cause::Pin));
        story.logs(minutes(at), LogKind::Unauthentic, LogDetail::Number(0));
        story.logs(minutes(300), LogKind::PinReset, LogDetail::Nothing);
        story.breaks_with(|case| {
            if let Some(status) = &mut case.status {
                status.unauthentic = counted;
            }
        })
    };
    assert_eq!(replayed(290, 1), NONE);
    assert_eq!(replayed(290, 3), ["unauthentic-by-count"]);
    assert_eq!(replayed(100, 1), ["unauthentic-by-count"]);
}

#[test]
fn packets_right_before_a_long_time_without_power_may_be_forgotten() {
    let replayed = |dark: u64| {
        let mut story = in_service(12);
        for at in [290, 291] {
            let again = (minutes(at), Sender::Clinician, Request::Stop, None);
            story.case.said.push(again);
            story.case.replayed.push(minutes(at));
        }
        story.case.absences = vec![Absence {
            from: minutes(dark),
            until: minutes(400),
            explained: true,
            dark: true,
        }];
        story.case.boots.push(boot(minutes(400), Cause::PowerOn));
        story.logs(minutes(290), LogKind::Unauthentic, LogDetail::Number(0));
        story.logs(minutes(400), LogKind::PowerOn, LogDetail::Nothing);
        story.breaks_with(|case| {
            if let Some(status) = &mut case.status {
                status.unauthentic = 1;
            }
        })
    };
    assert!(!replayed(292).contains(&"unauthentic-by-count"));
    assert!(replayed(360).contains(&"unauthentic-by-count"));
}
