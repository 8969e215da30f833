//! Quantities with units, shared by the plant, the wire, the firmware and the rig.
//!
//! Two families, on purpose:
//!
//! - [`exact`]: integers in the smallest unit that matters. What is *programmed* by a clinician,
//!   *commanded* by firmware and *counted* by firmware. Every rounding is in a method's name.
//! - [`real`]: `f64` with a unit. What is *true* in the plant: what was delivered, what the
//!   concentration at the catheter tip is. Firmware never sees these.
//!
//! A programmed dose can be turned into a real one; the truth is never turned back into a
//! programmed value. [`time`] holds two clocks that do not mix: the simulation's and the pump's.
//!
//! This crate has no dependencies and does no input or output.
#![no_std]
#![forbid(unsafe_code)]

pub mod exact;
pub mod real;
pub mod time;

pub use exact::{Concentration, DoseRate, FlowRate, Mass, Volume};
pub use time::{Millis, PumpTime, SimTime};
