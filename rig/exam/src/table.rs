//! The table of an exam: how many bugs of each kind were killed, by guide word and by severity.

use crate::bug::{Guide, Kind, Origin, Severity};
use crate::result::{ExamResult, Row, Verdict};
use thecal_plan::{OF_SPECIFICATION, RULES_OF_EVERY_RUN};

/// A part of the table: its head, and its lines with a count for each verdict.
pub(crate) struct Group {
    pub(crate) head: &'static str,
    pub(crate) lines: Vec<Line>,
}

/// How many bugs of one kind have each verdict, in the order of [`Verdict::ALL`].
pub(crate) struct Line {
    pub(crate) label: String,
    pub(crate) counts: [usize; 6],
}

impl Line {
    fn of<'r>(label: String, rows: impl Iterator<Item = &'r Row>) -> Self {
        let mut counts = [0; 6];
        for row in rows {
            for (count, verdict) in counts.iter_mut().zip(Verdict::ALL) {
                *count += usize::from(row.verdict == verdict);
            }
        }
        Self { label, counts }
    }

    pub(crate) fn all(&self) -> usize {
        self.counts.iter().sum()
    }

    /// Killed, of those that are not equivalent. Unit: percent, rounded down; `None`: there are none.
    pub(crate) fn percent(&self) -> Option<usize> {
        let [killed, .., equivalent] = self.counts;
        (killed * 100).checked_div(self.all() - equivalent)
    }
}

/// The groups that have a bug.
pub(crate) fn groups(result: &ExamResult) -> Vec<Group> {
    let rows = || result.rows.iter();
    let seeded = |row: &&Row| matches!(row.origin, Origin::Seeded { .. });
    let of_guide = |guide| move |row: &&Row| matches!(row.origin, Origin::Seeded { guide: of, .. } if of == guide);
    let of_severity = |severity| move |row: &&Row| matches!(row.origin, Origin::Seeded { severity: of, .. } if of == severity);
    let of_kind =
        |kind| move |row: &&Row| matches!(row.origin, Origin::Drawn { kind: of } if of == kind);
    let drawn = |row: &&Row| matches!(row.origin, Origin::Drawn { .. });
    let image = |row: &&Row| matches!(row.origin, Origin::Image);
    let line = |label: &dyn ToString, rows: &mut dyn Iterator<Item = &Row>| {
        Line::of(label.to_string(), rows)
    };
    let guides = Guide::ALL.map(|guide| line(&guide, &mut rows().filter(of_guide(guide))));
    let severities = Severity::ALL.map(|of| line(&of, &mut rows().filter(of_severity(of))));
    let kinds = [Kind::Deletion, Kind::Operator];
    let kinds = kinds.map(|kind| line(&kind, &mut rows().filter(of_kind(kind))));
    let all_seeded = line(&"all seeded", &mut rows().filter(seeded));
    let all_drawn = line(&"all random", &mut rows().filter(drawn));
    let mut groups = vec![
        Group {
            head: "Seeded, by guide word",
            lines: guides.into(),
        },
        Group {
            head: "Seeded, by severity",
            lines: severities.into_iter().chain([all_seeded]).collect(),
        },
        Group {
            head: "Random",
            lines: kinds.into_iter().chain([all_drawn]).collect(),
        },
        Group {
            head: "Images",
            lines: vec![line(&"all images", &mut rows().filter(image))],
        },
    ];
    groups.retain(|group| group.lines.iter().any(|line| line.all() > 0));
    groups
}

/// What noticed how many bugs: in which stage, by which kind of finding; seeded and drawn ones.
pub(crate) fn noticed(result: &ExamResult) -> Vec<(String, [usize; 2])> {
    let mut lines: Vec<(String, [usize; 2])> = Vec::new();
    for row in &result.rows {
        let Some(kill) = &row.kill else { continue };
        let label = format!("{}: {}", kill.stage, of_finding(&kill.finding));
        let column = usize::from(matches!(row.origin, Origin::Drawn { .. }));
        let known = lines.iter_mut().find(|(name, _)| *name == label);
        match known {
            Some((_, counts)) => counts[column] += 1,
            None => {
                let mut counts = [0; 2];
                counts[column] = 1;
                lines.push((label, counts));
            }
        }
    }
    lines.sort();
    lines
}

