//! One drug's path through the patient: fluid, plasma, pocket, effect sites.
//!
//! Equations of the pocket, the tissue around the pump that holds leaked drug (P the amount):
//! ```text
//! dP/dt = pocketed - ka P       exact over a tick; all of it reaches plasma, none the fluid
//! ```
//! A track ends at the strengths of its drug at the receptors; what the body makes of them, with
//! those of another drug, is in `reactions`. The other equations: `csf`, `plasma`, `effect`.

use crate::chain::NEGLIGIBLE_UG;
use crate::csf::{Anatomy, Neuraxis, Place};
use crate::drug::{Driver, DrugModel, Effect};
use crate::effect::EffectSite;
use crate::plasma::Plasma;
use thecal_units::Millis;
use thecal_units::real::{Concentration, Length, Mass, Volume};

/// A step so long that one of it reaches steady state. Unit: see the value.
const FOREVER: Millis = Millis::from_millis(86_400_000 * 1_000_000);
/// Position of "lumbar", between L4/5 and L3/4. Unit: cm of an adult's axis.
const LUMBAR_CM: f64 = 10.0;
/// Position of "cervical", at C7. Unit: cm of an adult's axis.
const CERVICAL_CM: f64 = 49.0;

/// A drug's levels at an instant.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Levels {
    pub(crate) tip: Concentration,
    pub(crate) lumbar: Concentration,
    pub(crate) cervical: Concentration,
    pub(crate) cisterna: Concentration,
    pub(crate) plasma: Concentration,
}

/// A drug's strengths at its receptors at an instant. Unit: naive EC50.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Strengths {
    /// Of drug in the fluid and in plasma.
    pub(crate) wanted: f64,
    /// Of drug in the fluid, and of drug in plasma if that acts at the same receptor.
    pub(crate) toxic: f64,
    /// Of drug in plasma that acts elsewhere.
    pub(crate) systemic: f64,
    /// At withdrawal's site, and of drug in plasma.
    pub(crate) depended_on: f64,
}

impl Strengths {
    /// Those of somebody this much more sensitive.
    pub(crate) fn times(self, sensitivity: f64) -> Self {
        Self {
            wanted: self.wanted * sensitivity,
            toxic: self.toxic * sensitivity,
            systemic: self.systemic * sensitivity,
            depended_on: self.depended_on * sensitivity,
        }
    }
}

impl core::ops::Add for Strengths {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            wanted: self.wanted + other.wanted,
            toxic: self.toxic + other.toxic,
            systemic: self.systemic + other.systemic,
            depended_on: self.depended_on + other.depended_on,
        }
    }
}

/// A drug's amounts at an instant.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Books {
    pub(crate) pocket: Mass,
    pub(crate) spine: Mass,
    pub(crate) tissue: Mass,
    pub(crate) cisterna: Mass,
    pub(crate) cranial: Mass,
    pub(crate) plasma: Mass,
    pub(crate) eliminated: Mass,
}

/// An effect site and the place whose concentration drives it.
#[derive(Clone, Copy, Debug)]
struct Watcher {
    driver: Driver,
    /// Used for a driver in the cord only.
    place: Place,
    site: EffectSite,
}

impl Watcher {
    fn new(effect: &Effect, anatomy: &Anatomy, step: Millis) -> Self {
        Self {
            driver: effect.driver,
            place: adult_place(effect.values.place_cm, anatomy),
            site: EffectSite::new(&effect.values, step),
        }
    }

    fn driving(&self, neuraxis: &Neuraxis, plasma: &Plasma) -> Concentration {
        match self.driver {
            Driver::Cord => neuraxis.concentration_at(self.place),
            Driver::Cisterna => neuraxis.cisterna(),
            Driver::Plasma => plasma.concentration(),
        }
    }
}

/// A drug in a patient.
#[derive(Clone, Debug)]
pub(crate) struct Track {
    model: DrugModel,
    anatomy: Anatomy,
    lumbar: Place,
    cervical: Place,
    pub(crate) neuraxis: Neuraxis,
    plasma: Plasma,
    pocket_ug: f64,
    /// Share of the pocket that a step absorbs.
    absorbed_share: f64,
    wanted: Watcher,
    wanted_systemic: Option<Watcher>,
    toxic: Watcher,
    systemic: Option<Watcher>,
    /// Whether drug in plasma acts at the receptor of the toxic effect.
    systemic_adds: bool,
    withdrawn: Option<EffectSite>,
    strengths: Strengths,
}

