//! Entries beside events: each event that is due has an entry, and each entry an event.

use super::causes::HERE;
use super::rules;
use super::time::{LogTime, SPILL, is_torn};
use super::wanted::{Wanted, in_words};
use crate::boundary::{Boundary, Entry, Hurt};
use crate::requests::Questions;
use crate::rule::Opinion;
use std::collections::BTreeMap;
use thecal_plan::{LogKind, Profile};
use thecal_units::{Millis, SimTime};

/// A log and the events of its run.
pub(super) struct Matching<'a> {
    pub(super) boundary: &'a Boundary<'a>,
    pub(super) profile: &'a Profile,
    pub(super) time: &'a LogTime,
    pub(super) asked: &'a Questions<'a>,
}

/// Entries that were counted instead of written: when that was told, and how many are left of it.
type Counted = BTreeMap<LogKind, Vec<(SimTime, u32)>>;

impl Matching<'_> {
    /// Judges all entries and all events.
    pub(super) fn judge(&self, wanted: Vec<Wanted>, opinion: &mut Opinion) {
        let mut by_kind: BTreeMap<LogKind, (Vec<&Entry>, Vec<Wanted>)> = BTreeMap::new();
        for entry in self.boundary.log.entries {
            by_kind.entry(entry.kind).or_default().0.push(entry);
        }
        for event in wanted {
            by_kind.entry(event.kind).or_default().1.push(event);
        }
        let mut counted = self.counted();
        for (kind, (entries, mut events)) in by_kind {
            if matches!(kind, LogKind::LeftOut | LogKind::Other) || HERE.contains(&kind) {
                counted.remove(&kind);
                continue;
            }
            events.sort_by_key(|event| (event.until, event.from));
            let unlogged = self.entries_of(&entries, events, opinion);
            let counts = counted.remove(&kind).unwrap_or_default();
            self.events_of(kind, &entries, (unlogged, counts), opinion);
        }
        for (kind, counts) in counted {
            self.too_many(kind, &counts, opinion);
        }
    }

    /// Finds the event of each entry; returns those that are left.
    fn entries_of(
        &self,
        entries: &[&Entry],
        mut events: Vec<Wanted>,
        opinion: &mut Opinion,
    ) -> Vec<Wanted> {
        for entry in entries {
            let is_now = |event: &Wanted| {
                let earliest = self.time.earliest(event.from, event.until);
                earliest <= entry.at && entry.at <= event.until + self.time.slack(event.until)
            };
            // Of two of one instant, such as resets, the nearer one: the other's entry may be gone. Where times
            // are unsure the log's order still tells one event from the next.
            let now = events.iter().enumerate().filter(|(_, event)| is_now(event));
            let sure = now
                .clone()
                .all(|(_, event)| self.time.slack(event.until) <= SPILL);
            let nearest = |event: &Wanted| {
                let off = event.from.since(entry.at) + entry.at.since(event.until);
                // Nor is a time that is an event's to the millisecond chance.
                let exact = event.from == event.until && off <= SPILL;
                let off = match sure {
                    true => off,
                    false if exact => Millis::ZERO,
                    false => SPILL,
                };
                (!event.says.fits(entry), !event.due, off)
            };
            let found = now.min_by_key(|(_, event)| nearest(event));
            let Some((nth, _)) = found else {
                self.without_cause(entry, opinion);
                continue;
            };
            let event = events.remove(nth);
            if event.due {
                opinion.judged(event.rule);
            } else {
                opinion.either(event.rule);
            }
            if !event.says.fits(entry) && !self.asked.is_wild(entry.at) {
                let rule = match entry.kind {
                    LogKind::BolusEnded => &rules::STEPS,
                    _ => event.rule,
                };
                opinion.differs(
                    rule,
                    entry.at,
                    format!("logged: {}, {}", entry.text, in_words(&entry.says)),
                    event.says.in_words(),
                );
            }
        }
        events
    }

    fn without_cause(&self, entry: &Entry, opinion: &mut Opinion) {
        let rule = &rules::CAUSE;
        if self.asked.is_wild(entry.at) {
            return opinion.either(rule);
        }
        opinion.judged(rule);
        opinion.differs(
            rule,
            entry.at,
            format!("logged: {}, {}", entry.text, in_words(&entry.says)),
            "no such entry: nothing of the kind happened",
        );
    }

    /// Events without an entry: left out and counted, or lost.
    fn events_of(
        &self,
        kind: LogKind,
        entries: &[&Entry],
        (unlogged, mut counts): (Vec<Wanted>, Vec<(SimTime, u32)>),
        opinion: &mut Opinion,
    ) {
        let limited = self.profile.record.limited.contains(&kind);
        for event in unlogged.iter().filter(|event| !event.due) {
            take(&mut counts, event.from.before(self.time.slack(event.from)));
        }
        // An entry that was lost has had its share; those that are certain are counted before it.
        let due = unlogged.iter().filter(|event| event.due);
        let (lost, due): (Vec<_>, Vec<_>) = due.partition(|event| self.may_be_lost(event));
        for event in due {
            let from = event.from.before(self.time.slack(event.from));
            let logged = entries.iter().filter(|entry| entry.at <= event.until);
            let lost = lost.iter().filter(|lost| lost.until <= event.until);
            let logged = u32::try_from(logged.count() + lost.count()).unwrap_or(u32::MAX);
            let has_had = logged >= self.profile.record.share || self.boundary.log.first > 0;
            if limited && take(&mut counts, from) {
                opinion.judged(&rules::LEFT_OUT);
                if !has_had {
                    opinion.differs(
                        &rules::LEFT_OUT,
                        event.from,
                        format!("{} left out after {logged} entries", event.rule.name),
                        format!("logged up to {} times", self.profile.record.share),
                    );
                }
                continue;
            }
            // Counts of the last hour may be lost with a reset, but not those of resets.
            if limited && has_had && !is_reset(kind) && self.resets_soon(event.from) {
                opinion.either(&rules::LEFT_OUT);
                continue;
            }
            opinion.judged(event.rule);
            opinion.differs(
                event.rule,
                event.until,
                format!("no entry: {kind:?}"),
                format!("an entry that says {}", event.says.in_words()),
            );
        }
        for event in lost {
            take(&mut counts, event.from);
            opinion.either(event.rule);
        }
        self.too_many(kind, &counts, opinion);
    }

    /// Counts of entries left out that no event explains.
    fn too_many(&self, kind: LogKind, counts: &[(SimTime, u32)], opinion: &mut Opinion) {
        let hurt = self
            .boundary
            .injuries
            .iter()
            .any(|it| it.hurt != Hurt::Exchange);
        let left: u32 = counts.iter().map(|&(_, count)| count).sum();
        let overwritten = self.boundary.log.first > 0;
        if let (Some(&(at, _)), true) = (counts.first(), left > 0 && !hurt && !overwritten) {
            opinion.differs(
                &rules::LEFT_OUT,
                at,
                format!("{left} of {kind:?} counted as left out that did not happen"),
                "only what happened",
            );
        }
    }

    /// What the log counts instead of entries.
    fn counted(&self) -> Counted {
        let mut counted = Counted::new();
        for entry in self.boundary.log.entries {
            if let Some((kind, count)) = entry.left_out {
                counted.entry(kind).or_default().push((entry.at, count));
            }
        }
        counted
    }

    /// Whether the entry of an event may be gone for a good reason.
    fn may_be_lost(&self, event: &Wanted) -> bool {
        let log = &self.boundary.log;
        let oldest = log.entries.first().filter(|_| log.first > 0);
        let slack = self.time.slack(event.until);
        let overwritten = oldest.is_some_and(|oldest| event.from <= oldest.at + slack);
        let mut injuries = self.boundary.injuries.iter();
        // Damage may hit entries that were written before it.
        let damaged = injuries.any(|it| it.hurt == Hurt::Memory && event.from <= it.at + slack);
        overwritten
            || damaged
            || is_torn(self.boundary, (event.from, event.until))
            || self.time.is_cut(event.from, event.boot)
            || self.time.is_cut(event.until, event.boot)
            || self.asked.is_wild(event.from)
            || self.asked.is_wild(event.until)
    }

    fn resets_soon(&self, at: SimTime) -> bool {
        let within = self.profile.record.counts_within;
        let mut boots = self.boundary.boots.iter();
        boots.any(|boot| at <= boot.at && boot.at.since(at) <= within)
    }
}

const fn is_reset(kind: LogKind) -> bool {
    kind.is_reset() || matches!(kind, LogKind::PowerOn)
}

/// Uses up one of the first count that was told after an instant.
fn take(counts: &mut [(SimTime, u32)], from: SimTime) -> bool {
    let mut later = counts.iter_mut();
    let found = later.find(|(told, left)| from <= *told && *left > 0);
    found.map(|(_, left)| *left -= 1).is_some()
}
