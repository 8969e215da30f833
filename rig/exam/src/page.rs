//! The page of the last whole exam, `docs/exam.md`: the table, what noticed each bug, what nothing
//! noticed. The quick exam reads from it which bugs have to be killed.

use crate::ExamError;
use crate::bug::Origin;
use crate::killer::Killer;
use crate::result::{ExamResult, Row, Verdict};
use crate::sitting::stages;
use crate::table::{Group, groups, noticed};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use thecal_report::write_whole;
use thecal_units::SimTime;

/// The page, below the workspace.
const PAGE: &str = "docs/exam.md";

/// The first cell of a row about a killed bug.
const KILLED: &str = "killed";

const HEAD: &str = "\
# The rig's own exam

Does the rig notice a pump that is broken? Bugs are put into a copy of the reference pump, one at a time, and
the scenarios judge it as they judge any pump. `thecal self-test --write-page` writes this page.

- A bug is **killed** if an expectation or monitor that names a requirement fails. A run that is an `error`, or
  a report that merely differs from the approved one, is listed by itself: it is no kill.
- **No answer**: a run did not end within its bound: 40 s of a processor, or 20 times as long as without the bug.
  A pump that is slow in the shortest scenarios is not put through the others.
- **Equivalent**: nobody can notice the bug, for the reason written beside it.
- **Seeded** bugs were written by people, from the firmware and its requirements
  ([rig/exam/seeded](../rig/exam/seeded/README.md)). **Random** ones are deletions of statements and changes of
  operators, drawn uniformly over all sites of the firmware
  ([rig/exam/random.toml](../rig/exam/random.toml)).
- **Runs by it** are those scenarios that come by what the bug changes, **runs changed** those in which the pump
  then reacts otherwise at its pins or over the radio. Where there is none, no scenario can notice.
- The percentage is of all bugs that are not equivalent.

Judged on native, in stages; a bug that one stage notices does not come to the next:
**library** is every scenario as it is, with its expectations, the rules of every run and the specification pump;
**overlays** is every scenario once for each overlay, with seed 1; **drawn** is 1000 stories of seed 1 that nobody
wrote (`thecal explore`), judged by the rules of every run and the specification pump alone.
";

/// What the page says about earlier exams.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// What noticed each killed bug.
    pub(crate) killers: BTreeMap<String, Killer>,
}

impl Page {
    /// Reads the page; an empty one if there is none.
    pub(crate) fn read(workspace: &Path) -> Result<Self, ExamError> {
        let path = workspace.join(PAGE);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Self::parse(&text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(ExamError::file(&path, &error)),
        }
    }

    fn parse(text: &str) -> Self {
        let killed = text.lines().filter_map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            // A page of another form lists none.
            let [
                "",
                KILLED,
                name,
                stage,
                run,
                _finding,
                _requirements,
                _at,
                "",
            ] = cells[..]
            else {
                return None;
            };
            let killer = Killer {
                stage: stage.to_owned(),
                run: run.trim_matches('`').to_owned(),
            };
            Some((name.to_owned(), killer))
        });
        Self {
            killers: killed.collect(),
        }
    }
}

/// Writes the page.
pub(crate) fn write(workspace: &Path, result: &ExamResult) -> Result<PathBuf, ExamError> {
    let path = workspace.join(PAGE);
    let written = write_whole(&path, render(result).as_bytes());
    written.map_err(|error| ExamError::file(&path, &error))?;
    Ok(path)
}

fn render(result: &ExamResult) -> String {
    let mut text = HEAD.to_owned();
    for stage in stages() {
        let open = result.rows.iter().filter(|row| row.is_open_for(stage));
        let open = open.count();
        if open > 0 {
            text += &format!(
                "\n{open} bugs that nothing before has noticed were not put through the stage {stage}.\n"
            );
        }
    }
    for group in groups(result) {
        text += &table(&group);
    }
    text += "\n| Noticed first by | seeded | random |\n| --- | --- | --- |\n";
    for (label, [seeded, drawn]) in noticed(result) {
        text += &format!("| {label} | {seeded} | {drawn} |\n");
    }
    let seeded = |row: &&Row| matches!(row.origin, Origin::Seeded { .. });
    for (head, is_of) in [("Seeded", true), ("Random", false)] {
        let rows = || result.rows.iter().filter(|row| seeded(row) == is_of);
        text += &not_killed(head, &mut rows());
    }
    text += &killed(&result.rows);
    text
}

