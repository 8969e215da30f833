//! A pump and its run: what the questions of the other files have in common.

use super::bolus::Bolus;
use super::heard::Heard;
use super::moment::Moment;
use super::reason::Reason;
use super::stall::Stalls;
use super::time::{Passed, TherapyTime};
use crate::boundary::{Answer, Boundary, Cause, Hurt};
use crate::losses::{Loss, losses};
use crate::read_alarms::Readings;
use crate::told::Known;
use thecal_plan::{Condition, Profile, Promises, Request, Therapy};
use thecal_units::{Millis, SimTime};

/// A pump and its run.
#[derive(Debug)]
pub(super) struct Pump<'a> {
    pub(super) boundary: &'a Boundary<'a>,
    pub(super) profile: &'a Profile,
    pub(super) heard: Heard,
    /// Writes that its memory did not take.
    pub(super) losses: Vec<Loss>,
    /// What was read of its memory alarm.
    pub(super) memory_alarm: Readings,
    pub(super) time: TherapyTime<'a>,
    pub(super) stalls: Stalls,
    /// Boots at which resets in close succession end in the safe state, perhaps or surely.
    pub(super) troubled: Vec<(Moment, Known)>,
    /// When the supply was first lower than where a battery ends.
    pub(super) low_since: SimTime,
    /// From start to end, that of the longest bolus of the run.
    pub(super) longest_bolus: Millis,
}

/// When the supply was first lower than where a battery ends.
fn low_since(boundary: &Boundary<'_>, promises: &Promises) -> SimTime {
    let limit = promises.low_mv();
    let mut supply = boundary.supply.iter();
    let low = supply.find(|&&(_, lowest)| lowest < limit);
    low.map_or(SimTime::NEVER, |&(at, _)| at)
}

impl<'a> Pump<'a> {
    /// Reads the histories once.
    pub(super) fn of(boundary: &'a Boundary<'a>, profile: &'a Profile) -> Self {
        let heard = Heard::of(boundary, profile);
        let end = Moment::pins(SimTime::NEVER);
        let boluses = heard.boluses.before(end).iter();
        let recorded = boluses.clone().filter(|(_, bolus)| !bolus.torn);
        let recorded = recorded.map(|&(moment, _)| moment.at).collect();
        let longest_bolus = boluses.map(|(_, bolus)| bolus.longest).max();
        let promises = &profile.requests;
        let time = TherapyTime::of(boundary, promises, profile.unnoticed, recorded);
        let stalls = Stalls::of(boundary, &time, &heard, &profile.stall);
        let mut pump = Self {
            boundary,
            profile,
            heard,
            losses: losses(boundary),
            memory_alarm: Readings::of(boundary, profile.alarm_of(Condition::Memory)),
            troubled: Vec::new(),
            time,
            stalls,
            low_since: low_since(boundary, promises),
            longest_bolus: longest_bolus.unwrap_or(Millis::ZERO),
        };
        pump.troubled = pump.troubles(promises);
        pump.resolve();
        pump
    }

    /// The prescriptions that may be in force; `None` is none.
    pub(super) fn therapies(&self, moment: Moment) -> Vec<Option<&Therapy>> {
        let may_be = self.heard.therapies_at(moment).iter();
        let mut may_be: Vec<Option<&Therapy>> = may_be.map(Option::as_ref).collect();
        let lost = self.damaged_since(moment, self.last_commit(moment));
        if lost && !may_be.contains(&None) {
            may_be.push(None);
        }
        may_be
    }

    /// When a prescription was last put in force for certain.
    pub(super) fn last_commit(&self, moment: Moment) -> SimTime {
        let commits = self.heard.commits.before(moment);
        let sure = commits.iter().rfind(|(_, obeyed)| obeyed.surely());
        sure.map_or(SimTime::ZERO, |(at, _)| at.at)
    }

