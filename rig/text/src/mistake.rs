//! One mistake in a text, for all kinds of files.

use crate::correction::Correction;
use crate::trial::Corrected;
use miette::{Diagnostic, LabeledSpan, SourceSpan};
use std::error::Error;
use std::fmt::{self, Debug, Display};

/// A mistake: what is wrong, where, and how to fix it, under a code of its kind of file.
pub struct Mistake {
    /// Prefix before `::` in the code.
    area: &'static str,
    wrong: Box<dyn Wrong>,
}

/// A mistake without its kind of file.
trait Wrong: Corrected + Send + Sync {
    fn copy(&self) -> Box<dyn Wrong>;
}

impl<M: Corrected + Clone + Send + Sync + 'static> Wrong for M {
    fn copy(&self) -> Box<dyn Wrong> {
        Box::new(self.clone())
    }
}

impl Mistake {
    /// Creates the mistake with a code of this kind of file: `area::name`.
    #[must_use]
    pub fn new(
        area: &'static str,
        mistake: impl Corrected + Clone + Send + Sync + 'static,
    ) -> Self {
        let wrong = Box::new(mistake);
        Self { area, wrong }
    }

    /// Offset of its first place.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.places().first().map_or(0, LabeledSpan::offset)
    }

    /// Its places, with their labels.
    #[must_use]
    pub fn places(&self) -> Vec<LabeledSpan> {
        self.wrong.labels().into_iter().flatten().collect()
    }
}

/// Sorts mistakes by their first place; the order at one place is kept.
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
