//! Kinds of infusion, bridging, and a pump left stopped.

use crate::bench::{Bench, DAY, HOUR, MINUTE, prescription, rejected, update};
use thecal_link::ResetCause;
use thecal_link::frame::checksum;
use thecal_telemetry::{
    Alarms, Command, Denial, DoseLimits, DuringBolus, Infusion, LogCode, Prescription, Rejection,
    Response, Schedule, ScheduleStep,
};
use thecal_units::{Concentration, DoseRate, Mass, Volume};

/// Steps of `prescription` in an hour: 5 mg/day at 10 mg/mL is 0.5 mL/day.
const STEPS_AN_HOUR: u64 = 4_167;

fn codes(bench: &mut Bench) -> Vec<LogCode> {
    bench.log().iter().map(|entry| entry.code).collect()
}

/// Commits at a time of the week.
fn commit_at(bench: &mut Bench, prescription: Prescription, time_of_week: u64) -> Response {
    let [open, stage, _] = update(prescription);
    assert_eq!(bench.clinician(open), Response::Done);
    assert_eq!(bench.clinician(stage), Response::Done);
    bench.clinician(Command::Commit {
        checksum: checksum(&prescription.to_bytes()),
        time_of_week: u32::try_from(time_of_week).expect("a time of the week"),
    })
}

/// Verifies REQ-THE-006.
#[test]
fn the_minimum_rate_is_six_microliters_a_day() {
    let mut bench = Bench::infusing(Prescription {
        infusion: Infusion::MinimumRate,
        dose: DoseRate::ZERO,
        ..prescription()
    });
    bench.run_for(10 * DAY);
    let moved = bench.moved_us.len() as u64;
    // 1200 steps of 5 nL a day, of which up to eight are saved up for a battery check.
    assert!((11_990..=12_000).contains(&moved), "{moved}");
}

/// Verifies REQ-THE-007, REQ-THE-008, REQ-THE-031.
#[test]
fn a_flex_infusion_changes_at_its_instants_and_goes_on_after_a_reset() {
    let mut schedule = Schedule::EMPTY;
    for (days, minute, dose) in [(0x1f, 7 * 60, 10_000_000), (0x7f, 22 * 60, 2_500_000)] {
        assert!(schedule.push(ScheduleStep {
            days,
            minute,
            dose: DoseRate::from_ng_per_day(dose),
        }));
    }
    let flex = Prescription {
        infusion: Infusion::Flex,
        dose: DoseRate::ZERO,
        schedule,
        ..prescription()
    };
    let mut bench = Bench::infusing(prescription());
    // Friday, 6:00.
    assert_eq!(
        commit_at(&mut bench, flex, 4 * DAY + 6 * HOUR),
        Response::Done
    );
    let mut at = bench.now;
    let mut moved = 0;
    // Until 7:00 the night's dose, until 22:00 the day's, then the night's dose for the whole
    // weekend.
    for (hours, expected, reset) in [
        (1, STEPS_AN_HOUR / 2, false),
        (7, 14 * STEPS_AN_HOUR, false),
        (8, 16 * STEPS_AN_HOUR, true),
        (33, 33 * STEPS_AN_HOUR / 2, false),
        (24, 12 * STEPS_AN_HOUR, true),
        (1, 2 * STEPS_AN_HOUR, false),
    ] {
        let until = at + hours * HOUR;
        if reset {
            bench.run_until(at + 30 * MINUTE);
            bench.reset(ResetCause::Pin);
        }
        bench.run_until(until);
        let steps = bench.moved_us.len() as u64 - moved;
        assert!(
            steps.abs_diff(expected) <= 10 + hours,
            "{steps} steps in {hours} hours, {expected} due"
        );
        (at, moved) = (until, moved + steps);
    }
}

