//! A refill: what was drawn out, what was filled, and what becomes of the old drug.

use crate::bridge::Bridge;
use crate::kept::Flags;
use crate::metering::STEP_VOLUME;
use crate::nvm::Nvm;
use crate::prescription::{CAPACITY, as_nanoliters, behind_the_reservoir, check};
use crate::state::State;
use thecal_telemetry::{Alarms, LogCode, Prescription, Rejection, Response};
use thecal_units::{Concentration, Volume};

/// A refill as it is entered.
pub(super) struct Refill {
    pub(super) volume: Volume,
    pub(super) concentration: Concentration,
    /// Whether the old drug left behind the reservoir continues at its own rate (REQ-THE-011).
    pub(super) bridge: bool,
    /// What was drawn out before, if it was measured. Nothing follows from it here; it is evidence.
    pub(super) drawn: Option<Volume>,
}

/// Sets count and concentration together, or neither (REQ-RES-002).
pub(super) fn enter(
    state: &mut State,
    nvm: &mut Nvm,
    refill: &Refill,
) -> Result<Response, Rejection> {
    let concentration = refill.concentration;
    if !state.therapy.has(Flags::PROGRAMMED) {
        return Err(Rejection::NotProgrammed);
    }
    let before = *state.therapy.prescription();
    let prescription = Prescription {
        concentration,
        ..before
    };
    if refill.volume > CAPACITY || refill.drawn.is_some_and(|drawn| drawn > CAPACITY) {
        return Err(Rejection::VolumeRange);
    }
    check(&prescription)?;
    if state.is_priming() {
        return Err(Rejection::Priming);
    }
    if state.bolus.is_some() {
        return Err(Rejection::InBolus);
    }
    if refill.bridge && state.bridge.is_active() {
        return Err(Rejection::Bridging);
    }
    // What is staged speaks of the drug before.
    state.update.unstage();
    note(state, nvm, refill);
    state.therapy.concentrate(concentration, state.now);
    state.reservoir.refill(refill.volume);
    state.dirty = true;
    if refill.volume > prescription.low_reservoir {
        state.alarms.clear(Alarms::LOW_RESERVOIR);
    }
    if refill.volume > Volume::ZERO {
        state.alarms.clear(Alarms::EMPTY_RESERVOIR);
    }
    if refill.bridge && concentration != before.concentration {
        let left = behind_the_reservoir(&prescription);
        let steps = u32::try_from(left.whole_parts(STEP_VOLUME)).unwrap_or(u32::MAX);
        state.bridge = Bridge::new(steps, before.concentration);
        state.note(nvm, LogCode::BridgeBegan, as_nanoliters(left));
    }
    Ok(Response::Done)
}

/// What was counted, drawn and filled: the only time that a count meets a measurement (REQ-LOG-009).
fn note(state: &mut State, nvm: &mut Nvm, refill: &Refill) {
    let counted = as_nanoliters(state.reservoir.count());
    state.note(nvm, LogCode::CountedBefore, counted);
    if let Some(drawn) = refill.drawn {
        state.note(nvm, LogCode::DrawnBefore, as_nanoliters(drawn));
    }
    state.note(nvm, LogCode::Refilled, as_nanoliters(refill.volume));
    let concentration = refill.concentration.as_ng_per_ml();
    state.note(nvm, LogCode::Concentration, concentration);
}
