//! Baclofen: against spasticity, and dangerous to stop.
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
        loss_per_h: 0.20, Fitted, "pk.md 2a: 0.14 to 0.23 over D 0.02 to 0.09", cv 1.0, Calculated, "pk.md 2b: clearance 13 to 80 mL/h in 4 patients (S37), range over 2.06 as the deviation of its logarithm";
        remote_loss_per_h: 0.3 * 0.20, Fitted, "pk.md 2a: kc = 0.3 kp";
        uptake_per_h: 0.17, Fitted, "pk.md 1c, to the rows of pk.md 3b, shared by all drugs", cv 0.30, Assumed, "ours";
        release_per_h: 0.33, Fitted, "pk.md 1c, to the rows of pk.md 3b, shared by all drugs", cv 0.30, Assumed, "ours";
        tissue_loss_per_h: 0.0, Assumed, "pk.md 1c: none";
    }
}

sourced! {
    /// In plasma.
    const PLASMA: PlasmaKinetics {
        central_l: 28.8, Published, "pk.md 2b: (S25)", cv 0.30, Assumed, "ours";
        clearance_l_per_h: 10.8, Published, "pk.md 2b: 180 mL/min (S25)", cv 0.30, Assumed, "ours";
        exchange_l_per_h: 20.0, Assumed, "pk.md 3d";
        peripheral_l: 30.0, Calculated, "pk.md 2b: the rest of 59 L in all (S25)", cv 0.30, Assumed, "ours";
        epidural_per_h: 0.4, Assumed, "ours: a plasma peak of spinal morphine about 3 h after 0.6 mg; one study says 5 to 10 min (S29)";
        fat_share: 0.0, Assumed, "ours: water-soluble, fat holds none";
        fat_per_h: 0.1, Assumed, "ours: water-soluble, fat holds none";
    }
}

sourced! {
    /// From the pump's pocket.
    const POCKET: PocketKinetics {
        absorption_per_h: 0.5, Assumed, "ours: hydrophilic, slower than morphine", cv 0.50, Assumed, "ours";
    }
}

sourced! {
    /// Less spasticity.
    const WANTED: EffectParameters {
        place_cm: 20.0, Assumed, "pk.md 4: cord T12 to L2, here L1";
        half_life_h: 2.0, Assumed, "pk.md 4: 2 to 5 h, peak about 4 h (S36)";
        ec50_ug_per_ml: 0.25, Assumed, "pk.md 4: so that screening doses and 300 ug a day act as published (S36)", cv 0.50, Assumed, "ours";
        steepness: 3.0, Assumed, "pk.md 4";
    }
}

sourced! {
    /// Less spasticity by drug in blood.
    const WANTED_SYSTEMIC: EffectParameters {
        place_cm: 0.0, Assumed, "without meaning: the blood drives it";
        half_life_h: 2.0, Assumed, "ours: as drug in the fluid";
        ec50_ug_per_ml: 0.36, Assumed, "ours: as the overdose; by mouth, sedation limits what spasticity is relieved (mem H)", cv 0.50, Assumed, "ours";
        steepness: 3.0, Assumed, "without meaning: it adds to drug in the fluid";
    }
}

sourced! {
    /// Overdose: depressed consciousness and breathing.
    const TOXIC: EffectParameters {
        place_cm: 0.0, Assumed, "without meaning: the cord does not drive it";
        half_life_h: 2.0, Assumed, "pk.md 4";
        ec50_ug_per_ml: 0.075, Fitted, "ours: restarts at 27 and 55 ug/h (S58), coma after 323 ug (Sgouros 2010); pk.md 4 has 0.1", cv 0.50, Assumed, "ours";
        steepness: 4.0, Assumed, "pk.md 4";
    }
}

sourced! {
    /// Overdose by drug in blood.
    const SYSTEMIC: EffectParameters {
        place_cm: 0.0, Assumed, "without meaning: the cord does not drive it";
        half_life_h: 2.0, Assumed, "ours: as drug in the fluid";
        ec50_ug_per_ml: 0.36, Fitted, "ours: 60 mg in the pocket left two patients unresponsive (PM&R 2020); about the peak of 30 mg by mouth (mem M)", cv 0.50, Assumed, "ours";
        steepness: 4.0, Assumed, "ours: as drug in the fluid";
    }
}

sourced! {
    /// When it fails.
    const WITHDRAWAL: WithdrawalParameters {
        site_half_life_h: 3.0, Assumed, "pk.md 4";
        tolerated_share: 0.8, MemoryMedium, "pk.md 2c: doses are changed by 10 to 30 % a day without harm (S44); 0.5 in pk.md 4 (assume)", cv 0.10, Assumed, "ours: 10 to 30 % taken to hold 90 % of people";
        onset_h: 14.5, Assumed, "ours: 0.3 at 23 h as in pk.md 4; clinic: evolves over 1 to 3 days (S61, S62)";
        relief_h: 24.0, Assumed, "pk.md 4: the time constant of severity there; much better within 24 h of a new pump (Hansen 2007, Arch Phys Med Rehabil 88:1468)";
        half_dependent: 1.0, Assumed, "ours: the strength of half the wanted effect";
        ceiling: 0.75, Assumed, "ours: severe in 3 to 5 % only (S62)", cv 0.10, Assumed, "ours";
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
        start_low_ug_per_day: 100.0, Calculated, "pk.md 2c: twice the effective screening dose in 24 h (S44)";
        start_high_ug_per_day: 200.0, Calculated, "pk.md 2c: twice the effective screening dose in 24 h (S44)";
        max_ug_per_ml: 2000.0, MemoryMedium, "pk.md 2c: PACC 2017";
        max_ug_per_day: 1000.0, Published, "pk.md 2c: PACC gives none; rarely above 1000 (S44)";
        trial_low_ug: 50.0, Published, "pk.md 2c: (S44)";
        trial_high_ug: 100.0, Published, "pk.md 2c: (S44)";
    }
}

/// All that the model knows of it.
pub(crate) const SHEET: DrugSheet = DrugSheet {
    class: DrugClass::Other,
    kinetics: KINETICS,
    plasma: PLASMA,
    pocket: POCKET,
    wanted: EffectSheet {
        name: "antispastic",
        driver: Driver::Cord,
        parameters: WANTED,
    },
    wanted_systemic: Some(EffectSheet {
        name: "antispastic",
        driver: Driver::Plasma,
        parameters: WANTED_SYSTEMIC,
    }),
    toxic: EffectSheet {
        name: "overdose",
        driver: Driver::Cisterna,
        parameters: TOXIC,
    },
    // Drug in blood reaches the forebrain, where a spinal infusion makes nobody tolerant.
    systemic: Some(EffectSheet {
        name: "overdose by drug in blood",
        driver: Driver::Plasma,
        parameters: SYSTEMIC,
    }),
    adaptation: ADAPTATION,
    withdrawal: Some(WITHDRAWAL),
    limits: LIMITS,
};
