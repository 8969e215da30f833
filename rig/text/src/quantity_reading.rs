//! The meaning of an invalid quantity, in the notation of the language.
//!
//! The value is converted exactly. Only a temperature and a pressure may be rounded, because their
//! foreign units have no short decimals; a dose, a volume and a time never are.

use super::alias;
use super::clock_reading;
use super::correction::Correction;
use super::number_reading::{self, Ask, Number, Value};
use super::ratio::Ratio;
use super::unit::{Kind, UNITS, Unit, power_of_ten};
use super::unit_reading::{Meaning, Prefer, meaning};
use thecal_units::{Concentration, Millis};

/// What is known about the place of a quantity.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context {
    /// The concentration of a volume there: with it a volume is a mass of drug, and a flow a dose
    /// rate.
    pub concentration: Option<Concentration>,
    /// Whether it is an instant of the run, counted from the first power-on.
    pub instant: bool,
    /// The time of the week at the first power-on, if known.
    pub starts: Option<Millis>,
}

/// A number with its unit.
struct Part {
    number: Number,
    unit: Meaning,
    digits: usize,
}

/// The correction of `text`.
pub(crate) fn correction(text: &str, kind: Kind, context: &Context) -> Correction {
    let plain = number_reading::plain(text);
    let none = Correction::of_quantity(kind);
    let wrong_number = |why: &str| none.clone().because(why).of_the_number(true);
    if kind == Kind::Duration
        && let Some(clock) = clock_reading::correction(&plain, context.instant, context.starts)
    {
        return clock;
    }
    if is_about(&plain) {
        return wrong_number("write one exact value");
    }
    if let Some(parts) = parts(&plain, kind, context).or_else(|| reversed(&plain, kind, context)) {
        return built(&parts, kind, none, digits_of(text.trim_start(), kind));
    }
    if is_range(&plain) {
        return wrong_number("write one value: a range is no quantity");
    }
    match alias::never(unit_behind(&plain)) {
        Some(why) => none.because(why),
        None => none,
    }
}

/// Converts a number from one unit to another, as an exact decimal; `None` if a unit is unknown,
/// they measure different things, or no decimal is exact.
#[must_use]
pub fn in_unit(number: &str, written: &str, unit: &str) -> Option<String> {
    let unit = UNITS.iter().find(|known| known.name == unit)?;
    let number = number_reading::number(number)?;
    let meaning = meaning(written, unit.kind, None)?;
    let [value] = number.values.as_slice() else {
        return None;
    };
    let steps = value.is.times(meaning.size)?.plus(meaning.zero)?;
    let size = Ratio::whole(i128::try_from(unit.steps).ok()?);
    steps.per(size)?.decimal()
}

/// Length in bytes of what the parser reads as a number.
fn digits_of(text: &str, kind: Kind) -> usize {
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    end + power_of_ten(&text[end..], kind)
}

/// Whether it is marked as approximate.
fn is_about(text: &str) -> bool {
    const SIGNS: [&str; 9] = ["~", "≈", "<", ">", "≤", "≥", "±", "+/-", "+-"];
    const WORDS: [&str; 14] = [
        "ca", "c", "about", "approx", "around", "circa", "roughly", "max", "min", "at", "up",
        "over", "under", "nearly",
    ];
    let word = text.split([' ', '.']).next().unwrap_or_default();
    let word = word.to_lowercase();
    SIGNS.iter().any(|sign| text.starts_with(sign))
        || ["±", "+/-", "+-"].iter().any(|sign| text.contains(sign))
        || (text.contains(|c: char| c.is_ascii_digit())
            && text.contains([' ', '.'])
            && WORDS.contains(&word.as_str())
            && !matches!(word.as_str(), "c" | "min"))
}

/// Whether two numbers are separated by a dash or a word.
fn is_range(text: &str) -> bool {
    let Some(number) = number_reading::number(text) else {
        return false;
    };
    let rest = text[number.length..].trim_start();
    let unit = rest
        .find(|c: char| !c.is_alphabetic() && !"µ%°/".contains(c))
        .unwrap_or(rest.len());
    let after_unit = rest[unit..].trim_start();
    let begins = |rest: &str| {
        ["-", "to ", "..", "…", "or "]
            .iter()
            .filter_map(|sign| rest.strip_prefix(sign))
            .any(|second| {
                let second = second.trim_start_matches([' ', '.']);
                second.starts_with(|c: char| c.is_ascii_digit())
            })
    };
    begins(rest) || begins(after_unit)
}

/// The text after the number.
fn unit_behind(text: &str) -> &str {
    let length = number_reading::number(text).map_or(0, |number| number.length);
    text[length..].trim_start_matches([' ', '-'])
}

