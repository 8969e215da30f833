//! Requests of people as JSON. All numbers are whole, each in the unit that its name ends with.

use serde::{Deserialize, Serialize};
use thecal_plan::{
    CatheterWork, DoseLimits, DuringBolus, Infusion, PatientBolus, Request, ScheduleStep, Therapy,
    WeekSchedule,
};
use thecal_units::{Concentration, DoseRate, Mass, Millis, Volume};

/// A request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "ask",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case",
    deny_unknown_fields
)]
pub(super) enum RequestJson {
    Provision,
    AskChallenge,
    TakeKeys,
    Interrogate,
    Program {
        therapy: TherapyJson,
    },
    OpenUpdate {
        hold: bool,
    },
    Stage {
        therapy: TherapyJson,
    },
    Commit,
    CloseUpdate,
    PrimingBolus,
    CatheterWork {
        work: WorkJson,
    },
    Start,
    Stop,
    ClinicianBolus {
        dose_fg: u64,
        duration_ms: u64,
    },
    PatientBolus {
        press: u16,
    },
    ReadLog {
        first: u32,
    },
    Refill {
        volume_pl: u64,
        concentration_ng_per_ml: u32,
        bridge: bool,
        drawn_pl: Option<u64>,
    },
    Silence,
    ReadPrescription,
    ReadAlarms,
    ReadHealth,
}

/// What was done to the catheter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum WorkJson {
    Replaced,
    Revised,
    Aspirated,
}

