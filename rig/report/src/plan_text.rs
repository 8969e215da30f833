//! The plan in words: who the patient is, what is in the pump, what is prescribed.

use thecal_plan::number::fixed;
use thecal_plan::{
    Drive, DuringBolus, Infusion, Mixing, Pump, Scenario, Therapy, Tolerance, begins_in_words,
};
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
    let at = concentration(therapy.concentration);
    let flow = |dose: DoseRate| {
        let flow = real::FlowRate::from(dose.flow_round_down(therapy.concentration));
        fixed(flow.as_ml_per_day(), 4)
    };
    let mut lines = match &therapy.infusion {
        Infusion::Simple(dose) => {
            let (rate, flow) = (dose_rate(*dose), flow(*dose));
            vec![format!("{rate} at {at}, that is {flow} mL/day")]
        }
        Infusion::MinimumRate => vec![format!("minimum rate of 0.006 mL/day at {at}")],
        Infusion::Flex(schedule) => {
            let steps = schedule.steps().iter().map(|step| {
                let (begins, rate) = (begins_in_words(step), dose_rate(step.dose));
                format!("from {begins} {rate}, that is {} mL/day", flow(step.dose))
            });
            let head = format!("by the time of the week, at {at}");
            std::iter::once(head).chain(steps).collect()
        }
    };
    lines.push(
        therapy
            .patient_bolus
            .map_or("no patient bolus".into(), |bolus| {
                format!(
                    "patient bolus {} over {}, lockout {}, at most {} in 24 h{}",
                    mass(bolus.dose),
                    bolus.duration,
                    bolus.lockout,
                    bolus.daily_maximum,
                    match therapy.during_bolus {
                        DuringBolus::Add => "",
                        DuringBolus::Replace => ", instead of the infusion",
                    },
                )
            }),
    );
    let limits = therapy.limits.windows();
    lines.extend(limits.map(|(window, limit)| format!("at most {} in {window}", mass(limit))));
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
