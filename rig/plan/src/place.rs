//! The checked plan of where the patient goes: a scanner, a magnet, a cabin, a chamber, a fever.

use thecal_units::real::{Length, Pressure, Temperature};
use thecal_units::{Millis, SimTime};

/// Somewhere the patient is for a while, and comes back from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stay {
    /// Where.
    pub place: StayPlace,
    /// From its beginning until it begins to end, the way there included.
    pub duration: Millis,
    /// The way there, and the way back after `duration`; zero at a scanner or a magnet.
    pub way: Millis,
}

/// Where a [`Stay`] is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum StayPlace {
    /// In the field of a scanner (pump.md fault 3).
    Scanner {
        /// How long the rotor stays held after the exit.
        recovery: Millis,
    },
    /// So near to a magnet that the magnet switch closes.
    Magnet {
        /// Whether it holds the rotor too, as strong everyday magnets do: a telephone or a laptop on
        /// the pump, the magnet of a nerve stimulator (Am J Emerg Med 2016;34:115.e5; Spinal Cord Ser
        /// Cases 2023).
        stalls: bool,
    },
    /// In a cabin at this altitude (pump.md fault 22).
    Flight {
        /// Of the cabin, above sea level.
        altitude: Length,
    },
    /// Under water or in a chamber (pump.md fault 23).
    Dive {
        /// Absolute.
        pressure: Pressure,
    },
    /// A fever (pump.md fault 21).
    Fever {
        /// Of the body.
        temperature: Temperature,
    },
}

/// What two stays at one time would both set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surrounding {
    /// The magnetic field.
    Field,
    /// The ambient pressure.
    Pressure,
    /// The body's temperature.
    Temperature,
}

impl Stay {
    /// Its name in scenario files.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self.place {
            StayPlace::Scanner { .. } => "mri",
            StayPlace::Magnet { .. } => "magnet",
            StayPlace::Flight { .. } => "flight",
            StayPlace::Dive { .. } => "dive",
            StayPlace::Fever { .. } => "fever",
        }
    }

    /// Where, in words.
    #[must_use]
    pub fn words(&self) -> String {
        match self.place {
            StayPlace::Scanner { .. } => "MRI session".to_owned(),
            StayPlace::Magnet { stalls: false } => "magnet near the pump".to_owned(),
            StayPlace::Magnet { stalls: true } => "strong magnet at the pump".to_owned(),
            StayPlace::Flight { altitude } => {
                let meters = altitude.as_centimeters() / 100.0;
                format!("flight with the cabin at {meters:.0} m")
            }
            StayPlace::Dive { pressure } => {
                format!("dive at {:.0} kPa absolute", pressure.as_kilopascals())
            }
            StayPlace::Fever { temperature } => {
                format!("fever of {:.1} C", temperature.as_celsius())
            }
        }
    }

    /// When it begins to end, if it begins at `start`.
    #[must_use]
    pub fn leaves(&self, start: SimTime) -> SimTime {
        start + self.duration
    }

    /// When nothing is left of it, if it begins at `start`.
    #[must_use]
    pub fn over(&self, start: SimTime) -> SimTime {
        let recovery = match self.place {
            StayPlace::Scanner { recovery } => recovery,
            StayPlace::Magnet { .. }
            | StayPlace::Flight { .. }
            | StayPlace::Dive { .. }
            | StayPlace::Fever { .. } => self.way,
        };
        self.leaves(start) + recovery
    }

    /// What of the surroundings it changes.
    #[must_use]
    pub const fn surrounding(&self) -> Surrounding {
        match self.place {
            StayPlace::Scanner { .. } | StayPlace::Magnet { .. } => Surrounding::Field,
            StayPlace::Flight { .. } | StayPlace::Dive { .. } => Surrounding::Pressure,
            StayPlace::Fever { .. } => Surrounding::Temperature,
        }
    }
}
