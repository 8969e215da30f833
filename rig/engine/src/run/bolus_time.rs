//! How long a bolus takes: the time that was ordered, or what the fastest pump needs for it.

use thecal_plan::Therapy;
use thecal_units::{Mass, Millis, Volume, real};

/// The highest delivery of a pump per day; anything requested faster is delivered later. Source:
/// pump.md 1.1, REQ-MET-005.
const FASTEST_A_DAY: Volume = Volume::from_nanoliters(24_000_000);

/// The time over which a bolus is given: its duration, longer if the pump's highest flow does not
/// suffice (REQ-BOL-021). Beside it the continuous infusion runs at its highest rate if `added`.
/// `None`: with an infusion at the highest flow it never ends.
pub(crate) fn bolus_time(
    therapy: &Therapy,
    (dose, duration): (Mass, Millis),
    added: bool,
) -> Option<Millis> {
    let micrograms = |mass| real::Mass::from(mass).as_micrograms();
    let most = micrograms(FASTEST_A_DAY.dose_round_down(therapy.concentration));
    let basal = if added {
        micrograms(therapy.highest_rate().dose_round_down(Millis::DAY))
    } else {
        0.0
    };
    let asked = micrograms(dose) * Millis::DAY.as_secs_f64();
    if asked <= (most - basal) * duration.as_secs_f64() {
        return Some(duration);
    }
    if most <= basal {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "above zero, and a float that is too large saturates"
    )]
    let secs = (asked / (most - basal)).ceil() as u64;
    Some(Millis::from_secs(secs))
}
