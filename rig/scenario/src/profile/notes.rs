//! The mistakes that were noted while a profile is read.

use super::file::PROFILE;
use thecal_text::mistake::Mistake;
use thecal_text::trial::Corrected;

/// Mistakes, in the order in which they were found.
#[derive(Default)]
pub(super) struct Notes(pub(super) Vec<Mistake>);

impl Notes {
    /// Notes a mistake.
    pub(super) fn wrong<M: Corrected + Clone + Send + Sync + 'static>(&mut self, mistake: M) {
        self.0.push(Mistake::new(PROFILE.area, mistake));
    }
}
