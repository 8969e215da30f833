//! The trace as CSV: one row per plant tick or exchange, units in the header.
//!
//! A run of half a year has a quarter of a million rows and 70 MB, and most of its cost is turning numbers
//! into text. So rows are written into one buffer, each number with decimals that are fixed for its
//! column (`trace/fields.rs`); no field ever needs quotes.

mod fields;

use super::output::{Made, Output, PartFile, Rows};
use fields::Fields;
use std::io::{self, Write};
use thecal_engine::run::{EnteredNow, Trace, TraceRow};

/// The trace, as a file.
pub static OUTPUT: Output = Output {
    file: "trace.csv",
    made: Made::Rows(|file| Box::new(CsvTrace::new(file))),
};

impl Rows for CsvTrace<PartFile> {
    fn finish(self: Box<Self>) -> io::Result<PartFile> {
        CsvTrace::finish(*self)
    }
}

/// Bytes collected before they are written: more than a [`PartFile`] buffers, so that they are not
/// copied once more.
const BUFFER: usize = 1 << 17;

/// More bytes than a row has.
const ROW: usize = 1 << 10;

/// Decimals of a volume in mL, a dose in ug, a fraction, a pressure in kPa, a voltage: far less than a motor
/// step of any pump moves.
const USUAL: usize = 9;

/// Decimals of a concentration in ug/mL, of which plasma has little.
const FINE: usize = 12;

/// Streams a trace as CSV.
///
/// Errors while writing are kept and reported once, by [`CsvTrace::finish`]: a full disk must not
/// change what the pump does.
pub struct CsvTrace<W: Write> {
    out: W,
    row: Fields,
    /// The fields that seldom change, and their text in the row before.
    slow: (Option<Slow>, Fields),
    error: Option<io::Error>,
}

const HEADER: [&str; 31] = [
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
    "counted_reservoir[mL]",
    "alarm_critical",
    "alarm_non_critical",
    "bolus_requested",
    "bolus_granted",
    "bolus_denied",
    "entered_reservoir[mL]",
    "entered_concentration[ug/mL]",
    "reservoir_concentration[ug/mL]",
    "entered_catheter[mL]",
    "entered_dose[ug/d]",
];

impl<W: Write> CsvTrace<W> {
    /// Starts with the header.
    pub fn new(out: W) -> Self {
        let mut row = Fields::of(BUFFER);
        for name in HEADER {
            row.text(name);
        }
        row.end();
        Self {
            out,
            row,
            slow: (None, Fields::of(ROW)),
            error: None,
        }
    }

    /// Writes what is left, and returns the writer.
    ///
    /// # Errors
    ///
    /// The first error of the whole trace.
    pub fn finish(mut self) -> io::Result<W> {
        self.write();
        match self.error {
            Some(error) => Err(error),
            None => Ok(self.out),
        }
    }

    /// Writes the rows collected so far.
    fn write(&mut self) {
        if self.error.is_none() {
            self.error = self.out.write_all(self.row.written()).err();
        }
        self.row.clear();
    }
}

impl<W: Write> Trace for CsvTrace<W> {
    fn row(&mut self, row: &TraceRow<'_>) {
        let (truth, shown) = (row.truth, row.shown);
        let fields = &mut self.row;
        fields.seconds(truth.at);
        for count in [truth.steps_driven, truth.steps_moved, truth.steps_missed] {
            fields.count(count);
        }
        for number in [
            shown.commanded_ml,
            shown.commanded_ug,
            truth.reservoir.as_milliliters(),
            truth.infused_volume.as_milliliters(),
            truth.dose_in_catheter.as_micrograms(),
            truth.dose_infused.as_micrograms(),
        ] {
            fields.number::<USUAL>(number);
        }
        for concentration in [
            truth.tip,
            truth.lumbar,
            truth.cervical,
            truth.cisterna,
            truth.plasma,
        ] {
            fields.number::<FINE>(concentration.as_ug_per_ml());
        }
        for number in [
            truth.effect,
            truth.toxicity,
            truth.withdrawal,
            truth.outlet_pressure.as_kilopascals(),
            truth.supply.as_volts(),
            shown.counted_ml,
        ] {
            fields.number::<USUAL>(number);
        }
        let slow = Slow {
            critical: shown.critical,
            non_critical: shown.non_critical,
            boluses: [shown.requested, shown.granted, shown.denied],
            entered: shown.entered,
            filled_ug_per_ml: truth.reservoir_concentration.as_ug_per_ml(),
        };
        let (last, text) = &mut self.slow;
        if *last != Some(slow) {
            *last = Some(slow);
            text.clear();
            slow.write(text);
        }
        fields.bytes(text.written());
        fields.end();
        if self.row.written().len() > BUFFER - ROW {
            self.write();
        }
    }
}

