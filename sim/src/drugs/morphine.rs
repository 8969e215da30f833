//! Morphine: well measured, hydrophilic, reaches the cisterna late.
//!
//! Effects: analgesia from the cord, depressed breathing from the cisterna hours later. Withdrawal
//! of an opioid is modeled with assumed constants and a ceiling: it is hard to bear, but the plant
//! must not show it as the danger to life that a stop of baclofen is.
//!
//! Source: pk.md 2, 3d, 4.

use crate::drug::{
    AdaptationParameters, Driver, DrugClass, DrugSheet, EffectParameters, EffectSheet, Kinetics,
    Limits, PlasmaKinetics, PocketKinetics, WithdrawalParameters,
};
use crate::parameter::sourced;

sourced! {
    /// In fluid and cord.
    const KINETICS: Kinetics {
        loss_per_h: 0.23, Fitted, "pk.md 2a: 0.19 to 0.34 over D 0.02 to 0.09", cv 0.30, Assumed, "ours";
        remote_loss_per_h: 0.3 * 0.23, Fitted, "pk.md 2a: kc = 0.3 kp";
        uptake_per_h: 0.17, Fitted, "pk.md 1c, to the rows of pk.md 3b, shared by all drugs", cv 0.30, Assumed, "ours";
        release_per_h: 0.33, Fitted, "pk.md 1c, to the rows of pk.md 3b, shared by all drugs", cv 0.30, Assumed, "ours";
        tissue_loss_per_h: 0.0, Assumed, "pk.md 1c: none";
    }
}

sourced! {
    /// In plasma.
    const PLASMA: PlasmaKinetics {
        central_l: 18.0, Assumed, "pk.md 2a: its part of 3.2 L/kg in all (S33)", cv 0.30, Assumed, "ours";
        clearance_l_per_h: 80.0, Published, "pk.md 2b: 82 to 89 L/h (S32)", cv 0.30, Assumed, "ours";
        exchange_l_per_h: 120.0, Assumed, "pk.md 3d";
        peripheral_l: 200.0, Calculated, "pk.md 2a and 2b: the rest of 3.2 L/kg in all (S33)", cv 0.30, Assumed, "ours";
        epidural_per_h: 0.4, Assumed, "ours: a plasma peak of spinal morphine about 3 h after 0.6 mg; one study says 5 to 10 min (S29)";
        fat_share: 0.0, Assumed, "ours: water-soluble, fat holds none";
        fat_per_h: 0.1, Assumed, "ours: water-soluble, fat holds none";
    }
}

sourced! {
    /// From the pump's pocket.
    const POCKET: PocketKinetics {
        absorption_per_h: 1.0, Assumed, "ours: half within 40 min, slower than a small injection under the skin", cv 0.50, Assumed, "ours";
    }
}

sourced! {
    /// Analgesia.
    const WANTED: EffectParameters {
        place_cm: 27.0, Assumed, "ours: the cord at T10";
        half_life_h: 0.5, Assumed, "pk.md 4: onset 20 to 40 min (S55)";
        ec50_ug_per_ml: 0.15, MemoryHigh, "pk.md 4: least effective level in fluid about 150 ng/mL, label", cv 0.50, Assumed, "ours";
        steepness: 2.4, Published, "pk.md 4: (S54)";
    }
}

sourced! {
    /// Analgesia by drug in blood.
    const WANTED_SYSTEMIC: EffectParameters {
        place_cm: 0.0, Assumed, "without meaning: the blood drives it";
        half_life_h: 4.4, Published, "pk.md 4: 4.4 +/- 0.3 h from blood, analgesia as breathing (S54)", cv 0.07, Published, "pk.md 4: 4.4 +/- 0.3 h (S54)";
        ec50_ug_per_ml: 0.009, Published, "pk.md 4: 32 nM, 9 ng/mL in plasma, analgesia as breathing (S54)", cv 0.50, Assumed, "ours";
        steepness: 2.4, Assumed, "without meaning: it adds to drug in the fluid";
    }
}

