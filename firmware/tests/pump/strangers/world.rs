//! The pump's pins, and the harness's record of keys and counters.

use super::choices::Choices;
use super::{CAUSES, Tally};
use aes::Aes128;
use cmac::{Cmac, KeyInit, Mac};
use thecal_firmware::{Crash, CrashCause, Pump, SelfTest};
use thecal_link::endpoint::Program;
use thecal_link::limits::{CONTRACT_VERSION, NVM_LEN};
use thecal_link::{Boot, MotorCommand, Reaction, Stimulus, WakeReasons};
use thecal_telemetry::{
    Challenge, Command, EXAMPLE_SECRET, Key, Keys, NO_KEY, Opened, Prescription, REMOTES_MAX,
    Response, Role, Status, open, seal, sender,
};
use thecal_units::PumpTime;

/// Start of the event log in the pump's memory, and its counts of packets (`nvm_map`). Unit: byte.
const LOG_AT: u16 = 0x1000;
const SESSION_AT: core::ops::Range<u16> = 0x100..0x200;
const REPEATS_AT: core::ops::Range<u16> = 0xe00..0xf00;
/// The longest sleep. Unit: millisecond.
const SLEEP_MAX: u64 = 120_000;
/// From here on a role's counter may run out before a second report: nothing is compared.
const COUNTER_ASKED: u32 = u32::MAX - 2;
/// Exchanges after which every write has been sent.
const SETTLED: u32 = 400;

/// The train that the driver runs autonomously.
#[derive(Clone, Copy)]
struct Train {
    next_us: u128,
    left: u32,
    period_us: u32,
}

/// A self test that is mostly sound.
fn self_test(choices: &mut Choices<'_>) -> SelfTest {
    let crash = choices.chance(8).then(|| Crash {
        cause: CrashCause::Panic,
        place: choices.u32(),
    });
    SelfTest {
        flash_sound: !choices.chance(16),
        crash,
    }
}

/// A pump, and the state of its pins.
pub(crate) struct World {
    pump: Box<Pump>,
    nvm: Box<[u8; NVM_LEN]>,
    reaction: Reaction,
    pins: Stimulus,
    /// The pump's clock. Unit: millisecond.
    clock: u64,
    /// The clock at the last exchange.
    last: u64,
    train: Option<Train>,
    /// One of this many pulses is missed; 0 for none, 1 for all.
    slip: u8,
    /// Only this many writes are taken; `None`: all.
    writes: Option<u8>,
    keys: Option<Keys>,
    /// The challenge that a pump without keys has given since its last reset.
    challenge: Option<Challenge>,
    counters: [u32; REMOTES_MAX + 1],
    pub(crate) tally: Tally,
}

impl World {
    /// A new pump at its first boot, with this reset cause and clock.
    pub(crate) fn new(cause: u8, clock: u64) -> Self {
        let mut world = Self {
            pump: Box::new(Pump::new([0; 20], "any", EXAMPLE_SECRET)),
            nvm: Box::new([0xff; NVM_LEN]),
            reaction: Reaction::new(),
            pins: Stimulus {
                supply_mv: 2_900,
                supply_min_mv: 2_850,
                temperature_centi_c: 3_700,
                ..Stimulus::default()
            },
            clock,
            last: 0,
            train: None,
            slip: 0,
            writes: None,
            keys: None,
            challenge: None,
            counters: [0; REMOTES_MAX + 1],
            tally: Tally::default(),
        };
        world.boot(usize::from(cause));
        world
    }

    fn boot(&mut self, cause: usize) {
        let boot = Boot {
            contract: CONTRACT_VERSION,
            cause: CAUSES[cause % CAUSES.len()],
            clock: PumpTime::from_millis(self.clock),
            image_crc: 0,
        };
        self.train = None;
        self.pins.nvm_durable = 0;
        self.challenge = None;
        self.pump.boot(&boot, &self.nvm);
        self.exchange(WakeReasons::BOOT, &[]);
    }

    /// A reset after the pump has written everything.
    pub(crate) fn reset(&mut self, choices: &mut Choices<'_>) {
        self.settle();
        let off = match choices.below(4) {
            0 => u64::from(choices.u32()),
            1 => u64::from(choices.u16()),
            _ => 0,
        };
        self.clock = self.clock.saturating_add(off);
        if choices.chance(16) {
            self.clock = choices.clock();
        }
        self.pump.set_self_test(self_test(choices));
        self.boot(choices.below(4).into());
        self.tally.resets += 1;
    }

