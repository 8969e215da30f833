//! A minimal bench: a plant in which each pulse either moves or misses, and users with keys.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::struct_excessive_bools,
    clippy::cast_possible_truncation,
    clippy::allow_attributes,
    reason = "each test binary uses its own part of the bench"
)]

use thecal_firmware::Pump;
use thecal_link::endpoint::Program;
use thecal_link::frame::checksum;
use thecal_link::limits::NVM_LEN;
use thecal_link::{Boot, MotorCommand, Reaction, ResetCause, Stimulus, Tone, WakeReasons, limits};
use thecal_telemetry::{
    Challenge, Command, EXAMPLE_SECRET, Health, Key, Keys, LogEntry, Prescription, Rejection,
    Response, Role, Status, open, seal,
};
use thecal_units::{Concentration, DoseRate, Mass, Millis, PumpTime, Volume};

pub const MINUTE: u64 = 60_000;
pub const HOUR: u64 = 60 * MINUTE;
pub const DAY: u64 = 24 * HOUR;
pub const STEP_NL: u64 = 5;

/// 0.5 mL/day of 10 mg/mL; bolus of 0.02 mL in 20 min, lockout 4 h, 4 a day.
pub fn prescription() -> Prescription {
    Prescription {
        concentration: Concentration::from_ng_per_ml(10_000_000),
        dose: DoseRate::from_ng_per_day(5_000_000),
        bolus_dose: Mass::from_nanograms(200_000),
        bolus_duration: Millis::from_millis(20 * MINUTE),
        lockout: Millis::from_millis(4 * HOUR),
        daily_maximum: 4,
        low_reservoir: Volume::from_nanoliters(2_000_000),
        critical_interval: Millis::from_millis(10 * MINUTE),
        non_critical_interval: Millis::HOUR,
        ..Prescription::NONE
    }
}

pub fn rejected(rejection: Rejection) -> Response {
    Response::Rejected(rejection)
}

/// The commands of an update session, on a Monday at midnight.
pub fn update(prescription: Prescription) -> [Command; 3] {
    [
        Command::OpenUpdate { hold: false },
        Command::Stage(prescription),
        Command::Commit {
            checksum: checksum(&prescription.to_bytes()),
            time_of_week: 0,
        },
    ]
}

/// An exchange that wrote to memory, with the memory before its first byte.
#[derive(Clone, Debug)]
pub struct Cut {
    pub now: u64,
    nvm: Box<[u8; NVM_LEN]>,
    writes: Vec<(usize, Vec<u8>)>,
    moved_us: Vec<u64>,
    counters: [u32; 5],
}

impl Cut {
    /// Bytes of all of its writes.
    pub fn len(&self) -> usize {
        self.writes.iter().map(|(_, data)| data.len()).sum()
    }
}

#[derive(Clone, Copy, Debug)]
struct Train {
    next_us: u64,
    left: u32,
    period_us: u32,
    energy_uj: u16,
}

pub struct Bench {
    pump: Box<Pump>,
    pub nvm: Box<[u8; NVM_LEN]>,
    /// True time. The pump's clock is `ahead` of it.
    pub now: u64,
    ahead: i64,
    pub reaction: Reaction,
    train: Option<Train>,
    since: (u32, u32),
    missed: bool,
    durable: u8,
    /// The rotor is held.
    pub jammed: bool,
    /// The least energy of a pulse that moves the rotor. Unit: microjoule.
    pub least_uj: u16,
    /// One of this many pulses is missed.
    pub misses_each: Option<u64>,
    /// The memory takes no writes.
    pub worn: bool,
    /// Lowest supply since the last exchange. Unit: millivolt.
    pub loaded_mv: u16,
    /// The magnet switch is closed.
    pub magnet: bool,
    pub pulses: u64,
    /// Instants of the pulses that moved. Unit: microsecond.
    pub moved_us: Vec<u64>,
    pub tones: Vec<(u64, Tone)>,
    pub exchanges: u64,
    counters: [u32; 5],
    /// The keys of a provisioned pump.
    keys: Option<Keys>,
    kicked: u64,
    /// Number of watchdog resets.
    pub bites: u32,
    /// Each exchange that wrote, if recording is on.
    pub cuts: Option<Vec<Cut>>,
    /// Each packet to the pump, if recording is on.
    pub tape: Option<Vec<Vec<u8>>>,
}

