//! The record of each fault of a scenario: when it acted, and the proof that it fired.
//!
//! Faults are named by their number in the scenario.

use super::history::FaultRecord;
use super::outcome::RunError;
use thecal_plan::Scenario;
use thecal_sim::Plant;

/// The record of each fault.
#[derive(Clone, Debug)]
pub(super) struct Faults {
    records: Vec<FaultRecord>,
    /// Of each, whether it is at work in the plant.
    at_work: Vec<bool>,
}

impl Faults {
    pub(super) fn new(scenario: &Scenario) -> Self {
        Self {
            records: scenario.faults.iter().map(FaultRecord::new).collect(),
            at_work: vec![false; scenario.faults.len()],
        }
    }

    pub(super) fn get_mut(&mut self, index: usize) -> Result<&mut FaultRecord, RunError> {
        let record = self.records.get_mut(index);
        record.ok_or_else(|| RunError::missing("fault", index))
    }

    /// Whether a fault of the plant has begun and not ended.
    pub(super) fn is_at_work(&self, index: usize) -> Result<bool, RunError> {
        let at_work = self.at_work.get(index).copied();
        at_work.ok_or_else(|| RunError::missing("fault", index))
    }

    /// A fault of the plant begins or ends.
    pub(super) fn set_at_work(&mut self, index: usize, is_so: bool) -> Result<(), RunError> {
        let at_work = self.at_work.get_mut(index);
        *at_work.ok_or_else(|| RunError::missing("fault", index))? = is_so;
        Ok(())
    }

    /// Whether the fault took effect once more.
    pub(super) fn count(&mut self, index: usize, took_effect: bool) -> Result<(), RunError> {
        self.get_mut(index)?.effect += u64::from(took_effect);
        Ok(())
    }

    /// The first fault that is at work now and weakens the supply.
    pub(super) fn weakening_supply(&self) -> Option<usize> {
        let mut faults = self.records.iter().zip(&self.at_work);
        faults.position(|(fault, &at_work)| at_work && fault.kind.row().weakens_supply)
    }

    /// The records at the end of the run, with what the plant has counted of those still at work.
    pub(super) fn into_records(mut self, plant: &Plant) -> Vec<FaultRecord> {
        for (fault, at_work) in self.records.iter_mut().zip(self.at_work) {
            if let (Some(plant_fault), true) = (fault.kind.plant(), at_work) {
                fault.effect += plant.fault_effect(plant_fault);
            }
        }
        self.records
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    #[test]
    fn a_fault_that_does_not_exist_is_a_panic_in_tests_and_an_error_in_a_run() {
        let mut faults = Faults {
            records: Vec::new(),
            at_work: Vec::new(),
        };
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
