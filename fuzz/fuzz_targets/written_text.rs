//! The fuzzer of `bodies/written_text.rs`.
#![no_main]

#[path = "../bodies/written_text.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _: usize = body::run(bytes);
});
