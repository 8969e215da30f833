//! The patient: fluid, plasma, effects and harm, stepped tick by tick.
//!
//! Order of a tick: the chain of fluid takes the infusion, plasma takes what the fluid lost, the
//! effect sites follow the new concentrations, withdrawal follows the cord site, harm is summed.

use crate::TICK;
use crate::csf::{Anatomy, Neuraxis, Place};
use crate::drug::{Driver, Drug, EffectParameters, Mixing, TipLevel, Tolerance};
use crate::effect::{EffectSite, Withdrawal};
use crate::harm::HarmTracker;
use crate::plasma::Plasma;
use thecal_units::real::{Concentration, Length, Mass};
use thecal_units::{Millis, SimTime};

/// A step so long that one of it is a steady state. Unit: see the value.
const FOREVER: Millis = Millis::from_millis(86_400_000 * 1_000_000);

#[derive(Clone, Debug)]
pub(crate) struct Patient {
    drug: Drug,
    anatomy: Anatomy,
    tip: Place,
    lumbar: Place,
    cervical: Place,
    wanted_at: Option<Place>,
    toxic_at: Option<Place>,
    pub(crate) neuraxis: Neuraxis,
    pub(crate) plasma: Plasma,
    wanted: EffectSite,
    toxic: EffectSite,
    withdrawn: Withdrawal,
    pub(crate) harm: HarmTracker,
    pub(crate) effect: f64,
    pub(crate) toxicity: f64,
    pub(crate) withdrawal: f64,
}

impl Patient {
    pub(crate) fn new(drug: Drug, mixing: Mixing, tolerance: Tolerance, tip: TipLevel) -> Self {
        let anatomy = Anatomy {
            diffusivity_cm2_per_s: mixing.diffusivity_cm2_per_s(),
            ..Anatomy::ADULT
        };
        let (wanted, toxic) = (drug.wanted_effect(tolerance), drug.toxic_effect(tolerance));
        Self {
            drug,
            anatomy,
            tip: Place::at(tip.position()),
            lumbar: Place::at(Length::from_centimeters(10.0)),
            cervical: Place::at(Length::from_centimeters(49.0)),
            wanted_at: place_of(&wanted),
            toxic_at: place_of(&toxic),
            neuraxis: Neuraxis::new(&anatomy, &drug.kinetics(), TICK),
            plasma: Plasma::new(&drug.plasma(), TICK),
            wanted: EffectSite::new(&wanted, TICK),
            toxic: EffectSite::new(&toxic, TICK),
            withdrawn: Withdrawal::new(TICK),
            harm: HarmTracker::new(),
            effect: 0.0,
            toxicity: 0.0,
            withdrawal: 0.0,
        }
    }

    pub(crate) fn tick(&mut self, at: SimTime, infused: Mass) {
        let absorbed = self.neuraxis.step_at(infused, self.tip);
        self.plasma.step(absorbed);
        self.effect = self.wanted.step(self.at_driver(self.wanted_at));
        self.toxicity = self.toxic.step(self.at_driver(self.toxic_at));
        if self.drug.has_withdrawal() {
            self.withdrawal = self.withdrawn.step(self.wanted.level());
        }
        self.harm
            .tick(at, self.effect, self.toxicity, self.withdrawal);
    }

    /// Puts the patient where months of `per_day` would have led.
    pub(crate) fn settle(&mut self, per_day: Mass) {
        let all = Mass::from_micrograms(per_day.as_micrograms() * FOREVER.as_hours_f64() / 24.0);
        let mut neuraxis = Neuraxis::new(&self.anatomy, &self.drug.kinetics(), FOREVER);
        let absorbed = neuraxis.step_at(all, self.tip);
        let mut plasma = Plasma::new(&self.drug.plasma(), FOREVER);
        plasma.step(absorbed);
        self.neuraxis.take_contents(&neuraxis);
        self.plasma.take_contents(&plasma);
        self.effect = self.wanted.settle(self.at_driver(self.wanted_at));
        self.toxicity = self.toxic.settle(self.at_driver(self.toxic_at));
        self.withdrawn.settle(self.wanted.level());
        self.harm.settle(self.effect);
    }

    fn at_driver(&self, place: Option<Place>) -> Concentration {
        match place {
            Some(place) => self.neuraxis.concentration_at(place),
            None => self.neuraxis.cisterna(),
        }
    }

    pub(crate) fn at_tip(&self) -> Concentration {
        self.neuraxis.concentration_at(self.tip)
    }

    pub(crate) fn at_lumbar(&self) -> Concentration {
        self.neuraxis.concentration_at(self.lumbar)
    }

    pub(crate) fn at_cervical(&self) -> Concentration {
        self.neuraxis.concentration_at(self.cervical)
    }
}

/// None for the cisterna.
fn place_of(effect: &EffectParameters) -> Option<Place> {
    match effect.driver {
        Driver::Cord(x) => Some(Place::at(x)),
        Driver::Cisterna => None,
    }
}
