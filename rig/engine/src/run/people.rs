//! The people in a run: what they send, what they hear back, and what has been prescribed.

use super::act_words::event;
use super::doubt::{either, unprogrammed};
use super::entered::TUBING;
use super::history::{CommandRecord, Event, Prescribed, Step};
use crate::programmer::{Answer, AnswerError, Packet, Programmer, ProgrammerError, Sender};
use std::collections::{BTreeMap, VecDeque};
use thecal_plan::{Change, Forgery, Origin, Pump, Recorded, Request, Therapy, WEEK};
use thecal_units::{Concentration, Mass, Millis, SimTime, Volume};

/// The most packets on a recorded tape. Source: ours, some 300 kB.
const TAPE_MAX: usize = 1_000;

/// A packet on its way to the pump.
#[derive(Clone, Debug)]
pub(super) struct Outgoing {
    pub(super) sender: Sender,
    pub(super) request: Request,
    pub(super) packet: Packet,
    pub(super) origin: Origin,
    step: Option<Step>,
}

impl Outgoing {
    /// The same bytes, sent again by somebody who recorded them.
    fn again(&self) -> Self {
        Self {
            origin: Origin::Replayed,
            ..self.clone()
        }
    }
}

/// What waits for its turn: one packet is in the air at a time.
#[derive(Clone, Debug)]
enum Waiting {
    Ask(Sender, Request),
    /// A step of a request.
    Step(Sender, Box<(Request, Step)>),
    /// The last accepted packet.
    Replay,
    /// A packet of the tape.
    Recorded(usize),
    /// The pump's last answer.
    Answer,
    /// A packet that no instrument would send.
    Forged(Box<Forgery>),
}

/// Clinician and patients. Their instruments are the programmer, which comes with each call.
#[derive(Clone, Debug)]
pub(super) struct People {
    waiting: VecDeque<Waiting>,
    /// The number of the last press of each remote.
    presses: BTreeMap<u8, u16>,
    last_obeyed: Option<Outgoing>,
    /// The first accepted packets, as somebody would have recorded them.
    tape: Vec<Outgoing>,
    /// The bytes of the pump's last answer.
    last_answer: Packet,
    /// What the packet asks that the exchange under way answers; not one that was recorded and is sent
    /// again.
    pub(super) asked: Option<Request>,
    pub(super) commands: Vec<CommandRecord>,
    pub(super) prescribed: Vec<Prescribed>,
    therapy: Therapy,
    /// What was sent last within an update session.
    staged: Option<Therapy>,
    running: bool,
    running_in_doubt: bool,
    /// Whether tubing and catheter were filled, and what the last priming bolus was to fill.
    primed: bool,
    priming: Volume,
    /// The concentration of the old drug that was bridged last.
    bridged: Option<Concentration>,
    /// Time of the week at the first power-on.
    starts: Millis,
}

impl People {
    pub(super) fn new(pump: &Pump, starts: Millis) -> Self {
        Self {
            waiting: VecDeque::new(),
            presses: BTreeMap::new(),
            last_obeyed: None,
            tape: Vec::new(),
            last_answer: Packet::new(),
            asked: None,
            commands: Vec::new(),
            prescribed: Vec::new(),
            therapy: unprogrammed(pump.concentration),
            staged: None,
            running: false,
            running_in_doubt: false,
            primed: false,
            priming: Volume::ZERO,
            bridged: None,
            starts,
        }
    }

    /// The implant session: pair, program, enter the fill, start.
    pub(super) fn implant(&mut self, pump: &Pump, therapy: Option<&Therapy>) {
        self.ask(Sender::Clinician, Request::Provision);
        if let Some(therapy) = therapy {
            // What is entered, whatever was filled.
            let (volume, concentration) = (pump.reservoir, therapy.concentration);
            self.ask(Sender::Clinician, Request::Program(*therapy));
            self.ask(
                Sender::Clinician,
                Request::Refill {
                    volume,
                    concentration,
                    bridge: false,
                    drawn: None,
                },
            );
            self.ask(Sender::Clinician, Request::Start);
        }
    }

