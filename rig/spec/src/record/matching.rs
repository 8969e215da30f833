//! Entries beside events: each event that is due has an entry, and each entry an event.

use super::causes::HERE;
use super::rules;
use super::store;
use super::time::{LogTime, SPILL, is_torn};
use super::wanted::{Wanted, in_words};
use crate::boundary::{Answer, Boundary, Entry, Hurt};
use crate::clock::SLEEP;
use crate::requests::Questions;
use crate::rule::Opinion;
use std::collections::{BTreeMap, BTreeSet};
use thecal_plan::{LogKind, Profile, Request};
use thecal_units::{Millis, SimTime};

/// A log and the events of its run.
pub(super) struct Matching<'a> {
    pub(super) boundary: &'a Boundary<'a>,
    pub(super) profile: &'a Profile,
    pub(super) time: &'a LogTime,
    pub(super) asked: &'a Questions<'a>,
}

/// Entries of a kind that were counted instead of written, and told together.
#[derive(Clone, Copy, Debug)]
struct Count {
    /// When the count before was told: what happened earlier was in that.
    since: SimTime,
    told: SimTime,
    /// How many of them no event has explained yet.
    left: u32,
}

type Counted = BTreeMap<LogKind, Vec<Count>>;

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
            let flips = kind == LogKind::RamFault && self.knows_each_flip();
            let here = HERE.contains(&kind) && !flips;
            if matches!(kind, LogKind::LeftOut | LogKind::Other) || here {
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

    /// Whether each damage to RAM is one of those whose entry is known.
    fn knows_each_flip(&self) -> bool {
        let mut injuries = self.boundary.injuries.iter();
        !self.boundary.flips.is_empty() && injuries.all(|it| it.hurt == Hurt::Exchange)
    }

    /// Finds the event of each entry; returns those that are left.
    fn entries_of(
        &self,
        entries: &[&Entry],
        events: Vec<Wanted>,
        opinion: &mut Opinion,
    ) -> Vec<Wanted> {
        let of = self.pairs(entries, &events);
        for (place, entry) in entries.iter().enumerate() {
            let event = of.iter().position(|it| *it == Some(place));
            match event.and_then(|nth| events.get(nth)) {
                Some(event) => self.judge_pair(event, entry, opinion),
                None => self.without_cause(entry, opinion),
            }
        }
        let left = events.into_iter().zip(of);
        let left = left.filter(|(_, entry)| entry.is_none());
        left.map(|(event, _)| event).collect()
    }

    /// The place of the entry of each event.
    fn pairs(&self, entries: &[&Entry], events: &[Wanted]) -> Vec<Option<usize>> {
        let mut of: Vec<Option<usize>> = vec![None; events.len()];
        for (place, entry) in entries.iter().enumerate() {
            // Of two of one instant, such as resets, the nearer one: the other's entry may be gone. Where times
            // are unsure the log's order still tells one event from the next.
            let free = events.iter().enumerate().zip(&of);
            let free = free.filter(|(_, of)| of.is_none()).map(|(event, _)| event);
            let now = free.filter(|(_, event)| self.is_now(event, entry));
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
            let found = found.map(|(nth, _)| nth);
            let event = found.and_then(|nth| events.get(nth));
            if !event.is_some_and(|event| event.says.fits(entry)) {
                let mut seen = vec![false; events.len()];
                if self.makes_room(place, (entries, events), &mut of, &mut seen) {
                    continue;
                }
            }
            if let Some(of) = found.and_then(|nth| of.get_mut(nth)) {
                *of = Some(place);
            }
        }
        of
    }

    /// Whether an entry gets an event that another one has, which has a free one besides.
    fn makes_room(
        &self,
        place: usize,
        (entries, events): (&[&Entry], &[Wanted]),
        of: &mut [Option<usize>],
        seen: &mut [bool],
    ) -> bool {
        let Some(entry) = entries.get(place) else {
            return false;
        };
        for (nth, event) in events.iter().enumerate() {
            let fits = self.is_now(event, entry) && event.says.fits(entry);
            match seen.get_mut(nth) {
                Some(seen) if fits && !*seen => *seen = true,
                _ => continue,
            }
            let other = of.get(nth).copied().flatten();
            let is_free =
                other.is_none_or(|other| self.makes_room(other, (entries, events), of, seen));
            if let (true, Some(of)) = (is_free, of.get_mut(nth)) {
                *of = Some(place);
                return true;
            }
        }
        false
    }

    /// Whether an entry has a time that an event may have.
    fn is_now(&self, event: &Wanted, entry: &Entry) -> bool {
        let earliest = self.time.earliest(event.from, event.until);
        earliest <= entry.at && entry.at <= event.until + self.time.slack(event.until)
    }

    /// An event and its entry.
    fn judge_pair(&self, event: &Wanted, entry: &Entry, opinion: &mut Opinion) {
        if event.due {
            opinion.judged(event.rule);
        } else {
            opinion.either(event.rule);
        }
        if event.says.fits(entry) || self.asked.is_wild(entry.at) {
            return;
        }
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
        (unlogged, mut counts): (Vec<Wanted>, Vec<Count>),
        opinion: &mut Opinion,
    ) {
        let limited = self.profile.record.limited.contains(&kind);
        // An entry that was lost has had its share; those that are certain are counted before it, and before
        // these such as no reset could take the count of.
        let due = unlogged.iter().filter(|event| event.due);
        let (lost, mut due): (Vec<_>, Vec<_>) = due.partition(|event| self.may_be_lost(event));
        let forgotten = |event: &Wanted| {
            !is_reset(kind) && self.resets_soon(event.from) || self.count_is_torn(event.until)
        };
        due.sort_by_key(|event| {
            let choice = self.of_its_time(&counts, event).count();
            (forgotten(event), choice, event.until)
        });
        for event in due {
            let latest = event.until + self.time.slack(event.until);
            let logged = entries.iter().filter(|entry| entry.at <= latest);
            let lost = lost.iter().filter(|lost| lost.until <= event.until);
            let logged = u32::try_from(logged.count() + lost.count()).unwrap_or(u32::MAX);
            let has_had = logged >= self.profile.record.share
                && !self.has_room(entries, (&unlogged, &counts), event)
                || self.boundary.log.first > 0;
            if limited && self.take(&mut counts, event) {
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
            // Counts of the last hour may be lost with a reset, but not those of resets; torn ones all.
            if limited && has_had && forgotten(event) {
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
            self.take(&mut counts, event);
            opinion.either(event.rule);
        }
        // What need not have an entry explains a count only where nothing else does.
        for event in unlogged.iter().filter(|event| !event.due) {
            self.take(&mut counts, event);
        }
        self.too_many(kind, &counts, opinion);
    }

    /// Counts of entries left out that no event explains.
    fn too_many(&self, kind: LogKind, counts: &[Count], opinion: &mut Opinion) {
        let hurt = self
            .boundary
            .injuries
            .iter()
            .any(|it| it.hurt != Hurt::Exchange);
        let left: u32 = counts.iter().map(|count| count.left).sum();
        let overwritten = self.boundary.log.first > 0;
        if let (Some(first), true) = (counts.first(), left > 0 && !hurt && !overwritten) {
            opinion.differs(
                &rules::LEFT_OUT,
                first.told,
                format!("{left} of {kind:?} counted as left out that did not happen"),
                "only what happened",
            );
        }
    }

    /// What the log counts instead of entries.
    fn counted(&self) -> Counted {
        let mut counted = Counted::new();
        for entry in self.boundary.log.entries {
            if let Some((kind, left)) = entry.left_out {
                let counts = counted.entry(kind).or_default();
                counts.push(Count {
                    since: counts.last().map_or(SimTime::ZERO, |before| before.told),
                    told: entry.at,
                    left,
                });
            }
        }
        counted
    }

    /// The counts that an event may belong to: that which was told next, and where times are unsure others.
    fn of_its_time(&self, counts: &[Count], event: &Wanted) -> impl Iterator<Item = usize> {
        let earliest = event.from.before(self.time.slack(event.from));
        let latest = event.until + self.time.slack(event.until);
        let counts = counts.iter().enumerate();
        let near = counts.filter(move |(_, it)| earliest <= it.told && it.since <= latest);
        near.map(|(nth, _)| nth)
    }

    /// Uses up one of these.
    fn take(&self, counts: &mut [Count], event: &Wanted) -> bool {
        let left = |nth: &usize| counts.get(*nth).is_some_and(|count| count.left > 0);
        let found = self.of_its_time(counts, event).find(left);
        let count = found.and_then(|nth| counts.get_mut(nth));
        count.map(|count| count.left -= 1).is_some()
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

    /// Whether an entry of an event's kind was certainly in store; what is not known may have been left out.
    fn has_room(
        &self,
        entries: &[&Entry],
        (unlogged, counts): (&[Wanted], &[Count]),
        event: &Wanted,
    ) -> bool {
        let boundary = self.boundary;
        if self.time.slack(event.until) > SPILL || !boundary.injuries.is_empty() {
            return false;
        }
        let length = self.profile.record.share_again.as_millis();
        let day = |at: SimTime| boundary.crystal.counted(SimTime::ZERO, at).as_millis() / length;
        let mut counted: BTreeSet<u64> = BTreeSet::new();
        for count in counts {
            // What was left out in a day is told by the first exchange of the next, or by a reading of its own.
            counted.insert(day(count.told.before(SLEEP)));
            if day(count.told) == day(count.told.before(SLEEP)) {
                counted.insert(day(count.told).saturating_sub(1));
            }
        }
        for event in unlogged {
            counted.extend([day(event.from.before(SPILL)), day(event.until + SPILL)]);
        }
        let latest = event.until + self.time.slack(event.until);
        let logged: Vec<&Entry> = entries
            .iter()
            .copied()
            .filter(|it| it.at <= latest)
            .collect();
        let lost = unlogged.iter().filter(|it| self.may_be_lost(it)).count();
        store::has_room(
            self.profile,
            (&logged, lost),
            &counted,
            day(event.from.before(SPILL)),
        )
    }

    /// Whether power failed in an exchange of the day behind an instant: the counts of what was left out have one
    /// copy of which that is known (REQ-MEM-012).
    fn count_is_torn(&self, at: SimTime) -> bool {
        let mut injuries = self.boundary.injuries.iter();
        let told = at + Millis::DAY + Millis::MINUTE;
        injuries.any(|it| it.hurt == Hurt::Exchange && at <= it.at && it.at <= told)
    }

    fn resets_soon(&self, at: SimTime) -> bool {
        let within = self.profile.record.counts_within;
        let mut boots = self.boundary.boots.iter();
        // One that was never programmed writes nothing down meanwhile (REQ-CLK-012).
        let mut commits = self.boundary.packets.iter();
        let programmed = commits.find(|it| {
            let commits = matches!(it.request, Request::Commit | Request::Program(_));
            commits && matches!(it.answer, Some(Answer::Done))
        });
        let kept = |boot: SimTime| programmed.is_some_and(|it| it.at <= boot);
        boots.any(|boot| at <= boot.at && (boot.at.since(at) <= within || !kept(boot.at)))
    }
}

const fn is_reset(kind: LogKind) -> bool {
    kind.is_reset() || matches!(kind, LogKind::PowerOn)
}
