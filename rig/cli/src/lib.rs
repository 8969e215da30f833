//! The command line: one file per command. The binary is `thecal`.

mod accuracy_args;
mod accuracy_command;
mod boards;
pub mod cli;
pub mod command;
pub mod display;
pub mod error;
mod event_log;
pub mod exit;
mod explore_args;
mod explore_command;
mod lint;
mod lint_args;
mod log_command;
mod overlay_args;
mod parameters_command;
mod patient;
mod protocol_args;
mod protocol_command;
mod pump_args;
pub mod registry;
mod selection;
mod self_test_args;
mod self_test_command;
pub mod serve;
mod sharpness;
