//! The expansion of the timeline: which entry happens at which millisecond.
//!
//! Draws come from `ChaCha8` with the scenario's seed and one stream per entry, so that an entry
//! keeps its times when another is added after it. Each draw is rounded to a millisecond at once;
//! the rest is integer arithmetic.

use crate::{Entry, Jitter, Scenario, Schedule};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, Exp1, StandardNormal, Uniform};
use thecal_units::{Millis, SimTime};

/// Most events that the timeline of one scenario may have.
pub const MAX_EVENTS: usize = 1_000_000;

/// A limit that was passed, and the entry that passed it.
#[derive(Debug)]
pub struct LimitPassed {
    /// Index in the timeline.
    pub entry: usize,
}

/// When each entry of the timeline happens: instants and indices, in order of time, then of index.
///
/// All lie in the run, both ends included: what jitter moves before the start happens at the
/// start, what it moves past the end does not happen. The same scenario always gives the same
/// list. A scenario that was loaded has at most [`MAX_EVENTS`].
#[must_use]
pub fn expand(scenario: &Scenario) -> Vec<(SimTime, usize)> {
    events(
        &scenario.timeline,
        scenario.seed,
        scenario.duration,
        usize::MAX,
    )
    .unwrap_or_default()
}

/// [`expand`], up to a limit.
///
/// # Errors
///
/// How many events there are at least, where they are more than the limit.
pub fn events(
    timeline: &[Entry],
    seed: u64,
    end: Millis,
    limit: usize,
) -> Result<Vec<(SimTime, usize)>, LimitPassed> {
    let mut events = Vec::new();
    let mut drawn = 0_usize;
    for (index, entry) in timeline.iter().enumerate() {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(index as u64);
        for time in Times::new(entry.schedule, rng) {
            // Those past the end count too, else a wide jitter could keep this loop going for ever.
            drawn += 1;
            if drawn > limit {
                return Err(LimitPassed { entry: index });
            }
            if time.since_origin() <= end {
                events.push((time, index));
            }
        }
    }
    events.sort_unstable();
    Ok(events)
}

/// The instants of one entry.
struct Times {
    /// Of the next repetition, before jitter.
    next: SimTime,
    every: Millis,
    /// No repetition starts at or after this.
    until: SimTime,
    jitter: Jitter,
    rng: ChaCha8Rng,
}

impl Times {
    fn new(schedule: Schedule, rng: ChaCha8Rng) -> Self {
        match schedule {
            Schedule::Once(at) => {
                let until = at + Millis::from_millis(1);
                Self {
                    next: at,
                    every: Millis::SECOND,
                    until,
                    jitter: Jitter::None,
                    rng,
                }
            }
            Schedule::Repeated {
                from,
                every,
                until,
                jitter,
            } => {
                let mut times = Self {
                    next: from,
                    every,
                    until,
                    jitter,
                    rng,
                };
                if jitter == Jitter::Exponential {
                    times.next = from + times.step();
                }
                times
            }
        }
    }

    /// The span to the next repetition.
    fn step(&mut self) -> Millis {
        if self.jitter != Jitter::Exponential {
            return self.every;
        }
        let draw: f64 = Exp1.sample(&mut self.rng);
        Millis::from_millis(scaled(draw, self.every).unsigned_abs())
    }

    /// The random displacement of a repetition, in milliseconds.
    fn displacement(&mut self) -> i64 {
        match self.jitter {
            Jitter::None | Jitter::Exponential => 0,
            Jitter::Uniform(span) => {
                let most = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
                Uniform::new_inclusive(-most, most).map_or(0, |range| range.sample(&mut self.rng))
            }
            Jitter::Normal(deviation) => scaled(StandardNormal.sample(&mut self.rng), deviation),
        }
    }
}

impl Iterator for Times {
    type Item = SimTime;

    fn next(&mut self) -> Option<SimTime> {
        let planned = self.next;
        if planned >= self.until {
            return None;
        }
        let displaced = planned
            .as_millis()
            .saturating_add_signed(self.displacement());
        self.next = planned + self.step();
        Some(SimTime::from_millis(displaced))
    }
}

/// `draw` spans, rounded to a millisecond.
#[expect(
    clippy::cast_precision_loss,
    reason = "spans of a run are far below 2^53 ms"
)]
#[expect(
    clippy::cast_possible_truncation,
    reason = "a cast from float saturates"
)]
fn scaled(draw: f64, span: Millis) -> i64 {
    (draw * span.as_millis() as f64).round() as i64
}

#[cfg(test)]
mod tests;
