//! Every packet in `link/vectors`, both ways, tag included. The expected tags were made without
//! this crate; see `vectors/README.md`.

mod vector;

use thecal_link::DecodeError;
use thecal_link::buffer::Bytes;
use thecal_link::limits::TELEMETRY_MAX;
use thecal_link::telemetry::{
    Alarms, Command, Denial, Key, Keys, LogCode, LogEntry, LogPage, Mode, Opened, Prescription,
    Rejection, Response, Role, Status, open, seal, sender,
};
use thecal_units::{Concentration, DoseRate, Mass, Millis, PumpTime, Volume};
use vector::{Vector, error_name};

/// What a packet says, in either direction.
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
        let sealed = seal_either(key, &opened).expect("every content fits");
        assert_eq!(
            sealed.as_slice(),
            packet,
            "{}: fields to bytes",
            vector.name
        );
        valid += 1;
    }
    assert!(
        valid >= 30 && invalid >= 15,
        "{valid} and {invalid} vectors"
    );
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
        "provision" => {
            let bytes: [u8; 80] = vector.array("keys");
            let mut keys = Keys::FACTORY;
            for (key, bytes) in keys.0.iter_mut().zip(bytes.chunks_exact(16)) {
                *key = Key(bytes.try_into().expect("16 bytes"));
            }
            Command::Provision(keys)
        }
        "interrogate" => Command::Interrogate,
        "program" => Command::Program(Prescription {
            concentration: Concentration::from_ng_per_ml(vector.number("concentration_ng_per_ml")),
            dose: DoseRate::from_ng_per_day(vector.number("dose_ng_per_day")),
            bolus_dose: Mass::from_nanograms(vector.number("bolus_dose_ng")),
            bolus_duration: Millis::from_millis(vector.number("bolus_duration_ms")),
            lockout: Millis::from_millis(vector.number("lockout_ms")),
            daily_maximum: vector.number("daily_maximum"),
            low_reservoir: Volume::from_picoliters(vector.number("low_reservoir_pl")),
            critical_interval: Millis::from_millis(vector.number("critical_interval_ms")),
            non_critical_interval: Millis::from_millis(vector.number("non_critical_interval_ms")),
        }),
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
        },
        "silence" => Command::Silence,
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
            for entry in vector.all("entry") {
                let numbers: Vec<&str> = entry.split(' ').collect();
                let [at, code, argument] = numbers[..] else {
                    panic!("{}: `{entry}` is no entry", vector.name);
                };
                assert!(page.push(LogEntry {
                    at: PumpTime::from_millis(vector.parse(at)),
                    code: LogCode::from_number(vector.parse(code)).expect("a code"),
                    argument: vector.parse(argument),
                }));
            }
            Response::Log(page)
        }
        other => panic!("{}: response `{other}`", vector.name),
    }
}
