//! The counts of each status: reservoir, steps, grants, denials, packets that were dropped, entries.

use super::reservoir::Reservoir;
use super::rules;
use super::time::LogTime;
use crate::boundary::{Answer, Boundary, Hurt, Packet, Status};
use crate::rule::{Opinion, Rule};
use thecal_plan::{Profile, Request};
use thecal_units::{SimTime, Volume, real};

/// Steps by which the pump's count may be behind at an instant. Source: ours, a stroke and its report.
pub(super) const LOOSE: u64 = 2;

/// Each status that was read, with the number of its packet, and that of the end.
pub(super) fn statuses<'b>(
    boundary: &'b Boundary<'b>,
) -> impl Iterator<Item = (usize, Status<'b>)> {
    let read = boundary.packets.iter().enumerate();
    let read = read.filter_map(|(index, packet)| match packet.answer {
        Some(Answer::Status(status)) if packet.is_genuine() => Some((index, status)),
        _ => None,
    });
    read.chain(
        boundary
            .status
            .map(|status| (boundary.packets.len(), status)),
    )
}

/// Whether an injury may have changed what the pump knew, before an instant.
pub(super) fn is_hurt(boundary: &Boundary<'_>, at: SimTime) -> bool {
    let mut injuries = boundary.injuries.iter();
    injuries.any(|it| it.hurt != Hurt::Exchange && it.at <= at)
}

/// What a pump answered to the requests among some packets.
pub(super) struct Answered {
    pub(super) granted: u64,
    pub(super) denied: u64,
    /// Those of which a fault took the answer.
    pub(super) lost: u64,
}

/// Counts the answers to requests that patients have sent.
pub(super) fn answered(packets: &[Packet<'_>]) -> Answered {
    let (mut granted, mut denied, mut lost) = (0, 0, 0);
    for packet in packets {
        if !matches!(packet.request, Request::PatientBolus { .. }) || !packet.is_genuine() {
            continue;
        }
        match packet.answer {
            Some(Answer::Granted) => granted += 1,
            Some(Answer::Denied(_)) => denied += 1,
            None if packet.reached && packet.lost => lost += 1,
            _ => {}
        }
    }
    Answered {
        granted,
        denied,
        lost,
    }
}

/// A run and its counts.
pub(super) struct Counts<'a> {
    pub(super) boundary: &'a Boundary<'a>,
    pub(super) profile: &'a Profile,
    pub(super) time: &'a LogTime,
    pub(super) reservoir: &'a Reservoir<'a>,
}

