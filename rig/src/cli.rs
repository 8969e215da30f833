//! Arguments of the command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

const EXIT_CODES: &str = "\
Exit codes, worst wins:
  0  all pass, all reports as approved
  1  at least one fail: the pump misbehaved
  2  wrong usage or an invalid scenario file; nothing was run
  3  all pass, but a report differs from the approved one or none is approved
  4  nothing was selected, or the bench lacks what all of the scenarios need
     (with --require-all: what any of them needs)
  5  at least one error or inconclusive: the rig, the bench or the story could not tell";

/// Drives intrathecal-pump firmware with a simulated pump, catheter and patient.
#[derive(Debug, Parser)]
#[command(name = "thecal", version, after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run scenarios and compare their reports with the approved ones
    Run(RunArgs),
    /// Check scenario files without running them
    Check(Selection),
    /// List scenarios: id, length, what they verify, title
    List(Selection),
    /// Show pending reports one by one and approve or reject each
    Review(ReviewArgs),
    /// List the signals that expectations may name
    Signals,
}

/// Which scenarios.
#[derive(Debug, Args)]
pub struct Selection {
    /// Scenario files, or folders of them
    #[arg(default_value = "scenarios")]
    pub paths: Vec<PathBuf>,

    /// Only scenarios whose id contains this
    #[arg(short, long, value_name = "TEXT")]
    pub filter: Option<String>,

    /// Only scenarios that verify this requirement
    #[arg(long, value_name = "ID")]
    pub verifies: Option<String>,
}

/// Where the pump under test runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Bench {
    /// The firmware library in this process
    Native,
    /// The STM32F405 image in QEMU, over its serial port
    QemuUart,
}

/// How to run.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct RunArgs {
    /// Which scenarios
    #[command(flatten)]
    pub selection: Selection,

    /// The bench
    #[arg(long, value_enum, default_value = "native", value_name = "BENCH")]
    pub on: Bench,

    /// The firmware image [default: target/firmware/thecal-pump-stm32f405.elf]
    #[arg(long, value_name = "FILE")]
    pub elf: Option<PathBuf>,

    /// Compare only: write no pending report
    #[arg(long, conflicts_with = "accept")]
    pub check: bool,

    /// Approve the report of each scenario that passes
    #[arg(long)]
    pub accept: bool,

    /// Run everything twice and require the same bytes
    #[arg(long)]
    pub twice: bool,

    /// A scenario that needs what the bench lacks is an error, not only told
    #[arg(long)]
    pub require_all: bool,

    /// How many at a time [default: the number of processors]
    #[arg(short, long, value_name = "N")]
    pub jobs: Option<usize>,

    /// Folder for reports, traces and records
    #[arg(long, value_name = "DIR", default_value = "thecal-out")]
    pub out: PathBuf,

    /// Leave no files but reports for review
    #[arg(long)]
    pub no_files: bool,

    /// Show the difference of each report from the approved one
    #[arg(long)]
    pub diff: bool,
}

/// What to review.
#[derive(Debug, Args)]
pub struct ReviewArgs {
    /// Folder of approved reports
    #[arg(default_value = "reports")]
    pub reports: PathBuf,
}
