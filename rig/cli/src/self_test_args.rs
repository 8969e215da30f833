//! Arguments of `thecal self-test`.

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Exit codes of the command, for its help.
pub(crate) const CODES: &str = "\
Exit codes: 0 where every bug is killed that docs/exam.md lists as killed, and each removed safety
measure (rig/exam/seeded/break.toml); others may survive. 1 where one of these is not killed, a bug
is killed although it is said to be equivalent, or a hang is not the same on all benches. 2 for wrong
usage or a bug that cannot be used, 5 if the library does not pass without a bug. With --images: 0 if
each image is killed, else 1. With --claims: 0 if for each claim a seeded bug of the requirement makes
one of the named findings fail, else 1.
An exam that is cut short goes on where it was, if nothing that it judges has changed.";

/// The seed of the committed random bugs.
const SEED: &str = "20261130";

/// How to hold the exam.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct SelfTestArgs {
    /// Something else than the exam.
    #[command(subcommand)]
    pub command: Option<SelfTestCommand>,

    /// Scenario files, or folders of them, that judge the pump
    #[arg(default_value = "scenarios")]
    pub scenarios: Vec<PathBuf>,

    /// Only bugs whose name contains this
    #[arg(long, value_name = "NAME", num_args = 1)]
    pub only: Vec<String>,

    /// Only the removed safety measures, and a sample of the other bugs that docs/exam.md lists as
    /// killed
    #[arg(long)]
    pub quick: bool,

    /// Only this stage: `library`, `overlays` or `drawn` [default: one after the other]
    #[arg(long = "stage", value_name = "STAGE", value_parser = PossibleValuesParser::new(thecal_exam::stages()))]
    pub stages: Vec<String>,

    /// Judge the images in this folder on bench `qemu` instead: each ELF file is a broken pump
    #[arg(long, value_name = "DIR", conflicts_with_all = ["only", "quick", "write_page"])]
    pub images: Option<PathBuf>,

    /// Ask of each claim of the scenarios instead which seeded bugs make its findings fail: those of the
    /// claimed requirement, then others
    #[arg(long, conflicts_with_all = ["quick", "stages", "images"])]
    pub claims: bool,

    /// Write docs/exam.md from the result; with --claims, docs/claims.md
    #[arg(long, conflicts_with_all = ["only", "quick"])]
    pub write_page: bool,

    /// How many bugs are judged at a time [default: the number of processors]
    #[arg(short, long, value_name = "N")]
    pub jobs: Option<usize>,

    /// Folder for result.json, or claims.json
    #[arg(long, value_name = "DIR", default_value = "target/self-test")]
    pub out: PathBuf,
}

/// Something else than the exam.
#[derive(Debug, Subcommand)]
pub enum SelfTestCommand {
    /// Draw random bugs: deletions of statements and changes of operators, uniformly over all sites,
    /// and write rig/exam/random.toml
    Draw {
        /// The seed
        #[arg(long, value_name = "N", default_value = SEED)]
        seed: u64,

        /// How many
        #[arg(long, value_name = "N", default_value = "300")]
        count: usize,
    },
}