impl Bench {
    /// A new pump, booted.
    pub fn blank() -> Self {
        let mut bench = Self {
            pump: Box::new(Pump::new([0; 20], "native", EXAMPLE_SECRET)),
            nvm: Box::new([0xff; NVM_LEN]),
            now: 0,
            ahead: 0,
            reaction: Reaction::default(),
            train: None,
            since: (0, 0),
            missed: false,
            durable: 0,
            jammed: false,
            least_uj: 0,
            misses_each: None,
            worn: false,
            loaded_mv: 2_850,
            magnet: false,
            pulses: 0,
            moved_us: Vec::new(),
            tones: Vec::new(),
            exchanges: 0,
            counters: [0; 5],
            keys: None,
            kicked: 0,
            bites: 0,
            cuts: None,
            tape: None,
        };
        bench.boot(ResetCause::PowerOn);
        bench
    }

    /// A provisioned pump.
    pub fn provisioned() -> Self {
        let mut bench = Self::blank();
        bench.provision();
        bench
    }

    /// Provisions a pump without keys, with all remotes.
    pub fn provision(&mut self) {
        self.provision_remotes(0b1111);
    }

    /// Provisions a pump without keys.
    pub fn provision_remotes(&mut self, remotes: u8) {
        self.keys = None;
        let challenge = self.challenge();
        let packet = self.provisioning(challenge, remotes);
        let key = EXAMPLE_SECRET.provisioning_key(challenge);
        let answer = self.send_under(key, &packet);
        assert_eq!(answer, Some(Response::Done));
        self.keys = Some(Keys::derived(EXAMPLE_SECRET, challenge, remotes));
        self.finish_writes();
    }

    /// The challenge of a pump without keys.
    pub fn challenge(&mut self) -> Challenge {
        match self.clinician(Command::AskChallenge) {
            Response::Challenge(challenge) => challenge,
            other => panic!("no challenge but {other:?}"),
        }
    }

    /// The packet that answers a challenge.
    pub fn provisioning(&mut self, challenge: Challenge, remotes: u8) -> Vec<u8> {
        self.counters[0] += 1;
        let key = EXAMPLE_SECRET.provisioning_key(challenge);
        let provision = Command::Provision { remotes };
        let packet = seal(key, Role::Clinician, self.counters[0], &provision).unwrap();
        packet.as_slice().to_vec()
    }

    /// The pump has lost its keys: whoever speaks to it has to pair anew.
    pub fn forget_keys(&mut self) {
        self.keys = None;
    }

    /// A pump that infuses.
    pub fn infusing(prescription: Prescription) -> Self {
        let mut bench = Self::provisioned();
        assert_eq!(bench.program(prescription), Response::Done);
        assert_eq!(bench.clinician(Command::Start), Response::Done);
        bench
    }

    /// Whether a train of pulses is under way.
    pub fn is_driving(&self) -> bool {
        self.train.is_some_and(|train| train.left > 0)
    }

    /// The pump's clock jumps; true time and other timers do not.
    pub fn jump(&mut self, by: i64) {
        self.turn_clock(by);
        if self.clock() >= self.reaction.wake_at.as_millis() {
            self.exchange(WakeReasons::TIMER, &[]);
        }
    }

    /// The pump's clock jumps without an exchange.
    pub fn turn_clock(&mut self, by: i64) {
        // The pin cannot show a time before the pump was made.
        self.ahead = (self.ahead + by).max(-i64::try_from(self.now).unwrap());
    }

    /// What the pump's clock shows.
    pub fn clock(&self) -> u64 {
        self.now.checked_add_signed(self.ahead).unwrap()
    }

    /// When the pump asked to be woken, in true time.
    pub fn wake_at(&self) -> u64 {
        let wake_at = self.reaction.wake_at.as_millis();
        wake_at.saturating_add_signed(-self.ahead)
    }

    /// Opens or closes the magnet switch.
    pub fn bring_magnet(&mut self, closed: bool) {
        self.magnet = closed;
        self.exchange(WakeReasons::MAGNET, &[]);
    }

    fn boot(&mut self, cause: ResetCause) {
        self.train = None;
        self.since = (0, 0);
        self.missed = false;
        self.durable = 0;
        self.kicked = self.now + DAY;
        let boot = Boot {
            contract: limits::CONTRACT_VERSION,
            cause,
            clock: PumpTime::from_millis(self.clock()),
            image_crc: 0,
        };
        self.pump.boot(&boot, &self.nvm);
        self.exchange(WakeReasons::BOOT, &[]);
    }

    pub fn reset(&mut self, cause: ResetCause) {
        self.boot(cause);
    }

