//! What a plant costs: a quiet minute, a pulse span, 180 days.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use thecal_sim::csf::Neuraxis;
use thecal_sim::line::Line;
use thecal_sim::pump::{GENERIC_CATHETER, GENERIC_PUMP};
use thecal_sim::{
    Agent, Anatomy, Armed, CatheterModel, ClockModel, Drug, Mixing, MotorCommand, Observer, Person,
    Plant, PlantConfig, TICK, TipLevel, Tolerance, Truth,
};
use thecal_units::{Millis, SimTime, real};

/// Keeps the last truth, so that making it is part of the cost.
struct Last(Option<Truth>);

impl Observer for Last {
    fn tick(&mut self, _at: SimTime, truth: &Truth) {
        self.0 = Some(*truth);
    }
}

/// Morphine at 0.5 mL/day, with `second` if it is mixed, catheter full, a train without end.
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

/// 0.5 mL/day without end.
fn train() -> MotorCommand {
    MotorCommand::Train {
        pulses: u32::MAX,
        first_delay_us: 864_000,
        period_us: 864_000,
        pulse_energy_uj: 30,
    }
}

/// What the rig does once a minute.
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

fn plant(criterion: &mut Criterion) {
    let mut quiet = infusing(None);
    quiet.advance(SimTime::ZERO + Millis::DAY, &mut ());
    // A copy for each measurement: a plant that ran on would empty its reservoir and its battery.
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
    let bupivacaine = Agent::new(
        Drug::Bupivacaine,
        Tolerance::Naive,
        real::Concentration::from_ug_per_ml(15_000.0),
    );
    for (name, second) in [
        ("plant/180 days", None),
        ("plant/180 days, two drugs", Some(bupivacaine)),
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

fn parts(criterion: &mut Criterion) {
    let mut chain = Neuraxis::new(&Anatomy::ADULT, &Drug::Morphine.kinetics(), TICK);
    let (dose, tip) = (real::Mass::from_micrograms(0.7), TipLevel::T12.position());
    criterion.bench_function("part/fluid step", |bencher| {
        bencher.iter(|| black_box(chain.step(dose, tip)));
    });
    let strength = real::Concentration::from_ug_per_ml(2_000.0);
    let mut line = Line::new(
        &GENERIC_PUMP.values,
        &GENERIC_CATHETER.values,
        strength,
        TICK,
    );
    let volume = real::Volume::from_milliliters(0.5 / 1_440.0);
    criterion.bench_function("part/line step at 0.5 mL a day", |bencher| {
        bencher.iter(|| black_box(line.step(volume, volume.dose(strength))));
    });
}

criterion_group!(benches, plant, parts);
criterion_main!(benches);
