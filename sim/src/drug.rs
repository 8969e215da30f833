//! Drugs and what a patient makes of them: parameter sets with their sources.
//!
//! Nothing here moves. Rates feed [`csf`](crate::csf) and plasma, the rest feeds effect sites.
//! Marks as in the domain notes: (mem H/M/L) from memory, (assume) a modeling choice, (proto) fitted
//! with a prototype of this model to the observations of pk.md 3b. None is a clinical statement.

use thecal_units::real::{Concentration, Length};

/// The drug in the reservoir.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Drug {
    /// Morphine sulfate, for pain.
    Morphine,
    /// Baclofen, for spasticity.
    Baclofen,
}

/// How well the fluid along the spine mixes; brackets patients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mixing {
    /// 3e-3 cm2/s.
    Low,
    /// 0.04 cm2/s: the best fit.
    Typical,
    /// 0.08 cm2/s.
    High,
}

impl Mixing {
    /// The effective diffusivity along the spine.
    ///
    /// Unit: cm2/s. Source: pk.md 3c: presets low 3e-3, typical 0.04, high 0.08 (proto).
    #[must_use]
    pub const fn diffusivity_cm2_per_s(self) -> f64 {
        match self {
            Self::Low => 3e-3,
            Self::Typical => 0.04,
            Self::High => 0.08,
        }
    }
}

/// Whether the patient is used to the drug.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tolerance {
    /// Never had it, or not for long.
    Naive,
    /// On it for months.
    Chronic,
}

/// Where the catheter's tip lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TipLevel {
    /// First lumbar vertebra.
    L1,
    /// Twelfth thoracic vertebra.
    T12,
    /// Tenth thoracic vertebra.
    T10,
    /// Seventh thoracic vertebra.
    T7,
    /// Fourth thoracic vertebra.
    T4,
}

impl TipLevel {
    /// The place along the spine's axis, from the end of the dural sac.
    ///
    /// Unit: cm. Source: landmarks of pk.md 1c (assume); L1 lies between L1/2 (19) and T12-L1 (21).
    #[must_use]
    pub const fn position(self) -> Length {
        Length::from_centimeters(match self {
            Self::L1 => 20.0,
            Self::T12 => 22.0,
            Self::T10 => 27.0,
            Self::T7 => 34.0,
            Self::T4 => 40.0,
        })
    }
}

/// First-order rates of a drug in fluid and cord.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kinetics {
    /// kp: loss from the spine's fluid to blood. Unit: 1/h.
    pub loss_per_h: f64,
    /// kc: loss from cisterna and cranial node. Unit: 1/h.
    pub remote_loss_per_h: f64,
    /// k12: from fluid to cord tissue. Unit: 1/h.
    pub uptake_per_h: f64,
    /// k21: from cord tissue to fluid. Unit: 1/h.
    pub release_per_h: f64,
    /// k20: from cord tissue to blood. Unit: 1/h.
    pub tissue_loss_per_h: f64,
}

/// Two compartments of plasma.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlasmaKinetics {
    /// V1. Unit: L.
    pub central_l: f64,
    /// CL. Unit: L/h.
    pub clearance_l_per_h: f64,
    /// Q2, between the compartments. Unit: L/h.
    pub exchange_l_per_h: f64,
    /// V2. Unit: L.
    pub peripheral_l: f64,
}

/// Where an effect site takes its drug from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Driver {
    /// The spine's fluid at this place.
    Cord(Length),
    /// The cisterna.
    Cisterna,
}

/// An effect: `E = Ce^g / (EC50^g + Ce^g)`, with `dCe/dt = ke0 (c - Ce)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EffectParameters {
    /// What drives the site.
    pub driver: Driver,
    /// Half-life of the site. Unit: h.
    pub half_life_h: f64,
    /// The site's concentration at half the effect.
    pub ec50: Concentration,
    /// g, the steepness. No unit.
    pub steepness: f64,
}

/// What a patient makes of a drug.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DrugModel {
    /// In fluid and cord.
    pub kinetics: Kinetics,
    /// In plasma.
    pub plasma: PlasmaKinetics,
    /// The wanted effect.
    pub wanted: EffectParameters,
    /// The toxic effect.
    pub toxic: EffectParameters,
    /// Whether a stop of the drug leads to withdrawal.
    pub has_withdrawal: bool,
}

