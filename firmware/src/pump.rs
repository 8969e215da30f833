//! The pump: one exchange, from what the pins show to what the pins do.

use crate::metering::STEP_VOLUME;
use crate::nvm::Nvm;
use crate::self_test::SelfTest;
use crate::state::State;
use crate::{commands, drive, post};
use thecal_link::endpoint::Program;
use thecal_link::limits::{CONTRACT_VERSION, NVM_LEN};
use thecal_link::{Boot, Hello, Reaction, Stimulus};
use thecal_units::Millis;

/// Each Reaction kicks the watchdog for so long; the longest sleep is 120 s (REQ-WDG-001).
const WATCHDOG: Millis = Millis::from_secs(180);

/// A memory that takes no writes is tried again after this, not at once for ever.
const REWRITE_GAP: Millis = Millis::from_secs(10);

/// The reference pump.
#[derive(Debug)]
pub struct Pump {
    nvm: Nvm,
    state: State,
    build_id: [u8; 20],
    board: [u8; 16],
    self_test: SelfTest,
}

impl Pump {
    /// A pump before its first boot. The board's name is cut after 16 bytes.
    #[must_use]
    pub const fn new(build_id: [u8; 20], board: &str) -> Self {
        let mut padded = [0; 16];
        let mut to: &mut [u8] = &mut padded;
        let mut from = board.as_bytes();
        while let (Some((byte, left)), Some((slot, room))) =
            (from.split_first(), to.split_first_mut())
        {
            *slot = *byte;
            from = left;
            to = room;
        }
        Self {
            nvm: Nvm::new(),
            state: State::new(),
            build_id,
            board: padded,
            self_test: SelfTest::SOUND,
        }
    }

    /// Sets the build id of the running image, where it is known only at run time.
    pub const fn set_build_id(&mut self, build_id: [u8; 20]) {
        self.build_id = build_id;
    }

    /// Tells what the board's layer found; it holds for every boot from then on.
    pub const fn set_self_test(&mut self, self_test: SelfTest) {
        self.self_test = self_test;
    }
}

impl Program for Pump {
    fn boot(&mut self, boot: &Boot, nvm: &[u8; NVM_LEN]) -> Hello {
        self.nvm.load(nvm);
        self.state = State::new();
        post::run(&mut self.state, &mut self.nvm, boot, self.self_test);
        // A crash is told once.
        self.self_test.crash = None;
        Hello {
            contract: CONTRACT_VERSION,
            capabilities: 0,
            step_volume: STEP_VOLUME,
            build_id: self.build_id,
            firmware: Hello::text("thecal-pump"),
            version: Hello::text(env!("CARGO_PKG_VERSION")),
            board: self.board,
        }
    }

    fn react(&mut self, stimulus: &Stimulus, reaction: &mut Reaction) {
        let Self { nvm, state, .. } = self;
        nvm.begin();
        state.account(nvm, stimulus);
        if !stimulus.telemetry.is_empty() {
            commands::receive(state, nvm, stimulus, reaction);
        }
        let mut wake_at = state.drive(reaction);
        reaction.tone = state.alarms.tone(state.now, state.therapy.prescription());
        wake_at = wake_at.min(state.alarms.next()).min(state.next_look());
        if !state.store(nvm, &mut reaction.nvm) {
            let pause = if state.write_fault {
                REWRITE_GAP
            } else {
                Millis::ZERO
            };
            wake_at = wake_at.min(state.now + pause);
        }
        if state.is_waiting() {
            wake_at = state.now;
        }
        reaction.arm.telemetry = true;
        reaction.arm.magnet = true;
        reaction.watchdog = WATCHDOG;
        reaction.wake_at = state.clock.expect(wake_at, drive::train(reaction));
    }

    fn reset(&mut self) {}
}