impl Counts<'_> {
    pub(super) fn judge(&self, opinion: &mut Opinion) {
        for (index, status) in statuses(self.boundary) {
            if is_hurt(self.boundary, status.at) {
                for rule in [&rules::RESERVOIR, &rules::GRANTS] {
                    opinion.either(rule);
                }
                self.no_more_steps(&status, opinion);
                continue;
            }
            self.reservoir(index, &status, opinion);
            self.steps(&status, opinion);
            self.answers(index, &status, opinion);
            self.dropped(index, &status, opinion);
            self.entries(&status, opinion);
        }
    }

    fn reservoir(&self, index: usize, status: &Status<'_>, opinion: &mut Opinion) {
        let (least, most) = self.reservoir.before(index);
        let rule = if self.resets(status.at) > 0 {
            &rules::KEPT
        } else {
            &rules::RESERVOIR
        };
        opinion.judged(rule);
        if status.reservoir < least || most < status.reservoir {
            let ml =
                |volume: Volume| format!("{:.6} mL", real::Volume::from(volume).as_milliliters());
            let allowed = format!("{} to {}", ml(least), ml(most));
            opinion.differs(rule, status.at, ml(status.reservoir), allowed);
        }
    }

    fn moved(&self, at: SimTime) -> u64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "totals of steps, which only grow"
        )]
        let moved = self.boundary.moved.at(at).round().max(0.0) as u64;
        moved
    }

    /// Of damaged memory an older count may be left, never a higher one.
    fn no_more_steps(&self, status: &Status<'_>, opinion: &mut Opinion) {
        let rule = &rules::COUNTED;
        let mut injuries = self.boundary.injuries.iter();
        if injuries.any(|it| !matches!(it.hurt, Hurt::Memory | Hurt::Exchange)) {
            return opinion.either(rule);
        }
        let bounds = (0, self.moved(status.at));
        number(rule, status.at, status.steps, bounds, opinion);
    }

    fn steps(&self, status: &Status<'_>, opinion: &mut Opinion) {
        let moved = self.moved(status.at);
        let lost = self.profile.requests.lost_at_reset;
        let lost = lost.whole_parts(self.boundary.step) * self.resets(status.at);
        // None is counted before it has moved.
        let bounds = (moved.saturating_sub(lost + LOOSE), moved);
        number(&rules::COUNTED, status.at, status.steps, bounds, opinion);
    }

    fn resets(&self, until: SimTime) -> u64 {
        let boots = self.boundary.boots.iter().skip(1);
        boots.filter(|boot| boot.at <= until).count() as u64
    }

    fn answers(&self, index: usize, status: &Status<'_>, opinion: &mut Opinion) {
        let Answered {
            granted,
            denied,
            lost,
        } = answered(self.earlier(index));
        let shown = (status.granted.into(), status.denied.into());
        number(
            &rules::GRANTS,
            status.at,
            shown.0,
            (granted, granted + lost),
            opinion,
        );
        number(
            &rules::DENIALS,
            status.at,
            shown.1,
            (denied, denied + lost),
            opinion,
        );
    }

    fn earlier(&self, index: usize) -> &[Packet<'_>] {
        self.boundary.packets.get(..index).unwrap_or_default()
    }

    /// What a pump without a prescription has counted it may forget at a reset; another one the last hour.
    fn dropped(&self, index: usize, status: &Status<'_>, opinion: &mut Opinion) {
        let within = self.profile.record.counts_within;
        let (mut least, mut most) = (0, 0);
        let commit = |packet: &Packet<'_>| {
            matches!(packet.request, Request::Commit | Request::Program(_))
                && matches!(packet.answer, Some(Answer::Done))
        };
        let programmed = self.boundary.packets.iter().position(commit);
        for (nth, packet) in self.earlier(index).iter().enumerate() {
            if !packet.reached || packet.answer.is_some() {
                continue;
            }
            most += 1;
            let mut boots = self.boundary.boots.iter();
            let may_be_lost = boots.any(|boot| {
                // What it counted until its power failed.
                let mut away = self.boundary.absences.iter();
                let away = away.find(|it| it.until == boot.at).map(|it| it.from);
                let until = away.unwrap_or(boot.at).max(packet.at);
                let soon = packet.at <= boot.at && until.since(packet.at) <= within;
                let unprogrammed = programmed.is_none_or(|commit| boot.packets <= commit);
                boot.packets > nth && boot.at <= status.at && (soon || unprogrammed)
            });
            if !packet.lost && !may_be_lost {
                least += 1;
            }
        }
        let shown = status.unauthentic.into();
        number(
            &rules::UNAUTHENTIC,
            status.at,
            shown,
            (least, most),
            opinion,
        );
    }

    /// Entries that were written before a status are counted in it, and no later ones.
    fn entries(&self, status: &Status<'_>, opinion: &mut Opinion) {
        let entries = self.boundary.log.entries;
        let mut injuries = self.boundary.injuries.iter();
        let forgotten = injuries.any(|it| it.hurt == Hurt::Owed && status.at <= it.at);
        if entries.is_empty() || forgotten {
            return opinion.either(&rules::ENTRIES);
        }
        let slack = self.time.slack(status.at);
        let earlier = entries.iter().rfind(|entry| entry.at + slack < status.at);
        let later = entries.iter().find(|entry| status.at + slack < entry.at);
        let least = earlier.map_or(0, |entry| entry.index + 1);
        let last = entries.last().map_or(0, |entry| entry.index + 1);
        let most = later.map_or(last, |entry| entry.index);
        let bounds = (least.into(), most.into());
        number(
            &rules::ENTRIES,
            status.at,
            status.log_entries.into(),
            bounds,
            opinion,
        );
    }
}

/// A number that is from the first to the second bound.
pub(super) fn number(
    rule: &'static Rule,
    at: SimTime,
    shown: u64,
    (least, most): (u64, u64),
    opinion: &mut Opinion,
) {
    opinion.judged(rule);
    if shown < least || most < shown {
        let allowed = if least == most {
            format!("{least}")
        } else {
            format!("{least} to {most}")
        };
        opinion.differs(rule, at, format!("{shown}"), allowed);
    }
}
