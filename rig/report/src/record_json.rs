//! `record.json`: the record of a run, as a file.

use super::output::{Ended, Made, Output};
use std::io;

/// The record, as a file.
pub static OUTPUT: Output = Output {
    file: "record.json",
    made: Made::Run(output),
};

fn output(ended: &Ended<'_>) -> io::Result<Option<Vec<u8>>> {
    ended.record.to_json().map(Some)
}
