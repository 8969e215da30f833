//! Messages for a value that does not match its row: what is written, what is expected, and how to
//! write it. A suggestion keeps what is written; otherwise it is called an example.

use super::schema::{Key, Need, Table, Value};
use super::shape::ShapeMistake;
use super::walk::{Slot, Walk};
use crate::quantity;
use crate::unit::Kind;
use crate::wording::{all_of, any_of};
use std::ops::Range;
use toml::Spanned;
use toml::de::DeValue;

/// Quotes used by word processors.
const TYPOGRAPHIC: [char; 8] = ['“', '”', '„', '‟', '‘', '’', '«', '»'];

/// The message for a value of another type than its row expects.
pub(super) fn wrong_type(
    value: &Spanned<DeValue<'_>>,
    slot: &Slot<'_>,
    walk: &Walk<'_>,
) -> ShapeMistake {
    let at = value.span();
    let raw = walk.written(at.clone());
    let bare = walk.bare(&at);
    let found = match value.get_ref() {
        _ if bare.is_some() => format!("`{raw}`"),
        DeValue::Integer(_) | DeValue::Float(_) => format!("the number `{raw}`"),
        DeValue::String(_) => format!("the text `{raw}`"),
        DeValue::Boolean(_) => format!("`{raw}`"),
        DeValue::Datetime(_) => "a date".to_owned(),
        DeValue::Array(list) => match slot.value {
            Value::Numbers(_) => format!("a list of {}", list.len()),
            _ => "a list".to_owned(),
        },
        DeValue::Table(_) => "a table".to_owned(),
    };
    let hint = match (value.get_ref(), slot.value) {
        (DeValue::Table(_), Value::Tables(_)) => {
            format!(
                "write `[[{}]]` with double brackets above the keys",
                slot.key
            )
        }
        (DeValue::Array(_), Value::Table(_)) if walk.is_header(&at) => {
            format!("write `[{}]` with single brackets above the keys", slot.key)
        }
        (DeValue::String(text), _) if bare.is_none() => hint(slot, Written::Text(text)),
        (DeValue::Integer(_) | DeValue::Float(_), _) if bare.is_none() => {
            hint(slot, Written::Number(raw))
        }
        (DeValue::Array(list), _) => {
            let first = list.iter().next().and_then(|item| item.get_ref().as_str());
            hint(slot, Written::List(first))
        }
        (DeValue::Table(_), _) => hint(slot, Written::Other),
        (DeValue::Datetime(_), _) => hint(slot, Written::Other),
        _ => hint(slot, Written::Bare(raw)),
    };
    ShapeMistake::WrongType {
        key: slot.key.to_owned(),
        found,
        wanted: wanted(slot.value),
        hint,
        at: at.into(),
    }
}

/// The message for text or a quantity without quotes, and the text that is meant.
pub(super) fn without_quotes(
    raw: &str,
    at: Range<usize>,
    slot: &Slot<'_>,
) -> (ShapeMistake, String) {
    let text = raw
        .trim_matches(TYPOGRAPHIC)
        .trim_matches(['"', '\''])
        .trim();
    let (what, means) = if raw.starts_with(TYPOGRAPHIC) {
        ("typographic quotes", "write straight quotes")
    } else {
        ("no quotes", "text and quantities are quoted")
    };
    let quoted = format!("\"{text}\"");
    let is_taken = match slot.value {
        Value::Quantity(kind, _) => is_quantity(text, *kind),
        Value::WordOrQuantity(word, kind, _) => text == *word || is_quantity(text, *kind),
        Value::Word(words) => words().contains(&text),
        _ => true,
    };
    let hint = if is_taken && DeValue::parse(&quoted).is_ok() {
        format!("{means}: `{}`", line(slot, &quoted))
    } else {
        means.to_owned()
    };
    let mistake = ShapeMistake::MissingQuotes {
        key: slot.key.to_owned(),
        what,
        hint,
        at: at.into(),
    };
    (mistake, text.to_owned())
}

/// Whether this is a valid quantity of this kind.
fn is_quantity(text: &str, kind: Kind) -> bool {
    quantity::limit(text, kind, (0, 0).into()).is_ok()
}

