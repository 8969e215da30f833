//! The therapy in force: the prescription and the flags that decide on flow, all held twice
//! (REQ-INT-001).
//!
//! The mode is derived, never stored, so that two flags cannot contradict each other:
//!
//! ```text
//!   safe? ─► programmed? ─► priming? ─► running? ─► ended? ─► held? ─► empty? ─► stalled?
//!                                            ─► recovering? ─► bolus? ─► infusing
//! ```

use crate::grants::BolusKind;
use crate::kept::Flags;
use crate::prescription::highest_dose;
use crate::twin::{Invert, Twin};
use thecal_telemetry::{Mode, Prescription};
use thecal_units::{Concentration, DoseRate, Millis, PumpTime};

/// How the motor is, for the mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Motor {
    Turns,
    /// It has stalled and rests or is being tried.
    Stalled,
    /// It turns again, but its stall is not over.
    Recovering,
}

/// The therapy in force.
#[derive(Clone, Debug)]
pub(crate) struct Therapy {
    prescription: Prescription,
    inverse: [u8; Prescription::LEN],
    flags: Twin<u16>,
    /// The infusion pauses while an update session is open. Not kept over a reset.
    pub(crate) held: bool,
    /// The highest continuous dose of an earlier prescription, and until when it counts.
    pub(crate) peak: DoseRate,
    pub(crate) peak_until: PumpTime,
    pub(crate) stopped_since: PumpTime,
}

impl Therapy {
    pub(crate) const fn new() -> Self {
        Self {
            prescription: Prescription::NONE,
            inverse: [0xff; Prescription::LEN],
            flags: Twin::of(0, !0),
            held: false,
            peak: DoseRate::ZERO,
            peak_until: PumpTime::ZERO,
            stopped_since: PumpTime::ZERO,
        }
    }

    /// The prescription in force, with the concentration in the reservoir.
    pub(crate) const fn prescription(&self) -> &Prescription {
        &self.prescription
    }

    /// Puts a prescription in force. The dose infused until now counts for another day
    /// (REQ-BOL-014).
    pub(crate) fn prescribe(&mut self, prescription: Prescription, now: PumpTime) {
        if highest_dose(&self.prescription) > highest_dose(&prescription) {
            self.peak = self.highest(now);
            self.peak_until = now + Millis::DAY;
        }
        self.restore(prescription);
    }

    /// A bridge moves a drug of this concentration: if at the minimum rate that is more than
    /// prescribed, it counts for a day after (REQ-BOL-014).
    pub(crate) fn bridge(&mut self, concentration: Concentration, now: PumpTime) {
        let moved = highest_dose(&Prescription {
            concentration,
            ..self.prescription
        });
        if moved > highest_dose(&self.prescription) {
            self.peak = moved.max(self.highest(now));
            self.peak_until = now + Millis::DAY;
        }
    }

    /// Restores the prescription from memory.
    pub(crate) fn restore(&mut self, prescription: Prescription) {
        self.prescription = prescription;
        self.inverse = prescription.to_bytes().invert();
    }

    /// Sets the concentration in the reservoir.
    pub(crate) fn concentrate(&mut self, concentration: Concentration, now: PumpTime) {
        let prescription = Prescription {
            concentration,
            ..self.prescription
        };
        self.prescribe(prescription, now);
    }

    /// The highest continuous dose of the last 24 hours and of the prescription.
    pub(crate) fn highest(&self, now: PumpTime) -> DoseRate {
        let highest = highest_dose(&self.prescription);
        if now < self.peak_until {
            highest.max(self.peak)
        } else {
            highest
        }
    }

    /// Whether the prescription agrees with its inverse.
    pub(crate) fn is_prescription_sound(&self) -> bool {
        self.prescription.to_bytes().invert() == self.inverse
    }

    /// Whether the flags agree with their inverse.
    pub(crate) fn are_flags_sound(&self) -> bool {
        self.flags.is_sound()
    }

    /// As [`Pump::flip`](crate::Pump::flip): of what decides on how much drug is given.
    #[cfg(feature = "fault-injection")]
    pub(crate) fn flip(&mut self, field: &str, bit: u32) -> Option<crate::flip::Flipped> {
        use crate::flip::flipped;
        if let Some(which) = field.strip_prefix("flags.") {
            return self.flags.flip(which, bit);
        }
        if let Some(at) = field.strip_prefix("inverse[") {
            let at: usize = at.strip_suffix(']')?.parse().ok()?;
            return crate::flip::flip_byte(self.inverse.get_mut(at)?, bit);
        }
        let held = &mut self.prescription;
        match field {
            "held" => {
                let after = flipped(self.held.into(), 1, bit)?;
                self.held = after == 1;
                Some((after ^ 1, after))
            }
            "prescription.dose.__0" => {
                let before = held.dose.as_ng_per_day();
                let after = flipped(before.into(), 32, bit)?;
                held.dose = DoseRate::from_ng_per_day(u32::try_from(after).ok()?);
                Some((before.into(), after))
            }
            "prescription.lockout.__0" => {
                let before = held.lockout.as_millis();
                let after = flipped(before, 64, bit)?;
                held.lockout = Millis::from_millis(after);
                Some((before, after))
            }
            "prescription.daily_maximum" => crate::flip::flip_byte(&mut held.daily_maximum, bit),
            _ => None,
        }
    }

    pub(crate) const fn has(&self, flag: Flags) -> bool {
        Flags(self.flags.get()).has(flag)
    }

    pub(crate) fn set(&mut self, flag: Flags, to: bool) {
        let mut flags = Flags(self.flags.get());
        flags.set(flag, to);
        self.flags.set(flags.0);
    }

    pub(crate) const fn flags(&self) -> Flags {
        Flags(self.flags.get())
    }

    pub(crate) fn set_flags(&mut self, flags: Flags) {
        self.flags.set(flags.0);
    }

    /// The mode, given reservoir, motor and bolus.
    pub(crate) fn mode(&self, empty: bool, motor: Motor, bolus: Option<BolusKind>) -> Mode {
        if self.has(Flags::SAFE) {
            Mode::SafeState
        } else if !self.has(Flags::PROGRAMMED) {
            Mode::Unprogrammed
        } else if bolus == Some(BolusKind::Priming) {
            Mode::Priming
        } else if !self.has(Flags::RUNNING) {
            Mode::Stopped
        } else if self.has(Flags::ENDED) {
            Mode::EndOfService
        } else if self.held {
            Mode::Held
        } else if empty {
            Mode::Empty
        } else {
            match (motor, bolus) {
                (Motor::Stalled, _) => Mode::Stalled,
                (Motor::Recovering, _) => Mode::Recovering,
                (Motor::Turns, Some(BolusKind::Patient)) => Mode::PatientBolus,
                (Motor::Turns, Some(BolusKind::Clinician)) => Mode::ClinicianBolus,
                (Motor::Turns, Some(BolusKind::Priming) | None) => Mode::Infusing,
            }
        }
    }

    /// Whether the infusion is on.
    pub(crate) fn is_on(&self) -> bool {
        let wanted = self.has(Flags::PROGRAMMED) && self.has(Flags::RUNNING);
        wanted && !self.has(Flags::SAFE) && !self.has(Flags::ENDED) && !self.held
    }

    #[cfg(test)]
    pub(crate) fn damage_flags(&mut self, bits: u16) {
        self.flags.damage(self.flags.get() ^ bits);
    }

    #[cfg(test)]
    pub(crate) const fn damage_prescription(&mut self, prescription: Prescription) {
        self.prescription = prescription;
    }
}
