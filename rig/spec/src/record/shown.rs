//! What a pump says of itself: the prescription in force, its mode, its clock, its health.

use super::counts::{is_hurt, number, statuses};
use super::reservoir::Reservoir;
use super::rules;
use super::time::{LogTime, is_torn, jumps};
use crate::boundary::{Answer, Boundary, Health, Pulses, Status};
use crate::requests::{Doing, Questions};
use crate::rule::{Opinion, Rule};
use crate::told::{Known, Told};
use thecal_plan::{LogKind, Profile, Therapy, WEEK};
use thecal_units::{Mass, Millis, SimTime};

/// A reading lasts a millisecond, a slow crystal's two. Source: ours.
const TICKS: u64 = 3;

/// A run, and what was read in it.
pub(super) struct Shows<'a> {
    pub(super) boundary: &'a Boundary<'a>,
    pub(super) profile: &'a Profile,
    pub(super) told: &'a Told,
    pub(super) time: &'a LogTime,
    pub(super) asked: &'a Questions<'a>,
    pub(super) reservoir: &'a Reservoir<'a>,
}

impl Shows<'_> {
    pub(super) fn judge(&self, opinion: &mut Opinion) {
        for (index, status) in statuses(self.boundary) {
            self.mode(index, &status, opinion);
            self.clock(&status, opinion);
        }
        for (index, packet) in self.boundary.packets.iter().enumerate() {
            match packet.answer {
                _ if !packet.is_genuine() => {}
                Some(Answer::Prescription(read)) => {
                    self.prescription((index, packet.at), read, opinion);
                }
                Some(Answer::Health(health)) => self.health((index, packet.at), &health, opinion),
                _ => {}
            }
        }
    }

    fn prescription(&self, (index, at): (usize, SimTime), read: &Therapy, opinion: &mut Opinion) {
        let rule = &rules::PRESCRIPTION;
        let in_force = self.asked.therapies(index);
        if self.asked.is_wild(at) {
            return opinion.either(rule);
        }
        opinion.judged(rule);
        let mut may_be = in_force.iter().flatten();
        if !may_be.any(|therapy| normal(therapy) == *read) {
            let observed = format!("{read:?}");
            let allowed = match in_force.as_slice() {
                [Some(one)] => format!("{:?}", normal(one)),
                several => format!("one of {}", several.len()),
            };
            opinion.differs(rule, at, observed, allowed);
        }
    }

    fn mode(&self, index: usize, status: &Status<'_>, opinion: &mut Opinion) {
        let rule = &rules::MODE;
        if self.asked.is_wild(status.at) {
            return opinion.either(rule);
        }
        let may_be = self.modes(&self.asked.doing(index), status.at);
        if may_be.len() == 1 {
            opinion.judged(rule);
        } else {
            opinion.either(rule);
        }
        if !may_be.contains(&status.mode) {
            opinion.differs(rule, status.at, status.mode, may_be.join(" or "));
        }
    }

    /// The modes that may be shown: in their order up to the first that surely holds (REQ-TEL-028).
    fn modes(&self, doing: &Doing, at: SimTime) -> Vec<&'static str> {
        let names = &self.profile.record.modes;
        let stalls = self.asked.stalls().map(|(stall, _)| stall);
        let stalls = stalls.filter(|stall| *stall <= at);
        // The recovery may be what a torn exchange had written.
        let torn = stalls
            .max()
            .is_some_and(|stall| is_torn(self.boundary, (stall, at)));
        let stalled = match doing.stalled {
            Known::Yes if torn => Known::Either,
            known => known,
        };
        let order: [(Known, &[&'static str]); 11] = [
            (doing.safe, &[names.safe]),
            (doing.unprogrammed, &[names.unprogrammed]),
            (doing.priming, &[names.priming]),
            (doing.stopped, &[names.stopped]),
            (doing.ended, &[names.ended]),
            (doing.held, &[names.held]),
            (doing.empty, &[names.empty]),
            // Whether the motor is only tried no pin shows.
            (stalled, &[names.stalled, names.recovering]),
            (doing.patient_bolus, &[names.patient_bolus]),
            (doing.clinician_bolus, &[names.clinician_bolus]),
            (Known::Yes, &[names.infusing]),
        ];
        let mut may_be = Vec::new();
        for (holds, these) in order {
            if holds != Known::No {
                may_be.extend_from_slice(these);
            }
            if holds == Known::Yes {
                break;
            }
        }
        may_be
    }

    fn clock(&self, status: &Status<'_>, opinion: &mut Opinion) {
        let rule = &rules::CLOCK;
        let crystal = &self.boundary.crystal;
        let counted = crystal.counted(SimTime::ZERO, status.at).as_millis();
        let jumps = jumps(self.boundary).filter(|&(at, _)| at < status.at);
        let jumped = jumps.map(|(_, by)| i128::from(by)).sum::<i128>();
        // A jump of this instant may come before or after it.
        if crystal.jumps.iter().any(|&(at, _)| at == status.at) || self.asked.is_wild(status.at) {
            return opinion.either(rule);
        }
        let due = u64::try_from((i128::from(counted) + jumped).max(0)).unwrap_or(u64::MAX);
        let bounds = (due.saturating_sub(TICKS), due.saturating_add(TICKS));
        number(rule, status.at, status.clock.as_millis(), bounds, opinion);
    }

    fn health(&self, (index, at): (usize, SimTime), health: &Health, opinion: &mut Opinion) {
        if is_hurt(self.boundary, at) {
            return opinion.either(&rules::FLAGS);
        }
        let boots = self.boundary.boots.iter().skip(1);
        let boots: Vec<_> = boots.filter(|boot| boot.packets <= index).collect();
        let cut = boots.iter().filter(|boot| boot.cut_short).count() as u64;
        let resets = boots.len() as u64;
        number(
            &rules::RESETS,
            at,
            health.resets.into(),
            (resets - cut, resets),
            opinion,
        );
        self.calendar(at, health, opinion);
        self.loaded(at, health, opinion);
        self.days(at, health, opinion);
        self.bridge(index, at, health, opinion);
        let flags = [
            (
                self.asked.in_session(index),
                health.in_session,
                "a session is open",
            ),
            (
                self.asked.primed(index),
                health.primed,
                "the catheter counts as full",
            ),
            (self.magnet(at), health.magnet, "a magnet is near"),
        ];
        for (known, shown, what) in flags {
            flag(&rules::FLAGS, at, (known, shown), what, opinion);
        }
    }

    fn magnet(&self, at: SimTime) -> Known {
        let switch = self.boundary.magnet;
        let behind = switch.partition_point(|&(then, _)| then <= at);
        let closed = behind.checked_sub(1).and_then(|last| switch.get(last));
        if closed.is_some_and(|&(_, closed)| closed) {
            Known::Yes
        } else {
            Known::No
        }
    }

    /// The calendar was set by the last commit, and goes on with the crystal.
    fn calendar(&self, at: SimTime, health: &Health, opinion: &mut Opinion) {
        let rule = &rules::CALENDAR;
        let set = self.told.programmed.iter().rfind(|then| **then <= at);
        let unsure = self.told.therapies_at(at).len() > 1;
        let Some(&set) = set.filter(|_| !unsure) else {
            return opinion.either(rule);
        };
        let week = WEEK.as_millis();
        let starts = self.boundary.starts.as_millis() + set.as_millis();
        let due = (starts + self.boundary.crystal.counted(set, at).as_millis()) % week;
        let shown = health.time_of_week.as_millis() % week;
        let off = due.abs_diff(shown);
        let off = off.min(week - off);
        let slack = self.time.slack(at).as_millis() + Millis::SECOND.as_millis();
        opinion.judged(rule);
        if off > slack {
            let words = |time: u64| thecal_plan::week_in_words(Millis::from_millis(time));
            let observed = format!("{}, {off} ms off", words(shown));
            opinion.differs(rule, at, observed, words(due));
        }
    }

    /// What the last check showed, the supply has shown since.
    fn loaded(&self, at: SimTime, health: &Health, opinion: &mut Opinion) {
        let rule = &rules::LOADED;
        let Some(loaded) = health.loaded_mv else {
            return opinion.either(rule);
        };
        let within = self.profile.record.loaded_within + Millis::HOUR + self.time.slack(at);
        let supply = self.boundary.supply;
        let since = at.before(within);
        // What is listed first holds from the change before.
        let from = supply
            .partition_point(|&(then, _)| then < since)
            .saturating_sub(1);
        let shown = supply.get(from..).unwrap_or_default().iter();
        let shown = shown
            .take_while(|&&(then, _)| then <= at)
            .map(|&(_, mv)| mv);
        let Some((low, high)) = shown.fold(None, |bounds: Option<(u16, u16)>, mv| {
            Some(bounds.map_or((mv, mv), |(low, high)| (low.min(mv), high.max(mv))))
        }) else {
            return opinion.either(rule);
        };
        let low = low.saturating_sub(LISTED_MV);
        let low = self.predicted(since, at).map_or(low, |mv| low.min(mv));
        let bounds = (u64::from(low), u64::from(high));
        number(rule, at, loaded.into(), bounds, opinion);
    }

    /// The lowest voltage that two loads in a span predict: the third adds twice what the second has added to
    /// the droop of the first (REQ-BAT-007).
    fn predicted(&self, since: SimTime, at: SimTime) -> Option<u16> {
        let drives = self.boundary.drives.iter();
        let drives = drives.filter(|drive| since <= drive.at && drive.at <= at);
        let mut first: Option<u16> = None;
        let predicted = drives.filter_map(|drive| {
            let Pulses::Train { period_us, .. } = drive.pulses else {
                return None;
            };
            let mv = drive.loaded_mv?;
            match period_us {
                FIRST_US => {
                    first = Some(first.map_or(mv, |before| before.max(mv)));
                    None
                }
                SECOND_US => Some(mv.saturating_sub(first?.saturating_sub(mv).saturating_mul(2))),
                _ => None,
            }
        });
        predicted.min()
    }

    fn days(&self, at: SimTime, health: &Health, opinion: &mut Opinion) {
        let rule = &rules::DAYS;
        let mut entries = self.boundary.log.entries.iter();
        let due = entries.find(|entry| entry.kind == LogKind::ElectiveReplacement);
        let slack = self.time.slack(at);
        let due = due.filter(|entry| entry.at <= at + slack);
        let known = self.boundary.status.is_some() && self.boundary.log.first == 0;
        match (due, health.replacement_days) {
            (Some(due), Some(days)) => {
                let passed = self.boundary.crystal.counted(due.at, at).as_millis();
                let day = Millis::DAY.as_millis();
                let slack = slack.as_millis();
                let bounds = (passed.saturating_sub(slack) / day, (passed + slack) / day);
                number(rule, at, days.into(), bounds, opinion);
            }
            (None, None) => opinion.judged(rule),
            _ if !known => opinion.either(rule),
            (Some(due), None) if at <= due.at + slack => opinion.either(rule),
            (_, days) => {
                opinion.judged(rule);
                let observed = days.map_or("not due".to_owned(), |days| format!("{days} days"));
                opinion.differs(rule, at, observed, "what the log says of the replacement");
            }
        }
    }

    fn bridge(&self, index: usize, at: SimTime, health: &Health, opinion: &mut Opinion) {
        let known = self.asked.bridging(index);
        let shown = health.bridge_steps > 0;
        flag(
            &rules::OLD_DRUG,
            at,
            (known, shown),
            "old drug is left",
            opinion,
        );
        let left = self.reservoir.old_drug(index, self.profile.tubing);
        if let Some(bounds) = left.filter(|_| known == Known::Yes) {
            number(&rules::OLD_DRUG, at, health.bridge_steps, bounds, opinion);
        }
    }
}

/// What the list of the supply leaves out. Source: boundary.rs. Unit: mV.
const LISTED_MV: u16 = 10;
/// Periods of the two loads that predict the third. Source: REQ-BAT-001. Unit: microsecond.
const FIRST_US: u32 = 72_000;
const SECOND_US: u32 = 36_000;

/// Something that is shown as it is.
fn flag(
    rule: &'static Rule,
    at: SimTime,
    (known, shown): (Known, bool),
    what: &str,
    opinion: &mut Opinion,
) {
    let right = match known {
        Known::Either => return opinion.either(rule),
        Known::Yes => shown,
        Known::No => !shown,
    };
    opinion.judged(rule);
    if !right {
        let words = |yes: bool| format!("{what}: {}", if yes { "yes" } else { "no" });
        opinion.differs(rule, at, words(shown), words(!shown));
    }
}

/// A therapy as a pump may show it: a patient bolus of nothing is none.
pub(super) fn normal(therapy: &Therapy) -> Therapy {
    Therapy {
        patient_bolus: therapy
            .patient_bolus
            .filter(|bolus| bolus.dose > Mass::ZERO),
        ..*therapy
    }
}
