//! The fuzzer of `bodies/telemetry_open.rs`.
#![no_main]

#[path = "../bodies/telemetry_open.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _: usize = body::run(bytes);
});
