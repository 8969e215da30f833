//! One run: the lockstep between plant and pump, the record of what happened, and its judgement.
//!
//! What a bench and a programmer are is said here by traits; who they are, elsewhere.

pub mod bench;
pub mod programmer;
pub mod run;
pub mod verdict;

#[cfg(test)]
mod silent;