    /// Lets the pump finish its writes.
    fn settle(&mut self) {
        self.writes = None;
        for _ in 0..SETTLED {
            if self.reaction.wake_at.as_millis() > self.clock && self.reaction.nvm.is_empty() {
                return;
            }
            self.exchange(WakeReasons::TIMER, &[]);
        }
        assert!(
            self.reaction.wake_at.as_millis() > self.clock,
            "the pump never has all written"
        );
    }

    /// Sleeps until the requested wake.
    pub(crate) fn sleep(&mut self) {
        self.clock = self.clock.max(self.reaction.wake_at.as_millis());
        self.exchange(WakeReasons::TIMER, &[]);
    }

    /// Lets this much time pass; the wake may be early or late.
    pub(crate) fn pass(&mut self, millis: u64) {
        self.clock = self.clock.saturating_add(millis);
        self.exchange(WakeReasons::TIMER, &[]);
    }

    /// Sets the clock to any time; the motor's timer is unaffected.
    pub(crate) fn jump(&mut self, choices: &mut Choices<'_>) {
        let from = self.clock;
        self.clock = match choices.below(4) {
            0 => from.saturating_add(choices.u32().into()),
            1 => from.saturating_sub(choices.u32().into()),
            2 => from.saturating_sub(choices.u16().into()),
            _ => choices.clock(),
        };
        if let Some(train) = &mut self.train {
            let jumped = u128::from(self.clock) * 1_000;
            train.next_us = (train.next_us + jumped).saturating_sub(u128::from(from) * 1_000);
        }
        self.exchange(WakeReasons::TIMER, &[]);
    }

    /// Changes magnet, battery, motor or memory.
    pub(crate) fn disturb(&mut self, choices: &mut Choices<'_>) {
        match choices.below(6) {
            0 => {
                self.pins.magnet = !self.pins.magnet;
                // One of two is so strong that it holds the rotor for as long as it is there.
                self.slip = u8::from(self.pins.magnet && choices.chance(2));
            }
            1 => self.pins.supply_mv = choices.u16() % 4_096,
            2 => self.pins.supply_min_mv = choices.u16() % 4_096,
            3 => self.slip = choices.below(4),
            4 => self.writes = choices.chance(2).then(|| choices.below(8)),
            _ => {
                self.pins.steps_driven = choices.u32();
                self.pins.steps_sensed = choices.u32();
                self.exchange(WakeReasons::MISSED_PULSE, &[]);
            }
        }
        self.exchange(WakeReasons::MAGNET.and(WakeReasons::SUPPLY), &[]);
    }

    /// One exchange, with its invariants.
    fn exchange(&mut self, wake: WakeReasons, packet: &[u8]) {
        if self.clock != self.last {
            self.drive();
        }
        self.last = self.clock;
        self.pins.wake = wake;
        self.pins.clock = PumpTime::from_millis(self.clock);
        self.pins.telemetry.clear();
        self.pins.telemetry.extend(packet).expect("within a packet");
        self.reaction.clear();
        self.pump.react(&self.pins, &mut self.reaction);
        self.tally.exchanges += 1;
        self.pins.steps_driven = 0;
        self.pins.steps_sensed = 0;
        self.check_sleep();
        self.write();
        self.follow_motor();
    }

    /// The pump wakes within 120 s, and its watchdog lasts until then.
    fn check_sleep(&self) {
        let wake_at = self.reaction.wake_at.as_millis();
        let latest = self.clock.saturating_add(SLEEP_MAX);
        assert!(wake_at <= latest, "sleeps from {} to {wake_at}", self.clock);
        let watchdog = self.reaction.watchdog.as_millis();
        assert!(
            watchdog > SLEEP_MAX,
            "the watchdog bites after {watchdog} ms"
        );
        assert!(self.reaction.arm.telemetry, "the pump does not listen");
    }

    fn write(&mut self) {
        let allowed = self.writes.unwrap_or(u8::MAX);
        self.pins.nvm_durable = 0;
        for (offset, bytes) in self.reaction.nvm.iter() {
            if self.pins.nvm_durable == allowed {
                break;
            }
            let at = usize::from(offset);
            self.nvm[at..at + bytes.len()].copy_from_slice(bytes);
            self.pins.nvm_durable += 1;
        }
    }

