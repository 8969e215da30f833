//! Fentanyl: fat-soluble, stays near the tip, leaves for the blood within hours.
//!
//! Breathing is driven by plasma: it fails early or not at all (pk.md 4).
//!
//! Source: pk.md 2, 3d, 4.

use super::{FLUID_PER_UNBOUND, morphine};
use crate::drug::{
    Driver, DrugClass, DrugSheet, EffectParameters, EffectSheet, Kinetics, Limits, PlasmaKinetics,
    PocketKinetics,
};
use crate::parameter::sourced;

sourced! {
    /// In fluid and cord.
    const KINETICS: Kinetics {
        loss_per_h: 1.05, Fitted, "pk.md 2a: 1.0 to 1.13 over D 0.02 to 0.09", cv 0.30, Assumed, "ours";
        remote_loss_per_h: 0.3 * 1.05, Fitted, "pk.md 2a: kc = 0.3 kp";
        uptake_per_h: 2.0 * 0.17, Fitted, "pk.md 2a: twice the shared value, fits morphine : fentanyl", cv 0.30, Assumed, "ours";
        release_per_h: 0.33, Fitted, "pk.md 1c, to the rows of pk.md 3b, shared by all drugs", cv 0.30, Assumed, "ours";
        tissue_loss_per_h: 0.0, Assumed, "pk.md 1c: none";
    }
}

sourced! {
    /// In plasma.
    const PLASMA: PlasmaKinetics {
        central_l: 30.0, MemoryHigh, "pk.md 2a", cv 0.30, Assumed, "ours";
        clearance_l_per_h: 45.0, MemoryHigh, "pk.md 2b: 0.6 to 0.8 L/min", cv 0.30, Assumed, "ours";
        exchange_l_per_h: 150.0, Assumed, "pk.md 3d";
        peripheral_l: 250.0, MemoryHigh, "pk.md 2b: steady state 4 L/kg", cv 0.30, Assumed, "ours";
        epidural_per_h: 5.0, Assumed, "ours: what is lipophilic reaches blood within minutes (S26, S35)";
        fat_share: 0.75, Assumed, "ours: fat holds it (Ummenhofer 2000, S3); with the level after 48 h of Guinard 1993";
        fat_per_h: 0.01, Assumed, "ours: fat holds it (Ummenhofer 2000, S3); with the level after 48 h of Guinard 1993";
    }
}

sourced! {
    /// From the pump's pocket.
    const POCKET: PocketKinetics {
        absorption_per_h: 0.7, Assumed, "ours: slower than morphine, fat holds it", cv 0.50, Assumed, "ours";
    }
}

sourced! {
    /// Analgesia.
    const WANTED: EffectParameters {
        place_cm: 27.0, Assumed, "ours: the cord at T10";
        half_life_h: 0.15, Assumed, "pk.md 4: 0.1 to 0.2 h";
        ec50_ug_per_ml: 0.05, Assumed, "pk.md 4: so that 25 to 75 ug a day is mid-range", cv 0.50, Assumed, "ours";
        steepness: 2.0, Assumed, "pk.md 4";
    }
}

sourced! {
    /// Analgesia by drug in blood.
    const WANTED_SYSTEMIC: EffectParameters {
        place_cm: 0.0, Assumed, "without meaning: the blood drives it";
        half_life_h: 0.1, Assumed, "pk.md 4: 0.1 to 0.2 h";
        ec50_ug_per_ml: 0.002, Assumed, "ours: as breathing, which is so for morphine (S54)", cv 0.50, Assumed, "ours";
        steepness: 2.0, Assumed, "without meaning: it adds to drug in the fluid";
    }
}

sourced! {
    /// Depressed breathing.
    const TOXIC: EffectParameters {
        place_cm: 0.0, Assumed, "without meaning: the cord does not drive it";
        half_life_h: 0.1, Assumed, "pk.md 4: 0.1 to 0.2 h";
        ec50_ug_per_ml: 0.002 * 0.16 * FLUID_PER_UNBOUND, Assumed, "ours: 2 ng/mL in plasma, 16 % unbound (mem M), times morphine's ratio", cv 0.50, Assumed, "ours";
        steepness: 2.0, Assumed, "pk.md 4";
    }
}

sourced! {
    /// Depressed breathing by drug in blood.
    const SYSTEMIC: EffectParameters {
        place_cm: 0.0, Assumed, "without meaning: the cord does not drive it";
        half_life_h: 0.1, Assumed, "pk.md 4: 0.1 to 0.2 h";
        ec50_ug_per_ml: 0.002, MemoryLow, "ours: the answer to CO2 halves at 1.5 to 3 ng/mL in plasma", cv 0.50, Assumed, "ours";
        steepness: 2.0, Assumed, "without meaning: it adds to drug in the fluid";
    }
}

sourced! {
    /// What is published on dosing.
    const LIMITS: Limits {
        start_low_ug_per_day: 25.0, MemoryMedium, "pk.md 2c: PACC 2017";
        start_high_ug_per_day: 75.0, MemoryMedium, "pk.md 2c: PACC 2017";
        max_ug_per_ml: 10000.0, MemoryMedium, "pk.md 2c: PACC 2017";
        max_ug_per_day: 1000.0, MemoryMedium, "pk.md 2c: PACC 2017";
        trial_low_ug: 15.0, MemoryMedium, "pk.md 2c: PACC 2017";
        trial_high_ug: 75.0, MemoryMedium, "pk.md 2c: PACC 2017";
    }
}

/// All that the model knows of it.
pub(crate) const SHEET: DrugSheet = DrugSheet {
    class: DrugClass::Opioid,
    kinetics: KINETICS,
    plasma: PLASMA,
    pocket: POCKET,
    wanted: EffectSheet {
        name: "analgesia",
        driver: Driver::Cord,
        parameters: WANTED,
    },
    wanted_systemic: Some(EffectSheet {
        name: "analgesia",
        driver: Driver::Plasma,
        parameters: WANTED_SYSTEMIC,
    }),
    toxic: EffectSheet {
        name: "respiratory depression",
        driver: Driver::Cisterna,
        parameters: TOXIC,
    },
    systemic: Some(EffectSheet {
        name: "respiratory depression",
        driver: Driver::Plasma,
        parameters: SYSTEMIC,
    }),
    adaptation: morphine::ADAPTATION,
    withdrawal: Some(morphine::WITHDRAWAL),
    limits: LIMITS,
};
