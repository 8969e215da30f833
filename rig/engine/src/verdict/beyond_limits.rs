//! What no pump can hold within its prescribed limits: the continuous dose and clinicians' boluses, as
//! generously as its clock and its steps may be off.
//!
//! `sliding.rs` combines these for sliding windows.

use crate::run::{Prescribed, RunHistory, bolus_time};
use thecal_plan::{Basal, Infusion, Therapy};
use thecal_units::{Mass, Millis, SimTime, real};

/// The continuous doses and clinicians' boluses of a run.
pub(super) struct BeyondLimits {
    /// The highest continuous dose of each entry of [`RunHistory::prescribed`].
    pub(super) basals: Vec<Basal>,
    /// In order of their starts.
    pub(super) clinician: Vec<ClinicianBolus>,
    /// By how much a dose may be seen later than it was driven.
    pub(super) late: Millis,
}

/// A clinician's bolus, and the last instant at which it may still be seen to be delivered.
pub(super) struct ClinicianBolus {
    pub(super) from: SimTime,
    pub(super) until: SimTime,
    pub(super) ug: f64,
}

impl BeyondLimits {
    /// Of doses that are seen this late.
    pub(super) fn of(history: &RunHistory, late: Millis) -> Self {
        let slack = clock_slack(history) + ROUNDING + late;
        let basal =
            |prescribed: &Prescribed| Basal::of(&as_moved(prescribed), history.starts, slack);
        let clinician = |prescribed: &Prescribed| {
            let (dose, duration) = prescribed.clinician_bolus?;
            Some(ClinicianBolus {
                from: prescribed.from,
                until: prescribed.from + clinician_reach(prescribed, dose, duration) + late,
                ug: real::Mass::from(dose).as_micrograms(),
            })
        };
        Self {
            basals: history.prescribed.iter().map(basal).collect(),
            clinician: history.prescribed.iter().filter_map(clinician).collect(),
            late,
        }
    }
}

/// Steps that may fall into a window although they belong before or after it: one in progress at
/// each end, and eight that a pump saves up to measure its battery under load. Source: design
/// (REQ-BAT-001).
const LOOSE_STEPS: u64 = 2 + 8;
/// A schedule change may come this much late or early. Source: ours, a pump counts in ticks.
const ROUNDING: Millis = Millis::SECOND;

/// How much the pump may mismeasure time in all without being to blame.
fn clock_slack(history: &RunHistory) -> Millis {
    let doubts = history.clock_doubts.iter();
    doubts.fold(Millis::ZERO, |sum, &(_, doubt)| sum + doubt)
}

/// How long a clinician's bolus may take: its duration, or the time the fastest pump needs for it
/// in addition to the continuous dose.
pub(super) fn clinician_reach(prescribed: &Prescribed, dose: Mass, duration: Millis) -> Millis {
    match bolus_time(&prescribed.therapy, (dose, duration), true) {
        Some(time) if time == duration => duration,
        Some(extended) => extended + Millis::MINUTE,
        None => Millis::from_millis(u64::MAX),
    }
}

/// The therapy with the strongest drug that its flow may move: the minimum rate is a flow, and moves the old
/// drug of a bridge as fast as the new one (REQ-BOL-043).
pub(super) fn as_moved(prescribed: &Prescribed) -> Therapy {
    let concentration = match (prescribed.therapy.infusion, prescribed.bridged) {
        (Infusion::MinimumRate, Some(old)) => prescribed.concentration().max(old),
        _ => prescribed.concentration(),
    };
    Therapy {
        concentration,
        ..prescribed.therapy
    }
}

/// The drug in [`LOOSE_STEPS`], at the old concentration if that is higher and bridged; and the continuous
/// infusion of as long as it may be seen late. Unit: ug.
pub(super) fn loose_ug(prescribed: &Prescribed, history: &RunHistory, late: Millis) -> f64 {
    let concentration = prescribed.concentration();
    let strongest = concentration.max(prescribed.bridged.unwrap_or(concentration));
    let steps: Mass = history
        .step_volume
        .times(LOOSE_STEPS)
        .dose_round_down(strongest);
    let seen_late = prescribed.therapy.highest_rate().dose_round_down(late);
    real::Mass::from(steps.saturating_add(seen_late)).as_micrograms()
}