/// The last fields of a row, which seldom change.
#[derive(Clone, Copy, PartialEq)]
struct Slow {
    critical: bool,
    non_critical: bool,
    /// Requested, granted, denied.
    boluses: [u32; 3],
    entered: EnteredNow,
    /// Truly in the reservoir. Unit: ug/mL.
    filled_ug_per_ml: f64,
}

impl Slow {
    fn write(self, fields: &mut Fields) {
        for state in [self.critical, self.non_critical] {
            fields.count(state.into());
        }
        for count in self.boluses {
            fields.count(count.into());
        }
        for number in [
            self.entered.reservoir_ml,
            self.entered.concentration_ug_per_ml,
            self.filled_ug_per_ml,
            self.entered.catheter_ml,
            self.entered.ug_per_day,
        ] {
            fields.number::<USUAL>(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thecal_engine::run::{Progress, Shown};
    use thecal_reference::Native;
    use thecal_reference::programmer::Reference;
    use thecal_scenario::parse;
    use thecal_sim::Truth;

    /// A trace, and the rows that it was written from.
    struct Both(CsvTrace<Vec<u8>>, Vec<(Truth, Shown)>);

    impl Trace for Both {
        fn row(&mut self, row: &TraceRow<'_>) {
            self.0.row(row);
            self.1.push((*row.truth, *row.shown));
        }
    }

    const SCENARIO: &str = "title = \"rows\"\nseed = 1\nduration = \"20 h\"\n\
        [patient]\ntolerance = \"chronic\"\n\
        [pump]\ndrug = \"morphine\"\nconcentration = \"2 mg/mL\"\nreservoir = \"18 mL\"\n\
        [therapy]\ndose = \"1 mg/day\"\n\
        patient-bolus = { dose = \"50 ug\", duration = \"5 min\", lockout = \"1 h\", daily-maximum = 6 }\n\
        [[timeline]]\nevery = \"20 min\"\nfrom = \"1 h\"\npress = { remote = 1 }\n\
        [[expect]]\nname = \"any\"\nnever = \"alarm.critical\"\n";

    #[test]
    fn a_reader_gets_the_numbers_of_the_run_back() {
        let scenario = parse("test/rows", "rows.toml", SCENARIO).expect("a valid scenario");
        let mut both = Both(CsvTrace::new(Vec::new()), Vec::new());
        let (mut bench, people) = (Native::new(), Box::new(Reference::new()));
        let progress = Progress::default();
        let trace: &mut dyn Trace = &mut both;
        thecal_engine::run::run(&scenario, &mut bench, people, Some(trace), &progress)
            .expect("the run ends");
        let Both(trace, rows) = both;
        let text = trace.finish().expect("memory does not fill up");
        assert!(
            text.len() > 2 * BUFFER,
            "the buffer is written several times"
        );
        let mut reader = csv::Reader::from_reader(text.as_slice());
        assert_eq!(reader.headers().expect("a header"), &HEADER[..]);
        let mut denied = 0;
        let mut read = 0;
        for (record, (truth, shown)) in reader.records().zip(&rows) {
            let record = record.expect("as many fields as the header has");
            let field = |name: &str| {
                let nth = HEADER.iter().position(|known| *known == name);
                record.get(nth.expect("a column")).expect("a field")
            };
            let near = |name: &str, number: f64, tolerance: f64| {
                let read = field(name).parse::<f64>().expect("a number");
                let least = tolerance.max(number.abs() * 1e-12);
                assert!(
                    (read - number).abs() <= least,
                    "{name}: {read} for {number}"
                );
            };
            let seconds = format!("{:.3}", truth.at.since_origin().as_secs_f64());
            assert_eq!(field("t[s]"), seconds);
            assert_eq!(field("steps_moved"), truth.steps_moved.to_string());
            for (name, number) in [
                ("commanded_dose[ug]", shown.commanded_ug),
                ("dose_infused[ug]", truth.dose_infused.as_micrograms()),
                ("toxicity", truth.toxicity),
                (
                    "outlet_pressure[kPa]",
                    truth.outlet_pressure.as_kilopascals(),
                ),
                ("supply[V]", truth.supply.as_volts()),
                ("counted_reservoir[mL]", shown.counted_ml),
                ("entered_catheter[mL]", shown.entered.catheter_ml),
            ] {
                near(name, number, 0.6e-9);
            }
            near("csf_tip[ug/mL]", truth.tip.as_ug_per_ml(), 0.6e-12);
            near("plasma[ug/mL]", truth.plasma.as_ug_per_ml(), 0.6e-12);
            assert_eq!(field("bolus_denied"), shown.denied.to_string());
            denied = shown.denied;
            read += 1;
        }
        assert_eq!(read, rows.len());
        assert!(denied > 9, "counts of more than one digit are written");
    }
}
