//! A pump on a hostile wire: every good frame is answered, and a program that may misbehave in its
//! own ways never breaks the endpoint.
//!
//! The bytes are chunks: a length, then that many bytes. Bit 7 of the length says whether they go
//! on the wire raw or as a frame with a right checksum.

use std::cell::RefCell;
use thecal_link::endpoint::{Endpoint, Program};
use thecal_link::frame::checksum;
use thecal_link::limits::{CONTRACT_VERSION, ENCODED_MAX, NVM_LEN};
use thecal_link::{Boot, Hello, MotorCommand, Reaction, Stimulus};
use thecal_units::Volume;

#[derive(Default)]
struct Pump {
    booted: bool,
    reactions: u32,
}

impl Program for Pump {
    fn boot(&mut self, boot: &Boot, nvm: &[u8; NVM_LEN]) -> Hello {
        assert!(!self.booted, "booted twice without a reset");
        assert_eq!(boot.contract, CONTRACT_VERSION);
        assert_eq!(boot.image_crc, checksum(nvm));
        self.booted = true;
        Hello {
            contract: CONTRACT_VERSION,
            capabilities: 0,
            step_volume: Volume::from_nanoliters(5),
            build_id: [0; 20],
            firmware: Hello::text("fuzzed"),
            version: Hello::text("0"),
            board: Hello::text("none"),
        }
    }

    fn react(&mut self, stimulus: &Stimulus, reaction: &mut Reaction) {
        assert!(self.booted, "a Stimulus came through before Boot");
        assert_eq!(*reaction, Reaction::new(), "the Reaction comes cleared");
        self.reactions += 1;
        reaction.telemetry = stimulus.telemetry;
        reaction.wake_at = stimulus.clock;
        reaction.motor = MotorCommand::StopNow;
        for offset in 0..u16::from(stimulus.nvm_durable) {
            if reaction
                .nvm
                .push(offset, stimulus.telemetry.as_slice())
                .is_err()
            {
                break;
            }
        }
    }

    fn reset(&mut self) {
        self.booted = false;
    }
}

thread_local! {
    static ENDPOINT: RefCell<Box<Endpoint>> = RefCell::new(Box::new(Endpoint::new()));
}

fn stuff(plain: &[u8]) -> Vec<u8> {
    let mut out = cobs_of(plain);
    out.push(0);
    out
}

fn cobs_of(plain: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for piece in plain.split(|&byte| byte == 0) {
        let mut rest = piece;
        while rest.len() >= 254 {
            let (block, tail) = rest.split_at(254);
            out.push(255);
            out.extend(block);
            rest = tail;
        }
        out.push(u8::try_from(rest.len() + 1).expect("below 255"));
        out.extend(rest);
    }
    out
}

/// Sends the chunks; gives how often the program reacted.
pub(crate) fn run(bytes: &[u8]) -> usize {
    ENDPOINT.with_borrow_mut(|endpoint| {
        **endpoint = Endpoint::new();
        let mut pump = Pump::default();
        let mut rest = bytes;
        while let Some((&head, tail)) = rest.split_first() {
            let (chunk, tail) = tail.split_at(usize::from(head & 0x7f).min(tail.len()));
            rest = tail;
            let framed = head & 0x80 != 0;
            let wire = if framed {
                let sum = checksum(chunk).to_le_bytes();
                [vec![0], stuff(&[chunk, &sum].concat())].concat()
            } else {
                chunk.to_vec()
            };
            let mut answers = 0;
            for &byte in &wire {
                if let Some(answer) = endpoint.push(byte, &mut pump) {
                    assert!(!answer.is_empty() && answer.len() <= ENCODED_MAX);
                    answers += 1;
                }
            }
            if framed && chunk.len() >= 3 {
                assert!(answers >= 1, "a good frame was not answered");
                // Once more: the answer is the cached one, the program is not called.
                let reactions = pump.reactions;
                let before = pump.booted;
                let repeated = wire
                    .iter()
                    .filter(|&&byte| endpoint.push(byte, &mut pump).is_some());
                assert_eq!(repeated.count(), 1);
                assert_eq!((pump.reactions, pump.booted), (reactions, before));
            }
        }
        usize::try_from(pump.reactions).expect("32 bits")
    })
}
