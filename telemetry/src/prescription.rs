//! The prescription: staged and committed as one unit.

use crate::pinned::pinned;
use thecal_link::DecodeError;
use thecal_link::buffer::{Reader, Writer};
use thecal_units::{Concentration, DoseRate, Mass, Millis, Volume};

pinned! {
    /// Kind of continuous infusion. Numbers are pinned.
    Infusion, "infusion" {
        /// One constant dose rate.
        Simple = 0,
        /// 0.006 mL/day, whatever the drug and its concentration.
        MinimumRate = 1,
        /// Steps by time of day and day of the week.
        Flex = 2,
    }
}

pinned! {
    /// Continuous infusion during a bolus. Numbers are pinned.
    DuringBolus, "during bolus" {
        /// Continues: the bolus is added.
        Add = 0,
        /// Pauses: the bolus replaces it.
        Replace = 1,
    }
}

/// One step of a flex infusion: its dose and when it starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScheduleStep {
    /// Days on which it starts: bit 0 is Monday, bit 6 is Sunday.
    pub days: u8,
    /// Minute of the day at which it starts, from 0 to 1439.
    pub minute: u16,
    /// Dose from then on.
    pub dose: DoseRate,
}

/// The steps of a flex infusion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    len: u8,
    steps: [ScheduleStep; Self::STEPS_MAX],
}

impl Schedule {
    /// Most steps.
    pub const STEPS_MAX: usize = 8;

    /// A schedule without steps.
    pub const EMPTY: Self = Self {
        len: 0,
        steps: [ScheduleStep {
            days: 0,
            minute: 0,
            dose: DoseRate::ZERO,
        }; Self::STEPS_MAX],
    };

    /// Appends a step; false if there is no room.
    pub fn push(&mut self, step: ScheduleStep) -> bool {
        match self.steps.get_mut(usize::from(self.len)) {
            Some(room) => {
                *room = step;
                self.len += 1;
                true
            }
            None => false,
        }
    }

    /// The steps in the order in which they were programmed.
    #[must_use]
    pub fn steps(&self) -> &[ScheduleStep] {
        self.steps.get(..usize::from(self.len)).unwrap_or(&[])
    }
}

/// The most drug that the patient may get in a window of time, boluses and infusion together. Zero
/// means no limit. In whole nanograms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DoseLimits {
    /// In any hour.
    pub hour: Mass,
    /// In any 4 hours.
    pub four_hours: Mass,
    /// In any 24 hours.
    pub day: Mass,
}

impl DoseLimits {
    /// No limits.
    pub const NONE: Self = Self {
        hour: Mass::ZERO,
        four_hours: Mass::ZERO,
        day: Mass::ZERO,
    };

    /// Each window that has a limit, with the limit.
    pub fn windows(&self) -> impl Iterator<Item = (Millis, Mass)> {
        [
            (Millis::HOUR, self.hour),
            (Millis::HOUR.times(4), self.four_hours),
            (Millis::DAY, self.day),
        ]
        .into_iter()
        .filter(|&(_, limit)| limit != Mass::ZERO)
    }
}

/// A prescription, as programmed by the clinician.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prescription {
    /// Concentration of the drug in the reservoir, as labeled.
    pub concentration: Concentration,
    /// Dose of the simple continuous infusion; zero for the other kinds.
    pub dose: DoseRate,
    /// Dose of one patient bolus, in whole nanograms; zero disables the remotes.
    pub bolus_dose: Mass,
    /// Time over which a patient bolus is given.
    pub bolus_duration: Millis,
    /// Least time from the start of one patient bolus to the start of the next.
    pub lockout: Millis,
    /// Most patient boluses in any 24 hours.
    pub daily_maximum: u8,
    /// Counted reservoir volume at which the low-reservoir alarm sounds.
    pub low_reservoir: Volume,
    /// Repeat interval of the critical alarm.
    pub critical_interval: Millis,
    /// Repeat interval of the non-critical alarm.
    pub non_critical_interval: Millis,
    /// Kind of the continuous infusion.
    pub infusion: Infusion,
    /// Continuous infusion during a bolus.
    pub during_bolus: DuringBolus,
    /// Dose limits over time.
    pub limits: DoseLimits,
    /// Volume of the implanted catheter, as labeled and trimmed. In whole nanoliters.
    pub catheter_volume: Volume,
    /// Steps of a flex infusion; empty for the other kinds.
    pub schedule: Schedule,
}

