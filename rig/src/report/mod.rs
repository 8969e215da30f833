//! Reports: one renderer for the approved body, and the files beside it that nobody compares.

pub mod accuracy_page;
mod accuracy_plots;
mod body;
mod format;
pub mod index;
pub mod page;
mod page_axis;
mod page_findings;
mod page_lanes;
mod page_path;
mod page_plots;
mod page_tables;
mod parameters;
mod plan_text;
mod presets;
mod record;
mod snapshot;
mod svg;
mod timeline;
mod trace;

pub use body::render;
pub(crate) use format::fixed;
pub use format::{format_value, observed, significant};
pub(crate) use page::document;
pub(crate) use page_plots::in_words;
pub use parameters::{changes_in_words, value_in_words};
pub use record::{Record, RunOf, write as write_record};
pub use snapshot::{Approval, Snapshot, SnapshotError, part_file, write_named, write_whole};
pub(crate) use svg::escaped;
pub use trace::CsvTrace;
