//! Interactions of features: a bridge and a new dose, an acknowledged alarm and the next cause, a
//! lost state and its content. Each was found by review, and is named after the rule that it broke.

use crate::bench::{Bench, DAY, HOUR, MINUTE, prescription};
use thecal_link::ResetCause;
use thecal_telemetry::{
    Alarms, CatheterWork, Command, Denial, DoseLimits, Infusion, Mode, Prescription, Rejection,
    Response,
};
use thecal_units::{Concentration, DoseRate, Mass, Millis, Volume};

const STATE_BANK: usize = 118;
const CATHETER: Volume = Volume::from_nanoliters(200_000);

fn mg_per_ml(milligrams: u32) -> Concentration {
    Concentration::from_ng_per_ml(milligrams * 1_000_000)
}

fn bridged(milligrams: u32) -> Command {
    Command::Refill {
        volume: Volume::from_nanoliters(20_000_000),
        concentration: mg_per_ml(milligrams),
        bridge: true,
        drawn: None,
    }
}

/// Damages both banks of the state.
fn lose_state(bench: &mut Bench) {
    for at in [20, STATE_BANK + 40] {
        bench.nvm[at] ^= 1;
    }
}

fn loses_state(bench: &mut Bench) {
    lose_state(bench);
    bench.reset(ResetCause::PowerOn);
    assert_eq!(bench.status().mode, Mode::SafeState);
}

fn tones_in(bench: &mut Bench, span: u64) -> usize {
    let before = bench.tones.len();
    bench.run_for(span);
    bench.tones.len() - before
}

/// Verifies REQ-ALM-011, REQ-STL-028.
#[test]
fn req_alm_003_a_stall_after_one_that_was_acknowledged_sounds_again() {
    for reset in [false, true] {
        let mut bench = Bench::infusing(prescription());
        bench.jammed = true;
        bench.run_for(HOUR);
        assert!(bench.status().alarms.has(Alarms::MOTOR_STALL));
        bench.clinician(Command::Silence);
        assert_eq!(tones_in(&mut bench, HOUR), 0, "acknowledged");
        if reset {
            bench.reset(ResetCause::Pin);
            assert!(bench.status().alarms.has(Alarms::MOTOR_STALL));
        }
        bench.jammed = false;
        bench.run_for(HOUR);
        assert_eq!(bench.status().alarms, Alarms(0), "over, and known");
        bench.jammed = true;
        assert!(tones_in(&mut bench, HOUR) > 0, "another stall");
    }
}

/// Verifies REQ-ALM-003, REQ-MEM-016.
#[test]
fn req_mem_005_a_memory_that_recovers_after_its_alarm_was_acknowledged_grants_boluses() {
    let mut bench = Bench::infusing(prescription());
    bench.worn = true;
    bench.run_for(HOUR);
    bench.clinician(Command::Silence);
    assert_eq!(bench.status().alarms, Alarms::MEMORY);
    assert_eq!(bench.press(1, 1), Response::BolusDenied(Denial::Alarm));
    bench.worn = false;
    bench.run_for(HOUR);
    assert_eq!(bench.status().alarms, Alarms(0));
    assert_eq!(bench.press(1, 2), Response::BolusGranted);
    bench.worn = true;
    assert!(tones_in(&mut bench, HOUR) > 0, "it fails again");
}

/// Verifies REQ-MET-005, REQ-THE-011.
#[test]
fn req_met_005_a_dose_committed_in_a_bridge_stays_within_the_largest_rate() {
    let weak = Prescription {
        concentration: mg_per_ml(1),
        dose: DoseRate::from_ng_per_day(5_000_000),
        bolus_dose: Mass::ZERO,
        ..prescription()
    };
    let mut bench = Bench::infusing(weak);
    assert_eq!(bench.clinician(bridged(50)), Response::Done);
    // 2 mL/day of the new drug, 100 mL/day of the old one.
    let more = Prescription {
        concentration: mg_per_ml(50),
        dose: DoseRate::from_ng_per_day(100_000_000),
        ..weak
    };
    let out_of_range = Response::Rejected(Rejection::BridgeFlow);
    assert_eq!(bench.program(more), out_of_range);
    // 24 mL/day of the old drug is in range.
    let most = Prescription {
        dose: DoseRate::from_ng_per_day(24_000_000),
        ..more
    };
    assert_eq!(bench.program(most), Response::Done);
    bench.run_for(HOUR);
    assert!(bench.moved_us.len() as u64 <= 24_000_000 / 5 / 24 + 12);
}

