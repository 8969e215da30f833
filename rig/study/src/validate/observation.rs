//! An observation: a published figure, the simulation compared with it, and the tolerance.
//!
//! Terms: the *factor* is simulated over published, below 1 if the plant's value is too low. A
//! *known miss* is a row that the plant is known to miss; it stays in the table. If such a row is
//! met, its declaration is out of date.

/// Relation of an observation to the model's parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Parameters were fitted to it (T1): agreement shows that the code computes what was fitted.
    Fitted,
    /// Parameters were chosen with it in view, but only loosely (T2, T3, an order): neither a fit
    /// nor evidence.
    InSample,
    /// Nothing was fitted to it.
    HoldOut,
    /// It follows from a named equation.
    ClosedForm,
    /// What practice knows of doses: harmless, or harmful.
    Sanity,
    /// Measured on real pumps; the generic pump is none of them.
    Clinical,
}

impl Kind {
    /// Every kind, in the order of the table.
    pub(crate) const ALL: [Self; 6] = [
        Self::Fitted,
        Self::InSample,
        Self::HoldOut,
        Self::ClosedForm,
        Self::Sanity,
        Self::Clinical,
    ];

    /// Its word in a table.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Fitted => "fitted",
            Self::InSample => "in-sample",
            Self::HoldOut => "not fitted",
            Self::ClosedForm => "closed form",
            Self::Sanity => "sanity",
            Self::Clinical => "clinical",
        }
    }

    /// A heading for rows of this kind.
    pub(crate) const fn heading(self) -> &'static str {
        match self {
            Self::Fitted => "Fitted: parameters were fitted to these figures, within 1.5-fold",
            Self::InSample => {
                "In-sample: in view when parameters were chosen, with a wider tolerance"
            }
            Self::HoldOut => "Not fitted: figures that no parameter was chosen for",
            Self::ClosedForm => "Closed forms: the plant compared with an equation",
            Self::Sanity => {
                "Clinical sanity: doses known to be harmless, and mistakes known to harm"
            }
            Self::Clinical => "Clinical figures of pumps: the generic pump compared with real ones",
        }
    }
}

/// The published figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Published {
    /// A value.
    Value(f64),
    /// A range that contains all values.
    Range(f64, f64),
    /// An upper bound.
    AtMost(f64),
    /// A lower bound.
    AtLeast(f64),
}

/// Required agreement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tolerance {
    /// T1: within 1.5-fold. A fitted summary.
    T1,
    /// T2: within 2-fold. A figure that was not fitted, or an in-sample one.
    T2,
    /// T3: within 3-fold. Late, remote, or of a single patient.
    T3,
    /// Q: only the order or the sign counts.
    Order,
    /// Within the published range or bound.
    AsPublished,
    /// Relative error at most this.
    Share(f64),
}

impl Tolerance {
    /// The factor allowed either way, for tolerances of that kind.
    pub(crate) const fn factor(self) -> Option<f64> {
        match self {
            Self::T1 => Some(1.5),
            Self::T2 => Some(2.0),
            Self::T3 => Some(3.0),
            Self::Order | Self::AsPublished | Self::Share(_) => None,
        }
    }
}

/// A row of the validation.
#[derive(Clone, Copy, Debug)]
pub struct Observation {
    /// Its name: the study in the collection of facts, then what was observed.
    pub id: &'static str,
    /// What was observed.
    pub what: &'static str,
    /// The unit of all its figures; "1" for a ratio.
    pub unit: &'static str,
    /// Section and source.
    pub source: &'static str,
    /// The published figure.
    pub published: Published,
    /// Its published scatter; empty if none is given.
    pub spread: &'static str,
    /// Whether it was fitted.
    pub kind: Kind,
    /// Required agreement.
    pub tolerance: Tolerance,
    /// Why this tolerance, and what is needed to read the row.
    pub why: &'static str,
    /// Why the plant misses it, if it is known to.
    pub known_miss: Option<&'static str>,
    /// Runs the plant or a part of it.
    pub simulate: fn() -> f64,
}

/// A closed form: the value of an equation, and the relative error allowed.
pub(super) const fn closed(
    (id, what): (&'static str, &'static str),
    unit: &'static str,
    source: &'static str,
    (figure, share): (f64, f64),
    why: &'static str,
    simulate: fn() -> f64,
) -> Observation {
    Observation {
        id,
        what,
        unit,
        source,
        published: Published::Value(figure),
        spread: "",
        kind: Kind::ClosedForm,
        tolerance: Tolerance::Share(share),
        why,
        known_miss: None,
        simulate,
    }
}

/// Result of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// Within its tolerance.
    Within,
    /// The order or the sign is as published.
    OrderHolds,
    /// Outside, as declared.
    KnownMiss,
    /// Outside.
    Miss,
    /// Within, though declared as a known miss: the declaration is out of date.
    OutOfDate,
}

