//! Any bytes on the wire: the decoder neither panics nor stops, and what it opens obeys the limits.

use thecal_link::Reaction;
use thecal_link::frame::{Decoder, Encoded, Frame};
use thecal_link::limits::{FRAME_MAX, NVM_BYTES_MAX, NVM_WRITES_MAX, TELEMETRY_MAX};
use thecal_link::message::FromPump;
use thecal_link::{DecodeError, Refusal};

/// Decodes the bytes; gives how many messages opened.
pub(crate) fn run(bytes: &[u8]) -> usize {
    let mut decoder = Decoder::new();
    let mut reaction = Reaction::new();
    let mut opened = 0;
    for &byte in bytes {
        let Some(Ok(frame)) = decoder.push(byte) else {
            continue;
        };
        assert!(frame.body.len() + 7 <= FRAME_MAX, "longer than a frame");
        opened += usize::from(frame.to_pump().is_ok());
        let message = frame.from_pump(&mut reaction);
        opened += usize::from(message.is_ok());
        if message == Ok(FromPump::Reaction) {
            let written: usize = reaction.nvm.iter().map(|(_, bytes)| bytes.len()).sum();
            assert!(reaction.nvm.len() <= NVM_WRITES_MAX && written <= NVM_BYTES_MAX);
            assert!(reaction.telemetry.len() <= TELEMETRY_MAX);
        }
    }
    // Whatever came before: after one delimiter the next good frame is heard.
    let _: Option<Result<Frame<'_>, DecodeError>> = decoder.push(0);
    let mut good = Encoded::new();
    good.refused(7, Refusal::Malformed).expect("a refusal fits");
    let heard = good.as_slice().iter().any(|&byte| {
        decoder
            .push(byte)
            .is_some_and(|frame| frame.is_ok_and(|frame| frame.seq == 7))
    });
    assert!(heard, "a good frame after a delimiter was lost");
    opened
}
