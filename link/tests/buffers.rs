//! Bounded buffers and the frame's own bounds.

use thecal_link::buffer::{Bytes, Reader, Writer};
use thecal_link::frame::{Decoder, Encoded};
use thecal_link::limits::{ENCODED_MAX, FRAME_MAX, NVM_BYTES_MAX, NVM_CHUNK_MAX, NVM_LEN};
use thecal_link::message::ToPump;
use thecal_link::{DecodeError, MotorCommand, Reaction};
use thecal_telemetry::{Command, NO_KEY, Role, seal};

#[test]
fn bytes_take_all_or_none() {
    let mut bytes = Bytes::<4>::new();
    bytes.extend(&[1, 2, 3]).expect("fits");
    let too_long = DecodeError::LengthOutOfRange { len: 5, max: 4 };
    assert_eq!(bytes.extend(&[4, 5]), Err(too_long));
    assert_eq!(bytes.as_slice(), [1, 2, 3]);
    bytes.clear();
    assert_eq!(bytes, Bytes::new());
}

#[test]
fn a_writer_tells_how_much_it_needed() {
    let mut room = [0; 4];
    let mut out = Writer::new(&mut room);
    out.u16(0x0201);
    out.u32(7);
    out.u8(9);
    let error = DecodeError::LengthOutOfRange { len: 7, max: 4 };
    assert_eq!(out.finish(), Err(error));
    assert_eq!(
        room,
        [1, 2, 0, 0],
        "what does not fit is not written in part"
    );
}

#[test]
fn a_reader_tells_what_was_missing() {
    let mut from = Reader::new(&[1, 2, 3]);
    assert_eq!(from.u16(), Ok(0x0201));
    assert_eq!(
        from.u32(),
        Err(DecodeError::TooShort { needed: 4, left: 1 })
    );
    assert_eq!(from.end(), Err(DecodeError::TooLong { left: 1 }));
    assert_eq!(from.u8(), Ok(3));
    assert_eq!(from.end(), Ok(()));
}

#[test]
fn memory_writes_are_bounded() {
    let mut writes = Reaction::new().nvm;
    let last = u16::try_from(NVM_LEN - 1).expect("15 bits");
    assert!(
        writes.push(last, &[1, 2]).is_err(),
        "ends outside the memory"
    );
    assert!(
        writes.push(0, &[0; 256]).is_err(),
        "longer than its length byte"
    );
    writes.push(0, &[1; 255]).expect("fits");
    writes.push(255, &[2; NVM_BYTES_MAX - 255]).expect("fits");
    assert!(writes.push(0, &[3]).is_err(), "one byte past all of them");
    for _ in 2..8 {
        writes
            .push(last, &[])
            .expect("an empty write needs no byte");
    }
    assert!(writes.push(0, &[]).is_err(), "a ninth write");
    assert_eq!(writes.len(), 8);
}

#[test]
fn what_was_cleared_does_not_count() {
    let mut used = Reaction::new();
    used.nvm.push(7, &[1, 2, 3]).expect("fits");
    used.motor = MotorCommand::StopNow;
    used.clear();
    assert_eq!(used, Reaction::new());
}

#[test]
fn a_chunk_past_its_limit_is_not_sent() {
    let bytes = &[0; NVM_CHUNK_MAX + 1];
    let message = ToPump::NvmChunk { offset: 0, bytes };
    let error = DecodeError::LengthOutOfRange {
        len: NVM_CHUNK_MAX + 1,
        max: NVM_CHUNK_MAX,
    };
    assert_eq!(Encoded::new().to_pump(1, &message), Err(error));
}

#[test]
fn remotes_that_cannot_exist_cannot_speak() {
    for number in [0, 5, 255] {
        let sealed = seal(NO_KEY, Role::Remote(number), 1, &Command::Interrogate);
        let error = DecodeError::UnknownValue {
            field: "role",
            value: number.into(),
        };
        assert_eq!(sealed, Err(error));
    }
}

#[test]
fn the_longest_frame_fits_the_longest_encoding() {
    // Without zeros, stuffing is at its worst.
    let mut encoded = vec![0; ENCODED_MAX];
    let len = cobs::try_encode(&[0xa5; FRAME_MAX], &mut encoded).expect("fits");
    assert!(len < ENCODED_MAX, "room for the delimiter");
    let mut decoder = Decoder::new();
    for &byte in &encoded[..len] {
        assert!(decoder.push(byte).is_none());
    }
    assert!(matches!(
        decoder.push(0),
        Some(Err(DecodeError::BadChecksum { .. }))
    ));
    assert!(!decoder.is_mid_frame());
}

#[test]
fn an_endless_frame_is_dropped_once() {
    let mut decoder = Decoder::new();
    for _ in 0..100_000 {
        assert!(decoder.push(0xff).is_none());
    }
    assert!(decoder.is_mid_frame());
    let error = DecodeError::LengthOutOfRange {
        len: ENCODED_MAX + 1,
        max: ENCODED_MAX,
    };
    assert_eq!(
        decoder.push(0).map(|frame| frame.map(|_| ())),
        Some(Err(error))
    );
    assert!(decoder.push(0).is_none(), "the next delimiter ends nothing");
}
