//! A run, and the commands to its motor driver: what the rules of this folder ask of it.

use crate::boundary::{Boundary, Drive, Hurt, Pulses};
use crate::clock::SLEEP;
use crate::number::as_f64;
use crate::rule::{Opinion, Rule};
use crate::told::{Known, Told};
use thecal_units::{Millis, SimTime};

pub(super) static WAKE: Rule = Rule {
    name: "no-pulse-past-the-wake-up",
    requirement: "REQ-WDG-002",
    text: "no train has pulses left past the wake-up that the pump asks for",
    core: false,
};

/// A pump counts in ticks, and rounds to its own. Source: ours.
pub(super) const TICK: Millis = Millis::SECOND;

/// A run, and the commands to its motor driver.
pub(super) struct Motor<'a> {
    pub(super) boundary: &'a Boundary<'a>,
    pub(super) told: &'a Told,
    /// When the battery may have ended the infusion.
    pub(super) ended: Vec<(SimTime, SimTime)>,
}

impl Motor<'_> {
    /// No pulse comes behind the wake-up that was asked for.
    pub(super) fn wakes(&self, opinion: &mut Opinion) {
        if self.boundary.drives.is_empty() {
            return;
        }
        let past = self.boundary.overruns.iter();
        let mut past =
            past.filter(|&&(at, _)| !self.is_hurt(at) && !self.jumped(at.before(SLEEP), at));
        opinion.judged(&WAKE);
        if let Some(&(at, left)) = past.next() {
            let more = past.count();
            opinion.differs(
                &WAKE,
                at,
                format!(
                    "pulses for {} past it, and {more} times more",
                    left.spelled()
                ),
                "none",
            );
        }
    }

    /// Whether an injury may have changed what the pump does by this instant.
    pub(super) fn is_hurt(&self, at: SimTime) -> bool {
        let mut injuries = self.boundary.injuries.iter();
        injuries.any(|it| it.at <= at && (it.hurt != Hurt::Exchange || at <= it.at + SLEEP))
    }

    /// Whether its clock jumped between two instants, or a wake-up came late.
    pub(super) fn jumped(&self, from: SimTime, until: SimTime) -> bool {
        let jumps = self.boundary.crystal.jumps.iter().map(|&(at, _)| at);
        let late = self.boundary.crystal.late.iter().map(|&(at, _)| at);
        jumps.chain(late).any(|at| from <= at && at <= until)
    }

    /// Whether the infusion is on from one instant to the next, without an order or a session, and the pump
    /// there.
    pub(super) fn is_on(&self, from: SimTime, until: SimTime) -> bool {
        let boundary = self.boundary;
        let mut away = boundary.absences.iter();
        let mut sessions = self.told.sessions.iter();
        let mut orders = self.told.running.iter();
        let mut refills = self.told.refills.iter();
        let mut therapies = self.told.therapies.iter();
        let mut ended = self.ended.iter();
        self.told.runs_at(from) == Known::Yes
            && self.told.therapy_at(from).is_some()
            && !away.any(|it| it.from <= until && from <= it.until)
            && !sessions.any(|it| it.hold && it.from <= until && from <= it.may_end.1)
            && !orders.any(|it| from <= it.at && it.at <= until)
            && !refills.any(|it| from <= it.at && it.at <= until)
            && !therapies.any(|it| from <= it.at && it.at <= until)
            && !ended.any(|it| from <= it.1 && it.0 <= until)
            && !self.booted(from, until)
            && !self.jumped(from, until)
    }

    /// Whether a packet came between two instants.
    pub(super) fn spoken_to(&self, from: SimTime, until: SimTime) -> bool {
        let mut packets = self.boundary.packets.iter();
        packets.any(|packet| from <= packet.at && packet.at <= until)
    }

    pub(super) fn booted(&self, from: SimTime, until: SimTime) -> bool {
        let mut boots = self.boundary.boots.iter().skip(1);
        boots.any(|boot| from <= boot.at && boot.at <= until)
    }

    /// Pulses missed by an instant.
    pub(super) fn missed(&self, at: SimTime) -> u64 {
        self.boundary.missed_by(at)
    }

    /// Pulses driven between two instants.
    pub(super) fn driven(&self, from: SimTime, until: SimTime) -> f64 {
        self.moved(from, until) + as_f64(self.missed(until) - self.missed(from))
    }

    /// Steps that the motor moved between two instants.
    pub(super) fn moved(&self, from: SimTime, until: SimTime) -> f64 {
        self.boundary.moved.at(until) - self.boundary.moved.at(from)
    }
}

/// The energy of a train's pulses; `None`: it is no train. Unit: microjoule.
pub(super) const fn energy(drive: &Drive) -> Option<u16> {
    match drive.pulses {
        Pulses::Train { energy_uj, .. } => Some(energy_uj),
        Pulses::Cut | Pulses::Stop => None,
    }
}
