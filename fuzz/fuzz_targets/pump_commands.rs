//! The fuzzer of `bodies/pump_commands.rs`.
#![no_main]

#[path = "../bodies/pump_commands.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _: usize = body::run(bytes);
});
