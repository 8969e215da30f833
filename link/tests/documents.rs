//! The numbers in `docs/wire.md` and `docs/telemetry.md` are those of the code.

use std::fs;
use std::path::Path;
use thecal_link::limits;
use thecal_link::telemetry::{
    Alarms, Command, Denial, FACTORY_KEY, Keys, LogCode, LogPage, Mode, Prescription, Rejection,
    Response, Role, Status, seal,
};
use thecal_link::{Refusal, ResetCause, WakeReasons};
use thecal_units::{Concentration, DoseRate, Mass, Millis, PumpTime, Volume};

/// The first two columns of the table under a heading, without its head.
fn table(document: &str, heading: &str) -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../docs")
        .join(document);
    let text = fs::read_to_string(path).expect("the document");
    let rows: Vec<(String, String)> = text
        .lines()
        .skip_while(|line| line.trim_start_matches('#') != format!(" {heading}"))
        .skip(1)
        .take_while(|line| !line.starts_with('#'))
        .filter(|line| line.starts_with('|') && !line.starts_with("| ---"))
        .filter_map(|line| {
            let mut cells = line.split('|').skip(1).map(str::trim);
            Some((cells.next()?.to_owned(), cells.next()?.to_owned()))
        })
        .skip(1)
        .collect();
    assert!(!rows.is_empty(), "{document}: no table under `{heading}`");
    rows
}

/// Compares a table of numbers and names with the code's.
fn check<T: Into<u32>>(
    document: &str,
    heading: &str,
    expected: impl IntoIterator<Item = (T, String)>,
) {
    let found: Vec<(u32, String)> = table(document, heading)
        .into_iter()
        .map(|(number, name)| (number_of(&number), name))
        .collect();
    let expected: Vec<(u32, String)> = expected
        .into_iter()
        .map(|(number, name)| (number.into(), name))
        .collect();
    assert_eq!(found, expected, "{document}: {heading}");
}

fn number_of(text: &str) -> u32 {
    match text.strip_prefix("0x") {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => text.parse(),
    }
    .unwrap_or_else(|_| panic!("`{text}` is no number"))
}

fn named<T: Copy + std::fmt::Debug>(all: &[T], number: impl Fn(T) -> u8) -> Vec<(u8, String)> {
    all.iter()
        .map(|&value| (number(value), format!("{value:?}")))
        .collect()
}

fn words(words: &[(u32, &str)]) -> Vec<(u32, String)> {
    words
        .iter()
        .map(|&(number, word)| (number, word.to_owned()))
        .collect()
}

#[test]
fn the_limits_are_those_of_the_code() {
    let code = [
        ("CONTRACT_VERSION", limits::CONTRACT_VERSION.into()),
        ("NVM_LEN", limits::NVM_LEN),
        ("NVM_CHUNK_MAX", limits::NVM_CHUNK_MAX),
        ("NVM_WRITES_MAX", limits::NVM_WRITES_MAX),
        ("NVM_BYTES_MAX", limits::NVM_BYTES_MAX),
        ("TELEMETRY_MAX", limits::TELEMETRY_MAX),
        ("FRAME_MAX", limits::FRAME_MAX),
        ("ENCODED_MAX", limits::ENCODED_MAX),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_string()));
    assert_eq!(table("wire.md", "Limits"), code);
}

#[test]
fn the_numbers_of_the_contract_are_those_of_the_code() {
    let causes = [
        ResetCause::PowerOn,
        ResetCause::Pin,
        ResetCause::Watchdog,
        ResetCause::BrownOut,
    ];
    check(
        "wire.md",
        "Reset causes",
        named(&causes, |cause| cause as u8),
    );
    let refusals = [
        Refusal::NotBooted,
        Refusal::AlreadyBooted,
        Refusal::ContractVersion,
        Refusal::ImageChecksum,
        Refusal::ImageRange,
        Refusal::Malformed,
        Refusal::Unreadable,
    ];
    check(
        "wire.md",
        "Refusals",
        named(&refusals, |refusal| refusal as u8),
    );
    let wakes = [
        (WakeReasons::BOOT, "BOOT"),
        (WakeReasons::TIMER, "TIMER"),
        (WakeReasons::TELEMETRY, "TELEMETRY"),
        (WakeReasons::MISSED_PULSE, "MISSED_PULSE"),
        (WakeReasons::MAGNET, "MAGNET"),
        (WakeReasons::SUPPLY, "SUPPLY"),
    ];
    let wakes = wakes.map(|(wake, name)| (wake.bits(), name.to_owned()));
    check("wire.md", "Wake reasons", wakes);
}

