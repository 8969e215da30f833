//! Sufentanil: as fentanyl, more fat-soluble and about ten times as potent.
//!
//! Source: pk.md 2, 4.

use super::{FLUID_PER_UNBOUND, morphine};
use crate::drug::{
    Driver, DrugClass, DrugSheet, EffectParameters, EffectSheet, Kinetics, Limits, PlasmaKinetics,
    PocketKinetics,
};
use crate::parameter::sourced;

sourced! {
    /// In fluid and cord.
    const KINETICS: Kinetics {
        loss_per_h: 1.5, Assumed, "pk.md 2a; most of a dose had reached plasma by extubation (S35)", cv 0.50, Assumed, "ours";
        remote_loss_per_h: 0.3 * 1.5, Assumed, "pk.md 2a: kc = 0.3 kp";
        uptake_per_h: 3.0 * 0.17, Assumed, "pk.md 2a: three times the shared value", cv 0.50, Assumed, "ours";
        release_per_h: 0.33, Fitted, "pk.md 1c, to the rows of pk.md 3b, shared by all drugs", cv 0.30, Assumed, "ours";
        tissue_loss_per_h: 0.0, Assumed, "pk.md 1c: none";
    }
}

sourced! {
    /// In plasma.
    const PLASMA: PlasmaKinetics {
        central_l: 20.0, Assumed, "pk.md 2a", cv 0.30, Assumed, "ours";
        clearance_l_per_h: 75.0, Published, "pk.md 2b: 14.5 to 23 mL/kg/min (S24)", cv 0.30, Assumed, "ours";
        exchange_l_per_h: 150.0, Assumed, "ours: as fentanyl, pk.md 3d";
        peripheral_l: 900.0, Calculated, "pk.md 2b: the rest of 13 to 15 L/kg (S24)", cv 0.30, Assumed, "ours";
        epidural_per_h: 5.0, Assumed, "ours: what is lipophilic reaches blood within minutes (S26, S35)";
        fat_share: 0.3, Assumed, "ours: an epidural dose a third larger than in blood at equal plasma levels; fat holds it";
        fat_per_h: 0.02, Assumed, "ours: an epidural dose a third larger than in blood at equal plasma levels; fat holds it";
    }
}

sourced! {
    /// From the pump's pocket.
    const POCKET: PocketKinetics {
        absorption_per_h: 0.7, Assumed, "ours: as fentanyl", cv 0.50, Assumed, "ours";
    }
}

sourced! {
    /// Analgesia.
    const WANTED: EffectParameters {
        place_cm: 27.0, Assumed, "ours: the cord at T10";
        half_life_h: 0.15, Assumed, "pk.md 4: 0.1 to 0.2 h";
        ec50_ug_per_ml: 0.012, Assumed, "pk.md 4: so that 10 to 20 ug a day is mid-range", cv 0.50, Assumed, "ours";
        steepness: 2.0, Assumed, "pk.md 4";
    }
}

sourced! {
    /// Analgesia by drug in blood.
    const WANTED_SYSTEMIC: EffectParameters {
        place_cm: 0.0, Assumed, "without meaning: the blood drives it";
        half_life_h: 0.1, Assumed, "pk.md 4: 0.1 to 0.2 h";
        ec50_ug_per_ml: 0.000_2, Assumed, "ours: as breathing, which is so for morphine (S54)", cv 0.50, Assumed, "ours";
        steepness: 2.0, Assumed, "without meaning: it adds to drug in the fluid";
    }
}

sourced! {
    /// Depressed breathing.
    const TOXIC: EffectParameters {
        place_cm: 0.0, Assumed, "without meaning: the cord does not drive it";
        half_life_h: 0.1, Assumed, "pk.md 4: 0.1 to 0.2 h";
        ec50_ug_per_ml: 0.000_2 * 0.075 * FLUID_PER_UNBOUND, Assumed, "ours: 0.2 ng/mL in plasma, 7.5 % unbound (mem M), times morphine's ratio", cv 0.50, Assumed, "ours";
        steepness: 2.0, Assumed, "pk.md 4";
    }
}

sourced! {
    /// Depressed breathing by drug in blood.
    const SYSTEMIC: EffectParameters {
        place_cm: 0.0, Assumed, "without meaning: the cord does not drive it";
        half_life_h: 0.1, Assumed, "pk.md 4: 0.1 to 0.2 h";
        ec50_ug_per_ml: 0.000_2, Assumed, "ours: a tenth of fentanyl", cv 0.50, Assumed, "ours";
        steepness: 2.0, Assumed, "without meaning: it adds to drug in the fluid";
    }
}

sourced! {
    /// What is published on dosing.
    const LIMITS: Limits {
        start_low_ug_per_day: 10.0, MemoryMedium, "pk.md 2c: PACC 2017";
        start_high_ug_per_day: 20.0, MemoryMedium, "pk.md 2c: PACC 2017";
        max_ug_per_ml: 5000.0, MemoryMedium, "pk.md 2c: PACC 2017";
        max_ug_per_day: 500.0, MemoryMedium, "pk.md 2c: PACC 2017";
        trial_low_ug: 5.0, MemoryMedium, "pk.md 2c: PACC 2017";
        trial_high_ug: 20.0, MemoryMedium, "pk.md 2c: PACC 2017";
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
