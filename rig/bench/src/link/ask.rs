//! Requests: sends one frame, repeatedly if needed, until its answer comes or time is up.

use super::{GARBAGE_MAX, Link, Owner, Wire};
use std::time::{Duration, Instant};
use thecal_engine::bench::BenchError;
use thecal_link::Reaction;
use thecal_link::message::{FromPump, ToPump};

/// How to send the frame in the link's request buffer, and what to expect.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question {
    /// The answer's name.
    pub(super) awaited: &'static str,
    /// Time before the first repetition; doubled each time up to the link's `attempt`.
    pub(super) first_attempt: Duration,
    /// Total time, including repetitions.
    pub(super) within: Duration,
    /// Shortest length of the answer on the wire. Unit: byte.
    pub(super) answer_len: usize,
    /// Whether the frame needs a leading delimiter even the first time, because the pump may have
    /// received half a frame before.
    pub(super) behind_delimiter: bool,
}

/// Observations while no answer came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Silence {
    pub(super) awaited: &'static str,
    pub(super) waited: Duration,
    pub(super) attempts: u32,
    pub(super) garbage: u64,
    /// Complete frames received that were corrupt.
    pub(super) broken: u64,
    /// Attempts during which bytes came, but no answer.
    pub(super) spoke: u32,
    /// Corrupt frames that the pump reports having received.
    pub(super) unreadable: u64,
}

enum Heard {
    Answer(FromPump),
    Broken,
    Nothing,
}

impl<W: Wire> Link<W> {
    /// Encodes `message` under the next sequence number.
    pub(super) fn next_request(&mut self, message: &ToPump<'_>) -> Result<(), BenchError> {
        self.seq = self.seq.wrapping_add(1);
        Ok(self.request.to_pump(self.seq, message)?)
    }

    /// Sends the request until its answer comes or time is up. Time in which a debugger has the core
    /// halted does not count: the pump answers the next repetition, from its cache if it has to.
    pub(super) fn ask(
        &mut self,
        question: &Question,
        reaction: &mut Reaction,
        owner: &mut impl Owner<W>,
    ) -> Result<Result<FromPump, Silence>, BenchError> {
        owner.wait_while_halted(&mut self.wire)?;
        let started = Instant::now();
        let mut end = started + question.within;
        let mut halted = Duration::ZERO;
        let garbage_limit = self.garbage() + GARBAGE_MAX;
        let before = self.statistics;
        let mut attempt = question.first_attempt;
        let (mut attempts, mut spoke) = (0, 0);
        let mut now = started;
        while now < end {
            self.send_request(question.behind_delimiter || attempts > 0)?;
            self.statistics.repeated += u64::from(attempts > 0);
            attempts += 1;
            let until = end.min(now + attempt);
            let garbage = self.garbage();
            let mut heard = self.listen(question, until, garbage_limit, reaction)?;
            if matches!(heard, Heard::Broken) {
                // Probably the answer: repeat at once, but only once per attempt.
                self.send_request(true)?;
                self.statistics.repeated += 1;
                while matches!(heard, Heard::Broken) {
                    heard = self.listen(question, until, garbage_limit, reaction)?;
                }
            }
            if let Heard::Answer(answer) = heard {
                return Ok(Ok(answer));
            }
            spoke += u32::from(self.garbage() > garbage);
            attempt = self.deadlines.attempt.min(attempt * 2);
            let more = owner.wait_while_halted(&mut self.wire)?;
            halted += more;
            end += more;
            now = Instant::now();
        }
        Ok(Err(Silence {
            awaited: question.awaited,
            waited: started.elapsed().saturating_sub(halted),
            attempts,
            garbage: (self.garbage() + GARBAGE_MAX).saturating_sub(garbage_limit),
            broken: self.statistics.broken - before.broken,
            spoke,
            unreadable: self.statistics.unreadable - before.unreadable,
        }))
    }

    fn send_request(&mut self, behind_delimiter: bool) -> Result<(), BenchError> {
        if behind_delimiter {
            self.wire.send(&[0])?;
        }
        self.wire.send(self.request.as_slice())
    }

    /// Reads until the request's answer, a corrupt frame, or `until`.
    fn listen(
        &mut self,
        question: &Question,
        until: Instant,
        garbage_limit: u64,
        reaction: &mut Reaction,
    ) -> Result<Heard, BenchError> {
        loop {
            if let Some(heard) = self.decode_received(question.awaited, reaction)? {
                return Ok(heard);
            }
            if self.garbage() > garbage_limit {
                return Err(BenchError::Garbage {
                    port: self.name().to_owned(),
                    bytes: self.garbage() + GARBAGE_MAX - garbage_limit,
                    awaited: question.awaited,
                });
            }
            let run = usize::try_from(self.run).unwrap_or(usize::MAX);
            let expected = question.answer_len.saturating_sub(run).max(1);
            if !self.wire.receive(until, expected)? {
                return Ok(Heard::Nothing);
            }
        }
    }

    /// Decodes received bytes up to the request's answer or a corrupt frame.
    fn decode_received(
        &mut self,
        awaited: &'static str,
        reaction: &mut Reaction,
    ) -> Result<Option<Heard>, BenchError> {
        while let Some(byte) = self.wire.next_byte() {
            self.run += 1;
            let decoded = self.decoder.push(byte);
            if byte != 0 {
                continue;
            }
            let run = std::mem::take(&mut self.run);
            match decoded {
                None => {}
                Some(Ok(frame)) if frame.says_unreadable() => {
                    self.statistics.unreadable += 1;
                    return Ok(Some(Heard::Broken));
                }
                Some(Ok(frame)) if frame.seq == self.seq => {
                    let answer = frame.from_pump(reaction);
                    return match answer {
                        Ok(answer) => Ok(Some(Heard::Answer(answer))),
                        Err(source) => Err(BenchError::BadAnswer {
                            port: self.name().to_owned(),
                            awaited,
                            source,
                        }),
                    };
                }
                Some(Ok(_)) => self.statistics.stale += 1,
                Some(Err(_)) => {
                    self.statistics.broken += 1;
                    self.statistics.garbage_bytes += run;
                    return Ok(Some(Heard::Broken));
                }
            }
        }
        Ok(None)
    }
}
