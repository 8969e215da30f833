//! An exam from start to end: builds the broken pump, runs the trials without a bug, judges the bugs,
//! keeps what is known.

use crate::ExamError;
use crate::broken::{Broken, Sources};
use crate::bug::{self, Bug};
use crate::event::Event;
use crate::hang;
use crate::keeper::Keeper;
use crate::killer::Killer;
use crate::page::{self, Page};
use crate::result::{ExamResult, Row, Verdict};
use crate::sitting::{STAGES, Sitting};
use crate::switch::Number;
use crate::trial::{Kind, Runner, paths};
use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use thecal_report::write_named;

/// The bugs of which every one must be noticed: the safety measures, removed one by one.
const MEASURES: &str = "break";
/// Of the other bugs that the page lists as killed, how many the quick exam takes, and the seed of
/// their choice.
const SAMPLE: (usize, u64) = (100, 1);

/// The least first and the least last bound on the time of a trial.
pub(crate) const BOUNDS: (Duration, Duration) =
    (Duration::from_millis(300), Duration::from_secs(40));

/// How many stories are drawn, and their seed.
const DRAWN: (u64, u64) = (1000, 1);

/// The file of the result, in the folder of results.
const RESULT: &str = "result.json";

/// What an exam is about, and how it is held.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The workspace with the firmware's sources.
    pub workspace: PathBuf,
    /// The folder of results.
    pub out: PathBuf,
    /// Only bugs whose name contains one of these; empty: all.
    pub only: Vec<String>,
    /// Only what a change may not lose.
    pub quick: bool,
    /// The names of the stages that are held; empty: all.
    pub stages: Vec<String>,
    /// Scenario files, or folders of them.
    pub scenarios: Vec<PathBuf>,
    /// How many bugs are judged at a time.
    pub jobs: usize,
}

impl Settings {
    /// Whether a bug is one of those that were asked for.
    pub(crate) fn names(&self, bug: &Bug) -> bool {
        self.only.is_empty() || self.only.iter().any(|text| bug.name.contains(text))
    }
}

/// What an exam gave.
#[derive(Debug)]
pub struct Exam {
    /// What became of each bug that was judged.
    pub result: ExamResult,
    /// Bugs that had to be killed, and were not: those that the page lists as killed, and removed
    /// safety measures.
    pub lost: Vec<String>,
    /// Hangs that are not the same on all benches, in words.
    pub hangs: Vec<String>,
    /// Bugs that were killed although they are said to be equivalent.
    pub refuted: Vec<String>,
}

impl Exam {
    /// Whether nothing is worse than the page says.
    #[must_use]
    pub fn is_as_listed(&self) -> bool {
        self.lost.is_empty() && self.refuted.is_empty() && self.hangs.is_empty()
    }
}

/// Finds the workspace: this folder or the nearest above it that has the firmware's sources.
///
/// # Errors
///
/// [`ExamError::Unusable`] where there is none: an exam needs sources and cargo.
pub fn workspace(here: &Path) -> Result<PathBuf, ExamError> {
    let here = fs::canonicalize(here).map_err(|error| ExamError::file(here, &error))?;
    let root = here.ancestors().find(|folder| {
        folder.join("firmware/src/lib.rs").is_file() && folder.join("rig/exam/seeded").is_dir()
    });
    root.map(Path::to_owned).ok_or_else(|| {
        let why = "the exam needs the sources of Thecal: run it within a clone";
        ExamError::Unusable(why.to_owned())
    })
}

