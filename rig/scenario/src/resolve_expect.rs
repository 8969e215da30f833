//! What must be true: expectations, each with one temporal form and the bounds that go with it.

use super::expression;
use super::expression_reading::Role;
use super::file::Text;
use super::file_expect::ExpectFile;
use super::mistake::StoryMistake;
use super::mistake_expect::ExpectMistake;
use super::resolve::Reader;
use miette::SourceSpan;
use std::collections::BTreeMap;
use thecal_plan::{Expectation, Form, Predicate, Signal};
use thecal_text::correction::Correction;
use thecal_text::reader::Record;
use thecal_text::wording::{all_of, any_of};
use thecal_units::{Millis, SimTime};
use toml::Spanned;

const TABLE: &str = "`[[expect]]`";

/// The keys of an expectation that belong to no form.
const NAMES: [&str; 2] = ["name", "why"];

/// Each form and the keys that go with it.
const FORMS: [(&str, &[&str]); 6] = [
    ("always", &["after", "until"]),
    ("never", &["after", "until"]),
    ("eventually", &["after", "within"]),
    ("hold", &["until-true", "after", "within"]),
    ("when", &["then", "within", "at-least"]),
    ("count", &["window", "at-least", "at-most"]),
];

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

fn form(table: &ExpectFile, at: SourceSpan, reader: &mut Reader<'_>) -> Option<Form> {
    let mut written = table.written();
    written.retain(|(key, _)| !NAMES.contains(key));
    let of_form = |key: &str| FORMS.iter().find(|(form, _)| *form == key);
    let forms: Vec<_> = written
        .iter()
        .filter(|(key, _)| of_form(key).is_some())
        .collect();
    let form = match forms.as_slice() {
        [] => {
            reader.lacks(at, ExpectMistake::NoForm { at });
            return None;
        }
        [(form, _)] => *form,
        [(first, one), (second, other), ..] => {
            let (one, other) = (*one, *other);
            reader.report(ExpectMistake::SeveralForms {
                first,
                second,
                one,
                other,
            });
            return None;
        }
    };
    let (_, bounds) = of_form(form)?;
    for (key, at) in written {
        if key != form && !bounds.contains(&key) {
            let hint = misplaced_hint(key, form, bounds);
            reader.report(ExpectMistake::Misplaced {
                key,
                form,
                hint,
                at,
            });
        }
    }
    match form {
        "always" | "never" => steady(table, form == "always", reader),
        "eventually" => {
            let that = predicate(table.eventually.as_ref()?, Role::Other, reader);
            let (from, until) = deadline(table, reader)?;
            Some(Form::Eventually {
                that: that?,
                from,
                until,
            })
        }
        "hold" => hold(table, at, reader),
        "when" => response(table, at, reader),
        _ => count(table, at, reader),
    }
}

fn misplaced_hint(key: &str, form: &str, bounds: &[&str]) -> String {
    let homes: Vec<&str> = FORMS
        .iter()
        .filter(|(_, bounds)| bounds.contains(&key))
        .map(|(home, _)| *home)
        .collect();
    format!(
        "`{form}` goes with {}; `{key}` goes with {}",
        all_of(bounds),
        any_of(&homes)
    )
}

fn predicate(text: &Text, role: Role, reader: &mut Reader<'_>) -> Option<Predicate> {
    match expression::parse(text.get_ref(), text.span(), role) {
        Ok(predicate) => Some(predicate),
        Err(mistake) => {
            reader.report(mistake);
            None
        }
    }
}

fn end(reader: &Reader<'_>) -> SimTime {
    SimTime::ZERO + reader.end.unwrap_or_default()
}

fn after(table: &ExpectFile, reader: &mut Reader<'_>) -> Option<SimTime> {
    match &table.after {
        Some(text) => reader.instant(text),
        None => Some(SimTime::ZERO),
    }
}

/// The interval of `always` and `never`.
fn steady(table: &ExpectFile, always: bool, reader: &mut Reader<'_>) -> Option<Form> {
    let text = if always { &table.always } else { &table.never };
    let role = if always { Role::Always } else { Role::Never };
    let that = predicate(text.as_ref()?, role, reader);
    let from = after(table, reader);
    let until = match &table.until {
        Some(text) => reader.instant(text),
        None => Some(end(reader)),
    };
    let (from, until) = (from?, until?);
    if let (Some(start), Some(last)) = (&table.after, &table.until)
        && from >= until
    {
        reader.report(StoryMistake::Backwards {
            first: "after",
            last: "until",
            start: start.span().into(),
            end: last.span().into(),
        });
    }
    let that = that?;
    Some(if always {
        Form::Always { that, from, until }
    } else {
        Form::Never { that, from, until }
    })
}

