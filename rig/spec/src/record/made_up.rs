//! Entries that a boot makes up: of a change that is in force and that the log does not tell, because a reset
//! came before its entries were written or damage took them (REQ-LOG-023).

use super::rules;
use super::time::SPILL;
use super::wanted::{Says, Wanted};
use crate::boundary::{Boundary, Hurt};
use crate::requests::Questions;
use crate::rule::Rule;
use crate::told::Known;
use thecal_plan::{LogKind, Request};
use thecal_units::{Millis, SimTime};

/// What boots may make up of the events of orders.
pub(super) fn made_up(
    boundary: &Boundary<'_>,
    asked: &Questions<'_>,
    orders: &[Wanted],
) -> Vec<Wanted> {
    let changes = || {
        let rules = [&rules::PROGRAMMED, &rules::RUNS];
        orders.iter().filter(move |it| rules.contains(&it.rule))
    };
    let mut wanted = Vec::new();
    for change in changes() {
        // An order whose write was torn may have the boot at its own instant.
        let mut cut = cut_behind(boundary, change.until, SimTime::ZERO);
        while let Some(boot) = cut {
            wanted.push(at_boot(change, boot));
            if change.kind == LogKind::Programmed && left_stopped(boundary, asked, change.from) {
                wanted.push(stopped(boot));
            }
            cut = cut_behind(boundary, boot, boot + Millis::from_millis(1));
        }
    }
    for injury in boundary
        .injuries
        .iter()
        .filter(|it| it.hurt == Hurt::Memory)
    {
        let boots = boundary.boots.iter().map(|boot| boot.at);
        let Some(boot) = boots.filter(|boot| injury.at <= *boot).min() else {
            continue;
        };
        let last = |rule: &'static Rule| {
            let earlier = changes().filter(move |it| it.rule == rule && it.until <= boot);
            let last = earlier.clone().map(|it| it.until).max();
            earlier.filter(move |it| Some(it.until) == last)
        };
        let lost = last(&rules::PROGRAMMED).chain(last(&rules::RUNS));
        wanted.extend(lost.map(|change| at_boot(change, boot)));
        // A pump whose state is lost is stopped.
        wanted.push(stopped(boot));
    }
    wanted
}

/// The boot, not before `earliest`, after a cut so soon that entries of an instant may not have been written.
fn cut_behind(boundary: &Boundary<'_>, at: SimTime, earliest: SimTime) -> Option<SimTime> {
    let soon = |cut: SimTime| at <= cut && cut.since(at) <= SPILL;
    let boots = || boundary.boots.iter().skip(1).map(|boot| boot.at);
    let dark = boundary.absences.iter().filter(|it| soon(it.from));
    let dark = dark.filter_map(|it| boots().find(|boot| *boot >= it.until));
    let reset = boots().filter(|boot| soon(*boot));
    dark.chain(reset).filter(|boot| earliest <= *boot).min()
}

/// Whether a commit of an instant may have ended the safe state, which leaves the pump stopped (REQ-THE-021).
fn left_stopped(boundary: &Boundary<'_>, asked: &Questions<'_>, at: SimTime) -> bool {
    let mut packets = boundary.packets.iter();
    let commit = packets.position(|packet| {
        packet.at == at && matches!(packet.request, Request::Commit | Request::Program(_))
    });
    commit.is_some_and(|commit| asked.doing(commit).safe != Known::No)
}

fn at_boot(change: &Wanted, boot: SimTime) -> Wanted {
    Wanted {
        from: boot,
        until: boot,
        boot: true,
        due: false,
        ..change.clone()
    }
}

fn stopped(boot: SimTime) -> Wanted {
    let about = (&rules::RUNS, LogKind::Stopped);
    Wanted {
        boot: true,
        ..Wanted::at(about, boot, false, Says::Anything)
    }
}
