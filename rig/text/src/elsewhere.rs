//! Mistakes that scenarios share with other files, under the codes of those files.

use crate::correction::Correction;
use crate::trial::Corrected;
use miette::{Diagnostic, LabeledSpan, Severity, SourceCode, SourceSpan};
use std::fmt::{self, Display};

/// A mistake that scenarios have too, under a code of another kind of file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Here<M> {
    mistake: M,
    /// What stands before `::` in the code.
    area: &'static str,
}

impl<M> Here<M> {
    /// The mistake under the codes of this area, such as `parameters`.
    pub const fn new(area: &'static str, mistake: M) -> Self {
        Self { mistake, area }
    }
}

impl<M: Corrected> Corrected for Here<M> {
    fn corrected(&mut self) -> Option<(SourceSpan, &mut Correction)> {
        self.mistake.corrected()
    }
}

impl<M: Display> Display for Here<M> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.mistake.fmt(out)
    }
}

impl<M: std::error::Error> std::error::Error for Here<M> {}

impl<M: Diagnostic> Diagnostic for Here<M> {
    fn code<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        let code = self.mistake.code()?.to_string();
        let name = code.split_once("::").map_or(&*code, |(_, name)| name);
        Some(Box::new(format!("{}::{name}", self.area)))
    }

    fn severity(&self) -> Option<Severity> {
        self.mistake.severity()
    }

    fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        self.mistake.help()
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.mistake.labels()
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.mistake.source_code()
    }
}
