//! One mistake in a text, whatever kind of file it is in.

use crate::correction::Correction;
use crate::trial::Corrected;
use miette::{Diagnostic, LabeledSpan, SourceSpan};
use std::error::Error;
use std::fmt::{self, Debug, Display};

/// What is wrong, under which code, where, and how to repair it: any mistake, under the codes of the
/// kind of file that it is in.
pub struct Mistake {
    /// What stands before `::` in the code.
    area: &'static str,
    wrong: Box<dyn Wrong>,
}

/// A mistake before it is known which kind of file it is in.
trait Wrong: Corrected + Send + Sync {
    fn copy(&self) -> Box<dyn Wrong>;
}

impl<M: Corrected + Clone + Send + Sync + 'static> Wrong for M {
    fn copy(&self) -> Box<dyn Wrong> {
        Box::new(self.clone())
    }
}

impl Mistake {
    /// The mistake under a code of this kind of file: `area::name`.
    #[must_use]
    pub fn new(
        area: &'static str,
        mistake: impl Corrected + Clone + Send + Sync + 'static,
    ) -> Self {
        let wrong = Box::new(mistake);
        Self { area, wrong }
    }

    /// Offset of the place that it points at first.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.places().first().map_or(0, LabeledSpan::offset)
    }

    /// The places that it points at, with their words.
    #[must_use]
    pub fn places(&self) -> Vec<LabeledSpan> {
        self.wrong.labels().into_iter().flatten().collect()
    }
}

/// Sorts mistakes by their first place; those at one place stay as they are.
pub fn in_file_order(mistakes: &mut [Mistake]) {
    mistakes.sort_by_cached_key(Mistake::offset);
}

impl Clone for Mistake {
    fn clone(&self) -> Self {
        Self {
            area: self.area,
            wrong: self.wrong.copy(),
        }
    }
}

impl Debug for Mistake {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {:?}", self.area, self.wrong)
    }
}

impl Display for Mistake {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.wrong, out)
    }
}

impl Error for Mistake {}

impl Corrected for Mistake {
    fn corrected(&mut self) -> Option<(SourceSpan, &mut Correction)> {
        self.wrong.corrected()
    }
}

impl Diagnostic for Mistake {
    fn code<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        let code = self.wrong.code()?.to_string();
        let name = code.rsplit_once("::").map_or(&*code, |(_, name)| name);
        Some(Box::new(format!("{}::{name}", self.area)))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        self.wrong.help()
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.wrong.labels()
    }
}
