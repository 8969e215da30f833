//! Drugs and what a patient makes of them: the parameter sets and how they fit together.
//!
//! Nothing here moves. Rates feed [`csf`](crate::csf) and plasma, the rest feeds effect sites. The
//! values of each drug, with their sources, are in a file of its own under `drugs`; none of them is
//! a clinical statement.

use crate::parameter::{OutOfRange, Parameters, Sourced, parameters};

/// What kind of drug it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DrugClass {
    /// An opioid: tolerance to it is opioid tolerance.
    Opioid,
    /// Any other.
    Other,
}

/// Whether the patient is used to the drug when a run begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tolerance {
    /// Never had it.
    Naive,
    /// Used to the programmed dose, for months.
    Chronic,
}

parameters! {
    /// First-order rates of a drug in fluid and cord.
    pub struct Kinetics {
        loss_per_h: "loss", "1/h", 0.0..=20.0, "kp: loss from the spine's fluid to blood.";
        remote_loss_per_h: "remote-loss", "1/h", 0.0..=20.0, "kc: loss from cisterna and cranial node to blood.";
        uptake_per_h: "uptake", "1/h", 0.0..=20.0, "k12: from fluid to cord tissue.";
        release_per_h: "release", "1/h", 0.0..=20.0, "k21: from cord tissue to fluid.";
        tissue_loss_per_h: "tissue-loss", "1/h", 0.0..=20.0, "k20: from cord tissue to blood.";
    }
}

parameters! {
    /// Two compartments of plasma, and the epidural space before them.
    pub struct PlasmaKinetics {
        central_l: "central-volume", "L", 0.1..=5000.0, "V1, the central compartment.";
        clearance_l_per_h: "clearance", "L/h", 0.01..=1000.0, "CL, out of the body.";
        exchange_l_per_h: "exchange", "L/h", 0.01..=1000.0, "Q2, between the compartments.";
        peripheral_l: "peripheral-volume", "L", 0.1..=10000.0, "V2, the peripheral compartment.";
        epidural_per_h: "epidural-release", "1/h", 0.01..=1000.0, "ke: from the epidural space, which drug from the fluid crosses, to blood.";
        fat_share: "epidural-fat-share", "1", 0.0..=1.0, "f: share of what leaves the fluid that epidural fat takes up.";
        fat_per_h: "epidural-fat-release", "1/h", 0.001..=1000.0, "kf: from epidural fat to blood.";
    }
}

parameters! {
    /// How drug in the pump's pocket, the tissue around the pump, reaches blood.
    pub struct PocketKinetics {
        absorption_per_h: "absorption", "1/h", 0.001..=20.0, "ka: first-order absorption from the pocket into blood.";
    }
}

parameters! {
    /// An effect of a patient who never had the drug: `E = Ce^g / (EC50^g + Ce^g)`, with
    /// `dCe/dt = ke0 (c - Ce)`.
    pub struct EffectParameters {
        place_cm: "place", "cm", 0.0..=60.0, "Where the cord takes it from, along an axis of 60 cm; it scales with the person's. Without meaning for an effect that the cord does not drive.";
        half_life_h: "site-half-life", "h", 0.001..=200.0, "Half-life of the effect site.";
        ec50_ug_per_ml: "ec50", "ug/mL", 1e-8..=10000.0, "The site's level at half the effect in a naive patient.";
        steepness: "steepness", "1", 0.5..=10.0, "g, the exponent. Without meaning for an effect that adds to another.";
    }
}

parameters! {
    /// How the body gets used to a drug; equations: the head of `effect.rs`.
    pub struct AdaptationParameters {
        wanted_shift: "wanted-shift", "1", 0.0..=100.0, "r of the wanted effect: rise of EC50 per accustomed strength.";
        toxic_shift: "toxic-shift", "1", 0.0..=100.0, "r of the toxic effect.";
        gain_days: "gain-time", "d", 0.1..=100.0, "How slowly the body gets used to more.";
        most_per_day: "gain-limit", "1/d", 0.01..=100.0, "By which share EC50 rises in a day at most.";
        loss_days: "loss-time", "d", 0.1..=100.0, "How slowly it gets used to less.";
    }
}

