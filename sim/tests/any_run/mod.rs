//! Strategies for any plant and any sequence of actions on it.

use proptest::prelude::*;
use thecal_sim::parameter::Parameters;
use thecal_sim::pump::GENERIC_CATHETER;
use thecal_sim::{
    Agent, Anatomy, CatheterModel, ClockModel, Drive, Drug, Mixing, MotorCommand, Person, Plant,
    PlantConfig, PlantFault, Posture, Ramp, Refill, TipLevel, Tolerance,
};
use thecal_units::real::{Concentration, Length, Potential, Pressure, Temperature, Volume};
use thecal_units::{Millis, SimTime};

/// An action on a plant.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Act {
    Command(MotorCommand),
    Begin(PlantFault, Ramp),
    End(PlantFault),
    Refill(Refill),
    Magnet(bool),
    Ambient(f64, u64),
    Temperature(f64, u64),
    Posture(Posture),
    EnterField,
    LeaveField(u64),
    ResetFlowValve,
    Take,
    Reset,
    Jump(i32),
    Pull(Option<u16>),
}

pub(crate) fn act() -> impl Strategy<Value = Act> {
    let train = (
        0_u32..200_000,
        0_u32..5_000_000,
        15_000_u32..9_000_000,
        8_u16..40,
    )
        .prop_map(|(pulses, first_delay_us, period_us, pulse_energy_uj)| {
            Act::Command(MotorCommand::Train {
                pulses,
                first_delay_us,
                period_us,
                pulse_energy_uj,
            })
        });
    prop_oneof![
        6 => train,
        1 => Just(Act::Command(MotorCommand::StopNow)),
        1 => Just(Act::Command(MotorCommand::StopAfterStroke)),
        6 => begin(),
        4 => prop::sample::select(PlantFault::ALL.to_vec()).prop_map(Act::End),
        1 => refill().prop_map(Act::Refill),
        1 => (20.0..700.0_f64, 0_u64..7_200_000).prop_map(|(kpa, over)| Act::Ambient(kpa, over)),
        1 => (33.0..42.0_f64, 0_u64..7_200_000).prop_map(|(to, over)| Act::Temperature(to, over)),
        1 => prop_oneof![Just(Posture::Lying), Just(Posture::Sitting)].prop_map(Act::Posture),
        1 => Just(Act::EnterField),
        1 => (0_u64..30_000_000).prop_map(Act::LeaveField),
        1 => Just(Act::ResetFlowValve),
        1 => any::<bool>().prop_map(Act::Magnet),
        2 => Just(Act::Take),
        1 => Just(Act::Reset),
        1 => (-100_000_i32..100_000).prop_map(Act::Jump),
        1 => proptest::option::of(0_u16..3_300).prop_map(Act::Pull),
    ]
}

/// A fault of any severity, as a step or a ramp.
pub(crate) fn begin() -> impl Strategy<Value = Act> {
    let severities = |fault: PlantFault| {
        let (least, most) = fault.row().accepts();
        let end = most;
        let most = if most.is_finite() { most } else { 1e30 };
        let share = prop_oneof![Just(0.0), Just(1.0), 0.0..1.0_f64];
        // Sampled by factors, to cover a wide range.
        let severity = share.prop_map(move |share| {
            if share >= 1.0 {
                end
            } else if most > 1e3 * least.max(1.0) {
                least + (most - least + 1.0).powf(share) - 1.0
            } else {
                least + (most - least) * share
            }
        });
        (severity.clone(), severity, 0_u64..20_000_000, any::<bool>())
            .prop_map(move |(from, to, over, logarithmic)| (fault, from, to, over, logarithmic))
    };
    prop::sample::select(PlantFault::ALL.to_vec())
        .prop_flat_map(severities)
        .prop_map(|(fault, from, to, over, logarithmic)| {
            let ramp = Ramp {
                start: SimTime::ZERO,
                over: Millis::from_millis(over),
                from,
                to,
                logarithmic,
            };
            Act::Begin(fault, ramp)
        })
}

pub(crate) fn refill() -> impl Strategy<Value = Refill> {
    let volume = || (0.0..5.0_f64).prop_map(Volume::from_milliliters);
    let strength = || (0.0..20_000.0_f64).prop_map(Concentration::from_ug_per_ml);
    let strengths = (strength(), strength()).prop_map(|(first, second)| [first, second]);
    (
        proptest::option::of(volume()),
        volume(),
        volume(),
        strengths,
    )
        .prop_map(|(withdrawn, volume, pocket, concentrations)| Refill {
            withdrawn,
            volume,
            pocket,
            concentrations,
        })
}

