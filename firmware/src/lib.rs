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
//! - *therapy time*: the pump's clock with detected jumps taken out (module `clock`);
//! - *phase*: steps that are due but not driven yet, in 1e-12 step (module `metering`);
//! - *lease*: reservoir volume written off in advance, so that a reset never adds drug to the
//!   count (module `reservoir`);
//! - *grant*: a patient bolus that was started, whether or not it ran to its end.
//!
//! Requirements (`REQ-…`) are in `docs/requirements.toml`; each is named at its control.
#![no_std]
#![forbid(unsafe_code)]

mod alarms;
mod bolus;
mod clock;
mod commands;
mod event_log;
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

pub use pump::Pump;
pub use self_test::{Crash, CrashCause, SelfTest};
