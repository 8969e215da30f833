//! Two drugs in one reservoir, a pocket fill, and a pump that draws back, in the whole plant.

use thecal_sim::{
    Agent, Drug, MotorCommand, Plant, PlantConfig, Refill, TICK, TipLevel, Tolerance,
};
use thecal_units::real::{Concentration, Mass, Pressure, Volume};
use thecal_units::{Millis, SimTime};

const fn ug_per_ml(value: f64) -> Concentration {
    Concentration::from_ug_per_ml(value)
}

fn agent(drug: Drug, strength: f64) -> Agent {
    Agent::new(drug, Tolerance::Chronic, ug_per_ml(strength))
}

/// Morphine 2 mg/mL, optionally with bupivacaine 15 mg/mL, at 0.5 mL a day.
fn plant(second: Option<Agent>) -> Plant {
    let mut plant = Plant::new(&PlantConfig {
        second,
        ..PlantConfig::new(agent(Drug::Morphine, 2_000.0))
    })
    .expect("a sound configuration");
    plant.start_on_therapy(Mass::from_micrograms(1_000.0));
    plant.command(MotorCommand::Train {
        pulses: u32::MAX,
        first_delay_us: 864_000,
        period_us: 864_000,
        pulse_energy_uj: 30,
    });
    plant
}

#[track_caller]
fn closes(plant: &Plant) {
    for ledger in [plant.ledger(), plant.ledger_of(1)] {
        assert!(ledger.relative_error() < 1e-11, "{ledger:?}");
    }
}

/// A second drug does not change the transport of the first, and adds its effect.
#[test]
fn a_second_drug_leaves_the_first_alone() {
    let (mut alone, mut mixed) = (plant(None), plant(Some(agent(Drug::Bupivacaine, 15_000.0))));
    assert!(alone.drug_truth(1).is_none() && alone.drug_truth(2).is_none());
    for day in 1..=10 {
        for plant in [&mut alone, &mut mixed] {
            plant.advance(SimTime::ZERO + Millis::DAY.times(day), &mut ());
            closes(plant);
        }
    }
    let (one, both) = (alone.truth(), mixed.truth());
    assert_eq!(one.cisterna, both.cisterna);
    assert_eq!(one.plasma, both.plasma);
    assert_eq!(one.dose_infused, both.dose_infused);
    let first = mixed.drug_truth(0).expect("morphine");
    let second = mixed.drug_truth(1).expect("bupivacaine");
    assert!((first.effect - one.effect).abs() < 1e-15);
    assert!(second.effect > 0.2 && both.effect > first.effect);
    // 7.5 mg a day was the settled dose, and only the pulsation of the rollers has changed since.
    let ratio = second.dose_infused.as_micrograms() / both.dose_infused.as_micrograms();
    assert!((ratio / 7.5 - 1.0).abs() < 1e-9, "{ratio}");
}

/// A refill beside the port: the drug reaches blood from the pocket, and the balance includes it.
#[test]
fn a_pocket_fill_reaches_the_blood() {
    let mut plant = plant(Some(agent(Drug::Bupivacaine, 15_000.0)));
    let before = plant.truth();
    plant.refill(&Refill {
        pocket: Volume::from_milliliters(18.0),
        ..Refill::plain(Volume::from_milliliters(2.0), ug_per_ml(2_000.0))
    });
    closes(&plant);
    plant.advance(SimTime::ZERO + Millis::HOUR.times(4), &mut ());
    closes(&plant);
    let (truth, ledger) = (plant.truth(), plant.ledger());
    assert!(truth.plasma.as_ug_per_ml() > 50.0 * before.plasma.as_ug_per_ml());
    // 36 mg in a patient tolerant of 1 mg a day at the cord.
    assert!(truth.toxicity > 0.4, "{}", truth.toxicity);
    assert!(ledger.in_pocket < Mass::from_micrograms(36_000.0));
    plant.advance(SimTime::ZERO + Millis::DAY.times(2), &mut ());
    closes(&plant);
    assert!(plant.ledger().in_pocket < Mass::from_micrograms(1e-6 * 36_000.0));
}

/// Fluid pressed back into the catheter carries drug from the spine.
#[test]
fn what_flows_back_carries_drug() {
    let mut plant = Plant::new(&PlantConfig {
        primed: false,
        ..PlantConfig::new(agent(Drug::Baclofen, 1_000.0))
    })
    .expect("a sound configuration");
    plant.start_on_therapy(Mass::from_micrograms(400.0));
    assert!(plant.ledger().in_catheter < Mass::from_micrograms(1e-9));
    // The tubing stretches under the pressure and takes fluid in at the tip.
    plant.set_fluid_pressure(Pressure::from_kilopascals(40.0), Millis::ZERO);
    plant.advance(SimTime::ZERO + TICK + TICK + TICK, &mut ());
    closes(&plant);
    let truth = plant.truth();
    assert!(truth.infused_volume < Volume::ZERO, "{truth:?}");
    assert!(truth.dose_infused < Mass::ZERO);
    assert!(plant.ledger().in_catheter > Mass::from_micrograms(1e-3));
}

/// A tip above the spine is refused.
#[test]
fn a_tip_lies_within_the_spine() {
    let mut config = PlantConfig::new(agent(Drug::Morphine, 2_000.0));
    for level in TipLevel::ALL {
        config.person.tip = level.position();
        assert_eq!(config.check(), Ok(()));
    }
    config.person.anatomy.axis_cm = 30.0;
    let error = config.check().expect_err("a tip at 55.3 of 30 cm");
    assert_eq!(
        error.to_string(),
        "a tip at 55.3 cm is not within 0 to 30 cm"
    );
    config.person.tip = TipLevel::C3.position_in(&config.person.anatomy);
    assert_eq!(config.check(), Ok(()));
    config.agent.model.kinetics.loss_per_h = -1.0;
    let error = config.check().expect_err("a rate below zero");
    assert_eq!(error.to_string(), "loss = -1 1/h is not within 0 to 20 1/h");
}
