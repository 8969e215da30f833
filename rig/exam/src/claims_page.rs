//! The page of all claims, `docs/claims.md`: what carries each, and how many are carried by what.

use crate::ExamError;
use crate::carried::{Carried, Carrier, ClaimsResult, Counts};
use std::path::{Path, PathBuf};
use thecal_report::write_whole;

/// The page, below the workspace.
const PAGE: &str = "docs/claims.md";

const HEAD: &str = "\
# What carries each claim

A scenario claims to verify a requirement and names the findings that carry the claim. Would such a finding fail
if the pump violated the requirement? `thecal self-test --claims` puts the seeded bugs of the reference pump
([rig/exam/seeded](../rig/exam/seeded/README.md)) through the scenarios that claim the requirement each violates,
on native, and notes all findings that fail; `--write-page` writes this page.

- **By its own**: a bug of the claimed requirement makes the finding fail.
- **By another**: only bugs of other requirements do. The finding can fail, but no bug shows that it fails for this
  requirement.
- **By none**: no seeded bug makes it fail. Sharpen it, drop it from the claim, or write the bug that it notices; a
  finding may also be there only to fail without what provokes the pump (`thecal lint --without-faults`).
- **Not run**: bench native lacks what the scenario needs.

A claim is carried by the best of its findings. A run that is an `error`, or does not end within its bound, carries
nothing: 0.3 s of a processor or 5 times as long as without the bug; where nothing else carries a claim, 40 s or 20
times for the bugs of its requirement.
";

/// Writes the page.
pub(crate) fn write(workspace: &Path, result: &ClaimsResult) -> Result<PathBuf, ExamError> {
    let path = workspace.join(PAGE);
    let written = write_whole(&path, render(result).as_bytes());
    written.map_err(|error| ExamError::file(&path, &error))?;
    Ok(path)
}

fn render(result: &ClaimsResult) -> String {
    let mut text = HEAD.to_owned();
    text += "\n| | by its own | by another | by none | not run | all |\n";
    text += "| --- | --- | --- | --- | --- | --- |\n";
    text += &line("claims", result.of_claims());
    text += &line("findings in claims", result.of_findings());
    let is_none = |it: &Carrier<'_>| it.carried == Carried::ByNone;
    let is_weak = |it: &Carrier<'_>| matches!(it.carried, Carried::ByAnother(..));
    let is_own = |it: &Carrier<'_>| matches!(it.carried, Carried::ByItsOwn(_));
    let is_not_run = |it: &Carrier<'_>| it.carried == Carried::NotRun;
    let part = |head: &str, is_of: &dyn Fn(&Carrier<'_>) -> bool| {
        section(head, &mut result.carriers().filter(|it| is_of(it)))
    };
    text += &part("By none", &is_none);
    text += &part("Only by a bug of another requirement", &is_weak);
    text += &part("Not run", &is_not_run);
    text += &part("By a bug of its own requirement", &is_own);
    text
}

fn line(label: &str, counts: Counts) -> String {
    let Counts {
        by_its_own,
        by_another,
        by_none,
        not_run,
    } = counts;
    let all = by_its_own + by_another + by_none + not_run;
    format!("| {label} | {by_its_own} | {by_another} | {by_none} | {not_run} | {all} |\n")
}

/// A table, unless it has no line.
fn section(head: &str, carriers: &mut dyn Iterator<Item = Carrier<'_>>) -> String {
    let lines: Vec<String> = carriers.map(|it| row(&it)).collect();
    if lines.is_empty() {
        return String::new();
    }
    format!(
        "\n## {head}\n\n| scenario | requirement | finding | bug |\n| --- | --- | --- | --- |\n{}",
        lines.concat()
    )
}

fn row(carrier: &Carrier<'_>) -> String {
    let Carrier {
        scenario,
        requirement,
        finding,
        carried,
    } = carrier;
    let bug = match carried {
        Carried::ByItsOwn(bug) => (*bug).to_owned(),
        Carried::ByAnother(bug, of) => format!("{bug} ({of})"),
        Carried::ByNone | Carried::NotRun => String::new(),
    };
    format!("| `{scenario}` | {requirement} | `{finding}` | {bug} |\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carried::{BugRun, Story};
    use thecal_report::ClaimFacts;

    #[test]
    fn the_page_counts_claims_and_names_the_bug_that_carries_each() {
        let claim = ClaimFacts {
            requirement: "REQ-STL-001".to_owned(),
            findings: ["found", "logged", "heard"].map(str::to_owned).to_vec(),
        };
        let mut story = Story::new("motor/stall", "one", &[claim], true);
        let run = |bug: &str, requirement: &str, failing: &str| BugRun {
            bug: bug.to_owned(),
            requirement: requirement.to_owned(),
            failing: vec![failing.to_owned()],
        };
        story.note(run("nine pulses", "REQ-STL-001", "found"));
        story.note(run("late alarm", "REQ-STL-016", "heard"));
        let mut result = ClaimsResult::default();
        result.keep(story);
        let text = render(&result);
        for line in [
            "| claims | 1 | 0 | 0 | 0 | 1 |",
            "| findings in claims | 1 | 1 | 1 | 0 | 3 |",
            "| `motor/stall` | REQ-STL-001 | `found` | nine pulses |",
            "| `motor/stall` | REQ-STL-001 | `heard` | late alarm (REQ-STL-016) |",
            "## By none\n",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        assert!(!text.contains("## Not run"));
    }
}
