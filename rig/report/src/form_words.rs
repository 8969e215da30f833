//! The forms of expectations in words: what a report says that must be true.

use thecal_plan::Form;

/// What a form requires, in one line.
pub(super) fn rule(form: &Form) -> String {
    match form {
        Form::Always { that, from, until } => {
            format!("always {} from {from} to {until}", that.text)
        }
        Form::Never { that, from, until } => {
            format!("never {} from {from} to {until}", that.text)
        }
        Form::Eventually { that, from, until } => {
            format!("eventually {} from {from} to {until}", that.text)
        }
        Form::Until {
            hold,
            goal,
            from,
            until,
        } => format!("{} until {}, from {from} to {until}", hold.text, goal.text),
        Form::Response {
            when, then, within, ..
        } => format!("each time {}, {} within {within}", when.text, then.text),
        Form::Count {
            of,
            window,
            at_least,
            at_most,
        } => {
            let window = window.map_or("the whole run".into(), |window| format!("any {window}"));
            let least = at_least.map(|bound| format!(">= {bound}"));
            let most = at_most.map(|bound| format!("<= {bound}"));
            let bounds: Vec<String> = least.into_iter().chain(most).collect();
            format!("count of {of} in {window} {}", bounds.join(" and "))
        }
    }
}
