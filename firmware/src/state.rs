//! The pump's running state, and the accounting of each exchange: time, pulses, consequences.
//!
//! Separate from the mirror of memory, so that a restart replaces the state as a whole.

use crate::alarms::AlarmBoard;
use crate::battery::Battery;
use crate::bridge::Bridge;
use crate::calendar::Calendar;
use crate::clock::{Clock, Jump};
use crate::event_log::EventLog;
use crate::grants::{BolusKind, Grants};
use crate::kept::{FIRST_HEARTBEAT, Flags, STATE_LEN};
use crate::metering::{Meter, Rate};
use crate::nvm::Nvm;
use crate::nvm_map::{ONGOING_AT, RecordId, SLOTS_AT, STATE_AT, WRITES_LOST};
use crate::ongoing::ONGOING_LEN;
use crate::pace::Pace;
use crate::prescription::{BolusPlan, rate_at};
use crate::record::Record;
use crate::repeats::Repeats;
use crate::reservoir::Reservoir;
use crate::session::Session;
use crate::stall::{Finding, Stall};
use crate::therapy::{Motor, Therapy};
use crate::update::Update;
use thecal_link::Stimulus;
use thecal_telemetry::{
    Alarms, Command, DuringBolus, LogCode, Mode, Prescription, Rejection, Secret,
};
use thecal_units::{Concentration, Millis, PumpTime};

/// Bit of the argument of `ClockJump`: the jump was backwards.
const BACK: u32 = 1 << 31;
/// Bit of the argument of `BolusEnded`: a reset ended it, and at most so many steps moved.
pub(crate) const AT_MOST: u32 = 1 << 31;

/// The bolus in progress.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Active {
    pub(crate) kind: BolusKind,
    /// Its steps.
    steps: u32,
    /// Steps moved since it began, including those of the continuous infusion.
    pub(crate) moved: u32,
    /// The bolus to start once its grant is durable.
    waiting: Option<BolusPlan>,
}

/// The pump's running state.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, not one state in disguise"
)]
pub(crate) struct State {
    /// Therapy time of this exchange.
    pub(crate) now: PumpTime,
    pub(crate) clock: Clock,
    pub(crate) calendar: Calendar,
    pub(crate) therapy: Therapy,
    pub(crate) update: Update,
    pub(crate) meter: Meter,
    /// Monotonic time until which the continuous rate is valid, if the inputs in `rate_of` do not
    /// change.
    pub(crate) rate_until: PumpTime,
    rate_of: (bool, Concentration, u32),
    pub(crate) bolus: Option<Active>,
    pub(crate) grants: Grants,
    pub(crate) bridge: Bridge,
    pub(crate) stall: Stall,
    pub(crate) battery: Battery,
    pub(crate) reservoir: Reservoir,
    pub(crate) alarms: AlarmBoard,
    pub(crate) log: EventLog,
    pub(crate) repeats: Repeats,
    pub(crate) session: Session,
    /// The record that survives a reset.
    pub(crate) record: Record<STATE_LEN>,
    pub(crate) dirty: bool,
    /// The record of what is under way.
    pub(crate) ongoing_record: Record<ONGOING_LEN>,
    pub(crate) ongoing_dirty: bool,
    /// Therapy time at which that record was last written.
    pub(crate) ongoing_at: PumpTime,
    /// Therapy time at which the record was last written, and the longest time until the next.
    pub(crate) written_at: PumpTime,
    pub(crate) heartbeat: Millis,
    /// Two prescriptions: the one in force, and room to stage the next.
    pub(crate) slots: [Record<{ Prescription::LEN }>; 2],
    pub(crate) slot: u8,
    /// One bank of the slot in force is damaged: rewrite both.
    pub(crate) repair_slot: bool,
    /// Bytes of the staged prescription, until they are written.
    pub(crate) staged: Option<[u8; Prescription::LEN]>,
    /// Checksum of the prescription in force, as stored in its slot.
    pub(crate) checksum: u32,
    /// Watchdog and brown-out resets in close succession, and the time of the last one.
    pub(crate) close_resets: u8,
    pub(crate) last_reset_at: PumpTime,
    /// The last writes did not become durable.
    pub(crate) write_fault: bool,
    /// Reasons of denials logged since the last grant, by the bit of their number (REQ-BOL-011).
    pub(crate) denials_logged: u32,
    /// The argument of the last entry, if it is that of a refusal.
    refusal_logged: Option<u32>,
    /// Monotonic time at which the magnet switch closed.
    pub(crate) magnet_since: Option<PumpTime>,
    /// The motor may have pulses left to drive. True after a reset, so that the motor is stopped.
    pub(crate) motor_on: bool,
    pub(crate) pace: Pace,
}

