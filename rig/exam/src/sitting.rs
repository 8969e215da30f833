//! Puts the bugs of an exam through its stages: at first through what noticed each last, then those
//! that are left through all.

use crate::ExamError;
use crate::bug::Bug;
use crate::event::Event;
use crate::judge::{Candidate, Stage, judge};
use crate::keeper::Keeper;
use crate::killer::Killer;
use crate::parallel::each;
use crate::result::{ExamResult, Row};
use crate::switch::Number;
use crate::trial::{Kind, Runner, Trial, story};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A part of an exam; only what none of those before has noticed comes to it.
#[derive(Clone, Copy)]
pub(crate) struct Part {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// What is run, in words.
    what: &'static str,
}

/// The parts of an exam. The cheapest comes first.
pub(crate) const STAGES: [Part; 3] = [
    Part {
        name: "library",
        kind: Kind::Alone,
        what: "scenarios",
    },
    Part {
        name: "overlays",
        kind: Kind::Overlaid,
        what: "scenarios with every overlay",
    },
    Part {
        name: "drawn",
        kind: Kind::Drawn,
        what: "drawn stories",
    },
];

/// The names of the parts, in order.
#[must_use]
pub fn stages() -> [&'static str; STAGES.len()] {
    STAGES.map(|part| part.name)
}

/// What an exam needs while bugs are judged.
pub(crate) struct Sitting<'e> {
    pub(crate) keeper: Keeper,
    pub(crate) runner: &'e Runner,
    pub(crate) files: &'e [PathBuf],
    /// Files of the drawn stories.
    pub(crate) drawn: &'e [PathBuf],
    pub(crate) selected: &'e BTreeMap<Number, &'e Bug>,
    /// What noticed a bug last.
    pub(crate) killers: BTreeMap<String, Killer>,
    pub(crate) earlier: Option<&'e ExamResult>,
    pub(crate) jobs: usize,
    pub(crate) out: &'e Path,
}

impl<'e> Sitting<'e> {
    /// Asks only what noticed each bug last: most are noticed again, by one run.
    pub(crate) fn again(
        &mut self,
        part: &Part,
        show: &mut dyn FnMut(&Event<'_>),
    ) -> Result<(), ExamError> {
        let mut candidates = self.candidates(part);
        candidates.retain(|one| one.killer.is_some());
        let asked: BTreeSet<&str> = candidates
            .iter()
            .filter_map(|one| one.killer.as_deref())
            .collect();
        let is_asked = |file: &&PathBuf| asked.iter().any(|id| is_file_of(file, id));
        let files = self.files_of(part).iter().filter(is_asked);
        let files: Vec<PathBuf> = files.cloned().collect();
        if files.is_empty() {
            return Ok(());
        }
        let stage = Stage {
            name: part.name,
            trials: self.sound(part, &files, None, show)?,
            only_killers: true,
        };
        self.judge(&candidates, &stage, show)
    }

    /// Puts all that nothing has noticed yet through the whole of a part.
    pub(crate) fn whole(
        &mut self,
        part: &Part,
        show: &mut dyn FnMut(&Event<'_>),
    ) -> Result<(), ExamError> {
        let mut candidates = self.candidates(part);
        if candidates.is_empty() {
            return Ok(());
        }
        // What noticed it before was asked already.
        for one in &mut candidates {
            one.killer = None;
        }
        let beside = candidates.iter().map(|one| one.number).collect();
        let trials = self.sound(part, self.files_of(part), Some(&beside), show)?;
        let stage = Stage {
            name: part.name,
            trials,
            only_killers: false,
        };
        self.judge(&candidates, &stage, show)
    }

    fn files_of(&self, part: &Part) -> &'e [PathBuf] {
        match part.kind {
            Kind::Alone | Kind::Overlaid => self.files,
            Kind::Drawn => self.drawn,
        }
    }

    fn judge(
        &mut self,
        candidates: &[Candidate<'_>],
        stage: &Stage,
        show: &mut dyn FnMut(&Event<'_>),
    ) -> Result<(), ExamError> {
        let (left, all) = (candidates.len(), self.selected.len());
        show(&Event::Begins(format!("judging {left} of {all} bugs")));
        self.keeper.begin(left);
        let keeper = &mut self.keeper;
        let keep = |number, row: Row| {
            if stage.only_killers && row.kill.is_none() {
                return Ok(());
            }
            keeper.keep(number, row, show)
        };
        judge(candidates, stage, self.earlier, self.jobs, self.out, keep)
    }

    /// The bugs that a part may still notice.
    fn candidates(&self, part: &Part) -> Vec<Candidate<'e>> {
        let open = self.selected.iter().filter_map(|(&number, bug)| {
            let known = self.keeper.row(number);
            let row = known.cloned().unwrap_or_else(|| Row::new(bug));
            let killer = self.killers.get(&bug.name);
            let killer = killer.filter(|killer| killer.stage == part.name);
            row.is_open_for(part.name).then(|| Candidate {
                number,
                row,
                killer: killer.map(|killer| story(&killer.run).to_owned()),
                runner: self.runner,
            })
        });
        open.collect()
    }

    fn sound(
        &self,
        part: &Part,
        files: &[PathBuf],
        beside: Option<&BTreeSet<Number>>,
        show: &mut dyn FnMut(&Event<'_>),
    ) -> Result<Vec<Trial>, ExamError> {
        let running = format!("running {} {} without a bug", files.len(), part.what);
        show(&Event::Begins(running));
        let mut trials = sound(self.runner, files, part.kind, beside, self.jobs, self.out)?;
        trials.retain(|trial| trial.is_known);
        Ok(trials)
    }
}

/// Whether a file holds the scenario of this id.
fn is_file_of(file: &Path, id: &str) -> bool {
    file.with_extension("").ends_with(id)
}

/// Runs trials without a bug, several at a time; with the copy's program also beside these bugs.
pub(crate) fn sound(
    runner: &Runner,
    files: &[PathBuf],
    kind: Kind,
    beside: Option<&BTreeSet<Number>>,
    jobs: usize,
    scratch: &Path,
) -> Result<Vec<Trial>, ExamError> {
    let mut trials = Vec::new();
    let run = |file: &PathBuf, out: &Path| runner.sound(file.clone(), kind, out, beside);
    each(files, (jobs, scratch), run, |trial| {
        trials.extend(trial);
        Ok(())
    })?;
    trials.sort_by(|one, two| one.id.cmp(&two.id));
    Ok(trials)
}
