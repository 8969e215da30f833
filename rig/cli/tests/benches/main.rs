//! How a pump is reached, each way in a module: QEMU over its UART and behind the virtual probe, what
//! becomes of a bench that is damaged or unplugged, and what only the images do.
//!
//! `cargo test -p thecal-cli --test benches unplugged` runs one module.
//!
//! The tests of a module run beside those of the others. So a test looks for the emulators that it
//! started, never for all that there are; expects other probes beside its own in the list of probes;
//! and opens no pseudo-terminal, which an emulator of another test could inherit (`wires`).
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../image_kit/mod.rs"]
mod image_kit;
#[path = "../reference_image/mod.rs"]
mod reference_image;

mod bench_qemu_images;
mod chaos_wires;
mod virtual_probe_target;

mod bench_probe;
mod bench_qemu;
mod black_magic;
mod chaos;
mod image;
mod second_pump;
mod second_pump_bugs;
mod second_pump_by_python;
mod sleep;
mod unplugged;
mod virtual_probe;
mod virtual_probe_core;
