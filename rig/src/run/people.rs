//! The people in a story: what they send, what they hear back, and what has been prescribed.

use super::story::{CommandRecord, Happening, Prescribed, Subject};
use crate::programmer::{Answer, Packet, Programmer, Request, Sender};
use crate::scenario::plan::{Action, PatientBolus, Pump, Therapy};
use std::collections::VecDeque;
use thecal_link::DecodeError;
use thecal_units::{Concentration, DoseRate, Mass, Millis, SimTime, Volume};

/// A packet on its way to the pump.
#[derive(Clone, Debug)]
pub(super) struct Outgoing {
    pub(super) sender: Sender,
    pub(super) request: Request,
    pub(super) packet: Packet,
    pub(super) replayed: bool,
}

/// What waits for its turn: one packet is in the air at a time.
enum Waiting {
    Ask(Sender, Request),
    Replay,
}

/// Clinician, patients and their instruments.
pub(super) struct People {
    programmer: Box<dyn Programmer>,
    waiting: VecDeque<Waiting>,
    presses: [u16; 256],
    last_obeyed: Option<Outgoing>,
    pub(super) commands: Vec<CommandRecord>,
    pub(super) prescribed: Vec<Prescribed>,
    therapy: Therapy,
    running: bool,
    running_in_doubt: bool,
}

impl People {
    pub(super) fn new(programmer: Box<dyn Programmer>, pump: &Pump) -> Self {
        Self {
            programmer,
            waiting: VecDeque::new(),
            presses: [0; 256],
            last_obeyed: None,
            commands: Vec::new(),
            prescribed: Vec::new(),
            therapy: unprogrammed(pump.concentration),
            running: false,
            running_in_doubt: false,
        }
    }

    /// The implant session: pair, program, enter the fill, start.
    pub(super) fn implant(&mut self, pump: &Pump, therapy: Option<&Therapy>) {
        self.ask(Sender::Clinician, Request::Provision);
        if let Some(therapy) = therapy {
            let (volume, concentration) = (pump.reservoir, pump.concentration);
            self.ask(Sender::Clinician, Request::Program(*therapy));
            self.ask(
                Sender::Clinician,
                Request::Refill {
                    volume,
                    concentration,
                },
            );
            self.ask(Sender::Clinician, Request::Start);
        }
    }

    /// Somebody acts. What acts on the plant (a refill's drug, a place) is the caller's.
    pub(super) fn act(&mut self, action: &Action) {
        let request = match *action {
            Action::Program(therapy) => Request::Program(therapy),
            Action::Start => Request::Start,
            Action::Stop => Request::Stop,
            Action::ClinicianBolus { dose, duration } => Request::ClinicianBolus { dose, duration },
            Action::Press { remote } => return self.press(remote, false),
            Action::Refill(refill) => Request::Refill {
                volume: refill.volume,
                concentration: refill.concentration,
            },
            Action::Interrogate => Request::Interrogate,
            Action::Silence => Request::Silence,
            Action::Replay => {
                return self.waiting.push_back(Waiting::Replay);
            }
            Action::Stay(_) | Action::Posture(_) | Action::ResetFlowValve => return,
        };
        self.ask(Sender::Clinician, request);
    }

    /// A press of a remote's button; a stuck button repeats the number of the press.
    pub(super) fn press(&mut self, remote: u8, same: bool) {
        let mut unknown = 0;
        let press = self
            .presses
            .get_mut(usize::from(remote))
            .unwrap_or(&mut unknown);
        if !same || *press == 0 {
            *press = press.wrapping_add(1);
        }
        let request = Request::PatientBolus { press: *press };
        self.ask(Sender::Remote(remote), request);
    }

    pub(super) fn ask(&mut self, sender: Sender, request: Request) {
        self.waiting.push_back(Waiting::Ask(sender, request));
    }

    /// The next packet in the air, built when its turn comes so that counters go out in order.
    pub(super) fn next_packet(&mut self) -> Result<Option<Outgoing>, DecodeError> {
        while let Some(waiting) = self.waiting.pop_front() {
            match (waiting, &self.last_obeyed) {
                (Waiting::Ask(sender, request), _) => {
                    let packet = self.programmer.packet(sender, &request)?;
                    return Ok(Some(Outgoing {
                        sender,
                        request,
                        packet,
                        replayed: false,
                    }));
                }
                (Waiting::Replay, Some(recorded)) => {
                    return Ok(Some(Outgoing {
                        replayed: true,
                        ..recorded.clone()
                    }));
                }
                // Nothing has been obeyed yet: there is nothing to record.
                (Waiting::Replay, None) => {}
            }
        }
        Ok(None)
    }

    /// What became of a packet; `answer` is `None` where it did not reach the pump, empty where the
    /// pump kept silent; `lost` where a fault of the story took packet or answer.
    pub(super) fn heard(
        &mut self,
        now: SimTime,
        sent: Outgoing,
        answer: Option<&[u8]>,
        lost: bool,
    ) -> Option<Happening> {
        let reached = answer.is_some();
        let answer = answer.filter(|answer| !answer.is_empty()).map(|answer| {
            self.programmer
                .answer(&sent.packet, answer)
                .unwrap_or_else(|error| Answer::Unreadable(error.to_string()))
        });
        let record = CommandRecord {
            at: now,
            sender: sent.sender,
            request: sent.request,
            replayed: sent.replayed,
            reached,
            lost,
            answer,
            prescribed: self.prescribed.len(),
        };
        let happening = happening(&record);
        if record.obeyed() && !record.replayed {
            self.obeyed(now, &record.request);
            self.last_obeyed = Some(sent);
        } else if record.lost && record.reached && !record.replayed {
            self.in_doubt(now, &record.request);
        }
        self.commands.push(record);
        happening
    }

