//! The rig's own exam: does the rig notice a pump that is broken?
//!
//! Bugs are data (`rig/exam/seeded`, `rig/exam/random.toml`). All are compiled at once into a scratch
//! copy of the reference pump, each behind a number: one build, however many there are. Each is
//! judged by the copy's own `thecal`, in processes of their own, never in the device under test.

mod broken;
mod bug;
mod carried;
mod child;
mod claims;
mod claims_page;
mod compiler;
mod copy;
mod draw;
mod error;
mod event;
mod exam;
mod hang;
mod images;
mod judge;
mod keeper;
mod killer;
mod outcome;
mod outline;
mod page;
mod parallel;
mod result;
mod sitting;
mod switch;
mod table;
mod trial;

pub use carried::{Carried, ClaimsResult, Counts, Story};
pub use claims::{claims, write_claims_page};
pub use draw::draw;
pub use error::ExamError;
pub use event::Event;
pub use exam::{Exam, Settings, hold, workspace, write_page};
pub use images::images;
pub use result::{ExamResult, Kill, Row, Verdict};
pub use sitting::stages;
