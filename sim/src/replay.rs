//! An infusion told again to other people: the plant's patient without its pump.
//!
//! What harm a run does hangs on how well the fluid mixes and on how used the patient is to the
//! drug, more than on anything else (pk.md 4). So the plant notes what entered the patient, and a
//! run is told again to people who differ in both. What the pump did stays as it was.
//!
//! Terms: a *span* is a stretch of [`SPAN`]; a plant notes the drug that entered in each, net of
//! what was drawn back. Steps of 6 min instead of 1 min: concentrations an hour after a bolus come
//! out 3 % higher (pk.md 1d, proto), far below what people differ by.

use crate::config::Person;
use crate::drug::{DrugModel, Tolerance};
use crate::harm::{Harm, HarmTracker};
use crate::patient::{AGENTS, Patient};
use alloc::vec::Vec;
use thecal_units::real::{Concentration, Mass};
use thecal_units::{Millis, SimTime};

/// The length of a span. Unit: see [`Millis`]. Source: pk.md 1d: 6 min, error 2.7 % at 1 h (proto).
pub const SPAN: Millis = Millis::MINUTE.times(6);

/// What entered the patient in one span, of each drug.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Entered {
    /// Into the fluid at the tip; negative where more was drawn back.
    pub infused: [Mass; AGENTS],
    /// Into the pocket.
    pub pocketed: [Mass; AGENTS],
}

/// What entered the patient since the start, span by span.
#[derive(Clone, Debug, Default)]
pub struct Infusions {
    spans: Vec<Entered>,
    open: Entered,
    strongest: [Concentration; AGENTS],
    settled: [Mass; AGENTS],
}

impl Infusions {
    /// A tick at `at` is over.
    pub(crate) fn tick(
        &mut self,
        at: SimTime,
        infused: [Mass; AGENTS],
        pocketed: [Mass; AGENTS],
        strengths: [Concentration; AGENTS],
    ) {
        for index in 0..AGENTS {
            self.open.infused[index] += infused[index];
            self.open.pocketed[index] += pocketed[index];
            let strongest = &mut self.strongest[index];
            if strengths[index] > *strongest {
                *strongest = strengths[index];
            }
        }
        if at.as_millis() % SPAN.as_millis() == 0 {
            self.spans.push(core::mem::take(&mut self.open));
        }
    }

    /// Drug was drawn back out of the fluid within the tick that ends next.
    pub(crate) fn draw_back(&mut self, agent: usize, taken: Mass) {
        self.open.infused[agent] = self.open.infused[agent] - taken;
    }

    /// Months of `per_day` came before.
    pub(crate) const fn settle(&mut self, per_day: [Mass; AGENTS]) {
        self.settled = per_day;
    }

    /// The whole spans, from the start. What came after the last of them is not in it.
    #[must_use]
    pub fn spans(&self) -> &[Entered] {
        &self.spans
    }

    /// The highest concentration of each drug in the reservoir so far.
    #[must_use]
    pub const fn strongest(&self) -> [Concentration; AGENTS] {
        self.strongest
    }

    /// The most of a drug that entered fluid and pocket within 24 h, and the end of those 24 h:
    /// the first of equals.
    ///
    /// # Panics
    ///
    /// If `agent` is not 0 or 1.
    #[must_use]
    pub fn most_in_a_day(&self, agent: usize) -> (Mass, SimTime) {
        let window = Millis::DAY.as_millis() / SPAN.as_millis();
        let amount = |span: &Entered| (span.infused[agent] + span.pocketed[agent]).as_micrograms();
        // The span that leaves the window as this one enters it.
        let leaving = core::iter::repeat_n(None, usize::try_from(window).unwrap_or(usize::MAX))
            .chain(self.spans.iter().map(Some));
        let (mut sum, mut most) = (0.0, (0.0, SimTime::ZERO));
        let mut at = SimTime::ZERO;
        for (span, leaving) in self.spans.iter().zip(leaving) {
            at = at + SPAN;
            sum += amount(span) - leaving.map_or(0.0, amount);
            if sum > most.0 {
                most = (sum, at);
            }
        }
        (Mass::from_micrograms(most.0), most.1)
    }
}

/// Tells the infusions to this person, once as naive and once as used to the drugs, whatever the
/// models say: the fluid is the same for both. Where a therapy led to the start, both have had it:
/// the naive one is then somebody whom it works on as on the first day.
#[must_use]
pub fn replay(
    person: &Person,
    agents: [Option<DrugModel>; AGENTS],
    infusions: &Infusions,
) -> [(Tolerance, Harm); 2] {
    let mut patient = Patient::with_step(person, agents, SPAN);
    let mut people =
        [Tolerance::Naive, Tolerance::Chronic].map(|tolerance| (tolerance, HarmTracker::new(SPAN)));
    let therapy = infusions.settled;
    if therapy.iter().any(|dose| *dose > Mass::ZERO) {
        patient.settle(therapy);
        for (tolerance, harm) in &mut people {
            harm.settle(patient.response_as(*tolerance).effect);
        }
    }
    let mut at = SimTime::ZERO;
    for span in &infusions.spans {
        at = at + SPAN;
        // What was drawn back beyond what was given is left where it was.
        let infused = span
            .infused
            .map(|dose| if dose > Mass::ZERO { dose } else { Mass::ZERO });
        patient.step(infused, span.pocketed);
        for (tolerance, harm) in &mut people {
            let response = patient.response_as(*tolerance);
            harm.tick(at, response.effect, response.toxicity, response.withdrawal);
        }
    }
    people.map(|(tolerance, harm)| (tolerance, harm.harm()))
}
