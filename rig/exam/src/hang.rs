//! A pump that hangs gives the same run in the process and on the emulated boards, where entirely
//! different code detects it.

use crate::ExamError;
use crate::broken::{Broken, SWITCH};
use crate::bug::Bug;
use crate::child;
use crate::switch::Number;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use thecal_engine::verdict::Verdict;
use thecal_report::Record;

/// Bound on the time of one run.
const BOUND: Duration = Duration::from_secs(60);

/// Runs the bug's scenario on native and on both emulated benches; each must fail with a reset by the
/// watchdog that no fault caused, and all reports must be equal. Returns what is not so.
pub(crate) fn is_the_same_on_all_benches(
    broken: &Broken,
    number: Number,
    bug: &Bug,
    out: &Path,
) -> Result<Option<String>, ExamError> {
    let Some(id) = &bug.hangs_in else {
        return Ok(None);
    };
    let image = broken.image(number)?;
    let mut bodies = Vec::new();
    for (bench, has_image) in [("native", false), ("qemu", true), ("qemu-uart", true)] {
        let out = out.join("hang");
        let mut command = Command::new(broken.program());
        command
            .current_dir(&broken.source)
            .env(SWITCH, number.to_string())
            .args(["run", "--check", "--on", bench, "--out"])
            .arg(&out)
            .arg(format!("scenarios/{id}.toml"));
        if has_image {
            command.arg("--elf").arg(&image);
        }
        let ended = child::run(&mut command, BOUND);
        let ended = ended.map_err(|error| ExamError::file(&broken.program(), &error))?;
        let folder = out.join(bench).join(id);
        let record = fs::read(folder.join("record.json"));
        let record = record.ok().and_then(|text| Record::from_json(&text).ok());
        let is_a_hang = ended.status.and_then(|status| status.code()) == Some(1)
            && record.is_some_and(|record| record.verdict == Verdict::Fail && hung(&record));
        if !is_a_hang {
            let seen = folder.display();
            return Ok(Some(format!(
                "its hang on {bench} is not a fail: see {seen}"
            )));
        }
        let body = folder.join("report.txt");
        bodies.push(fs::read_to_string(&body).map_err(|error| ExamError::file(&body, &error))?);
    }
    let differ = bodies.windows(2).any(|pair| pair.first() != pair.last());
    Ok(differ.then(|| "its hang gives different reports on different benches".to_owned()))
}

/// Whether the watchdog reset the pump without a fault of the scenario.
fn hung(record: &Record) -> bool {
    let mut resets = record.run.iter().flat_map(|run| &run.resets);
    resets.any(|reset| reset.cause == "watchdog" && reset.because.is_none())
}