/// The interval from `after` for `within`, or to the end of the run.
fn deadline(table: &ExpectFile, reader: &mut Reader<'_>) -> Option<(SimTime, SimTime)> {
    let from = after(table, reader);
    let Some(text) = &table.within else {
        return Some((from?, end(reader)));
    };
    let span: Option<Millis> = reader.quantity(text);
    let (from, span) = (from?, span?);
    let hint = "shorten `within`, or leave it out for a deadline at the end of the run";
    let until = reader.not_past_the_end("within", from + span, text, hint)?;
    Some((from, until))
}

fn hold(table: &ExpectFile, at: SourceSpan, reader: &mut Reader<'_>) -> Option<Form> {
    let hold = predicate(table.hold.as_ref()?, Role::Other, reader);
    let goal = table.until_true.as_ref();
    let goal = reader.required::<ExpectFile, _>(goal, ("until-true", TABLE), at);
    let goal = goal.and_then(|text| predicate(text, Role::Other, reader));
    let (from, until) = deadline(table, reader)?;
    Some(Form::Until {
        hold: hold?,
        goal: goal?,
        from,
        until,
    })
}

fn response(table: &ExpectFile, at: SourceSpan, reader: &mut Reader<'_>) -> Option<Form> {
    let when = predicate(table.when.as_ref()?, Role::Other, reader);
    let then = table.then.as_ref();
    let then = reader.required::<ExpectFile, _>(then, ("then", TABLE), at);
    let then = then.and_then(|text| predicate(text, Role::Other, reader));
    let text = table.within.as_ref();
    let text = reader.required::<ExpectFile, _>(text, ("within", TABLE), at);
    let within: Option<Millis> = text.and_then(|text| reader.quantity(text));
    if let (Some(text), Some(span)) = (text, within) {
        let hint = "a reaction that slow could never be missed; shorten `within`";
        reader.not_past_the_end("within", SimTime::ZERO + span, text, hint)?;
    }
    let at_least = match &table.at_least {
        Some(number) if *number.get_ref() == 0 => {
            let (key, at) = ("at-least", number.span().into());
            reader.report(StoryMistake::Zero { key, at });
            None
        }
        number => Some(number.as_ref().map_or(1, |number| *number.get_ref())),
    };
    Some(Form::Response {
        when: when?,
        then: then?,
        within: within?,
        at_least: at_least?,
    })
}

fn count(table: &ExpectFile, at: SourceSpan, reader: &mut Reader<'_>) -> Option<Form> {
    let text = table.count.as_ref()?;
    let of = counter(text, reader);
    let window = match &table.window {
        Some(text) => {
            let span: Option<Millis> = reader.quantity(text);
            let hint = "shorten `window`, or leave it out to count over the whole run";
            span.and_then(|span| {
                reader.not_past_the_end("window", SimTime::ZERO + span, text, hint)?;
                Some(Some(span))
            })
        }
        None => Some(None),
    };
    let (least, most) = (table.at_least.as_ref(), table.at_most.as_ref());
    match (least, most, &table.window) {
        (None, None, _) => {
            let here = text.span().into();
            reader.lacks(at, ExpectMistake::NoBound { at: here });
            return None;
        }
        (Some(least), _, Some(window)) => reader.report(ExpectMistake::WindowAtLeast {
            at_least: least.span().into(),
            window: window.span().into(),
        }),
        (Some(least), Some(most), None) if least.get_ref() > most.get_ref() => {
            let (at_least, at_most) = (least.span().into(), most.span().into());
            reader.report(ExpectMistake::BoundsReversed { at_least, at_most });
        }
        _ => {}
    }
    Some(Form::Count {
        of: of?,
        window: window?,
        at_least: least.map(|number| *number.get_ref()),
        at_most: most.map(|number| *number.get_ref()),
    })
}

/// A signal that counts events up from the start.
fn counter(text: &Text, reader: &mut Reader<'_>) -> Option<Signal> {
    match expression::parse_signal(text.get_ref(), text.span()) {
        Ok(signal) if signal.counts_up() => Some(signal),
        Ok(signal) => {
            let counters = Signal::ALL.iter().filter(|known| known.counts_up());
            let names: Vec<&str> = counters.map(|known| known.name()).collect();
            reader.report(ExpectMistake::NotACounter {
                signal: signal.to_string(),
                counters: any_of(&names),
                at: text.span().into(),
            });
            None
        }
        Err(mistake) => {
            reader.report(mistake);
            None
        }
    }
}
