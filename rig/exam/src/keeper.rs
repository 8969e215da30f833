//! Keeps what became of each bug as soon as it is known, so that an exam that is cut short goes on
//! where it was.

use crate::ExamError;
use crate::bug::Bug;
use crate::event::Event;
use crate::result::{ExamResult, Row, write_json};
use crate::switch::Number;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Keeps rows, in memory and in the result's file.
pub(crate) struct Keeper {
    file: PathBuf,
    build: String,
    /// Of the bugs that are judged now: how many are done, and how many there are.
    progress: (usize, usize),
    /// Of the selected bugs.
    rows: BTreeMap<Number, Row>,
    /// Of bugs that are not selected, but judged before in the same build.
    others: BTreeMap<Number, Row>,
}

impl Keeper {
    /// For the selected bugs, with the rows of an earlier result of the same build.
    pub(crate) fn new(
        file: &Path,
        build: String,
        bugs: &[Bug],
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
            file: file.to_owned(),
            build,
            progress: (0, 0),
            rows,
            others,
        }
    }

    /// So many bugs are judged now.
    pub(crate) const fn begin(&mut self, of: usize) {
        self.progress = (0, of);
    }

    /// Keeps a row and shows it.
    pub(crate) fn keep(
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
        write_json(&self.file, &result)?;
        if let Some(row) = self.rows.get(&number) {
            self.progress.0 += 1;
            let (done, of) = self.progress;
            show(&Event::Judged { row, done, of });
        }
        Ok(())
    }

    /// What is known about a bug.
    pub(crate) fn row(&self, number: Number) -> Option<&Row> {
        self.rows.get(&number)
    }

    /// What became of the selected bugs.
    pub(crate) fn result(self) -> ExamResult {
        let mut result = ExamResult::new(self.build);
        result.rows = self.rows.into_values().collect();
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bug::Origin;

    fn bug(name: &str) -> Bug {
        Bug {
            name: name.to_owned(),
            what: String::new(),
            file: String::new(),
            origin: Origin::Image,
            edits: Vec::new(),
            equivalent: None,
            hangs_in: None,
        }
    }

    #[test]
    fn what_was_judged_is_taken_over_within_a_build_and_only_there() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("result.json");
        let bugs = [bug("one"), bug("two"), bug("three")];
        let all: BTreeMap<Number, &Bug> = (1..).zip(&bugs).collect();
        let keeper = |build: &str, selected: &BTreeMap<Number, &Bug>| {
            let earlier = ExamResult::read(&file);
            Keeper::new(&file, build.to_owned(), &bugs, selected, earlier.as_ref())
        };
        let mut shown = Vec::new();
        let mut show = |event: &Event<'_>| {
            if let Event::Judged { row, done, of } = event {
                shown.push((row.name.clone(), *done, *of));
            }
        };
        let mut first = keeper("a", &all);
        first.begin(3);
        first.keep(2, Row::new(&bugs[1]), &mut show).unwrap();
        let known = keeper("a", &all);
        assert!(known.row(1).is_none() && known.row(2).is_some());
        assert!(keeper("b", &all).row(2).is_none());
        // An exam of other bugs of the build keeps the rows of these.
        let one = BTreeMap::from([(1, &bugs[0])]);
        let mut second = keeper("a", &one);
        second.begin(1);
        second.keep(1, Row::new(&bugs[0]), &mut show).unwrap();
        assert_eq!(second.result().rows.len(), 1);
        assert_eq!(keeper("a", &all).result().rows.len(), 2);
        let judged = |name: &str, done, of| (name.to_owned(), done, of);
        assert_eq!(shown, [judged("two", 1, 3), judged("one", 1, 1)]);
    }
}
