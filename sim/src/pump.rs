//! Parameter sets of pump and catheter: geometry, pressures, torques, supply.
//!
//! Data only; the dynamics are in [`Plant`](crate::Plant). Equations: the module heads that use a
//! value. Source: pump.md 4, whose generic values are (design): no product has exactly these.

use crate::parameter::{parameters, sourced};

/// How a pump moves its drug.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Drive {
    /// A stepper turns rollers that squeeze a tube; pulses are steps.
    #[default]
    Peristaltic,
    /// Gas pressure and two valves fill and empty a chamber; pulses are strokes.
    ValveGated,
    /// Gas pressure drives fluid through a restrictor; pulses have no effect.
    ConstantFlow,
}

parameters! {
    /// A pump.
    pub struct PumpModel {
        tubing_ml: "tubing-volume", "mL", 0.0..=1.0, "Volume of the tubing inside the pump.";
        step_nl: "step-volume", "nL", 0.5..=100.0, "What a step or stroke moves at reference: 37 C, sea level, half full.";
        dip_depth: "dip-depth", "1", 0.0..=1.0, "How deep flow dips while a roller leaves the tube.";
        fill_per_kpa: "fill-sensitivity", "1/kPa", 0.0..=0.05, "Share of its volume that a step gains per kPa of reservoir pressure above reference.";
        back_per_kpa: "back-pressure-sensitivity", "1/kPa", 0.0..=0.05, "Share of its volume that a step loses per kPa of outlet pressure above that of the fluid lying.";
        torque: "torque", "1", 0.5..=10.0, "Motor torque at nominal pulse energy and 2.8 V at the pulse, relative to the largest load of a new pump.";
        pull_out_per_s: "pull-out-speed", "1/s", 60.0..=10000.0, "Pulses a second beyond which the rotor does not follow.";
        friction: "friction", "1", 0.0..=1.0, "Friction of gear and tube, relative to the same load.";
        roller_lift: "roller-lift", "1", 0.0..=1.0, "What lifting a roller adds at most, relative to the same load.";
        load_per_kpa: "load-per-pressure", "1/kPa", 0.0..=0.1, "Load per kPa of outlet pressure.";
        propellant_kpa: "propellant-pressure", "kPa", 20.0..=500.0, "Vapor pressure of the propellant at 37 C, absolute.";
        propellant_kj_per_mol: "propellant-heat", "kJ/mol", 5.0..=60.0, "Heat of vaporization of the propellant.";
        bellows_kpa: "bellows-pressure", "kPa", 0.0..=50.0, "How much more the reservoir presses full than empty.";
        capacity_ml: "reservoir-capacity", "mL", 1.0..=60.0, "What the reservoir holds.";
        residual_ml: "residual-volume", "mL", 0.0..=10.0, "Content of the reservoir that the pump cannot give; flow falls off evenly from a tenth more on.";
        filter_kpa_s_per_ml: "filter-resistance", "kPa s/mL", 0.0..=1e6, "Resistance of the filter before the head, water at 37 C.";
        restrictor_kpa_s_per_ml: "restrictor-resistance", "kPa s/mL", 1.0..=1e9, "Resistance of the restrictor of a constant-flow pump, water at 37 C.";
        stroke_kpa: "stroke-pressure", "kPa", 0.1..=100.0, "Pressure across the chamber of a valve-gated pump from which on a stroke is whole.";
        flow_valve_ml: "flow-valve-volume", "mL", 0.0..=1.0, "What runs through the flow-activated valve of a valve-gated pump before it shuts.";
        flow_valve_ml_per_s: "flow-valve-threshold", "mL/s", 1e-5..=1.0, "Flow above which that valve counts flow as free.";
        compliance_ml_per_kpa: "tubing-compliance", "mL/kPa", 1e-6..=0.01, "How much the tubing between head and catheter stretches.";
        battery_ah: "battery-capacity", "Ah", 0.01..=10.0, "Charge of a fresh battery.";
        battery_years: "battery-life", "yr", 0.01..=30.0, "Time in service after which the battery is empty however little it gave; its voltage falls in the last fifth.";
        quiescent_ua: "quiescent-current", "uA", 0.0..=1000.0, "What the electronics draw at rest.";
        battery_ohm: "battery-resistance", "ohm", 0.0..=10000.0, "Internal resistance of the battery without a film.";
        capacitor_uf: "supply-capacitor", "uF", 1.0..=10000.0, "Capacitor that feeds a pulse.";
    }
}

