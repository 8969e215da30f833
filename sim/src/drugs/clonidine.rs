//! Clonidine: against pain; lowers blood pressure, and raises it in great excess and when stopped.
//!
//! Which way blood pressure goes in excess depends on the level in blood: doses along the spine lower
//! it, above some 2 ng/mL in plasma vessels narrow and it rises (sheep: Castro and Eisenach 1989,
//! Anesthesiology 71:418; a pocket fill: Perruchoud 2012). The model has the danger, not its sign:
//! its toxic effect is blood pressure out of control, with sedation.
//!
//! The rebound of blood pressure after a stop (mem H) is modeled as a withdrawal with assumed
//! constants: within a day, dangerous but less so than a stop of baclofen.
//!
//! Source: pk.md 2, 4.

use super::FLUID_PER_UNBOUND;
use crate::drug::{
    AdaptationParameters, Driver, DrugClass, DrugSheet, EffectParameters, EffectSheet, Kinetics,
    Limits, PlasmaKinetics, PocketKinetics, WithdrawalParameters,
};
use crate::parameter::sourced;

sourced! {
    /// In fluid and cord.
    const KINETICS: Kinetics {
        loss_per_h: 0.6, Fitted, "pk.md 2a: half-life in fluid 66 min (S27)", cv 0.30, Assumed, "ours: +/- 2 min (S27) is one after an epidural dose";
        remote_loss_per_h: 0.3 * 0.6, Assumed, "pk.md 2a: kc = 0.3 kp";
        uptake_per_h: 0.17, Assumed, "pk.md 1c, to the rows of pk.md 3b, shared by all drugs", cv 0.30, Assumed, "ours";
        release_per_h: 0.33, Fitted, "pk.md 1c, to the rows of pk.md 3b, shared by all drugs", cv 0.30, Assumed, "ours";
        tissue_loss_per_h: 0.0, Assumed, "pk.md 1c: none";
    }
}

sourced! {
    /// In plasma.
    const PLASMA: PlasmaKinetics {
        central_l: 60.0, MemoryLow, "pk.md 2a", cv 0.30, Assumed, "ours";
        clearance_l_per_h: 13.0, MemoryLow, "pk.md 2a", cv 0.30, Assumed, "ours";
        exchange_l_per_h: 60.0, Assumed, "ours: spreads within an hour or two";
        peripheral_l: 90.0, MemoryLow, "pk.md 2a", cv 0.30, Assumed, "ours";
        epidural_per_h: 5.0, Assumed, "ours: what is lipophilic reaches blood within minutes (S26, S35)";
        fat_share: 0.0, Assumed, "ours: none modeled";
        fat_per_h: 0.1, Assumed, "ours: none modeled";
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
        half_life_h: 0.2, Assumed, "pk.md 4";
        ec50_ug_per_ml: 0.076, Published, "pk.md 4: 76 +/- 15 ng/mL, least effective level in fluid (S60)", cv 0.20, Published, "pk.md 4: 76 +/- 15 ng/mL (S60)";
        steepness: 2.0, Assumed, "pk.md 4";
    }
}

sourced! {
    /// Analgesia by drug in blood.
    const WANTED_SYSTEMIC: EffectParameters {
        place_cm: 0.0, Assumed, "without meaning: the blood drives it";
        half_life_h: 0.2, Assumed, "ours: as drug in the fluid";
        ec50_ug_per_ml: 0.006, Assumed, "ours: 150 ug into a vein, 1 to 2 ng/mL in plasma, relieved no pain (Eisenach 1998, mem M); twice that of sedation", cv 0.50, Assumed, "ours";
        steepness: 2.0, Assumed, "without meaning: it adds to drug in the fluid";
    }
}

sourced! {
    /// Low blood pressure, sedation.
    const TOXIC: EffectParameters {
        place_cm: 0.0, Assumed, "without meaning: the cord does not drive it";
        half_life_h: 0.5, Assumed, "ours";
        ec50_ug_per_ml: 0.003 * 0.7 * FLUID_PER_UNBOUND, Assumed, "ours: 3 ng/mL in plasma, 70 % unbound (mem L), times morphine's ratio", cv 0.50, Assumed, "ours";
        steepness: 2.0, Assumed, "ours";
    }
}

sourced! {
    /// Hypotension and sedation by drug in blood.
    const SYSTEMIC: EffectParameters {
        place_cm: 0.0, Assumed, "without meaning: the cord does not drive it";
        half_life_h: 0.5, Assumed, "ours";
        ec50_ug_per_ml: 0.003, Assumed, "ours: sedation above 1.5 to 2 ng/mL in plasma (mem M)", cv 0.50, Assumed, "ours";
        steepness: 2.0, Assumed, "without meaning: it adds to drug in the fluid";
    }
}

sourced! {
    /// When it fails.
    const WITHDRAWAL: WithdrawalParameters {
        site_half_life_h: 3.0, Assumed, "ours: as baclofen, pk.md 4";
        tolerated_share: 0.8, Assumed, "ours: as baclofen", cv 0.10, Assumed, "ours: as baclofen";
        onset_h: 12.0, Assumed, "ours: within 8 to 24 h (mem M)";
        relief_h: 4.0, Assumed, "ours: given again it lowers blood pressure within hours (mem H)";
        half_dependent: 1.0, Assumed, "ours: the strength of half the wanted effect";
        ceiling: 0.6, Assumed, "ours: dangerous, less so than baclofen";
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
        start_low_ug_per_day: 20.0, MemoryMedium, "pk.md 2c: PACC 2017";
        start_high_ug_per_day: 100.0, MemoryMedium, "pk.md 2c: PACC 2017";
        max_ug_per_ml: 1000.0, MemoryMedium, "pk.md 2c: PACC 2017";
        max_ug_per_day: 600.0, MemoryMedium, "pk.md 2c: PACC 2017";
        trial_low_ug: 5.0, MemoryMedium, "pk.md 2c: PACC 2017";
        trial_high_ug: 20.0, MemoryMedium, "pk.md 2c: PACC 2017";
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
    wanted_systemic: Some(EffectSheet {
        name: "analgesia",
        driver: Driver::Plasma,
        parameters: WANTED_SYSTEMIC,
    }),
    toxic: EffectSheet {
        name: "blood pressure out of control and sedation",
        driver: Driver::Cisterna,
        parameters: TOXIC,
    },
    systemic: Some(EffectSheet {
        name: "blood pressure out of control and sedation",
        driver: Driver::Plasma,
        parameters: SYSTEMIC,
    }),
    adaptation: ADAPTATION,
    withdrawal: Some(WITHDRAWAL),
    limits: LIMITS,
};