/// Verifies REQ-THE-044.
#[test]
fn req_the_011_a_priming_bolus_moves_the_old_drug_of_a_bridge_out() {
    let mut bench = Bench::infusing(Prescription {
        catheter_volume: CATHETER,
        ..prescription()
    });
    bench.clinician(Command::Stop);
    assert_eq!(bench.clinician(bridged(20)), Response::Done);
    assert_eq!(bench.clinician(Command::PrimingBolus), Response::Done);
    bench.run_for(HOUR);
    assert_eq!(bench.clinician(Command::Start), Response::Done);
    assert_eq!(bench.health().bridge_steps, 0);
    // 5 mg/day at 20 mg/mL, and not twice that.
    let start = bench.now;
    bench.run_for(4 * HOUR);
    assert!(bench.steps_between(start, bench.now).abs_diff(50_000 / 6) <= 2);
}

/// Verifies REQ-MEM-003, REQ-RES-008.
#[test]
fn req_res_003_a_lost_state_promises_no_drug() {
    let mut bench = Bench::infusing(prescription());
    bench.run_for(DAY);
    let before = bench.status().reservoir;
    loses_state(&mut bench);
    assert!(bench.status().reservoir <= before);
    bench.program(prescription());
    bench.clinician(Command::Start);
    assert_eq!(bench.status().mode, Mode::Empty);
    let refill = Command::Refill {
        volume: Volume::from_nanoliters(10_000_000),
        concentration: prescription().concentration,
        bridge: false,
        drawn: None,
    };
    assert_eq!(bench.clinician(refill), Response::Done);
    assert_eq!(bench.status().mode, Mode::Infusing);
}

/// Verifies REQ-THE-015, REQ-THE-054, REQ-MEM-003.
#[test]
fn req_the_015_a_lost_record_does_not_prime_again() {
    let implanted = Prescription {
        catheter_volume: CATHETER,
        ..prescription()
    };
    // The state, then the prescription in force, both banks of each.
    for at in [[20, STATE_BANK + 40], [0x400 + 20, 0x400 + 121 + 40]] {
        let mut bench = Bench::provisioned();
        bench.program(implanted);
        assert_eq!(bench.clinician(Command::PrimingBolus), Response::Done);
        bench.run_for(HOUR);
        for byte in at {
            bench.nvm[byte] ^= 1;
        }
        bench.reset(ResetCause::PowerOn);
        assert_eq!(bench.status().mode, Mode::SafeState);
        assert_eq!(bench.program(implanted), Response::Done);
        let refill = Command::Refill {
            volume: Volume::from_nanoliters(10_000_000),
            concentration: implanted.concentration,
            bridge: false,
            drawn: None,
        };
        assert_eq!(bench.clinician(refill), Response::Done);
        assert_eq!(
            bench.clinician(Command::PrimingBolus),
            Response::Rejected(Rejection::AlreadyPrimed)
        );
        // Declared work on the catheter is known to nobody else.
        let work = Command::DeclareWork(CatheterWork::Replaced);
        assert_eq!(bench.clinician(work), Response::Done);
        assert_eq!(bench.clinician(Command::PrimingBolus), Response::Done);
    }
}

/// Verifies REQ-LOG-005, REQ-BOL-004, REQ-CLK-005.
#[test]
fn req_log_005_a_lost_state_and_a_clock_that_starts_anew_turn_no_time_back() {
    let mut bench = Bench::infusing(prescription());
    bench.run_for(10 * DAY);
    assert_eq!(bench.press(1, 1), Response::BolusGranted);
    bench.run_for(HOUR);
    bench.clinician(Command::Stop);
    bench.turn_clock(-10 * i64::try_from(DAY).expect("a day"));
    loses_state(&mut bench);
    bench.program(prescription());
    let refill = Command::Refill {
        volume: Volume::from_nanoliters(10_000_000),
        concentration: prescription().concentration,
        bridge: false,
        drawn: None,
    };
    bench.clinician(refill);
    bench.clinician(Command::Start);
    bench.clinician(Command::Silence);
    let log = bench.log();
    assert!(log.is_sorted_by_key(|entry| entry.at), "{log:?}");
    assert_eq!(bench.press(1, 2), Response::BolusDenied(Denial::Lockout));
    // The lockout ends: the last grant does not lie days in the future.
    bench.run_for(4 * HOUR);
    assert_eq!(bench.press(1, 3), Response::BolusGranted);
}

