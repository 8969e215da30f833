//! An observation: a figure that somebody published, how the plant is held against it, and how
//! close it has to come.
//!
//! Terms: the *factor* is simulated over published, below 1 where the plant gives too little. A
//! *known miss* is a row that the plant is known to miss; it stays in the table, and a row that is
//! declared so and is met after all makes the declaration out of date.

/// How an observation came into the model, if it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Parameters were fitted to it (T1): agreement shows that the code computes what was fitted.
    Fitted,
    /// Parameters were chosen with it in view, but it was given room (T2, T3, an order): neither a
    /// fit nor evidence.
    InSample,
    /// Nothing was fitted to it.
    HoldOut,
    /// It follows from an equation that is named.
    ClosedForm,
    /// Somebody measured it on pumps; the generic pump is no such product.
    Clinical,
}

impl Kind {
    /// Every kind, in the order of the table.
    pub const ALL: [Self; 5] = [
        Self::Fitted,
        Self::InSample,
        Self::HoldOut,
        Self::ClosedForm,
        Self::Clinical,
    ];

    /// The word for it in a table.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Fitted => "fitted",
            Self::InSample => "beside the fit",
            Self::HoldOut => "not fitted",
            Self::ClosedForm => "closed form",
            Self::Clinical => "clinical",
        }
    }

    /// What rows of this kind are, as a heading.
    #[must_use]
    pub const fn heading(self) -> &'static str {
        match self {
            Self::Fitted => "Fitted: parameters were fitted to these figures, held to 1.5-fold",
            Self::InSample => "Beside the fit: in view when parameters were chosen, but given room",
            Self::HoldOut => "Not fitted: figures that no parameter was chosen for",
            Self::ClosedForm => "Closed forms: the plant against an equation",
            Self::Clinical => "Clinical figures of pumps: the generic pump beside real ones",
        }
    }
}

/// What was published.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Published {
    /// A figure.
    Value(f64),
    /// A range in which all were.
    Range(f64, f64),
    /// Something that is not above this.
    AtMost(f64),
    /// Something that is not below this.
    AtLeast(f64),
}

/// How close the plant has to come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tolerance {
    /// T1: within 1.5-fold. A fitted summary.
    T1,
    /// T2: within 2-fold. A figure that was not fitted, or one beside the fit.
    T2,
    /// T3: within 3-fold. Late, remote, or of a single patient.
    T3,
    /// Q: only the order or the sign counts.
    Order,
    /// Within the range or the bound that was published.
    AsPublished,
    /// Off by at most this share of the figure.
    Share(f64),
}

impl Tolerance {
    /// The factor that is allowed either way, of a tolerance that is one.
    #[must_use]
    pub const fn factor(self) -> Option<f64> {
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
    /// Its name: the study's in the collection of facts, then what was looked at.
    pub id: &'static str,
    /// What was observed.
    pub what: &'static str,
    /// The unit of all its figures; "1" for a ratio.
    pub unit: &'static str,
    /// Section and source.
    pub source: &'static str,
    /// The figure.
    pub published: Published,
    /// How it scatters, as published; empty where nothing is said.
    pub spread: &'static str,
    /// Whether it was fitted.
    pub kind: Kind,
    /// How close the plant has to come.
    pub tolerance: Tolerance,
    /// Why this tolerance, and what has to be known to read the row.
    pub why: &'static str,
    /// Why the plant misses it, where it is known to.
    pub known_miss: Option<&'static str>,
    /// Runs the plant, or a part of it.
    pub simulate: fn() -> f64,
}

/// A closed form: a figure that an equation gives, and the share by which the plant may be off.
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

/// How a row came out.
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
    /// The word for it in a table.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Within => "within",
            Self::OrderHolds => "order holds",
            Self::KnownMiss => "known miss",
            Self::Miss => "MISS",
            Self::OutOfDate => "MISS NO MORE",
        }
    }

    /// Whether the row is as it is declared.
    #[must_use]
    pub const fn is_as_declared(self) -> bool {
        matches!(self, Self::Within | Self::OrderHolds | Self::KnownMiss)
    }
}

/// A row and what the plant made of it.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// The row.
    pub observation: &'static Observation,
    /// What the plant gave, in the row's unit.
    pub simulated: f64,
    /// Simulated over published, where a figure was published.
    pub factor: Option<f64>,
    /// How it came out.
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

    /// Whether a simulated figure is close enough. What is not a number never is.
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

    /// Whether it is the row `name`, or one of the study `name`. Case does not count.
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
