//! The alarm of a button that is stuck.

use super::reason::Reason;
use crate::boundary::Boundary;
use crate::told::Known;
use std::collections::BTreeMap;
use thecal_units::{Millis, SimTime};

/// A pump counts in ticks. Source: ours.
const TICK: Millis = Millis::SECOND;

/// A press of a remote.
struct Press {
    number: u16,
    since: SimTime,
    /// Whether it has raised the alarm, or may have: the reason's place.
    told: Known,
    reason: Option<usize>,
    /// Whether the pump may not take it for the same press, or has raised the alarm before a reset.
    unsure: bool,
}

/// One press, repeated for more than three minutes. Source: REQ-BOL-033.
pub(super) fn stuck(boundary: &Boundary<'_>) -> Vec<Reason> {
    let long = Millis::MINUTE.times(3);
    let mut presses: BTreeMap<u8, Press> = BTreeMap::new();
    let mut reasons: Vec<Reason> = Vec::new();
    let mut boots = boundary.boots.iter().skip(1).peekable();
    for (nth, packet) in boundary.packets.iter().enumerate() {
        while let Some(boot) = boots.next_if(|boot| boot.packets <= nth) {
            // The time begins anew (REQ-BOL-034); whether an alarm that was raised is raised again is not said.
            for press in presses.values_mut() {
                press.unsure |= press.told != Known::No;
                (press.since, press.told, press.reason) = (boot.at, Known::No, None);
            }
        }
        let Some((remote, number)) = packet.press() else {
            continue;
        };
        let fresh = || Press {
            number,
            since: packet.at,
            told: Known::No,
            reason: None,
            unsure: packet.lost,
        };
        let press = presses.entry(remote).or_insert_with(fresh);
        if press.number != number {
            *press = fresh();
            continue;
        }
        let lasted = boundary.crystal.counted(press.since, packet.at);
        let doubt = boundary.crystal.doubt(press.since, packet.at, Millis::DAY);
        if press.told == Known::Yes || lasted + TICK + doubt <= long {
            continue;
        }
        let surely = lasted > long + doubt && !press.unsure && !packet.lost;
        let reason = *press.reason.get_or_insert_with(|| {
            reasons.push(Reason::perhaps(packet.at, packet.at));
            reasons.len() - 1
        });
        if let Some(reason) = reasons.get_mut(reason) {
            reason.late = surely.then_some(packet.at);
            reason.ends.1 = packet.at;
        }
        press.told = if surely { Known::Yes } else { Known::Either };
    }
    reasons
}
