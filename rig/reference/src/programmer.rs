//! The reference pump's programmer and remotes, built on `thecal_telemetry`.

use crate::entries::{detail, log_kind};
use crate::read_out;
use crate::words;
pub use crate::words::{log_meaning, log_text};
use thecal_engine::bench::NotForkable;
use thecal_engine::programmer::{
    Answer, AnswerError, LogLine, LogPage, Packet, Programmer, ProgrammerError, PumpStatus, Sender,
    Shown,
};
use thecal_link::DecodeError;
use thecal_link::frame::checksum;
use thecal_plan::{self as plan, ForgedKey, Forgery, Request, Therapy, WeekSchedule};
use thecal_telemetry::{
    CatheterWork, Challenge, Command, DoseLimits, DuringBolus, EXAMPLE_SECRET, Infusion, Key, Keys,
    LogCode, NO_KEY, Prescription, REMOTES_MAX, Response, Role, Schedule, ScheduleStep, Secret,
    open, seal, seal_bytes, sender,
};
use thecal_units::{DoseRate, Mass, Millis};

/// All four remotes are paired.
const REMOTES: u8 = (1 << REMOTES_MAX) - 1;

/// The secret of another pump.
const OTHER_SECRET: Secret = Secret(*b"of another pump ");

/// Programmer and remotes of one pump.
#[derive(Clone, Debug)]
pub struct Reference {
    /// The pump's secret, which the clinic has with the pump.
    secret: Secret,
    /// The challenge that the pump answered with.
    challenge: Option<Challenge>,
    keys: Keys,
    counters: [u32; REMOTES_MAX + 1],
    /// The prescription last sent in a session.
    staged: Prescription,
}

impl Reference {
    /// A set not yet paired with its pump.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            secret: EXAMPLE_SECRET,
            challenge: None,
            keys: Keys::NONE,
            counters: [0; REMOTES_MAX + 1],
            staged: Prescription::NONE,
        }
    }

    /// The command that asks a pump for this.
    fn command(&mut self, request: &Request, time_of_week: Millis) -> Command {
        match *request {
            Request::Provision | Request::AskChallenge => Command::AskChallenge,
            Request::TakeKeys => Command::Provision { remotes: REMOTES },
            Request::Interrogate => Command::Interrogate,
            // Sent alone it only fills a session, which another command has to close.
            Request::Program(therapy) | Request::Stage(therapy) => {
                self.staged = prescription(&therapy);
                Command::Stage(self.staged)
            }
            Request::OpenUpdate { hold } => Command::OpenUpdate { hold },
            Request::Commit => Command::Commit {
                checksum: checksum(&self.staged.to_bytes()),
                time_of_week: u32::try_from(time_of_week.as_millis()).unwrap_or(u32::MAX),
            },
            Request::CloseUpdate => Command::CloseUpdate,
            Request::PrimingBolus => Command::PrimingBolus,
            Request::DeclareWork(work) => Command::DeclareWork(match work {
                plan::CatheterWork::Replaced => CatheterWork::Replaced,
                plan::CatheterWork::Revised => CatheterWork::Revised,
                plan::CatheterWork::Aspirated => CatheterWork::Aspirated,
            }),
            Request::Start => Command::Start,
            Request::Stop => Command::Stop,
            Request::ClinicianBolus { dose, duration } => {
                Command::ClinicianBolus { dose, duration }
            }
            Request::PatientBolus { press } => Command::PatientBolus { press },
            Request::ReadLog { first } => Command::ReadLog { first },
            Request::Refill {
                volume,
                concentration,
                bridge,
                drawn,
            } => Command::Refill {
                volume,
                concentration,
                bridge,
                drawn,
            },
            Request::Silence => Command::Silence,
            Request::ReadPrescription => Command::ReadPrescription,
            Request::ReadAlarms => Command::ReadAlarms,
            Request::ReadHealth => Command::ReadHealth,
        }
    }

    /// The key under which a sender asks for this.
    fn key(&self, role: Role, request: &Request) -> Key {
        match (request, self.challenge) {
            (Request::Provision | Request::AskChallenge, _) => self.secret.pairing_key(),
            (Request::TakeKeys, Some(challenge)) => self.secret.provisioning_key(challenge),
            _ => self.keys.of(role),
        }
    }

    /// The counter of the next packet of a sender.
    fn next_counter(&mut self, role: Role) -> u32 {
        let mut unknown = 0;
        let counter = self.counters.get_mut(role.index()).unwrap_or(&mut unknown);
        *counter += 1;
        *counter
    }

    /// Key and counter of a packet built by this set.
    fn envelope(&self, packet: &Packet) -> Result<(Key, u32), DecodeError> {
        let role_key = self.keys.of(sender(packet.as_slice())?);
        let provisioning = self
            .challenge
            .map(|challenge| self.secret.provisioning_key(challenge));
        [role_key, self.secret.pairing_key()]
            .into_iter()
            .chain(provisioning)
            .find_map(|key| Some((key, open::<Command>(key, packet.as_slice()).ok()?.counter)))
            .ok_or(DecodeError::BadTag)
    }
}

