//! The quick trains that load the battery: their shape, their order, and when the next one is due.
//!
//! A check is three loads of 8 steps, 72, 36 and 18 ms apart (REQ-BAT-001). An infusion or a bolus of the
//! same period would look like one: judged is a pump that infuses slowly.

use super::run::{Motor, TICK};
use crate::boundary::{Boot, Cause, Hurt, Pulses};
use crate::clock::SLEEP;
use crate::dose::flow;
use crate::number::as_f64;
use crate::rule::{Opinion, Rule};
use thecal_plan::{Infusion, Therapy, starts};
use thecal_units::{Millis, SimTime, Volume, real};

pub(super) static LOADS: Rule = Rule {
    name: "loads-of-a-check",
    requirement: "REQ-BAT-001",
    text: "a check of the battery is three trains of 8 pulses, each twice as fast and 10 min later; one that was disturbed is repeated",
    core: false,
};
pub(super) static DUE: Rule = Rule {
    name: "check-when-due",
    requirement: "REQ-BAT-009",
    text: "the next load comes 10 min after one of a check, an hour after a reset or a low check and a day after another, if not before",
    core: false,
};

/// Pulses of a load. Source: REQ-BAT-001.
const PULSES: u32 = 8;
/// A train that may have been meant for a load. Source: ours.
const FEW: u32 = 12;
/// Periods of the three loads. Source: REQ-BAT-001. Unit: microsecond.
const PERIODS_US: [u32; 3] = [72_000, 36_000, 18_000];
/// Between two loads. Source: REQ-BAT-001, REQ-BAT-014.
const GAP: Millis = Millis::MINUTE.times(10);
/// The longest that 8 steps may take to come due. Source: REQ-BAT-001.
const SAVED: Millis = Millis::MINUTE.times(20);
/// Below this a check is low. Source: REQ-BAT-009. Unit: mV.
pub(super) const LOW_MV: u16 = 2_500;
/// What the list of the supply leaves out. Source: boundary.rs. Unit: mV.
const RESOLUTION_MV: u16 = 10;
/// A load that is predicted to show less is not applied. Source: REQ-BAT-007. Unit: mV.
const GUARD_MV: u16 = 2_200;
/// Above this flow the infusion's own pulses may be as far apart as those of a load. Unit: mL/day.
const SLOW: f64 = 3.0;
/// A bolus lasts a day at most. Source: docs/telemetry.md, Clinician bolus.
pub(super) const BOLUS: Millis = Millis::HOUR.times(25);
/// By how much a reset may lower the counted reservoir. Source: REQ-RES-003.
const LOST: Volume = Volume::from_nanoliters(15_000);
/// With fewer steps left there is no load, and the counts differ by two. Source: REQ-BAT-001.
const RESERVE: u64 = 12;
/// A reset so soon may come before a load is recorded. Source: ours, exchanges that follow at once.
pub(super) const SPILL: Millis = Millis::from_millis(10);
/// A bridge takes this long at most to be out of the way. Source: ours.
const BRIDGE: Millis = Millis::DAY.times(60);

/// A load.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    pub(super) at: SimTime,
    /// Which of the three.
    nth: usize,
    count: u32,
    /// Whether all of its pulses were driven.
    whole: bool,
    /// Whether a packet may have cut it, or a reset its record.
    pub(super) unsure: bool,
    /// The supply under it. Unit: mV.
    mv: Option<u16>,
    /// The supply under the one before it. Unit: mV.
    before_mv: Option<u16>,
}

impl Load {
    /// The loaded voltage, if it was the last of its check. Unit: mV.
    pub(super) fn loaded_mv(&self) -> Option<u16> {
        let mv = self.mv.filter(|_| self.whole && !self.unsure)?;
        let predicted = match self.nth {
            0 => mv,
            1 => {
                let droop = self.before_mv?.saturating_sub(mv);
                mv.saturating_sub(droop.saturating_mul(2))
            }
            _ => return Some(mv),
        };
        (predicted < GUARD_MV).then_some(predicted)
    }
}

