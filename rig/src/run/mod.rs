//! One run: the lockstep between plant and pump, and the record of what happened.

mod agenda;
mod lockstep;
mod people;
mod plots;
mod recorder;
mod series;
mod story;

pub use lockstep::{Progress, RunError, RunFailure, run};
pub use plots::{Bucket, Channel, Plots};
pub use recorder::{Trace, TraceRow};
pub use series::{Cumulative, Series};
pub use story::{
    CommandRecord, FaultRecord, Happening, Prescribed, PumpLog, ResetRecord, Story, Subject,
};
