//! Where fluid mixes little the cells are finer: steady levels against a grid eight times finer than
//! the finest, written a second time from the equations, with central differences.

use thecal_sim::csf::{Anatomy, Neuraxis};
use thecal_sim::{Drug, Species};
use thecal_units::Millis;
use thecal_units::real::{Length, Mass};

const CELLS: usize = 1_920;
/// Two weeks: steady.
const LONG: Millis = Millis::DAY.times(14);

/// Levels at the tip and in the cisterna for 1 ug/h at `tip_cm`. Unit: ug/mL.
#[expect(clippy::cast_precision_loss, reason = "a cell's number")]
fn fine(anatomy: &Anatomy, drug: Drug, tip_cm: f64) -> [f64; 2] {
    let kinetics = drug.kinetics();
    let part = anatomy.axis_cm / 60.0;
    let dx = anatomy.axis_cm / CELLS as f64;
    let area = |x_cm: f64| match x_cm / part {
        x if x < 22.0 => anatomy.lumbar_ml / (22.0 * part),
        x if x < 47.0 => anatomy.thoracic_ml / (25.0 * part),
        _ => anatomy.cervical_ml / (13.0 * part),
    };
    let mixing = anatomy.diffusivity_cm2_per_s * 3_600.0;
    let production = anatomy.production_ml_per_min * 60.0;
    let spinal = anatomy.spinal_share * production;
    let whole = anatomy.lumbar_ml + anatomy.thoracic_ml + anatomy.cervical_ml;
    let nodes = CELLS + 2;
    // Unknowns are concentrations: lower, diagonal and upper coefficient, and the source, of each.
    let (mut low, mut mid) = (vec![0.0; nodes], vec![0.0; nodes]);
    let (mut up, mut source) = (vec![0.0; nodes], vec![0.0; nodes]);
    let mut below = 0.0;
    for cell in 0..CELLS {
        let volume = area((cell as f64 + 0.5) * dx) * dx;
        below += volume;
        mid[cell] += spinal * volume / whole + kinetics.loss_per_h * volume;
        let distance = if cell + 1 < CELLS {
            dx
        } else {
            (dx + part) / 2.0
        };
        let exchange = area((cell as f64 + 1.0) * dx) * mixing / distance;
        // Downwards through the face above: half of it at each of the two levels.
        let flow = spinal * below / whole;
        mid[cell] += exchange - flow / 2.0;
        up[cell] = -(exchange + flow / 2.0);
        mid[cell + 1] += exchange + flow / 2.0;
        low[cell + 1] = -(exchange - flow / 2.0);
    }
    let (cisterna, cranial) = (CELLS, CELLS + 1);
    let (between, onward) = (
        anatomy.cranial_exchange_ml_per_min * 60.0,
        production - spinal,
    );
    mid[cisterna] += between + onward + kinetics.remote_loss_per_h * anatomy.cisterna_ml;
    up[cisterna] = -between;
    low[cranial] = -(between + onward);
    mid[cranial] += between + onward + kinetics.remote_loss_per_h * anatomy.cranial_ml;
    let from_first = tip_cm / dx - 0.5;
    let first = (0..CELLS)
        .rev()
        .find(|cell| *cell as f64 <= from_first)
        .expect("a cell");
    let share = 1.0 - (from_first - first as f64);
    source[first] = share;
    source[first + 1] = 1.0 - share;
    for node in 1..nodes {
        let factor = low[node] / mid[node - 1];
        mid[node] -= factor * up[node - 1];
        source[node] -= factor * source[node - 1];
    }
    source[cranial] /= mid[cranial];
    for node in (0..cranial).rev() {
        source[node] = (source[node] - up[node] * source[node + 1]) / mid[node];
    }
    let at_tip = share * source[first] + (1.0 - share) * source[first + 1];
    [at_tip, source[cisterna]]
}

fn plant(anatomy: &Anatomy, drug: Drug, tip_cm: f64) -> [f64; 2] {
    let mut fluid = Neuraxis::new(anatomy, &drug.kinetics(), LONG);
    let tip = Length::from_centimeters(tip_cm);
    for _ in 0..20 {
        fluid.step(Mass::from_micrograms(LONG.as_hours_f64()), tip);
    }
    [fluid.concentration(tip), fluid.cisterna()].map(|level| level.as_ug_per_ml())
}

/// Low at the tip, where the level of a fine grid has a cusp, by no more than in a usual adult; nearly
/// exact away from it.
#[test]
fn val_levels_where_fluid_mixes_little() {
    for (drug, allowed) in [
        (Drug::Morphine, 0.03),
        (Drug::Baclofen, 0.03),
        (Drug::Ziconotide, 0.03),
        (Drug::Fentanyl, 0.06),
    ] {
        for diffusivity_cm2_per_s in [0.04, 0.02, 4.9e-3, 2e-3, 1e-3] {
            let body = Anatomy {
                diffusivity_cm2_per_s,
                ..Anatomy::ADULT
            };
            for tip in [27.0, 27.4] {
                let (seen, exact) = (plant(&body, drug, tip), fine(&body, drug, tip));
                let off = [seen[0] / exact[0] - 1.0, seen[1] / exact[1] - 1.0];
                let name = drug.name();
                assert!(
                    off[0].abs() < allowed && off[1].abs() < 0.02,
                    "{name} with {diffusivity_cm2_per_s} cm2/s at {tip} cm: {off:?}"
                );
            }
        }
    }
}

/// A run of a species whose fluid mixes little: its catheter's tip between cells of a quarter part.
#[test]
fn val_a_pigs_levels() {
    let pig = Species::Pig.anatomy().values;
    for drug in Drug::ALL {
        let (seen, exact) = (plant(&pig, drug, 27.0), fine(&pig, drug, 27.0));
        let off = seen[0] / exact[0] - 1.0;
        assert!(off.abs() < 0.06, "{}: {off}", drug.name());
    }
}