    /// A press of a remote's button; a stuck button repeats the number of the press.
    pub(super) fn press(&mut self, remote: u8, same: bool) {
        let press = self.presses.entry(remote).or_default();
        if !same || *press == 0 {
            *press = press.wrapping_add(1);
        }
        let request = Request::PatientBolus { press: *press };
        self.ask(Sender::Remote(remote), request);
    }

    pub(super) fn ask(&mut self, sender: Sender, request: Request) {
        self.waiting.push_back(Waiting::Ask(sender, request));
    }

    /// Somebody sends again what was in the air.
    pub(super) fn replay(&mut self, what: Recorded) {
        match what {
            Recorded::LastAccepted => self.waiting.push_back(Waiting::Replay),
            Recorded::AllAccepted => {
                let tape = (0..self.tape.len()).map(Waiting::Recorded);
                self.waiting.extend(tape);
            }
            Recorded::LastAnswer => self.waiting.push_back(Waiting::Answer),
        }
    }

    /// Somebody sends a packet that no instrument would send.
    pub(super) fn forge(&mut self, forgery: &Forgery) {
        self.waiting
            .push_back(Waiting::Forged(Box::new(forgery.clone())));
    }

    /// What a clock on the clinic's wall shows, since Monday 0:00.
    fn time_of_week(&self, now: SimTime) -> Millis {
        let passed = self.starts.as_millis() + now.as_millis();
        Millis::from_millis(passed % WEEK.as_millis())
    }

