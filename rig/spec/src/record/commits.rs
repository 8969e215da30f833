//! A commit that was seen in force after a cut: whichever exchange wrote it, the log tells of it by then
//! (REQ-LOG-023).

use super::obeyed::obeyed;
use super::rules;
use super::shown::normal;
use super::time::LogTime;
use crate::boundary::{Answer, Boundary, Hurt};
use crate::requests::Questions;
use crate::rule::Opinion;
use thecal_plan::{LogKind, Profile, Request, Therapy};
use thecal_units::SimTime;

/// Entries that every commit leaves.
const LEAVES: [LogKind; 4] = [
    LogKind::Programmed,
    LogKind::Concentration,
    LogKind::CatheterVolume,
    LogKind::PrescriptionChecksum,
];

/// Looks for the entries of each prescription that was read.
pub(super) fn judge(
    boundary: &Boundary<'_>,
    profile: &Profile,
    (time, asked): (&LogTime, &Questions<'_>),
    opinion: &mut Opinion,
) {
    for (index, packet) in boundary.packets.iter().enumerate() {
        let Some(Answer::Prescription(read)) = packet.answer else {
            continue;
        };
        let commit = commit_of(boundary, index, read).filter(|_| packet.is_genuine());
        let Some((from, before)) = commit else {
            continue;
        };
        // An older one may say the same.
        let is_new = asked
            .therapies(before)
            .iter()
            .flatten()
            .all(|it| normal(it) != *read);
        if !is_new {
            continue;
        }
        let hurt = boundary.injuries.iter().any(|it| it.hurt != Hurt::Exchange);
        if hurt || !boundary.log_reaches(from) {
            opinion.either(&rules::IN_FORCE);
            continue;
        }
        let kinds = LEAVES
            .iter()
            .filter(|kind| profile.record.kinds.contains(kind));
        for kind in kinds {
            opinion.judged(&rules::IN_FORCE);
            let early = time.earliest(from, packet.at);
            let late = packet.at + time.slack(packet.at);
            let entries = boundary.log.entries.iter();
            let mut entries = entries.filter(|it| it.kind == *kind);
            if !entries.any(|it| early <= it.at && it.at <= late) {
                let observed = format!("no entry of what is in force: {kind:?}");
                opinion.differs(
                    &rules::IN_FORCE,
                    packet.at,
                    observed,
                    "one since its commit",
                );
            }
        }
    }
}

/// When the prescription that was read was put in force, by the last order that may have done so, and the number
/// of its packet; none, where a refill has changed it since.
fn commit_of(boundary: &Boundary<'_>, read: usize, shown: &Therapy) -> Option<(SimTime, usize)> {
    let mut staged: Option<Therapy> = None;
    let mut found = None;
    for (index, packet) in boundary.packets.iter().take(read).enumerate() {
        if obeyed(packet).is_none() {
            continue;
        }
        let put = match *packet.request {
            Request::Stage(therapy) => {
                staged = Some(therapy);
                continue;
            }
            Request::Program(therapy) => Some(therapy),
            Request::Commit => staged,
            Request::Refill { .. } => {
                found = None;
                continue;
            }
            _ => continue,
        };
        let is_it = put.is_some_and(|put| normal(&put) == *shown);
        found = is_it.then_some((packet.at, index));
    }
    found
}
