//! What is written before the motor moves, and how often the time is.

use super::checks::is_load;
use super::run::{Motor, TICK};
use crate::boundary::{Answer, Packet, Pulses};
use crate::clock::SLEEP;
use crate::rule::{Opinion, Rule};
use crate::told::Known;
use thecal_plan::{Infusion, Profile, Request};
use thecal_units::{Millis, SimTime};

pub(super) static WAITS: Rule = Rule {
    name: "bolus-waits-for-its-record",
    requirement: "REQ-BOL-007",
    text: "no step of a bolus is driven in the exchange that grants it: its record is not durable yet",
    core: false,
};
pub(super) static RECORDS: Rule = Rule {
    name: "time-is-recorded",
    requirement: "REQ-CLK-012",
    text: "a programmed pump writes to its memory soon after a reset, and at the prescribed interval at least",
    core: false,
};

pub(super) static SELDOM: Rule = Rule {
    name: "time-is-recorded-ever-less-often",
    requirement: "REQ-CLK-012",
    text: "while a stopped pump is left alone its records come at intervals that double up to the prescribed one",
    core: false,
};

/// By then the intervals have doubled up to an hour. Source: REQ-CLK-012.
const DOUBLED: Millis = Millis::HOUR.times(3);
/// Records beside those of the time, such as of the first that meets the hour. Source: ours.
const OTHERS: u64 = 4;
/// Records of what an entry of the log tells, such as of an alarm that is raised: itself, the state, what is
/// under way. Source: ours.
const OF_AN_ENTRY: u64 = 3;

