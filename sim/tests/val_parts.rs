//! Motor, battery, reservoir and catheter compared with the figures of their rows.
//!
//! Tolerances: 2 % for a closed form; wider ones state a reason.

use thecal_sim::pump::{GENERIC_PUMP, PumpModel};
use thecal_sim::{
    Agent, Drug, MotorCommand, Plant, PlantConfig, PlantFault, Ramp, Refill, Tolerance,
};
use thecal_units::real::{Concentration, Volume};
use thecal_units::{Millis, SimTime};

#[track_caller]
fn close(seen: f64, wanted: f64, relative: f64) {
    let error = (seen / wanted - 1.0).abs();
    assert!(
        error <= relative,
        "{seen} against {wanted}: off by {error:.3}, allowed {relative}"
    );
}

/// Baclofen of 2000 ug/mL, half full.
fn config() -> PlantConfig {
    let strength = Concentration::from_ug_per_ml(2_000.0);
    PlantConfig::new(Agent::new(Drug::Baclofen, Tolerance::Chronic, strength))
}

fn with(pump: PumpModel) -> Plant {
    Plant::new(&PlantConfig { pump, ..config() }).expect("in range")
}

fn sound() -> Plant {
    with(GENERIC_PUMP.values)
}

fn run(plant: &mut Plant, span: Millis) {
    plant.advance(plant.now() + span, &mut ());
    let error = plant.books_error();
    assert!(error < 1e-9, "{error}");
}

fn train(plant: &mut Plant, pulses: u32, period_us: u32) {
    plant.command(MotorCommand::Train {
        pulses,
        first_delay_us: period_us,
        period_us,
        pulse_energy_uj: 30,
    });
}

/// An endless train of 5 nL a step.
fn infuse(plant: &mut Plant, ml_per_day: u32) {
    train(plant, u32::MAX, 432_000 / ml_per_day);
}

/// Volume that enters the fluid within this span. Unit: mL.
fn infused_in(plant: &mut Plant, span: Millis) -> f64 {
    let before = plant.truth().infused_volume.as_milliliters();
    run(plant, span);
    plant.truth().infused_volume.as_milliliters() - before
}

/// The pressure above that of the fluid at which the first pulse misses. Unit: kPa.
fn stall_kpa(plant: &mut Plant) -> f64 {
    plant.begin_fault(PlantFault::TipOcclusion, Ramp::constant(f64::INFINITY));
    for _ in 0..1_000 {
        if plant.truth().steps_missed > 0 {
            return plant.truth().outlet_pressure.as_kilopascals() - 1.5;
        }
        run(plant, Millis::MINUTE);
    }
    panic!("no stall");
}

/// The torque is that of the supply at the pulse. At 24 mL/day a fresh battery has 3.044 V there:
/// `(2 (3.044 / 2.8)^2 - 1) / load-per-pressure` is 205 kPa where a roller lifts, which it does every
/// fourteen seconds.
#[test]
fn a_fresh_battery_stalls_where_its_loaded_supply_says() {
    let mut plant = sound();
    infuse(&mut plant, 24);
    let pressure = stall_kpa(&mut plant);
    // A minute at 24 mL/day adds 33 kPa in 0.5 uL/kPa, less the fill lost to pressure.
    assert!((204.0..240.0).contains(&pressure), "{pressure} kPa");
    // A trickle has 3.1 V: 218 kPa, up to 45 kPa more between two rollers.
    let mut plant = sound();
    infuse(&mut plant, 1);
    let pressure = stall_kpa(&mut plant);
    assert!((217.0..264.0).contains(&pressure), "{pressure} kPa");
}

/// Half the torque that film and friction each leave is not enough for both.
#[test]
fn film_and_friction_together_stall_a_motor_that_either_leaves_turning() {
    let misses = |film: f64, friction: f64| {
        let mut plant = sound();
        plant.begin_fault(PlantFault::BatteryFilm, Ramp::constant(film));
        plant.begin_fault(PlantFault::GearFriction, Ramp::constant(friction));
        run(&mut plant, Millis::MINUTE);
        infuse(&mut plant, 24);
        run(&mut plant, Millis::MINUTE);
        plant.truth().steps_missed
    };
    assert_eq!(misses(1_000.0, 1.0), 0);
    assert_eq!(misses(0.0, 2.0), 0);
    assert!(misses(1_000.0, 2.0) > 0);
}

