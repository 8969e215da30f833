//! A pump under untrusted input: sequences of packets, good, forged, recorded and meaningless,
//! under clocks, resets, magnets, batteries and motors of any kind.
//!
//! The invariants are checked at every exchange. The same harness runs in CI with random bytes
//! (`any_packets.rs`) and under the fuzzer (`fuzz/fuzz_targets/pump_commands.rs`).

mod choices;
mod world;

use choices::{Choices, good};
use thecal_link::ResetCause;
use thecal_link::frame::checksum;
use thecal_link::limits::TELEMETRY_MAX;
use thecal_telemetry::{Command, Prescription, Role};
use world::World;

/// Body length of each kind of command, for packets that pass the decoder's length check.
const BODIES: [usize; 24] = [
    0, 80, 0, 37, 0, 0, 8, 2, 4, 12, 0, 1, 112, 8, 0, 0, 0, 0, 12, 0, 0, 1, 1, 21,
];

/// Counts of events: a run in which nothing was obeyed has tested nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    /// Exchanges with the pump.
    pub(crate) exchanges: u64,
    /// Packets without an answer.
    pub(crate) ignored: u64,
    /// Commands that were rejected.
    pub(crate) rejected: u64,
    /// Commands that were obeyed, by kind, without the harness's own reports.
    pub(crate) obeyed: [u64; BODIES.len()],
    /// Boluses granted to patients.
    pub(crate) granted: u64,
    /// Resets of the pump.
    pub(crate) resets: u64,
}

impl Tally {
    /// These and `other`.
    pub(crate) fn add(&mut self, other: &Self) {
        self.exchanges += other.exchanges;
        self.ignored += other.ignored;
        self.rejected += other.rejected;
        self.granted += other.granted;
        self.resets += other.resets;
        for (sum, more) in self.obeyed.iter_mut().zip(other.obeyed) {
            *sum += more;
        }
    }
}

/// Plays one sequence; panics if an invariant fails.
pub(crate) fn play(bytes: &[u8]) -> Tally {
    let mut choices = Choices(bytes);
    let mut world = World::new(choices.below(8), choices.clock());
    let mut recorded: Vec<Vec<u8>> = Vec::new();
    let mut staged = 0;
    if !choices.chance(8) {
        staged = implant(&mut world);
    }
    while !choices.is_empty() {
        match choices.below(32) {
            0..=3 => {
                for _ in 0..=choices.below(16) {
                    world.sleep();
                }
            }
            4 => world.pass(choices.u16().into()),
            5 => world.pass(u64::from(choices.u32()) / 8),
            6 => world.jump(&mut choices),
            7 => {
                let len = usize::from(choices.byte()).min(TELEMETRY_MAX);
                let packet = choices.bytes(len);
                world.stranger(&packet);
            }
            8..=11 => {
                let packet = any_kind(&mut world, &mut choices);
                world.receive(&packet);
            }
            12 => {
                if let Some(packet) = pick(&recorded, &mut choices) {
                    world.receive(&packet);
                }
            }
            13 => {
                if let Some(mut packet) = pick(&recorded, &mut choices) {
                    let at = usize::from(choices.byte()) % packet.len();
                    packet[at] ^= 1 << choices.below(8);
                    world.receive(&packet);
                }
            }
            14 => world.reset(&mut choices),
            15 => world.disturb(&mut choices),
            16 => work_on_the_catheter(&mut world, &mut choices),
            _ => {
                let command = choices.command(staged);
                if let Command::Stage(prescription) = &command {
                    staged = checksum(&prescription.to_bytes());
                }
                let role = speaker(&command, &mut choices);
                if let Some(packet) = world.seal(role, &command) {
                    recorded.push(packet.clone());
                    world.receive(&packet);
                }
            }
        }
    }
    world.tally
}

/// The pump is stopped, work on the catheter is declared, it is primed, or almost, and started again.
fn work_on_the_catheter(world: &mut World, choices: &mut Choices<'_>) {
    for command in [
        Command::Stop,
        Command::DeclareWork(choices.work()),
        Command::PrimingBolus,
    ] {
        if let Some(packet) = world.seal(Role::Clinician, &command) {
            world.receive(&packet);
        }
    }
    for _ in 0..choices.below(32) {
        world.sleep();
    }
    if let Some(packet) = world.seal(Role::Clinician, &Command::Start) {
        world.receive(&packet);
    }
}

/// Provisions, programs and starts a pump; returns the checksum of the staged prescription.
fn implant(world: &mut World) -> u32 {
    let staged = checksum(&good().to_bytes());
    for command in [
        Command::AskChallenge,
        Command::Provision { remotes: 0b1111 },
        Command::OpenUpdate { hold: false },
        Command::Stage(good()),
        Command::Commit {
            checksum: staged,
            time_of_week: 0,
        },
        Command::Start,
    ] {
        let packet = world.seal(Role::Clinician, &command).expect("a counter");
        world.receive(&packet);
    }
    staged
}

/// Mostly a role that is permitted the command.
fn speaker(command: &Command, choices: &mut Choices<'_>) -> Role {
    let is_patient = matches!(command, Command::PatientBolus { .. });
    if is_patient != choices.chance(16) {
        Role::Remote(1 + choices.below(4))
    } else {
        Role::Clinician
    }
}

fn pick(packets: &[Vec<u8>], choices: &mut Choices<'_>) -> Option<Vec<u8>> {
    let at = usize::from(choices.byte()).checked_rem(packets.len())?;
    packets.get(at).cloned()
}

/// A correct tag over any role, counter, kind and body.
fn any_kind(world: &mut World, choices: &mut Choices<'_>) -> Vec<u8> {
    let role = match choices.below(8) {
        number @ 1..=4 => number,
        5 => choices.byte(),
        _ => 0,
    };
    let ahead = match choices.below(8) {
        0 => choices.u32(),
        1 => 0,
        2 => choices.u16().into(),
        _ => 1,
    };
    let kind = match choices.below(4) {
        0 => choices.byte(),
        _ => choices.below(0x18),
    };
    let natural = BODIES.get(usize::from(kind)).copied().unwrap_or_default();
    let len = match choices.below(6) {
        0 => usize::from(choices.byte()).min(TELEMETRY_MAX - 14),
        1 => natural + 1,
        2 => natural.saturating_sub(1),
        _ => natural,
    };
    let mut body = choices.bytes(len);
    // Mostly a prescription with valid kinds and steps.
    if len == Prescription::LEN && !choices.chance(4) {
        body[37] %= 3;
        body[38] %= 2;
        body[55] %= 9;
    }
    world.seal_raw(role, ahead, kind, &body)
}

/// Every cause, with memory unchanged.
pub(crate) const CAUSES: [ResetCause; 4] = [
    ResetCause::PowerOn,
    ResetCause::Pin,
    ResetCause::Watchdog,
    ResetCause::BrownOut,
];
