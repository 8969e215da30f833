//! Therapy time: what a sound pump may hold for the time that has passed between two instants.
//!
//! It is the time that the pump ran, by its own crystal. At a reset it goes on from its last record, so
//! some of it is lost; where the clock jumps or a wake-up is late the pump cannot know exactly.
//! Sources: REQ-CLK-002, -003 and -004.

use crate::boundary::{Boundary, Crystal};
use crate::clock::SLEEP;
use thecal_plan::Promises;
use thecal_units::{Millis, SimTime};

/// Between which spans the pump's count of a time lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Passed {
    pub(super) least: Millis,
    pub(super) most: Millis,
}

/// A span in which the pump ran without a reset.
#[derive(Clone, Copy, Debug)]
struct Life {
    from: SimTime,
    until: SimTime,
    /// What the crystal counted in earlier ones.
    before: Millis,
    /// What may have been lost at the ends of earlier ones.
    lost: Millis,
}

/// A jump, or a late wake-up: by how much a pump may count more or less from here on, all earlier ones
/// included.
#[derive(Clone, Copy, Debug)]
struct Bend {
    at: SimTime,
    more: Millis,
    less: Millis,
}

/// Questions to the pump's time.
#[derive(Debug)]
pub(super) struct TherapyTime<'a> {
    crystal: &'a Crystal,
    promises: &'a Promises,
    lives: Vec<Life>,
    bends: Vec<Bend>,
    /// Jumps of the clock while the pump had no power, all together.
    unseen: Millis,
    /// Starts of boluses, at each of which the time is recorded.
    recorded: Vec<SimTime>,
}

impl<'a> TherapyTime<'a> {
    /// `recorded` are the starts of all boluses, in order; `unnoticed` is the longest jump that the pump
    /// may take for sleep.
    pub(super) fn of(
        boundary: &'a Boundary<'_>,
        promises: &'a Promises,
        unnoticed: Millis,
        recorded: Vec<SimTime>,
    ) -> Self {
        let mut time = Self {
            crystal: &boundary.crystal,
            promises,
            lives: vec![Life {
                from: SimTime::ZERO,
                until: SimTime::NEVER,
                before: Millis::ZERO,
                lost: Millis::ZERO,
            }],
            bends: Vec::new(),
            unseen: Millis::ZERO,
            recorded,
        };
        for boot in boundary.boots.iter().skip(1) {
            let ends = boundary.absences.partition_point(|gap| gap.until < boot.at);
            let gap = boundary.absences.get(ends);
            let gap = gap.filter(|gap| gap.until == boot.at);
            time.ends(gap.map_or(boot.at, |gap| gap.from), boot.at);
        }
        time.bend(unnoticed);
        time
    }

    /// What a pump may count from one instant to another.
    pub(super) fn passed(&self, from: SimTime, until: SimTime) -> Passed {
        self.since(from, from, until)
    }

    /// The same from something that a power cut tore: the time is not recorded with it.
    pub(super) fn passed_torn(&self, from: SimTime, until: SimTime) -> Passed {
        self.since(from, SimTime::ZERO, until)
    }

    /// `recorded` is an instant whose time is in memory.
    fn since(&self, from: SimTime, recorded: SimTime, until: SimTime) -> Passed {
        let (first, last) = (self.life(from), self.life(until));
        let counted = self
            .running(last, until)
            .saturating_sub(self.running(first, from));
        let lost = if first == last {
            Millis::ZERO
        } else {
            let between = self.lives[last]
                .lost
                .saturating_sub(self.lives[first + 1].lost);
            self.lost(self.lives[first], recorded) + between
        };
        let (before, after) = (self.bent(from, true), self.bent(until, false));
        let more = after.more.saturating_sub(before.more);
        let less = after.less.saturating_sub(before.less);
        Passed {
            least: counted.saturating_sub(lost).saturating_sub(less),
            most: counted + more,
        }
    }

    /// What the crystal counts between them, whatever the pump knows of it.
    pub(super) fn shown(&self, from: SimTime, until: SimTime) -> Millis {
        self.reading(until).saturating_sub(self.reading(from))
    }

    /// What the clock shows more at the second than at the first, with its jumps.
    pub(super) fn displayed(&self, from: SimTime, until: SimTime) -> i64 {
        let shown = i64::try_from(self.shown(from, until).as_millis()).unwrap_or(i64::MAX);
        let jumps = self.crystal.jumps.iter();
        let jumps = jumps.filter(|&&(at, _)| from < at && at <= until);
        jumps.fold(shown, |sum, &(_, by)| sum.saturating_add(by))
    }

    /// How far the instant of an entry of the log may be from its time. A jump that meets a pump without
    /// power looks like time that has passed; an entry behind a clock set back has a time from before that.
    pub(super) fn unsure(&self, entry: SimTime) -> Millis {
        let mut bends = self.bends.iter().rev();
        let last = bends.find(|bend| bend.at <= entry + bend.less + self.unseen);
        last.map_or(Millis::ZERO, |bend| bend.less) + self.unseen
    }

