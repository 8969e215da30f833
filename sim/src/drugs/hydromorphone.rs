//! Hydromorphone: as morphine, 3.3 times as potent at the same level in the fluid.
//!
//! No kinetics in human fluid were found: rates are as morphine's (assume). Two trials after
//! cesarean section found 75 ug given at once as good as 150 ug of morphine, at 12 h (Sviggum 2016,
//! n = 80; Sharpe 2020, n = 138). As it leaves the fluid faster in this model, that is 3.3 times the
//! potency at the same level, and 2 to 3 times by dose. Conversions in pumps say 6 (S42), which rests
//! on no trial that was found.
//!
//! Source: pk.md 2, 4.

use super::morphine;
use crate::drug::{
    Driver, DrugClass, DrugSheet, EffectParameters, EffectSheet, Kinetics, Limits, PlasmaKinetics,
    PocketKinetics,
};
use crate::parameter::sourced;

/// Level of morphine with the effect of the same level of it.
const POTENCY: f64 = 3.3;

sourced! {
    /// In fluid and cord.
    const KINETICS: Kinetics {
        loss_per_h: 0.30, Assumed, "pk.md 2a: like morphine, no human kinetics found", cv 0.50, Assumed, "ours";
        remote_loss_per_h: 0.3 * 0.30, Assumed, "pk.md 2a: kc = 0.3 kp";
        uptake_per_h: 0.17, Assumed, "pk.md 1c, to the rows of pk.md 3b, shared by all drugs", cv 0.30, Assumed, "ours";
        release_per_h: 0.33, Fitted, "pk.md 1c, to the rows of pk.md 3b, shared by all drugs", cv 0.30, Assumed, "ours";
        tissue_loss_per_h: 0.0, Assumed, "pk.md 1c: none";
    }
}

sourced! {
    /// In plasma.
    const PLASMA: PlasmaKinetics {
        central_l: 30.0, MemoryMedium, "pk.md 2a", cv 0.30, Assumed, "ours";
        clearance_l_per_h: 100.0, MemoryMedium, "pk.md 2b: 1.66 L/min", cv 0.30, Assumed, "ours";
        exchange_l_per_h: 120.0, Assumed, "ours: as morphine, pk.md 3d";
        peripheral_l: 250.0, MemoryMedium, "pk.md 2b: steady state 300 L", cv 0.30, Assumed, "ours";
        epidural_per_h: 0.4, Assumed, "ours: a plasma peak of spinal morphine about 3 h after 0.6 mg; one study says 5 to 10 min (S29)";
        fat_share: 0.0, Assumed, "ours: water-soluble, fat holds none";
        fat_per_h: 0.1, Assumed, "ours: water-soluble, fat holds none";
    }
}

sourced! {
    /// From the pump's pocket.
    const POCKET: PocketKinetics {
        absorption_per_h: 1.0, Assumed, "ours: as morphine", cv 0.50, Assumed, "ours";
    }
}

sourced! {
    /// Analgesia.
    const WANTED: EffectParameters {
        place_cm: 27.0, Assumed, "ours: the cord at T10";
        half_life_h: 0.5, Assumed, "pk.md 4: as morphine";
        ec50_ug_per_ml: 0.15 / POTENCY, Fitted, "75 ug as good as 150 ug of morphine at 12 h (Sviggum 2016, doi 10.1213/ANE.0000000000001229; Sharpe 2020, PMC8754417)", cv 0.50, Assumed, "ours";
        steepness: 2.4, Assumed, "pk.md 4: as morphine";
    }
}

sourced! {
    /// Analgesia by drug in blood.
    const WANTED_SYSTEMIC: EffectParameters {
        place_cm: 0.0, Assumed, "without meaning: the blood drives it";
        half_life_h: 4.4, Assumed, "pk.md 4: as morphine";
        ec50_ug_per_ml: 0.009 / POTENCY, Assumed, "ours: as analgesia by drug in the fluid", cv 0.50, Assumed, "ours";
        steepness: 2.4, Assumed, "without meaning: it adds to drug in the fluid";
    }
}

sourced! {
    /// Depressed breathing and consciousness.
    const TOXIC: EffectParameters {
        place_cm: 0.0, Assumed, "without meaning: the cord does not drive it";
        half_life_h: 4.4, Assumed, "pk.md 4: as morphine";
        ec50_ug_per_ml: 0.20 / POTENCY, Assumed, "ours: as analgesia; side effects did not differ at equal analgesia (Sviggum 2016)", cv 0.50, Assumed, "ours";
        steepness: 2.0, Assumed, "pk.md 4: as morphine";
    }
}

sourced! {
    /// Depressed breathing by drug in blood.
    const SYSTEMIC: EffectParameters {
        place_cm: 0.0, Assumed, "without meaning: the cord does not drive it";
        half_life_h: 4.4, Assumed, "pk.md 4: as morphine";
        ec50_ug_per_ml: 0.009 / POTENCY, Assumed, "ours: as analgesia", cv 0.50, Assumed, "ours";
        steepness: 2.0, Assumed, "without meaning: it adds to drug in the fluid";
    }
}

sourced! {
    /// What is published on dosing.
    const LIMITS: Limits {
        start_low_ug_per_day: 10.0, MemoryMedium, "pk.md 2c: PACC 2017";
        start_high_ug_per_day: 150.0, MemoryMedium, "pk.md 2c: PACC 2017";
        max_ug_per_ml: 15000.0, MemoryMedium, "pk.md 2c: PACC 2017";
        max_ug_per_day: 10000.0, MemoryMedium, "pk.md 2c: PACC 2017";
        trial_low_ug: 25.0, MemoryMedium, "pk.md 2c: PACC 2017";
        trial_high_ug: 100.0, MemoryMedium, "pk.md 2c: PACC 2017";
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