impl Default for Prescription {
    fn default() -> Self {
        Self::NONE
    }
}

impl Prescription {
    /// No prescription.
    pub const NONE: Self = Self {
        concentration: Concentration::ZERO,
        dose: DoseRate::ZERO,
        bolus_dose: Mass::ZERO,
        bolus_duration: Millis::ZERO,
        lockout: Millis::ZERO,
        daily_maximum: 0,
        low_reservoir: Volume::ZERO,
        critical_interval: Millis::ZERO,
        non_critical_interval: Millis::ZERO,
        infusion: Infusion::Simple,
        during_bolus: DuringBolus::Add,
        limits: DoseLimits::NONE,
        catheter_volume: Volume::ZERO,
        schedule: Schedule::EMPTY,
    };

    /// Length of [`Prescription::to_bytes`].
    pub const LEN: usize = 37 + 1 + 1 + 3 * 4 + 4 + 1 + Schedule::STEPS_MAX * 7;

    /// The layout used on the air and in the pump's memory.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        let mut out = Writer::new(&mut bytes);
        out.u32(self.concentration.as_ng_per_ml());
        out.u32(self.dose.as_ng_per_day());
        out.u32(narrow(self.bolus_dose.as_nanograms_round_down()));
        out.u32(narrow(self.bolus_duration.as_millis()));
        out.u32(narrow(self.lockout.as_millis()));
        out.u8(self.daily_maximum);
        out.u64(self.low_reservoir.as_picoliters());
        out.u32(narrow(self.critical_interval.as_millis()));
        out.u32(narrow(self.non_critical_interval.as_millis()));
        out.u8(self.infusion as u8);
        out.u8(self.during_bolus as u8);
        for limit in [self.limits.hour, self.limits.four_hours, self.limits.day] {
            out.u32(narrow(limit.as_nanograms_round_down()));
        }
        out.u32(narrow(self.catheter_volume.as_nanoliters_round_down()));
        out.u8(self.schedule.len);
        for step in &self.schedule.steps {
            out.u8(step.days);
            out.u16(step.minute);
            out.u32(step.dose.as_ng_per_day());
        }
        debug_assert_eq!(out.finish(), Ok(Self::LEN), "LEN is the sum of the fields");
        bytes
    }

    /// Reads the layout of [`Prescription::to_bytes`].
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if bytes are missing, a number is not defined, or the count of steps exceeds
    /// [`Schedule::STEPS_MAX`]. Unused slots of the schedule are not checked.
    pub fn from_reader(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let nanograms = |value: u32| Mass::from_nanograms(value.into());
        let millis = |value: u32| Millis::from_millis(value.into());
        Ok(Self {
            concentration: Concentration::from_ng_per_ml(from.u32()?),
            dose: DoseRate::from_ng_per_day(from.u32()?),
            bolus_dose: nanograms(from.u32()?),
            bolus_duration: millis(from.u32()?),
            lockout: millis(from.u32()?),
            daily_maximum: from.u8()?,
            low_reservoir: Volume::from_picoliters(from.u64()?),
            critical_interval: millis(from.u32()?),
            non_critical_interval: millis(from.u32()?),
            infusion: Infusion::from_number(from.u8()?)?,
            during_bolus: DuringBolus::from_number(from.u8()?)?,
            limits: DoseLimits {
                hour: nanograms(from.u32()?),
                four_hours: nanograms(from.u32()?),
                day: nanograms(from.u32()?),
            },
            catheter_volume: Volume::from_nanoliters(from.u32()?.into()),
            schedule: Schedule::from_reader(from)?,
        })
    }
}

impl Schedule {
    fn from_reader(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let len = usize::from(from.u8()?);
        if len > Self::STEPS_MAX {
            return Err(DecodeError::LengthOutOfRange {
                len,
                max: Self::STEPS_MAX,
            });
        }
        let mut schedule = Self::EMPTY;
        for slot in 0..Self::STEPS_MAX {
            let step = ScheduleStep {
                days: from.u8()?,
                minute: from.u16()?,
                dose: DoseRate::from_ng_per_day(from.u32()?),
            };
            if slot < len {
                schedule.push(step);
            }
        }
        Ok(schedule)
    }
}

/// Narrows for the wire, saturating; the pump's range check refuses the largest value.
pub(super) fn narrow(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
