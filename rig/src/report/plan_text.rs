//! The plan in words: who the patient is, what is in the pump, what is prescribed.

use super::format::fixed;
use crate::scenario::plan::{Drive, Mixing, Pump, Scenario, Therapy, Tolerance};
use thecal_units::{Concentration, DoseRate, Mass, real};

pub(super) fn patient(scenario: &Scenario) -> String {
    let patient = &scenario.patient;
    let tip = patient.tip.name();
    let mixing = match patient.mixing {
        Mixing::Low => "low",
        Mixing::Typical => "typical",
        Mixing::High => "high",
    };
    let tolerance = match patient.tolerance {
        Tolerance::Naive => "naive to the drug",
        Tolerance::Chronic => "used to the drug",
    };
    format!("catheter tip at {tip}, {mixing} mixing, {tolerance}")
}

pub(super) fn pump(pump: &Pump) -> String {
    let drug = pump.drug.name();
    let second = pump.second.map(|second| {
        let (drug, strength) = (second.drug.name(), concentration(second.concentration));
        format!(" with {drug} {strength}")
    });
    let drive = match pump.drive {
        Drive::Peristaltic => "",
        Drive::ValveGated => ", valve-gated",
        Drive::ConstantFlow => ", constant-flow",
    };
    let starts = if pump.primed { "primed" } else { "empty" };
    format!(
        "{drug} {}{}, reservoir {} mL, catheter {} cm, {starts}{drive}",
        concentration(pump.concentration),
        second.unwrap_or_default(),
        fixed(real::Volume::from(pump.reservoir).as_milliliters(), 2),
        fixed(pump.catheter.as_centimeters(), 0),
    )
}

pub(super) fn therapy(therapy: &Therapy) -> Vec<String> {
    let flow = real::FlowRate::from(therapy.dose.flow_round_down(therapy.concentration));
    let mut lines = vec![format!(
        "{} at {}, that is {} mL/day",
        dose_rate(therapy.dose),
        concentration(therapy.concentration),
        fixed(flow.as_ml_per_day(), 4),
    )];
    lines.push(
        therapy
            .patient_bolus
            .map_or("no patient bolus".into(), |bolus| {
                format!(
                    "patient bolus {} over {}, lockout {}, at most {} in 24 h",
                    mass(bolus.dose),
                    bolus.duration,
                    bolus.lockout,
                    bolus.daily_maximum,
                )
            }),
    );
    lines.push(format!(
        "low-reservoir alarm at {} mL",
        fixed(
            real::Volume::from(therapy.low_reservoir).as_milliliters(),
            2
        ),
    ));
    lines
}

pub(super) fn concentration(concentration: Concentration) -> String {
    let ug_per_ml = real::Concentration::from(concentration).as_ug_per_ml();
    format!("{} µg/mL", fixed(ug_per_ml, 1))
}

fn mass(mass: Mass) -> String {
    format!("{} µg", fixed(real::Mass::from(mass).as_micrograms(), 2))
}

fn dose_rate(rate: DoseRate) -> String {
    let ug_per_day = f64::from(rate.as_ng_per_day()) / 1e3;
    format!("{} µg/day", fixed(ug_per_day, 2))
}
