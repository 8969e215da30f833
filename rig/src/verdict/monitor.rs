//! The safety monitors: they run in every scenario without being named.
//!
//! They judge the pump's duty on what it commanded (steps that moved, times the nominal step
//! volume, times the programmed concentration) and on what it shows outside. A fault that no such
//! pump can sense (class V0) never makes the pump fail here; it shows in the harm.

use super::bolus_windows::{limit_ug, two_steps_ug};
use super::outcome::{Finding, Observed, Verdict};
use crate::programmer::{Answer, LogKind, Request};
use crate::run::{CommandRecord, Prescribed, Story};
use crate::signal::Dimension;
use thecal_units::{Millis, SimTime, real};

/// Judges a story by all monitors, always in the same order.
pub(super) fn judge(story: &Story) -> Vec<Finding> {
    vec![
        dose_window(story, "dose-1h", Millis::HOUR),
        dose_window(story, "dose-4h", Millis::HOUR.times(4)),
        dose_window(story, "dose-24h", Millis::DAY),
        lockout(story),
        daily_maximum(story),
        bolus_dose(story),
        stopped(story),
        authentic(story),
        answers(story),
        counted(story),
        log_complete(story),
        resets(story),
    ]
}

fn finding(name: &str, rule: &str, verdict: Verdict) -> Finding {
    Finding {
        name: name.into(),
        rule: rule.into(),
        verdict,
        observed: Observed::Nothing,
        at: None,
        limit: Observed::Nothing,
        margin: None,
        note: None,
    }
}

const fn pass_if(good: bool) -> Verdict {
    if good { Verdict::Pass } else { Verdict::Fail }
}

