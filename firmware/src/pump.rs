//! The pump's top level: one exchange, from Stimulus to Reaction.

use crate::metering::STEP_VOLUME;
use crate::nvm::Nvm;
use crate::self_test::SelfTest;
use crate::state::State;
use crate::{commands, drive, post};
use thecal_link::endpoint::Program;
use thecal_link::limits::{CONTRACT_VERSION, NVM_LEN};
use thecal_link::{Boot, Hello, Reaction, Stimulus};
use thecal_telemetry::Secret;
use thecal_units::Millis;

/// Watchdog time-out set with each Reaction; the longest sleep is 120 s (REQ-WDG-001).
const WATCHDOG: Millis = Millis::from_secs(180);

/// Gap before rewriting to a memory that did not take the last writes.
const REWRITE_GAP: Millis = Millis::from_secs(10);
/// Sleeps no longer than this are not cut short by tones and time-outs, so that the train of a
/// battery check or a retry is not interrupted.
const SHORT: Millis = Millis::from_millis(600);

/// The reference pump.
#[derive(Clone, Debug)]
pub struct Pump {
    nvm: Nvm,
    state: State,
    build_id: [u8; 20],
    board: [u8; 16],
    secret: Secret,
    self_test: SelfTest,
}

impl Pump {
    /// A pump before its first boot, with its secret. `board` is truncated to 16 bytes.
    #[must_use]
    pub const fn new(build_id: [u8; 20], board: &str, secret: Secret) -> Self {
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
            state: State::new(secret),
            build_id,
            board: padded,
            secret,
            self_test: SelfTest::SOUND,
        }
    }

    /// Sets the build id of the running image, for images that only know it at run time.
    pub const fn set_build_id(&mut self, build_id: [u8; 20]) {
        self.build_id = build_id;
    }

    /// Sets what the board layer's self test found; it applies to every later boot.
    pub const fn set_self_test(&mut self, self_test: SelfTest) {
        self.self_test = self_test;
    }
}

#[cfg(feature = "fault-injection")]
impl Pump {
    /// Flips a bit of the value at a field of the pump, such as `state.meter.bolus_left.value`; `None`: the
    /// field cannot be reached so, or has no such bit.
    #[must_use]
    pub fn flip(&mut self, field: &str, bit: u32) -> Option<(u64, u64)> {
        if let Some(rest) = field.strip_prefix("nvm.") {
            return self.nvm.flip(rest, bit);
        }
        let (part, rest) = field.strip_prefix("state.")?.split_once('.')?;
        match part {
            "therapy" => self.state.therapy.flip(rest, bit),
            "meter" => self.state.meter.flip(rest, bit),
            "grants" => self.state.grants.flip(rest, bit),
            _ => None,
        }
    }
}

impl Program for Pump {
    fn boot(&mut self, boot: &Boot, nvm: &[u8; NVM_LEN]) -> Hello {
        self.nvm.load(nvm);
        self.state = State::new(self.secret);
        post::run(&mut self.state, &mut self.nvm, boot, self.self_test);
        // A crash is reported at one boot only.
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
        if wake_at > state.now + SHORT {
            wake_at = wake_at.min(state.alarms.next()).min(state.next_look());
        }
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
        let monotonic = state.clock.monotonic();
        drive::space(reaction, state.pace.gap_us(monotonic));
        drive::fit(reaction, wake_at.since(state.now));
        state.pace.begin(monotonic, drive::train(reaction));
        reaction.arm.telemetry = true;
        reaction.arm.magnet = true;
        reaction.watchdog = WATCHDOG;
        reaction.wake_at = state.clock.expect(wake_at, drive::train(reaction));
    }

