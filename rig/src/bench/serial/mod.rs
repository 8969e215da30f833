//! Serial link: the contract over a serial port, whatever stands behind it.
//!
//! One frame is outstanding at a time. If no whole answer comes, the same frame goes out again
//! behind a delimiter; the pump answers a repetition from its cache, so nothing happens twice.
//! Answers to earlier frames are ignored.
//!
//! Where nothing comes at all, the link cannot tell a pump that hangs from a bench that broke;
//! it asks its [`Owner`]. All deadlines are of wall time and stand in [`Deadlines`].

mod ask;
mod boot;
mod line;

use crate::bench::{BenchError, Exchange, LinkStatistics};
use ask::{Question, Silence};
use line::Line;
use serialport::TTYPort;
use std::time::{Duration, Instant};
use thecal_link::frame::{Decoder, Encoded};
use thecal_link::limits::{ENCODED_MAX, NVM_LEN};
use thecal_link::message::{FromPump, ToPump};
use thecal_link::{Boot, Hello, Reaction, Refusal, Stimulus};

/// Speed of the line. Unit: bit per second.
pub const BAUD: u32 = 1_000_000;

/// Bytes outside frames that a line may carry while one answer is awaited.
pub const GARBAGE_MAX: u64 = 64 * 1024;

/// How long to wait, all in wall time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// For the answer to one frame, before it is sent again.
    pub attempt: Duration,
    /// How often a Stimulus is sent at most.
    pub attempts: u32,
    /// For each answer while the pump boots, repetitions included.
    pub boot: Duration,
    /// Before the first repetition while the pump boots; doubled each time up to `attempt`.
    pub boot_attempt: Duration,
    /// From the acknowledged Reset until the pump is expected to listen again.
    pub restart: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            attempt: Duration::from_secs(1),
            attempts: 6,
            boot: Duration::from_secs(5),
            boot_attempt: Duration::from_millis(20),
            restart: Duration::from_millis(5),
        }
    }
}

/// What the owner of a link knows about the core behind it.
#[derive(Debug)]
pub enum Liveness {
    /// The bench broke.
    Dead(BenchError),
    /// The core stopped for good after a fault in a fault handler: the pump hangs until it is
    /// reset. The error is for where a hang is no answer: while it boots.
    LockedUp(BenchError),
    /// The bench is alive and the core runs: silence is the pump's.
    Running,
    /// There is no way to know.
    Unknown,
}

/// Who started or powers what stands behind the line.
pub trait Owner {
    /// Asked when no answer came or the port closed; answers within a bounded time.
    fn liveness(&mut self) -> Liveness;
}

/// Nobody watches the core: a bare board on a cable.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;

impl Owner for Unwatched {
    fn liveness(&mut self) -> Liveness {
        Liveness::Unknown
    }
}

/// The contract over a serial port.
#[derive(Debug)]
pub struct SerialLink {
    line: Line,
    deadlines: Deadlines,
    request: Encoded,
    seq: u16,
    decoder: Decoder,
    run: u64,
    reaction_len: usize,
    statistics: LinkStatistics,
}

impl SerialLink {
    /// Opens a port, for this process alone.
    ///
    /// # Errors
    ///
    /// [`BenchError::OpenPort`].
    pub fn open(path: &str, deadlines: Deadlines) -> Result<Self, BenchError> {
        Ok(Self::new(Line::open(path, BAUD)?, deadlines))
    }

    /// Takes a port that is open already, such as one end of a pair.
    ///
    /// # Errors
    ///
    /// [`BenchError::OpenPort`] if it does not let itself be set up.
    pub fn over(port: TTYPort, name: &str, deadlines: Deadlines) -> Result<Self, BenchError> {
        Ok(Self::new(Line::over(port, name)?, deadlines))
    }

    fn new(line: Line, deadlines: Deadlines) -> Self {
        let mut request = Encoded::new();
        let shortest = request.reaction(0, &Reaction::default());
        let reaction_len = shortest.map_or(1, |()| request.as_slice().len());
        Self {
            line,
            deadlines,
            request,
            seq: 0,
            decoder: Decoder::new(),
            run: 0,
            reaction_len,
            statistics: LinkStatistics::default(),
        }
    }

    /// Goes on over another port, with the same statistics and numbers.
    ///
    /// # Errors
    ///
    /// [`BenchError::OpenPort`].
    pub fn reopen(&mut self, path: &str) -> Result<(), BenchError> {
        self.line = Line::open(path, BAUD)?;
        self.decoder.clear();
        self.statistics.garbage_bytes = self.garbage();
        self.run = 0;
        Ok(())
    }

    /// The port's path.
    #[must_use]
    pub fn port(&self) -> &str {
        self.line.name()
    }

    /// How the link fared.
    #[must_use]
    pub const fn statistics(&self) -> LinkStatistics {
        self.statistics
    }

    /// Whether to sleep until a whole answer can be there (the default), or wake at each byte.
    pub const fn set_whole_frames(&mut self, whole: bool) {
        self.line.set_whole_frames(whole);
    }

