//! One file a drug: its parameter sets, each value with its source.
//!
//! Marks in the sources as in the project's collections of facts: S numbers are those of pk.md,
//! (mem H/M/L) is from memory, "ours" is a choice of this project. A value that is *assumed* has no
//! measurement behind it. Spreads called "ours" are 0.3 for volumes and rates that are known and
//! 0.5 for effects and rates that are guessed.

pub mod baclofen;
pub mod bupivacaine;
pub mod clonidine;
pub mod dtpa;
pub mod fentanyl;
pub mod hydromorphone;
pub mod morphine;
pub mod sufentanil;
pub mod ziconotide;
