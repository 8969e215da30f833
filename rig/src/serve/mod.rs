//! Serving: a virtual board that other tools can attach to, and a plant behind it in real time.

pub mod black_magic;
mod hand;

pub use hand::{HELP, Hand, Typed, understand};
