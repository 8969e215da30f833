//! Replay of an infusion in other patients: the plant's patient without its pump.
//!
//! The harm of a run depends mostly on the mixing of the fluid and on the patient's tolerance
//! (pk.md 4). So the plant records what entered the patient, and the recording is replayed for
//! patients who differ in both. The pump's behavior is not recomputed.
//!
//! Terms: a *span* is an interval of 6 min; a plant records the drug that entered in each, net
//! of what was drawn back. Steps of 6 min instead of 1 min: concentrations an hour after a bolus
//! are 3 % higher (pk.md 1d, proto), far less than the variation between patients.

use crate::config::Person;
use crate::drug::{DrugModel, Tolerance};
use crate::harm::{Harm, HarmTracker};
use crate::patient::{AGENTS, Patient};
use alloc::vec::Vec;
use thecal_units::real::{Concentration, Mass};
use thecal_units::{Millis, SimTime};

/// The length of a span. Unit: see [`Millis`]. Source: pk.md 1d: 6 min, error 2.7 % at 1 h (proto).
const SPAN: Millis = Millis::MINUTE.times(6);

/// Drug that entered the patient in one span.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Entered {
    /// Into the fluid at the tip; negative if more was drawn back.
    infused: [Mass; AGENTS],
    /// Into the pocket.
    pocketed: [Mass; AGENTS],
}

/// Drug that entered the patient since the start, span by span.
#[derive(Clone, Debug, Default)]
pub struct Infusions {
    spans: Vec<Entered>,
    open: Entered,
    strongest: [Concentration; AGENTS],
    settled: [Mass; AGENTS],
}

impl Infusions {
    /// Records the tick at `at`.
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
        if at.as_millis().is_multiple_of(SPAN.as_millis()) {
            self.spans.push(core::mem::take(&mut self.open));
        }
    }

    /// Records drug drawn back out of the fluid in the current tick.
    pub(crate) fn draw_back(&mut self, agent: usize, taken: Mass) {
        self.open.infused[agent] = self.open.infused[agent] - taken;
    }

    /// Records the therapy of `per_day` before the start.
    pub(crate) const fn settle(&mut self, per_day: [Mass; AGENTS]) {
        self.settled = per_day;
    }

    /// The highest concentration of each drug in the reservoir so far.
    #[must_use]
    pub const fn strongest(&self) -> [Concentration; AGENTS] {
        self.strongest
    }

    /// The most of a drug that entered fluid and pocket within 24 h, and the end of those 24 h; the
    /// earliest of equals.
    ///
    /// # Panics
    ///
    /// If `agent` is not 0 or 1.
    #[must_use]
    pub fn most_in_a_day(&self, agent: usize) -> (Mass, SimTime) {
        let window = Millis::DAY.as_millis() / SPAN.as_millis();
        let amount = |span: &Entered| (span.infused[agent] + span.pocketed[agent]).as_micrograms();
        // The span that leaves the window as this one enters.
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

/// Replays the infusions in this person, once drug-naive and once tolerant, whatever the models
/// say; the fluid is the same for both. After a start on therapy both begin at its steady state:
/// the naive one then responds as on the first day of therapy.
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
        // A net withdrawal is ignored: the drug stays in the fluid.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Agent, PlantConfig};
    use crate::drugs::Drug;
    use crate::motor::MotorCommand;
    use crate::plant::Plant;

    const STRENGTH: Concentration = Concentration::from_ug_per_ml(2_000.0);

    /// Two days on 1 mg/day of morphine with a 2 mg bolus in an hour, at this tolerance.
    fn a_run(tolerance: Tolerance) -> (PlantConfig, Plant) {
        let config = PlantConfig::new(Agent::new(Drug::Morphine, tolerance, STRENGTH));
        let mut plant = Plant::new(&config).unwrap();
        plant.start_on_therapy(Mass::from_micrograms(1_000.0));
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
            let (_, again) = told_again
                .into_iter()
                .find(|(of, _)| *of == tolerance)
                .unwrap();
            let first = plant.harm();
            assert_eq!(again.class, first.class, "{tolerance:?}");
            let close = |again: f64, first: f64| (again - first).abs() < 0.03 * first + 1e-3;
            assert!(close(again.max_toxicity, first.max_toxicity));
            assert!(close(again.h_over_hours, first.h_over_hours));
            assert!(close(again.h_under, first.h_under));
            assert!(close(again.established_effect, first.established_effect));
            assert!(first.max_toxicity > 0.1, "the bolus must be felt");
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
                infusions.spans.push(Entered::default());
            }
            let infused = [Mass::from_micrograms(dose), Mass::ZERO];
            infusions.tick(at, infused, [Mass::ZERO; 2], [STRENGTH; 2]);
        }
        let (most, until) = infusions.most_in_a_day(0);
        assert!((most.as_micrograms() - 42.0).abs() < 1e-9, "{most:?}");
        assert_eq!(until, SimTime::ZERO + Millis::HOUR.times(30));
        assert_eq!(infusions.most_in_a_day(1).0, Mass::ZERO);
    }
}
