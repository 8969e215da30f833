//! Ranges whose check and message use the same text.

use crate::quantity::{Quantity, parse};
use std::fmt;

/// The smallest and largest value of a quantity, as a file writes them: both ends are parsed for
/// the comparison, so a message cannot name other ends.
#[derive(Clone, Copy, Debug)]
pub struct QuantityRange {
    least: &'static str,
    most: &'static str,
    note: &'static str,
}

impl QuantityRange {
    /// From the smallest to the largest, both included.
    #[must_use]
    pub const fn new(least: &'static str, most: &'static str) -> Self {
        Self {
            least,
            most,
            note: "",
        }
    }

    /// The same range, printed with a remark behind it.
    #[must_use]
    pub const fn with_note(self, note: &'static str) -> Self {
        Self { note, ..self }
    }

    /// Both ends; `None` where one of them is no quantity of this kind.
    #[must_use]
    pub fn ends<Q: Quantity>(&self) -> Option<[Q; 2]> {
        let end = |text| parse(text, (0, 0).into()).ok();
        Some([end(self.least)?, end(self.most)?])
    }

    /// Whether the value is in the range.
    #[must_use]
    pub fn contains<Q: Quantity>(&self, value: &Q) -> bool {
        let ends = self.ends::<Q>();
        ends.is_some_and(|[least, most]| least <= *value && *value <= most)
    }
}

impl fmt::Display for QuantityRange {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} to {}", self.least, self.most)?;
        if !self.note.is_empty() {
            write!(out, " {}", self.note)?;
        }
        Ok(())
    }
}

/// Which values of its kind a quantity may have.
#[derive(Clone, Copy, Debug)]
pub enum Limits {
    /// All of them.
    Any,
    /// Those above zero.
    AboveZero,
    /// Those of a range.
    Range(QuantityRange),
    /// Of durations: an instant, counted from the start of the run and not after its end.
    Instant,
    /// Of dose rates: zero, or what is a flow of this range at the concentration of the drug.
    Flow(QuantityRange),
}

/// A number with its unit, in the largest of `units` in which it is 1 or more: the names of the
/// units from small to large, each with its size in the unit of `value`.
///
/// From ten million on, the number is written as a power of ten.
#[must_use]
pub fn number_in_words(value: f64, units: &[(&str, f64)]) -> String {
    let fits = units.iter().rev().find(|(_, size)| value >= *size);
    let Some((unit, size)) = fits.or(units.first()) else {
        return value.to_string();
    };
    let number = value / size;
    let number = if number >= 1e7 {
        format!("{number:e}")
    } else {
        number.to_string()
    };
    format!("{number} {unit}").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use thecal_units::Volume;

    #[test]
    fn both_ends_are_in_the_range_and_are_what_it_prints() {
        let range = QuantityRange::new("0.1 mL", "40 mL");
        assert_eq!(range.to_string(), "0.1 mL to 40 mL");
        assert!(range.contains(&Volume::from_picoliters(100_000_000)));
        assert!(range.contains(&Volume::from_picoliters(40_000_000_000)));
        assert!(!range.contains(&Volume::from_picoliters(99_999_999)));
        assert!(!range.contains(&Volume::from_picoliters(40_000_000_001)));
    }

    #[test]
    fn numbers_come_in_their_largest_unit() {
        let ohms = [("ohm", 1.0), ("kohm", 1e3)];
        assert_eq!(number_in_words(1e9, &ohms), "1000000 kohm");
        assert_eq!(number_in_words(0.0, &ohms), "0 ohm");
        assert_eq!(number_in_words(1.0, &[("%", 0.01)]), "100 %");
        assert_eq!(number_in_words(1e12, &[("", 1.0)]), "1e12");
    }
}
