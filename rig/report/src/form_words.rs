//! The forms of expectations in words: what a report says that must be true.

use thecal_plan::{Form, Predicate};
use thecal_units::SimTime;

/// What a form requires, in one line.
pub(super) fn rule(form: &Form) -> String {
    match form {
        Form::Always { that, from, until } => {
            format!("always {} {}", that.text, interval(*from, *until))
        }
        Form::Never { that, from, until } => {
            format!("never {} {}", that.text, interval(*from, *until))
        }
        Form::Eventually { that, from, until } => {
            format!("eventually {} {}", that.text, interval(*from, *until))
        }
        Form::Until {
            hold,
            goal,
            from,
            until,
        } => format!(
            "{} until {}, {}",
            hold.text,
            goal.text,
            interval(*from, *until)
        ),
        Form::Response {
            when, then, within, ..
        } => format!(
            "each time {}, {} within {}",
            when.text,
            then.text,
            within.spelled()
        ),
        Form::Count {
            of,
            window,
            at_least,
            at_most,
        } => {
            let window = window.map_or("the whole run".into(), |window| {
                format!("any {}", window.spelled())
            });
            let least = at_least.map(|bound| format!(">= {bound}"));
            let most = at_most.map(|bound| format!("<= {bound}"));
            let bounds = match (at_least, at_most) {
                (Some(least), Some(most)) if least == most => format!("= {most}"),
                _ => {
                    let bounds: Vec<String> = least.into_iter().chain(most).collect();
                    bounds.join(" and ")
                }
            };
            format!("count of {of} in {window} {bounds}")
        }
    }
}

/// An interval in words; one instant where it has no length.
fn interval(from: SimTime, until: SimTime) -> String {
    if from == until {
        format!("at {}", from.spelled())
    } else {
        format!("from {} to {}", from.spelled(), until.spelled())
    }
}

/// Whether it asks for a state at one instant: then figures say nothing.
pub(super) fn is_of_a_state_at_an_instant(form: &Form) -> bool {
    match form {
        Form::Eventually { that, from, until } => from == until && bare(that),
        Form::Always { .. }
        | Form::Never { .. }
        | Form::Until { .. }
        | Form::Response { .. }
        | Form::Count { .. } => false,
    }
}

/// Whether it asks for a state and not for a number: then figures of it say nothing.
pub(super) fn is_of_a_state(form: &Form) -> bool {
    match form {
        Form::Always { that, .. } | Form::Never { that, .. } => bare(that),
        Form::Eventually { .. }
        | Form::Until { .. }
        | Form::Response { .. }
        | Form::Count { .. } => false,
    }
}

/// Whether it names a state without a number.
fn bare(that: &Predicate) -> bool {
    !that.text.contains(['<', '>', '='])
}
