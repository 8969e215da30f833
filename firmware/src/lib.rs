//! The reference pump's therapy firmware.
//!
//! [`Pump`] is a value without statics, allocation, floats or formatting: the native bench holds
//! as many as it likes, the STM32F405 image holds one. It sees what pins show
//! ([`thecal_link::Stimulus`]) and answers with what pins do ([`thecal_link::Reaction`]); nothing
//! here knows whether the pins are real.
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
//! - *monotonic time*, *therapy time*: the pump's clock without jumps, and without the time it was
//!   off (module `clock`);
//! - *slot*: one of two places for a prescription; the state names the one in force (module
//!   `nvm_map`);
//! - *phase*: steps that are due but not driven yet, in 1e-12 step (module `metering`);
//! - *lease*: reservoir volume written off in advance, so that a reset never adds drug to the
//!   count (module `reservoir`);
//! - *grant*: a patient bolus that was started, whether or not it ran to its end.
//!
//! Requirements (`REQ-…`) are in `docs/requirements.toml`; each is named at its control.
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
mod grants;
mod kept;
mod memory;
mod metering;
mod nvm;
mod nvm_map;
mod post;
mod prescription;
mod pump;
mod record;
mod reservoir;
mod self_test;
mod session;
mod stall;
mod state;
mod therapy;
mod twin;
mod update;
mod watch;

pub use pump::Pump;
pub use self_test::{Crash, CrashCause, SelfTest};
