//! The parts compared with closed forms, and the chain of fluid with a matrix exponential.

mod generator;

use generator::{exponential, generator};
use std::f64::consts::{E, PI};
use thecal_sim::csf::{Anatomy, CELLS, Neuraxis};
use thecal_sim::drug::{Kinetics, PlasmaKinetics};
use thecal_sim::hydraulics::{Branches, Hydraulics, catheter_resistance};
use thecal_sim::line::Line;
use thecal_sim::plasma::Plasma;
use thecal_sim::pump::{CatheterModel, GENERIC_CATHETER, GENERIC_PUMP};
use thecal_sim::{Drug, TICK};
use thecal_units::Millis;
use thecal_units::real::{Concentration, Length, Mass, Volume};

const fn cm(value: f64) -> Length {
    Length::from_centimeters(value)
}

#[track_caller]
fn close(seen: f64, exact: f64, relative: f64) {
    let error = (seen / exact - 1.0).abs();
    assert!(
        error <= relative,
        "{seen} against {exact}: off by {error:e}, allowed {relative:e}"
    );
}

const NO_LOSS: Kinetics = Kinetics {
    loss_per_h: 0.0,
    remote_loss_per_h: 0.0,
    uptake_per_h: 0.0,
    release_per_h: 0.0,
    tissue_loss_per_h: 0.0,
};

/// A uniform tube of 1 cm2 without flow, with almost no volume above it.
fn tube(diffusivity_cm2_per_s: f64) -> Anatomy {
    Anatomy {
        axis_cm: 60.0,
        lumbar_ml: 22.0,
        thoracic_ml: 25.0,
        cervical_ml: 13.0,
        cisterna_ml: 1e-9,
        cranial_ml: 1e-9,
        production_ml_per_min: 0.0,
        spinal_share: 0.0,
        cranial_exchange_ml_per_min: 0.0,
        diffusivity_cm2_per_s,
        jet_cm: 0.0,
    }
}

/// One meter of the generic catheter.
const METER: CatheterModel = CatheterModel {
    length_cm: 100.0,
    ..GENERIC_CATHETER.values
};

/// A node of 0.5 uL/kPa before a meter of catheter with `times` its resistance.
fn node(times: f64) -> (Hydraulics, f64) {
    let resistance = catheter_resistance(&METER, 1.0) * times;
    let branches = Branches {
        to_fluid: 1.0 / resistance,
        ..Branches::default()
    };
    (Hydraulics::new(0.5e-3, branches, TICK), resistance)
}

/// Poiseuille: R = 128 mu L / (pi d^4). Table: pump.md 4.3, 1 m of 0.53 mm is 3.6e11 Pa s/m3.
#[test]
fn val_poiseuille_resistance() {
    let exact = 128.0 * 0.70e-3 * 1.0 / (PI * 0.53e-3_f64.powi(4)) * 1e-9;
    close(catheter_resistance(&METER, 1.0), exact, 1e-12);
    close(catheter_resistance(&METER, 1.0), 3.6e11 * 1e-9, 0.01);
}

/// Steady flow: P = Q R, 2.1 Pa at 0.5 mL/day and 100 Pa at 24 mL/day (pump.md 4.3).
#[test]
fn val_poiseuille_pressure_drop() {
    for (ml_per_day, pascal) in [(0.5, 2.1), (24.0, 100.0)] {
        let (mut catheter, _) = node(1.0);
        for _ in 0..3 {
            catheter.step(ml_per_day / 1_440.0, 0.0, f64::INFINITY);
        }
        close(catheter.excess().as_kilopascals() * 1e3, pascal, 0.02);
    }
}

/// RC: P(t) = Q R (1 - e^(-t/RC)), exact at every step while the flow is held.
#[test]
fn val_rc_of_the_elastic_node() {
    let (mut catheter, resistance) = node(5_000.0);
    let tau = catheter.time_constant_s();
    let flow = 0.5 / 86_400.0;
    for minute in 1..=60 {
        catheter.step(flow * 60.0, 0.0, f64::INFINITY);
        let seconds = f64::from(minute) * 60.0;
        let exact = flow * resistance * (1.0 - E.powf(-seconds / tau));
        close(catheter.excess().as_kilopascals(), exact, 1e-9);
    }
}

