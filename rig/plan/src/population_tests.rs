//! What a population is: medians and spreads as declared, the same bits from the same seed, nobody
//! changed by who else is drawn.

use super::*;
use crate::parameters::{Kind, Spreading, find};
use thecal_sim::parameter::Basis;

/// The generic pump, with a spread of its torque: an example that no built-in set depends on.
fn example(cv: f64) -> Set {
    let mut set = find(Kind::Pump, "generic-pump").unwrap();
    let rows = set.groups.iter_mut().flat_map(|group| &mut group.rows);
    let torque = rows
        .into_iter()
        .find(|row| row.field.name == "torque")
        .unwrap();
    torque.spread = Some(Spreading {
        cv,
        basis: Basis::Assumed,
        source: "this test".into(),
    });
    set
}

fn value(set: &Set, name: &str) -> f64 {
    let mut rows = set.rows();
    rows.find(|(path, _)| path == name).unwrap().1.value
}

fn torque_of(number: u64, population: u64, cv: f64) -> f64 {
    let mut set = example(cv);
    draw(&mut set, Individual { number, population });
    value(&set, "pump.torque")
}

/// Mean, standard deviation and median of the logarithm of 10 000 individuals against the
/// declaration. The median of torque is 2, its range 0.5 to 10: 4 and 4.7 sigma away.
#[test]
fn medians_and_spreads_are_as_declared() {
    let cv = 0.3;
    let mut logs: Vec<f64> = (0..10_000)
        .map(|number| (torque_of(number, 1, cv) / 2.0).ln())
        .collect();
    logs.sort_by(f64::total_cmp);
    let count = f64::from(u32::try_from(logs.len()).unwrap());
    let mean = logs.iter().sum::<f64>() / count;
    let deviation = (logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>() / count).sqrt();
    let sigma = (1.0 + cv * cv).ln().sqrt();
    // Three standard errors: sigma / 100 of the mean, a quarter more of the median.
    assert!(mean.abs() < 0.03 * sigma, "{mean}");
    assert!(logs[5_000].abs() < 0.04 * sigma, "{}", logs[5_000]);
    assert!((deviation / sigma - 1.0).abs() < 0.025, "{deviation}");
}

#[test]
fn the_same_seed_and_number_give_the_same_bits() {
    let seventeen = torque_of(17, 1, 0.3);
    assert_eq!(seventeen.to_bits(), torque_of(17, 1, 0.3).to_bits());
    assert_ne!(seventeen.to_bits(), torque_of(18, 1, 0.3).to_bits());
    assert_ne!(seventeen.to_bits(), torque_of(17, 2, 0.3).to_bits());
}

/// A second parameter with a spread moves no other; what has none stays as it was.
#[test]
fn each_parameter_is_drawn_for_itself() {
    let mut set = example(0.3);
    let rows = set.groups.iter_mut().flat_map(|group| &mut group.rows);
    for row in rows.filter(|row| row.field.name == "tubing-volume") {
        row.spread = Some(Spreading {
            cv: 0.1,
            basis: Basis::Assumed,
            source: "this test".into(),
        });
    }
    let before = value(&set, "pump.step-volume");
    draw(
        &mut set,
        Individual {
            number: 17,
            population: 1,
        },
    );
    assert_eq!(
        value(&set, "pump.torque").to_bits(),
        torque_of(17, 1, 0.3).to_bits()
    );
    assert_eq!(value(&set, "pump.step-volume").to_bits(), before.to_bits());
}

#[test]
fn nobody_lies_out_of_range_however_wide_the_spread() {
    for number in 0..2_000 {
        let torque = torque_of(number, 1, 2.0);
        assert!((0.5..=10.0).contains(&torque), "{number}: {torque}");
    }
}
