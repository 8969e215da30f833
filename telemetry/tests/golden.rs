//! Every packet in `link/vectors`, both ways, tag included. The expected tags were generated
//! without this crate; see `vectors/README.md`.

#[path = "../../link/tests/vector/mod.rs"]
mod vector;

use thecal_link::DecodeError;
use thecal_link::buffer::Bytes;
use thecal_link::limits::TELEMETRY_MAX;
use thecal_telemetry::{
    AlarmReport, Alarms, CatheterWork, Challenge, Command, Denial, DoseLimits, DuringBolus, Health,
    Infusion, Key, Keys, LogCode, LogEntry, LogPage, Mode, Opened, Prescription, Rejection,
    Response, Role, Schedule, ScheduleStep, Secret, Status, open, seal, sender,
};
use thecal_units::{Concentration, DoseRate, Mass, Millis, PumpTime, Volume};
use vector::{Vector, error_name};

/// The content of a packet, in either direction.
#[derive(Debug, PartialEq)]
enum Content {
    Command(Command),
    Response(Box<Response>),
}

#[test]
fn packets_are_what_the_vectors_say() {
    let (mut valid, mut invalid) = (0, 0);
    for vector in vector::all() {
        if !vector.name.starts_with("telemetry-") {
            continue;
        }
        let key = Key(vector.array("key"));
        let packet = vector.bytes("packet");
        let opened = open_either(&vector, key, &packet);
        if let Some(expected) = vector.find("error") {
            let error = opened.map(|_| ()).expect_err(&vector.name);
            assert_eq!(error_name(error), expected, "{}", vector.name);
            invalid += 1;
            continue;
        }
        let role = match vector.number::<u8>("role") {
            0 => Role::Clinician,
            number => Role::Remote(number),
        };
        assert_eq!(sender(&packet), Ok(role), "{}", vector.name);
        let expected = Opened {
            role,
            counter: vector.number("counter"),
            content: read_content(&vector),
        };
        let opened = opened.unwrap_or_else(|error| panic!("{}: {error}", vector.name));
        assert_eq!(opened, expected, "{}: bytes to fields", vector.name);
        valid += 1;
        if vector.find("decode_only").is_some() {
            continue;
        }
        let sealed = seal_either(key, &opened).expect("every content fits");
        assert_eq!(
            sealed.as_slice(),
            packet,
            "{}: fields to bytes",
            vector.name
        );
    }
    assert!(
        valid >= 60 && invalid >= 35,
        "{valid} and {invalid} vectors"
    );
}

/// Keys follow from a secret as the vectors say; those of roles not in use are zeros.
#[test]
fn keys_are_derived_as_the_vectors_say() {
    let mut count = 0;
    for vector in vector::all() {
        if !vector.name.starts_with("keys-") {
            continue;
        }
        let secret = Secret(vector.array("secret"));
        let challenge = Challenge(vector.array("challenge"));
        let unique: Vec<u8> = vector.bytes("unique");
        assert_eq!(secret.challenge(&unique), challenge, "{}", vector.name);
        assert_eq!(
            secret.pairing_key(),
            Key(vector.array("pairing_key")),
            "{}",
            vector.name
        );
        assert_eq!(
            secret.provisioning_key(challenge),
            Key(vector.array("provisioning_key")),
            "{}",
            vector.name
        );
        let keys = Keys::derived(secret, challenge, vector.number("remotes"));
        let found: Vec<u8> = keys.0.iter().flat_map(|key| key.0).collect();
        assert_eq!(found, vector.bytes("keys"), "{}", vector.name);
        count += 1;
    }
    assert!(count >= 2);
}

fn open_either(vector: &Vector, key: Key, packet: &[u8]) -> Result<Opened<Content>, DecodeError> {
    match vector.text("direction") {
        "to-pump" => open(key, packet).map(|opened: Opened<Command>| Opened {
            role: opened.role,
            counter: opened.counter,
            content: Content::Command(opened.content),
        }),
        "from-pump" => open(key, packet).map(|opened: Opened<Response>| Opened {
            role: opened.role,
            counter: opened.counter,
            content: Content::Response(Box::new(opened.content)),
        }),
        other => panic!("{}: direction `{other}`", vector.name),
    }
}

