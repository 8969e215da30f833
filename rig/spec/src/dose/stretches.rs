//! The run cut where what is due changes.

use super::boluses::{Bolus, boluses};
use super::due::{Due, Grace, Scale, Why, flow};
use super::stalls::{Missed, first_at};
use crate::boundary::{Boundary, Cause, Hurt, Tone};
use crate::profile::Profile;
use crate::told::{Known, Told};
use thecal_plan::{Infusion, LogKind, WEEK, starts};
use thecal_units::{Concentration, Millis, SimTime};

/// A pump counts in ticks: a step of a schedule may come this much early or late. Source: ours.
const ROUNDING: Millis = Millis::SECOND;
/// The longest that a pump sleeps before it looks at its clock. Source: REQ-WDG-001.
const LONGEST_SLEEP: Millis = Millis::MINUTE.times(2);
/// Pulses of a try that succeeds, which are subtracted from what is due. Source: REQ-STL-005, REQ-STL-010.
const TRIED: f64 = 16.0;
/// So long after its end what is wrong is still put down to a bolus.
const AFTERMATH: Millis = Millis::MINUTE.times(10);
/// A count may fall by this much at a reset. Source: REQ-RES-003, REQ-THE-012. Unit: mL.
const LOST_AT_RESET_ML: f64 = 0.015;
/// Resets by watchdog or low supply that end in the safe state, and the most between two. Source:
/// REQ-POST-005.
const SAFE: (usize, Millis) = (5, Millis::MINUTE.times(10));
/// A supply that may have ended the infusion has shown this or less. Source: REQ-BAT-004, REQ-BAT-007:
/// 2.2 V, or predicted from loads before, which draw up to 0.1 V less. Unit: mV.
const END_MV: u16 = 2_300;

/// What is due, stretch by stretch, in order of time.
pub(super) fn dues(
    boundary: &Boundary<'_>,
    told: &Told,
    profile: &Profile,
    missed: &Missed<'_>,
) -> Vec<Due> {
    let scale = Scale::of(boundary.step, boundary.crystal.ppm);
    let counts = counts(boundary, told, &scale);
    let boluses = boluses(boundary, told, profile, missed, &counts.empty);
    let run = Stretches {
        boundary,
        told,
        profile,
        scale,
        primings: primings(boundary, told, profile, &scale),
        bridges: bridges(boundary, told, profile, &scale),
        boluses,
        stalls: &missed.stalls,
        retried: missed.retried(boundary),
        empty: counts.empty,
        may_be_empty: counts.may_be_empty,
        safe: safe(boundary, told),
        lost: lost(boundary, told),
        ended: ended(boundary, told),
    };
    let mut edges = run.edges();
    edges.push(SimTime::ZERO);
    edges.retain(|edge| *edge <= boundary.end);
    edges.sort_unstable();
    edges.dedup();
    let ends = edges.iter().skip(1).copied().chain([boundary.end]);
    edges
        .iter()
        .zip(ends)
        .map(|(&from, until)| run.due(from, until))
        .collect()
}

/// The least and the most of the continuous infusion, whatever else is going on. Unit: steps per
/// millisecond.
pub(super) fn continuous(
    boundary: &Boundary<'_>,
    told: &Told,
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
    let slack = slack(boundary, programmed, instant);
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

/// By how much the pump's calendar may be off at an instant.
fn slack(boundary: &Boundary<'_>, programmed: SimTime, instant: SimTime) -> Millis {
    let unnoticed = Millis::from_secs(130);
    let mut slack = ROUNDING + boundary.crystal.doubt(programmed, instant, unnoticed);
    for &(jump, by) in &boundary.crystal.jumps {
        let mut absences = boundary.absences.iter();
        let absent = absences.any(|absence| absence.from <= jump && jump <= absence.until);
        if absent && programmed <= jump && jump <= instant {
            slack = slack + Millis::from_millis(by.unsigned_abs());
        }
    }
    slack
}

/// A run, and where in it what is due changes.
struct Stretches<'r> {
    boundary: &'r Boundary<'r>,
    told: &'r Told,
    profile: &'r Profile,
    scale: Scale,
    boluses: Vec<Bolus>,
    /// From, until, and the steps of each millisecond.
    primings: Vec<(SimTime, SimTime, f64)>,
    bridges: Vec<Bridge>,
    stalls: &'r [(SimTime, SimTime)],
    /// Boots at which a motor that stalled is tried again, until it has proved itself.
    retried: Vec<(SimTime, SimTime)>,
    empty: Vec<(SimTime, SimTime)>,
    may_be_empty: Vec<(SimTime, SimTime)>,
    /// The safe state, and whether it is certain.
    safe: Vec<(SimTime, SimTime, bool)>,
    /// The prescription may be lost.
    lost: Vec<(SimTime, SimTime)>,
    ended: Vec<(SimTime, SimTime)>,
}

