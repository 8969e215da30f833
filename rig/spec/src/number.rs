//! Counts as numbers.

/// A count as a number for comparison with others.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub(crate) const fn as_f64(count: u64) -> f64 {
    count as f64
}
