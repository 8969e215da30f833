//! What the pump was told and has accepted, as a history: the question "what is in force at this
//! instant" has one answer, or several where a fault lost the answer to an order.

use crate::boundary::{Answer, Boundary, Hurt, Packet, Sender};
use thecal_plan::{CatheterWork, Profile, Request, Therapy};
use thecal_units::{Concentration, Mass, Millis, SimTime, Volume};

/// Something that holds from an instant on.
#[derive(Clone, Debug)]
pub(crate) struct From<T> {
    pub(crate) at: SimTime,
    /// How many packets had been sent by then, its own included: at one instant the order matters.
    pub(crate) sent: usize,
    pub(crate) value: T,
}

/// Whether something is so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    Yes,
    No,
    /// An order was lost, or its answer.
    Either,
}

/// A refill as it was entered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refill {
    pub(crate) at: SimTime,
    pub(crate) volume: Volume,
    /// The concentration in force before, where the old drug behind the reservoir is bridged.
    pub(crate) bridged: Option<Concentration>,
    /// Whether it may not be, or another one.
    pub(crate) bridge_in_doubt: bool,
    /// Whether the pump may not have obeyed.
    pub(crate) in_doubt: bool,
}

/// A clinician's bolus that was accepted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ordered {
    pub(crate) at: SimTime,
    /// How many packets had been sent by then, its own included.
    pub(crate) sent: usize,
    pub(crate) dose: Mass,
    pub(crate) duration: Millis,
    pub(crate) in_doubt: bool,
}

/// A patient bolus that was granted, or may have been.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grant {
    pub(crate) at: SimTime,
    /// How many packets had been sent by then, its own included.
    pub(crate) sent: usize,
    pub(crate) in_doubt: bool,
}

/// An update session.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Session {
    pub(crate) from: SimTime,
    /// When it ended at the latest, and why.
    pub(crate) until: SimTime,
    pub(crate) end: SessionEnd,
    /// From when on a time-out may have come, and until when: jumps of the clock and ties move it.
    pub(crate) may_end: (SimTime, SimTime),
    /// Whether the infusion was held meanwhile.
    pub(crate) hold: bool,
    pub(crate) in_doubt: bool,
}

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SessionEnd {
    Committed,
    Closed,
    TimedOut,
    Reset,
    /// Begun anew, which nobody calls abandoned.
    Reopened,
    /// By time-out, unless a packet at that instant came first.
    Unclear,
    /// The run ended first.
    Open,
}

/// Instants closer than this may come in either order. Source: ours, an exchange.
const TIE: Millis = Millis::from_millis(1);

impl Session {
    /// The same with another time-out.
    const fn lasting(self, until: TimesOut) -> Self {
        Self {
            until: until.nominally,
            may_end: (until.early, until.late),
            ..self
        }
    }
}

/// When a session ends of which nothing more is heard.
#[derive(Clone, Copy, Debug)]
struct TimesOut {
    early: SimTime,
    nominally: SimTime,
    late: SimTime,
}

impl TimesOut {
    fn after(at: SimTime, boundary: &Boundary<'_>, profile: &Profile) -> Self {
        let nominally = boundary.crystal.after(at, profile.session);
        let (more, less) = boundary.crystal.bent(at, nominally, profile.unnoticed);
        // A time that is lost may bring the next jump within the session.
        let last = nominally + less;
        let (_, less) = boundary.crystal.bent(at, last, profile.unnoticed);
        Self {
            early: nominally.before(more + TIE).max(at),
            nominally,
            late: nominally + less + TIE,
        }
    }
}

