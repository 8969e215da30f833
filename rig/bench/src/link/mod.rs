//! The link: the contract over any wire to any pump.
//!
//! One frame is outstanding at a time. If no intact answer comes, the same frame is repeated after
//! a delimiter; the pump answers a repetition from its cache, so nothing is done twice. Answers to
//! earlier frames are ignored.
//!
//! If nothing comes at all, the link cannot distinguish a hanging pump from a failed bench; it asks
//! its [`Owner`]. All deadlines are in wall time and are listed in [`Deadlines`]; time in which a
//! debugger has the core halted does not count where the owner waits for debuggers.

mod ask;
mod boot;
mod owner;
mod state;
mod wire;

pub use owner::{Liveness, Owner, Unwatched};
pub use state::{Deadlines, GARBAGE_MAX, Link};
pub use wire::{ControlLine, Wire};

use ask::{Question, Silence};
use std::time::{Duration, Instant};
use thecal_engine::bench::{BenchError, Exchange};
use thecal_link::limits::{ENCODED_MAX, NVM_LEN};
use thecal_link::message::{FromPump, ToPump};
use thecal_link::{Boot, Hello, Reaction, Refusal, Stimulus};

/// If bytes come during this many attempts, a sender is active that does not hang. One truncated
/// frame may fall into two attempts.
const SPOKE_MIN: u32 = 3;

impl<W: Wire> Link<W> {
    /// Resets the pump, transfers the memory image, and identifies the pump.
    ///
    /// # Errors
    ///
    /// [`BenchError`]; [`BenchError::NoBoot`] if the owner reports that the core runs.
    pub fn boot(
        &mut self,
        boot: &Boot,
        nvm: &[u8; NVM_LEN],
        owner: &mut impl Owner<W>,
    ) -> Result<Hello, BenchError> {
        match self.boot_in_rounds(boot, nvm, owner) {
            Ok(Ok(hello)) => Ok(hello),
            Ok(Err(silence)) => Err(self.no_boot(&silence, owner)),
            Err(error) => Err(self.closed_or_dead(error, owner)),
        }
    }

    /// Asks the pump to reset, and leaves it unbooted, its motor off.
    ///
    /// # Errors
    ///
    /// [`BenchError`] if it does not acknowledge `within` this time.
    pub fn reset(&mut self, within: Duration) -> Result<(), BenchError> {
        self.next_request(&ToPump::Reset)?;
        let question = Question {
            awaited: "acknowledgment of Reset",
            first_attempt: self.deadlines.boot_attempt,
            within,
            answer_len: 1,
            behind_delimiter: true,
        };
        match self.ask(&question, &mut Reaction::default(), &mut Unwatched)? {
            Ok(FromPump::Ack) => Ok(()),
            Ok(found) => Err(self.other_answer("Reset", &found)),
            Err(silence) => Err(self.silence_error(&silence)),
        }
    }

    /// One exchange: sends the pins, receives what the pump does.
    ///
    /// # Errors
    ///
    /// [`BenchError`] if the bench, not the pump, failed.
    pub fn exchange(
        &mut self,
        stimulus: &Stimulus,
        reaction: &mut Reaction,
        owner: &mut impl Owner<W>,
    ) -> Result<Exchange, BenchError> {
        let started = Instant::now();
        self.next_request(&ToPump::Stimulus(stimulus.clone()))?;
        let question = Question {
            awaited: "Reaction",
            first_attempt: self.deadlines.attempt,
            within: self.deadlines.attempt * self.deadlines.attempts,
            answer_len: self.reaction_len,
            behind_delimiter: false,
        };
        let asked = self.ask(&question, reaction, owner);
        let took = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.statistics.slowest_us = self.statistics.slowest_us.max(took);
        match asked {
            Ok(Ok(FromPump::Reaction)) => Ok(Exchange::Reacted),
            Ok(Ok(FromPump::Refused(refusal))) => self.restarted_or_broken(refusal, owner),
            Ok(Ok(found)) => Err(self.other_answer("Reaction", &found)),
            Ok(Err(silence)) => self.hung_or_broken(&silence, owner),
            Err(error) => self.hung_or_dead(error, owner),
        }
    }

