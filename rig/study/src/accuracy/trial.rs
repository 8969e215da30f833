//! A trial: the flow at one rate under one condition, sampled by the balance.

use super::protocol::{SAMPLE_INTERVAL, Spans};
use super::stand::{CONCENTRATION, Setup, Stand};
use super::trumpet::{self, Point};
use thecal_sim::ConfigError;
use thecal_units::{FlowRate, Millis};

/// Measured flows.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// Drive, rate and condition.
    pub setup: Setup,
    /// Durations.
    pub spans: Spans,
    /// Flow of volume in each sample interval from the start on. Unit: mL/day.
    pub flows: Vec<f64>,
    /// Flow of drug in each. Unit: ug/day.
    pub dose_flows: Vec<f64>,
}

/// Measures the flow from the start of the pump to the end of the analysis period.
///
/// # Errors
///
/// [`ConfigError`] if no such pump is possible.
pub fn weigh(setup: &Setup, spans: Spans) -> Result<Trial, ConfigError> {
    let mut stand = Stand::new(setup)?;
    let samples = samples_in(spans.start_up + spans.analysis);
    let mut weights = vec![stand.weight().as_milliliters()];
    let mut doses = vec![stand.dose().as_micrograms()];
    for _ in 0..samples {
        stand.run(SAMPLE_INTERVAL);
        weights.push(stand.weight().as_milliliters());
        doses.push(stand.dose().as_micrograms());
    }
    Ok(Trial {
        setup: *setup,
        spans,
        flows: trumpet::flows(&weights, SAMPLE_INTERVAL),
        dose_flows: trumpet::flows(&doses, SAMPLE_INTERVAL),
    })
}

impl Trial {
    /// The set rate. Unit: mL/day.
    pub(crate) fn set_ml_per_day(&self) -> f64 {
        ml_per_day(self.setup.rate)
    }

    /// Flow in the start-up period. Unit: mL/day.
    #[must_use]
    pub fn start_up(&self) -> &[f64] {
        &self.flows[..samples_in(self.spans.start_up).min(self.flows.len())]
    }

    /// The trumpet curve of volume over the analysis period.
    #[must_use]
    pub fn trumpet(&self, windows: &[Millis]) -> Vec<Point> {
        let flows = self.analysis(&self.flows);
        trumpet::trumpet(flows, self.set_ml_per_day(), SAMPLE_INTERVAL, windows)
    }

    /// The trumpet curve of drug, relative to set rate times programmed concentration.
    pub(crate) fn dose_trumpet(&self, windows: &[Millis]) -> Vec<Point> {
        let set = self.set_ml_per_day() * CONCENTRATION.as_ug_per_ml();
        let flows = self.analysis(&self.dose_flows);
        trumpet::trumpet(flows, set, SAMPLE_INTERVAL, windows)
    }

    /// The largest difference between the curves of drug and volume. Unit: % of the set rate.
    pub(crate) fn dose_apart(&self, windows: &[Millis]) -> f64 {
        let (volume, dose) = (self.trumpet(windows), self.dose_trumpet(windows));
        let both = volume.iter().zip(&dose);
        let apart = both.map(|(one, two)| (one.max - two.max).abs().max((one.min - two.min).abs()));
        apart.fold(0.0, f64::max)
    }

    /// The mean error A, over the second hour of the start-up period. Unit: %.
    pub(crate) fn mean_error_a(&self) -> f64 {
        let hour = samples_in(Millis::HOUR);
        let second = self.start_up().get(hour..2 * hour).unwrap_or(&[]);
        trumpet::mean_error(second, self.set_ml_per_day())
    }

    /// The mean error B, over the analysis period. Unit: %.
    #[must_use]
    pub fn mean_error_b(&self) -> f64 {
        trumpet::mean_error(self.analysis(&self.flows), self.set_ml_per_day())
    }

    fn analysis<'a>(&self, flows: &'a [f64]) -> &'a [f64] {
        flows.get(samples_in(self.spans.start_up)..).unwrap_or(&[])
    }
}

/// A rate. Unit: mL/day.
pub(super) fn ml_per_day(rate: FlowRate) -> f64 {
    f64::from(rate.as_nl_per_day()) / 1e6
}

fn samples_in(span: Millis) -> usize {
    usize::try_from(span.as_millis() / SAMPLE_INTERVAL.as_millis()).unwrap_or(usize::MAX)
}
