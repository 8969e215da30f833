//! Reading what people write: TOML with spans, quantities with units, and mistakes that say where
//! they are and how to mend them. Knows nothing of pumps; reads no files.

pub mod alias;
pub mod clock_reading;
pub mod correction;
pub mod dialect;
pub mod elsewhere;
pub mod files;
pub mod lines;
pub mod names;
pub mod number_reading;
pub mod quantity;
pub mod quantity_mistake;
pub mod quantity_reading;
pub mod ratio;
pub mod shape;
pub mod trial;
pub mod unit;
mod unit_reading;
pub mod wording;
pub mod wrapping;
