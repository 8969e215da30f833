//! Ziconotide: a peptide, slow to act, slow to leave, hard on the mind.
//!
//! An abrupt stop leads to no withdrawal (S43), and its relief of pain meets no tolerance (mem H). What
//! fast titration does to the mind and slow titration does not (S59) is here a tolerance of that effect
//! alone (assume). Drug in blood is taken to do nothing: the pump's doses are far below those given into
//! a vein (assume).
//!
//! Published spreads of clearance (0.38 +/- 0.56 mL/min) and volume (155 +/- 263 mL, S1) come of one
//! place of sampling and go together: half-lives differ by 20 % only. So people differ here in the
//! rate by that, and in volumes and mixing as in `anatomy`.
//!
//! Source: pk.md 2, 3d, 4.

use crate::drug::{
    AdaptationParameters, Driver, DrugClass, DrugSheet, EffectParameters, EffectSheet, Kinetics,
    Limits, PlasmaKinetics, PocketKinetics,
};
use crate::parameter::sourced;

sourced! {
    /// In fluid and cord.
    const KINETICS: Kinetics {
        loss_per_h: 0.12, Fitted, "pk.md 2a: 0.07 to 0.21 over D 0.02 to 0.09", cv 0.20, Published, "pk.md 2b: half-life 4.6 +/- 0.9 h, n = 23 (S1)";
        remote_loss_per_h: 0.0, Fitted, "pk.md 2a: none";
        uptake_per_h: 0.17, Fitted, "pk.md 1c, to the rows of pk.md 3b, shared by all drugs", cv 0.30, Assumed, "ours";
        release_per_h: 0.33, Fitted, "pk.md 1c, to the rows of pk.md 3b, shared by all drugs", cv 0.30, Assumed, "ours";
        tissue_loss_per_h: 0.0, Assumed, "pk.md 1c: none";
    }
}

sourced! {
    /// In plasma.
    const PLASMA: PlasmaKinetics {
        central_l: 12.0, Assumed, "pk.md 2a: its part of 30.5 L in all (S1)", cv 0.30, Assumed, "ours";
        clearance_l_per_h: 16.2, Published, "pk.md 2b: 270 mL/min (S1)", cv 0.30, Assumed, "ours";
        exchange_l_per_h: 10.0, Assumed, "pk.md 3d";
        peripheral_l: 18.0, Calculated, "pk.md 2b: the rest of 30.5 L in all (S1)", cv 0.30, Assumed, "ours";
        epidural_per_h: 0.4, Assumed, "ours: a plasma peak of spinal morphine about 3 h after 0.6 mg; one study says 5 to 10 min (S29)";
        fat_share: 0.0, Assumed, "ours: water-soluble, fat holds none";
        fat_per_h: 0.1, Assumed, "ours: water-soluble, fat holds none";
    }
}

sourced! {
    /// From the pump's pocket.
    const POCKET: PocketKinetics {
        absorption_per_h: 0.3, Assumed, "ours: a peptide of 2639, the slowest", cv 0.50, Assumed, "ours";
    }
}

sourced! {
    /// Analgesia.
    const WANTED: EffectParameters {
        place_cm: 27.0, Assumed, "ours: the cord at T10";
        half_life_h: 12.0, Assumed, "pk.md 4: lag of onset and offset (S59)";
        ec50_ug_per_ml: 0.020, Assumed, "pk.md 4: effect usually at 8 to 10 ug a day (S42)", cv 0.50, Assumed, "ours";
        steepness: 2.0, Assumed, "pk.md 4";
    }
}

sourced! {
    /// Confusion, hallucination.
    const TOXIC: EffectParameters {
        place_cm: 0.0, Assumed, "without meaning: the cord does not drive it";
        half_life_h: 24.0, Assumed, "pk.md 4: lag of onset and offset (S59)";
        ec50_ug_per_ml: 0.0018, Assumed, "ours: half toxic with the level of 4 ug a day, toxic with 0.4 ug/h or fast titration (S59), to which the body adapts", cv 0.50, Assumed, "ours";
        steepness: 2.0, Assumed, "pk.md 4";
    }
}

sourced! {
    /// How the body gets used to it.
    const ADAPTATION: AdaptationParameters {
        wanted_shift: 0.0, Assumed, "ours: tolerance leaves it alone";
        toxic_shift: 2.5, Fitted, "ours: no harm of stable doses, harm of tenfold ones, shared by all drugs with tolerance; 2 to 3 fit";
        gain_days: 7.0, Assumed, "pk.md 4: tau_a, shared by all drugs";
        most_per_day: 0.3, Assumed, "pk.md 2c: doses are raised by 10 to 30 % a day (S44), shared by all drugs";
        loss_days: 3.0, Assumed, "ours: gone after a week (rat, Anesthesiology 1996;84:1177) or a holiday (S58), withdrawal fades in 1 to 3 weeks; shared by all drugs";
    }
}

sourced! {
    /// What is published on dosing.
    const LIMITS: Limits {
        start_low_ug_per_day: 0.5, MemoryMedium, "pk.md 2c: PACC 2017";
        start_high_ug_per_day: 1.2, MemoryMedium, "pk.md 2c: PACC 2017, label up to 2.4 (S42, S43)";
        max_ug_per_ml: 100.0, MemoryMedium, "pk.md 2c: PACC 2017";
        max_ug_per_day: 19.2, Published, "pk.md 2c: (S42, S43)";
        trial_low_ug: 1.0, MemoryMedium, "pk.md 2c: PACC 2017";
        trial_high_ug: 5.0, MemoryMedium, "pk.md 2c: PACC 2017";
    }
}

/// All that the model knows of it.
pub(crate) const SHEET: DrugSheet = DrugSheet {
    class: DrugClass::Other,
    kinetics: KINETICS,
    plasma: PLASMA,
    pocket: POCKET,
    wanted: EffectSheet {
        name: "analgesia",
        driver: Driver::Cord,
        parameters: WANTED,
    },
    // A peptide that hardly leaves the blood for the cord, and no pocket brings it back (mem H).
    wanted_systemic: None,
    toxic: EffectSheet {
        name: "neuropsychiatric",
        driver: Driver::Cisterna,
        parameters: TOXIC,
    },
    systemic: None,
    adaptation: ADAPTATION,
    withdrawal: None,
    limits: LIMITS,
};
