//! The run cut where what is due changes.

use super::basal::{continuous, slack};
use super::boluses::{Bolus, boluses, cuts};
use super::due::{Due, Grace, Scale, Why, time_of};
use super::stalls::Missed;
use super::states::{ended, lost, safe, stopped_by_commits, told_safe};
use super::volumes::{Bridge, Priming, bridges, counts, primings};
use crate::boundary::Boundary;
use crate::clock::SLEEP;
use crate::number::as_f64;
use crate::told::{Known, Told};
use thecal_plan::{Infusion, Profile, Therapy, WEEK, starts};
use thecal_units::{Millis, SimTime};

/// Pulses of a try that succeeds, which are subtracted from what is due. Source: REQ-STL-005, REQ-STL-010.
const TRIED: f64 = 16.0;
/// From an exchange to the next that the pump asks for at once. Source: REQ-BOL-023.
const EXCHANGE: Millis = Millis::from_millis(2);
/// So long after its end what is wrong is still put down to a bolus.
const AFTERMATH: Millis = Millis::MINUTE.times(10);

/// What is due, stretch by stretch, in order of time.
pub(super) fn dues(
    boundary: &Boundary<'_>,
    told: &Told,
    profile: &Profile,
    missed: &Missed<'_>,
) -> Vec<Due> {
    let scale = Scale::of(boundary.step, boundary.crystal.ppm);
    let counts = counts(boundary, told, profile, &scale);
    let empty = (counts.empty.as_slice(), counts.may_be_empty.as_slice());
    let cuts = |by_holds| cuts(boundary, told, missed, empty, by_holds);
    let boluses = boluses(boundary, told, profile, &cuts(true));
    let mut safe = safe(boundary, told, &profile.requests);
    safe.extend(told_safe(boundary, told, profile));
    let [may_have_ended, ended] = ended(boundary, told, profile);
    let run = Stretches {
        boundary,
        told,
        profile,
        scale,
        // No session is opened while it is given (REQ-THE-040).
        primings: primings(boundary, told, profile, &scale, &cuts(false)),
        bridges: bridges(boundary, told, profile, &scale),
        boluses,
        stalls: &missed.stalls,
        retried: missed.retried(boundary),
        stopped: stopped_by_commits(boundary, told, &safe),
        safe,
        lost: lost(boundary, told),
        ended,
        may_have_ended,
        empty: counts.empty,
        may_be_empty: counts.may_be_empty,
    };
    let mut edges = run.edges();
    edges.push(SimTime::ZERO);
    edges.retain(|edge| *edge <= boundary.end);
    edges.sort_unstable();
    edges.dedup();
    let ends = edges.iter().skip(1).copied().chain([boundary.end]);
    let dues = edges.iter().zip(ends);
    let mut dues: Vec<Due> = dues.map(|(&from, until)| run.due(from, until)).collect();
    drop_at_rests(&mut dues, 1.0 + as_f64(profile.saved_up));
    run.jump_at_rests(&mut dues);
    last_until_due(&mut dues, boundary.end);
    dues
}

/// Steps that were moved ahead of the pump's time are no longer ahead once as many have come due, however
/// slowly that may be.
fn last_until_due(dues: &mut [Due], end: SimTime) {
    for nth in 0..dues.len() {
        let Some(grace) = dues[nth].grace else {
            continue;
        };
        let later = &dues[nth..];
        let ends = later.iter().skip(1).map(|due| due.from).chain([end]);
        let mut left = grace.fewer;
        let mut due_by = end;
        for (due, until) in later.iter().zip(ends) {
            let comes = due.least * as_f64(until.since(due.from).as_millis());
            if comes >= left {
                due_by = due.from + time_of(left, due.least);
                break;
            }
            left -= comes;
        }
        dues[nth].grace = Some(Grace {
            until: grace.until.max(due_by),
            ..grace
        });
    }
}

