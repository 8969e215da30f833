//! What is being given at a moment beside the infusion: a bolus, a priming bolus, the old drug of a
//! bridge; and whether the catheter is full.

use super::bolus::{Bolus, takes};
use super::modes::any;
use super::moment::Moment;
use super::pump::Pump;
use crate::clock::SLEEP;
use crate::told::Known;
use thecal_plan::Therapy;
use thecal_units::{Concentration, Millis, SimTime, Volume};

/// By how much the last step of a bolus may come after its due instant, and be noticed (REQ-MET-002).
const LATE: Millis = Millis::from_millis(2);

impl Pump<'_> {
    /// Whether a patient's or a clinician's bolus is given.
    pub(super) fn in_bolus(&self, moment: Moment) -> Known {
        let mut given = Known::No;
        for &(from, bolus) in self.heard.boluses.before(moment).iter().rev() {
            given = given.or(self.gives(from, &bolus, moment));
            if !bolus.in_doubt {
                break;
            }
        }
        given
    }

    /// Whether this bolus is still given.
    fn gives(&self, from: Moment, bolus: &Bolus, moment: Moment) -> Known {
        let passed = self.time.passed(from.at, moment.at);
        let given = if passed.least >= bolus.longest + LATE {
            return Known::No;
        } else if passed.most < bolus.last_step {
            Known::Yes
        } else {
            Known::Either
        };
        let given = given.and(self.cut(from, moment).not());
        self.if_recorded(from, bolus.in_doubt, given)
    }

    /// What is given from a moment on, or perhaps: it is in doubt, or the writes of that exchange were lost.
    fn if_recorded(&self, from: Moment, in_doubt: bool, given: Known) -> Known {
        if in_doubt || self.boundary.lost_writes_of(from.at) {
            given.perhaps()
        } else {
            given
        }
    }

    /// Whether something has cut short what was given from a moment on (REQ-BOL-040).
    pub(super) fn cut(&self, from: Moment, moment: Moment) -> Known {
        if self.booted(from, moment) {
            return Known::Yes;
        }
        let heard = &self.heard;
        let stops = heard.runs.between(from, moment).iter();
        let stops = stops.filter(|(_, (runs, _))| !runs);
        let stops = stops.map(|&(_, (_, obeyed))| obeyed);
        let holds = heard.opened.between(from, moment).iter();
        let holds = holds.filter(|(_, opened)| opened.hold);
        let holds = holds.map(|(_, opened)| opened.obeyed);
        // Neither this nor a refill is obeyed while a bolus is given.
        let commits = heard.commits.between(from, moment).iter();
        let commits = commits.map(|&(_, obeyed)| obeyed);
        let refills = heard.refills.between(from, moment);
        let refilled = refills.iter().map(|(_, refill)| refill.obeyed);
        let empty = refills.iter().map(|&(refilled, _)| self.empty(refilled));
        // Found at the next wake-up, which that of a packet is.
        let mut flips = self.boundary.bolus_flips();
        if flips.any(|at| from.at <= at && at < moment.at) {
            return Known::Yes;
        }
        let orders = any(stops.chain(holds).chain(commits).chain(refilled));
        empty
            .fold(orders, Known::or)
            .or(self.stalls.began(from.at, moment.at))
            .or(self.empty(moment))
            .or(self.ended(moment))
    }

    /// Whether a priming bolus is given.
    pub(super) fn priming(&self, moment: Moment) -> Known {
        let Some(&(from, obeyed)) = self.heard.primings.last(moment) else {
            return Known::No;
        };
        if self.booted(from, moment) {
            return Known::No;
        }
        let (least, most) = self.priming_steps(from);
        let driven = self.driven(from.at, moment.at);
        let passed = self.time.passed(from.at, moment.at).least;
        let lost = self.overdue(from, moment);
        let full = match driven {
            // At its last pulse, or a moment after it; what was overdue is not made up for.
            // A part of a step that the infusion had moved ahead of its time may leave the last one undriven.
            _ if driven + lost + 1 >= most && passed > self.primes_within(most) => Known::Yes,
            _ if driven + lost < least
                && !self.interrupted(from, moment)
                && !self.set_back(from) =>
            {
                Known::No
            }
            _ => Known::Either,
        };
        let heard = &self.heard;
        let runs = heard.runs.between(from, moment).iter();
        let runs = runs.map(|&(_, (_, obeyed))| obeyed);
        // None of these is obeyed while it is given (REQ-THE-040).
        let opened = heard.opened.between(from, moment).iter();
        let opened = opened.map(|(_, opened)| opened.obeyed);
        let refills = heard.refills.between(from, moment).iter();
        let refills = refills.map(|(_, refill)| refill.obeyed);
        let works = heard.works.between(from, moment).iter();
        let works = works.map(|&(_, obeyed)| obeyed);
        let ended = any(runs.chain(opened).chain(refills).chain(works));
        let given = Known::from(obeyed).and(ended.not()).and(full.not());
        self.if_recorded(from, false, given)
    }

    /// Whether something may have interrupted a priming bolus.
    fn interrupted(&self, from: Moment, moment: Moment) -> bool {
        let causes = [
            self.stalls.began(from.at, moment.at),
            self.stalled(from),
            self.empty(moment),
        ];
        causes != [Known::No; 3]
    }

    /// Steps of a priming bolus that may have been dropped because a wake-up was late, or seemed so by a jump
    /// of the clock (REQ-MET-004).
    fn overdue(&self, from: Moment, moment: Moment) -> u64 {
        let unnoticed = self.profile.unnoticed;
        let late = self.boundary.crystal.doubt(from.at, moment.at, unnoticed);
        let a_day = self.profile.fastest_a_day.whole_parts(self.boundary.step);
        let steps = u128::from(a_day) * u128::from(late.as_millis());
        let steps = steps.div_ceil(u128::from(Millis::DAY.as_millis()));
        u64::try_from(steps).unwrap_or(u64::MAX)
    }

    /// Whether the clock went back so shortly before that a train had moved steps ahead of it, which then
    /// count for what begins.
    fn set_back(&self, from: Moment) -> bool {
        let mut jumps = self.boundary.crystal.jumps.iter();
        jumps.any(|&(at, by)| {
            let soon = |later: SimTime| at <= later && later <= at + SLEEP;
            // A pump that is stopped meanwhile makes up for nothing.
            let last = self.heard.runs.last(from);
            let stopped = last.is_some_and(|&(stop, (runs, _))| !runs && soon(stop.at));
            by < 0 && at <= from.at && (soon(from.at) || stopped)
        })
    }

    /// The longest time that so many steps of a priming bolus take (REQ-THE-036), with some delay.
    fn primes_within(&self, steps: u64) -> Millis {
        let fastest = self.profile.fastest_a_day.as_picoliters();
        let takes = takes(self.boundary.step.times(steps), fastest);
        takes.max(Millis::MINUTE) + Millis::SECOND
    }

    /// Steps of a priming bolus, at least and at most.
    fn priming_steps(&self, from: Moment) -> (u64, u64) {
        let primed = self.counts_as_primed(from);
        let mut bounds = (u64::MAX, 0);
        for therapy in self.heard.therapies_at(from).iter().flatten() {
            let whole = |volume: Volume| volume.whole_parts(self.boundary.step);
            let (alone, both) = (whole(therapy.catheter), whole(self.held_by(therapy)));
            let (least, most) = match primed {
                Known::Yes => (alone, alone),
                Known::No => (both, both),
                Known::Either => (alone, both),
            };
            bounds = (bounds.0.min(least), bounds.1.max(most));
        }
        bounds
    }

    /// What a priming bolus fills at least, and at most.
    pub(super) fn volume_to_prime(&self, moment: Moment, therapy: &Therapy) -> (Volume, Volume) {
        match self.counts_as_primed(moment) {
            Known::Yes => (therapy.catheter, therapy.catheter),
            Known::No => (self.held_by(therapy), self.held_by(therapy)),
            Known::Either => (therapy.catheter, self.held_by(therapy)),
        }
    }

    /// Whether the pump counts as primed: from its first priming bolus on, or since it has moved as much
    /// as tubing and programmed catheter held (REQ-THE-050).
    pub(super) fn counts_as_primed(&self, moment: Moment) -> Known {
        let primings = self.heard.primings.before(moment);
        let mut primed = any(primings.iter().map(|&(_, obeyed)| obeyed));
        let mut until = moment;
        for (from, therapies) in self.heard.therapies.before(moment).iter().rev() {
            let moved = self.moved(SimTime::ZERO, until.at);
            let lost = self.lost_steps(SimTime::ZERO, until.at);
            let mut all = Known::Yes;
            let mut one = Known::No;
            for therapy in therapies.iter().flatten() {
                let hold = self.held_by(therapy).whole_parts(self.boundary.step);
                let filled = match moved {
                    _ if moved > hold + lost => Known::Yes,
                    _ if moved >= hold => Known::Either,
                    _ => Known::No,
                };
                (all, one) = (all.and(filled), one.or(filled));
            }
            primed = primed.or(all.and(one).or(one.perhaps()));
            until = *from;
        }
        // With its state a pump loses what it knew of that, and counts as primed (REQ-THE-054).
        if self.damaged_since(moment, SimTime::ZERO) {
            Known::Either
        } else {
            primed
        }
    }

    /// What tubing and catheter hold.
    fn held_by(&self, therapy: &Therapy) -> Volume {
        self.profile.tubing.saturating_add(therapy.catheter)
    }

    /// Whether a pump that counts as primed may not be primed: no work on the catheter was declared since
    /// the last time (REQ-THE-015).
    pub(super) fn primed_once(&self, moment: Moment) -> Known {
        let start = Moment::pins(SimTime::ZERO);
        let primings = self.heard.primings.before(moment);
        let sure = primings.iter().rfind(|(_, obeyed)| obeyed.surely());
        let since = sure.map_or(start, |&(at, _)| at);
        let works = self.heard.works.between(since, moment);
        let mut worked = any(works.iter().map(|&(_, obeyed)| obeyed));
        let last = works.last().map_or(since, |&(at, _)| at);
        if primings.last().is_some_and(|(at, _)| since < *at) || self.damaged_since(moment, last.at)
        {
            worked = worked.perhaps();
        }
        self.counts_as_primed(moment).and(worked.not())
    }

    /// Whether old drug still moves behind a refill (REQ-THE-044).
    pub(super) fn bridging(&self, moment: Moment) -> Known {
        self.bridge(moment).map_or(Known::No, |(_, known)| known)
    }

    /// The last bridge that may be there: the concentration of its old drug, and whether it still moves.
    pub(super) fn bridge(&self, moment: Moment) -> Option<(Concentration, Known)> {
        let refills = self.heard.refills.before(moment).iter().rev();
        let mut bridging: Option<(Concentration, Known)> = None;
        for (from, refill) in refills {
            let Some((behind, concentration)) = refill.bridge else {
                continue;
            };
            let left = self
                .bridges(*from, (behind, concentration), moment)
                .and(refill.obeyed.into());
            let left = if refill.bridge_sure {
                left
            } else {
                left.perhaps()
            };
            let before = bridging.map_or(Known::No, |(_, known)| known);
            bridging = Some((concentration, before.or(left)));
            if refill.obeyed.surely() && refill.bridge_sure {
                break;
            }
        }
        bridging
    }

    fn bridges(
        &self,
        from: Moment,
        (behind, old): (Volume, Concentration),
        moment: Moment,
    ) -> Known {
        let whole = behind.whole_parts(self.boundary.step);
        let moved = self.moved(from.at, moment.at);
        let lost = self.lost_steps(from.at, moment.at);
        // A reset loses on the side of less drug (REQ-THE-012): beside one that is no stronger the old drug is
        // moved for longer.
        let (then, since) = (
            self.heard.therapies.before(from).len(),
            self.heard.therapies.before(moment),
        );
        let mut in_force = since.get(then..).unwrap_or_default().iter();
        let outlasts = in_force.any(|(_, may_be)| {
            let mut may_be = may_be.iter().flatten();
            may_be.any(|therapy| therapy.concentration <= old)
        });
        let left = if moved >= whole + if outlasts { lost } else { 0 } {
            Known::No
        } else if moved < whole.saturating_sub(lost) {
            Known::Yes
        } else {
            Known::Either
        };
        if self.damaged_since(moment, from.at) {
            left.perhaps()
        } else {
            left
        }
    }
}
