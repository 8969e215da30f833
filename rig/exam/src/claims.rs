//! Which claims of the scenarios are carried: for each finding that a scenario names for a requirement,
//! whether a seeded bug of that requirement makes it fail.
//!
//! Each bug goes through the scenarios that claim its requirement, as far as it changes their runs, and all
//! findings that fail are noted, not only the first. What no such bug fails goes through the other seeded
//! bugs that change the run: one of these is weaker evidence, as it shows only that the finding can fail.

use crate::ExamError;
use crate::bug::{Bug, Origin};
use crate::carried::{BugRun, ClaimsResult, Story, area};
use crate::claims_page;
use crate::event::Event;
use crate::exam::{BOUNDS, Settings, build, fingerprint};
use crate::parallel::each;
use crate::result::write_json;
use crate::switch::Number;
use crate::trial::{Kind, Patience, Runner, Trial, paths};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The file of the result, in the folder of results.
const RESULT: &str = "claims.json";

/// Asks of each claim of the scenarios which seeded bugs make its findings fail.
///
/// Every scenario is in the result's file as soon as it is known. After an end cut short, and after a
/// change of some scenarios, only the others are asked.
///
/// # Errors
///
/// As `hold`.
pub fn claims(
    settings: &Settings,
    show: &mut dyn FnMut(&Event<'_>),
) -> Result<ClaimsResult, ExamError> {
    let (bugs, broken) = build(settings, show)?;
    let files = paths(&settings.workspace, &settings.scenarios)?;
    let people = [broken.source.join("scenarios/people")];
    let build_of = |file: &PathBuf| fingerprint(&broken, std::slice::from_ref(file), &people);
    let builds = files.iter().map(build_of).collect::<Result<Vec<_>, _>>()?;
    let seeded = seeded(settings, &bugs);
    let runner = Runner {
        program: broken.program(),
        folder: broken.source.clone(),
        arguments: Vec::new(),
        bounds: BOUNDS,
    };
    let path = settings.out.join(RESULT);
    let mut result = ClaimsResult::read(&path);
    // What is known of a part of the bugs is not known of all.
    let is_known = |build: &String| settings.only.is_empty() && result.has(build);
    let waiting: Vec<(PathBuf, String)> = (files.into_iter().zip(builds.iter().cloned()))
        .filter(|(_, build)| !is_known(build))
        .collect();
    let (left, of) = (waiting.len(), builds.len());
    show(&Event::Begins(format!(
        "asking {left} of {of} scenarios for what they claim"
    )));
    let asker = Asker {
        runner: &runner,
        seeded: &seeded,
        beside: seeded.iter().map(|bug| bug.number).collect(),
    };
    let mut done = 0;
    let ask = |(file, build): &(PathBuf, String), out: &Path| asker.story(file, build, out);
    each(&waiting, (settings.jobs, &settings.out), ask, |story| {
        done += 1;
        show(&Event::Asked {
            story: &story,
            done,
            of: left,
        });
        result.keep(story);
        if settings.only.is_empty() {
            write_json(&path, &result)?;
        }
        Ok(())
    })?;
    result.retain(&builds);
    Ok(result)
}

/// Writes the page of all claims.
///
/// # Errors
///
/// File system errors.
pub fn write_claims_page(workspace: &Path, result: &ClaimsResult) -> Result<PathBuf, ExamError> {
    claims_page::write(workspace, result)
}

/// A bug that somebody wrote for a requirement.
struct Seeded<'b> {
    number: Number,
    name: &'b str,
    requirement: &'b str,
}

/// The selected bugs that were written for a requirement and can be noticed.
fn seeded<'b>(settings: &Settings, bugs: &'b [Bug]) -> Vec<Seeded<'b>> {
    let noticeable = (1..)
        .zip(bugs)
        .filter(|(_, bug)| bug.equivalent.is_none() && settings.names(bug));
    let seeded = noticeable.filter_map(|(number, bug)| match &bug.origin {
        Origin::Seeded { requirement, .. } => Some(Seeded {
            number,
            name: &bug.name,
            requirement,
        }),
        Origin::Drawn { .. } | Origin::Image => None,
    });
    seeded.collect()
}

