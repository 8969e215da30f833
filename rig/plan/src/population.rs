//! Individuals of a population: every parameter that has a spread, drawn from a seed.
//!
//! ```text
//! value = median * exp(sigma z),  sigma^2 = ln(1 + cv^2),  z standard normal
//! ```
//! A value out of its parameter's range is drawn again, so the distribution is the log-normal one
//! truncated to the range; where the range is far from the median this changes nothing.
//!
//! Each draw has a stream of its own, whose key is made of the population's seed, the individual's
//! number and the parameter's name. So individual 17 is the same whoever else is drawn, in whatever
//! order, and stays so when another parameter gets a spread. Parameters are independent of one
//! another (assume): no source gives a correlation.

use crate::parameters::{Individual, Row, Set};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, StandardNormal};

/// After so many draws out of range the median stands: a range that excludes nearly all people is
/// no population. Half of all draws lie on either side of the median, which is in range.
const DRAWS_MAX: u32 = 1_000;

/// Makes the set that of one individual.
pub fn draw(set: &mut Set, individual: Individual) {
    for at in 0..set.groups.len() {
        let Some(group) = set.groups.get(at) else {
            continue;
        };
        let names: Vec<String> = group.rows.iter().map(|row| set.path(group, row)).collect();
        let Some(group) = set.groups.get_mut(at) else {
            continue;
        };
        for (row, name) in group.rows.iter_mut().zip(names) {
            if let Some(value) = value_of(row, &name, individual) {
                row.median = Some(row.value);
                row.value = value;
            }
        }
    }
}

/// The individual's value; `None` where all are alike.
fn value_of(row: &Row, name: &str, individual: Individual) -> Option<f64> {
    let spread = row.spread.as_ref().filter(|spread| spread.cv > 0.0)?;
    let sigma = libm::sqrt(libm::log1p(spread.cv * spread.cv));
    let mut stream = stream(name, individual);
    let value = (0..DRAWS_MAX)
        .map(|_| {
            let z: f64 = StandardNormal.sample(&mut stream);
            row.value * libm::exp(sigma * z)
        })
        .find(|value| (row.field.low..=row.field.high).contains(value));
    Some(value.unwrap_or(row.value))
}

fn stream(name: &str, individual: Individual) -> ChaCha8Rng {
    let mut key = [0; 32];
    let parts = [individual.population, individual.number, fingerprint(name)];
    for (bytes, part) in key.chunks_exact_mut(8).zip(parts) {
        bytes.copy_from_slice(&part.to_le_bytes());
    }
    ChaCha8Rng::from_seed(key)
}

/// FNV-1a of the name: the same on every platform and release.
fn fingerprint(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
#[path = "population_tests.rs"]
mod tests;
