//! A study as CSV, in long form: each row has one value with its full context, units in the header.

use super::protocol::{Condition, SAMPLE_INTERVAL};
use super::stand::Setup;
use super::study::Study;
use super::table::drive_name;
use super::trial::ml_per_day;
use super::trumpet::Point;
use thecal_units::{Millis, real};

/// The first columns of every row.
const CONTEXT: [&str; 5] = [
    "drive",
    "temperature[C]",
    "ambient[kPa]",
    "fill[%]",
    "back_pressure[kPa]",
];

/// A file being written. It is in memory, where writing cannot fail.
struct Table(csv::Writer<Vec<u8>>);

impl Table {
    fn new(columns: &[&str]) -> Self {
        let mut table = Self(csv::Writer::from_writer(Vec::new()));
        table.row(CONTEXT.iter().chain(columns).map(ToString::to_string));
        table
    }

    fn row(&mut self, fields: impl Iterator<Item = String>) {
        let fields: Vec<String> = fields.collect();
        let written = self.0.write_record(&fields);
        debug_assert!(written.is_ok(), "all rows are as long as the header");
    }

    fn finish(self) -> Vec<u8> {
        self.0.into_inner().unwrap_or_default()
    }
}

fn context(drive: thecal_sim::Drive, condition: &Condition) -> Vec<String> {
    vec![
        drive_name(drive).into(),
        number(condition.temperature.as_celsius()),
        number(condition.ambient.as_kilopascals()),
        number(condition.fill * 100.0),
        number(condition.back_pressure.as_kilopascals()),
    ]
}

fn setup(setup: &Setup) -> Vec<String> {
    let mut fields = context(setup.drive, &setup.condition);
    fields.push(ml_per_day(setup.rate).to_string());
    fields
}

/// Six decimals, without trailing zeros.
fn number(value: f64) -> String {
    let text = format!("{value:.6}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0" } else { text }.into()
}

/// Trumpet curves of volume and drug, and mean errors.
#[must_use]
pub fn accuracy(study: &Study) -> Vec<u8> {
    let mut table = Table::new(&[
        "rate[mL/day]",
        "quantity",
        "window[min]",
        "ep_min[%]",
        "ep_max[%]",
        "windows",
        "mean_a[%]",
        "mean_b[%]",
    ]);
    let windows = study.plan.windows();
    for cell in &study.cells {
        let trial = &cell.trial;
        let (a, b) = (trial.mean_error_a(), trial.mean_error_b());
        let curves = [
            ("volume", trial.trumpet(&windows)),
            ("dose", trial.dose_trumpet(&windows)),
        ];
        for (quantity, curve) in curves {
            for Point {
                window,
                min,
                max,
                count,
            } in curve
            {
                let mut fields = setup(&trial.setup);
                let minutes = window.as_millis() / Millis::MINUTE.as_millis();
                fields.extend([quantity.into(), minutes.to_string()]);
                fields.extend([number(min), number(max), count.to_string()]);
                fields.extend([number(a), number(b)]);
                table.row(fields.into_iter());
            }
        }
    }
    table.finish()
}

/// Start-up curves: the flow in each sample interval of the start-up period.
#[must_use]
pub fn start_up(study: &Study) -> Vec<u8> {
    let mut table = Table::new(&["rate[mL/day]", "t[min]", "flow[mL/day]", "flow[% of rate]"]);
    let interval = SAMPLE_INTERVAL.as_millis() / Millis::MINUTE.as_millis();
    for cell in &study.cells {
        let set = cell.trial.set_ml_per_day();
        for (end, &flow) in (1..).zip(cell.trial.start_up()) {
            let mut fields = setup(&cell.trial.setup);
            let at: u64 = end * interval;
            fields.extend([at.to_string(), number(flow), number(100.0 * flow / set)]);
            table.row(fields.into_iter());
        }
    }
    table.finish()
}

/// Results of closing the tip.
pub fn occlusion(study: &Study) -> Vec<u8> {
    let mut table = Table::new(&[
        "rate[mL/day]",
        "stalled_after[min]",
        "pressure[kPa]",
        "rise[kPa/min]",
        "bolus[uL]",
        "calculated_rise[kPa/min]",
        "calculated_time[min]",
        "calculated_bolus[uL]",
    ]);
    for cell in &study.cells {
        let seen = &cell.occlusion;
        let microliters = |volume: real::Volume| number(volume.as_milliliters() * 1e3);
        let minutes = seen.stalled_after.map(|after| after.as_secs_f64() / 60.0);
        let mut fields = setup(&seen.setup);
        fields.extend([
            minutes.map_or(String::new(), number),
            number(seen.pressure.as_kilopascals()),
            number(seen.rise_kpa_per_min),
            microliters(seen.bolus),
            number(seen.calculated.rise_kpa_per_min),
            seen.calculated.minutes.map_or(String::new(), number),
            microliters(seen.calculated.bolus),
        ]);
        table.row(fields.into_iter());
    }
    table.finish()
}

/// Every bolus.
#[must_use]
pub fn boluses(study: &Study) -> Vec<u8> {
    let mut table = Table::new(&["setting[uL]", "bolus", "deviation[%]"]);
    for some in &study.boluses {
        let setting = real::Volume::from(some.setting).as_milliliters() * 1e3;
        for (index, &deviation) in (1_u32..).zip(&some.deviations) {
            let mut fields = context(study.plan.drive, &some.condition);
            fields.extend([number(setting), index.to_string(), number(deviation)]);
            table.row(fields.into_iter());
        }
    }
    table.finish()
}
