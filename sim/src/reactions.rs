//! What the body makes of the strengths of its drugs: effects, with tolerance and withdrawal.
//!
//! Two opioids share their receptors: strengths add, and tolerance to one is tolerance to the other
//! (assume: complete). Other pairs are independent:
//! ```text
//! effect     = 1 - (1 - E_1)(1 - E_2)        Bliss independence (assume)
//! toxicity   = 1 - (1 - X_1)(1 - X_2)        the same; X the worse of fluid and blood
//! withdrawal = max(W_1, W_2)                 (assume)
//! ```

use crate::drug::{DrugClass, DrugModel};
use crate::effect::{Receptor, Withdrawal};
use crate::track::Strengths;
use crate::tracks::AGENTS;
use thecal_units::Millis;

/// Effects at an instant. Unit: fraction. Range: 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Response {
    pub(crate) effect: f64,
    pub(crate) toxicity: f64,
    pub(crate) withdrawal: f64,
}

/// The receptors of a drug, or of two that share them.
#[derive(Clone, Debug)]
struct Receptors {
    wanted: Receptor,
    toxic: Receptor,
    systemic: Option<Receptor>,
    withdrawal: Option<Withdrawal>,
    response: Response,
}

impl Receptors {
    fn new(model: &DrugModel, step: Millis) -> Self {
        let adaptation = &model.adaptation;
        let receptor = |steepness, shift| Receptor::new(steepness, shift, adaptation, step);
        let apart = model.systemic.filter(|_| !model.systemic_adds());
        Self {
            wanted: receptor(model.wanted.values.steepness, adaptation.wanted_shift),
            toxic: receptor(model.toxic.values.steepness, adaptation.toxic_shift),
            systemic: apart.map(|effect| receptor(effect.values.steepness, adaptation.toxic_shift)),
            withdrawal: model
                .withdrawal
                .map(|parameters| Withdrawal::new(&parameters, adaptation, step)),
            response: Response::default(),
        }
    }

    fn step(&mut self, strengths: &Strengths) {
        let toxic = self.toxic.step(strengths.toxic);
        let systemic = self.systemic.as_mut();
        let systemic = systemic.map_or(0.0, |receptor| receptor.step(strengths.systemic));
        let withdrawal = self.withdrawal.as_mut();
        let toxicity = toxic.max(systemic);
        self.response = Response {
            effect: self.wanted.step(strengths.wanted),
            toxicity,
            withdrawal: withdrawal.map_or(0.0, |body| body.step(strengths.depended_on, toxicity)),
        };
    }

    const fn accustom(&mut self, strengths: &Strengths, depends: bool) {
        self.wanted.accustom(strengths.wanted);
        self.toxic.accustom(strengths.toxic);
        if let Some(systemic) = &mut self.systemic {
            systemic.accustom(strengths.systemic);
        }
        if let (Some(withdrawal), true) = (&mut self.withdrawal, depends) {
            withdrawal.accustom(strengths.depended_on);
        }
    }

    fn response_to(&self, strengths: &Strengths) -> Response {
        let systemic = self.systemic.as_ref();
        let systemic = systemic.map_or(0.0, |receptor| receptor.effect(strengths.systemic));
        Response {
            effect: self.wanted.effect(strengths.wanted),
            toxicity: self.toxic.effect(strengths.toxic).max(systemic),
            withdrawal: self.response.withdrawal,
        }
    }
}

/// The receptors of all drugs.
#[derive(Clone, Debug)]
pub(crate) struct Reactions {
    /// Of each drug; of both in the first place if they share them.
    receptors: [Option<Receptors>; AGENTS],
}

impl Reactions {
    pub(crate) fn new(agents: [Option<DrugModel>; AGENTS], step: Millis) -> Self {
        let is_opioid =
            |agent: Option<DrugModel>| agent.is_some_and(|model| model.class == DrugClass::Opioid);
        let shared = agents.map(is_opioid) == [true; AGENTS];
        let [first, second] = agents.map(|agent| agent.map(|model| Receptors::new(&model, step)));
        Self {
            receptors: [first, second.filter(|_| !shared)],
        }
    }

    /// The strengths at each of the receptors.
    fn at_receptors(&self, strengths: [Strengths; AGENTS]) -> [Strengths; AGENTS] {
        let [first, second] = strengths;
        if self.receptors[1].is_some() {
            [first, second]
        } else {
            [first + second, Strengths::default()]
        }
    }

    /// Advances one step at these strengths of the drugs; returns the effects of all.
    pub(crate) fn step(&mut self, strengths: [Strengths; AGENTS]) -> Response {
        let strengths = self.at_receptors(strengths);
        for (receptors, strengths) in self.receptors.iter_mut().zip(strengths) {
            if let Some(receptors) = receptors {
                receptors.step(&strengths);
            }
        }
        self.response()
    }

    /// Makes the body used to these strengths. Without `depends` it has no withdrawal: what it was
    /// given elsewhere goes on.
    pub(crate) fn accustom(&mut self, strengths: [Strengths; AGENTS], depends: bool) {
        let strengths = self.at_receptors(strengths);
        for (receptors, strengths) in self.receptors.iter_mut().zip(strengths) {
            if let Some(receptors) = receptors {
                receptors.accustom(&strengths, depends);
            }
        }
    }

    /// Sets the effects of these strengths, to which the body is used; returns those of all.
    pub(crate) fn settle(&mut self, strengths: [Strengths; AGENTS]) -> Response {
        self.accustom(strengths, true);
        let strengths = self.at_receptors(strengths);
        for (receptors, strengths) in self.receptors.iter_mut().zip(strengths) {
            if let Some(receptors) = receptors {
                receptors.response = receptors.response_to(&strengths);
            }
        }
        self.response()
    }

    fn response(&self) -> Response {
        let mut all = Response::default();
        for receptors in self.receptors.iter().flatten() {
            let of = receptors.response;
            all.effect = either(all.effect, of.effect);
            all.toxicity = either(all.toxicity, of.toxicity);
            all.withdrawal = all.withdrawal.max(of.withdrawal);
        }
        all
    }

    /// The effects that drug `agent` would have alone at these strengths, in this body as it is
    /// used to all of its drugs.
    pub(crate) fn response_of(&self, agent: usize, strengths: &Strengths) -> Response {
        let own = self.receptors[agent].as_ref();
        let receptors = own.or(self.receptors[0].as_ref());
        receptors.map_or(Response::default(), |receptors| {
            receptors.response_to(strengths)
        })
    }
}

/// Probability of either of two independent events; exactly `first` if `second` is 0.
const fn either(first: f64, second: f64) -> f64 {
    first + second * (1.0 - first)
}