/// Where an infusion comes to rest the pump drops the steps that are due, those saved up for a check of the
/// battery included (REQ-MET-010).
fn drop_at_rests(dues: &mut [Due], dropped: f64) {
    let mut before = Why::Stopped;
    for due in dues {
        // The infusion rests while a priming bolus is given.
        let rests = due.most <= 0.0 || due.stalls || due.why == Why::Priming;
        if rests && matches!(before, Why::Infusing | Why::Bolus) {
            due.loses = due.loses.max(dropped);
        }
        before = if rests { Why::Stopped } else { due.why };
    }
}

/// A run, and where in it what is due changes.
struct Stretches<'r> {
    boundary: &'r Boundary<'r>,
    told: &'r Told,
    profile: &'r Profile,
    scale: Scale,
    boluses: Vec<Bolus>,
    primings: Vec<Priming>,
    bridges: Vec<Bridge>,
    stalls: &'r [(SimTime, SimTime)],
    /// Boots at which a motor that stalled is tried again, until it has proved itself.
    retried: Vec<(SimTime, SimTime)>,
    empty: Vec<(SimTime, SimTime)>,
    may_be_empty: Vec<(SimTime, SimTime)>,
    /// The safe state, and whether it is certain.
    safe: Vec<(SimTime, SimTime, bool)>,
    /// Stopped since a commit has ended the safe state, and whether it is certain.
    stopped: Vec<(SimTime, SimTime, bool)>,
    /// The prescription may be lost.
    lost: Vec<(SimTime, SimTime)>,
    /// The battery has ended the infusion, and may have.
    ended: Vec<(SimTime, SimTime)>,
    may_have_ended: Vec<(SimTime, SimTime)>,
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
        for session in &told.sessions {
            edges.extend([session.from, session.may_end.0, session.may_end.1]);
        }
        edges.extend(boundary.boots.iter().map(|boot| boot.at));
        edges.extend(boundary.absences.iter().flat_map(|it| [it.from, it.until]));
        edges.extend(boundary.crystal.jumps.iter().map(|&(at, _)| at));
        for bolus in &self.boluses {
            let Bolus {
                from,
                surely_until,
                until,
                ..
            } = *bolus;
            edges.extend([from, surely_until, until, until + AFTERMATH]);
        }
        for priming in &self.primings {
            edges.extend([priming.from, priming.surely_until, priming.until]);
        }
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
            &self.may_have_ended,
        ];
        for spans in spans {
            edges.extend(spans.iter().flat_map(|&(from, until)| [from, until]));
        }
        let doubtful = self.safe.iter().chain(&self.stopped);
        edges.extend(doubtful.flat_map(|&(from, until, _)| [from, until]));
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
                        let slack = slack(boundary, self.profile.unnoticed, programmed, begins);
                        if begins.before(slack) > end {
                            break;
                        }
                        edges.extend([begins.before(slack), begins, begins + slack]);
                        counted += WEEK;
                    }
                }
            }
        }
    }

    /// What is due from one edge to the next.
    fn due(&self, from: SimTime, until: SimTime) -> Due {
        let mut boots = self.boundary.boots.iter().skip(1);
        let booted = boots.any(|boot| boot.at == from);
        let nothing = Due {
            from,
            least: 0.0,
            most: 0.0,
            // The fraction of a step that was due as the infusion came to rest (REQ-MET-008).
            loses: if booted { 1.0 } else { 0.0 },
            grace: None,
            stalls: false,
            why: Why::Stopped,
        };
        let mut primings = self.primings.iter();
        let priming = primings.find(|it| is_within(from, (it.from, it.until)));
        if let Some(priming) = priming {
            let surely = from < priming.surely_until
                && !self.is_away(from)
                && !any_within(&self.may_be_empty, from);
            return Due {
                least: if surely { priming.least } else { 0.0 },
                most: priming.most,
                grace: self.moved_by_time(from, priming.most),
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
        let (rests, may_rest) = self.rests(from);
        if let Some(why) = rests {
            return Due { why, ..nothing };
        }
        if may_rest {
            due.least = 0.0;
        }
        due
    }

    /// Why a pump that is on drives nothing at an instant, if it certainly does not; and whether it may not.
    fn rests(&self, from: SimTime) -> (Option<Why>, bool) {
        let sessions = self.told.sessions.iter();
        let held = sessions.filter(|it| it.hold && is_within(from, (it.from, it.may_end.1)));
        let held = held.map(|it| (Why::Held, !it.in_doubt && from < it.may_end.0));
        let within =
            |&&(begins, ends, _): &&(SimTime, SimTime, bool)| is_within(from, (begins, ends));
        let safe = self.safe.iter().filter(within);
        let safe = safe.map(|&(.., certain)| (Why::Safe, certain));
        let stopped = self.stopped.iter().filter(within);
        let stopped = stopped.map(|&(.., certain)| (Why::Stopped, certain));
        let rests: Vec<(Why, bool)> = held.chain(safe).chain(stopped).collect();
        if let Some(&(why, _)) = rests.iter().find(|(_, certain)| *certain) {
            return (Some(why), true);
        }
        if any_within(&self.ended, from) {
            return (Some(Why::Ended), true);
        }
        if any_within(&self.empty, from) {
            return (Some(Why::Empty), true);
        }
        let may_rest = !rests.is_empty()
            || any_within(&self.may_be_empty, from)
            || any_within(&self.may_have_ended, from)
            || any_within(&self.lost, from)
            || any_within(self.stalls, from)
            || any_within(&self.retried, from)
            || self.is_away(from);
        (None, may_rest)
    }

    fn is_away(&self, from: SimTime) -> bool {
        let mut away = self.boundary.absences.iter();
        away.any(|it| is_within(from, (it.from, it.until)))
    }

    /// Whether the core stands at an instant since before a bolus began: the train of the infusion goes on. One
    /// begins an exchange behind its grant (REQ-BOL-023).
    fn stands_since(&self, begun: SimTime, from: SimTime) -> bool {
        let mut stands = self.boundary.absences.iter().filter(|it| !it.dark);
        stands.any(|it| is_within(from, (it.from, it.until)) && it.from <= begun + EXCHANGE)
    }

    /// The continuous infusion, at the flow of the drug that is at the outlet.
    fn basal(&self, from: SimTime, until: SimTime) -> (f64, f64) {
        let middle = SimTime::from_millis(u64::midpoint(from.as_millis(), until.as_millis()));
        let (least, most) = continuous(self.boundary, self.told, self.profile, middle, &self.scale);
        let therapies = self.told.therapies_at(from);
        let minimum = |therapy: &Therapy| matches!(therapy.infusion, Infusion::MinimumRate);
        // Another one is obeyed only once the one before is over (REQ-RES-010).
        let mut bridges = self.bridges.iter();
        let bridge = bridges.rfind(|bridge| is_within(from, (bridge.from, bridge.until)));
        let Some(bridge) = bridge.filter(|_| !therapies.iter().any(minimum)) else {
            return (least, most);
        };
        let share = |therapy: &Therapy| {
            f64::from(therapy.concentration.as_ng_per_ml())
                / f64::from(bridge.old.as_ng_per_ml()).max(1.0)
        };
        let shares = therapies.iter().map(share);
        let old_least = least * shares.clone().reduce(f64::min).unwrap_or(1.0);
        let old_most = most * shares.reduce(f64::max).unwrap_or(1.0);
        if from < bridge.may_end && !bridge.in_doubt {
            (old_least, old_most)
        } else {
            (least.min(old_least), most.max(old_most))
        }
    }

    /// What time that the pump does not count, or counts twice, may move at an instant.
    fn moved_by_time(&self, from: SimTime, most: f64) -> Option<Grace> {
        let jumps = self.jumps(from, most);
        let goes_on = self.goes_on(from);
        match (jumps, goes_on) {
            (Some(jumps), Some(goes_on)) => Some(jumps.and(goes_on)),
            (one, other) => one.or(other),
        }
    }

    /// A core that stood goes on: it takes the time for a jump of its clock (REQ-CLK-003), and what the train
    /// that it had begun has driven meanwhile is ahead of it.
    fn goes_on(&self, from: SimTime) -> Option<Grace> {
        let boundary = self.boundary;
        let mut stood = boundary.absences.iter().filter(|it| !it.dark);
        let stood = stood.find(|it| it.until == from)?;
        let mut boots = boundary.boots.iter();
        let moved = as_f64(boundary.steps_between(stood.from, stood.until));
        (!boots.any(|boot| boot.at == from)).then(|| Grace {
            until: from + stood.until.since(stood.from) + SLEEP,
            more: 0.0,
            fewer: moved + 1.0,
        })
    }

    /// What a jump of the clock at an instant may move, while so many steps a millisecond are due.
    fn jumps(&self, from: SimTime, most: f64) -> Option<Grace> {
        let mut jumps = self.boundary.crystal.jumps.iter();
        let &(_, by) = jumps.find(|&&(at, _)| at == from)?;
        // A pump that was away does not know for how long.
        let mut absences = self.boundary.absences.iter();
        let away = absences.find(|it| it.from <= from && from <= it.until);
        let away = away.map_or(Millis::ZERO, |it| it.until.since(it.from));
        let jump = Millis::from_millis(by.unsigned_abs()).min(self.profile.unnoticed) + away;
        let span = as_f64(jump.as_millis());
        Some(Grace {
            until: from + jump + SLEEP,
            // While it was away nothing has come due that it could make up for (REQ-MET-001).
            more: as_f64((jump.saturating_sub(away)).as_millis()) * most + 2.0,
            fewer: span * most + 2.0,
        })
    }

    /// A jump of the clock as the infusion comes to rest, or so shortly before that it is not made up for, leaves
    /// steps moved ahead of the clock, or due behind it, until the infusion goes on.
    fn jump_at_rests(&self, dues: &mut [Due]) {
        let mut flow = 0.0;
        let mut rested = false;
        let mut left: Option<(Grace, Millis)> = None;
        for due in dues {
            let since = |grace: Grace| (grace, grace.until.since(due.from));
            if due.most <= 0.0 {
                if !rested {
                    left = left.filter(|(grace, _)| due.from < grace.until);
                    left = self.jumps(due.from, flow).map(since).or(left);
                }
                rested = true;
                continue;
            }
            if let (Some((grace, lasts)), true, None) = (left, rested, due.grace) {
                due.grace = Some(Grace {
                    until: due.from + lasts,
                    ..grace
                });
            }
            left = due.grace.map(since).or(left);
            (flow, rested) = (due.most, false);
        }
    }

    /// Continuous infusion and boluses.
    fn infusing(&self, from: SimTime, until: SimTime) -> Due {
        let (mut least, mut most) = self.basal(from, until);
        // A motor whose stall is not long over is tried again at a boot.
        let mut stalls = self.stalls.iter();
        // The first power-on finds nothing that it could lose.
        let mut boots = self.boundary.boots.iter().skip(1);
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
                let surely = from < bolus.surely_until;
                bolus_least += if surely { bolus.least } else { 0.0 };
                bolus_most += bolus.most;
                why = Why::Bolus;
                if bolus.replaces {
                    let pauses =
                        surely && bolus.least > 0.0 && !self.stands_since(bolus.from, from);
                    most = if pauses { 0.0 } else { most };
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
                1.0 + as_f64(self.profile.saved_up)
            } else {
                0.0
            },
            grace: tried.or_else(|| self.moved_by_time(from, most)),
            stalls: any_within(self.stalls, from),
            why,
        }
    }
}
