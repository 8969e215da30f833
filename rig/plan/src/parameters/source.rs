//! Whose numbers a run has: those of a file, of an individual, or of everybody.

use super::changes::Changes;
use std::sync::Arc;

/// One of a population.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Individual {
    /// Which one.
    pub number: u64,
    /// The population's seed.
    pub population: u64,
}

/// Who is in a run beside the presets of the scenario.
#[derive(Clone, Debug, Default)]
pub struct PatientSource {
    /// The sets that a file changes.
    pub changes: Option<Arc<Changes>>,
    /// Whether the file was named on the command line: the run is then not the approved one.
    pub by_command: bool,
    /// The scenario's own file, in place of which that one stands.
    pub replaced: Option<String>,
    /// The individual; `None`: everybody's median.
    pub individual: Option<Individual>,
}

impl PatientSource {
    /// Takes the file of the command line, in place of the scenario's own if it has one.
    pub fn take(&mut self, changes: &Arc<Changes>) {
        let own = self.changes.replace(Arc::clone(changes));
        self.replaced = own.map(|own| own.file.clone());
        self.by_command = true;
    }
}
