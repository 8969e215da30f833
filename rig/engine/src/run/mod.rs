//! One run: the lockstep between plant and pump, and the record of what happened.

mod acts;
mod agenda;
mod clock;
mod delivery;
mod doubt;
mod ending;
mod entry;
mod event_log;
mod exchange;
mod fault_state;
mod faults;
mod history;
mod hooks;
mod live;
mod lockstep;
mod outage;
mod outcome;
mod people;
mod places;
mod plots;
mod presets;
mod pump_side;
mod recorder;
mod series;
mod setup;
mod sweep;
mod talk;
mod trace_rows;
mod windows;

pub use delivery::Total;
pub use entry::{run, run_live};
pub use history::{
    CommandRecord, Event, FaultRecord, Prescribed, PumpLog, ResetRecord, RunHistory, StayRecord,
    Step, Subject, Whereabouts,
};
pub use hooks::RunHooks;
pub use live::{Live, Moment, Pace};
pub use lockstep::Run;
pub use outcome::{Progress, RunError, RunFailure};
pub use plots::{Bucket, Channel, Plots};
pub use presets::{Exposure, PresetHarm};
pub use recorder::{Trace, TraceRow};
pub use series::{Cumulative, Series};
pub use sweep::{Effects, cut_places, effects, with_power_cut};
pub use windows::{AtPoint, Windows};
