//! Boluses: whether one is granted now, and the reason for a denial.

use crate::buttons::Press;
use crate::grants::BolusKind;
use crate::kept::Flags;
use crate::memory::RAM_GRANTS;
use crate::nvm::Nvm;
use crate::prescription::{as_nanoliters, behind_the_reservoir, plan_bolus, plan_priming};
use crate::state::State;
use thecal_telemetry::{Alarms, Denial, LogCode, Mode, Rejection, Response};
use thecal_units::{Mass, Millis};

/// A clinician bolus: not during another bolus; without lockout or limits (REQ-BOL-013), but it
/// counts for the patient's limits afterwards (REQ-BOL-014).
pub(super) fn clinician(
    state: &mut State,
    nvm: &mut Nvm,
    dose: Mass,
    duration: Millis,
) -> Result<Response, Rejection> {
    if !state.therapy.has(Flags::PROGRAMMED) {
        return Err(Rejection::NotProgrammed);
    }
    let plan = plan_bolus(state.therapy.prescription(), dose, duration)?;
    match state.mode() {
        Mode::Infusing => {}
        Mode::Unprogrammed => return Err(Rejection::NotProgrammed),
        Mode::SafeState => return Err(Rejection::SafeState),
        Mode::Priming => return Err(Rejection::Priming),
        Mode::Stopped => return Err(Rejection::Stopped),
        Mode::EndOfService => return Err(Rejection::EndOfService),
        Mode::Held => return Err(Rejection::Held),
        Mode::Empty => return Err(Rejection::Empty),
        Mode::Stalled | Mode::Recovering => return Err(Rejection::Stalled),
        Mode::PatientBolus | Mode::ClinicianBolus => return Err(Rejection::InBolus),
    }
    if state.bridge.is_active() {
        return Err(Rejection::Bridging);
    }
    if !state.grants.has_room(state.now) {
        return Err(Rejection::NoRoom);
    }
    let now = state.now;
    state
        .grants
        .grant(now, BolusKind::Clinician, dose, plan.duration);
    state.start_bolus(BolusKind::Clinician, plan);
    let nanograms = u32::try_from(dose.as_nanograms_round_down()).unwrap_or(u32::MAX);
    state.note(nvm, LogCode::ClinicianBolus, nanograms);
    Ok(Response::Done)
}

/// Fills tubing and catheter of a stopped pump, once (REQ-THE-010); after declared work on the
/// catheter, the catheter alone.
pub(super) fn priming(state: &mut State, nvm: &mut Nvm) -> Result<Response, Rejection> {
    if !state.therapy.has(Flags::PROGRAMMED) {
        return Err(Rejection::NotProgrammed);
    }
    let primed = state.therapy.has(Flags::PRIMED);
    match state.mode() {
        Mode::Stopped => {}
        Mode::Unprogrammed => return Err(Rejection::NotProgrammed),
        Mode::SafeState => return Err(Rejection::SafeState),
        Mode::Priming => return Err(Rejection::Priming),
        Mode::Infusing
        | Mode::PatientBolus
        | Mode::ClinicianBolus
        | Mode::Stalled
        | Mode::Recovering
        | Mode::Empty
        | Mode::EndOfService
        | Mode::Held => return Err(Rejection::NotStopped),
    }
    if primed && !state.therapy.has(Flags::CATHETER_OPEN) {
        return Err(Rejection::AlreadyPrimed);
    }
    if state.reservoir.is_empty() {
        return Err(Rejection::Empty);
    }
    if state.stall.is_open() {
        return Err(Rejection::Stalled);
    }
    let prescription = state.therapy.prescription();
    let volume = if primed {
        prescription.catheter_volume
    } else {
        behind_the_reservoir(prescription)
    };
    let plan = plan_priming(volume)?;
    // A priming that was cut is not repeated either: twice would be an overdose (REQ-THE-015).
    state.therapy.set(Flags::PRIMED, true);
    state.therapy.set(Flags::CATHETER_OPEN, false);
    state.start_bolus(BolusKind::Priming, plan);
    state.note(nvm, LogCode::PrimingBolus, as_nanoliters(volume));
    Ok(Response::Done)
}

/// Grants or denies at once. A denied request is counted and has no later effect (REQ-BOL-011).
pub(super) fn patient(state: &mut State, nvm: &mut Nvm, remote: u8, press: u16) -> Response {
    let press = state.session.buttons.press(remote, press, state.now);
    if press == Press::Stuck {
        state.raise(Alarms::STUCK_BUTTON);
        state.note(nvm, LogCode::StuckButton, remote.into());
    }
    if state.grants.audit(nvm, state.now) {
        state.note(nvm, LogCode::RamFault, RAM_GRANTS);
    }
    let prescription = *state.therapy.prescription();
    let plan = plan_bolus(
        &prescription,
        prescription.bolus_dose,
        prescription.bolus_duration,
    );
    match (denial(state, press), plan) {
        (None, Ok(plan)) => {
            let now = state.now;
            state.grants.grant(
                now,
                BolusKind::Patient,
                prescription.bolus_dose,
                plan.duration,
            );
            state.start_bolus(BolusKind::Patient, plan);
            state.session.granted = state.session.granted.saturating_add(1);
            state.denials_logged = 0;
            state.note(nvm, LogCode::BolusGranted, remote.into());
            Response::BolusGranted
        }
        (denial, _) => {
            let denial = denial.unwrap_or(Denial::Disabled);
            state.session.denied = state.session.denied.saturating_add(1);
            let reason = 1 << denial as u32;
            if state.denials_logged & reason == 0 {
                state.denials_logged |= reason;
                state.note(nvm, LogCode::BolusDenied, denial as u32);
            }
            Response::BolusDenied(denial)
        }
    }
}

/// The order in which reasons for denial are reported (REQ-BOL-003).
fn denial(state: &State, press: Press) -> Option<Denial> {
    let prescription = state.therapy.prescription();
    if !state.therapy.has(Flags::PROGRAMMED) {
        return Some(Denial::NotProgrammed);
    }
    match state.mode() {
        Mode::Unprogrammed => return Some(Denial::NotProgrammed),
        _ if prescription.bolus_dose == Mass::ZERO => return Some(Denial::Disabled),
        Mode::SafeState => return Some(Denial::SafeState),
        Mode::Priming => return Some(Denial::Priming),
        Mode::Stopped => return Some(Denial::Stopped),
        Mode::EndOfService => return Some(Denial::EndOfService),
        Mode::Held => return Some(Denial::Held),
        Mode::Empty => return Some(Denial::Empty),
        Mode::Stalled | Mode::Recovering => return Some(Denial::Stalled),
        Mode::Infusing | Mode::PatientBolus | Mode::ClinicianBolus => {}
    }
    if state.alarms.active().has_any(Alarms::DENYING_BOLUSES) {
        return Some(Denial::Alarm);
    }
    // REQ-MAG-002, REQ-THE-017.
    if state.magnet_since.is_some() {
        return Some(Denial::Magnet);
    }
    if state.bridge.is_active() {
        return Some(Denial::Bridging);
    }
    if press != Press::New {
        return Some(Denial::SamePress);
    }
    let highest = state.therapy.highest(state.now);
    state
        .grants
        .denial(state.now, prescription, highest)
        .or_else(|| state.bolus.is_some().then_some(Denial::InProgress))
}
