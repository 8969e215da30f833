
// Added to the copy's native bench by the rig's own exam (rig/exam/src/broken.rs).

pub use exam::Report;

/// The pump with a bug on; and on request, beside a sound pump, broken ones that see and hear the
/// same, until one reacts otherwise.
mod exam {
    use std::collections::{BTreeMap, BTreeSet};
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::Ordering::Relaxed;
    use std::sync::{Mutex, Once};
    use thecal_firmware::{BUG, PATIENCE, Pump as Firmware, REACHED, SelfTest};
    use thecal_link::endpoint::Program as _;
    use thecal_link::limits::NVM_LEN;
    use thecal_link::{Boot, Hello, Reaction, Stimulus};
    use thecal_telemetry::Secret;

    /// Switches that one reaction may come by. Without a hang it is some thousands.
    const PATIENCE_OF_A_REACTION: u32 = 1_000_000;

    /// The bugs beside, and whether the pump has reacted otherwise with each.
    static BESIDE: Mutex<BTreeMap<u32, bool>> = Mutex::new(BTreeMap::new());
    static READ: Once = Once::new();

    #[derive(Clone)]
    struct Beside {
        bug: u32,
        pump: Firmware,
        reaction: Reaction,
    }

    #[derive(Clone)]
    pub(super) struct Pump {
        sound: Firmware,
        fresh: Firmware,
        beside: Vec<Beside>,
    }

    fn number(name: &str) -> Option<u32> {
        std::env::var(name).ok()?.parse().ok()
    }

    fn numbers(name: &str) -> Vec<u32> {
        let text = std::env::var(name).unwrap_or_default();
        text.split(',').filter_map(|number| number.parse().ok()).collect()
    }

    impl Pump {
        pub(super) fn new(build_id: [u8; 20], board: &str, secret: Secret) -> Self {
            READ.call_once(|| {
                if let Some(bug) = number("THECAL_BUG") {
                    BUG.store(bug, Relaxed);
                }
                let bugs = numbers("THECAL_BESIDE").into_iter();
                *BESIDE.lock().unwrap() = bugs.map(|bug| (bug, false)).collect();
            });
            let fresh = Firmware::new(build_id, board, secret);
            Self {
                sound: fresh.clone(),
                fresh,
                beside: Vec::new(),
            }
        }

        pub(super) fn set_self_test(&mut self, self_test: SelfTest) {
            self.sound.set_self_test(self_test);
            self.fresh.set_self_test(self_test);
        }

        pub(super) fn boot(&mut self, boot: &Boot, nvm: &[u8; NVM_LEN]) -> Hello {
            let hello = self.sound.boot(boot, nvm);
            // What was written so far is equal: those that reacted otherwise are left out.
            let bugs = BESIDE.lock().unwrap().clone();
            let same = bugs.into_iter().filter(|(_, differs)| !differs);
            let fresh = &self.fresh;
            let beside = same.map(|(bug, _)| Beside {
                bug,
                pump: fresh.clone(),
                reaction: Reaction::default(),
            });
            self.beside = beside.collect();
            self.keep_equal(|beside| beside.pump.boot(boot, nvm) == hello);
            hello
        }

        pub(super) fn react(&mut self, stimulus: &Stimulus, reaction: &mut Reaction) {
            self.sound.react(stimulus, reaction);
            if !self.beside.is_empty() {
                self.keep_equal(|beside| {
                    // As the bench does for the sound one.
                    beside.reaction.clear();
                    beside.pump.react(stimulus, &mut beside.reaction);
                    beside.reaction == *reaction
                });
            }
        }

        pub(super) fn flip(&mut self, field: &str, bit: u32) -> Option<(u64, u64)> {
            for beside in &mut self.beside {
                // What it holds there is its own.
                let _ = beside.pump.flip(field, bit);
            }
            self.sound.flip(field, bit)
        }

        fn keep_equal(&mut self, act: impl Fn(&mut Beside) -> bool) {
            let on = BUG.load(Relaxed);
            self.beside.retain_mut(|beside| {
                BUG.store(beside.bug, Relaxed);
                PATIENCE.store(PATIENCE_OF_A_REACTION, Relaxed);
                let is_equal = catch_unwind(AssertUnwindSafe(|| act(beside))).unwrap_or(false);
                if !is_equal {
                    BESIDE.lock().unwrap().insert(beside.bug, true);
                }
                is_equal
            });
            BUG.store(on, Relaxed);
            PATIENCE.store(0, Relaxed);
        }
    }

    /// Writes at its end which bugs were come by, and with which of those beside the pump reacted
    /// otherwise.
    pub struct Report;

    impl Drop for Report {
        fn drop(&mut self) {
            let reached = REACHED.iter().enumerate();
            let reached = reached.filter(|(_, it)| it.load(Relaxed));
            let reached: BTreeSet<u32> = reached.map(|(number, _)| number as u32).collect();
            let beside = BESIDE.lock().unwrap();
            let differs = beside.iter().filter(|(_, differs)| **differs);
            let differs: BTreeSet<u32> = differs.map(|(bug, _)| *bug).collect();
            for (variable, numbers) in [("THECAL_REACHED", reached), ("THECAL_DIFFERS", differs)] {
                if let Some(path) = std::env::var_os(variable) {
                    let text: Vec<String> = numbers.iter().map(u32::to_string).collect();
                    std::fs::write(path, text.join("\n")).expect("a file for numbers of bugs");
                }
            }
        }
    }
}
