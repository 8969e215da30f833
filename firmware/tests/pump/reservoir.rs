//! Reservoir by count, its alarms, and the count after a reset.

use crate::bench::{Bench, DAY, HOUR, MINUTE, prescription};
use thecal_link::{ResetCause, Tone};
use thecal_telemetry::{Alarms, Command, Denial, LogCode, Mode, Prescription, Rejection, Response};
use thecal_units::{Concentration, Mass, Millis, Volume};

fn refill(microliters: u64) -> Command {
    Command::Refill {
        volume: Volume::from_nanoliters(microliters * 1_000),
        concentration: Concentration::from_ng_per_ml(10_000_000),
        bridge: false,
        drawn: None,
    }
}

/// Verifies REQ-ALM-001, REQ-RES-004, REQ-RES-012, REQ-RES-014, REQ-ALM-008.
#[test]
fn req_res_004_low_sounds_once_at_once_and_at_its_interval() {
    let mut bench = Bench::infusing(prescription());
    bench.clinician(refill(2_100));
    bench.tones.clear();
    // 100 uL at 0.5 mL/day last 4.8 h.
    bench.run_for(4 * HOUR + 47 * MINUTE);
    assert!(bench.tones.is_empty());
    bench.run_for(2 * MINUTE);
    assert_eq!(bench.tones.len(), 1);
    assert_eq!(bench.tones[0].1, Tone::Single);
    bench.run_for(3 * HOUR);
    assert_eq!(bench.tones.len(), 4);
    assert_eq!(bench.status().mode, Mode::Infusing);
    let logged = bench.log();
    let low: Vec<_> = logged
        .iter()
        .filter(|entry| entry.code == LogCode::LowReservoir)
        .collect();
    assert_eq!(low.len(), 1);
    assert_eq!(low[0].argument.div_ceil(1_000), 2_000);
}

/// Verifies REQ-RES-005, REQ-BOL-027, REQ-RES-016.
#[test]
fn req_res_005_empty_stops_after_the_stroke_and_a_refill_resumes() {
    let mut bench = Bench::infusing(prescription());
    bench.clinician(refill(50));
    let start = bench.now;
    bench.run_for(4 * HOUR);
    assert_eq!(bench.steps_between(start, bench.now), 10_000);
    let status = bench.status();
    assert_eq!(status.mode, Mode::Empty);
    assert!(status.alarms.has(Alarms::EMPTY_RESERVOIR));
    assert_eq!(bench.tones.last().map(|tone| tone.1), Some(Tone::TwoTone));
    assert_eq!(bench.press(1, 1), Response::BolusDenied(Denial::Empty));
    bench.clinician(refill(20_000));
    let status = bench.status();
    assert_eq!((status.mode, status.alarms), (Mode::Infusing, Alarms(0)));
    let start = bench.now;
    bench.run_for(HOUR);
    assert!(bench.steps_between(start, bench.now).abs_diff(4_166) <= 1);
}

/// Verifies REQ-RES-007, REQ-BOL-040, REQ-BOL-045, REQ-RES-015.
#[test]
fn a_bolus_ends_when_the_count_does() {
    let mut bench = Bench::infusing(prescription());
    bench.clinician(refill(10));
    assert_eq!(bench.press(1, 1), Response::BolusGranted);
    bench.run_for(HOUR);
    assert_eq!(bench.moved_us.len(), 2_000);
    let codes: Vec<_> = bench.log().iter().map(|entry| entry.code).collect();
    assert!(codes.ends_with(&[LogCode::BolusEnded, LogCode::EmptyReservoir]));
}

/// Verifies REQ-RES-003.
#[test]
fn req_res_003_a_reset_never_raises_the_count() {
    let mut bench = Bench::infusing(prescription());
    bench.run_until(DAY);
    for round in 1..=50 {
        let before = bench.status().reservoir;
        bench.reset(ResetCause::PowerOn);
        let after = bench.status().reservoir;
        assert!(after <= before, "round {round}");
        let lost = before.saturating_sub(after).as_nanoliters_round_down();
        assert!(lost <= 12_000, "round {round}: {lost} nL lost");
        bench.run_for(round * 777_777);
    }
    let truth = 20_000_000 - bench.moved_us.len() as u64 * 5;
    assert!(bench.status().reservoir.as_nanoliters_round_down() <= truth);
}

/// Verifies REQ-RES-002, REQ-RES-009, REQ-RES-010.
#[test]
fn req_res_002_a_refill_keeps_the_dose_at_another_concentration() {
    let mut bench = Bench::infusing(Prescription {
        bolus_dose: Mass::ZERO,
        ..prescription()
    });
    let change = Command::Refill {
        volume: Volume::from_nanoliters(18_000_000),
        concentration: Concentration::from_ng_per_ml(20_000_000),
        bridge: false,
        drawn: None,
    };
    assert_eq!(bench.clinician(change), Response::Done);
    let start = bench.now;
    bench.run_for(DAY);
    assert!(bench.steps_between(start, bench.now).abs_diff(50_000) <= 1);
    assert_eq!(
        bench.clinician(refill(40_001)),
        Response::Rejected(Rejection::VolumeRange)
    );
    // At 0.1 ug/mL the same dose would be 50 L a day.
    let absurd = Command::Refill {
        volume: Volume::from_nanoliters(18_000_000),
        concentration: Concentration::from_ng_per_ml(100),
        bridge: false,
        drawn: None,
    };
    assert_eq!(
        bench.clinician(absurd),
        Response::Rejected(Rejection::ConcentrationRange)
    );
}

/// Verifies REQ-ALM-002, REQ-ALM-003.
#[test]
fn req_alm_002_the_critical_tone_alone_is_heard() {
    let mut bench = Bench::infusing(Prescription {
        critical_interval: Millis::HOUR,
        non_critical_interval: Millis::from_millis(10 * MINUTE),
        ..prescription()
    });
    bench.clinician(refill(50));
    bench.run_for(DAY);
    let after_empty: Vec<_> = bench
        .tones
        .iter()
        .skip_while(|tone| tone.1 != Tone::TwoTone)
        .collect();
    assert!((20..=22).contains(&after_empty.len()));
    assert!(after_empty.iter().all(|tone| tone.1 == Tone::TwoTone));
    bench.clinician(Command::Silence);
    let tones = bench.tones.len();
    bench.run_for(DAY);
    assert_eq!(bench.tones.len(), tones);
    assert!(bench.status().alarms.has(Alarms::EMPTY_RESERVOIR));
}
