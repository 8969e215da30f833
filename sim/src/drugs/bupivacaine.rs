//! Bupivacaine: a local anesthetic, added to an opioid.
//!
//! Toxic in the fluid is a surgical block of the same cord; toxic in blood are seizures. A stop
//! leads to no withdrawal.
//!
//! Source: pk.md 2, 4.

use crate::drug::{
    AdaptationParameters, Driver, DrugClass, DrugSheet, EffectParameters, EffectSheet, Kinetics,
    Limits, PlasmaKinetics, PocketKinetics,
};
use crate::parameter::sourced;

sourced! {
    /// In fluid and cord.
    const KINETICS: Kinetics {
        loss_per_h: 0.7, Assumed, "pk.md 2a: from the fast absorption, half-life 50 min (S26)", cv 0.54, Published, "pk.md 2b: fast absorption, half-life 50 +/- 27 min (S26)";
        remote_loss_per_h: 0.3 * 0.7, Assumed, "pk.md 2a: kc = 0.3 kp";
        uptake_per_h: 2.0 * 0.17, Assumed, "pk.md 2a: twice the shared value", cv 0.50, Assumed, "ours";
        release_per_h: 0.33, Fitted, "pk.md 1c, to the rows of pk.md 3b, shared by all drugs", cv 0.30, Assumed, "ours";
        tissue_loss_per_h: 0.0, Assumed, "pk.md 1c: none";
    }
}

sourced! {
    /// In plasma.
    const PLASMA: PlasmaKinetics {
        central_l: 25.0, Calculated, "pk.md 2b: from half-lives of 19 and 131 min (S26) with the other three", cv 0.30, Assumed, "ours";
        clearance_l_per_h: 34.0, Published, "pk.md 2b: 0.56 +/- 0.14 L/min (S26)", cv 0.25, Published, "pk.md 2b: 0.56 +/- 0.14 L/min (S26)";
        exchange_l_per_h: 20.0, Calculated, "pk.md 2b: from half-lives of 19 and 131 min (S26) with the other three";
        peripheral_l: 38.0, Calculated, "pk.md 2b: the rest of 63 L in steady state (S26)", cv 0.30, Assumed, "ours";
        epidural_per_h: 5.0, Assumed, "ours: what is lipophilic reaches blood within minutes (S26, S35)";
        fat_share: 0.0, Assumed, "ours: none modeled";
        fat_per_h: 0.1, Assumed, "ours: none modeled";
    }
}

sourced! {
    /// From the pump's pocket.
    const POCKET: PocketKinetics {
        absorption_per_h: 0.8, Assumed, "ours: as fast as it leaves the fluid", cv 0.50, Assumed, "ours";
    }
}

sourced! {
    /// Analgesia.
    const WANTED: EffectParameters {
        place_cm: 27.0, Assumed, "ours: the cord at T10";
        half_life_h: 0.1, Assumed, "pk.md 4";
        ec50_ug_per_ml: 7.0, Assumed, "pk.md 4: about 5 to 10 ug/mL", cv 0.50, Assumed, "ours";
        steepness: 2.0, Assumed, "pk.md 4";
    }
}

sourced! {
    /// A block as for surgery.
    const TOXIC: EffectParameters {
        place_cm: 27.0, Assumed, "ours: the cord at T10";
        half_life_h: 0.1, Assumed, "pk.md 4";
        ec50_ug_per_ml: 100.0, Assumed, "pk.md 4: about 100 ug/mL; medians 188 to 242 in surgery (S39)", cv 0.50, Assumed, "ours";
        steepness: 2.0, Assumed, "pk.md 4";
    }
}

sourced! {
    /// Seizures.
    const SYSTEMIC: EffectParameters {
        place_cm: 0.0, Assumed, "without meaning: the cord does not drive it";
        half_life_h: 0.1, Assumed, "ours: as the block";
        ec50_ug_per_ml: 3.0, MemoryMedium, "ours: first signs at 2 ug/mL in plasma, seizures at 4", cv 0.50, Assumed, "ours";
        steepness: 4.0, Assumed, "ours";
    }
}

sourced! {
    /// How the body gets used to it.
    const ADAPTATION: AdaptationParameters {
        wanted_shift: 0.0, Assumed, "ours: tolerance leaves it alone";
        toxic_shift: 0.0, Assumed, "ours: no tolerance";
        gain_days: 7.0, Assumed, "pk.md 4: tau_a, shared by all drugs";
        most_per_day: 0.3, Assumed, "pk.md 2c: doses are raised by 10 to 30 % a day (S44), shared by all drugs";
        loss_days: 3.0, Assumed, "ours: gone after a week (rat, Anesthesiology 1996;84:1177) or a holiday (S58), withdrawal fades in 1 to 3 weeks; shared by all drugs";
    }
}

sourced! {
    /// What is published on dosing.
    const LIMITS: Limits {
        start_low_ug_per_day: 10.0, MemoryMedium, "pk.md 2c: PACC 2017";
        start_high_ug_per_day: 4000.0, MemoryMedium, "pk.md 2c: PACC 2017";
        max_ug_per_ml: 30000.0, MemoryMedium, "pk.md 2c: PACC 2017; 40 in older editions";
        max_ug_per_day: 20000.0, MemoryMedium, "pk.md 2c: PACC 2017, 15 to 20 mg; 10 in 2012";
        trial_low_ug: 500.0, MemoryMedium, "pk.md 2c: PACC 2017";
        trial_high_ug: 2500.0, MemoryMedium, "pk.md 2c: PACC 2017";
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
    // A level in blood that would block the cord is far beyond that of seizures (mem H).
    wanted_systemic: None,
    toxic: EffectSheet {
        name: "block",
        driver: Driver::Cord,
        parameters: TOXIC,
    },
    systemic: Some(EffectSheet {
        name: "seizures",
        driver: Driver::Plasma,
        parameters: SYSTEMIC,
    }),
    adaptation: ADAPTATION,
    withdrawal: None,
    limits: LIMITS,
};
