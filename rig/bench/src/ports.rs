//! The serial ports of this machine: the list, and waiting for an unplugged one.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};
use thecal_engine::bench::BenchError;

/// Interval between checks for a port.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Names of ports by adapter, independent of the order of plugging in.
const BY_ID: &str = "/dev/serial/by-id";

/// All USB serial ports, by their persistent name if they have one.
#[must_use]
pub(crate) fn list() -> Vec<PathBuf> {
    let entries = |folder: &str| -> Vec<PathBuf> {
        let listed = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = listed.map(|entry| entry.path()).collect();
        paths.sort();
        paths
    };
    let mut ports = entries(BY_ID);
    let known: Vec<PathBuf> = ports
        .iter()
        .filter_map(|port| fs::canonicalize(port).ok())
        .collect();
    ports.extend(entries("/dev").into_iter().filter(|path| {
        let name = path.file_name().map(|name| name.to_string_lossy());
        let usb = name.is_some_and(|name| name.starts_with("ttyACM") || name.starts_with("ttyUSB"));
        usb && !known.contains(path)
    }));
    ports
}

/// The available ports as text.
#[must_use]
pub fn in_words() -> String {
    let ports = list();
    if ports.is_empty() {
        return format!("no port is there: looked in {BY_ID}, for /dev/ttyACM* and /dev/ttyUSB*");
    }
    let names: Vec<String> = ports
        .iter()
        .map(|port| port.display().to_string())
        .collect();
    format!("there are: {}", names.join(", "))
}

/// Waits until a port exists: it may just have been plugged in again.
///
/// # Errors
///
/// [`BenchError::Unplugged`].
pub(super) fn await_port(path: &Path, within: Duration) -> Result<(), BenchError> {
    let until = Instant::now() + within;
    while !path.exists() {
        if Instant::now() >= until {
            return Err(BenchError::Unplugged {
                port: path.display().to_string(),
                waited: within,
                there: in_words(),
            });
        }
        thread::sleep(LOOK_EVERY);
    }
    Ok(())
}
