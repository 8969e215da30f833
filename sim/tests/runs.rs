//! Short runs of one plant, each with the result that its mechanism requires.

use thecal_sim::pump::GENERIC_CATHETER;
use thecal_sim::{
    Agent, Anatomy, Armed, CatheterModel, ClockModel, Drug, HarmClass, Mixing, MotorCommand,
    Person, Plant, PlantConfig, PlantFault, Ramp, Refill, TipLevel, Tolerance,
};
use thecal_units::real::{Concentration, Mass, Potential, Volume};
use thecal_units::{Millis, PumpTime, SimTime};

fn config() -> PlantConfig {
    PlantConfig {
        person: Person {
            anatomy: Anatomy::ADULT.with(Mixing::Typical),
            tip: TipLevel::T10.position(),
        },
        catheter: CatheterModel {
            length_cm: 100.0,
            ..GENERIC_CATHETER.values
        },
        ..PlantConfig::new(used(Tolerance::Chronic))
    }
}

/// Baclofen for a patient of this tolerance.
fn used(tolerance: Tolerance) -> Agent {
    Agent::new(
        Drug::Baclofen,
        tolerance,
        Concentration::from_ug_per_ml(1_000.0),
    )
}

fn plant(config: &PlantConfig) -> Plant {
    Plant::new(config).expect("in range")
}

fn at(millis: u64) -> SimTime {
    SimTime::from_millis(millis)
}

fn train(pulses: u32, period_ms: u32) -> MotorCommand {
    let period_us = period_ms * 1_000;
    MotorCommand::Train {
        pulses,
        first_delay_us: period_us,
        period_us,
        pulse_energy_uj: 30,
    }
}

const MISSED: Armed = Armed {
    missed_pulse: true,
    magnet: false,
    supply_below_mv: None,
};

#[test]
fn a_stall_is_foreseen_felt_and_proven() {
    let mut plant = plant(&config());
    plant.command(train(1_000, 500));
    plant.arm(MISSED);
    assert_eq!(plant.next_pin_event(at(600_000)), None);
    plant.advance(at(10_100), &mut ());
    plant.begin_fault(PlantFault::MotorStall, Ramp::constant(1.0));
    assert_eq!(plant.next_pin_event(at(600_000)), Some(at(10_500)));
    assert_eq!(plant.next_pin_event(at(10_499)), None);
    plant.advance(at(12_000), &mut ());
    let pins = plant.take_pins();
    assert!(pins.events.missed_pulse);
    assert_eq!((pins.steps_driven, pins.steps_sensed), (24, 20));
    assert_eq!(plant.fault_effect(PlantFault::MotorStall), 4);
    assert_eq!(plant.truth().steps_missed, 4);
    // The source fired once and is disarmed until it is armed again.
    plant.advance(at(13_000), &mut ());
    assert!(!plant.take_pins().events.any());
    plant.end_fault(PlantFault::MotorStall);
    plant.advance(at(14_000), &mut ());
    assert_eq!(plant.take_pins().steps_sensed, 2);
    assert_eq!(plant.fault_effect(PlantFault::MotorStall), 6);
}

#[test]
fn a_jam_holds_the_shaft_forty_steps_on() {
    let mut plant = plant(&config());
    plant.command(train(1_000, 500));
    plant.arm(MISSED);
    plant.advance(at(5_000), &mut ());
    plant.begin_fault(PlantFault::MotorJam, Ramp::constant(1.0));
    assert_eq!(plant.fault_effect(PlantFault::MotorJam), 0);
    assert_eq!(plant.next_pin_event(SimTime::NEVER), Some(at(25_500)));
    plant.advance(at(30_000), &mut ());
    assert_eq!(plant.truth().steps_moved, 50);
    assert_eq!(plant.fault_effect(PlantFault::MotorJam), 10);
    assert_eq!(plant.fault_effect(PlantFault::MotorStall), 0);
}

#[test]
fn a_weak_pulse_is_foreseen_at_the_roller() {
    let mut plant = plant(&config());
    plant.command(MotorCommand::Train {
        pulses: 5_000,
        first_delay_us: 0,
        period_us: 1_000_000,
        pulse_energy_uj: 10,
    });
    plant.arm(MISSED);
    let foreseen = plant.next_pin_event(SimTime::NEVER).expect("a miss");
    plant.advance(foreseen.before(Millis::from_millis(1)), &mut ());
    assert_eq!(plant.truth().steps_missed, 0);
    plant.advance(foreseen, &mut ());
    assert_eq!(plant.truth().steps_missed, 1);
    assert!(plant.truth().steps_moved > 100);
    assert_eq!(plant.fault_effect(PlantFault::MotorStall), 0);
}

