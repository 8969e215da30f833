//! Telemetry: commands permitted to each role, forged and recorded packets, ranges.

use crate::bench::{Bench, HOUR, prescription, rejected};
use thecal_link::ResetCause;
use thecal_telemetry::{
    CatheterWork, Command, DoseLimits, EXAMPLE_SECRET, Infusion, Key, LogCode, Mode, NO_KEY,
    Prescription, Rejection, Response, Role, seal,
};
use thecal_units::{Concentration, DoseRate, Mass, Millis, Volume};

/// Verifies REQ-TEL-004, REQ-TEL-024.
#[test]
fn req_tel_004_a_new_pump_takes_its_keys_and_nothing_else() {
    let mut bench = Bench::blank();
    for command in [
        Command::Interrogate,
        Command::Start,
        Command::Stage(prescription()),
        Command::OpenUpdate { hold: true },
    ] {
        assert_eq!(
            bench.clinician(command),
            rejected(Rejection::NotProvisioned)
        );
    }
    // Neither under a key that everybody knows, nor under the pairing key, nor unasked.
    let provision = Command::Provision { remotes: 0 };
    let pairing = EXAMPLE_SECRET.pairing_key();
    for key in [NO_KEY, pairing, Key([7; 16])] {
        let packet = seal(key, Role::Clinician, 99, &provision).unwrap();
        assert_eq!(bench.send_under(key, packet.as_slice()), None);
    }
    let mut bench = Bench::provisioned();
    assert_eq!(bench.status().mode, Mode::Unprogrammed);
    for again in [provision, Command::AskChallenge] {
        assert_eq!(
            bench.clinician(again),
            rejected(Rejection::AlreadyProvisioned)
        );
    }
    // What opened a new pump opens no other.
    let packet = seal(pairing, Role::Clinician, 999, &Command::AskChallenge).unwrap();
    assert_eq!(bench.send_under(pairing, packet.as_slice()), None);
}

/// Verifies REQ-TEL-014, REQ-TEL-023, REQ-TEL-031.
#[test]
fn each_challenge_is_new_and_an_old_answer_is_none() {
    let mut bench = Bench::blank();
    let first = bench.challenge();
    assert_eq!(bench.challenge(), first, "one for each run");
    let answer = bench.provisioning(first, 0);
    let mut seen = vec![first];
    for round in 0..20 {
        match round % 3 {
            0 => bench.reset(ResetCause::PowerOn),
            1 => bench.power_off(1),
            // The clock starts anew.
            _ => {
                bench.turn_clock(-bench.now.cast_signed());
                bench.reset(ResetCause::Pin);
            }
        }
        let key = EXAMPLE_SECRET.provisioning_key(first);
        assert_eq!(bench.send_under(key, &answer), None, "recorded");
        let challenge = bench.challenge();
        assert!(!seen.contains(&challenge), "{round}");
        seen.push(challenge);
        assert_eq!(bench.send_under(key, &answer), None, "recorded");
    }
    bench.provision();
    assert_eq!(bench.status().mode, Mode::Unprogrammed);
}

#[test]
fn all_works_in_one_go() {
    let mut bench = Bench::infusing(prescription());
    assert_eq!(bench.now, 0);
    assert_eq!(bench.status().mode, Mode::Infusing);
    bench.run_for(HOUR);
    assert_eq!(bench.moved_us.len(), 4_166);
}

/// Verifies REQ-TEL-001, REQ-TEL-016, REQ-TEL-017.
#[test]
fn req_tel_001_a_forged_packet_gets_no_answer_and_one_entry() {
    let mut bench = Bench::infusing(prescription());
    let good = bench.packet(Role::Clinician, &Command::Stop);
    for index in 0..good.len() {
        let mut forged = good.clone();
        forged[index] ^= 0x10;
        assert_eq!(bench.send(Role::Clinician, &forged), None, "byte {index}");
    }
    let other_key = seal(NO_KEY, Role::Clinician, 1_000, &Command::Stop).unwrap();
    assert_eq!(bench.send(Role::Clinician, other_key.as_slice()), None);
    assert_eq!(bench.send(Role::Clinician, &[]), None);
    let status = bench.status();
    assert_eq!(status.mode, Mode::Infusing);
    assert_eq!(status.unauthentic as usize, good.len() + 1);
    let logged = bench.log();
    let count = |code| logged.iter().filter(|entry| entry.code == code).count();
    // One for the clinician's role, one for the role that the changed first byte names.
    assert!((1..=2).contains(&count(LogCode::Unauthentic)));
    assert_eq!(bench.send(Role::Clinician, &good), None, "its time is over");
}

