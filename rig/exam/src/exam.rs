//! An exam from start to end: builds the broken pump, runs the trials without a bug, judges the bugs,
//! keeps what is known.

use crate::ExamError;
use crate::broken::{Broken, Sources};
use crate::bug::{self, Bug, Origin};
use crate::hang;
use crate::judge::{Candidate, Stage, judge};
use crate::page::{self, Page};
use crate::result::{ExamResult, Row, Verdict};
use crate::switch::Number;
use crate::trial::{Runner, Trial, paths};
use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::thread;
use std::time::Duration;

/// The bugs of which every one must be noticed: the safety measures, removed one by one.
const MEASURES: &str = "break";
/// Of the other bugs that the page lists as killed, how many the quick exam takes, and the seed of
/// their choice.
const SAMPLE: (usize, u64) = (100, 1);

/// The least bounds on the wall time of a trial, native and on an emulated chip.
const BOUND: Duration = Duration::from_secs(60);
const EMULATED_BOUND: Duration = Duration::from_secs(600);

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
    /// Scenario files, or folders of them.
    pub scenarios: Vec<PathBuf>,
    /// How many bugs are judged at a time.
    pub jobs: usize,
}

/// What happens in an exam.
#[derive(Debug)]
pub enum Event<'e> {
    /// Something begins that takes a while, in words.
    Begins(String),
    /// A bug is judged.
    Judged {
        /// What became of it.
        row: &'e Row,
        /// How many are judged.
        done: usize,
        /// Of how many.
        of: usize,
    },
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
    let bugs = bug::all(workspace)?;
    let numbered: BTreeMap<Number, &Bug> = (1..).zip(&bugs).collect();
    let sources = Sources::of(workspace, &numbered)?;
    let files = paths(workspace, &settings.scenarios)?;
    let broken = Broken::of(workspace);
    broken.copy(&sources)?;
    show(&Event::Begins(format!(
        "building the pump with {} bugs",
        bugs.len()
    )));
    broken.build(&sources, &bugs)?;
    let build = fingerprint(&broken, &files)?;
    show(&Event::Begins(format!(
        "running {} scenarios without a bug",
        files.len()
    )));
    let runner = Runner {
        program: broken.program(),
        folder: broken.source.clone(),
        arguments: Vec::new(),
        bound: BOUND,
    };
    let mut trials = sound(&runner, files, true, *jobs, out)?;
    trials.retain(|trial| trial.is_known);
    let stages = [Stage {
        name: "library",
        trials,
    }];
    let page = Page::read(workspace)?;
    let selected = select(settings, &numbered, &page);
    let earlier = ExamResult::read(&out.join(RESULT));
    let mut keeper = Keeper::new(out, build, &bugs, &selected, earlier.as_ref());
    let open = selected
        .iter()
        .filter(|(number, _)| !keeper.rows.contains_key(number));
    let candidate = |(&number, bug): (&Number, &&'_ Bug)| {
        let killer =
            |result: &ExamResult| Some(result.row(&bug.name)?.kill.as_ref()?.scenario.clone());
        let killer = earlier.as_ref().and_then(killer);
        (
            number,
            killer.or_else(|| page.killers.get(&bug.name).cloned()),
        )
    };
    let candidates: Vec<Candidate<'_>> = open
        .map(|(number, bug)| {
            let (number, killer) = candidate((number, bug));
            Candidate {
                number,
                bug,
                killer,
                runner: &runner,
            }
        })
        .collect();
    show(&Event::Begins(format!(
        "judging {} bugs, {} of them judged before",
        selected.len(),
        selected.len() - candidates.len()
    )));
    judge(
        &candidates,
        &stages,
        earlier.as_ref(),
        *jobs,
        out,
        |number, row| keeper.keep(number, row, show),
    )?;
    let mut hangs = Vec::new();
    for (number, bug) in selected.iter().filter(|(_, bug)| bug.hangs_in.is_some()) {
        show(&Event::Begins(format!(
            "comparing the hang on the emulated boards: {}",
            bug.name
        )));
        if let Some(why) = hang::is_the_same_on_all_benches(&broken, *number, bug, out)? {
            hangs.push(format!("{}: {why}", bug.name));
        }
    }
    Ok(Exam {
        hangs,
        ..keeper.exam(&page)
    })
}

