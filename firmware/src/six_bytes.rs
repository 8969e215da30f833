//! Numbers and instants in six bytes, for records that have to fit one Reaction.

use thecal_link::buffer::{Reader, Writer};
use thecal_units::PumpTime;

/// The largest number of six bytes: no instant. As an instant it is in the year 8900.
const NEVER: u64 = (1 << 48) - 1;

/// Appends a number of 48 bits; a larger one is cut to the largest.
pub(crate) fn put_u48(out: &mut Writer<'_>, value: u64) {
    let [a, b, c, d, e, f, _, _] = value.min(NEVER).to_le_bytes();
    out.bytes(&[a, b, c, d, e, f]);
}

/// Reads what [`put_u48`] wrote.
pub(crate) fn take_u48(from: &mut Reader<'_>) -> Option<u64> {
    let [a, b, c, d, e, f] = from.array().ok()?;
    Some(u64::from_le_bytes([a, b, c, d, e, f, 0, 0]))
}

/// Appends an instant or none in six bytes.
pub(crate) fn put_instant(out: &mut Writer<'_>, instant: Option<PumpTime>) {
    put_u48(out, instant.map_or(NEVER, PumpTime::as_millis));
}

/// Reads what [`put_instant`] wrote.
pub(crate) fn take_instant(from: &mut Reader<'_>) -> Option<Option<PumpTime>> {
    let millis = take_u48(from)?;
    Some((millis != NEVER).then(|| PumpTime::from_millis(millis)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_is_taken_and_what_is_too_large_is_none() {
        for (put, taken) in [
            (None, None),
            (Some(0), Some(0)),
            (Some(NEVER - 1), Some(NEVER - 1)),
            (Some(u64::MAX), None),
        ] {
            let mut bytes = [0; 6];
            let instant = put.map(PumpTime::from_millis);
            put_instant(&mut Writer::new(&mut bytes), instant);
            let found = take_instant(&mut Reader::new(&bytes));
            assert_eq!(found, Some(taken.map(PumpTime::from_millis)));
        }
    }
}
