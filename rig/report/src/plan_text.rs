//! The plan as text: the patient, the pump's contents, the prescription.

use thecal_plan::number::{format_checked, format_value, trimmed};
use thecal_plan::parameters::{Kind, Used};
use thecal_plan::{
    Dimension, DoseLimits, Drive, Drug, DuringBolus, Infusion, Mixing, Pump, Scenario, Therapy,
    Tolerance, begins_in_words,
};
use thecal_sim::DrugClass;
use thecal_units::{Concentration, DoseRate, Mass, Millis, real};

pub(super) fn patient(scenario: &Scenario) -> String {
    let patient = &scenario.patient;
    let tip = patient.tip.name();
    let mixing = match patient.mixing {
        Mixing::Low => "low",
        Mixing::Typical => "typical",
        Mixing::High => "high",
    };
    // Nothing that the patient could be used to: the plant begins with the dose of the therapy at implant.
    let used_to = match scenario.therapy {
        Some(_) => patient.tolerance,
        None => Tolerance::Naive,
    };
    let tolerance = tolerance(used_to, scenario.pump.drug);
    let used = Used::of(scenario);
    let person = used.sets.iter().find(|set| set.kind == Kind::Person);
    let person = person.map_or(String::new(), |set| format!("; simulated: {}", set.name));
    // The plant knows no other route: `Plant::accustom`.
    let elsewhere = match (used_to, scenario.pump.primed) {
        (Tolerance::Chronic, false) => {
            ", from drug given otherwise, which goes on and covers withdrawal"
        }
        _ => "",
    };
    format!(
        "{tolerance}{elsewhere}; catheter tip at {tip}; {mixing} mixing of the cerebrospinal fluid{person}"
    )
}

/// Tolerance to this drug, in the words of its class.
pub(super) const fn tolerance(tolerance: Tolerance, to: Drug) -> &'static str {
    match (to.class(), tolerance) {
        (DrugClass::Opioid, Tolerance::Naive) => "opioid-naive",
        (DrugClass::Opioid, Tolerance::Chronic) => "opioid-tolerant",
        (DrugClass::Other, Tolerance::Naive) => "drug-naive",
        (DrugClass::Other, Tolerance::Chronic) => "used to the dose",
    }
}

pub(super) fn pump(pump: &Pump) -> String {
    let drug = pump.drug.name();
    // One of a mixed-up bottle comes later.
    let second = pump
        .second
        .filter(|second| second.concentration > Concentration::ZERO);
    let second = second.map(|second| {
        let (drug, strength) = (second.drug.name(), concentration(second.concentration));
        format!(" with {drug} {strength}")
    });
    let drive = match pump.drive {
        Drive::Peristaltic => "",
        Drive::ValveGated => ", valve-gated",
        Drive::ConstantFlow => ", constant-flow",
    };
    let starts = if pump.primed {
        "primed"
    } else {
        "empty at the start"
    };
    format!(
        "{drug} {}{}, reservoir {} mL, catheter {} cm, {starts}{drive}",
        concentration(pump.concentration),
        second.unwrap_or_default(),
        trimmed(real::Volume::from(pump.reservoir).as_milliliters(), 2),
        trimmed(pump.catheter.as_centimeters(), 0),
    )
}

/// The prescription: its infusion, then the rest.
pub(super) fn therapy(therapy: &Therapy) -> Vec<String> {
    let mut lines = infusion(therapy);
    lines.push(patient_bolus(therapy));
    let limits = therapy.limits.windows();
    lines.extend(limits.map(|(window, limit)| dose_limit(window, limit)));
    lines.push(low_reservoir(therapy));
    lines
}

/// What a program sets beside the figures of its act: against the prescription before it only what is other.
pub(super) fn programmed(therapy: &Therapy, before: Option<&Therapy>) -> Vec<String> {
    let is_new =
        |same: fn(&Therapy, &Therapy) -> bool| before.is_none_or(|old| !same(old, therapy));
    let mut lines = Vec::new();
    if matches!(therapy.infusion, Infusion::Flex(_))
        && is_new(|old, new| old.infusion == new.infusion)
    {
        lines.extend(infusion(therapy));
    }
    if is_new(|old, new| {
        (old.patient_bolus, old.during_bolus) == (new.patient_bolus, new.during_bolus)
    }) {
        lines.push(patient_bolus(therapy));
    }
    for (window, limit) in DoseLimits::WINDOWS {
        let old = before.map_or(Mass::ZERO, |old| limit(&old.limits));
        match limit(&therapy.limits) {
            new if new == old => {}
            Mass::ZERO => lines.push(format!("no dose limit in {}", window.spelled())),
            new => lines.push(dose_limit(window, new)),
        }
    }
    if is_new(|old, new| old.low_reservoir == new.low_reservoir) {
        lines.push(low_reservoir(therapy));
    }
    let intervals = |of: &Therapy| (of.critical_interval, of.non_critical_interval);
    if before.is_some_and(|old| intervals(old) != intervals(therapy)) {
        let (critical, other) = intervals(therapy);
        let (critical, other) = (critical.spelled(), other.spelled());
        lines.push(format!(
            "alarms repeated every {critical} (critical), {other} (non-critical)"
        ));
    }
    lines
}

