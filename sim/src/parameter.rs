//! Parameters as data: value, unit, range, basis and source of every number that may be changed.
//!
//! Purpose: a reader of a report can distinguish a published number from an assumed one, and a user
//! can change one without reading code. So a parameter is declared once, with its unit and range,
//! and each value carries its source.
//!
//! Terms: a *field* is a parameter of a type (the volume of the cisterna), a *value* is that of one
//! instance (25 mL in this adult), its *origin* says how the value is known, its *spread* how it
//! varies between people.

use core::fmt;

/// How a number is known, from published to assumed. The marks of the project's collections of
/// facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// Read in the cited source.
    Published,
    /// Computed from published values by a cited formula.
    Calculated,
    /// From memory with high confidence.
    MemoryHigh,
    /// From memory with medium confidence.
    MemoryMedium,
    /// From memory with low confidence.
    MemoryLow,
    /// Fitted to cited observations.
    Fitted,
    /// Chosen for a generic pump; not a fact about any product.
    Design,
    /// Assumed: a modeling choice without a measurement.
    Assumed,
}

impl Basis {
    /// Every basis, from published to assumed.
    pub const ALL: [Self; 8] = [
        Self::Published,
        Self::Calculated,
        Self::MemoryHigh,
        Self::MemoryMedium,
        Self::MemoryLow,
        Self::Fitted,
        Self::Design,
        Self::Assumed,
    ];

    /// Its word in reports and parameter files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Calculated => "calculated",
            Self::MemoryHigh => "memory-high",
            Self::MemoryMedium => "memory-medium",
            Self::MemoryLow => "memory-low",
            Self::Fitted => "fitted",
            Self::Design => "design",
            Self::Assumed => "assumed",
        }
    }

    /// Whether a report that depends on the number must say so.
    #[must_use]
    pub const fn is_soft(self) -> bool {
        !matches!(self, Self::Published | Self::Calculated)
    }
}

impl fmt::Display for Basis {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.word())
    }
}

/// How a value varies between people (or pumps).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Spread {
    /// No variation in this model.
    None,
    /// Log-normal; the value given is the median.
    LogNormal {
        /// Coefficient of variation. Unit: fraction. Range: 0 to 2.
        cv: f64,
        /// How the spread is known.
        basis: Basis,
        /// The source of the spread.
        source: &'static str,
    },
}

/// A parameter of a type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Field {
    /// Its name in the code.
    pub ident: &'static str,
    /// Its name in parameter files, with hyphens.
    pub name: &'static str,
    /// Its unit, as in parameter files; "1" for a pure number.
    pub unit: &'static str,
    /// The least value accepted.
    pub low: f64,
    /// The largest value accepted.
    pub high: f64,
    /// What it means.
    pub meaning: &'static str,
}

/// The origin of one value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Origin {
    /// The field's name in the code.
    pub ident: &'static str,
    /// How it is known.
    pub basis: Basis,
    /// Section and source.
    pub source: &'static str,
    /// How it varies between people.
    pub spread: Spread,
}

/// A struct of numbers that are declared as [`Field`]s.
pub trait Parameters {
    /// The fields, in the order of [`Self::value`].
    const FIELDS: &'static [Field];

    /// The value of field `index`.
    ///
    /// # Panics
    ///
    /// If there is no such field.
    fn value(&self, index: usize) -> f64;

    /// Changes field `index`; the caller has checked its range.
    ///
    /// # Panics
    ///
    /// If there is no such field.
    fn set(&mut self, index: usize, value: f64);

    /// The first value that is out of its range or not a number.
    fn first_out_of_range(&self) -> Option<OutOfRange> {
        Self::FIELDS.iter().enumerate().find_map(|(index, field)| {
            let value = self.value(index);
            let inside = (field.low..=field.high).contains(&value);
            (!inside).then_some(OutOfRange {
                field: *field,
                value,
            })
        })
    }
}

/// A parameter value out of its range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OutOfRange {
    /// The parameter.
    pub field: Field,
    /// The value.
    pub value: f64,
}

