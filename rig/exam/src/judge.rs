//! Judges bugs: puts each through the trials of a stage, until one notices it.
//!
//! Several at a time, each trial in a process of its own: a broken pump may panic, or run for ever.
//! The order of trials saves time and decides nothing: a bug survives only all of them. Where not all
//! are asked, because the broken pump is too slow, those that are do not depend on earlier exams.

use crate::ExamError;
use crate::outcome::Outcome;
use crate::parallel::each;
use crate::result::{ExamResult, Kill, Row};
use crate::switch::Number;
use crate::trial::{Patience, Runner, Trial, story};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

/// How many of the shortest trials tell whether a broken pump is slow; and how many slow ones are
/// waited for.
const PROBES: usize = 3;

/// Trials of one kind.
pub(crate) struct Stage {
    /// Its name in the result.
    pub(crate) name: &'static str,
    pub(crate) trials: Vec<Trial>,
    /// Whether each bug is put only through what noticed it last.
    pub(crate) only_killers: bool,
}

/// A bug to be judged.
pub(crate) struct Candidate<'b> {
    pub(crate) number: Number,
    /// What earlier stages have said about it.
    pub(crate) row: Row,
    /// The scenario that noticed it last, in this stage.
    pub(crate) killer: Option<String>,
    /// The program that is broken: the copy with this bug on, or an image of its own.
    pub(crate) runner: &'b Runner,
}

/// How often each scenario noticed a bug.
struct Kills(Mutex<BTreeMap<String, u32>>);

