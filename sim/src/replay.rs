//! Replay of an infusion in other patients: the plant's patient without its pump.
//!
//! The harm of a run depends mostly on the mixing of the fluid and on the patient's sensitivity
//! (pk.md 4). So the plant records what entered the patient and what was prescribed, and the
//! recording is replayed for patients who differ in both. The pump's behavior is not recomputed.
//!
//! Terms: a *span* is an interval of 6 min; a plant records the drug that entered in each, net
//! of what was drawn back. Steps of 6 min instead of 1 min change levels from an hour on by less than
//! 0.4 % (`tests/val_exact.rs`).

use crate::config::Person;
use crate::drug::DrugModel;
use crate::harm::Harm;
use crate::patient::{Intake, Patient};
use crate::spans::Spans;
use crate::tracks::AGENTS;
use alloc::vec::Vec;
use thecal_units::real::{Concentration, Length, Mass};
use thecal_units::{Millis, SimTime};

/// The length of a span. Unit: see [`Millis`]. Source: ours, a tenth of an hour.
const SPAN: Millis = Millis::MINUTE.times(6);

/// How sensitive a patient is to all effects of a drug: one standard deviation either way of the
/// spread of EC50 (coefficient of variation 0.5, assume).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sensitivity {
    /// EC50 is 1.6 times the median's.
    Low,
    /// The median.
    Typical,
    /// EC50 is the median's over 1.6.
    High,
}

impl Sensitivity {
    /// Every sensitivity, from low to high.
    const ALL: [Self; 3] = [Self::Low, Self::Typical, Self::High];

    /// Factor on the strength of a drug.
    const fn factor(self) -> f64 {
        match self {
            Self::Low => 1.0 / 1.6,
            Self::Typical => 1.0,
            Self::High => 1.6,
        }
    }
}

/// Drug that entered the patient since the start, span by span.
#[derive(Clone, Debug, Default)]
pub struct Infusions {
    /// Negative where more was drawn back than infused.
    spans: Spans,
    /// Doses given by hand, in order.
    by_hand: Vec<ByHand>,
    open: Intake,
    strongest: [Concentration; AGENTS],
    before: Before,
}

/// A dose given by hand.
#[derive(Clone, Copy, Debug)]
struct ByHand {
    /// The span in which it was given.
    span: usize,
    doses: [Mass; AGENTS],
    from: Length,
    to: Length,
}

/// What the patient had before the start.
#[derive(Clone, Copy, Debug, Default)]
enum Before {
    /// Nothing.
    #[default]
    Nothing,
    /// This much a day by this pump.
    Therapy([Mass; AGENTS]),
    /// This much a day elsewhere, if tolerant.
    Elsewhere([Mass; AGENTS]),
}

impl Infusions {
    /// Records the tick at `at`.
    pub(crate) fn tick(
        &mut self,
        at: SimTime,
        intake: &Intake,
        strengths: [Concentration; AGENTS],
    ) {
        self.open.add(intake);
        for (strongest, strength) in self.strongest.iter_mut().zip(strengths) {
            if strength > *strongest {
                *strongest = strength;
            }
        }
        if at.as_millis().is_multiple_of(SPAN.as_millis()) {
            self.spans.push(&core::mem::take(&mut self.open));
        }
    }

    /// Records drug drawn back out of the fluid in the current tick.
    pub(crate) fn draw_back(&mut self, agent: usize, taken: Mass) {
        self.open.infused[agent] = self.open.infused[agent] - taken;
    }

    /// Records a dose given by hand in the current tick, and the fluid that took it.
    pub(crate) fn inject(&mut self, doses: [Mass; AGENTS], from: Length, to: Length) {
        self.by_hand.push(ByHand {
            span: self.spans.len(),
            doses,
            from,
            to,
        });
    }

    /// The doses given by hand in a span.
    fn by_hand(&self, span: usize) -> impl Iterator<Item = &ByHand> {
        self.by_hand.iter().filter(move |dose| dose.span == span)
    }

    /// Records `per_day` before the start, by this pump or elsewhere.
    pub(crate) const fn settle(&mut self, per_day: [Mass; AGENTS], by_this_pump: bool) {
        self.before = if by_this_pump {
            Before::Therapy(per_day)
        } else {
            Before::Elsewhere(per_day)
        };
    }

    /// The highest concentration of each drug in the reservoir so far.
    #[must_use]
    pub const fn strongest(&self) -> [Concentration; AGENTS] {
        self.strongest
    }

    /// The most of a drug that entered the fluid within 24 h, and the end of those 24 h; the earliest
    /// of equals.
    ///
    /// # Panics
    ///
    /// If `agent` is not 0 or 1.
    #[must_use]
    pub fn most_in_a_day(&self, agent: usize) -> (Mass, SimTime) {
        let window = Millis::DAY.as_millis() / SPAN.as_millis();
        let window = usize::try_from(window).unwrap_or(usize::MAX);
        let amount = |index| {
            let by_hand = self.by_hand(index).map(|dose| dose.doses[agent]);
            let by_hand: f64 = by_hand.map(Mass::as_micrograms).sum();
            self.spans.infused(agent, index).as_micrograms() + by_hand
        };
        let (mut sum, mut most) = (0.0, (0.0, SimTime::ZERO));
        let mut at = SimTime::ZERO;
        for index in 0..self.spans.len() {
            at = at + SPAN;
            // The span that leaves the window as this one enters.
            let leaving = index.checked_sub(window);
            sum += amount(index) - leaving.map_or(0.0, amount);
            if sum > most.0 {
                most = (sum, at);
            }
        }
        (Mass::from_micrograms(most.0), most.1)
    }
}

