//! One file a drug: its parameter sets, each value with its source; and the list of the drugs.
//!
//! A drug is its file and a row of [`Drug`]: names, documents and suggestions are made of the row.
//!
//! Marks in the sources as in the project's collections of facts: S numbers are those of pk.md,
//! (mem H/M/L) is from memory, "ours" is a choice of this project. A value that is *assumed* has no
//! measurement behind it. Spreads called "ours" are 0.3 for volumes and rates that are known and
//! 0.5 for effects and rates that are guessed.

use crate::drug::{DrugClass, DrugModel, DrugSheet, Kinetics, PlasmaKinetics, Tolerance};

mod baclofen;
mod bupivacaine;
mod clonidine;
pub mod dtpa;
mod fentanyl;
mod hydromorphone;
mod morphine;
mod sufentanil;
mod ziconotide;

/// Level in the fluid of the cisterna over unbound level in plasma at half of an effect on the
/// brainstem, of morphine: 0.20 ug/mL over 65 % unbound (mem M) of 0.009 ug/mL. It stands in for
/// lipophilic drugs whose toxic level in the fluid nobody measured (assume).
const FLUID_PER_UNBOUND: f64 = 34.0;

macro_rules! drugs {
    ($($(#[$doc:meta])* $drug:ident = $file:ident, [$($brand:literal),*];)*) => {
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
                self.sheet().class
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

// Name in code, name in scenarios, which is that of its file, and other names.
drugs! {
    /// Morphine sulfate, for pain.
    Morphine = morphine, ["morfine", "morfin", "morphium", "infumorph", "duramorph", "mitigo"];
    /// Hydromorphone, for pain.
    Hydromorphone = hydromorphone, ["dilaudid"];
    /// Fentanyl citrate, for pain.
    Fentanyl = fentanyl, ["sublimaze"];
    /// Sufentanil citrate, for pain.
    Sufentanil = sufentanil, ["sufenta"];
    /// Baclofen, for spasticity.
    Baclofen = baclofen, ["lioresal", "gablofen"];
    /// Ziconotide, for pain.
    Ziconotide = ziconotide, ["prialt"];
    /// Bupivacaine, for pain.
    Bupivacaine = bupivacaine, ["marcaine", "sensorcaine"];
    /// Clonidine, for pain.
    Clonidine = clonidine, ["duraclon"];
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
