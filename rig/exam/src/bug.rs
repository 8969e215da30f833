//! The bugs: what each changes in the firmware, what it endangers, and the files they are written in.
//!
//! A file is TOML, one `[[bug]]` a bug; rig/exam/seeded/README.md has the keys. Bugs are numbered from 1 in
//! the order of files and lines: the number turns a bug on.

use crate::ExamError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

/// The folder of the bugs that people wrote, below the workspace.
const SEEDED: &str = "rig/exam/seeded";
/// The bugs that were drawn, below the workspace.
pub(crate) const RANDOM: &str = "rig/exam/random.toml";

/// A replacement of text in one file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Edit {
    /// Path below `firmware/src`.
    pub(crate) file: String,
    /// Text directly before `from`: both together occur once in the file.
    #[serde(default)]
    pub(crate) after: String,
    /// The text that is replaced.
    pub(crate) from: String,
    /// What stands there instead.
    pub(crate) to: String,
    /// Whether the function around it loses its `const` in the copy.
    #[serde(default)]
    pub(crate) unconst: bool,
}

/// How the pump's behaviour deviates: the guide words of docs/hazards.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Guide {
    NotGiven,
    GivenWrongly,
    WrongTime,
    WrongLength,
}

impl Guide {
    pub(crate) const ALL: [Self; 4] = [
        Self::NotGiven,
        Self::GivenWrongly,
        Self::WrongTime,
        Self::WrongLength,
    ];
}

impl fmt::Display for Guide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotGiven => "not given",
            Self::GivenWrongly => "given wrongly",
            Self::WrongTime => "too early, too late, wrong order",
            Self::WrongLength => "stopped too soon, held too long",
        })
    }
}

/// What the bug can lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Severity {
    /// Harm to the patient.
    Harm,
    /// A limit is passed, without harm by itself.
    Limit,
    /// A count, a log entry or an answer is wrong.
    Record,
    /// A nuisance.
    Nuisance,
}

impl Severity {
    pub(crate) const ALL: [Self; 4] = [Self::Harm, Self::Limit, Self::Record, Self::Nuisance];
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Harm => "harm",
            Self::Limit => "limit passed",
            Self::Record => "record wrong",
            Self::Nuisance => "nuisance",
        })
    }
}

/// What was drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// A statement is deleted.
    Deletion,
    /// An operator is changed.
    Operator,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Deletion => "statement deleted",
            Self::Operator => "operator changed",
        })
    }
}

/// Where a bug comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Origin {
    /// Somebody wrote it.
    Seeded {
        requirement: String,
        guide: Guide,
        severity: Severity,
    },
    /// It was drawn from all sites.
    Drawn { kind: Kind },
    /// It is in an image of its own, whose source is not known here.
    Image,
}

