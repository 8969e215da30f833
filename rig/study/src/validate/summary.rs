//! Counts of results, separately for each kind of row.

use super::observation::{Agreement, Kind, Outcome};

/// Counts of the rows of some kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// All of them.
    pub rows: usize,
    /// Within tolerance, or with the order as published.
    pub within: usize,
    /// Missed as declared.
    pub known_misses: usize,
    /// Missed without a declaration.
    pub misses: usize,
    /// Declared as missed, but met.
    pub out_of_date: usize,
    /// With a factor: a value to be compared.
    pub figures: usize,
    /// Of those, within 1.5-fold.
    pub within_1_5: usize,
    /// Of those, within 2-fold.
    pub within_2: usize,
}

impl Summary {
    /// Counts the rows of one kind.
    #[must_use]
    pub fn of(outcomes: &[Outcome], kind: Kind) -> Self {
        let mut summary = Self::default();
        for outcome in outcomes {
            if outcome.observation.kind == kind {
                summary.count(outcome);
            }
        }
        summary
    }

    fn count(&mut self, outcome: &Outcome) {
        self.rows += 1;
        match outcome.agreement {
            Agreement::Within | Agreement::OrderHolds => self.within += 1,
            Agreement::KnownMiss => self.known_misses += 1,
            Agreement::Miss => self.misses += 1,
            Agreement::OutOfDate => self.out_of_date += 1,
        }
        if let Some(factor) = outcome.factor {
            let off = factor.max(factor.recip());
            self.figures += 1;
            self.within_1_5 += usize::from(off <= 1.5);
            self.within_2 += usize::from(off <= 2.0);
        }
    }

    /// The nonzero counts as text.
    #[must_use]
    pub fn in_words(&self) -> String {
        let mut words = vec![format!("{} of {} within tolerance", self.within, self.rows)];
        for (count, what) in [
            (self.known_misses, "known to miss"),
            (self.misses, "MISS"),
            (self.out_of_date, "declared as missed but met"),
        ] {
            if count > 0 {
                words.push(format!("{count} {what}"));
            }
        }
        words.join(", ")
    }
}