fn table(group: &Group) -> String {
    let names = Verdict::ALL.map(Verdict::name).join(" | ");
    let mut text = format!("\n| {} | {names} | all | killed |\n", group.head);
    text += &format!("|{}\n", " --- |".repeat(Verdict::ALL.len() + 3));
    for line in &group.lines {
        let counts = line.counts.map(|count| count.to_string()).join(" | ");
        let percent = line.percent();
        let percent = percent.map_or_else(|| "-".to_owned(), |percent| format!("{percent} %"));
        text += &format!(
            "| {} | {counts} | {} | {percent} |\n",
            line.label,
            line.all()
        );
    }
    text
}

/// The bugs that were not killed, with what each does.
fn not_killed(head: &str, rows: &mut dyn Iterator<Item = &Row>) -> String {
    let mut rows: Vec<&Row> = rows.filter(|row| row.verdict != Verdict::Killed).collect();
    if rows.is_empty() {
        return String::new();
    }
    // The gravest first.
    rows.sort_by_key(|row| match row.origin {
        Origin::Seeded { severity, .. } => Some(severity),
        _ => None,
    });
    let mut text = format!("\n## {head} bugs that were not killed\n\n");
    text += "| verdict | bug | severity | runs by it | runs changed | what the pump does |\n";
    text += "| --- | --- | --- | --- | --- | --- |\n";
    for row in rows {
        let severity = match &row.origin {
            Origin::Seeded { severity, .. } => severity.to_string(),
            Origin::Drawn { kind } => kind.to_string(),
            Origin::Image => String::new(),
        };
        let reached = row
            .reached
            .map_or_else(String::new, |count| count.to_string());
        let equivalent = row.equivalent.as_ref();
        let why = equivalent.map_or_else(String::new, |why| format!(" Equivalent: {why}"));
        let what = in_a_cell(&format!("{}{why}", row.what));
        text += &format!(
            "| {} | {} | {severity} | {reached} | {} | {what} |\n",
            row.verdict, row.name, row.runs
        );
    }
    text
}

/// The bugs that were killed, with what noticed each.
fn killed(rows: &[Row]) -> String {
    let mut text =
        "\n## What noticed each bug\n\nThe first finding that failed; which scenario is \
                    asked first depends on earlier exams.\n\n"
            .to_owned();
    text += "| | bug | stage | run | finding | requirements | at |\n";
    text += "| --- | --- | --- | --- | --- | --- | --- |\n";
    for row in rows {
        let Some(kill) = &row.kill else { continue };
        let at = kill.at_ms.map_or_else(
            || "never came".to_owned(),
            |at| SimTime::from_millis(at).to_string(),
        );
        let requirements = kill.requirements.join(", ");
        text += &format!(
            "| {KILLED} | {} | {} | `{}` | `{}` | {requirements} | {at} |\n",
            row.name, kill.stage, kill.scenario, kill.finding
        );
    }
    text
}

/// Text within a cell of a table.
fn in_a_cell(text: &str) -> String {
    text.replace('\n', " ").replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bug::{Bug, Guide, Kind, Severity};
    use crate::result::Kill;

    fn row(name: &str, origin: Origin) -> Row {
        Row::new(&Bug {
            name: name.to_owned(),
            what: format!("what {name} does: `a || b`"),
            file: String::new(),
            origin,
            edits: Vec::new(),
            equivalent: None,
            hangs_in: None,
        })
    }

    #[test]
    fn the_page_says_what_killed_a_bug_and_is_read_back() {
        let seeded = Origin::Seeded {
            requirement: "REQ-BOL-004".to_owned(),
            guide: Guide::WrongTime,
            severity: Severity::Harm,
        };
        let mut killed = row("one millisecond short", seeded.clone());
        killed.kill = Some(Kill {
            stage: "library".to_owned(),
            scenario: "bolus/presses".to_owned(),
            finding: "denied".to_owned(),
            requirements: vec!["REQ-BOL-004".to_owned()],
            at_ms: Some(3_600_000),
        });
        killed.settle();
        let survived = row("a survivor", seeded);
        let kind = Kind::Operator;
        let drawn = row("random-001", Origin::Drawn { kind });
        let mut result = ExamResult::new("one".to_owned());
        result.rows = vec![killed, survived, drawn];
        let text = render(&result);
        let page = Page::parse(&text);
        let killer = Killer {
            stage: "library".to_owned(),
            run: "bolus/presses".to_owned(),
        };
        let killers = BTreeMap::from([("one millisecond short".to_owned(), killer)]);
        assert_eq!(page.killers, killers);
        for line in [
            "| all seeded | 1 | 0 | 0 | 0 | 1 | 0 | 2 | 50 % |",
            "| survived | a survivor | harm |  | 0 | what a survivor does: `a \\|\\| b` |",
            "## Random bugs that were not killed",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
    }
}
