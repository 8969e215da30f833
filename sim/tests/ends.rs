//! Ends of ranges: nearly closed catheters, pumps under suction, faults of zero severity,
//! consecutive trains, bubbles that leave.

use thecal_sim::pump::{GENERIC_CATHETER, GENERIC_PUMP};
use thecal_sim::{
    Agent, Armed, CatheterModel, Drive, Drug, MotorCommand, Observer, Plant, PlantConfig,
    PlantFault, Posture, PumpModel, Ramp, SEA_LEVEL_KPA, Tolerance, Truth,
};
use thecal_units::real::{Concentration, Potential, Pressure};
use thecal_units::{Millis, SimTime};

fn config(drive: Drive) -> PlantConfig {
    let strength = Concentration::from_ug_per_ml(2_000.0);
    PlantConfig {
        drive,
        ..PlantConfig::new(Agent::new(Drug::Morphine, Tolerance::Naive, strength))
    }
}

fn plant() -> Plant {
    Plant::new(&config(Drive::Peristaltic)).expect("in range")
}

fn train(period_us: u32) -> MotorCommand {
    MotorCommand::Train {
        pulses: u32::MAX,
        first_delay_us: period_us,
        period_us,
        pulse_energy_uj: 30,
    }
}

/// 1 mL/h.
const FAST: MotorCommand = MotorCommand::Train {
    pulses: u32::MAX,
    first_delay_us: 18_000,
    period_us: 18_000,
    pulse_energy_uj: 30,
};

fn minute(plant: &Plant, minutes: u64) -> SimTime {
    plant.now() + Millis::MINUTE.times(minutes)
}

/// Far from 1, the resistance is so large that rounding hides the flow of a step.
#[test]
fn a_catheter_blocked_by_any_large_factor_is_as_good_as_closed() {
    let after = |factor: f64| {
        let mut plant = plant();
        plant.begin_fault(PlantFault::TipOcclusion, Ramp::constant(factor));
        plant.command(train(864_000));
        plant.advance(minute(&plant, 120), &mut ());
        plant.truth()
    };
    let closed = after(f64::INFINITY);
    assert!(closed.outlet_pressure.as_kilopascals() > 40.0, "{closed:?}");
    for factor in [1e12, 1e16, 1e20, 1e30, 1e100, 1e300] {
        let blocked = after(factor);
        let (pressure, expected) = (
            blocked.outlet_pressure.as_kilopascals(),
            closed.outlet_pressure.as_kilopascals(),
        );
        assert!(
            (pressure - expected).abs() < 1e-3,
            "{factor}: {pressure} and not {expected}"
        );
        // Both pass what came before the first tick.
        let more = blocked.infused_volume.as_milliliters() - closed.infused_volume.as_milliliters();
        assert!(more.abs() < 1e-6, "{factor}: {more}");
    }
}

/// Records the most that was in the reservoir and the least that was before the line.
struct Most {
    reservoir_ml: f64,
    outlet_kpa: f64,
}

impl Observer for Most {
    fn tick(&mut self, _at: SimTime, truth: &Truth) {
        self.reservoir_ml = self.reservoir_ml.max(truth.reservoir.as_milliliters());
        self.outlet_kpa = self.outlet_kpa.min(truth.outlet_pressure.as_kilopascals());
    }
}

/// A dive condenses the propellant: the reservoir draws fluid through the leak.
fn sucked(occlusion: f64) -> (Most, Plant) {
    let mut plant = plant();
    plant.begin_fault(PlantFault::RollerLeak, Ramp::constant(0.0));
    plant.begin_fault(PlantFault::TipOcclusion, Ramp::constant(occlusion));
    plant.set_ambient(
        Pressure::from_kilopascals(3.0 * SEA_LEVEL_KPA),
        Millis::ZERO,
    );
    let mut most = Most {
        reservoir_ml: 0.0,
        outlet_kpa: 0.0,
    };
    plant.advance(minute(&plant, 6 * 60), &mut most);
    assert!(plant.books_error() < 1e-9, "{:?}", plant.ledger());
    (most, plant)
}

#[test]
fn a_reservoir_that_sucks_takes_no_more_than_it_has_room_for() {
    let (most, plant) = sucked(1.0);
    let capacity = GENERIC_PUMP.values.capacity_ml;
    assert!(most.reservoir_ml > capacity - 1e-6, "{}", most.reservoir_ml);
    assert!(most.reservoir_ml < capacity + 1e-6, "{}", most.reservoir_ml);
    assert!(plant.fault_effect(PlantFault::RollerLeak) > 19_000_000);
}