/// Verifies REQ-TEL-002, REQ-BOL-037, REQ-TEL-016.
#[test]
fn req_tel_002_a_recorded_packet_is_dead_even_after_a_reset() {
    let mut bench = Bench::infusing(prescription());
    let press = bench.packet(Role::Remote(1), &Command::PatientBolus { press: 1 });
    assert_eq!(
        bench.send(Role::Remote(1), &press),
        Some(Response::BolusGranted)
    );
    bench.run_for(5 * HOUR);
    for _ in 0..1_000 {
        assert_eq!(bench.send(Role::Remote(1), &press), None);
    }
    bench.reset(ResetCause::PowerOn);
    assert_eq!(bench.send(Role::Remote(1), &press), None);
    assert_eq!(bench.status().granted, 1);
}

/// Verifies REQ-TEL-005, REQ-TEL-027.
#[test]
fn req_tel_005_remotes_ask_for_boluses_and_the_status_only() {
    let mut bench = Bench::infusing(prescription());
    let remote = Role::Remote(2);
    for command in [
        Command::Start,
        Command::Stop,
        Command::Silence,
        Command::OpenUpdate { hold: true },
        Command::Stage(prescription()),
        Command::Commit {
            checksum: 0,
            time_of_week: 0,
        },
        Command::CloseUpdate,
        Command::PrimingBolus,
        Command::DeclareWork(CatheterWork::Replaced),
        Command::ReadPrescription,
        Command::ReadAlarms,
        Command::ReadHealth,
        Command::ReadLog { first: 0 },
        Command::ClinicianBolus {
            dose: Mass::from_nanograms(100_000),
            duration: Millis::HOUR,
        },
        Command::Refill {
            volume: Volume::ZERO,
            concentration: prescription().concentration,
            bridge: false,
            drawn: None,
        },
    ] {
        assert_eq!(bench.say(remote, command), rejected(Rejection::NotAllowed));
    }
    assert!(matches!(
        bench.say(remote, Command::Interrogate),
        Response::Status(_)
    ));
    let press = Command::PatientBolus { press: 1 };
    assert_eq!(bench.clinician(press), rejected(Rejection::NotAllowed));
}

/// A prescription that differs in what `change` changes.
trait With {
    fn with(&self, change: impl FnOnce(&mut Prescription)) -> Prescription;
}

impl With for Prescription {
    fn with(&self, change: impl FnOnce(&mut Prescription)) -> Prescription {
        let mut changed = *self;
        change(&mut changed);
        changed
    }
}

/// Prescriptions with one bad value of the infusion or the bolus, and the reason to refuse them.
fn bad_boluses() -> Vec<(Rejection, Prescription)> {
    let good = prescription();
    let nanograms = Mass::from_nanograms;
    vec![
        (
            Rejection::DoseRange,
            good.with(|of| of.dose = DoseRate::from_ng_per_day(u32::MAX)),
        ),
        (
            Rejection::ConcentrationRange,
            good.with(|of| of.concentration = Concentration::ZERO),
        ),
        (
            Rejection::BolusDoseRange,
            good.with(|of| of.bolus_dose = nanograms(1_000_000_000)),
        ),
        (
            Rejection::BolusDoseRange,
            good.with(|of| of.bolus_dose = nanograms(49)),
        ),
        (
            Rejection::BolusDurationRange,
            good.with(|of| of.bolus_duration = Millis::from_millis(59_999)),
        ),
        (
            Rejection::LockoutRange,
            good.with(|of| of.bolus_duration = Millis::HOUR.times(5)),
        ),
        (
            Rejection::LockoutRange,
            good.with(|of| of.lockout = Millis::ZERO),
        ),
        (
            Rejection::DailyMaximumRange,
            good.with(|of| of.daily_maximum = 51),
        ),
    ]
}

/// Those with a bad value of something else.
fn bad_settings() -> Vec<(Rejection, Prescription)> {
    let good = prescription();
    vec![
        (
            Rejection::LowReservoirRange,
            good.with(|of| of.low_reservoir = Volume::from_nanoliters(40_000_000)),
        ),
        (
            Rejection::CriticalIntervalRange,
            good.with(|of| of.critical_interval = Millis::from_millis(59_999)),
        ),
        (
            Rejection::NonCriticalIntervalRange,
            good.with(|of| of.non_critical_interval = Millis::from_millis(86_400_001)),
        ),
        (
            Rejection::CatheterRange,
            good.with(|of| of.catheter_volume = Volume::from_nanoliters(1_000_001)),
        ),
        (
            Rejection::ScheduleRange,
            good.with(|of| of.infusion = Infusion::Flex),
        ),
        (
            Rejection::DoseRange,
            good.with(|of| of.infusion = Infusion::MinimumRate),
        ),
    ]
}

