//! What the pump heard, in order: each kind of order that it obeyed, or may have obeyed, as a history.

use super::bolus::Bolus;
use super::moment::{History, Moment};
use crate::boundary::{Answer, Boundary, Packet, Sender};
use std::collections::BTreeMap;
use thecal_plan::{Profile, Request, Therapy};
use thecal_units::{Concentration, Volume};

/// Whether an order was obeyed for certain, or only perhaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Obeyed {
    Surely,
    Perhaps,
}

impl Obeyed {
    /// Whether there is no doubt.
    pub(super) fn surely(self) -> bool {
        self == Self::Surely
    }
}

/// A refill that was entered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refill {
    pub(super) obeyed: Obeyed,
    pub(super) volume: Volume,
    /// The volume behind the reservoir that holds the old drug, and its concentration.
    pub(super) bridge: Option<(Volume, Concentration)>,
    /// Whether that is so under each prescription that may have been in force.
    pub(super) bridge_sure: bool,
}

/// An update session was opened.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opened {
    pub(super) obeyed: Obeyed,
    pub(super) hold: bool,
}

/// All that was heard. The prescriptions that may be in force are lists: `None` is none.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// Whether programmer and pump have taken keys; each time that they did.
    pub(super) keys: History<Obeyed>,
    /// Whenever a pump gave its challenge: then it had no keys.
    pub(super) challenges: History<()>,
    /// Every packet that was answered: the pump had its keys.
    pub(super) answered: History<()>,
    /// Alarms were silenced.
    pub(super) silenced: History<Obeyed>,
    pub(super) therapies: History<Vec<Option<Therapy>>>,
    /// Started or stopped.
    pub(super) runs: History<(bool, Obeyed)>,
    pub(super) refills: History<Refill>,
    pub(super) boluses: History<Bolus>,
    pub(super) primings: History<Obeyed>,
    pub(super) works: History<Obeyed>,
    pub(super) opened: History<Opened>,
    pub(super) commits: History<Obeyed>,
    pub(super) closed: History<Obeyed>,
    /// Prescriptions taken in a session.
    pub(super) staged: History<(Therapy, Obeyed)>,
    /// Prescriptions sent, whatever became of them: the checksum of a commit is that of the last.
    pub(super) sent: History<Therapy>,
    /// Packets of the clinician that were taken, whether or not they were obeyed.
    pub(super) clinician: History<Obeyed>,
    /// Presses of each remote that were taken, by their number.
    pub(super) presses: BTreeMap<u8, History<(u16, Obeyed)>>,
}

impl Heard {
    /// What the packets of a run say.
    pub(super) fn of(boundary: &Boundary<'_>, profile: &Profile) -> Self {
        let mut heard = Self::default();
        for (index, packet) in boundary.packets.iter().enumerate() {
            let moment = Moment::packet(index, packet);
            if !packet.is_genuine() {
                continue;
            }
            if let Request::Stage(therapy) | Request::Program(therapy) = *packet.request {
                heard.sent.push(moment, therapy);
            }
            if let Some(taken) = taken(packet) {
                heard.takes(moment, packet, taken);
            }
            if let Some(obeyed) = obeyed(packet) {
                heard.obeys(moment, packet.request, obeyed, boundary, profile);
            }
        }
        heard
    }

    /// The prescriptions that may be in force.
    pub(super) fn therapies_at(&self, moment: Moment) -> &[Option<Therapy>] {
        self.therapies
            .last(moment)
            .map_or(&[None], |(_, therapies)| therapies.as_slice())
    }

    fn takes(&mut self, moment: Moment, packet: &Packet<'_>, taken: Obeyed) {
        if taken.surely() {
            self.answered.push(moment, ());
        }
        match packet.from {
            Sender::Clinician => self.clinician.push(moment, taken),
            Sender::Remote(remote) => {
                if let Request::PatientBolus { press } = *packet.request {
                    let presses = self.presses.entry(remote).or_default();
                    presses.push(moment, (press, taken));
                }
            }
        }
    }