#[test]
fn a_stop_and_a_reset_cut_the_train() {
    for reset in [false, true] {
        let mut plant = plant(&config());
        plant.command(train(1_000, 500));
        plant.advance(at(5_000), &mut ());
        if reset {
            plant.arm(MISSED);
            plant.reset_pins();
            assert_eq!(plant.take_pins().steps_driven, 0);
        } else {
            plant.command(MotorCommand::StopAfterStroke);
        }
        plant.advance(at(60_000), &mut ());
        assert_eq!(plant.truth().steps_driven, 10);
    }
}

#[test]
fn an_empty_reservoir_gives_nothing_and_the_pump_cannot_tell() {
    let mut plant = plant(&PlantConfig {
        fill: Volume::from_milliliters(0.0125),
        ..config()
    });
    // Six passages of a roller: 24 uL swept, twice the volume available.
    plant.command(train(4_800, 100));
    plant.advance(at(700_000), &mut ());
    let truth = plant.truth();
    assert_eq!(plant.take_pins().steps_sensed, 4_800);
    assert!(truth.reservoir.as_milliliters().abs() < 1e-15);
    assert!((truth.dose_from_reservoir.as_micrograms() - 12.5).abs() < 1e-9);
    assert!((truth.displaced.as_milliliters() - 0.024).abs() < 1e-4);
    assert!(plant.ledger().relative_error() < 1e-12);
}

#[test]
fn the_supply_shows_the_load_of_a_fast_train_only_while_it_ran() {
    let mut plant = plant(&config());
    plant.arm(Armed {
        supply_below_mv: Some(3_060),
        ..Armed::default()
    });
    plant.command(train(1_000, 864));
    plant.advance(at(600_000), &mut ());
    let slow = plant.take_pins();
    // 10 uC in 100 uF; 12 uA in 100 ohm is negligible.
    assert_eq!(slow.supply_mv - slow.supply_min_mv, 101);
    assert!(!slow.events.supply);
    plant.command(train(1_000, 18));
    assert_eq!(plant.next_pin_event(SimTime::NEVER), Some(at(600_018)));
    plant.advance(at(700_000), &mut ());
    let fast = plant.take_pins();
    // 56 mV more across 100 ohm; each reading is rounded down.
    assert!((155..=157).contains(&(fast.supply_mv - fast.supply_min_mv)));
    assert!(fast.events.supply);
    plant.advance(at(800_000), &mut ());
    let rest = plant.take_pins();
    assert_eq!(rest.supply_min_mv, rest.supply_mv);
}

#[test]
fn a_magnet_is_seen_as_a_level_and_once_as_an_edge() {
    let mut plant = plant(&config());
    plant.arm(Armed {
        magnet: true,
        ..Armed::default()
    });
    plant.set_magnet(false);
    assert_eq!(plant.next_pin_event(SimTime::NEVER), None);
    plant.advance(at(77), &mut ());
    plant.set_magnet(true);
    assert_eq!(plant.next_pin_event(SimTime::NEVER), Some(at(77)));
    let pins = plant.take_pins();
    assert!(pins.magnet && pins.events.magnet);
    plant.set_magnet(false);
    assert!(!plant.take_pins().events.any());
}

#[test]
fn a_train_follows_the_crystal_and_not_a_set_clock() {
    let clock = ClockModel { ppm: 50_000 };
    let mut plant = plant(&PlantConfig { clock, ..config() });
    plant.command(train(100, 1_050));
    plant.jump_clock(3_600_000);
    plant.advance(at(999), &mut ());
    assert_eq!(plant.truth().steps_driven, 0);
    plant.advance(at(1_000), &mut ());
    assert_eq!(plant.truth().steps_driven, 1);
    assert_eq!(plant.pump_clock(), PumpTime::from_millis(3_601_050));
    assert_eq!(
        plant.sim_time_of(PumpTime::from_millis(3_602_100)),
        at(2_000)
    );
}

#[test]
fn a_refill_in_the_middle_of_a_minute_changes_the_drug_from_there() {
    let mut plant = plant(&config());
    plant.command(train(100, 1_000));
    plant.advance(at(30_000), &mut ());
    let before = plant.truth();
    plant.refill(&Refill::plain(
        Volume::from_milliliters(18.0),
        Concentration::from_ug_per_ml(2_000.0),
    ));
    assert!((plant.truth().reservoir.as_milliliters() - 18.0).abs() < 1e-12);
    assert_eq!(
        plant.truth().dose_from_reservoir,
        before.dose_from_reservoir
    );
    plant.advance(at(60_000), &mut ());
    let drawn = plant.truth().displaced.as_milliliters() - before.displaced.as_milliliters();
    let dose = plant.truth().dose_from_reservoir.as_micrograms()
        - before.dose_from_reservoir.as_micrograms();
    assert!((dose - 2_000.0 * drawn).abs() < 1e-9);
    let withdrawn = plant.ledger().withdrawn.as_micrograms();
    assert!((withdrawn - 1_000.0 * before.reservoir.as_milliliters()).abs() < 1e-6);
}

