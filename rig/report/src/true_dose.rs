//! The true dose beside the commanded one and the prescribed limits, in words.

use super::record::{Run, TrueWindowRecord};
use thecal_plan::Dimension;
use thecal_plan::number::{format_checked, format_value};
use thecal_units::{Millis, SimTime};

/// Whether it was judged, and the largest in a window of each length.
pub(super) fn in_words(run: &Run) -> Vec<(&'static str, String)> {
    let found = &run.true_dose;
    let judged = match found.not_judged.join("; ") {
        _ if !found.limited => "no limits to hold against it".into(),
        why if why.is_empty() => "held against the limits too".into(),
        why => format!("not held against the limits: {why}"),
    };
    let windows = found.largest.iter().map(|largest| ("", window(largest)));
    [("true dose", judged)].into_iter().chain(windows).collect()
}

/// The largest in a window of one length, the limit and the commanded dose beside it.
fn window(largest: &TrueWindowRecord) -> String {
    let mass = |ug| format_checked(ug, Dimension::Mass);
    let until = SimTime::from_millis(largest.until_ms).spelled();
    let until = if largest.dose_ug <= 0.0 {
        String::new()
    } else if largest.until_ms < largest.window_ms {
        format!(", from the start to {until}")
    } else {
        format!(", until {until}")
    };
    let mut text = format!(
        "largest in any {}: {}{until}",
        Millis::from_millis(largest.window_ms).spelled(),
        mass(largest.dose_ug),
    );
    if let Some(limit_ug) = largest.limit_ug {
        text.push_str(&format!("; limit {}", mass(limit_ug)));
        // Where it matters.
        if let Some(tolerance_ug) = largest.tolerance_ug
            && largest.dose_ug > limit_ug
        {
            let tolerance = mass(tolerance_ug);
            text.push_str(&format!(" and {tolerance} of tolerance"));
        }
    }
    text.push_str(&format!("; commanded {}", mass(largest.commanded_ug)));
    if largest.clinician_ug > 0.0 && largest.limit_ug.is_some() {
        let clinician = format_value(largest.clinician_ug, Dimension::Mass);
        text.push_str(&format!(
            "; some {clinician} of it a clinician's bolus, which no limit holds back (REQ-BOL-039)"
        ));
    }
    text
}
