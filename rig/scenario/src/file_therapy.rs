//! A therapy exactly as TOML writes it: `[therapy]`, and what the timeline programs.

use super::choices::DURING_BOLUS;
use super::file_values::{CATHETER, CONCENTRATION, DURATION, MASS, RESERVOIR};
use thecal_text::range::{Limits, QuantityRange};
use thecal_text::reader::{Text, Value, words_of};
use thecal_text::table;
use thecal_text::unit::Kind;
use toml::Spanned;

/// A dose rate that the pump can give. Source: pump.md 1.1 (rate range, minimum rate).
const DOSE: Value = Value::quantity(Kind::DoseRate).limited(Limits::Flow(QuantityRange::new(
    "0.006 mL/day",
    "24 mL/day",
)));

table! {
    /// `[therapy]`, and `program` and `stage` in the timeline.
    TherapyFile "`[therapy]`" {
        /// Simple continuous dose.
        dose: Text = DOSE, "\"1 mg/day\"" else "one of `dose`, `minimum-rate` and `schedule` is required";
        /// The smallest flow of the pump, whatever the reservoir holds.
        minimum_rate: Spanned<bool>, "true" or "false";
        /// Doses by time of day and day of the week, see below.
        schedule: Spanned<Vec<Spanned<ScheduleStepFile>>>, "[{ days = \"daily\", at = \"07:00\", dose = \"2 mg/day\" }]";
        /// Whether the programmer sends a `schedule` that no pump can keep, for the pump to refuse: with
        /// two steps at one instant, or a step at `24:00`.
        unchecked: Spanned<bool>, "true" or "false";
        /// Programmed concentration. It may be wrong on purpose.
        concentration: Text = CONCENTRATION.above_zero(), "\"10 mg/mL\"" else "entered last, at the `refill` or `program` above in the file, at first `concentration` of `[pump]`";
        /// Limits of the patient's remote, see below.
        patient_bolus: Spanned<PatientBolusFile>, "{ dose = \"50 µg\", duration = \"2 min\", lockout = \"1 h\", daily-maximum = 6 }" else "none: the remote is disabled";
        /// Whether a bolus is given in addition to the continuous dose or instead of it.
        during_bolus: Text = Value::Word(|| words_of(&DURING_BOLUS)), "\"add\"" or "add";
        /// Maximum dose per window, boluses and continuous dose together. At least one limit.
        limits: Spanned<LimitsFile>, "{ hour = \"120 µg\", day = \"1.5 mg\" }";
        /// Length of the catheter as the clinician enters it. It may be wrong on purpose. One
        /// centimeter holds 0.0022 mL.
        programmed_catheter: Text = CATHETER, "\"90 cm\"" else "`catheter` of `[pump]`";
        /// Counted volume at which the low-reservoir alarm sounds.
        low_reservoir: Text = RESERVOIR, "\"2 mL\"" or "2 mL";
        /// Repeat interval of the critical alarm. The reference pump accepts 1 min to 24 h.
        critical_interval: Text = DURATION.above_zero(), "\"10 min\"" or "10 min";
        /// Repeat interval of the non-critical alarm. The reference pump accepts 1 min to 24 h.
        non_critical_interval: Text = DURATION.above_zero(), "\"1 h\"" or "1 h";
    }
}

table! {
    /// One step of `schedule`
    ScheduleStepFile "a step of `schedule`" {
        /// Days on which the step begins: `daily`, or days from `mon` to `sun` and spans of days, with
        /// commas between.
        days: Text, "\"mon-fri\"", required;
        /// Time of day at which the step begins, from `00:00` to `23:59`.
        at: Text, "\"07:00\"", required;
        /// Continuous dose from then on.
        dose: Text = DOSE, "\"2 mg/day\"", required;
    }
}

table! {
    /// `limits`
    LimitsFile "`limits`" {
        /// Maximum dose in any hour.
        hour: Text = MASS.above_zero(), "\"120 µg\"";
        /// Maximum dose in any 4 hours.
        four_hours: Text = MASS.above_zero(), "\"400 µg\"";
        /// Maximum dose in any 24 hours.
        day: Text = MASS.above_zero(), "\"1.5 mg\"";
    }
}

table! {
    /// `patient-bolus`
    PatientBolusFile "`patient-bolus`" {
        /// Dose of one bolus.
        dose: Text = MASS.above_zero(), "\"50 µg\"", required;
        /// Time over which a bolus is given. At most `lockout`.
        duration: Text = DURATION.above_zero(), "\"2 min\"", required;
        /// Shortest time from the start of one bolus to the start of the next.
        lockout: Text = DURATION, "\"1 h\"", required;
        /// Maximum number of boluses in any 24 hours.
        daily_maximum: Spanned<u8> = Value::integer(0, 50), "6", required;
    }
}
