//! What a finding observed, its limit and its margin, as people read them.

use thecal_engine::verdict::Observed;
use thecal_plan::number::format_value;

/// What was observed, for a report.
#[must_use]
pub fn observed(observed: &Observed) -> String {
    match *observed {
        Observed::Value(value, dimension) => format_value(value, dimension),
        Observed::Span(span) => span.to_string(),
        Observed::Late(span) => format!("-{span}"),
        Observed::At(at) => format!("at {at}"),
        Observed::Never => "never".into(),
        Observed::Nothing => "-".into(),
    }
}
