//! The program `thecal` as its users see it, each side of it in a module.
//!
//! `cargo test -p thecal-cli --test command_line serve` runs one module.
//!
//! The tests of a module run beside those of the others. So each has a folder of its own, which is the
//! working directory, the place of the locks, and that of the image whose emulators it counts; and it
//! sends signals only to programs that it started.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../reference_image/mod.rs"]
mod reference_image;

mod boards_kit;
mod serve_desk;

mod accuracy;
mod boards;
mod boards_kill;
mod cli;
mod parameters;
mod record;
mod serve;
mod typos;
