//! Reading what people write: TOML with spans, quantities with units, and mistakes that say where
//! they are and how to mend them. Knows nothing of pumps; only `files` opens any file.

pub mod alias;
pub mod clock_reading;
pub mod correction;
pub mod files;
pub mod lines;
pub mod mistake;
pub mod names;
pub mod number_reading;
pub mod quantity;
pub mod quantity_mistake;
pub mod quantity_reading;
pub mod range;
pub mod ratio;
pub mod reader;
pub mod trial;
pub mod unit;
mod unit_reading;
pub mod wording;
pub mod wrapping;
