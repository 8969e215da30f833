//! A bench that stores the Hello of the last boot, for the record, and of the first, for the people.

use std::sync::Arc;
use thecal_engine::bench::{Bench, BenchError, Exchange, LinkStatistics, NotForkable};
use thecal_engine::pumps::Card;
use thecal_link::limits::NVM_LEN;
use thecal_link::{Boot, Hello, Reaction, Stimulus};
use thecal_plan::{Changed, Disturbance};

/// Any bench, with its last Hello.
pub(super) struct Introduced {
    bench: Box<dyn Bench>,
    hello: Option<Hello>,
    card: Card,
}

impl Introduced {
    pub(super) fn new(bench: Box<dyn Bench>) -> Self {
        Self {
            bench,
            hello: None,
            card: Card::default(),
        }
    }

    /// Where the Hello of the first boot will be.
    pub(super) fn card(&self) -> Card {
        Arc::clone(&self.card)
    }

    /// The Hello of the last boot; `None`: not booted yet.
    pub(super) const fn hello(&self) -> Option<&Hello> {
        self.hello.as_ref()
    }
}

impl Bench for Introduced {
    fn boot(&mut self, boot: &Boot, nvm: &[u8; NVM_LEN]) -> Result<Hello, BenchError> {
        let hello = self.bench.boot(boot, nvm)?;
        self.hello = Some(hello);
        self.card.get_or_init(|| hello);
        Ok(hello)
    }

    fn exchange(
        &mut self,
        stimulus: &Stimulus,
        reaction: &mut Reaction,
    ) -> Result<Exchange, BenchError> {
        self.bench.exchange(stimulus, reaction)
    }

    fn disturb(&mut self, disturbance: &Disturbance) -> Result<Changed, BenchError> {
        self.bench.disturb(disturbance)
    }

    fn make_safe(&mut self) -> Result<(), BenchError> {
        self.bench.make_safe()
    }

    fn statistics(&self) -> LinkStatistics {
        self.bench.statistics()
    }

    fn fork(&self) -> Result<Box<dyn Bench + Send>, NotForkable> {
        self.bench.fork()
    }
}