#[test]
fn an_empty_catheter_delays_therapy_and_is_no_harm() {
    let mut plant = plant(&PlantConfig {
        primed: false,
        agent: used(Tolerance::Naive),
        ..config()
    });
    // 0.2 mL/day: the drug needs 43 h to the tip.
    plant.command(train(u32::MAX, 2_160));
    plant.advance(SimTime::ZERO + Millis::HOUR.times(38), &mut ());
    assert!(plant.truth().dose_infused.as_micrograms() < 1.0);
    assert_eq!(plant.harm().class, HarmClass::S0);
    plant.advance(SimTime::ZERO + Millis::HOUR.times(96), &mut ());
    assert!(plant.truth().effect > 0.5 && plant.harm().min_effect.is_some());
    assert_eq!(plant.harm().class, HarmClass::S0);
}

#[test]
fn a_silent_stop_of_baclofen_becomes_withdrawal_within_a_day() {
    let mut plant = plant(&config());
    plant.start_on_therapy(Mass::from_micrograms(400.0));
    assert!(plant.truth().effect > 0.9 && plant.ledger().relative_error() < 1e-12);
    plant.advance(SimTime::ZERO + Millis::DAY.times(2), &mut ());
    let onset = plant.harm().time_to_withdrawal_0_3.expect("withdrawal");
    let hours = onset.since_origin().as_hours_f64();
    assert!((18.0..30.0).contains(&hours), "{hours} h");
    assert!(plant.harm().class >= HarmClass::S3);
}

#[test]
fn a_dose_for_the_tolerant_harms_the_naive() {
    let class = |tolerance| {
        let mut plant = plant(&PlantConfig {
            agent: used(tolerance),
            ..config()
        });
        plant.accustom(Mass::from_micrograms(800.0));
        // 800 ug/day.
        plant.command(train(u32::MAX, 540));
        plant.advance(SimTime::ZERO + Millis::DAY.times(4), &mut ());
        plant.harm().class
    };
    assert!(class(Tolerance::Naive) >= HarmClass::S3);
    assert_eq!(class(Tolerance::Chronic), HarmClass::S0);
}

#[test]
fn a_drained_battery_stalls_the_motor() {
    let mut plant = plant(&config());
    // 22 mC a pulse: 182 000 of them take the whole battery.
    plant.command(MotorCommand::Train {
        pulses: 190_000,
        first_delay_us: 0,
        period_us: 1_000,
        pulse_energy_uj: u16::MAX,
    });
    plant.advance(at(300_000), &mut ());
    assert_eq!(plant.take_pins().supply_mv, 0);
    let moved = plant.truth().steps_moved;
    plant.command(train(10, 500));
    plant.advance(at(310_000), &mut ());
    assert_eq!(
        (plant.truth().steps_moved, plant.take_pins().steps_driven),
        (moved, 10)
    );
}

#[test]
fn a_supply_that_is_pulled_down_shows_at_once_and_comes_back() {
    let mut plant = plant(&config());
    plant.command(train(1_000, 500));
    plant.arm(Armed {
        supply_below_mv: Some(2_500),
        ..Armed::default()
    });
    plant.advance(at(10_100), &mut ());
    plant.take_pins();
    assert_eq!(plant.next_pin_event(at(600_000)), None);
    plant.pull_supply(Some(Potential::from_volts(1.6)));
    assert_eq!(plant.next_pin_event(at(600_000)), Some(at(10_100)));
    // At 1.6 V a pulse of 30 uJ has 0.65 of the torque of a new pump's largest load.
    plant.advance(at(20_100), &mut ());
    assert!(plant.truth().steps_missed > 0);
    plant.pull_supply(None);
    let pins = plant.take_pins();
    assert!(pins.events.supply && pins.supply_mv > 3_000);
    // A pulse at 1.6 V lowers it by a tenth of a volt.
    assert!((1_400..1_600).contains(&pins.supply_min_mv), "{pins:?}");
    assert_eq!(plant.supply_mv(), plant.take_pins().supply_min_mv);
}
