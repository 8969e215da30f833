//! Boluses as they were granted or ordered: when each begins and ends, how fast it runs, and what cuts it.

use super::due::Scale;
use super::stalls::Missed;
use crate::boundary::{Boundary, Hurt};
use crate::clock::SLEEP;
use crate::number::as_f64;
use crate::requests::at_the_highest_rate;
use crate::told::{Known, Told};
use thecal_plan::{DuringBolus, Profile};
use thecal_units::{Mass, Millis, SimTime};

/// A bolus.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bolus {
    pub(super) from: SimTime,
    /// Until when it is given for certain, whole or cut.
    pub(super) surely_until: SimTime,
    /// When it has ended.
    pub(super) until: SimTime,
    /// Unit: steps per millisecond.
    pub(super) least: f64,
    pub(super) most: f64,
    /// Whether the continuous infusion pauses meanwhile.
    pub(super) replaces: bool,
}

/// From the first instant to the second.
type Span = (SimTime, SimTime);

/// From an exchange to the end of the next one. Source: ours.
const EXCHANGE: Millis = Millis::from_millis(10);

/// What ends a bolus.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cut {
    pub(super) at: SimTime,
    /// Whether it certainly came.
    certain: bool,
    /// How many packets had been sent by then: a bolus of a later one it does not end.
    sent: usize,
}

impl Cut {
    /// What the pins show, which comes before the packets of its instant.
    const fn pins(at: SimTime, certain: bool) -> Self {
        Self {
            at,
            certain,
            sent: usize::MAX,
        }
    }

    /// What came behind a packet of its instant.
    fn behind(at: SimTime, sent: usize, certain: bool) -> Self {
        Self {
            at: at + Millis::from_millis(1),
            certain,
            sent,
        }
    }
}

/// When something begins, and how many packets had been sent by then, its own included.
pub(super) type Begun = (SimTime, usize);

/// Doses, lengths and certainty of all boluses, in order.
pub(super) fn boluses(
    boundary: &Boundary<'_>,
    told: &Told,
    profile: &Profile,
    cuts: &[Cut],
) -> Vec<Bolus> {
    let granted = told.grants.iter();
    let granted = granted.map(|grant| ((grant.at, grant.sent), None, grant.in_doubt));
    let ordered = told.ordered.iter();
    let ordered = ordered.map(|order| {
        let begun = (order.at, order.sent);
        (begun, Some((order.dose, order.duration)), order.in_doubt)
    });
    let mut all: Vec<_> = granted.chain(ordered).collect();
    all.sort_by_key(|&(begun, ..)| begun);
    let given = |&(begun, ordered, in_doubt): &(Begun, Option<(Mass, Millis)>, bool)| {
        let (at, _) = begun;
        let therapies = told.therapies_at(at);
        let crystal = Scale::of(boundary.step, boundary.crystal.ppm).crystal;
        // Under each prescription that may be in force: the rate at least and at most, and how long.
        let under = therapies.iter().filter_map(|therapy| {
            let granted = || therapy.patient_bolus.map(|it| (it.dose, it.duration));
            let (dose, duration) = ordered.or_else(granted)?;
            let volume = dose.volume_round_down(therapy.concentration);
            let steps = as_f64(volume.whole_parts(boundary.step));
            let given = (dose, duration);
            let (shortest, longest) = at_the_highest_rate(therapy, given, boundary.step, profile);
            let rate = |over: Millis| steps / as_f64(over.as_millis().max(1)) * crystal;
            Some((rate(longest), rate(shortest), longest))
        });
        let (least, most, longest) = under
            .reduce(|one, other| (one.0.min(other.0), one.1.max(other.1), one.2.max(other.2)))?;
        let end = boundary.crystal.after(at, longest) + Millis::from_millis(1);
        let (more, less) = boundary.crystal.bent(at, end, profile.unnoticed);
        let (surely_until, until) = until(begun, (end.before(more), end + less), cuts);
        let recorded = !boundary.lost_writes_of(at);
        let certain = !in_doubt && therapies.len() == 1 && recorded;
        let hurt = boundary
            .injuries
            .iter()
            .any(|injury| at <= injury.at && injury.at <= end && injury.hurt != Hurt::Exchange);
        Some(Bolus {
            from: at,
            surely_until,
            until,
            least: if certain && !hurt { least } else { 0.0 },
            most,
            replaces: therapies
                .iter()
                .any(|it| it.during_bolus == DuringBolus::Replace),
        })
    };
    all.iter().filter_map(given).collect()
}

