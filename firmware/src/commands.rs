//! Commands that are authentic and fresh: checked again, then obeyed.

use crate::bolus::{BolusKind, Press};
use crate::nvm::Nvm;
use crate::prescription::{CAPACITY, is_concentration, is_valid, plan_bolus};
use crate::state::State;
use thecal_link::telemetry::{
    Alarms, Command, Denial, FACTORY_KEY, Keys, LogCode, Mode, Opened, Prescription, Rejection,
    Response, Role, Status, seal,
};
use thecal_link::{Reaction, Stimulus};
use thecal_units::{Concentration, Mass, Millis, Volume};

/// Takes a packet and puts the answer, if there is one, into the Reaction.
pub(crate) fn receive(state: &mut State, nvm: &mut Nvm, stimulus: &Stimulus, out: &mut Reaction) {
    let opened = match state.session.accept(stimulus.telemetry.as_slice()) {
        Ok(opened) => opened,
        Err(refused) => {
            if refused.is_first {
                let role = u32::try_from(refused.role).unwrap_or(u32::MAX);
                state.note(nvm, LogCode::Unauthentic, role);
            }
            return;
        }
    };
    // A provisioning is answered under the key that it came with.
    let key = state.session.key(opened.role).unwrap_or(FACTORY_KEY);
    let response = obey(state, nvm, stimulus, &opened).unwrap_or_else(Response::Rejected);
    if let Ok(packet) = seal(key, opened.role, opened.counter, &response) {
        out.telemetry = packet;
    }
}

/// What each role may say (REQ-TEL-005).
fn obey(
    state: &mut State,
    nvm: &mut Nvm,
    stimulus: &Stimulus,
    opened: &Opened<Command>,
) -> Result<Response, Rejection> {
    if let Command::Provision(keys) = opened.content {
        return provision(state, nvm, keys, opened);
    }
    if state.session.keys.is_none() {
        return Err(Rejection::NotProgrammed);
    }
    match (opened.role, opened.content) {
        (_, Command::Interrogate) => Ok(Response::Status(status(state, stimulus))),
        (Role::Remote(remote), Command::PatientBolus { press }) => {
            Ok(patient_bolus(state, nvm, remote, press))
        }
        (Role::Remote(_), _)
        | (Role::Clinician, Command::PatientBolus { .. } | Command::Provision(_)) => {
            Err(Rejection::NotAllowed)
        }
        (_, Command::Program(prescription)) => program(state, nvm, &prescription),
        (_, Command::Start) => start(state, nvm),
        (_, Command::Stop) => stop(state, nvm),
        (_, Command::ClinicianBolus { dose, duration }) => {
            clinician_bolus(state, nvm, dose, duration)
        }
        (_, Command::ReadLog { first }) => Ok(Response::Log(state.log.page(nvm, first))),
        (
            _,
            Command::Refill {
                volume,
                concentration,
            },
        ) => refill(state, nvm, volume, concentration),
        (_, Command::Silence) => Ok(silence(state, nvm)),
    }
}

/// The one command that a pump without keys obeys (REQ-TEL-004).
fn provision(
    state: &mut State,
    nvm: &mut Nvm,
    keys: Keys,
    opened: &Opened<Command>,
) -> Result<Response, Rejection> {
    if state.session.keys.is_some() {
        return Err(Rejection::AlreadyProvisioned);
    }
    if keys.of(Role::Clinician) == FACTORY_KEY {
        return Err(Rejection::OutOfRange);
    }
    state.session.provision(keys, opened.counter);
    state.note(nvm, LogCode::Provisioned, 0);
    Ok(Response::Done)
}

fn program(
    state: &mut State,
    nvm: &mut Nvm,
    prescription: &Prescription,
) -> Result<Response, Rejection> {
    if !is_valid(prescription) {
        return Err(Rejection::OutOfRange);
    }
    if state.bolus.is_some() {
        // A running bolus was granted under the old prescription.
        return Err(Rejection::WrongMode);
    }
    state.therapy.prescription = *prescription;
    state.therapy.programmed = true;
    state.therapy.safe = false;
    state.troubles = 0;
    state.dirty = true;
    state.apply_prescription();
    if state.reservoir.count() > prescription.low_reservoir {
        state.alarms.clear(Alarms::LOW_RESERVOIR);
    }
    state.note(nvm, LogCode::Programmed, prescription.dose.as_ng_per_day());
    Ok(Response::Done)
}

fn start(state: &mut State, nvm: &mut Nvm) -> Result<Response, Rejection> {
    if state.therapy.safe {
        return Err(Rejection::WrongMode);
    }
    if !state.therapy.programmed {
        return Err(Rejection::NotProgrammed);
    }
    if !core::mem::replace(&mut state.therapy.running, true) {
        state.dirty = true;
        state.note(nvm, LogCode::Started, 0);
    }
    Ok(Response::Done)
}

/// Stops in this exchange, a bolus included (REQ-THE-001).
fn stop(state: &mut State, nvm: &mut Nvm) -> Result<Response, Rejection> {
    if !state.therapy.programmed {
        return Err(Rejection::NotProgrammed);
    }
    if core::mem::replace(&mut state.therapy.running, false) {
        state.end_bolus(nvm);
        state.meter.forgive();
        state.dirty = true;
        state.note(nvm, LogCode::Stopped, 0);
    }
    Ok(Response::Done)
}

