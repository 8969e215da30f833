//! `thecal self-test`: holds the rig's own exam, draws random bugs, judges images.

use crate::error::CommandError;
use crate::exit::ExitCode;
use clap::{Args, Subcommand};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;
use thecal_exam::{Event, Exam, ExamError, ExamResult, Row, Settings, Verdict};

/// Exit codes of the command, for its help.
pub(crate) const CODES: &str = "\
Exit codes: 0 where every bug is killed that docs/exam.md lists as killed, and each removed safety
measure (rig/exam/seeded/break.toml); others may survive. 1 where one of these is not killed, a bug
is killed although it is said to be equivalent, or a hang is not the same on all benches. 2 for wrong
usage or a bug that cannot be used, 5 if the library does not pass without a bug. With --images: 0 if
each image is killed, else 1.
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

    /// Judge the images in this folder on bench `qemu` instead: each ELF file is a broken pump
    #[arg(long, value_name = "DIR", conflicts_with_all = ["only", "quick", "write_page"])]
    pub images: Option<PathBuf>,

    /// Write docs/exam.md from the result
    #[arg(long, conflicts_with_all = ["only", "quick"])]
    pub write_page: bool,

    /// How many bugs are judged at a time [default: the number of processors]
    #[arg(short, long, value_name = "N")]
    pub jobs: Option<usize>,

    /// Folder for result.json
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

pub(crate) fn self_test(args: &SelfTestArgs) -> Result<ExitCode, CommandError> {
    let workspace = thecal_exam::workspace(Path::new("."))?;
    let mut show = Shown::new();
    if let Some(SelfTestCommand::Draw { seed, count }) = args.command {
        let (sites, refused) =
            thecal_exam::draw(&workspace, seed, count, &mut |event| show.event(event))?;
        let line = format!("{count} of {sites} sites; {refused} drawn before do not compile");
        writeln!(anstream::stdout(), "{:>12} {line}", "Drawn")?;
        return Ok(ExitCode::Passed);
    }
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let settings = Settings {
        out: std::path::absolute(&args.out)?,
        only: args.only.clone(),
        quick: args.quick,
        scenarios: args.scenarios.clone(),
        jobs: args.jobs.unwrap_or(processors),
        workspace: workspace.clone(),
    };
    if let Some(folder) = &args.images {
        let program = std::env::current_exe()?;
        let result = thecal_exam::images(&settings, folder, &program, &mut |event| {
            show.event(event);
        })?;
        summary(&result)?;
        let are_killed = result.rows.iter().all(|row| row.verdict == Verdict::Killed);
        return Ok(code(are_killed));
    }
    let exam = thecal_exam::hold(&settings, &mut |event| show.event(event))?;
    summary(&exam.result)?;
    if args.write_page {
        let page = thecal_exam::write_page(&workspace, &exam.result)?;
        writeln!(anstream::stdout(), "{:>12} {}", "Page", page.display())?;
    }
    worse_than_listed(&exam)?;
    Ok(code(exam.is_as_listed()))
}

const fn code(is_good: bool) -> ExitCode {
    if is_good {
        ExitCode::Passed
    } else {
        ExitCode::Failed
    }
}

/// Prints what happens, one line each.
struct Shown {
    begun: Instant,
}

impl Shown {
    fn new() -> Self {
        Self {
            begun: Instant::now(),
        }
    }

    fn event(&mut self, event: &Event<'_>) {
        let since = self.begun.elapsed().as_secs_f64();
        let line = match event {
            Event::Begins(what) => format!("{:>14} [{since:>8.1}s] {what}", "Exam"),
            Event::Judged { row, done, of } => {
                let verdict = row.verdict.name().to_uppercase();
                let width = of.to_string().len();
                let by = noticed(row);
                let wall = row.wall_s;
                format!(
                    "{verdict:>14} [{wall:>8.1}s] ({done:>width$}/{of}) {}{by}",
                    row.name
                )
            }
        };
        // If nothing reads it, the result's file has it.
        drop(writeln!(anstream::stdout(), "{line}"));
    }
}

/// What noticed a bug, or whether any run came by it.
fn noticed(row: &Row) -> String {
    match (&row.kill, row.reached) {
        (Some(kill), _) => {
            let requirements = kill.requirements.join(", ");
            format!(" by {}: {} ({requirements})", kill.scenario, kill.finding)
        }
        (None, Some(0)) => ": no scenario comes by it".to_owned(),
        (None, _) => String::new(),
    }
}

fn summary(result: &ExamResult) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    write!(out, "\n{}", result.table())
}

fn worse_than_listed(exam: &Exam) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    for (word, lines) in [
        ("Lost", &exam.lost),
        ("Hang", &exam.hangs),
        ("Refuted", &exam.refuted),
    ] {
        for line in lines {
            writeln!(out, "{word:>12} {line}")?;
        }
    }
    Ok(())
}

/// The exit code for an exam that could not be held.
pub(crate) const fn code_of(error: &ExamError) -> ExitCode {
    match error {
        ExamError::Bug { .. } | ExamError::Unusable(_) => ExitCode::Usage,
        ExamError::Unsound { .. } => ExitCode::Undecided,
    }
}
