//! What entered a patient span by span, kept small: a run of years has hundreds of thousands.
//!
//! Each kind of intake is a column of its own, and a column begins with the first value that is not
//! zero: most runs have one drug, and nothing in the pocket.

use crate::patient::Intake;
use crate::tracks::AGENTS;
use alloc::vec::Vec;
use thecal_units::real::Mass;

/// Intakes in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spans {
    len: usize,
    infused: [Column; AGENTS],
    pocketed: [Column; AGENTS],
    prescribed: [Column; AGENTS],
    /// The first of which the prescription is known.
    known_from: Option<usize>,
}

/// Values in order, without the zeros at their beginning. Unit: ug.
#[derive(Clone, Debug, Default)]
struct Column {
    zeros: usize,
    rest: Vec<f64>,
}

impl Column {
    fn push(&mut self, mass: Mass) {
        let ug = mass.as_micrograms();
        if self.rest.is_empty() && ug.to_bits() == 0 {
            self.zeros += 1;
        } else {
            self.rest.push(ug);
        }
    }

    fn get(&self, index: usize) -> Mass {
        let rest = index.checked_sub(self.zeros);
        let ug = rest.and_then(|rest| self.rest.get(rest));
        Mass::from_micrograms(ug.copied().unwrap_or(0.0))
    }
}

impl Spans {
    pub(crate) fn push(&mut self, intake: &Intake) {
        let prescribed = intake.prescribed.unwrap_or_default();
        let columns = [&mut self.infused, &mut self.pocketed, &mut self.prescribed];
        let values = [intake.infused, intake.pocketed, prescribed];
        for (columns, values) in columns.into_iter().zip(values) {
            for (column, value) in columns.iter_mut().zip(values) {
                column.push(value);
            }
        }
        if intake.prescribed.is_some() && self.known_from.is_none() {
            self.known_from = Some(self.len);
        }
        self.len += 1;
    }

    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// What was infused of a drug in one span.
    pub(crate) fn infused(&self, agent: usize, index: usize) -> Mass {
        self.infused[agent].get(index)
    }

    /// All, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Intake> {
        let of =
            |columns: &[Column; AGENTS], index| columns.each_ref().map(|column| column.get(index));
        (0..self.len).map(move |index| Intake {
            infused: of(&self.infused, index),
            pocketed: of(&self.pocketed, index),
            prescribed: self
                .known_from
                .filter(|from| index >= *from)
                .map(|_| of(&self.prescribed, index)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_pushed_comes_back() {
        let ug = Mass::from_micrograms;
        let intake = |infused, pocketed, prescribed: Option<f64>| Intake {
            infused: [ug(infused), Mass::ZERO],
            pocketed: [Mass::ZERO, ug(pocketed)],
            prescribed: prescribed.map(|dose| [ug(dose), Mass::ZERO]),
        };
        let all = [
            intake(0.0, 0.0, None),
            intake(-1.0, 0.0, Some(0.0)),
            intake(0.0, 2.0, Some(3.0)),
            intake(5.0, 0.0, Some(0.0)),
        ];
        let mut spans = Spans::default();
        all.iter().for_each(|intake| spans.push(intake));
        assert_eq!(spans.iter().collect::<Vec<_>>(), all);
        assert_eq!((spans.len(), spans.infused(0, 3)), (4, ug(5.0)));
    }
}
