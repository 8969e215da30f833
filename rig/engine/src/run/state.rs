//! The run as a value: its parts, how they begin, and how they are copied. What a run does is in the
//! files that import it, `lockstep.rs` first.

use super::agenda::Agenda;
use super::clock::ClockSide;
use super::entered::EnteredFigures;
use super::event_log::EventLog;
use super::fault_records::Faults;
use super::fault_state::PumpFaultState;
use super::hooks::Attached;
use super::outcome::{RunError, RunFailure};
use super::people::People;
use super::pin_history::PinHistory;
use super::plots::Plots;
use super::prescription::Prescription;
use super::pump_side::{Disruptions, Exchanges, Memory, PumpSide};
use super::recorder::Recorder;
use super::setup::plant_config;
use super::stays::Stays;
use super::trace_rows::{Sampling, TraceRows};
use crate::bench::NotForkable;
use crate::programmer::Programmer;
use std::sync::Arc;
use thecal_plan::{Basal, Scenario, WEEK};
use thecal_sim::{Observer as _, Plant, PlantConfig, Tolerance, Truth};
use thecal_units::{Concentration, Millis, SimTime, Volume, real};

/// A run in progress: state of plant, pump and people between two instants.
///
/// After an error it must not be advanced any more: its state is incomplete.
pub struct Run {
    pub(super) scenario: Arc<Scenario>,
    pub(super) plant: Plant,
    /// What the plant was made of.
    pub(super) config: PlantConfig,
    pub(super) agenda: Agenda,
    pub(super) programmer: Box<dyn Programmer>,
    pub(super) people: People,
    pub(super) prescription: Prescription,
    pub(super) entered: EnteredFigures,
    /// The true concentration of the last fill, until the pump has answered its entry.
    pub(super) filled: Option<Concentration>,
    pub(super) stays: Stays,
    pub(super) pump: PumpSide,
    pub(super) exchanges: Exchanges,
    pub(super) memory: Memory,
    pub(super) clock: ClockSide,
    pub(super) faults: Faults,
    pub(super) fault_state: PumpFaultState,
    pub(super) disruptions: Disruptions,
    pub(super) events: EventLog,
    pub(super) recorder: Recorder,
    pub(super) pins: PinHistory,
    pub(super) rows: TraceRows,
    /// As the pump reported at its first boot.
    pub(super) step_volume: Volume,
}

impl Run {
    /// Before the first boot.
    pub(super) fn new(
        scenario: Arc<Scenario>,
        programmer: Box<dyn Programmer>,
    ) -> Result<Self, RunError> {
        let config = plant_config(&scenario);
        let mut plant = Plant::new(&config)?;
        if let (Some(therapy), Tolerance::Chronic) = (scenario.therapy, scenario.patient.tolerance)
        {
            // The patient has had this dose for a long time: of a pump in service, or elsewhere.
            let week = Basal::of(&therapy, scenario.starts, Millis::ZERO);
            let week_ug = week.dose_ug(SimTime::ZERO, SimTime::ZERO + WEEK);
            let per_day = real::Mass::from_micrograms(week_ug / 7.0);
            if scenario.pump.primed {
                plant.start_on_therapy(per_day);
            } else {
                plant.accustom(per_day);
            }
        }
        Ok(Self {
            plant,
            config,
            agenda: Agenda::new(&scenario),
            programmer,
            people: People::new(&scenario.pump, scenario.starts),
            prescription: Prescription::new(&scenario.pump, scenario.starts),
            entered: EnteredFigures::default(),
            filled: None,
            stays: Stays::default(),
            pump: PumpSide::RESET,
            exchanges: Exchanges::default(),
            memory: Memory::new(),
            clock: ClockSide::default(),
            faults: Faults::new(&scenario),
            fault_state: PumpFaultState::default(),
            disruptions: Disruptions::default(),
            events: EventLog::default(),
            recorder: Recorder::new(
                crate::verdict::Watches::of(&scenario),
                Plots::new(scenario.duration),
                scenario.pump.reservoir,
            ),
            pins: PinHistory::default(),
            rows: TraceRows::default(),
            step_volume: Volume::ZERO,
            scenario,
        })
    }

    /// The instant that the run has reached.
    #[must_use]
    pub const fn now(&self) -> SimTime {
        self.plant.now()
    }

    /// What is true now.
    #[must_use]
    pub fn truth(&self) -> Truth {
        self.plant.truth()
    }

    /// A second run in the same state, to be continued with a bench in the same state
    /// ([`Bench::fork`](crate::bench::Bench::fork)). From here on the two share only the scenario.
    ///
    /// # Errors
    ///
    /// [`NotForkable`] where the programmer cannot be copied.
    pub fn fork(&self) -> Result<Self, NotForkable> {
        Ok(Self {
            scenario: Arc::clone(&self.scenario),
            plant: self.plant.clone(),
            config: self.config,
            agenda: self.agenda.clone(),
            programmer: self.programmer.fork()?,
            people: self.people.clone(),
            prescription: self.prescription.clone(),
            entered: self.entered.clone(),
            filled: self.filled,
            stays: self.stays.clone(),
            pump: self.pump,
            exchanges: self.exchanges.clone(),
            memory: self.memory.clone(),
            clock: self.clock.clone(),
            faults: self.faults.clone(),
            fault_state: self.fault_state.clone(),
            disruptions: self.disruptions.clone(),
            events: self.events.clone(),
            recorder: self.recorder.clone(),
            pins: self.pins.clone(),
            rows: self.rows.clone(),
            step_volume: self.step_volume,
        })
    }

    pub(super) fn end(&self) -> SimTime {
        SimTime::ZERO + self.scenario.duration
    }

    pub(super) fn failure(&self, error: RunError) -> RunFailure {
        RunFailure {
            at: self.now(),
            exchanges: self.exchanges.count,
            after: self.fault_state.corrupted_by(),
            error: error.into(),
        }
    }

    /// Records the state of this instant.
    pub(super) fn sample(&mut self, attached: &mut Attached<'_>) {
        let truth = self.plant.truth();
        let mut sampling = Sampling {
            recorder: &mut self.recorder,
            rows: &mut self.rows,
            attached,
        };
        sampling.tick(truth.at, &truth);
    }
}