/// Verifies REQ-MEM-006.
#[test]
fn req_mem_006_what_is_staged_never_overwrites_the_slot_that_memory_names() {
    let second = Prescription {
        dose: DoseRate::from_ng_per_day(4_000_000),
        ..prescription()
    };
    let mut bench = Bench::infusing(prescription());
    assert_eq!(
        bench.clinician(Command::OpenUpdate { hold: false }),
        Response::Done
    );
    assert_eq!(bench.clinician(Command::Stage(second)), Response::Done);
    bench.run_for(MINUTE);
    // Memory does not take the Commit, and works again when the next prescription is staged.
    bench.worn = true;
    let commit = Command::Commit {
        checksum: thecal_link::frame::checksum(&second.to_bytes()),
        time_of_week: 0,
    };
    let packet = bench.packet(thecal_telemetry::Role::Clinician, &commit);
    let role = thecal_telemetry::Role::Clinician;
    assert_eq!(bench.send(role, &packet), Some(Response::Done));
    let open = bench.packet(role, &Command::OpenUpdate { hold: false });
    assert_eq!(bench.send(role, &open), Some(Response::Done));
    bench.worn = false;
    let third = Prescription {
        dose: DoseRate::from_ng_per_day(3_000_000),
        ..prescription()
    };
    let stage = bench.packet(role, &Command::Stage(third));
    bench.send(role, &stage);
    bench.reset(ResetCause::PowerOn);
    assert_eq!(bench.status().mode, Mode::Infusing);
    let Response::Prescription(found) = bench.clinician(Command::ReadPrescription) else {
        panic!("no prescription");
    };
    assert!(found == prescription() || found == second);
}

/// Verifies REQ-BOL-043.
#[test]
fn req_bol_014_the_stronger_drug_of_a_bridge_counts_for_a_day_after_it() {
    let of = Prescription {
        infusion: Infusion::MinimumRate,
        dose: DoseRate::ZERO,
        lockout: Millis::HOUR,
        bolus_dose: Mass::from_nanograms(10_000),
        // 60 ug of the old drug a day, 6 ug of the new one: room for four boluses besides the old
        // drug.
        limits: DoseLimits {
            day: Mass::from_nanograms(100_001),
            ..DoseLimits::NONE
        },
        daily_maximum: 20,
        ..prescription()
    };
    let mut bench = Bench::infusing(of);
    assert_eq!(bench.clinician(bridged(1)), Response::Done);
    bench.run_for(23 * DAY);
    while bench.health().bridge_steps > 0 {
        bench.run_for(10 * MINUTE);
    }
    let mut granted = 0;
    for press in 1..=20 {
        granted += usize::from(bench.press(1, press) == Response::BolusGranted);
        bench.run_for(HOUR + MINUTE);
    }
    assert_eq!(granted, 4);
}

/// Verifies REQ-MET-005, REQ-MET-011.
#[test]
fn req_met_005_saved_up_steps_are_never_driven_faster_than_the_largest_rate() {
    // A step each 72 s: eight are saved up for a battery check in ten minutes.
    let slow = Prescription {
        dose: DoseRate::from_ng_per_day(60_000),
        ..prescription()
    };
    for early in [1, 3, 5, 20, 80] {
        let mut bench = Bench::infusing(slow);
        bench.run_until(HOUR + 9 * MINUTE - early);
        let before = bench.moved_us.len();
        assert_eq!(bench.press(1, 1), Response::BolusGranted);
        bench.run_for(10 * MINUTE);
        let moved = &bench.moved_us[before..];
        let closest = moved.windows(2).map(|pair| pair[1] - pair[0]).min();
        assert!(
            closest >= Some(17_900),
            "{closest:?} us apart, {early} ms early"
        );
    }
}