    /// Whether a command waits for its turn.
    pub(super) fn want_to_talk(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// The next packet in the air, built when its turn comes so that counters go out in order.
    pub(super) fn next_packet(
        &mut self,
        programmer: &mut dyn Programmer,
        now: SimTime,
    ) -> Result<Option<Outgoing>, ProgrammerError> {
        while let Some(waiting) = self.waiting.pop_front() {
            let (sender, request, step) = match (waiting, &self.last_obeyed) {
                (Waiting::Ask(sender, request), _) => {
                    let steps = programmer.steps(&request)?;
                    if steps.as_slice() != [request] {
                        self.take_apart(sender, &request, &steps);
                        continue;
                    }
                    (sender, request, None)
                }
                (Waiting::Step(sender, of), _) => {
                    let (request, step) = *of;
                    (sender, request, Some(step))
                }
                (Waiting::Replay, Some(recorded)) => return Ok(Some(recorded.again())),
                (Waiting::Recorded(index), _) => match self.tape.get(index) {
                    Some(recorded) => return Ok(Some(recorded.again())),
                    None => continue,
                },
                // Nothing has been obeyed yet: there is nothing to record.
                (Waiting::Replay, None) => continue,
                (Waiting::Answer, _) => match self.answer_sent_back() {
                    Some(answer) => return Ok(Some(answer)),
                    None => continue,
                },
                (Waiting::Forged(forgery), _) => {
                    return self.forged(*forgery, programmer, now).map(Some);
                }
            };
            if let Request::Stage(therapy) = request {
                self.staged = Some(therapy);
            }
            let packet = programmer.packet(sender, &request, self.time_of_week(now))?;
            return Ok(Some(Outgoing {
                sender,
                request,
                packet,
                origin: Origin::Genuine,
                step,
            }));
        }
        Ok(None)
    }

    /// The pump's last answer, as a packet to it; `None`: it has answered nothing.
    fn answer_sent_back(&self) -> Option<Outgoing> {
        let mut records = self.commands.iter().rev();
        let to = records.find(|record| record.answer.is_some())?;
        Some(Outgoing {
            sender: to.sender,
            request: to.request,
            packet: self.last_answer,
            origin: Origin::Replayed,
            step: to.step,
        })
    }

    /// A packet that no instrument would send. If it is authentic it is its sender's own.
    fn forged(
        &mut self,
        mut forgery: Forgery,
        programmer: &mut dyn Programmer,
        now: SimTime,
    ) -> Result<Outgoing, ProgrammerError> {
        if let (Request::PatientBolus { press }, Sender::Remote(remote)) =
            (&mut forgery.request, forgery.from)
        {
            // What nobody has pressed is the next press: one that was heard already would be granted nothing.
            *press = self
                .presses
                .get(&remote)
                .map_or(1, |last| last.wrapping_add(1));
        }
        let packet = programmer.forge(&forgery, self.time_of_week(now))?;
        let bytes = forgery.spoiled.spoil(packet.as_slice()).ok_or_else(|| {
            ProgrammerError::Unable(format!(
                "its packet of {} has only {} bytes: what is to be cut or inverted lies beyond",
                forgery.request.name(),
                packet.as_slice().len()
            ))
        })?;
        let mut packet = Packet::new();
        packet.extend(&bytes)?;
        Ok(Outgoing {
            sender: forgery.from,
            request: forgery.request,
            packet,
            origin: if forgery.is_authentic() {
                Origin::Genuine
            } else {
                Origin::Forged(Box::new(forgery))
            },
            step: None,
        })
    }

    /// Puts the steps of a request in its place.
    fn take_apart(&mut self, sender: Sender, whole: &Request, steps: &[Request]) {
        let row = whole.row();
        let (of, therapy) = (row.name, row.change.therapy());
        for (nth, request) in steps.iter().enumerate().rev() {
            let last = nth + 1 == steps.len();
            let step = Step {
                of,
                nth,
                last,
                therapy,
            };
            self.waiting
                .push_front(Waiting::Step(sender, Box::new((*request, step))));
        }
    }

    /// A step was not obeyed: its programmer goes no further, and takes back what went before.
    fn break_off(
        &mut self,
        programmer: &mut dyn Programmer,
        sender: Sender,
        (refused, step): (&Request, Step),
    ) -> Result<(), ProgrammerError> {
        while matches!(self.waiting.front(), Some(Waiting::Step(_, next)) if next.1.nth > step.nth)
        {
            self.waiting.pop_front();
        }
        if step.nth == 0 || step.is_taking_back() {
            return Ok(());
        }
        if let Some(request) = programmer.take_back(refused)? {
            let back = Step::taking_back(step.of);
            self.waiting
                .push_front(Waiting::Step(sender, Box::new((request, back))));
        }
        Ok(())
    }

    /// What became of a packet; `answer` is `None` where it did not reach the pump, empty where the
    /// pump kept silent; `lost` where a fault of the run took packet or answer. The record is the
    /// caller's to keep, in [`Self::commands`].
    pub(super) fn heard(
        &mut self,
        programmer: &mut dyn Programmer,
        now: SimTime,
        sent: Outgoing,
        answer: Option<&[u8]>,
        lost: bool,
    ) -> Result<(CommandRecord, Option<Event>), ProgrammerError> {
        let reached = answer.is_some();
        let answer = answer.filter(|answer| !answer.is_empty());
        if let Some(answer) = answer {
            self.last_answer = Packet::new();
            self.last_answer.extend(answer)?;
        }
        let answer = match answer {
            None => None,
            Some(answer) => Some(match programmer.answer(&sent.packet, answer) {
                Ok(answer) => answer,
                Err(AnswerError::Programmer(error)) => return Err(error),
                Err(unreadable) => Answer::Unreadable(unreadable.to_string()),
            }),
        };
        let record = CommandRecord {
            at: now,
            sender: sent.sender,
            request: sent.request,
            origin: sent.origin.clone(),
            step: sent.step,
            reached,
            lost,
            answer,
            prescribed: self.prescribed.len(),
        };
        let event = event(&record);
        if let Some(step) = record.step
            && !record.obeyed()
            && record.origin.is_genuine()
        {
            self.break_off(programmer, record.sender, (&record.request, step))?;
        }
        if record.obeyed() && record.origin.is_genuine() {
            self.obeyed(now, &record.request);
            if self.tape.len() < TAPE_MAX {
                self.tape.push(sent.clone());
            }
            self.last_obeyed = Some(sent);
        } else if record.lost && record.reached && record.origin.is_genuine() {
            self.in_doubt(now, &record.request);
        }
        Ok((record, event))
    }

    /// The concentration that the pump believes.
    pub(super) const fn programmed_concentration(&self) -> Concentration {
        self.therapy.concentration
    }

    /// What tubing and catheter hold by what is programmed.
    pub(super) const fn dead_volume(&self) -> Volume {
        TUBING.saturating_add(self.therapy.catheter)
    }

    /// What the last priming bolus fills: a pump that was primed fills the catheter alone.
    pub(super) const fn priming_volume(&self) -> Volume {
        self.priming
    }

    /// What was sent last within an update session; it stays known after its end.
    pub(super) const fn staged(&self) -> Option<Therapy> {
        self.staged
    }

    /// The therapy that the pump accepted last.
    pub(super) const fn therapy(&self) -> &Therapy {
        &self.therapy
    }

    fn obeyed(&mut self, now: SimTime, request: &Request) {
        let mut clinician_bolus = None;
        match request.row().change {
            Change::Therapy(therapy) => self.therapy = therapy,
            Change::Staged => self.therapy = self.staged.unwrap_or(self.therapy),
            Change::Fill {
                concentration,
                bridge,
            } => {
                // A refill without a bridge leaves one that goes on (REQ-THE-044).
                let old = self.therapy.concentration;
                let begins = bridge && old != concentration;
                self.bridged = if begins { Some(old) } else { self.bridged };
                self.therapy.concentration = concentration;
            }
            Change::Running(runs) => {
                self.running = runs;
                self.running_in_doubt = false;
            }
            Change::ClinicianBolus { dose, duration } => clinician_bolus = Some((dose, duration)),
            Change::Priming => {
                self.priming = if self.primed {
                    self.therapy.catheter
                } else {
                    self.dead_volume()
                };
                self.primed = true;
                return;
            }
            Change::Nothing | Change::CatheterOpen => return,
        }
        self.prescribe(now, clinician_bolus);
    }

    fn prescribe(&mut self, now: SimTime, clinician_bolus: Option<(Mass, Millis)>) {
        self.prescribed.push(Prescribed {
            from: now,
            running: self.running,
            running_in_doubt: self.running_in_doubt,
            therapy: self.therapy,
            bridged: self.bridged,
            clinician_bolus,
        });
    }

    /// Power failed while the pump obeyed: whether it has obeyed is unknown. Until a person says it
    /// again either may be in force, and the pump is judged by the more generous.
    fn in_doubt(&mut self, now: SimTime, request: &Request) {
        let mut clinician_bolus = None;
        match request.row().change {
            Change::Therapy(therapy) => self.therapy = either(&self.therapy, &therapy),
            Change::Staged => {
                if let Some(therapy) = self.staged {
                    self.therapy = either(&self.therapy, &therapy);
                }
            }
            Change::Fill { concentration, .. } => {
                let therapy = Therapy {
                    concentration,
                    ..self.therapy
                };
                self.therapy = either(&self.therapy, &therapy);
            }
            Change::Running(true) => {
                self.running_in_doubt |= !self.running;
                self.running = true;
            }
            // A pump that was to stop may still run.
            Change::Running(false) => self.running_in_doubt |= self.running,
            Change::ClinicianBolus { dose, duration } => clinician_bolus = Some((dose, duration)),
            Change::Nothing | Change::Priming | Change::CatheterOpen => return,
        }
        self.prescribe(now, clinician_bolus);
    }
}
