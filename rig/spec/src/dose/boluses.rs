//! Boluses as they were granted or ordered: when each begins and ends, how fast it runs, and what cuts it.

use super::due::Scale;
use super::stalls::Missed;
use crate::boundary::{Answer, Boot, Boundary, Hurt};
use crate::number::as_f64;
use crate::requests::at_the_highest_rate;
use crate::told::{Known, Told};
use thecal_plan::{DuringBolus, Profile, Request};
use thecal_units::{Mass, Millis, SimTime};

/// The longest that a pump sleeps. Source: REQ-WDG-001.
const LONGEST_SLEEP: Millis = Millis::MINUTE.times(2);

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

/// What ends a bolus: the instant, and whether it certainly came.
pub(super) type Cut = (SimTime, bool);

/// Doses, lengths and certainty of all boluses, in order.
pub(super) fn boluses(
    boundary: &Boundary<'_>,
    told: &Told,
    profile: &Profile,
    cuts: &[Cut],
) -> Vec<Bolus> {
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
    let given = |&(at, dose, duration, in_doubt): &(SimTime, Mass, Millis, bool)| {
        let therapies = told.therapies_at(at);
        let crystal = Scale::of(boundary.step, boundary.crystal.ppm).crystal;
        // Under each prescription that may be in force: the rate at least and at most, and how long.
        let under = therapies.iter().map(|therapy| {
            let volume = dose.volume_round_down(therapy.concentration);
            let steps = as_f64(volume.whole_parts(boundary.step));
            let given = (dose, duration);
            let (shortest, longest) = at_the_highest_rate(therapy, given, boundary.step, profile);
            let rate = |over: Millis| steps / as_f64(over.as_millis().max(1)) * crystal;
            (rate(longest), rate(shortest), longest)
        });
        let (least, most, longest) = under
            .reduce(|one, other| (one.0.min(other.0), one.1.max(other.1), one.2.max(other.2)))?;
        let end = boundary.crystal.after(at, longest) + Millis::from_millis(1);
        let (more, less) = boundary.crystal.bent(at, end, profile.unnoticed);
        let (surely_until, until) = until(at, (end.before(more), end + less), cuts);
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

/// Until when what begins at an instant goes on: surely, and at most.
pub(super) fn until(
    from: SimTime,
    (early, late): (SimTime, SimTime),
    cuts: &[Cut],
) -> (SimTime, SimTime) {
    let behind = cuts.partition_point(|&(cut, _)| cut <= from);
    let mut later = cuts.get(behind..).unwrap_or_default().iter();
    let first = later
        .clone()
        .next()
        .map_or(early, |&(cut, _)| cut.min(early));
    let certain = later.find(|(_, certain)| *certain);
    (first, certain.map_or(late, |&(cut, _)| cut.min(late)))
}

/// Whether of a stop and a priming bolus of one instant the stop came first, which then ends nothing of it.
fn primed_behind(boundary: &Boundary<'_>, at: SimTime) -> bool {
    let mut packets = boundary.packets.iter().filter(|packet| packet.at == at);
    let last = packets.rfind(|packet| {
        let obeyed = matches!(packet.answer, Some(Answer::Done)) && !packet.replayed;
        obeyed && matches!(packet.request, Request::Stop | Request::PrimingBolus)
    });
    last.is_some_and(|packet| *packet.request == Request::PrimingBolus)
}

/// What ends a bolus, in order; whether it is one that a hold ends as well, as it does all but priming ones.
pub(super) fn cuts(
    boundary: &Boundary<'_>,
    told: &Told,
    missed: &Missed<'_>,
    (empty, may_be_empty): (&[Span], &[Span]),
    by_holds: bool,
) -> Vec<Cut> {
    let stops = told.running.iter().filter(|it| it.value != Known::Yes);
    let stops = stops.filter(|it| by_holds || !primed_behind(boundary, it.at));
    // An order of the same instant came after it: before it, the bolus would have been refused.
    let after = |at: SimTime| at + Millis::from_millis(1);
    let stops = stops.map(|stop| (after(stop.at), stop.value == Known::No));
    let holds = told.sessions.iter().filter(|it| it.hold && by_holds);
    let holds = holds.map(|session| (after(session.from), !session.in_doubt));
    // So does a boot behind a packet of its instant.
    let behind = |boot: &Boot| {
        let last = boot.packets.checked_sub(1);
        let last = last.and_then(|last| boundary.packets.get(last));
        last.is_some_and(|packet| packet.at == boot.at)
    };
    let boots = boundary.boots.iter().map(|boot| {
        let at = if behind(boot) {
            after(boot.at)
        } else {
            boot.at
        };
        (at, true)
    });
    let dark = boundary.absences.iter().filter(|absence| absence.dark);
    let dark = dark.map(|absence| (absence.from, true));
    // A core that stands leaves the motor the train that it has begun (REQ-WDG-002). If it goes on, so does
    // the bolus.
    let halts = boundary.absences.iter().filter(|absence| !absence.dark);
    let halts = halts.filter(|halt| boundary.boots.iter().any(|boot| boot.at == halt.until));
    let halts = halts.flat_map(|halt| {
        let last = halt.until.min(halt.from + LONGEST_SLEEP);
        [(halt.from, false), (last, true)]
    });
    let stalls = missed.stalls.iter().map(|&(at, _)| (at, true));
    // One before may have been over sooner than the pins show.
    let stalls = stalls.chain(missed.perhaps.iter().map(|&at| (at, false)));
    let perhaps = may_be_empty.iter().map(|&(at, _)| (at, false));
    let empty = empty.iter().map(|&(at, _)| (at, true));
    let all = stops.chain(holds).chain(boots).chain(dark).chain(halts);
    let mut all: Vec<Cut> = all.chain(stalls).chain(perhaps).chain(empty).collect();
    all.sort_unstable();
    all
}
