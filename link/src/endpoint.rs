//! The pump's end of the link: takes received bytes, returns answers, executes each frame once.
//!
//! A board layer passes received bytes to [`Endpoint::push`] and sends what it returns. The program
//! behind it is a [`Program`]: the reference firmware's image and the fake pumps of the tests
//! implement this trait.
//!
//! A board may listen on several lines, such as a USART and a debug probe's memory channel. The
//! first whole frame after a reset selects the line; noise on the others is then ignored.

use crate::boot::{Boot, Hello, Refusal};
use crate::frame::{Decoder, Encoded, checksum};
use crate::limits::{CONTRACT_VERSION, NVM_LEN};
use crate::message::{RESET, ToPump};
use crate::reaction::Reaction;
use crate::stimulus::Stimulus;

/// What runs behind the link.
pub trait Program {
    /// Starts after a reset, with the memory's content as it was found.
    fn boot(&mut self, boot: &Boot, nvm: &[u8; NVM_LEN]) -> Hello;

    /// Reacts to what the pins show. `reaction` comes cleared.
    fn react(&mut self, stimulus: &Stimulus, reaction: &mut Reaction);

    /// The reset line was pulled: the board restarts after the answer has left.
    fn reset(&mut self);
}

/// Maximum number of lines of one pump.
pub const LINES_MAX: usize = 2;

/// The pump's end of the link.
#[derive(Debug)]
pub struct Endpoint {
    decoders: [Decoder; LINES_MAX],
    picked: Option<usize>,
    answer: Encoded,
    unreadable: Encoded,
    answered: Option<u16>,
    booted: bool,
    image: [u8; NVM_LEN],
    reaction: Reaction,
}

impl Endpoint {
    /// The state after a reset: not booted, the memory image erased.
    ///
    /// `const`, so that a board can place it in static memory: it is too large for most stacks.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            decoders: [const { Decoder::new() }; LINES_MAX],
            picked: None,
            answer: Encoded::new(),
            unreadable: Encoded::new(),
            answered: None,
            booted: false,
            image: [0xff; NVM_LEN],
            reaction: Reaction::new(),
        }
    }

    /// Takes one byte from the only line; returns the bytes to send, if any.
    ///
    /// A broken frame is refused as unreadable and otherwise ignored. The rig repeats it and can
    /// distinguish a disturbed line from a hanging pump.
    pub fn push(&mut self, byte: u8, program: &mut impl Program) -> Option<&[u8]> {
        self.push_from(0, byte, program)
    }

    /// Takes one byte from a line, counted from 0 and below [`LINES_MAX`]; returns the bytes to
    /// send on that line, if any. A line that is not selected is ignored except for a Reset; a line from
    /// [`LINES_MAX`] on is always ignored.
    pub fn push_from(
        &mut self,
        line: usize,
        byte: u8,
        program: &mut impl Program,
    ) -> Option<&[u8]> {
        let other = self.picked.is_some_and(|picked| picked != line);
        let Ok(frame) = self.decoders.get_mut(line)?.push(byte)? else {
            if other {
                return None;
            }
            self.unreadable.refused(0, Refusal::Unreadable).ok()?;
            return Some(self.unreadable.as_slice());
        };
        if other && frame.kind != RESET {
            return None;
        }
        self.picked = Some(line);
        let seq = frame.seq;
        // A Reset is never treated as a repetition: a restarted rig may begin with the last number
        // of an earlier one, and a cached answer would leave the pump running.
        if self.answered == Some(seq) && frame.kind != RESET {
            return Some(self.answer.as_slice());
        }
        let encoded = match frame.to_pump() {
            Err(_) => self.answer.refused(seq, Refusal::Malformed),
            Ok(ToPump::Reset) => {
                self.booted = false;
                self.image.fill(0xff);
                program.reset();
                self.answer.ack(seq)
            }
            Ok(ToPump::NvmChunk { .. } | ToPump::Boot(_)) if self.booted => {
                self.answer.refused(seq, Refusal::AlreadyBooted)
            }
            Ok(ToPump::NvmChunk { offset, bytes }) => {
                let start = usize::from(offset);
                match self.image.get_mut(start..start + bytes.len()) {
                    Some(room) => {
                        room.copy_from_slice(bytes);
                        self.answer.ack(seq)
                    }
                    None => self.answer.refused(seq, Refusal::ImageRange),
                }
            }
            Ok(ToPump::Boot(boot)) if boot.contract != CONTRACT_VERSION => {
                self.answer.refused(seq, Refusal::ContractVersion)
            }
            Ok(ToPump::Boot(boot)) if boot.image_crc != checksum(&self.image) => {
                self.answer.refused(seq, Refusal::ImageChecksum)
            }
            Ok(ToPump::Boot(boot)) => {
                self.booted = true;
                self.answer.hello(seq, &program.boot(&boot, &self.image))
            }
            Ok(ToPump::Stimulus(_)) if !self.booted => self.answer.refused(seq, Refusal::NotBooted),
            Ok(ToPump::Stimulus(stimulus)) => {
                self.reaction.clear();
                program.react(&stimulus, &mut self.reaction);
                self.answer.reaction(seq, &self.reaction)
            }
        };
        encoded.ok()?;
        self.answered = Some(seq);
        Some(self.answer.as_slice())
    }
}

impl Default for Endpoint {
    fn default() -> Self {
        Self::new()
    }
}
