//! The trace as CSV: one row per plant tick or exchange, units in the header.

use super::output::{Made, Output, PartFile, Rows};
use std::io::{self, Write};
use thecal_engine::run::{Trace, TraceRow};

/// The trace, as a file.
pub static OUTPUT: Output = Output {
    file: "trace.csv",
    made: Made::Rows(|file| Box::new(CsvTrace::new(file))),
};

impl Rows for CsvTrace<PartFile> {
    fn finish(self: Box<Self>) -> io::Result<PartFile> {
        Ok(CsvTrace::finish(*self)?)
    }
}

/// Streams a trace as CSV.
///
/// Errors while writing are kept and reported once, by [`CsvTrace::finish`]: a full disk must not
/// change what the pump does.
pub struct CsvTrace<W: Write> {
    out: csv::Writer<W>,
    error: Option<csv::Error>,
}

const HEADER: [&str; 25] = [
    "t[s]",
    "steps_driven",
    "steps_moved",
    "steps_missed",
    "commanded_volume[mL]",
    "commanded_dose[ug]",
    "reservoir[mL]",
    "infused_volume[mL]",
    "dose_in_catheter[ug]",
    "dose_infused[ug]",
    "csf_tip[ug/mL]",
    "csf_lumbar[ug/mL]",
    "csf_cervical[ug/mL]",
    "csf_cisterna[ug/mL]",
    "plasma[ug/mL]",
    "effect",
    "toxicity",
    "withdrawal",
    "outlet_pressure[kPa]",
    "supply[V]",
    "alarm_critical",
    "alarm_non_critical",
    "bolus_requested",
    "bolus_granted",
    "bolus_denied",
];

impl<W: Write> CsvTrace<W> {
    /// Writes the header.
    pub fn new(out: W) -> Self {
        let mut out = csv::Writer::from_writer(out);
        let error = out.write_record(HEADER).err();
        Self { out, error }
    }

    /// Flushes, and returns the writer.
    ///
    /// # Errors
    ///
    /// The first error of the whole trace.
    pub fn finish(mut self) -> Result<W, csv::Error> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        self.out.flush()?;
        self.out
            .into_inner()
            .map_err(|error| io::Error::other(error.to_string()).into())
    }
}

impl<W: Write> Trace for CsvTrace<W> {
    fn row(&mut self, row: &TraceRow<'_>) {
        if self.error.is_some() {
            return;
        }
        let (truth, shown) = (row.truth, row.shown);
        let (seconds, millis) = (truth.at.as_millis() / 1_000, truth.at.as_millis() % 1_000);
        let time = format!("{seconds}.{millis:03}");
        let record = (
            (
                time,
                truth.steps_driven,
                truth.steps_moved,
                truth.steps_missed,
                shown.commanded_ml,
                shown.commanded_ug,
                truth.reservoir.as_milliliters(),
                truth.infused_volume.as_milliliters(),
            ),
            (
                truth.dose_in_catheter.as_micrograms(),
                truth.dose_infused.as_micrograms(),
                truth.tip.as_ug_per_ml(),
                truth.lumbar.as_ug_per_ml(),
                truth.cervical.as_ug_per_ml(),
                truth.cisterna.as_ug_per_ml(),
                truth.plasma.as_ug_per_ml(),
            ),
            (
                truth.effect,
                truth.toxicity,
                truth.withdrawal,
                truth.outlet_pressure.as_kilopascals(),
                truth.supply.as_volts(),
            ),
            (
                u8::from(shown.critical),
                u8::from(shown.non_critical),
                shown.requested,
                shown.granted,
                shown.denied,
            ),
        );
        self.error = self.out.serialize(record).err();
    }
}
