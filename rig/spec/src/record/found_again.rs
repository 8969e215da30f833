//! Damage that a boot has found is mended: no later boot finds it again (REQ-MEM-009).

use super::rules;
use crate::boundary::{Boundary, Entry, Hurt};
use crate::rule::Opinion;
use thecal_plan::LogKind;
use thecal_units::{Millis, SimTime};

/// A boot has certainly written again what it found damaged. Source: ours; REQ-LOG-003 gives a memory that takes
/// nothing 10 s.
const MENDED: Millis = Millis::MINUTE;

/// Judges each entry of damage that a boot made: something has damaged the memory since the boot before. Damage
/// makes times unsure, so the boots are told by the order of their entries.
pub(super) fn judge(boundary: &Boundary<'_>, opinion: &mut Opinion) {
    let mut injuries = boundary.injuries.iter();
    // An image that is damaged is found by every boot, and no bit of it tells what the pump does.
    if injuries.any(|it| matches!(it.hurt, Hurt::Image | Hurt::Volatile)) {
        return;
    }
    let is_boot = |entry: &Entry| entry.kind == LogKind::PowerOn || entry.kind.is_reset();
    let entries = boundary.log.entries;
    if entries.iter().filter(|it| is_boot(it)).count() != boundary.boots.len() {
        return;
    }
    let mut booted: Option<(usize, &Entry)> = None;
    for entry in entries {
        if is_boot(entry) {
            booted = Some((booted.map_or(0, |(nth, _)| nth + 1), entry));
        }
        let Some((nth, first)) = booted else { continue };
        if entry.kind == LogKind::MemoryFault && entry.clock == first.clock {
            found(boundary, nth, entry, opinion);
        }
    }
}

/// Judges damage that a boot has found.
fn found(boundary: &Boundary<'_>, nth: usize, entry: &Entry, opinion: &mut Opinion) {
    let rule = &rules::MEMORY;
    let Some(boot) = boundary.boots.get(nth) else {
        return;
    };
    let mut before = boundary.boots.iter();
    let before = before.rfind(|it| it.at + MENDED < boot.at && !it.cut_short);
    let Some(before) = before.map(|boot| boot.at) else {
        return;
    };
    let within = |at: SimTime| before.before(MENDED) <= at && at <= boot.at;
    let mut hurt = boundary.injuries.iter().map(|it| it.at);
    let mut lost = boundary.lost_writes.iter().copied();
    opinion.judged(rule);
    if !hurt.any(within) && !lost.any(within) {
        let observed = "logged as damaged once more";
        let allowed = "no entry: the boot before has mended it";
        opinion.differs(rule, entry.at, observed, allowed);
    }
}
