//! Actions on the plant from outside: refills, faults, surroundings, magnetic fields.
//!
//! Actions take effect at [`Plant::now`]; severities and surroundings from the first tick after it.

use crate::ambient::Posture;
use crate::config::Person;
use crate::injection::Injection;
use crate::mechanics::Fluid;
use crate::plant::Plant;
use crate::plant_fault::PlantFault;
use crate::pump::Drive;
use crate::ramp::Ramp;
use crate::tip::TipLevel;
use crate::tracks::AGENTS;
use thecal_units::Millis;
use thecal_units::real::{Concentration, Length, Mass, Pressure, Temperature, Volume};

/// A procedure with syringe and needle at the pump.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Refill {
    /// Volume withdrawn before filling; `None`: all of it.
    pub withdrawn: Option<Volume>,
    /// Volume filled into the reservoir.
    pub volume: Volume,
    /// Volume injected into the pocket by mistake.
    pub pocket: Volume,
    /// True concentration of each drug in the fluid given.
    pub concentrations: [Concentration; AGENTS],
}

impl Refill {
    /// Empties the reservoir, then fills it with this volume of one drug; nothing into the pocket.
    #[must_use]
    pub const fn plain(volume: Volume, concentration: Concentration) -> Self {
        Self {
            withdrawn: None,
            volume,
            pocket: Volume::ZERO,
            concentrations: [concentration, Concentration::ZERO],
        }
    }
}

impl Plant {
    /// Empties and fills the reservoir, or the pocket. The concentration of a drug that this plant
    /// does not have is ignored.
    ///
    /// # Panics
    ///
    /// If a volume or a concentration is negative or not a number.
    pub fn refill(&mut self, refill: &Refill) {
        let volumes = [
            refill.withdrawn.unwrap_or_default(),
            refill.volume,
            refill.pocket,
        ];
        assert!(
            volumes.iter().all(|volume| *volume >= Volume::ZERO),
            "a refill with volumes {volumes:?}"
        );
        let strengths = refill.concentrations;
        assert!(
            strengths
                .iter()
                .all(|strength| *strength >= Concentration::ZERO),
            "a refill with concentrations {strengths:?}"
        );
        let mut strengths = strengths;
        for (strength, line) in strengths.iter_mut().zip(&self.lines) {
            if line.is_none() {
                *strength = Concentration::ZERO;
            }
        }
        let filled = Fluid {
            ml: refill.volume.as_milliliters(),
            ug: strengths.map(|strength| refill.volume.dose(strength).as_micrograms()),
        };
        let withdrawn = self.mechanics.refill(refill.withdrawn, filled);
        for (index, books) in self.books.iter_mut().enumerate() {
            books.withdrawn += Mass::from_micrograms(withdrawn.ug[index]);
            books.withdrawn_volume += Volume::from_milliliters(withdrawn.ml);
            books.filled += refill.volume.dose(strengths[index]);
            books.filled_volume += refill.volume;
            let beside = refill.pocket.dose(strengths[index]);
            books.injected += beside;
            self.injected[index] += beside;
        }
    }

    /// What the reservoir can hold now.
    #[must_use]
    pub fn capacity(&self) -> Volume {
        Volume::from_milliliters(self.mechanics.capacity_ml())
    }

    /// Whether this fault is at work.
    #[must_use]
    pub const fn has_fault(&self, fault: PlantFault) -> bool {
        self.mechanics.faults.is_active(fault)
    }

    /// A refill has failed because no needle reached the septum.
    pub fn miss_septum(&mut self) {
        self.mechanics.faults.add(PlantFault::SeptumOutOfReach, 1.0);
    }

    /// Gives a dose by hand into the spinal fluid, at once: by lumbar puncture, or through an access
    /// port. The fluid that it displaces is not counted, nor what was in the catheter.
    ///
    /// # Panics
    ///
    /// If a value is out of its range.
    pub fn inject_by_hand(&mut self, injection: &Injection) {
        assert!(
            injection.is_sound(&self.person.anatomy),
            "an injection of {injection:?}"
        );
        let mut doses = [Mass::ZERO; AGENTS];
        for (index, strength) in injection.concentrations.into_iter().enumerate() {
            if self.lines[index].is_some() {
                doses[index] = injection.volume.dose(strength);
                self.books[index].injected += doses[index];
            }
        }
        self.mix(doses, injection);
    }

    /// Where a vertebra lies along this body's axis.
    #[must_use]
    pub fn position_of(&self, level: TipLevel) -> Length {
        level.position_in(&self.person.anatomy)
    }

