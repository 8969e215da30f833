//! The contract over lines to pumps in threads: pseudo-terminals, TCP, RFC 2217.
//!
//! `cargo test -p thecal-cli --test wires bench_serial` runs one module.
//!
//! Apart from `benches`: a pseudo-terminal made by `serialport` is inherited by every program that
//! another test starts meanwhile, and stays open as long as that program runs; tests here close one
//! and expect the other end to notice.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bench_serial_pump;

mod bench_serial;
mod bench_wires;
