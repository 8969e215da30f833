//! Power-on self test: the records are checked before anything moves (REQ-POST-001).
//!
//! | found | what follows |
//! | --- | --- |
//! | all records erased | a new pump: unprovisioned, unprogrammed |
//! | a record sound | it serves |
//! | one bank damaged or older | the other serves, is copied, logged without alarm |
//! | no bank intact | safe state, memory alarm; damaged keys or counters also close the telemetry to all but provisioning |

use crate::nvm::Nvm;
use crate::nvm_map::RecordId;
use crate::record::Health;
use crate::state::State;
use crate::therapy::Kept;
use thecal_link::telemetry::{Alarms, LogCode};
use thecal_link::{Boot, ResetCause};
use thecal_units::{Millis, PumpTime};

/// Resets by watchdog or supply that end in the safe state. Source: pump.md 5, fault 37.
const TROUBLES_MAX: u8 = 5;
/// From one of them to the next.
const TROUBLE_SPAN: Millis = Millis::from_secs(600);

/// Fills a new state from memory.
pub(crate) fn run(state: &mut State, nvm: &mut Nvm, boot: &Boot) {
    state.shown = boot.clock;
    state.log.load(nvm);
    let (therapy_health, therapy) = state.record.load(nvm);
    let (session_health, session) = state.session.record.load(nvm);
    let (keys_health, keys) = state.session.keys_record.load(nvm);
    let kept = therapy.as_ref().and_then(Kept::from_bytes);

    let (correction, not_before) =
        kept.map_or((0, PumpTime::ZERO), |kept| (kept.correction, kept.at));
    state.clock.start(boot.clock, correction, not_before);
    state.now = state.clock.observe(boot.clock).now;

    note_reset(state, nvm, boot.cause);
    let is_new = keys_health == Health::Erased && therapy_health == Health::Erased;
    if let Some(bytes) = keys {
        state.session.restore_keys(&bytes);
    }
    if let Some(bytes) = session {
        state.session.restore(&bytes, state.now);
    }
    if let Some(kept) = kept {
        resume(state, nvm, &kept);
    }
    state.dirty |= therapy_health != Health::Sound;
    state.session.dirty |= session_health != Health::Sound;
    state.session.keys_dirty |= keys.is_some() && keys_health != Health::Sound;

    let provisioned = keys_health != Health::Erased;
    let therapy_lost = kept.is_none() && !is_new;
    let keys_lost = provisioned && keys.is_none();
    let session_lost = provisioned && session.is_none();
    for (id, health, lost) in [
        (RecordId::Therapy, therapy_health, therapy_lost),
        (RecordId::Session, session_health, session_lost),
        (RecordId::Keys, keys_health, keys_lost),
    ] {
        if lost || matches!(health, Health::OneBank | Health::Lost) {
            state.note(nvm, LogCode::MemoryFault, id as u32);
        }
    }
    if keys_lost || session_lost {
        // Without counters a recorded packet would be fresh again (REQ-MEM-004).
        state.session.keys = None;
        state.session.keys_dirty = false;
    }
    let damaged = state.grants.load(nvm, state.now);
    if damaged > 0 {
        state.note(nvm, LogCode::MemoryFault, RecordId::Grants as u32);
    }
    if therapy_lost || keys_lost || session_lost {
        enter_safe_state(state);
    }
}

fn note_reset(state: &mut State, nvm: &mut Nvm, cause: ResetCause) {
    let code = match cause {
        ResetCause::PowerOn => LogCode::PowerOn,
        ResetCause::Pin => LogCode::PinReset,
        ResetCause::Watchdog => LogCode::WatchdogReset,
        ResetCause::BrownOut => LogCode::BrownOutReset,
    };
    state.note(nvm, code, 0);
}

/// Takes up the therapy again, but no bolus (REQ-BOL-010).
fn resume(state: &mut State, nvm: &mut Nvm, kept: &Kept) {
    state.therapy = kept.therapy;
    state.alarms.restore(kept.active, kept.acknowledged);
    state.reservoir.restore(kept.reservoir, kept.steps);
    state.troubles = kept.troubles;
    state.trouble_at = kept.trouble_at;
    state.apply_prescription();
    if kept.in_bolus {
        state.note(nvm, LogCode::BolusEnded, 0);
        state.dirty = true;
    }
}

/// Nothing is infused on damaged records (REQ-MEM-003).
fn enter_safe_state(state: &mut State) {
    state.therapy.safe = true;
    state.therapy.running = false;
    state.raise(Alarms::MEMORY);
    state.dirty = true;
}

/// Resets that tell of trouble are alarmed (REQ-POST-004); [`TROUBLES_MAX`] of them in close
/// succession end in the safe state (REQ-POST-005).
pub(crate) fn judge_reset(state: &mut State, cause: ResetCause) {
    if !matches!(cause, ResetCause::Watchdog | ResetCause::BrownOut) {
        return;
    }
    state.raise(Alarms::RESET);
    let is_close = state.now.since(state.trouble_at) <= TROUBLE_SPAN;
    state.troubles = if is_close {
        state.troubles.saturating_add(1)
    } else {
        1
    };
    state.trouble_at = state.now;
    state.dirty = true;
    if state.troubles >= TROUBLES_MAX {
        state.therapy.safe = true;
        state.therapy.running = false;
    }
}