/// Those with a dose limit that leaves no room.
fn bad_limits() -> Vec<(Rejection, Prescription)> {
    let nanograms = Mass::from_nanograms;
    let limits = |hour, four_hours, day| DoseLimits {
        hour: nanograms(hour),
        four_hours: nanograms(four_hours),
        day: nanograms(day),
    };
    let good = prescription();
    vec![
        // 5 mg/day and a bolus of 0.2 mg: 0.408, 1.033 and 5.2 mg.
        (
            Rejection::HourLimit,
            good.with(|of| of.limits = limits(408_000, 0, 0)),
        ),
        (
            Rejection::FourHoursLimit,
            good.with(|of| of.limits = limits(0, 1_033_000, 0)),
        ),
        (
            Rejection::DayLimit,
            good.with(|of| of.limits = limits(1_000_000, 2_000_000, 5_199_999)),
        ),
    ]
}

/// Verifies REQ-TEL-006, REQ-TEL-015, REQ-BOL-022, REQ-BOL-044, REQ-THE-029, REQ-THE-046,
/// REQ-TEL-032.
#[test]
fn req_tel_006_ranges_hold_behind_authentication_and_each_refusal_names_its_limit() {
    let bad = [bad_boluses(), bad_settings(), bad_limits()].concat();
    for (why, bad) in &bad {
        let mut bench = Bench::infusing(prescription());
        let answer = bench.program(*bad);
        assert_eq!(answer, rejected(*why), "{bad:?}");
        let last = bench.log().last().copied().expect("an entry");
        let stage = Command::Stage(*bad).number();
        let expected = u32::from(stage) << 8 | *why as u32;
        assert_eq!((last.code, last.argument), (LogCode::Refused, expected));
        assert_eq!(bench.status().dose, prescription().dose);
    }
    let mut bench = Bench::infusing(prescription());
    let bolus = Command::ClinicianBolus {
        dose: Mass::from_nanograms(1),
        duration: Millis::HOUR,
    };
    assert_eq!(bench.clinician(bolus), rejected(Rejection::BolusDoseRange));
}

/// Verifies REQ-TEL-015, REQ-TEL-032.
#[test]
fn a_refusal_is_logged_once_and_never_fills_the_log() {
    let mut bench = Bench::infusing(prescription());
    let before = bench.status().log_entries;
    for _ in 0..2_000 {
        assert_eq!(
            bench.clinician(Command::PrimingBolus),
            rejected(Rejection::NotStopped)
        );
    }
    assert_eq!(bench.status().log_entries, before + 1);
    // Another one is another entry; so is the same after something has happened.
    assert_eq!(
        bench.say(Role::Remote(1), Command::Stop),
        rejected(Rejection::NotAllowed)
    );
    bench.clinician(Command::PrimingBolus);
    assert_eq!(bench.status().log_entries, before + 3);
    let log = bench.log();
    let refused = log.iter().filter(|entry| entry.code == LogCode::Refused);
    let found: Vec<u32> = refused.map(|entry| entry.argument).collect();
    assert_eq!(found, [0x0f0a, 0x0501, 0x0f0a]);
}

/// Verifies REQ-TEL-007.
#[test]
fn req_tel_007_a_role_without_a_key_does_not_speak() {
    let mut bench = Bench::blank();
    bench.provision_remotes(0b0010);
    let press = Command::PatientBolus { press: 1 };
    let packet = seal(NO_KEY, Role::Remote(1), 5, &press).unwrap();
    assert_eq!(bench.send(Role::Remote(1), packet.as_slice()), None);
    assert!(matches!(bench.press(2, 1), Response::BolusDenied(_)));
}

/// Verifies REQ-TEL-018.
#[test]
fn the_count_of_refused_packets_outlasts_a_reset() {
    let mut bench = Bench::infusing(prescription());
    bench.run_for(HOUR);
    let recorded = bench.packet(Role::Clinician, &Command::Stop);
    assert_eq!(bench.send(Role::Clinician, &recorded), Some(Response::Done));
    assert_eq!(bench.send(Role::Clinician, &recorded), None);
    bench.reset(ResetCause::Pin);
    assert_eq!(bench.status().unauthentic, 1, "the first at once");
    for _ in 0..1_000 {
        assert_eq!(bench.send(Role::Clinician, &recorded), None);
    }
    bench.run_for(HOUR);
    bench.reset(ResetCause::PowerOn);
    assert_eq!(
        bench.status().unauthentic,
        1_001,
        "the others within the hour"
    );
}

/// Verifies REQ-THE-005, REQ-WDG-005.
#[test]
fn every_packet_of_the_clinician_keeps_a_session_open() {
    let mut bench = Bench::infusing(prescription());
    let open = Command::OpenUpdate { hold: true };
    assert_eq!(bench.clinician(open), Response::Done);
    for _ in 0..3 {
        bench.run_for(179_999);
        assert_eq!(bench.status().mode, Mode::Held);
    }
    bench.run_for(180_000);
    assert_eq!(bench.status().mode, Mode::Infusing);
}