/// All orders that were accepted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    /// The therapies that may be in force: one, or several in doubt. Empty before the first.
    pub(crate) therapies: Vec<From<Vec<Therapy>>>,
    /// Whether the infusion is ordered to run.
    pub(crate) running: Vec<From<Known>>,
    /// Each start, and whether it was certainly obeyed: it counts also where the pump had stopped by itself.
    pub(crate) started: Vec<(SimTime, bool)>,
    pub(crate) refills: Vec<Refill>,
    pub(crate) ordered: Vec<Ordered>,
    pub(crate) grants: Vec<Grant>,
    pub(crate) sessions: Vec<Session>,
    /// Accepted priming boluses.
    pub(crate) primed: Vec<From<Known>>,
    /// Declared work on the catheter.
    pub(crate) works: Vec<From<CatheterWork>>,
    /// When alarms were acknowledged, and whether for certain.
    pub(crate) silenced: Vec<(SimTime, bool)>,
    /// When a therapy was put in force, which sets the pump's calendar.
    pub(crate) programmed: Vec<SimTime>,
    /// When the pump got its keys.
    pub(crate) provisioned: Vec<SimTime>,
    /// How many packets have been heard so far.
    sent: usize,
}

/// The value in force at an instant: that of the last change up to it.
pub(crate) fn at<T>(history: &[From<T>], instant: SimTime) -> Option<&T> {
    let behind = history.partition_point(|change| change.at <= instant);
    let last = history.get(behind.checked_sub(1)?)?;
    Some(&last.value)
}

impl Told {
    /// What the packets and answers of a run say.
    pub(crate) fn of(boundary: &Boundary<'_>, profile: &Profile) -> Self {
        let mut told = Self::default();
        let mut staged = None;
        let mut boots = boundary.boots.iter().peekable();
        for (nth, packet) in boundary.packets.iter().enumerate() {
            while let Some(boot) = boots.next_if(|boot| boot.packets <= nth) {
                told.boots(boot.at, &mut staged, boundary);
            }
            told.sent = nth + 1;
            if packet.is_genuine() {
                told.hear(packet, &mut staged, boundary, profile);
            }
        }
        for boot in boots {
            told.boots(boot.at, &mut staged, boundary);
        }
        told.end_sessions(boundary);
        told
    }

    /// The therapies that may be in force at an instant.
    pub(crate) fn therapies_at(&self, instant: SimTime) -> &[Therapy] {
        at(&self.therapies, instant).map_or(&[], Vec::as_slice)
    }

    /// The therapy in force at an instant, if there is no doubt about it.
    pub(crate) fn therapy_at(&self, instant: SimTime) -> Option<&Therapy> {
        match self.therapies_at(instant) {
            [one] => Some(one),
            _ => None,
        }
    }

    /// Whether a therapy was certainly put in force between two instants, the first included; or perhaps.
    pub(crate) fn programmed_between(&self, from: SimTime, until: SimTime) -> Known {
        let mut programmed = Known::No;
        for &at in self
            .programmed
            .iter()
            .filter(|at| from <= **at && **at < until)
        {
            if self.therapies_at(at).len() == 1 {
                return Known::Yes;
            }
            programmed = Known::Either;
        }
        programmed
    }

    /// Whether a reset between two instants may have left more of a bridge to this old drug than there was. It
    /// loses on the side of less drug (REQ-THE-012): beside a weaker one, which runs faster, the old one is
    /// moved for longer.
    pub(crate) fn may_outlast(&self, old: Concentration, from: SimTime, until: SimTime) -> bool {
        let then = self.therapies_at(from).iter();
        let later = self
            .therapies
            .iter()
            .filter(|it| from < it.at && it.at <= until);
        let mut in_force = then.chain(later.flat_map(|it| it.value.iter()));
        in_force.any(|therapy| therapy.concentration <= old)
    }

    /// Whether the clinician wants the infusion to run at an instant.
    pub(crate) fn runs_at(&self, instant: SimTime) -> Known {
        at(&self.running, instant).copied().unwrap_or(Known::No)
    }

    /// The first start from an instant on, and the first that was certainly obeyed; never: there is none.
    pub(crate) fn started_from(&self, at: SimTime) -> (SimTime, SimTime) {
        let mut starts = self.started.iter().filter(|&&(then, _)| then >= at);
        let first = starts.clone().map(|&(then, _)| then).next();
        let certain = starts.find(|&&(_, certain)| certain).map(|&(then, _)| then);
        let never = SimTime::NEVER;
        (first.unwrap_or(never), certain.unwrap_or(never))
    }

