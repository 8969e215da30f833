//! The fuzzer of `bodies/link_round_trip.rs`.
#![no_main]

#[path = "../bodies/link_round_trip.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _: usize = body::run(bytes);
});
