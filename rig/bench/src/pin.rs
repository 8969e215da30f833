//! Pinning: this thread, and what it starts, on one core.
//!
//! Rig and bench take turns, so on one core they switch without waking another one.

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;
use std::thread::{self, ThreadId};
use thecal_engine::bench::BenchError;

/// Keeps the thread that created it on one core until it is dropped.
#[derive(Debug)]
pub(super) struct Pin {
    before: CpuSet,
    thread: ThreadId,
}

impl Pin {
    pub(super) fn to(core: usize) -> Result<Self, BenchError> {
        let failed = |errno: nix::Error| BenchError::Core {
            core,
            source: errno.into(),
        };
        let this = Pid::from_raw(0);
        let before = sched_getaffinity(this).map_err(failed)?;
        let mut only = CpuSet::new();
        only.set(core).map_err(failed)?;
        sched_setaffinity(this, &only).map_err(failed)?;
        Ok(Self {
            before,
            thread: thread::current().id(),
        })
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        if thread::current().id() == self.thread {
            let freed = sched_setaffinity(Pid::from_raw(0), &self.before);
            debug_assert!(freed.is_ok(), "the thread ran on these cores before");
        }
    }
}