    fn hear(
        &mut self,
        packet: &Packet<'_>,
        staged: &mut Option<Therapy>,
        boundary: &Boundary<'_>,
        profile: &Profile,
    ) {
        let obeyed = matches!(packet.answer, Some(Answer::Done | Answer::Granted));
        let in_doubt = packet.reached && packet.lost && packet.answer.is_none();
        self.session_hears(packet, boundary, profile);
        if let Request::Stage(therapy) = packet.request
            && (obeyed || in_doubt)
        {
            *staged = Some(*therapy);
        }
        if !obeyed && !in_doubt {
            return;
        }
        let (at, sent) = (packet.at, self.sent);
        match *packet.request {
            Request::Program(therapy) => self.program(at, therapy, in_doubt),
            Request::Commit => {
                if let Some(therapy) = *staged {
                    self.program(at, therapy, in_doubt);
                }
            }
            Request::Start => self.run(at, true, in_doubt),
            Request::Stop => self.run(at, false, in_doubt),
            Request::Refill {
                volume,
                concentration,
                bridge,
                ..
            } => {
                let before = self.therapies_at(at).iter().map(|it| it.concentration);
                // Of the same concentration there is no old drug to bridge.
                let other = before.clone().find(|old| bridge && *old != concentration);
                let bridge_in_doubt = in_doubt || before.into_iter().any(|it| Some(it) != other);
                self.refills.push(Refill {
                    at,
                    volume,
                    bridged: other,
                    bridge_in_doubt,
                    in_doubt,
                });
                self.fill(at, concentration, in_doubt);
            }
            Request::ClinicianBolus { dose, duration } => self.ordered.push(Ordered {
                at,
                sent,
                dose,
                duration,
                in_doubt,
            }),
            Request::PatientBolus { .. } => {
                self.grants.push(Grant { at, sent, in_doubt });
            }
            Request::PrimingBolus => {
                let value = if in_doubt { Known::Either } else { Known::Yes };
                self.primed.push(From { at, sent, value });
            }
            Request::DeclareWork(value) => self.works.push(From { at, sent, value }),
            Request::Silence => self.silenced.push((at, !in_doubt)),
            Request::Provision | Request::TakeKeys => self.provisioned.push(at),
            Request::AskChallenge
            | Request::Interrogate
            | Request::OpenUpdate { .. }
            | Request::Stage(_)
            | Request::CloseUpdate
            | Request::ReadLog { .. }
            | Request::ReadPrescription
            | Request::ReadAlarms
            | Request::ReadHealth => {}
        }
    }

    /// A reset has brought back what the pump knew before its memory lost writes: the last order of each kind
    /// may be forgotten.
    fn forgets(&mut self, at: SimTime) {
        let sent = self.sent;
        if self.running.len() > 1 {
            let value = Known::Either;
            self.running.push(From { at, sent, value });
        }
        if let [.., before, last] = self.therapies.as_slice() {
            let value = [last.value.as_slice(), &before.value].concat();
            self.change(at, value);
        }
    }

    fn program(&mut self, at: SimTime, therapy: Therapy, in_doubt: bool) {
        let mut may_be = vec![therapy];
        if in_doubt {
            may_be.extend_from_slice(self.therapies_at(at));
        }
        self.change(at, may_be);
        self.programmed.push(at);
    }

    fn change(&mut self, at: SimTime, value: Vec<Therapy>) {
        let sent = self.sent;
        self.therapies.push(From { at, sent, value });
    }

    fn fill(&mut self, at: SimTime, concentration: Concentration, in_doubt: bool) {
        let before = self.therapies_at(at).to_vec();
        let filled = before.iter().map(|therapy| Therapy {
            concentration,
            ..*therapy
        });
        let mut may_be: Vec<Therapy> = filled.collect();
        if in_doubt {
            may_be.extend(before);
        }
        if !may_be.is_empty() {
            self.change(at, may_be);
        }
    }