/// The type in plain words.
fn wanted(value: &Value) -> String {
    match value {
        Value::Text | Value::Word(_) | Value::Quantity(..) | Value::WordOrQuantity(..) => {
            "text in quotes".to_owned()
        }
        Value::Texts => "text in quotes, or a list of texts".to_owned(),
        Value::Integer { least: 0, .. } => "a whole number from 0".to_owned(),
        Value::Integer { .. } => "a whole number".to_owned(),
        Value::Number => "a number".to_owned(),
        Value::Numbers(count) => format!("a list of {count} numbers in `[ ]`"),
        Value::Bool => "`true`".to_owned(),
        Value::List(_) | Value::Tables(_) => "a list in `[ ]`".to_owned(),
        Value::Table(_) => "a table in `{ }`".to_owned(),
    }
}

/// Both ends of a range of integers; `None` if only the type has ends.
pub(super) fn whole_range(least: i128, most: i128, of: &str) -> Option<String> {
    let is_bounded = most < i128::from(i64::MAX);
    is_bounded.then(|| format!("{least} to {most} {of}").trim_end().to_owned())
}

/// An example of a count, for a range that says too little.
pub(super) fn example_of(of: &str, slot: &Slot<'_>) -> String {
    if of.is_empty() {
        String::new()
    } else {
        format!(", {}", for_example(slot))
    }
}

