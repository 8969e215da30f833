//! How a bolus is rounded: down to whole motor steps, and each of them is driven.
//!
//! The step is that of the label, 5 nL; that a pump's own is another is hidden from it (V0).

use crate::bench::{Bench, DAY, HOUR, MINUTE, prescription};
use proptest::prelude::*;
use thecal_telemetry::{Command, DuringBolus, LogCode, Mode, Prescription, Response};
use thecal_units::{Concentration, DoseRate, Mass, Millis, Volume};

/// Steps in a milliliter.
const STEPS_A_ML: u64 = 200_000;

/// The steps of the continuous infusion after so long, rounded down.
fn infused(of: &Prescription, millis: u64) -> u64 {
    let steps_a_day = u128::from(of.dose.as_ng_per_day()) * u128::from(STEPS_A_ML);
    let all = steps_a_day * u128::from(millis)
        / u128::from(of.concentration.as_ng_per_ml())
        / u128::from(DAY);
    u64::try_from(all).expect("few")
}

/// A concentration, a flow of the infusion in nL a day or none, the steps of a bolus and the part of
/// the next one in 1/1000, its duration, and what becomes of the infusion.
fn cases() -> impl Strategy<Value = (u32, u32, u64, u64, u64, DuringBolus)> {
    let concentration = prop_oneof![
        1_000..=50_000_000_u32,
        Just(25_000),
        Just(1_000),
        Just(50_000_000)
    ];
    let flow = prop_oneof![Just(0), 6_000..4_000_000_u32];
    let steps = prop_oneof![1..20_u64, 1..2_000_u64, 1..30_000_u64];
    let duration = prop_oneof![MINUTE..=20 * MINUTE, MINUTE..=8 * HOUR];
    let during = prop_oneof![Just(DuringBolus::Add), Just(DuringBolus::Replace)];
    (concentration, flow, steps, 0..1_000_u64, duration, during)
}

/// The sum of a bolus is the dose in whole steps: never more, and less by less than one step.
fn give(
    (concentration, flow, steps, part, duration, during_bolus): (
        u32,
        u32,
        u64,
        u64,
        u64,
        DuringBolus,
    ),
) -> Result<(), TestCaseError> {
    let ng_per_ml = u64::from(concentration);
    // Rounded up, so that the dose is of at least so many steps.
    let nanograms = (ng_per_ml * (steps * 1_000 + part)).div_ceil(STEPS_A_ML * 1_000);
    let whole = nanograms * STEPS_A_ML / ng_per_ml;
    let a_day = (u64::from(flow) * ng_per_ml).div_ceil(1_000_000);
    let of = Prescription {
        concentration: Concentration::from_ng_per_ml(concentration),
        dose: DoseRate::from_ng_per_day(u32::try_from(a_day).expect("in range")),
        bolus_dose: Mass::ZERO,
        low_reservoir: Volume::ZERO,
        during_bolus,
        ..prescription()
    };
    let mut bench = Bench::infusing(of);
    // The checks of the battery, which move steps in time, are over until tomorrow.
    bench.run_until(2 * HOUR);
    let answer = bench.clinician(Command::ClinicianBolus {
        dose: Mass::from_nanograms(nanograms),
        duration: Millis::from_millis(duration),
    });
    prop_assert_eq!(answer, Response::Done);
    let start = bench.now;
    while bench.status().mode != Mode::Infusing {
        bench.run_for(MINUTE);
        prop_assert!(bench.now < start + 12 * HOUR, "it never ends");
    }
    bench.run_until(20 * HOUR);
    let moved = bench.moved_us.len() as u64;
    let log = bench.log();
    let ended = log.iter().rfind(|entry| entry.code == LogCode::BolusEnded);
    let ended = ended.map(|entry| u64::from(entry.argument));
    if flow == 0 {
        prop_assert_eq!(moved, whole);
        prop_assert_eq!(ended, Some(whole));
        return Ok(());
    }
    // A bolus that is faster than the motor is stretched, and the infusion pauses for as long.
    let fastest = (whole * DAY).div_ceil(24 * STEPS_A_ML) + 1;
    let paused = match during_bolus {
        DuringBolus::Add => 0..=0,
        DuringBolus::Replace => duration..=duration.max(fastest) + 2,
    };
    let most = infused(&of, 20 * HOUR - paused.start()) + whole + 1;
    let least = infused(&of, 20 * HOUR - paused.end()) + whole - 1;
    prop_assert!(
        (least..=most).contains(&moved),
        "{moved} steps, {least} to {most}"
    );
    prop_assert_eq!(ended, Some(whole));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Verifies REQ-BOL-002, REQ-BOL-001, REQ-BOL-019, REQ-BOL-046.
    #[test]
    fn req_bol_002_the_steps_of_a_bolus_are_its_dose_rounded_down(case in cases()) {
        give(case)?;
    }
}
