//! Patient boluses: which of several reasons a denial names, and what neither denies nor ends one.

use crate::bench::{Bench, DAY, HOUR, MINUTE, prescription, update};
use thecal_link::ResetCause;
use thecal_telemetry::{
    Alarms, Command, Denial, DoseLimits, LogCode, Mode, Prescription, Rejection, Response,
};
use thecal_units::{Concentration, Mass, Millis, Volume};

fn denied(denial: Denial) -> Response {
    Response::BolusDenied(denial)
}

fn clinicians() -> Command {
    Command::ClinicianBolus {
        dose: Mass::from_nanograms(100_000),
        duration: Millis::HOUR,
    }
}

fn arguments(bench: &mut Bench, code: LogCode) -> Vec<u32> {
    let log = bench.log();
    let found = log.iter().filter(|entry| entry.code == code);
    found.map(|entry| entry.argument).collect()
}

/// A refill with a bridge to a drug half as strong.
fn bridge() -> Command {
    Command::Refill {
        volume: Volume::from_nanoliters(20_000_000),
        concentration: Concentration::from_ng_per_ml(5_000_000),
        bridge: true,
        drawn: None,
    }
}

/// Verifies REQ-BOL-024, REQ-BOL-025, REQ-BOL-027.
#[test]
fn of_several_reasons_a_denial_names_the_first() {
    let mut bench = Bench::provisioned();
    bench.bring_magnet(true);
    assert_eq!(bench.press(1, 1), denied(Denial::NotProgrammed));
    bench.program(Prescription {
        bolus_dose: Mass::ZERO,
        ..prescription()
    });
    assert_eq!(bench.press(1, 1), denied(Denial::Disabled), "and stopped");
    bench.program(prescription());
    assert_eq!(bench.press(1, 1), denied(Denial::Stopped), "and a magnet");
    // Everything at once: a lost write, a magnet, a bridge, an old press.
    bench.clinician(Command::Start);
    bench.clinician(bridge());
    bench.worn = true;
    bench.run_for(2 * HOUR);
    assert_eq!(bench.press(1, 1), denied(Denial::Alarm));
    bench.worn = false;
    bench.run_for(MINUTE);
    bench.clinician(Command::Silence);
    assert_eq!(bench.press(1, 1), denied(Denial::Magnet));
    bench.bring_magnet(false);
    assert_eq!(bench.press(1, 1), denied(Denial::Bridging));
    bench.run_for(DAY);
    assert_eq!(bench.press(1, 1), denied(Denial::SamePress));
    assert_eq!(bench.press(2, 1), Response::BolusGranted);
}

/// Verifies REQ-BOL-024, REQ-BOL-029.
#[test]
fn the_limits_of_a_day_come_in_their_order_and_a_running_bolus_last() {
    let limits = DoseLimits {
        hour: Mass::from_nanograms(0),
        four_hours: Mass::from_nanograms(0),
        // 5 mg of infusion and one bolus of 0.2 mg, not two.
        day: Mass::from_nanograms(5_300_000),
    };
    let mut bench = Bench::infusing(Prescription {
        daily_maximum: 1,
        limits,
        ..prescription()
    });
    assert_eq!(bench.press(1, 1), Response::BolusGranted);
    bench.run_for(MINUTE);
    assert_eq!(bench.press(1, 2), denied(Denial::Lockout));
    bench.run_for(4 * HOUR);
    assert_eq!(bench.press(1, 3), denied(Denial::DailyMaximum));
    // Two boluses a day, but no room for the second.
    bench.program(Prescription {
        daily_maximum: 2,
        limits,
        ..prescription()
    });
    assert_eq!(bench.clinician(clinicians()), Response::Done);
    bench.run_for(MINUTE);
    assert_eq!(bench.press(1, 4), denied(Denial::DoseLimit));
    bench.run_for(2 * HOUR);
    bench.program(Prescription {
        daily_maximum: 2,
        ..prescription()
    });
    assert_eq!(bench.clinician(clinicians()), Response::Done);
    assert_eq!(bench.press(1, 5), denied(Denial::InProgress));
}