fn infusion(therapy: &Therapy) -> Vec<String> {
    let at = concentration(therapy.concentration);
    let flow = |dose: DoseRate| {
        let flow = real::FlowRate::from(dose.flow_round_down(therapy.concentration));
        trimmed(flow.as_ml_per_day(), 4)
    };
    match &therapy.infusion {
        Infusion::Simple(dose) => {
            let (rate, flow) = (dose_rate(*dose), flow(*dose));
            vec![format!("{rate} at {at}, {flow} mL/day")]
        }
        Infusion::MinimumRate => vec![format!("minimum rate of 0.006 mL/day at {at}")],
        Infusion::Flex(schedule) => {
            let steps = schedule.steps().iter().map(|step| {
                let (begins, rate) = (begins_in_words(step), dose_rate(step.dose));
                format!("{begins} {rate}, {} mL/day", flow(step.dose))
            });
            let head = format!("flex schedule at {at}");
            std::iter::once(head).chain(steps).collect()
        }
    }
}

fn patient_bolus(therapy: &Therapy) -> String {
    therapy
        .patient_bolus
        .map_or("no patient bolus".into(), |bolus| {
            format!(
                "patient bolus {} over {}, lockout {}, at most {} in 24 h{}",
                mass(bolus.dose),
                bolus.duration.spelled(),
                bolus.lockout.spelled(),
                bolus.daily_maximum,
                match therapy.during_bolus {
                    DuringBolus::Add => "",
                    DuringBolus::Replace => ", instead of the infusion",
                },
            )
        })
}

/// A limit has one value, here as beside what it is held against.
fn dose_limit(window: Millis, limit: Mass) -> String {
    let ug = real::Mass::from(limit).as_micrograms();
    format!(
        "dose limit {} in {}",
        format_checked(ug, Dimension::Mass),
        window.spelled()
    )
}

fn low_reservoir(therapy: &Therapy) -> String {
    let volume = real::Volume::from(therapy.low_reservoir).as_milliliters();
    format!("low-reservoir alarm at {} mL", trimmed(volume, 2))
}

pub(super) fn concentration(concentration: Concentration) -> String {
    let ug_per_ml = real::Concentration::from(concentration).as_ug_per_ml();
    format_value(ug_per_ml, Dimension::Concentration)
}

fn mass(mass: Mass) -> String {
    let ug = real::Mass::from(mass).as_micrograms();
    format_value(ug, Dimension::Mass)
}

fn dose_rate(rate: DoseRate) -> String {
    let ug_per_day = f64::from(rate.as_ng_per_day()) / 1e3;
    format!("{}/day", format_value(ug_per_day, Dimension::Mass))
}

#[cfg(test)]
mod tests {
    use super::*;
    use thecal_plan::PatientBolus;
    use thecal_units::Volume;

    #[test]
    fn a_program_tells_what_it_changes_and_no_more() {
        let before = Therapy {
            concentration: Concentration::from_ng_per_ml(2_000_000),
            infusion: Infusion::Simple(DoseRate::from_ng_per_day(1_000_000)),
            patient_bolus: None,
            during_bolus: DuringBolus::Add,
            limits: DoseLimits {
                hour: Mass::from_nanograms(77_966),
                ..DoseLimits::NONE
            },
            catheter: Volume::from_nanoliters(198_000),
            low_reservoir: Volume::from_nanoliters(2_000_000),
            critical_interval: Millis::MINUTE.times(10),
            non_critical_interval: Millis::HOUR,
        };
        assert!(programmed(&before, Some(&before)).is_empty());
        let after = Therapy {
            patient_bolus: Some(PatientBolus {
                dose: Mass::from_nanograms(47_300),
                duration: Millis::MINUTE.times(7),
                lockout: Millis::HOUR.times(25),
                daily_maximum: 1,
            }),
            limits: DoseLimits::NONE,
            critical_interval: Millis::MINUTE.times(20),
            ..before
        };
        assert_eq!(
            programmed(&after, Some(&before)),
            [
                "patient bolus 47.3 µg over 7 min, lockout 25 h, at most 1 in 24 h",
                "no dose limit in 1 h",
                "alarms repeated every 20 min (critical), 1 h (non-critical)",
            ]
        );
        let limit = programmed(&before, None);
        assert!(
            limit.contains(&"dose limit 77.966 µg in 1 h".to_owned()),
            "{limit:?}"
        );
    }
}
