//! Booting over a wire: reset, the memory image, Boot, Hello.
//!
//! A restarting pump loses bytes for a while, and several Resets may be on their way to it, so each
//! frame is repeated soon, and a refused image is sent again from the start.

use super::ask::{Question, Silence};
use super::{Link, Owner, Wire};
use thecal_engine::bench::BenchError;
use thecal_link::limits::{NVM_CHUNK_MAX, NVM_LEN};
use thecal_link::message::{FromPump, ToPump};
use thecal_link::{Boot, Hello, Reaction, Refusal};

/// How often the image is sent in one boot: the pump may restart meanwhile, or an earlier user of
/// the line may have left an answer behind.
const ROUNDS_MAX: u32 = 3;

/// An answer, and the name of its request.
struct Answer {
    what: &'static str,
    from: FromPump,
}

impl<W: Wire> Link<W> {
    pub(super) fn boot_in_rounds(
        &mut self,
        boot: &Boot,
        nvm: &[u8; NVM_LEN],
        owner: &mut impl Owner<W>,
    ) -> Result<Result<Hello, Silence>, BenchError> {
        let mut round = 1;
        loop {
            let Answer { what, from } = match self.boot_once(boot, nvm, owner)? {
                Ok(answer) => answer,
                Err(silence) => return Ok(Err(silence)),
            };
            match from {
                FromPump::Hello(hello) => return Ok(Ok(hello)),
                FromPump::Refused(refusal) if round == ROUNDS_MAX || is_final(refusal) => {
                    return Err(BenchError::Refused { what, refusal });
                }
                _ if round == ROUNDS_MAX => return Err(self.other_answer(what, &from)),
                _ => round += 1,
            }
        }
    }

    /// Returns Hello, or the first unexpected answer.
    fn boot_once(
        &mut self,
        boot: &Boot,
        nvm: &[u8; NVM_LEN],
        owner: &mut impl Owner<W>,
    ) -> Result<Result<Answer, Silence>, BenchError> {
        // Reset comes first: a stuck or unpowered core may leave nothing to read from.
        let is_reset = owner.reset(&mut self.wire)?;
        let forgotten = self.wire.forget_received()?;
        self.statistics.garbage_bytes = self.garbage() + forgotten;
        self.run = 0;
        self.decoder.clear();
        if !is_reset {
            match self.ask_booting(&ToPump::Reset, owner)? {
                Ok(answer) if answer.from == FromPump::Ack => {}
                other => return Ok(other),
            }
            std::thread::sleep(self.deadlines.restart);
        }
        for (offset, bytes) in chunks(nvm) {
            match self.ask_booting(&ToPump::NvmChunk { offset, bytes }, owner)? {
                Ok(answer) if answer.from == FromPump::Ack => {}
                other => return Ok(other),
            }
        }
        self.ask_booting(&ToPump::Boot(*boot), owner)
    }

    fn ask_booting(
        &mut self,
        message: &ToPump<'_>,
        owner: &mut impl Owner<W>,
    ) -> Result<Result<Answer, Silence>, BenchError> {
        let (what, awaited) = match message {
            ToPump::Reset => ("Reset", "acknowledgment of Reset"),
            ToPump::NvmChunk { .. } => ("a memory chunk", "acknowledgment of a memory chunk"),
            ToPump::Boot(_) => ("Boot", "Hello"),
            ToPump::Stimulus(_) => ("a Stimulus", "Reaction"),
        };
        self.next_request(message)?;
        let question = Question {
            awaited,
            first_attempt: self.deadlines.boot_attempt,
            within: self.deadlines.boot,
            answer_len: 1,
            behind_delimiter: matches!(message, ToPump::Reset),
        };
        let answer = self.ask(&question, &mut Reaction::default(), owner)?;
        Ok(answer.map(|from| Answer { what, from }))
    }
}

/// Whether another round is pointless.
const fn is_final(refusal: Refusal) -> bool {
    match refusal {
        Refusal::ContractVersion | Refusal::ImageRange | Refusal::Malformed => true,
        Refusal::NotBooted
        | Refusal::AlreadyBooted
        | Refusal::ImageChecksum
        | Refusal::Unreadable => false,
    }
}

/// The parts of a memory image that are not erased, in pieces that fit a frame.
fn chunks(image: &[u8; NVM_LEN]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = image.get(at..)?;
        let start = at + rest.iter().position(|&byte| byte != 0xff)?;
        let window = image.get(start..NVM_LEN.min(start + NVM_CHUNK_MAX))?;
        let len = 1 + window.iter().rposition(|&byte| byte != 0xff)?;
        at = start + len;
        Some((u16::try_from(start).ok()?, window.get(..len)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(image: &[u8; NVM_LEN]) -> Vec<(u16, usize)> {
        let mut copy = [0xff; NVM_LEN];
        let mut spans = Vec::new();
        for (offset, bytes) in chunks(image) {
            let start = usize::from(offset);
            copy[start..start + bytes.len()].copy_from_slice(bytes);
            spans.push((offset, bytes.len()));
        }
        assert_eq!(&copy, image);
        spans
    }

    #[test]
    fn an_erased_image_needs_no_chunk() {
        assert_eq!(written(&[0xff; NVM_LEN]), []);
    }

    #[test]
    fn a_full_image_is_cut_into_the_longest_chunks() {
        let spans = written(&[0; NVM_LEN]);
        assert_eq!(spans.len(), NVM_LEN.div_ceil(NVM_CHUNK_MAX));
    }

    #[test]
    fn erased_bytes_around_content_are_left_out() {
        let mut image = [0xff; NVM_LEN];
        image[5] = 1;
        image[7] = 2;
        image[NVM_LEN - 1] = 3;
        assert_eq!(written(&image), [(5, 3), (32767, 1)]);
    }
}
