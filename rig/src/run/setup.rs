//! From the scenario's words to the plant's.

use super::story::FaultRecord;
use crate::parameters::Used;
use crate::scenario::plan::{self, FaultKind, Scenario};
use thecal_sim::{Agent, PlantConfig, PlantFault};
use thecal_units::real;

impl FaultRecord {
    pub(super) fn new(fault: &plan::Fault) -> Self {
        Self {
            kind: fault.kind.clone(),
            from: fault.start,
            until: None,
            effect: 0,
            changed: None,
        }
    }
}

pub(super) const fn plant_fault(kind: &FaultKind) -> Option<PlantFault> {
    match kind {
        FaultKind::MotorStall => Some(PlantFault::MotorStall),
        FaultKind::MotorJam => Some(PlantFault::MotorJam),
        FaultKind::StuckButton { .. }
        | FaultKind::Reset
        | FaultKind::PowerCut { .. }
        | FaultKind::BrownOut { .. }
        | FaultKind::CoreHalt
        | FaultKind::RamFlip { .. }
        | FaultKind::FlashFlip { .. }
        | FaultKind::RegisterFlip { .. } => None,
    }
}

pub(super) fn plant_config(scenario: &Scenario) -> PlantConfig {
    let (patient, pump) = (&scenario.patient, &scenario.pump);
    let drug = match pump.drug {
        plan::Drug::Morphine => thecal_sim::Drug::Morphine,
        plan::Drug::Baclofen => thecal_sim::Drug::Baclofen,
    };
    let tolerance = match patient.tolerance {
        plan::Tolerance::Naive => thecal_sim::Tolerance::Naive,
        plan::Tolerance::Chronic => thecal_sim::Tolerance::Chronic,
    };
    let mixing = match patient.mixing {
        plan::Mixing::Low => thecal_sim::Mixing::Low,
        plan::Mixing::Typical => thecal_sim::Mixing::Typical,
        plan::Mixing::High => thecal_sim::Mixing::High,
    };
    let tip = match patient.tip {
        plan::TipLevel::L1 => thecal_sim::TipLevel::L1,
        plan::TipLevel::T12 => thecal_sim::TipLevel::T12,
        plan::TipLevel::T10 => thecal_sim::TipLevel::T10,
        plan::TipLevel::T7 => thecal_sim::TipLevel::T7,
        plan::TipLevel::T4 => thecal_sim::TipLevel::T4,
    };
    let mut config = PlantConfig::new(Agent::new(drug, tolerance, pump.concentration.into()));
    config.person.anatomy = config.person.anatomy.with(mixing);
    config.person.tip = tip.position();
    config.fill = real::Volume::from(pump.reservoir);
    config.primed = pump.primed;
    Used::of(scenario).write_into(&mut config);
    config
}
