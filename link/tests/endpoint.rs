//! The pump's end of the link: boot, refusals, repetitions, resynchronization.

use std::mem;
use thecal_link::endpoint::{Endpoint, LINES_MAX, Program};
use thecal_link::frame::{Decoder, Encoded, checksum};
use thecal_link::limits::{CONTRACT_VERSION, NVM_LEN};
use thecal_link::message::{FromPump, ToPump};
use thecal_link::{Boot, Hello, Reaction, Refusal, ResetCause, Stimulus, Tone};
use thecal_units::{PumpTime, Volume};

#[derive(Default)]
struct Pump {
    boots: u32,
    reactions: u32,
    resets: u32,
    nvm: Vec<u8>,
}

impl Program for Pump {
    fn boot(&mut self, _boot: &Boot, nvm: &[u8; NVM_LEN]) -> Hello {
        self.boots += 1;
        self.nvm = nvm.to_vec();
        HELLO
    }

    fn react(&mut self, stimulus: &Stimulus, reaction: &mut Reaction) {
        assert_eq!(*reaction, Reaction::new(), "the reaction comes cleared");
        self.reactions += 1;
        reaction.tone = Tone::Single;
        reaction.wake_at = stimulus.clock;
        reaction.nvm.push(0, &[1, 2, 3]).expect("fits");
    }

    fn reset(&mut self) {
        self.resets += 1;
    }
}

const HELLO: Hello = Hello {
    contract: CONTRACT_VERSION,
    capabilities: 0,
    step_volume: Volume::from_nanoliters(5),
    build_id: [9; 20],
    firmware: *b"fake\0\0\0\0\0\0\0\0\0\0\0\0",
    version: *b"1\0\0\0\0\0\0\0\0\0\0\0",
    board: *b"none\0\0\0\0\0\0\0\0\0\0\0\0",
};

/// Both ends of a wire.
struct Wire {
    endpoint: Box<Endpoint>,
    pump: Pump,
}

impl Wire {
    fn new() -> Self {
        Self {
            endpoint: Box::default(),
            pump: Pump::default(),
        }
    }

    fn booted() -> Self {
        let mut wire = Self::new();
        assert_eq!(
            wire.ask(1, &boot(&[0xff; NVM_LEN])),
            Some(FromPump::Hello(HELLO))
        );
        wire
    }

    /// Sends bytes; returns the answers with their sequence numbers.
    fn send(&mut self, bytes: &[u8]) -> Vec<(u16, FromPump)> {
        self.send_on(0, bytes)
    }

    fn send_on(&mut self, line: usize, bytes: &[u8]) -> Vec<(u16, FromPump)> {
        let mut decoder = Decoder::new();
        let mut reaction = Reaction::new();
        let mut answers = Vec::new();
        for &byte in bytes {
            let Some(answer) = self.endpoint.push_from(line, byte, &mut self.pump) else {
                continue;
            };
            for &byte in answer {
                if let Some(frame) = decoder.push(byte) {
                    let frame = frame.expect("the pump sends good frames");
                    let message = frame.from_pump(&mut reaction).expect("a message");
                    answers.push((frame.seq, message));
                }
            }
        }
        answers
    }

    fn ask(&mut self, seq: u16, message: &ToPump<'_>) -> Option<FromPump> {
        let answers = self.send(frame(seq, message).as_slice());
        assert!(answers.len() <= 1 && answers.iter().all(|(found, _)| *found == seq));
        answers.first().map(|(_, message)| *message)
    }
}

fn frame(seq: u16, message: &ToPump<'_>) -> Encoded {
    let mut out = Encoded::new();
    out.to_pump(seq, message).expect("fits");
    out
}

fn boot(image: &[u8]) -> ToPump<'static> {
    ToPump::Boot(Boot {
        contract: CONTRACT_VERSION,
        cause: ResetCause::PowerOn,
        clock: PumpTime::ZERO,
        image_crc: checksum(image),
    })
}

fn stimulus() -> ToPump<'static> {
    ToPump::Stimulus(Stimulus::default())
}