    fn run(&mut self, at: SimTime, runs: bool, in_doubt: bool) {
        let ordered = if runs { Known::Yes } else { Known::No };
        let value = if in_doubt && self.runs_at(at) != ordered {
            Known::Either
        } else {
            ordered
        };
        let sent = self.sent;
        self.running.push(From { at, sent, value });
        if runs {
            self.started.push((at, !in_doubt));
        }
    }

    /// What a packet of the clinician means to the session that is open.
    fn session_hears(&mut self, packet: &Packet<'_>, boundary: &Boundary<'_>, profile: &Profile) {
        if packet.from != Sender::Clinician || !packet.reached {
            return;
        }
        let at = packet.at;
        let obeyed = matches!(packet.answer, Some(Answer::Done));
        let in_doubt = packet.lost && packet.answer.is_none();
        let times_out = TimesOut::after(at, boundary, profile);
        let open = self.sessions.last_mut();
        if let Some(session) = open.filter(|it| it.end == SessionEnd::Open) {
            let staged = matches!(packet.request, Request::Stage(_) | Request::Commit);
            // The packet and the time-out come together: either may be first, but none is staged without
            // a session.
            if session.may_end.1 < at {
                session.end = SessionEnd::TimedOut;
            } else if session.may_end.0 <= at && !(staged && obeyed) {
                let goes_on = Session {
                    from: at,
                    in_doubt: true,
                    ..*session
                };
                session.end = SessionEnd::Unclear;
                self.sessions.push(goes_on.lasting(times_out));
            }
        }
        self.session_takes(packet, (obeyed, in_doubt), times_out);
    }

    /// A packet of the clinician that comes while a session may be open.
    fn session_takes(
        &mut self,
        packet: &Packet<'_>,
        (obeyed, in_doubt): (bool, bool),
        times_out: TimesOut,
    ) {
        let at = packet.at;
        let ends = |session: &mut Session, end| {
            (session.until, session.end) = (at, end);
            session.may_end = (at, at);
        };
        let open = self.sessions.last_mut();
        if let Some(session) = open.filter(|it| it.end == SessionEnd::Open) {
            match packet.request {
                Request::Commit if obeyed => ends(session, SessionEnd::Committed),
                Request::CloseUpdate if obeyed => ends(session, SessionEnd::Closed),
                Request::OpenUpdate { .. } if obeyed => ends(session, SessionEnd::Reopened),
                Request::Commit | Request::CloseUpdate | Request::OpenUpdate { .. } if in_doubt => {
                    session.in_doubt = true;
                }
                _ if packet.answer.is_some() => *session = session.lasting(times_out),
                _ => {}
            }
        }
        if let Request::OpenUpdate { hold } = *packet.request
            && (obeyed || in_doubt)
        {
            let opened = Session {
                from: at,
                until: at,
                may_end: (at, at),
                end: SessionEnd::Open,
                hold,
                in_doubt,
            };
            self.sessions.push(opened.lasting(times_out));
        }
    }

    /// A reset ends a session, and drops what was staged.
    fn boots(&mut self, at: SimTime, staged: &mut Option<Therapy>, boundary: &Boundary<'_>) {
        *staged = None;
        let mut injuries = boundary.injuries.iter();
        if injuries.any(|it| it.hurt == Hurt::Owed && it.at == at) {
            self.forgets(at);
        }
        if let Some(session) = self.sessions.last_mut()
            && session.end == SessionEnd::Open
            && at <= session.may_end.1
        {
            session.end = if session.may_end.0 <= at {
                SessionEnd::Unclear
            } else {
                SessionEnd::Reset
            };
            session.until = at;
            session.may_end = (at.min(session.may_end.0), at);
        }
    }

    /// Sessions that nobody ended end by time-out.
    fn end_sessions(&mut self, boundary: &Boundary<'_>) {
        for session in &mut self.sessions {
            if session.end == SessionEnd::Open {
                if session.until <= boundary.end {
                    session.end = SessionEnd::TimedOut;
                } else {
                    session.until = boundary.end;
                }
            }
        }
    }
}
