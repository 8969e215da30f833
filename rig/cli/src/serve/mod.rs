//! Serving: a virtual board that other tools can attach to, and a plant behind it in real time.

pub mod black_magic;
mod desk;
mod hand;
mod interrupt;

pub use desk::serve;
pub use hand::{HELP, Hand, Typed, understand};