/// The old drug behind a reservoir that was refilled with another.
struct Bridge {
    from: SimTime,
    /// From when on it may be over, and when it is.
    may_end: SimTime,
    until: SimTime,
    old: Concentration,
}

const fn is_within(instant: SimTime, (from, until): (SimTime, SimTime)) -> bool {
    from.as_millis() <= instant.as_millis() && instant.as_millis() < until.as_millis()
}

fn any_within(spans: &[(SimTime, SimTime)], instant: SimTime) -> bool {
    spans.iter().any(|span| is_within(instant, *span))
}

impl Stretches<'_> {
    fn edges(&self) -> Vec<SimTime> {
        let (boundary, told) = (self.boundary, self.told);
        let mut edges: Vec<SimTime> = Vec::new();
        edges.extend(told.therapies.iter().map(|it| it.at));
        edges.extend(told.running.iter().map(|it| it.at));
        edges.extend(told.sessions.iter().flat_map(|it| [it.from, it.until]));
        edges.extend(boundary.boots.iter().map(|boot| boot.at));
        edges.extend(boundary.absences.iter().flat_map(|it| [it.from, it.until]));
        edges.extend(boundary.crystal.jumps.iter().map(|&(at, _)| at));
        for bolus in &self.boluses {
            edges.extend([bolus.from, bolus.until, bolus.until + AFTERMATH]);
        }
        edges.extend(
            self.primings
                .iter()
                .flat_map(|&(from, until, _)| [from, until]),
        );
        for bridge in &self.bridges {
            edges.extend([bridge.from, bridge.may_end, bridge.until]);
        }
        let spans = [
            self.stalls,
            &self.retried,
            &self.empty,
            &self.may_be_empty,
            &self.lost,
            &self.ended,
        ];
        for spans in spans {
            edges.extend(spans.iter().flat_map(|&(from, until)| [from, until]));
        }
        edges.extend(self.safe.iter().flat_map(|&(from, until, _)| [from, until]));
        self.schedule(&mut edges);
        edges
    }

    /// Where a step of a schedule begins, with the doubt about it before and behind.
    fn schedule(&self, edges: &mut Vec<SimTime>) {
        let boundary = self.boundary;
        let ends = self.told.therapies.iter().skip(1).map(|next| next.at);
        let ends = ends.chain([boundary.end]);
        for (therapies, end) in self.told.therapies.iter().zip(ends) {
            let set = self.told.programmed.iter().rev();
            let Some(&programmed) = set.clone().find(|then| **then <= therapies.at) else {
                continue;
            };
            let monday = (boundary.starts.as_millis() + programmed.as_millis()) % WEEK.as_millis();
            for therapy in &therapies.value {
                let Infusion::Flex(week) = &therapy.infusion else {
                    continue;
                };
                for (step, _) in starts(week) {
                    let first = (step.as_millis() + WEEK.as_millis() - monday) % WEEK.as_millis();
                    let mut counted = Millis::from_millis(first);
                    loop {
                        let begins = boundary.crystal.after(programmed, counted);
                        let slack = slack(boundary, programmed, begins);
                        if begins.before(slack) > end {
                            break;
                        }
                        edges.extend([begins.before(slack), begins, begins + slack]);
                        counted = counted + WEEK;
                    }
                }
            }
        }
    }

    /// What is due from one edge to the next.
    fn due(&self, from: SimTime, until: SimTime) -> Due {
        let nothing = Due {
            from,
            least: 0.0,
            most: 0.0,
            loses: 0.0,
            grace: None,
            why: Why::Stopped,
        };
        if let Some(&(.., rate)) = self
            .primings
            .iter()
            .find(|&&(begins, ends, _)| is_within(from, (begins, ends)))
        {
            return Due {
                least: rate,
                most: rate,
                why: Why::Priming,
                ..nothing
            };
        }
        let running = self.told.runs_at(from);
        if running == Known::No || self.told.therapies_at(from).is_empty() {
            return nothing;
        }
        let mut due = self.infusing(from, until);
        if running == Known::Either {
            due.least = 0.0;
        }
        for session in &self.told.sessions {
            if session.hold && is_within(from, (session.from, session.until)) {
                due.least = 0.0;
                if !session.in_doubt {
                    return Due {
                        why: Why::Held,
                        ..nothing
                    };
                }
            }
        }
        for &(begins, ends, certain) in &self.safe {
            if is_within(from, (begins, ends)) {
                due.least = 0.0;
                if certain {
                    return Due {
                        why: Why::Safe,
                        ..nothing
                    };
                }
            }
        }
        let away = self.boundary.absences.iter();
        let away = away.map(|it| (it.from, it.until));
        if any_within(&self.ended, from) {
            return Due {
                why: Why::Ended,
                ..nothing
            };
        }
        if any_within(&self.empty, from) {
            return Due {
                why: Why::Empty,
                ..nothing
            };
        }
        if any_within(&self.may_be_empty, from)
            || any_within(&self.lost, from)
            || any_within(self.stalls, from)
            || any_within(&self.retried, from)
            || away.into_iter().any(|span| is_within(from, span))
        {
            due.least = 0.0;
        }
        due
    }

    /// Continuous infusion and boluses.
    fn infusing(&self, from: SimTime, until: SimTime) -> Due {
        let middle = SimTime::from_millis(u64::midpoint(from.as_millis(), until.as_millis()));
        let (mut least, mut most) = continuous(self.boundary, self.told, middle, &self.scale);
        if let Some(bridge) = self
            .bridges
            .iter()
            .find(|bridge| is_within(from, (bridge.from, bridge.until)))
        {
            let share = |therapy: &thecal_plan::Therapy| {
                f64::from(therapy.concentration.as_ng_per_ml())
                    / f64::from(bridge.old.as_ng_per_ml()).max(1.0)
            };
            let share = self.told.therapies_at(from).first().map_or(1.0, share);
            let minimum =
                |therapy: &thecal_plan::Therapy| matches!(therapy.infusion, Infusion::MinimumRate);
            if !self.told.therapies_at(from).iter().any(minimum) {
                let (old_least, old_most) = (least * share, most * share);
                if from < bridge.may_end {
                    (least, most) = (old_least, old_most);
                } else {
                    (least, most) = (least.min(old_least), most.max(old_most));
                }
            }
        }
        let jumped = |&&(at, _): &&(SimTime, i64)| at == from;
        let jump = self.boundary.crystal.jumps.iter().find(jumped);
        let jump = jump.map(|&(_, by)| {
            // A pump that was away does not know for how long.
            let mut absences = self.boundary.absences.iter();
            let away = absences.find(|it| it.from <= from && from <= it.until);
            let away = away.map_or(Millis::ZERO, |it| it.until.since(it.from));
            Millis::from_millis(by.unsigned_abs()).min(self.profile.unnoticed) + away
        });
        // A motor whose stall is not long over is tried again at a boot.
        let mut stalls = self.stalls.iter();
        let mut boots = self.boundary.boots.iter();
        let booted = boots.any(|boot| boot.at == from);
        let freed = stalls.any(|&(begun, until)| {
            until == from || booted && begun <= from && from <= until + Millis::DAY
        });
        let tried = freed.then(|| Grace {
            until: from + Millis::MINUTE.max(time_of(TRIED + 4.0, most)),
            more: 0.0,
            fewer: TRIED,
        });
        let mut why = Why::Infusing;
        let (mut bolus_least, mut bolus_most) = (0.0, 0.0);
        for bolus in &self.boluses {
            if is_within(from, (bolus.from, bolus.until)) {
                bolus_least += bolus.least;
                bolus_most += bolus.most;
                why = Why::Bolus;
                if bolus.replaces {
                    most = if bolus.least > 0.0 { 0.0 } else { most };
                    least = 0.0;
                }
            } else if is_within(from, (bolus.from, bolus.until + AFTERMATH)) {
                why = Why::Bolus;
            }
        }
        let (least, most) = (least + bolus_least, most + bolus_most);
        Due {
            from,
            least,
            most,
            loses: if booted {
                1.0 + crate::as_f64(self.profile.saved_up)
            } else {
                0.0
            },
            grace: tried.or_else(|| {
                jump.map(|jump| {
                    let span = crate::as_f64(jump.as_millis());
                    Grace {
                        until: from + jump + LONGEST_SLEEP,
                        more: span * most + 2.0,
                        fewer: span * most + 2.0,
                    }
                })
            }),
            why,
        }
    }
}

