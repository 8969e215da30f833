//! Spellings of units that people use, each with its exact size in a unit of the language.
//!
//! Units are suggested only from this table, never by similar spelling: one letter is a factor of a
//! thousand. Rates and concentrations are not listed: they are composed of a mass or a volume and a
//! time or a volume, such as `mcg/24 hrs` (see `unit_reading.rs`).

use super::ratio::Ratio;
use super::unit::Kind;

/// Other spellings of a unit of the language, or of a unit that it lacks.
#[derive(Clone, Copy)]
pub struct Alias {
    /// What it measures.
    pub kind: Kind,
    /// The unit of the language used instead.
    pub unit: &'static str,
    /// Size in that unit, as a fraction.
    size: (i128, i128),
    /// Offset in that unit, as a fraction. Nonzero only for a temperature.
    zero: (i128, i128),
    /// The spellings, separated by blanks. `u` stands for `µ`.
    pub written: &'static str,
    /// Whether upper and lower case are different units: a megavolt is not a millivolt.
    pub(crate) exact: bool,
}

impl Alias {
    /// Its size in [`Self::unit`].
    #[must_use]
    pub const fn size(&self) -> Ratio {
        Ratio::new(self.size.0, self.size.1)
    }

    /// One of it, as text: `7 d`.
    #[must_use]
    pub fn in_words(&self) -> String {
        if self.zero != (0, 1) {
            return match self.size {
                (5, 9) => "the value less 32, times 5/9, C".to_owned(),
                _ => "the value less 273.15, C".to_owned(),
            };
        }
        let number = self.size().decimal().unwrap_or_else(|| {
            #[expect(clippy::cast_precision_loss, reason = "ten digits are shown")]
            let value = self.size.0 as f64 / self.size.1 as f64;
            format!("{value:.9}, rounded,")
        });
        format!("{number} {}", self.unit).trim_end().to_owned()
    }

    /// Its offset in the same unit.
    #[must_use]
    pub const fn zero(&self) -> Ratio {
        Ratio::new(self.zero.0, self.zero.1)
    }
}

const fn same(kind: Kind, unit: &'static str, written: &'static str) -> Alias {
    times(kind, (1, 1), unit, written)
}

const fn times(kind: Kind, size: (i128, i128), unit: &'static str, written: &'static str) -> Alias {
    Alias {
        kind,
        unit,
        size,
        zero: (0, 1),
        written,
        exact: false,
    }
}

/// A row for which case matters.
const fn exactly(row: Alias) -> Alias {
    Alias { exact: true, ..row }
}

/// A temperature with an offset.
const fn shifted(size: (i128, i128), zero: (i128, i128), written: &'static str) -> Alias {
    let row = times(Kind::Temperature, size, "C", written);
    Alias { zero, ..row }
}

