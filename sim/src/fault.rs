//! Faults of the plant that a scenario may begin and end, each with a severity that may ramp.
//!
//! Each moves a variable of the plant and counts what it did, so that a scenario can prove that
//! its fault fired.

use crate::ramp::Ramp;
use thecal_units::SimTime;

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
            Self::MotorStall | Self::MotorJam | Self::MissedSteps => "missed pulses",
            Self::GearFriction => "per mille of load added",
            Self::CoilShunt => "per mille of torque lost",
            Self::RollerLeak | Self::OpenValves => "nL past the head",
            Self::TubeWear | Self::FilterClog => "nL not moved",
            Self::CatheterLeak => "nL into the pocket",
            Self::AirBubble => "nL of gas drawn",
            Self::PropellantLoss => "Pa of gas pressure lost",
            Self::TipOcclusion | Self::ConnectorOcclusion | Self::CatheterKink => {
                "Pa of pressure added"
            }
            Self::BatteryFilm => "mV lost at a pulse",
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
    active: [Option<Ramp>; PlantFault::ALL.len()],
    effect: [f64; PlantFault::ALL.len()],
    active_count: u8,
}

impl Faults {
    /// Whether any is active.
    pub(crate) const fn any(&self) -> bool {
        self.active_count > 0
    }

    /// Begins a fault, or changes its severity; whether it was not active before.
    pub(crate) fn begin(&mut self, fault: PlantFault, severity: Ramp) -> bool {
        let slot = &mut self.active[fault.index()];
        let is_new = slot.is_none();
        *slot = Some(severity);
        if is_new {
            self.active_count += 1;
            self.effect[fault.index()] = 0.0;
        }
        is_new
    }

    pub(crate) fn end(&mut self, fault: PlantFault) {
        if self.active[fault.index()].take().is_some() {
            self.active_count -= 1;
        }
    }

    /// The severity at `at`, if the fault is active.
    pub(crate) fn severity(&self, fault: PlantFault, at: SimTime) -> Option<f64> {
        self.active[fault.index()].map(|ramp| ramp.at(at))
    }

    /// The instant from which on no severity changes by itself.
    pub(crate) fn settled_at(&self) -> SimTime {
        let ends = self.active.iter().flatten().map(Ramp::end);
        ends.max().unwrap_or(SimTime::ZERO)
    }

    /// How much the fault has moved since it last began.
    pub(crate) const fn effect(&self, fault: PlantFault) -> f64 {
        self.effect[fault.index()]
    }

    /// The fault has moved this much more.
    pub(crate) fn add(&mut self, fault: PlantFault, effect: f64) {
        if self.active[fault.index()].is_some() {
            self.effect[fault.index()] += effect;
        }
    }

    /// The fault has moved this much at most.
    pub(crate) fn peak(&mut self, fault: PlantFault, effect: f64) {
        if self.active[fault.index()].is_some() {
            let before = &mut self.effect[fault.index()];
            *before = before.max(effect);
        }
    }
}
