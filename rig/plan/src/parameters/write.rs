//! A set as the text of a parameter file, ready to be copied and changed.

use super::set::{Kind, Row, Set};
use std::fmt::Write as _;
use thecal_sim::parameter::Field;

/// The text; reading it back changes nothing.
#[must_use]
pub fn to_toml(set: &Set) -> String {
    let mut out = String::new();
    let Set { name, about, .. } = set;
    out.push_str(&format!(
        "# {name}: {about}.\n\
         # Change a value, and say where yours is from (basis, source). What is left out stays as it is\n\
         # built in. To be used: thecal run SCENARIO --patient FILE\n"
    ));
    if set.kind != Kind::Drug {
        out.push_str(&format!("\n[{}]\nbased-on = \"{name}\"\n", set.header()));
    }
    for (path, row) in set.rows() {
        let _infallible = write!(out, "\n[{path}]\n{}", body(row));
    }
    out
}

fn body(row: &Row) -> String {
    let field = &row.field;
    let mut out = format!(
        "# {}\n\
         value  = {}\n\
         unit   = {}\n\
         range  = {}\n\
         basis  = {}\n\
         source = {}\n",
        field.meaning,
        number(row.value),
        quoted(field.unit),
        range(field),
        quoted(row.basis.word()),
        quoted(&row.source),
    );
    if let Some(spread) = &row.spread {
        let _infallible = writeln!(
            out,
            "spread = {{ cv = {}, basis = {}, source = {} }}",
            number(spread.cv),
            quoted(spread.basis.word()),
            quoted(&spread.source),
        );
    }
    out
}

/// A number as TOML writes it: the shortest that reads back as the same bits.
#[must_use]
pub fn number(value: f64) -> String {
    format!("{value:?}")
}

/// A range as a file writes it.
#[must_use]
pub fn range(field: &Field) -> String {
    format!("[{}, {}]", number(field.low), number(field.high))
}

/// A range for people.
#[must_use]
pub fn range_in_words(field: &Field) -> String {
    let (low, high, unit) = (number(field.low), number(field.high), field.unit);
    match unit {
        "1" => format!("{low} to {high}"),
        unit => format!("{low} to {high} {unit}"),
    }
}

/// Text in quotes, escaped.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_in_a_source_are_kept() {
        assert_eq!(quoted(r#"a "b" \c"#), r#""a \"b\" \\c""#);
    }
}
