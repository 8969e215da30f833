//! From the scenario's words to the plant's.

use super::story::FaultRecord;
use crate::scenario::plan::{self, FaultKind, Scenario};
use thecal_sim::{PlantConfig, PlantFault};
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
    PlantConfig {
        drug: match pump.drug {
            plan::Drug::Morphine => thecal_sim::Drug::Morphine,
            plan::Drug::Baclofen => thecal_sim::Drug::Baclofen,
        },
        mixing: match patient.mixing {
            plan::Mixing::Low => thecal_sim::Mixing::Low,
            plan::Mixing::Typical => thecal_sim::Mixing::Typical,
            plan::Mixing::High => thecal_sim::Mixing::High,
        },
        tolerance: match patient.tolerance {
            plan::Tolerance::Naive => thecal_sim::Tolerance::Naive,
            plan::Tolerance::Chronic => thecal_sim::Tolerance::Chronic,
        },
        tip: match patient.tip {
            plan::TipLevel::L1 => thecal_sim::TipLevel::L1,
            plan::TipLevel::T12 => thecal_sim::TipLevel::T12,
            plan::TipLevel::T10 => thecal_sim::TipLevel::T10,
            plan::TipLevel::T7 => thecal_sim::TipLevel::T7,
            plan::TipLevel::T4 => thecal_sim::TipLevel::T4,
        },
        fill: real::Volume::from(pump.reservoir),
        concentration: real::Concentration::from(pump.concentration),
        catheter_length: pump.catheter,
        primed: pump.primed,
        clock: thecal_sim::ClockModel::default(),
    }
}