/// Beyond the pull-out speed only the first pulse moves; within it all do.
#[test]
fn a_motor_driven_too_fast_stands_still_and_follows_again_when_it_is_not() {
    let mut plant = sound();
    train(&mut plant, 1_000, 4_000);
    run(&mut plant, Millis::MINUTE);
    assert_eq!(plant.truth().steps_moved, 1);
    assert_eq!(plant.truth().steps_missed, 999);
    train(&mut plant, 1_000, 18_000);
    run(&mut plant, Millis::MINUTE);
    assert_eq!(plant.truth().steps_moved, 1_001);
    // Single pulses one millisecond apart are no slower for being commanded one by one.
    for _ in 0..100 {
        train(&mut plant, 1, 0);
        run(&mut plant, Millis::from_millis(1));
    }
    assert!(plant.truth().steps_moved <= 1_002);
}

/// However the span is cut, the same pulses are lost, and the forecast names the first.
#[test]
fn the_first_pulse_that_comes_too_soon_is_forecast() {
    let mut plant = sound();
    train(&mut plant, 10, 4_000);
    plant.arm(thecal_sim::Armed {
        missed_pulse: true,
        ..thecal_sim::Armed::default()
    });
    // The first falls due at 4 ms; the second, at 8 ms, is not followed.
    let event = plant.next_pin_event(SimTime::from_millis(1_000));
    assert_eq!(event, Some(SimTime::from_millis(8)));
    let mut cut = plant.clone();
    for at in 1..=100 {
        cut.advance(SimTime::from_millis(at), &mut ());
    }
    plant.advance(SimTime::from_millis(100), &mut ());
    assert_eq!(cut.truth(), plant.truth());
    assert_eq!(plant.truth().steps_missed, 9);
}

/// A pump that fires pulses without pause pulls a fresh battery below 2.0 V; its fastest therapy does
/// not.
#[test]
fn a_runaway_pump_browns_out_on_a_fresh_battery() {
    let brown_out = |period_us| {
        let mut plant = sound();
        train(&mut plant, u32::MAX, period_us);
        plant.next_brown_out(SimTime::ZERO + Millis::HOUR)
    };
    assert_eq!(brown_out(18_000), None);
    assert_eq!(brown_out(50), Some(SimTime::from_millis(1)));
    assert_eq!(brown_out(0), Some(SimTime::ZERO));
}

/// Boyle: 20 uL of gas at 103 kPa give up `20 P / (103 + P)` uL, 13.6 uL at 220 kPa.
#[test]
fn a_bubble_adds_what_boyle_allows_to_the_bolus_after_an_occlusion() {
    let released = |bubble_ul: f64| {
        let mut plant = sound();
        if bubble_ul > 0.0 {
            plant.begin_fault(PlantFault::AirBubble, Ramp::constant(bubble_ul));
            infuse(&mut plant, 1);
            run(&mut plant, Millis::HOUR.times(2));
            plant.end_fault(PlantFault::AirBubble);
        }
        infuse(&mut plant, 1);
        run(&mut plant, Millis::MINUTE);
        let pressure = stall_kpa(&mut plant);
        plant.command(MotorCommand::StopNow);
        run(&mut plant, Millis::MINUTE);
        plant.end_fault(PlantFault::TipOcclusion);
        let bolus = infused_in(&mut plant, Millis::MINUTE.times(5)) * 1e3;
        (pressure, bolus)
    };
    let (without_kpa, without) = released(0.0);
    close(without, 0.5 * without_kpa, 0.01);
    let (kpa, with_bubble) = released(20.0);
    let gas = |kpa: f64| 20.0 * kpa / (102.8 + kpa);
    let boyle = gas(kpa);
    // The bubble stays, and holds 0.5 kPa.
    close(with_bubble, 0.5 * (kpa - 0.5) + boyle - gas(0.5), 0.005);
    assert!((13.0..15.0).contains(&boyle), "{boyle} uL at {kpa} kPa");
}