/// What is written as a value.
enum Written<'w> {
    Text(&'w str),
    Number(&'w str),
    Bare(&'w str),
    /// A list, and the text that it begins with.
    List(Option<&'w str>),
    Other,
}

/// A line with this value.
fn line(slot: &Slot<'_>, value: &str) -> String {
    if slot.is_item {
        value.to_owned()
    } else {
        format!("{} = {value}", slot.key)
    }
}

/// What is expected, and an example.
fn such_as(slot: &Slot<'_>) -> String {
    format!("write {}, {}", wanted(slot.value), for_example(slot))
}

fn for_example(slot: &Slot<'_>) -> String {
    format!("for example `{} = {}`", slot.key, slot.row.example)
}

fn hint(slot: &Slot<'_>, written: Written<'_>) -> String {
    let write = |value: &str| format!("write `{}`", line(slot, value));
    match (slot.value, written) {
        (Value::Bool, Written::Text(word) | Written::Bare(word)) => match &*word.to_lowercase() {
            "true" | "yes" | "on" => write("true"),
            "false" | "no" | "off" => write("false"),
            _ => "write `true` or `false`".to_owned(),
        },
        (Value::Bool, _) => "write `true` or `false`".to_owned(),
        (
            Value::Integer { least, most, of },
            Written::Text(number) | Written::Bare(number) | Written::Number(number),
        ) => {
            let number = number.trim().replace('_', "");
            let whole = number.strip_suffix(".0").unwrap_or(&number);
            match whole.parse::<i128>() {
                Ok(whole) if (*least..=*most).contains(&whole) => write(&whole.to_string()),
                _ => {
                    let range = whole_range(*least, *most, of);
                    let range = range.map_or_else(
                        || wanted(slot.value),
                        |range| format!("a whole number from {range}"),
                    );
                    format!("write {range} without quotes, {}", for_example(slot))
                }
            }
        }
        (Value::Number, Written::Text(number) | Written::Bare(number)) => own_number(slot, number),
        (Value::Quantity(kind, _), Written::Number(number)) if is_quantity(number, *kind) => {
            write(&format!("\"{number}\""))
        }
        (Value::Quantity(kind, _) | Value::WordOrQuantity(_, kind, _), Written::Number(number))
            if !kind.usual_unit().is_empty() =>
        {
            format!("write {number} with its unit, in quotes; {}", kind.choice())
        }
        // No number is proposed for one that is not understood: it might be taken for correct.
        (Value::Quantity(kind, _), _) => format!("write it in quotes; {}", kind.choice()),
        (
            Value::Word(words),
            Written::Number(_) | Written::Bare(_) | Written::List(_) | Written::Other,
        ) => {
            format!("write one of {}, in quotes", any_of(&words()))
        }
        (Value::Text | Value::Texts, Written::Number(number)) => write(&format!("\"{number}\"")),
        // What used to be a list, such as `verifies`: the writer's own first entry as a key.
        (
            Value::Table(Table {
                others: Some(row), ..
            }),
            Written::List(Some(first)),
        ) if matches!(row.value, Value::Texts) => {
            let pairs = format!("{{ {first} = {} }}", row.example);
            format!("name what carries each: `{}`", line(slot, &pairs))
        }
        (Value::List(Value::Text | Value::Word(_)), Written::Text(text))
            if !text.contains([' ', '"', '\\']) =>
        {
            write(&format!("[\"{text}\"]"))
        }
        (Value::Table(table), _) if table.keys.is_empty() && table.others.is_none() => write("{}"),
        _ => such_as(slot),
    }
}

/// A number written as text, with a comma, or with its unit.
fn own_number(slot: &Slot<'_>, written: &str) -> String {
    let write = |number: &str| format!("`{}`", line(slot, number));
    let written = written.trim();
    let end = written.find(|c: char| !(c.is_ascii_digit() || "+-.,eE".contains(c)));
    let (number, unit) = written.split_at(end.unwrap_or(written.len()));
    let number = number.trim_end_matches(['e', 'E']);
    let is_plain = |number: &str| {
        let value = DeValue::parse(number).map(Spanned::into_inner);
        matches!(value, Ok(DeValue::Integer(_) | DeValue::Float(_)))
    };
    let point = number.replacen(',', ".", 1);
    if let Some((_, behind)) = number.split_once(',').filter(|_| is_plain(&point)) {
        let whole = number.replacen(',', "", 1);
        return match behind.len() {
            3 => format!(
                "the comma is ambiguous: write {} or {}",
                write(&point),
                write(&whole)
            ),
            _ => format!("write a decimal point, not a comma: {}", write(&point)),
        };
    }
    // `.5` and `5.` lack a digit that is optional elsewhere.
    let whole = [number, &format!("0{number}"), &format!("{number}0")].map(str::to_owned);
    let Some(number) = whole.iter().find(|number| is_plain(number)) else {
        return format!("write a number, {}", for_example(slot));
    };
    if unit.is_empty() {
        return format!("write it without quotes: {}", write(number));
    }
    format!("write a number without its unit: {}", write(number))
}

/// How to write a missing key. No number and no name of a drug is proposed: a reader might take it
/// for correct.
#[must_use]
pub fn missing(row: &'static Key) -> String {
    let key = row.name;
    match &row.value {
        Value::Quantity(kind, _) => format!("add `{key}` in quotes; {}", kind.choice()),
        Value::Integer { .. } => format!("add `{key}`, a whole number"),
        Value::Number => format!("add `{key}`, a number"),
        Value::Word(words) if words().len() > 3 => {
            format!("add `{key}` in quotes, one of {}", any_of(&words()))
        }
        Value::Word(words) => {
            // The example first: it is what most files have.
            let mut words: Vec<String> = words().iter().map(|word| format!("\"{word}\"")).collect();
            words.sort_by_key(|word| word != row.example);
            let lines: Vec<String> = words.iter().map(|word| format!("{key} = {word}")).collect();
            format!("add {}", any_of(&lines))
        }
        _ => format!("add `{key} = {}`", row.example),
    }
}

/// How to write a table that is missing in the head of the file.
pub(super) fn missing_table(key: &str, table: &'static Table) -> String {
    let keys = table.keys.iter();
    let needed = keys.filter(|key| key.need == Need::Required);
    let needed: Vec<&str> = needed.map(|key| key.name).collect();
    format!("add `[{key}]` with {}", all_of(&needed))
}

/// Where to move a line so that it is in the right table.
pub(super) fn towards(homes: &[String]) -> String {
    let ways: Vec<String> = homes
        .iter()
        .map(|home| {
            if home.starts_with("`[") {
                format!("below {home}")
            } else if home.starts_with('`') {
                format!("into {home}")
            } else {
                "above the first `[table]`, to the other keys of the head".to_owned()
            }
        })
        .collect();
    ways.join(" or ")
}
