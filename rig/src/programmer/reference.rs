//! The reference pump's programmer and remotes: `thecal_link::telemetry` in the hands of people.

use super::{Answer, AnswerError, LogKind, LogLine, LogPage, Packet, Programmer, PumpStatus};
use super::{Request, Sender};
use crate::scenario::plan::Therapy;
use thecal_link::DecodeError;
use thecal_link::telemetry::{
    Alarms, Command, Denial, FACTORY_KEY, Key, Keys, LogCode, Mode, Prescription, REMOTES_MAX,
    Rejection, Response, Role, open, seal, sender,
};
use thecal_units::{Mass, Millis};

/// Programmer and remotes of one pump.
#[derive(Debug)]
pub struct Reference {
    keys: Keys,
    provisioned: bool,
    counters: [u32; REMOTES_MAX + 1],
}

impl Reference {
    /// A set that has not met its pump yet. The keys are fixed: nothing here is secret.
    #[must_use]
    pub fn new() -> Self {
        let mut keys = Keys::FACTORY;
        for (number, key) in (1_u8..).zip(&mut keys.0) {
            *key = Key([0x5a ^ number; 16]);
        }
        Self {
            keys,
            provisioned: false,
            counters: [0; REMOTES_MAX + 1],
        }
    }

    /// Key and counter of a packet that this set built.
    fn envelope(&self, packet: &Packet) -> Result<(Key, u32), DecodeError> {
        let role_key = self.keys.of(sender(packet.as_slice())?);
        [role_key, FACTORY_KEY]
            .into_iter()
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
    fn packet(&mut self, sender: Sender, request: &Request) -> Result<Packet, DecodeError> {
        let role = match sender {
            Sender::Clinician => Role::Clinician,
            Sender::Remote(number) => Role::Remote(number),
        };
        let command = match *request {
            Request::Provision => Command::Provision(self.keys),
            Request::Interrogate => Command::Interrogate,
            Request::Program(therapy) => Command::Program(prescription(&therapy)),
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
            } => Command::Refill {
                volume,
                concentration,
            },
            Request::Silence => Command::Silence,
        };
        let key = if matches!(request, Request::Provision) && !self.provisioned {
            FACTORY_KEY
        } else {
            self.keys.of(role)
        };
        let mut unknown = 0;
        let counter = self.counters.get_mut(role.index()).unwrap_or(&mut unknown);
        *counter += 1;
        seal(key, role, *counter, &command)
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
        if key == FACTORY_KEY && opened.content == Response::Done {
            self.provisioned = true;
        }
        Ok(match opened.content {
            Response::Done => Answer::Done,
            Response::Rejected(rejection) => Answer::Rejected(rejection_text(rejection)),
            Response::BolusGranted => Answer::Granted,
            Response::BolusDenied(denial) => Answer::Denied(denial_text(denial)),
            Response::Status(status) => Answer::Status(PumpStatus {
                clock: status.clock,
                mode: mode_text(status.mode),
                alarms: alarm_texts(status.alarms),
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
                        text: log_text(entry.code),
                        argument: entry.argument,
                    })
                    .collect(),
            }),
        })
    }
}

fn prescription(therapy: &Therapy) -> Prescription {
    let bolus = therapy.patient_bolus;
    Prescription {
        concentration: therapy.concentration,
        dose: therapy.dose,
        bolus_dose: bolus.map_or(Mass::ZERO, |bolus| bolus.dose),
        bolus_duration: bolus.map_or(Millis::ZERO, |bolus| bolus.duration),
        lockout: bolus.map_or(Millis::ZERO, |bolus| bolus.lockout),
        daily_maximum: bolus.map_or(0, |bolus| bolus.daily_maximum),
        low_reservoir: therapy.low_reservoir,
        critical_interval: therapy.critical_interval,
        non_critical_interval: therapy.non_critical_interval,
    }
}