impl Default for Reference {
    fn default() -> Self {
        Self::new()
    }
}

impl Programmer for Reference {
    /// Splits a therapy into a session: open, stage, commit; and pairing into the pump's challenge and
    /// its answer.
    fn steps(&mut self, request: &Request) -> Result<Vec<Request>, ProgrammerError> {
        Ok(match *request {
            Request::Provision => vec![Request::AskChallenge, Request::TakeKeys],
            Request::Program(therapy) => vec![
                Request::OpenUpdate { hold: false },
                Request::Stage(therapy),
                Request::Commit,
            ],
            other => vec![other],
        })
    }

    fn take_back(&mut self, refused: &Request) -> Result<Option<Request>, ProgrammerError> {
        Ok(match refused {
            Request::TakeKeys => None,
            _ => Some(Request::CloseUpdate),
        })
    }

    fn packet(
        &mut self,
        sender: Sender,
        request: &Request,
        time_of_week: Millis,
    ) -> Result<Packet, ProgrammerError> {
        let role = role(sender);
        let command = self.command(request, time_of_week);
        let key = self.key(role, request);
        let counter = self.next_counter(role);
        Ok(seal(key, role, counter, &command)?)
    }

    fn forge(
        &mut self,
        forgery: &Forgery,
        time_of_week: Millis,
    ) -> Result<Packet, ProgrammerError> {
        let (from, request) = (role(forgery.from), &forgery.request);
        let key = match forgery.key {
            ForgedKey::Own => self.key(from, request),
            ForgedKey::Of(other) => self.keys.of(role(other)),
            ForgedKey::Zero => NO_KEY,
            ForgedKey::Pairing => self.secret.pairing_key(),
            ForgedKey::OtherPump => OTHER_SECRET.pairing_key(),
        };
        // A press has its own count, which only the remote knows; nothing is staged by a forger.
        let staged = self.staged;
        let command = self.command(request, time_of_week);
        self.staged = staged;
        let used = self.counters.get(from.index()).copied().unwrap_or_default();
        let counter = match forgery {
            _ if forgery.is_authentic() => self.next_counter(from),
            // Whoever forges has another instrument: the sender's own counts on by itself.
            Forgery { used_counter, .. } => used.saturating_add(u32::from(!used_counter)),
        };
        Ok(match &forgery.content {
            Some(bytes) => seal_bytes(key, from, counter, bytes)?,
            None => seal(key, from, counter, &command)?,
        })
    }

