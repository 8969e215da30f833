//! Any text as a scenario and as a parameter file: no panic; what is refused has at least one mistake,
//! in the order of the file, and each points at whole characters of the text; a second reading says
//! the same.
//!
//! A scenario may name a file of parameters, which is then read: a regular file of limited size.

use std::path::Path;
use thecal_scenario::parameters::{self, ParametersError};
use thecal_scenario::{ScenarioError, parse};
use thecal_text::mistake::Mistake;

/// Reads the text both ways; gives in how many of them it was accepted.
pub(crate) fn run(bytes: &[u8]) -> usize {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return 0;
    };
    let mut accepted = 0;
    for read in [scenario, parameters] {
        let (is_accepted, said) = read(text);
        assert_eq!((is_accepted, said), read(text), "read twice");
        accepted += usize::from(is_accepted);
    }
    accepted
}

/// Whether the text is accepted, and all that the reader says of it.
fn scenario(text: &str) -> (bool, String) {
    match parse("fuzzed/scenario", "scenario.toml", text) {
        Ok(plan) => (true, format!("{plan:?}")),
        Err(error) => {
            if let ScenarioError::Invalid { mistakes, .. } = &error {
                point_into(text, mistakes);
            }
            (false, format!("{error:?}"))
        }
    }
}

/// The same of a file of parameters.
fn parameters(text: &str) -> (bool, String) {
    match parameters::parse(Path::new("parameters.toml"), text) {
        Ok(changes) => (true, format!("{changes:?}")),
        Err(error) => {
            if let ParametersError::Invalid { mistakes, .. } = &error {
                point_into(text, mistakes);
            }
            (false, format!("{error:?}"))
        }
    }
}

fn point_into(text: &str, mistakes: &[Mistake]) {
    assert!(!mistakes.is_empty(), "refused without a reason");
    assert!(mistakes.is_sorted_by_key(Mistake::offset), "{mistakes:?}");
    for mistake in mistakes {
        for place in mistake.places() {
            let marked = text.get(place.offset()..place.offset() + place.len());
            assert!(marked.is_some(), "{mistake:?} points at {place:?}");
        }
    }
}
