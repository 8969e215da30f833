//! The reference pump among strangers: sequences of packets of all kinds under any clock, reset,
//! magnet, battery and motor. What must hold is said in the harness, which a test shares.
#![no_main]

#[path = "../../firmware/tests/pump/strangers/mod.rs"]
#[allow(dead_code, reason = "what is counted is for the test")]
mod strangers;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    strangers::play(bytes);
});
