//! Properties of the reference pump's packets: sealed content is opened unchanged, no two packets
//! have the same meaning, no body with a correct tag makes the decoder panic. Tags:
//! `properties.rs`.

use aes::Aes128;
use cmac::{Cmac, KeyInit, Mac};
use proptest::collection::vec;
use proptest::prelude::*;
use thecal_link::DecodeError;
use thecal_link::limits::TELEMETRY_MAX;
use thecal_telemetry::{
    AlarmReport, Alarms, Command, DoseLimits, DuringBolus, Health, Infusion, Key, LogCode,
    LogEntry, LogPage, Opened, Prescription, Response, Role, Schedule, ScheduleStep, open, seal,
};
use thecal_units::{Concentration, DoseRate, Mass, Millis, PumpTime, Volume};

const KEY: Key = Key([7; 16]);

fn schedule() -> impl Strategy<Value = Schedule> {
    vec(any::<(u8, u16, u32)>(), 0..=Schedule::STEPS_MAX).prop_map(|steps| {
        let mut schedule = Schedule::EMPTY;
        for (days, minute, dose) in steps {
            assert!(schedule.push(ScheduleStep {
                days,
                minute,
                dose: DoseRate::from_ng_per_day(dose),
            }));
        }
        schedule
    })
}

fn prescription() -> impl Strategy<Value = Prescription> {
    let nanograms = |value: u32| Mass::from_nanograms(value.into());
    let millis = |value: u32| Millis::from_millis(value.into());
    let kinds = (
        proptest::sample::select(Infusion::ALL),
        proptest::sample::select(DuringBolus::ALL),
    );
    let numbers = (any::<[u32; 11]>(), any::<u8>(), any::<u64>());
    (numbers, kinds, schedule()).prop_map(
        move |((numbers, daily_maximum, low), kinds, schedule)| {
            let [
                concentration,
                dose,
                bolus_dose,
                bolus_duration,
                lockout,
                critical,
                non_critical,
                ..,
            ] = numbers;
            let [.., hour, four_hours, day, catheter] = numbers;
            Prescription {
                concentration: Concentration::from_ng_per_ml(concentration),
                dose: DoseRate::from_ng_per_day(dose),
                bolus_dose: nanograms(bolus_dose),
                bolus_duration: millis(bolus_duration),
                lockout: millis(lockout),
                daily_maximum,
                low_reservoir: Volume::from_picoliters(low),
                critical_interval: millis(critical),
                non_critical_interval: millis(non_critical),
                infusion: kinds.0,
                during_bolus: kinds.1,
                limits: DoseLimits {
                    hour: nanograms(hour),
                    four_hours: nanograms(four_hours),
                    day: nanograms(day),
                },
                catheter_volume: Volume::from_nanoliters(catheter.into()),
                schedule,
            }
        },
    )
}

fn command() -> impl Strategy<Value = Command> {
    let refill =
        |(volume, concentration, bridge, drawn): (u64, u32, bool, Option<u64>)| Command::Refill {
            volume: Volume::from_picoliters(volume),
            concentration: Concentration::from_ng_per_ml(concentration),
            bridge,
            drawn: drawn.map(Volume::from_picoliters),
        };
    let plain = vec![
        Command::Interrogate,
        Command::Start,
        Command::Stop,
        Command::Silence,
        Command::CloseUpdate,
        Command::PrimingBolus,
        Command::ReadPrescription,
        Command::ReadAlarms,
        Command::ReadHealth,
    ];
    prop_oneof![
        proptest::sample::select(plain),
        any::<(u32, u32)>().prop_map(|(dose, duration)| Command::ClinicianBolus {
            dose: Mass::from_nanograms(dose.into()),
            duration: Millis::from_millis(duration.into()),
        }),
        any::<u16>().prop_map(|press| Command::PatientBolus { press }),
        any::<u32>().prop_map(|first| Command::ReadLog { first }),
        any::<(u64, u32, bool, Option<u64>)>().prop_map(refill),
        any::<bool>().prop_map(|hold| Command::OpenUpdate { hold }),
        prescription().prop_map(Command::Stage),
        any::<(u32, u32)>().prop_map(|(checksum, time_of_week)| Command::Commit {
            checksum,
            time_of_week,
        }),
    ]
}

