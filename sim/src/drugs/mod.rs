//! One file a drug: its parameter sets, each value with its source; and the list of the drugs.
//!
//! A drug is its file and a row of [`Drug`]: names, documents and suggestions are made of the row.
//!
//! Marks in the sources as in the project's collections of facts: S numbers are those of pk.md,
//! (mem H/M/L) is from memory, "ours" is a choice of this project. A value that is *assumed* has no
//! measurement behind it. Spreads called "ours" are 0.3 for volumes and rates that are known and
//! 0.5 for effects and rates that are guessed.

use crate::drug::{DrugModel, DrugSheet, Kinetics, PlasmaKinetics, Tolerance};

mod baclofen;
mod bupivacaine;
mod clonidine;
pub mod dtpa;
mod fentanyl;
mod hydromorphone;
mod morphine;
mod sufentanil;
mod ziconotide;

/// What kind of drug it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DrugClass {
    /// An opioid: tolerance to it is opioid tolerance.
    Opioid,
    /// Any other.
    Other,
}

macro_rules! drugs {
    ($($(#[$doc:meta])* $drug:ident = $file:ident, $class:ident, [$($brand:literal),*];)*) => {
        /// The drug in the reservoir.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Drug {
            $($(#[$doc])* $drug,)*
        }

        impl Drug {
            /// Every drug that the model knows.
            pub const ALL: [Self; [$(stringify!($drug)),*].len()] = [$(Self::$drug),*];

            /// Its name in scenarios, parameter files and reports.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$drug => stringify!($file),)*
                }
            }

            /// What else people call it: brands, and its name in other languages.
            #[must_use]
            pub const fn other_names(self) -> &'static [&'static str] {
                match self {
                    $(Self::$drug => &[$($brand),*],)*
                }
            }

            /// Its class.
            #[must_use]
            pub const fn class(self) -> DrugClass {
                match self {
                    $(Self::$drug => DrugClass::$class,)*
                }
            }

            /// All that the model knows of it.
            #[must_use]
            pub const fn sheet(self) -> &'static DrugSheet {
                match self {
                    $(Self::$drug => &$file::SHEET,)*
                }
            }
        }
    };
}

// Name in code, name in scenarios, which is that of its file, class, and other names.
drugs! {
    /// Morphine sulfate, for pain.
    Morphine = morphine, Opioid, ["morfine", "morfin", "morphium", "infumorph", "duramorph", "mitigo"];
    /// Hydromorphone, for pain.
    Hydromorphone = hydromorphone, Opioid, ["dilaudid"];
    /// Fentanyl citrate, for pain.
    Fentanyl = fentanyl, Opioid, ["sublimaze"];
    /// Sufentanil citrate, for pain.
    Sufentanil = sufentanil, Opioid, ["sufenta"];
    /// Baclofen, for spasticity.
    Baclofen = baclofen, Other, ["lioresal", "gablofen"];
    /// Ziconotide, for pain.
    Ziconotide = ziconotide, Other, ["prialt"];
    /// Bupivacaine, for pain.
    Bupivacaine = bupivacaine, Other, ["marcaine", "sensorcaine"];
    /// Clonidine, for pain.
    Clonidine = clonidine, Other, ["duraclon"];
}

impl Drug {
    /// The drug in a patient with this tolerance.
    pub(crate) const fn model(self, tolerance: Tolerance) -> DrugModel {
        self.sheet().model(tolerance)
    }

    /// Rates in fluid and cord.
    #[must_use]
    pub const fn kinetics(self) -> Kinetics {
        self.sheet().kinetics.values
    }

    /// Plasma.
    #[must_use]
    pub const fn plasma(self) -> PlasmaKinetics {
        self.sheet().plasma.values
    }
}
