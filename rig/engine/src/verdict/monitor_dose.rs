//! Monitors of the dose: what the motor moved, compared with the prescription.

use super::allowance::Allowance;
use super::bolus_windows::{
    Granted, clinician_reach, clock_ahead, clock_slack, in_force, longest, loose_steps_ug,
};
use super::figure::Observed;
use super::monitor_finding::{finding, mass, number, pass_if};
use super::outcome::{Finding, Verdict};
use super::rule::{self, Rule};
use crate::run::{CommandRecord, Prescribed, RunHistory};
use std::collections::VecDeque;
use thecal_plan::{Basal, Dimension, DuringBolus, Request};
use thecal_units::{Millis, SimTime, real};

/// The worst window: margin, given dose, allowed dose (ug), and its end.
type Worst = Option<(f64, f64, f64, SimTime)>;

/// The commanded dose in every window stays within the prescription.
pub(super) fn dose_windows(history: &RunHistory) -> impl Iterator<Item = Finding> {
    let granted = Granted::of(history);
    let windows = rule::DOSE_WINDOWS.each_ref().map(|row| row.window);
    // Ends of windows increase in each of these two groups, but not across both.
    let mut ending = windows.map(|length| Allowance::new(history, &granted, length));
    let mut starting = windows.map(|length| Allowance::new(history, &granted, length));
    let mut worst: [Worst; 3] = [None; 3];
    for found in history.commanded.windows(windows) {
        for (nth, worst) in worst.iter_mut().enumerate() {
            let mut see = |end, grown: f64, limit: f64| {
                // A window without a dose is nearest to nothing, however little is allowed in it.
                let is_nearer = |(least, most, ..): (f64, f64, f64, SimTime)| {
                    let (given, before) = (grown > 0.0, most > 0.0);
                    if given == before {
                        limit - grown < least
                    } else {
                        given
                    }
                };
                if worst.is_none_or(is_nearer) {
                    *worst = Some((limit - grown, grown, limit, end));
                }
            };
            see(found.at, found.ending[nth], ending[nth].up_to(found.at));
            if let Some(grown) = found.starting[nth] {
                let end = found.at + windows[nth];
                see(end, grown, starting[nth].up_to(end));
            }
        }
    }
    let rules = rule::DOSE_WINDOWS.iter();
    rules
        .zip(worst)
        .map(|(row, worst)| dose_window(&row.rule, worst))
}

fn dose_window(rule: &Rule, worst: Worst) -> Finding {
    let Some((margin, grown, limit, at)) = worst else {
        return Finding {
            note: Some("no dose was sampled".into()),
            ..finding(rule, Verdict::Inconclusive)
        };
    };
    Finding {
        observed: mass(grown),
        at: Some(at),
        limit: mass(limit),
        margin: Some(mass(margin)),
        ..finding(rule, pass_if(margin >= 0.0))
    }
}

fn grants(history: &RunHistory) -> impl Iterator<Item = &CommandRecord> {
    history
        .commands
        .iter()
        .filter(|record| record.obeyed() && matches!(record.request, Request::PatientBolus { .. }))
}

/// How many grants are judged; a grant whose answer no remote heard is none of them.
fn grants_in_words(history: &RunHistory, heard: usize) -> String {
    let counted = history.status.as_ref().map(|status| status.granted);
    match counted.filter(|counted| usize::try_from(*counted) != Ok(heard)) {
        Some(counted) => {
            format!(
                "patient boluses granted as remotes heard it: {heard}; the pump counts {counted}"
            )
        }
        None => format!("patient boluses granted: {heard}"),
    }
}

/// No bolus is granted before the lockout has passed since the start of the previous one.
pub(super) fn lockout(history: &RunHistory) -> Finding {
    let granted: Vec<&CommandRecord> = grants(history).collect();
    let mut worst: Option<(i128, Millis, Millis, SimTime)> = None;
    let mut earlier = None;
    for record in &granted {
        let after = record.at;
        let Some(bolus) = in_force(history, record).and_then(Prescribed::patient_bolus) else {
            return Finding {
                observed: number(1),
                at: Some(after),
                limit: number(0),
                note: Some("granted although no remote is prescribed".into()),
                ..finding(&rule::LOCKOUT, Verdict::Fail)
            };
        };
        let Some(before) = earlier.replace(after) else {
            continue;
        };
        let gap = after.since(before);
        let ahead = clock_ahead(history, before, after);
        let limit = bolus.lockout.saturating_sub(ahead);
        let margin = i128::from(gap.as_millis()) - i128::from(limit.as_millis());
        if worst.is_none_or(|(least, ..)| margin < least) {
            worst = Some((margin, gap, limit, after));
        }
    }
    let Some((margin, gap, limit, at)) = worst else {
        return Finding {
            note: Some(grants_in_words(history, granted.len())),
            ..finding(&rule::LOCKOUT, Verdict::Pass)
        };
    };
    let span = Millis::from_millis(u64::try_from(margin.unsigned_abs()).unwrap_or(u64::MAX));
    Finding {
        observed: Observed::Span(gap),
        at: Some(at),
        limit: Observed::Span(limit),
        margin: Some(if margin < 0 {
            Observed::Late(span)
        } else {
            Observed::Span(span)
        }),
        note: Some(grants_in_words(history, granted.len())),
        ..finding(&rule::LOCKOUT, pass_if(margin >= 0))
    }
}

