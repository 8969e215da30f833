//! Boards that cannot both be there: one port or one probe cannot lead to two.

use super::BoardSpec;
use super::mistake::LinkMistake;
use miette::SourceSpan;

/// A board, and where the file says what leads to it.
pub(super) struct Entry {
    pub(super) board: BoardSpec,
    pub(super) place: SourceSpan,
    pub(super) probe: SourceSpan,
}

impl Entry {
    /// Two boards cannot share a port, nor a probe beside their ports.
    pub(super) fn clashes_with(&self, other: &Self) -> Option<LinkMistake> {
        let (known, new) = (&self.board, &other.board);
        let selector = |board: &BoardSpec| Some(board.probe.as_ref()?.selector.to_lowercase());
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
}
