//! Faults of the plant that a scenario may switch on and off.
//!
//! Each moves a variable of the plant and counts what it did, so that a scenario can prove that
//! its fault fired.

/// A fault of the plant that a scenario may switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PlantFault {
    /// The rotor does not follow: a magnetic field, a short. Source: pump.md 5, catalog 1 to 3.
    MotorStall,
    /// A particle blocks the gear 40 steps ahead of where the shaft is when it becomes active;
    /// the shaft turns until there, then not. Source: pump.md 5, catalog 7 (S18); 40 is ours.
    MotorJam,
}
