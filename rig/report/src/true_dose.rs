//! The true dose beside the prescribed limits, in words.

use super::record::{Run, TrueWindowRecord};
use thecal_plan::Dimension;
use thecal_plan::number::format_checked;
use thecal_units::{Millis, SimTime};

/// Whether it was judged, and the largest in a window of
/// each; none if no limits were prescribed.
pub(super) fn in_words(run: &Run) -> Vec<(&'static str, String)> {
    let Some(found) = &run.true_dose else {
        return Vec::new();
    };
    let judged = match found.not_judged.join("; ") {
        why if why.is_empty() => "held against the limits too".into(),
        why => format!("not held against the limits: {why}"),
    };
    let window = |largest: &TrueWindowRecord| {
        let mass = |ug| format_checked(ug, Dimension::Mass);
        let until = SimTime::from_millis(largest.until_ms).spelled();
        let until = if largest.until_ms < largest.window_ms {
            format!("from the start to {until}")
        } else {
            format!("until {until}")
        };
        let text = format!(
            "largest in any {}: {}, {until}; limit {}",
            Millis::from_millis(largest.window_ms).spelled(),
            mass(largest.dose_ug),
            mass(largest.limit_ug),
        );
        ("", text)
    };
    let windows = found.largest.iter().map(window);
    [("true dose", judged)].into_iter().chain(windows).collect()
}