impl State {
    pub(crate) const fn new(secret: Secret) -> Self {
        let [first, second] = SLOTS_AT;
        Self {
            now: PumpTime::ZERO,
            clock: Clock::new(),
            calendar: Calendar { week_start: 0 },
            therapy: Therapy::new(),
            update: Update::new(),
            meter: Meter::new(),
            rate_until: PumpTime::ZERO,
            rate_of: (false, Concentration::ZERO, 0),
            bolus: None,
            grants: Grants::new(),
            bridge: Bridge::NONE,
            stall: Stall::new(),
            battery: Battery::new(),
            reservoir: Reservoir::new(),
            alarms: AlarmBoard::new(),
            log: EventLog::new(),
            repeats: Repeats::new(),
            session: Session::new(secret),
            record: Record::new(RecordId::State, STATE_AT),
            dirty: false,
            ongoing_record: Record::new(RecordId::Ongoing, ONGOING_AT),
            ongoing_dirty: false,
            ongoing_at: PumpTime::ZERO,
            written_at: PumpTime::ZERO,
            heartbeat: FIRST_HEARTBEAT,
            slots: [
                Record::new(RecordId::Prescription, first),
                Record::new(RecordId::Prescription, second),
            ],
            slot: 0,
            repair_slot: false,
            staged: None,
            checksum: 0,
            close_resets: 0,
            last_reset_at: PumpTime::ZERO,
            write_fault: false,
            denials_logged: 0,
            refusal_logged: None,
            magnet_since: None,
            motor_on: true,
            pace: Pace::new(PumpTime::ZERO),
        }
    }

    /// Adds an entry to the event log, in monotonic time (REQ-LOG-001), or counts it (REQ-LOG-010).
    pub(crate) fn note(&mut self, nvm: &mut Nvm, code: LogCode, argument: u32) {
        self.turn_day(nvm);
        if self.repeats.admit(code) {
            self.log.note(nvm, self.clock.monotonic(), code, argument);
        }
        self.refusal_logged = None;
    }

    /// Tells at the end of a day what was left out of the log.
    fn turn_day(&mut self, nvm: &mut Nvm) {
        let monotonic = self.clock.monotonic();
        if self.repeats.is_over(monotonic) {
            self.tell_left_out(nvm);
            self.repeats.begin(monotonic);
        }
    }

    /// Adds the entries that tell of those left out.
    pub(crate) fn tell_left_out(&mut self, nvm: &mut Nvm) {
        let monotonic = self.clock.monotonic();
        while let Some(argument) = self.repeats.tell() {
            self.log.note(nvm, monotonic, LogCode::LeftOut, argument);
        }
    }

    /// Logs a refused command, but not the same refusal again and again (REQ-TEL-015).
    pub(crate) fn note_refusal(&mut self, nvm: &mut Nvm, command: &Command, why: Rejection) {
        let argument = u32::from(command.number()) << 8 | why as u32;
        if self.refusal_logged != Some(argument) {
            self.note(nvm, LogCode::Refused, argument);
            self.refusal_logged = Some(argument);
        }
    }

    pub(crate) fn raise(&mut self, alarm: Alarms) -> bool {
        let is_new = self.alarms.raise(alarm, self.now, self.clock.monotonic());
        self.dirty |= is_new;
        self.ongoing_dirty |= is_new;
        is_new
    }

    /// Ends an alarm whose cause is over.
    pub(crate) fn end(&mut self, alarm: Alarms) {
        self.dirty |= self.alarms.end(alarm);
    }

    pub(crate) fn mode(&self) -> Mode {
        self.therapy.mode(
            self.reservoir.is_empty(),
            self.stalled(),
            self.bolus.map(|bolus| bolus.kind),
        )
    }

    /// How the motor is, for the mode.
    fn stalled(&self) -> Motor {
        if self.stall.is_held() {
            Motor::Stalled
        } else if self.stall.is_open() {
            Motor::Recovering
        } else {
            Motor::Turns
        }
    }

    /// Whether a priming bolus is filling tubing and catheter.
    pub(crate) fn is_priming(&self) -> bool {
        self.bolus
            .is_some_and(|bolus| bolus.kind == BolusKind::Priming)
    }

    /// Whether drug is to be moved and the reservoir is not empty.
    pub(crate) fn has_to_infuse(&self) -> bool {
        (self.therapy.is_on() || self.is_priming()) && !self.reservoir.is_empty()
    }

    /// Whether the motor should run: drug is to be moved and no stall holds the motor.
    pub(crate) fn is_infusing(&self) -> bool {
        self.has_to_infuse() && !self.stall.is_held()
    }