    /// Mixes doses with the fluid that an injection reaches.
    pub(crate) fn mix(&mut self, doses: [Mass; AGENTS], injection: &Injection) {
        let Person { tip, anatomy } = self.person;
        let (from, to) = injection.reaches(&anatomy, tip, self.posture);
        self.patient.inject(doses, from, to);
        self.infusions.inject(doses, from, to);
    }

    /// Begins a fault, or changes its severity. Its effect count restarts when it begins.
    ///
    /// A bubble's volume is fixed at the start of its ramp.
    pub fn begin_fault(&mut self, fault: PlantFault, severity: Ramp) {
        let is_new = self.mechanics.faults.begin(fault, severity);
        match fault {
            PlantFault::MotorStall => self.mechanics.shaft.set_stall(true),
            PlantFault::MotorJam => self.mechanics.shaft.set_jam(true),
            PlantFault::MissedSteps if is_new => self.mechanics.shaft.lost = 0,
            PlantFault::AirBubble if is_new => {
                let ml = severity.at(severity.start) * 1e-3;
                self.mechanics.add_gas(ml);
                for books in &mut self.books {
                    books.filled_volume += Volume::from_milliliters(ml);
                }
            }
            _ => {}
        }
        self.mechanics.unsettle();
    }

    /// Ends a fault; what it changed returns to normal where that is possible.
    pub fn end_fault(&mut self, fault: PlantFault) {
        self.mechanics.faults.end(fault);
        match fault {
            PlantFault::MotorStall => self.mechanics.shaft.set_stall(false),
            PlantFault::MotorJam => self.mechanics.shaft.set_jam(false),
            _ => {}
        }
        self.mechanics.unsettle();
    }

    /// How much the fault has moved since it last began, in the unit of its row.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole units of what is never negative"
    )]
    pub fn fault_effect(&self, fault: PlantFault) -> u64 {
        match fault {
            PlantFault::MotorStall => self.mechanics.shaft.stall_effect(),
            PlantFault::MotorJam => self.mechanics.shaft.jam_effect(),
            PlantFault::MissedSteps => self.mechanics.shaft.lost,
            _ => libm::round(self.mechanics.faults.effect(fault)) as u64,
        }
    }

    /// What of that went back into the reservoir; 0 for a fault that moves nothing either way.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole units of what is never negative"
    )]
    pub fn fault_effect_back(&self, fault: PlantFault) -> u64 {
        libm::round(self.mechanics.faults.back(fault)) as u64
    }

    /// Changes the ambient pressure to `absolute` within `over`: a flight, a dive.
    pub fn set_ambient(&mut self, absolute: Pressure, over: Millis) {
        self.mechanics
            .surroundings
            .set_ambient(self.now, absolute, over);
        self.mechanics.unsettle();
    }

    /// Changes the body's temperature to `to` within `over`.
    pub fn set_temperature(&mut self, to: Temperature, over: Millis) {
        self.mechanics
            .surroundings
            .set_temperature(self.now, to, over);
        self.mechanics.unsettle();
    }

    /// Changes the patient's posture, and with it the fluid's pressure at the tip.
    pub fn set_posture(&mut self, posture: Posture) {
        self.posture = posture;
        let (tip, anatomy) = (self.person.tip, &self.person.anatomy);
        self.set_fluid_pressure(posture.fluid_pressure_at(tip, anatomy), Millis::ZERO);
    }

    /// Changes the fluid's pressure at the tip to `above_ambient` within `over`.
    pub fn set_fluid_pressure(&mut self, above_ambient: Pressure, over: Millis) {
        self.mechanics
            .surroundings
            .set_fluid(self.now, above_ambient, over);
        self.mechanics.unsettle();
    }

    /// The patient enters a strong magnetic field: the magnet switch closes, the rotor turns back
    /// and is held, valves are held open.
    pub fn enter_field(&mut self) {
        self.set_magnet(true);
        match self.drive {
            Drive::Peristaltic => self.mechanics.seize(),
            Drive::ValveGated => {
                self.begin_fault(PlantFault::OpenValves, Ramp::constant(1.0));
            }
            Drive::ConstantFlow => {}
        }
    }

    /// The patient leaves the field; the rotor stays held for `recovery`.
    pub fn leave_field(&mut self, recovery: Millis) {
        self.set_magnet(false);
        match self.drive {
            Drive::Peristaltic => self.mechanics.recover(self.now + recovery),
            Drive::ValveGated => self.end_fault(PlantFault::OpenValves),
            Drive::ConstantFlow => {}
        }
    }

    /// Opens the flow-activated valve of a valve-gated pump by hand.
    pub fn reset_flow_valve(&mut self) {
        self.mechanics.reset_flow_valve();
    }
}
