//! The record of each fault of a scenario: when it acted, and the proof that it fired.
//!
//! Faults are named by their number in the scenario.

use super::history::FaultRecord;
use super::outcome::RunError;
use thecal_plan::Scenario;
use thecal_sim::{Plant, PlantFault};

/// The record of each fault.
#[derive(Clone, Debug)]
pub(super) struct Faults {
    records: Vec<FaultRecord>,
    /// Of each, whether it is at work in the plant.
    at_work: Vec<bool>,
    /// Of each, whether the plant still counts for it: to the end of the tick in which it ended.
    counted: Vec<bool>,
}

impl Faults {
    pub(super) fn new(scenario: &Scenario) -> Self {
        Self {
            records: scenario.faults.iter().map(FaultRecord::new).collect(),
            at_work: vec![false; scenario.faults.len()],
            counted: vec![false; scenario.faults.len()],
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

    /// A fault of the plant begins: what the plant counted for an earlier one of its kind is taken first.
    pub(super) fn begin_work(
        &mut self,
        index: usize,
        fault: PlantFault,
        plant: &Plant,
    ) -> Result<(), RunError> {
        for earlier in 0..self.records.len() {
            let is_same = |record: &FaultRecord| record.kind.plant() == Some(fault);
            if self.records.get(earlier).is_some_and(is_same) && !self.is_at_work(earlier)? {
                self.take_count(earlier, plant);
            }
        }
        self.set(index, true)?;
        if let Some(counted) = self.counted.get_mut(index) {
            *counted = true;
        }
        Ok(())
    }

    /// A fault of the plant ends.
    pub(super) fn end_work(&mut self, index: usize) -> Result<(), RunError> {
        self.set(index, false)
    }

    fn set(&mut self, index: usize, is_so: bool) -> Result<(), RunError> {
        let at_work = self.at_work.get_mut(index);
        *at_work.ok_or_else(|| RunError::missing("fault", index))? = is_so;
        Ok(())
    }

    /// Adds what the plant has counted to the record of a fault, once.
    fn take_count(&mut self, index: usize, plant: &Plant) {
        let (Some(record), Some(counted)) =
            (self.records.get_mut(index), self.counted.get_mut(index))
        else {
            return;
        };
        if let (Some(fault), true) = (record.kind.plant(), std::mem::take(counted)) {
            let effect = plant.fault_effect(fault);
            if record.kind.row().peaks {
                record.effect = record.effect.max(effect);
            } else {
                record.effect += effect;
            }
            record.back += plant.fault_effect_back(fault);
        }
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

    /// The first fault of this kind.
    pub(super) fn first_of(&self, fault: PlantFault) -> Option<usize> {
        let is_it = |record: &FaultRecord| record.kind.plant() == Some(fault);
        self.records.iter().position(is_it)
    }

    /// The records at the end of the run, with what the plant has counted.
    pub(super) fn into_records(mut self, plant: &Plant) -> Vec<FaultRecord> {
        for index in 0..self.records.len() {
            self.take_count(index, plant);
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
            counted: Vec::new(),
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
