//! How many steps a therapy asks for in a unit of time.

use thecal_plan::{Infusion, Therapy, WEEK, starts};
use thecal_units::{Concentration, DoseRate, Millis, SimTime, Volume, real};

/// A stretch of a run in which one number of steps a millisecond is due.
#[derive(Clone, Copy, Debug)]
pub(super) struct Due {
    pub(super) from: SimTime,
    /// Unit: steps per millisecond.
    pub(super) least: f64,
    pub(super) most: f64,
    /// Steps that may be lost at its start.
    pub(super) loses: f64,
    pub(super) grace: Option<Grace>,
    /// Whether the motor sticks.
    pub(super) stalls: bool,
    pub(super) why: Why,
}

/// A time in which some steps may come earlier or later, or be lost, for a reason at its start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grace {
    pub(super) until: SimTime,
    pub(super) more: f64,
    pub(super) fewer: f64,
}

impl Grace {
    /// Of two reasons together.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            until: self.until.max(other.until),
            more: self.more + other.more,
            fewer: self.fewer + other.fewer,
        }
    }
}

/// What a pump is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    Infusing,
    Bolus,
    Stopped,
    Held,
    Empty,
    Priming,
    Safe,
    Ended,
}

impl Why {
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Infusing => "infusing",
            Self::Bolus => "during or after a bolus",
            Self::Stopped => "stopped",
            Self::Held => "held for an update",
            Self::Empty => "empty by count",
            Self::Priming => "priming",
            Self::Safe => "in the safe state",
            Self::Ended => "ended with the battery",
        }
    }
}

/// Flow of a minimum-rate infusion. Source: REQ-THE-006. Unit: mL/day.
const MINIMUM_ML_PER_DAY: f64 = 0.006;

/// A unit of time and of volume: what turns doses into steps.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    step_ml: f64,
    /// What the crystal counts in a true millisecond.
    pub(super) crystal: f64,
}

impl Scale {
    pub(super) fn of(step: Volume, ppm: i32) -> Self {
        Self {
            step_ml: real::Volume::from(step).as_milliliters(),
            crystal: 1.0 + f64::from(ppm) / 1e6,
        }
    }

    /// Steps per millisecond of a flow. Unit: mL/day.
    pub(super) fn steps_per_ms(&self, ml_per_day: f64) -> f64 {
        if self.step_ml > 0.0 {
            ml_per_day / self.step_ml / 86_400_000.0 * self.crystal
        } else {
            0.0
        }
    }

    /// Steps of a volume.
    pub(super) fn steps_in(&self, volume: Volume) -> f64 {
        real::Volume::from(volume).as_milliliters() / self.step_ml
    }
}

/// The flow of the continuous infusion at a time of the week, at this concentration. Unit: mL/day.
pub(crate) fn flow(therapy: &Therapy, concentration: Concentration, time_of_week: Millis) -> f64 {
    let dose = match &therapy.infusion {
        Infusion::MinimumRate => return MINIMUM_ML_PER_DAY,
        Infusion::Simple(dose) => *dose,
        Infusion::Flex(week) => in_week(&starts(week), time_of_week),
    };
    let ug_per_day = f64::from(dose.as_ng_per_day()) / 1e3;
    let ug_per_ml = real::Concentration::from(concentration).as_ug_per_ml();
    if ug_per_ml > 0.0 {
        ug_per_day / ug_per_ml
    } else {
        0.0
    }
}

/// The latest step of the week before this time, or the last one of the week before.
fn in_week(steps: &[(Millis, DoseRate)], time_of_week: Millis) -> DoseRate {
    let at = time_of_week.as_millis() % WEEK.as_millis();
    let behind = steps.partition_point(|(from, _)| from.as_millis() <= at);
    let step = behind
        .checked_sub(1)
        .map_or(steps.last(), |nth| steps.get(nth));
    step.map_or(DoseRate::ZERO, |&(_, dose)| dose)
}

/// The time of so many steps at a rate, at most a day.
pub(super) fn time_of(steps: f64, steps_per_ms: f64) -> Millis {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative, and a float that is too large saturates"
    )]
    let millis = (steps / steps_per_ms) as u64;
    Millis::from_millis(millis).min(Millis::DAY)
}
