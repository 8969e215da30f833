//! The reference pump among strangers: sequences of packets of all kinds under any clock, reset,
//! magnet, battery and motor. What must hold is said in the harness, which a test of the firmware
//! shares.

#[path = "../../firmware/tests/pump/strangers/mod.rs"]
#[expect(dead_code, reason = "some of what is counted is for the other test")]
mod strangers;

/// Plays the sequence that the bytes choose; gives how many commands the pump obeyed.
pub(crate) fn run(bytes: &[u8]) -> usize {
    let obeyed = strangers::play(bytes).obeyed.into_iter().sum::<u64>();
    usize::try_from(obeyed).expect("fewer than there are bytes")
}
