//! What a fault did, in words: the figure that proves it.

use super::record::FaultRecord;
use thecal_plan::Dimension;
use thecal_plan::number::{format_value, significant, trimmed};

/// The unit of a small volume; from a milliliter on it is told in those.
const MICROLITERS: &str = "µL ";

/// Small units of the plant, the units shown, and the factor between them.
const READABLE: [(&str, &str, u64); 5] = [
    ("nL ", MICROLITERS, 1000),
    ("Pa ", "kPa ", 1000),
    ("ng ", "µg ", 1000),
    ("uC ", "mAh ", 3_600_000),
    ("per mille ", "% ", 10),
];

/// The effect of a fault, as text; one that comes again adds up, or has its highest value.
pub(super) fn took_effect(fault: &FaultRecord) -> String {
    let (effect, unit) = (fault.effect, &fault.effect_unit);
    let at_most = if fault.peak && fault.times > 1 {
        "at most "
    } else {
        ""
    };
    for (small, unit_for_people, per) in READABLE {
        if let Some(what) = unit.strip_prefix(small) {
            let shown = |effect: u64| amount(effect, unit_for_people, per);
            let back = match fault.back {
                0 => String::new(),
                back => {
                    let forwards = shown(effect.saturating_sub(back));
                    format!(": {}forwards, {}backwards", forwards, shown(back))
                }
            };
            return format!("{at_most}{}{what}{back}", shown(effect));
        }
    }
    let unit = match effect {
        1 => unit.replace("pulses", "pulse").replace("refills", "refill"),
        _ => unit.to_string(),
    };
    format!("{at_most}{effect} {unit}")
}

/// An amount in small units, in the unit and with the digits that it deserves, and the space behind it.
fn amount(small: u64, unit_for_people: &str, per: u64) -> String {
    #[expect(
        clippy::cast_precision_loss,
        reason = "what a fault counts is far below 2^52"
    )]
    let value = small as f64 / per as f64;
    if unit_for_people == MICROLITERS && value >= 1e3 {
        return format!("{} ", format_value(value / 1e3, Dimension::Volume));
    }
    let four: f64 = significant(value, 4).parse().unwrap_or(value);
    let digits = if per == 10 { 1 } else { 3 };
    format!("{} {unit_for_people}", trimmed(four, digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_has_four_digits_and_a_readable_unit() {
        for (small, text) in [
            (0, "0 µL "),
            (7, "0.007 µL "),
            (20_000, "20 µL "),
            (163_876, "163.9 µL "),
            (13_303_296, "13.3 mL "),
        ] {
            assert_eq!(amount(small, MICROLITERS, 1000), text);
        }
        assert_eq!(amount(176_569, "kPa ", 1000), "176.6 kPa ");
        assert_eq!(amount(25, "% ", 10), "2.5 % ");
    }
}
