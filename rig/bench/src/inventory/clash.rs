//! Conflicts between boards: one port or one probe cannot lead to two.

use super::BoardSpec;
use super::mistake::LinkMistake;
use miette::SourceSpan;
use std::collections::BTreeMap;

/// A board, and where the file defines its connections.
pub(super) struct Entry {
    pub(super) board: BoardSpec,
    pub(super) place: SourceSpan,
    pub(super) probe: SourceSpan,
}

impl Entry {
    /// The conflict with another board: a shared port, or a shared probe.
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

    /// The places it occupies exclusively.
    fn takes(&self) -> impl Iterator<Item = Place> {
        let probe = selector(&self.board).map(Place::Probe);
        [Place::Resource(self.board.resource())]
            .into_iter()
            .chain(probe)
    }
}

/// The probe of a board, in lower case.
fn selector(board: &BoardSpec) -> Option<String> {
    Some(board.probe.as_ref()?.selector.to_lowercase())
}

/// A place for only one board.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Resource(String),
    Probe(String),
}

/// Index of occupied places, so that a look-up does not scan all boards.
#[derive(Default)]
pub(super) struct Taken {
    /// Per place the first board, and the first with another name: boards with the same name are a
    /// separate mistake.
    firsts: BTreeMap<Place, Vec<usize>>,
}

impl Taken {
    /// The conflict of `new` with the first of `boards` that has one.
    pub(super) fn clash(&self, boards: &[Entry], new: &Entry) -> Option<LinkMistake> {
        let firsts = new.takes().filter_map(|place| self.firsts.get(&place));
        let others = firsts
            .flatten()
            .copied()
            .filter(|&index| name(boards, index) != Some(&new.board.name));
        boards.get(others.min()?)?.clashes_with(new)
    }

    /// Adds the board that will have index `index` in `boards`.
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
