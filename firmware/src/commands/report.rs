//! Status reports of the pump, and the silencing of its alarms.

use crate::kept::Flags;
use crate::nvm::Nvm;
use crate::state::State;
use thecal_link::Stimulus;
use thecal_telemetry::{Alarms, Health, LogCode, Rejection, Response, Status};

/// Acknowledges active alarms; lasting ones stay active without a tone (REQ-ALM-003).
pub(super) fn silence(state: &mut State, nvm: &mut Nvm) -> Response {
    let active = state.alarms.active();
    if active != Alarms(0) {
        let lasting = state.lasting();
        state.alarms.silence(lasting);
        state.dirty = true;
        state.note(nvm, LogCode::Silenced, active.0.into());
    }
    Response::Done
}

pub(super) fn status(state: &State, stimulus: &Stimulus) -> Status {
    let prescription = state.therapy.prescription();
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
        concentration: prescription.concentration,
        dose: prescription.dose,
    }
}

/// The prescription in force, with the concentration in the reservoir (REQ-TEL-009).
pub(super) fn prescription(state: &State) -> Result<Response, Rejection> {
    if !state.therapy.has(Flags::PROGRAMMED) {
        return Err(Rejection::NotProgrammed);
    }
    Ok(Response::Prescription(*state.therapy.prescription()))
}

/// A page of the event log. What was left out until now is told first, so that a reader misses no
/// count (REQ-LOG-010).
pub(super) fn log(state: &mut State, nvm: &mut Nvm, first: u32) -> Response {
    state.tell_left_out(nvm);
    Response::Log(state.log.page(nvm, first))
}

/// The pump's own state of health (REQ-TEL-008).
pub(super) fn health(state: &State) -> Health {
    let monotonic = state.clock.monotonic();
    let narrow = |wide: u64| u32::try_from(wide).unwrap_or(u32::MAX);
    let days = state.battery.days(monotonic);
    Health {
        loaded_mv: state.battery.loaded_mv(monotonic),
        replacement_days: match state.battery.replacement() {
            Some(_) => u16::try_from(days).unwrap_or(u16::MAX - 1),
            None => u16::MAX,
        },
        time_of_week: narrow(state.calendar.time_of_week(monotonic)),
        monotonic,
        therapy_time: state.now,
        resets: state.session.resets,
        close_resets: state.close_resets,
        bridge_steps: state.bridge.steps(),
        in_session: state.update.is_open(),
        primed: state.therapy.has(Flags::PRIMED),
        magnet: state.magnet_since.is_some(),
        catheter_open: state.therapy.has(Flags::CATHETER_OPEN),
    }
}