fn of_finding(name: &str) -> &'static str {
    match name {
        _ if name.starts_with(OF_SPECIFICATION) => "the specification pump",
        _ if RULES_OF_EVERY_RUN.contains(&name) => "a rule of every run",
        _ => "an expectation of a scenario",
    }
}

impl ExamResult {
    /// The table as text for a terminal.
    #[must_use]
    pub fn table(&self) -> String {
        let mut text = String::new();
        for group in groups(self) {
            let cells = Verdict::ALL.map(|verdict| format!("{:>16}", verdict.name()));
            text += &format!("{:<34}{}{:>8}\n", group.head, cells.concat(), "all");
            for line in group.lines {
                let cells = line.counts.map(|count| format!("{count:>16}"));
                let percent = line
                    .percent()
                    .map_or(String::new(), |percent| format!("{percent:>6} %"));
                let (label, all) = (&line.label, line.all());
                text += &format!("  {label:<32}{}{all:>8}{percent}\n", cells.concat());
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bug::Bug;
    use crate::result::Kill;

    fn row(origin: Origin, verdict: Verdict) -> Row {
        let mut row = Row::new(&Bug {
            name: "a".to_owned(),
            what: "b".to_owned(),
            file: String::new(),
            origin,
            edits: Vec::new(),
            equivalent: None,
            hangs_in: None,
        });
        row.verdict = verdict;
        row
    }

    #[test]
    fn each_bug_is_counted_by_guide_word_and_by_severity() {
        let seeded = |guide, severity| Origin::Seeded {
            requirement: "REQ-BOL-004".to_owned(),
            guide,
            severity,
        };
        let drawn = Origin::Drawn {
            kind: Kind::Deletion,
        };
        let mut result = ExamResult::new(String::new());
        result.rows = vec![
            row(seeded(Guide::NotGiven, Severity::Harm), Verdict::Killed),
            row(seeded(Guide::NotGiven, Severity::Record), Verdict::Survived),
            row(seeded(Guide::WrongTime, Severity::Harm), Verdict::Killed),
            row(
                seeded(Guide::WrongTime, Severity::Harm),
                Verdict::Equivalent,
            ),
            row(drawn.clone(), Verdict::NoAnswer),
            row(drawn, Verdict::Killed),
        ];
        let shown: Vec<_> = groups(&result)
            .into_iter()
            .flat_map(|group| group.lines)
            .filter(|line| line.all() > 0)
            .map(|line| {
                let percent = line.percent();
                (line.label, line.counts, percent)
            })
            .collect();
        let line = |label: &str, counts, percent| (label.to_owned(), counts, Some(percent));
        assert_eq!(
            shown,
            [
                line("not given", [1, 0, 0, 0, 1, 0], 50),
                line("too early, too late, wrong order", [1, 0, 0, 0, 0, 1], 100),
                line("harm", [2, 0, 0, 0, 0, 1], 100),
                line("record wrong", [0, 0, 0, 0, 1, 0], 0),
                line("all seeded", [2, 0, 0, 0, 1, 1], 66),
                line("statement deleted", [1, 0, 0, 1, 0, 0], 50),
                line("all random", [1, 0, 0, 1, 0, 0], 50),
            ]
        );
        let kill = |stage: &str, finding: &str| Kill {
            stage: stage.to_owned(),
            scenario: "a/b".to_owned(),
            finding: finding.to_owned(),
            requirements: vec!["REQ-A".to_owned()],
            at_ms: None,
        };
        result.rows[0].kill = Some(kill("library", "four-boluses"));
        result.rows[2].kill = Some(kill("overlays", "spec:grant-is-logged"));
        result.rows[5].kill = Some(kill("library", "dose-limits"));
        let by = |label: &str, counts| (label.to_owned(), counts);
        assert_eq!(
            noticed(&result),
            [
                by("library: a rule of every run", [0, 1]),
                by("library: an expectation of a scenario", [1, 0]),
                by("overlays: the specification pump", [1, 0]),
            ]
        );
        let text = result.table();
        assert_eq!(text.lines().count(), 3 + 4 + 5 + 3, "{text}");
        assert!(!text.contains("Images"), "{text}");
    }
}
