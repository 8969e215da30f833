//! The numbers in `docs/wire.md` and `docs/telemetry.md` are those of the code.

use std::fs;
use std::path::Path;
use thecal_link::limits;
use thecal_link::{Refusal, ResetCause, WakeReasons};
use thecal_telemetry::{
    ALARMS_MAX, AlarmReport, Alarms, CatheterWork, Challenge, Command, Denial, DuringBolus, Health,
    Infusion, LogCode, LogEntry, LogPage, Mode, NO_KEY, Prescription, Rejection, Response, Role,
    Schedule, Status, seal,
};
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

/// Numbers without a constant in Rust are pinned by the golden vectors and repeated here.
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
        "Catheter work",
        named(CatheterWork::ALL, |work| work as u8),
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
    check(
        document,
        "Infusions",
        named(Infusion::ALL, |infusion| infusion as u8),
    );
    check(
        document,
        "During a bolus",
        named(DuringBolus::ALL, |setting| setting as u8),
    );
    let roles: Vec<(u8, String)> = (0..=4)
        .map(|number| {
            let role = if number == 0 {
                Role::Clinician
            } else {
                Role::Remote(number)
            };
            let sealed = seal(NO_KEY, role, 1, &Command::Stop).expect("fits");
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

/// One command of each kind, in order of the kinds.
fn commands() -> Vec<Command> {
    vec![
        Command::Interrogate,
        Command::Start,
        Command::Stop,
        Command::ClinicianBolus {
            dose: Mass::ZERO,
            duration: Millis::ZERO,
        },
        Command::PatientBolus { press: 0 },
        Command::ReadLog { first: 0 },
        Command::Silence,
        Command::OpenUpdate { hold: false },
        Command::Stage(Prescription::NONE),
        Command::Commit {
            checksum: 0,
            time_of_week: 0,
        },
        Command::CloseUpdate,
        Command::PrimingBolus,
        Command::ReadPrescription,
        Command::ReadAlarms,
        Command::ReadHealth,
        Command::AskChallenge,
        Command::Provision { remotes: 0 },
        Command::DeclareWork(CatheterWork::Revised),
        Command::Refill {
            volume: Volume::ZERO,
            concentration: Concentration::ZERO,
            bridge: false,
            drawn: None,
        },
    ]
}

/// One response of each kind, in order of the kinds.
fn responses() -> Vec<Response> {
    vec![
        Response::Done,
        Response::Rejected(Rejection::NotAllowed),
        Response::BolusGranted,
        Response::BolusDenied(Denial::Disabled),
        Response::Status(Status {
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
        }),
        Response::Log(LogPage::new(0)),
        Response::Prescription(Prescription::NONE),
        Response::Alarms(AlarmReport {
            active: Alarms(0),
            acknowledged: Alarms(0),
            minutes: [0; ALARMS_MAX],
        }),
        Response::Health(Health::default()),
        Response::Challenge(Challenge([0; 16])),
    ]
}

/// Names, kinds and body lengths of all packets.
fn bodies() -> Vec<(String, u8, usize)> {
    let commands = commands().into_iter().map(|command| {
        let packet = seal(NO_KEY, Role::Clinician, 1, &command).expect("fits");
        named_body(&command, packet.as_slice())
    });
    let responses = responses().into_iter().map(|response| {
        let packet = seal(NO_KEY, Role::Clinician, 1, &response).expect("fits");
        named_body(&response, packet.as_slice())
    });
    commands.chain(responses).collect()
}

/// The name before the fields, the kind on the air, and the length of the body.
fn named_body(content: &impl std::fmt::Debug, packet: &[u8]) -> (String, u8, usize) {
    let shown = format!("{content:?}");
    let end = shown
        .find(|letter: char| !letter.is_alphanumeric())
        .unwrap_or(shown.len());
    (shown[..end].to_owned(), packet[5], packet.len() - 14)
}

/// Retired kinds are listed in the document too, so that they are not reused.
#[test]
fn the_kinds_of_packets_are_those_of_the_code() {
    let kinds = |of: fn(u8) -> bool| {
        bodies()
            .into_iter()
            .filter(move |&(_, kind, _)| of(kind))
            .map(|(name, kind, _)| (kind, name))
    };
    let mut commands: Vec<(u8, String)> = kinds(|kind| kind < 0x80).collect();
    for retired in [0x01, 0x03, 0x09, 0x12] {
        commands.push((retired, "retired".to_owned()));
    }
    commands.sort();
    check("telemetry.md", "Command kinds", commands);
    let responses = kinds(|kind| kind >= 0x80);
    check("telemetry.md", "Response kinds", responses);
}

/// Fields are contiguous, and together as long as the body of their packet.
#[test]
fn the_layouts_are_as_long_as_those_of_the_code() {
    let bodies = bodies();
    let length = |name: &str| {
        let body = bodies.iter().find(|(of, ..)| of == name);
        body.unwrap_or_else(|| panic!("no `{name}`")).2
    };
    let layouts = [
        ("Provision", length("Provision")),
        ("ClinicianBolus", length("ClinicianBolus")),
        ("PatientBolus", length("PatientBolus")),
        ("ReadLog", length("ReadLog")),
        ("Refill", length("Refill")),
        ("OpenUpdate", length("OpenUpdate")),
        ("Commit", length("Commit")),
        ("Prescription", length("Stage")),
        ("Prescription", length("Prescription")),
        ("Status", length("Status")),
        ("Log", length("Log")),
        ("Alarms", length("Alarms")),
        ("Health", length("Health")),
        ("Challenge", length("Challenge")),
        ("DeclareWork", length("DeclareWork")),
        (
            "Steps of the schedule",
            (Prescription::LEN - 56) / Schedule::STEPS_MAX,
        ),
        ("Entries", LogEntry::LEN),
    ];
    for (heading, expected) in layouts {
        let mut end = 0;
        for (offset, size) in table("telemetry.md", heading) {
            assert_eq!(number_of(&offset), end, "{heading}: a gap or an overlap");
            // Repeated fields are absent from the shortest packet.
            if !size.ends_with("each") {
                end += number_of(&size);
            }
        }
        assert_eq!(usize::try_from(end), Ok(expected), "{heading}");
    }
}
