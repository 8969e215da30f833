//! Commands: authentic and fresh ones are range-checked, then obeyed.

mod bolus;
mod program;
mod refill;
mod report;

pub(crate) use program::note_prescription;

use crate::nvm::Nvm;
use crate::state::State;
use thecal_link::{Reaction, Stimulus};
use thecal_telemetry::{Command, LogCode, Opened, Rejection, Response, Role, seal};

/// Handles a packet and puts the answer, if any, into the Reaction. Bytes that are no packet have
/// no effect (REQ-TEL-011).
pub(crate) fn receive(state: &mut State, nvm: &mut Nvm, stimulus: &Stimulus, out: &mut Reaction) {
    let (opened, key) = match state.session.accept(nvm, stimulus.telemetry.as_slice()) {
        Ok(accepted) => accepted,
        Err(refused) => {
            if refused.is_first {
                let role = u32::try_from(refused.role).unwrap_or(u32::MAX);
                state.note(nvm, LogCode::Unauthentic, role);
            }
            return;
        }
    };
    let has_keys = state.session.keys.is_some();
    let response = obey(state, nvm, stimulus, &opened).unwrap_or_else(|why| {
        // Without keys a recording could fill the log.
        if has_keys {
            state.note_refusal(nvm, &opened.content, why);
        }
        Response::Rejected(why)
    });
    if let Ok(packet) = seal(key, opened.role, opened.counter, &response) {
        out.telemetry = packet;
    }
}

/// Commands permitted to each role (REQ-TEL-005). Each clinician packet keeps an update session
/// open.
fn obey(
    state: &mut State,
    nvm: &mut Nvm,
    stimulus: &Stimulus,
    opened: &Opened<Command>,
) -> Result<Response, Rejection> {
    if state.session.keys.is_none() {
        return obey_without_keys(state, nvm, stimulus, opened);
    }
    if opened.role == Role::Clinician {
        state.update.keep_open(state.now);
    }
    match (opened.role, opened.content) {
        (_, Command::Interrogate) => Ok(Response::Status(report::status(state, stimulus))),
        (Role::Remote(remote), Command::PatientBolus { press }) => {
            Ok(bolus::patient(state, nvm, remote, press))
        }
        (Role::Remote(_), _) | (Role::Clinician, Command::PatientBolus { .. }) => {
            Err(Rejection::NotAllowed)
        }
        (Role::Clinician, command) => clinician(state, nvm, command),
    }
}

/// Commands permitted only to the clinician.
fn clinician(state: &mut State, nvm: &mut Nvm, command: Command) -> Result<Response, Rejection> {
    match command {
        Command::Start => program::start(state, nvm),
        Command::Stop => program::stop(state, nvm),
        Command::OpenUpdate { hold } => program::open(state, nvm, hold),
        Command::Stage(prescription) => program::stage(state, &prescription),
        Command::DeclareWork(work) => program::declare_work(state, nvm, work),
        Command::Commit {
            checksum,
            time_of_week,
        } => program::commit(state, nvm, checksum, time_of_week),
        Command::CloseUpdate => program::close(state),
        Command::Refill {
            volume,
            concentration,
            bridge,
            drawn,
        } => {
            let entered = refill::Refill {
                volume,
                concentration,
                bridge,
                drawn,
            };
            refill::enter(state, nvm, &entered)
        }
        Command::ClinicianBolus { dose, duration } => bolus::clinician(state, nvm, dose, duration),
        Command::PrimingBolus => bolus::priming(state, nvm),
        Command::Silence => Ok(report::silence(state, nvm)),
        Command::ReadLog { first } => Ok(report::log(state, nvm, first)),
        Command::ReadPrescription => report::prescription(state),
        Command::ReadAlarms => Ok(Response::Alarms(
            state.alarms.report(state.clock.monotonic()),
        )),
        Command::ReadHealth => Ok(Response::Health(report::health(state))),
        Command::AskChallenge | Command::Provision { .. } => Err(Rejection::AlreadyProvisioned),
        Command::Interrogate | Command::PatientBolus { .. } => Err(Rejection::NotAllowed),
    }
}

/// The two commands obeyed by a pump without keys (REQ-TEL-004).
fn obey_without_keys(
    state: &mut State,
    nvm: &mut Nvm,
    stimulus: &Stimulus,
    opened: &Opened<Command>,
) -> Result<Response, Rejection> {
    match opened.content {
        Command::AskChallenge => {
            state.ongoing_dirty = true;
            let entries = state.log.entries();
            let challenge = state.session.challenge(entries, stimulus.clock);
            Ok(Response::Challenge(challenge))
        }
        Command::Provision { remotes } => {
            state.session.provision(remotes, opened.counter);
            state.note(nvm, LogCode::Provisioned, 0);
            Ok(Response::Done)
        }
        _ => Err(Rejection::NotProvisioned),
    }
}
