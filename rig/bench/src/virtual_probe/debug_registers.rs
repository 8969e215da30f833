//! The debug registers, which QEMU lacks: what a debugger has written, and why the core halted.

/// DEMCR: halt after reset.
const VC_CORERESET: u32 = 1;

/// Values written by a debugger, to be read back.
#[derive(Clone, Debug, Default)]
pub(super) struct DebugRegisters {
    /// `DHCSR.C_DEBUGEN`.
    pub(super) enabled: bool,
    /// `DHCSR.C_MASKINTS`.
    pub(super) interrupts_masked: bool,
    /// `DHCSR.S_RESET_ST`: since DHCSR was last read.
    pub(super) was_reset: bool,
    /// DFSR.
    pub(super) halt_reasons: u32,
    /// DEMCR.
    pub(super) exception_control: u32,
    /// DCRDR.
    pub(super) transfer: u32,
    /// DBGMCU: control and the two freeze registers.
    pub(super) device_control: [u32; 3],
}

impl DebugRegisters {
    pub(super) fn after_power_on() -> Self {
        Self {
            was_reset: true,
            ..Self::default()
        }
    }

    pub(super) const fn catches_reset(&self) -> bool {
        self.exception_control & VC_CORERESET != 0
    }
}
