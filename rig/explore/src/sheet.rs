//! The sheet that a story is written on: its timeline and faults as text, and the instants at which a
//! pump has something to lose, near which most of it is placed.

use crate::draw::Draw;
use std::collections::{BTreeMap, BTreeSet};
use thecal_units::Millis;

/// Offsets from an edge at which a pump may get it wrong. Unit: ms.
const OFFSETS: [i64; 13] = [
    0, 0, 0, -1, 1, 2, -2, 10, -1_000, 1_000, 30_000, -60_000, 600_000,
];

/// A story as far as it is written.
#[derive(Debug)]
pub(crate) struct Sheet {
    /// Its length.
    pub(crate) end: Millis,
    timeline: String,
    faults: String,
    edges: Vec<u64>,
    /// Orders that may exclude each other are never at one instant.
    ordered: BTreeSet<u64>,
    /// Until when the last fault of a kind lasts: two of a kind may not overlap.
    busy: BTreeMap<&'static str, u64>,
}

impl Sheet {
    /// An empty one for a story of this length.
    pub(crate) const fn of(end: Millis) -> Self {
        Self {
            end,
            timeline: String::new(),
            faults: String::new(),
            edges: Vec::new(),
            ordered: BTreeSet::new(),
            busy: BTreeMap::new(),
        }
    }

    /// Remembers an instant at which a pump has something to lose.
    pub(crate) fn edge(&mut self, at: Millis) {
        if at > Millis::ZERO && at < self.end {
            self.edges.push(at.as_millis());
        }
    }

    /// An instant: near an edge, or any.
    pub(crate) fn instant(&self, draw: &mut Draw) -> Millis {
        let last = self.end.as_millis() - 1;
        if self.edges.is_empty() || draw.chance(40) {
            return Millis::from_millis(draw.within(1, last));
        }
        let edge = draw.among(&self.edges);
        let at = edge.saturating_add_signed(draw.among(&OFFSETS));
        Millis::from_millis(at.clamp(1, last))
    }

    /// Something happens once; past the end of the story it does not.
    pub(crate) fn happens(&mut self, at: Millis, action: &str) {
        if at < self.end {
            let at = at.spelled();
            self.timeline
                .push_str(&format!("\n[[timeline]]\nat = \"{at}\"\n{action}\n"));
        }
    }

    /// Somebody orders something once, never at the same instant as another order.
    pub(crate) fn orders(&mut self, at: Millis, action: &str) {
        let mut at = at.as_millis();
        while !self.ordered.insert(at) {
            at += 1;
        }
        let at = Millis::from_millis(at);
        self.edge(at);
        self.happens(at, action);
    }

    /// Something happens again and again.
    pub(crate) fn repeats(&mut self, (from, until): (Millis, Millis), every: Millis, action: &str) {
        let until = until.min(self.end);
        if from < until {
            let (every, from, until) = (every.spelled(), from.spelled(), until.spelled());
            self.timeline.push_str(&format!(
                "\n[[timeline]]\nevery = \"{every}\"\nfrom = \"{from}\"\nuntil = \"{until}\"\n{action}\n"
            ));
        }
    }

    /// A fault begins, unless one of its kind lasts; `None`: it has no duration.
    pub(crate) fn breaks(
        &mut self,
        at: Millis,
        duration: Option<Millis>,
        kind: &'static str,
        keys: &str,
    ) {
        let from = at.as_millis();
        let until = from + duration.map_or(1, Millis::as_millis);
        let free = self.busy.get(kind).is_none_or(|busy| *busy < from);
        if !free || until >= self.end.as_millis() {
            return;
        }
        self.busy.insert(kind, until);
        self.edge(at);
        self.edge(Millis::from_millis(until));
        let duration = duration.map_or_else(String::new, |duration| {
            format!("duration = \"{}\"\n", duration.spelled())
        });
        let at = at.spelled();
        self.faults.push_str(&format!(
            "\n[[fault]]\nstart = \"{at}\"\n{duration}{kind} = {keys}\n"
        ));
    }

    /// Claims a time for something of which there is one at a time, such as a stay; false: there is one.
    pub(crate) fn takes(&mut self, what: &'static str, from: Millis, until: Millis) -> bool {
        let free = self
            .busy
            .get(what)
            .is_none_or(|busy| *busy < from.as_millis());
        if free {
            self.busy.insert(what, until.as_millis());
        }
        free
    }

    /// The timeline and the faults.
    pub(crate) fn text(&self) -> String {
        format!("{}{}", self.timeline, self.faults)
    }
}
