//! The reference pump, tested at its pins; one binary, so that it is linked once.
#![allow(missing_docs, clippy::allow_attributes, reason = "a test binary")]

mod alarm_effects;
mod alarms;
mod answers;
mod any_packets;
mod bench;
mod bolus;
mod denials;
mod event_log;
mod flapping;
mod lasting;
mod limits;
mod lost_memory;
mod lost_prescription;
mod memory;
mod metering;
mod motor_commands;
mod owed;
mod pauses;
mod power_cuts;
mod priming;
mod reservoir;
mod review;
mod rounding;
mod session;
mod spacing;
mod stall;
mod strangers;
mod therapy;
mod update;
mod watch;
