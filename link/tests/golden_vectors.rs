//! Every frame in `link/vectors`, both ways: fields to bytes, bytes to fields. The expected bytes
//! were generated without this crate; see `vectors/README.md`.

mod vector;

use thecal_link::buffer::Bytes;
use thecal_link::frame::{Decoder, Encoded};
use thecal_link::message::{FromPump, ToPump};
use thecal_link::{
    Arm, Boot, DecodeError, Hello, MotorCommand, Reaction, Refusal, ResetCause, Stimulus, Tone,
    WakeReasons,
};
use thecal_units::{Millis, PumpTime, Volume};
use vector::{Vector, error_name, unhex};

/// A message of either direction, owned.
#[derive(Debug, PartialEq)]
enum Message {
    Reset,
    NvmChunk { offset: u16, bytes: Vec<u8> },
    Boot(Boot),
    Stimulus(Stimulus),
    Ack,
    Hello(Hello),
    Reaction(Box<Reaction>),
    Refused(Refusal),
}

#[test]
fn frames_are_what_the_vectors_say() {
    let (mut valid, mut invalid) = (0, 0);
    for vector in vector::all() {
        if vector.find("frame").is_none() {
            continue;
        }
        let frame = vector.bytes("frame");
        let to_pump = match vector.text("direction") {
            "to-pump" => true,
            "from-pump" => false,
            other => panic!("{}: direction `{other}`", vector.name),
        };
        let opened = open(&vector.name, &frame, to_pump);
        if let Some(expected) = vector.find("error") {
            let error = opened.map(|_| ()).expect_err(&vector.name);
            assert_eq!(error_name(error), expected, "{}", vector.name);
            invalid += 1;
            continue;
        }
        let message = read_message(&vector);
        let seq: u16 = vector.number("seq");
        let opened = opened.unwrap_or_else(|error| panic!("{}: {error}", vector.name));
        assert_eq!(opened, (seq, message), "{}: bytes to fields", vector.name);
        if vector.find("decode_only").is_none() {
            let encoded = encode(seq, &opened.1);
            assert_eq!(
                encoded.as_slice(),
                frame,
                "{}: fields to bytes",
                vector.name
            );
        }
        valid += 1;
    }
    assert!(
        valid >= 50 && invalid >= 35,
        "{valid} and {invalid} vectors"
    );
}

fn open(name: &str, bytes: &[u8], to_pump: bool) -> Result<(u16, Message), DecodeError> {
    let mut decoder = Decoder::new();
    let mut outcome = None;
    for &byte in bytes {
        let Some(frame) = decoder.push(byte) else {
            continue;
        };
        assert!(outcome.is_none(), "{name}: more than one frame");
        outcome = Some(frame.and_then(|frame| {
            let message = if to_pump {
                own(&frame.to_pump()?)
            } else {
                let mut reaction = Reaction::new();
                match frame.from_pump(&mut reaction)? {
                    FromPump::Ack => Message::Ack,
                    FromPump::Hello(hello) => Message::Hello(hello),
                    FromPump::Reaction => Message::Reaction(Box::new(reaction)),
                    FromPump::Refused(refusal) => Message::Refused(refusal),
                }
            };
            Ok((frame.seq, message))
        }));
    }
    outcome.unwrap_or_else(|| panic!("{name}: no frame"))
}

fn own(message: &ToPump<'_>) -> Message {
    match message {
        ToPump::Reset => Message::Reset,
        ToPump::NvmChunk { offset, bytes } => Message::NvmChunk {
            offset: *offset,
            bytes: bytes.to_vec(),
        },
        ToPump::Boot(boot) => Message::Boot(*boot),
        ToPump::Stimulus(stimulus) => Message::Stimulus(stimulus.clone()),
    }
}

fn encode(seq: u16, message: &Message) -> Encoded {
    let mut out = Encoded::new();
    match message {
        Message::Reset => out.to_pump(seq, &ToPump::Reset),
        Message::NvmChunk { offset, bytes } => {
            let offset = *offset;
            out.to_pump(seq, &ToPump::NvmChunk { offset, bytes })
        }
        Message::Boot(boot) => out.to_pump(seq, &ToPump::Boot(*boot)),
        Message::Stimulus(stimulus) => out.to_pump(seq, &ToPump::Stimulus(stimulus.clone())),
        Message::Ack => out.ack(seq),
        Message::Hello(hello) => out.hello(seq, hello),
        Message::Reaction(reaction) => out.reaction(seq, reaction),
        Message::Refused(refusal) => out.refused(seq, *refusal),
    }
    .expect("every message fits");
    out
}