/// The time of so many steps at a rate, at most a day.
fn time_of(steps: f64, steps_per_ms: f64) -> Millis {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative, and a float that is too large saturates"
    )]
    let millis = (steps / steps_per_ms) as u64;
    Millis::from_millis(millis).min(Millis::DAY)
}

/// Accepted priming boluses: from, until, steps per millisecond.
fn primings(
    boundary: &Boundary<'_>,
    told: &Told,
    profile: &Profile,
    scale: &Scale,
) -> Vec<(SimTime, SimTime, f64)> {
    let rate = scale.steps_per_ms(real_ml(profile.fastest_a_day));
    let mut found = Vec::new();
    for (nth, &from) in told.primed.iter().enumerate() {
        let catheter = told
            .therapies_at(from)
            .first()
            .map_or(thecal_units::Volume::ZERO, |therapy| therapy.catheter);
        let before =
            boundary.moved.at(from) >= scale.steps_in(profile.tubing.saturating_add(catheter));
        let whole = nth == 0 && !before;
        let volume = if whole {
            profile.tubing.saturating_add(catheter)
        } else {
            catheter
        };
        let end = from + time_of(scale.steps_in(volume), rate);
        let stops = told.running.iter().map(|it| it.at);
        let boots = boundary.boots.iter().map(|boot| boot.at);
        let absences = boundary.absences.iter().map(|it| it.from);
        let cut = stops.chain(boots).chain(absences).filter(|at| *at > from);
        found.push((from, cut.min().map_or(end, |cut| cut.min(end)), rate));
    }
    found
}

