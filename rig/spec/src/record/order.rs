//! The log as a whole: its order, its size, what was left out of it, and that what was read stays.

use super::damaged_log;
use super::rules;
use super::store;
use crate::boundary::{Answer, Boundary, Entry, Hurt};
use crate::requests::Questions;
use crate::rule::Opinion;
use thecal_plan::{LogKind, Profile};

/// Judges the log as it was read at the end, and the pages that were read before.
pub(super) fn judge(
    boundary: &Boundary<'_>,
    profile: &Profile,
    asked: &Questions<'_>,
    opinion: &mut Opinion,
) {
    // Damage may hide entries, or a whole log.
    let hurt = boundary.injuries.iter().any(|it| it.hurt != Hurt::Exchange);
    numbers(boundary, hurt, opinion);
    holds(boundary, profile, hurt, opinion);
    limits(boundary, profile, asked, opinion);
    pages(boundary, hurt, opinion);
}

/// Numbers one by one, times that never fall.
fn numbers(boundary: &Boundary<'_>, hurt: bool, opinion: &mut Opinion) {
    for (nth, page) in logs(boundary).enumerate() {
        for pair in page.windows(2) {
            let [one, other] = pair else { continue };
            if hurt {
                opinion.either(&rules::INDEX);
            } else {
                opinion.judged(&rules::INDEX);
                if other.index != one.index + 1 {
                    let observed = format!("number {} after {}", other.index, one.index);
                    opinion.differs(&rules::INDEX, other.at, observed, "one more");
                }
            }
            // The pages of the run are parts of the log at its end.
            if nth == 0 {
                opinion.judged(&rules::TIME);
                if other.clock < one.clock {
                    let observed = format!("number {} is earlier than the one before", other.index);
                    opinion.differs(&rules::TIME, other.at, observed, "as late or later");
                }
            }
        }
    }
}

/// The log at the end, then each page that was read during the run.
fn logs<'b>(boundary: &'b Boundary<'b>) -> impl Iterator<Item = &'b [Entry]> {
    let read = boundary
        .packets
        .iter()
        .filter_map(|packet| match packet.answer {
            Some(Answer::Log(page)) => Some(page.entries),
            _ => None,
        });
    [boundary.log.entries].into_iter().chain(read)
}

/// The last entries can all be read, and only what is older is overwritten.
fn holds(boundary: &Boundary<'_>, profile: &Profile, hurt: bool, opinion: &mut Opinion) {
    let rule = &rules::HOLDS;
    let Some(status) = &boundary.status else {
        return opinion.either(rule);
    };
    let log = &boundary.log;
    let kept = status.log_entries.saturating_sub(profile.record.entries);
    // Reading may add what was left out, which overwrites a few more.
    let added = log.entries.last().map_or(0, |last| {
        (last.index + 1).saturating_sub(status.log_entries)
    });
    if hurt {
        return damaged_log::holds(
            boundary,
            (kept + added, status.log_entries + added),
            opinion,
        );
    }
    opinion.judged(rule);
    if log.first > kept + added {
        let observed = format!(
            "the oldest entry is number {} of {}",
            log.first, status.log_entries
        );
        let allowed = format!("number {} at most", kept + added);
        opinion.differs(rule, boundary.end, observed, allowed);
    }
    let there = u32::try_from(log.entries.len()).unwrap_or(u32::MAX);
    let expected = (status.log_entries + added).saturating_sub(log.first);
    if there < expected {
        let observed = format!("{there} entries from number {} on", log.first);
        opinion.differs(rule, boundary.end, observed, format!("{expected}"));
    }
}

/// Entries of a kind that is limited, in any log: its share, and one more a day.
fn limits(
    boundary: &Boundary<'_>,
    profile: &Profile,
    asked: &Questions<'_>,
    opinion: &mut Opinion,
) {
    let rule = &rules::OFTEN;
    for &kind in &profile.record.limited {
        let beyond = store::first_beyond(boundary, profile, kind);
        match beyond.filter(|(entry, _)| !asked.is_wild(entry.at)) {
            Some((entry, count)) => {
                opinion.judged(rule);
                let observed = format!("entry {count} of {kind:?}");
                opinion.differs(rule, entry.at, observed, "none: none was in store");
            }
            None => opinion.judged(rule),
        }
    }
    for entry in boundary.log.entries {
        if entry.kind == LogKind::LeftOut {
            opinion.judged(&rules::LEFT_OUT);
            let limited = entry
                .left_out
                .filter(|(kind, count)| *count > 0 && profile.record.limited.contains(kind));
            if limited.is_none() {
                let observed = "a count of what is never left out";
                opinion.differs(
                    &rules::LEFT_OUT,
                    entry.at,
                    observed,
                    "a code that may repeat",
                );
            }
        }
    }
}

/// What was read stays as it was read.
fn pages(boundary: &Boundary<'_>, hurt: bool, opinion: &mut Opinion) {
    let rule = &rules::SAME;
    let log = boundary.log.entries;
    for packet in &boundary.packets {
        let Some(Answer::Log(page)) = packet.answer else {
            continue;
        };
        for entry in page.entries {
            let place = log.binary_search_by_key(&entry.index, |known| known.index);
            let known = place.ok().and_then(|place| log.get(place));
            let overwritten = entry.index < boundary.log.first;
            if overwritten || hurt || boundary.status.is_none() {
                opinion.either(rule);
                continue;
            }
            opinion.judged(rule);
            let same = known.is_some_and(|known| {
                (known.kind, known.argument, known.clock)
                    == (entry.kind, entry.argument, entry.clock)
            });
            if !same {
                let observed = format!("entry {} has changed, or is gone", entry.index);
                opinion.differs(rule, packet.at, observed, "as it was read");
            }
        }
    }
}
