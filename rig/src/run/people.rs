//! The people in a story: what they send, what they hear back, and what has been prescribed.

use super::story::{CommandRecord, Happening, Prescribed, Subject};
use crate::programmer::{Answer, Packet, Programmer, Request, Sender};
use crate::scenario::plan::{Action, Pump, Therapy};
use std::collections::VecDeque;
use thecal_link::DecodeError;
use thecal_units::{Concentration, Millis, SimTime, Volume};

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

    /// Somebody acts. What acts on the plant (a refill's drug) is the caller's.
    pub(super) fn act(&mut self, action: &Action) {
        let request = match *action {
            Action::Program(therapy) => Request::Program(therapy),
            Action::Start => Request::Start,
            Action::Stop => Request::Stop,
            Action::ClinicianBolus { dose, duration } => Request::ClinicianBolus { dose, duration },
            Action::Press { remote } => return self.press(remote, false),
            Action::Refill {
                volume,
                concentration,
                ..
            } => Request::Refill {
                volume,
                concentration,
            },
            Action::Interrogate => Request::Interrogate,
            Action::Silence => Request::Silence,
            Action::Replay => {
                return self.waiting.push_back(Waiting::Replay);
            }
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
    /// pump kept silent.
    pub(super) fn heard(
        &mut self,
        now: SimTime,
        sent: Outgoing,
        answer: Option<&[u8]>,
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
            answer,
            prescribed: self.prescribed.len(),
        };
        let happening = happening(&record);
        if record.obeyed() && !record.replayed {
            self.obeyed(now, &record.request);
            self.last_obeyed = Some(sent);
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
            Request::Start => self.running = true,
            Request::Stop => self.running = false,
            Request::ClinicianBolus { dose, duration } => clinician_bolus = Some((dose, duration)),
            Request::Provision
            | Request::Interrogate
            | Request::PatientBolus { .. }
            | Request::ReadLog { .. }
            | Request::Silence => return,
        }
        self.prescribed.push(Prescribed {
            from: now,
            running: self.running,
            therapy: self.therapy,
            clinician_bolus,
        });
    }
}

/// Before anything is programmed: nothing may be infused.
const fn unprogrammed(concentration: Concentration) -> Therapy {
    Therapy {
        concentration,
        dose: thecal_units::DoseRate::ZERO,
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
