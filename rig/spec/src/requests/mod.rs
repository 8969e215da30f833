//! Requests and orders: what must be granted or denied, obeyed or refused, and with which reason.
//!
//! Each packet is a question to histories of what was heard before it: nothing is carried from one
//! answer to the next but the answers themselves, which are taken as what happened.

mod because;
mod bolus;
mod course;
mod given;
mod heard;
mod known;
mod modes;
mod moment;
mod orders;
mod owed;
mod patients;
mod press;
mod pump;
mod questions;
mod ranges;
mod reason;
mod rules;
mod stall;
#[cfg(test)]
mod tests;
mod time;
mod verdict;
mod windows;

pub(crate) use bolus::at_the_highest_rate;
pub(crate) use questions::{Doing, Questions};
pub(crate) use rules::RULES;
pub(crate) use stall::each_missed;

use crate::boundary::{Answer, Boundary, Packet, Sender};
use crate::rule::Opinion;
use crate::told::{Known, Told};
use course::Course;
use moment::Moment;
use patients::Asked;
use pump::Pump;
use reason::Reason;
use thecal_plan::{Profile, Request};

/// Judges a run by them.
pub(crate) fn judge(
    boundary: &Boundary<'_>,
    _told: &Told,
    profile: &Profile,
    opinion: &mut Opinion,
) {
    let pump = Pump::of(boundary, profile);
    for (index, packet) in boundary.packets.iter().enumerate() {
        let moment = Moment::packet(index, packet);
        let is_keys = matches!(
            packet.request,
            Request::Provision | Request::AskChallenge | Request::TakeKeys
        );
        if packet.reached && packet.is_genuine() {
            opinion.judged(&rules::HEARD);
        }
        match (packet.is_genuine(), packet.reached) {
            (false, _) => pump.judge_foreign(packet, moment, opinion),
            (true, false) => pump.judge_unheard(packet, opinion),
            (true, true) if is_keys => pump.judge_keys(packet, moment, opinion),
            (true, true) => pump.judge_fresh(packet, moment, opinion),
        }
    }
}

/// Whether a packet asks for what only others may.
fn may_not_ask(packet: &Packet<'_>) -> bool {
    match (packet.from, packet.request) {
        (Sender::Clinician, request) => matches!(request, Request::PatientBolus { .. }),
        (Sender::Remote(_), Request::PatientBolus { .. } | Request::Interrogate) => false,
        (Sender::Remote(_), _) => true,
    }
}

impl Pump<'_> {
    /// A packet that somebody recorded and sent again, or forged.
    fn judge_foreign(&self, packet: &Packet<'_>, moment: Moment, opinion: &mut Opinion) {
        let rule = match packet.forgery() {
            Some(_) => &rules::FORGED,
            None => &rules::RECORDED,
        };
        // Without keys there are no counters either: it gives its challenge to anybody.
        let keyless = self.has_keys(moment) != Known::Yes;
        let asks = *packet.request == Request::AskChallenge && keyless;
        if asks || self.may_take_again(packet) || self.may_be_unused(packet) {
            return opinion.either(rule);
        }
        opinion.judged(rule);
        if packet.answer.is_some() {
            opinion.differs(rule, packet.at, verdict::words_of(packet), "no answer");
        }
    }

    /// A packet that found no receiver.
    fn judge_unheard(&self, packet: &Packet<'_>, opinion: &mut Opinion) {
        let rule = &rules::HEARD;
        if packet.lost {
            return;
        }
        if self.is_wild(packet.at) {
            return opinion.either(rule);
        }
        opinion.judged(rule);
        let observed = format!("{} not heard", packet.request.name());
        opinion.differs(rule, packet.at, observed, "heard: the pump has power");
    }

    /// Challenge and keys.
    fn judge_keys(&self, packet: &Packet<'_>, moment: Moment, opinion: &mut Opinion) {
        let has_keys = self.has_keys(moment);
        let rule = match has_keys {
            Known::No => &rules::KEYLESS,
            Known::Yes | Known::Either => &rules::KEYED,
        };
        if has_keys == Known::Either || packet.lost || self.is_wild(packet.at) {
            return opinion.either(rule);
        }
        opinion.judged(rule);
        // Keys follow from the last challenge, which a reset ends.
        let challenged = self.heard.challenges.last(moment);
        let challenged = challenged.is_some_and(|&(asked, ())| !self.booted(asked, moment));
        let (right, allowed) = match (has_keys, packet.request) {
            (Known::No, Request::TakeKeys) if !challenged => {
                (packet.answer.is_none(), "no answer: it gave no challenge")
            }
            (Known::No, _) => (
                matches!(packet.answer, Some(Answer::Done)),
                "obeyed: it has no keys",
            ),
            // Such a packet is under a key of a pump without keys.
            _ => (
                verdict::is_silent_or(packet, Reason::AlreadyProvisioned),
                "no answer: it has keys",
            ),
        };
        if !right {
            opinion.differs(rule, packet.at, verdict::words_of(packet), allowed);
        }
    }

    /// A packet that was sent for the first time.
    fn judge_fresh(&self, packet: &Packet<'_>, moment: Moment, opinion: &mut Opinion) {
        let has_keys = self.has_keys(moment);
        if has_keys == Known::No {
            let rule = &rules::KEYLESS;
            opinion.judged(rule);
            if !verdict::is_silent_or(packet, Reason::NotProvisioned) {
                let observed = verdict::words_of(packet);
                opinion.differs(rule, packet.at, observed, "no answer: it has no keys");
            }
            return;
        }
        let Some(answer) = self.answered(packet, has_keys, opinion) else {
            return;
        };
        match (packet.from, *packet.request) {
            (Sender::Remote(remote), Request::PatientBolus { press }) => {
                let asked = Asked {
                    moment,
                    remote,
                    press,
                };
                self.judge_request(packet, asked, answer, opinion);
            }
            (_, Request::Interrogate) => {}
            _ if may_not_ask(packet) => {
                let course = Course::default().unless(Reason::NotAllowed, Known::Yes);
                self.judge_order(packet, moment, (&course, answer), opinion);
            }
            (_, request) => {
                let course = self.ordered(moment, &request);
                self.judge_order(packet, moment, (&course, answer), opinion);
            }
        }
    }

    /// The answer to a packet, if it is of its kind; otherwise there is nothing more to judge.
    fn answered<'p>(
        &self,
        packet: &'p Packet<'_>,
        has_keys: Known,
        opinion: &mut Opinion,
    ) -> Option<&'p Answer<'p>> {
        let rule = &rules::ANSWERED;
        let answer = packet.answer.as_ref();
        if answer.is_some_and(|answer| verdict::is_in_kind(packet, answer)) {
            opinion.judged(rule);
            return answer;
        }
        // A packet that a fault took is no question to the pump.
        if packet.lost {
            return None;
        }
        if self.is_wild(packet.at) || has_keys == Known::Either && answer.is_none() {
            opinion.either(rule);
            return None;
        }
        let (rule, allowed) = if answer.is_some() && may_not_ask(packet) {
            (
                &rules::REMOTES,
                "a refusal: its sender may not ask for this",
            )
        } else {
            (rule, "an answer to what was asked")
        };
        opinion.judged(rule);
        opinion.differs(rule, packet.at, verdict::words_of(packet), allowed);
        None
    }
}
