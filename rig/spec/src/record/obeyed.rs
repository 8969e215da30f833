//! Which orders a pump obeyed, by their answers.

use crate::boundary::{Answer, Packet};
use crate::told::Known;

/// Whether a packet was obeyed; `None`: it was not.
pub(super) fn obeyed(packet: &Packet<'_>) -> Option<Known> {
    match packet.answer {
        _ if !packet.is_genuine() => None,
        Some(Answer::Done | Answer::Granted) => Some(Known::Yes),
        Some(Answer::Unreadable) => Some(Known::Either),
        Some(_) => None,
        None => (packet.reached && packet.lost).then_some(Known::Either),
    }
}
