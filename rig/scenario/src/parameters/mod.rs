//! Parameter files: TOML in, the sets that it changes out, every mistake with a place and a fix.
//!
//! The grammar for people is docs/parameters.md; the sets themselves are `thecal_plan::parameters`.

pub(super) mod file;
mod load;
mod mistake;
mod resolve;

pub use load::{load, parse};
pub use mistake::ParametersError;
