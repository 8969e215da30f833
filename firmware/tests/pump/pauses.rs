//! Between two steps: what a pause, a reset and a bolus do to the step that is due next, and what each
//! train has in common.

use crate::bench::{Bench, HOUR, MINUTE, prescription};
use thecal_link::{MotorCommand, ResetCause, Tone};
use thecal_telemetry::{Alarms, Command, LogCode, Mode, Prescription, Response};
use thecal_units::{DoseRate, Mass, Millis, Volume};

/// One step each 72 s.
fn slow() -> Prescription {
    Prescription {
        dose: DoseRate::from_ng_per_day(60_000),
        ..prescription()
    }
}

/// Verifies REQ-MET-006, REQ-MET-007.
#[test]
fn a_pause_keeps_the_fraction_of_a_step() {
    for hold in [false, true] {
        let mut bench = Bench::infusing(slow());
        bench.run_until(36_000);
        let (pause, resume) = match hold {
            true => (Command::OpenUpdate { hold }, Command::CloseUpdate),
            false => (Command::Stop, Command::Start),
        };
        assert_eq!(bench.clinician(pause), Response::Done);
        bench.run_for(2 * MINUTE);
        assert_eq!(bench.clinician(resume), Response::Done);
        bench.run_for(2 * MINUTE);
        // Half of the step was due, so the other half of its time is left.
        let expected = 2 * MINUTE * 1_000 + 72_000_000;
        let first = bench.moved_us[0];
        assert!(first.abs_diff(expected) <= 1_000, "{first}, hold: {hold}");
    }
}

/// Verifies REQ-MET-008.
#[test]
fn a_reset_drops_the_fraction_of_a_step() {
    let mut bench = Bench::infusing(slow());
    bench.run_until(36_000);
    bench.reset(ResetCause::Pin);
    bench.run_for(2 * MINUTE);
    let expected = 36_000_000 + 72_000_000;
    let first = bench.moved_us[0];
    assert!(first.abs_diff(expected) <= 1_000, "{first}");
}

/// Verifies REQ-BOL-020, REQ-BOL-023.
#[test]
fn a_bolus_begins_with_its_record_and_is_spread_evenly() {
    let mut bench = Bench::infusing(Prescription {
        dose: DoseRate::ZERO,
        ..prescription()
    });
    bench.run_until(2 * HOUR);
    // Nothing has been written yet: the next exchange is asked for at once.
    let command = Command::ClinicianBolus {
        dose: Mass::from_nanograms(50_000),
        duration: Millis::HOUR,
    };
    let packet = bench.packet(thecal_telemetry::Role::Clinician, &command);
    let answer = bench.send(thecal_telemetry::Role::Clinician, &packet);
    assert_eq!(answer, Some(Response::Done));
    assert!(!bench.is_driving(), "not before its record");
    assert!(bench.wake_at() <= bench.now + 1);
    let start = bench.now;
    for minute in 1..=60 {
        bench.run_until(start + minute * MINUTE);
        let moved = bench.moved_us.len() as u64;
        let even = 1_000 * minute / 60;
        assert!(moved.abs_diff(even) <= 1, "{moved} after {minute} min");
    }
    bench.run_for(MINUTE);
    assert_eq!(bench.moved_us.len(), 1_000);
}

/// Verifies REQ-MET-005, REQ-MET-012, REQ-WDG-006.
#[test]
fn each_train_has_full_pulses_no_faster_than_the_motor_and_armed_events() {
    let mut bench = Bench::infusing(prescription());
    let bolus = Command::ClinicianBolus {
        dose: Mass::from_nanograms(5_000_000),
        duration: Millis::MINUTE,
    };
    assert_eq!(bench.clinician(bolus), Response::Done);
    let (mut trains, mut fastest) = (0, u32::MAX);
    while bench.now < 3 * HOUR {
        let reaction = &bench.reaction;
        assert!(reaction.arm.telemetry && reaction.arm.magnet);
        if let MotorCommand::Train {
            pulses,
            period_us,
            pulse_energy_uj,
            ..
        } = reaction.motor
        {
            assert!(reaction.arm.missed_pulse);
            assert_eq!(pulse_energy_uj, 30);
            if pulses > 1 {
                assert!(period_us >= 17_999, "{period_us} us");
                fastest = fastest.min(period_us);
            }
            trains += 1;
        }
        bench.run_until(bench.wake_at().max(bench.now + 1));
    }
    assert!(trains > 100 && fastest < 18_010, "{trains}, {fastest} us");
}