/// A pump that cannot give its last 2 mL gives all from 2.2 mL up, and half at 2.1 mL.
#[test]
fn the_last_milliliters_come_more_slowly_where_a_pump_is_made_so() {
    let hour = |residual_ml: f64, fill_ml: f64| {
        let mut plant = Plant::new(&PlantConfig {
            pump: PumpModel {
                residual_ml,
                ..GENERIC_PUMP.values
            },
            fill: Volume::from_milliliters(fill_ml),
            ..config()
        })
        .expect("in range");
        infuse(&mut plant, 1);
        infused_in(&mut plant, Millis::HOUR)
    };
    // A twentieth of the fall passes within the hour.
    close(hour(2.0, 2.1) / hour(0.0, 2.1), 0.45, 0.06);
    close(hour(2.0, 2.25) / hour(0.0, 2.25), 1.0, 1e-9);
    assert!(hour(2.0, 2.0).abs() < 1e-9);
}

/// A pump that gives nothing: its battery lasts seven years all the same, and no longer. Here the seven
/// years are as many days.
#[test]
fn a_battery_ends_after_seven_years_however_little_it_gave() {
    assert_eq!(
        GENERIC_PUMP.values.battery_years.to_bits(),
        7.0_f64.to_bits()
    );
    let volts = |tenths: u64| {
        let mut plant = with(PumpModel {
            battery_years: 7.0 / 365.25,
            quiescent_ua: 0.0,
            ..GENERIC_PUMP.values
        });
        run(&mut plant, Millis::from_secs(8_640).times(tenths));
        plant.truth().supply.as_volts()
    };
    assert!(volts(50) > 2.7);
    assert!(volts(62) < 2.65);
    assert!(volts(71) < 2.0);
}

/// 7e14 Pa s/m3 at 27 to 29 kPa let 3.3 to 3.6 mL a day into the pocket, with their drug.
#[test]
fn a_septum_leaks_into_the_pocket_past_the_pump() {
    let mut plant = sound();
    plant.begin_fault(PlantFault::SeptumLeak, Ramp::constant(7e14));
    infuse(&mut plant, 1);
    run(&mut plant, Millis::MINUTE);
    let before = plant.truth();
    run(&mut plant, Millis::DAY);
    let after = plant.truth();
    let lost = after.pocket_volume.as_milliliters() - before.pocket_volume.as_milliliters();
    let gauge = after.reservoir_pressure.as_kilopascals();
    close(lost, gauge / 0.7 * 86_400.0 * 1e-6, 0.02);
    assert!((3.2..3.7).contains(&lost), "{lost} mL at {gauge} kPa");
    let left = before.reservoir.as_milliliters() - after.reservoir.as_milliliters();
    close(left, 1.0 + lost, 0.01);
    assert!(after.plasma.as_ug_per_ml() > 0.0);
    // Nothing flows back in.
    plant.set_ambient(
        thecal_units::real::Pressure::from_kilopascals(203.0),
        Millis::ZERO,
    );
    run(&mut plant, Millis::MINUTE);
    let pocket = plant.truth().pocket_volume;
    run(&mut plant, Millis::HOUR);
    assert_eq!(plant.truth().pocket_volume, pocket);
}

/// What leaves a leak has first been pumped there: through the tubing to the connector, through half of
/// the catheter to the tear.
#[test]
fn drug_reaches_a_leak_only_after_the_volume_before_it() {
    let in_pocket = |fault, hundredths: u64| {
        let mut plant = Plant::new(&PlantConfig {
            primed: false,
            ..config()
        })
        .expect("in range");
        plant.begin_fault(fault, Ramp::constant(0.5));
        run(&mut plant, Millis::MINUTE);
        infuse(&mut plant, 1);
        run(&mut plant, Millis::from_secs(864).times(hundredths));
        let ledger = plant.ledger();
        ledger.in_pocket.as_micrograms() + ledger.in_plasma.as_micrograms()
    };
    // 0.140 mL of tubing; then 0.098 mL, half of 89 cm. Fronts are about 10 % of the line wide.
    assert!(in_pocket(PlantFault::CatheterLeak, 10) < 1.0);
    assert!(in_pocket(PlantFault::CatheterLeak, 18) > 10.0);
    assert!(in_pocket(PlantFault::CatheterTear, 19) < 1.0);
    assert!(in_pocket(PlantFault::CatheterTear, 28) > 10.0);
}

