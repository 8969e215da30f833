//! The reference pump's clinical protocol: packets between programmers, patient remotes and the
//! pump.
//!
//! The link contract treats them as opaque bytes. Every packet carries the sender's role, an
//! increasing counter and an AES-CMAC tag (NIST SP 800-38B), so that the pump obeys neither forged
//! nor recorded packets.
//!
//! ```text
//!   packet = role:u8 | counter:u32 | kind:u8 | body | tag[8]
//!   tag    = first 8 bytes of AES-CMAC(key of the role, direction:u8 | packet without tag)
//! ```

#![no_std]
#![forbid(unsafe_code)]

mod alarm;
mod auth;
mod command;
mod health;
mod log;
mod pinned;
mod prescription;
mod response;

pub use alarm::{ALARMS, ALARMS_MAX, AlarmRow, Alarms, Flow, Priority};
pub use auth::{
    Challenge, EXAMPLE_SECRET, Key, Keys, NO_KEY, Opened, REMOTES_MAX, Role, Secret, open, seal,
    seal_bytes, sender,
};
pub use command::{CatheterWork, Command};
pub use health::{AlarmReport, Health};
pub use log::{LogCode, LogEntry, LogPage};
pub use prescription::{DoseLimits, DuringBolus, Infusion, Prescription, Schedule, ScheduleStep};
pub use response::{Denial, Mode, Rejection, Response, Status};
