//! How far the time of an entry may be from the instant of its event.
//!
//! The log counts by the pump's crystal and leaves out the jumps that the pump has noticed. What it took
//! for time that passed, or did not notice, stays in all later entries.

use crate::boundary::{Boundary, Hurt};
use crate::clock::SLEEP;
use thecal_plan::Profile;
use thecal_units::{Millis, SimTime};

/// A reading lasts a millisecond, a slow crystal's two; an entry may be of the exchange behind.
const TICKS: Millis = Millis::from_millis(3);
/// Where a jump meets a pump without power, its time goes on from its last record, which is this old at
/// most. Source: REQ-CLK-011, REQ-CLK-012, REQ-BAT-019.
const RECORD: Millis = Millis::MINUTE.times(62);
/// A power cut so soon after an event may come before its entry is written; entries that do not fit into one
/// exchange follow. Source: REQ-LOG-003, REQ-LOG-007.
pub(super) const SPILL: Millis = Millis::from_millis(10);

/// The jumps of what the clock shows: a counter ends where its range ends, and what is beyond is lost.
pub(super) fn jumps(boundary: &Boundary<'_>) -> impl Iterator<Item = (SimTime, i64)> {
    let jumps = boundary.crystal.jumps.iter();
    jumps.scan(0_i64, |jumped, &(at, by)| {
        let before = std::mem::replace(jumped, jumped.saturating_add(by));
        Some((at, jumped.saturating_sub(before)))
    })
}

/// The span in which a jump of the clock meets a pump that cannot see it before it boots: it is away, or a reset
/// comes before it looks at its clock again.
pub(crate) fn unseen(boundary: &Boundary<'_>, at: SimTime) -> Option<(SimTime, SimTime)> {
    let soon = |cut: SimTime| at < cut && cut <= at + SLEEP;
    let mut absences = boundary.absences.iter();
    let away = absences.find(|it| it.from <= at && at <= it.until || soon(it.from));
    let mut boots = boundary.boots.iter();
    // At one instant either may come first.
    let booted = || {
        boots
            .find(|it| it.at == at || soon(it.at))
            .map(|boot| (at, boot.at))
    };
    away.map(|it| (it.from.min(at), it.until)).or_else(booted)
}

/// Whether power failed within an exchange of this span.
pub(super) fn is_torn(boundary: &Boundary<'_>, (from, until): (SimTime, SimTime)) -> bool {
    let mut injuries = boundary.injuries.iter();
    injuries.any(|injury| {
        // What it left is found at the boot.
        let away = boundary.absences.iter();
        let away = away.filter(|it| injury.at <= it.from + TORN && it.from <= injury.at + TORN);
        let found = away.map(|it| it.until).fold(injury.at, SimTime::max);
        injury.hurt == Hurt::Exchange && from.before(TORN) <= found && injury.at <= until + TORN
    })
}

/// From the exchange that was torn to what follows from it in the record. Source: ours, the boot and its first
/// exchanges.
const TORN: Millis = Millis::from_millis(1_000);

/// What bends the log's time, in order: from an instant on, by so much more.
#[derive(Clone, Debug, Default)]
pub(crate) struct LogTime {
    bends: Vec<(SimTime, Millis)>,
    /// Power fails or a reset comes.
    cuts: Vec<SimTime>,
}

impl LogTime {
    pub(crate) fn of(boundary: &Boundary<'_>, profile: &Profile) -> Self {
        let mut bends: Vec<(SimTime, Millis)> = Vec::new();
        let back = boundary.crystal.jumps.iter().any(|&(_, by)| by < 0);
        for &(at, by) in &boundary.crystal.jumps {
            bends.push((at, profile.unnoticed));
            if let Some((from, until)) = unseen(boundary, at) {
                let by = Millis::from_millis(by.unsigned_abs());
                bends.push((at, by + RECORD + until.since(from)));
            }
        }
        if back {
            // A time that the clock no longer shows is read without its crystal's error.
            let off = u128::from(boundary.crystal.ppm.unsigned_abs());
            let off = u128::from(boundary.end.as_millis()) * off / 1_000_000;
            bends.push((
                SimTime::ZERO,
                Millis::from_millis(u64::try_from(off).unwrap_or(u64::MAX)),
            ));
        }
        bends.extend(boundary.crystal.late.iter().copied());
        let hurt = boundary.injuries.iter();
        let hurt = hurt.filter(|injury| injury.hurt != Hurt::Exchange);
        // A pump that has lost its state has lost by how much its clock has jumped, too.
        bends.extend(hurt.map(|injury| {
            let jumps = jumps(boundary).filter(|&(at, _)| at <= injury.at);
            let jumped = jumps.map(|(_, by)| Millis::from_millis(by.unsigned_abs()));
            (injury.at, jumped.fold(RECORD, |sum, by| sum + by))
        }));
        bends.sort_unstable();
        let mut sum = Millis::ZERO;
        for (_, by) in &mut bends {
            sum += *by;
            *by = sum;
        }
        let boots = boundary.boots.iter().skip(1).map(|boot| boot.at);
        let mut cuts: Vec<SimTime> = boundary.absences.iter().map(|it| it.from).collect();
        cuts.extend(boots);
        cuts.sort_unstable();
        Self { bends, cuts }
    }

    /// How far an entry of this instant may be off.
    pub(crate) fn slack(&self, at: SimTime) -> Millis {
        let behind = self.bends.partition_point(|&(from, _)| from <= at);
        let last = behind.checked_sub(1).and_then(|nth| self.bends.get(nth));
        TICKS + last.map_or(Millis::ZERO, |&(_, sum)| sum)
    }

    /// How far the instant of an entry may be from its time: an entry that is behind a clock set back has a
    /// time from before that.
    pub(crate) fn slack_of(&self, entry: SimTime) -> Millis {
        let mut bends = self.bends.iter().rev();
        let last = bends.find(|&&(from, by)| from <= entry + by);
        TICKS + last.map_or(Millis::ZERO, |&(_, sum)| sum)
    }

    /// The earliest time that the entry of an event between two instants may have: what bends the time between
    /// them is in it or not.
    pub(super) fn earliest(&self, from: SimTime, until: SimTime) -> SimTime {
        let within = self.bends.iter().map(|&(at, _)| at);
        let within = within.filter(|at| from < *at && *at <= until);
        let earliest = [from].into_iter().chain(within);
        let earliest = earliest.map(|at| at.before(self.slack(at))).min();
        earliest.unwrap_or(from)
    }

    /// The latest instant of an event whose entry has this time.
    pub(crate) fn latest(&self, entry: SimTime) -> SimTime {
        entry + self.slack_of(entry)
    }

    /// Whether the entry of an event of this instant may have been lost with the power; `boot`: of a boot,
    /// which comes behind the cut of its own instant, and before a second one of that.
    pub(super) fn is_cut(&self, at: SimTime, boot: bool) -> bool {
        let behind = self.cuts.partition_point(|cut| *cut < at);
        let own = boot && self.cuts.get(behind) == Some(&at);
        let next = self.cuts.get(behind + usize::from(own));
        next.is_some_and(|cut| cut.since(at) <= SPILL)
    }
}