/// Holds an exam of the reference pump.
///
/// Every judged bug is in the result's file at once; after an exam that was cut short, the bugs of
/// the same build that it judged are taken over.
///
/// # Errors
///
/// [`ExamError`] if a bug cannot be used, the copy does not build, the library does not pass without
/// a bug, or files cannot be read or written.
pub fn hold(settings: &Settings, show: &mut dyn FnMut(&Event<'_>)) -> Result<Exam, ExamError> {
    let Settings {
        workspace,
        out,
        jobs,
        ..
    } = settings;
    let (bugs, broken) = build(settings, show)?;
    let numbered: BTreeMap<Number, &Bug> = (1..).zip(&bugs).collect();
    let files = paths(workspace, &settings.scenarios)?;
    let folders = ["reports", "scenarios/people"].map(|folder| broken.source.join(folder));
    let build = fingerprint(&broken, &files, &folders)?;
    let page = Page::read(workspace)?;
    let selected = select(settings, &numbered, &page);
    let earlier = ExamResult::read(&out.join(RESULT));
    let runner = Runner {
        program: broken.program(),
        folder: broken.source.clone(),
        arguments: Vec::new(),
        bounds: BOUNDS,
    };
    let held =
        |name: &str| settings.stages.is_empty() || settings.stages.iter().any(|it| it == name);
    let needs_drawn = STAGES
        .iter()
        .any(|stage| stage.kind == Kind::Drawn && held(stage.name));
    let drawn = match needs_drawn {
        true => draw_stories(&out.join("drawn"))?,
        false => Vec::new(),
    };
    let mut sitting = Sitting {
        keeper: Keeper::new(&out.join(RESULT), build, &bugs, &selected, earlier.as_ref()),
        runner: &runner,
        files: &files,
        drawn: &drawn,
        selected: &selected,
        killers: killers(earlier.as_ref(), &page),
        earlier: earlier.as_ref(),
        jobs: *jobs,
        out,
    };
    for stage in STAGES.iter().filter(|stage| held(stage.name)) {
        sitting.again(stage, show)?;
    }
    for stage in STAGES.iter().filter(|stage| held(stage.name)) {
        sitting.whole(stage, show)?;
    }
    let keeper = sitting.keeper;
    let hangs = hangs(&broken, &selected, out, show)?;
    let result = keeper.result();
    Ok(Exam {
        lost: lost(&result, &bugs, &page, held),
        refuted: refuted(&result),
        hangs,
        result,
    })
}

/// Draws the stories of the exam, and writes each into a file.
fn draw_stories(folder: &Path) -> Result<Vec<PathBuf>, ExamError> {
    let (count, seed) = DRAWN;
    let folder = std::path::absolute(folder.join(format!("seed-{seed}")));
    let folder = folder.map_err(|error| ExamError::file(Path::new("."), &error))?;
    let each = (0..count).map(|number| {
        let file = folder.join(format!("story-{number:04}.toml"));
        let written = write_named(&file, thecal_explore::story(seed, number).as_bytes());
        written.map_err(|error| ExamError::file(&file, &error))?;
        Ok(file)
    });
    each.collect()
}

/// Builds the copy with all bugs.
pub(crate) fn build(
    settings: &Settings,
    show: &mut dyn FnMut(&Event<'_>),
) -> Result<(Vec<Bug>, Broken), ExamError> {
    let bugs = bug::all(&settings.workspace)?;
    let numbered: BTreeMap<Number, &Bug> = (1..).zip(&bugs).collect();
    let broken = Broken::of(&settings.workspace);
    let sources = Sources::of(&settings.workspace, &numbered)?;
    broken.copy(&sources)?;
    let building = format!("building the pump with {} bugs", bugs.len());
    show(&Event::Begins(building));
    broken.build(&sources, &bugs)?;
    Ok((bugs, broken))
}

/// What noticed each bug last: in the last result, else on the page.
fn killers(earlier: Option<&ExamResult>, page: &Page) -> BTreeMap<String, Killer> {
    let mut killers = page.killers.clone();
    for row in earlier.into_iter().flat_map(|result| &result.rows) {
        if let Some(kill) = &row.kill {
            let killer = Killer {
                stage: kill.stage.clone(),
                run: kill.scenario.clone(),
            };
            killers.insert(row.name.clone(), killer);
        }
    }
    killers
}

/// Hangs that are not the same on all benches, in words.
fn hangs(
    broken: &Broken,
    selected: &BTreeMap<Number, &Bug>,
    out: &Path,
    show: &mut dyn FnMut(&Event<'_>),
) -> Result<Vec<String>, ExamError> {
    let mut found = Vec::new();
    for (number, bug) in selected.iter().filter(|(_, bug)| bug.hangs_in.is_some()) {
        let comparing = format!("comparing the hang on the emulated boards: {}", bug.name);
        show(&Event::Begins(comparing));
        if let Some(why) = hang::is_the_same_on_all_benches(broken, *number, bug, out)? {
            found.push(format!("{}: {why}", bug.name));
        }
    }
    Ok(found)
}

/// The judged bugs that had to be killed and were not.
fn lost(
    result: &ExamResult,
    bugs: &[Bug],
    page: &Page,
    held: impl Fn(&str) -> bool,
) -> Vec<String> {
    let measures = bugs.iter().filter(|bug| bug.file == MEASURES);
    let measures: BTreeSet<&str> = measures.map(|bug| bug.name.as_str()).collect();
    let rows = result.rows.iter();
    let survivors = rows.filter(|row| row.verdict != Verdict::Killed);
    let was_killed = |row: &&Row| {
        page.killers
            .get(&row.name)
            .is_some_and(|killer| held(&killer.stage))
    };
    let lost = survivors.filter(|row| was_killed(row) || measures.contains(row.name.as_str()));
    lost.map(|row| row.name.clone()).collect()
}

/// The judged bugs that were killed although they are said to be equivalent.
fn refuted(result: &ExamResult) -> Vec<String> {
    let killed = result.rows.iter().filter(|row| row.kill.is_some());
    let refuted = killed.filter(|row| row.equivalent.is_some());
    refuted.map(|row| row.name.clone()).collect()
}

/// The bugs of an exam.
fn select<'b>(
    settings: &Settings,
    bugs: &BTreeMap<Number, &'b Bug>,
    page: &Page,
) -> BTreeMap<Number, &'b Bug> {
    let mut selected = bugs.clone();
    selected.retain(|_, bug| settings.names(bug));
    if settings.quick {
        let others = selected.iter();
        let others = others.filter(|(_, bug)| page.killers.contains_key(&bug.name));
        let others = others.filter(|(_, bug)| bug.file != MEASURES);
        let mut others: Vec<Number> = others.map(|(number, _)| *number).collect();
        others.shuffle(&mut ChaCha8Rng::seed_from_u64(SAMPLE.1));
        others.truncate(SAMPLE.0);
        selected.retain(|number, bug| bug.file == MEASURES || others.contains(number));
    }
    selected
}

/// Identifies what is judged: the copy's program with its bugs, these scenarios, and all files in these
/// folders.
pub(crate) fn fingerprint(
    broken: &Broken,
    files: &[PathBuf],
    folders: &[PathBuf],
) -> Result<String, ExamError> {
    let crc = crc::Crc::<u64>::new(&crc::CRC_64_XZ);
    let mut digest = crc.digest();
    let mut add = |path: &Path| {
        let bytes = fs::read(path).map_err(|error| ExamError::file(path, &error))?;
        digest.update(&bytes);
        Ok::<_, ExamError>(())
    };
    add(&broken.program())?;
    for file in files {
        add(&broken.source.join(file))?;
    }
    let mut folders = folders.to_vec();
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).map_err(|error| ExamError::file(&folder, &error))?;
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            if path.is_dir() {
                folders.push(path);
            } else {
                add(&path)?;
            }
        }
    }
    Ok(format!("{:016x}", digest.finalize()))
}

