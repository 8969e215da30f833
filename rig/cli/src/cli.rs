//! Arguments of the command line.

use crate::accuracy_args::AccuracyArgs;
use crate::explore_args as explore;
use crate::lint_args as lint;
use crate::overlay_args::{Overlays, Seeds, overlay, overlay_help, seeds};
use crate::protocol_args::{self, ProtocolTestArgs};
use crate::pump_args::PumpArgs;
use crate::registry::BENCHES;
use crate::selection::Selection;
use crate::self_test_args::{self, SelfTestArgs};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;
use thecal_text::quantity;
use thecal_units::Millis;

const EXIT_CODES: &str = "\
Exit codes; if several apply, the first of 2, 5, 1, 3, 4, 0:
  0  everything that ran passed, all reports as approved
  1  at least one fail: the pump misbehaved
  2  wrong usage or an invalid scenario file; nothing was run
  3  everything that ran passed, but a report differs from the approved one or none is approved
  4  nothing was selected, or the bench lacks what all of the scenarios need
     (with --require-all: what any of them needs)
  5  at least one error or inconclusive: the rig or the bench failed, or the run could not decide;
     a board is in use, wedged or unhealthy
Ctrl-C ends the runs, leaves the boards reset and keeps what has ended (5); so do SIGTERM, SIGHUP and
SIGQUIT. A second one, at least 1 s after the first, ends at once (130).";

const VALIDATE_CODES: &str = "\
Exit codes: 0 where every row is within its tolerance or a known miss, 1 where one is not,
2 for wrong usage, 4 where no row is selected. A known miss that is met is not as declared: 1.";

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
    /// Find scenarios whose evidence is void: they pass without what happens in them
    #[command(after_help = lint::EXIT_CODES)]
    Lint(lint::LintArgs),
    /// List scenarios: id, length, what they verify, title
    List(Selection),
    /// List boards: plugged in, answering, what they run; check their health
    Boards(BoardsArgs),
    /// Serve a virtual board to other tools: a serial port, and a debug probe on the network
    Serve(ServeArgs),
    /// Show the event log of a pump as it was read out into a file
    Log(LogArgs),
    /// Show pending reports one by one and approve or reject each
    Review(ReviewArgs),
    /// List the signals that expectations may name
    Signals,
    /// Compare the plant with published data
    #[command(after_help = VALIDATE_CODES)]
    Validate(ValidateArgs),
    /// Show the parameters of pumps, catheters, patients and drugs, with sources
    Parameters(ParametersArgs),
    /// Measure the delivery accuracy of the simulated pump: start-up and trumpet curves
    Accuracy(AccuracyArgs),
    /// Run stories that nobody wrote: drawn by seed and number, judged by the specification
    #[command(after_help = explore::ABOUT)]
    Explore(explore::ExploreArgs),
    /// Test a program that speaks a pump's clinical protocol, without a pump
    #[command(after_help = protocol_args::EXIT_CODES)]
    ProtocolTest(ProtocolTestArgs),
    /// Hold the rig's own exam: break the reference pump, and see whether the scenarios notice
    #[command(after_help = self_test_args::CODES)]
    SelfTest(SelfTestArgs),
}

/// Whose numbers the plant has.
#[derive(Debug, Args)]
pub struct PatientArgs {
    /// A file of parameters that replaces built-in ones (`thecal parameters copy adult` makes one)
    #[arg(long, value_name = "FILE")]
    pub patient: Option<PathBuf>,
}

/// What to do with event logs.
#[derive(Debug, Args)]
pub struct LogArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: LogCommand,
}

/// What to do with an event log.
#[derive(Debug, Subcommand)]
pub enum LogCommand {
    /// Check a file, show its entries, and what they say as a whole
    Show {
        /// The file; a run leaves `event-log.csv` in its folder
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
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

    /// Which pump is under test
    #[command(flatten)]
    pub pump: PumpArgs,
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

    /// Check their health: a thousand exchanges each. A wedged board that passes is cleared
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

/// What `--on` takes.
fn on_help() -> String {
    let benches = BENCHES.names().join(", ");
    format!(
        "The bench: {benches}, or boards of bench.toml: NAME, board:NAME, tag:TAG, with commas \
         between"
    )
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
        .map_err(|mistake| mistake.in_one_line())
}

/// How to run.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct RunArgs {
    /// Which scenarios
    #[command(flatten)]
    pub selection: Selection,

    /// The bench or boards: the help lists the benches there are.
    #[arg(long, default_value = "native", value_name = "BENCH", help = on_help())]
    pub on: String,

    /// Where boards are listed
    #[command(flatten)]
    pub inventory: InventoryArgs,

    /// Whose numbers the plant has
    #[command(flatten)]
    pub patient: PatientArgs,

    /// Which pump is under test
    #[command(flatten)]
    pub pump: PumpArgs,

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

    /// Run each scenario once more for each of these disturbances, at an instant that a seed chooses,
    /// instead of as it is
    #[arg(long, value_name = "KINDS", value_delimiter = ',', help = overlay_help(),
          value_parser = overlay, conflicts_with_all = ["accept", "check"])]
    pub overlay: Vec<Overlays>,

    /// Seeds of the disturbances: a number, or a range such as `1-10`
    #[arg(long, value_name = "SEEDS", default_value = "1", requires = "overlay",
          value_parser = seeds)]
    pub overlay_seeds: Seeds,

    /// Run everything twice and require the same bytes
    #[arg(long)]
    pub twice: bool,

    /// Run no more once a scenario fails; the others, and those that are not over, are NOT RUN
    #[arg(long, conflicts_with = "twice")]
    pub stop_at_first_fail: bool,

    /// A scenario that the bench cannot run is an error
    #[arg(long)]
    pub require_all: bool,

    /// How many run in parallel [default: the number of processors]
    #[arg(short, long, value_name = "N")]
    pub jobs: Option<usize>,

    /// Folder for reports, traces and records
    #[arg(long, value_name = "DIR", default_value = "thecal-out")]
    pub out: PathBuf,

    /// Which files runs leave in that folder
    #[arg(long, value_name = "WHICH", value_enum, default_value_t)]
    pub files: WhichFiles,

    /// Show the difference of each report from the approved one
    #[arg(long)]
    pub diff: bool,

    /// Show how often each rule of the specification was judged, and where it could not be
    #[arg(long)]
    pub sharpness: bool,
}

/// Which files runs leave. Reports for review are written in any case, next to the approved ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum WhichFiles {
    /// no files
    None,
    /// `record.json` of each run
    Record,
    /// all files of each run that does not pass; the index lists the others too
    Failures,
    /// all files of each run, and the index
    #[default]
    All,
}

/// What to compare with published data, and where to write it.
#[derive(Debug, Args)]
pub struct ValidateArgs {
    /// Only this row, or the rows of this study: `M1-level`, `M1` [default: all]
    #[arg(long, value_name = "ID")]
    pub only: Vec<String>,

    /// Write the rows as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,

    /// Write the rows as CSV
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,

    /// Write a page with the table and a plot
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,

    /// Instead of the rows, list every parameter that was not published: from memory, fitted,
    /// designed or assumed
    #[arg(long, conflicts_with_all = ["only", "json", "csv", "html"])]
    pub assumptions: bool,
}

/// What to review.
#[derive(Debug, Args)]
pub struct ReviewArgs {
    /// Folder of approved reports
    #[arg(default_value = "reports")]
    pub reports: PathBuf,
}
