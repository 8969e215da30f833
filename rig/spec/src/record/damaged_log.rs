//! A log of which bytes were damaged: what the damage did not hit stays in reach, is shown as it was, and no
//! number is given a second time.

use super::counts::statuses;
use super::rules;
use crate::boundary::{Answer, Boundary, Entry, Hurt, Status};
use crate::rule::Opinion;
use crate::told::Told;
use thecal_plan::LogKind;
use thecal_units::{Millis, SimTime};

/// How old what a pump has shown is at a reset that may not lose it: twice the hour at which it writes down how
/// many entries there are. Source: REQ-CLK-012, REQ-LOG-022.
const WRITTEN: Millis = Millis::HOUR.times(2);

/// How many bytes of a pump's memory were damaged, none of them by anything else; no entry is shorter than one.
pub(super) fn lost_bytes(boundary: &Boundary<'_>) -> Option<u64> {
    let known = |at: SimTime| boundary.damaged.iter().any(|&(then, _)| then == at);
    let mut injuries = boundary.injuries.iter();
    let all_known = injuries.all(|it| match it.hurt {
        Hurt::Exchange => true,
        Hurt::Memory => known(it.at),
        Hurt::Volatile | Hurt::Image | Hurt::Owed => false,
    });
    let bytes = boundary.damaged.iter().map(|&(_, bytes)| bytes).sum();
    all_known.then_some(bytes)
}

/// Judges what was shown of a log before it was damaged beside what was shown later.
pub(super) fn judge(boundary: &Boundary<'_>, told: &Told, opinion: &mut Opinion) {
    let is_hurt = boundary.injuries.iter().any(|it| it.hurt == Hurt::Memory);
    if !is_hurt {
        return;
    }
    // What else is lost may tell how many entries there were.
    let is_told = |entry: &Entry| {
        entry.kind == LogKind::MemoryFault
            || entry
                .left_out
                .is_some_and(|(kind, _)| kind == LogKind::MemoryFault)
    };
    let others = boundary.log.entries.iter().any(is_told);
    if others || lost_bytes(boundary).is_none() || boundary.status.is_none() {
        return opinion.either(&rules::NUMBERS);
    }
    let is_written = |at: SimTime| {
        let mut boots = boundary.boots.iter();
        !told.therapies_at(at).is_empty() && !boots.any(|it| at < it.at && it.at <= at + WRITTEN)
    };
    counts(boundary, is_written, opinion);
    entries(boundary, is_written, opinion);
}

/// The number of entries never falls below one that is written down.
fn counts(boundary: &Boundary<'_>, is_written: impl Fn(SimTime) -> bool, opinion: &mut Opinion) {
    let mut most: Option<Status<'_>> = None;
    for (_, status) in statuses(boundary) {
        if let Some(before) = most {
            opinion.judged(&rules::NUMBERS);
            if status.log_entries < before.log_entries {
                let observed = format!("{} entries", status.log_entries);
                let allowed = format!("{} at least", before.log_entries);
                opinion.differs(&rules::NUMBERS, status.at, observed, allowed);
            }
        }
        let more = most.is_none_or(|before| before.log_entries < status.log_entries);
        if more && is_written(status.at) {
            most = Some(status);
        }
    }
}

/// An entry that was read and is still shown is the same: one that is damaged is not shown (REQ-LOG-006).
fn entries(boundary: &Boundary<'_>, is_written: impl Fn(SimTime) -> bool, opinion: &mut Opinion) {
    let log = boundary.log.entries;
    for packet in boundary.packets.iter().filter(|it| is_written(it.at)) {
        let Some(Answer::Log(page)) = packet.answer else {
            continue;
        };
        for entry in page.entries {
            let place = log.binary_search_by_key(&entry.index, |known| known.index);
            let Some(known) = place.ok().and_then(|place| log.get(place)) else {
                continue;
            };
            opinion.judged(&rules::NUMBERS);
            let content = |it: &Entry| (it.code, it.argument, it.clock);
            if content(known) != content(entry) {
                let observed = format!("entry {} is another one: {}", entry.index, known.text);
                opinion.differs(
                    &rules::NUMBERS,
                    known.at,
                    observed,
                    "as it was read, or none",
                );
            }
        }
    }
}

/// What was read before the log was damaged is in reach unless the damage hit it.
pub(super) fn holds(boundary: &Boundary<'_>, (kept, last): (u32, u32), opinion: &mut Opinion) {
    let rule = &rules::HOLDS;
    let Some(bytes) = lost_bytes(boundary) else {
        return opinion.either(rule);
    };
    opinion.judged(rule);
    let there = boundary.log.entries.len() as u64;
    let expected = u64::from(last.saturating_sub(kept)).saturating_sub(bytes);
    if there < expected {
        let observed = format!("{there} entries of {}", last.saturating_sub(kept));
        let allowed = format!("{expected} at least: {bytes} bytes were damaged");
        opinion.differs(rule, boundary.end, observed, allowed);
    }
}
