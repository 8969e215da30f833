//! Clinical sanity: doses that practice knows to be harmless, and mistakes that it knows to harm.
//!
//! Each row is a course of a whole patient under an ideal driver: tip at T10, typical mixing, median
//! sensitivity. The mechanism of tolerance has few parameters, shared by drugs; no row has one of
//! its own. How far each drug would be off without it: docs/validation.md.

mod courses;
mod rows;

pub(super) use rows::ROWS;
