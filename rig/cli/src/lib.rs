//! The command line: one file per command. The binary is `thecal`.

mod accuracy_command;
mod boards;
pub mod cli;
pub mod command;
pub mod display;
pub mod error;
mod event_log;
pub mod exit;
mod log_command;
mod parameters_command;
mod patient;
pub mod registry;
pub mod self_test;
pub mod serve;
