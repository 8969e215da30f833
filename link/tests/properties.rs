//! Properties of the codec: encoded messages are decoded unchanged, nothing panics, garbage costs
//! at most one frame.

mod generate;

use proptest::collection::vec;
use proptest::prelude::*;
use thecal_link::frame::{Decoder, Encoded, Frame};
use thecal_link::limits::{ENCODED_MAX, NVM_CHUNK_MAX, TELEMETRY_MAX};
use thecal_link::message::{FromPump, ToPump};
use thecal_link::{DecodeError, Reaction};
use thecal_telemetry::{Command, Key, Opened, Response, Role, open, seal, sender};

/// Decodes the good frames among `bytes`.
fn good<T>(bytes: &[u8], mut open: impl FnMut(Frame<'_>) -> T) -> Vec<T> {
    let mut decoder = Decoder::new();
    let mut opened = Vec::new();
    for &byte in bytes {
        if let Some(Ok(frame)) = decoder.push(byte) {
            opened.push(open(frame));
        }
    }
    opened
}

fn check_to_pump(seq: u16, message: &ToPump<'_>) {
    let mut out = Encoded::new();
    out.to_pump(seq, message).expect("every message fits");
    let opened = good(out.as_slice(), |frame| {
        assert_eq!(frame.seq, seq);
        assert_eq!(frame.to_pump().as_ref(), Ok(message));
    });
    assert_eq!(opened.len(), 1);
}

fn check_from_pump(out: &Encoded, expected: FromPump) -> Reaction {
    let mut reaction = Reaction::new();
    let opened = good(out.as_slice(), |frame| frame.from_pump(&mut reaction));
    assert_eq!(opened, [Ok(expected)]);
    reaction
}

/// Noise on the wire, never so long that it hides a delimiter.
fn garbage() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn memory_chunks_come_back(seq: u16, offset: u16, bytes in vec(any::<u8>(), 0..=NVM_CHUNK_MAX)) {
        check_to_pump(seq, &ToPump::NvmChunk { offset, bytes: &bytes });
    }

    #[test]
    fn boot_and_reset_come_back(seq: u16, boot in generate::boot()) {
        check_to_pump(seq, &ToPump::Boot(boot));
        check_to_pump(seq, &ToPump::Reset);
    }

    #[test]
    fn stimuli_come_back(seq: u16, stimulus in generate::stimulus()) {
        check_to_pump(seq, &ToPump::Stimulus(stimulus));
    }

    #[test]
    fn hello_ack_and_refusals_come_back(
        seq: u16,
        hello in generate::hello(),
        refusal in generate::refusal(),
    ) {
        let mut out = Encoded::new();
        out.hello(seq, &hello).expect("fits");
        check_from_pump(&out, FromPump::Hello(hello));
        out.refused(seq, refusal).expect("fits");
        check_from_pump(&out, FromPump::Refused(refusal));
        out.ack(seq).expect("fits");
        check_from_pump(&out, FromPump::Ack);
    }

    #[test]
    fn reactions_come_back(seq: u16, reaction in generate::reaction()) {
        let mut out = Encoded::new();
        out.reaction(seq, &reaction).expect("every reaction fits");
        prop_assert!(out.as_slice().len() <= ENCODED_MAX);
        prop_assert_eq!(check_from_pump(&out, FromPump::Reaction), reaction);
    }

    #[test]
    fn memory_writes_keep_their_order_and_their_limits(writes in generate::writes()) {
        let mut reaction = Reaction::new();
        let mut kept: Vec<(u16, Vec<u8>)> = Vec::new();
        for (offset, bytes) in writes {
            if reaction.nvm.push(offset, &bytes).is_ok() {
                kept.push((offset, bytes));
            }
        }
        let found: Vec<_> = reaction.nvm.iter().map(|(at, bytes)| (at, bytes.to_vec())).collect();
        prop_assert_eq!(found, kept);
    }

    #[test]
    fn garbage_costs_only_the_frames_that_it_touches(
        pieces in vec((garbage(), any::<bool>(), generate::stimulus()), 1..8),
    ) {
        let mut wire = Vec::new();
        let mut untouched = Vec::new();
        let mut out = Encoded::new();
        for (seq, (noise, delimited, stimulus)) in (0..).zip(&pieces) {
            wire.extend(noise);
            // A sender that sees the noise ends it with a delimiter; otherwise it merges with the
            // frame.
            if *delimited {
                wire.push(0);
            }
            if *delimited || noise.last().is_none_or(|&byte| byte == 0) {
                untouched.push(seq);
            }
            out.to_pump(seq, &ToPump::Stimulus(stimulus.clone())).expect("fits");
            wire.extend(out.as_slice());
        }
        let heard = good(&wire, |frame| frame.seq);
        for seq in untouched {
            prop_assert!(heard.contains(&seq), "frame {} was lost", seq);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn no_bytes_make_the_decoder_panic(bytes in vec(any::<u8>(), 0..1600)) {
        let mut reaction = Reaction::new();
        good(&bytes, |frame| {
            let _: Result<ToPump<'_>, DecodeError> = frame.to_pump();
            let _: Result<FromPump, DecodeError> = frame.from_pump(&mut reaction);
        });
    }

    /// Few zeros, so that frames up to and beyond the limits form.
    #[test]
    fn no_long_run_makes_the_decoder_panic(bytes in vec(prop_oneof![200 => 1..=255u8, 1 => Just(0)], 0..2400)) {
        good(&bytes, |_| ());
    }

    /// With a correct checksum: any type and any body.
    #[test]
    fn no_body_makes_a_message_decoder_panic(kind: u8, near in 0..6u8, body in vec(any::<u8>(), 0..760)) {
        let mut reaction = Reaction::new();
        for kind in [kind, near, near | 0x80] {
            let frame = Frame { kind, seq: 0, body: &body };
            let _: Result<ToPump<'_>, DecodeError> = frame.to_pump();
            let _: Result<FromPump, DecodeError> = frame.from_pump(&mut reaction);
        }
    }

    /// Verifies REQ-TEL-001, REQ-TEL-011.
    #[test]
    fn no_packet_is_opened_without_its_tag(packet in vec(any::<u8>(), 0..=TELEMETRY_MAX)) {
        let key = Key([7; 16]);
        let _: Result<Role, DecodeError> = sender(&packet);
        let command: Result<Opened<Command>, DecodeError> = open(key, &packet);
        let response: Result<Opened<Response>, DecodeError> = open(key, &packet);
        prop_assert!(command.is_err() && response.is_err());
    }

    /// Verifies REQ-TEL-001.
    #[test]
    fn one_changed_bit_breaks_the_seal(at in 0..16usize, bit in 0..8u32, press: u16, counter: u32) {
        let key = Key([7; 16]);
        let command = Command::PatientBolus { press };
        let sealed = seal(key, Role::Remote(2), counter, &command).expect("fits");
        let mut bytes = sealed.as_slice().to_vec();
        bytes[at] ^= 1 << bit;
        let opened: Result<Opened<Command>, DecodeError> = open(key, &bytes);
        prop_assert_eq!(opened, Err(DecodeError::BadTag));
    }
}
