//! The trumpet curve: the largest error of the mean flow in a window, by window length.
//!
//! Terms: S is the sample interval, P the window, T2 the analysis period, r the set rate, `Q_i` the
//! flow in the i-th sample. Flow is of volume or of drug, and r likewise.
//!
//! Equations:
//! ```text
//! Q_i     = (W_i - W_{i-1}) / S                       m = (T2 - P) / S + 1
//! Ep(max) = max over j = 1..m of (S / P) * sum of i = j .. j + P/S - 1 of 100 (Q_i - r) / r
//! Ep(min) = min of the same                           mean error = 100 (Q - r) / r
//! ```
//!
//! Source: pump.md 3.5 (mem H). An ideal balance has no evaporation and knows the density, so the
//! two corrections of `W_i` are omitted.

use thecal_units::Millis;

/// The extremes of the mean in all windows of one length.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// P.
    pub window: Millis,
    /// Ep(min). Unit: % of the set rate.
    pub min: f64,
    /// Ep(max). Unit: % of the set rate.
    pub max: f64,
    /// m, the number of window positions.
    pub count: usize,
}

/// The flow in each interval between weighings, per day.
pub(crate) fn flows(weights: &[f64], interval: Millis) -> Vec<f64> {
    let per_day = Millis::DAY.as_secs_f64() / interval.as_secs_f64();
    let pairs = weights.windows(2);
    pairs.map(|pair| (pair[1] - pair[0]) * per_day).collect()
}

/// The mean of 100 (Q - r) / r over some samples; zero over none. Unit: %.
pub(crate) fn mean_error(flows: &[f64], set: f64) -> f64 {
    mean(flows.iter().map(|flow| 100.0 * (flow - set) / set))
}

/// The curve of flows sampled at `interval`, for windows that fit into them.
///
/// # Panics
///
/// If a window is not a whole number of intervals, or the set rate is not above zero: the protocol
/// is wrong.
pub(crate) fn trumpet(flows: &[f64], set: f64, interval: Millis, windows: &[Millis]) -> Vec<Point> {
    assert!(set > 0.0, "a set rate of {set}");
    let errors: Vec<f64> = flows
        .iter()
        .map(|flow| 100.0 * (flow - set) / set)
        .collect();
    let points = windows.iter().filter_map(|&window| {
        let (length, over) = (
            window.as_millis() / interval.as_millis(),
            window.as_millis() % interval.as_millis(),
        );
        assert!(
            length > 0 && over == 0,
            "a window of {window} each {interval}"
        );
        let length = usize::try_from(length).ok()?;
        point(&errors, window, length)
    });
    points.collect()
}

/// `None` if the window is longer than the measurement.
fn point(errors: &[f64], window: Millis, length: usize) -> Option<Point> {
    let count = (errors.len() + 1).checked_sub(length).filter(|&m| m > 0)?;
    let means = errors
        .windows(length)
        .map(|part| mean(part.iter().copied()));
    let (min, max) = means.fold((f64::INFINITY, f64::NEG_INFINITY), |(min, max), mean| {
        (min.min(mean), max.max(mean))
    });
    Some(Point {
        window,
        min,
        max,
        count,
    })
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53 samples")]
    let count = values.len().max(1) as f64;
    values.sum::<f64>() / count
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const S: Millis = Millis::from_secs(900);

    fn near(one: f64, two: f64) -> bool {
        (one - two).abs() < 1e-9
    }

    /// Flows 8, 12, 10, 6 at a set rate of 10: errors -20, 20, 0, -40 %. Means by hand: of two
    /// 0, 10, -20; of four -10.
    #[test]
    fn four_samples_by_hand() {
        let flows = [8.0, 12.0, 10.0, 6.0];
        let windows = [1, 2, 4, 8].map(|times| S.times(times));
        let points = trumpet(&flows, 10.0, S, &windows);
        let expected = [(-40.0, 20.0, 4), (-20.0, 10.0, 3), (-10.0, -10.0, 1)];
        assert_eq!(points.len(), expected.len(), "eight samples are not there");
        for (point, (min, max, count)) in points.iter().zip(expected) {
            assert!(near(point.min, min) && near(point.max, max), "{point:?}");
            assert_eq!(point.count, count);
        }
        assert!(near(mean_error(&flows, 10.0), -10.0));
    }

    #[test]
    fn weights_become_flows_a_day() {
        let flows = flows(&[1.0, 1.0, 1.25], S);
        assert!(flows.len() == 2 && near(flows[0], 0.0) && near(flows[1], 24.0));
    }

    #[test]
    fn a_whole_period_has_no_error_and_less_than_one_has() {
        let flows: Vec<f64> = [7.0, 13.0, 10.0].repeat(20);
        let windows = [1, 3, 6].map(|times| S.times(times));
        let points = trumpet(&flows, 10.0, S, &windows);
        assert!(near(points[0].min, -30.0) && near(points[0].max, 30.0));
        for whole in &points[1..] {
            assert!(near(whole.min, 0.0) && near(whole.max, 0.0), "{whole:?}");
        }
    }

    proptest! {
        /// The mean over everything lies within a window that divides it; a window of several
        /// windows is never wider than one of them; a constant flow is a flat line.
        #[test]
        fn what_the_formula_must_give(flows in prop::collection::vec(0.0..3.0_f64, 24), constant in 0.1..9.0_f64) {
            let windows = [1, 2, 4, 8, 24].map(|times| S.times(times));
            let points = trumpet(&flows, 1.0, S, &windows);
            let mean = mean_error(&flows, 1.0);
            for pair in points.windows(2) {
                prop_assert!(pair[1].max <= pair[0].max + 1e-9 && pair[1].min >= pair[0].min - 1e-9);
            }
            for point in &points {
                prop_assert!(point.min - 1e-9 <= mean && mean <= point.max + 1e-9);
            }
            let flat = trumpet(&[constant; 24], 1.0, S, &windows);
            let error = 100.0 * (constant - 1.0);
            prop_assert!(flat.iter().all(|point| near(point.min, error) && near(point.max, error)));
        }
    }
}