/// Writes the page of a whole exam.
///
/// # Errors
///
/// File system errors.
pub fn write_page(workspace: &Path, result: &ExamResult) -> Result<PathBuf, ExamError> {
    page::write(workspace, result)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bug::{Kind, Origin};
    use crate::result::Kill;

    fn bug(name: &str, file: &str) -> Bug {
        Bug {
            name: name.to_owned(),
            what: String::new(),
            file: file.to_owned(),
            origin: Origin::Drawn {
                kind: Kind::Operator,
            },
            edits: Vec::new(),
            equivalent: None,
            hangs_in: None,
        }
    }

    fn page(killed: &[&str]) -> Page {
        let killers = killed.iter();
        Page {
            killers: killers
                .map(|name| {
                    let killer = Killer {
                        stage: "library".to_owned(),
                        run: "a/b".to_owned(),
                    };
                    ((*name).to_owned(), killer)
                })
                .collect(),
        }
    }

    fn settings(only: &[&str], quick: bool) -> Settings {
        Settings {
            workspace: PathBuf::new(),
            out: PathBuf::new(),
            only: only.iter().map(|text| (*text).to_owned()).collect(),
            quick,
            stages: Vec::new(),
            scenarios: Vec::new(),
            jobs: 1,
        }
    }

    #[test]
    fn the_quick_exam_takes_all_measures_and_some_of_the_other_bugs_that_were_killed() {
        let names: Vec<String> = (0..300).map(|number| format!("random-{number}")).collect();
        let mut bugs: Vec<Bug> = names.iter().map(|name| bug(name, "random")).collect();
        bugs.push(bug("stop does not stop", MEASURES));
        let killed: Vec<&str> = names.iter().take(200).map(String::as_str).collect();
        let page = page(&killed);
        let numbered: BTreeMap<Number, &Bug> = (1..).zip(&bugs).collect();
        let quick = select(&settings(&[], true), &numbered, &page);
        assert_eq!(quick.len(), SAMPLE.0 + 1);
        assert!(quick.contains_key(&301));
        assert!(quick.range(201..301).next().is_none());
        assert_eq!(quick, select(&settings(&[], true), &numbered, &page));
        assert_eq!(select(&settings(&[], false), &numbered, &page).len(), 301);
        let only = select(&settings(&["random-29", "stop"], false), &numbered, &page);
        assert_eq!(only.len(), 1 + 10 + 1);
    }

    #[test]
    fn a_bug_that_was_killed_or_a_measure_that_survives_is_lost_and_a_killed_equivalent_refuted() {
        let mut equivalent = bug("the same", "a");
        equivalent.equivalent = Some("a reason".to_owned());
        let bugs = [
            bug("killed before", "a"),
            bug("survived before", "a"),
            bug("a measure", MEASURES),
            equivalent,
        ];
        let mut result = ExamResult::new(String::new());
        result.rows = bugs.iter().map(Row::new).collect();
        let page = page(&["killed before", "not judged"]);
        let all = |_: &str| true;
        assert_eq!(
            lost(&result, &bugs, &page, all),
            ["killed before", "a measure"]
        );
        // What a stage noticed that is not held now cannot be lost.
        assert_eq!(
            lost(&result, &bugs, &page, |name| name == "overlays"),
            ["a measure"]
        );
        assert!(refuted(&result).is_empty());
        for row in &mut result.rows {
            row.kill = Some(Kill {
                stage: "library".to_owned(),
                scenario: "a/b".to_owned(),
                finding: "c".to_owned(),
                requirements: vec!["REQ-A".to_owned()],
                at_ms: None,
            });
            row.settle();
        }
        assert!(lost(&result, &bugs, &page, all).is_empty());
        assert_eq!(refuted(&result), ["the same"]);
        let killers = killers(Some(&result), &page);
        assert_eq!(killers.len(), 4 + 1);
        assert_eq!(killers["killed before"].run, "a/b");
    }
}
