//! Power-on self test: all records are checked before the motor moves (REQ-POST-001).
//!
//! | found | consequence |
//! | --- | --- |
//! | nothing was ever provisioned, programmed or given | a new pump: unprovisioned, unprogrammed |
//! | a record intact | it is used |
//! | one bank damaged or older | the other is used and copied over it; logged without alarm |
//! | no bank of state or prescription intact | safe state, memory alarm, not programmed |
//! | a state that the log does not tell of | the entry is made (`owed`) |
//! | no bank of what is under way, or of entries left out, intact | it begins anew; logged without alarm |
//! | no bank of keys or counters intact | the same, and the keys are deleted: it has to be provisioned anew |
//! | the image in flash damaged | safe state, memory alarm |
//! | a crash record | logged |

use crate::battery::BatteryKept;
use crate::bridge::Bridge;
use crate::clock::Jump;
use crate::grants::Grants;
use crate::kept::{Flags, Kept};
use crate::metering::SLEEP_MAX;
use crate::nvm::Nvm;
use crate::nvm_map::{FLASH, RecordId, SLOTS_AT, banks};
use crate::ongoing::Ongoing;
use crate::owed::Told;
use crate::pace::Pace;
use crate::prescription::is_valid;
use crate::record::Health;
use crate::self_test::SelfTest;
use crate::session::Session;
use crate::state::{AT_MOST, State};
use thecal_link::{Boot, ResetCause};
use thecal_telemetry::{Alarms, LogCode, Prescription};
use thecal_units::{Millis, PumpTime, Volume};

/// Number of close watchdog or brown-out resets that lead to the safe state. Source: pump.md 5,
/// fault 37.
const RESETS_MAX: u8 = 5;
/// Longest gap between two resets that count as close.
const RESETS_SPAN: Millis = Millis::from_secs(600);
/// Argument of `UpdateAbandoned`: a reset ended the session.
const BY_RESET: u32 = 2;

/// Initialises the state from memory.
pub(crate) fn run(state: &mut State, nvm: &mut Nvm, boot: &Boot, self_test: SelfTest) {
    let logged = state.log.load(nvm);
    let (state_health, bytes) = state.record.load(nvm);
    let (session_health, session) = state.session.record.load(nvm);
    let (keys_health, keys) = state.session.keys_record.load(nvm);
    let (ongoing_health, ongoing) = state.ongoing_record.load(nvm);
    let repeats_health = load_repeats(state, nvm);
    let kept = bytes.as_ref().and_then(Kept::from_bytes);
    let ongoing = ongoing.as_ref().and_then(Ongoing::from_bytes);
    let granted = kept.map_or(0, |kept| kept.grants);
    let damaged_grants = state.grants.load(nvm, granted);

    let jump = start_clocks(state, boot, kept.as_ref(), logged);
    state.grants.fill_damaged(nvm, state.now);
    if let Some(ongoing) = ongoing {
        state.log.is_past(ongoing.log_entries);
        state.session.epoch = ongoing.epoch;
    }
    let told = Told::read(&state.log, nvm);
    if let Some(bytes) = keys {
        state.session.restore_keys(&bytes);
    }
    let served = session.as_ref().is_some_and(Session::is_of_service)
        || ongoing.is_some_and(|ongoing| ongoing.is_of_service());
    let is_new = !served && is_new(state, nvm, state_health, keys_health);
    if let Some(bytes) = session {
        state.session.restore(&bytes, state.now);
    }
    note_reset(state, nvm, boot.cause, is_new, self_test);
    if let Some(jump) = jump {
        state.note_jump(nvm, jump);
    }
    let state_lost = !is_new && kept.is_none();
    let keys_lost = !is_new && keys.is_none();
    let session_lost = !is_new && session.is_none();
    let records = [
        (RecordId::State, state_health, state_lost),
        (RecordId::Session, session_health, session_lost),
        (RecordId::Keys, keys_health, keys_lost),
        (RecordId::Ongoing, ongoing_health, false),
        (RecordId::Repeats, repeats_health, false),
    ];
    note_damage(state, nvm, &records, damaged_grants);
    let prescription_lost = kept.is_some_and(|kept| !resume(state, nvm, &kept));
    let under_way = under_way(ongoing, kept.as_ref(), &told);
    go_on(state, kept.as_ref(), &under_way, jump, boot.cause);
    state.dirty |= state_health != Health::Sound;
    state.ongoing_dirty |= !matches!(ongoing_health, Health::Sound | Health::Erased);
    // Counts too: in a reset loop nothing would be written an hour later.
    state.repeats.dirty |= state.repeats.stale;
    state.session.keys_dirty |= keys.is_some() && keys_health != Health::Sound;
    if keys_lost || session_lost {
        state.session.forget_keys();
    }
    if !self_test.flash_sound {
        state.note(nvm, LogCode::MemoryFault, FLASH);
    }
    let lost = state_lost || prescription_lost || keys_lost || session_lost;
    if state_lost {
        forget(state);
    }
    if prescription_lost {
        // What it says is unknown: nothing is answered from it (REQ-MEM-013).
        state.therapy.set(Flags::PROGRAMMED, false);
    }
    if lost || !self_test.flash_sound {
        state.raise(Alarms::MEMORY);
        state.enter_safe_state(nvm);
    }
    if kept.is_some() {
        told.settle(state, nvm);
    }
    judge_reset(state, nvm, boot.cause);
}

