//! Every unit, every refusal, and properties over arbitrary text.

use super::*;
use crate::trial::Corrected as _;
use proptest::prelude::*;

fn read<Q: Quantity>(text: &str) -> Result<Q, QuantityMistake> {
    parse(text, (0, text.len()).into())
}

#[test]
fn every_unit_has_its_size() {
    assert_eq!(read("250 ms"), Ok(Millis::from_millis(250)));
    assert_eq!(read("1.5 h"), Ok(Millis::from_secs(5_400)));
    assert_eq!(read("1 h 30 min"), Ok(Millis::from_secs(5_400)));
    assert_eq!(read("1d2h3min4s5ms"), Ok(Millis::from_millis(93_784_005)));
    assert_eq!(read("0.125 d"), Ok(Millis::HOUR.times(3)));
    assert_eq!(read("0.001 nL"), Ok(Volume::from_picoliters(1)));
    assert_eq!(read("20 mL"), Ok(Volume::from_nanoliters(20_000_000)));
    assert_eq!(read("50 µg"), Ok(Mass::from_nanograms(50_000)));
    assert_eq!(
        read("1.000000000001 mg"),
        Ok(Mass::from_femtograms(1_000_000_000_001))
    );
    assert_eq!(
        read("10 mg/mL"),
        Ok(Concentration::from_ng_per_ml(10_000_000))
    );
    assert_eq!(
        read("25 µg / mL"),
        Ok(Concentration::from_ng_per_ml(25_000))
    );
    assert_eq!(read("1 mg/day"), Ok(DoseRate::from_ng_per_day(1_000_000)));
    assert_eq!(read("1 µg/h"), Ok(DoseRate::from_ng_per_day(24_000)));
    assert_eq!(read("0.5 ng/h"), Ok(DoseRate::from_ng_per_day(12)));
    assert_eq!(read("0.5 mL/day"), Ok(FlowRate::from_nl_per_day(500_000)));
    assert_eq!(read("2 uL/h"), Ok(FlowRate::from_nl_per_day(48_000)));
    let pressure: real::Pressure = read("101.325 kPa").unwrap();
    assert!((pressure.as_kilopascals() - 101.325).abs() < 1e-12);
    let temperature: real::Temperature = read("37.5 C").unwrap();
    assert!((temperature.as_celsius() - 37.5).abs() < 1e-12);
    let length: real::Length = read("855 mm").unwrap();
    assert!((length.as_centimeters() - 85.5).abs() < 1e-12);
    let altitude: real::Length = read("5500 m").unwrap();
    assert!((altitude.as_centimeters() - 550_000.0).abs() < 1e-6);
    for (text, kilopascals) in [
        ("250 Pa", 0.25),
        ("5 kPa", 5.0),
        ("2 ATA", 202.65),
        ("760 mmHg", 101.325_014_12),
    ] {
        let pressure: real::Pressure = read(text).unwrap();
        assert!(
            (pressure.as_kilopascals() - kilopascals).abs() < 1e-9,
            "{text}"
        );
    }
    let fever: real::Temperature = read("40.5 C").unwrap();
    assert!((fever.as_celsius() - 40.5).abs() < 1e-12);
}

#[test]
fn a_power_of_ten_is_for_what_spans_decades() {
    let near = |value: f64, wanted: f64| (value / wanted - 1.0).abs() < 1e-12;
    let leak: FlowResistance = read("3e16 Pa s/m3").unwrap();
    assert!(near(leak.value(), 3e16));
    let leak: FlowResistance = read("2.5e15 Pas / m3").unwrap();
    assert!(near(leak.value(), 2.5e15));
    let times: Factor = read("1.5e3").unwrap();
    assert!(near(times.value(), 1_500.0));
    let film: Resistance = read("1.2 kohm").unwrap();
    assert!(near(film.value(), 1_200.0));
    assert!(matches!(
        read::<Factor>("1e99"),
        Err(QuantityMistake::TooLarge { .. })
    ));
    assert!(matches!(
        read::<Volume>("1e3 nL"),
        Err(QuantityMistake::NotANumber { .. })
    ));
    assert!(read::<FlowResistance>("3e Pa s/m3").is_err());
    assert!(read::<Fraction>("120 %").is_err());
}

#[test]
fn three_spellings_of_micro_are_one() {
    let micro: [Result<Volume, _>; 3] = ["3 uL", "3 \u{b5}L", "3 \u{3bc}L"].map(read);
    assert!(
        micro
            .iter()
            .all(|volume| *volume == Ok(Volume::from_nanoliters(3_000)))
    );
}

#[test]
fn a_fraction_that_a_binary_float_cannot_hold_is_exact() {
    assert_eq!(read("0.3 s"), Ok(Millis::from_millis(300)));
    assert_eq!(
        read("4.294967 mg/day"),
        Ok(DoseRate::from_ng_per_day(4_294_967))
    );
}

