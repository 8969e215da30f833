//! The monitor of dose limits: the highest dose the patient may receive in any hour, 4 hours, 24
//! hours, as prescribed. Source: pump.md 3.3, the trap of the window limiter (S37).
//!
//! It judges the commanded dose and, where each step delivered what the pump counts for it
//! (`true_dose.rs`), the true dose. No pump can enforce a limit against its clinician: a clinician's
//! bolus, a continuous dose above the limit and a change of therapy are allowed on top.

use super::beyond_limits::{BeyondLimits, loose_ug};
use super::monitor_finding::{finding, mass, pass_if};
use super::outcome::{Finding, Verdict};
use super::rule;
use super::sliding::{Edges, Entry, InForce, Sliding};
use super::true_dose::{not_judged, tolerance_ug};
use crate::run::{Prescribed, RunHistory, Total};
use thecal_plan::number::format_checked;
use thecal_plan::{Dimension, DoseLimits, DoseWindow};
use thecal_sim::TICK;
use thecal_units::{Mass, Millis, SimTime, real};

/// The worst window. Unit: ug.
#[derive(Clone, Copy)]
struct Worst {
    /// What of all that is allowed was left.
    margin: f64,
    given: f64,
    allowed: AllowedDose,
    /// By how much it may seem to exceed that.
    tolerance: f64,
    /// Its end.
    at: SimTime,
}

/// No window exceeds a prescribed limit.
pub(super) fn dose_limits(history: &RunHistory) -> Finding {
    let limited = |prescribed: &Prescribed| prescribed.therapy.limits != DoseLimits::NONE;
    if !history.prescribed.iter().any(limited) {
        return Finding {
            note: Some("no limits prescribed".into()),
            ..finding(&rule::DOSE_LIMITS, Verdict::Pass)
        };
    }
    let beyond = BeyondLimits::of(history, Millis::ZERO);
    let commanded = worst(history, &beyond, &history.commanded, |_| 0.0);
    let not_judged = not_judged(history);
    let truly = not_judged.is_empty().then(|| {
        let tolerance = |given: f64| tolerance_ug(history, given);
        // The plant computes the flow of a tick at its end: what is seen there may be of its begin.
        let beyond = BeyondLimits::of(history, TICK);
        worst(history, &beyond, &history.infused, tolerance)
    });
    let is_beyond = |worst: &Option<Worst>| worst.is_some_and(|worst| worst.margin < 0.0);
    let truly = truly.flatten();
    let (shown, note) = match not_judged.join("; ") {
        // A rule says what was looked at.
        why if !why.is_empty() => (commanded, Some(format!("true dose not judged: {why}"))),
        _ if is_beyond(&truly) && !is_beyond(&commanded) => (truly, Some("true dose".into())),
        _ => (commanded, None),
    };
    let rule = match not_judged.as_slice() {
        [] => rule::DOSE_LIMITS.text,
        _ => rule::COMMANDED_LIMITS,
    };
    let Some(worst) = shown else {
        return Finding {
            rule: rule.into(),
            note: Some("no window was ever limited as a whole".into()),
            ..finding(&rule::DOSE_LIMITS, Verdict::Pass)
        };
    };
    Finding {
        rule: rule.into(),
        observed: mass(worst.given),
        at: Some(worst.at),
        limit: mass(worst.allowed.limit),
        margin: Some(mass(worst.margin)),
        note: Some(match note {
            Some(note) => format!("{}; {note}", worst.on_top()),
            None => worst.on_top(),
        }),
        ..finding(&rule::DOSE_LIMITS, pass_if(worst.margin >= 0.0))
    }
}

impl Worst {
    /// What is allowed beside the limit, in words: the margin counts it.
    fn on_top(&self) -> String {
        let AllowedDose {
            limit,
            loose,
            clinician,
            ug,
        } = self.allowed;
        let continuous = ug - limit - loose - clinician;
        let mass = |ug: f64| format_checked(ug, Dimension::Mass);
        let mut parts = vec![format!("{} of tolerance", mass(loose + self.tolerance))];
        if clinician > 0.0 {
            let clinician = mass(clinician);
            parts.push(format!("{clinician} of clinicians' boluses (REQ-BOL-039)"));
        }
        if continuous > 1e-9 * limit {
            parts.push(format!("{} of continuous dose", mass(continuous)));
        }
        format!("allowed on top: {}", parts.join(", "))
    }
}