/// Verifies REQ-THE-009, REQ-ALM-013, REQ-THE-032, REQ-THE-035, REQ-WDG-005.
#[test]
fn a_pump_that_stays_stopped_is_alarmed_after_two_days() {
    let mut bench = Bench::infusing(prescription());
    bench.run_until(HOUR);
    bench.clinician(Command::Stop);
    let due = bench.now + 48 * HOUR;
    bench.run_until(due - 10 * MINUTE);
    // A reset loses no more than the time since the last record, at most an hour.
    assert_eq!(bench.status().alarms, Alarms(0));
    bench.run_until(due - 1);
    assert!(bench.tones.is_empty());
    bench.run_until(due);
    assert_eq!(bench.status().alarms, Alarms::STOPPED_FOR_LONG);
    assert_eq!(bench.tones.len(), 1);
    bench.clinician(Command::Silence);
    assert_eq!(bench.status().alarms, Alarms::STOPPED_FOR_LONG, "it lasts");
    bench.clinician(Command::Start);
    assert_eq!(bench.status().alarms, Alarms(0));
    let last = bench.log();
    let stopped = last.iter().find(|entry| entry.code == LogCode::StoppedLong);
    assert_eq!(stopped.map(|entry| entry.argument), Some(48));
}

const WEAKER: Concentration = Concentration::from_ng_per_ml(5_000_000);

/// A bridge from 10 mg/mL to 5 mg/mL with 0.34 mL behind the reservoir: 68000 steps.
fn bridging() -> Bench {
    let mut bench = Bench::infusing(Prescription {
        catheter_volume: Volume::from_nanoliters(200_000),
        ..prescription()
    });
    let refill = Command::Refill {
        volume: Volume::from_nanoliters(20_000_000),
        concentration: WEAKER,
        bridge: true,
        drawn: None,
    };
    assert_eq!(bench.clinician(refill), Response::Done);
    assert_eq!(
        bench.clinician(refill),
        rejected(Rejection::Bridging),
        "once"
    );
    bench
}

/// Verifies REQ-THE-011, REQ-THE-017, REQ-BOL-038, REQ-RES-010, REQ-THE-043.
#[test]
fn a_bridge_keeps_the_dose_while_the_old_drug_goes_out() {
    let mut bench = bridging();
    assert_eq!(bench.health().bridge_steps, 68_000);
    bench.run_for(16 * HOUR);
    let moved = bench.moved_us.len() as u64;
    assert!(moved.abs_diff(16 * STEPS_AN_HOUR) <= 16, "the old rate");
    assert_eq!(bench.press(1, 1), Response::BolusDenied(Denial::Bridging));
    let bolus = Command::ClinicianBolus {
        dose: prescription().bolus_dose,
        duration: prescription().bolus_duration,
    };
    assert_eq!(bench.clinician(bolus), rejected(Rejection::Bridging));
    bench.run_for(HOUR);
    assert_eq!(bench.health().bridge_steps, 0);
    let start = bench.now;
    bench.run_for(HOUR);
    let moved = bench.steps_between(start, bench.now);
    assert!(
        moved.abs_diff(2 * STEPS_AN_HOUR) <= 2,
        "the new rate: {moved}"
    );
    assert_eq!(bench.press(1, 2), Response::BolusGranted);
    let codes = codes(&mut bench);
    assert!(codes.contains(&LogCode::BridgeBegan) && codes.contains(&LogCode::BridgeEnded));
}

/// Verifies REQ-THE-012, REQ-THE-044.
#[test]
fn a_bridge_survives_resets_and_stops() {
    let mut bench = bridging();
    let mut moved = 0;
    for hour in 1..=12 {
        bench.run_for(HOUR);
        moved = bench.moved_us.len() as u64;
        if hour % 3 == 0 {
            bench.reset(ResetCause::BrownOut);
            bench.clinician(Command::Silence);
        }
        if hour % 4 == 0 {
            bench.clinician(Command::Stop);
            bench.run_for(20 * MINUTE);
            bench.clinician(Command::Start);
        }
    }
    let left = u64::from(bench.health().bridge_steps);
    // Weaker drug follows, the old rate is the slower one: steps lost from the count are repeated
    // at it.
    let forgotten = left + moved - 68_000;
    assert!(forgotten <= 4 * 12_000 / 5, "{forgotten} steps");
    bench.run_for(8 * HOUR);
    assert_eq!(bench.health().bridge_steps, 0);
}