pub(crate) fn config() -> impl Strategy<Value = PlantConfig> {
    let drug = prop::sample::select(Drug::ALL.to_vec());
    let mixing = prop_oneof![Just(Mixing::Low), Just(Mixing::Typical), Just(Mixing::High)];
    let tolerance = prop_oneof![Just(Tolerance::Naive), Just(Tolerance::Chronic)];
    // A nearly empty reservoir is the interesting one.
    let fill = prop_oneof![0.0..0.5, 0.5..20.0];
    let drive = prop_oneof![
        3 => Just(Drive::Peristaltic),
        1 => Just(Drive::ValveGated),
        1 => Just(Drive::ConstantFlow),
    ];
    let second = prop_oneof![2 => Just(None), 1 => (0.0..20_000.0_f64).prop_map(Some)];
    (
        (drive, second, any::<u64>()),
        drug,
        mixing,
        tolerance,
        fill,
        0.0..20_000.0,
        10.0..150.0,
        any::<bool>(),
        -200..200,
    )
        .prop_map(
            |(
                (drive, second, seed),
                drug,
                mixing,
                tolerance,
                fill,
                concentration,
                length,
                primed,
                ppm,
            )| PlantConfig {
                drive,
                seed,
                second: second.map(|strength| {
                    let strength = Concentration::from_ug_per_ml(strength);
                    Agent::new(Drug::Bupivacaine, tolerance, strength)
                }),
                fill: Volume::from_milliliters(fill),
                primed,
                clock: ClockModel { ppm },
                person: Person {
                    anatomy: Anatomy::ADULT.with(mixing),
                    tip: TipLevel::T10.position(),
                },
                catheter: CatheterModel {
                    length_cm: length,
                    ..GENERIC_CATHETER.values
                },
                ..PlantConfig::new(Agent::new(
                    drug,
                    tolerance,
                    Concentration::from_ug_per_ml(concentration),
                ))
            },
        )
}

/// A run: pauses and actions.
pub(crate) fn history() -> impl Strategy<Value = Vec<(u64, Act)>> {
    let wait = prop_oneof![0_u64..5_000, 0_u64..300_000, 0_u64..20_000_000];
    prop::collection::vec((wait, act()), 1..12)
}

/// Sets one parameter to an end of its range; fill and tip are adjusted to their limits.
pub(crate) fn push(config: &mut PlantConfig, index: usize, high: bool) {
    fn set<P: Parameters>(set: &mut P, index: &mut usize, high: bool) {
        if let Some(field) = P::FIELDS.get(*index) {
            set.set(*index, if high { field.high } else { field.low });
        }
        *index = index.wrapping_sub(P::FIELDS.len());
    }
    let mut left = index;
    set(&mut config.pump, &mut left, high);
    set(&mut config.catheter, &mut left, high);
    set(&mut config.person.anatomy, &mut left, high);
    set(&mut config.agent.model.kinetics, &mut left, high);
    set(&mut config.agent.model.plasma, &mut left, high);
    set(&mut config.agent.model.pocket, &mut left, high);
    set(&mut config.agent.model.wanted.values, &mut left, high);
    let person = &mut config.person;
    let (axis_cm, capacity_ml) = (person.anatomy.axis_cm, config.pump.capacity_ml);
    person.tip = Length::from_centimeters(person.tip.as_centimeters().min(axis_cm));
    let fill_ml = config.fill.as_milliliters().min(capacity_ml);
    config.fill = Volume::from_milliliters(fill_ml);
}

pub(crate) fn perform(plant: &mut Plant, act: Act) {
    match act {
        Act::Command(command) => plant.command(command),
        Act::Begin(fault, severity) => {
            let start = plant.now();
            plant.begin_fault(fault, Ramp { start, ..severity });
        }
        Act::End(fault) => plant.end_fault(fault),
        Act::Ambient(kpa, over) => {
            plant.set_ambient(Pressure::from_kilopascals(kpa), Millis::from_millis(over));
        }
        Act::Temperature(to, over) => {
            plant.set_temperature(Temperature::from_celsius(to), Millis::from_millis(over));
        }
        Act::Posture(posture) => plant.set_posture(posture),
        Act::EnterField => plant.enter_field(),
        Act::LeaveField(recovery) => plant.leave_field(Millis::from_millis(recovery)),
        Act::ResetFlowValve => plant.reset_flow_valve(),
        Act::Refill(refill) => plant.refill(&refill),
        Act::Magnet(closed) => plant.set_magnet(closed),
        Act::Take => {
            plant.take_pins();
        }
        Act::Reset => plant.reset_pins(),
        Act::Jump(by_ms) => plant.jump_clock(i64::from(by_ms)),
        Act::Pull(mv) => {
            plant.pull_supply(mv.map(|mv| Potential::from_volts(f64::from(mv) / 1e3)));
        }
    }
}
