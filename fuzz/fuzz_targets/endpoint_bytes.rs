//! The fuzzer of `bodies/endpoint_bytes.rs`.
#![no_main]

#[path = "../bodies/endpoint_bytes.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _: usize = body::run(bytes);
});
