//! Every bit that a plant shows, and which of the values must not be negative.

use thecal_sim::{Harm, Ledger, Observer, Plant, PlantFault, Truth};
use thecal_units::SimTime;

pub(crate) fn bits_of_truth(truth: &Truth) -> Vec<u64> {
    let mut bits = vec![
        truth.at.as_millis(),
        truth.steps_driven,
        truth.steps_moved,
        truth.steps_missed,
    ];
    bits.extend(reals_of_truth(truth).into_iter().map(f64::to_bits));
    bits
}

pub(crate) fn reals_of_truth(truth: &Truth) -> Vec<f64> {
    let mut reals = never_negative(truth).to_vec();
    reals.extend([
        truth.infused_volume.as_milliliters(),
        truth.dose_from_reservoir.as_micrograms(),
        truth.dose_infused.as_micrograms(),
        truth.pocket_volume.as_milliliters(),
        truth.outlet_pressure.as_kilopascals(),
        truth.reservoir_pressure.as_kilopascals(),
    ]);
    reals
}

/// Values that must not be negative: amounts at a place. A pump that draws back may have delivered
/// a negative volume, and may have a negative outlet pressure.
pub(crate) fn never_negative(truth: &Truth) -> [f64; 14] {
    [
        truth.displaced.as_milliliters(),
        truth.reservoir.as_milliliters(),
        truth.reservoir_concentration.as_ug_per_ml(),
        truth.dose_in_catheter.as_micrograms(),
        truth.tip.as_ug_per_ml(),
        truth.lumbar.as_ug_per_ml(),
        truth.cervical.as_ug_per_ml(),
        truth.cisterna.as_ug_per_ml(),
        truth.plasma.as_ug_per_ml(),
        truth.effect,
        truth.toxicity,
        truth.withdrawal,
        truth.ambient_pressure.as_kilopascals(),
        truth.supply.as_volts(),
    ]
}

pub(crate) fn reals_of_ledger(ledger: &Ledger) -> Vec<f64> {
    let mut reals = held(ledger).to_vec();
    reals.extend([
        ledger.from_reservoir.as_micrograms(),
        ledger.drawn_volume.as_milliliters(),
        ledger.waiting_volume.as_milliliters(),
        ledger.pocket_volume.as_milliliters(),
        ledger.infused_volume.as_milliliters(),
    ]);
    reals
}

/// Amounts at a place.
pub(crate) fn held(ledger: &Ledger) -> [f64; 17] {
    [
        ledger.filled.as_micrograms(),
        ledger.withdrawn.as_micrograms(),
        ledger.in_reservoir.as_micrograms(),
        ledger.primed.as_micrograms(),
        ledger.settled.as_micrograms(),
        ledger.injected.as_micrograms(),
        ledger.in_catheter.as_micrograms(),
        ledger.in_pocket.as_micrograms(),
        ledger.in_spine.as_micrograms(),
        ledger.in_tissue.as_micrograms(),
        ledger.in_cisterna.as_micrograms(),
        ledger.in_cranial.as_micrograms(),
        ledger.in_plasma.as_micrograms(),
        ledger.eliminated.as_micrograms(),
        ledger.filled_volume.as_milliliters(),
        ledger.withdrawn_volume.as_milliliters(),
        ledger.reservoir_volume.as_milliliters(),
    ]
}

pub(crate) fn reals_of_harm(harm: &Harm) -> [f64; 9] {
    [
        harm.h_over_hours,
        harm.h_under,
        harm.h_withdrawal_hours,
        harm.max_toxicity,
        harm.max_withdrawal,
        harm.added_toxicity,
        harm.added_withdrawal,
        harm.max_loss,
        harm.min_effect.unwrap_or(0.0),
    ]
}

/// Every bit that a plant shows.
pub(crate) fn bits(plant: &Plant) -> Vec<u64> {
    let mut bits = bits_of_truth(&plant.truth());
    for agent in 0..2 {
        bits.extend(
            reals_of_ledger(&plant.ledger_of(agent))
                .into_iter()
                .map(f64::to_bits),
        );
    }
    bits.extend(reals_of_harm(&plant.harm()).map(f64::to_bits));
    bits.push(plant.pump_clock().as_millis());
    bits.extend(PlantFault::ALL.map(|fault| plant.fault_effect(fault)));
    bits
}

/// Asserts that nothing is negative and that steps add up.
pub(crate) struct Sound;

impl Observer for Sound {
    fn tick(&mut self, at: SimTime, truth: &Truth) {
        assert_eq!(at, truth.at);
        assert_eq!(truth.steps_driven, truth.steps_moved + truth.steps_missed);
        for value in never_negative(truth) {
            assert!(value >= 0.0 && value.is_finite(), "{truth:?}");
        }
        assert!(
            reals_of_truth(truth).iter().all(|value| value.is_finite()),
            "{truth:?}"
        );
        for fraction in [truth.effect, truth.toxicity, truth.withdrawal] {
            assert!(fraction <= 1.0, "{truth:?}");
        }
    }
}

/// Records every tick's bits.
#[derive(Default)]
pub(crate) struct Bits(pub(crate) Vec<Vec<u64>>);

impl Observer for Bits {
    fn tick(&mut self, _at: SimTime, truth: &Truth) {
        self.0.push(bits_of_truth(truth));
    }
}
