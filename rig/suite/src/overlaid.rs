//! The selected scenarios, each once for each overlay and seed.

use super::dispatcher::Selected;
use super::overlay::Overlay;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use thecal_overlay::Kind;
use thecal_plan::Scenario;

/// Each scenario with each of these overlays and seeds.
#[must_use]
pub fn overlaid(selected: &[Selected], kinds: &[Kind], seeds: &[u64]) -> Vec<Selected> {
    let mut all = Vec::new();
    for one in selected {
        let undisturbed = Arc::new(OnceLock::new());
        for &kind in kinds {
            for &seed in seeds {
                let mut scenario = Scenario::clone(&one.scenario);
                scenario.id = format!("{}+{}.{seed}", scenario.id, kind.name());
                all.push(Selected {
                    scenario: Arc::new(scenario),
                    reports: PathBuf::new(),
                    overlay: Some(Overlay::new(kind, seed, Arc::clone(&undisturbed))),
                });
            }
        }
    }
    all
}
