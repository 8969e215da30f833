//! The command line: one file per command. The binary is `thecal`.

pub mod accuracy_command;
pub mod boards;
pub mod cli;
pub mod command;
pub mod display;
pub mod event_log;
pub mod exit;
pub mod log_command;
pub mod parameters_command;
pub mod registry;
pub mod serve;
