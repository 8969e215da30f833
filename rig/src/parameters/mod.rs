//! Parameter sets: what pump, catheter, person and drugs are made of, as tables that people read,
//! copy and change.
//!
//! ```text
//! registry   the plant's built-in sets                   -> Set
//! write      Set                                         -> TOML, to be copied
//! load       TOML                                        -> Changes    (file.rs, resolve.rs)
//! used       scenario, Changes, an individual            -> the sets of a run, the plant
//! ```
//!
//! Terms: a *set* is one thing with all of its numbers (the generic pump, morphine); it has
//! *groups* where it has many (the kinetics of morphine); a *row* is one number with unit, range,
//! basis and source. The grammar for people is docs/parameters.md.

mod command;
mod file;
mod load;
mod mistake;
mod registry;
mod resolve;
mod set;
mod used;
mod write;

pub use command::parameters;
pub use load::{Changes, load, parse};
pub use mistake::ParametersError;
pub use registry::{built_in, find};
pub use set::{Group, Kind, Row, Set, Spreading};
pub use used::{Individual, PatientSource, Used};
pub use write::to_toml;
