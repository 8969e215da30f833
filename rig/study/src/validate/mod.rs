//! Validation: the plant compared with published data.
//!
//! A row has an observation with its source, the plant's result under the same protocol, the
//! tolerance and its reason, and whether parameters were fitted to it. Missed rows stay in the
//! table. Policy and protocol: pk.md 3 and 3d, pump.md 4; how to read it: `docs/validation.md`.
//!
//! A row within tolerance means: the plant reproduces a published summary statistic within that
//! factor. It is not a clinical validation of anything.

pub mod assumptions;
mod by_hand;
mod clinical;
mod closed_catheter;
mod closed_gas;
mod closed_pump;
mod driven;
mod effects;
pub mod files;
mod fitted;
mod held_out;
mod observation;
pub mod page;
mod sanity;
mod subject;
mod summary;
pub mod table;

pub use observation::{Agreement, Kind, Observation, Outcome, Published, Tolerance};
pub use summary::Summary;

/// Every row, in the order of the table.
#[must_use]
pub fn observations() -> Vec<&'static Observation> {
    let gases = closed_gas::GASES.iter().flatten();
    [
        fitted::ROWS,
        held_out::ROWS,
        by_hand::ROWS,
        effects::ROWS,
        closed_catheter::ROWS,
        closed_pump::ROWS,
    ]
    .into_iter()
    .flatten()
    .chain(gases)
    .chain(closed_gas::ROWS)
    .chain(sanity::ROWS)
    .chain(clinical::ROWS)
    .collect()
}

/// Runs the rows, in their order.
#[must_use]
pub fn run(observations: &[&'static Observation]) -> Vec<Outcome> {
    observations.iter().map(|row| row.run()).collect()
}