const fn refused(why: Refusal) -> Option<FromPump> {
    Some(FromPump::Refused(why))
}

#[test]
fn boots_on_the_image_that_the_chunks_make() {
    let mut wire = Wire::new();
    let mut image = vec![0xff; NVM_LEN];
    image[0] = 1;
    image[NVM_LEN - 2..].copy_from_slice(&[2, 3]);
    let last = u16::try_from(NVM_LEN - 2).expect("15 bits");
    for (seq, offset, bytes) in [(1, 0, &[1][..]), (2, last, &[2, 3]), (3, 9, &[])] {
        let chunk = ToPump::NvmChunk { offset, bytes };
        assert_eq!(wire.ask(seq, &chunk), Some(FromPump::Ack));
    }
    assert_eq!(wire.ask(4, &boot(&image)), Some(FromPump::Hello(HELLO)));
    assert_eq!(wire.pump.nvm, image);
    assert_eq!(wire.ask(5, &stimulus()), Some(FromPump::Reaction));
}

#[test]
fn refuses_what_comes_too_early_too_late_or_from_elsewhere() {
    let mut wire = Wire::new();
    let outside = u16::try_from(NVM_LEN - 1).expect("15 bits");
    let chunk = ToPump::NvmChunk {
        offset: outside,
        bytes: &[1, 2],
    };
    let foreign = ToPump::Boot(Boot {
        contract: CONTRACT_VERSION + 1,
        cause: ResetCause::Pin,
        clock: PumpTime::ZERO,
        image_crc: checksum(&[0xff; NVM_LEN]),
    });
    assert_eq!(wire.ask(1, &stimulus()), refused(Refusal::NotBooted));
    assert_eq!(wire.ask(2, &chunk), refused(Refusal::ImageRange));
    assert_eq!(wire.ask(3, &foreign), refused(Refusal::ContractVersion));
    assert_eq!(
        wire.ask(4, &boot(&[0; NVM_LEN])),
        refused(Refusal::ImageChecksum)
    );
    assert_eq!(
        wire.ask(5, &boot(&[0xff; NVM_LEN])),
        Some(FromPump::Hello(HELLO))
    );
    assert_eq!(
        wire.ask(6, &boot(&[0xff; NVM_LEN])),
        refused(Refusal::AlreadyBooted)
    );
    assert_eq!(wire.ask(7, &chunk), refused(Refusal::AlreadyBooted));
    assert_eq!((wire.pump.boots, wire.pump.reactions), (1, 0));
}

#[test]
fn answers_a_frame_that_it_does_not_understand() {
    let mut wire = Wire::booted();
    let mut out = Encoded::new();
    out.ack(2).expect("fits");
    assert_eq!(
        wire.send(out.as_slice()),
        [(2, FromPump::Refused(Refusal::Malformed))]
    );
}

#[test]
fn a_repetition_gets_the_cached_answer_and_happens_once() {
    let mut wire = Wire::booted();
    for _ in 0..3 {
        assert_eq!(wire.ask(2, &stimulus()), Some(FromPump::Reaction));
    }
    assert_eq!(wire.pump.reactions, 1);
    // Only the number decides: the rig must use a new one for a new request.
    assert_eq!(wire.ask(2, &boot(&[0; NVM_LEN])), Some(FromPump::Reaction));
    assert_eq!(wire.ask(3, &stimulus()), Some(FromPump::Reaction));
    assert_eq!(wire.pump.reactions, 2);
}

#[test]
fn sequence_numbers_wrap() {
    let mut wire = Wire::booted();
    for seq in [u16::MAX - 1, u16::MAX, 0, 1, 2] {
        assert_eq!(wire.ask(seq, &stimulus()), Some(FromPump::Reaction));
        assert_eq!(wire.ask(seq, &stimulus()), Some(FromPump::Reaction));
    }
    assert_eq!(wire.pump.reactions, 5);
}