    fn obeys(
        &mut self,
        moment: Moment,
        request: &Request,
        obeyed: Obeyed,
        boundary: &Boundary<'_>,
        profile: &Profile,
    ) {
        match *request {
            Request::Program(therapy) => self.program(moment, therapy, obeyed),
            Request::Commit => {
                if let Some(&(_, (therapy, _))) = self.staged.last(moment) {
                    self.program(moment, therapy, obeyed);
                }
                self.closed.push(moment, obeyed);
            }
            Request::Start => self.runs.push(moment, (true, obeyed)),
            Request::Stop => self.runs.push(moment, (false, obeyed)),
            Request::Refill {
                volume,
                concentration,
                bridge,
                ..
            } => {
                // Of the same concentration there is no old drug to bridge.
                let behind = |therapy: &Therapy| {
                    let behind = profile.tubing.saturating_add(therapy.catheter);
                    let other = bridge && therapy.concentration != concentration;
                    other.then_some((behind, therapy.concentration))
                };
                let before = self.therapies_at(moment).iter().flatten();
                let mut bridges = before.map(behind);
                let first = bridges.clone().flatten().next();
                let bridge_sure = bridges.all(|it| it == first);
                self.refills.push(
                    moment,
                    Refill {
                        obeyed,
                        volume,
                        bridge: first,
                        bridge_sure,
                    },
                );
                self.fill(moment, concentration, obeyed);
            }
            Request::ClinicianBolus { dose, duration } => {
                let given = |therapy: &Therapy| {
                    Some(Bolus::of(therapy, (dose, duration), boundary.step, profile))
                };
                self.begins(moment, (false, obeyed), given);
            }
            Request::PatientBolus { .. } => {
                let given = |therapy: &Therapy| {
                    let bolus = therapy.patient_bolus?;
                    let given = (bolus.dose, bolus.duration);
                    Some(Bolus::of(therapy, given, boundary.step, profile))
                };
                self.begins(moment, (true, obeyed), given);
            }
            Request::PrimingBolus => self.primings.push(moment, obeyed),
            Request::DeclareWork(_) => self.works.push(moment, obeyed),
            Request::OpenUpdate { hold } => self.opened.push(moment, Opened { obeyed, hold }),
            Request::Stage(therapy) => self.staged.push(moment, (therapy, obeyed)),
            Request::CloseUpdate => self.closed.push(moment, obeyed),
            Request::Provision | Request::TakeKeys => self.takes_keys(moment, obeyed),
            Request::AskChallenge if obeyed == Obeyed::Surely => self.challenges.push(moment, ()),
            Request::Silence => self.silenced.push(moment, obeyed),
            Request::AskChallenge
            | Request::Interrogate
            | Request::ReadLog { .. }
            | Request::ReadPrescription
            | Request::ReadAlarms
            | Request::ReadHealth => {}
        }
    }

    /// A bolus of what a therapy makes of it; in doubt about the therapy, of any.
    fn begins(
        &mut self,
        moment: Moment,
        (patient, obeyed): (bool, Obeyed),
        given: impl Fn(&Therapy) -> Option<Bolus>,
    ) {
        let therapies = self.therapies_at(moment).iter().flatten();
        if let Some(bolus) = therapies.filter_map(given).reduce(Bolus::or) {
            let in_doubt = obeyed == Obeyed::Perhaps;
            let bolus = Bolus {
                patient,
                in_doubt,
                torn: in_doubt,
                ..bolus
            };
            self.boluses.push(moment, bolus);
        }
    }

    fn takes_keys(&mut self, moment: Moment, obeyed: Obeyed) {
        // A pump that takes keys again had lost its memory: it may have no prescription.
        if self.keys.last(moment).is_some() {
            let mut may_be = self.therapies_at(moment).to_vec();
            may_be.push(None);
            self.therapies.push(moment, may_be);
        }
        self.keys.push(moment, obeyed);
    }

    fn program(&mut self, moment: Moment, therapy: Therapy, obeyed: Obeyed) {
        self.commits.push(moment, obeyed);
        self.changes(moment, obeyed, |_| Some(therapy));
    }

    fn fill(&mut self, moment: Moment, concentration: Concentration, obeyed: Obeyed) {
        self.changes(moment, obeyed, |before| {
            before.map(|therapy| Therapy {
                concentration,
                ..therapy
            })
        });
    }

    fn changes(
        &mut self,
        moment: Moment,
        obeyed: Obeyed,
        change: impl Fn(Option<Therapy>) -> Option<Therapy>,
    ) {
        let before = self.therapies_at(moment).to_vec();
        let mut may_be: Vec<Option<Therapy>> = Vec::new();
        let kept = before.iter().copied().filter(|_| obeyed == Obeyed::Perhaps);
        for therapy in before.iter().map(|&before| change(before)).chain(kept) {
            if !may_be.contains(&therapy) {
                may_be.push(therapy);
            }
        }
        self.therapies.push(moment, may_be);
    }
}

/// Whether an order was obeyed; `None`: it was not.
pub(super) fn obeyed(packet: &Packet<'_>) -> Option<Obeyed> {
    match packet.answer {
        Some(Answer::Done | Answer::Granted) => Some(Obeyed::Surely),
        Some(Answer::Unreadable) => Some(Obeyed::Perhaps),
        Some(_) => None,
        None => (packet.reached && packet.lost).then_some(Obeyed::Perhaps),
    }
}

/// Whether a packet was taken by the pump, obeyed or not; `None`: it did not hear it, or kept silent.
fn taken(packet: &Packet<'_>) -> Option<Obeyed> {
    match packet.answer {
        Some(_) => Some(Obeyed::Surely),
        None => (packet.reached && packet.lost).then_some(Obeyed::Perhaps),
    }
}