fn read_message(vector: &Vector) -> Message {
    match vector.text("message") {
        "reset" => Message::Reset,
        "nvm_chunk" => Message::NvmChunk {
            offset: vector.number("offset"),
            bytes: vector.bytes("bytes"),
        },
        "boot" => Message::Boot(Boot {
            contract: vector.number("contract"),
            cause: match vector.number::<u8>("cause") {
                1 => ResetCause::PowerOn,
                2 => ResetCause::Pin,
                3 => ResetCause::Watchdog,
                4 => ResetCause::BrownOut,
                other => panic!("{}: cause {other}", vector.name),
            },
            clock: PumpTime::from_millis(vector.number("clock_ms")),
            image_crc: vector.number("image_crc"),
        }),
        "stimulus" => Message::Stimulus(read_stimulus(vector)),
        "ack" => Message::Ack,
        "hello" => Message::Hello(Hello {
            contract: vector.number("contract"),
            capabilities: vector.number("capabilities"),
            step_volume: Volume::from_picoliters(vector.number("step_volume_pl")),
            build_id: vector.array("build_id"),
            firmware: Hello::text(vector.text("firmware")),
            version: Hello::text(vector.text("version")),
            board: Hello::text(vector.text("board")),
        }),
        "reaction" => Message::Reaction(Box::new(read_reaction(vector))),
        "refused" => Message::Refused(match vector.number::<u8>("refusal") {
            1 => Refusal::NotBooted,
            2 => Refusal::AlreadyBooted,
            3 => Refusal::ContractVersion,
            4 => Refusal::ImageChecksum,
            5 => Refusal::ImageRange,
            6 => Refusal::Malformed,
            7 => Refusal::Unreadable,
            other => panic!("{}: refusal {other}", vector.name),
        }),
        other => panic!("{}: message `{other}`", vector.name),
    }
}

fn read_stimulus(vector: &Vector) -> Stimulus {
    let bits: u8 = vector.number("wake");
    let wake = [
        (1, WakeReasons::BOOT),
        (2, WakeReasons::TIMER),
        (4, WakeReasons::TELEMETRY),
        (8, WakeReasons::MISSED_PULSE),
        (16, WakeReasons::MAGNET),
        (32, WakeReasons::SUPPLY),
    ]
    .into_iter()
    .filter(|(bit, _)| bits & bit != 0)
    .fold(WakeReasons::none(), |wake, (_, reason)| wake.and(reason));
    Stimulus {
        wake,
        magnet: vector.number::<u8>("magnet") == 1,
        clock: PumpTime::from_millis(vector.number("clock_ms")),
        supply_mv: vector.number("supply_mv"),
        supply_min_mv: vector.number("supply_min_mv"),
        temperature_centi_c: vector.number("temperature_centi_c"),
        steps_driven: vector.number("steps_driven"),
        steps_sensed: vector.number("steps_sensed"),
        nvm_durable: vector.number("nvm_durable"),
        telemetry: packet(&vector.bytes("telemetry")),
    }
}

fn read_reaction(vector: &Vector) -> Reaction {
    let mut reaction = Reaction::new();
    reaction.motor = match vector.number::<u8>("motor") {
        0 => MotorCommand::Keep,
        1 => MotorCommand::Train {
            pulses: vector.number("pulses"),
            first_delay_us: vector.number("first_delay_us"),
            period_us: vector.number("period_us"),
            pulse_energy_uj: vector.number("pulse_energy_uj"),
        },
        2 => MotorCommand::StopNow,
        3 => MotorCommand::StopAfterStroke,
        other => panic!("{}: motor {other}", vector.name),
    };
    reaction.tone = match vector.number::<u8>("tone") {
        0 => Tone::Silent,
        1 => Tone::Single,
        2 => Tone::TwoTone,
        other => panic!("{}: tone {other}", vector.name),
    };
    let arm: u8 = vector.number("arm");
    reaction.arm = Arm {
        telemetry: arm & 1 != 0,
        missed_pulse: arm & 2 != 0,
        magnet: arm & 4 != 0,
        supply_below_mv: vector.number("supply_below_mv"),
    };
    reaction.wake_at = PumpTime::from_millis(vector.number("wake_at_ms"));
    reaction.watchdog = Millis::from_millis(vector.number("watchdog_ms"));
    for write in vector.all("nvm_write") {
        let (offset, bytes) = write.split_once(' ').unwrap_or((write, ""));
        reaction
            .nvm
            .push(vector.parse(offset), &unhex(bytes))
            .expect("a write within the limits");
    }
    reaction.telemetry = packet(&vector.bytes("telemetry"));
    reaction
}

fn packet<const N: usize>(bytes: &[u8]) -> Bytes<N> {
    let mut packet = Bytes::new();
    packet.extend(bytes).expect("a packet within the limit");
    packet
}