/// Half of what is pumped leaves at the tear, the other half at the tip.
#[test]
fn a_tear_takes_its_share() {
    let mut plant = sound();
    plant.begin_fault(PlantFault::CatheterTear, Ramp::constant(0.5));
    run(&mut plant, Millis::MINUTE);
    infuse(&mut plant, 1);
    let tip = infused_in(&mut plant, Millis::DAY);
    close(tip, 0.5, 0.02);
    close(plant.truth().dose_infused.as_micrograms(), 1_000.0, 0.02);
    let effect_nl = plant.fault_effect(PlantFault::CatheterTear);
    assert!(effect_nl.abs_diff(500_000) < 10_000, "{effect_nl}");
}

/// A displaced tip gives the blood what the fluid should have got; a granuloma keeps its share.
#[test]
fn drug_beside_the_fluid_reaches_the_blood() {
    let day = |fault, share| {
        let mut plant = sound();
        plant.begin_fault(fault, Ramp::constant(share));
        run(&mut plant, Millis::MINUTE);
        infuse(&mut plant, 1);
        run(&mut plant, Millis::DAY);
        assert!(plant.fault_effect(fault) > 0);
        let truth = plant.truth();
        (
            truth.dose_infused.as_micrograms(),
            plant.ledger().in_pocket.as_micrograms(),
        )
    };
    let (fluid, pocket) = day(PlantFault::TipDisplaced, 1.0);
    assert!(fluid.abs() < 1e-9 && pocket > 100.0, "{fluid} {pocket}");
    let (fluid, _) = day(PlantFault::Granuloma, 0.6);
    close(fluid, 800.0, 0.02);
}

/// 2 % a day for ten days leave 0.98 to the tenth.
#[test]
fn a_drug_that_decays_weakens_in_the_reservoir_alone() {
    let mut plant = sound();
    plant.begin_fault(PlantFault::DrugDecay, Ramp::constant(0.02));
    run(&mut plant, Millis::MINUTE);
    run(&mut plant, Millis::DAY.times(10));
    let strength = plant.truth().reservoir_concentration.as_ug_per_ml();
    close(strength, 2_000.0 * 0.98_f64.powi(10), 1e-6);
    let lost = plant.ledger().decayed.as_micrograms();
    close(lost, 40_000.0 - strength * 20.0, 1e-9);
    // 7317 ug.
    let effect_ng = plant.fault_effect(PlantFault::DrugDecay);
    assert!(effect_ng.abs_diff(7_317_000) < 1_000, "{effect_ng}");
}

/// 1.1 Ah at 2 mA last 23 days.
#[test]
fn a_leakage_current_empties_the_battery() {
    let mut plant = sound();
    plant.begin_fault(PlantFault::LeakageCurrent, Ramp::constant(2_000.0));
    run(&mut plant, Millis::DAY.times(20));
    assert!(plant.truth().supply.as_volts() > 2.0);
    run(&mut plant, Millis::DAY.times(4));
    assert!(plant.truth().supply.as_volts() < 2.0);
}

/// Half of the capacity is gone: the bellows press as hard with half the fill.
#[test]
fn a_reservoir_that_lost_capacity_holds_less_and_presses_harder() {
    let mut plant = sound();
    let before = plant.truth().reservoir_pressure.as_kilopascals();
    plant.begin_fault(PlantFault::CapacityLoss, Ramp::constant(0.5));
    run(&mut plant, Millis::MINUTE);
    close(plant.capacity().as_milliliters(), 20.0, 1e-12);
    let added = plant.truth().reservoir_pressure.as_kilopascals() - before;
    close(added, 2.5, 1e-9);
    assert_eq!(plant.fault_effect(PlantFault::CapacityLoss), 2_500);
    plant.refill(&Refill::plain(
        Volume::from_milliliters(20.0),
        Concentration::from_ug_per_ml(2_000.0),
    ));
    run(&mut plant, Millis::MINUTE);
}