fn real_ml(volume: thecal_units::Volume) -> f64 {
    thecal_units::real::Volume::from(volume).as_milliliters()
}

/// Refills that were bridged, until the old drug has moved.
fn bridges(boundary: &Boundary<'_>, told: &Told, profile: &Profile, scale: &Scale) -> Vec<Bridge> {
    let mut found = Vec::new();
    for (nth, refill) in told.refills.iter().enumerate() {
        let Some(old) = refill.bridged else { continue };
        let next = told.refills.get(nth + 1).map_or(boundary.end, |it| it.at);
        let catheter = told
            .therapies_at(refill.at)
            .first()
            .map_or(thecal_units::Volume::ZERO, |it| it.catheter);
        let volume = scale.steps_in(profile.tubing.saturating_add(catheter));
        let start = boundary.moved.at(refill.at);
        let boots = boundary.boots.iter().filter(|boot| boot.at > refill.at);
        let lost = LOST_AT_RESET_ML / real_ml(boundary.step) * crate::as_f64(boots.count() as u64);
        let (whole, short) = (start + volume, start + volume - lost - LOOSE);
        let reached = |steps: f64| first_at(boundary, refill.at, steps).min(next);
        found.push(Bridge {
            from: refill.at,
            may_end: reached(short),
            until: reached(whole + LOOSE),
            old,
        });
    }
    found
}

/// Steps by which counts of the pump and of the specification may differ where a volume ends.
const LOOSE: f64 = 2.0;

