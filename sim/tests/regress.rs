//! Pins the bits of three values: this model's own results, not ground truth. A change means that
//! the plant computes differently, and needs a reason why that is right.

use thecal_sim::pump::GENERIC_CATHETER;
use thecal_sim::{
    Agent, Anatomy, CatheterModel, ClockModel, Drug, Mixing, MotorCommand, Person, Plant,
    PlantConfig, PlantFault, Ramp, Refill, TipLevel, Tolerance,
};
use thecal_units::{Millis, SimTime, real};

/// Two weeks of baclofen with a stall of two days and a refill.
fn two_weeks() -> Plant {
    let mut plant = Plant::new(&PlantConfig {
        primed: false,
        clock: ClockModel { ppm: -13 },
        person: Person {
            anatomy: Anatomy::ADULT.with(Mixing::Typical),
            tip: TipLevel::T10.position(),
        },
        catheter: CatheterModel {
            length_cm: 89.0,
            ..GENERIC_CATHETER.values
        },
        ..PlantConfig::new(Agent::new(
            Drug::Baclofen,
            Tolerance::Chronic,
            real::Concentration::from_ug_per_ml(1_000.0),
        ))
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
    plant.begin_fault(PlantFault::MotorStall, Ramp::constant(1.0));
    plant.advance(day(9), &mut ());
    plant.end_fault(PlantFault::MotorStall);
    plant.refill(&Refill::plain(
        real::Volume::from_milliliters(18.0),
        real::Concentration::from_ug_per_ml(2_000.0),
    ));
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
        0x3fcd_dbe2_25ce_c448,
        0x40b7_ee40_947d_cdd2,
        0x3fe6_bc52_6604_76b3,
    ];
    assert_eq!(seen, pinned, "{truth:?} {:?}", plant.harm());
}
