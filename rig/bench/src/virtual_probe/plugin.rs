//! The probe-rs plugin: lists the virtual probes of this process with all others.

use super::probe::VirtualProbe;
use super::shared::Shared;
use probe_rs::plugin::{Plugin, register_plugin};
use probe_rs::probe::list::ProbeListItem;
use probe_rs::probe::{
    DebugProbe, DebugProbeError, DebugProbeInfo, DebugProbeSelector, ProbeCreationError,
    ProbeError, ProbeFactory,
};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError, Weak};

/// Vendor id for tests, by pid.codes: no product uses it.
pub(crate) const VENDOR_ID: u16 = 0x1209;

/// Product id for tests, by pid.codes.
pub(crate) const PRODUCT_ID: u16 = 0x0001;

/// Name of the probes in a list.
const NAME: &str = "Thecal virtual probe";

type Connected = BTreeMap<String, Weak<Shared>>;

static CONNECTED: Mutex<Connected> = Mutex::new(BTreeMap::new());
static NUMBER: AtomicU32 = AtomicU32::new(1);
static REGISTERED: Once = Once::new();

fn connected() -> MutexGuard<'static, Connected> {
    CONNECTED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Attaches a probe to a target; returns its serial number.
pub(super) fn connect(target: &Arc<Shared>) -> String {
    REGISTERED.call_once(|| {
        register_plugin(Plugin {
            probe_drivers: &[&VirtualProbes],
            ..Plugin::default()
        });
    });
    let serial_number = format!("virtual{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    connected().insert(serial_number.clone(), Arc::downgrade(target));
    serial_number
}

/// Removes the probe.
pub(super) fn disconnect(serial_number: &str) {
    connected().remove(serial_number);
}

/// The selector by which probe-rs opens the probe with a serial number.
pub(super) fn selector(serial_number: &str) -> String {
    format!("{VENDOR_ID:04x}:{PRODUCT_ID:04x}:{serial_number}")
}

/// Why a virtual probe did not open.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    /// No target with this serial number exists in this process.
    #[error(
        "no virtual target {serial_number} in this process: it was dropped, or never started; \
         there {}",
        list(present)
    )]
    Gone {
        /// The serial number asked for.
        serial_number: String,
        /// The existing serial numbers.
        present: Vec<String>,
    },
    /// Another probe is open on it.
    #[error("virtual target {serial_number} has a probe open already; close that one first")]
    InUse {
        /// Its serial number.
        serial_number: String,
    },
}

impl ProbeError for OpenError {}

fn list(present: &[String]) -> String {
    match present {
        [] => "are none now".into(),
        [only] => format!("is {only}"),
        more => format!("are {}", more.join(", ")),
    }
}

/// All virtual probes of this process.
#[derive(Debug)]
struct VirtualProbes;

impl fmt::Display for VirtualProbes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(NAME)
    }
}

impl ProbeFactory for VirtualProbes {
    fn open(&self, selector: &DebugProbeSelector) -> Result<Box<dyn DebugProbe>, DebugProbeError> {
        if (selector.vendor_id, selector.product_id) != (VENDOR_ID, PRODUCT_ID) {
            return Err(ProbeCreationError::NotFound.into());
        }
        let probes = connected();
        let first = || probes.keys().next().cloned();
        let Some(serial_number) = selector.serial_number.clone().or_else(first) else {
            return Err(ProbeCreationError::NotFound.into());
        };
        let Some(target) = probes.get(&serial_number).and_then(Weak::upgrade) else {
            return Err(failed(OpenError::Gone {
                serial_number,
                present: probes.keys().cloned().collect(),
            }));
        };
        let probe = VirtualProbe::open(target, NAME);
        let probe = probe.ok_or_else(|| failed(OpenError::InUse { serial_number }))?;
        Ok(Box::new(probe))
    }

    fn list_probes(&self) -> Vec<ProbeListItem> {
        let info = |serial_number: &String| {
            DebugProbeInfo::new(
                NAME,
                VENDOR_ID,
                PRODUCT_ID,
                Some(serial_number.clone()),
                &VirtualProbes,
                None,
                false,
            )
        };
        let probes = connected();
        probes
            .keys()
            .map(|serial_number| ProbeListItem::accessible(info(serial_number)))
            .collect()
    }
}

fn failed(error: OpenError) -> DebugProbeError {
    ProbeCreationError::from(error).into()
}
