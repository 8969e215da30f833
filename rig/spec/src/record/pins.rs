//! What the pins showed and the log must tell: resets, magnets, jumps of the clock, stalls.

use super::rules;
use super::time;
use super::wanted::{Says, Wanted};
use crate::boundary::{Answer, Boundary, Cause, Hurt};
use crate::clock::SLEEP;
use thecal_plan::{HeldValue, LogKind, Profile, Request};
use thecal_units::{Millis, SimTime};

/// A jump that meets a pump without power is seen from its last record, which is this old at most.
/// Source: REQ-CLK-012.
const RECORD: Millis = Millis::MINUTE.times(62);
/// No pump takes more for time that has passed without it. Source: REQ-CLK-011.
const CENTURY: Millis = Millis::DAY.times(36_525);
/// Half of what the clock's 64 bits hold: a change of more may as well be one the other way.
const HALF_RANGE: u64 = 1 << 63;
/// The log's seconds end here. Source: docs/telemetry.md.
const LONGEST: i64 = 2_147_483_647;

/// Each boot by its cause.
pub(super) fn boots(boundary: &Boundary<'_>) -> Vec<Wanted> {
    let boots = boundary.boots.iter().map(|boot| {
        let kind = match boot.cause {
            Cause::PowerOn => LogKind::PowerOn,
            Cause::Pin => LogKind::PinReset,
            Cause::Watchdog => LogKind::WatchdogReset,
            Cause::BrownOut => LogKind::BrownOutReset,
        };
        let about = (&rules::RESET, kind);
        Wanted {
            boot: true,
            ..Wanted::at(about, boot.at, !boot.cut_short, Says::Anything)
        }
    });
    boots.collect()
}

/// Each bit that flipped in a value of which there is a second copy (REQ-INT-005). Of the record of boluses the
/// pump makes use, and finds it, when a patient asks for one.
pub(super) fn flips(boundary: &Boundary<'_>) -> Vec<Wanted> {
    let flips = boundary.flips.iter().map(|&(at, value)| {
        let mut asked = boundary.packets.iter();
        let asked = asked.find(|packet| {
            at <= packet.at
                && packet.answer.is_some()
                && matches!(packet.request, Request::PatientBolus { .. })
        });
        let found = match value {
            HeldValue::Grants => asked.map_or(boundary.end, |packet| packet.at),
            _ => at + SLEEP,
        };
        // A reset that comes first leaves nothing of it.
        let mut boots = boundary.boots.iter();
        let lost = boots.any(|boot| at <= boot.at && boot.at <= found);
        let mut away = boundary.absences.iter();
        let away = away.any(|it| it.from <= found && at <= it.until);
        // A request that is denied before is compared with none.
        let compared = value != HeldValue::Grants
            || asked.is_some_and(|it| {
                matches!(it.answer, Some(Answer::Granted | Answer::Denied("lockout")))
            });
        let due = compared && !lost && !away && found < boundary.end;
        let number = value.number();
        Wanted {
            until: found,
            ..Wanted::at(
                (&rules::FLIP, LogKind::RamFault),
                at,
                due,
                Says::Number(number, number),
            )
        }
    });
    flips.collect()
}

/// The magnet switch at each change that an exchange showed.
pub(super) fn magnets(boundary: &Boundary<'_>) -> Vec<Wanted> {
    let mut since: Option<SimTime> = None;
    let changes = boundary.magnet.iter().flat_map(|&(at, closed)| {
        let due = boundary.injuries.iter().all(|it| it.hurt == Hurt::Exchange);
        let rule = &rules::MAGNET;
        if closed {
            since = Some(at);
            let seen = Wanted::at((rule, LogKind::MagnetClosed), at, due, Says::Anything);
            return told_again(boundary, seen);
        }
        let from = since.unwrap_or(SimTime::ZERO);
        // One that was seen anew at a boot counts from there.
        let anew = reset_behind(boundary, from).filter(|boot| *boot <= at);
        let (ahead, doubt) = jumped(boundary, (from, at));
        let counted = (boundary.crystal.counted(from, at) + ahead).as_millis();
        let doubt = doubt.as_millis() + 3;
        let minute = Millis::MINUTE.as_millis();
        let later = anew
            .map_or(Millis::ZERO, |boot| boot.since(from))
            .as_millis();
        let says = Says::Number(
            counted.saturating_sub(doubt + later) / minute,
            (counted + doubt) / minute,
        );
        told_again(
            boundary,
            Wanted::at((rule, LogKind::MagnetOpened), at, due, says),
        )
    });
    changes.collect()
}

/// What a change of the switch leaves in the log: a reset so soon behind it that it comes before its record
/// finds it once more.
fn told_again(boundary: &Boundary<'_>, seen: Wanted) -> Vec<Wanted> {
    let again = reset_behind(boundary, seen.from).map(|boot| Wanted {
        from: boot,
        until: boot,
        boot: true,
        due: false,
        ..seen.clone()
    });
    [seen].into_iter().chain(again).collect()
}