fn log_page() -> impl Strategy<Value = LogPage> {
    let entry = (
        any::<u64>(),
        proptest::sample::select(LogCode::ALL),
        any::<u32>(),
    );
    (any::<u32>(), vec(entry, 0..=LogPage::ENTRIES_MAX)).prop_map(|(first, entries)| {
        let mut page = LogPage::new(first);
        for (at, code, argument) in entries {
            let at = PumpTime::from_millis(at);
            assert!(page.push(LogEntry { at, code, argument }));
        }
        page
    })
}

fn health() -> impl Strategy<Value = Health> {
    let numbers = (
        any::<[u16; 2]>(),
        any::<[u32; 3]>(),
        any::<[u64; 2]>(),
        any::<u8>(),
    );
    (numbers, any::<[bool; 4]>()).prop_map(
        |(([loaded_mv, replacement_days], words, clocks, close_resets), flags)| Health {
            loaded_mv,
            replacement_days,
            time_of_week: words[0],
            monotonic: PumpTime::from_millis(clocks[0]),
            therapy_time: PumpTime::from_millis(clocks[1]),
            resets: words[1],
            close_resets,
            bridge_steps: words[2],
            in_session: flags[0],
            primed: flags[1],
            magnet: flags[2],
            catheter_open: flags[3],
        },
    )
}

fn response() -> impl Strategy<Value = Response> {
    let alarms = any::<([u16; 2], [u32; 16])>().prop_map(|([active, acknowledged], minutes)| {
        Response::Alarms(AlarmReport {
            active: Alarms(active),
            acknowledged: Alarms(acknowledged),
            minutes,
        })
    });
    prop_oneof![
        log_page().prop_map(Response::Log),
        prescription().prop_map(Response::Prescription),
        alarms,
        health().prop_map(Response::Health),
    ]
}

/// Role, counter, kind and body unchanged, with a correct tag.
fn sealed(direction: u8, plain: &[u8]) -> Vec<u8> {
    let mut mac = Cmac::<Aes128>::new(&KEY.0.into());
    mac.update(&[direction]);
    mac.update(plain);
    [plain, &mac.finalize().into_bytes()[..8]].concat()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn commands_come_back(counter: u32, content in command()) {
        let packet = seal(KEY, Role::Clinician, counter, &content).expect("every command fits");
        let expected = Opened { role: Role::Clinician, counter, content };
        prop_assert_eq!(open(KEY, packet.as_slice()), Ok(expected));
    }

    #[test]
    fn responses_come_back(counter: u32, content in response()) {
        let packet = seal(KEY, Role::Clinician, counter, &content).expect("every response fits");
        let expected = Opened { role: Role::Clinician, counter, content };
        prop_assert_eq!(open(KEY, packet.as_slice()), Ok(expected));
    }

    /// A changed bit of a command gives another command or none: no field is ignored except an
    /// unused step.
    #[test]
    fn no_two_packets_say_the_same(content in command(), at: prop::sample::Index, bit in 0..8u32) {
        let packet = seal(KEY, Role::Clinician, 1, &content).expect("fits");
        let mut plain = packet.as_slice()[..packet.as_slice().len() - 8].to_vec();
        let at = at.index(plain.len());
        plain[at] ^= 1 << bit;
        let used = match content {
            Command::Stage(prescription) => 6 + 56 + 7 * prescription.schedule.steps().len(),
            _ => plain.len(),
        };
        let opened: Result<Opened<Command>, DecodeError> = open(KEY, &sealed(1, &plain));
        if at < used && let Ok(opened) = opened {
            prop_assert!(
                (opened.role, opened.counter, opened.content) != (Role::Clinician, 1, content)
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    /// With a correct tag: any kind, any body, truncated and too long.
    /// Verifies REQ-TEL-011, REQ-TEL-012, REQ-TEL-013.
    #[test]
    fn no_body_makes_the_opener_panic(
        kind in prop_oneof![any::<u8>(), 0..0x18u8, 0x80..0x8cu8],
        body in vec(any::<u8>(), 0..=TELEMETRY_MAX - 14),
    ) {
        let plain = [&[0, 1, 0, 0, 0, kind], body.as_slice()].concat();
        let command: Result<Opened<Command>, DecodeError> = open(KEY, &sealed(1, &plain));
        let response: Result<Opened<Response>, DecodeError> = open(KEY, &sealed(2, &plain));
        prop_assert!(command.is_err() || kind < 0x80);
        prop_assert!(response.is_err() || kind >= 0x80);
        prop_assert!(command.is_err() || kind != 0x03, "a retired kind was opened");
    }
}
