//! The rig: everything that touches the world. Scenario files become plans, a plan drives a bench
//! in lockstep with the plant, checks judge the story, one renderer writes the report.

pub mod accuracy;
pub mod bench;
pub mod boards;
pub mod cli;
pub mod command;
pub mod display;
pub mod exit;
pub mod field_log;
mod interrupts;
pub mod inventory;
pub mod parameters;
pub mod population;
pub mod programmer;
pub mod report;
pub mod run;
pub mod scenario;
pub mod serve;
pub mod signal;
pub mod suite;
pub mod validate;
pub mod verdict;
