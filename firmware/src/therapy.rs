//! The mode machine: what the pump is meant to do, and the record that keeps it over a reset.
//!
//! The mode is derived, never stored, so that two flags cannot contradict each other:
//!
//! ```text
//!   safe? ─► programmed? ─► running? ─► empty? ─► stalled? ─► bolus? ─► infusing
//! ```
//!
//! Programming and refilling change neither `running` nor the rest (REQ-THE-004).

use crate::bolus::BolusKind;
use crate::nvm_map::THERAPY_LEN;
use crate::prescription::is_valid;
use thecal_link::buffer::{Reader, Writer};
use thecal_link::telemetry::{Alarms, Mode, Prescription};
use thecal_units::{Concentration, DoseRate, Mass, Millis, PumpTime, Volume};

/// What the pump is meant to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Therapy {
    pub(crate) prescription: Prescription,
    pub(crate) programmed: bool,
    pub(crate) running: bool,
    pub(crate) safe: bool,
}

impl Therapy {
    /// Nothing programmed.
    pub(crate) const NONE: Self = Self {
        prescription: Prescription {
            concentration: Concentration::ZERO,
            dose: DoseRate::ZERO,
            bolus_dose: Mass::ZERO,
            bolus_duration: Millis::ZERO,
            lockout: Millis::ZERO,
            daily_maximum: 0,
            low_reservoir: Volume::ZERO,
            critical_interval: Millis::ZERO,
            non_critical_interval: Millis::ZERO,
        },
        programmed: false,
        running: false,
        safe: false,
    };

    /// The mode, given what the motor and the reservoir allow.
    pub(crate) const fn mode(&self, empty: bool, stalled: bool, bolus: Option<BolusKind>) -> Mode {
        if self.safe {
            Mode::SafeState
        } else if !self.programmed {
            Mode::Unprogrammed
        } else if !self.running {
            Mode::Stopped
        } else if empty {
            Mode::Empty
        } else if stalled {
            Mode::Stalled
        } else {
            match bolus {
                Some(BolusKind::Patient) => Mode::PatientBolus,
                Some(BolusKind::Clinician) => Mode::ClinicianBolus,
                None => Mode::Infusing,
            }
        }
    }

    /// Whether the infusion is meant to run.
    pub(crate) const fn is_on(&self) -> bool {
        self.programmed && self.running && !self.safe
    }
}

/// What is kept over a reset.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kept {
    pub(crate) therapy: Therapy,
    /// A bolus was being given.
    pub(crate) in_bolus: bool,
    pub(crate) active: Alarms,
    pub(crate) acknowledged: Alarms,
    /// Counted volume at the end of the lease.
    pub(crate) reservoir: Volume,
    pub(crate) steps: u64,
    pub(crate) correction: i64,
    /// Therapy time of writing.
    pub(crate) at: PumpTime,
    /// Resets by watchdog or supply in close succession.
    pub(crate) troubles: u8,
    pub(crate) trouble_at: PumpTime,
}

const PROGRAMMED: u8 = 1;
const RUNNING: u8 = 1 << 1;
const SAFE: u8 = 1 << 2;

impl Kept {
    pub(crate) fn to_bytes(self) -> [u8; THERAPY_LEN] {
        let flag = |set: bool, bit: u8| if set { bit } else { 0 };
        let mut bytes = [0; THERAPY_LEN];
        let mut out = Writer::new(&mut bytes);
        out.u8(flag(self.therapy.programmed, PROGRAMMED)
            | flag(self.therapy.running, RUNNING)
            | flag(self.therapy.safe, SAFE));
        out.u8(u8::from(self.in_bolus));
        out.u16(self.active.0);
        out.u16(self.acknowledged.0);
        out.u64(self.reservoir.as_picoliters());
        out.u64(self.steps);
        out.u64(self.correction.cast_unsigned());
        out.u64(self.at.as_millis());
        out.u8(self.troubles);
        out.u64(self.trouble_at.as_millis());
        out.bytes(&self.therapy.prescription.to_bytes());
        bytes
    }

    /// Reads the record; `None` where a prescription that claims to be programmed is out of range
    /// (REQ-POST-003).
    pub(crate) fn from_bytes(bytes: &[u8; THERAPY_LEN]) -> Option<Self> {
        let mut from = Reader::new(bytes);
        let flags = from.u8().ok()?;
        let kept = Self {
            in_bolus: from.u8().ok()? != 0,
            active: Alarms(from.u16().ok()?),
            acknowledged: Alarms(from.u16().ok()?),
            reservoir: Volume::from_picoliters(from.u64().ok()?),
            steps: from.u64().ok()?,
            correction: from.u64().ok()?.cast_signed(),
            at: PumpTime::from_millis(from.u64().ok()?),
            troubles: from.u8().ok()?,
            trouble_at: PumpTime::from_millis(from.u64().ok()?),
            therapy: Therapy {
                prescription: Prescription::from_reader(&mut from).ok()?,
                programmed: flags & PROGRAMMED != 0,
                running: flags & RUNNING != 0,
                safe: flags & SAFE != 0,
            },
        };
        let valid = !kept.therapy.programmed || is_valid(&kept.therapy.prescription);
        valid.then_some(kept)
    }
}