/// Until when what has begun goes on: surely, and at most.
pub(super) fn until(
    (from, sent): Begun,
    (early, late): (SimTime, SimTime),
    cuts: &[Cut],
) -> (SimTime, SimTime) {
    let behind = cuts.partition_point(|cut| cut.at <= from);
    let later = cuts.get(behind..).unwrap_or_default().iter();
    let mut later = later.filter(|cut| cut.sent >= sent);
    let first = later.clone().next();
    let first = first.map_or(early, |cut| cut.at.min(early));
    let certain = later.find(|cut| cut.certain);
    (first, certain.map_or(late, |cut| cut.at.min(late)))
}

/// What ends a bolus, in order; whether it is one that a hold ends as well, as it does all but priming ones.
pub(super) fn cuts(
    boundary: &Boundary<'_>,
    told: &Told,
    missed: &Missed<'_>,
    (empty, may_be_empty): (&[Span], &[Span]),
    by_holds: bool,
) -> Vec<Cut> {
    // An order of the same instant came after it: before it, the bolus would have been refused.
    let stops = told.running.iter().filter(|it| it.value != Known::Yes);
    let stops = stops.map(|stop| Cut::behind(stop.at, stop.sent, stop.value == Known::No));
    let holds = told.sessions.iter().filter(|it| it.hold && by_holds);
    let holds = holds.map(|session| Cut::behind(session.from, usize::MAX, !session.in_doubt));
    let boots = boundary.boots.iter().map(|boot| {
        let last = boot.packets.checked_sub(1);
        let last = last.and_then(|last| boundary.packets.get(last));
        if last.is_some_and(|packet| packet.at == boot.at) {
            Cut::behind(boot.at, boot.packets, true)
        } else {
            Cut::pins(boot.at, true)
        }
    });
    let dark = boundary.absences.iter().filter(|absence| absence.dark);
    let dark = dark.map(|absence| Cut::pins(absence.from, true));
    // A core that stands leaves the motor the train that it has begun (REQ-WDG-002). If it goes on, so does
    // the bolus.
    let halts = boundary.absences.iter().filter(|absence| !absence.dark);
    let halts = halts.filter(|halt| boundary.boots.iter().any(|boot| boot.at == halt.until));
    let halts = halts.flat_map(|halt| {
        let last = halt.until.min(halt.from + SLEEP);
        [Cut::pins(halt.from, false), Cut::pins(last, true)]
    });
    let stalls = missed.stalls.iter().map(|&(at, _)| Cut::pins(at, true));
    // One before may have been over sooner than the pins show.
    let perhaps = missed.perhaps.iter();
    let stalls = stalls.chain(perhaps.map(|&at| Cut::pins(at, false)));
    let perhaps = may_be_empty.iter().map(|&(at, _)| Cut::pins(at, false));
    let empty = empty.iter().map(|&(at, _)| Cut::pins(at, true));
    // The pump finds it at its next wake-up.
    let flips = boundary.bolus_flips();
    let flips = flips.flat_map(|at| [Cut::pins(at, false), Cut::pins(at + SLEEP + EXCHANGE, true)]);
    let all = stops
        .chain(holds)
        .chain(flips)
        .chain(boots)
        .chain(dark)
        .chain(halts);
    let mut all: Vec<Cut> = all.chain(stalls).chain(perhaps).chain(empty).collect();
    all.sort_by_key(|cut| cut.at);
    all
}