/// What has no number in Rust is pinned by the golden vectors and repeated here.
#[test]
fn the_numbers_inside_messages_are_those_of_the_vectors() {
    check(
        "wire.md",
        "Message types",
        words(&[
            (0x01, "Reset"),
            (0x02, "NvmChunk"),
            (0x03, "Boot"),
            (0x04, "Stimulus"),
            (0x81, "Ack"),
            (0x83, "Hello"),
            (0x84, "Reaction"),
            (0xff, "Refused"),
        ]),
    );
    check(
        "wire.md",
        "Motor commands",
        words(&[
            (0, "Keep"),
            (1, "Train"),
            (2, "StopNow"),
            (3, "StopAfterStroke"),
        ]),
    );
    let tones = words(&[(0, "Silent"), (1, "Single"), (2, "TwoTone")]);
    check("wire.md", "Tones", tones);
    let events = words(&[(1, "telemetry"), (2, "missed_pulse"), (4, "magnet")]);
    check("wire.md", "Armed events", events);
}

#[test]
fn the_numbers_of_the_telemetry_are_those_of_the_code() {
    let document = "telemetry.md";
    check(document, "Modes", named(Mode::ALL, |mode| mode as u8));
    check(
        document,
        "Denials",
        named(Denial::ALL, |denial| denial as u8),
    );
    check(
        document,
        "Rejections",
        named(Rejection::ALL, |why| why as u8),
    );
    check(
        document,
        "Log codes",
        named(LogCode::ALL, |code| code as u8),
    );
    let alarms = [
        (Alarms::MOTOR_STALL, "MOTOR_STALL"),
        (Alarms::EMPTY_RESERVOIR, "EMPTY_RESERVOIR"),
        (Alarms::MEMORY, "MEMORY"),
        (Alarms::RESET, "RESET"),
        (Alarms::LOW_RESERVOIR, "LOW_RESERVOIR"),
        (Alarms::STUCK_BUTTON, "STUCK_BUTTON"),
    ];
    let alarms = alarms.map(|(alarm, name)| (alarm.0, name.to_owned()));
    check(document, "Alarm bits", alarms);
    let roles: Vec<(u8, String)> = (0..=4)
        .map(|number| {
            let role = if number == 0 {
                Role::Clinician
            } else {
                Role::Remote(number)
            };
            let sealed = seal(FACTORY_KEY, role, 1, &Command::Stop).expect("fits");
            let name = if number == 0 {
                "Clinician".into()
            } else {
                format!("Remote {number}")
            };
            (sealed.as_slice()[0], name)
        })
        .collect();
    check(document, "Roles", roles);
}

/// The word before the fields, and the kind that goes on the air.
fn kind_and_name(content: &impl std::fmt::Debug, packet: &[u8]) -> (u8, String) {
    let shown = format!("{content:?}");
    let end = shown
        .find(|letter: char| !letter.is_alphanumeric())
        .unwrap_or(shown.len());
    (packet[5], shown[..end].to_owned())
}

#[test]
fn the_kinds_of_packets_are_those_of_the_code() {
    let commands = [
        Command::Provision(Keys::FACTORY),
        Command::Interrogate,
        Command::Program(Prescription::default()),
        Command::Start,
        Command::Stop,
        Command::ClinicianBolus {
            dose: Mass::ZERO,
            duration: Millis::ZERO,
        },
        Command::PatientBolus { press: 0 },
        Command::ReadLog { first: 0 },
        Command::Refill {
            volume: Volume::ZERO,
            concentration: Concentration::ZERO,
        },
        Command::Silence,
    ];
    let commands = commands.map(|command| {
        let packet = seal(FACTORY_KEY, Role::Clinician, 1, &command).expect("fits");
        kind_and_name(&command, packet.as_slice())
    });
    check("telemetry.md", "Command kinds", commands);
    let status = Status {
        clock: PumpTime::ZERO,
        mode: Mode::Stopped,
        alarms: Alarms(0),
        reservoir: Volume::ZERO,
        steps: 0,
        granted: 0,
        denied: 0,
        unauthentic: 0,
        log_entries: 0,
        supply_mv: 0,
        concentration: Concentration::ZERO,
        dose: DoseRate::ZERO,
    };
    let responses = [
        Response::Done,
        Response::Rejected(Rejection::NotAllowed),
        Response::BolusGranted,
        Response::BolusDenied(Denial::Disabled),
        Response::Status(status),
        Response::Log(LogPage::new(0)),
    ];
    let responses = responses.map(|response| {
        let packet = seal(FACTORY_KEY, Role::Clinician, 1, &response).expect("fits");
        kind_and_name(&response, packet.as_slice())
    });
    check("telemetry.md", "Response kinds", responses);
}
