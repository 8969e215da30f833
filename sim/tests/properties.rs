//! Properties of any run: the balance closes, nothing is negative, a span may be cut anywhere, a
//! forecast comes true, the fluid is linear and does not depend on the step.

mod any_run;
mod every_bit;

use any_run::{config, history, perform, push};
use every_bit::{Bits, Sound, bits, held};
use proptest::prelude::*;
use thecal_sim::csf::Neuraxis;
use thecal_sim::pump::GENERIC_CATHETER;
use thecal_sim::{
    Agent, Anatomy, Armed, CatheterModel, Drug, Mixing, MotorCommand, Person, Plant, PlantConfig,
    Refill, TICK, TipLevel, Tolerance,
};
use thecal_units::real::{Concentration, Length, Mass, Volume};
use thecal_units::{Millis, SimTime};

const ALL: Armed = Armed {
    missed_pulse: true,
    magnet: true,
    supply_below_mv: Some(3_050),
};

/// 128 cases, or `PROPTEST_CASES`: a number set here would override that.
fn cases() -> ProptestConfig {
    let default = ProptestConfig::default();
    if std::env::var_os("PROPTEST_CASES").is_some() {
        default
    } else {
        ProptestConfig {
            cases: 128,
            ..default
        }
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn the_books_close_and_nothing_is_negative(config in config(), history in history()) {
        let mut plant = Plant::new(&config).expect("in range");
        for (wait, act) in history {
            plant.advance(plant.now() + Millis::from_millis(wait), &mut Sound);
            perform(&mut plant, act);
            for agent in 0..2 {
                let ledger = plant.ledger_of(agent);
                prop_assert!(ledger.relative_error() < 1e-9, "{:?}", ledger);
                prop_assert!(held(&ledger).iter().all(|term| *term >= 0.0), "{:?}", ledger);
            }
        }
    }

    /// The same for pumps, catheters, bodies and drugs at any end of their ranges.
    #[test]
    fn the_books_close_at_the_ends_of_ranges(
        config in config(),
        history in history(),
        ends in prop::collection::vec((0_usize..60, any::<bool>()), 0..12),
    ) {
        let mut config = config;
        for (index, high) in ends {
            push(&mut config, index, high);
        }
        let mut plant = Plant::new(&config).expect("in range");
        for (wait, act) in history {
            plant.advance(plant.now() + Millis::from_millis(wait / 4), &mut Sound);
            perform(&mut plant, act);
            for agent in 0..2 {
                let ledger = plant.ledger_of(agent);
                prop_assert!(ledger.relative_error() < 1e-9, "{:?}", ledger);
                prop_assert!(held(&ledger).iter().all(|term| *term >= 0.0), "{:?}", ledger);
            }
        }
    }

    #[test]
    fn a_span_may_be_cut_anywhere(
        config in config(),
        history in history(),
        cuts in prop::collection::vec(0.0..1.0_f64, 1..6),
    ) {
        let (mut whole, mut cut) = (Plant::new(&config).expect("in range"), Plant::new(&config).expect("in range"));
        let (mut whole_ticks, mut cut_ticks) = (Bits::default(), Bits::default());
        for (wait, act) in history {
            let from = whole.now();
            let mut points: Vec<u64> = cuts.iter().map(|share| part(wait, *share)).collect();
            points.sort_unstable();
            for point in points {
                cut.advance(from + Millis::from_millis(point), &mut cut_ticks);
            }
            let to = from + Millis::from_millis(wait);
            cut.advance(to, &mut cut_ticks);
            whole.advance(to, &mut whole_ticks);
            for plant in [&mut whole, &mut cut] {
                perform(plant, act);
                plant.arm(ALL);
            }
            prop_assert_eq!(bits(&whole), bits(&cut));
            prop_assert_eq!(whole.next_pin_event(SimTime::NEVER), cut.next_pin_event(SimTime::NEVER));
        }
        prop_assert_eq!(whole.take_pins(), cut.take_pins());
        prop_assert_eq!(whole_ticks.0, cut_ticks.0);
    }

    #[test]
    fn a_forecast_comes_true_to_the_millisecond(
        config in config(),
        history in history(),
        threshold_mv in 2_900_u16..3_200,
        which in 0..3,
    ) {
        let mut plant = Plant::new(&config).expect("in range");
        for (wait, act) in history {
            perform(&mut plant, act);
            plant.take_pins();
            plant.arm(Armed {
                missed_pulse: which != 1,
                magnet: true,
                supply_below_mv: (which != 0).then_some(threshold_mv),
            });
            let until = plant.now() + Millis::from_millis(wait);
            match plant.next_pin_event(until) {
                Some(at) => {
                    prop_assert!(at > plant.now() && at <= until);
                    plant.advance(at.before(Millis::from_millis(1)), &mut ());
                    prop_assert!(!plant.clone().take_pins().events.any(), "too late: {}", at);
                    plant.advance(at, &mut ());
                    prop_assert!(plant.take_pins().events.any(), "nothing at {}", at);
                }
                None => {
                    plant.advance(until, &mut ());
                    prop_assert!(!plant.take_pins().events.any(), "unforeseen");
                }
            }
        }
    }

    #[test]
    fn the_fluid_is_linear(first in 0.0..1e4_f64, second in 0.0..1e4_f64, tip in 0.0..60.0_f64) {
        let run = |infused: f64, injected: f64| {
            let mut fluid = Neuraxis::new(&Anatomy::ADULT, &Drug::Baclofen.kinetics(), TICK);
            let (tip, center) = (Length::from_centimeters(tip), Length::from_centimeters(30.0));
            fluid.inject(Mass::from_micrograms(injected), center, Length::from_centimeters(4.0));
            for _ in 0..200 {
                fluid.step(Mass::from_micrograms(infused), tip);
            }
            fluid
        };
        let (one, other, both) = (run(first, 0.0), run(0.0, second), run(first, second));
        for x in [1.0, 12.0, 30.0, 59.0] {
            let at = |fluid: &Neuraxis| {
                fluid.concentration(Length::from_centimeters(x)).as_ug_per_ml()
            };
            prop_assert!((at(&both) - at(&one) - at(&other)).abs() <= 1e-12 * at(&both));
        }
    }

    #[test]
    fn a_tip_that_moves_a_little_changes_little(tip in 0.5..59.0_f64) {
        let level = |tip: f64| {
            let mut fluid = Neuraxis::new(&Anatomy::ADULT, &Drug::Morphine.kinetics(), TICK);
            for _ in 0..600 {
                fluid.step(Mass::from_micrograms(1.0), Length::from_centimeters(tip));
            }
            fluid.concentration(Length::from_centimeters(25.0)).as_ug_per_ml()
        };
        prop_assert!((level(tip) / level(tip + 0.01) - 1.0).abs() < 2e-3);
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "any cut will do"
)]
fn part(whole: u64, share: f64) -> u64 {
    (whole as f64 * share) as u64
}

/// A minute's step is as good as steps of a second, and six minutes nearly so: the order is high.
#[test]
fn the_step_changes_next_to_nothing() {
    let level = |step_s: u64| {
        let step = Millis::from_secs(step_s);
        let mut fluid = Neuraxis::new(&Anatomy::ADULT, &Drug::Morphine.kinetics(), step);
        let place = Length::from_centimeters(12.0);
        fluid.inject(
            Mass::from_micrograms(300.0),
            place,
            Length::from_centimeters(6.5),
        );
        for _ in 0..3_600 / step_s {
            fluid.step(Mass::ZERO, place);
        }
        fluid.concentration(place).as_ug_per_ml()
    };
    let fine = level(1);
    let off = |step_s| (level(step_s) / fine - 1.0).abs();
    let (minute, six) = (off(60), off(360));
    assert!(minute < 1e-9 && six < 1e-4, "{minute:e} {six:e}");
}

/// The balance closes after half a year with refills.
#[test]
fn the_books_close_after_half_a_year() {
    let mut plant = Plant::new(&PlantConfig {
        person: Person {
            anatomy: Anatomy::ADULT.with(Mixing::Low),
            tip: TipLevel::T7.position(),
        },
        catheter: CatheterModel {
            length_cm: 89.0,
            ..GENERIC_CATHETER.values
        },
        ..PlantConfig::new(Agent::new(
            Drug::Morphine,
            Tolerance::Chronic,
            Concentration::from_ug_per_ml(10_000.0),
        ))
    })
    .expect("in range");
    plant.start_on_therapy(Mass::from_micrograms(5_000.0));
    plant.command(MotorCommand::Train {
        pulses: u32::MAX,
        first_delay_us: 0,
        period_us: 864_000,
        pulse_energy_uj: 30,
    });
    for month in 1..=6 {
        plant.advance(SimTime::ZERO + Millis::DAY.times(30 * month), &mut Sound);
        plant.refill(&Refill::plain(
            Volume::from_milliliters(20.0),
            Concentration::from_ug_per_ml(9_000.0),
        ));
        assert!(
            plant.ledger().relative_error() < 1e-11,
            "{:?}",
            plant.ledger()
        );
    }
}
