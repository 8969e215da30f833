//! Everything that the pump knows while it runs, and the moves that several commands share.
//!
//! Kept apart from the memory's mirror, so that a restart replaces it as a whole.

use crate::alarms::AlarmBoard;
use crate::bolus::{Active, BolusKind, Grants};
use crate::clock::Clock;
use crate::event_log::EventLog;
use crate::metering::{Meter, Rate};
use crate::nvm::Nvm;
use crate::nvm_map::{RecordId, THERAPY_AT, THERAPY_LEN};
use crate::prescription::BolusPlan;
use crate::record::Record;
use crate::reservoir::Reservoir;
use crate::session::Session;
use crate::stall::{Finding, Stall};
use crate::therapy::{Kept, Therapy};
use thecal_link::reaction::{MotorCommand, NvmWrites};
use thecal_link::telemetry::{Alarms, LogCode, Mode};
use thecal_link::{Reaction, Stimulus};
use thecal_units::PumpTime;

/// Argument of `MemoryFault` where the memory did not take writes.
const WRITES_LOST: u32 = 0;

/// What the pump knows.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, not one state in disguise"
)]
pub(crate) struct State {
    /// Therapy time of this exchange.
    pub(crate) now: PumpTime,
    /// The pump's clock at this exchange.
    pub(crate) shown: PumpTime,
    pub(crate) clock: Clock,
    pub(crate) therapy: Therapy,
    pub(crate) meter: Meter,
    pub(crate) bolus: Option<Active>,
    pub(crate) grants: Grants,
    pub(crate) stall: Stall,
    pub(crate) reservoir: Reservoir,
    pub(crate) alarms: AlarmBoard,
    pub(crate) log: EventLog,
    pub(crate) session: Session,
    pub(crate) record: Record<THERAPY_LEN>,
    /// The therapy record must be written.
    pub(crate) dirty: bool,
    /// Resets by watchdog or supply in close succession, and when the last was.
    pub(crate) troubles: u8,
    pub(crate) trouble_at: PumpTime,
    /// The memory did not take the last writes.
    pub(crate) write_fault: bool,
    /// A denial has been logged since the last grant.
    pub(crate) denial_logged: bool,
    /// The motor may have pulses to drive; after a reset it is told to stop, whatever it was doing.
    pub(crate) motor_on: bool,
}

impl State {
    pub(crate) const fn new() -> Self {
        Self {
            now: PumpTime::ZERO,
            shown: PumpTime::ZERO,
            clock: Clock::new(),
            therapy: Therapy::NONE,
            meter: Meter::new(),
            bolus: None,
            grants: Grants::new(),
            stall: Stall::new(),
            reservoir: Reservoir::new(),
            alarms: AlarmBoard::new(),
            log: EventLog::new(),
            session: Session::new(),
            record: Record::new(RecordId::Therapy, THERAPY_AT),
            dirty: false,
            troubles: 0,
            trouble_at: PumpTime::ZERO,
            write_fault: false,
            denial_logged: false,
            motor_on: true,
        }
    }

    /// Notes what happened, with the pump's clock (REQ-LOG-001).
    pub(crate) fn note(&mut self, nvm: &mut Nvm, code: LogCode, argument: u32) {
        self.log.note(nvm, self.shown, code, argument);
    }

    pub(crate) fn raise(&mut self, alarm: Alarms) -> bool {
        let is_new = self.alarms.raise(alarm, self.now);
        self.dirty |= is_new;
        is_new
    }

    pub(crate) fn mode(&self) -> Mode {
        self.therapy.mode(
            self.reservoir.is_empty(),
            self.stall.is_stalled(),
            self.bolus.map(|bolus| bolus.kind),
        )
    }

    /// Whether the motor should turn for the prescription.
    pub(crate) fn is_infusing(&self) -> bool {
        self.therapy.is_on() && !self.reservoir.is_empty() && !self.stall.is_stalled()
    }

    /// The continuous rate follows the prescription.
    pub(crate) fn apply_prescription(&mut self) {
        let prescription = &self.therapy.prescription;
        let rate = Rate::basal(prescription.dose, prescription.concentration);
        self.meter.set_basal(rate);
    }

    /// Time and pulses since the last exchange.
    pub(crate) fn account(&mut self, nvm: &mut Nvm, stimulus: &Stimulus) {
        self.shown = stimulus.clock;
        let tick = self.clock.observe(stimulus.clock);
        self.now = tick.now;
        self.dirty |= tick.jumped;
        self.check_writes(nvm, stimulus.nvm_durable);
        let (driven, sensed) = (stimulus.steps_driven, stimulus.steps_sensed);
        if self.is_infusing() {
            self.meter.advance(tick.span);
            self.meter.charge(driven);
        } else {
            // Nothing comes due, but what moves is drug all the same.
            self.meter.charge(sensed);
        }
        self.reservoir.draw(sensed);
        if let Some(bolus) = &mut self.bolus {
            bolus.moved = bolus.moved.saturating_add(sensed);
        }
        let finding = self.stall.count(driven, sensed, self.now);
        self.follow(nvm, finding);
        if self.bolus.is_some() && self.meter.bolus_left().as_millis() == 0 {
            self.end_bolus(nvm);
        }
        self.watch_reservoir(nvm);
    }

    /// Writes that did not become durable are repeated and alarmed (REQ-MEM-005).
    fn check_writes(&mut self, nvm: &mut Nvm, durable: u8) {
        let flight = nvm.land();
        if flight.writes == 0 {
            return;
        }
        self.write_fault = durable < flight.writes;
        if !self.write_fault {
            return;
        }
        self.dirty |= flight.has(RecordId::Therapy);
        self.session.dirty |= flight.has(RecordId::Session);
        self.session.keys_dirty |= flight.has(RecordId::Keys);
        if flight.has(RecordId::Grants) {
            self.grants.store_again();
        }
        self.log.store_again(flight.log_entries);
        if self.raise(Alarms::MEMORY) {
            self.note(nvm, LogCode::MemoryFault, WRITES_LOST);
        }
    }

