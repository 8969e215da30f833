//! Successive boluses: deviation of each from its setting.
//!
//! Source: pump.md 3.5, 25 successive boluses at the smallest and the largest setting, the greatest
//! deviation is reported (mem M).

use super::protocol::{BOLUS_INTERVAL, BOLUS_RATE, BOLUSES, Condition};
use super::stand::{Setup, Stand};
use thecal_sim::{ConfigError, Drive};
use thecal_units::{Volume, real};

/// Boluses of one setting under one condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Boluses {
    /// The surroundings.
    pub condition: Condition,
    /// The volume requested each time.
    pub setting: Volume,
    /// Deviation of each. Unit: %.
    pub deviations: Vec<f64>,
}

/// Delivers boluses one after the other and weighs each, without a rate between.
///
/// # Errors
///
/// [`ConfigError`] if no such pump is possible.
pub(crate) fn successive(
    drive: Drive,
    condition: Condition,
    setting: Volume,
) -> Result<Boluses, ConfigError> {
    let mut stand = Stand::new(&Setup {
        drive,
        rate: BOLUS_RATE,
        condition,
    })?;
    let asked = real::Volume::from(setting).as_milliliters();
    let deviations = (0..BOLUSES).map(|_| {
        let before = stand.weight();
        stand.give(setting, BOLUS_INTERVAL);
        let given = stand.weight() - before;
        100.0 * (given.as_milliliters() - asked) / asked
    });
    Ok(Boluses {
        condition,
        setting,
        deviations: deviations.collect(),
    })
}

impl Boluses {
    /// The smallest and the largest deviation. Unit: %.
    pub(crate) fn extremes(&self) -> (f64, f64) {
        let all = self.deviations.iter();
        all.fold((f64::INFINITY, f64::NEG_INFINITY), |(min, max), &value| {
            (min.min(value), max.max(value))
        })
    }

    /// The deviation of largest magnitude, with its sign. Unit: %.
    pub(crate) fn greatest(&self) -> f64 {
        let (min, max) = self.extremes();
        if -min > max { min } else { max }
    }
}