impl Track {
    pub(crate) fn new(anatomy: &Anatomy, model: DrugModel, step: Millis) -> Self {
        let watcher = |effect: &Effect| Watcher::new(effect, anatomy, step);
        let ec50 = model.wanted.values.ec50_ug_per_ml;
        let absorption = model.pocket.absorption_per_h * step.as_hours_f64();
        Self {
            model,
            anatomy: *anatomy,
            lumbar: adult_place(LUMBAR_CM, anatomy),
            cervical: adult_place(CERVICAL_CM, anatomy),
            neuraxis: Neuraxis::new(anatomy, &model.kinetics, step),
            plasma: Plasma::new(&model.plasma, step),
            pocket_ug: 0.0,
            absorbed_share: -libm::expm1(-absorption),
            wanted: watcher(&model.wanted),
            wanted_systemic: model.wanted_systemic.as_ref().map(watcher),
            toxic: watcher(&model.toxic),
            systemic: model.systemic.as_ref().map(watcher),
            systemic_adds: model.systemic_adds(),
            withdrawn: model
                .withdrawal
                .map(|parameters| EffectSite::of_withdrawal(&parameters, ec50, step)),
            strengths: Strengths::default(),
        }
    }

    /// Advances one step while `infused` enters around `tip` and `pocketed` the pocket.
    pub(crate) fn step(&mut self, infused: Mass, tip: Place, pocketed: Mass) {
        let from_fluid = self.neuraxis.step_at(infused, tip);
        let pocket = self.pocket_ug + pocketed.as_micrograms();
        let from_pocket = pocket * self.absorbed_share;
        let left = pocket - from_pocket;
        self.pocket_ug = if left < NEGLIGIBLE_UG { 0.0 } else { left };
        self.plasma
            .step(from_fluid, Mass::from_micrograms(from_pocket));
        self.follow(EffectSite::step);
    }

    /// Sets the steady state of months at `per_day` infused at `tip`.
    pub(crate) fn settle(&mut self, per_day: Mass, tip: Place) {
        let all = Mass::from_micrograms(per_day.as_micrograms() * FOREVER.as_hours_f64() / 24.0);
        let mut neuraxis = Neuraxis::new(&self.anatomy, &self.model.kinetics, FOREVER);
        let absorbed = neuraxis.step_at(all, tip);
        let mut plasma = Plasma::new(&self.model.plasma, FOREVER);
        plasma.step(absorbed, Mass::ZERO);
        self.neuraxis.take_contents(&neuraxis);
        self.plasma.take_contents(&plasma);
        self.follow(EffectSite::settle);
    }

    fn follow(&mut self, site: impl Fn(&mut EffectSite, Concentration) -> f64) {
        let (neuraxis, plasma) = (&self.neuraxis, &self.plasma);
        let see = |watcher: &mut Watcher| {
            let driving = watcher.driving(neuraxis, plasma);
            site(&mut watcher.site, driving)
        };
        let wanted_level = self.wanted.driving(neuraxis, plasma);
        let wanted = site(&mut self.wanted.site, wanted_level);
        let toxic = see(&mut self.toxic);
        let wanted_in_plasma = self.wanted_systemic.as_mut().map_or(0.0, see);
        let in_plasma = self.systemic.as_mut().map_or(0.0, see);
        let withdrawn = self.withdrawn.as_mut();
        let depended_on = withdrawn.map_or(0.0, |withdrawn| site(withdrawn, wanted_level));
        let (added, apart) = if self.systemic_adds {
            (in_plasma, 0.0)
        } else {
            (0.0, in_plasma)
        };
        self.strengths = Strengths {
            wanted: wanted + wanted_in_plasma,
            toxic: toxic + added,
            systemic: apart,
            depended_on: depended_on + wanted_in_plasma,
        };
    }

    pub(crate) const fn strengths(&self) -> Strengths {
        self.strengths
    }

    /// Draws `volume` of the fluid around `tip` back into the catheter; returns the drug in it.
    pub(crate) fn draw_back(&mut self, volume: Volume, tip: Place) -> Mass {
        self.neuraxis.draw_at(volume, tip)
    }

    pub(crate) fn levels(&self, tip: Place) -> Levels {
        Levels {
            tip: self.neuraxis.concentration_at(tip),
            lumbar: self.neuraxis.concentration_at(self.lumbar),
            cervical: self.neuraxis.concentration_at(self.cervical),
            cisterna: self.neuraxis.cisterna(),
            plasma: self.plasma.concentration(),
        }
    }

    pub(crate) fn books(&self) -> Books {
        Books {
            pocket: Mass::from_micrograms(self.pocket_ug),
            spine: self.neuraxis.in_spine(),
            tissue: self.neuraxis.in_tissue(),
            cisterna: self.neuraxis.in_cisterna(),
            cranial: self.neuraxis.in_cranial(),
            plasma: self.plasma.amount(),
            eliminated: self.plasma.eliminated(),
        }
    }
}

/// A position given in an adult of 60 cm.
fn adult_place(x_cm: f64, anatomy: &Anatomy) -> Place {
    Place::at(
        anatomy.scaled(Length::from_centimeters(x_cm)),
        anatomy.grid(),
    )
}