    /// The concentration that the pump believes.
    pub(super) const fn programmed_concentration(&self) -> Concentration {
        self.therapy.concentration
    }

    /// The therapy that the pump accepted last.
    pub(super) const fn therapy(&self) -> &Therapy {
        &self.therapy
    }

    fn obeyed(&mut self, now: SimTime, request: &Request) {
        let mut clinician_bolus = None;
        match *request {
            Request::Program(therapy) => self.therapy = therapy,
            Request::Refill { concentration, .. } => self.therapy.concentration = concentration,
            Request::Start | Request::Stop => {
                self.running = *request == Request::Start;
                self.running_in_doubt = false;
            }
            Request::ClinicianBolus { dose, duration } => clinician_bolus = Some((dose, duration)),
            Request::Provision
            | Request::Interrogate
            | Request::PatientBolus { .. }
            | Request::ReadLog { .. }
            | Request::Silence => return,
        }
        self.prescribe(now, clinician_bolus);
    }

    fn prescribe(&mut self, now: SimTime, clinician_bolus: Option<(Mass, Millis)>) {
        self.prescribed.push(Prescribed {
            from: now,
            running: self.running,
            running_in_doubt: self.running_in_doubt,
            therapy: self.therapy,
            clinician_bolus,
        });
    }

    /// The power went while the pump obeyed: nobody knows whether it has. Until somebody says it
    /// again either may be in force, and the pump is judged by the more generous.
    fn in_doubt(&mut self, now: SimTime, request: &Request) {
        let mut clinician_bolus = None;
        match *request {
            Request::Program(therapy) => self.therapy = either(&self.therapy, &therapy),
            Request::Refill { concentration, .. } => {
                let therapy = Therapy {
                    concentration,
                    ..self.therapy
                };
                self.therapy = either(&self.therapy, &therapy);
            }
            Request::Start => {
                self.running_in_doubt |= !self.running;
                self.running = true;
            }
            // A pump that was to stop may still run.
            Request::Stop => self.running_in_doubt |= self.running,
            Request::ClinicianBolus { dose, duration } => clinician_bolus = Some((dose, duration)),
            Request::Provision
            | Request::Interrogate
            | Request::PatientBolus { .. }
            | Request::ReadLog { .. }
            | Request::Silence => return,
        }
        self.prescribe(now, clinician_bolus);
    }
}

/// What allows all that the old or the new therapy allows. Drug is counted at the old
/// concentration: what the new one makes of a step is worth as much more or less.
fn either(old: &Therapy, new: &Therapy) -> Therapy {
    let (was, is) = (old.concentration, new.concentration);
    let scaled = |amount: u64| {
        let parts = u128::from(amount) * u128::from(was.as_ng_per_ml());
        let scaled = parts.div_ceil(u128::from(is.as_ng_per_ml().max(1)));
        u64::try_from(scaled).unwrap_or(u64::MAX)
    };
    let rate = scaled(new.dose.as_ng_per_day().into());
    let rate = DoseRate::from_ng_per_day(rate.try_into().unwrap_or(u32::MAX));
    let fresh = new.patient_bolus.map(|bolus| PatientBolus {
        dose: Mass::from_femtograms(scaled(bolus.dose.as_femtograms())),
        ..bolus
    });
    Therapy {
        concentration: was,
        dose: old.dose.max(rate),
        patient_bolus: match (old.patient_bolus, fresh) {
            (Some(one), Some(other)) => Some(PatientBolus {
                dose: one.dose.max(other.dose),
                duration: one.duration.max(other.duration),
                lockout: one.lockout.min(other.lockout),
                daily_maximum: one.daily_maximum.max(other.daily_maximum),
            }),
            (one, other) => one.or(other),
        },
        low_reservoir: old.low_reservoir.max(new.low_reservoir),
        critical_interval: old.critical_interval.max(new.critical_interval),
        non_critical_interval: old.non_critical_interval.max(new.non_critical_interval),
    }
}

/// Before anything is programmed: nothing may be infused.
const fn unprogrammed(concentration: Concentration) -> Therapy {
    Therapy {
        concentration,
        dose: DoseRate::ZERO,
        patient_bolus: None,
        low_reservoir: Volume::ZERO,
        critical_interval: Millis::from_secs(600),
        non_critical_interval: Millis::HOUR,
    }
}

fn happening(record: &CommandRecord) -> Option<Happening> {
    let outcome = match &record.answer {
        None => "no answer",
        Some(Answer::Done) => "done",
        Some(Answer::Granted) => "granted",
        Some(Answer::Denied(reason)) => {
            return Some(line(
                record,
                &format!("{} denied: {reason}", record.request.name()),
            ));
        }
        Some(Answer::Rejected(reason)) => {
            return Some(line(
                record,
                &format!("{} rejected: {reason}", record.request.name()),
            ));
        }
        Some(Answer::Status(_)) => "answered",
        Some(Answer::Unreadable(_)) => "answered unreadably",
        Some(Answer::Log(_)) => return None,
    };
    Some(line(
        record,
        &format!("{} {outcome}", record.request.name()),
    ))
}

fn line(record: &CommandRecord, what: &str) -> Happening {
    let (subject, who) = match record.sender {
        Sender::Clinician => (Subject::Clinician, String::new()),
        Sender::Remote(number) => (Subject::Patient, format!("remote {number}: ")),
    };
    let replayed = if record.replayed {
        "replayed packet: "
    } else {
        ""
    };
    Happening {
        at: record.at,
        subject,
        what: format!("{who}{replayed}{what}"),
    }
}
