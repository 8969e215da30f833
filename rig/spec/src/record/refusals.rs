//! What refused commands leave in the log (REQ-TEL-032).

use super::rules;
use super::time::LogTime;
use super::wanted::{Says, Wanted};
use crate::boundary::{Answer, Boundary, Packet};
use crate::requests::Questions;
use crate::told::Known;
use thecal_plan::{LogDetail, LogKind};

/// Refusals of a run.
pub(super) struct Refusals<'a> {
    pub(super) boundary: &'a Boundary<'a>,
    pub(super) time: &'a LogTime,
    pub(super) asked: &'a Questions<'a>,
}

impl Refusals<'_> {
    /// Each refusal, and each packet that may have been refused: its answer was lost.
    pub(super) fn wanted(&self) -> Vec<Wanted> {
        let packets = self.boundary.packets.iter().enumerate();
        let packets = packets.filter(|(index, packet)| {
            packet.is_genuine() && packet.reached && self.asked.has_keys(*index) != Known::No
        });
        let refused = packets.filter_map(|(index, packet)| {
            let command = packet.request.row().key;
            let (due, why) = match packet.answer {
                Some(Answer::Rejected(why)) => {
                    let surely = self.asked.has_keys(index) == Known::Yes;
                    (surely && !self.repeats(index, why), Some(why))
                }
                Some(Answer::Unreadable) => (false, None),
                None if packet.lost => (false, None),
                _ => return None,
            };
            let says = Says::Refused(command, why.map(str::to_owned));
            let about = (&rules::REFUSED, LogKind::Refused);
            Some(Wanted::at(about, packet.at, due, says))
        });
        refused.collect()
    }

    /// Whether a refusal may repeat the one before, logged or counted: of the same command, for the same
    /// reason, and with no entry between them for certain.
    fn repeats(&self, index: usize, why: &str) -> bool {
        let packets = &self.boundary.packets;
        let Some(packet) = packets.get(index) else {
            return false;
        };
        let command = packet.request.row().key;
        let earlier = packets.get(..index).unwrap_or_default().iter().rev();
        let earlier = earlier.filter(|it| it.is_genuine() && it.reached);
        // One of which the answer was lost may have been refused for any reason.
        let mut refused = earlier.filter_map(|it| match it.answer {
            Some(Answer::Rejected(reason)) => Some((it, reason == why, true)),
            Some(Answer::Unreadable) => Some((it, true, false)),
            None if it.lost => Some((it, true, false)),
            _ => None,
        });
        let last = loop {
            let Some((before, same_reason, surely)) = refused.next() else {
                return false;
            };
            if before.request.row().key == command && same_reason {
                break before;
            }
            if surely {
                return false;
            }
        };
        !self.logged_between(last, packet, (command, why))
    }

    /// Whether anything but this refusal was surely logged between two packets.
    fn logged_between(
        &self,
        one: &Packet<'_>,
        other: &Packet<'_>,
        (command, why): (&str, &str),
    ) -> bool {
        let unsure = self.time.slack(other.at);
        let same = |says: &LogDetail| matches!(says, LogDetail::Refused(key, reason) if *key == command && *reason == why);
        let mut entries = self.boundary.log.entries.iter();
        entries.any(|entry| {
            one.at + unsure < entry.at && entry.at + unsure < other.at && !same(&entry.says)
        })
    }
}
