//! Quantities with units, shared by the plant, the wire, the firmware and the rig.
//!
//! Two families of types:
//!
//! - [`exact`]: integers in the smallest unit that matters, for values *programmed* by a clinician,
//!   and *commanded* or *counted* by firmware. Every rounding is in a method's name.
//! - [`real`]: `f64` with a unit, for *true* values in the plant: delivered volume, concentration
//!   at the catheter tip. Firmware never sees these.
//!
//! A programmed dose can be converted to a real one, but not the reverse. [`time`] holds two clocks
//! that do not mix: the simulation's and the pump's.
//!
//! This crate has no dependencies and does no input or output.
#![no_std]
#![forbid(unsafe_code)]

pub mod exact;
pub mod real;
pub mod time;

pub use exact::{Concentration, DoseRate, FlowRate, Mass, Volume};
pub use time::{Millis, PumpTime, SimTime};
