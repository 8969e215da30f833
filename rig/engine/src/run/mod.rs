//! One run: the lockstep between plant and pump, and the record of what happened.

mod act_words;
mod acts;
mod agenda;
mod bolus_time;
mod clock;
mod course;
mod delivery;
mod doubt;
mod ending;
mod entered;
mod entry;
mod event_log;
mod exchange;
mod fault_records;
mod fault_state;
mod faults;
mod history;
mod hooks;
mod live;
mod lockstep;
mod outage;
mod outcome;
mod people;
mod pin_history;
mod places;
mod plots;
mod prescription;
mod presets;
mod pump_side;
mod reaction_effects;
mod recorder;
mod series;
mod setup;
mod shown;
mod state;
mod stays;
mod sweep;
mod syringe;
mod talk;
mod trace_rows;
mod windows;

pub(crate) use bolus_time::bolus_time;
pub use course::{Above, Course, DrugNames, Index};
pub use delivery::{Total, TotalReader};
pub use entered::{Entered, Programmed};
pub use entry::{run, run_live};
pub use history::{
    CommandRecord, Event, FaultRecord, Prescribed, PumpLog, ResetRecord, RunHistory, StayRecord,
    Step, Subject, Whereabouts,
};
pub use hooks::RunHooks;
pub use live::{Live, Moment, Pace};
pub use outcome::{Progress, RunError, RunFailure};
pub use pin_history::PinHistory;
pub use plots::{Bucket, Channel, Plots};
pub use presets::{Exposure, PresetHarm};
pub use reaction_effects::Effects;
pub use series::{Cumulative, Series};
pub use shown::{EnteredNow, Shown, Trace, TraceRow};
pub use state::Run;
pub use sweep::{cut_places, effects, with_power_cut};
pub use windows::{AtPoint, Windows};