fn seal_either(key: Key, opened: &Opened<Content>) -> Result<Bytes<TELEMETRY_MAX>, DecodeError> {
    match &opened.content {
        Content::Command(command) => seal(key, opened.role, opened.counter, command),
        Content::Response(response) => seal(key, opened.role, opened.counter, response.as_ref()),
    }
}

fn read_content(vector: &Vector) -> Content {
    match vector.text("direction") {
        "to-pump" => Content::Command(read_command(vector)),
        _ => Content::Response(Box::new(read_response(vector))),
    }
}

fn read_command(vector: &Vector) -> Command {
    match vector.text("message") {
        "ask_challenge" => Command::AskChallenge,
        "declare_work" => Command::DeclareWork(
            CatheterWork::from_number(vector.number("work")).expect("a kind of work"),
        ),
        "provision" => Command::Provision {
            remotes: vector.number("remotes"),
        },
        "interrogate" => Command::Interrogate,
        "start" => Command::Start,
        "stop" => Command::Stop,
        "clinician_bolus" => Command::ClinicianBolus {
            dose: Mass::from_nanograms(vector.number("dose_ng")),
            duration: Millis::from_millis(vector.number("duration_ms")),
        },
        "patient_bolus" => Command::PatientBolus {
            press: vector.number("press"),
        },
        "read_log" => Command::ReadLog {
            first: vector.number("first"),
        },
        "refill" => Command::Refill {
            volume: Volume::from_picoliters(vector.number("volume_pl")),
            concentration: Concentration::from_ng_per_ml(vector.number("concentration_ng_per_ml")),
            bridge: vector.number::<u8>("bridge") == 1,
            drawn: (vector.text("drawn_pl") != "none")
                .then(|| Volume::from_picoliters(vector.number("drawn_pl"))),
        },
        "silence" => Command::Silence,
        "open_update" => Command::OpenUpdate {
            hold: vector.number::<u8>("hold") == 1,
        },
        "stage" => Command::Stage(read_prescription(vector)),
        "commit" => Command::Commit {
            checksum: vector.number("checksum"),
            time_of_week: vector.number("time_of_week_ms"),
        },
        "close_update" => Command::CloseUpdate,
        "priming_bolus" => Command::PrimingBolus,
        "read_prescription" => Command::ReadPrescription,
        "read_alarms" => Command::ReadAlarms,
        "read_health" => Command::ReadHealth,
        other => panic!("{}: command `{other}`", vector.name),
    }
}

fn read_response(vector: &Vector) -> Response {
    match vector.text("message") {
        "done" => Response::Done,
        "rejected" => Response::Rejected(
            Rejection::from_number(vector.number("rejection")).expect("a rejection"),
        ),
        "bolus_granted" => Response::BolusGranted,
        "bolus_denied" => {
            Response::BolusDenied(Denial::from_number(vector.number("denial")).expect("a denial"))
        }
        "status" => Response::Status(Status {
            clock: PumpTime::from_millis(vector.number("clock_ms")),
            mode: Mode::from_number(vector.number("mode")).expect("a mode"),
            alarms: Alarms(vector.number("alarms")),
            reservoir: Volume::from_picoliters(vector.number("reservoir_pl")),
            steps: vector.number("steps"),
            granted: vector.number("granted"),
            denied: vector.number("denied"),
            unauthentic: vector.number("unauthentic"),
            log_entries: vector.number("log_entries"),
            supply_mv: vector.number("supply_mv"),
            concentration: Concentration::from_ng_per_ml(vector.number("concentration_ng_per_ml")),
            dose: DoseRate::from_ng_per_day(vector.number("dose_ng_per_day")),
        }),
        "log" => {
            let mut page = LogPage::new(vector.number("first"));
            for [at, code, argument] in triples(vector, "entry") {
                assert!(page.push(LogEntry {
                    at: PumpTime::from_millis(vector.parse(at)),
                    code: LogCode::from_number(vector.parse(code)).expect("a code"),
                    argument: vector.parse(argument),
                }));
            }
            Response::Log(page)
        }
        "prescription" => Response::Prescription(read_prescription(vector)),
        "alarms" => Response::Alarms(read_alarms(vector)),
        "health" => Response::Health(read_health(vector)),
        "challenge" => Response::Challenge(Challenge(vector.array("challenge"))),
        other => panic!("{}: response `{other}`", vector.name),
    }
}

