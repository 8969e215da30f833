//! The true dose beside the commanded one and the prescribed limits: whether it could be judged, and the
//! largest in a window of each length, which is shown whether it could or not.
//!
//! A pump counts steps. It is judged by the dose that reached the patient only where a step gave
//! what the pump counts for it, from the first to the last.

use super::beyond_limits::clinician_reach;
use crate::run::{Prescribed, RunHistory, Total};
use thecal_plan::{DoseLimits, DoseWindow};
use thecal_units::{Mass, Millis, SimTime, real};

/// Pulsation of the head, half a revolution of 8 uL; and elasticity of the tube. Source: pump.md
/// 4.1, as for the agreement of plant and command.
const PULSATION_ML: f64 = 0.004;
const ELASTICITY: f64 = 0.01;

/// By how much a true dose may exceed what the pump counts for it. Unit: ug.
pub(super) fn tolerance_ug(history: &RunHistory, given: f64) -> f64 {
    let strength = real::Concentration::from(history.filled).as_ug_per_ml();
    ELASTICITY * given + PULSATION_ML * strength
}

/// What is known of the true dose in a run.
#[derive(Clone, Debug, PartialEq)]
pub struct TrueDose {
    /// Whether limits were ever prescribed.
    pub limited: bool,
    /// Why it was not judged by them; empty: it was, if there were any.
    pub not_judged: Vec<String>,
    /// The largest in a window of 1 h, 4 h and 24 h, the shortest first. One that is longer than the run is
    /// left out unless it was limited.
    pub largest: Vec<TrueWindow>,
}

/// The largest true dose in any window of one length.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrueWindow {
    /// The length.
    pub window: Millis,
    /// The highest limit in force in that window; `None`: no such limit was ever prescribed. Unit: ug.
    pub limit_ug: Option<f64>,
    /// By how much the dose may exceed what the pump counts, where it is judged. Unit: ug.
    pub tolerance_ug: Option<f64>,
    /// The dose. Unit: ug.
    pub ug: f64,
    /// How much of it clinicians' boluses were, which no limit holds back (REQ-BOL-039), had each been given
    /// as ordered. Unit: ug.
    pub clinician_ug: f64,
    /// Its end.
    pub at: SimTime,
    /// The largest commanded dose in any window of this length. Unit: ug.
    pub commanded_ug: f64,
}

/// The true dose of a run.
#[must_use]
pub fn true_dose(history: &RunHistory) -> TrueDose {
    let not_judged = not_judged(history);
    let largest = largest(history, not_judged.is_empty());
    TrueDose {
        limited: largest.iter().any(|window| window.limit_ug.is_some()),
        not_judged,
        largest,
    }
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

/// The most in a window, and its end. Unit: ug.
type Most = (f64, SimTime);

fn largest(history: &RunHistory, is_judged: bool) -> Vec<TrueWindow> {
    let given = most_of(&history.infused);
    let commanded = most_of(&history.commanded);
    let windows = DoseLimits::WINDOWS.iter().zip(given).zip(commanded);
    let window = |((limited, most), commanded): ((&DoseWindow, Most), Most)| {
        let (&(window, limit), (ug, at), (commanded_ug, _)) = (limited, most, commanded);
        let mut limits = history.prescribed.iter().map(|one| &one.therapy.limits);
        let limited = limits.any(|limits| limit(limits) != Mass::ZERO);
        if !limited && window > history.simulated {
            return None;
        }
        let from = at.before(window);
        Some(TrueWindow {
            window,
            limit_ug: limited.then(|| limit_ug(history, limit, (from, at))),
            tolerance_ug: (limited && is_judged).then(|| tolerance_ug(history, ug)),
            ug,
            clinician_ug: clinician_ug(history, (from, at)).min(ug),
            at,
            commanded_ug,
        })
    };
    windows.filter_map(window).collect()
}

/// The largest growth of a total in a window of each length, and its end.
fn most_of(total: &Total) -> [(f64, SimTime); DoseLimits::WINDOWS.len()] {
    let lengths = DoseLimits::WINDOWS.map(|(length, _)| length);
    let mut most = [(0.0, SimTime::ZERO); DoseLimits::WINDOWS.len()];
    for found in total.windows(lengths) {
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
    most
}

/// What of the clinicians' boluses falls into a window, each spread evenly over the time that it takes.
fn clinician_ug(history: &RunHistory, (from, until): (SimTime, SimTime)) -> f64 {
    let given = history.prescribed.iter().filter_map(|prescribed| {
        let (dose, duration) = prescribed.clinician_bolus?;
        let takes = clinician_reach(prescribed, dose, duration);
        let ends = prescribed.from + takes;
        let within = ends.min(until).since(prescribed.from.max(from));
        let share = within.as_secs_f64() / takes.as_secs_f64().max(1e-3);
        Some(real::Mass::from(dose).as_micrograms() * share.min(1.0))
    });
    given.sum()
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
