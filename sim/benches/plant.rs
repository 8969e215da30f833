//! Cost of a plant: a quiet minute, a pulse span, a day by part, 180 days.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use thecal_sim::csf::Neuraxis;
use thecal_sim::hydraulics::{Branches, Hydraulics, catheter_resistance};
use thecal_sim::line::Line;
use thecal_sim::plasma::Plasma;
use thecal_sim::pump::{GENERIC_CATHETER, GENERIC_PUMP};
use thecal_sim::{
    Agent, Anatomy, Armed, CatheterModel, ClockModel, Drug, Mixing, MotorCommand, Observer, Person,
    Plant, PlantConfig, TICK, TipLevel, Tolerance, Truth,
};
use thecal_units::{Millis, SimTime, real};

/// Keeps the last truth, so that computing it is part of the cost.
struct Last(Option<Truth>);

impl Observer for Last {
    fn tick(&mut self, _at: SimTime, truth: &Truth) {
        self.0 = Some(*truth);
    }
}

/// Morphine at 0.5 mL/day, optionally with `second`, catheter full, an endless train.
fn infusing(second: Option<Agent>) -> Plant {
    let mut plant = Plant::new(&PlantConfig {
        second,
        fill: real::Volume::from_milliliters(40.0),
        clock: ClockModel { ppm: 20 },
        person: Person {
            anatomy: Anatomy::ADULT.with(Mixing::Typical),
            tip: TipLevel::T12.position(),
        },
        catheter: CatheterModel {
            length_cm: 89.0,
            ..GENERIC_CATHETER.values
        },
        ..PlantConfig::new(Agent::new(
            Drug::Morphine,
            Tolerance::Naive,
            real::Concentration::from_ug_per_ml(2_000.0),
        ))
    })
    .expect("a sound configuration");
    plant.command(train());
    plant
}

/// 0.5 mL/day, endless.
fn train() -> MotorCommand {
    MotorCommand::Train {
        pulses: u32::MAX,
        first_delay_us: 864_000,
        period_us: 864_000,
        pulse_energy_uj: 30,
    }
}

/// The rig's work once a minute.
fn exchange(plant: &mut Plant, last: &mut Last) {
    plant.arm(Armed {
        missed_pulse: true,
        magnet: true,
        supply_below_mv: Some(2_500),
    });
    let to = plant.now() + Millis::MINUTE;
    let to = plant.next_pin_event(to).unwrap_or(to);
    plant.advance(to, last);
    black_box(plant.take_pins());
    plant.command(train());
}

fn bupivacaine() -> Agent {
    Agent::new(
        Drug::Bupivacaine,
        Tolerance::Naive,
        real::Concentration::from_ug_per_ml(15_000.0),
    )
}

fn plant(criterion: &mut Criterion) {
    let mut quiet = infusing(None);
    quiet.advance(SimTime::ZERO + Millis::DAY, &mut ());
    // A copy for each measurement: a plant that continued would empty its reservoir and battery.
    criterion.bench_function("plant/one quiet minute", |bencher| {
        let mut last = Last(None);
        bencher.iter_batched_ref(
            || quiet.clone(),
            |plant| plant.advance(plant.now() + Millis::MINUTE, &mut last),
            BatchSize::SmallInput,
        );
    });
    criterion.bench_function("plant/a day of 1440 exchanges, all armed", |bencher| {
        let mut last = Last(None);
        bencher.iter_batched_ref(
            || quiet.clone(),
            |plant| {
                for _ in 0..1_440 {
                    exchange(plant, &mut last);
                }
            },
            BatchSize::SmallInput,
        );
    });
    for (name, second) in [
        ("plant/180 days", None),
        ("plant/180 days, two drugs", Some(bupivacaine())),
    ] {
        criterion.bench_function(name, |bencher| {
            let mut last = Last(None);
            bencher.iter_batched(
                || infusing(second),
                |mut plant| {
                    plant.advance(SimTime::ZERO + Millis::DAY.times(180), &mut last);
                    plant
                },
                BatchSize::SmallInput,
            );
        });
    }
}

/// A simulated day of each separable part, then of the whole.
///
/// Motor, head, reservoir and supply are the difference between a running and a stopped motor;
/// effects, harm and computing the truth are the rest of the stopped plant after line, node, fluid
/// and plasma.
fn day(criterion: &mut Criterion) {
    const TICKS: u32 = 1_440;
    let (dose, tip) = (real::Mass::from_micrograms(0.7), TipLevel::T12.position());
    let mut chain = Neuraxis::new(&Anatomy::ADULT, &Drug::Morphine.kinetics(), TICK);
    criterion.bench_function("day/fluid", |bencher| {
        bencher.iter(|| {
            for _ in 0..TICKS {
                black_box(chain.step(dose, tip));
            }
        });
    });
    let mut plasma = Plasma::new(&Drug::Morphine.plasma(), TICK);
    criterion.bench_function("day/plasma", |bencher| {
        bencher.iter(|| {
            for _ in 0..TICKS {
                plasma.step(black_box(dose), real::Mass::ZERO);
            }
        });
    });
    let strength = real::Concentration::from_ug_per_ml(2_000.0);
    let (pump, catheter) = (&GENERIC_PUMP.values, &GENERIC_CATHETER.values);
    let mut line = Line::new(pump, catheter, strength, TICK);
    let volume = real::Volume::from_milliliters(0.5 / f64::from(TICKS));
    criterion.bench_function("day/line at 0.5 mL", |bencher| {
        bencher.iter(|| {
            for _ in 0..TICKS {
                black_box(line.step(volume, volume.dose(strength)));
            }
        });
    });
    let branches = Branches {
        to_fluid: 1.0 / catheter_resistance(catheter, 1.0),
        ..Branches::default()
    };
    let mut node = Hydraulics::new(pump.compliance_ml_per_kpa, branches, TICK);
    criterion.bench_function("day/elastic node", |bencher| {
        bencher.iter(|| {
            for _ in 0..TICKS {
                black_box(node.step(volume.as_milliliters(), 0.0, f64::INFINITY));
            }
        });
    });
    let mut stopped = infusing(None);
    stopped.command(MotorCommand::StopNow);
    for (name, plant) in [
        ("day/plant, motor stopped", stopped),
        ("day/plant, one drug", infusing(None)),
        ("day/plant, two drugs", infusing(Some(bupivacaine()))),
    ] {
        criterion.bench_function(name, |bencher| {
            let mut last = Last(None);
            bencher.iter_batched_ref(
                || plant.clone(),
                |plant| plant.advance(SimTime::ZERO + Millis::DAY, &mut last),
                BatchSize::SmallInput,
            );
        });
    }
}

criterion_group!(benches, plant, day);
criterion_main!(benches);
