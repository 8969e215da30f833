//! What people write and what is proposed for it: rows that were dangerous, and rows of every kind.

use super::*;

fn certain(text: &str, kind: Kind) -> Option<String> {
    let correction = correction(text, kind, &Context::default());
    correction.certain().map(str::to_owned)
}

#[test]
fn what_means_one_thing_is_proposed_in_the_notation_of_the_language() {
    for (text, kind, right) in [
        ("1 mg/24h", Kind::DoseRate, "1 mg/day"),
        ("500 mcg/d", Kind::DoseRate, "500 µg/day"),
        ("1 mg daily", Kind::DoseRate, "1 mg/day"),
        ("7 mg/week", Kind::DoseRate, "1 mg/day"),
        ("0.5 g/day", Kind::DoseRate, "500 mg/day"),
        ("1 µg/min", Kind::DoseRate, "60 µg/h"),
        ("6 mg/12h", Kind::DoseRate, "12 mg/day"),
        ("20 cc", Kind::Volume, "20 mL"),
        ("0.018 L", Kind::Volume, "18 mL"),
        ("20 mm³", Kind::Volume, "20 µL"),
        ("1,5 mL", Kind::Volume, "1.5 mL"),
        ("½ mL", Kind::Volume, "0.5 mL"),
        ("2e1 mL", Kind::Volume, "20 mL"),
        ("mL 20", Kind::Volume, "20 mL"),
        ("50 mcg", Kind::Mass, "50 µg"),
        ("1 mg 500 µg", Kind::Mass, "1.5 mg"),
        ("10 g/L", Kind::Concentration, "10 mg/mL"),
        ("200 mg/20 mL", Kind::Concentration, "10 mg/mL"),
        ("0.5 %", Kind::Concentration, "5 mg/mL"),
        ("10 mg/cc", Kind::Concentration, "10 mg/mL"),
        ("25 µg per mL", Kind::Concentration, "25 µg/mL"),
        ("0.5 cc/24 hrs", Kind::FlowRate, "0.5 mL/day"),
        ("24 hours", Kind::Duration, "24 h"),
        ("24-hour", Kind::Duration, "24 h"),
        ("2 weeks", Kind::Duration, "14 d"),
        ("1 day 3 hours", Kind::Duration, "1 d 3 h"),
        ("1 hr, 30 min.", Kind::Duration, "1 h 30 min"),
        ("1 h and 30 min", Kind::Duration, "1 h 30 min"),
        ("1h30", Kind::Duration, "1 h 30 min"),
        ("30 min 1 h", Kind::Duration, "1 h 30 min"),
        ("⅓ h", Kind::Duration, "20 min"),
        ("8000 ft", Kind::Length, "2438.4 m"),
        ("35 in", Kind::Length, "88.9 cm"),
        ("35\"", Kind::Length, "88.9 cm"),
        ("2'11\"", Kind::Length, "0.889 m"),
        ("2 ft 11 in", Kind::Length, "0.889 m"),
        ("3 volts", Kind::Potential, "3 V"),
        ("10 cmH2O", Kind::Pressure, "0.980665 kPa"),
        ("10 cmH₂O", Kind::Pressure, "0.980665 kPa"),
        ("2 bar", Kind::Pressure, "200 kPa"),
        ("2 atm", Kind::Pressure, "2 ATA"),
        ("14.7 psi", Kind::Pressure, "101.4 kPa"),
        ("30 psi", Kind::Pressure, "207 kPa"),
        ("102 F", Kind::Temperature, "38.9 C"),
        ("100.4 °F", Kind::Temperature, "38 C"),
        ("310.15 K", Kind::Temperature, "37 C"),
        ("39,5 °C", Kind::Temperature, "39.5 C"),
        ("1.2 kΩ", Kind::Resistance, "1.2 kohm"),
        ("1 Mohm", Kind::Resistance, "1000 kohm"),
        ("3×10^16 Pa·s/m³", Kind::FlowResistance, "3e16 Pa s/m3"),
        ("3E16 Pa s/m3", Kind::FlowResistance, "3e16 Pa s/m3"),
        ("2x", Kind::Factor, "2"),
        ("×2", Kind::Factor, "2"),
        ("150 %", Kind::Factor, "1.5"),
        ("20 percent", Kind::Fraction, "20 %"),
        ("1/5", Kind::Fraction, "0.2"),
        ("0,2", Kind::Fraction, "0.2"),
        ("6 times", Kind::Count, "6"),
    ] {
        assert_eq!(certain(text, kind).as_deref(), Some(right), "{text}");
    }
}

#[test]
fn what_can_mean_two_things_is_asked() {
    for (text, kind, one, other) in [
        ("1,500 µg/day", Kind::DoseRate, "1500 µg/day", "1.5 µg/day"),
        ("1,500 mcg", Kind::Mass, "1500 µg", "1.5 µg"),
        ("2:30", Kind::Duration, "2 h 30 min", "2 min 30 s"),
    ] {
        let correction = correction(text, kind, &Context::default());
        assert_eq!(correction.certain(), None);
        let said = correction.to_string();
        let both = format!("write `{one}` or `{other}`");
        assert!(said.ends_with(&both), "{said}");
    }
}

#[test]
fn what_nobody_can_tell_leaves_the_number_alone() {
    for (text, kind) in [
        ("100 IU", Kind::Mass),
        ("5 units/day", Kind::DoseRate),
        ("1 mcg/kg/min", Kind::DoseRate),
        ("1 mg", Kind::DoseRate),
        ("1 mg/week", Kind::DoseRate),
        ("1 mg/m", Kind::DoseRate),
        ("2 gr", Kind::Mass),
        ("3 months", Kind::Duration),
        ("1 year", Kind::Duration),
        ("1-2 mg", Kind::Mass),
        ("1 to 2 mg", Kind::Mass),
        ("~5 mg", Kind::Mass),
        ("about 5 mg", Kind::Mass),
        ("5 mg mg", Kind::Mass),
        ("-5 mg", Kind::Mass),
        ("20 psig", Kind::Pressure),
        ("3 MV", Kind::Potential),
        ("250 MS", Kind::Duration),
        ("1 h 1 h", Kind::Duration),
        ("20 F", Kind::Temperature),
        ("5 mL", Kind::Fraction),
        ("5 mg", Kind::Count),
        ("soon", Kind::Duration),
        ("1 500 µg", Kind::Mass),
    ] {
        let correction = correction(text, kind, &Context::default());
        assert_eq!(correction.certain(), None, "{text}");
    }
}

#[test]
fn a_flow_is_a_dose_at_a_known_concentration() {
    let context = Context {
        concentration: Some(Concentration::from_ng_per_ml(10_000_000)),
        ..Context::default()
    };
    let said = |text, kind| {
        let correction = correction(text, kind, &context);
        correction.certain().map(str::to_owned)
    };
    assert_eq!(said("0.1 mL/h", Kind::DoseRate).as_deref(), Some("1 mg/h"));
    assert_eq!(
        said("0.1 cc/day", Kind::DoseRate).as_deref(),
        Some("1 mg/day")
    );
    assert_eq!(said("5 µL", Kind::Mass).as_deref(), Some("50 µg"));
    assert_eq!(certain("0.1 mL/h", Kind::DoseRate), None);
}
