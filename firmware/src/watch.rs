//! Checks of each exchange besides time and pulses: reservoir, battery, magnet, and a pump that is left
//! stopped or programmed to nothing.

use crate::battery::Found;
use crate::kept::Flags;
use crate::metering::STEP_VOLUME;
use crate::nvm::Nvm;
use crate::prescription::behind_the_reservoir;
use crate::state::State;
use thecal_link::Stimulus;
use thecal_telemetry::{Alarms, LogCode};
use thecal_units::{Millis, PumpTime};

/// A programmed pump that infuses nothing for longer than this raises an alarm. Source: pump.md 1.2
/// (mem).
const STOPPED_MAX: Millis = Millis::HOUR.times(48);

impl State {
    /// Runs all checks; an alarm without a control elsewhere is raised by one of these.
    pub(crate) fn watch(&mut self, nvm: &mut Nvm, stimulus: &Stimulus) {
        self.watch_reservoir(nvm);
        self.watch_battery(nvm, stimulus);
        self.watch_magnet(nvm, stimulus.magnet);
        self.watch_clock();
        self.watch_stopped(nvm);
    }

    /// Alarms whose cause persists: an acknowledgement leaves them in the status (REQ-ALM-003).
    pub(crate) fn lasting(&self) -> Alarms {
        let therapy = &self.therapy;
        let causes = [
            (self.stall.is_open(), Alarms::MOTOR_STALL),
            (self.write_fault, Alarms::MEMORY),
            (therapy.has(Flags::SAFE), Alarms::SAFE_STATE),
            (
                therapy.has(Flags::ENDED),
                Alarms::INFUSION_ENDED_WITH_THE_BATTERY,
            ),
            (self.battery.is_at_end(), Alarms::END_OF_SERVICE),
            (
                self.battery.replacement().is_some(),
                Alarms::ELECTIVE_REPLACEMENT,
            ),
            (self.infuses_nothing(), Alarms::STOPPED_FOR_LONG),
            (self.reservoir.is_empty(), Alarms::EMPTY_RESERVOIR),
            (self.reservoir_is_low(), Alarms::LOW_RESERVOIR),
            (self.clock.is_implausible(), Alarms::CLOCK_IMPLAUSIBLE),
        ];
        let lasting = causes.into_iter().filter(|&(lasts, _)| lasts);
        lasting.fold(Alarms(0), |all, (_, alarm)| all.with(alarm))
    }

    fn reservoir_is_low(&self) -> bool {
        self.reservoir.count() <= self.therapy.prescription().low_reservoir
    }

    /// Checks the count against its two limits (REQ-RES-004, REQ-RES-005), and whether the infusion has
    /// filled tubing and catheter: what is full is not primed (REQ-THE-015).
    fn watch_reservoir(&mut self, nvm: &mut Nvm) {
        if !self.therapy.has(Flags::PROGRAMMED) {
            return;
        }
        let moved = STEP_VOLUME.times(self.reservoir.steps());
        let is_full = moved >= behind_the_reservoir(self.therapy.prescription());
        if is_full && !self.therapy.has(Flags::PRIMED) {
            self.therapy.set(Flags::PRIMED, true);
            self.dirty = true;
        }
        if self.reservoir_is_low() && self.raise(Alarms::LOW_RESERVOIR) {
            let count = self.reservoir.count();
            let nanoliters = u32::try_from(count.as_nanoliters_round_down()).unwrap_or(u32::MAX);
            self.note(nvm, LogCode::LowReservoir, nanoliters);
        }
        if self.reservoir.is_empty() && self.raise(Alarms::EMPTY_RESERVOIR) {
            self.end_bolus(nvm);
            self.forgive();
            self.note(nvm, LogCode::EmptyReservoir, 0);
        }
    }

