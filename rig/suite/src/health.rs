//! The health check of a board: whether it boots, its build, its latency, and losses on the line.

use super::pool::BoardBench;
use std::time::{Duration, Instant};
use thecal_bench::link::Deadlines;
use thecal_bench::low_latency::LowLatency;
use thecal_engine::bench::{BenchError, Exchange, LinkStatistics};
use thecal_link::frame::checksum;
use thecal_link::limits::{CONTRACT_VERSION, NVM_LEN};
use thecal_link::{Boot, Hello, Reaction, ResetCause, Stimulus, WakeReasons};
use thecal_units::PumpTime;

/// Exchanges of a full check.
pub const EXCHANGES: u32 = 1000;

/// Exchanges of a quick check after a failed run.
pub(crate) const EXCHANGES_QUICK: u32 = 20;

/// Shorter than in a run: a board that takes this long to answer is not healthy.
const DEADLINES: Deadlines = Deadlines {
    attempt: Duration::from_millis(500),
    attempts: 4,
    boot: Duration::from_secs(2),
    boot_attempt: Duration::from_millis(20),
    restart: Duration::from_millis(5),
};

/// Result of a check.
#[derive(Clone, Debug)]
pub struct Health {
    /// Identity of the pump.
    pub hello: Hello,
    /// Wall time of each exchange, sorted. Unit: microsecond.
    pub latencies_us: Vec<u64>,
    /// Statistics of the link.
    pub link: LinkStatistics,
    /// The port's low-latency flag; `None` if it has no local port.
    pub low_latency: Option<LowLatency>,
    /// Why the pump may be in an unsafe state now; `None`: it is reset.
    pub not_safe: Option<String>,
}

impl Health {
    /// The latency at this percentile; 0 if there was no exchange. Unit: microsecond.
    #[must_use]
    pub fn latency_us(&self, percent: usize) -> u64 {
        let rank = (self.latencies_us.len() * percent).div_ceil(100).max(1);
        self.latencies_us.get(rank - 1).copied().unwrap_or(0)
    }
}

/// A board that is not healthy.
#[derive(Debug, thiserror::Error)]
pub enum HealthError {
    /// The bench failed.
    #[error(transparent)]
    Bench(#[from] BenchError),
    /// The pump hung.
    #[error("the pump hangs: exchange {number} of an unprogrammed pump got no Reaction")]
    Hung {
        /// Number of the exchange, from 1.
        number: u32,
    },
}

impl HealthError {
    /// Whether its text lists the available ports.
    #[must_use]
    pub const fn lists_ports(&self) -> bool {
        matches!(self, Self::Bench(BenchError::Unplugged { .. }))
    }
}

/// Boots a pump with erased memory and makes this many exchanges, one per minute of its clock.
///
/// # Errors
///
/// [`HealthError`].
pub fn check(board: &BoardBench, exchanges: u32) -> Result<Health, HealthError> {
    let (mut bench, low_latency) = board.open(None, DEADLINES)?;
    let nvm = Box::new([0xff; NVM_LEN]);
    let hello = bench.boot(&power_on(&nvm), &nvm)?;
    let mut latencies_us = Vec::new();
    let mut reaction = Reaction::default();
    for number in 0..exchanges {
        let stimulus = quiet_minute(number.into());
        let begun = Instant::now();
        if bench.exchange(&stimulus, &mut reaction)? == Exchange::Hung {
            return Err(HealthError::Hung { number: number + 1 });
        }
        latencies_us.push(u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX));
    }
    latencies_us.sort_unstable();
    let not_safe = bench.make_safe().err().map(|error| error.to_string());
    Ok(Health {
        hello,
        latencies_us,
        link: bench.statistics(),
        low_latency,
        not_safe,
    })
}

/// A power-on at the start of the pump's clock, with this memory.
#[must_use]
pub fn power_on(nvm: &[u8; NVM_LEN]) -> Boot {
    Boot {
        contract: CONTRACT_VERSION,
        cause: ResetCause::PowerOn,
        clock: PumpTime::ZERO,
        image_crc: checksum(nvm),
    }
}

/// Pins with nothing happening, one exchange per minute of the pump's clock; number 0 is the first
/// after Boot.
#[must_use]
pub fn quiet_minute(number: u64) -> Stimulus {
    Stimulus {
        wake: if number == 0 {
            WakeReasons::BOOT
        } else {
            WakeReasons::TIMER
        },
        clock: PumpTime::from_millis(number * 60_000),
        supply_mv: 2800,
        supply_min_mv: 2790,
        temperature_centi_c: 3700,
        ..Stimulus::default()
    }
}