impl Agreement {
    /// Its word in a table.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Within => "within",
            Self::OrderHolds => "order holds",
            Self::KnownMiss => "known miss",
            Self::Miss => "MISS",
            Self::OutOfDate => "NOW WITHIN",
        }
    }

    /// Whether the result is as declared.
    #[must_use]
    pub const fn is_as_declared(self) -> bool {
        matches!(self, Self::Within | Self::OrderHolds | Self::KnownMiss)
    }
}

/// A row and its result.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// The row.
    pub observation: &'static Observation,
    /// Simulated value, in the row's unit.
    pub simulated: f64,
    /// Simulated over published, if a value was published.
    pub factor: Option<f64>,
    /// Result.
    pub agreement: Agreement,
}

impl Observation {
    /// Runs it.
    #[must_use]
    pub fn run(&'static self) -> Outcome {
        let simulated = (self.simulate)();
        let factor = match self.published {
            Published::Value(value) => Some(simulated / value),
            Published::Range(..) | Published::AtMost(_) | Published::AtLeast(_) => None,
        };
        let agreement = match (self.holds(simulated), self.known_miss, self.tolerance) {
            (true, Some(_), _) => Agreement::OutOfDate,
            (false, Some(_), _) => Agreement::KnownMiss,
            (false, None, _) => Agreement::Miss,
            (true, None, Tolerance::Order) => Agreement::OrderHolds,
            (true, None, _) => Agreement::Within,
        };
        Outcome {
            observation: self,
            simulated,
            factor,
            agreement,
        }
    }

    /// Whether a simulated value is close enough. NaN never is.
    fn holds(&self, simulated: f64) -> bool {
        match (self.published, self.tolerance) {
            (Published::Range(low, high), _) => (low..=high).contains(&simulated),
            (Published::AtMost(high), _) => simulated <= high,
            (Published::AtLeast(low), _) => simulated >= low,
            (Published::Value(value), Tolerance::Share(share)) => {
                (simulated - value).abs() <= share * value.abs()
            }
            (Published::Value(value), tolerance) => tolerance.factor().is_some_and(|most| {
                let factor = simulated / value;
                (most.recip()..=most).contains(&factor)
            }),
        }
    }

    /// Whether it is the row `name`, or one of the study `name`, ignoring case.
    #[must_use]
    pub fn is_of(&self, name: &str) -> bool {
        let (id, name) = (self.id.to_lowercase(), name.to_lowercase());
        id.strip_prefix(&name)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    }

    /// The name of its test.
    #[must_use]
    pub fn test_name(&self) -> String {
        let kind = match (self.known_miss, self.kind) {
            (Some(_), _) => "known_miss",
            (None, Kind::Fitted) => "fitted",
            (None, Kind::InSample) => "beside_fit",
            (None, Kind::HoldOut) => "holdout",
            (None, Kind::ClosedForm) => "closed",
            (None, Kind::Sanity) => "sanity",
            (None, Kind::Clinical) => "clinical",
        };
        let id = self.id.to_lowercase().replace(['-', '.'], "_");
        format!("val_{kind}_{id}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static ROW: Observation = Observation {
        id: "M1-half-life",
        what: "a row",
        unit: "h",
        source: "none",
        published: Published::Value(2.0),
        spread: "",
        kind: Kind::HoldOut,
        tolerance: Tolerance::T2,
        why: "none",
        known_miss: None,
        simulate: || 3.9,
    };
    static MISSED: Observation = Observation {
        simulate: || 4.1,
        ..ROW
    };
    static DECLARED: Observation = Observation {
        known_miss: Some("too slow"),
        ..MISSED
    };
    static OUT_OF_DATE: Observation = Observation {
        known_miss: Some("too slow"),
        ..ROW
    };
    static NO_NUMBER: Observation = Observation {
        published: Published::AtMost(1.0),
        tolerance: Tolerance::Order,
        simulate: || f64::NAN,
        ..ROW
    };

    #[test]
    fn a_row_is_as_declared_or_it_is_not() {
        for (row, agreement) in [
            (&ROW, Agreement::Within),
            (&MISSED, Agreement::Miss),
            (&DECLARED, Agreement::KnownMiss),
            (&OUT_OF_DATE, Agreement::OutOfDate),
            (&NO_NUMBER, Agreement::Miss),
        ] {
            assert_eq!(row.run().agreement, agreement);
        }
        assert_eq!(ROW.test_name(), "val_holdout_m1_half_life");
        assert_eq!(DECLARED.test_name(), "val_known_miss_m1_half_life");
    }

    #[test]
    fn a_row_is_chosen_by_its_name_or_by_its_study() {
        assert!(ROW.is_of("M1") && ROW.is_of("m1-half-life") && ROW.is_of("m1-half"));
        assert!(!ROW.is_of("M") && !ROW.is_of("half-life"));
    }
}
