//! Arguments of `thecal accuracy`: quantities as scenarios write them, within ranges that messages print.

use clap::Args;
use std::path::PathBuf;
use thecal_sim::{Drive, ambient_kpa_at};
use thecal_text::quantity;
use thecal_text::quantity::Quantity;
use thecal_units::FlowRate;
use thecal_units::real::{Length, Pressure, Temperature};

/// What to measure. Without a condition: all those of the protocol, one at a time.
#[derive(Debug, Args)]
pub struct AccuracyArgs {
    /// A set rate, such as `0.5 mL/day`; may be given several times [default: 0.048, 0.5, 1 and 24]
    #[arg(long = "rate", value_name = "RATE", value_parser = rate)]
    pub rates: Vec<FlowRate>,

    /// The body's temperature, such as `40 C`
    #[arg(long, value_name = "TEMPERATURE", value_parser = temperature)]
    pub temperature: Option<Temperature>,

    /// The ambient pressure, absolute, such as `70 kPa`
    #[arg(long, value_name = "PRESSURE", value_parser = ambient)]
    pub ambient: Option<Pressure>,

    /// The altitude instead, such as `2438 m`
    #[arg(long, value_name = "ALTITUDE", conflicts_with = "ambient", value_parser = altitude)]
    pub altitude: Option<Pressure>,

    /// How full the reservoir is kept, such as `10 %`
    #[arg(long, value_name = "SHARE", value_parser = fill)]
    pub fill: Option<f64>,

    /// Pressure at the catheter's tip relative to the spinal fluid of a lying patient, such as
    /// `2 kPa` or `-2 kPa`
    #[arg(long, value_name = "PRESSURE", allow_hyphen_values = true, value_parser = back_pressure)]
    pub back_pressure: Option<Pressure>,

    /// How the pump moves its drug: peristaltic, valve-gated or constant-flow
    #[arg(long, value_name = "DRIVE", default_value = "peristaltic", value_parser = drive)]
    pub drive: Drive,

    /// One rate, few conditions, one day
    #[arg(long)]
    pub quick: bool,

    /// How many run in parallel [default: the number of processors]
    #[arg(short, long, value_name = "N")]
    pub jobs: Option<usize>,

    /// Folder for accuracy.html and the tables as CSV
    #[arg(long, value_name = "DIR", default_value = "thecal-out/accuracy")]
    pub out: PathBuf,
}

/// A quantity as scenarios write it, within a range that messages print.
fn within<Q: Quantity>(
    text: &str,
    value: impl Fn(&Q) -> f64,
    (low, high): (f64, f64),
    example: &str,
) -> Result<Q, String> {
    let quantity = quantity::parse::<Q>(text, (0, text.len()).into())
        .map_err(|mistake| mistake.in_one_line())?;
    let unit = example.split_once(' ').map_or("", |(_, unit)| unit);
    if (low..=high).contains(&value(&quantity)) {
        Ok(quantity)
    } else {
        Err(format!("expected {low} to {high} {unit}"))
    }
}

/// The range is that of the pumps of pump.md 1.1: 0.006 to 28.8 mL/day (mem M).
fn rate(text: &str) -> Result<FlowRate, String> {
    let ml = |rate: &FlowRate| f64::from(rate.as_nl_per_day()) / 1e6;
    within(text, ml, (0.006, 28.8), "0.5 mL/day")
}

fn temperature(text: &str) -> Result<Temperature, String> {
    within(
        text,
        |value: &Temperature| value.as_celsius(),
        (20.0, 45.0),
        "37 C",
    )
}

fn ambient(text: &str) -> Result<Pressure, String> {
    within(
        text,
        |value: &Pressure| value.as_kilopascals(),
        (50.0, 700.0),
        "101.3 kPa",
    )
}

fn altitude(text: &str) -> Result<Pressure, String> {
    let meters = |value: &Length| value.as_centimeters() / 100.0;
    let altitude = within(text, meters, (0.0, 5_000.0), "2438 m")?;
    Ok(Pressure::from_kilopascals(ambient_kpa_at(altitude)))
}

fn fill(text: &str) -> Result<f64, String> {
    let share = quantity::fraction(text).map_err(|mistake| mistake.in_one_line())?;
    if share >= 0.01 {
        Ok(share)
    } else {
        Err("expected 1 % to 100 %".into())
    }
}

/// The one quantity that may be below zero.
fn back_pressure(text: &str) -> Result<Pressure, String> {
    let text = text.trim();
    let unsigned = text.strip_prefix(['-', '\u{2212}']);
    let kilopascals = |value: &Pressure| value.as_kilopascals();
    let pressure = within(unsigned.unwrap_or(text), kilopascals, (0.0, 20.0), "2 kPa")
        .map_err(|mistake| format!("{mistake}, either way"))?;
    let sign = if unsigned.is_some() { -1.0 } else { 1.0 };
    Ok(Pressure::from_kilopascals(sign * pressure.as_kilopascals()))
}

fn drive(text: &str) -> Result<Drive, String> {
    match text {
        "peristaltic" => Ok(Drive::Peristaltic),
        "valve-gated" => Ok(Drive::ValveGated),
        "constant-flow" => Ok(Drive::ConstantFlow),
        _ => Err("expected peristaltic, valve-gated or constant-flow".into()),
    }
}