const fn mass(ug: f64) -> Observed {
    Observed::Value(ug, Dimension::Mass)
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
const fn number(count: usize) -> Observed {
    Observed::Value(count as f64, Dimension::Count)
}

/// The commanded dose in every window stays within what was prescribed.
fn dose_window(story: &Story, name: &str, window: Millis) -> Finding {
    let mut worst = (f64::INFINITY, 0.0, 0.0, SimTime::ZERO);
    for (end, grown) in story.commanded.windows(window) {
        let limit = limit_ug(story, window, end);
        if limit - grown < worst.0 {
            worst = (limit - grown, grown, limit, end);
        }
    }
    let (margin, grown, limit, at) = worst;
    Finding {
        observed: mass(grown),
        at: Some(at),
        limit: mass(limit),
        margin: Some(mass(margin)),
        ..finding(
            name,
            "commanded dose in any window within the prescribed",
            pass_if(margin >= 0.0),
        )
    }
}

fn grants(story: &Story) -> impl Iterator<Item = &CommandRecord> {
    story
        .commands
        .iter()
        .filter(|record| record.obeyed() && matches!(record.request, Request::PatientBolus { .. }))
}

fn in_force(story: &Story, at: SimTime) -> Option<&Prescribed> {
    let after = story
        .prescribed
        .partition_point(|prescribed| prescribed.from <= at);
    story.prescribed.get(after.checked_sub(1)?)
}

/// No bolus is granted before the lockout has passed since the start of the one before.
fn lockout(story: &Story) -> Finding {
    let rule = "no bolus granted within the lockout";
    let starts: Vec<SimTime> = grants(story).map(|record| record.at).collect();
    let mut worst: Option<(i128, Millis, Millis, SimTime)> = None;
    for pair in starts.windows(2) {
        let [before, after] = *pair else { continue };
        let Some(bolus) = in_force(story, after).and_then(Prescribed::patient_bolus) else {
            return Finding {
                at: Some(after),
                note: Some("granted although the remote is not part of the prescription".into()),
                ..finding("lockout", rule, Verdict::Fail)
            };
        };
        let gap = after.since(before);
        let margin = i128::from(gap.as_millis()) - i128::from(bolus.lockout.as_millis());
        if worst.is_none_or(|(least, ..)| margin < least) {
            worst = Some((margin, gap, bolus.lockout, after));
        }
    }
    let Some((margin, gap, limit, at)) = worst else {
        return Finding {
            note: Some(format!("{} boluses granted", starts.len())),
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
        note: Some(format!("{} boluses granted", starts.len())),
        ..finding("lockout", rule, pass_if(margin >= 0))
    }
}

/// No more boluses than the daily maximum start in any 24 hours.
fn daily_maximum(story: &Story) -> Finding {
    let rule = "no more boluses in any 24 h than prescribed";
    let starts: Vec<SimTime> = grants(story).map(|record| record.at).collect();
    let mut worst: Option<(i64, usize, u8, SimTime)> = None;
    for (index, &at) in starts.iter().enumerate() {
        // The window is open at its old end: a bolus exactly 24 hours ago no longer counts.
        let recent = starts
            .iter()
            .take(index + 1)
            .filter(|&&start| at.since(start) < Millis::DAY)
            .count();
        let limit = in_force(story, at)
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
fn bolus_dose(story: &Story) -> Finding {
    let rule = "each granted bolus no larger than prescribed";
    let starts: Vec<SimTime> = grants(story).map(|record| record.at).collect();
    let end = SimTime::ZERO + story.simulated;
    let mut worst: Option<(f64, f64, f64, SimTime)> = None;
    for (index, &start) in starts.iter().enumerate() {
        let Some(prescribed) = in_force(story, start) else {
            continue;
        };
        let Some(bolus) = prescribed.patient_bolus() else {
            continue;
        };
        let next = starts.get(index + 1).copied().unwrap_or(end);
        let until = (start + bolus.duration + Millis::MINUTE).min(next).min(end);
        let given = story.commanded.at(until) - story.commanded.at(start);
        let basal = prescribed.therapy.dose.dose_round_down(until.since(start));
        let limit = real::Mass::from(bolus.dose).as_micrograms() + two_steps_ug(prescribed, story);
        let extra = given - real::Mass::from(basal).as_micrograms();
        let changed = story
            .prescribed
            .iter()
            .any(|p| p.from > start && p.from <= until);
        if !changed && worst.is_none_or(|(least, ..)| limit - extra < least) {
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

/// Nothing is commanded while the infusion is stopped, the stroke in progress apart.
fn stopped(story: &Story) -> Finding {
    let rule = "nothing commanded while stopped";
    let end = SimTime::ZERO + story.simulated;
    let mut worst = (0.0, SimTime::ZERO);
    let mut from = Some(SimTime::ZERO);
    for prescribed in &story.prescribed {
        match (from, prescribed.running) {
            (Some(start), true) => {
                let moved = story.moved.at(prescribed.from) - story.moved.at(start);
                if moved > worst.0 {
                    worst = (moved, start);
                }
                from = None;
            }
            (None, false) => from = Some(prescribed.from),
            _ => {}
        }
    }
    if let Some(start) = from {
        let moved = story.moved.at(end) - story.moved.at(start);
        if moved > worst.0 {
            worst = (moved, start);
        }
    }
    Finding {
        observed: Observed::Value(worst.0, Dimension::Count),
        at: (worst.0 > 0.0).then_some(worst.1),
        limit: number(1),
        margin: Some(Observed::Value(1.0 - worst.0, Dimension::Count)),
        note: Some("steps".into()),
        ..finding("stopped", rule, pass_if(worst.0 <= 1.0))
    }
}

/// A recorded packet sent again is never obeyed, and the pump counts it.
fn authentic(story: &Story) -> Finding {
    let rule = "no replayed command obeyed";
    let replayed = story.commands.iter().filter(|record| record.replayed);
    let total = replayed.clone().count();
    let obeyed = replayed.clone().find(|record| record.obeyed());
    let counted = story.status.as_ref().map(|status| status.unauthentic);
    let short = counted.is_some_and(|counted| usize::try_from(counted).is_ok_and(|c| c < total));
    let note = if short {
        format!(
            "{total} replayed, the pump counts fewer: {}",
            counted.unwrap_or(0)
        )
    } else {
        format!("{total} replayed")
    };
    Finding {
        observed: number(
            story
                .commands
                .iter()
                .filter(|r| r.replayed && r.obeyed())
                .count(),
        ),
        at: obeyed.map(|record| record.at),
        limit: number(0),
        note: Some(note),
        ..finding("authentic", rule, pass_if(obeyed.is_none() && !short))
    }
}

/// Every fresh authentic command is answered, and the implant session, in which nothing out of
/// the ordinary is asked, is obeyed; otherwise the story that follows is not the scenario's.
fn answers(story: &Story) -> Finding {
    let rule = "every fresh command answered, the implant session obeyed";
    let unanswered = |record: &&CommandRecord| !record.replayed && record.answer.is_none();
    let refused = |record: &&CommandRecord| {
        record.at == SimTime::ZERO && matches!(record.answer, Some(Answer::Rejected(_)))
    };
    let silent: Vec<&CommandRecord> = story.commands.iter().filter(unanswered).collect();
    let rejected = story.commands.iter().find(refused);
    let (verdict, first) = match (silent.first(), rejected) {
        (Some(record), _) => (Verdict::Fail, Some(*record)),
        (None, Some(record)) => (Verdict::Inconclusive, Some(record)),
        (None, None) => (Verdict::Pass, None),
    };
    Finding {
        observed: number(silent.len()),
        at: first.map(|record| record.at),
        limit: number(0),
        note: first.map(|record| format!("{}: {:?}", record.request.name(), record.answer)),
        ..finding("answers", rule, verdict)
    }
}

/// The pump never counts more as delivered than its motor moved.
fn counted(story: &Story) -> Finding {
    let rule = "counted never beyond moved";
    let Some(status) = &story.status else {
        return Finding {
            note: Some("the pump did not answer at the end".into()),
            ..finding("counted", rule, Verdict::Inconclusive)
        };
    };
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    let (counted, moved) = (status.steps as f64, story.truth.steps_moved as f64);
    Finding {
        observed: Observed::Value(counted, Dimension::Count),
        limit: Observed::Value(moved, Dimension::Count),
        margin: Some(Observed::Value(moved - counted, Dimension::Count)),
        note: Some("steps".into()),
        ..finding("counted", rule, pass_if(counted <= moved))
    }
}

/// What the pump did is in its event log.
fn log_complete(story: &Story) -> Finding {
    let rule = "every grant, change of therapy and reset in the event log";
    if story.status.is_none() {
        return Finding {
            note: Some("the pump did not answer at the end".into()),
            ..finding("log", rule, Verdict::Inconclusive)
        };
    }
    let oldest = if story.log.first == 0 {
        SimTime::ZERO
    } else {
        story
            .log
            .lines
            .first()
            .map_or(SimTime::NEVER, |&(at, _)| at + Millis::from_millis(1))
    };
    let wanted = story
        .commands
        .iter()
        .filter(|record| record.obeyed() && !record.replayed)
        .filter_map(|record| Some((record.at, log_kind(&record.request)?)))
        .chain(story.resets.iter().map(|reset| (reset.at, LogKind::Reset)))
        .filter(|&(at, _)| at >= oldest);
    let (mut needed, mut missing) = (0, Vec::new());
    for (at, kind) in wanted {
        needed += 1;
        let found = story
            .log
            .lines
            .iter()
            .any(|(time, line)| *time == at && line.kind == kind);
        if !found {
            missing.push((at, kind));
        }
    }
    Finding {
        observed: number(needed - missing.len()),
        at: missing.first().map(|&(at, _)| at),
        limit: number(needed),
        note: missing
            .first()
            .map(|(_, kind)| format!("missing: {kind:?}")),
        ..finding("log", rule, pass_if(missing.is_empty()))
    }
}

const fn log_kind(request: &Request) -> Option<LogKind> {
    Some(match request {
        Request::PatientBolus { .. } => LogKind::BolusGranted,
        Request::Program(_) => LogKind::Programmed,
        Request::Start => LogKind::Started,
        Request::Stop => LogKind::Stopped,
        Request::Refill { .. } => LogKind::Refilled,
        Request::Provision
        | Request::Interrogate
        | Request::ClinicianBolus { .. }
        | Request::ReadLog { .. }
        | Request::Silence => return None,
    })
}

/// The pump resets only when the story resets it, and it never hangs.
fn resets(story: &Story) -> Finding {
    let rule = "no unexpected reset and no hang";
    let unexpected: Vec<_> = story
        .resets
        .iter()
        .filter(|reset| !reset.expected)
        .collect();
    let first = unexpected
        .first()
        .map(|reset| reset.at)
        .into_iter()
        .chain(story.hangs.first().copied())
        .min();
    Finding {
        observed: number(unexpected.len() + story.hangs.len()),
        at: first,
        limit: number(0),
        note: (!story.hangs.is_empty()).then(|| format!("{} hangs", story.hangs.len())),
        ..finding("resets", rule, pass_if(first.is_none()))
    }
}

/// Where no hidden fault is at work, what the head displaced must agree with the steps that moved;
/// otherwise the plant, not the pump, is wrong.
///
/// Tolerance: 1 % for the elasticity of the tube and half a revolution of 8 uL for pulsation
/// (pump.md 4.1, generic values).
pub(super) fn plant_disagrees(story: &Story) -> Option<String> {
    let truth = &story.truth;
    if story.hidden_fault.is_some() || truth.reservoir.as_milliliters() <= 0.0 {
        return None;
    }
    let commanded = real::Volume::from(story.step_volume.times(truth.steps_moved));
    let (commanded_ml, displaced_ml) =
        (commanded.as_milliliters(), truth.displaced.as_milliliters());
    let tolerance_ml = 0.01 * commanded_ml + 0.004;
    let difference_ml = displaced_ml - commanded_ml;
    (difference_ml.abs() > tolerance_ml).then(|| {
        format!("displaced {displaced_ml:.4} mL, commanded {commanded_ml:.4} mL: the plant is off")
    })
}
