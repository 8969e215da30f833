//! Choices read from bytes, of the fuzzer or a random generator. After the end of the bytes, every
//! choice is the first.

use thecal_telemetry::{
    CatheterWork, Command, DoseLimits, DuringBolus, Infusion, Prescription, Schedule, ScheduleStep,
};
use thecal_units::{Concentration, DoseRate, Mass, Millis, Volume};

/// The remaining bytes.
pub(crate) struct Choices<'a>(pub(crate) &'a [u8]);

impl Choices<'_> {
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.array::<1>()[0]
    }

    /// One of `0..end`.
    pub(crate) fn below(&mut self, end: u8) -> u8 {
        self.byte() % end
    }

    pub(crate) fn chance(&mut self, one_in: u8) -> bool {
        self.byte() % one_in == one_in - 1
    }

    pub(crate) fn u16(&mut self) -> u16 {
        u16::from_le_bytes(self.array())
    }

    pub(crate) fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.array())
    }

    pub(crate) fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.array())
    }

    /// Any time of a clock up to 146 million years, half of them in the first 50 days. Unit:
    /// millisecond.
    pub(crate) fn clock(&mut self) -> u64 {
        if self.chance(2) {
            self.u64() >> 2
        } else {
            self.u32().into()
        }
    }

    pub(crate) fn bytes(&mut self, len: usize) -> Vec<u8> {
        let (bytes, rest) = self.0.split_at(len.min(self.0.len()));
        self.0 = rest;
        let mut bytes = bytes.to_vec();
        bytes.resize(len, 0);
        bytes
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        self.bytes(N).try_into().expect("of this length")
    }

    /// A number that is often at an end of its range.
    fn number(&mut self) -> u32 {
        match self.below(8) {
            0 => 0,
            1 => 1,
            2 => u32::MAX,
            3 => self.byte().into(),
            4 => self.u16().into(),
            _ => self.u32(),
        }
    }

    /// Any prescription that can be sent; half of them are valid, or differ in one field from a
    /// valid one.
    fn prescription(&mut self) -> Prescription {
        let mut prescription = good();
        let nanograms = |value: u32| Mass::from_nanograms(value.into());
        match self.below(4) {
            0 => {}
            1 => {
                prescription.dose = DoseRate::ZERO;
                prescription.infusion = Infusion::Flex;
                prescription.schedule.push(ScheduleStep {
                    days: 0x7f,
                    minute: self.u16() % 1_440,
                    dose: DoseRate::from_ng_per_day(1_000_000),
                });
            }
            2 => {
                prescription.dose = DoseRate::ZERO;
                prescription.infusion = Infusion::MinimumRate;
                prescription.during_bolus = DuringBolus::Replace;
            }
            _ => {
                prescription.limits = DoseLimits {
                    hour: nanograms(self.number()),
                    four_hours: nanograms(self.number()),
                    day: nanograms(self.number()),
                };
            }
        }
        match self.below(24) {
            0 => prescription.concentration = Concentration::from_ng_per_ml(self.number()),
            1 => prescription.dose = DoseRate::from_ng_per_day(self.number()),
            2 => prescription.bolus_dose = nanograms(self.number()),
            3 => prescription.bolus_duration = Millis::from_millis(self.number().into()),
            4 => prescription.lockout = Millis::from_millis(self.number().into()),
            5 => prescription.daily_maximum = self.byte(),
            6 => prescription.low_reservoir = Volume::from_picoliters(self.u64()),
            7 => prescription.critical_interval = Millis::from_millis(self.number().into()),
            8 => prescription.non_critical_interval = Millis::from_millis(self.number().into()),
            9 => prescription.catheter_volume = Volume::from_nanoliters(self.number().into()),
            10 => prescription.infusion = Infusion::Flex,
            11 => prescription.schedule = self.schedule(),
            _ => {}
        }
        prescription
    }

    fn schedule(&mut self) -> Schedule {
        let mut schedule = Schedule::EMPTY;
        for _ in 0..self.below(9) {
            schedule.push(ScheduleStep {
                days: self.byte(),
                minute: self.u16() % 1_500,
                dose: DoseRate::from_ng_per_day(self.number()),
            });
        }
        schedule
    }

    /// What was done to the catheter.
    pub(crate) fn work(&mut self) -> CatheterWork {
        let all = CatheterWork::ALL;
        all[usize::from(self.byte()) % all.len()]
    }

    /// A command with values mostly in range; `staged` is the checksum of the staged prescription.
    pub(crate) fn command(&mut self, staged: u32) -> Command {
        let volume = Volume::from_picoliters(match self.below(3) {
            0 => self.u64(),
            1 => 20_000_000_000,
            _ => u64::from(self.u32()) * 9,
        });
        let concentration = Concentration::from_ng_per_ml(match self.below(3) {
            0 => self.number(),
            1 => 10_000_000,
            _ => 2_000_000,
        });
        match self.below(24) {
            0 if self.chance(2) => Command::AskChallenge,
            0 => Command::Provision {
                remotes: self.below(16),
            },
            1 => Command::Interrogate,
            2 | 3 => Command::Start,
            4 => Command::Stop,
            5 => Command::ClinicianBolus {
                dose: Mass::from_nanograms(self.number().into()),
                duration: Millis::from_millis(self.number().into()),
            },
            6 => Command::ClinicianBolus {
                dose: Mass::from_nanograms(u64::from(self.u16()) * 4),
                duration: Millis::from_millis(60_000 + u64::from(self.u16())),
            },
            7..=9 => Command::PatientBolus { press: self.u16() },
            10 => Command::ReadLog {
                first: self.number(),
            },
            11 => Command::Refill {
                volume,
                concentration,
                bridge: false,
                drawn: None,
            },
            12 => Command::Silence,
            13 => Command::OpenUpdate {
                hold: self.chance(2),
            },
            14 | 15 => Command::Stage(self.prescription()),
            16 => Command::Commit {
                checksum: if self.chance(8) { self.u32() } else { staged },
                time_of_week: self.u32() % 700_000_000,
            },
            17 => Command::CloseUpdate,
            18 if self.chance(3) => Command::DeclareWork(self.work()),
            18 => Command::PrimingBolus,
            19 => Command::ReadPrescription,
            20 => Command::ReadAlarms,
            21 | 22 => Command::Refill {
                volume,
                concentration,
                bridge: true,
                drawn: None,
            },
            _ => Command::ReadHealth,
        }
    }
}

/// 0.1 mL/day of 10 mg/mL; a bolus of 5 uL in 2 min, lockout 10 min, 20 a day.
pub(crate) fn good() -> Prescription {
    Prescription {
        concentration: Concentration::from_ng_per_ml(10_000_000),
        dose: DoseRate::from_ng_per_day(1_000_000),
        bolus_dose: Mass::from_nanograms(50_000),
        bolus_duration: Millis::from_secs(120),
        lockout: Millis::from_secs(600),
        daily_maximum: 20,
        low_reservoir: Volume::from_nanoliters(2_000_000),
        critical_interval: Millis::from_secs(600),
        non_critical_interval: Millis::HOUR,
        catheter_volume: Volume::from_nanoliters(200_000),
        ..Prescription::NONE
    }
}