/// Consecutive numbers with units; `None` if any is not understood.
fn parts(text: &str, kind: Kind, context: &Context) -> Option<Vec<Part>> {
    let mut parts: Vec<Part> = Vec::new();
    let mut rest = text;
    while parts.is_empty() || !rest.is_empty() {
        let number = number_reading::number(rest)?;
        let digits = digits_of(rest, kind);
        let after = rest[number.length..].trim_start();
        let after = match after.strip_prefix('-') {
            Some(unit) if unit.starts_with(char::is_alphabetic) => unit,
            _ => after,
        };
        let (unit, used) = match unit_at_front(after, kind, context) {
            Some(found) => found,
            None => (unwritten(after, &number, parts.last(), kind)?, 0),
        };
        parts.push(Part {
            number,
            unit,
            digits,
        });
        rest = without_link(&after[used..]);
    }
    let one_value = parts.iter().all(|part| part.number.values.len() == 1);
    (parts.len() == 1 || (one_value && kind.adds_up())).then_some(parts)
}

/// The longest leading unit that is understood, and its length in bytes.
fn unit_at_front(text: &str, kind: Kind, context: &Context) -> Option<(Meaning, usize)> {
    let digits = text.char_indices().rev();
    let before_digits = digits
        .filter(|(_, c)| c.is_ascii_digit())
        .map(|(offset, _)| offset);
    let mut ends = std::iter::once(text.len()).chain(before_digits);
    ends.find_map(|end| {
        let unit = link_stripped(&text[..end]);
        if unit.is_empty() && !kind.usual_unit().is_empty() {
            return None;
        }
        Some((meaning(unit, kind, context.concentration)?, end))
    })
}

/// The implied unit of a number: the minutes of `1h30`.
fn unwritten(after: &str, number: &Number, before: Option<&Part>, kind: Kind) -> Option<Meaning> {
    let next = match before?.unit.prefer {
        Prefer::Unit("h") => "min",
        Prefer::Unit("min") => "s",
        _ => return None,
    };
    let [value] = number.values.as_slice() else {
        return None;
    };
    let is_small = value.is.at_most(Ratio::whole(59))?;
    let fits = kind == Kind::Duration && after.is_empty() && number.length == 2 && is_small;
    fits.then(|| meaning(next, kind, None))?
}

/// Removes what joins two parts: nothing, a comma, `and`.
fn without_link(text: &str) -> &str {
    let text = text.trim_start_matches([' ', ',', '&', '+']);
    text.strip_prefix("and ").unwrap_or(text).trim_start()
}

fn link_stripped(text: &str) -> &str {
    let text = text.trim_end_matches([' ', ',', '&', '+']);
    text.strip_suffix(" and").unwrap_or(text).trim_end()
}

/// A unit before its number: `mg 5`, `x2`.
fn reversed(text: &str, kind: Kind, context: &Context) -> Option<Vec<Part>> {
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let written = text[..start].trim_end_matches([' ', ':', '=']);
    if written.is_empty() || written.contains(['^', '.', '-', '+']) {
        return None;
    }
    let number = number_reading::number(&text[start..])?;
    if start + number.length < text.len() {
        return None;
    }
    let unit = meaning(written, kind, context.concentration)?;
    Some(vec![Part {
        number,
        unit,
        digits: 0,
    }])
}

/// The correction made of these parts.
fn built(parts: &[Part], kind: Kind, none: Correction, digits: usize) -> Correction {
    let first = parts.first().map_or(0, |part| part.number.length);
    let odd = parts.iter().any(|part| part.number.length != part.digits);
    let mut correction = none.of_the_number(odd || first != digits);
    let [Part { number, unit, .. }] = parts else {
        return match sum(parts, kind) {
            Some(text) => correction.or(text),
            None => correction,
        };
    };
    for value in &number.values {
        match text_of(value, unit, kind) {
            Some((text, rounded)) => {
                correction = correction.or(text);
                if rounded {
                    correction = correction.noting(" It is rounded");
                }
            }
            None if kind == Kind::Temperature => {
                correction = correction.because("that is below 0 C");
            }
            None if number.values.len() == 1 => {
                correction = correction.because(format!(
                    "it is no whole multiple of {}, and nothing is rounded",
                    kind.smallest()
                ));
            }
            None => {}
        }
    }
    match number.ask {
        Some(Ask::Comma) => {
            let values = number.values.iter();
            let values = values.filter_map(|value| value.is.decimal());
            let values: Vec<String> = values.collect();
            correction.asking(format!(
                "the comma groups digits or is a decimal point, so this is {}",
                values.join(" or ")
            ))
        }
        Some(Ask::Blank) => correction.asking("if the blank only groups digits"),
        None => correction,
    }
}

