//! A log of which bytes were damaged, and what is shown behind the damage.

use super::log::NOTHING;
use super::{NONE, Story, in_service};
use crate::boundary::{Answer, Cause, Entry, Hurt, Injury, Log, Sender};
use crate::testing::{Case, boot, entry, minutes, status};
use thecal_plan::{LogDetail, LogKind, Request};
use thecal_units::Volume;

pub(super) const TESTED: &[&str] = &["number-is-never-given-again", "what-is-in-force-is-logged"];

/// So many bytes are damaged at 300 min, and a reset finds it at 310 min.
fn damaged(bytes: u64) -> Story {
    let mut story = in_service(12);
    let hurt = Hurt::Memory;
    let at = minutes(300);
    story.case.injuries.push(Injury { at, hurt });
    story.case.damaged.push((at, bytes));
    story.case.boots.push(boot(minutes(310), Cause::Pin));
    story.logs(minutes(310), LogKind::PinReset, NOTHING);
    story
}

/// Entry 3 was read at an hour that a reset leaves time to write down.
fn read(case: &mut Case, says: LogDetail) {
    let entries = vec![entry(3, minutes(0), (LogKind::Stopped, says))];
    let entries: &'static [Entry] = Box::leak(entries.into_boxed_slice());
    let log = Answer::Log(Log { first: 3, entries });
    let asked = Request::ReadLog { first: 3 };
    case.said
        .push((minutes(60), Sender::Clinician, asked, Some(log)));
}

#[test]
fn damage_takes_what_it_hits() {
    let lacks = |bytes: u64, entries: usize| {
        damaged(bytes).breaks_with(|case| {
            case.entries.drain(2..2 + entries);
        })
    };
    assert_eq!(lacks(1, 1), NONE);
    assert_eq!(lacks(1, 2), ["log-holds-its-last"]);
    // A number that damage has made up leaves the others out of reach.
    let beyond = damaged(1).breaks_with(|case| {
        case.entries.drain(..case.entries.len() - 1);
        case.entries[0].index = 70_000;
        case.status.as_mut().unwrap().log_entries = 70_001;
    });
    assert!(beyond.contains(&"log-holds-its-last"));
}

#[test]
fn a_damaged_entry_is_not_shown() {
    let shows = |change: fn(&mut Entry)| {
        damaged(1).breaks_with(|case| {
            let mut shown = case.entries[3].clone();
            change(&mut shown);
            read(case, LogDetail::Nothing);
            let Some((.., Some(Answer::Log(page)))) = case.said.last_mut() else {
                unreachable!();
            };
            page.entries = Box::leak(vec![shown].into_boxed_slice());
        })
    };
    assert_eq!(shows(|_| {}), NONE);
    assert_eq!(
        shows(|shown| shown.argument += 1),
        ["number-is-never-given-again"]
    );
}

#[test]
fn no_number_is_given_again() {
    let shown = |entries: u32| {
        damaged(21).breaks_with(|case| {
            let mut before = status(minutes(60), &[]);
            (before.steps, before.log_entries) = (4_167, entries);
            before.reservoir = Volume::from_nanoliters(18_000_000 - 5 * 4_167);
            let answer = Some(Answer::Status(before));
            let asked = (minutes(60), Sender::Clinician, Request::Interrogate, answer);
            case.said.push(asked);
        })
    };
    assert!(!shown(10).contains(&"number-is-never-given-again"));
    assert!(shown(13).contains(&"number-is-never-given-again"));
}

#[test]
fn damage_is_found_once() {
    let found = |again: bool| {
        let mut story = damaged(100);
        story.logs(minutes(310), LogKind::MemoryFault, LogDetail::Number(7));
        story.case.boots.push(boot(minutes(400), Cause::Pin));
        story.logs(minutes(400), LogKind::PinReset, NOTHING);
        if again {
            story.logs(minutes(400), LogKind::MemoryFault, LogDetail::Number(7));
        }
        story.breaks().contains(&"memory-damage-has-a-cause")
    };
    assert!(found(true) && !found(false));
}

#[test]
fn what_was_shown_behind_the_damage_counts() {
    let later = |granted: u32, steps: u64| {
        damaged(100).breaks_with(|case| {
            let mut before = status(minutes(400), &[]);
            (before.granted, before.steps, before.log_entries) = (granted, steps, 5);
            let answer = Some(Answer::Status(before));
            let asked = (
                minutes(400),
                Sender::Clinician,
                Request::Interrogate,
                answer,
            );
            case.said.push(asked);
        })
    };
    // 50 000 steps by the end, and none granted.
    assert_eq!(later(0, 27_777), NONE);
    assert_eq!(later(2, 27_777), ["granted-by-count"]);
    assert_eq!(later(0, 20_000), ["steps-by-count"]);
}
