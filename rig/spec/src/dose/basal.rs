//! The continuous infusion as its prescription asks for it, and how far the pump's calendar may be off.

use super::due::{Scale, flow};
use crate::boundary::Boundary;
use crate::record::time::unseen;
use crate::told::Told;
use thecal_plan::{Infusion, Profile, WEEK, starts};
use thecal_units::{Millis, SimTime};

/// A pump counts in ticks: a step of a schedule may come this much early or late. Source: ours.
const ROUNDING: Millis = Millis::SECOND;

/// The least and the most of the continuous infusion, whatever else is going on. Unit: steps per
/// millisecond.
pub(super) fn continuous(
    boundary: &Boundary<'_>,
    told: &Told,
    profile: &Profile,
    instant: SimTime,
    scale: &Scale,
) -> (f64, f64) {
    let programmed = told.programmed.partition_point(|then| *then <= instant);
    let programmed = programmed
        .checked_sub(1)
        .and_then(|nth| told.programmed.get(nth));
    let Some(&programmed) = programmed else {
        return (0.0, 0.0);
    };
    let slack = slack(boundary, profile.unnoticed, programmed, instant);
    let set = boundary.starts.as_millis() + programmed.as_millis();
    let now = set + boundary.crystal.counted(programmed, instant).as_millis();
    let mut flows = Vec::new();
    for therapy in told.therapies_at(instant) {
        let concentration = therapy.concentration;
        let mut see = |time: u64| {
            flows.push(flow(therapy, concentration, Millis::from_millis(time)));
        };
        see(now);
        if let Infusion::Flex(week) = &therapy.infusion {
            let first = (now + WEEK.as_millis()).saturating_sub(slack.as_millis());
            let last = now + WEEK.as_millis() + slack.as_millis();
            see(first);
            see(last);
            for (step, _) in starts(week) {
                let begins = first - first % WEEK.as_millis() + step.as_millis();
                for begins in [begins, begins + WEEK.as_millis()] {
                    if first <= begins && begins <= last {
                        see(begins);
                    }
                }
            }
        }
    }
    let least = flows.iter().copied().fold(f64::INFINITY, f64::min);
    let most = flows.iter().copied().fold(0.0, f64::max);
    if flows.is_empty() {
        return (0.0, 0.0);
    }
    (scale.steps_per_ms(least), scale.steps_per_ms(most))
}

/// By how much the pump's calendar may be off at an instant, if it may take a jump up to `unnoticed` for
/// sleep.
pub(super) fn slack(
    boundary: &Boundary<'_>,
    unnoticed: Millis,
    programmed: SimTime,
    instant: SimTime,
) -> Millis {
    let mut slack = ROUNDING + boundary.crystal.doubt(programmed, instant, unnoticed);
    for &(jump, by) in &boundary.crystal.jumps {
        // What no exchange has shown before a boot is taken for time that has passed.
        let absent = unseen(boundary, jump).is_some();
        if absent && programmed <= jump && jump <= instant {
            slack += Millis::from_millis(by.unsigned_abs());
        }
    }
    slack
}
