//! Output files of a run: approved text, page, record, trace.

mod approval;
pub mod body;
mod form_words;
pub mod index;
mod observed;
pub mod output;
pub mod page;
mod page_axis;
mod page_findings;
mod page_lanes;
mod page_path;
mod page_plots;
mod page_tables;
mod parameters;
mod pending;
mod plan_text;
mod presets;
pub mod record;
mod snapshot;
pub mod svg;
mod timeline;
pub mod trace;

pub use approval::{NotApprovable, may_be_approved};
pub use body::render;
pub(crate) use observed::{observed, sentence};
pub use output::{Call, Ended, Line, Made, Output, PartFile, Rows, UnknownOutput};
pub use page::document;
pub use page_plots::{in_words, tip_curve};
pub use parameters::{changes_in_words, value_in_words};
pub use pending::{NotReady, Pending};
pub use record::{Attempt, Record};
pub use snapshot::{Approval, Snapshot, SnapshotError, part_file, write_named, write_whole};
pub use svg::escaped;
pub use trace::CsvTrace;
