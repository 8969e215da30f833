//! The first look at a text that people write: TOML syntax, keys and types, with the messages of a
//! parser turned into those of a scenario, or of another file that has a [`Grammar`].

use super::dialect::first_long_inline_table;
use super::wording::{all_of, closest};
use miette::{Diagnostic, SourceSpan};
use serde::de::DeserializeOwned;
use std::ops::Range;
use thiserror::Error;

/// What is known of a kind of file: the words for its mistakes.
#[derive(Debug)]
pub struct Grammar {
    /// What the file is, with its article.
    pub is: &'static str,
    /// Where each key may be: the table as a person names it, then its keys.
    pub homes: &'static [(&'static str, &'static [&'static str])],
    /// How a value of each key is written, for a value of the wrong type.
    pub examples: &'static [(&'static str, &'static str)],
    /// The name of each table, and its header.
    pub tables: &'static [(&'static str, &'static str)],
    /// Tables that may come several times.
    pub lists: &'static [&'static str],
    /// Whether quantities are numbers without quotes.
    pub bare_numbers: bool,
    /// How a table is written whose key has no example.
    pub details: &'static str,
}

/// Text that is not TOML, or not of a scenario's shape.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
pub enum ShapeMistake {
    /// Not TOML.
    #[error("this is not TOML: {message}")]
    #[diagnostic(code(scenario::syntax), help("{hint}"))]
    Syntax {
        /// The parser's words.
        message: String,
        /// What usually causes it.
        hint: String,
        /// Where.
        #[label("here")]
        at: SourceSpan,
    },
    /// The same key twice in one table.
    #[error("`{key}` is written twice")]
    #[diagnostic(code(scenario::duplicate_key), help("{hint}"))]
    DuplicateKey {
        /// The key.
        key: String,
        /// How to repair it.
        hint: String,
        /// Where.
        #[label("the second `{key}`")]
        at: SourceSpan,
    },
    /// A key that this table does not have.
    #[error("unknown key `{key}` in {table}")]
    #[diagnostic(code(scenario::unknown_key), help("{hint}"))]
    UnknownKey {
        /// As written.
        key: String,
        /// The table, as written.
        table: String,
        /// The nearest key and the whole choice.
        hint: String,
        /// Where.
        #[label("{table} has no such key")]
        at: SourceSpan,
    },
    /// A table that no scenario has.
    #[error("unknown table `{table}`")]
    #[diagnostic(code(scenario::unknown_table), help("{hint}"))]
    UnknownTable {
        /// As written, with its brackets.
        table: String,
        /// The nearest table and the whole choice.
        hint: String,
        /// Where.
        #[label("{is} has no such table")]
        at: SourceSpan,
        /// What the file is.
        is: &'static str,
    },
    /// An inline table over several lines.
    #[error("this inline table goes on past its line")]
    #[diagnostic(
        code(scenario::long_inline_table),
        help(
            "write it on one line; TOML 1.0, which other readers and editors follow, has no longer ones"
        )
    )]
    LongInlineTable {
        /// The brace.
        #[label("opened here, not closed on this line")]
        at: SourceSpan,
    },
    /// A key of another table.
    #[error("`{key}` is in {table}, but belongs to {home}")]
    #[diagnostic(
        code(scenario::misplaced_key),
        help(
            "move it {}; a key belongs to the last `[table]` line above it",
            towards(home)
        )
    )]
    MisplacedKey {
        /// As written.
        key: String,
        /// Where it is.
        table: String,
        /// Where it belongs.
        home: String,
        /// Where.
        #[label("belongs to {home}")]
        at: SourceSpan,
    },
    /// A value of another TOML type.
    #[error("`{key}` is {found}, expected {wanted}")]
    #[diagnostic(code(scenario::wrong_type), help("{hint}"))]
    WrongType {
        /// The key.
        key: String,
        /// The type as written.
        found: String,
        /// The type expected.
        wanted: String,
        /// How to write it.
        hint: String,
        /// Where.
        #[label("expected {wanted}")]
        at: SourceSpan,
    },
}

/// Parses the text of any file that has a grammar.
///
/// # Errors
///
/// [`ShapeMistake`] if it is not TOML, or a key or type is not of the grammar.
pub fn parse_as<T: DeserializeOwned>(text: &str, grammar: &Grammar) -> Result<T, ShapeMistake> {
    let file = toml::from_str(text).map_err(|error| explain(text, &error, grammar))?;
    match first_long_inline_table(text) {
        Some(brace) => Err(ShapeMistake::LongInlineTable {
            at: (brace, 1).into(),
        }),
        None => Ok(file),
    }
}

/// Where to move a line so that it comes to its home.
fn towards(home: &str) -> String {
    if home.starts_with("`[") {
        format!("below {home}")
    } else if home.starts_with('`') {
        format!("into {home}")
    } else {
        "above the first `[table]`, to the other keys of the head".to_owned()
    }
}

