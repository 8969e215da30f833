//! Many scenarios on one kind of bench, or on several boards: the queue, the supervision of each
//! run, its files; and locks, marks and health checks of boards.

mod bench_kind;
mod case;
mod clock;
mod dispatcher;
mod files;
pub mod health;
pub mod interrupts;
mod introduced;
mod lock;
mod marker;
mod needs;
mod on;
mod overlaid;
mod overlay;
mod pool;
mod queue;
mod rows;
mod watch;

pub use bench_kind::BenchKind;
pub use case::{CaseResult, Options, run_case};
pub use dispatcher::Selected;
pub use files::Files;
pub use lock::{Holder, Lock, LockError};
pub use marker::Marker;
pub use on::{Choice, On, OnError};
pub use overlaid::overlaid;
pub use overlay::Overlay;
pub use pool::{BoardBench, Held, NoBoard, Pool, Refusal};
pub use queue::{Event, Total, run_all, run_on_boards};
