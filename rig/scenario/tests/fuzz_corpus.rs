//! The fuzzer of files that people write, on its committed corpus, on every scenario and parameter file
//! of the library, and on those that are refused.

#[path = "../../../fuzz/replay.rs"]
mod replay;
#[path = "../../../fuzz/bodies/written_text.rs"]
mod written_text;

use replay::{fuzz, replay};
use std::fs;

#[test]
fn every_file_of_the_corpus_keeps_the_rule() {
    let corpus = fuzz(env!("CARGO_MANIFEST_DIR")).join("corpus/written_text");
    let (files, accepted) = replay(&corpus, written_text::run);
    assert!(files >= 10, "{files} files");
    assert!(accepted < files / 2, "most are damaged: {accepted}");
}

#[test]
fn every_refused_file_keeps_the_rule() {
    let tests = fuzz(env!("CARGO_MANIFEST_DIR")).join("../rig/cli/tests");
    for folder in ["bad_scenarios", "bad_parameters", "bad_inventories"] {
        let (files, _) = replay(&tests.join(folder), written_text::run);
        assert!(files > 10, "{folder}: {files} files");
    }
}

#[test]
fn every_file_of_the_library_keeps_the_rule_and_is_accepted_as_one_kind() {
    let scenarios = fuzz(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    for entry in fs::read_dir(&scenarios).expect("a folder") {
        let folder = entry.expect("a listed folder").path();
        let (files, accepted) = replay(&folder, written_text::run);
        let (_, refused) = replay(&folder, names_a_file);
        assert!(files > 0, "{}", folder.display());
        assert_eq!(accepted, files - refused, "{}", folder.display());
    }
}

/// Whether a scenario names a file of parameters: it is not found from here.
fn names_a_file(bytes: &[u8]) -> usize {
    let text = String::from_utf8_lossy(bytes);
    usize::from(text.lines().any(|line| line.starts_with("file ")))
}
