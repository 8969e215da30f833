//! Attaching: finds a probe by its selector, selects protocol and chip, with or without the reset
//! line.

use super::ProbeTarget;
use probe_rs::probe::list::Lister;
use probe_rs::probe::{DebugProbeSelector, Probe};
use probe_rs::{Permissions, Session};
use std::collections::BTreeSet;
use thecal_engine::bench::BenchError;

/// Attaches to a running chip; if that fails, tries with its reset line held: firmware may have put
/// the debug port to sleep, or be in a reset loop.
pub(super) fn attach(target: &ProbeTarget) -> Result<Session, BenchError> {
    let running = match open(target)?.attach(&target.chip, Permissions::default()) {
        Ok(session) => return Ok(session),
        Err(error) => reason(&error),
    };
    open(target)?
        .attach_under_reset(&target.chip, Permissions::default())
        .map_err(|error| BenchError::Attach {
            probe: target.selector.clone(),
            chip: target.chip.clone(),
            running,
            under_reset: reason(&error),
        })
}

fn open(target: &ProbeTarget) -> Result<Probe, BenchError> {
    let mut probe = find(&target.selector)?;
    probe
        .select_protocol(target.protocol.into())
        .map_err(|error| BenchError::SelectProtocol {
            probe: target.selector.clone(),
            protocol: target.protocol.to_string(),
            reason: reason(&error),
        })?;
    Ok(probe)
}

fn find(selector: &str) -> Result<Probe, BenchError> {
    let lister = Lister::new();
    let failed = |reason: String| BenchError::OpenProbe {
        selector: selector.to_owned(),
        reason,
        found: lister.list_all().iter().map(ToString::to_string).collect(),
    };
    let parsed: DebugProbeSelector = selector
        .parse()
        .map_err(|_error| failed("not of the form VID:PID or VID:PID:SERIAL".to_owned()))?;
    // Stock probe-rs takes the first match: a fault might then be injected into the wrong board.
    let fitting = lister.list(Some(&parsed));
    let serials: BTreeSet<_> = fitting.iter().map(|probe| &probe.serial_number).collect();
    if serials.len() > 1 {
        let several = "several probes fit: name one by its serial number, VID:PID:SERIAL";
        return Err(failed(several.to_owned()));
    }
    lister.open(parsed).map_err(|error| failed(reason(&error)))
}

/// An error and its causes, on one line.
pub(super) fn reason(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text += ": ";
            text += &more;
        }
        cause = error.source();
    }
    text.lines().map(str::trim).collect::<Vec<_>>().join("; ")
}
