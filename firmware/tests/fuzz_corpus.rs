//! The fuzzers of the wire and of the pump, on their committed corpora: what they found once stays
//! fixed, on the stable toolchain too. `fuzz/README.md` says what each of them checks.

#[path = "../../fuzz/bodies/endpoint_bytes.rs"]
mod endpoint_bytes;
#[path = "../../fuzz/bodies/link_decode.rs"]
mod link_decode;
#[path = "../../fuzz/bodies/link_round_trip.rs"]
mod link_round_trip;
#[path = "../../fuzz/bodies/pump_commands.rs"]
mod pump_commands;
#[path = "../../fuzz/replay.rs"]
mod replay;
#[path = "../../fuzz/bodies/telemetry_open.rs"]
mod telemetry_open;

use replay::{Body, fuzz};
use std::collections::BTreeSet;
use std::fs;

/// Each fuzzer, and how much of its corpus must at least be what it looks for: a corpus that the
/// contract has left behind tests nothing.
const FUZZERS: &[(&str, Body, usize)] = &[
    ("link_decode", link_decode::run, 33),
    ("link_round_trip", link_round_trip::run, 30),
    ("telemetry_open", telemetry_open::run, 24),
    ("endpoint_bytes", endpoint_bytes::run, 25),
    ("pump_commands", pump_commands::run, 149),
];
/// A fuzzer of files that people write: `rig/scenario/tests/fuzz_corpus.rs`.
const ELSEWHERE: &str = "written_text";

#[test]
fn every_file_of_every_corpus_keeps_the_rule_of_its_fuzzer() {
    let corpus = fuzz(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for (name, body, least) in FUZZERS {
        let (files, found) = replay::replay(&corpus.join(name), *body);
        assert!(files >= 10, "{name}: {files} files");
        assert!(found >= *least, "{name}: {found} of {least}");
    }
}

#[test]
fn every_fuzzer_is_replayed() {
    let targets = fs::read_dir(fuzz(env!("CARGO_MANIFEST_DIR")).join("fuzz_targets"));
    let names = targets.expect("a folder").map(|entry| {
        let name = entry.expect("a listed file").file_name();
        name.to_string_lossy().replace(".rs", "")
    });
    let replayed = FUZZERS.iter().map(|(name, _, _)| (*name).to_owned());
    let replayed: BTreeSet<String> = replayed.chain([ELSEWHERE.to_owned()]).collect();
    assert_eq!(names.collect::<BTreeSet<String>>(), replayed);
}
