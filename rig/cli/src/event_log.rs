//! `event-log.csv`: the event log as the programmer read it at the end of a run.

use std::io;
use thecal_reference::field_log;
use thecal_reference::field_log::Entry;
use thecal_report::output::{Ended, Made, Output};

/// The event log, as a file.
pub(crate) static OUTPUT: Output = Output {
    file: "event-log.csv",
    made: Made::Run(output),
};

/// `None` if the pump did not answer.
fn output(ended: &Ended<'_>) -> io::Result<Option<Vec<u8>>> {
    let history = ended.history.filter(|history| history.status.is_some());
    let Some(history) = history else {
        return Ok(None);
    };
    let lines = history.log.lines.iter();
    let entries: Vec<Entry> = lines.filter_map(|(_, line)| Entry::of(line)).collect();
    Ok(Some(field_log::write(&entries)?))
}
