//! Serving: a virtual board that other tools can attach to, with a plant in real time.

pub mod black_magic;
mod desk;
mod halts;
mod interrupt;
mod operator;
mod say;

pub use desk::serve;