    /// No train extends past the requested wake (REQ-MET-002).
    fn follow_motor(&mut self) {
        match self.reaction.motor {
            MotorCommand::Keep => {}
            MotorCommand::StopNow | MotorCommand::StopAfterStroke => self.train = None,
            MotorCommand::Train {
                pulses,
                first_delay_us,
                period_us,
                ..
            } => {
                let more = pulses.checked_sub(1);
                let last = more.map_or(0, |more| {
                    u64::from(first_delay_us) + u64::from(period_us) * u64::from(more)
                });
                let sleep = self.reaction.wake_at.as_millis().saturating_sub(self.clock);
                // A wake at the next millisecond, when writes are left: the train is then planned
                // anew.
                let sleep = if sleep == 0 { SLEEP_MAX } else { sleep };
                assert!(
                    last <= sleep * 1_000,
                    "pulses for {last} us, a sleep of {sleep} ms"
                );
                self.train = Some(Train {
                    next_us: u128::from(self.clock) * 1_000 + u128::from(first_delay_us),
                    left: pulses,
                    period_us,
                });
            }
        }
    }

    /// Drives the pulses due up to now.
    fn drive(&mut self) {
        let now = u128::from(self.clock) * 1_000;
        let Some(train) = &mut self.train else {
            return;
        };
        while train.left > 0 && train.next_us <= now {
            train.left -= 1;
            train.next_us += u128::from(train.period_us);
            self.pins.steps_driven += 1;
            let slips = self.slip != 0 && self.pins.steps_driven.is_multiple_of(self.slip.into());
            self.pins.steps_sensed += u32::from(!slips);
        }
    }

    /// Sends a packet of any origin.
    pub(crate) fn receive(&mut self, packet: &[u8]) {
        match self.authentic(packet) {
            Some((key, opened)) => self.obeyed(packet, key, &opened),
            None => self.stranger(packet),
        }
    }

    /// Which packets the pump must accept: those with a correct tag and a new counter; without keys,
    /// what answers its challenge or changes nothing.
    fn authentic(&self, packet: &[u8]) -> Option<(Key, Opened<Command>)> {
        let role = sender(packet).ok()?;
        if self.keys.is_none() {
            return [false, true].into_iter().find_map(|provisions| {
                let key = self.key(role, provisions)?;
                let opened: Opened<Command> = open(key, packet).ok()?;
                let fits = provisions == matches!(opened.content, Command::Provision { .. });
                fits.then_some((key, opened))
            });
        }
        let key = self.key(role, false)?;
        let opened: Opened<Command> = open(key, packet).ok()?;
        let last = self.counters.get(opened.role.index())?;
        (opened.counter > *last).then_some((key, opened))
    }

    /// The key of a role; without keys, that of provisioning or of anything else.
    fn key(&self, role: Role, provisions: bool) -> Option<Key> {
        match (&self.keys, role) {
            (Some(keys), _) => Some(keys.of(role)).filter(|key| *key != NO_KEY),
            (None, Role::Clinician) if provisions => {
                Some(EXAMPLE_SECRET.provisioning_key(self.challenge?))
            }
            (None, Role::Clinician) => Some(EXAMPLE_SECRET.pairing_key()),
            (None, Role::Remote(_)) => None,
        }
    }

    /// An authentic packet is answered under its key, with its counter; a rejected one changes
    /// nothing (REQ-TEL-006).
    fn obeyed(&mut self, packet: &[u8], key: Key, given: &Opened<Command>) {
        let index = given.role.index();
        // Another role asks, as a report to this one would use up the counter of the packet.
        let witness = Role::Remote(if given.role == Role::Remote(4) { 3 } else { 4 });
        if self.writes.is_none() {
            // Let the pump complete changes of its own first.
            self.settle();
        }
        let before = self.status(witness);
        if self.keys.is_some() {
            self.counters[index] = given.counter;
        }
        self.exchange(WakeReasons::TELEMETRY, packet);
        let answer: Opened<Response> = open(key, self.reaction.telemetry.as_slice())
            .unwrap_or_else(|error| panic!("{:?}: no answer: {error}", given.content));
        assert_eq!((answer.role, answer.counter), (given.role, given.counter));
        match (&answer.content, given.content) {
            (Response::Rejected(_), _) => {
                self.tally.rejected += 1;
                // A memory that loses writes raises its alarm whatever the packet.
                let may_ask = self.counters[witness.index()] < COUNTER_ASKED;
                if self.writes.is_none() && may_ask {
                    assert_eq!(self.status(witness), before, "{:?}", given.content);
                }
            }
            (Response::Challenge(challenge), _) => self.challenge = Some(*challenge),
            (Response::Done, Command::Provision { remotes }) => {
                let challenge = self.challenge.expect("it was asked for");
                self.keys = Some(Keys::derived(EXAMPLE_SECRET, challenge, remotes));
                self.counters = [0; REMOTES_MAX + 1];
                self.counters[0] = given.counter;
            }
            (Response::BolusGranted, _) => self.tally.granted += 1,
            _ => {}
        }
        if !matches!(answer.content, Response::Rejected(_)) {
            self.tally.obeyed[usize::from(packet[5])] += 1;
        }
    }

