//! Units as people write them: aliases, and rates and concentrations composed of them.

use super::alias;
use super::number_reading;
use super::ratio::Ratio;
use super::unit::{Kind, UNITS};
use thecal_units::Concentration;

/// The unit of the language in which a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prefer {
    /// This one.
    Unit(&'static str),
    /// The most readable one with this ending.
    Ending(&'static str),
}

/// The meaning of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Meaning {
    /// Its size in smallest steps of the kind.
    pub(crate) size: Ratio,
    /// Its offset in smallest steps.
    pub(crate) zero: Ratio,
    /// How it is written in the language.
    pub(crate) prefer: Prefer,
}

const DAY_MS: i128 = 86_400_000;
const HOUR_MS: i128 = 3_600_000;

/// The meaning of this unit for this kind. With a concentration, a volume is also a mass of drug.
pub(crate) fn meaning(
    text: &str,
    kind: Kind,
    concentration: Option<Concentration>,
) -> Option<Meaning> {
    if let Some(found) = simple(text, kind) {
        return Some(found);
    }
    match kind {
        Kind::DoseRate => rate(text, Kind::Mass, kind).or_else(|| {
            let flow = rate(text, Kind::Volume, Kind::FlowRate)?;
            let ending = match flow.prefer {
                Prefer::Unit(unit) | Prefer::Ending(unit) if unit.ends_with("/h") => "/h",
                _ => "/day",
            };
            // nL/day times ng/mL is a millionth of ng/day.
            with_drug(flow.size, 1_000_000, concentration?, ending)
        }),
        Kind::FlowRate => rate(text, Kind::Volume, kind),
        Kind::Mass => {
            let volume = simple(text, Kind::Volume)?;
            // pL times ng/mL is a thousandth of fg.
            with_drug(volume.size, 1_000, concentration?, "")
        }
        Kind::Concentration => per_volume(text),
        _ => None,
    }
}

/// The drug in a volume or a flow.
fn with_drug(
    size: Ratio,
    parts: i128,
    concentration: Concentration,
    ending: &'static str,
) -> Option<Meaning> {
    let strength = Ratio::new(i128::from(concentration.as_ng_per_ml()), parts);
    Some(Meaning {
        size: size.times(strength)?,
        zero: Ratio::ZERO,
        prefer: Prefer::Ending(ending),
    })
}

/// A unit of one word: of the language, ignoring case, or an alias.
fn simple(text: &str, kind: Kind) -> Option<Meaning> {
    let name = squashed(text);
    let same = |known: &str| {
        let known = squashed(known);
        let capitals_count = kind == Kind::FlowResistance || matches!(known.as_str(), "mV" | "ms");
        name == known || (!capitals_count && name.to_lowercase() == known.to_lowercase())
    };
    let of_kind = |name: &str| {
        UNITS
            .iter()
            .find(|unit| unit.kind == kind && unit.name == name)
    };
    let known = UNITS
        .iter()
        .find(|unit| unit.kind == kind && same(unit.name));
    if let Some(unit) = known {
        return Some(Meaning {
            size: Ratio::whole(i128::try_from(unit.steps).ok()?),
            zero: Ratio::ZERO,
            prefer: Prefer::Unit(unit.name),
        });
    }
    let row = alias::find(&name, kind)?;
    let unit = of_kind(row.unit)?;
    let steps = Ratio::whole(i128::try_from(unit.steps).ok()?);
    Some(Meaning {
        size: row.size().times(steps)?,
        zero: row.zero().times(steps)?,
        prefer: Prefer::Unit(unit.name),
    })
}

/// The spelling for look-up: no blanks, no multiplication signs, `u` for micro.
fn squashed(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && !"*^.".contains(*c))
        .map(|c| if c == 'µ' { 'u' } else { c })
        .collect()
}

/// A mass or a volume per time.
fn rate(text: &str, above: Kind, kind: Kind) -> Option<Meaning> {
    let (amount, time) = divided(text)?;
    let amount = simple(&amount, above)?;
    let (count, unit) = counted(&time)?;
    // A minute, a meter or a month.
    if unit.eq_ignore_ascii_case("m") {
        return None;
    }
    let milliseconds = simple(unit, Kind::Duration)?.size.times(count)?;
    // fg in an ng, pL in an nL.
    let small = if above == Kind::Mass {
        1_000_000
    } else {
        1_000
    };
    let per_day = Ratio::whole(DAY_MS).per(milliseconds)?;
    let size = amount.size.times(per_day)?.times(Ratio::new(1, small))?;
    let hourly = milliseconds.at_most(Ratio::whole(HOUR_MS))?;
    let ending = if hourly { "/h" } else { "/day" };
    Some(Meaning {
        size,
        zero: Ratio::ZERO,
        prefer: joined(amount.prefer, ending, kind),
    })
}

