//! Many scenarios on one kind of bench: the queue, the watch over each run, the files it leaves.

mod case;
mod queue;
mod watch;

pub use case::{BenchKind, CaseResult, Options, run_case};
pub use queue::{Event, Selected, Total, run_all};