    /// Resets the pump, hands over the memory image, and learns who answers.
    ///
    /// # Errors
    ///
    /// [`BenchError`]; [`BenchError::NoBoot`] where the owner says that the core runs.
    pub fn boot(
        &mut self,
        boot: &Boot,
        nvm: &[u8; NVM_LEN],
        owner: &mut impl Owner,
    ) -> Result<Hello, BenchError> {
        self.boot_in_rounds(boot, nvm)
            .map_err(|error| closed_or_dead(error, owner))?
            .map_err(|silence| self.no_boot(&silence, owner))
    }

    /// One exchange: what the pins show, what the pump does.
    ///
    /// # Errors
    ///
    /// [`BenchError`] where the bench, not the pump, failed.
    pub fn exchange(
        &mut self,
        stimulus: &Stimulus,
        reaction: &mut Reaction,
        owner: &mut impl Owner,
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
        let asked = self.ask(&question, reaction);
        let took = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.statistics.slowest_us = self.statistics.slowest_us.max(took);
        match asked {
            Ok(Ok(FromPump::Reaction)) => Ok(Exchange::Reacted),
            Ok(Ok(FromPump::Refused(refusal))) => restarted_or_broken(refusal, owner),
            Ok(Ok(found)) => Err(self.other_answer("Reaction", &found)),
            Ok(Err(silence)) => self.hung_or_broken(&silence, owner),
            Err(error) => hung_or_dead(error, owner),
        }
    }

    /// Silence while a Stimulus was out: does the pump hang, or did the bench break?
    fn hung_or_broken(
        &self,
        silence: &Silence,
        owner: &mut impl Owner,
    ) -> Result<Exchange, BenchError> {
        match owner.liveness() {
            Liveness::Dead(error) => Err(error),
            Liveness::LockedUp(_) => Ok(Exchange::Hung),
            Liveness::Running if silence.is_noisy() => Err(self.noise_error(silence)),
            Liveness::Running => Ok(Exchange::Hung),
            Liveness::Unknown => Err(self.silence_error(silence)),
        }
    }

    fn no_boot(&self, silence: &Silence, owner: &mut impl Owner) -> BenchError {
        match owner.liveness() {
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
            port: self.port().to_owned(),
            awaited: silence.awaited,
            waited: silence.waited,
            attempts: silence.attempts,
        }
    }

    /// The line is to blame, in one direction or the other.
    fn noise_error(&self, silence: &Silence) -> BenchError {
        if silence.unreadable > 0 {
            return BenchError::Noise {
                port: self.port().to_owned(),
                frames: silence.unreadable,
                awaited: silence.awaited,
            };
        }
        BenchError::Garbage {
            port: self.port().to_owned(),
            bytes: silence.garbage,
            awaited: silence.awaited,
        }
    }

    fn other_answer(&self, awaited: &'static str, found: &FromPump) -> BenchError {
        BenchError::OtherAnswer {
            port: self.port().to_owned(),
            awaited,
            found: match found {
                FromPump::Ack => "an acknowledgment",
                FromPump::Hello(_) => "Hello",
                FromPump::Reaction => "a Reaction",
                FromPump::Refused(_) => "a refusal",
            },
        }
    }
}

impl Silence {
    /// More bytes than a pump that stopped in mid-frame can have sent, or the pump's own word that
    /// it cannot read what arrives.
    const fn is_noisy(&self) -> bool {
        self.garbage > ENCODED_MAX as u64 || self.unreadable > 0
    }
}

/// A pump that is not booted any more has restarted of its own accord, as after a panic. Where
/// the bench is known to be well that is the pump's doing: it reacts to nothing until it is reset.
fn restarted_or_broken(refusal: Refusal, owner: &mut impl Owner) -> Result<Exchange, BenchError> {
    let refused = BenchError::Refused {
        what: "a Stimulus",
        refusal,
    };
    if refusal != Refusal::NotBooted {
        return Err(refused);
    }
    match owner.liveness() {
        Liveness::Dead(error) => Err(error),
        Liveness::Running | Liveness::LockedUp(_) => Ok(Exchange::Hung),
        Liveness::Unknown => Err(refused),
    }
}

/// A closed port is a symptom; its owner may know the cause.
fn hung_or_dead(error: BenchError, owner: &mut impl Owner) -> Result<Exchange, BenchError> {
    if !matches!(error, BenchError::PortClosed { .. }) {
        return Err(error);
    }
    match owner.liveness() {
        Liveness::Dead(cause) => Err(cause),
        Liveness::LockedUp(_) => Ok(Exchange::Hung),
        Liveness::Running | Liveness::Unknown => Err(error),
    }
}

fn closed_or_dead(error: BenchError, owner: &mut impl Owner) -> BenchError {
    if !matches!(error, BenchError::PortClosed { .. }) {
        return error;
    }
    match owner.liveness() {
        Liveness::Dead(cause) | Liveness::LockedUp(cause) => cause,
        Liveness::Running | Liveness::Unknown => error,
    }
}
