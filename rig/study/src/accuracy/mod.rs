//! Delivery accuracy of a drive: start-up and trumpet curves, occlusion, boluses.
//!
//! The method is borrowed from IEC 60601-2-24, which excludes implantable pumps. The device is the
//! plant, without firmware: an ideal driver commands exact trains at the set rate, and an ideal
//! balance at the catheter tip weighs the output.
//!
//! ```text
//! protocol   which rates, conditions, spans and windows, with their sources
//! stand      plant, driver and balance under one condition
//! trial      stand  -> flow in each sample interval
//! trumpet    flows  -> extremes of the mean in windows, mean errors
//! occlusion  stand  -> time to stall, pressure, what comes out afterwards
//! bolus      stand  -> deviations of boluses in a row
//! study      all of it on all processors, in a fixed order
//! table, csv, report::accuracy_page      study -> text, files, page
//! ```

mod bolus;
pub mod csv;
mod occlusion;
pub mod protocol;
mod stand;
pub mod study;
pub mod table;
mod trial;
mod trumpet;

pub use bolus::Boluses;
pub use occlusion::{Occlusion, occlude};
pub use protocol::{Condition, Plan, Spans};
pub use stand::Setup;
pub use study::{Cell, Study};
pub use table::render;
pub(crate) use table::{
    METHOD, WHAT, drive_name, microliters, no_stall, percent, pressure_title, span,
};
pub use trial::{Trial, weigh};
