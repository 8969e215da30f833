//! The fuzzer of `bodies/link_decode.rs`.
#![no_main]

#[path = "../bodies/link_decode.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _: usize = body::run(bytes);
});