fn worst(
    history: &RunHistory,
    beyond: &BeyondLimits,
    total: &Total,
    tolerance: impl Fn(f64) -> f64,
) -> Option<Worst> {
    let lengths = DoseLimits::WINDOWS.map(|(length, _)| length);
    // Ends of windows increase in each of these two groups, but not across both.
    let mut ending = DoseLimits::WINDOWS.map(|window| Limit::new(history, beyond, window));
    let mut starting = DoseLimits::WINDOWS.map(|window| Limit::new(history, beyond, window));
    let mut worst: [Option<Worst>; 3] = [None; 3];
    for found in total.windows(lengths) {
        for (nth, worst) in worst.iter_mut().enumerate() {
            let mut see = |at, given: f64, allowed: Option<AllowedDose>| {
                let Some(allowed) = allowed else { return };
                let tolerance = tolerance(given);
                let margin = allowed.ug + tolerance - given;
                if worst.is_none_or(|worst| margin < worst.margin) {
                    *worst = Some(Worst {
                        margin,
                        given,
                        allowed,
                        tolerance,
                        at,
                    });
                }
            };
            see(found.at, found.ending[nth], ending[nth].up_to(found.at));
            if let Some(given) = found.starting[nth] {
                let end = found.at + lengths[nth];
                see(end, given, starting[nth].up_to(end));
            }
        }
    }
    // Of equal margins, that of the shortest window.
    let worst = worst.into_iter().flatten();
    worst.reduce(|worst, next| {
        if next.margin < worst.margin {
            next
        } else {
            worst
        }
    })
}

/// One limit in sliding windows.
struct Limit<'s> {
    sliding: Sliding<'s>,
    limit: fn(&DoseLimits) -> Mass,
    now: Allowed<'s>,
}

/// What a window may hold. Unit: ug.
#[derive(Clone, Copy)]
struct AllowedDose {
    /// The highest prescribed limit in force.
    limit: f64,
    /// Steps in progress.
    loose: f64,
    /// Clinicians' boluses.
    clinician: f64,
    /// All of it, with a continuous dose beyond the limit.
    ug: f64,
}

/// What is allowed in windows that end up to some instant.
struct Allowed<'s> {
    until: SimTime,
    /// `None` if part of the window has no limit.
    within: Option<Within<'s>>,
}

/// Components of the limit of a window. Unit: ug.
struct Within<'s> {
    /// The highest limit in force.
    most: f64,
    /// The highest continuous dose in force without a schedule.
    basal: f64,
    /// Entries with a schedule: their dose depends on the time of the window.
    schedules: Vec<(Entry<'s>, Edges)>,
    loose: f64,
    clinician: f64,
    /// Whether the therapy changes within the window.
    changed: bool,
}

impl<'s> Limit<'s> {
    pub(super) fn new(
        history: &'s RunHistory,
        beyond: &'s BeyondLimits,
        (window, limit): DoseWindow,
    ) -> Self {
        let mut sliding = Sliding::new(history, beyond, window);
        let now = Allowed::of(&mut sliding, limit, SimTime::ZERO);
        Self {
            sliding,
            limit,
            now,
        }
    }

    /// The highest dose in the window that ends at `end`; `None` if part of it has no limit. Window
    /// ends must not decrease. Unit: ug.
    fn up_to(&mut self, end: SimTime) -> Option<AllowedDose> {
        if self.now.until < end {
            self.now = Allowed::of(&mut self.sliding, self.limit, end);
        }
        let within = self.now.within.as_mut()?;
        let schedules = within.schedules.iter_mut();
        let schedules = schedules.map(|(entry, edges)| self.sliding.basal_ug(*entry, end, edges));
        let basal = schedules.fold(within.basal, f64::max);
        // The old therapy's delivery and the new one's may together exceed either limit.
        let sum = if within.changed {
            within.most + basal
        } else {
            within.most.max(basal)
        };
        Some(AllowedDose {
            limit: within.most,
            loose: within.loose,
            clinician: within.clinician,
            ug: sum + within.loose + within.clinician,
        })
    }
}

impl<'s> Allowed<'s> {
    fn of(sliding: &mut Sliding<'s>, limit: fn(&DoseLimits) -> Mass, end: SimTime) -> Self {
        let in_force = sliding.in_force(end);
        Self {
            until: in_force.until,
            within: Within::of(sliding, &in_force, limit, end),
        }
    }
}

impl<'s> Within<'s> {
    fn of(
        sliding: &Sliding<'s>,
        in_force: &InForce<'s>,
        limit: fn(&DoseLimits) -> Mass,
        end: SimTime,
    ) -> Option<Self> {
        let mut within = Self {
            most: 0.0,
            basal: 0.0,
            schedules: Vec::new(),
            loose: 0.0,
            clinician: in_force.clinician_ug,
            changed: false,
        };
        let mut first = None;
        for &entry in &in_force.entries {
            let Prescribed {
                running, therapy, ..
            } = entry.prescribed;
            // Before anything was programmed there was nothing to limit.
            if !running && therapy.limits == DoseLimits::NONE {
                continue;
            }
            let limit = limit(&therapy.limits);
            if limit == Mass::ZERO {
                return None;
            }
            within.most = within.most.max(real::Mass::from(limit).as_micrograms());
            if entry.has_schedule() {
                within.schedules.push((entry, Edges::default()));
            } else {
                let basal = sliding.basal_ug(entry, end, &mut Edges::default());
                within.basal = within.basal.max(basal);
            }
            let loose = loose_ug(entry.prescribed, sliding.history, sliding.beyond.late);
            within.loose = within.loose.max(loose);
            within.changed |= first.get_or_insert(therapy) != &therapy;
        }
        first.map(|_| within)
    }
}

#[cfg(test)]
mod tests;
