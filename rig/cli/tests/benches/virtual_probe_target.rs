//! Shared by the tests of the virtual probe: the image, and a target that runs it, with access to
//! it.

pub(crate) use crate::reference_image::image;
use probe_rs::probe::list::Lister;
use probe_rs::probe::{DebugProbeSelector, WireProtocol};
use probe_rs::{Permissions, Session};
use std::time::Duration;
use thecal_bench::virtual_probe::{CHIP, RAM_START, VirtualTarget};

/// Generous: a test that does not hang ends long before.
pub(crate) const NEVER_HANGS: Duration = Duration::from_secs(20);

/// Timeout for halting the core.
pub(crate) const HALT: Duration = Duration::from_secs(5);

/// RAM beyond the image.
pub(crate) const SCRATCH: u32 = RAM_START + 0x1_e000;

pub(crate) fn start() -> VirtualTarget {
    VirtualTarget::start(&image()).unwrap()
}

pub(crate) fn attach(target: &VirtualTarget) -> Session {
    let selector: DebugProbeSelector = target.selector().parse().unwrap();
    let mut probe = Lister::new().open(selector).unwrap();
    probe.select_protocol(WireProtocol::Swd).unwrap();
    probe.attach(CHIP, Permissions::default()).unwrap()
}

pub(crate) fn word(target: &VirtualTarget, address: u32) -> u32 {
    let mut bytes = [0; 4];
    target.read_memory(address, &mut bytes).unwrap();
    u32::from_le_bytes(bytes)
}

/// An error with all its causes, as text.
pub(crate) fn history(error: &dyn std::error::Error) -> String {
    let mut history = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        history = format!("{history}: {cause}");
        next = cause.source();
    }
    history
}