    /// Sets the continuous rate from prescription, calendar and bridge (REQ-THE-007, REQ-THE-011);
    /// returns the time until it changes.
    pub(crate) fn set_rate(&mut self) -> Millis {
        let prescription = self.therapy.prescription();
        let concentration = if self.bridge.is_active() {
            self.bridge.concentration()
        } else {
            prescription.concentration
        };
        let monotonic = self.clock.monotonic();
        let of = (self.therapy.is_on(), concentration, self.checksum);
        if of != self.rate_of || monotonic >= self.rate_until {
            let time_of_week = self.calendar.time_of_week(monotonic);
            let (rate, stays) = rate_at(prescription, concentration, time_of_week);
            // While the infusion is off only a priming bolus moves the motor.
            self.meter.set_basal(if of.0 { rate } else { Rate::ZERO });
            self.rate_of = of;
            self.rate_until = monotonic + stays;
        }
        self.rate_until.since(monotonic)
    }

    /// Whether the continuous rate has been set since the last reset or change.
    pub(crate) fn is_rate_known(&self) -> bool {
        self.rate_until > PumpTime::ZERO
    }

    /// Forces the rate to be recomputed.
    pub(crate) const fn forget_rate(&mut self) {
        self.rate_until = PumpTime::ZERO;
    }

    /// Accounts for time and pulses since the last exchange.
    pub(crate) fn account(&mut self, nvm: &mut Nvm, stimulus: &Stimulus) {
        let (driven, sensed) = (stimulus.steps_driven, stimulus.steps_sensed);
        let tick = self.clock.observe(stimulus.clock, driven);
        self.now = tick.now;
        self.pace.observe(self.clock.monotonic(), driven);
        self.turn_day(nvm);
        if let Some(jump) = tick.jump {
            self.note_jump(nvm, jump);
        }
        self.check_writes(nvm, stimulus.nvm_durable);
        self.check_ram(nvm);
        if self.is_infusing() {
            self.meter.advance(tick.span);
            // Time taken back costs no infusion (REQ-CLK-016). The end of a bolus follows from its time, which
            // the jump has taken back too.
            // Nor does a damaged rate: the train until now was planned by the sound one (REQ-INT-001).
            let is_back = tick.jump.is_some_and(|jump| jump.back) && self.bolus.is_none();
            if self.meter.has_lost_rate() || is_back {
                self.meter.charge_what_was_due(driven);
            } else {
                self.meter.charge(driven);
            }
        } else {
            // No steps come due, but steps that moved delivered drug and are charged.
            self.meter.charge(sensed);
        }
        self.reservoir.draw(sensed);
        if let Some(bolus) = &mut self.bolus {
            bolus.moved = bolus.moved.saturating_add(sensed);
        }
        if self.bridge.is_active() {
            self.therapy.bridge(self.bridge.concentration(), self.now);
        }
        // A priming bolus also moves the old drug out.
        if self.bridge.draw(sensed) {
            self.dirty = true;
            self.note(nvm, LogCode::BridgeEnded, 0);
        }
        let monotonic = self.clock.monotonic();
        let finding = self.stall.count(driven, sensed, self.now, monotonic);
        self.follow(nvm, finding);
        self.follow_bolus(nvm);
        self.watch(nvm, stimulus);
        if self.update.time_out(self.now) {
            self.abandon_update(nvm, 1);
        }
    }

    /// Starts a bolus once its grant is durable (REQ-BOL-007); cancels it where the write failed.
    /// Ends it when its time is over.
    fn follow_bolus(&mut self, nvm: &mut Nvm) {
        let Some(bolus) = &mut self.bolus else {
            return;
        };
        let replaces = self.therapy.prescription().during_bolus == DuringBolus::Replace;
        if let Some(plan) = bolus.waiting {
            if self.write_fault {
                self.end_bolus(nvm);
            } else if self.grants.is_written() && !self.dirty {
                bolus.waiting = None;
                self.meter.start_bolus(plan.steps, plan.duration, replaces);
            }
        } else if self.meter.bolus_left() == Millis::ZERO {
            self.end_bolus(nvm);
        }
    }

    /// Whether a bolus is waiting for its grant to become durable.
    pub(crate) fn is_waiting(&self) -> bool {
        self.bolus.is_some_and(|bolus| bolus.waiting.is_some())
    }

    pub(crate) fn note_jump(&mut self, nvm: &mut Nvm, jump: Jump) {
        self.dirty = true;
        let secs = jump.by.as_millis() / Millis::SECOND.as_millis();
        let secs = u32::try_from(secs).unwrap_or(u32::MAX).min(BACK - 1);
        let argument = if jump.back { secs | BACK } else { secs };
        self.note(nvm, LogCode::ClockJump, argument);
    }