parameters! {
    /// What follows when a drug that the body is used to fails; equations: the head of `effect.rs`.
    pub struct WithdrawalParameters {
        site_half_life_h: "site-half-life", "h", 0.1..=200.0, "Half-life of the site in the cord that the body looks at.";
        tolerated_share: "tolerated-share", "1", 0.05..=1.0, "Share of the accustomed level that is enough.";
        onset_h: "onset-time", "h", 0.5..=200.0, "How slowly severity follows a deficit that grows.";
        relief_h: "relief-time", "h", 0.5..=200.0, "How slowly severity fades once less is missing.";
        half_dependent: "half-dependent", "1", 0.001..=1000.0, "A, the accustomed strength of half dependence.";
        ceiling: "ceiling", "1", 0.0..=1.0, "Severity at which a full stop ends.";
    }
}

parameters! {
    /// What is published on dosing: for scenarios and reports, not advice.
    pub struct Limits {
        start_low_ug_per_day: "start-low", "ug/d", 0.001..=1e5, "Starting dose, the least.";
        start_high_ug_per_day: "start-high", "ug/d", 0.001..=1e5, "Starting dose, the most.";
        max_ug_per_ml: "max-concentration", "ug/mL", 0.001..=1e5, "The highest concentration.";
        max_ug_per_day: "max-dose", "ug/d", 0.001..=1e6, "The highest dose in a day.";
        trial_low_ug: "trial-low", "ug", 0.001..=1e5, "Trial or screening bolus, the least.";
        trial_high_ug: "trial-high", "ug", 0.001..=1e5, "Trial or screening bolus, the most.";
    }
}

/// Where an effect site takes its drug from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Driver {
    /// The spine's fluid at the effect's place.
    Cord,
    /// The cisterna.
    Cisterna,
    /// Plasma.
    Plasma,
}

/// An effect of a drug.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// What it is, as in reports.
    pub name: &'static str,
    /// What drives its site.
    pub driver: Driver,
    /// How.
    pub values: EffectParameters,
}

/// What a patient makes of a drug.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DrugModel {
    /// Its class: two opioids share their receptors.
    pub class: DrugClass,
    /// In fluid and cord.
    pub kinetics: Kinetics,
    /// In plasma.
    pub plasma: PlasmaKinetics,
    /// From the pump's pocket.
    pub pocket: PocketKinetics,
    /// The wanted effect of drug in the fluid.
    pub wanted: Effect,
    /// The wanted effect of drug in plasma: the strengths add, and what is in plasma is not missed
    /// either where the body depends on the drug (assume).
    pub wanted_systemic: Option<Effect>,
    /// The toxic effect of drug in the fluid.
    pub toxic: Effect,
    /// Toxicity of drug in plasma. If it has the name of the toxic effect the two act at one
    /// receptor and their strengths add; otherwise the toxicity is the worse of the two (assume).
    pub systemic: Option<Effect>,
    /// How the body gets used to it.
    pub adaptation: AdaptationParameters,
    /// Withdrawal, if a stop of the drug leads to it.
    pub withdrawal: Option<WithdrawalParameters>,
    /// What is published on dosing.
    pub limits: Limits,
    /// Whether the patient is used to the drug.
    pub tolerance: Tolerance,
}

impl DrugModel {
    /// Whether drug in plasma acts at the receptor of the toxic effect.
    pub(crate) fn systemic_adds(&self) -> bool {
        self.systemic
            .is_some_and(|effect| effect.name == self.toxic.name)
    }

