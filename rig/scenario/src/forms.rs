//! `[[expect]]` exactly as TOML writes it, and its forms: for each a row with its keys, what it means,
//! and how it is read. A new form is its keys in the table, a row of [`FORMS`] and its reading.

use super::expression;
use super::expression_reading::{self, Role};
use super::file_values::DURATION;
use super::mistake::ScenarioMistake;
use super::mistake_expect::ExpectMistake;
use super::reader::Reader;
use miette::SourceSpan;
use thecal_plan::{Form, Predicate, Signal};
use thecal_text::reader::{Text, Value};
use thecal_text::table;
use thecal_text::wording::any_of;
use thecal_units::{Millis, SimTime};
use toml::Spanned;

const COUNT: Value = Value::integer(0, 1_000_000);

table! {
    /// `[[expect]]`
    ExpectFile "`[[expect]]`" {
        /// Name in the report: lower-case letters, digits and hyphens. It is unique in the file.
        name: Text, "\"stall-alarm\"", required;
        /// Why the limit is what it is.
        why: Text, "\"the patient must hear it before withdrawal sets in\"";
        /// The expression is true at every instant of the interval.
        always: Text, "\"true.reservoir >= 1 mL\"";
        /// The expression is false at every instant of the interval.
        never: Text, "\"true.toxicity > 0.2\"";
        /// The expression is true at some instant between `after` and `after` + `within`.
        eventually: Text, "\"alarm.critical\"";
        /// The expression is true from `after` until `until-true` becomes true, no later than `within`.
        hold: Text, "\"log.reset == 0\"";
        /// Expression that ends `hold`.
        until_true: Text, "\"alarm.critical\"" else "required with `hold`";
        /// Each time the expression becomes true, `then` is true at some instant within `within`.
        when: Text, "\"bolus.requested >= 1\"";
        /// Expression that is the reaction to `when`.
        then: Text, "\"alarm.critical\"" else "required with `when`";
        /// The counter increases by at most `at-most` in any `window` (or over the run) and by at least
        /// `at-least` over the run.
        count: Text, "\"bolus.granted\"";
        /// Start of the interval.
        after: Text = Value::INSTANT, "\"6 h\"" or "0 s";
        /// Deadline, counted from `after`. For `when`, counted from each trigger.
        within: Text = DURATION, "\"30 min\"" else "to the end of the run; required with `when`";
        /// End of the interval. It is after `after`.
        until: Text = Value::INSTANT, "\"13 h\"" else "end of the run";
        /// Length of the sliding window, both ends included.
        window: Text = DURATION.above_zero(), "\"24 h\"" else "the whole run";
        /// For `when`, from 1: fewer triggers make the expectation inconclusive. For `count`: least
        /// increase over the run, not together with `window`.
        at_least: Spanned<u32> = COUNT, "1" else "`1` for `when`, none for `count`";
        /// Greatest increase, in any `window` or over the run.
        at_most: Spanned<u32> = COUNT, "6";
    }
}

/// A form: the key that chooses it, whose row says what it means, and those that go with it.
pub(super) struct FormRow {
    pub(super) key: &'static str,
    /// Keys that it requires.
    pub(super) needs: &'static [&'static str],
    /// Keys that it may have.
    pub(super) takes: &'static [&'static str],
    /// The form of a table that has its key; its place is that of the table.
    pub(super) read: fn(&ExpectFile, SourceSpan, &mut Reader<'_>) -> Option<Form>,
}

impl FormRow {
    /// Whether a key goes with the form.
    pub(super) fn goes_with(&self, key: &str) -> bool {
        self.needs.contains(&key) || self.takes.contains(&key)
    }
}

/// Every form, in the order of the documentation.
pub(super) const FORMS: &[FormRow] = &[
    FormRow {
        key: "always",
        needs: &[],
        takes: &["after", "until"],
        read: always,
    },
    FormRow {
        key: "never",
        needs: &[],
        takes: &["after", "until"],
        read: never,
    },
    FormRow {
        key: "eventually",
        needs: &[],
        takes: &["after", "within"],
        read: eventually,
    },
    FormRow {
        key: "hold",
        needs: &["until-true"],
        takes: &["after", "within"],
        read: hold,
    },
    FormRow {
        key: "when",
        needs: &["then", "within"],
        takes: &["at-least"],
        read: response,
    },
    FormRow {
        key: "count",
        needs: &[],
        takes: &["window", "at-least", "at-most"],
        read: count,
    },
];

fn always(table: &ExpectFile, _: SourceSpan, reader: &mut Reader<'_>) -> Option<Form> {
    let text = table.always.as_ref()?;
    let that = predicate(text, Role::Always, reader);
    let (from, until) = interval(table, reader)?;
    decided_by_a_full_window((text, that.as_ref()), Must::Hold, (from, until), reader)?;
    Some(Form::Always {
        that: that?,
        from,
        until,
    })
}

fn never(table: &ExpectFile, _: SourceSpan, reader: &mut Reader<'_>) -> Option<Form> {
    let text = table.never.as_ref()?;
    let that = predicate(text, Role::Never, reader);
    let (from, until) = interval(table, reader)?;
    decided_by_a_full_window((text, that.as_ref()), Must::NotHold, (from, until), reader)?;
    Some(Form::Never {
        that: that?,
        from,
        until,
    })
}