/// What was under way, as far as it is still so.
fn under_way(ongoing: Option<Ongoing>, kept: Option<&Kept>, told: &Told) -> Ongoing {
    let mut under_way = ongoing.unwrap_or_default();
    let flags = kept.map_or(Flags::default(), |kept| kept.flags);
    if told.is_restarted_since(under_way.log_entries, flags) {
        // A reset came between the record of the start and that of the counts, which begin anew with it
        // (REQ-BAT-016). Any other start leaves them.
        (under_way.battery.low, under_way.battery.brown_out) = ([0; 3], None);
    }
    under_way
}

/// Restores which entries are left out of the log, before the first is made.
fn load_repeats(state: &mut State, nvm: &Nvm) -> Health {
    let (health, bytes) = state.repeats.record.load(nvm);
    state.repeats.dirty = !matches!(health, Health::Sound | Health::Erased);
    if let Some(bytes) = bytes {
        state.repeats.restore(&bytes);
    }
    state.repeats.catch_up(&state.log, nvm);
    health
}

/// Logs each record that is lost or of which a bank is damaged.
fn note_damage(
    state: &mut State,
    nvm: &mut Nvm,
    records: &[(RecordId, Health, bool)],
    damaged_grants: u32,
) {
    for &(id, health, lost) in records {
        if lost || matches!(health, Health::OneBank | Health::Lost) {
            state.note(nvm, LogCode::MemoryFault, id as u32);
        }
    }
    if damaged_grants > 0 {
        state.note(nvm, LogCode::MemoryFault, RecordId::Grants as u32);
    }
}

/// Whether the pump was never in service: it has no keys, no state and no prescription, has given no
/// bolus, and its log knows of no provisioning. Records that damage has erased are lost, not new:
/// nothing but the factory leads to the factory state (REQ-MEM-008).
fn is_new(state: &State, nvm: &Nvm, state_health: Health, keys_health: Health) -> bool {
    let has_no_keys = match keys_health {
        Health::Erased => true,
        Health::Lost => false,
        Health::Sound | Health::Behind | Health::OneBank => state.session.keys.is_none(),
    };
    let never_programmed = SLOTS_AT
        .iter()
        .all(|&at| nvm.is_erased(at, banks(Prescription::LEN)));
    has_no_keys
        && state_health == Health::Erased
        && never_programmed
        && Grants::are_unused(nvm)
        && !state.log.is_of_service(nvm)
}

/// Sets safe defaults for what a lost state held: no volume until a refill is entered
/// (REQ-RES-003), and no second priming until another catheter is programmed (REQ-THE-015).
fn forget(state: &mut State) {
    state.reservoir.refill(Volume::ZERO);
    state.therapy.set(Flags::PRIMED, true);
}

/// Starts the clocks. Monotonic time is not behind the last record; therapy time continues from it
/// (REQ-CLK-004). A bolus is such a record too, and may be the later one: power can fail between the two
/// (REQ-CLK-012). If the record is lost, monotonic time is not behind the last log entry (REQ-LOG-005). No
/// stored bolus lies in the future.
fn start_clocks(
    state: &mut State,
    boot: &Boot,
    kept: Option<&Kept>,
    logged: PumpTime,
) -> Option<Jump> {
    let latest = state.grants.latest();
    let known = latest.map_or(logged, |latest| latest.max(logged));
    let (correction, monotonic, therapy) = match kept {
        Some(kept) => {
            let therapy = latest.map_or(kept.at, |latest| latest.max(kept.at));
            (kept.correction, kept.monotonic.max(known), Some(therapy))
        }
        None => (0, known, latest),
    };
    let therapy = therapy.unwrap_or_else(|| boot.clock.max(monotonic));
    let jump = state
        .clock
        .start(boot.clock, correction, monotonic, therapy);
    state.now = state.clock.therapy();
    state.pace = Pace::new(state.clock.monotonic());
    state.written_at = state.now;
    state.ongoing_at = state.now;
    jump
}

/// What was under way goes on: a stall, the ages of alarms, a magnet, the battery control.
fn go_on(
    state: &mut State,
    kept: Option<&Kept>,
    ongoing: &Ongoing,
    jump: Option<Jump>,
    cause: ResetCause,
) {
    let brown_out = cause == ResetCause::BrownOut;
    let monotonic = state.clock.monotonic();
    state.stall.restore(ongoing.stall, state.now, brown_out);
    state.alarms.restore_ages(ongoing.alarms, monotonic);
    state.magnet_since = ongoing.magnet;
    start_battery(state, kept, ongoing.battery, jump, brown_out);
}

