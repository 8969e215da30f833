//! Reports: one renderer for the approved body, and the files beside it that nobody compares.

pub mod body;
mod observed;
pub mod page;
mod page_axis;
pub mod page_findings;
mod page_lanes;
pub mod page_path;
pub mod page_plots;
mod page_tables;
mod parameters;
mod plan_text;
mod presets;
mod record;
mod retry;
pub mod snapshot;
pub mod svg;
mod timeline;
mod trace;

pub use body::render;
pub use observed::observed;
pub use page::document;
pub use page_plots::in_words;
pub use parameters::{changes_in_words, value_in_words};
pub use record::{Record, RunOf, write as write_record};
pub use retry::{Retry, retries_in_words};
pub use snapshot::{Approval, Snapshot, SnapshotError, part_file, write_named, write_whole};
pub use svg::escaped;
pub use trace::CsvTrace;