    /// A packet with a wrong tag or a stale counter changes nothing (REQ-TEL-001): no answer, the
    /// same prescription and state, and nothing in memory except a log entry and its count.
    pub(crate) fn stranger(&mut self, packet: &[u8]) {
        self.settle();
        let before = self.seen();
        self.settle();
        self.exchange(WakeReasons::TELEMETRY, packet);
        self.tally.ignored += 1;
        assert!(
            self.reaction.telemetry.is_empty(),
            "a stranger got an answer"
        );
        for (offset, _) in self.reaction.nvm.iter() {
            let counts = [SESSION_AT, REPEATS_AT]
                .iter()
                .any(|at| at.contains(&offset));
            let counts = counts || offset >= LOG_AT;
            assert!(counts, "a stranger's packet wrote at {offset:#x}");
        }
        let motor = self.reaction.motor;
        if self.counters[0] < COUNTER_ASKED {
            assert_eq!(
                self.seen(),
                before,
                "a stranger changed something, {motor:?}"
            );
        }
    }

    /// Prescription and state as read by the clinician.
    fn seen(&mut self) -> (Option<Prescription>, Option<Status>) {
        let prescription = match self.ask(Role::Clinician, &Command::ReadPrescription) {
            Some(Response::Prescription(prescription)) => Some(prescription),
            _ => None,
        };
        (prescription, self.status(Role::Clinician))
    }

    /// The status, without the counts that every packet increments.
    fn status(&mut self, role: Role) -> Option<Status> {
        match self.ask(role, &Command::Interrogate)? {
            Response::Status(status) => Some(Status {
                unauthentic: 0,
                log_entries: 0,
                ..status
            }),
            _ => None,
        }
    }

    /// A report for the harness.
    fn ask(&mut self, role: Role, command: &Command) -> Option<Response> {
        let packet = self.seal(role, command)?;
        let (key, opened) = self.authentic(&packet)?;
        if self.keys.is_some() {
            self.counters[role.index()] = opened.counter;
        }
        self.exchange(WakeReasons::TELEMETRY, &packet);
        let answer: Opened<Response> =
            open(key, self.reaction.telemetry.as_slice()).expect("an answer");
        Some(answer.content)
    }

    /// The next packet of a role; `None` if its counter is used up.
    pub(crate) fn seal(&self, role: Role, command: &Command) -> Option<Vec<u8>> {
        let counter = self.counters[role.index()].checked_add(1)?;
        let provisions = matches!(command, Command::Provision { .. });
        let key = self.key(role, provisions).unwrap_or(NO_KEY);
        let packet = seal(key, role, counter, command).expect("every command fits");
        Some(packet.as_slice().to_vec())
    }

    /// A correct tag over anything; the counter is `ahead` of the role's last one.
    pub(crate) fn seal_raw(&self, role: u8, ahead: u32, kind: u8, body: &[u8]) -> Vec<u8> {
        let index = usize::from(role).min(REMOTES_MAX);
        let counter = self.counters[index].saturating_add(ahead);
        let known = match role {
            0 => self.key(Role::Clinician, false),
            number => self.key(Role::Remote(number), false),
        };
        let mut packet = vec![role];
        packet.extend(counter.to_le_bytes());
        packet.push(kind);
        packet.extend(body);
        let mut mac = Cmac::<Aes128>::new(&known.unwrap_or(NO_KEY).0.into());
        mac.update(&[1]);
        mac.update(&packet);
        packet.extend(&mac.finalize().into_bytes()[..8]);
        packet
    }
}
