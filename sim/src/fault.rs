//! Faults of the plant that a scenario may begin and end, each with a severity that may ramp.
//!
//! Each moves a variable of the plant and counts what it did, so that a scenario can prove that
//! its fault fired.

use crate::ramp::Ramp;

/// A fault of the plant. What its severity is, stands with each; source: pump.md 5 by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PlantFault {
    /// The rotor does not follow: a field, a short. 1 to 3. No severity.
    MotorStall,
    /// A particle blocks the gear 40 steps ahead of where the shaft is when it becomes active;
    /// the shaft turns until there, then not. 7 (S18); 40 is ours. No severity.
    MotorJam,
    /// Single steps are lost at random. 5. Severity: share of steps, 0 to 1.
    MissedSteps,
    /// The gear corrodes or the shaft wears. 6 (S17). Severity: times the friction of a new pump, 1 and up.
    GearFriction,
    /// Moisture shunts the motor's coil. 36 (S8). Severity: ohm across a coil of 1000 ohm (design).
    CoilShunt,
    /// A roller does not close the tube: reservoir and catheter are joined. 8 (S10-12).
    /// Severity: resistance of the leak in Pa s/m3; 0 is free flow.
    RollerLeak,
    /// The tube set. 9. Severity: share of a step's volume lost, 0 to 1.
    TubeWear,
    /// Both valves stand open, as in a field. 10 (S28a). No severity.
    OpenValves,
    /// Propellant is lost. 20. Severity: share of the gauge pressure lost, 0 to 1.
    PropellantLoss,
    /// Precipitate in filter or restrictor. 19 (S31). Severity: times its resistance, 1 and up.
    FilterClog,
    /// A resistive film in the battery. 33 (S5-7). Severity: ohm added.
    BatteryFilm,
    /// The catheter is blocked at its tip. 13 (S20). Severity: times the resistance of the free
    /// catheter, 1 and up; infinite: closed.
    TipOcclusion,
    /// The connector is misaligned: only the pump's tubing stretches before it. 17 (S20).
    /// Severity: as for [`Self::TipOcclusion`].
    ConnectorOcclusion,
    /// The catheter is kinked over 5 mm. 14. Severity: open share of the bore's diameter, 0 to 1.
    CatheterKink,
    /// Part of the flow leaves at the connector into the pocket. 16 (S21, S24).
    /// Severity: share of the flow, 0 to 1; 1 is a disconnected catheter.
    CatheterLeak,
    /// A bubble comes out of the reservoir and through the catheter. 18 (S33). Severity: its volume
    /// at ambient pressure in uL, taken when the fault begins.
    AirBubble,
}

impl PlantFault {
    /// Every fault.
    pub const ALL: [Self; 16] = [
        Self::MotorStall,
        Self::MotorJam,
        Self::MissedSteps,
        Self::GearFriction,
        Self::CoilShunt,
        Self::RollerLeak,
        Self::TubeWear,
        Self::OpenValves,
        Self::PropellantLoss,
        Self::FilterClog,
        Self::BatteryFilm,
        Self::TipOcclusion,
        Self::ConnectorOcclusion,
        Self::CatheterKink,
        Self::CatheterLeak,
        Self::AirBubble,
    ];

    /// The severities that the plant accepts, ends included.
    #[must_use]
    pub const fn range(self) -> (f64, f64) {
        match self {
            Self::MotorStall | Self::MotorJam | Self::OpenValves => (1.0, 1.0),
            Self::MissedSteps | Self::TubeWear | Self::PropellantLoss | Self::CatheterLeak => {
                (0.0, 1.0)
            }
            Self::GearFriction => (1.0, 100.0),
            Self::CoilShunt => (1.0, 1e9),
            Self::RollerLeak => (0.0, 1e20),
            Self::FilterClog => (1.0, 1e9),
            Self::BatteryFilm => (0.0, 1e5),
            Self::TipOcclusion | Self::ConnectorOcclusion => (1.0, f64::INFINITY),
            Self::CatheterKink => (0.0, 1.0),
            Self::AirBubble => (0.0, 1e3),
        }
    }

    /// What [`Plant::fault_effect`](crate::Plant::fault_effect) counts for it.
    #[must_use]
    pub const fn effect_unit(self) -> &'static str {
        match self {
            Self::MotorStall
            | Self::MotorJam
            | Self::MissedSteps
            | Self::GearFriction
            | Self::CoilShunt => "pulses",
            Self::RollerLeak
            | Self::TubeWear
            | Self::OpenValves
            | Self::FilterClog
            | Self::CatheterLeak
            | Self::AirBubble => "nL",
            Self::PropellantLoss
            | Self::TipOcclusion
            | Self::ConnectorOcclusion
            | Self::CatheterKink => "Pa",
            Self::BatteryFilm => "mV",
        }
    }

    /// Its place in [`Self::ALL`].
    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

/// The faults that are active, their severities, and what each did.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Faults {
    pub(crate) active: [Option<Ramp>; PlantFault::ALL.len()],
    pub(crate) effect: [f64; PlantFault::ALL.len()],
}