impl Kills {
    /// As counted in an earlier result.
    fn of(earlier: Option<&ExamResult>) -> Self {
        let rows = earlier.into_iter().flat_map(|result| &result.rows);
        let mut kills = BTreeMap::new();
        for kill in rows.filter_map(|row| row.kill.as_ref()) {
            let story = story(&kill.scenario).to_owned();
            *kills.entry(story).or_default() += 1;
        }
        Self(Mutex::new(kills))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, u32>> {
        let locked = self.0.lock();
        locked.unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn count(&self, scenario: &str) {
        *self.lock().entry(scenario.to_owned()).or_default() += 1;
    }

    /// Sorts trials by kills a second.
    fn sort(&self, trials: &mut [&Trial]) {
        let kills = self.lock();
        let promise = |trial: &Trial| {
            let count = kills.get(&trial.id).copied().unwrap_or(0);
            (f64::from(count) + 0.1) / trial.time.as_secs_f64().max(0.02)
        };
        trials.sort_by(|one, two| promise(two).total_cmp(&promise(one)));
    }
}

/// Judges all, `jobs` at a time; `done` receives each row with its bug's number as soon as it is
/// known, and may end the exam by an error.
pub(crate) fn judge(
    candidates: &[Candidate<'_>],
    stage: &Stage,
    earlier: Option<&ExamResult>,
    jobs: usize,
    scratch: &Path,
    mut done: impl FnMut(Number, Row) -> Result<(), ExamError>,
) -> Result<(), ExamError> {
    let kills = Kills::of(earlier);
    let judge =
        |one: &Candidate<'_>, out: &Path| Ok((one.number, judge_one(one, stage, &kills, out)?));
    each(candidates, (jobs, scratch), judge, |(number, row)| {
        done(number, row)
    })
}

impl Row {
    /// Notes what a trial gave; true if it noticed the bug.
    fn take(&mut self, outcome: Outcome, stage: &Stage, trial: &Trial) -> bool {
        self.runs += 1;
        let id = trial.id.clone();
        match outcome {
            Outcome::Failed(failed) => {
                self.kill = Some(Kill {
                    stage: stage.name.to_owned(),
                    scenario: failed.run,
                    finding: failed.finding,
                    requirements: failed.requirements,
                    at_ms: failed.at_ms,
                });
                return true;
            }
            Outcome::Changed => self.changed.push(id),
            Outcome::Undecided => self.errors.push(id),
            Outcome::NoAnswer => self.no_answer.push(id),
            Outcome::Same | Outcome::NotRun => {}
        }
        false
    }
}

/// Puts one bug through the trials of a stage.
struct Asker<'a> {
    candidate: &'a Candidate<'a>,
    out: &'a Path,
    row: &'a mut Row,
}

impl Asker<'_> {
    /// Asks what noticed the bug before, then the shortest trials, then the others in the order that
    /// promises a kill soonest; at last those that were too slow, but only a few.
    fn ask_all(&mut self, stage: &Stage, kills: &Kills) -> Result<(), ExamError> {
        let candidate = self.candidate;
        let trials = stage.trials.iter();
        let mut trials: Vec<&Trial> = trials
            .filter(|trial| trial.is_changed_by(candidate.number))
            .collect();
        let is_killer = |trial: &&Trial| candidate.killer.as_ref() == Some(&trial.id);
        if let Some(at) = trials.iter().position(is_killer)
            && self.ask(trials.remove(at), stage, kills, Patience::Long)? == Answer::Killed
        {
            return Ok(());
        }
        if stage.only_killers {
            return Ok(());
        }
        trials.sort_by(|one, two| (one.length_ms, &one.id).cmp(&(two.length_ms, &two.id)));
        let mut others = trials.split_off(trials.len().min(PROBES));
        let mut slow = Vec::new();
        for probe in &trials {
            match self.ask(probe, stage, kills, Patience::Short)? {
                Answer::Killed => return Ok(()),
                Answer::TooSlow => slow.push(*probe),
                Answer::Other => {}
            }
        }
        // A pump that is slow in each of them is slow in all.
        if slow.len() < PROBES {
            kills.sort(&mut others);
            for trial in others.drain(..) {
                match self.ask(trial, stage, kills, Patience::Short)? {
                    Answer::Killed => return Ok(()),
                    Answer::TooSlow => slow.push(trial),
                    Answer::Other => {}
                }
            }
        }
        slow.sort_by(|one, two| (one.length_ms, &one.id).cmp(&(two.length_ms, &two.id)));
        others.extend(slow.split_off(slow.len().min(PROBES)));
        for trial in slow {
            if self.row.no_answer.is_empty() {
                if self.ask(trial, stage, kills, Patience::Long)? == Answer::Killed {
                    return Ok(());
                }
            } else {
                others.push(trial);
            }
        }
        let left_out = others.into_iter().map(|trial| trial.id.clone());
        self.row.no_answer.extend(left_out);
        Ok(())
    }

    fn ask(
        &mut self,
        trial: &Trial,
        stage: &Stage,
        kills: &Kills,
        patience: Patience,
    ) -> Result<Answer, ExamError> {
        let Candidate { runner, number, .. } = self.candidate;
        let outcome = runner.trial(trial, *number, self.out, patience)?;
        if outcome == Outcome::NoAnswer && patience == Patience::Short {
            return Ok(Answer::TooSlow);
        }
        if self.row.take(outcome, stage, trial) {
            kills.count(&trial.id);
            return Ok(Answer::Killed);
        }
        Ok(Answer::Other)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Killed,
    TooSlow,
    Other,
}

fn judge_one(
    candidate: &Candidate<'_>,
    stage: &Stage,
    kills: &Kills,
    out: &Path,
) -> Result<Row, ExamError> {
    let begun = Instant::now();
    let mut row = candidate.row.clone();
    let trials = stage.trials.iter();
    let reached = trials.map(|trial| Some(trial.reached.as_ref()?.contains(&candidate.number)));
    let reached: Option<Vec<bool>> = reached.collect();
    let reached = reached.map(|reached| reached.into_iter().filter(|it| *it).count());
    row.reached = match (row.stages.is_empty(), row.reached, reached) {
        (true, _, here) => here,
        (false, before, here) => before.zip(here).map(|(before, here)| before + here),
    };
    let mut asker = Asker {
        candidate,
        out,
        row: &mut row,
    };
    asker.ask_all(stage, kills)?;
    row.stages.push(stage.name.to_owned());
    row.wall_s += begun.elapsed().as_secs_f64();
    row.settle();
    Ok(row)
}
