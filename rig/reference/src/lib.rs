//! Code specific to the reference pump: its firmware as a bench, its programmer and remotes, its
//! event log as a file. Another pump needs a crate like this one.

mod crash;
mod entries;
pub mod field_log;
pub mod native;
pub mod programmer;
mod read_out;
mod words;

pub use native::Native;
pub use programmer::Reference;
