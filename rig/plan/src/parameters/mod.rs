//! Parameter sets: what pump, catheter, person and drugs are made of, as tables that people read,
//! copy and change.
//!
//! ```text
//! registry   the plant's built-in sets                   -> Set
//! write      Set                                         -> TOML, to be copied
//! (scenario) TOML                                        -> Changes
//! used       scenario, Changes, an individual            -> the sets of a run, the plant
//! ```
//!
//! Terms: a *set* is one thing with all of its numbers (the generic pump, morphine); it has
//! *groups* where it has many (the kinetics of morphine); a *row* is one number with unit, range,
//! basis and source. The grammar for people is docs/parameters.md.

mod changes;
mod registry;
mod set;
mod source;
mod used;
mod write;

pub use changes::Changes;
pub use registry::{built_in, find, usual};
pub use set::{Group, Kind, Row, Set, Spreading};
pub use source::{Individual, PatientSource};
pub use used::Used;
pub use write::{number, range, range_in_words, to_toml};
