//! Sequences of packets of all kinds, and the invariants of a pump that receives them. The fuzzer
//! runs the same harness for longer.

use crate::strangers::{Tally, play};

/// Number of sequences; takes about two seconds.
const SEQUENCES: u64 = 5_000;

/// A reproducible source of numbers: xorshift, Marsaglia 2003.
fn dice(seed: u64, len: usize) -> Vec<u8> {
    let mut state = (seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (0..len)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_be_bytes()[0]
        })
        .collect()
}

/// Verifies REQ-TEL-001, REQ-TEL-006, REQ-TEL-011.
#[test]
fn req_tel_011_any_bytes_leave_the_parser_unharmed() {
    let mut tally = Tally::default();
    for seed in 0..SEQUENCES {
        let len = 64 + usize::try_from(seed % 512).expect("small");
        tally.add(&play(&dice(seed, len)));
    }
    assert!(tally.ignored > 2 * SEQUENCES, "{tally:?}");
    assert!(tally.rejected > 2 * SEQUENCES, "{tally:?}");
    assert!(tally.resets > SEQUENCES / 2, "{tally:?}");
    assert!(tally.granted > SEQUENCES / 10, "{tally:?}");
    let retired = [0, 1, 3, 0x09, 0x12];
    let all = (0..tally.obeyed.len()).filter(|kind| !retired.contains(kind));
    for kind in all {
        assert!(
            tally.obeyed[kind] > 0,
            "kind {kind} was never obeyed: {tally:?}"
        );
    }
}