/// Every alias, by kind.
pub const ALIASES: &[Alias] = &[
    times(
        Kind::Duration,
        (1, 1_000),
        "ms",
        "usec usecs microsecond microseconds",
    ),
    exactly(same(Kind::Duration, "ms", "msec msecs")),
    same(
        Kind::Duration,
        "ms",
        "millisec millisecs millisecond milliseconds",
    ),
    same(Kind::Duration, "s", "sec secs second seconds"),
    same(Kind::Duration, "min", "mins minute minutes"),
    exactly(same(Kind::Duration, "min", "m mn")),
    same(Kind::Duration, "h", "hr hrs hour hours"),
    same(Kind::Duration, "d", "day days dy"),
    times(Kind::Duration, (7, 1), "d", "w wk wks week weeks"),
    times(
        Kind::Volume,
        (1, 1_000),
        "nL",
        "pl picoliter picoliters picolitre picolitres",
    ),
    same(
        Kind::Volume,
        "nL",
        "nanoliter nanoliters nanolitre nanolitres",
    ),
    same(
        Kind::Volume,
        "µL",
        "mcl microliter microliters microlitre microlitres mm3 cmm",
    ),
    same(
        Kind::Volume,
        "mL",
        "mls cc ccs ccm cm3 milliliter milliliters millilitre millilitres",
    ),
    times(
        Kind::Volume,
        (10, 1),
        "mL",
        "cl centiliter centiliters centilitre centilitres",
    ),
    times(
        Kind::Volume,
        (100, 1),
        "mL",
        "dl deciliter deciliters decilitre decilitres",
    ),
    times(
        Kind::Volume,
        (1_000, 1),
        "mL",
        "l liter liters litre litres",
    ),
    times(Kind::Mass, (1, 1_000), "ng", "pg picogram picograms"),
    same(
        Kind::Mass,
        "ng",
        "nanogram nanograms nanogramme nanogrammes",
    ),
    same(
        Kind::Mass,
        "µg",
        "mcg mcgs mcgm ugs microgram micrograms microgramme microgrammes",
    ),
    same(
        Kind::Mass,
        "mg",
        "mgs mgm milligram milligrams milligramme milligrammes",
    ),
    times(
        Kind::Mass,
        (1_000, 1),
        "mg",
        "g gm gms gram grams gramme grammes",
    ),
    times(Kind::Mass, (1_000_000, 1), "mg", "kg kilogram kilograms"),
    // A solid in a liquid: grams in 100 mL (USP General Notices, percentage of concentrations).
    times(
        Kind::Concentration,
        (10, 1),
        "mg/mL",
        "% %w/v %(w/v) percent pct",
    ),
    times(
        Kind::Length,
        (1, 1_000),
        "mm",
        "um micron microns micrometer micrometers micrometre",
    ),
    same(
        Kind::Length,
        "mm",
        "millimeter millimeters millimetre millimetres",
    ),
    same(
        Kind::Length,
        "cm",
        "cms centimeter centimeters centimetre centimetres",
    ),
    same(Kind::Length, "m", "meter meters metre metres"),
    times(
        Kind::Length,
        (1_000, 1),
        "m",
        "km kilometer kilometers kilometre kilometres",
    ),
    times(Kind::Length, (254, 100), "cm", "in inch inches \" ''"),
    times(Kind::Length, (3_048, 10_000), "m", "ft feet foot '"),
    times(Kind::Length, (9_144, 10_000), "m", "yd yds yard yards"),
    times(Kind::Potential, (1, 1_000), "mV", "uV microvolt microvolts"),
    exactly(same(Kind::Potential, "mV", "mv")),
    same(Kind::Potential, "mV", "millivolt millivolts"),
    same(Kind::Potential, "V", "volt volts vdc"),
    same(
        Kind::Current,
        "nA",
        "nanoampere nanoamperes nanoamp nanoamps",
    ),
    same(
        Kind::Current,
        "µA",
        "microampere microamperes microamp microamps",
    ),
    same(
        Kind::Current,
        "mA",
        "milliampere milliamperes milliamp milliamps",
    ),
    times(Kind::Current, (1_000, 1), "mA", "A ampere amperes amp amps"),
    same(Kind::Pressure, "Pa", "pascal pascals n/m2"),
    times(
        Kind::Pressure,
        (1, 10),
        "kPa",
        "hpa mbar mbars millibar millibars hectopascal",
    ),
    same(Kind::Pressure, "kPa", "kilopascal kilopascals"),
    exactly(times(
        Kind::Pressure,
        (1_000, 1),
        "kPa",
        "MPa megapascal megapascals",
    )),
    times(Kind::Pressure, (100, 1), "kPa", "bar bars"),
    times(Kind::Pressure, (10, 1), "mmHg", "cmhg"),
    times(Kind::Pressure, (254, 10), "mmHg", "inhg \"hg"),
    // 101 325/760 Pa, which differs from the conventional mmHg in the seventh digit.
    times(
        Kind::Pressure,
        (101_325_000_000, 101_325_014_120),
        "mmHg",
        "torr",
    ),
    // Conventional: water of 1000 kg/m3 at 9.80665 m/s2.
    times(
        Kind::Pressure,
        (980_665, 100_000_000),
        "kPa",
        "mmh2o mmwc mmwg",
    ),
    times(
        Kind::Pressure,
        (980_665, 10_000_000),
        "kPa",
        "cmh2o cmwc cmwg",
    ),
    times(
        Kind::Pressure,
        (24_908_891, 100_000_000),
        "kPa",
        "inh2o inwc inwg",
    ),
    same(Kind::Pressure, "ATA", "atm atms atmosphere atmospheres"),
    // A pound of 0.453 592 37 kg at 9.80665 m/s2 on a square inch of 0.0254 m.
    times(
        Kind::Pressure,
        (44_482_216_152_605, 6_451_600_000_000),
        "kPa",
        "psi lbf/in2 lb/in2",
    ),
    same(
        Kind::Temperature,
        "C",
        "°c ° degc celsius °celsius degreescelsius centigrade",
    ),
    shifted(
        (5, 9),
        (-160, 9),
        "f °f degf fahrenheit °fahrenheit degreesfahrenheit",
    ),
    exactly(shifted(
        (1, 1),
        (-27_315, 100),
        "K °K degK kelvin kelvins Kelvin Kelvins",
    )),
    exactly(times(
        Kind::Resistance,
        (1, 1_000),
        "ohm",
        "mohm mΩ milliohm milliohms",
    )),
    same(Kind::Resistance, "ohm", "ohms Ω"),
    same(
        Kind::Resistance,
        "kohm",
        "k kohms kΩ kiloohm kiloohms kilohm kilohms",
    ),
    exactly(times(
        Kind::Resistance,
        (1_000, 1),
        "kohm",
        "Mohm Mohms MΩ megohm megohms megaohm",
    )),
    exactly(same(
        Kind::FlowResistance,
        "Pa s/m3",
        "Pasm-3 Pasec/m3 Ns/m5",
    )),
    exactly(times(
        Kind::FlowResistance,
        (1_000, 1),
        "Pa s/m3",
        "kPas/m3 kPasm-3",
    )),
    exactly(times(
        Kind::FlowResistance,
        (1_000_000, 1),
        "Pa s/m3",
        "MPas/m3 MPasm-3 Pas/mL",
    )),
    exactly(times(
        Kind::FlowResistance,
        (1_000_000_000, 1),
        "Pa s/m3",
        "GPas/m3 kPas/mL",
    )),
    // Words for plain numbers.
    same(Kind::Factor, "", "x times fold"),
    times(Kind::Factor, (1, 100), "", "% percent pct"),
    same(Kind::Fraction, "%", "percent percents pct"),
    times(Kind::Fraction, (1, 10), "%", "‰ permille"),
    times(Kind::Fraction, (1, 10_000), "%", "ppm"),
    same(
        Kind::Count,
        "",
        "x times bolus boluses press presses alarm alarms reset resets",
    ),
    same(
        Kind::Count,
        "",
        "event events request requests step steps entry entries",
    ),
];