    /// The next exchange, torn: only the first `bytes` bytes of its writes are written, then power
    /// is cut and returns.
    pub fn tear(&mut self, packet: &[u8], mut bytes: usize) {
        let nvm = self.nvm.clone();
        self.react(WakeReasons::TELEMETRY, packet);
        self.nvm = nvm;
        if self.worn {
            bytes = 0;
        }
        for (offset, data) in self.reaction.nvm.clone().iter() {
            for (index, byte) in data.iter().take(bytes).enumerate() {
                self.nvm[usize::from(offset) + index] = *byte;
            }
            bytes = bytes.saturating_sub(data.len());
        }
        self.boot(ResetCause::PowerOn);
    }

    /// Power is off for a span; true time continues.
    pub fn power_off(&mut self, span: u64) {
        self.train = None;
        self.now += span;
        self.boot(ResetCause::PowerOn);
    }

    /// Number of bytes written by the last Reaction.
    pub fn written(&self) -> usize {
        self.reaction.nvm.iter().map(|(_, data)| data.len()).sum()
    }

    fn react(&mut self, wake: WakeReasons, packet: &[u8]) {
        let mut stimulus = Stimulus {
            wake,
            clock: PumpTime::from_millis(self.clock()),
            magnet: self.magnet,
            supply_mv: 2_900,
            supply_min_mv: self.loaded_mv,
            temperature_centi_c: 3_700,
            steps_driven: self.since.0,
            steps_sensed: self.since.1,
            nvm_durable: self.durable,
            ..Stimulus::default()
        };
        stimulus.telemetry.extend(packet).unwrap();
        self.since = (0, 0);
        self.missed = false;
        self.exchanges += 1;
        self.reaction.clear();
        self.pump.react(&stimulus, &mut self.reaction);
        let period = self.reaction.watchdog.as_millis();
        assert!(period > 0);
        self.kicked = self.now + period;
    }

    pub fn exchange(&mut self, wake: WakeReasons, packet: &[u8]) {
        self.react(wake, packet);
        self.durable = 0;
        self.record_cut();
        for (offset, data) in self.reaction.nvm.iter() {
            if self.worn {
                break;
            }
            self.durable += 1;
            let offset = usize::from(offset);
            self.nvm[offset..offset + data.len()].copy_from_slice(data);
        }
        match self.reaction.motor {
            MotorCommand::Keep => {}
            MotorCommand::StopNow | MotorCommand::StopAfterStroke => self.train = None,
            MotorCommand::Train {
                pulses,
                first_delay_us,
                period_us,
                pulse_energy_uj,
            } => {
                self.train = Some(Train {
                    next_us: self.now * 1_000 + u64::from(first_delay_us),
                    left: pulses,
                    period_us,
                    energy_uj: pulse_energy_uj,
                });
            }
        }
        if self.reaction.tone != Tone::Silent {
            self.tones.push((self.now, self.reaction.tone));
        }
    }

    fn record_cut(&mut self) {
        if let Some(cuts) = &mut self.cuts
            && !self.reaction.nvm.is_empty()
        {
            let writes = self.reaction.nvm.iter();
            cuts.push(Cut {
                now: self.now,
                nvm: self.nvm.clone(),
                writes: writes
                    .map(|(at, data)| (at.into(), data.to_vec()))
                    .collect(),
                moved_us: self.moved_us.clone(),
                counters: self.counters,
            });
        }
    }

    /// Power is cut after `bytes` bytes of an exchange's writes, and returns at once. Effects after
    /// the writes have not taken place.
    pub fn after_cut(cut: &Cut, mut bytes: usize) -> Self {
        let mut bench = Self::provisioned();
        bench.now = cut.now;
        bench.nvm = cut.nvm.clone();
        bench.moved_us.clone_from(&cut.moved_us);
        bench.counters = cut.counters;
        for (at, data) in &cut.writes {
            let part = data.len().min(bytes);
            bench.nvm[*at..*at + part].copy_from_slice(&data[..part]);
            bytes -= part;
        }
        bench.boot(ResetCause::PowerOn);
        bench
    }

    /// Drives pulses up to `until`, or to the first missed one if that event is armed.
    fn drive(&mut self, until: u64) {
        while let Some(train) = &mut self.train {
            if train.left == 0 || train.next_us > until * 1_000 {
                break;
            }
            let at = train.next_us;
            train.left -= 1;
            train.next_us += u64::from(train.period_us);
            self.pulses += 1;
            self.since.0 += 1;
            let slips = self
                .misses_each
                .is_some_and(|each| self.pulses.is_multiple_of(each));
            let weak = train.energy_uj < self.least_uj;
            if self.jammed || weak || slips {
                if self.reaction.arm.missed_pulse {
                    self.missed = true;
                    self.now = self.now.max(at.div_ceil(1_000));
                    return;
                }
            } else {
                self.since.1 += 1;
                self.moved_us.push(at);
            }
        }
        self.now = until;
    }

