//! The probe as probe-rs sees it: one connector, one debug port, one access port behind it.

use super::access_port::DebugPort;
use super::condition::Condition;
use super::shared::Shared;
use probe_rs::CoreStatus;
use probe_rs::architecture::arm::sequences::ArmDebugSequence;
use probe_rs::architecture::arm::{
    ArmCommunicationInterface, ArmDebugInterface, ArmError, DapError, DapProbe, RawDapAccess,
    RegisterAddress,
};
use probe_rs::probe::{DebugProbe, DebugProbeError, ProbeError, WireProtocol};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use thecal_engine::bench::BenchError;

/// The speed it reports. Unit: kilohertz. It has no effect.
const SPEED_KHZ: u32 = 4000;

/// The reset line's bit among the probe's pins; low resets.
const RESET_PIN: u32 = 1 << 7;

/// An error of a virtual target, as probe-rs reports errors of a probe.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
struct TargetError(#[from] BenchError);

impl ProbeError for TargetError {}

/// An open probe.
#[derive(Debug)]
pub(super) struct VirtualProbe {
    target: Arc<Shared>,
    name: &'static str,
    port: DebugPort,
    speed_khz: u32,
    /// `None` until one is selected, as with some real probes: then attaching fails.
    protocol: Option<WireProtocol>,
}

impl VirtualProbe {
    /// Opens the probe on a target, unless another one is open.
    pub(super) fn open(target: Arc<Shared>, name: &'static str) -> Option<Self> {
        if target.in_use.swap(true, Ordering::AcqRel) {
            return None;
        }
        Some(Self {
            target,
            name,
            port: DebugPort::default(),
            speed_khz: SPEED_KHZ,
            protocol: None,
        })
    }

    fn reset_line(&self, hold: bool) -> Result<(), DebugProbeError> {
        let mut machine = self.target.machine();
        if hold {
            machine.hold_reset().map_err(TargetError)?;
        } else {
            machine.release_reset().map_err(TargetError)?;
        }
        Ok(())
    }
}

impl Drop for VirtualProbe {
    fn drop(&mut self) {
        self.target.in_use.store(false, Ordering::Release);
    }
}

impl DebugProbe for VirtualProbe {
    fn get_name(&self) -> &str {
        self.name
    }

    fn speed_khz(&self) -> u32 {
        self.speed_khz
    }

    fn set_speed(&mut self, speed_khz: u32) -> Result<u32, DebugProbeError> {
        self.speed_khz = speed_khz;
        Ok(speed_khz)
    }

    fn attach(&mut self) -> Result<(), DebugProbeError> {
        match self.protocol {
            Some(_) => Ok(()),
            None => Err(DebugProbeError::InterfaceNotAvailable {
                interface_name: "no protocol selected",
            }),
        }
    }

    fn detach(&mut self) -> Result<(), probe_rs::Error> {
        Ok(())
    }

    fn target_reset(&mut self) -> Result<(), DebugProbeError> {
        Ok(self.target.machine().reset().map_err(TargetError)?)
    }

    fn target_reset_assert(&mut self) -> Result<(), DebugProbeError> {
        self.reset_line(true)
    }

    fn target_reset_deassert(&mut self) -> Result<(), DebugProbeError> {
        self.reset_line(false)
    }

    fn select_protocol(&mut self, protocol: WireProtocol) -> Result<(), DebugProbeError> {
        match protocol {
            WireProtocol::Swd => {
                self.protocol = Some(protocol);
                Ok(())
            }
            WireProtocol::Jtag => Err(DebugProbeError::UnsupportedProtocol(protocol)),
        }
    }

    fn active_protocol(&self) -> Option<WireProtocol> {
        self.protocol
    }

    fn has_arm_interface(&self) -> bool {
        true
    }

    fn try_get_arm_debug_interface<'probe>(
        self: Box<Self>,
        sequence: Arc<dyn ArmDebugSequence>,
    ) -> Result<Box<dyn ArmDebugInterface + 'probe>, (Box<dyn DebugProbe>, ArmError)> {
        Ok(ArmCommunicationInterface::create(self, sequence, false))
    }

    fn try_as_dap_probe(&mut self) -> Option<&mut dyn DapProbe> {
        Some(self)
    }

    fn into_probe(self: Box<Self>) -> Box<dyn DebugProbe> {
        self
    }
}

impl DapProbe for VirtualProbe {}

impl RawDapAccess for VirtualProbe {
    fn raw_read_register(&mut self, address: RegisterAddress) -> Result<u32, ArmError> {
        let mut value = [0];
        self.raw_read_block(address, &mut value)?;
        let [value] = value;
        Ok(value)
    }

    fn raw_read_block(
        &mut self,
        address: RegisterAddress,
        values: &mut [u32],
    ) -> Result<(), ArmError> {
        match address {
            RegisterAddress::DpRegister(register) => {
                values.fill(self.port.read(register.address));
                Ok(())
            }
            RegisterAddress::ApRegister(register) => {
                let read = self.port.read_ap(register, values, &self.target);
                read.map_err(arm_error)
            }
        }
    }

    fn raw_write_register(&mut self, address: RegisterAddress, value: u32) -> Result<(), ArmError> {
        self.raw_write_block(address, &[value])
    }

    fn raw_write_block(
        &mut self,
        address: RegisterAddress,
        values: &[u32],
    ) -> Result<(), ArmError> {
        match address {
            RegisterAddress::DpRegister(register) => {
                for &value in values {
                    self.port.write(register.address, value);
                }
                Ok(())
            }
            RegisterAddress::ApRegister(register) => {
                let written = self.port.write_ap(register, values, &self.target);
                written.map_err(arm_error)
            }
        }
    }

    fn jtag_sequence(&mut self, _: u8, _: bool, _: u64) -> Result<(), DebugProbeError> {
        Err(DebugProbeError::UnsupportedProtocol(WireProtocol::Jtag))
    }

    fn swj_sequence(&mut self, _: u8, _: u64) -> Result<(), DebugProbeError> {
        // A line reset, or a switch to serial wire: nothing here ever leaves that state.
        Ok(())
    }

    fn swj_pins(&mut self, out: u32, select: u32, _: u32) -> Result<u32, DebugProbeError> {
        if select & RESET_PIN != 0 {
            self.reset_line(out & RESET_PIN == 0)?;
        }
        let held = matches!(self.target.machine().condition(), Condition::InReset { .. });
        Ok(if held { 0 } else { RESET_PIN })
    }

    fn into_probe(self: Box<Self>) -> Box<dyn DebugProbe> {
        self
    }

    fn core_status_notification(&mut self, _: CoreStatus) -> Result<(), DebugProbeError> {
        // There is no LED.
        Ok(())
    }
}

/// A fault is an answer of the port; other errors are the probe's.
fn arm_error(error: BenchError) -> ArmError {
    match error {
        BenchError::BusFault { .. } => DapError::FaultResponse.into(),
        error => DebugProbeError::from(TargetError(error)).into(),
    }
}