    /// By how much jumps and late wake-ups between two instants may have moved any count of time.
    pub(super) fn bent_between(&self, from: SimTime, until: SimTime) -> Millis {
        let (before, after) = (self.bent(from, true), self.bent(until, false));
        let more = after.more.saturating_sub(before.more);
        more + after.less.saturating_sub(before.less)
    }

    /// The latest instant from which a time that `of` chooses has passed until another.
    pub(super) fn back(
        &self,
        until: SimTime,
        span: Millis,
        of: fn(Passed) -> Millis,
    ) -> Option<SimTime> {
        let passed = |from: u64| of(self.passed(SimTime::from_millis(from), until)) >= span;
        let (mut first, mut last) = (0, until.as_millis());
        if !passed(first) {
            return None;
        }
        while first < last {
            let middle = first + (last - first).div_ceil(2);
            (first, last) = if passed(middle) {
                (middle, last)
            } else {
                (first, middle - 1)
            };
        }
        Some(SimTime::from_millis(first))
    }

    /// Number of resets between two instants.
    pub(super) fn resets(&self, from: SimTime, until: SimTime) -> u64 {
        (self.life(until) - self.life(from)) as u64
    }

    /// What the crystal shows: differences of it are exact to the millisecond, as the pump takes them.
    fn reading(&self, at: SimTime) -> Millis {
        self.crystal.counted(SimTime::ZERO, at)
    }

    /// The pump that ran until `until` boots at `boots`.
    fn ends(&mut self, until: SimTime, boots: SimTime) {
        let Some(life) = self.lives.last_mut() else {
            return;
        };
        life.until = until.max(life.from);
        let life = *life;
        let before = life.before + self.shown(life.from, life.until);
        let lost = life.lost + self.lost(life, life.from);
        self.lives.push(Life {
            from: boots,
            until: SimTime::NEVER,
            before,
            lost,
        });
    }

    /// What may be lost of the time since `from` when this life ends.
    fn lost(&self, life: Life, from: SimTime) -> Millis {
        // One of the same instant may have come behind the reset.
        let written = self.recorded.partition_point(|&at| at < life.until);
        let written = written.checked_sub(1).map(|last| self.recorded[last]);
        let since = life.from.max(from).max(written.unwrap_or(SimTime::ZERO));
        let lived = self.shown(life.from, life.until);
        // Records double their distance: the last one is at least half as old as the life, but for the
        // first step.
        let doubling = (lived.as_millis() + self.promises.first_record.as_millis()).div_ceil(2);
        // It is recorded in the first exchange that is late enough.
        self.shown(since, life.until)
            .min(self.promises.recorded_within + SLEEP)
            .min(Millis::from_millis(doubling) + SLEEP)
    }

    fn bend(&mut self, unnoticed: Millis) {
        let jumps = self.crystal.jumps.iter().map(|&(at, by)| {
            let seen = Millis::from_millis(by.unsigned_abs()).min(unnoticed);
            (at, if by > 0 { seen } else { Millis::ZERO }, unnoticed)
        });
        let late = self.crystal.late.iter();
        let late = late.map(|&(at, by)| (at, Millis::ZERO, by));
        let mut bends: Vec<(SimTime, Millis, Millis)> = jumps.chain(late).collect();
        bends.retain(|&(at, ..)| at < self.lives[self.life(at)].until);
        let jumps = self.crystal.jumps.iter();
        let unseen = jumps.filter(|&&(at, _)| self.lives[self.life(at)].until <= at);
        let unseen = unseen.map(|&(_, by)| Millis::from_millis(by.unsigned_abs()));
        self.unseen = unseen.fold(Millis::ZERO, |sum, by| sum + by);
        bends.sort_unstable();
        let mut sum = (Millis::ZERO, Millis::ZERO);
        self.bends = bends
            .into_iter()
            .map(|(at, more, less)| {
                sum = (sum.0 + more, sum.1 + less);
                Bend {
                    at,
                    more: sum.0,
                    less: sum.1,
                }
            })
            .collect();
    }

    /// The sum of all bends up to an instant, or before it.
    fn bent(&self, at: SimTime, before: bool) -> Bend {
        let behind = self
            .bends
            .partition_point(|bend| if before { bend.at < at } else { bend.at <= at });
        let last = behind.checked_sub(1).map(|last| self.bends[last]);
        last.unwrap_or(Bend {
            at: SimTime::ZERO,
            more: Millis::ZERO,
            less: Millis::ZERO,
        })
    }

    /// The index of the life in which an instant lies, or after which.
    fn life(&self, at: SimTime) -> usize {
        self.lives.partition_point(|life| life.from <= at).max(1) - 1
    }

    /// What the crystal has counted of this life and the earlier ones up to an instant.
    fn running(&self, life: usize, at: SimTime) -> Millis {
        let life = self.lives[life];
        life.before + self.shown(life.from, at.min(life.until).max(life.from))
    }
}