/// Continues the battery control. The days since replacement became due are in two records, either of
/// which may be lost: the longer reserve used counts, and nothing restarts it (REQ-BAT-005). If the
/// clock is not believed, the time since the last record is lost to monotonic time. The longest that
/// it can have been counts as used: a reset loop does not stretch the reserve.
fn start_battery(
    state: &mut State,
    kept: Option<&Kept>,
    ongoing: BatteryKept,
    jump: Option<Jump>,
    brown_out: bool,
) {
    let stored = kept.filter(|kept| kept.flags.has(Flags::REPLACEMENT));
    let stored = stored.map(|kept| kept.replacement_at);
    let battery = BatteryKept {
        replacement: stored.into_iter().chain(ongoing.replacement).min(),
        at_end: ongoing.at_end || kept.is_some_and(|kept| kept.flags.has(Flags::AT_END)),
        ..ongoing
    };
    let monotonic = state.clock.monotonic();
    state.battery.start(monotonic, battery, brown_out);
    if jump.is_some() {
        let unrecorded = kept.map_or(Millis::HOUR, |kept| kept.heartbeat);
        state.battery.lose(unrecorded + SLEEP_MAX);
    }
    let in_bolus = kept.is_some_and(|kept| kept.flags.has(Flags::IN_BOLUS));
    if brown_out && !in_bolus {
        state.battery.brown_out(monotonic);
    }
    for (holds, alarm) in [
        (battery.replacement.is_some(), Alarms::ELECTIVE_REPLACEMENT),
        (battery.at_end, Alarms::END_OF_SERVICE),
    ] {
        if holds {
            state.raise(alarm);
        }
    }
}

fn note_reset(
    state: &mut State,
    nvm: &mut Nvm,
    cause: ResetCause,
    is_new: bool,
    self_test: SelfTest,
) {
    let code = match cause {
        ResetCause::PowerOn => LogCode::PowerOn,
        ResetCause::Pin => LogCode::PinReset,
        ResetCause::Watchdog => LogCode::WatchdogReset,
        ResetCause::BrownOut => LogCode::BrownOutReset,
    };
    state.note(nvm, code, 0);
    if !is_new {
        state.session.resets = state.session.resets.saturating_add(1);
    }
    state.session.dirty = true;
    if let Some(crash) = self_test.crash {
        state.note(nvm, LogCode::Crashed, crash.place);
    }
}

/// Resumes the therapy, but no bolus (REQ-BOL-010) and no update session (REQ-THE-005); false if
/// its prescription is lost.
fn resume(state: &mut State, nvm: &mut Nvm, kept: &Kept) -> bool {
    let mut flags = kept.flags;
    for momentary in [Flags::IN_BOLUS, Flags::IN_SESSION] {
        flags.set(momentary, false);
    }
    state.therapy.set_flags(flags);
    state.therapy.peak = kept.peak;
    state.therapy.peak_until = kept.peak_until;
    state.therapy.stopped_since = kept.stopped_since;
    state.slot = kept.slot;
    state.checksum = kept.checksum;
    state.calendar.week_start = kept.week_start;
    state.bridge = Bridge::new(kept.bridge_steps, kept.bridge_concentration);
    state.alarms.restore(kept.active, kept.acknowledged);
    state.reservoir.restore(kept.reservoir, kept.steps);
    state.close_resets = kept.close_resets;
    state.last_reset_at = kept.last_reset_at;
    if kept.flags.has(Flags::IN_BOLUS) {
        state.note(nvm, LogCode::BolusEnded, AT_MOST | kept.bolus_most);
        state.dirty = true;
    }
    if kept.flags.has(Flags::IN_SESSION) {
        state.abandon_update(nvm, BY_RESET);
    }
    if !kept.flags.has(Flags::PROGRAMMED) {
        return true;
    }
    restore_prescription(state, nvm, kept)
}

/// A stored prescription that is out of range counts as damaged even if its checksum is right
/// (REQ-POST-003). Damage in one bank is repaired from the other (REQ-MEM-002).
fn restore_prescription(state: &mut State, nvm: &mut Nvm, kept: &Kept) -> bool {
    let (health, prescription) = state.kept_prescription(nvm, kept);
    let prescription = prescription.filter(is_valid);
    if prescription.is_none() || health != Health::Sound {
        state.note(nvm, LogCode::MemoryFault, RecordId::Prescription as u32);
    }
    let Some(prescription) = prescription else {
        return false;
    };
    state.repair_slot = health != Health::Sound;
    state.therapy.restore(prescription);
    true
}

/// Watchdog and brown-out resets raise an alarm (REQ-POST-004), others do not (REQ-POST-008);
/// [`RESETS_MAX`] of them in close succession lead to the safe state (REQ-POST-005).
fn judge_reset(state: &mut State, nvm: &mut Nvm, cause: ResetCause) {
    if !matches!(cause, ResetCause::Watchdog | ResetCause::BrownOut) {
        return;
    }
    state.raise(Alarms::RESET);
    let monotonic = state.clock.monotonic();
    let is_close = state.close_resets > 0 && monotonic.since(state.last_reset_at) <= RESETS_SPAN;
    state.close_resets = if is_close {
        state.close_resets.saturating_add(1)
    } else {
        1
    };
    state.last_reset_at = monotonic;
    state.dirty = true;
    if state.close_resets >= RESETS_MAX {
        state.enter_safe_state(nvm);
    }
}