sourced! {
    /// Depressed breathing and consciousness.
    const TOXIC: EffectParameters {
        place_cm: 0.0, Assumed, "without meaning: the cord does not drive it";
        half_life_h: 4.4, Published, "pk.md 4: 4.4 +/- 0.3 h from blood (S54)", cv 0.07, Published, "pk.md 4: 4.4 +/- 0.3 h (S54)";
        ec50_ug_per_ml: 0.20, Assumed, "pk.md 4: rescaled, 0.2 to 0.3 mg mild, 1 mg marked, 2.5 mg severe (S56)", cv 0.50, Assumed, "ours";
        steepness: 2.0, Assumed, "pk.md 4";
    }
}

sourced! {
    /// Depressed breathing by drug in blood.
    const SYSTEMIC: EffectParameters {
        place_cm: 0.0, Assumed, "without meaning: the cord does not drive it";
        half_life_h: 4.4, Published, "pk.md 4: 4.4 +/- 0.3 h from blood (S54)", cv 0.07, Published, "pk.md 4: 4.4 +/- 0.3 h (S54)";
        ec50_ug_per_ml: 0.009, Published, "pk.md 4: 32 nM, 9 ng/mL in plasma (S54)", cv 0.50, Assumed, "ours";
        steepness: 1.0, Published, "pk.md 4: (S54)";
    }
}

sourced! {
    /// When it fails.
    pub(super) const WITHDRAWAL: WithdrawalParameters {
        site_half_life_h: 3.0, Assumed, "ours: as baclofen, pk.md 4";
        tolerated_share: 0.8, Assumed, "ours: as baclofen", cv 0.10, Assumed, "ours: as baclofen";
        onset_h: 24.0, Assumed, "ours: as baclofen, pk.md 4; clinic: begins after 12 to 24 h, worst after 2 to 3 days (mem H)";
        relief_h: 4.0, Assumed, "ours: an opioid relieves withdrawal within hours (mem H)";
        half_dependent: 1.0, Assumed, "ours: the strength of half the wanted effect";
        ceiling: 0.3, Assumed, "ours: hard to bear, seldom a danger to life (mem H)";
    }
}

sourced! {
    /// How the body gets used to it.
    pub(super) const ADAPTATION: AdaptationParameters {
        wanted_shift: 0.3, Assumed, "ours: analgesia outlasts most of the tolerance to it, shared by the opioids";
        toxic_shift: 2.5, Fitted, "ours: no harm of stable doses, harm of tenfold ones, shared by all drugs with tolerance; 2 to 3 fit";
        gain_days: 7.0, Assumed, "pk.md 4: tau_a, shared by all drugs";
        most_per_day: 0.3, Assumed, "pk.md 2c: doses are raised by 10 to 30 % a day (S44), shared by all drugs";
        loss_days: 3.0, Assumed, "ours: gone after a week (rat, Anesthesiology 1996;84:1177) or a holiday (S58), withdrawal fades in 1 to 3 weeks; shared by all drugs";
    }
}

sourced! {
    /// What is published on dosing.
    const LIMITS: Limits {
        start_low_ug_per_day: 100.0, MemoryMedium, "pk.md 2c: PACC 2017";
        start_high_ug_per_day: 500.0, MemoryMedium, "pk.md 2c: PACC 2017";
        max_ug_per_ml: 20000.0, MemoryMedium, "pk.md 2c: PACC 2017";
        max_ug_per_day: 15000.0, MemoryMedium, "pk.md 2c: PACC 2017";
        trial_low_ug: 100.0, MemoryMedium, "pk.md 2c: PACC 2017";
        trial_high_ug: 500.0, MemoryMedium, "pk.md 2c: PACC 2017";
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
    adaptation: ADAPTATION,
    withdrawal: Some(WITHDRAWAL),
    limits: LIMITS,
};
