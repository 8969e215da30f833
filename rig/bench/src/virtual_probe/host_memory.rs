//! The target's memory in QEMU's address space, read and written in place.
//!
//! The core keeps running. A copy is not guaranteed to be atomic, so a reader and a writer need the
//! same care as two threads: first the payload, then what announces it, in two calls.

use nix::sys::uio::{RemoteIoVec, process_vm_readv, process_vm_writev};
use nix::unistd::Pid;
use std::io::{self, ErrorKind, IoSlice, IoSliceMut};

/// Memory of another process.
#[derive(Clone, Copy, Debug)]
pub(super) struct HostMemory {
    process: Pid,
    base: usize,
}

impl HostMemory {
    /// Memory that starts at `base` in the address space of `process`.
    pub(super) const fn new(process: Pid, base: usize) -> Self {
        Self { process, base }
    }

    pub(super) fn read(&self, offset: usize, bytes: &mut [u8]) -> io::Result<()> {
        let len = bytes.len();
        let there = self.place(offset, len)?;
        let done = process_vm_readv(self.process, &mut [IoSliceMut::new(bytes)], &[there])?;
        whole(done, len)
    }

    pub(super) fn write(&self, offset: usize, bytes: &[u8]) -> io::Result<()> {
        let there = self.place(offset, bytes.len())?;
        let done = process_vm_writev(self.process, &[IoSlice::new(bytes)], &[there])?;
        whole(done, bytes.len())
    }

    fn place(&self, offset: usize, len: usize) -> io::Result<RemoteIoVec> {
        let base = self
            .base
            .checked_add(offset)
            .ok_or(ErrorKind::InvalidInput)?;
        Ok(RemoteIoVec { base, len })
    }
}

fn whole(done: usize, len: usize) -> io::Result<()> {
    if done == len {
        return Ok(());
    }
    Err(ErrorKind::UnexpectedEof.into())
}
