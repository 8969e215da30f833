//! The counted reservoir at any instant, from what was entered and the steps that moved since; and what the
//! log says of it.

use super::obeyed::obeyed;
use super::rules;
use super::wanted::{Says, Wanted};
use crate::boundary::{Boundary, Hurt};
use crate::clock::SLEEP;
use crate::dose::first_at;
use crate::number::as_f64;
use crate::rule::Rule;
use crate::told::{Known, Told};
use thecal_plan::{LogKind, Profile, Request, Therapy};
use thecal_units::{Millis, SimTime, Volume};

/// Steps by which the pump's count and this one may differ at an instant: one that is being driven, and one
/// that its report has not reached. Source: ours.
const LOOSE: u64 = 2;

/// A volume that was entered.
#[derive(Clone, Copy, Debug)]
struct Entered {
    at: SimTime,
    /// The number of the packet after it.
    from: usize,
    volume: Volume,
    known: Known,
}

/// The counted reservoir.
pub(super) struct Reservoir<'a> {
    boundary: &'a Boundary<'a>,
    profile: &'a Profile,
    told: &'a Told,
    entered: Vec<Entered>,
}

/// A count that has fallen to a limit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fall {
    pub(super) early: SimTime,
    pub(super) late: SimTime,
    /// When something else happens to the count or its limit.
    next: SimTime,
    pub(super) surely: bool,
    /// The limit, or those that may be in force.
    low: Volume,
    high: Volume,
}

impl<'a> Reservoir<'a> {
    pub(super) fn of(boundary: &'a Boundary<'a>, told: &'a Told, profile: &'a Profile) -> Self {
        let made = Entered {
            at: SimTime::ZERO,
            from: 0,
            volume: profile.requests.made_with,
            known: Known::Yes,
        };
        let packets = boundary.packets.iter().enumerate();
        let refills = packets.filter_map(|(index, packet)| match *packet.request {
            Request::Refill { volume, .. } => Some(Entered {
                at: packet.at,
                from: index + 1,
                volume,
                known: obeyed(packet)?,
            }),
            _ => None,
        });
        let entered = [made].into_iter().chain(refills).collect();
        Self {
            boundary,
            profile,
            told,
            entered,
        }
    }

    /// The count before a packet is taken: at least, and at most.
    pub(super) fn before(&self, packet: usize) -> (Volume, Volume) {
        let at = self
            .boundary
            .packets
            .get(packet)
            .map_or(self.boundary.end, |it| it.at);
        let behind = self.entered.partition_point(|it| it.from <= packet);
        self.after(behind, at)
    }

    /// The count at an instant, when it is not a refill's.
    pub(super) fn at(&self, at: SimTime) -> (Volume, Volume) {
        let behind = self.entered.partition_point(|it| it.at <= at);
        self.after(behind, at)
    }

    /// After the first so many that were entered.
    fn after(&self, behind: usize, at: SimTime) -> (Volume, Volume) {
        let known = self.entered.get(..behind).unwrap_or_default();
        let mut bounds: Option<(Volume, Volume)> = None;
        for entered in known.iter().rev() {
            let (least, most) = self.since(entered, at);
            bounds = Some(bounds.map_or((least, most), |(low, high)| {
                (low.min(least), high.max(most))
            }));
            if entered.known == Known::Yes {
                break;
            }
        }
        bounds.unwrap_or((Volume::ZERO, Volume::ZERO))
    }

    fn since(&self, entered: &Entered, at: SimTime) -> (Volume, Volume) {
        let step = self.boundary.step;
        let moved = self.boundary.steps_between(entered.at, at);
        let lost = self.profile.requests.lost_at_reset;
        let mut boots = self.boundary.boots.iter();
        let resets = boots
            .by_ref()
            .skip(1)
            // At one instant the order matters.
            .filter(|boot| entered.from <= boot.packets && boot.at <= at);
        let lost = lost.times(resets.count() as u64);
        let loose = step.times(LOOSE);
        let most = entered.volume.saturating_sub(step.times(moved));
        let mut least = most.saturating_sub(lost).saturating_sub(loose);
        let mut injuries = self.boundary.injuries.iter();
        // A state that is lost counts from zero.
        if injuries.any(|it| it.hurt != Hurt::Exchange && entered.at <= it.at && it.at <= at) {
            least = Volume::ZERO;
        }
        (least, most.saturating_add(loose).min(entered.volume))
    }

