//! How many entries of a code that may repeat are in store: a share at first and at most, one less with each
//! entry, and one more with each whole day of the pump's time in which none was left out (REQ-LOG-019).

use crate::boundary::{Boundary, Entry, Hurt};
use std::collections::BTreeSet;
use thecal_plan::{LogKind, Profile};
use thecal_units::SimTime;

/// The day of an entry, counted from the pump's begin.
fn day_of(entry: &Entry, profile: &Profile) -> u64 {
    entry.clock.as_millis() / profile.record.share_again.as_millis()
}

/// The first entry of a kind for which none can have been in store, and how many have come by then.
pub(super) fn first_beyond<'b>(
    boundary: &Boundary<'b>,
    profile: &Profile,
    kind: LogKind,
) -> Option<(&'b Entry, usize)> {
    let share = u64::from(profile.record.share);
    let (mut store, mut day) = (share, 0);
    let mut before = SimTime::ZERO;
    let entries = boundary.log.entries.iter();
    for (nth, entry) in entries.filter(|it| it.kind == kind).enumerate() {
        let now = day_of(entry, profile);
        store = (store + now.saturating_sub(day)).min(share);
        day = now;
        // The record of what was left out may be lost at a boot, and begins anew (REQ-MEM-012).
        let mut injuries = boundary.injuries.iter();
        let mut boots = boundary.boots.iter();
        if injuries.any(|it| it.hurt != Hurt::Exchange && it.at <= entry.at)
            && boots.any(|boot| before <= boot.at && boot.at <= entry.at)
        {
            store = share;
        }
        before = entry.at;
        if store == 0 {
            return Some((entry, nth + 1));
        }
        store -= 1;
    }
    None
}

/// Whether an entry of a kind was certainly in store at the end of a day: what was logged by then has taken its
/// own, and each day adds one unless something may have been left out in it.
pub(super) fn has_room(
    profile: &Profile,
    (logged, lost): (&[&Entry], usize),
    counted: &BTreeSet<u64>,
    until: u64,
) -> bool {
    let share = u64::from(profile.record.share);
    let mut store = share.saturating_sub(lost as u64);
    for day in 0..=until {
        let is_added = day > 0 && !counted.contains(&(day - 1));
        store = (store + u64::from(is_added)).min(share);
        let taken = logged.iter().filter(|it| day_of(it, profile) == day);
        store = store.saturating_sub(taken.count() as u64);
    }
    store > 0
}
