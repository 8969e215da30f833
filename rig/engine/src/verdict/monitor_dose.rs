//! Monitors of the dose: what the motor moved, against what was prescribed.

use super::allowance::Allowance;
use super::bolus_windows::{
    Granted, clinician_reach, clock_slack, in_force, longest, loose_steps_ug,
};
use super::monitor::{finding, mass, number, pass_if};
use super::outcome::{Finding, Observed, Verdict};
use crate::run::{CommandRecord, Prescribed, RunHistory};
use std::collections::VecDeque;
use thecal_plan::{Basal, Dimension, DuringBolus, Request};
use thecal_units::{Millis, SimTime, real};

/// The windows that are looked at.
const WINDOWS: [(&str, Millis); 3] = [
    ("dose-1h", Millis::HOUR),
    ("dose-4h", Millis::HOUR.times(4)),
    ("dose-24h", Millis::DAY),
];

/// The worst window: how much room is left, what was given, what is allowed, and when it ended.
type Worst = Option<(f64, f64, f64, SimTime)>;

/// The commanded dose in every window stays within what was prescribed.
pub(super) fn dose_windows(history: &RunHistory) -> impl Iterator<Item = Finding> {
    let granted = Granted::of(history);
    let lengths = WINDOWS.map(|(_, length)| length);
    // Windows that end at the points come in order, so do those that start there, but not both.
    let mut ending = lengths.map(|length| Allowance::new(history, &granted, length));
    let mut starting = lengths.map(|length| Allowance::new(history, &granted, length));
    let mut worst: [Worst; 3] = [None; 3];
    for found in history.commanded.windows(lengths) {
        for (nth, worst) in worst.iter_mut().enumerate() {
            let mut see = |end, grown: f64, limit: f64| {
                if worst.is_none_or(|(least, ..)| limit - grown < least) {
                    *worst = Some((limit - grown, grown, limit, end));
                }
            };
            see(found.at, found.ending[nth], ending[nth].up_to(found.at));
            if let Some(grown) = found.starting[nth] {
                let end = found.at + lengths[nth];
                see(end, grown, starting[nth].up_to(end));
            }
        }
    }
    WINDOWS
        .into_iter()
        .zip(worst)
        .map(|((name, _), worst)| dose_window(name, worst))
}

fn dose_window(name: &str, worst: Worst) -> Finding {
    let rule = "commanded dose in any window within what was prescribed and granted";
    let Some((margin, grown, limit, at)) = worst else {
        return Finding {
            note: Some("nothing was ever sampled".into()),
            ..finding(name, rule, Verdict::Inconclusive)
        };
    };
    Finding {
        observed: mass(grown),
        at: Some(at),
        limit: mass(limit),
        margin: Some(mass(margin)),
        ..finding(name, rule, pass_if(margin >= 0.0))
    }
}

fn grants(history: &RunHistory) -> impl Iterator<Item = &CommandRecord> {
    history
        .commands
        .iter()
        .filter(|record| record.obeyed() && matches!(record.request, Request::PatientBolus { .. }))
}

/// No bolus is granted before the lockout has passed since the start of the one before.
pub(super) fn lockout(history: &RunHistory) -> Finding {
    let rule = "no bolus granted within the lockout";
    let granted: Vec<&CommandRecord> = grants(history).collect();
    let mut worst: Option<(i128, Millis, Millis, SimTime)> = None;
    let mut earlier = None;
    for record in &granted {
        let after = record.at;
        let Some(bolus) = in_force(history, record).and_then(Prescribed::patient_bolus) else {
            return Finding {
                observed: Observed::At(after),
                note: Some("granted although the remote is not part of the prescription".into()),
                ..finding("lockout", rule, Verdict::Fail)
            };
        };
        let Some(before) = earlier.replace(after) else {
            continue;
        };
        // What the pump cannot know about the time that has passed is not its doing.
        let gap = after.since(before) + clock_slack(history, before, after);
        let margin = i128::from(gap.as_millis()) - i128::from(bolus.lockout.as_millis());
        if worst.is_none_or(|(least, ..)| margin < least) {
            worst = Some((margin, gap, bolus.lockout, after));
        }
    }
    let Some((margin, gap, limit, at)) = worst else {
        return Finding {
            note: Some(format!("boluses granted: {}", granted.len())),
            ..finding("lockout", rule, Verdict::Pass)
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
        note: Some(format!("boluses granted: {}", granted.len())),
        ..finding("lockout", rule, pass_if(margin >= 0))
    }
}

/// No more boluses than the daily maximum start in any 24 hours.
pub(super) fn daily_maximum(history: &RunHistory) -> Finding {
    let rule = "no more boluses in any 24 h than prescribed";
    let granted = grants(history);
    let mut worst: Option<(i64, usize, u8, SimTime)> = None;
    let mut recent = VecDeque::new();
    for record in granted {
        let at = record.at;
        recent.push_back(at);
        // The window is open at its old end: a bolus exactly 24 hours ago no longer counts. What
        // has left it never comes back.
        let has_left = |&earlier: &SimTime| {
            at.since(earlier) + clock_slack(history, earlier, at) >= Millis::DAY
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
        return finding("daily-maximum", rule, Verdict::Pass);
    };
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    let margin_count = Observed::Value(margin as f64, Dimension::Count);
    Finding {
        observed: number(recent),
        at: Some(at),
        limit: number(limit.into()),
        margin: Some(margin_count),
        ..finding("daily-maximum", rule, pass_if(margin >= 0))
    }
}

/// A granted bolus commands the prescribed dose on top of the continuous one, not more.
///
/// It is looked at until the lockout ends, so that a bolus that goes on for too long shows; or until
/// the next grant or the next change, from where another rule holds.
pub(super) fn bolus_dose(history: &RunHistory) -> Finding {
    let rule = "each granted bolus no larger than prescribed";
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
        // A clinician's bolus was being given when the command came: the two cannot be told apart.
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
        // A bolus that is slower than the infusion it stands in for takes nothing of it away.
        let beside = match prescribed.therapy.during_bolus {
            DuringBolus::Add => whole,
            DuringBolus::Replace => {
                let instead = basal.dose_ug(start, (start + bolus.duration).min(until));
                whole - instead.min(dose)
            }
        };
        let extra = given - beside;
        if worst.is_none_or(|(least, ..)| limit - extra < least) {
            worst = Some((limit - extra, extra, limit, start));
        }
    }
    let Some((margin, extra, limit, at)) = worst else {
        return finding("bolus-dose", rule, Verdict::Pass);
    };
    Finding {
        observed: mass(extra),
        at: Some(at),
        limit: mass(limit),
        margin: Some(mass(margin)),
        ..finding("bolus-dose", rule, pass_if(margin >= 0.0))
    }
}

/// Until when the boluses of clinicians in the first so many entries of [`RunHistory::prescribed`] may be
/// given.
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
