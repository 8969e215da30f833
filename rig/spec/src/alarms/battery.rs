//! The alarms of the battery. Which reading was a check under load only the pump knows: so its log says
//! when it found the battery low, and the supply that the pins showed says whether it could.

use super::reason::Reason;
use crate::boundary::Boundary;
use crate::told::{Known, Told};
use thecal_plan::{Condition, LogKind};
use thecal_units::Millis;

/// Limit of the loaded voltage that ends the infusion. Source: REQ-BAT-004. A prediction may be 0.1 V
/// below what was shown (REQ-BAT-007). Unit: mV.
const END_MV: u16 = 2_300;

/// When the pump says that the battery is low; replacement is due below `replacement_mv`.
pub(super) fn reasons(
    boundary: &Boundary<'_>,
    told: &Told,
    condition: Condition,
    replacement_mv: u16,
) -> Vec<Reason> {
    let (kind, limit_mv) = match condition {
        Condition::ElectiveReplacement => (LogKind::ElectiveReplacement, replacement_mv),
        // 90 days after replacement became due the voltage no longer matters.
        Condition::EndOfService => (LogKind::EndOfService, replacement_mv),
        _ => (LogKind::ServiceEnded, END_MV),
    };
    let entries = boundary.log.entries.iter();
    let entries = entries.filter(|entry| entry.kind == kind);
    let shown = |at| {
        let mut supply = boundary.supply.iter();
        supply.any(|&(then, mv)| then <= at && mv <= limit_mv)
    };
    let started = |at| {
        let mut orders = told.running.iter();
        let start = orders.find(|it| it.at > at && it.value != Known::No);
        let at = start.map_or(boundary.end, |start| start.at);
        (at, at)
    };
    entries
        .filter(|entry| shown(entry.at))
        .map(|entry| Reason {
            early: entry.at.before(Millis::SECOND),
            late: Some(entry.at + Millis::SECOND),
            ends: match condition {
                Condition::EndedWithBattery => started(entry.at),
                _ => (boundary.end, boundary.end),
            },
        })
        .collect()
}