/// No more boluses than the daily maximum start in any 24 hours.
pub(super) fn daily_maximum(history: &RunHistory) -> Finding {
    let granted = grants(history);
    let mut worst: Option<(i64, usize, u8, SimTime)> = None;
    let mut recent = VecDeque::new();
    for record in granted {
        let at = record.at;
        recent.push_back(at);
        // The window excludes its start: a bolus exactly 24 hours ago no longer counts. A bolus
        // that has left the window never returns.
        let has_left = |&earlier: &SimTime| {
            at.since(earlier) + clock_ahead(history, earlier, at) >= Millis::DAY
        };
        while recent.front().is_some_and(has_left) {
            recent.pop_front();
        }
        let recent = recent.len();
        let limit = in_force(history, record)
            .and_then(Prescribed::patient_bolus)
            .map_or(0, |bolus| bolus.daily_maximum);
        let margin = i64::from(limit) - i64::try_from(recent).unwrap_or(i64::MAX);
        if worst.is_none_or(|(least, ..)| margin < least) {
            worst = Some((margin, recent, limit, at));
        }
    }
    let Some((margin, recent, limit, at)) = worst else {
        return finding(&rule::DAILY_MAXIMUM, Verdict::Pass);
    };
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    let margin_count = Observed::Value(margin as f64, Dimension::Count);
    Finding {
        observed: number(recent),
        at: Some(at),
        limit: number(limit.into()),
        margin: Some(margin_count),
        note: Some(format!("at most {recent} of {limit} in 24 h")),
        ..finding(&rule::DAILY_MAXIMUM, pass_if(margin >= 0))
    }
}

/// A granted bolus commands the prescribed dose on top of the continuous one, not more.
///
/// It is checked until the lockout ends, so that a bolus that lasts too long is found; or until the
/// next grant or the next change, after which another rule applies.
pub(super) fn bolus_dose(history: &RunHistory) -> Finding {
    let granted: Vec<&CommandRecord> = grants(history).collect();
    let end = SimTime::ZERO + history.simulated;
    let clinician = clinician_until(history);
    let mut worst: Option<(f64, f64, f64, SimTime)> = None;
    for (index, record) in granted.iter().enumerate() {
        let Some(prescribed) = in_force(history, record) else {
            continue;
        };
        let Some(bolus) = prescribed.patient_bolus() else {
            continue;
        };
        let start = record.at;
        // A clinician's bolus was being delivered when the command came: the two cannot be
        // separated.
        if clinician
            .get(record.prescribed)
            .is_some_and(|until| *until >= Some(start))
        {
            continue;
        }
        let next_grant = granted.get(index + 1).map_or(end, |next| next.at);
        let changed = history.prescribed.get(record.prescribed);
        let until = (start + longest(&bolus))
            .min(next_grant)
            .min(changed.map_or(end, |next| next.from))
            .min(end);
        let given = history.commanded.at(until) - history.commanded.at(start);
        let slack = clock_slack(history, SimTime::ZERO, until);
        let basal = Basal::of(&prescribed.therapy, history.starts, slack);
        let dose = real::Mass::from(bolus.dose).as_micrograms();
        let limit = dose + loose_steps_ug(prescribed, history);
        let whole = basal.dose_ug(start, until);
        // A bolus slower than the infusion it replaces does not reduce the dose.
        let beside = match prescribed.therapy.during_bolus {
            DuringBolus::Add => whole,
            DuringBolus::Replace => {
                let instead = basal.dose_ug(start, (start + bolus.duration).min(until));
                whole - instead.min(dose)
            }
        };
        // Less than the infusion alone would give is no dose.
        let extra = (given - beside).max(0.0);
        if worst.is_none_or(|(least, ..)| limit - extra < least) {
            worst = Some((limit - extra, extra, limit, start));
        }
    }
    let Some((margin, extra, limit, at)) = worst else {
        let none_judged = "each granted bolus coincides with a clinician's";
        return Finding {
            note: (!granted.is_empty()).then(|| none_judged.into()),
            ..finding(&rule::BOLUS_DOSE, Verdict::Pass)
        };
    };
    Finding {
        observed: mass(extra),
        at: Some(at),
        limit: mass(limit),
        margin: Some(mass(margin)),
        note: (extra <= 0.0).then(|| "not more than the infusion alone".into()),
        ..finding(&rule::BOLUS_DOSE, pass_if(margin >= 0.0))
    }
}

/// Until when clinicians' boluses in the first n entries of [`RunHistory::prescribed`] may be delivered,
/// indexed by n.
fn clinician_until(history: &RunHistory) -> Vec<Option<SimTime>> {
    let mut latest = None;
    let untils = history.prescribed.iter().map(|prescribed| {
        let until = prescribed.clinician_bolus.map(|(dose, duration)| {
            let reach = clinician_reach(prescribed, dose, duration);
            prescribed.from + reach + Millis::MINUTE
        });
        latest = latest.max(until);
        latest
    });
    [None].into_iter().chain(untils).collect()
}
