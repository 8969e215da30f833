//! The link between two frames: its wire, its deadlines and what it has counted.

use super::Wire;
use std::time::Duration;
use thecal_engine::bench::LinkStatistics;
use thecal_link::Reaction;
use thecal_link::frame::{Decoder, Encoded};

/// Bytes outside frames that are accepted while one answer is awaited.
pub const GARBAGE_MAX: u64 = 64 * 1024;

/// Time limits, all in wall time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// For the answer to one frame, before it is repeated.
    pub attempt: Duration,
    /// How often a Stimulus is sent at most.
    pub attempts: u32,
    /// For each answer while the pump boots, including repetitions.
    pub boot: Duration,
    /// Before the first repetition while the pump boots; doubled each time up to `attempt`.
    pub boot_attempt: Duration,
    /// From the acknowledged Reset until the pump is expected to receive again.
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

/// The contract over a wire.
#[derive(Debug)]
pub struct Link<W> {
    pub(super) wire: W,
    pub(super) deadlines: Deadlines,
    /// The frame that is sent until its answer comes.
    pub(super) request: Encoded,
    pub(super) seq: u16,
    pub(super) decoder: Decoder,
    /// Bytes of the unfinished frame.
    pub(super) run: u64,
    /// Shortest length of a Reaction on the wire. Unit: byte.
    pub(super) reaction_len: usize,
    pub(super) statistics: LinkStatistics,
}

impl<W: Wire> Link<W> {
    /// A link over an open wire.
    #[must_use]
    pub fn new(wire: W, deadlines: Deadlines) -> Self {
        let mut request = Encoded::new();
        let shortest = request.reaction(0, &Reaction::default());
        let reaction_len = shortest.map_or(1, |()| request.as_slice().len());
        Self {
            wire,
            deadlines,
            request,
            seq: 0,
            decoder: Decoder::new(),
            run: 0,
            reaction_len,
            statistics: LinkStatistics::default(),
        }
    }

    /// Continues over another wire, with the same statistics and sequence numbers.
    pub(crate) fn reopen(&mut self, wire: W) {
        self.wire = wire;
        self.decoder.clear();
        self.statistics.garbage_bytes = self.garbage();
        self.run = 0;
    }

    /// The wire's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.wire.name()
    }

    /// The wire: its owner may do more with it than send bytes.
    pub const fn wire(&mut self) -> &mut W {
        &mut self.wire
    }

    /// Statistics of the link.
    #[must_use]
    pub const fn statistics(&self) -> LinkStatistics {
        self.statistics
    }

    /// Bytes so far outside any frame, including those of an unfinished frame.
    pub(super) const fn garbage(&self) -> u64 {
        self.statistics.garbage_bytes + self.run
    }
}