#[test]
fn refusals_name_the_reason() {
    use QuantityMistake as M;
    assert!(matches!(read::<Millis>("24"), Err(M::UnitMissing { .. })));
    assert!(matches!(read::<Millis>(""), Err(M::Absent { .. })));
    assert!(matches!(
        read::<Millis>("24 hours"),
        Err(M::UnknownUnit { .. })
    ));
    assert!(matches!(
        read::<DoseRate>("1 mg"),
        Err(M::WrongDimension { .. })
    ));
    assert!(matches!(read::<Millis>("-1 h"), Err(M::Negative { .. })));
    assert!(matches!(
        read::<Millis>("\u{2212}1 h"),
        Err(M::Negative { .. })
    ));
    assert!(matches!(read::<Millis>("soon"), Err(M::NotANumber { .. })));
    assert!(matches!(read::<Millis>("1,5 h"), Err(M::NotANumber { .. })));
    assert!(matches!(
        read::<Millis>("1.2.3 h"),
        Err(M::NotANumber { .. })
    ));
    assert!(matches!(read::<Millis>(".5 h"), Err(M::NotANumber { .. })));
    assert!(matches!(read::<Millis>("0.5 ms"), Err(M::TooFine { .. })));
    assert!(matches!(
        read::<Concentration>("5 g/mL"),
        Err(M::UnknownUnit { .. })
    ));
    assert!(matches!(
        read::<Concentration>("9999 mg/mL"),
        Err(M::TooLarge { .. })
    ));
    assert!(matches!(read::<Volume>("1 mL 2 nL"), Err(M::Parts { .. })));
    assert!(matches!(read::<Millis>("30 min 1 h"), Err(M::Parts { .. })));
    assert!(matches!(read::<Millis>("1 h 1 h"), Err(M::Parts { .. })));
    let long = format!("0.{}1 h", "0".repeat(500));
    assert!(matches!(read::<Millis>(&long), Err(M::TooFine { .. })));
    assert!(matches!(
        read::<Millis>(&format!("{} d", "9".repeat(500))),
        Err(M::TooLarge { .. })
    ));
}

#[test]
fn a_correction_means_the_same_or_there_is_none() {
    let proposed = |text: &str, mistake: Option<QuantityMistake>| {
        let replacement = mistake.expect(text).replacement()?;
        assert_eq!(replacement.at, (0, text.len()).into());
        Some(replacement.text)
    };
    let text = "50 ug";
    assert_eq!(proposed(text, read::<DoseRate>(text).err()), None);
    let text = "10 m";
    let minutes = proposed(text, read::<Millis>(text).err());
    assert_eq!(minutes.as_deref(), Some("\"10 min\""));
    let text = "50 mcg";
    let micrograms = proposed(text, read::<Mass>(text).err());
    assert_eq!(micrograms.as_deref(), Some("\"50 µg\""));
    // Accepted as text, but more than the value can hold.
    let text = "9999 g/L";
    assert_eq!(proposed(text, read::<Concentration>(text).err()), None);
}

#[test]
fn limits_are_in_base_units() {
    let at = (0, 0).into();
    assert_eq!(
        limit("1", Kind::Count, at).map(f64::to_bits),
        Ok(1.0_f64.to_bits())
    );
    assert_eq!(
        limit("20 %", Kind::Fraction, at).map(f64::to_bits),
        Ok(0.2_f64.to_bits())
    );
    assert_eq!(
        limit("2700 mV", Kind::Potential, at).map(f64::to_bits),
        Ok(2.7_f64.to_bits())
    );
    assert!(matches!(
        limit("101 %", Kind::Fraction, at),
        Err(QuantityMistake::TooLarge { .. })
    ));
    assert!(matches!(
        limit("1.5", Kind::Count, at),
        Err(QuantityMistake::TooFine { .. })
    ));
}

proptest! {
    #[test]
    fn a_span_survives_writing_and_reading(millis in any::<u64>()) {
        let span = Millis::from_millis(millis);
        prop_assert_eq!(read(&span.spelled().to_string()), Ok(span));
    }

    #[test]
    fn a_volume_survives_writing_and_reading(picoliters in any::<u64>()) {
        let text = super::super::wording::decimal(u128::from(picoliters), 9);
        prop_assert_eq!(read(&format!("{text} mL")), Ok(Volume::from_picoliters(picoliters)));
    }

    #[test]
    fn a_dose_rate_survives_writing_and_reading(nanograms in any::<u32>()) {
        let text = super::super::wording::decimal(u128::from(nanograms), 6);
        prop_assert_eq!(read(&format!("{text} mg/day")), Ok(DoseRate::from_ng_per_day(nanograms)));
    }

    #[test]
    fn arbitrary_text_never_panics(text in ".*") {
        let duration = read::<Millis>(&text);
        let limit = limit(&text, Kind::Fraction, (0, 0).into());
        prop_assert!(duration.is_err() || !text.is_empty());
        prop_assert!(limit.is_err() || !text.is_empty());
    }

    #[test]
    fn text_that_looks_like_a_quantity_never_panics(text in "[-0-9., ]{0,12}[a-zµ/%]{0,6}[0-9 .]{0,40}[hms]{0,3}") {
        for kind in [Kind::Duration, Kind::Mass, Kind::Count, Kind::Fraction] {
            prop_assert!(limit(&text, kind, (0, 0).into()).is_err() || !text.is_empty());
        }
    }
}