/// A bug.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bug {
    pub(crate) name: String,
    /// In one sentence, what the pump does wrong.
    pub(crate) what: String,
    /// Name of the file it is written in, without its ending.
    pub(crate) file: String,
    pub(crate) origin: Origin,
    pub(crate) edits: Vec<Edit>,
    /// Why nobody can notice it; `None`: it should be noticed.
    pub(crate) equivalent: Option<String>,
    /// The scenario in which the pump hangs with it, on every bench with the same report.
    pub(crate) hangs_in: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    bug: Vec<WrittenBug>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct WrittenBug {
    name: String,
    what: String,
    edit: Vec<Edit>,
    requirement: Option<String>,
    guide: Option<Guide>,
    severity: Option<Severity>,
    equivalent: Option<String>,
    hangs_in: Option<String>,
    drawn: Option<Drawn>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Drawn {
    kind: Kind,
    #[serde(rename = "line")]
    _line: usize,
}

/// All bugs of the workspace, in the order of their numbers.
pub(crate) fn all(workspace: &Path) -> Result<Vec<Bug>, ExamError> {
    let mut bugs = Vec::new();
    for file in
        files(workspace).map_err(|error| ExamError::file(&workspace.join(SEEDED), &error))?
    {
        let text = fs::read_to_string(&file).map_err(|error| ExamError::file(&file, &error))?;
        bugs.extend(parse(&file.to_string_lossy(), &text)?);
    }
    let mut names = BTreeSet::new();
    match bugs.iter().find(|bug| !names.insert(&bug.name)) {
        Some(twice) => Err(ExamError::bug(&twice.name, "another bug has the same name")),
        None => Ok(bugs),
    }
}

fn files(workspace: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(workspace.join(SEEDED))?;
    let entries = entries.map(|entry| Ok(entry?.path()));
    let mut files = entries.collect::<io::Result<Vec<_>>>()?;
    files.retain(|file| {
        file.extension()
            .is_some_and(|extension| extension == "toml")
    });
    files.sort();
    let random = workspace.join(RANDOM);
    if random.exists() {
        files.push(random);
    }
    Ok(files)
}

/// The bugs of one file's text.
pub(crate) fn parse(file: &str, text: &str) -> Result<Vec<Bug>, ExamError> {
    let written: Written =
        toml::from_str(text).map_err(|error| ExamError::Unusable(format!("{file}: {error}")))?;
    let stem = Path::new(file).file_stem().unwrap_or_default();
    let stem = stem.to_string_lossy();
    let bugs = written.bug.into_iter();
    bugs.map(|bug| checked(&stem, bug)).collect()
}

fn checked(file: &str, written: WrittenBug) -> Result<Bug, ExamError> {
    let name = written.name;
    let wrong = |why: &str| Err(ExamError::bug(&name, why));
    if name.trim().is_empty() || name.contains(['|', '\n']) {
        return wrong("a name is one line of text without `|`");
    }
    if written.what.trim().is_empty() {
        return wrong("`what` is blank: say in one sentence what the pump does wrong");
    }
    if written.edit.is_empty() {
        return wrong("it has no edit");
    }
    if let Some(edit) = written.edit.iter().find(|edit| edit.from.trim().is_empty()) {
        return wrong(&format!("an edit of {} has no `from`", edit.file));
    }
    if let Some(edit) = written.edit.iter().find(|edit| edit.from == edit.to) {
        return wrong(&format!("an edit of {} changes nothing", edit.file));
    }
    if written
        .equivalent
        .as_ref()
        .is_some_and(|why| why.trim().is_empty())
    {
        return wrong("`equivalent` is a reason in writing");
    }
    let seeded = (written.requirement, written.guide, written.severity);
    let origin = match (written.drawn, seeded) {
        (Some(drawn), (None, None, None)) => Origin::Drawn { kind: drawn.kind },
        (None, (Some(requirement), Some(guide), Some(severity))) => Origin::Seeded {
            requirement,
            guide,
            severity,
        },
        _ => {
            return wrong(
                "a bug has `requirement`, `guide` and `severity`, or it was drawn and has `drawn`",
            );
        }
    };
    Ok(Bug {
        name,
        what: written.what.trim().to_owned(),
        file: file.to_owned(),
        origin,
        edits: written.edit,
        equivalent: written.equivalent,
        hangs_in: written.hangs_in,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        [[bug]]
        name = "daily maximum ignored"
        requirement = "REQ-BOL-005"
        guide = "given-wrongly"
        severity = "harm"
        what = "Every request is granted."
        edit = [{ file = "grants.rs", after = "if ", from = "a", to = "b" }]
    "#;

    #[test]
    fn a_bug_has_what_the_table_needs() {
        let bugs = parse("a.toml", GOOD).unwrap();
        assert_eq!(bugs.len(), 1);
        assert_eq!(
            bugs[0].origin,
            Origin::Seeded {
                requirement: "REQ-BOL-005".to_owned(),
                guide: Guide::GivenWrongly,
                severity: Severity::Harm,
            }
        );
        assert!(!bugs[0].edits[0].unconst);
    }

    #[test]
    fn what_is_missing_or_misspelt_is_refused() {
        for (from, to) in [
            ("guide = \"given-wrongly\"", ""),
            ("given-wrongly", "given wrongly"),
            ("severity", "sevirity"),
            ("Every request is granted.", " "),
            ("from = \"a\"", "from = \" \""),
            ("to = \"b\"", "to = \"a\""),
            (
                "[{ file = \"grants.rs\", after = \"if \", from = \"a\", to = \"b\" }]",
                "[]",
            ),
            (
                "what =",
                "drawn = { kind = \"deletion\", line = 3 }\nwhat =",
            ),
        ] {
            let text = GOOD.replace(from, to);
            assert_ne!(text, GOOD, "{from}");
            assert!(parse("a.toml", &text).is_err(), "{text}");
        }
    }
}
