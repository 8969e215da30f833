//! The dose that a prescription and the boluses granted under it allow within a window of time.
//!
//! `allowance.rs` combines these for sliding windows.

use crate::run::{CommandRecord, Prescribed, RunHistory};
use thecal_plan::{Basal, PatientBolus, Request};
use thecal_units::{Mass, Millis, SimTime, Volume, real};

/// The highest sum of patient boluses within any window of this length. Unit: ug.
///
/// Boluses start at least one lockout apart and each is delivered evenly over its duration, so the
/// fullest window starts with a bolus: `floor(W/L)` whole ones and a part of the next. No more than
/// the daily maximum may start in 24 hours; the late part of one bolus and the early part of
/// another 24 hours later add up to at most one, so the cap holds for windows up to 24 hours.
pub(super) fn bolus_allowance_ug(bolus: &PatientBolus, window: Millis) -> f64 {
    let dose_ug = real::Mass::from(bolus.dose).as_micrograms();
    let (window_s, lockout_s) = (window.as_secs_f64(), bolus.lockout.as_secs_f64());
    let duration_s = bolus.duration.as_secs_f64();
    let cap = f64::from(bolus.daily_maximum);
    if lockout_s <= 0.0 {
        return cap * dose_ug;
    }
    let whole = (window_s / lockout_s).floor();
    let rest_s = window_s - whole * lockout_s;
    let part = if duration_s > 0.0 {
        (rest_s / duration_s).min(1.0)
    } else {
        1.0
    };
    (whole + part).min(cap) * dose_ug
}

/// The patient boluses that may have been granted, with a running total of their doses, and the
/// continuous doses and clinicians' boluses.
///
/// A bolus that was not granted must not hide a continuous dose that is too high.
pub(super) struct Granted {
    /// When each began, and the total dose up to and including it. Unit: ug.
    totals: Vec<(SimTime, f64)>,
    /// The longest time a bolus may take: until its lockout ends.
    reach: Millis,
    /// The highest continuous dose of each entry of [`RunHistory::prescribed`].
    pub(super) basals: Vec<Basal>,
    /// How far the pump's idea of the time may be off in total.
    pub(super) slack: Millis,
    /// In order of their starts.
    pub(super) clinician: Vec<ClinicianBolus>,
}

/// A clinician's bolus, and the last instant at which it may still be delivered.
pub(super) struct ClinicianBolus {
    pub(super) from: SimTime,
    pub(super) until: SimTime,
    pub(super) ug: f64,
}

impl Granted {
    pub(super) fn of(history: &RunHistory) -> Self {
        let (mut totals, mut total, mut reach) = (Vec::new(), 0.0, Millis::ZERO);
        for record in history
            .commands
            .iter()
            .filter(|record| may_be_grant(record))
        {
            let Some(bolus) = in_force(history, record).and_then(Prescribed::patient_bolus) else {
                continue;
            };
            total += real::Mass::from(bolus.dose).as_micrograms();
            reach = reach.max(longest(&bolus));
            totals.push((record.at, total));
        }
        let slack = clock_slack(history, SimTime::ZERO, SimTime::NEVER);
        let basal = |prescribed: &Prescribed| {
            Basal::of(&prescribed.therapy, history.starts, slack + ROUNDING)
        };
        let clinician = |prescribed: &Prescribed| {
            let (dose, duration) = prescribed.clinician_bolus?;
            Some(ClinicianBolus {
                from: prescribed.from,
                until: prescribed.from + clinician_reach(prescribed, dose, duration),
                ug: real::Mass::from(dose).as_micrograms(),
            })
        };
        Self {
            totals,
            reach,
            basals: history.prescribed.iter().map(basal).collect(),
            slack,
            clinician: history.prescribed.iter().filter_map(clinician).collect(),
        }
    }

    /// The total dose that may have been delivered from `start` to `end`, and the last end of a
    /// window of this length for which that holds. Unit: ug.
    pub(super) fn within_ug(&self, start: SimTime, end: SimTime, window: Millis) -> (f64, SimTime) {
        let total = |count: usize| {
            let last = count.checked_sub(1).and_then(|last| self.totals.get(last));
            last.map_or(0.0, |&(_, total)| total)
        };
        let before = start.before(self.reach);
        let begun = self.totals.partition_point(|&(at, _)| at <= end);
        let gone = self.totals.partition_point(|&(at, _)| at < before);
        let begins = self
            .totals
            .get(begun)
            .map_or(SimTime::NEVER, |&(at, _)| at.before(Millis::from_millis(1)));
        let leaves = self.totals.get(gone);
        let leaves = leaves.map_or(SimTime::NEVER, |&(at, _)| at + self.reach + window);
        (total(begun) - total(gone), begins.min(leaves))
    }
}