    fn watch_battery(&mut self, nvm: &mut Nvm, stimulus: &Stimulus) {
        let (lowest, driven) = (stimulus.supply_min_mv, stimulus.steps_driven);
        let monotonic = self.clock.monotonic();
        match self.battery.look(monotonic, lowest, driven) {
            Found::Nothing => {}
            Found::Replacement => {
                self.raise(Alarms::ELECTIVE_REPLACEMENT);
                let loaded = self.battery.loaded_mv(monotonic).into();
                self.note(nvm, LogCode::ElectiveReplacement, loaded);
                self.dirty = true;
            }
            Found::End => {
                self.raise(Alarms::END_OF_SERVICE);
                let days = u32::try_from(self.battery.days(monotonic)).unwrap_or(u32::MAX);
                self.note(nvm, LogCode::EndOfService, days);
                self.dirty = true;
            }
            Found::Stop => {
                if !self.therapy.has(Flags::ENDED) {
                    self.therapy.set(Flags::ENDED, true);
                    self.raise(Alarms::INFUSION_ENDED_WITH_THE_BATTERY);
                    self.end_bolus(nvm);
                    self.forgive();
                    let loaded = self.battery.loaded_mv(monotonic).into();
                    self.note(nvm, LogCode::ServiceEnded, loaded);
                    self.dirty = true;
                }
            }
        }
    }

    /// Logs a magnet; the pump does not latch a magnet state (REQ-MAG-001, REQ-MAG-003).
    fn watch_magnet(&mut self, nvm: &mut Nvm, closed: bool) {
        let monotonic = self.clock.monotonic();
        match (self.magnet_since, closed) {
            (None, true) => {
                self.magnet_since = Some(monotonic);
                self.ongoing_dirty = true;
                self.note(nvm, LogCode::MagnetClosed, 0);
            }
            (Some(since), false) => {
                self.magnet_since = None;
                self.ongoing_dirty = true;
                let minutes = monotonic.since(since).as_millis() / Millis::MINUTE.as_millis();
                let minutes = u32::try_from(minutes).unwrap_or(u32::MAX);
                self.note(nvm, LogCode::MagnetOpened, minutes);
            }
            _ => {}
        }
    }

    /// A clock that shows more than a century is wrong; its jump is in the log (REQ-CLK-006).
    fn watch_clock(&mut self) {
        if self.clock.is_implausible() {
            self.raise(Alarms::CLOCK_IMPLAUSIBLE);
        } else {
            self.end(Alarms::CLOCK_IMPLAUSIBLE);
        }
    }

    /// Whether a programmed pump gives nothing, because the clinician has stopped it or because nothing
    /// is prescribed now. What has an alarm of its own is not meant: the safe state, the end of the
    /// battery, an empty reservoir, a stall.
    fn infuses_nothing(&self) -> bool {
        let therapy = &self.therapy;
        if !therapy.has(Flags::PROGRAMMED) || therapy.has(Flags::SAFE) {
            return false;
        }
        let could = self.is_infusing() && self.bolus.is_none() && self.is_rate_known();
        !therapy.has(Flags::RUNNING) || could && !self.meter.has_basal()
    }

    /// Whether it gives drug by infusion or bolus; false until the rate is known after a reset.
    fn infuses(&self) -> bool {
        let has_rate = self.is_rate_known() && self.meter.has_basal();
        self.is_infusing() && (has_rate || self.bolus.is_some())
    }

    /// Raises an alarm for a pump that has given nothing for long (REQ-THE-009).
    fn watch_stopped(&mut self, nvm: &mut Nvm) {
        if !self.infuses_nothing() {
            if self.infuses() {
                self.therapy.stopped_since = self.now;
                self.end(Alarms::STOPPED_FOR_LONG);
            }
            return;
        }
        if self.now < self.stopped_due() {
            return;
        }
        if self.raise(Alarms::STOPPED_FOR_LONG) {
            let stopped = self.now.since(self.therapy.stopped_since);
            let hours = stopped.as_millis() / Millis::HOUR.as_millis();
            self.note(
                nvm,
                LogCode::StoppedLong,
                u32::try_from(hours).unwrap_or(u32::MAX),
            );
        }
    }

    fn stopped_due(&self) -> PumpTime {
        self.therapy.stopped_since + STOPPED_MAX
    }

    /// When something other than motor and sounder needs a wake.
    pub(crate) fn next_look(&self) -> PumpTime {
        let stopped = if self.infuses_nothing() && self.now < self.stopped_due() {
            self.stopped_due()
        } else {
            PumpTime::NEVER
        };
        stopped.min(self.update.next())
    }
}
