//! `thecal accuracy`: arguments to a plan; a study to text and files.

use crate::accuracy_args::AccuracyArgs;
use crate::exit::ExitCode;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, Write as _};
use thecal_report::write_named;
use thecal_sim::ConfigError;
use thecal_study::accuracy::protocol::{Condition, Plan};
use thecal_study::accuracy::study::Study;
use thecal_study::accuracy::{csv, table};
use thecal_study::accuracy_page;

/// Why there are no results.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum AccuracyError {
    /// No pump of this kind is possible.
    #[error("this cannot be measured: {0}")]
    #[diagnostic(help(
        "a constant-flow pump gives the set rate by its restrictor; every value has a range"
    ))]
    Setup(#[from] ConfigError),
    /// Error of the terminal or the file system.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Measures, prints the tables, writes the files.
///
/// # Errors
///
/// [`AccuracyError`]; then nothing is written.
pub(crate) fn accuracy(args: &AccuracyArgs) -> Result<ExitCode, AccuracyError> {
    let plan = plan(args);
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let bar = bar(Study::measurements(&plan));
    let study = Study::run(plan, args.jobs.unwrap_or(processors), || bar.inc(1));
    bar.finish_and_clear();
    let study = study?;
    let mut out = anstream::stdout().lock();
    write!(out, "{}", table::render(&study))?;
    let files = [
        (
            accuracy_page::FILE,
            accuracy_page::render(&study).into_bytes(),
        ),
        ("accuracy.csv", csv::accuracy(&study)),
        ("startup.csv", csv::start_up(&study)),
        ("occlusion.csv", csv::occlusion(&study)),
        ("boluses.csv", csv::boluses(&study)),
    ];
    for (name, bytes) in &files {
        write_named(&args.out.join(name), bytes)?;
    }
    let page = args.out.join(accuracy_page::FILE);
    writeln!(out, "\n{:>12} curves in {}", "Files", page.display())?;
    Ok(ExitCode::Passed)
}

/// All conditions of the protocol, or only the one given.
fn plan(args: &AccuracyArgs) -> Plan {
    let mut plan = if args.quick {
        Plan::quick(args.drive)
    } else {
        Plan::whole(args.drive)
    };
    if !args.rates.is_empty() {
        plan.rates.clone_from(&args.rates);
    }
    let reference = Condition::REFERENCE;
    let condition = Condition {
        temperature: args.temperature.unwrap_or(reference.temperature),
        ambient: args.ambient.or(args.altitude).unwrap_or(reference.ambient),
        fill: args.fill.unwrap_or(reference.fill),
        back_pressure: args.back_pressure.unwrap_or(reference.back_pressure),
    };
    let asked = [args.ambient, args.altitude, args.back_pressure];
    if asked.iter().any(Option::is_some) || args.temperature.is_some() || args.fill.is_some() {
        plan.conditions = vec![condition];
    }
    plan
}

fn bar(measurements: usize) -> ProgressBar {
    let target = if std::env::var_os("CI").is_some() {
        ProgressDrawTarget::hidden()
    } else {
        ProgressDrawTarget::stderr_with_hz(8)
    };
    let style = ProgressStyle::with_template("{msg:>12} {bar:24} {pos}/{len} measurements");
    let length = u64::try_from(measurements).unwrap_or(u64::MAX);
    ProgressBar::with_draw_target(Some(length), target)
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        .with_message("Accuracy")
}
