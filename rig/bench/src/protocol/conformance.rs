//! Whether a process keeps to the protocol between rig and process, check by check and in plain words;
//! no pump is needed.

use super::message::{AnswerJson, Ask, SenderJson, hex, packet};
use super::programmer::ProtocolProgrammer;
use super::request::RequestJson;
use thecal_engine::programmer::{Programmer as _, ProgrammerError};
use thecal_plan::{
    CatheterWork, DoseLimits, DuringBolus, Infusion, PatientBolus, ProtocolProcess, Request,
    Therapy,
};
use thecal_units::{Concentration, DoseRate, Mass, Millis, Volume};

/// A check and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What must be true.
    pub what: &'static str,
    /// What is wrong; `None`: it is true.
    pub wrong: Option<String>,
}

/// Answers that no pump gives, as hexadecimal digits.
const GARBAGE: [&str; 4] = [
    "00",
    "ffffffffffffffffffffffffffffffff",
    "0001020304050607",
    "7b7d",
];

/// All checks, in their order; those that rest on one that failed are left out.
#[must_use]
pub fn checks(how: &ProtocolProcess) -> Vec<Check> {
    let mut told = Vec::new();
    let mut first = None;
    check(
        &mut told,
        "it starts, and says its name and the version that it speaks",
        || {
            first = Some(ProtocolProgrammer::start(how)?);
            Ok(())
        },
    );
    let Some(mut programmer) = first else {
        return told;
    };
    let mut sent = Vec::new();
    check(
        &mut told,
        "every request has steps, and every step a packet",
        || {
            sent = packets(&mut programmer)?;
            Ok(())
        },
    );
    check(
        &mut told,
        "no packet is sent twice: a pump could not tell it from a replay",
        || fresh(&mut programmer),
    );
    check(
        &mut told,
        "an answer that no pump gives is unreadable, and nothing worse",
        || garbage(&mut programmer, &sent),
    );
    check(
        &mut told,
        "a question of a later version is answered with an error",
        || unknown(&mut programmer),
    );
    check(
        &mut told,
        "the same questions have the same answers in a second process",
        || copied(&programmer),
    );
    check(
        &mut told,
        "nothing but answers is written to standard output",
        || match programmer.process.unasked() {
            None => Ok(()),
            Some(line) => Err(ProgrammerError::Broken(format!(
                "`{line}` was not asked for: write remarks to standard error"
            ))),
        },
    );
    check(
        &mut told,
        "it ends when its standard input is closed",
        || {
            if programmer.process.close() {
                Ok(())
            } else {
                Err(ProgrammerError::Broken(
                    "it goes on: end when reading standard input gives no more lines".to_owned(),
                ))
            }
        },
    );
    told
}

fn check(
    told: &mut Vec<Check>,
    what: &'static str,
    made: impl FnOnce() -> Result<(), ProgrammerError>,
) {
    // One that died has nothing more to say.
    if told.iter().any(|check: &Check| check.wrong.is_some()) {
        return;
    }
    let wrong = made().err().map(|error| error.to_string());
    told.push(Check { what, wrong });
}

/// The packets of every step of every request.
fn packets(programmer: &mut ProtocolProgrammer) -> Result<Vec<String>, ProgrammerError> {
    let mut sent = Vec::new();
    for request in requests() {
        for step in programmer.steps(&request)? {
            let built = programmer.packet(sender(&step), &step, Millis::HOUR)?;
            sent.push(hex(built.as_slice()));
        }
        programmer.take_back(&request)?;
    }
    if sent.is_empty() {
        let none = "no request has a step: nothing would ever be sent to the pump";
        return Err(ProgrammerError::Broken(none.to_owned()));
    }
    Ok(sent)
}

fn sender(request: &Request) -> thecal_engine::programmer::Sender {
    use thecal_engine::programmer::Sender;
    match request {
        Request::PatientBolus { .. } => Sender::Remote(1),
        _ => Sender::Clinician,
    }
}

fn fresh(programmer: &mut ProtocolProgrammer) -> Result<(), ProgrammerError> {
    let request = RequestJson::from(&Request::Start);
    let mut ask = || -> Result<String, ProgrammerError> {
        programmer.ask(&Ask::Packet {
            sender: SenderJson::Clinician,
            request: &request,
            time_of_week_ms: 0,
        })
    };
    let (one, other) = (ask()?, ask()?);
    packet(&one).map_err(ProgrammerError::Broken)?;
    if one == other {
        let same = format!("both packets that start the infusion are {one}");
        return Err(ProgrammerError::Broken(same));
    }
    Ok(())
}

fn garbage(programmer: &mut ProtocolProgrammer, sent: &[String]) -> Result<(), ProgrammerError> {
    let Some(sent) = sent.last() else {
        return Ok(());
    };
    for answer in GARBAGE {
        let read: AnswerJson = programmer.ask(&Ask::Answer { sent, answer })?;
        if !matches!(read, AnswerJson::Unreadable { .. }) {
            return Err(ProgrammerError::Broken(format!(
                "the answer {answer} was read as {read:?}; answer with `unreadable` and say why"
            )));
        }
    }
    Ok(())
}

/// A question that no version has.
fn unknown(programmer: &mut ProtocolProgrammer) -> Result<(), ProgrammerError> {
    let later = "what-only-a-later-version-asks";
    let error = programmer.exchange_next(later);
    match error {
        Err(ProgrammerError::Broken(what)) if what.contains("answered with an error") => Ok(()),
        Err(other) => Err(other),
        Ok(_) => Err(ProgrammerError::Broken(format!(
            "it answered `{later}`, which it cannot know; answer with `error` and say why"
        ))),
    }
}

fn copied(programmer: &ProtocolProgrammer) -> Result<(), ProgrammerError> {
    match programmer.fork() {
        Ok(_) => Ok(()),
        Err(_) if !programmer.is_clonable() => Ok(()),
        Err(why) => Err(ProgrammerError::Broken(why.to_string())),
    }
}

/// One of each.
fn requests() -> Vec<Request> {
    let therapy = Therapy {
        concentration: Concentration::from_ng_per_ml(2_000_000),
        infusion: Infusion::Simple(DoseRate::from_ng_per_day(1_000_000)),
        patient_bolus: Some(PatientBolus {
            dose: Mass::from_nanograms(50_000),
            duration: Millis::MINUTE.times(5),
            lockout: Millis::HOUR,
            daily_maximum: 6,
        }),
        during_bolus: DuringBolus::Add,
        limits: DoseLimits::NONE,
        catheter: Volume::from_nanoliters(200_000),
        low_reservoir: Volume::from_nanoliters(2_000_000),
        critical_interval: Millis::MINUTE.times(10),
        non_critical_interval: Millis::HOUR,
    };
    let refill = Request::Refill {
        volume: Volume::from_nanoliters(18_000_000),
        concentration: therapy.concentration,
        bridge: false,
        drawn: None,
    };
    vec![
        Request::Provision,
        Request::Program(therapy),
        refill,
        Request::Start,
        Request::Interrogate,
        Request::PatientBolus { press: 1 },
        Request::ClinicianBolus {
            dose: Mass::from_nanograms(20_000),
            duration: Millis::MINUTE.times(2),
        },
        Request::ReadLog { first: 0 },
        Request::Silence,
        Request::OpenUpdate { hold: true },
        Request::Stage(therapy),
        Request::Commit,
        Request::CloseUpdate,
        Request::PrimingBolus,
        Request::DeclareWork(CatheterWork::Revised),
        Request::ReadPrescription,
        Request::ReadAlarms,
        Request::ReadHealth,
        Request::Stop,
    ]
}
