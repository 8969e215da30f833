//! Flash patch and breakpoint unit, breakpoints only: six comparators, revision 1.

use std::collections::BTreeSet;

/// Comparators for instructions.
pub const BREAKPOINTS: usize = 6;

/// Control: six comparators for code, two for literals (without effect), enable.
const CONTROL_READ: u32 = 0x260;
const CONTROL_KEY: u32 = 1 << 1;
const ENABLE: u32 = 1;

/// The address bits of the word that a comparator compares with.
const COMPARED: u32 = 0x1fff_fffc;

/// Selects the halfword: bits 31 and 30.
const LOWER_HALF: u32 = 1 << 30;
const UPPER_HALF: u32 = 1 << 31;

/// The unit's state, and the breakpoints set in QEMU.
#[derive(Clone, Debug, Default)]
pub(super) struct Breakpoints {
    enabled: bool,
    comparators: [u32; BREAKPOINTS],
    installed: BTreeSet<u32>,
}

impl Breakpoints {
    /// Reads a register by its offset in the unit.
    pub(super) fn read(&self, offset: u32) -> u32 {
        match offset {
            0 => CONTROL_READ | u32::from(self.enabled),
            _ => comparator(offset)
                .and_then(|index| self.comparators.get(index).copied())
                .unwrap_or(0),
        }
    }

    /// Writes a register by its offset in the unit.
    pub(super) fn write(&mut self, offset: u32, value: u32) {
        if offset == 0 {
            if value & CONTROL_KEY != 0 {
                self.enabled = value & ENABLE != 0;
            }
            return;
        }
        if let Some(slot) = comparator(offset).and_then(|index| self.comparators.get_mut(index)) {
            *slot = value;
        }
    }

    /// The state after a power cycle: all comparators disabled, but QEMU not yet updated.
    pub(super) fn disabled(&self) -> Self {
        Self {
            installed: self.installed.clone(),
            ..Self::default()
        }
    }

    /// A new QEMU has no breakpoints set.
    pub(super) fn forget_installed(&mut self) {
        self.installed.clear();
    }

    /// Whether QEMU has exactly these breakpoints set.
    pub(super) fn are_installed(&self, wanted: &BTreeSet<u32>) -> bool {
        self.installed == *wanted
    }

    /// The breakpoints to be removed from QEMU and to be set (`true`), so that it has these. Until
    /// [`Self::note_installed`] it counts as having none.
    pub(super) fn take_changes(&mut self, wanted: &BTreeSet<u32>) -> Vec<(u32, bool)> {
        let installed = std::mem::take(&mut self.installed);
        let removed = installed
            .difference(wanted)
            .map(|&address| (address, false));
        let set = wanted
            .difference(&installed)
            .map(|&address| (address, true));
        removed.chain(set).collect()
    }

    /// QEMU has these breakpoints set.
    pub(super) fn note_installed(&mut self, installed: BTreeSet<u32>) {
        self.installed = installed;
    }

    /// The breakpoints that must be set in QEMU.
    pub(super) fn wanted(&self, debug_enabled: bool) -> BTreeSet<u32> {
        if !self.enabled || !debug_enabled {
            return BTreeSet::new();
        }
        let set = self
            .comparators
            .iter()
            .filter(|&&value| value & ENABLE != 0);
        set.flat_map(|&value| {
            let word = value & COMPARED;
            let lower = (value & LOWER_HALF != 0).then_some(word);
            let upper = (value & UPPER_HALF != 0).then_some(word | 2);
            lower.into_iter().chain(upper)
        })
        .collect()
    }
}

fn comparator(offset: u32) -> Option<usize> {
    Some(offset.checked_sub(8)? as usize / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comparator_picks_a_half_word() {
        let mut unit = Breakpoints::default();
        unit.write(8, 0x4800_0101);
        unit.write(12, 0x8800_0201);
        assert!(unit.wanted(true).is_empty(), "not enabled");
        unit.write(0, 3);
        assert_eq!(
            unit.wanted(true),
            BTreeSet::from([0x0800_0100, 0x0800_0202])
        );
        assert!(unit.wanted(false).is_empty());
    }

    #[test]
    fn control_needs_its_key() {
        let mut unit = Breakpoints::default();
        unit.write(0, 1);
        assert_eq!(unit.read(0), 0x260);
        unit.write(0, 3);
        assert_eq!(unit.read(0), 0x261);
    }
}
