//! The C implementation compared with the golden vectors, the published vectors of AES-CMAC, and
//! the numbers of this crate.

#[path = "c/mod.rs"]
mod c;
#[expect(dead_code, reason = "the Rust tests use more of it")]
mod vector;

use c::{Codec, hex};
use thecal_link::{Refusal, ResetCause, WakeReasons, limits};
use vector::{Vector, unhex};

/// Fields of each message, in the order printed by the C program.
const FIELDS: &[(&str, &[&str])] = &[
    ("reset", &[]),
    ("ack", &[]),
    ("refused", &["refusal"]),
    ("nvm_chunk", &["offset", "bytes"]),
    ("boot", &["contract", "cause", "clock_ms", "image_crc"]),
    (
        "stimulus",
        &[
            "wake",
            "magnet",
            "clock_ms",
            "supply_mv",
            "supply_min_mv",
            "temperature_centi_c",
            "steps_driven",
            "steps_sensed",
            "nvm_durable",
            "telemetry",
        ],
    ),
    (
        "hello",
        &[
            "contract",
            "capabilities",
            "step_volume_pl",
            "build_id",
            "firmware",
            "version",
            "board",
        ],
    ),
    (
        "reaction",
        &[
            "motor",
            "tone",
            "arm",
            "supply_below_mv",
            "wake_at_ms",
            "watchdog_ms",
            "pulses",
            "first_delay_us",
            "period_us",
            "pulse_energy_uj",
            "nvm_write",
            "telemetry",
        ],
    ),
];

/// Texts, with their padded lengths.
const TEXTS: [(&str, usize); 3] = [("firmware", 16), ("version", 12), ("board", 16)];

/// The C program's expected output for a vector, from its fields alone; without the bytes.
fn expected(vector: &Vector) -> String {
    let message = vector.text("message");
    let (_, fields) = FIELDS
        .iter()
        .find(|(name, _)| *name == message)
        .unwrap_or_else(|| panic!("{}: message `{message}`", vector.name));
    let mut said = format!("seq={} message={message}", vector.number::<u16>("seq"));
    let is_train = message == "reaction" && vector.number::<u8>("motor") == 1;
    for field in *fields {
        let of_train = ["pulses", "first_delay_us", "period_us", "pulse_energy_uj"];
        if of_train.contains(field) && !is_train {
            continue;
        }
        for value in vector.all(field) {
            said += &format!(" {field}={}", value_of(vector, field, value));
        }
    }
    said
}

fn value_of(vector: &Vector, field: &str, value: &str) -> String {
    if let Some((_, len)) = TEXTS.iter().find(|(name, _)| *name == field) {
        let mut padded = value.as_bytes().to_vec();
        padded.resize(*len, 0);
        return hex(&padded);
    }
    match field {
        "bytes" | "telemetry" | "build_id" => value.to_owned(),
        "nvm_write" => {
            let (offset, bytes) = value.split_once(' ').unwrap_or((value, ""));
            format!("{}:{bytes}", vector.parse::<u16>(offset))
        }
        _ => vector.parse::<i128>(value).to_string(),
    }
}

#[test]
fn c_reads_and_writes_every_frame_as_the_vectors_say() {
    let vectors: Vec<Vector> = vector::all()
        .into_iter()
        .filter(|vector| vector.find("frame").is_some())
        .collect();
    let questions: Vec<String> = vectors
        .iter()
        .map(|vector| {
            let to_pump = vector.text("direction") == "to-pump";
            let decoder = if to_pump { 't' } else { 'f' };
            format!("{decoder} {}", vector.text("frame"))
        })
        .collect();
    let (mut valid, mut invalid) = (0, 0);
    for (vector, said) in vectors.iter().zip(Codec::build("frames").ask(&questions)) {
        let name = &vector.name;
        if let Some(error) = vector.find("error") {
            assert_eq!(said, format!("error={error};"), "{name}");
            invalid += 1;
            continue;
        }
        let (fields, frame) = said.split_once(" frame=").expect(name);
        assert_eq!(fields, expected(vector), "{name}: bytes to fields");
        if vector.find("decode_only").is_none() {
            let bytes = format!("{};", vector.text("frame"));
            assert_eq!(frame, bytes, "{name}: fields to bytes");
        }
        valid += 1;
    }
    assert!(valid >= 50 && invalid >= 35, "{valid} and {invalid}");
}

