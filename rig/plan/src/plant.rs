//! The checked plan of what breaks in the plant: which fault, how severe, how it comes.

use thecal_sim::{Drive, PlantFault, Ramp};
use thecal_units::{Millis, SimTime};

/// A fault of the plant with its severity.
#[derive(Clone, Debug, PartialEq)]
pub struct PlantTrouble {
    /// Which.
    pub fault: PlantFault,
    /// The severity that it comes to, as [`PlantFault`] counts it.
    pub severity: f64,
    /// The severity that it starts from.
    pub from: f64,
    /// How long it takes to come; zero: it is there at once.
    pub over: Millis,
    /// Severity and course as the file writes them; empty for a fault that has none.
    pub words: String,
}

impl PlantTrouble {
    /// A fault without severity.
    #[must_use]
    pub const fn plain(fault: PlantFault) -> Self {
        Self {
            fault,
            severity: 1.0,
            from: 1.0,
            over: Millis::ZERO,
            words: String::new(),
        }
    }

    /// Its severity over time, if it begins now.
    #[must_use]
    pub fn ramp(&self, start: SimTime) -> Ramp {
        if self.over == Millis::ZERO {
            return Ramp::step(start, self.severity);
        }
        Ramp {
            start,
            over: self.over,
            from: self.from,
            to: self.severity,
            logarithmic: spans_decades(self.fault),
        }
    }
}

/// What a pump can know of a fault (pump.md, "five findings", 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// V0: nothing. No verdict asks the pump for it.
    Hidden,
    /// V1: through its motor.
    Motor,
    /// V2: through its supply.
    Supply,
}

/// What a pump can know of it. Source: pump.md 5, column V; what is V0 and becomes V1 when the
/// motor stalls (13, 14) counts as hidden: until then the pump cannot know.
#[must_use]
pub const fn visibility(fault: PlantFault) -> Visibility {
    match fault {
        PlantFault::MotorStall
        | PlantFault::MotorJam
        | PlantFault::MissedSteps
        | PlantFault::GearFriction
        | PlantFault::CoilShunt => Visibility::Motor,
        PlantFault::BatteryFilm => Visibility::Supply,
        PlantFault::RollerLeak
        | PlantFault::TubeWear
        | PlantFault::OpenValves
        | PlantFault::PropellantLoss
        | PlantFault::FilterClog
        | PlantFault::TipOcclusion
        | PlantFault::ConnectorOcclusion
        | PlantFault::CatheterKink
        | PlantFault::CatheterLeak
        | PlantFault::AirBubble => Visibility::Hidden,
    }
}

/// What a report says was hidden, of a fault that no pump can sense.
#[must_use]
pub const fn hidden_as(fault: PlantFault) -> &'static str {
    match fault {
        PlantFault::TipOcclusion => "tip-occlusion, until the motor stalls",
        PlantFault::ConnectorOcclusion => "connector-occlusion, until the motor stalls",
        PlantFault::CatheterKink => "catheter-kink, until the motor stalls",
        _ => name(fault),
    }
}

/// Its name in scenario files.
#[must_use]
pub const fn name(fault: PlantFault) -> &'static str {
    match fault {
        PlantFault::MotorStall => "motor-stall",
        PlantFault::MotorJam => "motor-jam",
        PlantFault::MissedSteps => "missed-steps",
        PlantFault::GearFriction => "gear-friction",
        PlantFault::CoilShunt => "coil-shunt",
        PlantFault::RollerLeak => "roller-leak",
        PlantFault::TubeWear => "tube-wear",
        PlantFault::OpenValves => "open-valves",
        PlantFault::PropellantLoss => "propellant-loss",
        PlantFault::FilterClog => "filter-clog",
        PlantFault::BatteryFilm => "battery-film",
        PlantFault::TipOcclusion => "tip-occlusion",
        PlantFault::ConnectorOcclusion => "connector-occlusion",
        PlantFault::CatheterKink => "catheter-kink",
        PlantFault::CatheterLeak => "catheter-leak",
        PlantFault::AirBubble => "air-bubble",
    }
}

/// The only drive that can have it; `None`: any.
#[must_use]
pub const fn only_drive(fault: PlantFault) -> Option<Drive> {
    match fault {
        PlantFault::MotorStall
        | PlantFault::MotorJam
        | PlantFault::MissedSteps
        | PlantFault::GearFriction
        | PlantFault::RollerLeak
        | PlantFault::TubeWear => Some(Drive::Peristaltic),
        PlantFault::OpenValves => Some(Drive::ValveGated),
        PlantFault::CoilShunt
        | PlantFault::PropellantLoss
        | PlantFault::FilterClog
        | PlantFault::BatteryFilm
        | PlantFault::TipOcclusion
        | PlantFault::ConnectorOcclusion
        | PlantFault::CatheterKink
        | PlantFault::CatheterLeak
        | PlantFault::AirBubble => None,
    }
}

/// The severity of a sound pump and catheter.
#[must_use]
pub const fn harmless(fault: PlantFault) -> f64 {
    let (least, most) = fault.range();
    match fault {
        PlantFault::CoilShunt | PlantFault::RollerLeak | PlantFault::CatheterKink => most,
        PlantFault::MotorStall
        | PlantFault::MotorJam
        | PlantFault::MissedSteps
        | PlantFault::GearFriction
        | PlantFault::TubeWear
        | PlantFault::OpenValves
        | PlantFault::PropellantLoss
        | PlantFault::FilterClog
        | PlantFault::BatteryFilm
        | PlantFault::TipOcclusion
        | PlantFault::ConnectorOcclusion
        | PlantFault::CatheterLeak
        | PlantFault::AirBubble => least,
    }
}

/// Whether equal times are equal factors on its way: resistances that fall or rise by decades.
#[must_use]
pub const fn spans_decades(fault: PlantFault) -> bool {
    matches!(
        fault,
        PlantFault::CoilShunt
            | PlantFault::RollerLeak
            | PlantFault::FilterClog
            | PlantFault::TipOcclusion
            | PlantFault::ConnectorOcclusion
    )
}