sourced! {
    /// The generic pump of pump.md 4.
    pub const GENERIC_PUMP: PumpModel {
        tubing_ml: 0.140, Published, "pump.md 1.1: 0.140 mL, shown as 0.199 before 2017 (S14)";
        step_nl: 5.0, Design, "pump.md 4.1: 8 uL a revolution, 1600 steps";
        dip_depth: 0.7, Design, "pump.md 4.1: 0.5 to 1";
        fill_per_kpa: 0.001, Design, "pump.md 4.1: 0.1 to 0.5 %/kPa; the low end keeps flight and fever within the label's 14.5 %";
        back_per_kpa: 0.003, Design, "pump.md 4.1: 12 % at 40 kPa of external pumps (S45)";
        torque: 2.0, Design, "pump.md 4.1: margin 2.0 new";
        pull_out_per_s: 200.0, Design, "ours: a pulse lasts 4 ms (pump.md 4.6), and the rotor needs a pause; 24 mL/day is 55.6 steps a second";
        friction: 0.7, Design, "ours: the split of the load";
        roller_lift: 0.3, Design, "ours: the split of the load";
        load_per_kpa: 0.006_666_666_666_666_667, Design, "ours: a new motor stalls at 150 kPa with 2.8 V at the pulse; cassette pumps trip at 124 +/- 62 (S46)";
        propellant_kpa: 130.0, MemoryMedium, "pump.md 4.5: n-perfluoropentane about 130 kPa, Clausius-Clapeyron";
        propellant_kj_per_mol: 25.3, MemoryMedium, "pump.md 4.5: n-perfluoropentane";
        bellows_kpa: 5.0, Design, "ours: pump.md 4.2 has the term P_bellows(V) without a value";
        capacity_ml: 40.0, Published, "pump.md 1.1: 20 and 40 mL (S8)";
        residual_ml: 0.0, Design, "ours: it gives the last drop; in some pumps flow falls off from 2 to 4 mL on, 21 of 88 patients had withdrawal at 2.1 to 3.8 mL (S54)";
        filter_kpa_s_per_ml: 1000.0, Design, "ours: 6 Pa at 0.5 mL/day, a few catheters in series";
        restrictor_kpa_s_per_ml: 2.5e6, Design, "ours: 1 mL/day at 29 kPa";
        stroke_kpa: 10.0, Design, "ours: a diaphragm between stops, whole from a third of the gas pressure on";
        flow_valve_ml: 0.010, Published, "pump.md 2: at most 10 uL (S28b)";
        flow_valve_ml_per_s: 0.001, Design, "ours: three times 24 mL/day";
        compliance_ml_per_kpa: 0.000_3, Design, "pump.md 4.3: pump tubing about 0.1 to 0.5 uL/kPa";
        battery_ah: 1.1, Design, "ours: 0.71 Ah for the motor and 0.31 Ah at rest in seven years, pump.md 4.6";
        battery_years: 7.0, Published, "pump.md 1.1: designed to 84 months (S6)", cv 0.1, Assumed, "ours: 5 to 7 years are typical";
        quiescent_ua: 5.0, Design, "ours: see battery-capacity";
        battery_ohm: 100.0, Design, "pump.md 4.6: 30 to 100 ohm";
        capacitor_uf: 100.0, Design, "pump.md 4.6: 100 uF";
    }
}

parameters! {
    /// A catheter.
    pub struct CatheterModel {
        length_cm: "length", "cm", 10.0..=150.0, "From the pump to the tip, as trimmed.";
        bore_cm: "bore", "cm", 0.01..=0.2, "Inner diameter.";
        ml_per_cm: "volume-per-length", "mL/cm", 1e-4..=0.05, "Volume of a length of it.";
        compliance_ml_per_kpa: "compliance", "mL/kPa", 0.0..=0.01, "How much the whole catheter stretches.";
        mixing_cm2_per_s: "molecular-diffusivity", "cm2/s", 1e-7..=1e-4, "Molecular diffusivity of a small drug in water at 37 C.";
    }
}

sourced! {
    /// The generic catheter of pump.md 1.1 and 4.3.
    pub const GENERIC_CATHETER: CatheterModel {
        length_cm: 89.0, Design, "pump.md 1.1: 114 to 140 cm before trimming";
        bore_cm: 0.053, MemoryHigh, "pump.md 1.1: 0.53 mm";
        ml_per_cm: 0.0022, MemoryHigh, "pump.md 1.1: 0.0022 mL/cm";
        compliance_ml_per_kpa: 0.000_2, Calculated, "pump.md 4.3: thick wall, 0.08 uL/kPa at 10 MPa to 0.27 at 3 MPa";
        mixing_cm2_per_s: 7e-6, Assumed, "ours: between morphine and baclofen in water";
    }
}