    fn answer(&mut self, sent: &Packet, answer: &[u8]) -> Result<Answer, AnswerError> {
        let (key, expected) = self.envelope(sent)?;
        let opened = open::<Response>(key, answer)?;
        if opened.counter != expected {
            return Err(AnswerError::OutOfStep {
                expected,
                found: opened.counter,
            });
        }
        if let Some(challenge) = self.challenge
            && key == self.secret.provisioning_key(challenge)
            && opened.content == Response::Done
        {
            self.keys = Keys::derived(self.secret, challenge, REMOTES);
        }
        Ok(match opened.content {
            Response::Challenge(challenge) => {
                self.challenge = Some(challenge);
                Answer::Done
            }
            Response::Done => Answer::Done,
            Response::Rejected(rejection) => Answer::Rejected(words::rejection(rejection)),
            Response::BolusGranted => Answer::Granted,
            Response::BolusDenied(denial) => Answer::Denied(words::denial(denial)),
            Response::Status(status) => Answer::Status(PumpStatus {
                clock: status.clock,
                mode: words::mode(status.mode),
                alarms: words::alarms(status.alarms).collect(),
                reservoir: status.reservoir,
                steps: status.steps,
                granted: status.granted,
                denied: status.denied,
                unauthentic: status.unauthentic,
                log_entries: status.log_entries,
            }),
            Response::Log(page) => Answer::Log(LogPage {
                first: page.first,
                entries: (page.first..)
                    .zip(page.entries())
                    .map(|(index, entry)| LogLine {
                        index,
                        at: entry.at,
                        kind: log_kind(entry.code),
                        code: entry.code as u8,
                        text: log_text(entry.code),
                        argument: entry.argument,
                        says: detail(entry.code, entry.argument),
                        left_out: words::left_out(entry.code, entry.argument)
                            .map(|(code, count)| (log_kind(code), count)),
                        turned_after: (entry.code == LogCode::StallRecovery)
                            .then(|| Millis::MINUTE.times(entry.argument.into())),
                    })
                    .collect(),
            }),
            Response::Prescription(prescription) => {
                let read = Shown::Prescription(Box::new(read_out::therapy(&prescription)));
                Answer::Read(read, words::prescription(&prescription))
            }
            Response::Alarms(report) => {
                let read = Shown::Alarms(read_out::alarms(&report));
                Answer::Read(read, words::alarm_report(&report))
            }
            Response::Health(health) => Answer::Read(
                Shown::Health(read_out::health(&health)),
                words::health(&health),
            ),
        })
    }

    fn fork(&self) -> Result<Box<dyn Programmer>, NotForkable> {
        Ok(Box::new(self.clone()))
    }
}

const fn role(sender: Sender) -> Role {
    match sender {
        Sender::Clinician => Role::Clinician,
        Sender::Remote(number) => Role::Remote(number),
    }
}

/// Converts a therapy to the pump's message.
fn prescription(therapy: &Therapy) -> Prescription {
    let bolus = therapy.patient_bolus;
    let (infusion, dose, schedule) = match therapy.infusion {
        plan::Infusion::Simple(dose) => (Infusion::Simple, dose, Schedule::EMPTY),
        plan::Infusion::MinimumRate => (Infusion::MinimumRate, DoseRate::ZERO, Schedule::EMPTY),
        plan::Infusion::Flex(week) => (Infusion::Flex, DoseRate::ZERO, schedule(&week)),
    };
    Prescription {
        concentration: therapy.concentration,
        dose,
        bolus_dose: bolus.map_or(Mass::ZERO, |bolus| bolus.dose),
        bolus_duration: bolus.map_or(Millis::ZERO, |bolus| bolus.duration),
        lockout: bolus.map_or(Millis::ZERO, |bolus| bolus.lockout),
        daily_maximum: bolus.map_or(0, |bolus| bolus.daily_maximum),
        low_reservoir: therapy.low_reservoir,
        critical_interval: therapy.critical_interval,
        non_critical_interval: therapy.non_critical_interval,
        infusion,
        during_bolus: match therapy.during_bolus {
            plan::DuringBolus::Add => DuringBolus::Add,
            plan::DuringBolus::Replace => DuringBolus::Replace,
        },
        limits: DoseLimits {
            hour: therapy.limits.hour,
            four_hours: therapy.limits.four_hours,
            day: therapy.limits.day,
        },
        catheter_volume: therapy.catheter,
        schedule,
    }
}

/// Converts a week's steps to the pump's message, which has room for as many as a plan may have.
fn schedule(week: &WeekSchedule) -> Schedule {
    const { assert!(WeekSchedule::STEPS_MAX <= Schedule::STEPS_MAX) };
    let mut schedule = Schedule::EMPTY;
    for &plan::ScheduleStep { days, minute, dose } in week.steps() {
        let fits = schedule.push(ScheduleStep { days, minute, dose });
        debug_assert!(fits, "as many steps as a plan may have");
    }
    schedule
}
