//! What the owner of a target and an open probe share.

use super::machine::Machine;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// State shared by the owner and an open probe.
#[derive(Debug)]
pub(super) struct Shared {
    machine: Mutex<Machine>,
    /// Whether a probe is open: there is one connector.
    pub(super) in_use: AtomicBool,
}

impl Shared {
    /// A target that no probe is open on.
    pub(super) const fn new(machine: Machine) -> Self {
        Self {
            machine: Mutex::new(machine),
            in_use: AtomicBool::new(false),
        }
    }

    /// The machine, for one operation: others wait.
    pub(super) fn machine(&self) -> MutexGuard<'_, Machine> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