/// One value in a unit of the language, and whether it had to be rounded.
fn text_of(value: &Value, unit: &Meaning, kind: Kind) -> Option<(String, bool)> {
    let steps = value.is.times(unit.size)?.plus(unit.zero)?;
    if let Some(whole) = steps.as_whole() {
        return Some((write(whole, kind, unit.prefer)?, false));
    }
    if matches!(kind, Kind::Temperature | Kind::Pressure) {
        let last = value.last.times(unit.size)?;
        return Some((rounded(steps, last, kind, unit.prefer)?, true));
    }
    None
}

/// All parts combined: a span keeps them separate if possible, others are added.
fn sum(parts: &[Part], kind: Kind) -> Option<String> {
    let mut total = Ratio::ZERO;
    let mut texts = Vec::new();
    for Part { number, unit, .. } in parts {
        let value = number.values.first()?;
        total = total.plus(value.is.times(unit.size)?.plus(unit.zero)?)?;
        let (text, _) = text_of(value, unit, kind)?;
        texts.push(text);
    }
    let mut sizes: Vec<Prefer> = parts.iter().map(|part| part.unit.prefer).collect();
    sizes.dedup();
    // `1 h 1 h` is a typing error, and either part may be wrong.
    let repeats = sizes.len() < parts.len();
    let total = total.as_whole()?;
    if repeats || number_of_units(&sizes) < sizes.len() {
        return None;
    }
    if kind == Kind::Duration {
        let descending = is_descending(&sizes, kind);
        let span = Millis::from_millis(u64::try_from(total).ok()?);
        return Some(if descending {
            texts.join(" ")
        } else {
            span.spelled().to_string()
        });
    }
    is_descending(&sizes, kind)
        .then(|| write(total, kind, *sizes.first()?))
        .flatten()
}

fn number_of_units(sizes: &[Prefer]) -> usize {
    let is_first = |nth: usize| !sizes[..nth].contains(&sizes[nth]);
    (0..sizes.len()).filter(|nth| is_first(*nth)).count()
}

fn is_descending(sizes: &[Prefer], kind: Kind) -> bool {
    let steps = |prefer: &Prefer| match prefer {
        Prefer::Unit(name) => units(kind).find(|unit| unit.name == *name).map(|u| u.steps),
        Prefer::Ending(_) => None,
    };
    sizes
        .windows(2)
        .all(|pair| matches!((steps(&pair[0]), steps(&pair[1])), (Some(a), Some(b)) if a > b))
}

fn units(kind: Kind) -> impl DoubleEndedIterator<Item = &'static Unit> {
    UNITS.iter().filter(move |unit| unit.kind == kind)
}

/// A number of smallest steps as an exact quantity.
fn write(steps: u128, kind: Kind, prefer: Prefer) -> Option<String> {
    let in_unit = |unit: &Unit| {
        let value = Ratio::new(
            i128::try_from(steps).ok()?,
            i128::try_from(unit.steps).ok()?,
        );
        let number = with_power(value.decimal()?, kind);
        Some(format!("{number} {}", unit.name).trim_end().to_owned())
    };
    let fits = |unit: &&&Unit| match prefer {
        Prefer::Unit(name) => unit.name == name,
        Prefer::Ending(ending) => unit.name.ends_with(ending) && steps >= unit.steps,
    };
    let all: Vec<&Unit> = units(kind).rev().collect();
    let preferred = all.iter().filter(fits);
    let others = all.iter().filter(|unit| steps >= unit.steps);
    let small = all.iter().rev();
    preferred
        .chain(others)
        .chain(small)
        .find_map(|unit| in_unit(unit))
}

/// A long number as a power of ten, if the kind allows one.
fn with_power(number: String, kind: Kind) -> String {
    /// With more digits the zeros are hard to count.
    const MOST_DIGITS: usize = 6;
    let is_long = number.len() > MOST_DIGITS && !number.contains('.');
    if !is_long || !kind.takes_power_of_ten() {
        return number;
    }
    let digits = number.trim_end_matches('0');
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    format!("{first}{point}{rest}e{}", number.len() - 1)
}

/// A value with as many digits as were written, at least three.
fn rounded(steps: Ratio, last: Ratio, kind: Kind, prefer: Prefer) -> Option<String> {
    let unit = units(kind).find(|unit| Prefer::Unit(unit.name) == prefer)?;
    let size = Ratio::whole(i128::try_from(unit.steps).ok()?);
    for places in 0..=9 {
        let step = size.times(Ratio::power_of_ten(-places)?)?;
        let fine = step.at_most(last)?;
        let digits = step.times(Ratio::whole(100))?.at_most(steps)?;
        if fine && digits {
            let value = steps.per(step)?.rounded()?;
            let number = super::wording::decimal(value, u32::try_from(places).ok()?);
            return Some(format!("{number} {}", unit.name));
        }
    }
    None
}

#[cfg(test)]
mod tests;