    /// Repeats writes that did not become durable, and raises an alarm (REQ-MEM-005).
    fn check_writes(&mut self, nvm: &mut Nvm, durable: u8) {
        let flight = nvm.land();
        if flight.writes == 0 {
            return;
        }
        self.write_fault = durable < flight.writes;
        if !self.write_fault {
            self.end(Alarms::MEMORY);
            return;
        }
        self.dirty |= flight.has(RecordId::State);
        self.ongoing_dirty |= flight.has(RecordId::Ongoing);
        self.repeats.dirty |= flight.has(RecordId::Repeats);
        self.session.dirty |= flight.has(RecordId::Session);
        self.session.keys_dirty |= flight.has(RecordId::Keys);
        if flight.has(RecordId::Prescription) {
            // The staged prescription was not stored: refuse Commit until it is staged again.
            self.update.unstage();
            self.repair_slot = self.therapy.has(Flags::PROGRAMMED);
        }
        if flight.has(RecordId::Grants) {
            self.grants.store_again();
        }
        self.log.store_again(flight.log_entries);
        if self.raise(Alarms::MEMORY) {
            self.note(nvm, LogCode::MemoryFault, WRITES_LOST);
        }
    }

    /// Acts on a finding of the stall control; a stall ends a bolus (REQ-STL-003).
    fn follow(&mut self, nvm: &mut Nvm, finding: Finding) {
        match finding {
            Finding::Nothing => {
                if self.stall.is_sound() {
                    self.end(Alarms::MOTOR_STALL);
                }
            }
            Finding::Stalled { missed, alarm } => {
                self.note(nvm, LogCode::MotorStall, missed);
                self.end_bolus(nvm);
                self.stalls(alarm);
            }
            Finding::Failed { alarm } => self.stalls(alarm),
            Finding::Recovered { minutes } => {
                self.ongoing_dirty = true;
                self.end(Alarms::MOTOR_STALL);
                self.note(nvm, LogCode::StallRecovery, minutes);
            }
        }
    }

    /// The motor stands: nothing is caught up afterwards.
    fn stalls(&mut self, alarm: bool) {
        self.ongoing_dirty = true;
        self.forgive();
        if alarm {
            self.raise(Alarms::MOTOR_STALL);
        }
    }

    /// An update session ended without Commit or Close (REQ-THE-005).
    pub(crate) fn abandon_update(&mut self, nvm: &mut Nvm, by: u32) {
        self.release();
        self.raise(Alarms::UPDATE_ABANDONED);
        self.note(nvm, LogCode::UpdateAbandoned, by);
    }

    /// Closes the update session; a held infusion resumes.
    pub(crate) fn release(&mut self) {
        self.update.close();
        self.therapy.held = false;
        self.dirty = true;
    }

    /// Enters the safe state: no infusion on damaged records (REQ-MEM-003).
    pub(crate) fn enter_safe_state(&mut self, nvm: &mut Nvm) {
        self.end_bolus(nvm);
        self.forgive();
        self.therapy.set(Flags::SAFE, true);
        self.therapy.set(Flags::RUNNING, false);
        self.raise(Alarms::SAFE_STATE);
        self.dirty = true;
    }

    /// Registers a granted bolus; it starts once its grant is durable.
    pub(crate) fn start_bolus(&mut self, kind: BolusKind, plan: BolusPlan) {
        self.bolus = Some(Active {
            kind,
            steps: u32::try_from(plan.steps).unwrap_or(u32::MAX),
            moved: 0,
            waiting: Some(plan),
        });
        self.dirty = true;
    }

    /// Ends the bolus, if any, whether completed, stopped or cut (REQ-BOL-006), and logs the steps
    /// moved for it (REQ-BOL-018, REQ-RES-007).
    pub(crate) fn end_bolus(&mut self, nvm: &mut Nvm) {
        if let Some(bolus) = self.bolus.take() {
            let given = self.meter.end_bolus();
            self.note(nvm, LogCode::BolusEnded, given.min(bolus.moved));
            self.dirty = true;
        }
    }

    /// The most steps that the bolus in progress has moved once the lease is used up: what a reset
    /// leaves to be said of it (REQ-BOL-018).
    pub(crate) fn bolus_most(&self) -> u32 {
        let Some(bolus) = self.bolus else {
            return 0;
        };
        let leased = u32::try_from(self.reservoir.leased()).unwrap_or(u32::MAX);
        bolus.moved.saturating_add(leased).min(bolus.steps)
    }

    /// Forgets overdue steps instead of catching up; postpones a battery check that was saving up
    /// steps.
    pub(crate) fn forgive(&mut self) {
        self.meter.forgive();
        self.meter.save_up(0);
        self.battery.put_off(self.clock.monotonic());
    }
}
