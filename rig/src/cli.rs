//! Arguments of the command line.

use crate::scenario::quantity;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::time::Duration;
use thecal_units::Millis;

const EXIT_CODES: &str = "\
Exit codes, worst wins:
  0  all pass, all reports as approved
  1  at least one fail: the pump misbehaved
  2  wrong usage or an invalid scenario file; nothing was run
  3  all pass, but a report differs from the approved one or none is approved
  4  nothing was selected, or the bench lacks what all of the scenarios need
     (with --require-all: what any of them needs)
  5  at least one error or inconclusive: the rig, the bench or the story could not tell;
     a board is in use, wedged or ill
Ctrl-C ends the runs, leaves the boards reset and keeps what has ended (5); a second one ends at
once (130).";

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
    Check(CheckArgs),
    /// List scenarios: id, length, what they verify, title
    List(Selection),
    /// List boards: plugged in, answering, what they run; check their health
    Boards(BoardsArgs),
    /// Serve a virtual board to other tools: a serial port, and a debug probe on the network
    Serve(ServeArgs),
    /// Show pending reports one by one and approve or reject each
    Review(ReviewArgs),
    /// List the signals that expectations may name
    Signals,
    /// Show what pumps, catheters, people and drugs are made of, and where each number is from
    Parameters(ParametersArgs),
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

/// Whose numbers the plant has.
#[derive(Debug, Args)]
pub struct PatientArgs {
    /// A file of parameters that replaces built-in ones (`thecal parameters copy adult` makes one)
    #[arg(long, value_name = "FILE")]
    pub patient: Option<PathBuf>,
}

/// What to check.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Which scenarios
    #[command(flatten)]
    pub selection: Selection,

    /// Whose numbers the plant has
    #[command(flatten)]
    pub patient: PatientArgs,
}

/// Which sets.
#[derive(Debug, Args)]
pub struct ParametersArgs {
    /// What to do with them.
    #[command(subcommand)]
    pub command: ParametersCommand,
}

/// What to do with parameter sets.
#[derive(Debug, Subcommand)]
pub enum ParametersCommand {
    /// List the built-in sets
    List,
    /// Show a set: value, meaning, range and source of each number
    Show(SetArgs),
    /// Write a set as a file, to be changed and given to --patient
    Copy(SetArgs),
}

/// Which set, and of whom.
#[derive(Debug, Args)]
pub struct SetArgs {
    /// Its name, as `thecal parameters list` has it
    pub name: String,

    /// The individual with this number instead of the median
    #[arg(long, value_name = "N")]
    pub individual: Option<u64>,

    /// The population that the individual is of
    #[arg(
        long,
        value_name = "SEED",
        default_value = "1",
        requires = "individual"
    )]
    pub population_seed: u64,
}

/// Where boards are listed.
#[derive(Debug, Args)]
pub struct InventoryArgs {
    /// The inventory of boards [default: bench.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    pub bench_file: Option<PathBuf>,
}

/// Which boards to look at.
#[derive(Debug, Args)]
pub struct BoardsArgs {
    /// Boards: NAME or tag:TAG [default: all]
    pub names: Vec<String>,

    /// Check their health: a thousand exchanges each. Clears the mark of a wedged board that is well
    #[arg(long)]
    pub check: bool,

    /// For machines: JSON
    #[arg(long)]
    pub json: bool,

    /// Where boards are listed
    #[command(flatten)]
    pub inventory: InventoryArgs,

    /// The image that they run [default: as in the inventory]
    #[arg(long, value_name = "FILE")]
    pub elf: Option<PathBuf>,
}

/// What to serve.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// The firmware image [default: target/firmware/thecal-pump-stm32f405.elf]
    #[arg(long, value_name = "FILE")]
    pub elf: Option<PathBuf>,

    /// Keep the plant running behind the board, and take commands from the keyboard
    #[arg(long, value_name = "SCENARIO", num_args = 0..=1)]
    pub plant: Option<Option<PathBuf>>,

    /// Whose numbers the plant has
    #[command(flatten)]
    pub patient: PatientArgs,

    /// Simulated seconds in each second
    #[arg(long, value_name = "N", default_value = "1", requires = "plant", value_parser = pace)]
    pub pace: f64,

    /// Port of this machine for the debug probe [default: a free one]
    #[arg(
        long,
        value_name = "PORT",
        default_value = "0",
        hide_default_value = true
    )]
    pub port: u16,

    /// End after this time, such as `10 s` [default: never]
    #[arg(long = "for", value_name = "SPAN", value_parser = wait)]
    pub during: Option<Duration>,
}

/// A pace: above zero.
fn pace(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(pace) if f64::is_finite(pace) && pace > 0.0 => Ok(pace),
        _ => Err("expected a number above 0, such as `1` or `60`".to_owned()),
    }
}

/// A span of time, as scenarios write it.
fn wait(text: &str) -> Result<Duration, String> {
    let span = quantity::parse::<Millis>(text, (0, text.len()).into());
    span.map(|span| Duration::from_millis(span.as_millis()))
        .map_err(|mistake| format!("{mistake}; write such as `30 s`"))
}

/// How to run.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct RunArgs {
    /// Which scenarios
    #[command(flatten)]
    pub selection: Selection,

    /// The bench: native, qemu, qemu-uart, or boards of bench.toml: NAME, board:NAME, tag:TAG,
    /// with commas between
    #[arg(long, default_value = "native", value_name = "BENCH")]
    pub on: String,

    /// Where boards are listed
    #[command(flatten)]
    pub inventory: InventoryArgs,

    /// Whose numbers the plant has
    #[command(flatten)]
    pub patient: PatientArgs,

    /// How long to wait for a board that is in use, such as `30 s`
    #[arg(long, value_name = "TIME", value_parser = wait)]
    pub wait_lock: Option<Duration>,

    /// The firmware image [default: target/firmware/thecal-pump-stm32f405.elf]
    #[arg(long, value_name = "FILE")]
    pub elf: Option<PathBuf>,

    /// Compare only: write no pending report
    #[arg(long, conflicts_with_all = ["accept", "patient"])]
    pub check: bool,

    /// Approve the report of each scenario that passes
    #[arg(long, conflicts_with = "patient")]
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
