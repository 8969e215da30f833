//! What must be true: the expectations of a file, their names, and the one form of each. What the
//! forms are is in `forms.rs`.

use super::forms::{ExpectFile, FORMS, FormRow};
use super::mistake_expect::ExpectMistake;
use super::reader::Reader;
use miette::SourceSpan;
use std::collections::BTreeMap;
use thecal_plan::{Expectation, Form};
use thecal_text::correction::Correction;
use thecal_text::reader::{Record, Text};
use thecal_text::wording::{all_of, any_of};
use toml::Spanned;

const TABLE: &str = "`[[expect]]`";

/// The keys of an expectation that belong to no form.
const NAMES: [&str; 2] = ["name", "why"];

/// The expectations that could be read, after checks of their names.
pub(super) fn expectations(
    files: &[Spanned<ExpectFile>],
    reader: &mut Reader<'_>,
) -> Vec<Expectation> {
    if files.is_empty() && !reader.is_unread(None, "the head of the file", "expect") {
        let at = reader.bottom();
        reader.report(ExpectMistake::None { at });
    }
    let mut names: BTreeMap<&str, SourceSpan> = BTreeMap::new();
    let mut expectations = Vec::new();
    for file in files {
        let table = file.get_ref();
        let at = file.span().into();
        let name = table.name.as_ref();
        if let Some(name) = name {
            unique_name(name, &mut names, reader);
        }
        let form = form(table, at, reader);
        if let (Some(name), Some(form)) = (name, form) {
            let why = table.why.as_ref().map(|why| why.get_ref().clone());
            expectations.push(Expectation {
                name: name.get_ref().clone(),
                why,
                form,
            });
        }
    }
    expectations
}

fn unique_name<'f>(
    name: &'f Text,
    names: &mut BTreeMap<&'f str, SourceSpan>,
    reader: &mut Reader<'_>,
) {
    let written = name.get_ref().as_str();
    let again: SourceSpan = name.span().into();
    if let Some(&first) = names.get(written) {
        let name = written.to_owned();
        reader.report(ExpectMistake::DuplicateName { name, first, again });
        return;
    }
    names.insert(written, again);
    let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if written.is_empty()
        || written
            .split('-')
            .any(|word| word.is_empty() || !word.chars().all(kebab))
    {
        let lower = written.to_lowercase();
        let words = lower.split(|c| !kebab(c)).filter(|word| !word.is_empty());
        let suggestion = words.collect::<Vec<_>>().join("-");
        let correction = Correction::said("write lower-case letters, digits and hyphens");
        let correction = if suggestion.is_empty() {
            correction
        } else {
            correction.or(suggestion)
        };
        let name = written.to_owned();
        reader.report(ExpectMistake::BadName {
            name,
            correction,
            at: again,
        });
    }
}

/// The one form that is written, or a note that there is none or more.
fn form(table: &ExpectFile, at: SourceSpan, reader: &mut Reader<'_>) -> Option<Form> {
    let mut written = table.written();
    written.retain(|(key, _)| !NAMES.contains(key));
    let row = |key: &str| FORMS.iter().find(|row| row.key == key);
    let forms: Vec<_> = written
        .iter()
        .filter_map(|(key, at)| Some((row(key)?, *at)))
        .collect();
    let form = match forms.as_slice() {
        [] => {
            let choice = choice();
            reader.lacks(at, ExpectMistake::NoForm { choice, at });
            return None;
        }
        [(form, _)] => *form,
        [(first, one), (second, other), ..] => {
            reader.report(ExpectMistake::SeveralForms {
                first: first.key,
                second: second.key,
                one: *one,
                other: *other,
            });
            return None;
        }
    };
    for &(key, at) in &written {
        if key != form.key && !form.goes_with(key) {
            let hint = misplaced_hint(key, form);
            let form = form.key;
            reader.report(ExpectMistake::Misplaced {
                key,
                form,
                hint,
                at,
            });
        }
    }
    for &key in form.needs {
        let value = written.iter().find(|(known, _)| *known == key);
        reader.required::<ExpectFile, _>(value, (key, TABLE), at);
    }
    (form.read)(table, at, reader)
}

/// Every form, in words.
fn choice() -> String {
    let forms = FORMS.iter().map(|form| match form.needs.first() {
        Some(needed) => format!("`{}` with `{needed}`", form.key),
        None => format!("`{}`", form.key),
    });
    let forms: Vec<String> = forms.collect();
    match forms.split_last() {
        Some((last, others)) => format!("{}, or {last}", others.join(", ")),
        None => String::new(),
    }
}

fn misplaced_hint(key: &str, form: &FormRow) -> String {
    let homes = FORMS.iter().filter(|row| row.goes_with(key));
    let homes: Vec<&str> = homes.map(|row| row.key).collect();
    let keys = [form.needs, form.takes].concat();
    format!(
        "`{}` goes with {}; `{key}` goes with {}",
        form.key,
        all_of(&keys),
        any_of(&homes)
    )
}
