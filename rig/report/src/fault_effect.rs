//! What a fault did, in words: the figure that proves it.

use super::record::FaultRecord;
use thecal_plan::Dimension;
use thecal_plan::number::{format_value, significant, trimmed};

/// Small units of the plant, the units shown, and the factor between them.
const READABLE: [(&str, &str, u64); 5] = [
    ("nL ", "µL ", 1000),
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
            let shown = |effect: u64| {
                if small == "nL " {
                    return volume(effect);
                }
                let digits: usize = if per == 10 { 1 } else { 3 };
                let scale = if per == 10 { 10 } else { 1000 };
                let parts = (effect.saturating_mul(scale) + per / 2) / per;
                let (whole, rest) = (parts / scale, parts % scale);
                format!("{whole}.{rest:0digits$} {unit_for_people}")
            };
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

/// A volume in the unit and with the digits that it deserves, and the space behind it.
fn volume(nanoliters: u64) -> String {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a reservoir is far below 2^52 nL"
    )]
    let microliters = nanoliters as f64 / 1e3;
    if microliters >= 1e3 {
        return format!("{} ", format_value(microliters / 1e3, Dimension::Volume));
    }
    let digits = significant(microliters, 4).parse().unwrap_or(microliters);
    format!("{} µL ", trimmed(digits, 3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_has_four_digits_and_a_readable_unit() {
        for (nanoliters, text) in [
            (0, "0 µL "),
            (7, "0.007 µL "),
            (20_000, "20 µL "),
            (163_876, "163.9 µL "),
            (13_303_296, "13.3 mL "),
        ] {
            assert_eq!(volume(nanoliters), text);
        }
    }
}