    pub fn run_until(&mut self, until: u64) {
        loop {
            let wake_at = self.wake_at().max(self.now + 1);
            let bites = self.kicked + 1;
            self.drive(wake_at.min(until).min(bites));
            if self.now >= bites {
                // The clock jumped back: the pump sleeps past its watchdog, which has its own
                // clock.
                self.bites += 1;
                self.reset(ResetCause::Watchdog);
            } else if self.missed {
                self.exchange(WakeReasons::MISSED_PULSE, &[]);
            } else if self.now >= wake_at {
                self.exchange(WakeReasons::TIMER, &[]);
            }
            if self.now >= until {
                return;
            }
        }
    }

    /// The next wake is late, as on a board that was busy.
    pub fn wake_late(&mut self, by: u64) {
        let due = self.wake_at();
        self.drive(due);
        self.now = due + by;
        self.exchange(WakeReasons::TIMER, &[]);
    }

    pub fn run_for(&mut self, span: u64) {
        self.run_until(self.now + span);
    }

    fn key(&self, role: Role) -> Key {
        match &self.keys {
            Some(keys) => keys.of(role),
            None => EXAMPLE_SECRET.pairing_key(),
        }
    }

    /// The next packet of a role.
    pub fn packet(&mut self, role: Role, command: &Command) -> Vec<u8> {
        let counter = &mut self.counters[role.index()];
        *counter += 1;
        let counter = *counter;
        seal(self.key(role), role, counter, command)
            .unwrap()
            .as_slice()
            .to_vec()
    }

    pub fn send(&mut self, role: Role, packet: &[u8]) -> Option<Response> {
        self.send_under(self.key(role), packet)
    }

    /// Sends a packet whose answer is sealed under this key.
    pub fn send_under(&mut self, key: Key, packet: &[u8]) -> Option<Response> {
        if let Some(tape) = &mut self.tape {
            tape.push(packet.to_vec());
        }
        self.exchange(WakeReasons::TELEMETRY, packet);
        let answer = self.reaction.telemetry.as_slice().to_vec();
        if answer.is_empty() {
            return None;
        }
        Some(open::<Response>(key, &answer).unwrap().content)
    }

    pub fn say(&mut self, role: Role, command: Command) -> Response {
        let packet = self.packet(role, &command);
        let answer = self.send(role, &packet).expect("an answer");
        self.finish_writes();
        answer
    }

    /// Writes that were delayed.
    fn finish_writes(&mut self) {
        for _ in 0..8 {
            if self.wake_at() > self.now {
                break;
            }
            self.exchange(WakeReasons::TIMER, &[]);
        }
    }

    /// An update session from Open to Commit; returns the first answer other than Done.
    pub fn program(&mut self, prescription: Prescription) -> Response {
        for command in update(prescription) {
            let answer = self.clinician(command);
            if answer != Response::Done {
                return answer;
            }
        }
        Response::Done
    }

    pub fn clinician(&mut self, command: Command) -> Response {
        self.say(Role::Clinician, command)
    }

    pub fn press(&mut self, remote: u8, press: u16) -> Response {
        self.say(Role::Remote(remote), Command::PatientBolus { press })
    }

    pub fn status(&mut self) -> Status {
        match self.clinician(Command::Interrogate) {
            Response::Status(status) => status,
            other => panic!("no status but {other:?}"),
        }
    }

    pub fn health(&mut self) -> Health {
        match self.clinician(Command::ReadHealth) {
            Response::Health(health) => health,
            other => panic!("no health but {other:?}"),
        }
    }

    pub fn log(&mut self) -> Vec<LogEntry> {
        let mut entries = Vec::new();
        let mut first = 0;
        loop {
            let Response::Log(page) = self.clinician(Command::ReadLog { first }) else {
                panic!("no log page");
            };
            if page.is_empty() {
                return entries;
            }
            entries.extend(page.entries());
            first = page.first + u32::try_from(page.len()).unwrap();
        }
    }

    /// Steps that moved in (from, to]. Unit: millisecond.
    pub fn steps_between(&self, from: u64, to: u64) -> u64 {
        let until = |at: u64| self.moved_us.partition_point(|&us| us <= at * 1_000);
        (until(to) - until(from)) as u64
    }
}