/// The example pump's tags: correct if the vector's packet is authentic, otherwise not.
#[test]
fn c_seals_packets_as_the_vectors_say() {
    const TAG_LEN: usize = 8;
    let vectors: Vec<(Vector, Vec<u8>)> = vector::all()
        .into_iter()
        .filter(|vector| vector.name.starts_with("telemetry-"))
        .map(|vector| (vector.bytes("packet"), vector))
        .filter(|(packet, _)| packet.len() >= TAG_LEN)
        .map(|(packet, vector)| (vector, packet))
        .collect();
    let questions: Vec<String> = vectors
        .iter()
        .map(|(vector, packet)| {
            let to_pump = vector.text("direction") == "to-pump";
            let direction = if to_pump { "01" } else { "02" };
            let body = hex(&packet[..packet.len() - TAG_LEN]);
            format!("m {} {direction}{body}", vector.text("key"))
        })
        .collect();
    let answers = Codec::build("packets").ask(&questions);
    for ((vector, packet), sum) in vectors.iter().zip(&answers) {
        let is_sealed = sum.starts_with(&hex(&packet[packet.len() - TAG_LEN..]));
        let must_be = vector.find("error") != Some("BadTag");
        assert_eq!(is_sealed, must_be, "{}", vector.name);
    }
    assert!(answers.len() >= 50, "{} packets", answers.len());
}

/// NIST SP 800-38B, examples for AES-128; the same as RFC 4493, section 4.
#[test]
fn c_computes_the_published_codes() {
    let key = "2b7e151628aed2a6abf7158809cf4f3c";
    let text = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51\
                30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";
    let published = [
        (0, "bb1d6929e95937287fa37d129b756746"),
        (16, "070a16b46b4d4144f79bdd9dd04a287c"),
        (20, "7d85449ea6ea19c823a7bf78837dfade"),
        (40, "dfa66747de9ae63030ca32611497c827"),
        (64, "51f0bebf7e3b9d92fc49741779363cfe"),
    ];
    assert_eq!(unhex(text).len(), 64);
    let questions = published.map(|(len, _)| format!("m {key} {}", &text[..2 * len]));
    let sums = published.map(|(_, sum)| sum);
    assert_eq!(Codec::build("codes").ask(&questions), sums);
}

#[test]
fn the_headers_numbers_are_those_of_the_crate() {
    let wake = |wake: WakeReasons| usize::from(wake.bits());
    let expected: &[(&str, usize)] = &[
        ("CONTRACT_VERSION", limits::CONTRACT_VERSION.into()),
        ("NVM_LEN", limits::NVM_LEN),
        ("NVM_CHUNK_MAX", limits::NVM_CHUNK_MAX),
        ("NVM_WRITES_MAX", limits::NVM_WRITES_MAX),
        ("NVM_BYTES_MAX", limits::NVM_BYTES_MAX),
        ("TELEMETRY_MAX", limits::TELEMETRY_MAX),
        ("FRAME_MAX", limits::FRAME_MAX),
        ("ENCODED_MAX", limits::ENCODED_MAX),
        // These have no constants in Rust: repeated here as in `documents.rs`, and checked by the
        // vectors.
        ("RESET", 0x01),
        ("NVM_CHUNK", 0x02),
        ("BOOT", 0x03),
        ("STIMULUS", 0x04),
        ("ACK", 0x81),
        ("HELLO", 0x83),
        ("REACTION", 0x84),
        ("REFUSED", 0xff),
        ("CAUSE_POWER_ON", ResetCause::PowerOn as usize),
        ("CAUSE_PIN", ResetCause::Pin as usize),
        ("CAUSE_WATCHDOG", ResetCause::Watchdog as usize),
        ("CAUSE_BROWN_OUT", ResetCause::BrownOut as usize),
        ("WAKE_BOOT", wake(WakeReasons::BOOT)),
        ("WAKE_TIMER", wake(WakeReasons::TIMER)),
        ("WAKE_TELEMETRY", wake(WakeReasons::TELEMETRY)),
        ("WAKE_MISSED_PULSE", wake(WakeReasons::MISSED_PULSE)),
        ("WAKE_MAGNET", wake(WakeReasons::MAGNET)),
        ("WAKE_SUPPLY", wake(WakeReasons::SUPPLY)),
        ("NOT_BOOTED", Refusal::NotBooted as usize),
        ("ALREADY_BOOTED", Refusal::AlreadyBooted as usize),
        ("WRONG_VERSION", Refusal::ContractVersion as usize),
        ("IMAGE_CHECKSUM", Refusal::ImageChecksum as usize),
        ("IMAGE_RANGE", Refusal::ImageRange as usize),
        ("MALFORMED", Refusal::Malformed as usize),
        ("UNREADABLE", Refusal::Unreadable as usize),
        ("MOTOR_KEEP", 0),
        ("MOTOR_TRAIN", 1),
        ("MOTOR_STOP_NOW", 2),
        ("MOTOR_STOP_AFTER_STROKE", 3),
        ("TONE_SILENT", 0),
        ("TONE_SINGLE", 1),
        ("TONE_TWO_TONE", 2),
        ("ARM_TELEMETRY", 1),
        ("ARM_MISSED_PULSE", 2),
        ("ARM_MAGNET", 4),
    ];
    let expected: Vec<String> = expected
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let said = Codec::build("numbers").ask(&["constants".to_owned()]);
    let said: Vec<&str> = said[0].split(' ').collect();
    assert_eq!(said, expected);
}