/// A therapy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct TherapyJson {
    concentration_ng_per_ml: u32,
    infusion: InfusionJson,
    patient_bolus: Option<BolusJson>,
    /// Whether the infusion pauses during a bolus.
    bolus_replaces: bool,
    limits: LimitsJson,
    catheter_pl: u64,
    low_reservoir_pl: u64,
    critical_interval_ms: u64,
    non_critical_interval_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "mode",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case",
    deny_unknown_fields
)]
enum InfusionJson {
    Simple { dose_ng_per_day: u32 },
    MinimumRate,
    Flex { steps: Vec<StepJson> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct StepJson {
    /// Bit 0 is Monday, bit 6 is Sunday.
    days: u8,
    minute: u16,
    dose_ng_per_day: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct BolusJson {
    dose_fg: u64,
    duration_ms: u64,
    lockout_ms: u64,
    daily_maximum: u8,
}

/// Zero is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct LimitsJson {
    hour_fg: u64,
    four_hours_fg: u64,
    day_fg: u64,
}

impl From<&Therapy> for TherapyJson {
    fn from(therapy: &Therapy) -> Self {
        let step = |step: &ScheduleStep| StepJson {
            days: step.days,
            minute: step.minute,
            dose_ng_per_day: step.dose.as_ng_per_day(),
        };
        Self {
            concentration_ng_per_ml: therapy.concentration.as_ng_per_ml(),
            infusion: match &therapy.infusion {
                Infusion::Simple(dose) => InfusionJson::Simple {
                    dose_ng_per_day: dose.as_ng_per_day(),
                },
                Infusion::MinimumRate => InfusionJson::MinimumRate,
                Infusion::Flex(week) => InfusionJson::Flex {
                    steps: week.steps().iter().map(step).collect(),
                },
            },
            patient_bolus: therapy.patient_bolus.map(|bolus| BolusJson {
                dose_fg: bolus.dose.as_femtograms(),
                duration_ms: bolus.duration.as_millis(),
                lockout_ms: bolus.lockout.as_millis(),
                daily_maximum: bolus.daily_maximum,
            }),
            bolus_replaces: therapy.during_bolus == DuringBolus::Replace,
            limits: LimitsJson {
                hour_fg: therapy.limits.hour.as_femtograms(),
                four_hours_fg: therapy.limits.four_hours.as_femtograms(),
                day_fg: therapy.limits.day.as_femtograms(),
            },
            catheter_pl: therapy.catheter.as_picoliters(),
            low_reservoir_pl: therapy.low_reservoir.as_picoliters(),
            critical_interval_ms: therapy.critical_interval.as_millis(),
            non_critical_interval_ms: therapy.non_critical_interval.as_millis(),
        }
    }
}

impl TherapyJson {
    /// The therapy; `None`: its schedule has more steps than a plan may have.
    fn therapy(&self) -> Option<Therapy> {
        Some(Therapy {
            concentration: Concentration::from_ng_per_ml(self.concentration_ng_per_ml),
            infusion: match &self.infusion {
                InfusionJson::Simple { dose_ng_per_day } => {
                    Infusion::Simple(DoseRate::from_ng_per_day(*dose_ng_per_day))
                }
                InfusionJson::MinimumRate => Infusion::MinimumRate,
                InfusionJson::Flex { steps } => {
                    let mut week = WeekSchedule::EMPTY;
                    for step in steps {
                        let fits = week.push(ScheduleStep {
                            days: step.days,
                            minute: step.minute,
                            dose: DoseRate::from_ng_per_day(step.dose_ng_per_day),
                        });
                        fits.then_some(())?;
                    }
                    Infusion::Flex(week)
                }
            },
            patient_bolus: self.patient_bolus.map(|bolus| PatientBolus {
                dose: Mass::from_femtograms(bolus.dose_fg),
                duration: Millis::from_millis(bolus.duration_ms),
                lockout: Millis::from_millis(bolus.lockout_ms),
                daily_maximum: bolus.daily_maximum,
            }),
            during_bolus: if self.bolus_replaces {
                DuringBolus::Replace
            } else {
                DuringBolus::Add
            },
            limits: DoseLimits {
                hour: Mass::from_femtograms(self.limits.hour_fg),
                four_hours: Mass::from_femtograms(self.limits.four_hours_fg),
                day: Mass::from_femtograms(self.limits.day_fg),
            },
            catheter: Volume::from_picoliters(self.catheter_pl),
            low_reservoir: Volume::from_picoliters(self.low_reservoir_pl),
            critical_interval: Millis::from_millis(self.critical_interval_ms),
            non_critical_interval: Millis::from_millis(self.non_critical_interval_ms),
        })
    }
}

impl From<&Request> for RequestJson {
    fn from(request: &Request) -> Self {
        match *request {
            Request::Provision => Self::Provision,
            Request::AskChallenge => Self::AskChallenge,
            Request::TakeKeys => Self::TakeKeys,
            Request::Interrogate => Self::Interrogate,
            Request::Program(therapy) => Self::Program {
                therapy: (&therapy).into(),
            },
            Request::OpenUpdate { hold } => Self::OpenUpdate { hold },
            Request::Stage(therapy) => Self::Stage {
                therapy: (&therapy).into(),
            },
            Request::Commit => Self::Commit,
            Request::CloseUpdate => Self::CloseUpdate,
            Request::PrimingBolus => Self::PrimingBolus,
            Request::DeclareWork(work) => Self::CatheterWork {
                work: match work {
                    CatheterWork::Replaced => WorkJson::Replaced,
                    CatheterWork::Revised => WorkJson::Revised,
                    CatheterWork::Aspirated => WorkJson::Aspirated,
                },
            },
            Request::Start => Self::Start,
            Request::Stop => Self::Stop,
            Request::ClinicianBolus { dose, duration } => Self::ClinicianBolus {
                dose_fg: dose.as_femtograms(),
                duration_ms: duration.as_millis(),
            },
            Request::PatientBolus { press } => Self::PatientBolus { press },
            Request::ReadLog { first } => Self::ReadLog { first },
            Request::Refill {
                volume,
                concentration,
                bridge,
                drawn,
            } => Self::Refill {
                volume_pl: volume.as_picoliters(),
                concentration_ng_per_ml: concentration.as_ng_per_ml(),
                bridge,
                drawn_pl: drawn.map(Volume::as_picoliters),
            },
            Request::Silence => Self::Silence,
            Request::ReadPrescription => Self::ReadPrescription,
            Request::ReadAlarms => Self::ReadAlarms,
            Request::ReadHealth => Self::ReadHealth,
        }
    }
}

impl RequestJson {
    /// The request; `None`: its therapy has more steps than a plan may have.
    pub(super) fn request(&self) -> Option<Request> {
        Some(match self {
            Self::Provision => Request::Provision,
            Self::AskChallenge => Request::AskChallenge,
            Self::TakeKeys => Request::TakeKeys,
            Self::Interrogate => Request::Interrogate,
            Self::Program { therapy } => Request::Program(therapy.therapy()?),
            Self::OpenUpdate { hold } => Request::OpenUpdate { hold: *hold },
            Self::Stage { therapy } => Request::Stage(therapy.therapy()?),
            Self::Commit => Request::Commit,
            Self::CloseUpdate => Request::CloseUpdate,
            Self::PrimingBolus => Request::PrimingBolus,
            Self::CatheterWork { work } => Request::DeclareWork(match work {
                WorkJson::Replaced => CatheterWork::Replaced,
                WorkJson::Revised => CatheterWork::Revised,
                WorkJson::Aspirated => CatheterWork::Aspirated,
            }),
            Self::Start => Request::Start,
            Self::Stop => Request::Stop,
            Self::ClinicianBolus {
                dose_fg,
                duration_ms,
            } => Request::ClinicianBolus {
                dose: Mass::from_femtograms(*dose_fg),
                duration: Millis::from_millis(*duration_ms),
            },
            Self::PatientBolus { press } => Request::PatientBolus { press: *press },
            Self::ReadLog { first } => Request::ReadLog { first: *first },
            Self::Refill {
                volume_pl,
                concentration_ng_per_ml,
                bridge,
                drawn_pl,
            } => Request::Refill {
                volume: Volume::from_picoliters(*volume_pl),
                concentration: Concentration::from_ng_per_ml(*concentration_ng_per_ml),
                bridge: *bridge,
                drawn: drawn_pl.map(Volume::from_picoliters),
            },
            Self::Silence => Request::Silence,
            Self::ReadPrescription => Request::ReadPrescription,
            Self::ReadAlarms => Request::ReadAlarms,
            Self::ReadHealth => Request::ReadHealth,
        })
    }
}