fn explain(text: &str, error: &toml::de::Error, grammar: &Grammar) -> ShapeMistake {
    let span = error.span().unwrap_or(0..0);
    let at = SourceSpan::from(span.clone());
    let message = error.message();
    if let Some(rest) = message.strip_prefix("unknown field `") {
        return unknown_key(text, rest, span, grammar);
    }
    if message.starts_with("duplicate key") {
        return duplicate_key(text, span, grammar);
    }
    for prefix in ["invalid type: ", "invalid value: "] {
        if let Some((found, wanted)) = message
            .strip_prefix(prefix)
            .and_then(|rest| rest.split_once(", expected "))
        {
            return wrong_type(text, span, found, wanted, grammar);
        }
    }
    let message = message.lines().collect::<Vec<_>>().join("; ");
    let hint = syntax_hint(text, &message, &span, grammar);
    ShapeMistake::Syntax { message, hint, at }
}

fn unknown_key(text: &str, rest: &str, span: Range<usize>, grammar: &Grammar) -> ShapeMistake {
    let key = rest.split('`').next().unwrap_or_default().to_owned();
    let allowed: Vec<&str> = rest.split('`').skip(2).step_by(2).collect();
    if line_before(text, span.start).trim_start().starts_with('[') {
        return unknown_table(text, &key, span, grammar);
    }
    let table = table_at(text, span.start);
    let at = SourceSpan::from(span);
    let homes: Vec<&str> = grammar
        .homes
        .iter()
        .filter(|(_, keys)| keys.contains(&key.as_str()))
        .map(|(home, _)| *home)
        .collect();
    if let [home, ..] = homes.as_slice() {
        return ShapeMistake::MisplacedKey {
            key,
            table,
            home: (*home).to_owned(),
            at,
        };
    }
    let hint = match (closest(&key, &allowed), allowed.is_empty()) {
        (Some(guess), _) => format!("did you mean `{guess}`? Keys here: {}", all_of(&allowed)),
        (None, true) => format!("{table} takes no details: write `{{}}`"),
        (None, false) => format!("keys here: {}", all_of(&allowed)),
    };
    ShapeMistake::UnknownKey {
        key,
        table,
        hint,
        at,
    }
}

fn unknown_table(text: &str, key: &str, span: Range<usize>, grammar: &Grammar) -> ShapeMistake {
    let tables = grammar.tables;
    let (names, headers): (Vec<&str>, Vec<&str>) = tables.iter().copied().unzip();
    let choice = all_of(&headers);
    let guess =
        closest(key, &names).and_then(|name| tables.iter().find(|(known, _)| *known == name));
    let hint = match guess {
        Some((_, header)) => format!("did you mean `{header}`? Tables: {choice}"),
        None => format!("tables: {choice}"),
    };
    let brackets = line_before(text, span.start).trim().len();
    let table = format!("{}{key}{}", "[".repeat(brackets), "]".repeat(brackets));
    ShapeMistake::UnknownTable {
        table,
        hint,
        at: span.into(),
        is: grammar.is,
    }
}

fn duplicate_key(text: &str, span: Range<usize>, grammar: &Grammar) -> ShapeMistake {
    let key = text.get(span.clone()).unwrap_or_default().to_owned();
    let list = grammar.lists.contains(&key.as_str());
    let header = line_before(text, span.start).trim_start().starts_with('[');
    let hint = if header && !list {
        let header = header_at(text, span.start).unwrap_or(&key);
        format!("keep one `[{header}]`, with all of its keys below")
    } else if list {
        format!("a list is written with double brackets each time: `[[{key}]]`")
    } else {
        "keep one of the two lines".to_owned()
    };
    ShapeMistake::DuplicateKey {
        key,
        hint,
        at: span.into(),
    }
}

fn wrong_type(
    text: &str,
    span: Range<usize>,
    found: &str,
    wanted: &str,
    grammar: &Grammar,
) -> ShapeMistake {
    let key = key_at(text, span.start);
    let value = text.get(span.clone()).unwrap_or_default();
    let found = match found.split([' ', '`']).next().unwrap_or_default() {
        "integer" | "floating" | "float" => format!("the number `{value}`"),
        "string" => format!("the text `{value}`"),
        "boolean" => format!("`{value}`"),
        "map" | "table" if value.starts_with(|c: char| c.is_ascii_digit()) => "a date".to_owned(),
        "map" | "table" => "a table".to_owned(),
        "sequence" | "array" => "a list".to_owned(),
        _ => found.replace('`', ""),
    };
    let wanted = match wanted {
        "a string" | "string" => "text in quotes",
        "u64" => "a whole number from 0",
        "i64" => "a whole number",
        "a sequence" => "a list in `[ ]`",
        "a boolean" => "`true`",
        other if other.starts_with("struct ") => "a table in `{ }`",
        other => other,
    };
    let list = grammar.lists.contains(&key.as_str());
    let is_bare_number = found.starts_with("the number") && wanted == "text in quotes";
    let hint = match grammar.examples.iter().find(|(known, _)| *known == key) {
        _ if list => format!("write `[[{key}]]` with double brackets above the keys"),
        // A factor has no unit; all that is missing are the quotes.
        Some((_, example)) if is_bare_number && is_number_in_quotes(example) => {
            format!("write `{key} = \"{value}\"`")
        }
        Some((_, example)) => format!("write `{key} = {example}`"),
        None if wanted.starts_with("a table") => format!("write `{key} = {}`", grammar.details),
        None => format!("write {wanted}"),
    };
    ShapeMistake::WrongType {
        key,
        found,
        wanted: wanted.to_owned(),
        hint,
        at: span.into(),
    }
}

