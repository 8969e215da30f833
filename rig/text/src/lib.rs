//! Reading files written by people: TOML with spans, quantities with units, and mistakes with their
//! place and fix. Independent of pumps; only `files` opens files.

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
