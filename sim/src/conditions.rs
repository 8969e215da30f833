//! Conditions during a tick: pressures, loads and losses that follow from the surroundings and the
//! faults' severities at its start.
//!
//! Severities and surroundings take effect at the first tick at or after their instant. Between
//! ticks all conditions are constant, so a span may be cut anywhere.

use crate::ambient::{LYING_KPA, Surroundings, relative_viscosity};
use crate::fault::Faults;
use crate::hydraulics::{Branches, PER_PASCAL_S_PER_M3, catheter_resistance};
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
/// Leak share from which the catheter counts as disconnected.
const DISCONNECTED: f64 = 0.999;

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
    to_fluid: f64,
    to_pocket: f64,
    /// Conductance between reservoir and node, without the flow valve.
    pub(crate) from_reservoir: f64,
    /// What narrows the catheter: each with its share of the catheter's resistance.
    pub(crate) narrowed: [(PlantFault, f64); 3],
    /// Whether the connector is what closes the catheter: only the tubing stretches before it.
    pub(crate) at_connector: bool,
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
        let free = 1.0 / (catheter_resistance(catheter, 1.0) * viscosity);
        let kink = or(PlantFault::CatheterKink, 1.0);
        let blocked = or(PlantFault::TipOcclusion, 1.0).max(1.0);
        let connector = or(PlantFault::ConnectorOcclusion, 1.0).max(1.0);
        let kinked = catheter_resistance(catheter, kink) * viscosity;
        let resistance = kinked + (blocked - 1.0 + (connector - 1.0)) / free;
        let added = [
            (PlantFault::TipOcclusion, (blocked - 1.0) / free),
            (PlantFault::ConnectorOcclusion, (connector - 1.0) / free),
            (PlantFault::CatheterKink, kinked - 1.0 / free),
        ];
        let leak = or(PlantFault::CatheterLeak, 0.0);
        let (to_fluid, to_pocket) = if leak >= DISCONNECTED {
            (0.0, free)
        } else {
            (1.0 / resistance, free * leak / (1.0 - leak))
        };
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
            to_fluid,
            to_pocket,
            from_reservoir,
            narrowed: added.map(|(fault, added)| {
                let share = if leak >= DISCONNECTED {
                    // Nothing gets there.
                    0.0
                } else if added.is_infinite() {
                    1.0
                } else {
                    added / resistance
                };
                (fault, share)
            }),
            at_connector: connector > 1.0 && connector >= blocked,
        }
    }

    /// The node's branches, with the reservoir at `gauge_kpa` and `gas_ml` of gas in the catheter.
    pub(crate) fn branches(&self, gauge_kpa: f64, valve_shut: bool, gas_ml: f64) -> Branches {
        let lock = if gas_ml > 0.0 { BUBBLE_ENTRY_KPA } else { 0.0 };
        Branches {
            to_fluid: self.to_fluid,
            to_pocket: self.to_pocket,
            from_reservoir: if valve_shut { 0.0 } else { self.from_reservoir },
            fluid_kpa: self.fluid_kpa + lock,
            reservoir_kpa: gauge_kpa - LYING_KPA,
            one_way: gas_ml > 0.0,
        }
    }

    /// Compliance of the node. Unit: mL/kPa.
    pub(crate) fn compliance(
        &self,
        pump: &PumpModel,
        catheter: &CatheterModel,
        gas_ml: f64,
    ) -> f64 {
        let catheter = if self.at_connector {
            0.0
        } else {
            catheter.compliance_ml_per_kpa
        };
        pump.compliance_ml_per_kpa + catheter + gas_ml / self.ambient_kpa
    }
}
