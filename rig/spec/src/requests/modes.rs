//! The pump's mode at a moment, question by question: why no infusion runs.

use super::heard::{Obeyed, Opened};
use super::moment::Moment;
use super::pump::Pump;
use crate::losses::MADE_UP;
use crate::told::Known;
use thecal_plan::LogKind;
use thecal_units::{SimTime, Volume};

impl Pump<'_> {
    /// Whether programmer and pump have the same keys.
    pub(super) fn has_keys(&self, moment: Moment) -> Known {
        let Some(&(taken, obeyed)) = self.heard.keys.last(moment) else {
            return Known::No;
        };
        // A challenge since: the pump has lost them.
        if !self.heard.challenges.between(taken, moment).is_empty() {
            return Known::No;
        }
        let proved = self.heard.answered.last(moment).map(|&(at, ())| at.at);
        if self.damaged_since(moment, proved.unwrap_or(taken.at)) {
            return Known::Either;
        }
        obeyed.into()
    }

    /// Whether the pump is in the safe state.
    pub(super) fn safe(&self, moment: Moment) -> Known {
        let lost = self.damaged_since(moment, self.last_commit(moment));
        self.safe_by_resets(moment).or(Known::sure(lost).perhaps())
    }

    /// Whether resets in close succession have led to it.
    pub(super) fn safe_by_resets(&self, moment: Moment) -> Known {
        let behind = self.troubled.partition_point(|&(at, _)| at < moment);
        match behind.checked_sub(1).map(|last| self.troubled[last]) {
            None => Known::No,
            Some((at, safe)) => {
                let left = self.heard.commits.between(at, moment);
                safe.and(any(left.iter().map(|&(_, obeyed)| obeyed)).not())
            }
        }
    }

    /// Whether the infusion is stopped by order.
    pub(super) fn stopped(&self, moment: Moment) -> Known {
        let mut stopped = Known::Yes;
        let orders = self.heard.runs.before(moment);
        // The last order that surely was obeyed, and those since that perhaps were.
        let sure = orders.iter().rposition(|(_, (_, obeyed))| obeyed.surely());
        for &(_, (runs, obeyed)) in &orders[sure.unwrap_or(0)..] {
            let ordered = Known::sure(!runs);
            stopped = match obeyed {
                Obeyed::Surely => ordered,
                Obeyed::Perhaps if stopped == ordered => ordered,
                Obeyed::Perhaps => Known::Either,
            };
        }
        // What leads out of the safe state leaves the pump stopped, and new keys come after a loss.
        let start = Moment::pins(SimTime::ZERO);
        let since = sure.map_or(start, |index| orders[index].0);
        for &(commit, obeyed) in self.heard.commits.between(since, moment) {
            stopped = stopped.or(self.safe(commit).and(obeyed.into()));
        }
        let again = since > start && !self.heard.keys.between(since, moment).is_empty();
        stopped.or(Known::sure(again).perhaps())
    }

    /// Whether the battery's end has stopped the infusion. The supply under load cannot be told from the
    /// pins to the check, so the pump's log is asked; but a supply that never was low ends nothing.
    pub(super) fn ended(&self, moment: Moment) -> Known {
        if moment.at < self.low_since {
            return Known::No;
        }
        if !self.boundary.log_reaches(SimTime::ZERO) {
            return Known::Either;
        }
        let entries = self.boundary.log.entries.iter().rev();
        let mut ended = entries.filter(|entry| entry.kind == LogKind::ServiceEnded);
        let ended = ended.find(|entry| entry.at.before(self.time.unsure(entry.at)) <= moment.at);
        let Some(ended) = ended else {
            return Known::No;
        };
        let begun = ended.at + self.time.unsure(ended.at) < moment.at;
        let orders = self.heard.runs.between(Moment::pins(ended.at), moment);
        let starts = orders.iter().filter(|(_, (runs, _))| *runs);
        let started = any(starts.map(|&(_, (_, obeyed))| obeyed));
        Known::sure(begun).or(Known::Either).and(started.not())
    }

    /// The session that may be open, and whether it is.
    pub(super) fn session(&self, moment: Moment) -> Option<(Moment, Opened, Known)> {
        let &(from, opened) = self.heard.opened.last(moment)?;
        let closed = self.heard.closed.between(from, moment);
        let closed = any(closed.iter().map(|&(_, obeyed)| obeyed));
        let booted = Known::sure(self.booted(from, moment));
        let mut open = Known::from(opened.obeyed)
            .and(closed.not())
            .and(booted.not());
        let (mut surely, mut perhaps) = (from.at, from.at);
        for &(packet, taken) in self.heard.clinician.between(from, moment) {
            open = open.and(self.session_lasts(surely, perhaps, packet.at));
            if open == Known::No {
                return None;
            }
            perhaps = packet.at;
            if taken.surely() {
                surely = packet.at;
            }
        }
        open = open.and(self.session_lasts(surely, perhaps, moment.at));
        (open != Known::No).then_some((from, opened, open))
    }

    /// Whether a session has not timed out since the last packet of the clinician that was taken: surely,
    /// and perhaps.
    fn session_lasts(&self, surely: SimTime, perhaps: SimTime, until: SimTime) -> Known {
        if self.time.passed(perhaps, until).least >= self.profile.session {
            Known::No
        } else if self.time.passed(surely, until).most < self.profile.session {
            Known::Yes
        } else {
            Known::Either
        }
    }

    /// Whether an update session holds the infusion.
    pub(super) fn held(&self, moment: Moment) -> Known {
        match self.session(moment) {
            Some((_, Opened { hold: true, .. }, open)) => open,
            Some(_) | None => Known::No,
        }
    }

    /// Whether the reservoir is empty by count.
    pub(super) fn empty(&self, moment: Moment) -> Known {
        let mut empty: Option<Known> = None;
        let refills = self.heard.refills.before(moment).iter().rev();
        for (from, refill) in refills {
            let since = self.emptied(*from, refill.volume, moment);
            empty = Some(empty.map_or(since, |known| known.same(since)));
            if refill.obeyed.surely() {
                return since.same(empty.unwrap_or(since));
            }
        }
        let made = Moment::pins(SimTime::ZERO);
        let since = self.emptied(made, self.profile.requests.made_with, moment);
        since.same(empty.unwrap_or(since))
    }

    /// Whether all of this volume has moved since it was entered.
    fn emptied(&self, from: Moment, volume: Volume, moment: Moment) -> Known {
        let step = self.boundary.step;
        let whole = volume.whole_parts(step);
        let most = whole + u64::from(step.times(whole) != volume);
        let moved = self.moved(from.at, moment.at);
        if moved >= most {
            return Known::Yes;
        }
        // A state that was lost counts from zero.
        if self.damaged_since(moment, from.at) {
            return Known::Either;
        }
        if moved < whole.saturating_sub(self.lost_steps(from.at, moment.at)) {
            return Known::No;
        }
        self.logged(LogKind::EmptyReservoir, from, moment)
    }

    /// Whether the pump has logged this between two moments.
    fn logged(&self, kind: LogKind, from: Moment, moment: Moment) -> Known {
        if !self.boundary.log_reaches(from.at) {
            return Known::Either;
        }
        let entries = self.boundary.log.entries.iter();
        let mut found = Known::No;
        for entry in entries.filter(|entry| entry.kind == kind) {
            let unsure = self.time.unsure(entry.at);
            let (earliest, latest) = (entry.at.before(unsure), entry.at + unsure);
            if from.at <= earliest && latest < moment.at {
                return Known::Yes;
            }
            if from.at <= latest && earliest <= moment.at {
                found = Known::Either;
            }
        }
        found
    }

    /// Whether the motor has stalled and the stall is not over.
    pub(super) fn stalled(&self, moment: Moment) -> Known {
        let stalled = self.stalls.at(self.boundary, moment.at);
        if self.damaged_since(moment, SimTime::ZERO) {
            stalled.perhaps()
        } else {
            stalled
        }
    }

    /// Whether a magnet is near.
    pub(super) fn magnet(&self, moment: Moment) -> Known {
        let switch = self.boundary.magnet;
        let behind = switch.partition_point(|&(at, _)| at <= moment.at);
        let closed = behind.checked_sub(1).map(|last| switch[last].1);
        Known::sure(closed == Some(true))
    }

    /// Whether a magnet has been near, and is gone.
    pub(super) fn magnet_was_near(&self, moment: Moment) -> bool {
        let first = self.boundary.magnet.first();
        first.is_some_and(|&(at, _)| at <= moment.at) && self.magnet(moment) == Known::No
    }

    /// Whether the memory alarm forbids boluses: of a record that was lost, until it is silenced; of writes
    /// that were lost, until they are made again, too.
    pub(super) fn alarm(&self, moment: Moment) -> Known {
        let all = self.heard.silenced.before(moment);
        let silenced = all.iter().rfind(|(_, obeyed)| obeyed.surely());
        let silenced = silenced.map_or(SimTime::ZERO, |(at, _)| at.at);
        // What the pump has said itself it is held to.
        if self.memory_alarm.sounds(moment.at) {
            return Known::Yes;
        }
        let damaged = Known::sure(self.damaged_since(moment, silenced)).perhaps();
        let losses = self.losses.iter().filter(|loss| loss.at <= moment.at);
        let mut begun = SimTime::ZERO;
        let lost = losses.map(|loss| {
            // What goes on raises no other alarm: one that was acknowledged is over with its cause.
            begun = if loss.goes_on { begun } else { loss.at };
            let heard = all.iter().any(|(at, _)| begun <= at.at);
            let hurt = self.boundary.injuries.iter().any(|it| loss.at <= it.at);
            let is_told = loss.told.is_some_and(|told| told <= moment.at);
            if is_told && !heard && !hurt {
                return Known::Yes;
            }
            let is_open = silenced <= loss.at + MADE_UP || moment.at <= loss.at + MADE_UP;
            Known::sure(is_open).perhaps()
        });
        lost.fold(damaged, Known::or)
    }
}

/// Whether one of several orders was obeyed.
pub(super) fn any(orders: impl Iterator<Item = Obeyed>) -> Known {
    orders.fold(Known::No, |known, obeyed| known.or(obeyed.into()))
}
