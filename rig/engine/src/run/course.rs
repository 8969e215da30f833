//! How the patient fared over time: when each index of harm rose, peaked and fell.
//!
//! The classes of `thecal_sim::harm` keep the worst. A reader needs the hour too: when it began, when
//! it was worst, and whether it was over. The patient changes at plant ticks only, so only these count,
//! and the course does not depend on how the run is divided into calls.

use thecal_plan::Scenario;
use thecal_sim::{DrugModel, EFFECT_THRESHOLDS, TICK, Truth, WITHDRAWAL_THRESHOLDS};
use thecal_units::{Millis, SimTime};

/// An index of how the patient fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Index {
    /// The wanted effect.
    Effect,
    /// The toxic effect.
    Toxicity,
    /// Withdrawal.
    Withdrawal,
    /// Share of the effect of what was ordered that is missing, once that is established.
    Loss,
}

impl Index {
    /// All.
    pub const ALL: [Self; 4] = [Self::Effect, Self::Toxicity, Self::Withdrawal, Self::Loss];

    /// Its name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Effect => "effect",
            Self::Toxicity => "toxicity",
            Self::Withdrawal => "withdrawal",
            Self::Loss => "loss",
        }
    }

    /// Above which value it counts, and above which it counts as high: the thresholds of the classes.
    #[must_use]
    pub const fn thresholds(self) -> [f64; 2] {
        match self {
            Self::Effect | Self::Toxicity | Self::Loss => EFFECT_THRESHOLDS,
            Self::Withdrawal => WITHDRAWAL_THRESHOLDS,
        }
    }
}

/// Time above a threshold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Above {
    /// The first instant above it.
    pub from: Option<SimTime>,
    /// The last.
    pub until: Option<SimTime>,
    /// How long in all.
    pub total: Millis,
    /// In how many episodes; a tick at or below the threshold divides two.
    pub episodes: u32,
}

impl Above {
    fn tick(&mut self, at: SimTime, is_above: bool) {
        if is_above {
            let goes_on = self.until.is_some_and(|until| until + TICK >= at);
            self.episodes += u32::from(!goes_on);
            self.from = self.from.or(Some(at));
            self.until = Some(at);
            self.total += TICK;
        }
    }
}

/// The course of one index.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Course {
    /// The highest value, and when it was first reached.
    pub peak: f64,
    /// When it was first reached.
    pub peak_at: SimTime,
    /// The drug that contributed most at that instant: 0 the programmed one, 1 the second.
    pub agent: usize,
    /// Time above each of [`Index::thresholds`].
    pub above: [Above; 2],
}

impl Course {
    fn tick(&mut self, at: SimTime, index: Index, value: f64, of_each: [f64; 2]) {
        if value > self.peak {
            let [first, second] = of_each;
            (self.peak, self.peak_at) = (value, at);
            self.agent = usize::from(second > first);
        }
        for (above, threshold) in self.above.iter_mut().zip(index.thresholds()) {
            above.tick(at, value > threshold);
        }
    }
}

/// The courses of all indices, in the order of [`Index::ALL`].
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Courses {
    all: [Course; Index::ALL.len()],
    /// The tick that was counted last.
    counted: Option<SimTime>,
}

impl Courses {
    pub(super) fn sample(&mut self, truth: &Truth) {
        let at = truth.at;
        let is_tick = at.as_millis().is_multiple_of(TICK.as_millis());
        if !is_tick || self.counted.is_some_and(|counted| counted >= at) {
            return;
        }
        self.counted = Some(at);
        let [effect, toxicity, withdrawal, missing] = &mut self.all;
        effect.tick(at, Index::Effect, truth.effect, [0.0; 2]);
        toxicity.tick(at, Index::Toxicity, truth.toxicity, truth.toxicity_of);
        let withdrawn = (truth.withdrawal, truth.withdrawal_of);
        withdrawal.tick(at, Index::Withdrawal, withdrawn.0, withdrawn.1);
        missing.tick(at, Index::Loss, truth.lost, [0.0; 2]);
    }

    pub(super) const fn into_all(self) -> [Course; Index::ALL.len()] {
        self.all
    }
}

/// The names of a drug's wanted and toxic effects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrugNames {
    /// The drug.
    pub drug: &'static str,
    /// Its wanted effect.
    pub wanted: &'static str,
    /// Its toxic effects: in the fluid, and in blood where that is another.
    pub toxic: String,
}

/// The names for the drugs of a scenario: the programmed one, and the second.
pub(super) fn names(scenario: &Scenario, models: [Option<DrugModel>; 2]) -> Vec<DrugNames> {
    let pump = &scenario.pump;
    let drugs = [Some(pump.drug), pump.second.map(|second| second.drug)];
    let named = drugs.into_iter().zip(models).filter_map(|(drug, model)| {
        let (drug, model) = (drug?, model?);
        let toxic = model.toxic.name;
        let in_blood = model.systemic.map(|effect| effect.name);
        Some(DrugNames {
            drug: drug.name(),
            wanted: model.wanted.name,
            toxic: match in_blood.filter(|other| !other.starts_with(toxic)) {
                Some(other) => format!("{toxic} or {other}"),
                None => toxic.to_owned(),
            },
        })
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_course_has_its_beginning_its_peak_and_its_end() {
        let mut course = Course::default();
        let minute = |nth: u64| SimTime::from_millis(nth * TICK.as_millis());
        for (nth, value) in [0.1, 0.3, 0.6, 0.6, 0.3, 0.1].into_iter().enumerate() {
            let at = minute(nth.try_into().unwrap());
            course.tick(at, Index::Toxicity, value, [0.1, value]);
        }
        assert_eq!((course.peak, course.peak_at), (0.6, minute(2)));
        assert_eq!(course.agent, 1);
        let [low, high] = course.above;
        assert_eq!((low.from, low.until), (Some(minute(1)), Some(minute(4))));
        assert_eq!((low.total, high.total), (TICK.times(4), TICK.times(2)));
        assert_eq!((low.episodes, high.episodes), (1, 1));
        course.tick(minute(9), Index::Toxicity, 0.3, [0.1, 0.3]);
        assert_eq!(course.above.map(|above| above.episodes), [2, 1]);
    }
}
