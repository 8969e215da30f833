//! One run: the lockstep between plant and pump, its record, and the verdict.
//!
//! Benches and programmers are traits here; their implementations are in other crates.

pub mod bench;
pub mod programmer;
pub mod pumps;
pub mod run;
pub mod verdict;

#[cfg(test)]
mod silent;