/// Verifies REQ-BOL-036.
#[test]
fn a_reset_makes_the_next_denial_of_a_reason_the_first_again() {
    let mut bench = Bench::infusing(prescription());
    assert_eq!(bench.press(1, 1), Response::BolusGranted);
    for reset in [false, true] {
        if reset {
            bench.reset(ResetCause::Pin);
        }
        for press in 2..5 {
            bench.run_for(1_000);
            bench.press(1, press + 10 * u16::from(reset));
        }
    }
    let lockout = Denial::Lockout as u32;
    assert_eq!(arguments(&mut bench, LogCode::BolusDenied), [lockout; 2]);
}

/// Verifies REQ-BOL-041, REQ-BOL-046, REQ-MAG-005.
#[test]
fn a_bolus_runs_to_its_end_through_what_does_not_end_it() {
    let mut bench = Bench::infusing(prescription());
    bench.run_until(2 * HOUR);
    assert_eq!(bench.press(1, 1), Response::BolusGranted);
    let [open, stage, commit] = update(prescription());
    let acts: [fn(&mut Bench); 3] = [
        |bench| bench.bring_magnet(true),
        |bench| bench.bring_magnet(false),
        |bench| bench.jump(-1_000),
    ];
    for act in acts {
        bench.run_for(MINUTE);
        act(&mut bench);
        assert_eq!(bench.status().mode, Mode::PatientBolus);
    }
    for (command, answer) in [
        (open, Response::Done),
        (stage, Response::Done),
        (commit, Response::Rejected(Rejection::InBolus)),
        (Command::CloseUpdate, Response::Done),
        (Command::Silence, Response::Done),
        (clinicians(), Response::Rejected(Rejection::InBolus)),
        (bridge(), Response::Rejected(Rejection::InBolus)),
        (Command::Start, Response::Done),
    ] {
        bench.run_for(MINUTE);
        assert_eq!(bench.clinician(command), answer);
        assert_eq!(bench.status().mode, Mode::PatientBolus, "{command:?}");
    }
    assert_eq!(bench.press(2, 1), denied(Denial::Lockout));
    bench.run_for(20 * MINUTE);
    assert_eq!(bench.status().mode, Mode::Infusing);
    assert_eq!(arguments(&mut bench, LogCode::BolusEnded), [4_000]);
}

/// Verifies REQ-BOL-039.
#[test]
fn neither_a_magnet_nor_an_alarm_refuses_a_clinicians_bolus() {
    let mut bench = Bench::infusing(prescription());
    bench.bring_magnet(true);
    assert_eq!(bench.clinician(clinicians()), Response::Done);
    bench.run_for(2 * HOUR);
    bench.worn = true;
    bench.run_for(2 * HOUR);
    bench.worn = false;
    bench.run_for(MINUTE);
    assert!(bench.status().alarms.has(Alarms::MEMORY));
    assert_eq!(bench.clinician(clinicians()), Response::Done);
    assert_eq!(bench.status().mode, Mode::ClinicianBolus);
}

/// Verifies REQ-THE-038, REQ-BOL-037.
#[test]
fn a_prime_counts_for_nothing_that_bounds_a_patient() {
    let mut bench = Bench::provisioned();
    bench.program(Prescription {
        daily_maximum: 1,
        limits: DoseLimits {
            day: Mass::from_nanograms(5_300_000),
            ..DoseLimits::NONE
        },
        ..prescription()
    });
    assert_eq!(bench.clinician(Command::PrimingBolus), Response::Done);
    bench.run_for(HOUR);
    bench.clinician(Command::Start);
    assert_eq!(bench.status().granted, 0);
    assert_eq!(bench.press(1, 1), Response::BolusGranted);
    assert_eq!(bench.status().granted, 1);
}
