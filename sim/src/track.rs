//! One drug's path through the patient: fluid, plasma, pocket, effect sites, withdrawal.
//!
//! Equations of the pocket, the tissue around the pump that holds leaked drug (P the amount):
//! ```text
//! dP/dt = pocketed - ka P       exact over a tick; all of it reaches plasma, none the fluid
//! ```
//! Toxicity is the larger of that by drug in the fluid and that by drug in plasma (assume).
//! The other equations: `csf`, `plasma`, `effect`.

use crate::csf::{Anatomy, NEGLIGIBLE_UG, Neuraxis, Place};
use crate::drug::{Driver, DrugModel, Effect, Tolerance};
use crate::effect::{EffectSite, Withdrawal};
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

/// A drug's effects at an instant. Unit: fraction. Range: 0 to 1.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Response {
    pub(crate) effect: f64,
    pub(crate) toxicity: f64,
    pub(crate) withdrawal: f64,
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
    fn new(effect: &Effect, anatomy: &Anatomy, tolerance: Tolerance, step: Millis) -> Self {
        Self {
            driver: effect.driver,
            place: adult_place(effect.values.place_cm, anatomy),
            site: EffectSite::new(&effect.values, tolerance, step),
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
    toxic: Watcher,
    systemic: Option<Watcher>,
    withdrawn: Option<Withdrawal>,
    response: Response,
}

impl Track {
    pub(crate) fn new(anatomy: &Anatomy, model: DrugModel, step: Millis) -> Self {
        let watcher = |effect: &Effect| Watcher::new(effect, anatomy, model.tolerance, step);
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
            toxic: watcher(&model.toxic),
            systemic: model.systemic.as_ref().map(watcher),
            withdrawn: model
                .withdrawal
                .map(|parameters| Withdrawal::new(&parameters, step)),
            response: Response::default(),
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
            .step(from_fluid + Mass::from_micrograms(from_pocket));
        self.respond(EffectSite::step, Withdrawal::step);
    }

    /// Sets the steady state of months at `per_day` infused at `tip`.
    pub(crate) fn settle(&mut self, per_day: Mass, tip: Place) {
        let all = Mass::from_micrograms(per_day.as_micrograms() * FOREVER.as_hours_f64() / 24.0);
        let mut neuraxis = Neuraxis::new(&self.anatomy, &self.model.kinetics, FOREVER);
        let absorbed = neuraxis.step_at(all, tip);
        let mut plasma = Plasma::new(&self.model.plasma, FOREVER);
        plasma.step(absorbed);
        self.neuraxis.take_contents(&neuraxis);
        self.plasma.take_contents(&plasma);
        self.respond(EffectSite::settle, Withdrawal::settle);
    }

    fn respond(
        &mut self,
        site: impl Fn(&mut EffectSite, Concentration) -> f64,
        body: impl Fn(&mut Withdrawal, Concentration) -> f64,
    ) {
        let (neuraxis, plasma) = (&self.neuraxis, &self.plasma);
        let see = |watcher: &mut Watcher| {
            let driving = watcher.driving(neuraxis, plasma);
            site(&mut watcher.site, driving)
        };
        self.response.effect = see(&mut self.wanted);
        let of_fluid = see(&mut self.toxic);
        let of_plasma = self.systemic.as_mut().map_or(0.0, see);
        self.response.toxicity = of_fluid.max(of_plasma);
        if let Some(withdrawn) = &mut self.withdrawn {
            let driving = self.wanted.driving(neuraxis, plasma);
            self.response.withdrawal = body(withdrawn, driving);
        }
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

    /// The drug's present effects in a patient of this tolerance.
    pub(crate) fn response_as(&self, tolerance: Tolerance) -> Response {
        let see =
            |watcher: &Watcher, effect: &Effect| watcher.site.effect_as(&effect.values, tolerance);
        let systemic = self.systemic.as_ref().zip(self.model.systemic.as_ref());
        let of_plasma = systemic.map_or(0.0, |(watcher, effect)| see(watcher, effect));
        Response {
            effect: see(&self.wanted, &self.model.wanted),
            toxicity: see(&self.toxic, &self.model.toxic).max(of_plasma),
            withdrawal: self.response.withdrawal,
        }
    }

    pub(crate) const fn response(&self) -> Response {
        self.response
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
        anatomy.cell_cm(),
    )
}
