//! What the tests of the virtual probe share: the image, a target that runs it, a way in.

#[path = "../reference_image/mod.rs"]
mod reference_image;

use probe_rs::probe::list::Lister;
use probe_rs::probe::{DebugProbeSelector, WireProtocol};
use probe_rs::{Permissions, Session};
pub(crate) use reference_image::image;
use std::time::Duration;
use thecal_bench::virtual_probe::{CHIP, RAM_START, VirtualTarget};

/// Generous: what must not hang has ended long before.
pub(crate) const NEVER_HANGS: Duration = Duration::from_secs(20);

/// For a core to halt.
pub(crate) const HALT: Duration = Duration::from_secs(5);

/// RAM that the image does not reach.
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

/// All that an error says, down to its cause.
pub(crate) fn history(error: &dyn std::error::Error) -> String {
    let mut history = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        history = format!("{history}: {cause}");
        next = cause.source();
    }
    history
}
