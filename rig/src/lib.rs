//! The rig: everything that touches the world. Scenario files become plans, a plan drives a bench
//! in lockstep with the plant, checks judge the story, one renderer writes the report.

pub mod bench;
pub mod programmer;
pub mod report;
pub mod run;
pub mod scenario;
pub mod signal;
pub mod verdict;
