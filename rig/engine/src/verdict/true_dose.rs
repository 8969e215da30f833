//! The true dose beside the prescribed limits: whether it could be judged, and the largest in a
//! window of each limit, which is shown whether it could or not.
//!
//! A pump counts steps. It is judged by the dose that reached the patient only where a step gave
//! what the pump counts for it, from the first to the last.

use crate::run::{Prescribed, RunHistory};
use thecal_plan::{DoseLimits, DoseWindow};
use thecal_units::{Mass, Millis, SimTime, real};

/// What is known of the true dose in a run with prescribed limits.
#[derive(Clone, Debug, PartialEq)]
pub struct TrueDose {
    /// Why it was not judged; empty: it was.
    pub not_judged: Vec<String>,
    /// The largest in a window of each limit, from the shortest window on.
    pub largest: Vec<TrueWindow>,
}

/// The largest true dose in any window of one length.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrueWindow {
    /// The length.
    pub window: Millis,
    /// The highest limit in force in that window. Unit: ug.
    pub limit_ug: f64,
    /// The dose. Unit: ug.
    pub ug: f64,
    /// Its end.
    pub at: SimTime,
}

/// The true dose of a run; `None` if no limit was ever prescribed.
#[must_use]
pub fn true_dose(history: &RunHistory) -> Option<TrueDose> {
    let largest = largest(history);
    (!largest.is_empty()).then(|| TrueDose {
        not_judged: not_judged(history),
        largest,
    })
}

/// Why a step may not have delivered the dose that the pump counts for it.
pub(super) fn not_judged(history: &RunHistory) -> Vec<String> {
    let mut why = Vec::new();
    why.extend(history.hidden.iter().map(ToString::to_string));
    let as_filled = |prescribed: &Prescribed| prescribed.concentration() == history.filled;
    if !history.prescribed.iter().all(as_filled) {
        why.push("drug of another concentration on the way".into());
    }
    if history.primed.last() > 0.0 {
        why.push("priming bolus".into());
    }
    let stays = history.stays.iter().map(|stay| &stay.whereabouts);
    for stay in stays.filter(|whereabouts| whereabouts.moves_flow()) {
        let name = stay.name();
        if !why.iter().any(|other| other == name) {
            why.push(name.into());
        }
    }
    why
}

fn largest(history: &RunHistory) -> Vec<TrueWindow> {
    let limited = DoseLimits::WINDOWS.map(|(_, limit)| {
        let limits = history.prescribed.iter().map(|one| &one.therapy.limits);
        limits.into_iter().any(|limits| limit(limits) != Mass::ZERO)
    });
    if limited.iter().all(|limited| !limited) {
        return Vec::new();
    }
    let lengths = DoseLimits::WINDOWS.map(|(length, _)| length);
    let mut most = [(0.0, SimTime::ZERO); DoseLimits::WINDOWS.len()];
    for found in history.infused.windows(lengths) {
        for (nth, most) in most.iter_mut().enumerate() {
            let mut see = |ug: f64, at| {
                if ug > most.0 {
                    *most = (ug, at);
                }
            };
            see(found.ending[nth], found.at);
            if let Some(ug) = found.starting[nth] {
                see(ug, found.at + lengths[nth]);
            }
        }
    }
    let windows = DoseLimits::WINDOWS.iter().zip(most).zip(limited);
    let windows = windows.filter(|(_, limited)| *limited);
    let window =
        |((&(window, limit), (ug, at)), _): ((&DoseWindow, (f64, SimTime)), bool)| TrueWindow {
            window,
            limit_ug: limit_ug(history, limit, (at.before(window), at)),
            ug,
            at,
        };
    windows.map(window).collect()
}

/// The highest limit of one kind that was in force at any instant of a window; where none was, the
/// next that came.
fn limit_ug(
    history: &RunHistory,
    limit: fn(&DoseLimits) -> Mass,
    (from, until): (SimTime, SimTime),
) -> f64 {
    let limit = |one: &Prescribed| real::Mass::from(limit(&one.therapy.limits)).as_micrograms();
    let begun = history
        .prescribed
        .partition_point(|next| next.from <= until);
    let first = history.prescribed.partition_point(|next| next.from <= from);
    let in_force = history.prescribed.iter().take(begun);
    let most = in_force.skip(first.saturating_sub(1)).map(limit);
    let most = most.fold(0.0, f64::max);
    if most > 0.0 {
        return most;
    }
    let mut later = history.prescribed.iter().skip(begun).map(limit);
    later.find(|limit| *limit > 0.0).unwrap_or(0.0)
}
