//! The reference pump's therapy firmware.
//!
//! [`Pump`] is a plain value without statics, allocation, floats or formatting: the native bench
//! runs many of them, the STM32F405 image runs one. Its input is what the pins show
//! ([`thecal_link::Stimulus`]), its output what the pins do ([`thecal_link::Reaction`]); no code
//! here depends on whether the pins are real.
//!
//! ```text
//!             Stimulus                                            Reaction
//!   clock ───────────► clock ──► metering ─┬─► motor train ─────────► motor
//!   steps ───────────► reservoir, stall ───┤
//!   telemetry ───────► session ─► commands ┴─► bolus, therapy ──────► telemetry
//!                                alarms ────────────────────────────► sounder
//!                      records, event log ──► nvm (before the motor) ► nvm writes
//! ```
//!
//! Terms:
//! - *monotonic time*, *therapy time*: the pump's clock without jumps; the same without time spent
//!   off (module `clock`);
//! - *slot*: one of two places for a prescription; the state record names the one in force (module
//!   `nvm_map`);
//! - *phase*: steps due but not yet driven, in 1e-12 step (module `metering`);
//! - *lease*: reservoir volume subtracted in advance, so that a reset never adds drug to the
//!   count (module `reservoir`);
//! - *grant*: a patient bolus that was started, completed or not.
//!
//! Requirements (`REQ-…`) are in `docs/requirements.toml`; each is cited where it is implemented.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

mod alarms;
mod battery;
mod bridge;
mod buttons;
mod calendar;
mod clock;
mod commands;
mod drive;
mod event_log;
#[cfg(feature = "fault-injection")]
mod flip;
mod grants;
mod kept;
mod memory;
mod metering;
mod nvm;
mod nvm_map;
mod ongoing;
mod owed;
mod pace;
mod post;
mod prescription;
mod pump;
mod record;
mod repeats;
mod reservoir;
mod self_test;
mod session;
mod six_bytes;
mod stall;
mod state;
mod therapy;
mod twin;
mod update;
mod watch;

pub use pump::Pump;
pub use self_test::{Crash, CrashCause, SelfTest};
