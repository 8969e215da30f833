//! Keeps what became of each bug as soon as it is known, so that an exam that is cut short goes on
//! where it was.

use crate::ExamError;
use crate::bug::Bug;
use crate::event::Event;
use crate::result::{ExamResult, Row};
use crate::switch::Number;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Keeps rows, in memory and in the result's file.
pub(crate) struct Keeper {
    file: PathBuf,
    build: String,
    of: usize,
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
            of: selected.len(),
            rows,
            others,
        }
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
        result.write(&self.file)?;
        if let Some(row) = self.rows.get(&number) {
            let (done, of) = (self.rows.len(), self.of);
            show(&Event::Judged { row, done, of });
        }
        Ok(())
    }

    /// Whether a bug is not judged yet.
    pub(crate) fn is_open(&self, number: Number) -> bool {
        !self.rows.contains_key(&number)
    }

    /// What became of the selected bugs.
    pub(crate) fn result(self) -> ExamResult {
        let mut result = ExamResult::new(self.build);
        result.rows = self.rows.into_values().collect();
        result
    }
}
