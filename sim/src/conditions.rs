//! Conditions during a tick: pressures, loads and losses that follow from the surroundings and the
//! faults' severities at its start.
//!
//! Severities and surroundings take effect at the first tick at or after their instant. Between
//! ticks all conditions are constant, so a span may be cut anywhere.

use crate::ambient::{LYING_KPA, Surroundings, relative_viscosity};
use crate::fault::Faults;
use crate::hydraulics::{Branches, PER_PASCAL_S_PER_M3};
use crate::paths::Paths;
use crate::plant_fault::PlantFault;
use crate::pump::{CatheterModel, Drive, PumpModel};
use thecal_units::SimTime;

/// Pressure needed to move a bubble in the catheter. Unit: kPa.
/// Source: pump.md 4.3: `4 gamma / d` in 0.53 mm (calc).
pub(crate) const BUBBLE_ENTRY_KPA: f64 = 0.5;
/// Absolute pressure below which water boils at 37 C, so the lowest that a head can draw. Unit:
/// kPa.
/// Source: steam tables, 6.28 kPa at 37 C (mem H).
pub(crate) const BOILING_KPA: f64 = 6.3;

/// Conditions constant over a tick.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Conditions {
    pub(crate) ambient_kpa: f64,
    pub(crate) celsius: f64,
    /// Of the fluid at the tip, above rest. Unit: kPa.
    pub(crate) fluid_kpa: f64,
    /// Share of the reservoir's gauge pressure that is lost.
    pub(crate) lost: f64,
    /// Share of a step's volume that is lost.
    pub(crate) worn: f64,
    /// Resistance of the filter in the tick. Unit: kPa s/mL.
    pub(crate) filter: f64,
    /// Factor on the filter's resistance.
    pub(crate) clog: f64,
    /// Factor on the friction of a new pump.
    pub(crate) friction: f64,
    pub(crate) lost_steps: f64,
    pub(crate) film_ohm: f64,
    pub(crate) shunt_ohm: f64,
    pub(crate) valves_open: bool,
    /// Conductance from the reservoir through its septum into the pocket. Unit: mL/(s kPa).
    pub(crate) from_septum: f64,
    /// Share of the reservoir's capacity that is lost.
    pub(crate) capacity_lost: f64,
    /// Share of the drug in the reservoir that is lost each day.
    pub(crate) decay: f64,
    pub(crate) leakage_ua: f64,
    pub(crate) paths: Paths,
    /// Conductance between reservoir and node, without the flow valve.
    pub(crate) from_reservoir: f64,
}

impl Conditions {
    pub(crate) fn at(
        at: SimTime,
        faults: &Faults,
        surroundings: &Surroundings,
        drive: Drive,
        pump: &PumpModel,
        catheter: &CatheterModel,
    ) -> Self {
        let severity = |fault: PlantFault| faults.severity(fault, at);
        let or = |fault, usual: f64| severity(fault).unwrap_or(usual);
        let celsius = surroundings.celsius(at);
        let viscosity = relative_viscosity(celsius);
        let clog = or(PlantFault::FilterClog, 1.0);
        // In a constant-flow pump the restrictor clogs, not the filter.
        let in_filter = if drive == Drive::ConstantFlow {
            1.0
        } else {
            clog
        };
        let filter = pump.filter_kpa_s_per_ml * viscosity * in_filter;
        let valves_open = drive == Drive::ValveGated && severity(PlantFault::OpenValves).is_some();
        let from_reservoir = match (drive, severity(PlantFault::RollerLeak)) {
            (Drive::ConstantFlow, _) => {
                1.0 / (pump.restrictor_kpa_s_per_ml * viscosity * clog + filter)
            }
            (Drive::Peristaltic, Some(leak)) => {
                1.0 / (leak * PER_PASCAL_S_PER_M3 * viscosity + filter).max(1e-6)
            }
            _ if valves_open => 1.0 / filter.max(1e-6),
            _ => 0.0,
        };
        let paths = Paths::at(or, viscosity, catheter);
        Self {
            ambient_kpa: surroundings.ambient_kpa(at),
            celsius,
            fluid_kpa: surroundings.fluid_kpa(at) - LYING_KPA,
            lost: or(PlantFault::PropellantLoss, 0.0),
            worn: or(PlantFault::TubeWear, 0.0),
            filter,
            clog,
            friction: or(PlantFault::GearFriction, 1.0),
            lost_steps: or(PlantFault::MissedSteps, 0.0),
            film_ohm: or(PlantFault::BatteryFilm, 0.0),
            shunt_ohm: or(PlantFault::CoilShunt, f64::INFINITY),
            valves_open,
            from_septum: severity(PlantFault::SeptumLeak)
                .map_or(0.0, |leak| 1.0 / (leak * PER_PASCAL_S_PER_M3 * viscosity)),
            capacity_lost: or(PlantFault::CapacityLoss, 0.0),
            decay: or(PlantFault::DrugDecay, 0.0),
            leakage_ua: or(PlantFault::LeakageCurrent, 0.0),
            paths,
            from_reservoir,
        }
    }

    /// The node's branches, with the reservoir at `gauge_kpa` and `gas_ml` of gas in the catheter.
    pub(crate) fn branches(&self, gauge_kpa: f64, valve_shut: bool, gas_ml: f64) -> Branches {
        let lock = if gas_ml > 0.0 { BUBBLE_ENTRY_KPA } else { 0.0 };
        Branches {
            to_fluid: self.paths.to_fluid,
            to_pocket: self.paths.to_pocket,
            from_reservoir: if valve_shut { 0.0 } else { self.from_reservoir },
            fluid_kpa: self.fluid_kpa + lock,
            reservoir_kpa: gauge_kpa - LYING_KPA,
            one_way: gas_ml > 0.0,
        }
    }

    /// Compliance of the node: volume stored over pressure, with `stored_ml` stored and `gas_ml` of gas,
    /// taken at ambient pressure, in the catheter. Unit: mL/kPa.
    pub(crate) fn compliance(
        &self,
        pump: &PumpModel,
        catheter: &CatheterModel,
        gas_ml: f64,
        stored_ml: f64,
    ) -> f64 {
        let catheter = if self.paths.at_connector {
            0.0
        } else {
            catheter.compliance_ml_per_kpa
        };
        let walls = pump.compliance_ml_per_kpa + catheter;
        if gas_ml <= 0.0 {
            return walls;
        }
        // Boyle: of the gas that fills V0 at rest, V0 P / (P0 + P) is pressed away at pressure P.
        let rest_kpa = self.ambient_kpa + LYING_KPA;
        let at_rest_ml = gas_ml * self.ambient_kpa / rest_kpa;
        let half = 0.5 * (walls * rest_kpa + at_rest_ml - stored_ml);
        let root = libm::sqrt((half * half + walls * stored_ml * rest_kpa).max(0.0));
        // Either form of the root loses digits where the other keeps them.
        let kpa = if half > 0.0 {
            stored_ml * rest_kpa / (root + half)
        } else {
            (root - half) / walls
        };
        walls + at_rest_ml / (rest_kpa + kpa)
    }
}