    /// Whether the pump has booted between an instant and a moment and may have found then that a record
    /// of its memory was lost, or what it wrote there with damage in RAM. It checks them all at each boot
    /// (REQ-POST-001).
    pub(super) fn damaged_since(&self, moment: Moment, since: SimTime) -> bool {
        let injuries = self.boundary.injuries.iter();
        let mut memory = injuries
            .filter(|injury| matches!(injury.hurt, Hurt::Memory | Hurt::Volatile | Hurt::Image));
        memory.any(|injury| {
            let found = self.first_boot(injury.at);
            found.is_some_and(|found| since <= found && found <= moment.at)
        })
    }

    /// Whether memory was damaged that the pump may not have found yet, or has found less than this long
    /// ago: at a boot, or when it looked at its grants. A damaged grant counts as one at its discovery
    /// (REQ-BOL-008).
    pub(super) fn grant_damaged_within(&self, moment: Moment, span: Millis) -> bool {
        let injuries = self.boundary.injuries.iter();
        let mut memory = injuries.filter(|injury| injury.hurt == Hurt::Memory);
        memory.any(|injury| {
            let found = self
                .first_boot(injury.at)
                .map_or(SimTime::NEVER, |boot| self.asked(boot));
            let recent = self.time.passed(found.min(moment.at), moment.at).least < span;
            injury.at <= moment.at && recent
        })
    }

    /// When a patient first asked for a bolus from an instant on.
    fn asked(&self, from: SimTime) -> SimTime {
        let packets = &self.boundary.packets;
        let behind = packets.partition_point(|packet| packet.at < from);
        let mut packets = packets[behind..].iter();
        let asked = packets.find(|packet| matches!(packet.request, Request::PatientBolus { .. }));
        asked.map_or(SimTime::NEVER, |packet| packet.at)
    }

    /// How long ago a bolus started, as the pump may count it.
    pub(super) fn since(&self, from: Moment, bolus: &Bolus, moment: Moment) -> Passed {
        if bolus.torn {
            self.time.passed_torn(from.at, moment.at)
        } else {
            self.time.passed(from.at, moment.at)
        }
    }

    /// Whether the pump's program or what it holds in RAM may be damaged, so that it may do anything.
    pub(super) fn is_wild(&self, at: SimTime) -> bool {
        let boot = self.last_boot(at);
        self.boundary.injuries.iter().any(|injury| {
            let since = match injury.hurt {
                Hurt::Volatile => boot,
                Hurt::Image | Hurt::Owed => SimTime::ZERO,
                Hurt::Memory | Hurt::Exchange => return false,
            };
            since <= injury.at && injury.at <= at
        })
    }

    /// Whether the pump may do anything, and whether it may have forgotten why it has to refuse.
    pub(super) fn doubt(&self, at: SimTime) -> (bool, bool) {
        (self.is_wild(at), self.may_forget(at))
    }

    /// Whether the pump has booted between two moments.
    pub(super) fn booted(&self, from: Moment, moment: Moment) -> bool {
        let boots = &self.boundary.boots;
        let first = boots.partition_point(|boot| Moment::boot(boot) <= from);
        let next = boots.get(first);
        next.is_some_and(|boot| Moment::boot(boot) < moment)
    }

    fn last_boot(&self, at: SimTime) -> SimTime {
        let boots = &self.boundary.boots;
        let begun = boots.partition_point(|boot| boot.at <= at);
        let last = begun.checked_sub(1).map(|last| boots[last].at);
        last.unwrap_or(SimTime::ZERO)
    }

    fn first_boot(&self, at: SimTime) -> Option<SimTime> {
        let boots = &self.boundary.boots;
        let before = boots.partition_point(|boot| boot.at < at);
        boots.get(before).map(|boot| boot.at)
    }

    /// Steps moved between two instants.
    pub(super) fn moved(&self, from: SimTime, until: SimTime) -> u64 {
        self.boundary.steps_between(from, until)
    }