    /// A count that falls to the prescribed limit, and to zero.
    pub(super) fn wanted(&self) -> Vec<Wanted> {
        let low = self.falls(|therapy| therapy.low_reservoir);
        let low = low.into_iter().map(|fall| {
            // Before another refill.
            let next = fall.next.before(Millis::from_millis(1)).max(fall.early);
            let seen = self.seen(&fall).min(next).min(self.boundary.end);
            let (least, _) = self.at(seen);
            // A boot of the instant of the next refill comes before it.
            let boots = self.boundary.boots.iter();
            let boots = boots
                .filter(|it| seen < it.at && it.at <= fall.next)
                .count() as u64;
            let lost = self.profile.requests.lost_at_reset.times(boots);
            let least = least.saturating_sub(lost);
            let says = Says::Volume(least.min(fall.low), fall.high);
            self.fallen((&rules::LOW, LogKind::LowReservoir), &fall, says)
        });
        let empty = self.empties();
        let empty = empty.iter().map(|fall| {
            self.fallen(
                (&rules::EMPTY, LogKind::EmptyReservoir),
                fall,
                Says::Anything,
            )
        });
        low.chain(empty).collect()
    }

    fn fallen(&self, (rule, kind): (&'static Rule, LogKind), fall: &Fall, says: Says) -> Wanted {
        let until = self.seen(fall);
        Wanted {
            rule,
            kind,
            from: fall.early,
            until,
            boot: false,
            due: fall.surely && until < fall.next && self.boundary.injuries.is_empty(),
            says,
        }
    }

    /// By when the pump has seen it. One that is away meanwhile finds it at its boot.
    fn seen(&self, fall: &Fall) -> SimTime {
        let seen = fall.late + SLEEP;
        let mut away = self.boundary.absences.iter();
        let away = away.find(|it| it.from <= seen && fall.early <= it.until);
        away.map_or(seen, |it| seen.max(it.until + SLEEP))
    }

    /// When the count reaches zero.
    pub(super) fn empties(&self) -> Vec<Fall> {
        self.falls(|_| Volume::ZERO)
    }

    /// When the count falls to a limit: once until a refill above it, or a lower limit.
    fn falls(&self, limit: impl Fn(&Therapy) -> Volume) -> Vec<Fall> {
        let mut changes: Vec<SimTime> = self.entered.iter().map(|it| it.at).collect();
        changes.extend(self.told.therapies.iter().map(|it| it.at));
        changes.sort_unstable();
        changes.dedup();
        let mut falls = Vec::new();
        let mut below = Known::No;
        for (nth, &from) in changes.iter().enumerate() {
            let next = changes.get(nth + 1).copied().unwrap_or(self.boundary.end);
            let limits = self.told.therapies_at(from).iter().map(&limit);
            let (Some(low), Some(high)) = (limits.clone().min(), limits.max()) else {
                continue;
            };
            let (least, most) = self.at(from);
            // Of two refills of one instant the first may have put the count above it.
            let between = self
                .entered
                .iter()
                .filter(|it| it.at == from && it.volume > high);
            for refill in between {
                below = match (below, refill.known) {
                    (_, Known::Yes) => Known::No,
                    (Known::Yes, Known::Either) => Known::Either,
                    (below, _) => below,
                };
            }
            // A refill or a limit that puts the count above it again.
            below = match below {
                _ if least > high => Known::No,
                Known::Yes if most > low => Known::Either,
                other => other,
            };
            let early = self.reaches((from, next), high, false);
            if below == Known::Yes || early > next {
                continue;
            }
            let late = self.reaches((from, next), low, true);
            falls.push(Fall {
                early,
                late: late.min(next),
                next,
                surely: below == Known::No && late < next && low == high,
                low,
                high,
            });
            below = if late < next {
                Known::Yes
            } else {
                Known::Either
            };
        }
        falls
    }

    /// When the count reaches a limit after a change: at the earliest, or at the latest. Never: after
    /// the end of the run.
    fn reaches(&self, (begin, end): (SimTime, SimTime), limit: Volume, late: bool) -> SimTime {
        let behind = self.entered.partition_point(|it| it.at <= begin);
        let count = |at: SimTime| {
            let (least, most) = self.after(behind, at);
            // The step that is being driven, and its report, come before the next sleep is over.
            if late {
                most.saturating_sub(self.boundary.step.times(LOOSE))
            } else {
                least
            }
        };
        if count(end) > limit {
            return SimTime::NEVER;
        }
        let (mut low, mut high) = (begin.as_millis(), end.as_millis());
        while low < high {
            let middle = u64::midpoint(low, high);
            if count(SimTime::from_millis(middle)) <= limit {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        SimTime::from_millis(low)
    }

    /// Steps of old drug that a bridge still has to move before a packet is taken: at least, and at most.
    /// `None`: it is not known which refill began it.
    pub(super) fn old_drug(&self, packet: usize, tubing: Volume) -> Option<(u64, u64)> {
        let at = self
            .boundary
            .packets
            .get(packet)
            .map_or(self.boundary.end, |it| it.at);
        let earlier = self.boundary.packets.get(..packet)?.iter();
        let mut bridges = earlier.rev().filter(|packet| {
            let bridge = matches!(packet.request, Request::Refill { bridge: true, .. });
            bridge && obeyed(packet).is_some()
        });
        let bridge = bridges
            .next()
            .filter(|packet| obeyed(packet) == Some(Known::Yes))?;
        let [therapy] = self.told.therapies_at(bridge.at) else {
            return None;
        };
        let whole = tubing
            .saturating_add(therapy.catheter)
            .whole_parts(self.boundary.step);
        let left = whole.saturating_sub(self.boundary.steps_between(bridge.at, at));
        let boots = self.boundary.boots.iter();
        let boots = boots
            .filter(|boot| bridge.at < boot.at && boot.at <= at)
            .count() as u64;
        let lost = self
            .profile
            .requests
            .lost_at_reset
            .whole_parts(self.boundary.step)
            * boots;
        let more = if self.may_outlast(bridge.at, at) {
            lost
        } else {
            0
        };
        Some((left.saturating_sub(lost + LOOSE), left + more + LOOSE))
    }

    /// Whether a reset may have left more of the bridge that began at an instant than there was.
    fn may_outlast(&self, from: SimTime, until: SimTime) -> bool {
        // Of two refills of one instant only one need have begun it.
        let mut refills = self.told.refills.iter().rev().filter(|it| it.at == from);
        let old = refills.find_map(|it| it.bridged);
        old.is_some_and(|old| self.told.may_outlast(old, from, until))
    }

    /// When a bridge of this volume that began at an instant has moved, at the earliest and at the latest; never.
    pub(super) fn has_bridged(
        &self,
        from: SimTime,
        (least, most): (Volume, Volume),
    ) -> (SimTime, SimTime) {
        let whole = |volume: Volume| volume.whole_parts(self.boundary.step);
        let start = self.boundary.moved.at(from).floor();
        let reached = |steps: u64| first_at(self.boundary, from, start + as_f64(steps));
        let lost = self.profile.requests.lost_at_reset;
        let lost = lost.whole_parts(self.boundary.step);
        let resets = |until: SimTime| {
            let boots = self.boundary.boots.iter();
            boots
                .filter(|boot| from < boot.at && boot.at <= until)
                .count() as u64
        };
        // A reset behind its end costs nothing of it.
        let soonest =
            whole(least).saturating_sub(lost * resets(reached(whole(most) + LOOSE)) + LOOSE);
        let mut latest = reached(whole(most) + LOOSE);
        if self.may_outlast(from, latest) {
            // What one reset leaves may last until the next.
            let all = lost * resets(SimTime::NEVER);
            latest = reached(whole(most) + all + LOOSE);
        }
        (reached(soonest), latest)
    }
}

/// The end of each bridge: when tubing and catheter have moved.
pub(super) fn bridge_ends(
    begun: &[Wanted],
    boundary: &Boundary<'_>,
    reservoir: &Reservoir<'_>,
) -> Vec<Wanted> {
    let bridges = begun.iter().filter(|it| it.kind == LogKind::BridgeBegan);
    let ends = bridges.filter_map(|bridge| {
        let Says::Volume(least, most) = bridge.says else {
            return None;
        };
        let (early, late) = reservoir.has_bridged(bridge.from, (least, most));
        let until = late + SLEEP;
        (early <= boundary.end).then(|| Wanted {
            rule: &rules::BRIDGE,
            kind: LogKind::BridgeEnded,
            from: early,
            until: until.min(boundary.end),
            boot: false,
            due: bridge.due
                && late != SimTime::NEVER
                && until < boundary.end
                && boundary.injuries.is_empty(),
            says: Says::Anything,
        })
    });
    ends.collect()
}
