//! Overlays: each story once more, with one disturbance that nobody wrote into it, at a critical instant
//! (in mid-bolus, in a session, in an alarm, at midnight, where a lockout ends).
//!
//! Nothing of it is approved. A run with an overlay is judged by the specification and the monitors, and
//! compared with the undisturbed run; it can be run again from story, overlay and seed.

mod breaks;
mod compare;
mod disturb;
mod kind;
mod moments;
mod orders;
mod people;

pub use compare::compare;
pub use disturb::{Disturbed, disturb};
pub use kind::{Kind, named};
