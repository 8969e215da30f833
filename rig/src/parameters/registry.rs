//! Every set that the plant brings, by kind and name.

use super::set::{Group, Kind, Set};
use thecal_sim::pump::{GENERIC_CATHETER, GENERIC_PUMP};

/// Every built-in set, in the order of [`Kind::ALL`].
#[must_use]
pub fn built_in() -> Vec<Set> {
    vec![generic_pump(), generic_catheter()]
}

/// The built-in set of this kind and name.
#[must_use]
pub fn find(kind: Kind, name: &str) -> Option<Set> {
    let mut sets = built_in().into_iter();
    sets.find(|set| set.kind == kind && set.name == name)
}

/// The set of this kind that a file changes if it names none.
pub(super) const fn usual(kind: Kind) -> &'static str {
    match kind {
        Kind::Pump => "generic-pump",
        Kind::Catheter => "generic-catheter",
        Kind::Person => "adult",
        Kind::Drug => "morphine",
    }
}

pub(super) fn generic_pump() -> Set {
    Set {
        kind: Kind::Pump,
        name: usual(Kind::Pump),
        about: "a pump of the kind that is implanted most, but no product",
        groups: vec![Group::of("", &GENERIC_PUMP)],
    }
}

pub(super) fn generic_catheter() -> Set {
    Set {
        kind: Kind::Catheter,
        name: usual(Kind::Catheter),
        about: "a silicone catheter of the usual bore",
        groups: vec![Group::of("", &GENERIC_CATHETER)],
    }
}