/// The bugs of an exam.
fn select<'b>(
    settings: &Settings,
    bugs: &BTreeMap<Number, &'b Bug>,
    page: &Page,
) -> BTreeMap<Number, &'b Bug> {
    let is_wanted = |bug: &Bug| {
        settings.only.is_empty() || settings.only.iter().any(|text| bug.name.contains(text))
    };
    let mut selected = bugs.clone();
    selected.retain(|_, bug| is_wanted(bug));
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

/// Runs trials without a bug, several at a time.
fn sound(
    runner: &Runner,
    files: Vec<PathBuf>,
    tells_reached: bool,
    jobs: usize,
    scratch: &Path,
) -> Result<Vec<Trial>, ExamError> {
    fs::create_dir_all(scratch).map_err(|error| ExamError::file(scratch, &error))?;
    let waiting = Mutex::new(files.into_iter());
    let trials = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for job in 0..jobs.max(1) {
            let out = scratch.join(format!("run-{job}"));
            let (waiting, trials) = (&waiting, &trials);
            let next = || {
                waiting
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .next()
            };
            scope.spawn(move || {
                while let Some(file) = next() {
                    let trial = runner.sound(file, &out, tells_reached);
                    trials
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(trial);
                }
            });
        }
    });
    let trials = trials.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut trials = trials.into_iter().collect::<Result<Vec<_>, _>>()?;
    trials.sort_by(|one, two| one.id.cmp(&two.id));
    Ok(trials)
}

/// Identifies what is judged: the copy's program with its bugs, scenarios and approved reports.
fn fingerprint(broken: &Broken, files: &[PathBuf]) -> Result<String, ExamError> {
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
    let mut folders = vec![
        broken.source.join("reports"),
        broken.source.join("scenarios/people"),
    ];
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

/// Keeps rows, in memory and in the result's file.
struct Keeper<'b> {
    file: PathBuf,
    build: String,
    bugs: &'b [Bug],
    of: usize,
    /// Of the selected bugs.
    rows: BTreeMap<Number, Row>,
    /// Of bugs that are not selected, but judged before in the same build.
    others: BTreeMap<Number, Row>,
}

impl<'b> Keeper<'b> {
    fn new(
        out: &Path,
        build: String,
        bugs: &'b [Bug],
        selected: &BTreeMap<Number, &Bug>,
        earlier: Option<&ExamResult>,
    ) -> Self {
        let same = earlier.filter(|result| result.build == build);
        let judged = (1..).zip(bugs).filter_map(|(number, bug)| {
            let row = same?.row(&bug.name)?;
            Some((number, row.clone()))
        });
        let (rows, others) = judged.partition(|(number, _)| selected.contains_key(number));
        Self {
            file: out.join(RESULT),
            build,
            bugs,
            of: selected.len(),
            rows,
            others,
        }
    }