    /// Decides after a Stimulus without answer whether the pump hangs or the bench failed.
    fn hung_or_broken(
        &mut self,
        silence: &Silence,
        owner: &mut impl Owner<W>,
    ) -> Result<Exchange, BenchError> {
        match owner.liveness(&mut self.wire) {
            Liveness::Dead(error) => Err(error),
            Liveness::LockedUp(_) => Ok(Exchange::Hung),
            Liveness::Running if silence.is_noisy() => Err(self.noise_error(silence)),
            Liveness::Running => Ok(Exchange::Hung),
            Liveness::Unknown => Err(self.silence_error(silence)),
        }
    }

    fn no_boot(&mut self, silence: &Silence, owner: &mut impl Owner<W>) -> BenchError {
        match owner.liveness(&mut self.wire) {
            Liveness::Dead(error) | Liveness::LockedUp(error) => error,
            Liveness::Running if silence.is_noisy() => self.noise_error(silence),
            Liveness::Running => BenchError::NoBoot {
                awaited: silence.awaited,
                waited: silence.waited,
            },
            Liveness::Unknown => self.silence_error(silence),
        }
    }

    fn silence_error(&self, silence: &Silence) -> BenchError {
        if silence.garbage > 0 || silence.unreadable > 0 {
            return self.noise_error(silence);
        }
        BenchError::Silent {
            port: self.name().to_owned(),
            awaited: silence.awaited,
            waited: silence.waited,
            attempts: silence.attempts,
        }
    }

    /// The error for a bad line, in one direction or the other.
    fn noise_error(&self, silence: &Silence) -> BenchError {
        if silence.unreadable > 0 {
            return BenchError::Noise {
                port: self.name().to_owned(),
                frames: silence.unreadable,
                awaited: silence.awaited,
            };
        }
        BenchError::Garbage {
            port: self.name().to_owned(),
            bytes: silence.garbage,
            awaited: silence.awaited,
        }
    }

    fn other_answer(&self, awaited: &'static str, found: &FromPump) -> BenchError {
        BenchError::OtherAnswer {
            port: self.name().to_owned(),
            awaited,
            found: match found {
                FromPump::Ack => "an acknowledgment",
                FromPump::Hello(_) => "Hello",
                FromPump::Reaction => "a Reaction",
                FromPump::Refused(_) => "a refusal",
            },
        }
    }

    /// A pump that is no longer booted has restarted by itself, as after a panic. If the bench is
    /// known to be good, the pump is responsible: it does not react until it is reset.
    fn restarted_or_broken(
        &mut self,
        refusal: Refusal,
        owner: &mut impl Owner<W>,
    ) -> Result<Exchange, BenchError> {
        let refused = BenchError::Refused {
            what: "a Stimulus",
            refusal,
        };
        if refusal != Refusal::NotBooted {
            return Err(refused);
        }
        match owner.liveness(&mut self.wire) {
            Liveness::Dead(error) => Err(error),
            Liveness::Running | Liveness::LockedUp(_) => Ok(Exchange::Hung),
            Liveness::Unknown => Err(refused),
        }
    }

    /// A closed port is a symptom; its owner may know the cause.
    fn hung_or_dead(
        &mut self,
        error: BenchError,
        owner: &mut impl Owner<W>,
    ) -> Result<Exchange, BenchError> {
        if !error.is_of_the_wire() {
            return Err(error);
        }
        match owner.liveness(&mut self.wire) {
            Liveness::Dead(cause) => Err(cause),
            Liveness::LockedUp(_) => Ok(Exchange::Hung),
            Liveness::Running | Liveness::Unknown => Err(error),
        }
    }

    fn closed_or_dead(&mut self, error: BenchError, owner: &mut impl Owner<W>) -> BenchError {
        if !error.is_of_the_wire() {
            return error;
        }
        match owner.liveness(&mut self.wire) {
            Liveness::Dead(cause) | Liveness::LockedUp(cause) => cause,
            Liveness::Running | Liveness::Unknown => error,
        }
    }
}

impl Silence {
    /// Whether more came than from a pump that stopped during a frame: such a pump completes no
    /// frame, sends no more bytes than one has, and is silent afterwards. Also if the pump reports
    /// that it cannot read what arrives.
    const fn is_noisy(&self) -> bool {
        self.unreadable > 0
            || self.broken > 0
            || self.garbage > ENCODED_MAX as u64
            || self.spoke >= SPOKE_MIN
    }
}