fn read_prescription(vector: &Vector) -> Prescription {
    let nanograms = |key| Mass::from_nanograms(vector.number(key));
    let millis = |key| Millis::from_millis(vector.number(key));
    let mut schedule = Schedule::EMPTY;
    for [days, minute, dose] in triples(vector, "step") {
        assert!(schedule.push(ScheduleStep {
            days: vector.parse(days),
            minute: vector.parse(minute),
            dose: DoseRate::from_ng_per_day(vector.parse(dose)),
        }));
    }
    Prescription {
        concentration: Concentration::from_ng_per_ml(vector.number("concentration_ng_per_ml")),
        dose: DoseRate::from_ng_per_day(vector.number("dose_ng_per_day")),
        bolus_dose: nanograms("bolus_dose_ng"),
        bolus_duration: millis("bolus_duration_ms"),
        lockout: millis("lockout_ms"),
        daily_maximum: vector.number("daily_maximum"),
        low_reservoir: Volume::from_picoliters(vector.number("low_reservoir_pl")),
        critical_interval: millis("critical_interval_ms"),
        non_critical_interval: millis("non_critical_interval_ms"),
        infusion: Infusion::from_number(vector.number("infusion")).expect("an infusion"),
        during_bolus: DuringBolus::from_number(vector.number("during_bolus")).expect("a setting"),
        limits: DoseLimits {
            hour: nanograms("limit_hour_ng"),
            four_hours: nanograms("limit_4_hours_ng"),
            day: nanograms("limit_day_ng"),
        },
        catheter_volume: Volume::from_nanoliters(vector.number("catheter_volume_nl")),
        schedule,
    }
}

fn read_alarms(vector: &Vector) -> AlarmReport {
    let minutes: Vec<u32> = vector
        .all("minutes")
        .into_iter()
        .map(|text| vector.parse(text))
        .collect();
    AlarmReport {
        active: Alarms(vector.number("active")),
        acknowledged: Alarms(vector.number("acknowledged")),
        minutes: minutes.try_into().expect("one for each bit"),
    }
}

fn read_health(vector: &Vector) -> Health {
    let flags: u8 = vector.number("flags");
    Health {
        loaded_mv: vector.number("loaded_mv"),
        replacement_days: vector.number("replacement_days"),
        time_of_week: vector.number("time_of_week_ms"),
        monotonic: PumpTime::from_millis(vector.number("monotonic_ms")),
        therapy_time: PumpTime::from_millis(vector.number("therapy_time_ms")),
        resets: vector.number("resets"),
        close_resets: vector.number("troubles"),
        bridge_steps: vector.number("bridge_steps"),
        in_session: flags & 1 != 0,
        primed: flags & 2 != 0,
        magnet: flags & 4 != 0,
        catheter_open: flags & 8 != 0,
    }
}

/// The lines of a key whose values are three numbers.
fn triples<'a>(vector: &'a Vector, key: &str) -> Vec<[&'a str; 3]> {
    vector
        .all(key)
        .into_iter()
        .map(|line| {
            let numbers: Vec<&str> = line.split(' ').collect();
            numbers
                .try_into()
                .unwrap_or_else(|_| panic!("{}: `{line}` is not three numbers", vector.name))
        })
        .collect()
}