    fn keep(
        &mut self,
        number: Number,
        row: Row,
        show: &mut dyn FnMut(&Event<'_>),
    ) -> Result<(), ExamError> {
        self.rows.insert(number, row);
        let all = self.rows.iter().chain(&self.others);
        let all: BTreeMap<&Number, &Row> = all.collect();
        let mut result = ExamResult::new(self.build.clone());
        result.rows = all.into_values().cloned().collect();
        result.write(&self.file)?;
        if let Some(row) = self.rows.get(&number) {
            let (done, of) = (self.rows.len(), self.of);
            show(&Event::Judged { row, done, of });
        }
        Ok(())
    }

    fn exam(self, page: &Page) -> Exam {
        let measures = self.bugs.iter().filter(|bug| bug.file == MEASURES);
        let measures: BTreeSet<&str> = measures.map(|bug| bug.name.as_str()).collect();
        let must_be_killed = |row: &&Row| {
            page.killers.contains_key(&row.name) || measures.contains(row.name.as_str())
        };
        let is_killed = |row: &&Row| row.verdict == Verdict::Killed;
        let names =
            |rows: &mut dyn Iterator<Item = &Row>| rows.map(|row| row.name.clone()).collect();
        let rows = || self.rows.values();
        let lost = names(&mut rows().filter(must_be_killed).filter(|row| !is_killed(row)));
        let refuted = names(
            &mut rows()
                .filter(is_killed)
                .filter(|row| row.equivalent.is_some()),
        );
        let mut result = ExamResult::new(self.build);
        result.rows = self.rows.into_values().collect();
        Exam {
            result,
            lost,
            hangs: Vec::new(),
            refuted,
        }
    }
}

/// Puts each image of a folder through the library on an emulated chip, behind a virtual probe;
/// `thecal` is the program that runs it.
///
/// # Errors
///
/// As [`hold`]; and if the folder has no ELF file.
pub fn images(
    settings: &Settings,
    folder: &Path,
    thecal: &Path,
    show: &mut dyn FnMut(&Event<'_>),
) -> Result<ExamResult, ExamError> {
    let Settings { out, jobs, .. } = settings;
    let elves = elves(folder)?;
    let bugs: Vec<Bug> = elves.iter().map(|elf| of_image(elf)).collect();
    let files = paths(&settings.workspace, &settings.scenarios)?;
    let folder = settings.workspace.clone();
    show(&Event::Begins(format!(
        "running {} scenarios on native",
        files.len()
    )));
    let native = Runner {
        program: thecal.to_owned(),
        folder: folder.clone(),
        arguments: Vec::new(),
        bound: BOUND,
    };
    let trials = sound(&native, files, false, *jobs, out)?;
    let stages = [Stage {
        name: "library",
        trials,
    }];
    let runners: Vec<Runner> = elves
        .iter()
        .map(|elf| Runner {
            program: thecal.to_owned(),
            folder: folder.clone(),
            arguments: vec!["--on".into(), "qemu".into(), "--elf".into(), elf.into()],
            bound: EMULATED_BOUND,
        })
        .collect();
    let candidates: Vec<Candidate<'_>> = (1..)
        .zip(bugs.iter().zip(&runners))
        .map(|(number, (bug, runner))| Candidate {
            number,
            bug,
            killer: None,
            runner,
        })
        .collect();
    let nothing = BTreeMap::new();
    let file = out.join("images");
    let mut keeper = Keeper::new(&file, String::new(), &bugs, &nothing, None);
    keeper.of = bugs.len();
    judge(&candidates, &stages, None, *jobs, out, |number, row| {
        keeper.keep(number, row, show)
    })?;
    Ok(keeper.exam(&Page::default()).result)
}

fn elves(folder: &Path) -> Result<Vec<PathBuf>, ExamError> {
    let entries = fs::read_dir(folder).map_err(|error| ExamError::file(folder, &error))?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry
            .map_err(|error| ExamError::file(folder, &error))?
            .path();
        let begins =
            path.is_file() && fs::read(&path).is_ok_and(|bytes| bytes.starts_with(b"\x7fELF"));
        if begins {
            found.push(fs::canonicalize(&path).map_err(|error| ExamError::file(&path, &error))?);
        }
    }
    found.sort();
    if found.is_empty() {
        let why = format!("{} has no ELF file", folder.display());
        return Err(ExamError::Unusable(why));
    }
    Ok(found)
}

fn of_image(elf: &Path) -> Bug {
    let name = elf.file_name().unwrap_or_default().to_string_lossy();
    Bug {
        name: name.into_owned(),
        what: format!("the image {}", elf.display()),
        file: String::new(),
        origin: Origin::Image,
        edits: Vec::new(),
        equivalent: None,
        hangs_in: None,
    }
}

/// Writes the page of a whole exam.
///
/// # Errors
///
/// File system errors.
pub fn write_page(workspace: &Path, result: &ExamResult) -> Result<PathBuf, ExamError> {
    page::write(workspace, result)
}