fn is_number_in_quotes(example: &str) -> bool {
    example.trim_matches('"').parse::<f64>().is_ok()
}

/// The table that holds the key at this offset, as a person names it.
fn table_at(text: &str, offset: usize) -> String {
    let line = line_before(text, offset);
    if let Some((key, _)) = line
        .split_once('=')
        .filter(|(_, value)| value.contains('{'))
    {
        return format!("`{}`", key.trim());
    }
    header_above(text, offset)
        .map_or_else(|| "the head of the file".to_owned(), |h| format!("`{h}`"))
}

/// The key whose value begins at this offset, or the name of the table there.
fn key_at(text: &str, offset: usize) -> String {
    let line = line_before(text, offset);
    if line
        .split_once('=')
        .is_some_and(|(_, value)| value.trim_start().starts_with('['))
    {
        return line.split('=').next().unwrap_or_default().trim().to_owned();
    }
    let before = line.trim_end().trim_end_matches('=').trim_end();
    let start = before
        .rfind(['{', ',', ' ', '\t'])
        .map_or(0, |found| found + 1);
    let key = before[start..].trim();
    let key = if key.is_empty() {
        line.split('=').next().unwrap_or_default().trim()
    } else {
        key
    };
    if key.is_empty() {
        let rest = text.get(offset..).unwrap_or_default();
        let line = rest.lines().next().unwrap_or_default();
        return line.trim_matches(['[', ']', ' ']).to_owned();
    }
    key.trim_matches(['[', ']']).to_owned()
}

/// The name in the header on the line of this offset.
fn header_at(text: &str, offset: usize) -> Option<&str> {
    let start = offset - line_before(text, offset).len();
    let line = text.get(start..)?.lines().next()?;
    let name = line.trim().strip_prefix('[')?.split(']').next()?;
    Some(name.trim_start_matches('['))
}

fn header_above(text: &str, offset: usize) -> Option<&str> {
    let above = text.get(..offset)?;
    above
        .lines()
        .rev()
        .map(str::trim)
        .find(|line| line.starts_with('['))
        .map(|line| line.split('#').next().unwrap_or_default().trim())
}

fn line_before(text: &str, offset: usize) -> &str {
    let above = text.get(..offset).unwrap_or_default();
    above.rsplit('\n').next().unwrap_or_default()
}

/// The usual cause of a syntax mistake on this line.
fn syntax_hint(text: &str, message: &str, span: &Range<usize>, grammar: &Grammar) -> String {
    let start = text
        .get(..span.start)
        .and_then(|above| above.rfind('\n'))
        .map_or(0, |end| end + 1);
    let line = text
        .get(start..)
        .and_then(|rest| rest.lines().next())
        .unwrap_or_default()
        .trim();
    if message.contains("inline table") {
        return "close the braces on their own line: `{ … }`; see this line and the one above"
            .to_owned();
    }
    let value = line
        .split_once('=')
        .map(|(key, value)| (key.trim(), value.trim()));
    match value {
        Some((key, "")) => format!("write a value after `{key} =`"),
        Some((key, value))
            if grammar.bare_numbers && value.starts_with(|c: char| c.is_ascii_digit()) =>
        {
            format!("write a number without its unit, with a decimal point: `{key} = 36.0`")
        }
        Some((key, value)) if !value.starts_with(['"', '{', '[', '\'']) => {
            format!(
                "text and quantities are quoted: `{key} = \"{}\"`",
                value.trim_matches('"')
            )
        }
        Some((_, value)) if value.starts_with('"') && value.matches('"').count() == 1 => {
            "close the quotes at the end of the line".to_owned()
        }
        Some((_, value)) if value.matches('{').count() > value.matches('}').count() => {
            "close the braces on the same line: `{ … }`".to_owned()
        }
        None if line.starts_with('[') && line.matches('[').count() != line.matches(']').count() => {
            format!("close as many brackets as you open: `{0}`", closed(line))
        }
        _ => "a line is `key = value`, a comment begins with `#`".to_owned(),
    }
}

/// The header with as many closing brackets as opening ones.
fn closed(header: &str) -> String {
    let open = header.chars().take_while(|c| *c == '[').count();
    format!(
        "{}{}",
        header.trim_end_matches([']', ' ']),
        "]".repeat(open)
    )
}
