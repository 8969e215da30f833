//! Checks every row's example: put into an empty file of its kind, it is valid. For tests of crates
//! that declare tables.

use super::schema::{FileKind, Table, Value};
use super::{Record, read};
use crate::mistake::Mistake;
use miette::Diagnostic;

/// Parses the example of every row, each alone in a text: the first text with a mistake, and the
/// mistake. Other keys may be missing in it.
#[must_use]
pub fn wrong_example<T: Record>(kind: &'static FileKind) -> Option<(String, Mistake)> {
    let mut texts = Vec::new();
    for row in kind.head.keys {
        texts.push(format!("{} = {}\n", row.name, row.example));
        let header = match row.value {
            Value::Table(_) => format!("[{}]\n", row.name),
            Value::Tables(_) => format!("[[{}]]\n", row.name),
            _ => continue,
        };
        if let Some(table) = row.value.table() {
            below(table, &header, &mut texts);
        }
    }
    texts.into_iter().find_map(|text| {
        let document = read::<T>(&text, kind);
        let wrong = document.mistakes.into_iter().find(|mistake| {
            let code = mistake.code().map(|code| code.to_string());
            code.is_none_or(|code| !code.ends_with("::missing_key"))
        });
        wrong.map(|mistake| (text, mistake))
    })
}

/// The examples of the rows of a table, each with its enclosing tables.
fn below(table: &'static Table, before: &str, texts: &mut Vec<String>) {
    for row in table.keys {
        texts.push(format!("{before}{} = {}\n", row.name, row.example));
        match row.value {
            Value::Table(table) => below(table, &format!("{before}{}.", row.name), texts),
            Value::Tables(table) => {
                for key in table.keys {
                    let (name, example) = (key.name, key.example);
                    texts.push(format!(
                        "{before}{} = [{{ {name} = {example} }}]\n",
                        row.name
                    ));
                }
            }
            _ => {}
        }
    }
}
