//! Profiles of pumps: TOML in, what a product promises out, every mistake with a place and a fix.
//!
//! The grammar for people is docs/profile.md, whose table of keys is made of the rows in
//! `file.rs`; the type is `thecal_plan::Profile`.

mod file;
mod known;
mod load;
mod mistake;
mod notes;
mod resolve;
mod tables;

pub use known::Known;
pub use load::{load, parse};
pub use mistake::ProfileError;
