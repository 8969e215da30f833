//! A body with a right header and checksum: what decodes, encodes and decodes to the same again.
//!
//! The checksum is put on here, so that the fuzzer gets past it.

use thecal_link::Reaction;
use thecal_link::frame::{Decoder, Encoded, checksum};
use thecal_link::limits::ENCODED_MAX;
use thecal_link::message::FromPump;

/// COBS, written apart from the crate that the codec uses.
fn stuff(plain: &[u8]) -> Vec<u8> {
    let mut out = vec![0];
    let mut code_at = 0;
    for &byte in plain {
        if out.len() - code_at == 255 {
            out[code_at] = 255;
            code_at = out.len();
            out.push(0);
        }
        if byte == 0 {
            out[code_at] = u8::try_from(out.len() - code_at).expect("below 255");
            code_at = out.len();
            out.push(0);
        } else {
            out.push(byte);
        }
    }
    out[code_at] = u8::try_from(out.len() - code_at).expect("at most 255");
    out.push(0);
    out
}

fn push_all<T>(
    bytes: &[u8],
    mut open: impl FnMut(thecal_link::frame::Frame<'_>) -> T,
) -> Option<T> {
    let mut decoder = Decoder::new();
    let mut opened = None;
    for &byte in bytes {
        if let Some(Ok(frame)) = decoder.push(byte) {
            opened = Some(open(frame));
        }
    }
    opened
}

/// Decodes and encodes the body; gives how many messages it was.
pub(crate) fn run(bytes: &[u8]) -> usize {
    if bytes.len() < 3 {
        return 0;
    }
    let mut plain = bytes.to_vec();
    plain.extend(checksum(bytes).to_le_bytes());
    let wire = stuff(&plain);
    if wire.len() > ENCODED_MAX {
        return 0;
    }
    let mut opened = 0;
    let mut again = Encoded::new();
    push_all(&wire, |frame| {
        let Ok(message) = frame.to_pump() else { return };
        opened += 1;
        again
            .to_pump(frame.seq, &message)
            .expect("what was decoded fits");
        // Messages to the pump have one encoding each.
        assert_eq!(again.as_slice(), wire);
    });
    push_all(&wire, |frame| {
        let mut reaction = Reaction::new();
        let message = frame.from_pump(&mut reaction);
        opened += usize::from(message.is_ok());
        match message {
            Err(_) => {}
            Ok(FromPump::Ack) => {
                again.ack(frame.seq).expect("fits");
                assert_eq!(again.as_slice(), wire);
            }
            Ok(FromPump::Hello(hello)) => {
                again.hello(frame.seq, &hello).expect("fits");
                assert_eq!(again.as_slice(), wire);
            }
            Ok(FromPump::Refused(refusal)) => {
                again.refused(frame.seq, refusal).expect("fits");
                assert_eq!(again.as_slice(), wire);
            }
            Ok(FromPump::Reaction) => {
                // Fields of a train are ignored where there is none: equal values, not bytes.
                again.reaction(frame.seq, &reaction).expect("fits");
                let mut second = Reaction::new();
                let opened = push_all(again.as_slice(), |frame| frame.from_pump(&mut second));
                assert_eq!(opened, Some(Ok(FromPump::Reaction)));
                assert_eq!(reaction, second);
            }
        }
    });
    opened
}