/// A node between three places: every flow compared with an integration in tiny Euler steps.
#[test]
fn val_three_branches_against_small_steps() {
    let branches = Branches {
        to_fluid: 0.3e-4,
        to_pocket: 0.1e-4,
        from_reservoir: 0.05e-4,
        fluid_kpa: 2.5,
        reservoir_kpa: 28.0,
        one_way: false,
    };
    let (compliance, in_ml) = (0.5e-3, 0.001);
    let mut catheter = Hydraulics::new(compliance, branches, TICK);
    let (mut pressure, mut fluid, mut pocket, mut reservoir) = (0.0, 0.0, 0.0, 0.0);
    let passed = catheter.step(in_ml, 1.0, f64::INFINITY);
    let dt = 1e-4;
    for _ in 0..600_000 {
        let to_fluid = branches.to_fluid * (pressure - branches.fluid_kpa);
        let to_pocket = branches.to_pocket * (pressure - branches.fluid_kpa);
        let from = branches.from_reservoir * (branches.reservoir_kpa - pressure);
        fluid += to_fluid * dt;
        pocket += to_pocket * dt;
        reservoir += from * dt;
        pressure += (in_ml / 60.0 + from - to_fluid - to_pocket) * dt / compliance;
    }
    close(catheter.excess().as_kilopascals(), pressure, 1e-5);
    close(passed.to_fluid, fluid, 1e-4);
    close(passed.to_pocket, pocket, 1e-4);
    close(passed.from_reservoir, reservoir, 1e-5);
}

/// A closed catheter: dP/dt = Q / C, 100 kPa in 2.4 h at 0.5 mL/day and 0.5 uL/kPa (pump.md 4.3).
#[test]
fn val_occlusion_pressure_rise() {
    let (mut catheter, _) = node(f64::INFINITY);
    for _ in 0..144 {
        let passed = catheter.step(0.5 / 1_440.0, 0.0, f64::INFINITY);
        assert!(passed.to_fluid.abs() < f64::MIN_POSITIVE);
    }
    close(catheter.excess().as_kilopascals(), 100.0, 1e-3);
}

fn empty_line() -> Line {
    Line::new(&GENERIC_PUMP.values, &METER, Concentration::ZERO, TICK)
}

/// When half the final level arrives at the tip of a line without drug. Unit: minutes.
fn arrival(line: &mut Line, ml_per_minute: f64, share: f64) -> f64 {
    let volume = Volume::from_milliliters(ml_per_minute);
    let drug = volume.dose(Concentration::from_ug_per_ml(1.0));
    for minute in 0..1_000_000 {
        let left = line.step(volume, drug).as_micrograms() / ml_per_minute;
        if left >= share {
            return f64::from(minute) + 0.5;
        }
    }
    panic!("nothing arrives");
}

/// Transit: t = V / Q; 0.36 mL, of which 5 uL are the node's, at 0.5 mL/day takes 17 h. The front's
/// width from 10 to 90 % is that of the head of `line`; at 24 mL/day, Taylor's 14.6 % in 22 steps
/// of a minute.
#[test]
fn val_transit_is_dead_volume_over_flow() {
    let line = empty_line();
    for (ml_per_day, width) in [(0.05, 0.07), (0.5, 0.065), (24.0, 0.15)] {
        let ml_per_minute = ml_per_day / 1_440.0;
        let exact = 0.355 / ml_per_minute;
        let half = arrival(&mut line.clone(), ml_per_minute, 0.5);
        assert!(
            (half - exact).abs() < 1.0 + 0.005 * exact,
            "{half} min against {exact}"
        );
        let first = arrival(&mut line.clone(), ml_per_minute, 0.1);
        let last = arrival(&mut line.clone(), ml_per_minute, 0.9);
        assert!(
            (last - first) / exact < width,
            "{first} to {last} of {exact}"
        );
    }
}

/// Taylor: a front spreads to a variance of 2 K L / U^3 with K = D (1 + Pe^2 / 192).
#[test]
fn val_taylor_spread_at_priming_speed() {
    // 0.5 mL/h, one-minute steps: 43 of them in transit, so the curve is resolved.
    let ml_per_minute = 0.5 / 60.0;
    let mut line = empty_line();
    let volume = Volume::from_milliliters(ml_per_minute);
    let drug = volume.dose(Concentration::from_ug_per_ml(1.0));
    let (mut mean, mut square, mut before) = (0.0, 0.0, 0.0);
    for minute in 0..200 {
        let now = line.step(volume, drug).as_micrograms() / ml_per_minute;
        let seconds = (f64::from(minute) + 0.5) * 60.0;
        mean += seconds * (now - before);
        square += seconds * seconds * (now - before);
        before = now;
    }
    let (diffusivity, bore, length) = (7e-6, 0.053, 0.355 / 0.0022);
    let speed = 0.5 / 3_600.0 / 0.0022;
    let peclet = speed * bore / diffusivity;
    let effective = diffusivity * (1.0 + peclet * peclet / 192.0);
    close(mean, length / speed, 0.02);
    let spread = (square - mean * mean).sqrt();
    let exact = (2.0 * effective * length / (speed * speed * speed)).sqrt();
    assert!(
        (0.9..1.6).contains(&(spread / exact)),
        "{spread} s against {exact} s"
    );
}

/// Plasma at steady state: C = rate / CL.
#[test]
fn val_plasma_steady_state() {
    let kinetics: PlasmaKinetics = Drug::Morphine.plasma();
    let mut plasma = Plasma::new(&kinetics, TICK);
    for _ in 0..20 * 1_440 {
        plasma.step(Mass::ZERO, Mass::from_micrograms(1.0));
    }
    close(
        plasma.concentration().as_ug_per_ml(),
        60.0 / 80.0 / 1e3,
        1e-6,
    );
}

