//! The protocol: intervals, windows, rates and conditions, each with its source.
//!
//! "3.5" is pump.md 3.5, whose last paragraph adapts the method to pumps in a body (design).

use thecal_sim::{BODY_CELSIUS, Drive, SEA_LEVEL_KPA};
use thecal_units::real::{Pressure, Temperature, Volume};
use thecal_units::{FlowRate, Millis};

/// The sample interval S. Source: 3.5, 15 min for ambulatory pumps (mem M-H).
pub(crate) const SAMPLE_INTERVAL: Millis = Millis::from_secs(15 * 60);

/// The observation windows P. Unit: min. Source: 3.5, ambulatory up to 930 min (mem M); one day and
/// three days are the adaptation (design).
const WINDOWS_MIN: [u64; 8] = [15, 60, 150, 330, 570, 930, 1_440, 4_320];

/// The set rates. Unit: nL/day. Source: 3.5, adaptation: 0.048, 0.5, 1 and 24 mL/day (design).
const RATES_NL_PER_DAY: [u32; 4] = [48_000, 500_000, 1_000_000, 24_000_000];

/// Body temperatures in addition to the reference. Unit: C. Source: 3.5, adaptation (design).
const TEMPERATURES_C: [f64; 2] = [35.0, 40.0];
/// Ambient pressures in addition to sea level, absolute. Unit: kPa. Source: 3.5, adaptation
/// (design).
const AMBIENT_KPA: [f64; 2] = [70.0, 203.0];
/// Fills in addition to the reference, fraction of the capacity. Source: 3.5, adaptation (design).
const FILLS: [f64; 2] = [1.0, 0.1];
/// Pressures at the tip above the reference. Unit: kPa. Source: 3.5, adaptation: spinal fluid
/// +/- 2 kPa (design), and +/- 100 mmHg of the method itself (S45).
const BACK_KPA: [f64; 4] = [-2.0, 2.0, -13.332, 13.332];
/// The reference fill. Source: pump.md 4.1 gives the volume of a step at half fill (design).
const REFERENCE_FILL: f64 = 0.5;

/// The rate of a bolus: the fastest setting of pump.md 1.1, 24 mL/day (mem H).
pub(crate) const BOLUS_RATE: FlowRate = FlowRate::from_nl_per_day(24_000_000);
/// Number of successive boluses. Source: 3.5, 25 (mem M).
pub(crate) const BOLUSES: u32 = 25;
/// Interval between boluses. Source: ours; long enough for the tube to come to rest.
pub(crate) const BOLUS_INTERVAL: Millis = Millis::from_secs(30 * 60);
/// The smallest and the largest bolus. Unit: nL. Source: pump.md 1.3, 1 and 20 % of a daily volume
/// (design), here of 0.5 mL.
pub(crate) const BOLUS_SETTINGS_NL: [u64; 2] = [5_000, 100_000];

/// How long to wait for a stall with the catheter closed. Source: ours; at 0.048 mL/day a new motor
/// stalls after two days.
pub(crate) const OCCLUSION_LIMIT: Millis = Millis::from_secs(7 * 86_400);
/// How long released fluid is collected. Source: ours; the free catheter relaxes in less than a
/// second.
pub(crate) const COLLECTION: Millis = SAMPLE_INTERVAL;

/// The conditions of a measurement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Condition {
    /// Of the body. Range: 20 to 45 C, ours.
    pub temperature: Temperature,
    /// Absolute. Range: 50 to 700 kPa, ours.
    pub ambient: Pressure,
    /// Fraction of the reservoir's capacity that is filled, kept constant. Range: 0.01 to 1.
    pub fill: f64,
    /// At the tip, relative to the spinal fluid of a lying patient. Range: -20 to 20 kPa, ours.
    pub back_pressure: Pressure,
}

impl Condition {
    /// 37 C, sea level, half full, lying.
    pub const REFERENCE: Self = Self {
        temperature: Temperature::from_celsius(BODY_CELSIUS),
        ambient: Pressure::from_kilopascals(SEA_LEVEL_KPA),
        fill: REFERENCE_FILL,
        back_pressure: Pressure::ZERO,
    };

    /// Its four values as text.
    pub(crate) fn in_full(&self) -> String {
        [self.degrees(), self.air(), self.level(), self.back()].join(", ")
    }

    /// Its differences from the reference.
    #[must_use]
    pub fn name(&self) -> String {
        let reference = Self::REFERENCE;
        let mut differences = Vec::new();
        if self.temperature != reference.temperature {
            differences.push(self.degrees());
        }
        if self.ambient != reference.ambient {
            differences.push(self.air());
        }
        if self.fill.to_bits() != reference.fill.to_bits() {
            differences.push(self.level());
        }
        if self.back_pressure != reference.back_pressure {
            differences.push(self.back());
        }
        if differences.is_empty() {
            "reference".into()
        } else {
            differences.join(", ")
        }
    }

