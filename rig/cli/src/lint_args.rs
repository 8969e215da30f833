//! Arguments of `thecal lint`.

use crate::pump_args::PumpArgs;
use crate::selection::Selection;
use clap::Args;

/// What its exit codes say.
pub(crate) const EXIT_CODES: &str = "\
Exit codes: 0 where nothing is found, 1 where something is, 2 for wrong usage or an invalid scenario file,
4 where no scenario is selected, 5 where a run broke off or was interrupted.";

/// What to lint, and how.
#[derive(Debug, Args)]
pub struct LintArgs {
    /// Which scenarios
    #[command(flatten)]
    pub selection: Selection,

    /// Run each scenario without each of its faults and acts, one at a time: it must not pass, unless
    /// the fault or act says `control = "…"`, and each claim must fail in one of these runs
    #[arg(long, required = true)]
    pub without_faults: bool,

    /// Which pump is under test
    #[command(flatten)]
    pub pump: PumpArgs,

    /// How many run in parallel [default: the number of processors]
    #[arg(short, long, value_name = "N")]
    pub jobs: Option<usize>,
}