impl fmt::Display for OutOfRange {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Field {
            name,
            unit,
            low,
            high,
            ..
        } = self.field;
        let value = self.value;
        write!(
            out,
            "{name} = {value} {unit} is not within {low} to {high} {unit}"
        )
    }
}

/// Values with their origins: one adult, one drug's kinetics, one pump.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sourced<T: 'static> {
    /// The values.
    pub values: T,
    /// The origin of each, in the order of the fields.
    pub origins: &'static [Origin],
}

/// Whether the origins are in the order of the fields.
pub(crate) const fn in_order(fields: &[Field], origins: &[Origin]) -> bool {
    if fields.len() != origins.len() {
        return false;
    }
    let mut index = 0;
    while index < fields.len() {
        let (field, origin) = (fields[index].ident, origins[index].ident);
        let (field, origin) = (field.as_bytes(), origin.as_bytes());
        if field.len() != origin.len() {
            return false;
        }
        let mut at = 0;
        while at < field.len() {
            if field[at] != origin[at] {
                return false;
            }
            at += 1;
        }
        index += 1;
    }
    true
}

/// Declares a struct of parameters: each field with unit, range and meaning.
///
/// ```text
/// parameters! {
///     /// The adult's spinal fluid.
///     pub struct Anatomy {
///         lumbar_ml: "lumbar-volume", "mL", 1.0..=100.0, "Volume below x = 22 cm.";
///     }
/// }
/// ```
macro_rules! parameters {
    ($(#[$doc:meta])* pub struct $name:ident {
        $($field:ident: $key:literal, $unit:literal, $low:literal..=$high:literal, $meaning:literal;)*
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct $name {
            $(
                #[doc = $meaning]
                #[doc = concat!("\n\nUnit: ", $unit, ". Range: ", stringify!($low), " to ", stringify!($high), ".")]
                pub $field: f64,
            )*
        }

        impl $crate::parameter::Parameters for $name {
            const FIELDS: &'static [$crate::parameter::Field] = &[
                $($crate::parameter::Field {
                    ident: stringify!($field),
                    name: $key,
                    unit: $unit,
                    low: $low,
                    high: $high,
                    meaning: $meaning,
                }),*
            ];

            fn value(&self, index: usize) -> f64 {
                [$(self.$field),*][index]
            }

            fn set(&mut self, index: usize, value: f64) {
                *[$(&mut self.$field),*][index] = value;
            }
        }
    };
}

/// Defines values of a parameter struct: each with basis and source, and a spread if there is one.
///
/// ```text
/// sourced! {
///     /// The adult of pk.md 1c.
///     const ADULT: Anatomy {
///         lumbar_ml: 36.0, Published, "pk.md 1b: 35.8 +/- 10.9 mL (S18)", cv 0.30, Published, "same";
///     }
/// }
/// ```
macro_rules! sourced {
    ($(#[$doc:meta])* $vis:vis const $name:ident: $kind:ident {
        $($field:ident: $value:expr, $basis:ident, $source:literal
            $(, cv $cv:literal, $spread_basis:ident, $spread_source:literal)?;)*
    }) => {
        $(#[$doc])*
        $vis const $name: $crate::parameter::Sourced<$kind> = $crate::parameter::Sourced {
            values: $kind { $($field: $value),* },
            origins: &[
                $($crate::parameter::Origin {
                    ident: stringify!($field),
                    basis: $crate::parameter::Basis::$basis,
                    source: $source,
                    spread: sourced!(@spread $($cv, $spread_basis, $spread_source)?),
                }),*
            ],
        };
        const _: () = assert!(
            $crate::parameter::in_order(
                <$kind as $crate::parameter::Parameters>::FIELDS,
                $name.origins,
            ),
            "values must come in the order of the fields"
        );
    };
    (@spread) => { $crate::parameter::Spread::None };
    (@spread $cv:literal, $basis:ident, $source:literal) => {
        $crate::parameter::Spread::LogNormal {
            cv: $cv,
            basis: $crate::parameter::Basis::$basis,
            source: $source,
        }
    };
}

pub(crate) use {parameters, sourced};