    fn degrees(&self) -> String {
        format!("{} C", plain(self.temperature.as_celsius()))
    }

    fn air(&self) -> String {
        format!("ambient {} kPa", plain(self.ambient.as_kilopascals()))
    }

    fn level(&self) -> String {
        format!("{} % full", plain(self.fill * 100.0))
    }

    fn back(&self) -> String {
        let kpa = self.back_pressure.as_kilopascals();
        if kpa.abs() < 0.05 {
            "back-pressure 0 kPa".into()
        } else {
            format!("back-pressure {kpa:+.1} kPa")
        }
    }
}

/// A number with at most one decimal.
fn plain(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// A rate as a programmer displays it.
pub(crate) fn rate_in_words(rate: FlowRate) -> String {
    let ml = f64::from(rate.as_nl_per_day()) / 1e6;
    format!("{ml} mL/day")
}

/// Durations of the measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spans {
    /// The stabilization period T1; flow in it is the start-up curve.
    pub start_up: Millis,
    /// The analysis period T2, which follows it.
    pub analysis: Millis,
}

impl Spans {
    /// T1 is 24 h (3.5, ambulatory, mem M). T2 is ours: five days, so that the longest window, of
    /// three days, has many positions.
    const WHOLE: Self = Self {
        start_up: Millis::DAY,
        analysis: Millis::from_secs(5 * 86_400),
    };
    /// Ours, for a quick check: no window is longer than a day.
    pub const QUICK: Self = Self {
        start_up: Millis::from_secs(4 * 3_600),
        analysis: Millis::DAY,
    };
}

/// What a study measures.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Drive of the pump.
    pub drive: Drive,
    /// The set rates.
    pub rates: Vec<FlowRate>,
    /// The conditions; the first is shown in most detail.
    pub conditions: Vec<Condition>,
    /// Durations.
    pub spans: Spans,
}

impl Plan {
    /// The complete protocol.
    #[must_use]
    pub fn whole(drive: Drive) -> Self {
        Self {
            drive,
            rates: RATES_NL_PER_DAY.map(FlowRate::from_nl_per_day).to_vec(),
            conditions: conditions(),
            spans: Spans::WHOLE,
        }
    }

    /// One rate, the reference and one change of it in each direction, one day.
    #[must_use]
    pub fn quick(drive: Drive) -> Self {
        let every_second = conditions().into_iter().enumerate();
        let few = every_second.filter(|(index, _)| index % 2 == 0 && *index < 9);
        Self {
            drive,
            rates: vec![FlowRate::from_nl_per_day(500_000)],
            conditions: few.map(|(_, condition)| condition).collect(),
            spans: Spans::QUICK,
        }
    }

    /// The windows that fit into the analysis period.
    #[must_use]
    pub fn windows(&self) -> Vec<Millis> {
        let minutes = WINDOWS_MIN.map(|minutes| Millis::MINUTE.times(minutes));
        let fits = |window: &Millis| *window <= self.spans.analysis;
        minutes.into_iter().filter(fits).collect()
    }
}

/// The reference, and variants that change one value each.
fn conditions() -> Vec<Condition> {
    let reference = Condition::REFERENCE;
    let temperatures = TEMPERATURES_C.map(|celsius| Condition {
        temperature: Temperature::from_celsius(celsius),
        ..reference
    });
    let ambient = AMBIENT_KPA.map(|kpa| Condition {
        ambient: Pressure::from_kilopascals(kpa),
        ..reference
    });
    let fills = FILLS.map(|fill| Condition { fill, ..reference });
    let back = BACK_KPA.map(|kpa| Condition {
        back_pressure: Pressure::from_kilopascals(kpa),
        ..reference
    });
    let mut all = vec![reference];
    all.extend(temperatures);
    all.extend(ambient);
    all.extend(fills);
    all.extend(back);
    all
}

/// Duration of one revolution of the head at this volume per step.
pub(crate) fn revolution(step: Volume, rate: FlowRate) -> Millis {
    let steps = u32::try_from(thecal_sim::head::STEPS_PER_REVOLUTION).unwrap_or(u32::MAX);
    let ml = step.as_milliliters() * f64::from(steps);
    let days = ml * 1e6 / f64::from(rate.as_nl_per_day());
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a revolution is above zero and at most some days"
    )]
    Millis::from_millis((days * 86_400_000.0).round() as u64)
}
