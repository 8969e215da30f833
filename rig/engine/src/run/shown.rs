//! What the pump was told and showed at one instant, and the rows of a trace that carry it.

use thecal_sim::Truth;

/// What was entered into the pump: zeros before the first session.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct EnteredNow {
    /// The volume at the last refill. Unit: mL.
    pub reservoir_ml: f64,
    /// The concentration. Unit: ug/mL.
    pub concentration_ug_per_ml: f64,
    /// The volume of the catheter. Unit: mL.
    pub catheter_ml: f64,
    /// The continuous dose; of a schedule, that of the mean day of its week. Unit: ug/day.
    pub ug_per_day: f64,
}

/// What the pump was told and showed, and what that commands.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Shown {
    /// Commanded volume. Unit: mL.
    pub commanded_ml: f64,
    /// Commanded dose. Unit: ug.
    pub commanded_ug: f64,
    /// What is left in the reservoir by the entered fill and the steps since. Unit: mL.
    pub counted_ml: f64,
    /// What was entered.
    pub entered: EnteredNow,
    /// Whether the critical alarm sounds.
    pub critical: bool,
    /// Whether the non-critical alarm sounds.
    pub non_critical: bool,
    /// Patient requests sent.
    pub requested: u32,
    /// Patient boluses granted.
    pub granted: u32,
    /// Patient requests denied.
    pub denied: u32,
    /// Resets.
    pub resets: u32,
}

/// One row of a trace: the truth and what the pump showed, at one instant.
#[derive(Clone, Copy, Debug)]
pub struct TraceRow<'a> {
    /// The truth.
    pub truth: &'a Truth,
    /// What the pump showed.
    pub shown: &'a Shown,
}

/// Receives the rows of a trace as they happen.
pub trait Trace {
    /// Takes one row. Rows come in order, one per instant, at every plant tick and every exchange.
    fn row(&mut self, row: &TraceRow<'_>);
}
