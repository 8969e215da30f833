//! Runs cargo on the copy, and tells which bugs its messages are about.

use crate::ExamError;
use crate::bug::Bug;
use crate::outline::Bytes;
use crate::switch::Number;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::process::{Command, Stdio};

/// Why the copy does not compile.
pub(crate) struct Mistakes {
    /// The bugs that the messages are about.
    pub(crate) bugs: BTreeSet<Number>,
    /// The first message about each bug, or about none.
    first: Vec<(Option<Number>, String)>,
}

impl Mistakes {
    /// The error that names the first of these bugs.
    pub(crate) fn of(&self, bugs: &[Bug]) -> ExamError {
        let blamed = self.first.iter().find(|(bug, _)| bug.is_some());
        let Some((bug, message)) = blamed.or(self.first.first()) else {
            return ExamError::Unusable("the copy does not build".to_owned());
        };
        let bug = bug.and_then(|number| bugs.get(number.checked_sub(1)?));
        let why = format!("the copy does not compile with it:\n{message}");
        bug.map_or_else(
            || ExamError::Unusable(format!("the copy does not build:\n{message}")),
            |bug| ExamError::bug(&bug.name, &why),
        )
    }
}

#[derive(Deserialize)]
struct Line {
    reason: String,
    message: Option<Message>,
}

#[derive(Deserialize)]
struct Message {
    level: String,
    message: String,
    rendered: Option<String>,
    spans: Vec<Span>,
    children: Vec<Message>,
}

#[derive(Deserialize)]
struct Span {
    file_name: String,
    byte_start: usize,
    byte_end: usize,
    is_primary: bool,
}

/// Runs cargo with messages as JSON; `None` if it succeeds. `bug_at` knows the bug at some bytes of a
/// file, `bugs_of` those of a function by its name.
pub(crate) fn run(
    command: &mut Command,
    bug_at: impl Fn(&str, &Bytes) -> Option<Number>,
    bugs_of: &dyn Fn(&str) -> Vec<Number>,
) -> Result<Option<Mistakes>, ExamError> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| ExamError::Unusable(format!("cargo does not start: {error}")))?;
    if output.status.success() {
        return Ok(None);
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let mut mistakes = Mistakes {
        bugs: BTreeSet::new(),
        first: Vec::new(),
    };
    for line in text.lines() {
        // Cargo's other lines are of other forms.
        let Ok(line) = serde_json::from_str::<Line>(line) else {
            continue;
        };
        if let ("compiler-message", Some(message)) = (line.reason.as_str(), line.message)
            && message.level == "error"
        {
            let bugs = blamed(&message, &bug_at, bugs_of);
            let shown = message.rendered.unwrap_or(message.message);
            mistakes.first.push((bugs.first().copied(), shown));
            mistakes.bugs.extend(bugs);
        }
    }
    if mistakes.first.is_empty() {
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        mistakes.first.push((None, words));
    }
    Ok(Some(mistakes))
}

/// The bugs that a message is about: by the place it points at, else by another place that it
/// mentions, else by a function that is no longer `const`.
fn blamed(
    message: &Message,
    bug_at: &impl Fn(&str, &Bytes) -> Option<Number>,
    bugs_of: &dyn Fn(&str) -> Vec<Number>,
) -> Vec<Number> {
    let of = |spans: &mut dyn Iterator<Item = &Span>| -> Vec<Number> {
        spans
            .filter_map(|span| bug_at(&span.file_name, &(span.byte_start..span.byte_end)))
            .collect()
    };
    let primary = of(&mut message.spans.iter().filter(|span| span.is_primary));
    if !primary.is_empty() {
        return primary;
    }
    let more = message.children.iter().flat_map(|child| &child.spans);
    let mentioned = of(&mut message.spans.iter().chain(more));
    if !mentioned.is_empty() {
        return mentioned;
    }
    let quoted = message.message.split('`').skip(1).step_by(2);
    let names = quoted.filter_map(|path| path.rsplit("::").next());
    names.flat_map(bugs_of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str, primary: (usize, usize), mentioned: Option<usize>) -> Message {
        let span = |start, end, is_primary| Span {
            file_name: "firmware/src/a.rs".to_owned(),
            byte_start: start,
            byte_end: end,
            is_primary,
        };
        let mut spans = vec![span(primary.0, primary.1, true)];
        spans.extend(mentioned.map(|start| span(start, start + 1, false)));
        Message {
            level: "error".to_owned(),
            message: text.to_owned(),
            rendered: None,
            spans,
            children: Vec::new(),
        }
    }

    #[test]
    fn a_message_is_about_the_bug_at_its_place_or_the_function_it_names() {
        let bug_at = |file: &str, bytes: &Bytes| {
            assert_eq!(file, "firmware/src/a.rs");
            (10..20).contains(&bytes.start).then_some(3)
        };
        let bugs_of = |name: &str| if name == "new" { vec![5] } else { Vec::new() };
        let about = |message: &Message| blamed(message, &bug_at, &bugs_of);
        assert_eq!(about(&message("mismatched types", (12, 13), None)), [3]);
        assert_eq!(about(&message("moved", (50, 60), Some(12))), [3]);
        let text = "cannot call non-const associated function `Twin::new` in constants";
        assert_eq!(about(&message(text, (50, 60), None)), [5]);
        assert!(about(&message("odd", (50, 60), None)).is_empty());
    }
}
