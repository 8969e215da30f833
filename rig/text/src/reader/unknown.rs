//! Unknown keys: the key that was meant, or the table where it belongs.

use super::record::Fields;
use super::schema::{FileKind, Table, Value};
use super::shape::ShapeMistake;
use super::walk::Here;
use super::wanted::towards;
use crate::names::{Near, closest, near};
use crate::wording::{all_of, any_of};
use miette::SourceSpan;
use std::ops::Range;
use toml::Spanned;
use toml::de::DeValue;

impl Fields<'_, '_> {
    /// Reports the keys without a row.
    pub(super) fn unknown(&mut self) {
        if self.known == self.table.len() {
            return;
        }
        let mut unknown: Vec<_> = self.table.iter().collect();
        unknown.retain(|(key, _)| self.rows.key(key.get_ref()).is_none());
        unknown.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in unknown {
            let mistake = self.unknown_key(key.get_ref(), key.span(), value);
            self.walk.report(mistake);
        }
    }

    fn unknown_key(
        &mut self,
        key: &str,
        span: Range<usize>,
        value: &Spanned<DeValue<'_>>,
    ) -> ShapeMistake {
        let head: &'static Table = self.walk.kind.head;
        let names: Vec<&str> = self.rows.keys.iter().map(|row| row.name).collect();
        // A key that exists already was not meant: it would be a duplicate.
        let absent = names.iter().copied();
        let absent = absent.filter(|name| !self.table.contains_key(*name));
        let near = nearest(key, &absent.collect::<Vec<_>>());
        let at = SourceSpan::from(span.clone());
        self.walk.unread.add(self.here.start(), key);
        let line = self.walk.text.get(..span.start).unwrap_or_default();
        let before = line.rsplit('\n').next().unwrap_or_default().trim_start();
        let brackets = before.chars().take_while(|c| *c == '[').count();
        let is_table = !matches!(
            value.get_ref(),
            DeValue::String(_) | DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_)
        );
        if brackets > 0 && is_table && matches!(self.here, Here::Head) {
            let table = format!("{}{key}{}", "[".repeat(brackets), "]".repeat(brackets));
            return unknown_table(self.walk.kind, key, table, at);
        }
        let table = self.walk.called(&self.here);
        let homes = head.homes(key);
        let key = key.to_owned();
        let hint = match (near.as_slice(), homes.as_slice()) {
            ([], [home] | [home, _]) => {
                let or = homes.get(1).map(|other| format!(" or {other}"));
                let home = format!("{home}{}", or.unwrap_or_default());
                for home in &homes {
                    self.walk.unread.add_stray(home, &key);
                }
                return ShapeMistake::MisplacedKey {
                    key,
                    table,
                    towards: towards(&homes),
                    home,
                    at,
                };
            }
            ([], _) if names.is_empty() => format!("{table} takes no details: write `{{}}`"),
            ([], _) => format!("keys here: {}", all_of(&names)),
            (near, [home]) => format!(
                "did you mean {}? `{key}` belongs to {home}. Keys here: {}",
                any_of(near),
                all_of(&names)
            ),
            (near, _) => format!(
                "did you mean {}? Keys here: {}",
                any_of(near),
                all_of(&names)
            ),
        };
        ShapeMistake::UnknownKey {
            key,
            table,
            hint,
            at,
        }
    }
}

/// The keys that were probably meant; several if the writer has to be asked.
fn nearest<'k>(written: &str, keys: &[&'k str]) -> Vec<&'k str> {
    match near(written, keys) {
        Near::One(key) => vec![key],
        Near::Several(keys) => keys,
        Near::None => Vec::new(),
    }
}

fn unknown_table(kind: &FileKind, key: &str, table: String, at: SourceSpan) -> ShapeMistake {
    let mut names = Vec::new();
    let mut headers = Vec::new();
    for row in kind.head.keys {
        let header = match row.value {
            Value::Tables(_) => format!("[[{}]]", row.name),
            Value::Table(of) => match of.others {
                // Only its subtables have headers.
                Some(row) if of.keys.is_empty() && row.value.table().is_some() => {
                    format!("[{}]", of.name)
                }
                _ => format!("[{}]", row.name),
            },
            _ => continue,
        };
        names.push(row.name);
        headers.push(header);
    }
    let choice: Vec<&str> = headers.iter().map(String::as_str).collect();
    let choice = all_of(&choice);
    let guess = closest(key, &names).and_then(|name| {
        let nth = names.iter().position(|known| *known == name)?;
        headers.get(nth)
    });
    let hint = match guess {
        Some(header) => format!("did you mean {}? Tables: {choice}", any_of(&[header])),
        None => format!("tables: {choice}"),
    };
    ShapeMistake::UnknownTable {
        table,
        hint,
        at,
        is: kind.is,
    }
}
