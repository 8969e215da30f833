//! The alarms of the battery. Which reading was a check under load only the pump knows: so its log says
//! when it found the battery low, and the supply that the pins showed says whether it could.

use super::reason::Reason;
use crate::boundary::Boundary;
use crate::record::time::LogTime;
use crate::told::{Known, Told};
use thecal_plan::{Condition, LogKind, Profile};
use thecal_units::{Millis, SimTime};

/// When the pump says that the battery is low; the supply must have come so far that it may.
pub(super) fn reasons(
    boundary: &Boundary<'_>,
    told: &Told,
    condition: Condition,
    profile: &Profile,
) -> Vec<Reason> {
    let low_mv = profile.requests.low_mv();
    let time = LogTime::of(boundary, profile);
    let kind = match condition {
        Condition::ElectiveReplacement => LogKind::ElectiveReplacement,
        Condition::EndOfService => LogKind::EndOfService,
        _ => LogKind::ServiceEnded,
    };
    let entries = boundary.log.entries.iter();
    let entries = entries.filter(|entry| entry.kind == kind);
    let shown = |at| {
        let mut supply = boundary.supply.iter();
        supply.any(|&(then, mv)| then <= at && mv <= low_mv)
    };
    let started = |at| {
        let mut orders = told.running.iter();
        let start = orders.find(|it| it.at > at && it.value != Known::No);
        let at = start.map_or(boundary.end, |start| start.at);
        (at, at)
    };
    let found = entries.filter(|entry| shown(entry.at)).map(|entry| {
        let slack = Millis::SECOND + time.slack_of(entry.at);
        Reason {
            early: entry.at.before(slack),
            late: Some(entry.at + slack),
            ends: match condition {
                Condition::EndedWithBattery => started(entry.at),
                _ => (boundary.end, boundary.end),
            },
        }
    });
    let mut found: Vec<Reason> = found.collect();
    // Of what the log does not reach the supply alone tells.
    if !boundary.log_reaches(SimTime::ZERO) {
        let mut supply = boundary.supply.iter();
        let low = supply.find(|&&(_, mv)| mv <= low_mv);
        found.extend(low.map(|&(at, _)| Reason::perhaps(at, boundary.end)));
    }
    found
}
