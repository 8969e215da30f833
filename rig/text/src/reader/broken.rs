//! Diagnosis of the place where the parser stopped, from the text alone: keys and values here,
//! brackets and quotes in the files beside.

mod brackets;
mod quotes;

use super::scan::{Place, Scan, first_word, is_of_key, line_of, string_length};
use super::schema::{FileKind, Value};
use super::shape::ShapeMistake;
use std::ops::Range;

/// Diagnosis of a place where the parser stopped.
pub(super) enum Finding {
    /// A duplicate key; the text is valid TOML otherwise.
    Twice {
        mistake: ShapeMistake,
        /// Start of the second one.
        at: usize,
    },
    /// A value without quotes, which may be text or a number that TOML does not support.
    Bare(Range<usize>),
    /// One or more lines that are discarded.
    Broken {
        mistake: ShapeMistake,
        lines: Range<usize>,
    },
}

/// Diagnoses the place where the parser stopped.
pub(super) fn find(text: &str, error: &Range<usize>, scan: &Scan<'_>, kind: &FileKind) -> Finding {
    let stop = Stop {
        text,
        at: error.start,
        line: line_of(text, error.start),
        scan,
        kind,
    };
    if let Place::Text(start) = stop.scan.place {
        return stop.string(start);
    }
    if let Some(twice) = stop.twice(error) {
        return twice;
    }
    if let Some(opener) = stop.unclosed() {
        return stop.bracket(opener);
    }
    if let Some(crossed) = stop.crossed() {
        return crossed;
    }
    match stop.scan.place {
        Place::Header => stop.header(),
        Place::Key if stop.scan.open.is_empty() => stop.key(),
        Place::Key => stop.pair(),
        Place::Value(start) => stop.value(start),
        Place::After => stop.after(),
        Place::Text(_) | Place::Comment => stop.broken(
            "this character cannot be in a text file",
            "not a character of a text",
            "remove it, or type the line again",
            stop.line.clone(),
        ),
    }
}

/// The diagnosis of a line if there is no better one.
pub(super) fn not_understood(text: &str, error: &Range<usize>) -> Finding {
    let lines = line_of(text, error.start);
    let at = error.start..error.end.min(lines.end).max(error.start);
    let mistake = ShapeMistake::Syntax {
        message: "this line is not TOML".to_owned(),
        label: "not understood from here on".to_owned(),
        hint: "a line is `key = value`, a comment begins with `#`".to_owned(),
        at: at.into(),
    };
    Finding::Broken { mistake, lines }
}

/// A place where the parser stopped.
struct Stop<'t> {
    text: &'t str,
    at: usize,
    line: Range<usize>,
    /// A scan up to this place.
    scan: &'t Scan<'t>,
    kind: &'t FileKind,
}

