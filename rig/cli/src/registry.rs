//! Contents of this rig: its benches, the pump under test, the files written for a run.
//!
//! One line each. To add a pump, a bench or an output, add a line here; nothing else in the rig
//! knows it by name.

use crate::event_log;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use thecal_bench::protocol::ProtocolProgrammer;
use thecal_engine::bench::Benches;
use thecal_engine::programmer::{Programmer, ProgrammerError};
use thecal_engine::pumps::{NewProgrammer, PumpKind, Pumps};
use thecal_plan::{Profile, Protocol};
use thecal_reference::Reference;
use thecal_report::Output;
use thecal_scenario::profile::{self, Known, ProfileError};

/// All benches that need no inventory.
pub const BENCHES: Benches = Benches(&[
    &thecal_reference::native::ROW,
    &thecal_bench::qemu_probe::ROW,
    &thecal_bench::qemu_uart::ROW,
]);

/// All outputs. The record comes last of the files of a run: it notes whether the others were
/// written.
pub static OUTPUTS: &[&Output] = &[
    &thecal_report::trace::OUTPUT,
    &thecal_report::body::OUTPUT,
    &thecal_report::page::OUTPUT,
    &event_log::OUTPUT,
    &thecal_report::record_json::OUTPUT,
    &thecal_report::index::OUTPUT,
];

/// The pumps that a rig knows by what they say at boot: the profile of each, with its place.
const PROFILES: [(&str, &str); 2] = [
    (
        "pumps/reference.toml",
        include_str!("../../../pumps/reference.toml"),
    ),
    (
        "pumps/pump-in-c.toml",
        include_str!("../../../pumps/pump-in-c.toml"),
    ),
];

/// Makes programmer and remotes in their initial state.
type MakePeople = fn() -> Box<dyn Programmer>;

/// The clinical protocols that are built in, by what a profile calls each.
const PROTOCOLS: [(&str, MakePeople); 1] = [("reference", programmer)];

/// The programmer and remotes of the reference pump, in their initial state.
#[must_use]
pub fn programmer() -> Box<dyn Programmer> {
    Box::new(Reference::new())
}

/// The profile of the reference pump.
///
/// # Panics
///
/// If the file that is built in has a mistake; a test reads it.
#[must_use]
pub fn reference() -> Arc<Profile> {
    static PARSED: LazyLock<Arc<Profile>> = LazyLock::new(|| {
        let [(place, text), ..] = PROFILES;
        Arc::new(built_in(place, text))
    });
    Arc::clone(&PARSED)
}

/// The pumps that a rig knows by what they say at boot.
///
/// # Panics
///
/// If a file that is built in has a mistake; a test reads them.
#[must_use]
pub fn pumps() -> Pumps {
    static KINDS: LazyLock<Vec<PumpKind>> = LazyLock::new(|| {
        let profiles = PROFILES.map(|(place, text)| built_in(place, text));
        profiles.into_iter().map(kind).collect()
    });
    Pumps::by_hello(KINDS.clone())
}

/// A pump of the profile in this file.
///
/// # Errors
///
/// [`ProfileError`] if the file is not a profile.
pub fn pump_of(file: &Path) -> Result<Pumps, ProfileError> {
    let profile = profile::load(file, KNOWN)?;
    Ok(Pumps::named(kind(profile)))
}

#[expect(clippy::panic, reason = "a file that is built in, which a test reads")]
fn built_in(place: &str, text: &str) -> Profile {
    let read = profile::parse(Path::new(place), text, KNOWN);
    read.unwrap_or_else(|error| panic!("{place} has a mistake: {error:?}"))
}

/// What a profile may name.
const KNOWN: Known<'_> = Known {
    protocols: &["reference"],
};

/// The kind of pump of a profile: it names who speaks to it.
fn kind(profile: Profile) -> PumpKind {
    let programmer: NewProgrammer = match &profile.protocol {
        Protocol::BuiltIn(name) => {
            let known = PROTOCOLS.iter().find(|(known, _)| known == name);
            let made = known.map(|(_, made)| *made);
            let name = name.clone();
            Arc::new(move || match made {
                Some(made) => Ok(made()),
                None => Err(ProgrammerError::Broken(format!(
                    "no protocol `{name}` is built in"
                ))),
            })
        }
        Protocol::Process(process) => {
            let process = process.clone();
            Arc::new(move || Ok(Box::new(ProtocolProgrammer::start(&process)?)))
        }
    };
    PumpKind {
        profile: Arc::new(profile),
        programmer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thecal_plan::Capability;

    #[test]
    fn names_are_unique_and_an_unknown_one_names_nothing() {
        for row in BENCHES.0 {
            let same = BENCHES.0.iter().filter(|other| other.name == row.name);
            assert_eq!(same.count(), 1, "{row:?}");
            assert_eq!(BENCHES.named(row.name), Some(*row));
        }
        for name in ["", "nativ", "Native", "native ", "qemu-usb"] {
            assert_eq!(BENCHES.named(name), None);
        }
    }

    /// The documentation of each bench agrees with its row.
    #[test]
    fn the_page_for_people_has_every_row() {
        let page = include_str!("../../../docs/benches.md");
        for row in BENCHES.0 {
            let begins = format!("| `{}` |", row.name);
            let line = page.lines().find(|line| line.starts_with(&begins));
            let line = line.unwrap_or_else(|| panic!("{row:?} is missing in docs/benches.md"));
            for capability in Capability::ALL {
                let told = line.contains(&format!("`{}`", capability.name()));
                assert_eq!(
                    told,
                    row.capabilities.contains(capability),
                    "{row:?} {capability:?}"
                );
            }
        }
        let emulated = page.lines().find(|line| line.starts_with("| `emulated` |"));
        for (name, _) in BENCHES.emulators() {
            assert!(emulated.unwrap().contains(&format!("`{name}`")), "{name}");
        }
    }
}