/// Beside no other bolus, without lockout (REQ-BOL-013).
fn clinician_bolus(
    state: &mut State,
    nvm: &mut Nvm,
    dose: Mass,
    duration: Millis,
) -> Result<Response, Rejection> {
    if !state.therapy.programmed {
        return Err(Rejection::NotProgrammed);
    }
    let plan =
        plan_bolus(&state.therapy.prescription, dose, duration).ok_or(Rejection::OutOfRange)?;
    if state.mode() != Mode::Infusing {
        return Err(Rejection::WrongMode);
    }
    state.start_bolus(BolusKind::Clinician, plan);
    let nanograms = u32::try_from(dose.as_nanograms_round_down()).unwrap_or(u32::MAX);
    state.note(nvm, LogCode::ClinicianBolus, nanograms);
    Ok(Response::Done)
}

/// Grants or denies now; a denied request leaves nothing but a count (REQ-BOL-011).
fn patient_bolus(state: &mut State, nvm: &mut Nvm, remote: u8, press: u16) -> Response {
    let press = state.session.buttons.press(remote, press, state.now);
    if press == Press::Stuck {
        state.raise(Alarms::STUCK_BUTTON);
        state.note(nvm, LogCode::StuckButton, remote.into());
    }
    let prescription = state.therapy.prescription;
    let plan = plan_bolus(
        &prescription,
        prescription.bolus_dose,
        prescription.bolus_duration,
    );
    match (denial(state, press), plan) {
        (None, Some(plan)) => {
            state.grants.grant(state.now);
            state.start_bolus(BolusKind::Patient, plan);
            state.session.granted = state.session.granted.saturating_add(1);
            state.denial_logged = false;
            state.note(nvm, LogCode::BolusGranted, remote.into());
            Response::BolusGranted
        }
        (denial, _) => {
            let denial = denial.unwrap_or(Denial::Disabled);
            state.session.denied = state.session.denied.saturating_add(1);
            if !core::mem::replace(&mut state.denial_logged, true) {
                state.note(nvm, LogCode::BolusDenied, denial as u32);
            }
            Response::BolusDenied(denial)
        }
    }
}

/// The order in which reasons are told (REQ-BOL-003).
fn denial(state: &State, press: Press) -> Option<Denial> {
    let prescription = &state.therapy.prescription;
    if !state.therapy.programmed || prescription.bolus_dose == Mass::ZERO {
        return Some(Denial::Disabled);
    }
    if !state.is_infusing() || state.alarms.active().has(Alarms::MEMORY) {
        return Some(Denial::NotInfusing);
    }
    if press != Press::New {
        return Some(Denial::SamePress);
    }
    state
        .grants
        .denial(state.now, prescription)
        .or_else(|| state.bolus.is_some().then_some(Denial::InProgress))
}

/// Sets count and concentration together, or neither (REQ-RES-002).
fn refill(
    state: &mut State,
    nvm: &mut Nvm,
    volume: Volume,
    concentration: Concentration,
) -> Result<Response, Rejection> {
    if !state.therapy.programmed {
        return Err(Rejection::NotProgrammed);
    }
    let prescription = Prescription {
        concentration,
        ..state.therapy.prescription
    };
    if volume > CAPACITY || !is_concentration(concentration) || !is_valid(&prescription) {
        return Err(Rejection::OutOfRange);
    }
    if state.bolus.is_some() {
        return Err(Rejection::WrongMode);
    }
    state.therapy.prescription = prescription;
    state.apply_prescription();
    state.reservoir.refill(volume);
    state.dirty = true;
    if volume > prescription.low_reservoir {
        state.alarms.clear(Alarms::LOW_RESERVOIR);
    }
    if volume > Volume::ZERO {
        state.alarms.clear(Alarms::EMPTY_RESERVOIR);
    }
    let nanoliters = u32::try_from(volume.as_nanoliters_round_down()).unwrap_or(u32::MAX);
    state.note(nvm, LogCode::Refilled, nanoliters);
    Ok(Response::Done)
}

fn silence(state: &mut State, nvm: &mut Nvm) -> Response {
    let active = state.alarms.active();
    if active != Alarms(0) {
        let mut lasting = Alarms(0);
        for (lasts, alarm) in [
            (state.stall.is_stalled(), Alarms::MOTOR_STALL),
            (state.therapy.safe || state.write_fault, Alarms::MEMORY),
            (state.reservoir.is_empty(), Alarms::EMPTY_RESERVOIR),
            (
                state.reservoir.count() <= state.therapy.prescription.low_reservoir,
                Alarms::LOW_RESERVOIR,
            ),
        ] {
            if lasts {
                lasting = lasting.with(alarm);
            }
        }
        state.alarms.silence(lasting);
        state.dirty = true;
        state.note(nvm, LogCode::Silenced, active.0.into());
    }
    Response::Done
}

fn status(state: &State, stimulus: &Stimulus) -> Status {
    Status {
        clock: stimulus.clock,
        mode: state.mode(),
        alarms: state.alarms.active(),
        reservoir: state.reservoir.count(),
        steps: state.reservoir.steps(),
        granted: state.session.granted,
        denied: state.session.denied,
        unauthentic: state.session.unauthentic,
        log_entries: state.log.entries(),
        supply_mv: stimulus.supply_mv,
        concentration: state.therapy.prescription.concentration,
        dose: state.therapy.prescription.dose,
    }
}