impl Motor<'_> {
    /// All loads, in order.
    pub(super) fn loads(&self) -> Vec<Load> {
        let mut loads: Vec<Load> = Vec::new();
        for drive in self.boundary.drives {
            let Pulses::Train {
                count, period_us, ..
            } = drive.pulses
            else {
                continue;
            };
            let nth = PERIODS_US.iter().position(|period| *period == period_us);
            let Some(nth) = nth.filter(|_| count <= FEW && self.is_slow(drive.at)) else {
                continue;
            };
            let span = u64::from(count) * u64::from(period_us);
            let until = drive.at + Millis::from_millis(span.div_ceil(1_000));
            // The first pulse may come in the exchange itself.
            let driven = self.driven(drive.at, until.min(self.boundary.end)) + 1.0;
            // A reset in it comes before the exchange that reads it: nobody knows what it showed.
            let cut = self.is_cut(drive.at, until);
            let mut earlier = loads.iter().rev();
            let before = earlier.find(|it| it.whole && it.nth + 1 == nth);
            loads.push(Load {
                at: drive.at,
                nth,
                count,
                whole: !cut && driven + 0.5 >= f64::from(PULSES),
                unsure: self.may_be_split(drive.at, until)
                    || !cut && self.is_cut(until, until + SPILL)
                    || before.is_some_and(|before| before.unsure),
                mv: drive.loaded_mv.filter(|_| !cut),
                before_mv: before.and_then(|before| before.mv),
            });
        }
        loads
    }

    /// Whether a reset or the loss of power comes behind an instant, and not behind another.
    pub(super) fn is_cut(&self, from: SimTime, until: SimTime) -> bool {
        let within = |at: SimTime| from < at && at <= until;
        let mut boots = self.boundary.boots.iter();
        let mut absences = self.boundary.absences.iter();
        boots.any(|it| within(it.at)) || absences.any(|it| within(it.from))
    }

    /// Whether an exchange may have come in the course of a train, so that the pump has not seen it as one.
    fn may_be_split(&self, from: SimTime, until: SimTime) -> bool {
        let inside = |at: SimTime| from < at && at < until;
        let mut packets = self.boundary.packets.iter();
        let mut magnet = self.boundary.magnet.iter();
        packets.any(|it| from <= it.at && it.at <= until)
            || self.boundary.writes.iter().any(|&at| inside(at))
            || magnet.any(|&(at, _)| inside(at))
    }

    pub(super) fn judge_checks(&self, loads: &[Load], opinion: &mut Opinion) {
        for (nth, load) in loads.iter().enumerate() {
            if self.is_hurt(load.at) {
                return opinion.either(&LOADS);
            }
            opinion.judged(&LOADS);
            if load.count != PULSES && self.no_bolus(load.at, load.at) {
                let observed = format!("{} pulses", load.count);
                opinion.differs(&LOADS, load.at, observed, format!("{PULSES}"));
            }
            let next = loads.get(nth + 1);
            if let Some(next) = next {
                self.order(load, next, opinion);
            }
            self.due(Some(load), next, opinion);
        }
        if loads.is_empty() {
            self.due(None, None, opinion);
        }
    }

    /// A load and the next.
    fn order(&self, load: &Load, next: &Load, opinion: &mut Opinion) {
        let boots = self.boundary.boots.iter().skip(1);
        let mut boots = boots.filter(|boot| load.at <= boot.at && boot.at <= next.at);
        let saved = load.at + TICK + TICK;
        let unsaved = self.is_cut(load.at, saved) || boots.clone().any(|boot| boot.cut_short);
        let browned_out = boots.any(|boot| boot.cause == Cause::BrownOut);
        if load.unsure
            || self.jumped(load.at, next.at)
            || !self.no_bolus(load.at, next.at)
            || self.changed(load.at, next.at)
            || self.torn(load.at)
            // A train in a stall that is not over counts for nothing (REQ-BAT-014).
            || self.missed(next.at) > self.missed(load.at.before(Millis::DAY))
        {
            return opinion.either(&LOADS);
        }
        let gap = self.boundary.crystal.counted(load.at, next.at);
        let is_over =
            load.whole && (load.nth + 1 == PERIODS_US.len() || load.loaded_mv().is_some());
        let shown = self.boundary.supply.iter().map(|&(_, mv)| mv).min();
        let may_be_low = shown.is_none_or(|mv| mv < LOW_MV + RESOLUTION_MV);
        let least = if unsaved && !browned_out {
            // A load that a reset has cut, or of which it has taken the record, is still due.
            Millis::ZERO
        } else if is_over {
            Millis::HOUR
        } else if may_be_low && !browned_out {
            // A supply below 2.5 V makes the next load due at once (REQ-BAT-010).
            Millis::ZERO
        } else {
            GAP
        };
        if gap + TICK < least {
            let observed = format!("the next load after {}", gap.spelled());
            opinion.differs(
                &LOADS,
                next.at,
                observed,
                format!("{} at least", least.spelled()),
            );
        }
        let due = match (load.whole, is_over) {
            (true, true) => 0,
            (true, false) => load.nth + 1,
            (false, _) => load.nth,
        };
        // What a load that resets the pump counts for is not said, nor what a reset cuts.
        // A step of a schedule may leave too little for a check.
        let simple = self.saving(load.at).is_some() && self.saving(next.at).is_some();
        if simple && !browned_out && !unsaved && next.nth != due && load.mv.is_some() {
            let period = |nth: usize| format!("pulses {} us apart", PERIODS_US[nth]);
            opinion.differs(&LOADS, next.at, period(next.nth), period(due));
        }
    }

    /// The next load comes when it is due, where nothing is in its way.
    fn due(&self, load: Option<&Load>, next: Option<&Load>, opinion: &mut Opinion) {
        let crystal = &self.boundary.crystal;
        let mut due = match load {
            None => SimTime::NEVER,
            Some(load) => {
                let over = load.whole && load.nth + 1 == PERIODS_US.len();
                let gap = match load.loaded_mv().or(load.mv.filter(|_| over)) {
                    Some(mv) if over || load.loaded_mv().is_some() => {
                        if mv < LOW_MV {
                            Millis::HOUR
                        } else {
                            Millis::DAY
                        }
                    }
                    _ => GAP,
                };
                crystal.after(load.at, gap)
            }
        };
        let until = next.map_or(self.boundary.end, |next| next.at);
        let from = load.map_or(SimTime::ZERO, |load| load.at);
        // One that another cuts right behind it has no record of its own.
        let lasts = |boot: &Boot| {
            let mut away = self.boundary.absences.iter();
            !boot.cut_short
                && !self.is_cut(boot.at, boot.at + SPILL)
                && !away.any(|it| it.from == boot.at)
        };
        let boots = self.boundary.boots.iter().filter(|boot| lasts(boot));
        for boot in boots.filter(|boot| from <= boot.at && boot.at < until) {
            let hour = crystal.after(boot.at, Millis::HOUR);
            due = if boot.cause == Cause::BrownOut {
                hour
            } else {
                due.min(hour)
            };
        }
        let Some(wait) = self.saving(due.min(until)) else {
            return;
        };
        let late = due + wait + SLEEP + SLEEP;
        let calm = late < self.boundary.end && self.is_calm(due.before(GAP), late);
        if !calm || self.runs_dry(late) || load.is_some_and(|load| load.unsure) {
            return opinion.either(&DUE);
        }
        opinion.judged(&DUE);
        if late < until {
            opinion.differs(
                &DUE,
                late,
                format!("no load since {}", from.spelled()),
                format!("one due at {}", due.spelled()),
            );
        }
    }

    /// The time in which 8 steps come due; `None`: a check is not allowed, or not told from the infusion.
    fn saving(&self, at: SimTime) -> Option<Millis> {
        let [therapy] = self.told.therapies_at(at) else {
            return None;
        };
        // A step of a schedule may leave too little for a check, whenever it begins.
        if !matches!(therapy.infusion, Infusion::Simple(_)) {
            return None;
        }
        let slowest = flows(therapy).into_iter().reduce(f64::min)?;
        let step_ml = real::Volume::from(self.boundary.step).as_milliliters();
        let days = f64::from(PULSES + 1) * step_ml / slowest;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a float that is too large saturates"
        )]
        let wait = Millis::from_millis((days * 86_400_000.0) as u64);
        (wait < SAVED).then_some(wait)
    }

    /// Whether a load can be told from the pulses of the infusion.
    pub(super) fn is_slow(&self, at: SimTime) -> bool {
        let therapies = self.told.therapies_at(at);
        let slow = |therapy: &Therapy| flows(therapy).into_iter().all(|flow| flow < SLOW);
        let mut refills = self.told.refills.iter();
        let bridged =
            refills.any(|it| it.bridged.is_some() && it.at <= at && at.since(it.at) < BRIDGE);
        !therapies.is_empty() && therapies.iter().all(slow) && !bridged
    }

    /// Whether no bolus is given between two instants.
    pub(super) fn no_bolus(&self, from: SimTime, until: SimTime) -> bool {
        let grants = self.told.grants.iter().map(|it| it.at);
        let ordered = self.told.ordered.iter().map(|it| it.at);
        let primed = self.told.primed.iter().map(|it| it.at);
        let mut boluses = grants.chain(ordered).chain(primed);
        !boluses.any(|at| from.before(BOLUS) <= at && at <= until)
    }

    /// Whether nothing keeps a pump from loading its battery.
    fn is_calm(&self, from: SimTime, until: SimTime) -> bool {
        let expected = self.saving(from).map_or(0.0, |wait| {
            as_f64(until.since(from).as_millis()) / as_f64(wait.as_millis().max(1))
        });
        let mut packets = self.boundary.packets.iter();
        self.is_on(from, until)
            && self.is_slow(from)
            && self.no_bolus(from, until)
            && self.missed(until) == self.missed(from.before(Millis::DAY))
            && !packets.any(|packet| from <= packet.at && packet.at <= until)
            && !self.is_hurt(until)
            && self.moved(from, until) >= expected * 0.7 * f64::from(PULSES)
    }

    /// Whether the counted reservoir may be too empty for a load at an instant.
    fn runs_dry(&self, at: SimTime) -> bool {
        let boundary = self.boundary;
        let refills = self.told.refills.iter().rev().filter(|it| it.at <= at);
        for refill in refills {
            let boots = boundary.boots.iter().skip(1);
            let boots = boots.filter(|it| refill.at <= it.at && it.at <= at).count() as u64;
            let count = refill.volume.saturating_sub(LOST.times(boots));
            let moved = boundary.steps_between(refill.at, at);
            if count.whole_parts(boundary.step) < moved + RESERVE {
                return true;
            }
            if !refill.in_doubt {
                break;
            }
        }
        false
    }

    /// Whether an order, a session or a refill may have come between two loads.
    fn changed(&self, from: SimTime, until: SimTime) -> bool {
        let orders = self.told.running.iter().map(|it| it.at);
        let therapies = self.told.therapies.iter().map(|it| it.at);
        let refills = self.told.refills.iter().map(|it| it.at);
        let sessions = self.told.sessions.iter().map(|it| it.from);
        let mut all = orders.chain(therapies).chain(refills).chain(sessions);
        all.any(|at| from <= at && at <= until)
    }

    fn torn(&self, at: SimTime) -> bool {
        let mut injuries = self.boundary.injuries.iter();
        injuries.any(|it| it.hurt == Hurt::Exchange && at <= it.at && it.at <= at + SLEEP)
    }
}

/// Whether a train may be a load.
pub(super) fn is_load(pulses: Pulses) -> bool {
    match pulses {
        Pulses::Train {
            count, period_us, ..
        } => count <= FEW && PERIODS_US.contains(&period_us),
        Pulses::Cut | Pulses::Stop => false,
    }
}

/// The flows of a therapy. Unit: mL/day.
fn flows(therapy: &Therapy) -> Vec<f64> {
    let times = match &therapy.infusion {
        Infusion::Flex(week) => starts(week).into_iter().map(|(from, _)| from).collect(),
        Infusion::Simple(_) | Infusion::MinimumRate => vec![Millis::ZERO],
    };
    let flows = times.into_iter();
    flows
        .map(|time| flow(therapy, therapy.concentration, time))
        .collect()
}
