//! What patients and clinician leave in the log beside orders: denials, silenced alarms, packets that were
//! dropped, a stuck button, sessions that nobody ended.

use super::obeyed::obeyed;
use super::rules;
use super::wanted::{Says, Wanted};
use crate::boundary::{Answer, Boundary, Packet, Sender, Tone};
use crate::told::{Known, SessionEnd, Told};
use std::collections::BTreeMap;
use thecal_plan::{LogDetail, LogKind, Profile, Request};
use thecal_units::{Millis, SimTime};

/// One press repeated for longer is a stuck button. Source: REQ-BOL-033.
const STUCK: Millis = Millis::MINUTE.times(3);
/// A pump counts in ticks. Source: ours.
const TICK: Millis = Millis::SECOND;

/// The first denial for each reason since the last grant or reset.
pub(super) fn denials(boundary: &Boundary<'_>) -> Vec<Wanted> {
    let mut wanted = Vec::new();
    // Reasons that were logged; whether there may be others, after an answer that was lost.
    let mut logged: BTreeMap<&str, Known> = BTreeMap::new();
    let mut unknown = false;
    let mut boots = boundary.boots.iter().skip(1).peekable();
    for (index, packet) in boundary.packets.iter().enumerate() {
        while boots.next_if(|boot| boot.packets <= index).is_some() {
            logged.clear();
            unknown = false;
        }
        let is_press = matches!(packet.request, Request::PatientBolus { .. });
        if !is_press || !packet.is_genuine() || packet.from == Sender::Clinician {
            continue;
        }
        match packet.answer {
            Some(Answer::Granted) => {
                logged.clear();
                unknown = false;
            }
            Some(Answer::Denied(reason)) => {
                let known = logged.get(reason).copied().unwrap_or(Known::No);
                let may = known != Known::Yes || unknown;
                if may {
                    let due = known == Known::No && !unknown;
                    wanted.push(denial(boundary, (packet.at, reason), due));
                    let now = if due { Known::Yes } else { Known::Either };
                    logged.insert(reason, if unknown { Known::Either } else { now });
                }
            }
            _ if packet.reached && packet.lost => {
                unknown = true;
                let about = (&rules::DENIED, LogKind::BolusDenied);
                wanted.push(Wanted::at(about, packet.at, false, Says::Anything));
            }
            _ => {}
        }
    }
    wanted
}

/// A denial, with the reason as the log says it.
fn denial(boundary: &Boundary<'_>, (at, reason): (SimTime, &str), due: bool) -> Wanted {
    let mut entries = boundary.log.entries.iter();
    let same = |says: &LogDetail| matches!(says, LogDetail::Denied(why) if *why == reason);
    let said = entries.find(|entry| same(&entry.says));
    let says = said.map_or(Says::One(Vec::new()), |entry| {
        Says::this(entry.says.clone())
    });
    Wanted::at((&rules::DENIED, LogKind::BolusDenied), at, due, says)
}

/// Alarms that were silenced. One that has sounded since the last time is active, unless an act of the
/// clinician has cleared it.
pub(super) fn silences(boundary: &Boundary<'_>, profile: &Profile) -> Vec<Wanted> {
    let critical = profile.alarms.iter().filter(|alarm| alarm.critical);
    let critical: Vec<&'static str> = critical.map(|alarm| alarm.name).collect();
    let mut wanted = Vec::new();
    let mut since = SimTime::ZERO;
    let mut first = true;
    for packet in &boundary.packets {
        let Some(known) = obeyed(packet) else {
            continue;
        };
        match packet.request {
            Request::Silence => {
                let mut sounded = boundary
                    .tones
                    .iter()
                    .filter(|&&(at, _)| (since < at || first && since <= at) && at < packet.at);
                let any = sounded.clone().next().is_some();
                let two = sounded.any(|&(_, tone)| tone == Tone::TwoTone);
                let due = any && known == Known::Yes;
                let says = Says::Alarms(if due && two {
                    critical.clone()
                } else {
                    Vec::new()
                });
                let about = (&rules::SILENCED, LogKind::Silenced);
                wanted.push(Wanted::at(about, packet.at, due, says));
                (since, first) = (packet.at, false);
            }
            Request::Start
            | Request::Stop
            | Request::Commit
            | Request::Program(_)
            | Request::Refill { .. } => (since, first) = (packet.at, false),
            _ => {}
        }
    }
    wanted
}