#[test]
fn a_reservoir_that_sucks_at_a_closed_catheter_gets_what_the_tube_holds() {
    for occlusion in [f64::INFINITY, 1e12] {
        let (most, plant) = sucked(occlusion);
        // The 5 uL of the node, drawn empty.
        assert!(
            (most.reservoir_ml - 20.005).abs() < 1e-6,
            "{}",
            most.reservoir_ml
        );
        assert!(most.outlet_kpa > -10.0, "{}", most.outlet_kpa);
        assert!(plant.truth().infused_volume.as_milliliters().abs() < 1e-6);
    }
}

/// A fault with the severity of a sound part has no effect, whatever else happens.
#[test]
fn a_harmless_fault_counts_nothing() {
    let harmless = [
        (PlantFault::FilterClog, 1.0),
        (PlantFault::TipOcclusion, 1.0),
        (PlantFault::ConnectorOcclusion, 1.0),
        (PlantFault::CatheterKink, 1.0),
        (PlantFault::CatheterLeak, 0.0),
        (PlantFault::GearFriction, 1.0),
        (PlantFault::PropellantLoss, 0.0),
        (PlantFault::BatteryFilm, 0.0),
        (PlantFault::MissedSteps, 0.0),
    ];
    for drive in [Drive::Peristaltic, Drive::ValveGated, Drive::ConstantFlow] {
        let mut plant = Plant::new(&config(drive)).expect("in range");
        for (fault, severity) in harmless {
            plant.begin_fault(fault, Ramp::constant(severity));
        }
        plant.begin_fault(PlantFault::TubeWear, Ramp::constant(0.3));
        if drive == Drive::ConstantFlow {
            // Such a pump has neither rollers nor valves.
            plant.begin_fault(PlantFault::RollerLeak, Ramp::constant(0.0));
            plant.begin_fault(PlantFault::OpenValves, Ramp::constant(1.0));
        }
        plant.set_posture(Posture::Sitting);
        plant.command(train(86_400));
        plant.advance(minute(&plant, 240), &mut ());
        for (fault, _) in harmless {
            assert_eq!(plant.fault_effect(fault), 0, "{drive:?} {fault:?}");
        }
        for fault in [PlantFault::RollerLeak, PlantFault::OpenValves] {
            assert_eq!(plant.fault_effect(fault), 0, "{drive:?} {fault:?}");
        }
    }
}

/// Of two narrow places each counts its own share, and a clog does not count the share of wear.
#[test]
fn each_fault_counts_its_own_part() {
    let count = |faults: &[(PlantFault, f64)], of: PlantFault| {
        let mut plant = plant();
        for (fault, severity) in faults {
            plant.begin_fault(*fault, Ramp::constant(*severity));
        }
        plant.command(train(86_400));
        plant.advance(minute(&plant, 240), &mut ());
        plant.fault_effect(of)
    };
    let (tip, connector) = (
        (PlantFault::TipOcclusion, 3_000.0),
        (PlantFault::ConnectorOcclusion, 1_000.0),
    );
    let of_tip = count(&[tip, connector], PlantFault::TipOcclusion);
    let of_connector = count(&[tip, connector], PlantFault::ConnectorOcclusion);
    assert!(of_connector > 1_000, "{of_connector}");
    assert!(
        of_tip.abs_diff(3 * of_connector) < 100,
        "{of_tip} {of_connector}"
    );
    let clog = (PlantFault::FilterClog, 1e3);
    let alone = count(&[clog], PlantFault::FilterClog);
    let worn = count(&[clog, (PlantFault::TubeWear, 0.5)], PlantFault::FilterClog);
    assert!(
        alone > 1_000 && worn.abs_diff(alone / 2) <= 10,
        "{alone} {worn}"
    );
}

/// Volume that a fast train left for the next tick may stall the slow train that follows.
#[test]
fn a_miss_by_the_pressure_of_the_train_before_is_foreseen() {
    let mut missed = 0;
    for factor in [2e4, 3e4, 4e4, 5e4, 6e4] {
        for minutes in 8..24 {
            let mut plant = plant();
            plant.begin_fault(PlantFault::TipOcclusion, Ramp::constant(factor));
            plant.command(FAST);
            plant.advance(minute(&plant, minutes) + Millis::from_secs(58), &mut ());
            // Weaker than the fast pulses by more than a slow one spares the supply.
            plant.command(MotorCommand::Train {
                pulses: u32::MAX,
                first_delay_us: 864_000,
                period_us: 864_000,
                pulse_energy_uj: 28,
            });
            plant.take_pins();
            plant.arm(Armed {
                missed_pulse: true,
                ..Armed::default()
            });
            let until = minute(&plant, 5);
            match plant.next_pin_event(until) {
                Some(at) => {
                    missed += 1;
                    plant.advance(at, &mut ());
                    assert!(plant.take_pins().events.missed_pulse, "nothing at {at}");
                }
                None => {
                    plant.advance(until, &mut ());
                    assert!(
                        !plant.take_pins().events.missed_pulse,
                        "unforeseen: {factor} {minutes}"
                    );
                }
            }
        }
    }
    assert!(missed > 0, "nothing was near the limit");
}

