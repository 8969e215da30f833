//! Faults that are at work in the plant: each with a severity that may ramp.
//!
//! Each moves a variable of the plant and counts what it did, so that a scenario can prove that
//! its fault fired. Which there are: [`PlantFault`]. Conditions change at ticks: a fault that ends acts,
//! and is counted, to the end of the tick that has begun.

use crate::plant_fault::PlantFault;
use crate::ramp::Ramp;
use thecal_units::SimTime;

/// The faults that are active, their severities, and what each did.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Faults {
    active: [Option<Ramp>; PlantFault::ALL.len()],
    effect: [f64; PlantFault::ALL.len()],
    /// What of the effect went the other way: back into the reservoir.
    back: [f64; PlantFault::ALL.len()],
    /// Whether it ended within the tick that is under way.
    ending: [bool; PlantFault::ALL.len()],
    active_count: u8,
    ending_count: u8,
}

impl Faults {
    /// Whether any acts in the tick that is under way.
    pub(crate) const fn any(&self) -> bool {
        self.active_count + self.ending_count > 0
    }

    const fn acts(&self, fault: PlantFault) -> bool {
        self.active[fault.index()].is_some() || self.ending[fault.index()]
    }

    /// The tick that was under way is over.
    pub(crate) const fn end_tick(&mut self) {
        if self.ending_count > 0 {
            self.ending = [false; PlantFault::ALL.len()];
            self.ending_count = 0;
        }
    }

    /// Whether this one is active.
    pub(crate) const fn is_active(&self, fault: PlantFault) -> bool {
        self.active[fault.index()].is_some()
    }

    /// Begins a fault, or changes its severity; whether it was not active before.
    pub(crate) fn begin(&mut self, fault: PlantFault, severity: Ramp) -> bool {
        let slot = &mut self.active[fault.index()];
        let is_new = slot.is_none();
        *slot = Some(severity);
        if is_new {
            self.active_count += 1;
            self.effect[fault.index()] = 0.0;
            self.back[fault.index()] = 0.0;
        }
        is_new
    }

    pub(crate) fn end(&mut self, fault: PlantFault) {
        if self.active[fault.index()].take().is_some() {
            self.active_count -= 1;
            let ending = &mut self.ending[fault.index()];
            if !*ending {
                *ending = true;
                self.ending_count += 1;
            }
        }
    }

    /// The severity at `at`, if the fault is active.
    pub(crate) fn severity(&self, fault: PlantFault, at: SimTime) -> Option<f64> {
        self.active[fault.index()].map(|ramp| ramp.at(at))
    }

    /// The instant from which on no severity changes by itself.
    pub(crate) fn settled_at(&self) -> SimTime {
        let ends = self.active.iter().flatten().map(Ramp::end);
        ends.max().unwrap_or(SimTime::ZERO)
    }

    /// How much the fault has moved since it last began.
    pub(crate) const fn effect(&self, fault: PlantFault) -> f64 {
        self.effect[fault.index()]
    }

    /// How much of that went back.
    pub(crate) const fn back(&self, fault: PlantFault) -> f64 {
        self.back[fault.index()]
    }

    /// The fault has moved this much more.
    pub(crate) fn add(&mut self, fault: PlantFault, effect: f64) {
        if self.acts(fault) {
            self.effect[fault.index()] += effect;
        }
    }

    /// The fault has moved this much more, forwards or backwards.
    pub(crate) fn add_either_way(&mut self, fault: PlantFault, effect: f64) {
        self.add(fault, effect.abs());
        if self.acts(fault) {
            self.back[fault.index()] += (-effect).max(0.0);
        }
    }

    /// The fault has moved this much at most.
    pub(crate) fn peak(&mut self, fault: PlantFault, effect: f64) {
        if self.acts(fault) {
            let before = &mut self.effect[fault.index()];
            *before = before.max(effect);
        }
    }
}