/// The first packet of each role that is dropped, until the role is obeyed or the pump is reset. A pump that
/// does not limit such entries may log every one.
pub(super) fn dropped(boundary: &Boundary<'_>, profile: &Profile) -> Vec<Wanted> {
    let each = !profile.record.limited.contains(&LogKind::Unauthentic);
    let mut wanted = Vec::new();
    let mut logged: BTreeMap<u8, Known> = BTreeMap::new();
    let mut boots = boundary.boots.iter().skip(1).peekable();
    for (index, packet) in boundary.packets.iter().enumerate() {
        while boots.next_if(|boot| boot.packets <= index).is_some() {
            logged.clear();
        }
        let role = match packet.from {
            Sender::Clinician => 0,
            Sender::Remote(remote) => remote,
        };
        match packet.answer {
            // Whether a command that was refused is one that it obeyed is not said.
            Some(Answer::Rejected(_) | Answer::Unreadable) => {
                logged
                    .entry(role)
                    .and_modify(|known| *known = Known::Either);
            }
            // A pump that obeys anything else has its keys (REQ-TEL-004).
            Some(_) if !is_of_keys(packet.request) => {
                logged.remove(&role);
            }
            Some(_) => {}
            None if packet.reached && is_of_another_role(packet) => {
                // Of one that has no packet before it, or of none at all.
                let about = (&rules::DROPPED, LogKind::Unauthentic);
                let says = Says::Number(0, NO_ROLE);
                wanted.push(Wanted::at(about, packet.at, false, says));
                for role in 0..=NO_ROLE {
                    let role = u8::try_from(role).unwrap_or(u8::MAX);
                    logged.entry(role).or_insert(Known::Either);
                }
            }
            None if packet.reached => {
                let before = logged.get(&role).copied().unwrap_or(Known::No);
                if before != Known::Yes || each {
                    let due = before == Known::No && !packet.lost;
                    let says = Says::Number(role.into(), role.into());
                    let about = (&rules::DROPPED, LogKind::Unauthentic);
                    wanted.push(Wanted::at(about, packet.at, due, says));
                    let known = if packet.lost {
                        Known::Either
                    } else {
                        Known::Yes
                    };
                    logged.insert(role, known);
                }
            }
            None => {}
        }
    }
    wanted
}

/// The number that the log has for a packet that names no role. Source: REQ-TEL-017.
const NO_ROLE: u64 = 5;

/// Whether it is spoiled where a packet names its role. Source: ours; protocols begin with their address.
fn is_of_another_role(packet: &Packet<'_>) -> bool {
    let flip = packet.forgery().and_then(|forgery| forgery.spoiled.flip);
    flip.is_some_and(|bit| bit < 8)
}

/// Whether a pump without keys obeys it as well.
const fn is_of_keys(request: &Request) -> bool {
    matches!(
        request,
        Request::AskChallenge | Request::Provision | Request::TakeKeys
    )
}

/// The last press of a remote.
struct Press {
    number: u16,
    since: SimTime,
    last: SimTime,
    /// Whether it was logged as repeated, and the number of that event.
    logged: Known,
    wanted: Option<usize>,
    /// Whether it may belong to the press before.
    unsure: bool,
}

