//! The record of each fault of a scenario: when it acted, and the proof that it fired.
//!
//! Faults are named by their number in the scenario.

use super::history::FaultRecord;
use super::outcome::RunError;
use thecal_plan::Scenario;
use thecal_sim::Plant;
use thecal_units::SimTime;

/// The record of each fault.
#[derive(Clone, Debug)]
pub(super) struct Faults(Vec<FaultRecord>);

impl Faults {
    pub(super) fn new(scenario: &Scenario) -> Self {
        Self(scenario.faults.iter().map(FaultRecord::new).collect())
    }

    pub(super) fn get_mut(&mut self, index: usize) -> Result<&mut FaultRecord, RunError> {
        let record = self.0.get_mut(index);
        record.ok_or_else(|| RunError::missing("fault", index))
    }

    /// Whether the fault took effect once more.
    pub(super) fn count(&mut self, index: usize, took_effect: bool) -> Result<(), RunError> {
        self.get_mut(index)?.effect += u64::from(took_effect);
        Ok(())
    }

    /// The first fault that is at work now and weakens the supply.
    pub(super) fn weakening_supply(&self, now: SimTime) -> Option<usize> {
        self.0.iter().position(|fault| {
            let weakens = fault.kind.row().weakens_supply;
            weakens && fault.from <= now && fault.until.is_none()
        })
    }

    /// The records at the end of the run, with what the plant has counted of those still at work.
    pub(super) fn into_records(mut self, plant: &Plant) -> Vec<FaultRecord> {
        for fault in &mut self.0 {
            if let (Some(plant_fault), None) = (fault.kind.plant(), fault.until) {
                fault.effect = plant.fault_effect(plant_fault);
            }
        }
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    #[test]
    fn a_fault_that_does_not_exist_is_a_panic_in_tests_and_an_error_in_a_run() {
        let mut faults = Faults(Vec::new());
        let counted = catch_unwind(AssertUnwindSafe(|| faults.count(3, true)));
        if cfg!(debug_assertions) {
            assert!(counted.is_err(), "a build for tests must not go on");
            return;
        }
        let error = counted
            .expect("a build for use does not panic")
            .expect_err("there is no such fault");
        assert!(error.to_string().contains("fault number 3"), "{error}");
    }
}
