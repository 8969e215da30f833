//! `thecal self-test`: holds the rig's own exam, draws random bugs, judges images, asks what carries the
//! claims of scenarios.

use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::self_test_args::{SelfTestArgs, SelfTestCommand};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Instant;
use thecal_exam::{Carried, ClaimsResult, Counts, Event, Exam, ExamResult, Row, Settings, Verdict};

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
        stages: args.stages.clone(),
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
    if args.claims {
        return claims(args, &settings, &mut show);
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

fn claims(
    args: &SelfTestArgs,
    settings: &Settings,
    show: &mut Shown,
) -> Result<ExitCode, CommandError> {
    let result = thecal_exam::claims(settings, &mut |event| show.event(event))?;
    let mut out = anstream::stdout().lock();
    for line in uncarried(&result) {
        writeln!(out, "{:>12} {line}", "Uncarried")?;
    }
    let claims = result.of_claims();
    writeln!(out, "\n{:>12} {}", "Claims", in_words(claims))?;
    writeln!(out, "{:>12} {}", "Findings", in_words(result.of_findings()))?;
    if args.write_page {
        let page = thecal_exam::write_claims_page(&settings.workspace, &result)?;
        writeln!(out, "{:>12} {}", "Page", page.display())?;
    }
    Ok(code(claims.by_another == 0 && claims.by_none == 0))
}

/// The claims of which no bug of the requirement makes a finding fail.
fn uncarried(result: &ClaimsResult) -> impl Iterator<Item = String> {
    let claims = result.claims().into_iter();
    claims.filter_map(|((scenario, requirement), carried)| match carried {
        Carried::ByItsOwn(_) | Carried::NotRun => None,
        Carried::ByAnother(bug, of) => {
            Some(format!("{scenario} {requirement}: only by {bug} ({of})"))
        }
        Carried::ByNone => Some(format!("{scenario} {requirement}: by none")),
    })
}

fn in_words(counts: Counts) -> String {
    let Counts {
        by_its_own,
        by_another,
        by_none,
        not_run,
    } = counts;
    format!(
        "carried by a bug of the requirement: {by_its_own}; only by another's: {by_another}; by none: {by_none}; not run: {not_run}"
    )
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
            Event::Asked { story, done, of } => {
                let width = of.to_string().len();
                let (name, counts) = (&story.scenario, in_words(story.of_findings()));
                format!(
                    "{:>14} [{since:>8.1}s] ({done:>width$}/{of}) {name}: {counts}",
                    "Asked"
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
