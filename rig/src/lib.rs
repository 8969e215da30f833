//! The rig: everything that touches the world. Scenario files become plans, a plan drives a bench
//! in lockstep with the plant, checks judge the trace, one renderer writes the report.

pub mod scenario;
pub mod signal;