struct Asker<'a> {
    runner: &'a Runner,
    seeded: &'a [Seeded<'a>],
    beside: BTreeSet<Number>,
}

impl Asker<'_> {
    fn story(&self, file: &Path, build: &str, out: &Path) -> Result<Story, ExamError> {
        let trial = self
            .runner
            .sound(file.to_owned(), Kind::Alone, out, Some(&self.beside))?;
        let Some(trial) = trial else {
            return Err(ExamError::Unusable(format!(
                "{} has no run",
                file.display()
            )));
        };
        let mut story = Story::new(&trial.id, build, &trial.claims, trial.is_known);
        if !trial.is_known {
            return Ok(story);
        }
        let changing: Vec<&Seeded<'_>> = self
            .seeded
            .iter()
            .filter(|bug| trial.is_changed_by(bug.number))
            .collect();
        for bug in &changing {
            if story.wants(bug.requirement) {
                self.ask(&trial, bug, Patience::Short, out, &mut story)?;
            }
        }
        // A slow one is waited for only where no quicker one carries the claim.
        for bug in &changing {
            if story.is_uncarried(bug.requirement) && !story.was_asked(bug.name) {
                self.ask(&trial, bug, Patience::Long, out, &mut story)?;
            }
        }
        // Bugs of a related requirement promise more.
        let (near, far): (Vec<_>, Vec<_>) =
            (changing.into_iter()).partition(|bug| story.claims_of_area(area(bug.requirement)));
        for bug in near.into_iter().chain(far) {
            if !story.has_unfailed() {
                break;
            }
            if !story.was_asked(bug.name) {
                self.ask(&trial, bug, Patience::Short, out, &mut story)?;
            }
        }
        Ok(story)
    }

    fn ask(
        &self,
        trial: &Trial,
        bug: &Seeded<'_>,
        patience: Patience,
        out: &Path,
        story: &mut Story,
    ) -> Result<(), ExamError> {
        if let Some(failing) = self.runner.failing(trial, bug.number, out, patience)? {
            story.note(BugRun {
                bug: bug.name.to_owned(),
                requirement: bug.requirement.to_owned(),
                failing,
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bug::{Guide, Kind, Severity};

    fn bug(name: &str, origin: Origin, equivalent: Option<&str>) -> Bug {
        Bug {
            name: name.to_owned(),
            what: String::new(),
            file: String::new(),
            origin,
            edits: Vec::new(),
            equivalent: equivalent.map(str::to_owned),
            hangs_in: None,
        }
    }

    #[test]
    fn only_bugs_that_were_written_for_a_requirement_and_can_be_noticed_are_asked() {
        let written = Origin::Seeded {
            requirement: "REQ-STL-001".to_owned(),
            guide: Guide::NotGiven,
            severity: Severity::Harm,
        };
        let kind = Kind::Deletion;
        let bugs = [
            bug("the same", written.clone(), Some("a reason")),
            bug("nine pulses", written.clone(), None),
            bug("ten pulses", written, None),
            bug("random-001", Origin::Drawn { kind }, None),
        ];
        let mut settings = Settings {
            workspace: PathBuf::new(),
            out: PathBuf::new(),
            only: Vec::new(),
            quick: false,
            stages: Vec::new(),
            scenarios: Vec::new(),
            jobs: 1,
        };
        let numbers = |settings: &Settings| -> Vec<Number> {
            let each = seeded(settings, &bugs).into_iter();
            each.map(|bug| bug.number).collect()
        };
        assert_eq!(numbers(&settings), [2, 3]);
        settings.only.push("ten".to_owned());
        assert_eq!(numbers(&settings), [3]);
    }
}
