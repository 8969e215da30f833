//! The ranges of what a clinician may program, and the steps that a prescription means.
//!
//! Checked behind authentication and again after each reset (REQ-TEL-006).

use crate::metering::{RATE_MAX, Rate, STEP, STEP_VOLUME};
use core::ops::RangeInclusive;
use thecal_link::telemetry::Prescription;
use thecal_units::{Concentration, FlowRate, Mass, Millis, Volume};

/// Unit: ng/mL, 1 ug/mL to 50 mg/mL. Source: ziconotide 25 ug/mL to morphine 50 mg/mL, with room.
const CONCENTRATION: RangeInclusive<u32> = 1_000..=50_000_000;
/// Unit: nL/day. Source: pump.md 1.1, 0.006 to 24 mL/day.
const FLOW: RangeInclusive<u32> = 6_000..=24_000_000;
/// Alarm intervals, lockout, bolus durations. Unit: millisecond, 1 min to 24 h.
const SPAN: RangeInclusive<u64> = Millis::MINUTE.as_millis()..=Millis::DAY.as_millis();
/// Most patient boluses a day that can be programmed.
const DAILY_MAXIMUM: u8 = 50;
/// Largest reservoir. Source: pump.md 1.1, 40 mL.
pub(crate) const CAPACITY: Volume = Volume::from_nanoliters(40_000_000);

/// A bolus as the motor gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BolusPlan {
    pub(crate) steps: u64,
    /// Stretched where the total rate would pass 24 mL/day.
    pub(crate) duration: Millis,
}

/// Whether every field lies in its range and the fields fit together.
pub(crate) fn is_valid(prescription: &Prescription) -> bool {
    let flow = prescription
        .dose
        .flow_round_down(prescription.concentration);
    is_concentration(prescription.concentration)
        && (flow == FlowRate::ZERO || FLOW.contains(&flow.as_nl_per_day()))
        && SPAN.contains(&prescription.critical_interval.as_millis())
        && SPAN.contains(&prescription.non_critical_interval.as_millis())
        && prescription.low_reservoir < CAPACITY
        && is_bolus_valid(prescription)
}

/// Whether a reservoir can hold it.
pub(crate) fn is_concentration(concentration: Concentration) -> bool {
    CONCENTRATION.contains(&concentration.as_ng_per_ml())
}

fn is_bolus_valid(prescription: &Prescription) -> bool {
    if prescription.bolus_dose == Mass::ZERO {
        return true;
    }
    let plan = plan_bolus(
        prescription,
        prescription.bolus_dose,
        prescription.bolus_duration,
    );
    SPAN.contains(&prescription.lockout.as_millis())
        && prescription.daily_maximum <= DAILY_MAXIMUM
        && plan.is_some_and(|plan| plan.duration <= prescription.lockout)
}

/// The steps and the time of a bolus of this dose on top of the continuous infusion (REQ-BOL-002):
/// whole steps, rounded down; `None` where it is out of range.
pub(crate) fn plan_bolus(
    prescription: &Prescription,
    dose: Mass,
    duration: Millis,
) -> Option<BolusPlan> {
    if !SPAN.contains(&duration.as_millis()) {
        return None;
    }
    let steps = dose
        .volume_round_down(prescription.concentration)
        .whole_parts(STEP_VOLUME);
    if steps == 0 {
        return None;
    }
    let basal = Rate::basal(prescription.dose, prescription.concentration);
    let room = RATE_MAX.checked_sub(basal.round_down())?;
    let least = (u128::from(steps) * u128::from(STEP)).checked_div(u128::from(room))?;
    let least = Millis::from_millis(u64::try_from(least).ok()?) + Millis::from_millis(1);
    let fits = Rate::spread(steps, duration).round_down() < room;
    let duration = if fits { duration } else { least.max(duration) };
    SPAN.contains(&duration.as_millis())
        .then_some(BolusPlan { steps, duration })
}

#[cfg(test)]
mod tests {
    use super::*;
    use thecal_units::DoseRate;

    fn example() -> Prescription {
        Prescription {
            concentration: Concentration::from_ng_per_ml(10_000_000),
            dose: DoseRate::from_ng_per_day(5_000_000),
            bolus_dose: Mass::from_nanograms(200_000),
            bolus_duration: Millis::from_secs(1_200),
            lockout: Millis::HOUR.times(4),
            daily_maximum: 4,
            low_reservoir: Volume::from_nanoliters(2_000_000),
            critical_interval: Millis::from_secs(600),
            non_critical_interval: Millis::HOUR,
        }
    }

    /// Verifies REQ-TEL-006.
    #[test]
    fn takes_the_ends_of_the_flow_range_and_nothing_beyond() {
        for (ng_per_day, valid) in [
            (0, true),
            (59_999, false),
            (60_000, true),
            (240_000_000, true),
            (240_000_010, false),
        ] {
            let mut prescription = example();
            prescription.bolus_dose = Mass::ZERO;
            prescription.dose = DoseRate::from_ng_per_day(ng_per_day);
            assert_eq!(is_valid(&prescription), valid, "{ng_per_day} ng/day");
        }
    }

    /// Verifies REQ-BOL-002, REQ-MET-005.
    #[test]
    fn a_bolus_that_is_too_fast_is_stretched_to_the_largest_rate() {
        let prescription = example();
        let dose = Mass::from_nanograms(10_000_000);
        let plan = plan_bolus(&prescription, dose, Millis::MINUTE).expect("in range");
        assert_eq!(plan.steps, 200_000);
        // 1 mL at 23.5 mL/day.
        let hours = plan.duration.as_millis() / 3_600_000;
        assert_eq!(hours, 1);
        assert!(Rate::spread(plan.steps, plan.duration).round_down() < RATE_MAX);
    }

    /// Verifies REQ-TEL-006.
    #[test]
    fn a_bolus_longer_than_the_lockout_is_out_of_range() {
        let mut prescription = example();
        prescription.lockout = prescription.bolus_duration;
        assert!(is_valid(&prescription));
        prescription.lockout = Millis::from_secs(1_199);
        assert!(!is_valid(&prescription));
    }
}
