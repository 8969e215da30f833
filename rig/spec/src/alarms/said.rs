//! Causes of alarms by what the pump itself has said: which it raised after damage, and when a stall was over.

use super::reason::Reason;
use crate::boundary::Boundary;
use crate::read_alarms::raised_by_injuries;
use crate::record::time::LogTime;
use thecal_plan::LogKind;
use thecal_units::Millis;

/// A pump counts in ticks. Source: ours.
const TICK: Millis = Millis::SECOND;

/// A stall that the pump has logged as over is over (REQ-STL-028): the cause of its alarm has ended by then.
pub(super) fn recovered(
    mut stalls: Vec<Reason>,
    boundary: &Boundary<'_>,
    time: &LogTime,
) -> Vec<Reason> {
    for stall in &mut stalls {
        let entries = boundary.log.entries.iter();
        let mut ends = entries.filter(|it| it.kind == LogKind::StallRecovery);
        let end =
            ends.find(|it| stall.ends.0.max(stall.early) <= it.at.before(time.slack_of(it.at)));
        if let Some(end) = end {
            let latest = time.latest(end.at) + TICK;
            stall.ends.1 = stall.ends.1.min(latest).max(stall.ends.0);
        }
    }
    stalls
}

/// An injury that has raised an alarm, by what the pump has answered: it goes on until somebody silences it
/// (REQ-ALM-012).
pub(super) fn read(boundary: &Boundary<'_>, name: &str) -> Vec<Reason> {
    let raised = raised_by_injuries(boundary, name).into_iter();
    let reasons = raised.map(|(injury, read)| Reason {
        early: injury,
        late: Some(read),
        ends: (read, boundary.end),
    });
    reasons.collect()
}
