//! What an entry of the log says beside its kind, as a line has it (docs/protocol.md).

use super::words::kept;
use serde::Deserialize;
use thecal_plan::LogDetail;
use thecal_units::{Concentration, DoseRate, Mass, Volume};

/// One of these; which of them belongs to an entry its kind decides.
#[derive(Debug, Deserialize)]
#[serde(
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case",
    deny_unknown_fields
)]
pub(super) enum SaysJson {
    Nothing {},
    Number(u64),
    DoseNg(u64),
    RateNgPerDay(u32),
    VolumePl(u64),
    ConcentrationNgPerMl(u32),
    Bolus { steps: u64, by_reset: bool },
    Denied(String),
    Alarms(Vec<String>),
    JumpS(i64),
    Abandoned { by_reset: bool },
}

impl SaysJson {
    /// As the rig has it, or what is wrong with it.
    pub(super) fn detail(self) -> Result<LogDetail, String> {
        Ok(match self {
            Self::Nothing {} => LogDetail::Nothing,
            Self::Number(number) => LogDetail::Number(number),
            Self::DoseNg(dose) => LogDetail::Dose(Mass::from_nanograms(dose)),
            Self::RateNgPerDay(rate) => LogDetail::Rate(DoseRate::from_ng_per_day(rate)),
            Self::VolumePl(volume) => LogDetail::Volume(Volume::from_picoliters(volume)),
            Self::ConcentrationNgPerMl(of) => {
                LogDetail::Concentration(Concentration::from_ng_per_ml(of))
            }
            Self::Bolus { steps, by_reset } => LogDetail::Bolus { steps, by_reset },
            Self::Denied(reason) => LogDetail::Denied(kept(&reason)?),
            Self::Alarms(names) => {
                let names = names.iter().map(|name| kept(name));
                LogDetail::Alarms(names.collect::<Result<_, _>>()?)
            }
            Self::JumpS(seconds) => LogDetail::Jump(seconds),
            Self::Abandoned { by_reset } => LogDetail::Abandoned { by_reset },
        })
    }
}