/// A press that a remote has repeated for too long, once for each press.
pub(super) fn stuck(boundary: &Boundary<'_>, profile: &Profile) -> Vec<Wanted> {
    let mut wanted = Vec::new();
    let mut presses: BTreeMap<u8, Press> = BTreeMap::new();
    let mut boots = boundary.boots.iter().skip(1).peekable();
    for (index, packet) in boundary.packets.iter().enumerate() {
        while let Some(boot) = boots.next_if(|boot| boot.packets <= index) {
            // The time begins anew (REQ-BOL-034), and whether it is logged again is not said.
            for press in presses.values_mut() {
                (press.since, press.unsure) = (boot.at, true);
            }
        }
        let Some((remote, number)) = packet.press() else {
            continue;
        };
        let press = presses.entry(remote).or_insert_with(|| Press {
            number,
            since: packet.at,
            last: packet.at,
            logged: Known::No,
            wanted: None,
            unsure: false,
        });
        let apart = packet
            .at
            .since(std::mem::replace(&mut press.last, packet.at));
        if press.number != number {
            // Close behind another it is the press before, and the next one begins anew (REQ-BOL-016).
            let unsure = packet.lost || apart <= profile.requests.bounce;
            (press.number, press.since) = (number, packet.at);
            (press.logged, press.wanted, press.unsure) = (Known::No, None, unsure);
            continue;
        }
        let lasted = boundary.crystal.counted(press.since, packet.at);
        let doubt = boundary.crystal.doubt(press.since, packet.at, Millis::DAY);
        let surely = lasted > STUCK + TICK + doubt && !press.unsure && !packet.lost;
        let may_be_logged = press.logged != Known::Yes || press.unsure;
        if may_be_logged && lasted + TICK + doubt > STUCK {
            let says = Says::Number(remote.into(), remote.into());
            let about = (&rules::STUCK, LogKind::StuckButton);
            match press.wanted.and_then(|nth: usize| wanted.get_mut(nth)) {
                Some(event) if !press.unsure => {
                    let event: &mut Wanted = event;
                    (event.until, event.due) = (packet.at, surely);
                }
                _ => {
                    press.wanted = Some(wanted.len());
                    wanted.push(Wanted::at(about, packet.at, surely, says));
                }
            }
            press.logged = if surely { Known::Yes } else { Known::Either };
        }
    }
    wanted
}

/// Sessions that nobody ended.
pub(super) fn abandoned(boundary: &Boundary<'_>, told: &Told) -> Vec<Wanted> {
    let left = told.sessions.iter().filter_map(|session| {
        let by_reset = match session.end {
            SessionEnd::TimedOut | SessionEnd::Unclear => false,
            SessionEnd::Reset => true,
            SessionEnd::Committed
            | SessionEnd::Closed
            | SessionEnd::Reopened
            | SessionEnd::Open => return None,
        };
        let mut absences = boundary.absences.iter();
        let away = absences.find(|it| it.from <= session.until && session.from <= it.until);
        // A pump that is away as it times out tells at its boot.
        let seen = away.map_or(session.until, |away| away.until.max(session.until));
        let away = away.is_some();
        let certain = !session.in_doubt && session.end != SessionEnd::Unclear;
        let doubt = boundary
            .crystal
            .doubt(session.from, session.until, Millis::MINUTE);
        let booted = boundary.boots.iter().any(|boot| boot.at == session.until);
        let mut may_be = vec![LogDetail::Abandoned { by_reset }];
        // A reset at the instant of the time-out may come first.
        if session.end == SessionEnd::Unclear && booted {
            may_be.push(LogDetail::Abandoned { by_reset: true });
        }
        let early = if by_reset {
            session.until
        } else {
            session.until.before(TICK + doubt)
        };
        Some(Wanted {
            rule: &rules::ABANDONED,
            kind: LogKind::UpdateAbandoned,
            from: early,
            until: seen + TICK + doubt,
            boot: by_reset,
            due: certain && (by_reset || !away) && session.until + TICK < boundary.end,
            // One that a reset has ended before its time cannot have timed out while the pump was away.
            says: if session.in_doubt || away && !by_reset {
                Says::Anything
            } else {
                Says::One(may_be)
            },
        })
    });
    left.collect()
}