impl Stop<'_> {
    fn broken(
        &self,
        message: impl Into<String>,
        label: impl Into<String>,
        hint: impl Into<String>,
        at: Range<usize>,
    ) -> Finding {
        let lines = self.line.clone();
        self.broken_lines(message, label, hint, (at, lines))
    }

    fn broken_lines(
        &self,
        message: impl Into<String>,
        label: impl Into<String>,
        hint: impl Into<String>,
        (at, lines): (Range<usize>, Range<usize>),
    ) -> Finding {
        let mistake = ShapeMistake::Syntax {
            message: message.into(),
            label: label.into(),
            hint: hint.into(),
            at: at.into(),
        };
        Finding::Broken { mistake, lines }
    }

    fn get(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default()
    }

    /// The line without blanks and comment; a `#` in quotes also ends it, which affects only
    /// messages.
    fn content(&self) -> (&str, Range<usize>) {
        let line = self.get(self.line.clone());
        let start = self.line.start + line.len() - line.trim_start().len();
        let plain = match line.split_once('#') {
            Some((before, _)) if !before.contains(['"', '\'']) => before,
            _ => line,
        };
        let content = plain.trim();
        (content, start..start + content.len())
    }

    /// An example of the value of this key, if any table has it.
    fn example(&self, key: &str) -> Option<&'static str> {
        self.kind.head.anywhere(key).map(|row| row.example)
    }

    fn for_example(&self, key: &str) -> String {
        let example = self.example(key);
        example.map_or(String::new(), |example| {
            format!(", for example `{key} = {example}`")
        })
    }

    /// A complete key at the place of a key: the only possible mistake is that it exists already.
    fn twice(&self, error: &Range<usize>) -> Option<Finding> {
        let key = self.get(error.clone());
        let is_key = !key.is_empty() && key.chars().all(|c| is_of_key(c) && c != '.')
            || (key.len() > 1
                && key.starts_with(['"', '\''])
                && string_length(key) == (key.len(), true));
        let place = self.scan.place;
        let after = self.get(error.end..self.line.end).trim_start();
        let is_whole = match place {
            Place::Header => after.starts_with(['.', ']']),
            Place::Key => after.starts_with(['.', '=']),
            _ => false,
        };
        if !is_key || !is_whole {
            return None;
        }
        let root = self.kind.head.key(key);
        let is_list = root.is_some_and(|row| matches!(row.value, Value::Tables(_)));
        let hint = match (place, after.starts_with('.')) {
            (_, true) => format!("write all of `{key}` in one place"),
            _ if is_list => {
                format!("a list is written with double brackets each time: `[[{key}]]`")
            }
            (Place::Header, _) => {
                let (header, _) = self.content();
                let name = header.trim_matches(['[', ']']);
                format!("keep one `[{name}]`, with all of its keys below")
            }
            _ => "keep one of the two lines".to_owned(),
        };
        let mistake = ShapeMistake::DuplicateKey {
            key: key.to_owned(),
            hint,
            at: error.clone().into(),
        };
        let at = error.start;
        Some(Finding::Twice { mistake, at })
    }

    /// A line that ends before its `=`, or has no key before it.
    fn key(&self) -> Finding {
        let (content, at) = self.content();
        let word = first_word(content);
        let rest = content[word.len()..].trim_start();
        let pair = "a line is `key = value`, a comment begins with `#`";
        if let Some((key, _)) = content.split_once('=').filter(|_| !rest.starts_with(':')) {
            let key = key.trim();
            return if key.is_empty() {
                self.broken("there is no key before `=`", "expected a key", pair, at)
            } else {
                let dashed: Vec<&str> = key.split_whitespace().collect();
                let dashed = dashed.join("-").to_lowercase();
                let hint = match self.example(&dashed) {
                    Some(_) => format!("write `{dashed}`"),
                    None => "a key is made of letters, digits, `-` and `_`".to_owned(),
                };
                let end = at.start + key.len();
                self.broken(
                    format!("`{key}` is not a key"),
                    "not a key",
                    hint,
                    at.start..end,
                )
            };
        }
        if word.is_empty() || rest.is_empty() && self.example(word).is_none() {
            let message = format!("`{content}` is not a line of TOML");
            return self.broken(message, "expected `key = value`", pair, at);
        }
        if content.ends_with(']') && !rest.contains('[') {
            let message = format!("`{content}` lacks its first bracket");
            return self.broken(message, "not a header", format!("write `[{word}]`"), at);
        }
        if rest.is_empty() {
            let message = format!("`{word}` has no value");
            let hint = format!("write `{word} =` and a value{}", self.for_example(word));
            return self.broken(message, "expected `=` and a value", hint, at);
        }
        let value = rest.trim_start_matches(':').trim();
        let is_whole = value.starts_with(['"', '\'', '[', '{']) || value.parse::<f64>().is_ok();
        let hint = match self.example(word) {
            Some(_) if is_whole => format!("write `{word} = {value}`"),
            Some(example) if example.starts_with('"') && !value.contains(['"', '\\']) => {
                format!("write `{word} = \"{value}\"`")
            }
            Some(example) => format!("for example `{word} = {example}`"),
            None => pair.to_owned(),
        };
        let message = format!("`{word}` has no `=`");
        let at = at.start..at.start + word.len();
        self.broken(message, "expected `=` after it", hint, at)
    }

    /// An entry in braces that is not `key = value`.
    fn pair(&self) -> Finding {
        let (content, at) = self.content();
        let key = first_word(content);
        let hint = match self.example(key) {
            Some(example) if example.starts_with('{') => {
                format!("write such as `{key} = {example}`")
            }
            _ => "write `{ key = value, key = value }`".to_owned(),
        };
        let here = self.at.clamp(at.start, at.end)..at.end;
        let message = "braces hold only `key = value` pairs, with commas between";
        self.broken(message, "expected `key = value`", hint, here)
    }

    /// A value that is missing, unquoted, or a number that TOML does not support.
    fn value(&self, start: Option<usize>) -> Finding {
        let rest = self.get(start.unwrap_or(self.at)..self.line.end);
        let start = start.unwrap_or(self.at) + rest.len() - rest.trim_start().len();
        let rest = rest.trim_start();
        let end = if self.scan.open.is_empty() {
            rest.find('#')
        } else {
            rest.find(['#', ',', ']', '}'])
        };
        let raw = rest[..end.unwrap_or(rest.len())].trim_end();
        let value = start..start + raw.len();
        let (content, at) = self.content();
        let word = first_word(content);
        if raw.starts_with([']', '}']) && self.scan.open.is_empty() {
            let message = format!("`{}` closes nothing", &rest[..1]);
            let hint = format!("write a value{}", self.for_example(word));
            return self.broken(message, "never opened", hint, start..start + 1);
        }
        if raw.is_empty() {
            let before = self
                .get(self.line.start..start)
                .trim_end()
                .trim_end_matches('=');
            let last = before
                .rsplit(['{', ',', '[', ' ', '\t'])
                .find(|key| !key.is_empty());
            let key = if self.scan.open.is_empty() {
                word
            } else {
                last.unwrap_or(word)
            };
            let message = format!("`{key}` has no value");
            let hint = format!("write a value after `{key} =`{}", self.for_example(key));
            return self.broken(message, "expected a value after it", hint, at);
        }
        if raw.starts_with('=') {
            let message = "`=` is written twice";
            return self.broken(message, "one too many", "write one `=`", start..start + 1);
        }
        if !self.scan.open.is_empty() && raw.contains('=') {
            return self.no_comma(value);
        }
        Finding::Bare(value)
    }

    /// Something after a complete value.
    fn after(&self) -> Finding {
        let rest = self.get(self.at..self.line.end);
        let start = self.at + rest.len() - rest.trim_start().len();
        let at = start..self.at + rest.trim_end().len();
        if !self.scan.open.is_empty() {
            return self.no_comma(at);
        }
        let (content, _) = self.content();
        let key = first_word(content);
        let hint = if content.contains(['"', '\'']) {
            "text ends at the next quote; write `\\\"` for a quote inside it; a comment begins with `#`"
        } else {
            "nothing but a comment may follow a value; it begins with `#`"
        };
        let message = format!("something follows the value of `{key}`");
        self.broken(
            message,
            "expected the end of the line",
            hint,
            at.start..at.end.max(at.start),
        )
    }

    fn no_comma(&self, at: Range<usize>) -> Finding {
        let hint = "write `,` between two values of a list, and between two keys in braces";
        self.broken(
            "a comma is missing",
            "expected `,` before or in this",
            hint,
            at,
        )
    }
}

/// The lines from this offset on, each with its start.
fn lines_from(text: &str, offset: usize) -> impl Iterator<Item = (usize, &str)> {
    let mut start = offset;
    let below = text.get(offset..).unwrap_or_default();
    below.split_inclusive('\n').map(move |line| {
        let from = start;
        start += line.len();
        (from, line.trim_end_matches(['\n', '\r']))
    })
}
