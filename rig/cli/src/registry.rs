//! Contents of this rig: its benches, the pump under test, the files written for a run.
//!
//! One line each. To add a pump, a bench or an output, add a line here; nothing else in the rig
//! knows it by name.

use crate::event_log;
use thecal_engine::bench::Benches;
use thecal_engine::programmer::Programmer;
use thecal_reference::Reference;
use thecal_report::Output;

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

/// The programmer and remotes of the pump under test, in their initial state.
#[must_use]
pub fn programmer() -> Box<dyn Programmer> {
    Box::new(Reference::new())
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
