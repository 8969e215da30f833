//! Boards that cannot both be there: one port or one probe cannot lead to two.

use super::BoardSpec;
use super::mistake::LinkMistake;
use miette::SourceSpan;
use std::collections::BTreeMap;

/// A board, and where the file says what leads to it.
pub(super) struct Entry {
    pub(super) board: BoardSpec,
    pub(super) place: SourceSpan,
    pub(super) probe: SourceSpan,
}

impl Entry {
    /// Two boards cannot share a port, nor a probe beside their ports.
    fn clashes_with(&self, other: &Self) -> Option<LinkMistake> {
        let (known, new) = (&self.board, &other.board);
        let (place, one, two) = if known.resource() == new.resource() {
            (new.link.to_string(), self.place, other.place)
        } else if let Some(probe) = selector(new).filter(|_| selector(known) == selector(new)) {
            (format!("probe {probe}"), self.probe, other.probe)
        } else {
            return None;
        };
        (known.name != new.name).then(|| LinkMistake::SamePlace {
            first: known.name.clone(),
            second: new.name.clone(),
            place,
            one,
            other: two,
        })
    }

    /// What it takes for itself: what others cannot have, too.
    fn takes(&self) -> impl Iterator<Item = Place> {
        let probe = selector(&self.board).map(Place::Probe);
        [Place::Resource(self.board.resource())]
            .into_iter()
            .chain(probe)
    }
}

/// The probe of a board, however its letters are written.
fn selector(board: &BoardSpec) -> Option<String> {
    Some(board.probe.as_ref()?.selector.to_lowercase())
}

/// What only one board can have.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Resource(String),
    Probe(String),
}

/// Which boards have what, for a look-up that does not go through all of them.
#[derive(Default)]
pub(super) struct Taken {
    /// Of the boards at each place the first, and the first of another name: boards of one name
    /// are told as that.
    firsts: BTreeMap<Place, Vec<usize>>,
}

impl Taken {
    /// The first of `boards` that cannot be there together with `new`, in words.
    pub(super) fn clash(&self, boards: &[Entry], new: &Entry) -> Option<LinkMistake> {
        let firsts = new.takes().filter_map(|place| self.firsts.get(&place));
        let others = firsts
            .flatten()
            .copied()
            .filter(|&index| name(boards, index) != Some(&new.board.name));
        boards.get(others.min()?)?.clashes_with(new)
    }

    /// Notes the board that will be number `index` of `boards`.
    pub(super) fn add(&mut self, index: usize, boards: &[Entry], new: &Entry) {
        for place in new.takes() {
            let firsts = self.firsts.entry(place).or_default();
            let known = |&first: &usize| name(boards, first) == Some(&new.board.name);
            if firsts.len() < 2 && !firsts.iter().any(known) {
                firsts.push(index);
            }
        }
    }
}

fn name(boards: &[Entry], index: usize) -> Option<&String> {
    boards.get(index).map(|entry| &entry.board.name)
}