impl Drug {
    /// The drug in somebody so used to it.
    #[must_use]
    pub const fn model(self, tolerance: Tolerance) -> DrugModel {
        DrugModel {
            kinetics: self.kinetics(),
            plasma: self.plasma(),
            wanted: self.wanted_effect(tolerance),
            toxic: self.toxic_effect(tolerance),
            has_withdrawal: self.has_withdrawal(),
        }
    }

    /// Rates in fluid and cord.
    ///
    /// Source: pk.md 2a and 1c: kp 0.23 (0.19 to 0.34) and 0.20 (0.14 to 0.23), kc = 0.3 kp,
    /// k12 0.17, k21 0.33, k20 0, all (proto) fit.
    #[must_use]
    pub const fn kinetics(self) -> Kinetics {
        let loss_per_h = match self {
            Self::Morphine => 0.23,
            Self::Baclofen => 0.20,
        };
        Kinetics {
            loss_per_h,
            remote_loss_per_h: 0.3 * loss_per_h,
            uptake_per_h: 0.17,
            release_per_h: 0.33,
            tissue_loss_per_h: 0.0,
        }
    }

    /// Plasma.
    ///
    /// Source: pk.md 2a: morphine 18 L, 80 L/h, 200 L (S32, S33); baclofen 28.8 L, 10.8 L/h, 30 L
    /// (S25). Exchange 120 and 20 L/h: pk.md 3d (assume).
    #[must_use]
    pub const fn plasma(self) -> PlasmaKinetics {
        match self {
            Self::Morphine => PlasmaKinetics {
                central_l: 18.0,
                clearance_l_per_h: 80.0,
                exchange_l_per_h: 120.0,
                peripheral_l: 200.0,
            },
            Self::Baclofen => PlasmaKinetics {
                central_l: 28.8,
                clearance_l_per_h: 10.8,
                exchange_l_per_h: 20.0,
                peripheral_l: 30.0,
            },
        }
    }

    /// The wanted effect: analgesia, or less spasticity.
    ///
    /// Source: pk.md 4. Morphine: site 0.5 h, EC50 0.15 ug/mL from the lowest effective level
    /// (label, mem H), g 2.4 (S54); target at T10 (assume); chronic EC50 x5 of 5 to 50 (assume).
    /// Baclofen: site 2 h of 2 to 5 h, EC50 0.25 ug/mL, g 3 (proto); cord T12 to L2, here x = 20 cm
    /// (assume); tolerance leaves it alone (assume).
    #[must_use]
    pub const fn wanted_effect(self, tolerance: Tolerance) -> EffectParameters {
        match self {
            Self::Morphine => EffectParameters {
                driver: Driver::Cord(TipLevel::T10.position()),
                half_life_h: 0.5,
                ec50: Concentration::from_ug_per_ml(match tolerance {
                    Tolerance::Naive => 0.15,
                    Tolerance::Chronic => 0.75,
                }),
                steepness: 2.4,
            },
            Self::Baclofen => EffectParameters {
                driver: Driver::Cord(Length::from_centimeters(20.0)),
                half_life_h: 2.0,
                ec50: Concentration::from_ug_per_ml(0.25),
                steepness: 3.0,
            },
        }
    }

    /// The toxic effect: depressed breathing and consciousness, driven by the cisterna.
    ///
    /// Source: pk.md 4. Morphine: site 4.4 h (S54), EC50 0.20 ug/mL rescaled to clinic (assume),
    /// g 2; chronic x5 (assume). Baclofen: site 2 h, EC50 0.1 naive and 0.4 tolerant (assume), g 4.
    #[must_use]
    pub const fn toxic_effect(self, tolerance: Tolerance) -> EffectParameters {
        let (half_life_h, ec50, steepness) = match (self, tolerance) {
            (Self::Morphine, Tolerance::Naive) => (4.4, 0.20, 2.0),
            (Self::Morphine, Tolerance::Chronic) => (4.4, 1.0, 2.0),
            (Self::Baclofen, Tolerance::Naive) => (2.0, 0.1, 4.0),
            (Self::Baclofen, Tolerance::Chronic) => (2.0, 0.4, 4.0),
        };
        EffectParameters {
            driver: Driver::Cisterna,
            half_life_h,
            ec50: Concentration::from_ug_per_ml(ec50),
            steepness,
        }
    }

    /// Whether the model knows a withdrawal for this drug. Source: pk.md 4: baclofen only.
    #[must_use]
    pub const fn has_withdrawal(self) -> bool {
        match self {
            Self::Morphine => false,
            Self::Baclofen => true,
        }
    }
}