/// Steps that may fall into a window although they belong before or after it: one in progress at
/// each end, and eight that a pump saves up to measure its battery under load. Source: design
/// (REQ-BAT-001).
const LOOSE_STEPS: u64 = 2 + 8;
/// A schedule change may come this much late or early. Source: ours, a pump counts in ticks.
const ROUNDING: Millis = Millis::SECOND;

/// How much the pump may mismeasure the time between two instants without being to blame.
pub(super) fn clock_slack(history: &RunHistory, from: SimTime, until: SimTime) -> Millis {
    let doubts = history.clock_doubts.iter();
    let within = doubts.filter(|&&(at, _)| from <= at && at <= until);
    within.fold(Millis::ZERO, |sum, &(_, doubt)| sum + doubt)
}

/// How much longer than truly the pump may find the time between two instants without being to
/// blame: what excuses a bolus that comes too early.
pub(super) fn clock_ahead(history: &RunHistory, from: SimTime, until: SimTime) -> Millis {
    let ahead = history.clock_ahead.iter();
    let within = ahead.filter(|&&(at, _)| from <= at && at <= until);
    within.fold(Millis::ZERO, |sum, &(_, ahead)| sum + ahead)
}

/// The pump answered that it granted, or the answer was lost.
fn may_be_grant(record: &CommandRecord) -> bool {
    matches!(record.request, Request::PatientBolus { .. })
        && record.reached
        && !record.replayed
        && (record.obeyed() || record.answer.is_none())
}

/// What was in force when the command came, before any other command of the same instant.
pub(super) fn in_force<'s>(
    history: &'s RunHistory,
    record: &CommandRecord,
) -> Option<&'s Prescribed> {
    history.prescribed.get(record.prescribed.checked_sub(1)?)
}

/// How long a granted bolus may take: late steps belong to it until its lockout ends.
pub(super) fn longest(bolus: &PatientBolus) -> Millis {
    bolus.lockout.max(bolus.duration + Millis::MINUTE)
}

/// The highest delivery of a pump per day; anything requested faster is delivered later. Source:
/// pump.md 1.1, REQ-MET-005.
const FASTEST_A_DAY: Volume = Volume::from_nanoliters(24_000_000);

/// How long a clinician's bolus may take: its duration, or the time the fastest pump needs for it
/// in addition to the continuous dose.
pub(super) fn clinician_reach(prescribed: &Prescribed, dose: Mass, duration: Millis) -> Millis {
    let micrograms = |mass| real::Mass::from(mass).as_micrograms();
    let most = micrograms(FASTEST_A_DAY.dose_round_down(prescribed.concentration()));
    let basal = micrograms(
        prescribed
            .therapy
            .highest_rate()
            .dose_round_down(Millis::DAY),
    );
    let asked = micrograms(dose) * Millis::DAY.as_secs_f64();
    if asked <= (most - basal) * duration.as_secs_f64() {
        return duration;
    }
    if most <= basal {
        // With a continuous dose at the fastest rate it never ends.
        return Millis::from_millis(u64::MAX);
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "above zero, and a float that is too large saturates"
    )]
    let secs = (asked / (most - basal)).ceil() as u64;
    Millis::from_secs(secs) + Millis::MINUTE
}

/// The drug in [`LOOSE_STEPS`]; at the old concentration if that is higher and bridged. Unit: ug.
pub(super) fn loose_steps_ug(prescribed: &Prescribed, history: &RunHistory) -> f64 {
    let concentration = prescribed.concentration();
    let strongest = concentration.max(prescribed.bridged.unwrap_or(concentration));
    let steps: Mass = history
        .step_volume
        .times(LOOSE_STEPS)
        .dose_round_down(strongest);
    real::Mass::from(steps).as_micrograms()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fullest_window_starts_with_a_bolus() {
        let bolus = PatientBolus {
            dose: Mass::from_nanograms(100_000),
            duration: Millis::MINUTE.times(10),
            lockout: Millis::HOUR,
            daily_maximum: 6,
        };
        let allowed = |window| bolus_allowance_ug(&bolus, window);
        assert!((allowed(Millis::MINUTE.times(5)) - 50.0).abs() < 1e-9);
        assert!((allowed(Millis::HOUR) - 100.0).abs() < 1e-9);
        assert!((allowed(Millis::MINUTE.times(65)) - 150.0).abs() < 1e-9);
        assert!((allowed(Millis::DAY) - 600.0).abs() < 1e-9);
    }
}