    /// Pulses driven between two instants, whether or not they moved the motor.
    pub(super) fn driven(&self, from: SimTime, until: SimTime) -> u64 {
        let missed = self.boundary.missed_by(until) - self.boundary.missed_by(from);
        self.moved(from, until) + missed
    }

    /// Steps of a count that the resets between two instants may have lost.
    pub(super) fn lost_steps(&self, from: SimTime, until: SimTime) -> u64 {
        let lost = self.profile.requests.lost_at_reset;
        let resets = self.time.resets(from, until);
        lost.whole_parts(self.boundary.step).saturating_mul(resets)
    }

    /// The boots with which the last of several resets in close succession ends in the safe state
    /// (REQ-POST-005 and -011).
    fn troubles(&self, promises: &Promises) -> Vec<(Moment, Known)> {
        let mut troubled = Vec::new();
        // How many there were in a row, surely and perhaps.
        let (mut surely, mut perhaps) = (0, 0);
        let mut last: Option<SimTime> = None;
        let boots = self.boundary.boots.iter().skip(1);
        for boot in boots.filter(|boot| matches!(boot.cause, Cause::Watchdog | Cause::BrownOut)) {
            let since = last.unwrap_or(boot.at);
            let apart = self.time.shown(since, boot.at);
            let unsure = self.time.bent_between(since, boot.at);
            let (first, now) = (Moment::pins(since), Moment::boot(boot));
            let commits = self.heard.commits.between(first, now);
            surely = if apart + unsure <= promises.close && commits.is_empty() {
                surely + 1
            } else {
                1
            };
            let ended = commits.iter().any(|(_, obeyed)| obeyed.surely());
            perhaps = if apart.saturating_sub(unsure) <= promises.close && !ended {
                perhaps + 1
            } else {
                1
            };
            let mut lost = self.boundary.lost_writes.iter();
            // What the memory did not take of the count begins anew with the next reset.
            let uncounted = lost.any(|at| since <= *at && *at <= boot.at);
            if boot.cut_short || uncounted {
                surely = 0;
            }
            if surely >= promises.troubles {
                troubled.push((now, Known::Yes));
            } else if perhaps >= promises.troubles {
                troubled.push((now, Known::Either));
            }
            last = Some(boot.at);
        }
        troubled
    }

    /// Settles boluses whose answer was lost: a denial in the lockout that nothing else explains says
    /// that one was granted.
    fn resolve(&mut self) {
        let end = Moment::pins(SimTime::NEVER);
        let lost = self.heard.boluses.before(end).iter();
        let lost = lost.filter(|(_, bolus)| bolus.patient && bolus.in_doubt);
        let settled = lost.map(|&(moment, _)| moment);
        let settled: Vec<Moment> = settled.filter(|&moment| self.counted(moment)).collect();
        for moment in settled {
            if let Some(bolus) = self.heard.boluses.at_mut(moment) {
                bolus.in_doubt = false;
            }
        }
    }

    /// Whether a later denial says that the bolus of this moment was granted.
    fn counted(&self, granted: Moment) -> bool {
        let packets = self.boundary.packets.iter().enumerate();
        let behind =
            packets.skip_while(|(index, packet)| Moment::packet(*index, packet) <= granted);
        let mut decided = behind.filter_map(|(index, packet)| {
            let locked = match packet.answer {
                Some(Answer::Denied(reason)) if reason == Reason::Lockout.denial() => true,
                Some(Answer::Granted) => false,
                _ => return None,
            };
            Some((Moment::packet(index, packet), locked))
        });
        let Some((denied, true)) = decided.next() else {
            return false;
        };
        let [Some(therapy)] = self.heard.therapies_at(denied) else {
            return false;
        };
        let others = |moment: Moment, _: &Bolus| moment != granted;
        let unexplained = |lockout: Millis| self.locked_out(denied, lockout, others) == Known::No;
        let bolus = therapy.patient_bolus;
        bolus.is_some_and(|bolus| unexplained(bolus.lockout))
    }
}