/// Replays the infusions in this person at each sensitivity; the fluid is the same for all.
#[must_use]
pub fn replay(
    person: &Person,
    agents: [Option<DrugModel>; AGENTS],
    infusions: &Infusions,
) -> [(Sensitivity, Harm); 3] {
    let sensitivities = Sensitivity::ALL.map(Sensitivity::factor);
    let mut patient = Patient::with(person, agents, SPAN, sensitivities);
    match infusions.before {
        Before::Nothing => {}
        Before::Therapy(per_day) => patient.settle(per_day),
        Before::Elsewhere(per_day) => patient.accustom(per_day),
    }
    let mut at = SimTime::ZERO;
    for (index, span) in infusions.spans.iter().enumerate() {
        at = at + SPAN;
        for dose in infusions.by_hand(index) {
            patient.inject(dose.doses, dose.from, dose.to);
        }
        // A net withdrawal is ignored: the drug stays in the fluid.
        let infused = span
            .infused
            .map(|dose| if dose > Mass::ZERO { dose } else { Mass::ZERO });
        patient.tick(at, &Intake { infused, ..span });
    }
    let harm = patient.harm();
    [0, 1, 2].map(|index| (Sensitivity::ALL[index], harm[index]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Agent, PlantConfig};
    use crate::drug::Tolerance;
    use crate::drugs::Drug;
    use crate::motor::MotorCommand;
    use crate::plant::Plant;

    const STRENGTH: Concentration = Concentration::from_ug_per_ml(2_000.0);

    /// Two days on 1 mg/day of morphine with a 2 mg bolus in an hour, at this tolerance.
    fn a_run(tolerance: Tolerance) -> (PlantConfig, Plant) {
        let config = PlantConfig::new(Agent::new(Drug::Morphine, tolerance, STRENGTH));
        let mut plant = Plant::new(&config).unwrap();
        let daily = Mass::from_micrograms(1_000.0);
        plant.start_on_therapy(daily);
        plant.prescribe(SimTime::ZERO, [daily, Mass::ZERO]);
        let train = |pulses, period_us| MotorCommand::Train {
            pulses,
            first_delay_us: period_us,
            period_us,
            pulse_energy_uj: 30,
        };
        let until = |plant: &mut Plant, hour: u64, command| {
            plant.command(command);
            plant.advance(SimTime::ZERO + Millis::HOUR.times(hour), &mut ());
        };
        until(&mut plant, 12, train(50_000, 864_000));
        until(&mut plant, 13, train(200_000, 18_000));
        until(&mut plant, 48, train(145_833, 864_000));
        (config, plant)
    }

    /// A replay in the same person gives the same harm, apart from the longer step.
    #[test]
    fn the_same_person_fares_as_in_the_plant() {
        for tolerance in [Tolerance::Naive, Tolerance::Chronic] {
            let (config, plant) = a_run(tolerance);
            let agents = [Some(config.agent.model), None];
            let told_again = replay(&config.person, agents, plant.infusions());
            let [low, typical, high] = told_again.map(|(_, harm)| harm);
            let first = plant.harm();
            assert_eq!(typical.class, first.class, "{tolerance:?}");
            assert_eq!(typical.added, first.added, "{tolerance:?}");
            let close = |again: f64, first: f64| (again - first).abs() < 0.03 * first + 1e-3;
            assert!(close(typical.max_toxicity, first.max_toxicity));
            assert!(close(typical.h_over_hours, first.h_over_hours));
            assert!(close(typical.added_toxicity, first.added_toxicity));
            assert!(first.max_toxicity > 0.1, "the bolus must be felt");
            assert!(low.max_toxicity < typical.max_toxicity);
            assert!(typical.max_toxicity < high.max_toxicity);
        }
    }

    /// All drug that reached the fluid is in the spans, except for the current one.
    #[test]
    fn the_spans_hold_what_was_infused() {
        let (_, plant) = a_run(Tolerance::Naive);
        let noted: f64 = plant
            .infusions()
            .spans
            .iter()
            .map(|span| span.infused[0].as_micrograms())
            .sum();
        let infused = plant.truth().dose_infused.as_micrograms();
        assert!(
            (noted / infused - 1.0).abs() < 1e-12,
            "{noted} of {infused}"
        );
        assert_eq!(plant.infusions().strongest()[0], STRENGTH);
    }

    #[test]
    fn the_most_of_a_day_is_that_of_any_24_hours() {
        let mut infusions = Infusions::default();
        let mut at = SimTime::ZERO;
        // 1 ug each hour, and 10 ug in hours 20, 30 and 50: any 24 h hold two of them at most.
        for hour in 1..=72 {
            at = at + Millis::HOUR;
            let dose = if [20, 30, 50].contains(&hour) {
                10.0
            } else {
                1.0
            };
            for _ in 1..10 {
                infusions.spans.push(&Intake::default());
            }
            let infused = [Mass::from_micrograms(dose), Mass::ZERO];
            let intake = Intake {
                infused,
                ..Intake::default()
            };
            infusions.tick(at, &intake, [STRENGTH; 2]);
        }
        let (most, until) = infusions.most_in_a_day(0);
        assert!((most.as_micrograms() - 42.0).abs() < 1e-9, "{most:?}");
        assert_eq!(until, SimTime::ZERO + Millis::HOUR.times(30));
        assert_eq!(infusions.most_in_a_day(1).0, Mass::ZERO);
    }
}
