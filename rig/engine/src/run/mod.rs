//! One run: the lockstep between plant and pump, and the record of what happened.

mod agenda;
mod clock;
mod doubt;
mod ending;
mod exchange;
mod live;
mod lockstep;
mod outage;
mod outcome;
mod people;
mod places;
mod plots;
mod presets;
mod recorder;
mod series;
mod setup;
mod story;
mod sweep;
mod talk;

pub use live::{Live, Moment, Pace};
pub use lockstep::{run, run_live};
pub use outcome::{Progress, RunError, RunFailure};
pub use plots::{Bucket, Channel, Plots};
pub use presets::{Exposure, PresetHarm};
pub use recorder::{Trace, TraceRow};
pub use series::{Cumulative, Series};
pub use story::{
    CommandRecord, FaultRecord, Happening, Prescribed, PumpLog, ResetRecord, StayRecord, Step,
    Story, Subject, Whereabouts,
};
pub use sweep::{Effects, cut_places, effects, with_power_cut};