/// Verifies REQ-THE-042.
#[test]
fn a_refill_with_the_same_drug_bridges_nothing() {
    let mut bench = Bench::infusing(prescription());
    let refill = Command::Refill {
        volume: Volume::from_nanoliters(20_000_000),
        concentration: prescription().concentration,
        bridge: true,
        drawn: None,
    };
    assert_eq!(bench.clinician(refill), Response::Done);
    assert_eq!(bench.health().bridge_steps, 0);
    assert_eq!(bench.press(1, 1), Response::BolusGranted);
}

/// Verifies REQ-BOL-001, REQ-BOL-019.
#[test]
fn a_bolus_is_given_on_top_or_instead_as_prescribed() {
    for (during_bolus, basal) in [
        (DuringBolus::Add, 20 * STEPS_AN_HOUR / 60),
        (DuringBolus::Replace, 0),
    ] {
        let mut bench = Bench::infusing(Prescription {
            during_bolus,
            ..prescription()
        });
        bench.run_until(2 * HOUR);
        let start = bench.now;
        assert_eq!(bench.press(1, 1), Response::BolusGranted);
        bench.run_for(20 * MINUTE);
        let moved = bench.steps_between(start, bench.now);
        assert!(
            moved.abs_diff(4_000 + basal) <= 3,
            "{during_bolus:?}: {moved}"
        );
        let start = bench.now;
        bench.run_for(HOUR);
        let moved = bench.steps_between(start, bench.now);
        assert!(moved.abs_diff(STEPS_AN_HOUR) <= 2, "afterwards: {moved}");
    }
}

/// Verifies REQ-THE-012.
#[test]
fn a_bridge_to_a_stronger_drug_ends_early_rather_than_late() {
    let mut bench = Bench::infusing(Prescription {
        catheter_volume: Volume::from_nanoliters(200_000),
        ..prescription()
    });
    let refill = Command::Refill {
        volume: Volume::from_nanoliters(20_000_000),
        concentration: Concentration::from_ng_per_ml(20_000_000),
        bridge: true,
        drawn: None,
    };
    assert_eq!(bench.clinician(refill), Response::Done);
    bench.run_for(90 * MINUTE);
    let truth = 68_000 - bench.moved_us.len();
    bench.reset(ResetCause::BrownOut);
    let left = usize::try_from(bench.health().bridge_steps).expect("few");
    assert!(left <= truth && left + 3_000 >= truth, "{left} of {truth}");
}

/// Verifies REQ-RES-002, REQ-RES-010, REQ-RES-009, REQ-MEM-017.
#[test]
fn what_was_filled_is_known_after_a_reset_and_refused_where_the_dose_does_not_fit_it() {
    let mut bench = Bench::infusing(Prescription {
        dose: DoseRate::from_ng_per_day(60_000),
        bolus_dose: Mass::ZERO,
        ..prescription()
    });
    let refill = |nanoliters, ng_per_ml| Command::Refill {
        volume: Volume::from_nanoliters(nanoliters),
        concentration: Concentration::from_ng_per_ml(ng_per_ml),
        bridge: false,
        drawn: None,
    };
    // 60 ug/day at 10 mg/mL is 6 uL/day, the minimum.
    for (volume, concentration, why) in [
        (20_000_000, 10_000_001, Rejection::DoseRange),
        (20_000_000, 999, Rejection::ConcentrationRange),
        (40_000_001, 5_000_000, Rejection::VolumeRange),
    ] {
        let answer = bench.clinician(refill(volume, concentration));
        assert_eq!(answer, rejected(why));
    }
    assert_eq!(
        bench.clinician(refill(40_000_000, 5_000_000)),
        Response::Done
    );
    bench.reset(ResetCause::Pin);
    let Response::Prescription(found) = bench.clinician(Command::ReadPrescription) else {
        panic!("no prescription");
    };
    assert_eq!(found.concentration.as_ng_per_ml(), 5_000_000);
    bench.run_for(DAY);
    assert!((bench.moved_us.len() as u64).abs_diff(2_400) <= 9);
}

