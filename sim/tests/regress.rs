//! Pins the bits of three values. They are our own answer of one day, not a truth: a change here
//! means that the plant computes differently, and somebody has to say why that is right.

use thecal_sim::{
    ClockModel, Drug, Mixing, MotorCommand, Plant, PlantConfig, PlantFault, TipLevel, Tolerance,
};
use thecal_units::{Millis, SimTime, real};

/// Two weeks of baclofen with a stall of two days and a refill.
fn two_weeks() -> Plant {
    let mut plant = Plant::new(&PlantConfig {
        drug: Drug::Baclofen,
        mixing: Mixing::Typical,
        tolerance: Tolerance::Chronic,
        tip: TipLevel::T10,
        fill: real::Volume::from_milliliters(20.0),
        concentration: real::Concentration::from_ug_per_ml(1_000.0),
        catheter_length: real::Length::from_centimeters(89.0),
        primed: false,
        clock: ClockModel { ppm: -13 },
    })
    .expect("a sound configuration");
    plant.command(MotorCommand::Train {
        pulses: u32::MAX,
        first_delay_us: 1_234,
        period_us: 1_080_000,
        pulse_energy_uj: 30,
    });
    let day = |days| SimTime::ZERO + Millis::DAY.times(days);
    plant.advance(day(7), &mut ());
    plant.set_fault(PlantFault::MotorStall, true);
    plant.advance(day(9), &mut ());
    plant.set_fault(PlantFault::MotorStall, false);
    plant.refill(
        real::Volume::from_milliliters(18.0),
        real::Concentration::from_ug_per_ml(2_000.0),
    );
    plant.advance(day(14), &mut ());
    plant
}

#[test]
fn regress_the_bits_of_three_values() {
    let plant = two_weeks();
    let truth = plant.truth();
    let seen = [
        truth.cisterna.as_ug_per_ml().to_bits(),
        truth.dose_infused.as_micrograms().to_bits(),
        plant.harm().h_withdrawal_hours.to_bits(),
    ];
    let pinned = [
        0x3fcd_df9b_f88c_e376,
        0x40b7_f046_2c7e_c294,
        0x4021_ac1a_64af_ec24,
    ];
    assert_eq!(seen, pinned, "{truth:?} {:?}", plant.harm());
}