/// The boot behind a reset or a loss of power that comes right behind an instant.
fn reset_behind(boundary: &Boundary<'_>, at: SimTime) -> Option<SimTime> {
    let mut boots = boundary.boots.iter().skip(1).map(|boot| boot.at);
    let boot = boots.find(|boot| at <= *boot)?;
    let mut away = boundary.absences.iter();
    let from = away.find(|it| it.until == boot).map_or(boot, |it| it.from);
    (at <= from && from.since(at) <= time::SPILL).then_some(boot)
}

/// What a pump's monotonic time has counted of the jumps of its clock in a span, and how much of it is not
/// known. A jump forward that met it without power or in reset it takes for time (REQ-CLK-007, REQ-CLK-011).
fn jumped(boundary: &Boundary<'_>, (from, until): (SimTime, SimTime)) -> (Millis, Millis) {
    let mut counted = Millis::ZERO;
    let mut unknown = boundary.crystal.doubt(from, until, RECORD);
    for (at, by) in time::jumps(boundary).filter(|&(at, _)| from <= at && at <= until) {
        let Some((away, until)) = time::unseen(boundary, at) else {
            continue;
        };
        let by_ms = Millis::from_millis(by.unsigned_abs());
        let mut absences = boundary.absences.iter();
        let is_away = absences.any(|it| it.from <= at && at <= it.until);
        if !is_away {
            // It may have looked at its clock before the reset.
            unknown += by_ms;
        } else if by > 0 && by_ms <= CENTURY.saturating_sub(RECORD) {
            counted += by_ms;
            unknown = unknown.saturating_sub(by_ms.min(RECORD));
        } else {
            // It goes on from its last record.
            unknown += RECORD + until.since(away);
        }
    }
    (counted, unknown)
}

/// Jumps of the clock. What a pump may take for its sleep it need not tell; a wake-up that is late
/// looks like a jump.
pub(super) fn jumps(boundary: &Boundary<'_>, profile: &Profile) -> Vec<Wanted> {
    let jumps = time::jumps(boundary).map(|(at, by)| {
        let away = time::unseen(boundary, at);
        let (until, unsure) = match away {
            Some((from, until)) => (until, RECORD + until.since(from)),
            None => (at + SLEEP, profile.unnoticed),
        };
        let mut others = boundary.crystal.jumps.iter();
        let alone = others.all(|&(other, _)| other == at || !near(other, at));
        let by_ms = Millis::from_millis(by.unsigned_abs());
        // A pump that was away cannot tell a jump forward from time that has passed.
        let due = alone && by_ms > unsure + SLEEP && away.is_none();
        let slack = i64::try_from((unsure + SLEEP).as_millis() / 1_000).unwrap_or(LONGEST);
        let seconds = by / 1_000;
        // With the time since the pump's last look.
        let either_way = by.unsigned_abs() >= HALF_RANGE - (unsure + SLEEP).as_millis();
        let says = if alone && !either_way {
            let bound = |seconds: i64| seconds.clamp(-LONGEST, LONGEST);
            Says::Jump(
                bound(seconds.saturating_sub(slack)),
                bound(seconds.saturating_add(slack)),
            )
        } else {
            Says::Anything
        };
        Wanted {
            rule: &rules::JUMPED,
            kind: LogKind::ClockJump,
            from: at,
            until,
            boot: false,
            due,
            says,
        }
    });
    // With its state a pump has lost what it knew of jumps: the boot that finds it may see one again.
    let lost = boundary.injuries.iter();
    let lost = lost.filter(|injury| injury.hurt == Hurt::Memory);
    let again = lost.filter_map(|injury| {
        let boot = boundary.boots.iter().find(|boot| injury.at <= boot.at)?;
        let mut before = boundary.crystal.jumps.iter();
        let jumped = before.any(|&(at, _)| at <= boot.at);
        let about = (&rules::JUMPED, LogKind::ClockJump);
        jumped.then(|| Wanted {
            boot: true,
            ..Wanted::at(about, boot.at, false, Says::Anything)
        })
    });
    let late = boundary.crystal.late.iter().map(|&(at, by)| {
        let seconds = i64::try_from(by.as_millis() / 1_000).unwrap_or(LONGEST);
        Wanted {
            rule: &rules::JUMPED,
            kind: LogKind::ClockJump,
            from: at,
            until: at,
            boot: false,
            due: by > SLEEP,
            says: Says::Jump(0, seconds + 1),
        }
    });
    jumps.chain(again).chain(late).collect()
}

/// Whether two instants may fall between the same two exchanges.
fn near(one: SimTime, other: SimTime) -> bool {
    one.since(other).max(other.since(one)) <= SLEEP
}