    /// Follows what the stall control has found; a bolus ends with a stall (REQ-STL-003).
    fn follow(&mut self, nvm: &mut Nvm, finding: Finding) {
        match finding {
            Finding::Nothing => {}
            Finding::Stalled { missed, alarm } => {
                self.note(nvm, LogCode::MotorStall, missed);
                self.end_bolus(nvm);
                self.meter.forgive();
                if alarm {
                    self.raise(Alarms::MOTOR_STALL);
                }
            }
            Finding::GaveUp => {
                self.raise(Alarms::MOTOR_STALL);
            }
            Finding::Recovered { minutes } => self.note(nvm, LogCode::StallRecovery, minutes),
        }
    }

    /// The two limits of the count (REQ-RES-004, REQ-RES-005).
    fn watch_reservoir(&mut self, nvm: &mut Nvm) {
        if !self.therapy.programmed {
            return;
        }
        let count = self.reservoir.count();
        if count <= self.therapy.prescription.low_reservoir && self.raise(Alarms::LOW_RESERVOIR) {
            let nanoliters = u32::try_from(count.as_nanoliters_round_down()).unwrap_or(u32::MAX);
            self.note(nvm, LogCode::LowReservoir, nanoliters);
        }
        if self.reservoir.is_empty() && self.raise(Alarms::EMPTY_RESERVOIR) {
            self.end_bolus(nvm);
            self.meter.forgive();
            self.note(nvm, LogCode::EmptyReservoir, 0);
        }
    }

    pub(crate) fn start_bolus(&mut self, kind: BolusKind, plan: BolusPlan) {
        self.bolus = Some(Active { kind, moved: 0 });
        self.meter.start_bolus(plan.steps, plan.duration);
        self.dirty = true;
    }

    /// Ends a bolus, if there is one: given, stopped or cut (REQ-BOL-006).
    pub(crate) fn end_bolus(&mut self, nvm: &mut Nvm) {
        if let Some(bolus) = self.bolus.take() {
            let given = self.meter.end_bolus();
            self.note(nvm, LogCode::BolusEnded, given.min(bolus.moved));
            self.dirty = true;
        }
    }

    /// Tells the motor what to do until the next look, and gives the instant of that look.
    pub(crate) fn drive(&mut self, reaction: &mut Reaction) -> PumpTime {
        if !self.therapy.is_on() || self.reservoir.is_empty() {
            self.stall.pause(self.now);
            if core::mem::take(&mut self.motor_on) {
                reaction.motor = MotorCommand::StopAfterStroke;
            }
            return self.now + crate::metering::SLEEP_MAX;
        }
        if self.stall.is_stalled() {
            return self.drive_stalled(reaction);
        }
        let plan = self.meter.plan(self.now, self.reservoir.steps_left());
        self.dirty |= self.reservoir.lease(plan.pulses);
        if plan.pulses > 0 {
            reaction.motor = MotorCommand::Train {
                pulses: plan.pulses,
                first_delay_us: plan.first_delay_us,
                period_us: plan.period_us,
                pulse_energy_uj: crate::stall::PULSE_ENERGY_UJ,
            };
            reaction.arm.missed_pulse = true;
            self.motor_on = true;
        } else if core::mem::take(&mut self.motor_on) {
            // The rate became zero: what is left of the last train is not due any more.
            reaction.motor = MotorCommand::StopAfterStroke;
        }
        plan.wake_at
    }

    fn drive_stalled(&mut self, reaction: &mut Reaction) -> PumpTime {
        if self.stall.begin_retry(self.now) {
            self.dirty |= self.reservoir.lease(crate::stall::RETRY_PULSES);
            reaction.motor = crate::stall::retry_train();
            self.motor_on = true;
        } else if !self.stall.is_trying() && core::mem::take(&mut self.motor_on) {
            // A stall is cut within the stroke (REQ-STL-002).
            reaction.motor = MotorCommand::StopNow;
        }
        self.stall.next().min(self.now + crate::metering::SLEEP_MAX)
    }

    /// Writes what has changed, in the order in which it must be durable; false where something is
    /// left for the next wake.
    pub(crate) fn store(&mut self, nvm: &mut Nvm, out: &mut NvmWrites) -> bool {
        if self.session.dirty {
            let bytes = self.session.to_bytes();
            self.session.dirty = !self.session.record.store(&bytes, nvm, out);
        }
        if self.session.keys_dirty {
            let bytes = self.session.keys_to_bytes();
            self.session.keys_dirty = !self.session.keys_record.store(&bytes, nvm, out);
        }
        let granted = self.grants.store(nvm, out);
        if self.dirty {
            let bytes = self.kept().to_bytes();
            self.dirty = !self.record.store(&bytes, nvm, out);
        }
        self.log.store(nvm, out)
            && granted
            && !self.session.dirty
            && !self.session.keys_dirty
            && !self.dirty
    }

    fn kept(&self) -> Kept {
        Kept {
            therapy: self.therapy,
            in_bolus: self.bolus.is_some(),
            active: self.alarms.active(),
            acknowledged: self.alarms.acknowledged(),
            reservoir: self.reservoir.kept(),
            steps: self.reservoir.steps(),
            correction: self.clock.correction(),
            at: self.now,
            troubles: self.troubles,
            trouble_at: self.trouble_at,
        }
    }
}