/// Units that are never converted, separated by blanks, and why.
pub const NEVER: &[(&str, &str)] = &[
    ("iu ie u unit units", "a unit of effect has no fixed mass"),
    (
        "meq mmol umol µmol nmol mol",
        "an amount of substance is a mass only with the molar mass of this salt",
    ),
    ("gr grs grain grains", "`gr` is read as grain and as gram"),
    (
        "drop drops gtt gtts oz floz tsp lb lbs",
        "this measure is not used in this field",
    ),
    (
        "mo mos mth month months M",
        "a month has no fixed length: write days",
    ),
    (
        "y yr yrs year years",
        "a year has no fixed length: write days",
    ),
    (
        "msw fsw ffw mswg fswg",
        "a meter or foot of sea water is a depth to some and a pressure to others",
    ),
    (
        "psig psia barg bara atg atü",
        "write the pressure that this key asks for, above the surroundings or absolute, without a suffix",
    ),
    (
        "qd q.d. od bid tid qid prn",
        "abbreviations of prescriptions are misread: write how much in how long",
    ),
];

/// Why none of the units in this text is ever converted.
pub(crate) fn never(unit: &str) -> Option<&'static str> {
    let lower = unit.to_lowercase();
    let is_edge = |c: char| c.is_whitespace() || c == '/';
    let parts: Vec<&str> = unit.split(is_edge).chain(lower.split(is_edge)).collect();
    if unit.to_lowercase().contains("/kg") {
        return Some("a dose per weight needs the weight of the patient");
    }
    let row = NEVER.iter().find(|(words, _)| {
        let mut words = words.split(' ');
        words.any(|word| parts.contains(&word))
    });
    row.map(|(_, why)| *why)
}

/// The row of this kind with this spelling.
pub(crate) fn find(name: &str, kind: Kind) -> Option<&'static Alias> {
    let of_kind = || ALIASES.iter().filter(move |row| row.kind == kind);
    let mut exact = of_kind().filter(|row| row.written.split(' ').any(|word| word == name));
    exact.next().or_else(|| {
        let lower = name.to_lowercase();
        let mut loose = of_kind().filter(|row| !row.exact);
        loose.find(|row| {
            row.written
                .split(' ')
                .any(|word| word.to_lowercase() == lower)
        })
    })
}
