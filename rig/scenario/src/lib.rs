//! Scenario files: text with spans in, a checked plan out, every mistake with a place and a fix.
//!
//! ```text
//! load      bytes of a file          -> text, id           (load.rs)
//! file      text                     -> tables with spans  (file*.rs, forms.rs)
//! resolve   tables with spans        -> plan               (resolve*.rs, quantity.rs, expression.rs)
//! schedule  plan                     -> sorted events      (schedule.rs)
//! ```
//!
//! Every mistake of a file is collected, in the order of the file, so one reading of the message is
//! enough to repair it. The grammar for people is docs/scenarios.md,
//! whose tables are made of the rows in `file*.rs` and `forms.rs` (`documentation_tests.rs`).

mod choices;
mod error;
mod expression;
mod expression_reading;
mod file;
mod file_fault;
mod file_packets;
mod file_severity;
mod file_therapy;
mod file_timeline;
mod file_values;
mod forms;
mod load;
mod mistake;
mod mistake_expect;
mod mistake_fault;
mod mistake_packets;
mod mistake_syringe;
mod mistake_verifies;
mod one_of;
pub mod parameters;
pub mod profile;
mod reader;
mod resolve;
mod resolve_core;
mod resolve_expect;
mod resolve_fault;
mod resolve_packets;
mod resolve_patient;
mod resolve_place;
mod resolve_plant;
mod resolve_refill;
mod resolve_syringe;
mod resolve_therapy;
mod resolve_timeline;
mod resolve_verifies;
mod resolve_week;
mod same_names;
mod week_reading;

#[cfg(test)]
mod documentation_before;
#[cfg(test)]
mod documentation_tests;
#[cfg(test)]
mod fault_page_tests;
#[cfg(test)]
mod suggestions;

pub use error::{DiscoverError, ScenarioError};
pub use load::{discover, load, parse};
