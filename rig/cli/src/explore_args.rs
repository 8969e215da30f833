//! Arguments of `thecal explore`.

use clap::Args;
use std::path::PathBuf;

/// What it does not do yet, and its exit codes, for its help.
pub(crate) const ABOUT: &str = "\
The story with number i is a function of the seed and i, on every machine. Stories are drawn one by one:
what was seen in one steers no other, and a story with a difference is not made smaller. They run on bench
native. Nothing is approved.
Exit codes: 0 where no story differs from the specification, 1 where one does, 2 for wrong usage, 5 where a
run broke off or was interrupted.";

/// Which stories, and how.
#[derive(Debug, Args)]
pub struct ExploreArgs {
    /// The seed
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,

    /// How many stories
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub stories: u64,

    /// Number of the first
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub first: u64,

    /// Print the stories as scenario files instead of running them
    #[arg(long)]
    pub print: bool,

    /// Show how often each rule of the specification was judged, and where it could not be
    #[arg(long)]
    pub sharpness: bool,

    /// How many run in parallel [default: the number of processors]
    #[arg(short, long, value_name = "N")]
    pub jobs: Option<usize>,

    /// Folder for the stories that differ, as scenario files
    #[arg(long, value_name = "DIR", default_value = "target/explore")]
    pub out: PathBuf,
}
