//! What follows from the checks of the battery: three low ones in a row, and a second source for its end.

use super::checks::{BOLUS, LOW_MV, Load, SPILL};
use super::run::{Motor, TICK};
use crate::boundary::{Cause, Entry};
use crate::clock::SLEEP;
use crate::rule::{Opinion, Rule};
use crate::told::Known;
use thecal_plan::LogKind;
use thecal_units::{Millis, SimTime};

pub(super) static FOUND: Rule = Rule {
    name: "battery-found-low",
    requirement: "REQ-BAT-002",
    text: "replacement is due at the third check in a row below 2.5 V, the end of service at the third below 2.3 V or 90 days later, and neither before",
    core: false,
};
pub(super) static ENDED: Rule = Rule {
    name: "two-sources-end-the-infusion",
    requirement: "REQ-BAT-004",
    text: "the battery ends the infusion at the third check in a row below 2.2 V since the last start, with a brown-out outside a bolus within a day or the 90 days over, and not otherwise",
    core: false,
};

/// Checks in a row that find the battery low. Source: REQ-BAT-002 to REQ-BAT-004.
const IN_A_ROW: usize = 3;
/// Source: REQ-BAT-003. Unit: mV.
const END_MV: u16 = 2_300;
/// Source: REQ-BAT-004. Unit: mV.
const STOP_MV: u16 = 2_200;
/// From replacement to the end of service. Source: REQ-BAT-003.
const RESERVE: Millis = Millis::DAY.times(90);