#[test]
fn the_reset_line_works_whatever_the_sequence_number() {
    let mut wire = Wire::booted();
    assert_eq!(wire.ask(2, &stimulus()), Some(FromPump::Reaction));
    assert_eq!(wire.ask(2, &ToPump::Reset), Some(FromPump::Ack));
    assert_eq!(wire.pump.resets, 1);
    assert_eq!(wire.ask(3, &stimulus()), refused(Refusal::NotBooted));
    assert_eq!(wire.pump.reactions, 1);
}

#[test]
fn a_reset_forgets_the_image() {
    let mut wire = Wire::new();
    let chunk = ToPump::NvmChunk {
        offset: 0,
        bytes: &[1],
    };
    assert_eq!(wire.ask(1, &chunk), Some(FromPump::Ack));
    assert_eq!(wire.ask(2, &ToPump::Reset), Some(FromPump::Ack));
    assert_eq!(
        wire.ask(3, &boot(&[0xff; NVM_LEN])),
        Some(FromPump::Hello(HELLO))
    );
    assert_eq!(wire.pump.nvm, [0xff; NVM_LEN]);
}

#[test]
fn a_broken_frame_is_refused_as_unreadable_and_its_repetition_is_answered() {
    let mut wire = Wire::booted();
    let whole = frame(2, &stimulus());
    let mut broken = whole.as_slice().to_vec();
    broken[5] ^= 0x40;
    assert_eq!(
        wire.send(&broken),
        [(0, FromPump::Refused(Refusal::Unreadable))]
    );
    let unreadable = (0, FromPump::Refused(Refusal::Unreadable));
    let (half, _) = whole.as_slice().split_at(9);
    // Half a frame, then the whole one: the two merge and are lost; the next is received.
    assert_eq!(wire.send(half), []);
    assert_eq!(wire.send(whole.as_slice()), [unreadable]);
    assert_eq!(wire.send(whole.as_slice()), [(2, FromPump::Reaction)]);
    // A delimiter in front ends the half frame.
    assert_eq!(wire.send(half), []);
    let behind_delimiter = [&[0], frame(3, &stimulus()).as_slice()].concat();
    assert_eq!(
        wire.send(&behind_delimiter),
        [unreadable, (3, FromPump::Reaction)]
    );
    assert_eq!(mem::take(&mut wire.pump.reactions), 2);
}

#[test]
fn the_first_whole_frame_picks_the_line_and_only_a_reset_picks_another() {
    let mut wire = Wire::new();
    let hello = wire.send_on(1, frame(1, &boot(&[0xff; NVM_LEN])).as_slice());
    assert_eq!(hello, [(1, FromPump::Hello(HELLO))]);
    // Noise and requests on the other line are neither answered nor executed.
    assert_eq!(wire.send_on(0, &[3, 7, 0, 0]), []);
    assert_eq!(wire.send_on(0, frame(2, &stimulus()).as_slice()), []);
    assert_eq!(wire.pump.reactions, 0);
    // They do not end a partly received frame on the selected line.
    let question = frame(3, &stimulus());
    let (start, rest) = question.as_slice().split_at(5);
    assert_eq!(wire.send_on(1, start), []);
    assert_eq!(wire.send_on(0, &[9, 0]), []);
    assert_eq!(wire.send_on(1, rest), [(3, FromPump::Reaction)]);
    // Another rig on the other line takes over with a Reset.
    let reset = wire.send_on(0, frame(4, &ToPump::Reset).as_slice());
    assert_eq!(reset, [(4, FromPump::Ack)]);
    assert_eq!(wire.pump.resets, 1);
    assert_eq!(wire.send_on(1, frame(5, &stimulus()).as_slice()), []);
    let refused = wire.send_on(0, frame(6, &stimulus()).as_slice());
    assert_eq!(refused, [(6, FromPump::Refused(Refusal::NotBooted))]);
}

#[test]
fn a_line_that_there_is_not_is_silent() {
    let mut wire = Wire::new();
    assert_eq!(
        wire.send_on(LINES_MAX, frame(1, &ToPump::Reset).as_slice()),
        []
    );
    assert_eq!(wire.pump.resets, 0);
}
