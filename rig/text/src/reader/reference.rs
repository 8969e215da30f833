//! Rows as tables of a page: the documentation of a key is what the reader checks.
//!
//! A page has the tables between marks, `<!-- keys of [patient] -->` and `<!-- end -->`; the test of
//! a kind of file fills them and compares. Nothing here opens a file.

use super::schema::{Default, Key, Need, Table, Value};
use super::wanted::whole_range;
use crate::range::Limits;
use crate::unit::Kind;

/// What ends a generated part of a page.
const END: &str = "<!-- end -->";
const HEAD: &str = "| Key | Value | Default | Meaning |\n| --- | --- | --- | --- |\n";

/// A row of a page: the key as it is written from the table on, such as `power.on`, and its row.
pub type Entry = (String, &'static Key);

/// The keys of a table in their order, each table below it with dotted keys, unless the page has a
/// table of its own for it: `apart` are the names of those.
#[must_use]
pub fn entries(table: &'static Table, apart: &[&str]) -> Vec<Entry> {
    let mut all = Vec::new();
    for key in table.keys {
        all.push((key.name.to_owned(), key));
        if let Value::Table(below) = key.value
            && !apart.contains(&below.name)
        {
            let below = entries(below, apart).into_iter();
            all.extend(below.map(|(name, row)| (format!("{}.{name}", key.name), row)));
        }
    }
    all
}

/// These rows as a table of a page.
#[must_use]
pub fn table_of(entries: &[Entry]) -> String {
    let row = |(name, key): &Entry| {
        let (value, default) = (value_in_words(key), default_in_words(key));
        format!("| `{name}` | {value} | {default} | {} |\n", key.meaning())
    };
    let rows: String = entries.iter().map(row).collect();
    format!("{HEAD}{rows}")
}

/// What a value of this key may be, with range and unit.
#[must_use]
pub fn value_in_words(key: &Key) -> String {
    let such_as = format!(", such as `{}`", key.example);
    match &key.value {
        Value::Text => format!("text{such_as}"),
        Value::Texts => format!("{}{such_as}", in_words(&key.value)),
        Value::List(Value::Text) => format!("list of texts{such_as}"),
        Value::List(of) => format!("list of {}", in_words(of)),
        Value::Table(table) if table.keys.is_empty() => format!("`{}`", table.example),
        Value::Table(table) if table.name != format!("`{}`", key.name) => {
            format!("the keys of {}", table.name)
        }
        value @ (Value::Table(_) | Value::Tables(_)) => format!("{}{such_as}", in_words(value)),
        value => in_words(value),
    }
}

fn in_words(value: &Value) -> String {
    match value {
        Value::Text => "text".to_owned(),
        Value::Texts => "text, or a list of texts".to_owned(),
        Value::Word(words) => {
            let words: Vec<String> = words().iter().map(|word| format!("`{word}`")).collect();
            words.join(", ")
        }
        Value::Quantity(kind, limits) => quantity_in_words(*kind, *limits),
        Value::WordOrQuantity(word, kind, limits) => {
            format!("`{word}`, or a {}", quantity_in_words(*kind, *limits))
        }
        Value::Integer { least, most, of } => match whole_range(*least, *most, of) {
            Some(range) => format!("whole number, {range}"),
            None => format!("whole number from {least}"),
        },
        Value::Number => "number".to_owned(),
        Value::Numbers(count) => format!("list of {count} numbers"),
        Value::Bool => "`true`, `false`".to_owned(),
        Value::List(of) => format!("list of {}", in_words(of)),
        Value::Table(_) => "table".to_owned(),
        Value::Tables(_) => "list of tables".to_owned(),
    }
}

fn quantity_in_words(kind: Kind, limits: Limits) -> String {
    let name = kind.to_string();
    let name = name.split_once(' ').map_or(&*name, |(_, name)| name);
    match limits {
        Limits::Any => name.to_owned(),
        Limits::AboveZero => format!("{name} above 0"),
        Limits::Range(range) => format!("{name}, {range}"),
        Limits::Instant => "time".to_owned(),
        Limits::Flow(range) => format!("{name}, zero or a flow of {range}"),
    }
}

fn default_in_words(key: &Key) -> String {
    match (key.need, key.default) {
        (_, Default::Value(value)) => format!("`{value}`"),
        (_, Default::Words(words)) => words.to_owned(),
        (Need::Required | Need::RequiredElsewhere, Default::None) => "required".to_owned(),
        (Need::Optional, Default::None) => "none".to_owned(),
    }
}

/// The page with each of these parts between its mark and the end.
///
/// # Errors
///
/// The mark of a part that the page does not have exactly once.
pub fn filled(page: &str, parts: &[(&str, String)]) -> Result<String, String> {
    let mut filled = page.to_owned();
    for (name, part) in parts {
        let mark = format!("<!-- {name} -->\n");
        let halves: Vec<&str> = filled.split(&mark).collect();
        let [before, after] = halves[..] else {
            return Err(mark);
        };
        let (_, rest) = after.split_once(END).ok_or_else(|| mark.clone())?;
        filled = format!("{before}{mark}\n{part}\n{END}{rest}");
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_filled_between_its_marks_and_nothing_else_changes() {
        let page = "# Page\n<!-- a -->\nold\n<!-- end -->\nprose\n<!-- b -->\n<!-- end -->\n";
        let parts = [("b", "B\n".to_owned()), ("a", "A\n".to_owned())];
        let once = filled(page, &parts).unwrap();
        let whole =
            "# Page\n<!-- a -->\n\nA\n\n<!-- end -->\nprose\n<!-- b -->\n\nB\n\n<!-- end -->\n";
        assert_eq!(once, whole);
        assert_eq!(filled(&once, &parts).unwrap(), whole);
        let absent = filled(page, &[("c", String::new())]);
        assert_eq!(absent.unwrap_err(), "<!-- c -->\n");
    }
}