    /// The first value out of its range, or not a number.
    pub(crate) fn first_out_of_range(&self) -> Option<OutOfRange> {
        let effects = [
            Some(self.wanted),
            self.wanted_systemic,
            Some(self.toxic),
            self.systemic,
        ];
        self.kinetics
            .first_out_of_range()
            .or_else(|| self.plasma.first_out_of_range())
            .or_else(|| self.pocket.first_out_of_range())
            .or_else(|| {
                let mut effects = effects.into_iter().flatten();
                effects.find_map(|effect| effect.values.first_out_of_range())
            })
            .or_else(|| self.adaptation.first_out_of_range())
            .or_else(|| self.withdrawal.and_then(|set| set.first_out_of_range()))
            .or_else(|| self.limits.first_out_of_range())
    }
}

/// An effect with the sources of its values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EffectSheet {
    /// What it is, as in reports.
    pub name: &'static str,
    /// What drives its site.
    pub driver: Driver,
    /// How.
    pub parameters: Sourced<EffectParameters>,
}

impl EffectSheet {
    const fn effect(&self) -> Effect {
        Effect {
            name: self.name,
            driver: self.driver,
            values: self.parameters.values,
        }
    }
}

/// All that the model knows of a drug, with sources.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DrugSheet {
    /// Its class.
    pub class: DrugClass,
    /// In fluid and cord.
    pub kinetics: Sourced<Kinetics>,
    /// In plasma.
    pub plasma: Sourced<PlasmaKinetics>,
    /// From the pump's pocket.
    pub pocket: Sourced<PocketKinetics>,
    /// The wanted effect of drug in the fluid.
    pub wanted: EffectSheet,
    /// The wanted effect of drug in plasma; see [`DrugModel::wanted_systemic`].
    pub wanted_systemic: Option<EffectSheet>,
    /// The toxic effect of drug in the fluid.
    pub toxic: EffectSheet,
    /// Toxicity of drug in plasma; see [`DrugModel::systemic`].
    pub systemic: Option<EffectSheet>,
    /// How the body gets used to it.
    pub adaptation: Sourced<AdaptationParameters>,
    /// Withdrawal.
    pub withdrawal: Option<Sourced<WithdrawalParameters>>,
    /// What is published on dosing.
    pub limits: Sourced<Limits>,
}

impl DrugSheet {
    /// The drug in a patient with this tolerance.
    pub(crate) const fn model(&self, tolerance: Tolerance) -> DrugModel {
        DrugModel {
            class: self.class,
            kinetics: self.kinetics.values,
            plasma: self.plasma.values,
            pocket: self.pocket.values,
            wanted: self.wanted.effect(),
            wanted_systemic: match &self.wanted_systemic {
                Some(sheet) => Some(sheet.effect()),
                None => None,
            },
            toxic: self.toxic.effect(),
            systemic: match &self.systemic {
                Some(sheet) => Some(sheet.effect()),
                None => None,
            },
            adaptation: self.adaptation.values,
            withdrawal: match &self.withdrawal {
                Some(set) => Some(set.values),
                None => None,
            },
            limits: self.limits.values,
            tolerance,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drugs::Drug;

    #[test]
    fn every_drug_is_within_its_ranges() {
        for drug in Drug::ALL {
            let model = drug.model(Tolerance::Chronic);
            assert_eq!(model.first_out_of_range(), None, "{}", drug.name());
            let limits = model.limits;
            assert!(limits.start_low_ug_per_day <= limits.start_high_ug_per_day);
            assert!(limits.start_high_ug_per_day <= limits.max_ug_per_day);
            assert!(limits.trial_low_ug <= limits.trial_high_ug);
        }
    }

    #[test]
    fn a_value_out_of_range_is_named() {
        let mut model = Drug::Morphine.model(Tolerance::Naive);
        model.toxic.values.steepness = f64::NAN;
        let out = model.first_out_of_range().expect("not a number");
        assert_eq!(out.field.name, "steepness");
    }
}