impl Motor<'_> {
    pub(super) fn judge_battery(&self, loads: &[Load], opinion: &mut Opinion) {
        let boundary = self.boundary;
        let end = boundary.end;
        let therapies = self.told.therapies.iter();
        let unseen = !therapies.map(|it| it.at).all(|at| self.is_slow(at));
        if boundary.status.is_none()
            || boundary.log.first > 0
            || unseen
            || self.is_hurt(end)
            || !boundary.injuries.is_empty()
            || self.jumped(SimTime::ZERO, end)
            // A load that a packet may have cut counts or does not.
            || loads.iter().any(|load| load.unsure)
        {
            return;
        }
        let checks = loads
            .iter()
            .filter_map(|load| Some((load.at, load.loaded_mv()?)));
        let checks: Vec<(SimTime, u16)> = checks.collect();
        let replacement = self.first_of(LogKind::ElectiveReplacement);
        let end_of_service = self.first_of(LogKind::EndOfService);
        self.found(
            &checks,
            (LOW_MV, SimTime::ZERO),
            (replacement, SimTime::NEVER),
            opinion,
        );
        if let Some(replacement) = replacement {
            let over = boundary.crystal.after(replacement.at, RESERVE);
            let limit = (END_MV, replacement.at);
            self.found(
                &checks,
                limit,
                (end_of_service, over.before(SLEEP)),
                opinion,
            );
        }
        self.ended(&checks, (replacement, end_of_service), opinion);
    }

    fn first_of(&self, kind: LogKind) -> Option<&Entry> {
        let mut entries = self.boundary.log.entries.iter();
        entries.find(|entry| entry.kind == kind)
    }

    /// An entry that follows from three low checks in a row, not before an instant, or from the calendar.
    fn found(
        &self,
        checks: &[(SimTime, u16)],
        (limit_mv, not_before): (u16, SimTime),
        (entry, calendar): (Option<&Entry>, SimTime),
        opinion: &mut Opinion,
    ) {
        let found = third_low(checks, limit_mv, SimTime::ZERO);
        let found = found.map(|at| at.max(not_before));
        let allowed = format!("three checks in a row below {limit_mv} mV");
        match entry {
            Some(entry) => {
                opinion.judged(&FOUND);
                let by_checks = found.is_some_and(|found| found <= entry.at + TICK);
                if !by_checks && entry.at < calendar {
                    let observed = format!("logged without: {}", entry.text);
                    opinion.differs(&FOUND, entry.at, observed, allowed);
                }
            }
            None => {
                let Some(found) = found.filter(|at| *at + SLEEP < self.boundary.end) else {
                    return;
                };
                opinion.judged(&FOUND);
                opinion.differs(&FOUND, found, "nothing logged", allowed);
            }
        }
    }

    /// The end of the infusion, each time.
    fn ended(
        &self,
        checks: &[(SimTime, u16)],
        (replacement, end_of_service): (Option<&Entry>, Option<&Entry>),
        opinion: &mut Opinion,
    ) {
        let over = replacement.map_or(SimTime::NEVER, |replacement| {
            self.boundary.crystal.after(replacement.at, RESERVE)
        });
        let entries = self.boundary.log.entries.iter();
        let ends: Vec<&Entry> = entries
            .filter(|entry| entry.kind == LogKind::ServiceEnded)
            .collect();
        let mut since = SimTime::ZERO;
        for end in &ends {
            opinion.judged(&ENDED);
            let low = third_low(checks, STOP_MV, since);
            let low = low.is_some_and(|low| low <= end.at + TICK);
            let second = over <= end.at + SLEEP || self.brown_out(since, end.at, true).is_some();
            if !low || !second {
                let observed = if low {
                    "ended by one source"
                } else {
                    "ended without three low checks"
                };
                opinion.differs(&ENDED, end.at, observed, "three checks and a second source");
            }
            let mut starts = self.told.running.iter();
            let start = starts.find(|it| it.value != Known::No && it.at > end.at);
            since = start.map_or(SimTime::NEVER, |start| start.at);
        }
        let Some(found) = end_of_service.filter(|_| ends.is_empty()) else {
            return;
        };
        let third = third_low(checks, STOP_MV, SimTime::ZERO);
        let due = third.map(|third| third.max(found.at + TICK));
        let due = due.filter(|due| *due + SLEEP < self.boundary.end);
        if let Some(due) = due
            && self.brown_out(SimTime::ZERO, due, false).is_some()
        {
            opinion.judged(&ENDED);
            let allowed = "its end: three checks below 2.2 V and a brown-out";
            opinion.differs(&ENDED, due, "the infusion goes on", allowed);
        }
    }

    /// A brown-out within a day that may be a source of the battery's end; `perhaps`: also one of which that
    /// is not certain.
    fn brown_out(&self, since: SimTime, at: SimTime, perhaps: bool) -> Option<SimTime> {
        let boots = self.boundary.boots.iter().skip(1);
        let brown_outs = boots.filter(|boot| boot.cause == Cause::BrownOut);
        let mut recent = brown_outs.filter(|boot| {
            let age = at.since(boot.at);
            since <= boot.at && boot.at <= at && age + Millis::MINUTE < Millis::DAY
                || perhaps && since <= boot.at && boot.at <= at && age <= Millis::DAY + TICK
        });
        let source = recent.find(|boot| {
            if perhaps {
                !self.is_in_bolus(boot.at)
            } else {
                // Another reset right behind it comes before its record.
                let recorded = !boot.cut_short && !self.is_cut(boot.at, boot.at + SPILL);
                recorded && self.no_bolus(boot.at, boot.at)
            }
        });
        source.map(|boot| boot.at)
    }

    /// Whether a patient's or a clinician's bolus was certainly being given when the power failed.
    fn is_in_bolus(&self, boot: SimTime) -> bool {
        let mut absences = self.boundary.absences.iter().rev();
        let away = absences.find(|it| it.from <= boot && boot <= it.until);
        let at = away.map_or(boot, |away| away.from);
        let within = |begun: SimTime, duration: Millis| {
            begun <= at
                && at + Millis::MINUTE < begun + duration
                && !self.booted(begun, at.before(Millis::from_millis(1)))
        };
        let patients = self.told.grants.iter().filter(|it| !it.in_doubt);
        let mut patients = patients.filter_map(|it| {
            let bolus = self.told.therapy_at(it.at)?.patient_bolus?;
            Some((it.at, bolus.duration))
        });
        let ordered = self.told.ordered.iter().filter(|it| !it.in_doubt);
        let mut ordered = ordered.map(|it| (it.at, it.duration));
        // A bolus of which the memory holds nothing is none to the boot behind it.
        let mut lost = self.boundary.lost_writes.iter();
        if lost.any(|it| *it <= at && at.since(*it) <= BOLUS) {
            return false;
        }
        let stopped = |begun: SimTime| {
            let mut stops = self.told.running.iter();
            stops.any(|it| begun <= it.at && it.at <= at)
        };
        let found = patients
            .find(|&(begun, duration)| within(begun, duration))
            .or_else(|| ordered.find(|&(begun, duration)| within(begun, duration)));
        found.is_some_and(|(begun, _)| !stopped(begun))
    }
}

/// When a third check in a row was low, counted from an instant on.
fn third_low(checks: &[(SimTime, u16)], limit_mv: u16, since: SimTime) -> Option<SimTime> {
    let checks: Vec<(SimTime, u16)> = checks.iter().copied().filter(|it| it.0 > since).collect();
    let mut rows = checks.windows(IN_A_ROW);
    let row = rows.find(|row| row.iter().all(|&(_, mv)| mv < limit_mv))?;
    row.last().map(|&(at, _)| at)
}
