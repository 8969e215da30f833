//! Arguments of overlays on the command line.

use thecal_overlay::{Kind, named};
use thecal_text::names::closest;

/// What `--overlay` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overlays {
    /// Every overlay there is.
    All,
    /// One.
    One(Kind),
}

pub(crate) fn overlay_help() -> String {
    let names: Vec<&str> = Kind::ALL.into_iter().map(Kind::name).collect();
    format!(
        "Run each scenario once more for each of these disturbances instead of as it is: {}, or `all`",
        names.join(", ")
    )
}

pub(crate) fn overlay(text: &str) -> Result<Overlays, String> {
    if text == "all" {
        return Ok(Overlays::All);
    }
    let kind = named(text).map(Overlays::One);
    kind.ok_or_else(|| {
        let names: Vec<&str> = Kind::ALL.into_iter().map(Kind::name).collect();
        let near = closest(text, &names);
        let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        format!("there is no such overlay{near}")
    })
}

/// Seeds, each once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seeds(pub Vec<u64>);

/// Most seeds of a call.
const SEEDS_MAX: u64 = 10_000;

/// A number, or a range of numbers with both ends.
pub(crate) fn seeds(text: &str) -> Result<Seeds, String> {
    let number = |text: &str| {
        let number = text.trim().parse::<u64>();
        number.map_err(|_| format!("expected a number or a range such as `1-10`, not `{text}`"))
    };
    let (first, last) = match text.split_once('-') {
        None => (number(text)?, number(text)?),
        Some((first, last)) => (number(first)?, number(last)?),
    };
    if last < first || last - first >= SEEDS_MAX {
        return Err(format!(
            "expected 1 to {SEEDS_MAX} seeds, the lower one first"
        ));
    }
    Ok(Seeds((first..=last).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_a_number_or_a_range() {
        assert_eq!(seeds("7"), Ok(Seeds(vec![7])));
        assert_eq!(seeds("2-4"), Ok(Seeds(vec![2, 3, 4])));
        for wrong in ["", "x", "4-2", "1-", "1-20000"] {
            assert!(seeds(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_misspelled_overlay_is_suggested() {
        assert_eq!(overlay("press"), Ok(Overlays::One(Kind::Press)));
        let error = overlay("powercut").unwrap_err();
        assert!(error.contains("`power-cut`"), "{error}");
    }
}
