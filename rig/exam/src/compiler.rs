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
    /// Bugs within what the other messages are about, each of which may or may not be the cause.
    pub(crate) suspects: BTreeSet<Number>,
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

/// Where bugs are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blamed {
    /// In the arm of a bug.
    Arm,
    /// In a whole switch: the type of an arm may only be noticed at another.
    Switch,
}

/// Knows which bugs a message can be about.
pub(crate) trait Culprits {
    /// The bugs at some bytes of a file, innermost.
    fn bugs_at(&self, file: &str, bytes: &Bytes, what: Blamed) -> Vec<Number>;

    /// The bugs whose switches are within these bytes of a file.
    fn bugs_within(&self, file: &str, bytes: &Bytes) -> Vec<Number>;

    /// The bugs that took the `const` from a function of this name.
    fn bugs_of_function(&self, name: &str) -> Vec<Number>;
}

/// Runs cargo with messages as JSON; `None` if it succeeds.
pub(crate) fn run(
    command: &mut Command,
    culprits: &impl Culprits,
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
        suspects: BTreeSet::new(),
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
            let bugs = blamed(&message, culprits);
            if bugs.is_empty() {
                mistakes.suspects.extend(suspected(&message, culprits));
            }
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

/// The bugs that a message is about: by the arm it points at, else by another place that it mentions,
/// else by a function that is no longer `const`, else by the switch around its place.
fn blamed(message: &Message, culprits: &impl Culprits) -> Vec<Number> {
    let primary = || message.spans.iter().filter(|span| span.is_primary);
    let more = message.children.iter().flat_map(|child| &child.spans);
    let mentioned = message.spans.iter().chain(more);
    let at = |spans: &mut dyn Iterator<Item = &Span>, what| -> Vec<Number> {
        let bugs = spans.flat_map(|span| {
            culprits.bugs_at(&span.file_name, &(span.byte_start..span.byte_end), what)
        });
        bugs.collect()
    };
    let of_functions = || {
        let quoted = message.message.split('`').skip(1).step_by(2);
        let names = quoted.filter_map(|path| path.rsplit("::").next());
        names
            .flat_map(|name| culprits.bugs_of_function(name))
            .collect()
    };
    let mut bugs = at(&mut primary(), Blamed::Arm);
    if bugs.is_empty() {
        bugs = at(&mut mentioned.into_iter(), Blamed::Arm);
    }
    if bugs.is_empty() {
        bugs = of_functions();
    }
    if bugs.is_empty() {
        bugs = at(&mut primary(), Blamed::Switch);
    }
    bugs
}

/// The bugs within the place that a message points at.
fn suspected(message: &Message, culprits: &impl Culprits) -> Vec<Number> {
    let primary = message.spans.iter().filter(|span| span.is_primary);
    let within = primary
        .map(|span| culprits.bugs_within(&span.file_name, &(span.byte_start..span.byte_end)));
    within.flatten().collect()
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

    /// A switch in the bytes 10 to 90, whose arm is in 10 to 20, and a function.
    struct Known;

    impl Culprits for Known {
        fn bugs_at(&self, file: &str, bytes: &Bytes, what: Blamed) -> Vec<Number> {
            assert_eq!(file, "firmware/src/a.rs");
            let end = match what {
                Blamed::Arm => 20,
                Blamed::Switch => 90,
            };
            if (10..end).contains(&bytes.start) {
                vec![3]
            } else {
                Vec::new()
            }
        }

        fn bugs_within(&self, _file: &str, bytes: &Bytes) -> Vec<Number> {
            if bytes.start <= 10 && 90 <= bytes.end {
                vec![3]
            } else {
                Vec::new()
            }
        }

        fn bugs_of_function(&self, name: &str) -> Vec<Number> {
            if name == "new" { vec![5] } else { Vec::new() }
        }
    }

    #[test]
    fn a_message_is_about_the_bug_at_its_place_or_the_function_it_names() {
        let about = |message: &Message| blamed(message, &Known);
        assert_eq!(about(&message("mismatched types", (12, 13), None)), [3]);
        assert_eq!(about(&message("moved", (95, 96), Some(12))), [3]);
        let text = "cannot call non-const associated function `Twin::new` in constants";
        assert_eq!(about(&message(text, (50, 60), None)), [5]);
        assert_eq!(about(&message("incompatible", (50, 60), None)), [3]);
        assert!(about(&message("odd", (95, 96), None)).is_empty());
        let around = message("does not diverge", (5, 95), None);
        assert!(about(&around).is_empty());
        assert_eq!(suspected(&around, &Known), [3]);
    }
}