/// The interval from `after` to `until`.
fn interval(table: &ExpectFile, reader: &mut Reader<'_>) -> Option<(SimTime, SimTime)> {
    let from = after(table, reader);
    let until = match &table.until {
        Some(text) => reader.instant(text),
        None => Some(end(reader)),
    };
    let (from, until) = (from?, until?);
    if let (Some(start), Some(last)) = (&table.after, &table.until)
        && from >= until
    {
        reader.report(ScenarioMistake::Backwards {
            first: "after",
            last: "until",
            start: start.span().into(),
            end: last.span().into(),
        });
    }
    Some((from, until))
}

fn eventually(table: &ExpectFile, _: SourceSpan, reader: &mut Reader<'_>) -> Option<Form> {
    let text = table.eventually.as_ref()?;
    let that = predicate(text, Role::Other, reader);
    let (from, until) = deadline(table, reader)?;
    decided_by_a_full_window((text, that.as_ref()), Must::Come, (from, until), reader)?;
    Some(Form::Eventually {
        that: that?,
        from,
        until,
    })
}

fn hold(table: &ExpectFile, _: SourceSpan, reader: &mut Reader<'_>) -> Option<Form> {
    let (text, aim) = (table.hold.as_ref()?, table.until_true.as_ref());
    let hold = predicate(text, Role::Other, reader);
    let goal = aim.and_then(|text| predicate(text, Role::Other, reader));
    let (from, until) = deadline(table, reader)?;
    decided_by_a_full_window((text, hold.as_ref()), Must::Hold, (from, until), reader)?;
    if let Some(text) = aim {
        decided_by_a_full_window((text, goal.as_ref()), Must::Come, (from, until), reader)?;
    }
    Some(Form::Until {
        hold: hold?,
        goal: goal?,
        from,
        until,
    })
}

fn response(table: &ExpectFile, _: SourceSpan, reader: &mut Reader<'_>) -> Option<Form> {
    let (text, reaction) = (table.when.as_ref()?, table.then.as_ref());
    let when = predicate(text, Role::Other, reader);
    let then = reaction.and_then(|text| predicate(text, Role::Other, reader));
    let run = (SimTime::ZERO, end(reader));
    decided_by_a_full_window((text, when.as_ref()), Must::Come, run, reader)?;
    if let Some(text) = reaction {
        decided_by_a_full_window((text, then.as_ref()), Must::Come, run, reader)?;
    }
    let text = table.within.as_ref();
    let within: Option<Millis> = text.and_then(|text| reader.quantity(text));
    if let (Some(text), Some(span)) = (text, within) {
        let hint = "a reaction that slow could never be missed; shorten `within`";
        reader.not_past_the_end("within", SimTime::ZERO + span, text, hint)?;
    }
    let at_least = match &table.at_least {
        Some(number) if *number.get_ref() == 0 => {
            let (key, at) = ("at-least", number.span().into());
            reader.report(ScenarioMistake::Zero { key, at });
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

/// A comparison, or a note of what is wrong with it.
fn predicate(text: &Text, role: Role, reader: &mut Reader<'_>) -> Option<Predicate> {
    match expression_reading::parse(text.get_ref(), text.span(), role) {
        Ok(predicate) => Some(predicate),
        Err(mistake) => {
            reader.report(mistake);
            None
        }
    }
}

/// What becomes of a comparison.
#[derive(Clone, Copy)]
enum Must {
    Hold,
    NotHold,
    Come,
}

/// A note of a bound on a sum over a window that cannot be decided, because no window is full yet: from
/// below from the first instant on, or not any more in the interval. What can be decided by the sum
/// since the start needs no full one.
fn decided_by_a_full_window(
    (text, that): (&Text, Option<&Predicate>),
    must: Must,
    (from, until): (SimTime, SimTime),
    reader: &mut Reader<'_>,
) -> Option<()> {
    let Some((that, window)) = that.and_then(|that| Some((that, that.signal.window()?))) else {
        return Some(());
    };
    let full = SimTime::ZERO + window;
    let is_open = match must {
        Must::Hold => !that.is_upper() && from < full,
        Must::NotHold => that.is_upper() && from < full,
        Must::Come => that.is_upper() && until < full,
    };
    if !is_open || reader.end.is_none() {
        return Some(());
    }
    let total = that.signal.name().rsplit_once('-')?.0;
    let help = if until > full {
        format!("add `after = \"{}\"`", window.spelled())
    } else {
        format!("compare `{total}`, the sum since the start, or let it take longer")
    };
    reader.report(ExpectMistake::NeverFull {
        signal: that.signal.name(),
        window: window.spelled().to_string(),
        help,
        at: text.span().into(),
    });
    None
}

/// The end of the run.
fn end(reader: &Reader<'_>) -> SimTime {
    SimTime::ZERO + reader.end.unwrap_or_default()
}

/// The start of the interval.
fn after(table: &ExpectFile, reader: &mut Reader<'_>) -> Option<SimTime> {
    match &table.after {
        Some(text) => reader.instant(text),
        None => Some(SimTime::ZERO),
    }
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