/// A mass per volume.
fn per_volume(text: &str) -> Option<Meaning> {
    let (mass, volume) = divided(text)?;
    let mass = simple(&mass, Kind::Mass)?;
    let (count, unit) = counted(&volume)?;
    let picoliters = simple(unit, Kind::Volume)?.size.times(count)?;
    // fg per pL is 1000 ng/mL.
    let size = mass.size.per(picoliters)?.times(Ratio::whole(1_000))?;
    Some(Meaning {
        size,
        zero: Ratio::ZERO,
        prefer: joined(mass.prefer, "/mL", Kind::Concentration),
    })
}

/// The unit of this kind with this amount and ending.
fn joined(amount: Prefer, ending: &'static str, kind: Kind) -> Prefer {
    let Prefer::Unit(amount) = amount else {
        return Prefer::Ending(ending);
    };
    let name = format!("{amount}{ending}");
    let unit = UNITS
        .iter()
        .find(|unit| unit.kind == kind && unit.name == name);
    unit.map_or(Prefer::Ending(ending), |unit| Prefer::Unit(unit.name))
}

/// Numerator and denominator of `mg/day`, `mg per day`, `mg a day`, `mg daily`, `mg day^-1`.
fn divided(text: &str) -> Option<(String, String)> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let words: Vec<String> = words
        .iter()
        .map(|word| match word.to_lowercase().as_str() {
            "per" | "a" | "an" | "each" | "in" => "/".to_owned(),
            "daily" => "/day".to_owned(),
            "hourly" => "/h".to_owned(),
            _ => (*word).to_owned(),
        })
        .collect();
    let text = words.join(" ");
    let mut parts = text.split('/');
    let (above, below) = (parts.next()?, parts.next());
    if parts.next().is_some() {
        return None;
    }
    let (above, below) = match below {
        Some(below) => (above, below),
        None => {
            let base = above.strip_suffix("-1")?.trim_end_matches('^');
            base.rsplit_once([' ', '*', '.'])?
        }
    };
    Some((above.trim().to_owned(), below.trim().to_owned()))
}

/// The number before a unit, such as the 24 of `24h`: 1 if there is none.
fn counted(text: &str) -> Option<(Ratio, &str)> {
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return Some((Ratio::ONE, text));
    }
    let number = number_reading::number(text)?;
    let [value] = number.values.as_slice() else {
        return None;
    };
    let rest = text[number.length..].trim_start_matches([' ', '-']);
    number.ask.is_none().then_some((value.is, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(text: &str, kind: Kind) -> Option<(Ratio, Prefer)> {
        meaning(text, kind, None).map(|found| (found.size, found.prefer))
    }

    #[test]
    fn rates_are_made_of_their_parts() {
        let day = |steps| Some((Ratio::whole(steps), Prefer::Unit("mg/day")));
        for text in [
            "mg/24h",
            "mg/24 hrs",
            "mg / d",
            "mg per day",
            "mg a day",
            "mg daily",
            "mg day^-1",
            "MG/DAY",
            "milligrams per 24 hours",
        ] {
            assert_eq!(size(text, Kind::DoseRate), day(1_000_000), "{text}");
        }
        let hour = Some((Ratio::whole(24_000), Prefer::Unit("µg/h")));
        assert_eq!(size("mcg/hr", Kind::DoseRate), hour);
        assert_eq!(
            size("g/L", Kind::Concentration).unwrap().0,
            Ratio::whole(1_000_000)
        );
        assert_eq!(
            size("mg/20 mL", Kind::Concentration).unwrap().0,
            Ratio::whole(50_000)
        );
        assert_eq!(size("mg/m", Kind::DoseRate), None);
        assert_eq!(size("mcg/kg/min", Kind::DoseRate), None);
        assert_eq!(size("IU/day", Kind::DoseRate), None);
    }

    #[test]
    fn capitals_count_where_they_change_the_size() {
        assert_eq!(size("MV", Kind::Potential), None);
        assert_eq!(size("Ms", Kind::Duration), None);
        assert_eq!(size("mpa", Kind::Pressure), None);
        assert_eq!(
            size("MPa", Kind::Pressure).unwrap().0,
            Ratio::whole(1_000_000_000_000)
        );
        assert_eq!(size("mohm", Kind::Resistance).unwrap().0, Ratio::ONE);
        assert_eq!(
            size("Mohm", Kind::Resistance).unwrap().0,
            Ratio::whole(1_000_000_000)
        );
    }

    #[test]
    fn a_flow_is_a_dose_where_the_concentration_is_known() {
        let strength = Concentration::from_ng_per_ml(10_000_000);
        let found = meaning("mL/h", Kind::DoseRate, Some(strength)).unwrap();
        assert_eq!(found.size, Ratio::whole(240_000_000));
        assert_eq!(found.prefer, Prefer::Ending("/h"));
        assert_eq!(meaning("mL/h", Kind::DoseRate, None), None);
    }
}