    fn reset(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::battery::LOAD_STEPS;
    use crate::kept::Flags;
    use crate::nvm_map::{SLOTS_AT, STATE_AT};
    use crate::self_test::{Crash, CrashCause};
    use thecal_link::ResetCause;
    use thecal_link::frame::checksum;
    use thecal_telemetry::{
        Alarms, Command, Denial, EXAMPLE_SECRET, Key, Keys, LogCode, Mode, Prescription, Response,
        Role, open, seal,
    };
    use thecal_units::{Concentration, DoseRate, Mass, PumpTime, Volume};

    struct Rig {
        pump: std::boxed::Box<Pump>,
        nvm: std::boxed::Box<[u8; NVM_LEN]>,
        clock: u64,
        counter: u32,
        durable: u8,
        keys: Keys,
    }

    impl Rig {
        fn infusing() -> Self {
            let mut rig = Self {
                pump: std::boxed::Box::new(Pump::new([0; 20], "test", EXAMPLE_SECRET)),
                nvm: std::boxed::Box::new([0xff; NVM_LEN]),
                clock: 0,
                counter: 0,
                durable: 0,
                keys: Keys::NONE,
            };
            rig.boot(SelfTest::SOUND);
            let prescription = Prescription {
                concentration: Concentration::from_ng_per_ml(10_000_000),
                dose: DoseRate::from_ng_per_day(5_000_000),
                bolus_dose: Mass::from_nanograms(200_000),
                bolus_duration: Millis::from_secs(1_200),
                lockout: Millis::HOUR,
                daily_maximum: 4,
                low_reservoir: Volume::from_nanoliters(2_000_000),
                critical_interval: Millis::from_secs(600),
                non_critical_interval: Millis::HOUR,
                ..Prescription::NONE
            };
            rig.provision();
            for command in [
                Command::OpenUpdate { hold: false },
                Command::Stage(prescription),
                Command::Commit {
                    checksum: checksum(&prescription.to_bytes()),
                    time_of_week: 0,
                },
                Command::Start,
            ] {
                assert_eq!(rig.ask(&command), Response::Done);
            }
            rig
        }

        fn provision(&mut self) {
            let pairing = EXAMPLE_SECRET.pairing_key();
            let answer = self.ask_with(pairing, Role::Clinician, &Command::AskChallenge);
            let Response::Challenge(challenge) = answer else {
                panic!("{answer:?}");
            };
            let key = EXAMPLE_SECRET.provisioning_key(challenge);
            let provision = Command::Provision { remotes: 0b1111 };
            let answer = self.ask_with(key, Role::Clinician, &provision);
            assert_eq!(answer, Response::Done);
            self.keys = Keys::derived(EXAMPLE_SECRET, challenge, 0b1111);
        }

        fn boot(&mut self, self_test: SelfTest) {
            self.pump.set_self_test(self_test);
            let boot = Boot {
                contract: CONTRACT_VERSION,
                cause: ResetCause::PowerOn,
                clock: PumpTime::from_millis(self.clock),
                image_crc: 0,
            };
            self.pump.boot(&boot, &self.nvm);
            self.durable = 0;
            self.look(&[]);
        }

        /// An exchange one second later, without steps.
        fn look(&mut self, packet: &[u8]) -> Reaction {
            self.clock += 10;
            let mut stimulus = Stimulus {
                clock: PumpTime::from_millis(self.clock),
                supply_mv: 2_900,
                supply_min_mv: 2_900,
                nvm_durable: self.durable,
                ..Stimulus::default()
            };
            stimulus.telemetry.extend(packet).unwrap();
            let mut reaction = Reaction::new();
            self.pump.react(&stimulus, &mut reaction);
            self.durable = 0;
            for (at, data) in reaction.nvm.iter() {
                let at = usize::from(at);
                self.nvm[at..at + data.len()].copy_from_slice(data);
                self.durable += 1;
            }
            reaction
        }

        fn ask_with(&mut self, key: Key, role: Role, command: &Command) -> Response {
            self.counter += 1;
            let packet = seal(key, role, self.counter, command).unwrap();
            let reaction = self.look(packet.as_slice());
            let answer = reaction.telemetry;
            for _ in 0..4 {
                self.look(&[]);
            }
            open::<Response>(key, answer.as_slice()).unwrap().content
        }

        fn ask(&mut self, command: &Command) -> Response {
            self.ask_with(self.keys.of(Role::Clinician), Role::Clinician, command)
        }

        fn mode(&mut self) -> (Mode, Alarms) {
            match self.ask(&Command::Interrogate) {
                Response::Status(status) => (status.mode, status.alarms),
                other => panic!("{other:?}"),
            }
        }

        fn logged(&mut self, code: LogCode) -> std::vec::Vec<u32> {
            let Response::Log(page) = self.ask(&Command::ReadLog { first: 0 }) else {
                panic!("no log");
            };
            let entries = page.entries().filter(|entry| entry.code == code);
            entries.map(|entry| entry.argument).collect()
        }
    }

    /// Verifies REQ-INT-001, REQ-INT-005.
    #[test]
    fn a_bit_that_flips_in_what_is_held_twice_is_restored_from_memory() {
        let mut rig = Rig::infusing();
        rig.pump.state.therapy.damage_flags(Flags::RUNNING.0);
        rig.look(&[]);
        assert_eq!(rig.mode(), (Mode::Infusing, Alarms(0)));
        assert_eq!(rig.logged(LogCode::RamFault), [2]);

        // The concentration in the reservoir differs from the staged one.
        let refill = Command::Refill {
            volume: Volume::from_nanoliters(20_000_000),
            concentration: Concentration::from_ng_per_ml(20_000_000),
            bridge: false,
            drawn: None,
        };
        let sound = *rig.pump.state.therapy.prescription();
        let mut refilled = Rig::infusing();
        assert_eq!(refilled.ask(&refill), Response::Done);
        refilled.pump.state.therapy.damage_flags(Flags::RUNNING.0);
        refilled.look(&[]);
        let found = refilled.pump.state.therapy.prescription().concentration;
        assert_eq!(found.as_ng_per_ml(), 20_000_000);
        for damaged in [
            Prescription {
                dose: DoseRate::from_ng_per_day(5_000_001),
                ..sound
            },
            Prescription {
                lockout: Millis::ZERO,
                ..sound
            },
            Prescription {
                daily_maximum: 5,
                ..sound
            },
        ] {
            let mut rig = Rig::infusing();
            rig.pump.state.therapy.damage_prescription(damaged);
            rig.look(&[]);
            assert_eq!(*rig.pump.state.therapy.prescription(), sound);
            assert_eq!(rig.mode(), (Mode::Infusing, Alarms(0)));
            assert_eq!(rig.logged(LogCode::RamFault), [1]);
        }
    }

    /// Verifies REQ-INT-001, REQ-INT-003, REQ-INT-005.
    #[test]
    fn a_rate_that_flips_is_computed_anew_and_a_bolus_that_flips_ends() {
        let mut rig = Rig::infusing();
        rig.pump.state.meter.damage_basal();
        rig.look(&[]);
        assert_eq!(rig.logged(LogCode::RamFault), [3]);
        assert!(rig.pump.state.meter.is_sound());
        assert!(rig.pump.state.meter.steps_in(1).is_some(), "it infuses");

        let bolus = Command::PatientBolus { press: 1 };
        let remote = Role::Remote(1);
        let answer = rig.ask_with(rig.keys.of(remote), remote, &bolus);
        assert_eq!(answer, Response::BolusGranted);
        assert_eq!(rig.mode().0, Mode::PatientBolus);
        rig.pump.state.meter.damage_bolus();
        rig.look(&[]);
        assert_eq!(rig.mode(), (Mode::Infusing, Alarms(0)));
        assert_eq!(rig.logged(LogCode::RamFault), [3, 4]);
        assert!(rig.pump.state.meter.is_sound());
    }

    /// Verifies REQ-INT-004.
    #[test]
    fn a_grant_or_counter_that_flips_makes_nothing_pass() {
        let mut rig = Rig::infusing();
        let remote = Role::Remote(1);
        let key = rig.keys.of(remote);
        let press = |press| Command::PatientBolus { press };
        rig.ask_with(key, remote, &press(1));
        rig.ask(&Command::Stop);
        rig.ask(&Command::Start);
        // Forget the grant and reset the counter, as damage might.
        rig.pump.state.grants.forget();
        let answer = rig.ask_with(key, remote, &press(2));
        assert_eq!(answer, Response::BolusDenied(Denial::Lockout));
        let last = rig.counter;
        assert_eq!(rig.logged(LogCode::RamFault), [5]);

        let old = seal(key, remote, last, &press(3)).unwrap();
        rig.pump.state.session.forget_counters();
        let reaction = rig.look(old.as_slice());
        assert!(reaction.telemetry.is_empty(), "an old packet");
    }

    /// Verifies REQ-INT-001.
    #[test]
    fn a_hold_without_a_session_is_released() {
        let mut rig = Rig::infusing();
        rig.pump.state.therapy.held = true;
        rig.look(&[]);
        assert_eq!(rig.mode(), (Mode::Infusing, Alarms(0)));
        assert_eq!(rig.logged(LogCode::RamFault), [2]);
    }

    /// Verifies REQ-INT-002.
    #[test]
    fn where_memory_is_damaged_too_the_pump_is_safe() {
        for at in [STATE_AT, SLOTS_AT[1]] {
            let mut rig = Rig::infusing();
            let lost = Alarms::MEMORY.with(Alarms::SAFE_STATE);
            for byte in at..at + 240 {
                rig.pump.nvm.stage(byte, &[0x55]);
            }
            rig.pump.state.therapy.damage_flags(Flags::SAFE.0);
            rig.look(&[]);
            assert_eq!(rig.mode(), (Mode::SafeState, lost));
        }
    }

    /// Verifies REQ-MET-013.
    #[test]
    fn a_safe_state_without_a_reset_forgives_the_steps_saved_up_for_a_check() {
        for saved in [0, LOAD_STEPS] {
            let mut rig = Rig::infusing();
            rig.pump.state.meter.save_up(saved);
            rig.pump.state.meter.advance(Millis::MINUTE);
            rig.look(&[]);
            assert_eq!(rig.pump.state.meter.due(), u64::from(saved) + 2);
            for byte in STATE_AT..STATE_AT + 240 {
                rig.pump.nvm.stage(byte, &[0x55]);
            }
            rig.pump.state.therapy.damage_flags(Flags::SAFE.0);
            rig.look(&[]);
            assert_eq!(rig.mode().0, Mode::SafeState);
            assert_eq!(rig.pump.state.meter.due(), 0, "{saved} saved up");
        }
    }

    /// Verifies REQ-POST-003.
    #[test]
    fn a_stored_prescription_that_is_out_of_range_is_damaged_whatever_its_checksum_says() {
        let mut rig = Rig::infusing();
        let sound = *rig.pump.state.therapy.prescription();
        for (lockout, mode) in [
            (Millis::from_secs(1_199), Mode::SafeState),
            (Millis::from_secs(1_201), Mode::Infusing),
        ] {
            // As another software version may have stored it.
            let stored = Prescription { lockout, ..sound }.to_bytes();
            rig.pump.state.staged = Some(stored);
            rig.look(&[]);
            rig.pump.state.slot ^= 1;
            rig.pump.state.checksum = checksum(&stored);
            rig.pump.state.dirty = true;
            rig.look(&[]);
            rig.boot(SelfTest::SOUND);
            assert_eq!(rig.mode().0, mode, "{lockout:?}");
            rig = Rig::infusing();
        }
    }

    /// Verifies REQ-POST-006.
    #[test]
    fn a_damaged_image_infuses_nothing_and_says_so() {
        let mut rig = Rig::infusing();
        rig.boot(SelfTest {
            flash_sound: false,
            crash: None,
        });
        let lost = Alarms::MEMORY.with(Alarms::SAFE_STATE);
        assert_eq!(rig.mode(), (Mode::SafeState, lost));
        assert_eq!(rig.logged(LogCode::MemoryFault), [6]);
    }

    /// Verifies REQ-POST-007, REQ-LOG-011.
    #[test]
    fn a_crash_is_told_once() {
        let mut rig = Rig::infusing();
        rig.boot(SelfTest {
            flash_sound: true,
            crash: Some(Crash {
                cause: CrashCause::HardFault,
                place: 0x0800_1234,
            }),
        });
        assert_eq!(rig.logged(LogCode::Crashed), [0x0800_1234]);
        rig.boot(SelfTest::SOUND);
        assert_eq!(rig.logged(LogCode::Crashed), [0x0800_1234]);
        assert_eq!(rig.mode().0, Mode::Infusing);
    }
}