impl Motor<'_> {
    /// The exchange of a grant begins no train of a bolus.
    pub(super) fn waits(&self, opinion: &mut Opinion) {
        for packet in &self.boundary.packets {
            let granted = matches!(
                (packet.request, packet.answer),
                (Request::PatientBolus { .. }, Some(Answer::Granted))
                    | (Request::ClinicianBolus { .. }, Some(Answer::Done))
            );
            if !granted || !packet.is_genuine() || !self.is_alone(packet) {
                continue;
            }
            opinion.judged(&WAITS);
            if self.begins_faster(packet.at) {
                opinion.differs(
                    &WAITS,
                    packet.at,
                    "a faster train in the exchange of the grant",
                    "none before the next exchange",
                );
            }
        }
    }

    /// Whether nothing but a packet happens at its instant.
    fn is_alone(&self, packet: &Packet<'_>) -> bool {
        let at = packet.at;
        let same = self.boundary.packets.iter().filter(|it| it.at == at);
        let therapies = self.told.therapies_at(at);
        let stepped = therapies
            .iter()
            .any(|it| matches!(it.infusion, Infusion::Flex(_)));
        // The end of a bolus that replaced the infusion, at the same instant, makes it faster as well.
        let mut others = self.told.grants.iter().map(|it| it.at);
        let mut ordered = self.told.ordered.iter().map(|it| it.at);
        let before = |then: SimTime| then < at && at.since(then) <= Millis::DAY;
        same.count() == 1
            && !others.any(before)
            && !ordered.any(before)
            && !stepped
            && !self.booted(at, at)
            && !self.is_hurt(at)
            && !self.jumped(at.before(SLEEP), at)
    }

    /// Whether a train begins at an instant that is faster than what was driven before, and no load.
    fn begins_faster(&self, at: SimTime) -> bool {
        let drives = self.boundary.drives;
        let behind = drives.partition_point(|drive| drive.at < at);
        let period = |nth: usize| match drives.get(nth)?.pulses {
            pulses @ Pulses::Train { period_us, .. } if !is_load(pulses) => Some(period_us),
            _ => None,
        };
        let before = behind.checked_sub(1).and_then(period);
        let now = drives.get(behind).filter(|drive| drive.at == at);
        let now = now.and_then(|_| period(behind));
        // A bolus is faster by far; a period is rounded to what fits into a sleep, and a bridge may end.
        matches!((before, now), (Some(before), Some(now)) if u64::from(now) * 2 < u64::from(before))
    }

    /// The time is written to memory, so that a reset costs little of it.
    pub(super) fn records(&self, profile: &Profile, opinion: &mut Opinion) {
        let writes = self.boundary.writes;
        let (within, first) = (
            profile.requests.recorded_within,
            profile.requests.first_record,
        );
        let Some(programmed) = self.told.programmed.first() else {
            return;
        };
        let next = |at: SimTime| {
            let behind = writes.partition_point(|write| *write <= at);
            writes.get(behind).copied().unwrap_or(self.boundary.end)
        };
        let boots = self.boundary.boots.iter().skip(1);
        let booted = boots.map(|boot| (boot.at + TICK, first));
        let written = writes.iter().map(|write| (*write, within));
        for (from, within) in written.chain(booted) {
            let until = next(from);
            // The pump records in the exchange at which it looks at its clock.
            let late = self.boundary.crystal.after(from, within + TICK + TICK) + SLEEP;
            if from < *programmed || late >= until {
                continue;
            }
            // What comes late by a wake-up that is late, or not at all without power, is another matter.
            let away = self.is_away(from, late) || self.booted(from, late);
            if away || self.jumped(from.before(within), late) || self.is_hurt(late) {
                opinion.either(&RECORDS);
                continue;
            }
            let span = until.since(from);
            opinion.differs(
                &RECORDS,
                late,
                format!("nothing written for {}", span.spelled()),
                format!("a record each {}", within.spelled()),
            );
            return;
        }
        opinion.judged(&RECORDS);
    }

    /// A pump that nothing happens to does not wear out its memory.
    pub(super) fn seldom(&self, profile: &Profile, opinion: &mut Opinion) {
        let boundary = self.boundary;
        // So that a pump which records at least as often may do so.
        let half = profile.requests.recorded_within.as_millis() / 2;
        if half < Millis::MINUTE.times(10).as_millis() || boundary.writes.is_empty() {
            return;
        }
        let stops = self.told.running.iter();
        for stop in stops.filter(|it| it.value == Known::No) {
            let from = stop.at + DOUBLED;
            let packets = boundary.packets.iter().map(|it| it.at);
            let boots = boundary.boots.iter().map(|it| it.at);
            let away = boundary.absences.iter().map(|it| it.from);
            let hurts = boundary.injuries.iter().map(|it| it.at);
            let jumps = boundary.crystal.jumps.iter().map(|&(at, _)| at);
            let magnets = boundary.magnet.iter().map(|&(at, _)| at);
            let lost = boundary.lost_writes.iter().copied();
            let happens = packets.chain(boots).chain(away).chain(hurts);
            let happens = happens.chain(jumps).chain(lost);
            let next = happens.chain(magnets).filter(|at| *at > stop.at).min();
            let until = next.unwrap_or(boundary.end).min(boundary.end);
            // It may have been started again at once.
            let stays = self.told.runs_at(stop.at) == Known::No;
            if until <= from || !stays || self.told.therapies_at(stop.at).is_empty() {
                continue;
            }
            let first = boundary.writes.partition_point(|at| *at < from);
            let behind = boundary.writes.partition_point(|at| *at < until);
            let written = (behind - first) as u64;
            let span = until.since(from).as_millis();
            let entries = boundary.log.entries.iter();
            let entries = entries.filter(|it| from <= it.at && it.at < until).count() as u64;
            // What is logged is recorded beside the time, and at the end of a day what was left out.
            let days = span / Millis::DAY.as_millis() + 1;
            let most = span / half + OTHERS + days + OF_AN_ENTRY * entries;
            opinion.judged(&SELDOM);
            if written > most {
                let observed = format!("{written} records in {}", until.since(from).spelled());
                opinion.differs(&SELDOM, until, observed, format!("{most} at most"));
            }
        }
    }

    fn is_away(&self, from: SimTime, until: SimTime) -> bool {
        let mut absences = self.boundary.absences.iter();
        absences.any(|it| it.from <= until && from <= it.until)
    }
}