/// A bubble leaves still compressed; the pressure of what remains does not change.
#[test]
fn the_pressure_does_not_jump_as_a_bubble_leaves() {
    struct Steps {
        last_kpa: f64,
        most_up_kpa: f64,
    }
    impl Observer for Steps {
        fn tick(&mut self, _at: SimTime, truth: &Truth) {
            let kpa = truth.outlet_pressure.as_kilopascals();
            self.most_up_kpa = self.most_up_kpa.max(kpa - self.last_kpa);
            self.last_kpa = kpa;
        }
    }
    let mut plant = plant();
    plant.begin_fault(PlantFault::TipOcclusion, Ramp::constant(500.0));
    plant.begin_fault(PlantFault::AirBubble, Ramp::constant(200.0));
    plant.command(FAST);
    let mut steps = Steps {
        last_kpa: 1.5,
        most_up_kpa: 0.0,
    };
    plant.advance(minute(&plant, 120), &mut steps);
    assert_eq!(plant.fault_effect(PlantFault::AirBubble), 200_000);
    assert!(steps.last_kpa > 30.0, "{}", steps.last_kpa);
    // 17 uL into 0.5 uL/kPa is the most that a minute can add.
    assert!(steps.most_up_kpa < 35.0, "{}", steps.most_up_kpa);
    assert!(plant.books_error() < 1e-9);
}

/// Every drive draws a bubble.
#[test]
fn a_bubble_goes_through_every_drive() {
    for drive in [Drive::Peristaltic, Drive::ValveGated, Drive::ConstantFlow] {
        let mut plant = Plant::new(&config(drive)).expect("in range");
        plant.begin_fault(PlantFault::AirBubble, Ramp::constant(20.0));
        plant.command(train(864_000));
        plant.advance(minute(&plant, 24 * 60), &mut ());
        assert_eq!(
            plant.fault_effect(PlantFault::AirBubble),
            20_000,
            "{drive:?}"
        );
        let books = plant.ledger();
        assert!(books.relative_error() < 1e-9, "{drive:?} {books:?}");
    }
}

/// A catheter may be so short and thin that it holds less than the node.
#[test]
fn the_smallest_catheter_keeps_its_books() {
    let config = PlantConfig {
        primed: false,
        pump: PumpModel {
            tubing_ml: 0.0,
            ..GENERIC_PUMP.values
        },
        catheter: CatheterModel {
            length_cm: 10.0,
            bore_cm: 0.01,
            ml_per_cm: 1e-4,
            ..GENERIC_CATHETER.values
        },
        ..config(Drive::Peristaltic)
    };
    let mut plant = Plant::new(&config).expect("in range");
    plant.command(train(864_000));
    plant.advance(minute(&plant, 24 * 60), &mut ());
    let books = plant.ledger();
    assert!(books.relative_error() < 1e-9, "{books:?}");
    assert!(plant.truth().dose_in_catheter.as_micrograms() > 0.0);
    let infused = plant.truth().dose_infused.as_micrograms();
    assert!(infused > 100.0, "{infused}");
}

/// A valve does not feel the outlet's pressure, not even the infinite one of a closed catheter.
#[test]
fn a_weak_valve_behind_a_closed_catheter_is_foreseen() {
    let mut plant = Plant::new(&config(Drive::ValveGated)).expect("in range");
    plant.begin_fault(PlantFault::TipOcclusion, Ramp::constant(f64::INFINITY));
    plant.command(train(864_000));
    plant.advance(minute(&plant, 10), &mut ());
    assert_eq!(plant.truth().steps_missed, 0);
    plant.pull_supply(Some(Potential::from_volts(0.5)));
    plant.take_pins();
    plant.arm(Armed {
        missed_pulse: true,
        ..Armed::default()
    });
    let at = plant.next_pin_event(minute(&plant, 10)).expect("foreseen");
    plant.advance(at, &mut ());
    assert!(plant.take_pins().events.missed_pulse);
}
