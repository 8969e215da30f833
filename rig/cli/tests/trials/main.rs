//! Tests of which there is one for each file, row or scenario: what is refused and with which message,
//! what the plant is validated by, and the whole library cut into pieces.
//!
//! `cargo test -p thecal-cli --test trials bad_logs` runs one module. The trials of the library on the
//! benches are `--test scenarios`.

mod bad_files;

mod bad_inventories;
mod bad_logs;
mod bad_parameters;
mod bad_profiles;
mod bad_scenarios;
mod forked_runs;
mod validate;

use libtest_mimic::{Arguments, Trial};
use std::io;
use std::process::ExitCode;

/// A module's name and its trials.
type Module = (&'static str, fn() -> io::Result<Vec<Trial>>);

/// Those that take longest first: nothing long is left for a single processor at the end.
const MODULES: [Module; 7] = [
    ("forked_runs", forked_runs::trials),
    ("validate", validate::trials),
    ("bad_inventories", bad_inventories::trials),
    ("bad_logs", bad_logs::trials),
    ("bad_parameters", bad_parameters::trials),
    ("bad_profiles", bad_profiles::trials),
    ("bad_scenarios", bad_scenarios::trials),
];

fn main() -> io::Result<ExitCode> {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for (name, of_module) in MODULES {
        trials.extend(of_module()?.into_iter().map(|trial| trial.with_kind(name)));
    }
    Ok(libtest_mimic::run(&arguments, trials).exit_code())
}
