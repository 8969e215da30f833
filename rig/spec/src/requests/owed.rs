//! What a pump may have forgotten: a reset came before it had written again what its memory had lost, and it
//! knows what the memory held before.
//!
//! It forgets no more than what happened from the first of these writes to the reset, and each of that only until
//! it is told anew.

use super::moment::Moment;
use super::pump::Pump;
use crate::boundary::{Answer, Hurt, Packet};
use crate::clock::SLEEP;
use crate::told::Known;
use thecal_plan::{Forgery, Request};
use thecal_units::{Millis, SimTime};

/// So long a bolus counts in limits at most, beside its own length. Source: REQ-BOL-005, REQ-BOL-014, and a reset
/// that costs an hour of it.
const COUNTS: Millis = Millis::HOUR.times(26);

impl Pump<'_> {
    /// Whether the pump may have forgotten at an instant why it has to refuse.
    pub(super) fn may_forget(&self, at: SimTime) -> bool {
        let injuries = self.boundary.injuries.iter();
        let mut owed = injuries.filter(|it| it.hurt == Hurt::Owed && it.at <= at);
        owed.any(|it| self.forgets(it.at, at))
    }

    /// Whether the counter of a packet that somebody sends again may be one that the pump has forgotten, and
    /// none of its role has come since.
    pub(super) fn may_take_again(&self, again: &Packet<'_>) -> bool {
        let injuries = self.boundary.injuries.iter();
        let mut owed = injuries.filter(|it| it.hurt == Hurt::Owed && it.at <= again.at);
        owed.any(|it| {
            let first = self.lost_since(it.at);
            let taken = |packet: &&Packet<'_>| {
                packet.from == again.from && packet.is_genuine() && packet.answer.is_some()
            };
            let packets = self.boundary.packets.iter().filter(taken);
            let within = |at: SimTime| first <= at && at <= it.at;
            let mut forgotten = packets.clone().filter(|packet| within(packet.at));
            let mut later = packets.filter(|packet| it.at < packet.at && packet.at < again.at);
            forgotten.any(|packet| packet.request == again.request) && later.next().is_none()
        })
    }

    /// Whether a forged packet that is otherwise right has a counter that the pump may never have taken: that of
    /// a packet which found no receiver, or whose exchange a fault cut (REQ-TEL-002).
    pub(super) fn may_be_unused(&self, forged: &Packet<'_>) -> bool {
        let uses_again = |packet: &Packet<'_>| packet.forgery().is_some_and(only_reuses);
        let earlier = self.boundary.packets.iter();
        let earlier = earlier.take_while(|it| !std::ptr::eq(*it, forged));
        let of_role = earlier.filter(|it| it.from == forged.from);
        let counted = of_role.filter(|it| it.is_genuine() || uses_again(it) && it.answer.is_some());
        let last = counted.last();
        uses_again(forged) && last.is_some_and(|it| it.answer.is_none())
    }

    /// From when on the memory may not have taken what the pump knew at a reset.
    fn lost_since(&self, reset: SimTime) -> SimTime {
        let lost = self.losses.iter().rev().filter(|it| it.at <= reset);
        let mut first = SimTime::ZERO;
        for loss in lost {
            first = loss.at;
            if !loss.goes_on {
                break;
            }
        }
        first.before(SLEEP)
    }

    /// Whether what happened before this reset may still be forgotten.
    fn forgets(&self, reset: SimTime, at: SimTime) -> bool {
        let first = self.lost_since(reset);
        // Before the boot, which finds what else is lost.
        let end = Moment::pins(reset.before(Millis::from_millis(1)));
        let mut boots = self.boundary.boots.iter().skip(1);
        let states = [
            self.stalls.began(first, reset),
            self.empty(end),
            self.ended(end),
            self.safe_by_resets(end),
        ];
        let mut packets = self.boundary.packets.iter();
        states.iter().any(|state| *state != Known::No)
            || boots.any(|boot| first <= boot.at && boot.at < reset)
            || packets.any(|it| first <= it.at && it.at <= reset && !self.is_settled(it, at))
    }

    /// Whether nothing of what a packet did can be forgotten any more.
    fn is_settled(&self, packet: &Packet<'_>, at: SimTime) -> bool {
        let refused = matches!(
            packet.answer,
            Some(Answer::Rejected(_) | Answer::Denied(_) | Answer::Status(_))
        );
        if !packet.is_genuine() || !packet.reached || refused {
            return true;
        }
        let again = |same: fn(&Request) -> bool| {
            let mut later = self.boundary.packets.iter();
            later.any(|it| {
                let obeyed = matches!(it.answer, Some(Answer::Done)) && it.is_genuine();
                packet.at < it.at && it.at < at && obeyed && same(it.request)
            })
        };
        match packet.request {
            Request::Program(_) | Request::Commit => {
                again(|it| matches!(it, Request::Program(_) | Request::Commit))
            }
            Request::Start | Request::Stop => {
                again(|it| matches!(it, Request::Start | Request::Stop))
            }
            Request::Refill { .. } => again(|it| matches!(it, Request::Refill { .. })),
            Request::PatientBolus { .. } | Request::ClinicianBolus { .. } => {
                packet.at + COUNTS + self.longest_bolus < at
            }
            // A reset ends a session anyway, and what is read changes nothing.
            Request::OpenUpdate { .. }
            | Request::Stage(_)
            | Request::CloseUpdate
            | Request::Interrogate
            | Request::ReadLog { .. }
            | Request::ReadPrescription
            | Request::ReadAlarms
            | Request::ReadHealth => true,
            Request::Silence
            | Request::PrimingBolus
            | Request::DeclareWork(_)
            | Request::AskChallenge
            | Request::Provision
            | Request::TakeKeys => false,
        }
    }
}

/// Whether a used counter is all that is wrong with a packet.
fn only_reuses(forgery: &Forgery) -> bool {
    let fresh = Forgery {
        used_counter: false,
        ..forgery.clone()
    };
    forgery.used_counter && fresh.is_authentic()
}
