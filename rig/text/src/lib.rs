//! Reading what people write: TOML with spans, quantities with units, and mistakes that say where
//! they are and how to mend them. Knows nothing of pumps; reads no files.

pub mod dialect;
pub mod elsewhere;
pub mod lines;
pub mod quantity;
pub mod quantity_mistake;
pub mod shape;
pub mod unit;
pub mod wording;
