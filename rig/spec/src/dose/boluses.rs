//! Boluses as they were granted or ordered: when each begins and ends, how fast it runs, and what cuts it.

use super::due::Scale;
use super::stalls::Missed;
use crate::boundary::{Boundary, Hurt};
use crate::number::as_f64;
use crate::told::{Known, Told};
use thecal_plan::{DuringBolus, Profile};
use thecal_units::{Mass, Millis, SimTime};

/// The longest that a pump sleeps. Source: REQ-WDG-001.
const LONGEST_SLEEP: Millis = Millis::MINUTE.times(2);

/// A bolus.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bolus {
    pub(super) from: SimTime,
    /// When it ends, whole or cut.
    pub(super) until: SimTime,
    /// Unit: steps per millisecond.
    pub(super) least: f64,
    pub(super) most: f64,
    /// Whether the continuous infusion pauses meanwhile.
    pub(super) replaces: bool,
}

/// Doses, lengths and certainty of all boluses, in order.
pub(super) fn boluses(
    boundary: &Boundary<'_>,
    told: &Told,
    profile: &Profile,
    missed: &Missed<'_>,
    empty: &[(SimTime, SimTime)],
) -> Vec<Bolus> {
    let scale = Scale::of(boundary.step, boundary.crystal.ppm);
    let granted = told.grants.iter().filter_map(|grant| {
        let bolus = told
            .therapies_at(grant.at)
            .iter()
            .find_map(|it| it.patient_bolus)?;
        Some((grant.at, bolus.dose, bolus.duration, grant.in_doubt))
    });
    let ordered = told.ordered.iter();
    let ordered = ordered.map(|order| (order.at, order.dose, order.duration, order.in_doubt));
    let mut all: Vec<_> = granted.chain(ordered).collect();
    all.sort_by_key(|&(at, ..)| at);
    let cuts = cuts(boundary, told, missed, empty);
    let given = |&(at, dose, duration, in_doubt): &(SimTime, Mass, Millis, bool)| {
        let therapy = told.therapies_at(at).first()?;
        let steps = scale.steps_of(dose, therapy.concentration);
        let replaces = therapy.during_bolus == DuringBolus::Replace;
        let fastest = scale
            .steps_per_ms(thecal_units::real::Volume::from(profile.fastest_a_day).as_milliliters());
        let beside = if replaces {
            0.0
        } else {
            super::basal::continuous(boundary, told, profile, at, &scale).1
        };
        let asked = steps / as_f64(duration.as_millis().max(1)) * scale_of(boundary);
        let rate = asked.min((fastest - beside).max(f64::MIN_POSITIVE));
        let lasts = (steps / rate).ceil();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "above zero, and a float that is too large saturates"
        )]
        let end = at + Millis::from_millis(lasts as u64);
        let behind = cuts.partition_point(|&(cut, _)| cut <= at);
        let cut = cuts.get(behind);
        let until = cut.map_or(end, |&(cut, _)| cut.min(end));
        let certain = !in_doubt && told.therapies_at(at).len() == 1;
        let hurt = boundary
            .injuries
            .iter()
            .any(|injury| at <= injury.at && injury.at <= end && injury.hurt != Hurt::Exchange);
        Some(Bolus {
            from: at,
            until,
            least: if certain && !hurt { rate } else { 0.0 },
            most: rate,
            replaces,
        })
    };
    all.iter().filter_map(given).collect()
}

/// What the crystal counts in a true millisecond.
fn scale_of(boundary: &Boundary<'_>) -> f64 {
    1.0 + f64::from(boundary.crystal.ppm) / 1e6
}

/// What ends a bolus, in order: the instant, and whether it certainly came.
fn cuts(
    boundary: &Boundary<'_>,
    told: &Told,
    missed: &Missed<'_>,
    empty: &[(SimTime, SimTime)],
) -> Vec<(SimTime, bool)> {
    let stops = told.running.iter().filter(|it| it.value != Known::Yes);
    let stops = stops.map(|stop| (stop.at, stop.value == Known::No));
    let holds = told.sessions.iter().filter(|session| session.hold);
    let holds = holds.map(|session| (session.from, !session.in_doubt));
    let boots = boundary.boots.iter().map(|boot| (boot.at, true));
    // A core that stands leaves the motor the train that it has begun (REQ-WDG-002).
    let absences = boundary.absences.iter().map(|absence| {
        let from = if absence.dark {
            absence.from
        } else {
            absence.until.min(absence.from + LONGEST_SLEEP)
        };
        (from, true)
    });
    let stalls = missed.stalls.iter().map(|&(at, _)| (at, true));
    let empty = empty.iter().map(|&(at, _)| (at, true));
    let all = stops.chain(holds).chain(boots).chain(absences);
    let mut all: Vec<_> = all.chain(stalls).chain(empty).collect();
    all.sort_unstable();
    all
}