/// Verifies REQ-BOL-043.
#[test]
fn yesterdays_higher_infusion_counts_for_todays_limit() {
    let limits = DoseLimits {
        day: Mass::from_nanograms(4_000_000),
        ..DoseLimits::NONE
    };
    let lower = Prescription {
        dose: DoseRate::from_ng_per_day(2_500_000),
        limits,
        ..prescription()
    };
    let mut bench = Bench::infusing(prescription());
    bench.run_until(DAY);
    assert_eq!(bench.program(lower), Response::Done);
    let denied = Response::BolusDenied(Denial::DoseLimit);
    bench.run_for(23 * HOUR);
    assert_eq!(
        bench.press(1, 1),
        denied,
        "5 mg in the last 24 hours, perhaps"
    );
    // Neither a reset nor a second program clears it.
    bench.reset(ResetCause::Pin);
    assert_eq!(bench.program(lower), Response::Done);
    assert_eq!(bench.press(1, 2), denied);
    bench.run_for(3 * HOUR);
    assert_eq!(bench.press(1, 3), Response::BolusGranted);
}

/// Verifies REQ-TEL-006.
#[test]
fn a_concentration_that_no_reservoir_holds_is_out_of_range_whatever_the_flow() {
    for (ng_per_ml, answer) in [
        (999, rejected(Rejection::ConcentrationRange)),
        (1_000, Response::Done),
        (50_000_000, Response::Done),
        (50_000_001, rejected(Rejection::ConcentrationRange)),
    ] {
        let mut bench = Bench::provisioned();
        let prescription = Prescription {
            concentration: Concentration::from_ng_per_ml(ng_per_ml),
            dose: DoseRate::ZERO,
            bolus_dose: Mass::ZERO,
            ..prescription()
        };
        assert_eq!(bench.program(prescription), answer, "{ng_per_ml} ng/mL");
    }
}

/// Verifies REQ-RES-004, REQ-RES-013.
#[test]
fn a_lower_limit_ends_the_low_reservoir_alarm_and_a_higher_one_does_not() {
    for (limit, is_low) in [(1_000_000, false), (3_000_000, true)] {
        let mut bench = Bench::infusing(prescription());
        let refill = Command::Refill {
            volume: Volume::from_nanoliters(1_900_000),
            concentration: prescription().concentration,
            bridge: false,
            drawn: None,
        };
        assert_eq!(bench.clinician(refill), Response::Done);
        bench.run_for(MINUTE);
        assert_eq!(bench.status().alarms, Alarms::LOW_RESERVOIR);
        bench.program(Prescription {
            low_reservoir: Volume::from_nanoliters(limit),
            ..prescription()
        });
        bench.run_for(MINUTE);
        assert_eq!(bench.status().alarms.has(Alarms::LOW_RESERVOIR), is_low);
    }
}

/// Verifies REQ-THE-009, REQ-THE-033.
#[test]
fn the_two_days_count_from_the_stop_or_from_the_program_of_a_pump_that_stands() {
    let mut bench = Bench::infusing(prescription());
    bench.run_until(10 * HOUR);
    bench.program(prescription());
    bench.run_until(60 * HOUR);
    assert_eq!(bench.status().alarms, Alarms(0), "it runs");
    bench.clinician(Command::Stop);
    bench.run_for(40 * HOUR);
    bench.program(prescription());
    bench.run_for(47 * HOUR);
    assert_eq!(bench.status().alarms, Alarms(0), "somebody was there");
    bench.run_for(2 * HOUR);
    assert_eq!(bench.status().alarms, Alarms::STOPPED_FOR_LONG);
}
