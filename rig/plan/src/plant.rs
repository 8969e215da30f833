//! The checked plan of what breaks in the plant: which fault, how severe, how it comes.

use std::borrow::Cow;
use thecal_sim::fault_row::{Course, Visibility};
use thecal_sim::{PlantFault, Ramp};
use thecal_units::{Millis, SimTime};

/// A fault of the plant with its severity.
#[derive(Clone, Debug, PartialEq)]
pub struct PlantFaultPlan {
    /// Which.
    pub fault: PlantFault,
    /// The severity that it comes to, as its row measures it.
    pub severity: f64,
    /// The severity that it starts from.
    pub from: f64,
    /// Ramp time; zero: it is there at once.
    pub over: Millis,
    /// Severity and course as the file writes them; empty for a fault that has none.
    pub words: String,
}

impl PlantFaultPlan {
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
        let course = self.fault.row().severity.map(|severity| severity.course);
        Ramp {
            start,
            over: self.over,
            from: self.from,
            to: self.severity,
            logarithmic: matches!(course, Some(Course::ByFactors { .. })),
        }
    }

    /// What a report says was hidden; `None` of a fault that the pump can sense.
    #[must_use]
    pub fn hidden_as(&self) -> Option<Cow<'static, str>> {
        let row = self.fault.row();
        match row.visibility {
            Visibility::Hidden => Some(row.name.into()),
            Visibility::HiddenUntilStall => {
                Some(format!("{} before the motor stalls", row.name).into())
            }
            Visibility::Motor | Visibility::Electronics | Visibility::Telemetry => None,
        }
    }
}
