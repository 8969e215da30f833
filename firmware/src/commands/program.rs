//! Commands that change the therapy: start and stop, update sessions, refills.

use crate::calendar::WEEK;
use crate::kept::Flags;
use crate::nvm::Nvm;
use crate::prescription::{as_nanoliters, check, is_slow_enough, mean_dose};
use crate::state::State;
use thecal_telemetry::{
    Alarms, CatheterWork, Infusion, LogCode, Prescription, Rejection, Response,
};
use thecal_units::Mass;

/// Starts the infusion. After a stop by the battery its confirmations are reset first
/// (REQ-BAT-004).
pub(super) fn start(state: &mut State, nvm: &mut Nvm) -> Result<Response, Rejection> {
    if state.therapy.has(Flags::SAFE) {
        return Err(Rejection::SafeState);
    }
    if state.is_priming() {
        return Err(Rejection::Priming);
    }
    if !state.therapy.has(Flags::PROGRAMMED) {
        return Err(Rejection::NotProgrammed);
    }
    let ended = state.therapy.has(Flags::ENDED);
    if ended {
        state.therapy.set(Flags::ENDED, false);
        state.alarms.clear(Alarms::INFUSION_ENDED_WITH_THE_BATTERY);
        state.battery.doubt();
    }
    if ended || !state.therapy.has(Flags::RUNNING) {
        state.therapy.set(Flags::RUNNING, true);
        state.therapy.stopped_since = state.now;
        state.alarms.clear(Alarms::STOPPED_FOR_LONG);
        state.dirty = true;
        state.note(nvm, LogCode::Started, 0);
    }
    Ok(Response::Done)
}

/// Stops in this exchange, including a bolus (REQ-THE-001).
pub(super) fn stop(state: &mut State, nvm: &mut Nvm) -> Result<Response, Rejection> {
    if !state.therapy.has(Flags::PROGRAMMED) {
        return Err(Rejection::NotProgrammed);
    }
    if state.therapy.has(Flags::RUNNING) || state.is_priming() {
        state.therapy.set(Flags::RUNNING, false);
        state.therapy.stopped_since = state.now;
        state.end_bolus(nvm);
        state.forgive();
        state.dirty = true;
        state.note(nvm, LogCode::Stopped, 0);
    }
    Ok(Response::Done)
}

/// Somebody has worked on the catheter: it may be primed once more (REQ-THE-015).
pub(super) fn declare_work(
    state: &mut State,
    nvm: &mut Nvm,
    work: CatheterWork,
) -> Result<Response, Rejection> {
    if !state.therapy.has(Flags::PROGRAMMED) {
        return Err(Rejection::NotProgrammed);
    }
    if state.is_priming() {
        return Err(Rejection::Priming);
    }
    state.therapy.set(Flags::CATHETER_OPEN, true);
    state.dirty = true;
    state.note(nvm, LogCode::CatheterWork, work as u32);
    Ok(Response::Done)
}

/// Opens an update session; with `hold` the infusion pauses while it is open (REQ-THE-014).
pub(super) fn open(state: &mut State, nvm: &mut Nvm, hold: bool) -> Result<Response, Rejection> {
    if state.is_priming() {
        return Err(Rejection::Priming);
    }
    state.update.open(state.now);
    if hold && !state.therapy.held {
        state.end_bolus(nvm);
        state.forgive();
    }
    state.therapy.held = hold;
    state.dirty = true;
    Ok(Response::Done)
}

/// Stages a prescription; the one in force stays in force (REQ-THE-004).
pub(super) fn stage(state: &mut State, prescription: &Prescription) -> Result<Response, Rejection> {
    if !state.update.is_open() {
        return Err(Rejection::NoSession);
    }
    check(prescription)?;
    state.update.stage(*prescription);
    state.staged = Some(prescription.to_bytes());
    Ok(Response::Done)
}

/// Puts the staged prescription in force, all or nothing: the state names its slot (REQ-THE-004).
pub(super) fn commit(
    state: &mut State,
    nvm: &mut Nvm,
    checksum: u32,
    time_of_week: u32,
) -> Result<Response, Rejection> {
    let staged = state.update.staged(checksum)?;
    if u64::from(time_of_week) >= WEEK {
        return Err(Rejection::TimeOfWeekRange);
    }
    // A running bolus was granted under the old prescription.
    if state.is_priming() {
        return Err(Rejection::Priming);
    }
    if state.bolus.is_some() {
        return Err(Rejection::InBolus);
    }
    let spare = state.slot ^ 1;
    let stored = state.prescription_in(nvm, spare, checksum).1;
    if state.staged.is_some() || stored != Some(staged) {
        return Err(Rejection::NotStored);
    }
    if state.bridge.is_active() && !is_slow_enough(&staged, state.bridge.concentration()) {
        return Err(Rejection::BridgeFlow);
    }
    // What is left stopped, or programmed to nothing, has been looked at.
    state.therapy.stopped_since = state.now;
    state.end(Alarms::STOPPED_FOR_LONG);
    state.slot = spare;
    state.checksum = checksum;
    let before = *state.therapy.prescription();
    state.alarms.reprogram(state.now, &before, &staged);
    state.therapy.prescribe(staged, state.now);
    state.therapy.set(Flags::PROGRAMMED, true);
    state.therapy.set(Flags::SAFE, false);
    state.alarms.clear(Alarms::SAFE_STATE);
    state.close_resets = 0;
    state.calendar.set(state.clock.monotonic(), time_of_week);
    state.forget_rate();
    if state.reservoir.count() > staged.low_reservoir {
        state.alarms.clear(Alarms::LOW_RESERVOIR);
    }
    state.release();
    note_prescription(state, nvm, &staged, checksum);
    Ok(Response::Done)
}

/// Closes an update session on purpose, so without an alarm.
pub(super) fn close(state: &mut State) -> Result<Response, Rejection> {
    if state.update.is_open() {
        state.release();
    }
    Ok(Response::Done)
}

/// What a log needs to say which dose was programmed, beside that of a simple infusion (REQ-LOG-009).
pub(crate) fn note_prescription(
    state: &mut State,
    nvm: &mut Nvm,
    of: &Prescription,
    checksum: u32,
) {
    state.note(nvm, LogCode::Programmed, of.dose.as_ng_per_day());
    let concentration = of.concentration.as_ng_per_ml();
    state.note(nvm, LogCode::Concentration, concentration);
    let catheter = as_nanoliters(of.catheter_volume);
    state.note(nvm, LogCode::CatheterVolume, catheter);
    if of.infusion != Infusion::Simple {
        let dose = mean_dose(of).as_ng_per_day();
        state.note(nvm, LogCode::DailyDose, dose);
    }
    if of.bolus_dose != Mass::ZERO {
        let dose = of.bolus_dose.as_nanograms_round_down();
        let dose = u32::try_from(dose).unwrap_or(u32::MAX);
        state.note(nvm, LogCode::PatientBolusDose, dose);
    }
    state.note(nvm, LogCode::PrescriptionChecksum, checksum);
}