/// One compartment: m(t) = R / k (1 - e^(-k t)) where mixing is fast.
#[test]
fn val_one_compartment_infusion() {
    let rate_per_h = 0.23;
    let kinetics = Kinetics {
        loss_per_h: rate_per_h,
        ..NO_LOSS
    };
    let mut fluid = Neuraxis::new(&tube(1_000.0), &kinetics, TICK);
    for minute in 1..=1_440 {
        fluid.step(Mass::from_micrograms(1.0), cm(21.0));
        let hours = f64::from(minute) / 60.0;
        let exact = 60.0 / rate_per_h * (1.0 - E.powf(-rate_per_h * hours));
        close(fluid.in_spine().as_micrograms(), exact, 4e-3);
        close(
            fluid.concentration(cm(50.0)).as_ug_per_ml(),
            exact / 60.0,
            1e-2,
        );
    }
}

/// A bolus spreads as a Gaussian: c = M / (A sqrt(4 pi D t)) e^(-x^2 / (4 D t)).
#[test]
fn val_gaussian_bolus() {
    let mut fluid = Neuraxis::new(&tube(0.005), &NO_LOSS, Millis::from_secs(10));
    fluid.inject(Mass::from_micrograms(100.0), cm(30.5), cm(0.5));
    for _ in 0..360 {
        fluid.step(Mass::ZERO, cm(0.0));
    }
    let spread = 4.0 * 0.005 * 3_600.0;
    for away in [0.0, 2.0, 5.0, 10.0] {
        let exact = 100.0 / (PI * spread).sqrt() * E.powf(-away * away / spread);
        close(
            fluid.concentration(cm(30.5 + away)).as_ug_per_ml(),
            exact,
            0.01,
        );
        close(
            fluid.concentration(cm(30.5 - away)).as_ug_per_ml(),
            exact,
            0.01,
        );
    }
}

/// Steady infusion into a long lossy tube: c ~ e^(-|x - x0| / lambda), lambda = sqrt(D / k), and
/// at the source R lambda / (2 A D).
#[test]
fn val_steady_profile() {
    let (diffusivity, loss) = (0.003, 0.5);
    let kinetics = Kinetics {
        loss_per_h: loss,
        ..NO_LOSS
    };
    let mut fluid = Neuraxis::new(&tube(diffusivity), &kinetics, TICK);
    for _ in 0..72 * 60 {
        fluid.step(Mass::from_micrograms(1.0), cm(30.5));
    }
    let per_hour = diffusivity * 3_600.0;
    let lambda = (per_hour / loss).sqrt();
    let source = 60.0 * lambda / (2.0 * per_hour);
    for away in [3.0, 5.0, 10.0] {
        let exact = source * E.powf(-away / lambda);
        close(
            fluid.concentration(cm(30.5 + away)).as_ug_per_ml(),
            exact,
            0.01,
        );
        close(
            fluid.concentration(cm(30.5 - away)).as_ug_per_ml(),
            exact,
            0.01,
        );
    }
}

/// The chain after three hours compared with the exponential of the same Metzler matrix, cell by
/// cell: the error of steps of 60 s is that of rounding, and it falls with a high power of the step.
#[test]
fn val_chain_against_matrix_exponential() {
    let kinetics = Drug::Morphine.kinetics();
    let exact = exponential(&generator(&kinetics), 3.0);
    // 100 ug in cell 12.
    let exact: Vec<f64> = exact.iter().map(|row| 100.0 * row[12]).collect();
    let worst = |step_s: u64| {
        let mut fluid = Neuraxis::new(&Anatomy::ADULT, &kinetics, Millis::from_secs(step_s));
        fluid.inject(Mass::from_micrograms(100.0), cm(12.5), cm(0.5));
        for _ in 0..3 * 3_600 / step_s {
            fluid.step(Mass::ZERO, cm(0.0));
        }
        let mut worst = (fluid.in_cisterna().as_micrograms() / exact[60] - 1.0).abs();
        for cell in (0..CELLS).step_by(3) {
            let x = f64::from(u32::try_from(cell).expect("60 cells")) + 0.5;
            let volume = if x < 22.0 {
                36.0 / 22.0
            } else if x < 47.0 {
                38.0 / 25.0
            } else {
                20.0 / 13.0
            };
            let seen = fluid.concentration(cm(x)).as_ug_per_ml() * volume;
            worst = worst.max((seen / exact[cell] - 1.0).abs());
        }
        worst
    };
    assert!(worst(60) < 1e-9, "60 s: {}", worst(60));
    let (hour, half) = (worst(3_600), worst(1_800));
    assert!(half < 0.02 && hour / half > 8.0, "{hour} {half}");
}