/// Verifies REQ-STL-021.
#[test]
fn a_motor_is_not_tried_before_its_rest_is_over_whoever_starts_it() {
    let mut bench = Bench::infusing(prescription());
    bench.run_until(HOUR);
    bench.jammed = true;
    while !bench.status().alarms.has(Alarms::MOTOR_STALL) {
        bench.run_for(1_000);
    }
    let (found, pulses) = (bench.now, bench.pulses);
    bench.run_for(MINUTE);
    bench.clinician(Command::Stop);
    bench.clinician(Command::Start);
    bench.run_until(found + 298_000);
    assert_eq!(bench.pulses, pulses, "it rests for five minutes");
    bench.run_for(3_000);
    assert!(bench.pulses > pulses);
}

/// Verifies REQ-STL-024, REQ-STL-031.
#[test]
fn after_a_reset_a_motor_has_stood_for_five_minutes() {
    let mut bench = Bench::infusing(prescription());
    bench.run_until(HOUR);
    bench.jammed = true;
    bench.run_for(3 * HOUR);
    bench.reset(ResetCause::Pin);
    bench.jammed = false;
    // Weak pulses do not move it, so that its time has to prove it: twelve times five minutes.
    bench.least_uj = 21;
    bench.run_for(6 * MINUTE);
    assert_eq!(bench.status().mode, Mode::Recovering);
    bench.run_for(50 * MINUTE);
    assert_eq!(bench.status().mode, Mode::Recovering);
    bench.run_for(15 * MINUTE);
    assert_eq!(bench.status().mode, Mode::Infusing);
}

/// Verifies REQ-ALM-010, REQ-ALM-013.
#[test]
fn a_lesser_alarm_is_heard_when_the_critical_one_has_gone() {
    let mut bench = Bench::infusing(prescription());
    let refill = |nanoliters| Command::Refill {
        volume: Volume::from_nanoliters(nanoliters),
        concentration: prescription().concentration,
        bridge: false,
        drawn: None,
    };
    bench.clinician(refill(5));
    bench.run_for(2 * HOUR);
    let both = Alarms::EMPTY_RESERVOIR.with(Alarms::LOW_RESERVOIR);
    assert_eq!(bench.status().alarms, both);
    bench.tones.clear();
    bench.clinician(refill(1_000_000));
    assert_eq!(bench.status().alarms, Alarms::LOW_RESERVOIR);
    assert_eq!(bench.tones, [(bench.now, Tone::Single)], "it had waited");
    // An alarm that a clinician's act ends is cleared, heard or not.
    let mut bench = Bench::infusing(prescription());
    bench.clinician(Command::Stop);
    bench.run_for(49 * HOUR);
    assert_eq!(bench.status().alarms, Alarms::STOPPED_FOR_LONG);
    bench.clinician(Command::Start);
    assert_eq!(bench.status().alarms, Alarms(0));
}

/// Verifies REQ-RES-011.
#[test]
fn a_refill_leaves_the_infusion_on_or_off() {
    let refill = Command::Refill {
        volume: Volume::from_nanoliters(20_000_000),
        concentration: prescription().concentration,
        bridge: false,
        drawn: None,
    };
    type Act = fn(&mut Bench);
    let acts: [(Act, Mode); 4] = [
        (|_| {}, Mode::Infusing),
        (
            |bench| assert_eq!(bench.clinician(Command::Stop), Response::Done),
            Mode::Stopped,
        ),
        (
            |bench| {
                let open = Command::OpenUpdate { hold: true };
                assert_eq!(bench.clinician(open), Response::Done);
            },
            Mode::Held,
        ),
        (
            |bench| {
                bench.jammed = true;
                bench.run_for(MINUTE);
            },
            Mode::Stalled,
        ),
    ];
    for (act, mode) in acts {
        let mut bench = Bench::infusing(prescription());
        bench.run_until(HOUR);
        act(&mut bench);
        assert_eq!(bench.status().mode, mode);
        assert_eq!(bench.clinician(refill), Response::Done);
        assert_eq!(bench.status().mode, mode);
        let last = bench.log().last().copied().expect("an entry");
        assert_eq!(last.code, LogCode::Concentration);
    }
}

/// Verifies REQ-ALM-020, REQ-THE-033.
#[test]
fn a_commit_ends_an_acknowledged_alarm_of_a_pump_left_stopped() {
    for acknowledged in [false, true] {
        let mut bench = Bench::infusing(prescription());
        bench.clinician(Command::Stop);
        bench.run_for(49 * HOUR);
        assert_eq!(bench.status().alarms, Alarms::STOPPED_FOR_LONG);
        if acknowledged {
            bench.clinician(Command::Silence);
        }
        assert_eq!(bench.program(prescription()), Response::Done);
        let is_left = bench.status().alarms.has(Alarms::STOPPED_FOR_LONG);
        assert_eq!(is_left, !acknowledged);
        // The two days begin anew.
        bench.run_for(47 * HOUR);
        let is_left = bench.status().alarms.has(Alarms::STOPPED_FOR_LONG);
        assert_eq!(is_left, !acknowledged);
        bench.run_for(2 * HOUR);
        assert_eq!(bench.status().alarms, Alarms::STOPPED_FOR_LONG);
    }
}