const fn rejection_text(rejection: Rejection) -> &'static str {
    match rejection {
        Rejection::NotAllowed => "not allowed",
        Rejection::OutOfRange => "out of range",
        Rejection::AlreadyProvisioned => "already provisioned",
        Rejection::NotProgrammed => "not programmed",
        Rejection::WrongMode => "not in this mode",
    }
}

const fn denial_text(denial: Denial) -> &'static str {
    match denial {
        Denial::Disabled => "disabled",
        Denial::NotInfusing => "not infusing",
        Denial::Lockout => "lockout",
        Denial::DailyMaximum => "daily maximum",
        Denial::SamePress => "same press",
        Denial::InProgress => "bolus in progress",
    }
}

const fn mode_text(mode: Mode) -> &'static str {
    match mode {
        Mode::Unprogrammed => "unprogrammed",
        Mode::Stopped => "stopped",
        Mode::Infusing => "infusing",
        Mode::PatientBolus => "patient bolus",
        Mode::ClinicianBolus => "clinician bolus",
        Mode::Stalled => "stalled",
        Mode::Empty => "empty",
        Mode::SafeState => "safe state",
    }
}

fn alarm_texts(alarms: Alarms) -> Vec<&'static str> {
    [
        (Alarms::MOTOR_STALL, "motor stall"),
        (Alarms::EMPTY_RESERVOIR, "empty reservoir"),
        (Alarms::MEMORY, "memory"),
        (Alarms::RESET, "reset"),
        (Alarms::LOW_RESERVOIR, "low reservoir"),
        (Alarms::STUCK_BUTTON, "stuck button"),
    ]
    .into_iter()
    .filter_map(|(alarm, text)| alarms.has(alarm).then_some(text))
    .collect()
}

const fn log_kind(code: LogCode) -> LogKind {
    match code {
        LogCode::PowerOn => LogKind::PowerOn,
        LogCode::PinReset | LogCode::WatchdogReset | LogCode::BrownOutReset => LogKind::Reset,
        LogCode::Programmed => LogKind::Programmed,
        LogCode::Started => LogKind::Started,
        LogCode::Stopped => LogKind::Stopped,
        LogCode::ClinicianBolus => LogKind::ClinicianBolus,
        LogCode::BolusGranted => LogKind::BolusGranted,
        LogCode::BolusDenied => LogKind::BolusDenied,
        LogCode::MotorStall => LogKind::MotorStall,
        LogCode::StallRecovery => LogKind::StallRecovery,
        LogCode::LowReservoir => LogKind::LowReservoir,
        LogCode::EmptyReservoir => LogKind::EmptyReservoir,
        LogCode::Refilled => LogKind::Refilled,
        LogCode::Provisioned
        | LogCode::BolusEnded
        | LogCode::Silenced
        | LogCode::Unauthentic
        | LogCode::MemoryFault
        | LogCode::StuckButton => LogKind::Other,
    }
}

const fn log_text(code: LogCode) -> &'static str {
    match code {
        LogCode::PowerOn => "power on",
        LogCode::PinReset => "reset by line",
        LogCode::WatchdogReset => "reset by watchdog",
        LogCode::BrownOutReset => "reset by low supply",
        LogCode::Provisioned => "provisioned",
        LogCode::Programmed => "programmed",
        LogCode::Started => "started",
        LogCode::Stopped => "stopped",
        LogCode::ClinicianBolus => "clinician bolus",
        LogCode::BolusGranted => "bolus granted",
        LogCode::BolusDenied => "bolus denied",
        LogCode::BolusEnded => "bolus ended",
        LogCode::MotorStall => "motor stall",
        LogCode::StallRecovery => "stall recovery",
        LogCode::LowReservoir => "low reservoir",
        LogCode::EmptyReservoir => "empty reservoir",
        LogCode::Refilled => "refilled",
        LogCode::Silenced => "silenced",
        LogCode::Unauthentic => "packet dropped",
        LogCode::MemoryFault => "memory fault",
        LogCode::StuckButton => "stuck button",
    }
}