/// When the reservoir is empty by count.
struct Counts {
    empty: Vec<(SimTime, SimTime)>,
    /// When it may be: a reset may have cost some of the count.
    may_be_empty: Vec<(SimTime, SimTime)>,
}

fn counts(boundary: &Boundary<'_>, told: &Told, scale: &Scale) -> Counts {
    let (mut empty, mut may_be_empty) = (Vec::new(), Vec::new());
    for (nth, refill) in told.refills.iter().enumerate() {
        let next = told.refills.get(nth + 1).map_or(boundary.end, |it| it.at);
        let start = boundary.moved.at(refill.at);
        let volume = scale.steps_in(refill.volume);
        let boots = boundary
            .boots
            .iter()
            .filter(|boot| refill.at < boot.at && boot.at < next);
        let lost = LOST_AT_RESET_ML / real_ml(boundary.step) * crate::as_f64(boots.count() as u64);
        let from = first_at(boundary, refill.at, start + volume.floor() - LOOSE - lost);
        if from < next {
            may_be_empty.push((from, next));
        }
        let from = first_at(boundary, refill.at, start + volume + LOOSE);
        if from < next && !refill.in_doubt {
            empty.push((from, next));
        }
    }
    Counts {
        empty,
        may_be_empty,
    }
}

/// The safe state after five resets in a row, until a commit.
pub(crate) fn safe(boundary: &Boundary<'_>, told: &Told) -> Vec<(SimTime, SimTime, bool)> {
    let counts = |cause| matches!(cause, Cause::Watchdog | Cause::BrownOut);
    let resets: Vec<_> = boundary
        .boots
        .iter()
        .filter(|boot| counts(boot.cause))
        .collect();
    let mut found: Vec<(SimTime, SimTime, bool)> = Vec::new();
    for row in resets.windows(SAFE.0) {
        let close = row.windows(2).all(|pair| match pair {
            [one, other] => other.at.since(one.at) <= SAFE.1,
            _ => false,
        });
        let Some(last) = row.last() else { continue };
        if close && !found.iter().any(|&(_, until, _)| last.at < until) {
            let commit = told.programmed.iter().find(|at| **at > last.at);
            let whole = row.iter().all(|boot| !boot.cut_short);
            found.push((last.at, commit.copied().unwrap_or(boundary.end), whole));
        }
    }
    found
}

/// The prescription may be lost with memory or program: from an injury on, if a critical alarm says so,
/// until a commit, and the start after it: a commit starts nothing (REQ-THE-004).
fn lost(boundary: &Boundary<'_>, told: &Told) -> Vec<(SimTime, SimTime)> {
    let hurts = |hurt| matches!(hurt, Hurt::Memory | Hurt::Image | Hurt::Volatile);
    let injuries = boundary.injuries.iter().filter(|it| hurts(it.hurt));
    let lost = injuries.filter_map(|injury| {
        let commit = told.programmed.iter().find(|at| **at > injury.at);
        let until = commit.copied().unwrap_or(boundary.end);
        let mut tones = boundary.tones.iter();
        let told_so =
            tones.any(|&(at, tone)| tone == Tone::TwoTone && injury.at <= at && at <= until);
        let starts = told.running.iter().filter(|it| it.value != Known::No);
        let start = starts.map(|it| it.at).find(|at| *at >= until);
        told_so.then_some((injury.at, start.unwrap_or(boundary.end)))
    });
    lost.collect()
}

/// The battery has ended the infusion, by the pump's log and by what its supply showed, until somebody
/// starts it again.
fn ended(boundary: &Boundary<'_>, told: &Told) -> Vec<(SimTime, SimTime)> {
    let entries = boundary.log.entries.iter();
    let ended = entries.filter(|entry| entry.kind == LogKind::ServiceEnded);
    let ended = ended.filter_map(|entry| {
        let mut shown = boundary.supply.iter();
        let low = shown.any(|&(at, mv)| at <= entry.at && mv <= END_MV);
        let starts = told.running.iter();
        let start = starts
            .filter(|it| it.value != Known::No && it.at > entry.at)
            .map(|it| it.at)
            .next();
        low.then_some((entry.at + Millis::SECOND, start.unwrap_or(boundary.end)))
    });
    ended.collect()
}
