//! Entries of the reference pump's log as the rig understands them, whatever the pump: kind and detail.
//! Their words are in `words.rs`.

use crate::words::{self, CUT};
use thecal_plan::{self as plan, LogDetail, LogKind};
use thecal_telemetry::{Alarms, CatheterWork, Denial, LogCode, Rejection};
use thecal_units::{Concentration, DoseRate, Mass, Volume};

/// Bit of the argument of a clock jump: it went back.
const BACK: u32 = 1 << 31;

/// The rig's kind of an entry.
pub(crate) const fn log_kind(code: LogCode) -> LogKind {
    match code {
        LogCode::PowerOn => LogKind::PowerOn,
        LogCode::PinReset => LogKind::PinReset,
        LogCode::WatchdogReset => LogKind::WatchdogReset,
        LogCode::BrownOutReset => LogKind::BrownOutReset,
        LogCode::Provisioned => LogKind::Provisioned,
        LogCode::Programmed => LogKind::Programmed,
        LogCode::Started => LogKind::Started,
        LogCode::Stopped => LogKind::Stopped,
        LogCode::ClinicianBolus => LogKind::ClinicianBolus,
        LogCode::BolusGranted => LogKind::BolusGranted,
        LogCode::BolusDenied => LogKind::BolusDenied,
        LogCode::BolusEnded => LogKind::BolusEnded,
        LogCode::MotorStall => LogKind::MotorStall,
        LogCode::StallRecovery => LogKind::StallRecovery,
        LogCode::LowReservoir => LogKind::LowReservoir,
        LogCode::EmptyReservoir => LogKind::EmptyReservoir,
        LogCode::Refilled => LogKind::Refilled,
        LogCode::Silenced => LogKind::Silenced,
        LogCode::Unauthentic => LogKind::Unauthentic,
        LogCode::MemoryFault => LogKind::MemoryFault,
        LogCode::StuckButton => LogKind::StuckButton,
        LogCode::ClockJump => LogKind::ClockJump,
        LogCode::Crashed => LogKind::Crashed,
        LogCode::UpdateAbandoned => LogKind::UpdateAbandoned,
        LogCode::RamFault => LogKind::RamFault,
        LogCode::PrimingBolus => LogKind::PrimingBolus,
        LogCode::ElectiveReplacement => LogKind::ElectiveReplacement,
        LogCode::EndOfService => LogKind::EndOfService,
        LogCode::ServiceEnded => LogKind::ServiceEnded,
        LogCode::MagnetClosed => LogKind::MagnetClosed,
        LogCode::MagnetOpened => LogKind::MagnetOpened,
        LogCode::BridgeBegan => LogKind::BridgeBegan,
        LogCode::BridgeEnded => LogKind::BridgeEnded,
        LogCode::StoppedLong => LogKind::StoppedLong,
        LogCode::CatheterWork => LogKind::CatheterWork,
        LogCode::Refused => LogKind::Refused,
        LogCode::Concentration => LogKind::Concentration,
        LogCode::CatheterVolume => LogKind::CatheterVolume,
        LogCode::DailyDose => LogKind::DailyDose,
        LogCode::PatientBolusDose => LogKind::PatientBolusDose,
        LogCode::PrescriptionChecksum => LogKind::PrescriptionChecksum,
        LogCode::CountedBefore => LogKind::CountedBefore,
        LogCode::DrawnBefore => LogKind::DrawnBefore,
        LogCode::LeftOut => LogKind::LeftOut,
    }
}

/// What an entry says beside its kind.
pub(crate) fn detail(code: LogCode, argument: u32) -> LogDetail {
    let volume = || LogDetail::Volume(Volume::from_nanoliters(argument.into()));
    let dose = || LogDetail::Dose(Mass::from_nanograms(argument.into()));
    match code {
        LogCode::PowerOn
        | LogCode::PinReset
        | LogCode::WatchdogReset
        | LogCode::BrownOutReset
        | LogCode::Provisioned
        | LogCode::Started
        | LogCode::Stopped
        | LogCode::EmptyReservoir
        | LogCode::MagnetClosed
        | LogCode::BridgeEnded
        | LogCode::PrescriptionChecksum
        | LogCode::Crashed
        | LogCode::MemoryFault
        | LogCode::LeftOut => LogDetail::Nothing,
        LogCode::BolusGranted
        | LogCode::MotorStall
        | LogCode::StallRecovery
        | LogCode::Unauthentic
        | LogCode::RamFault
        | LogCode::StuckButton
        | LogCode::ElectiveReplacement
        | LogCode::EndOfService
        | LogCode::ServiceEnded
        | LogCode::MagnetOpened
        | LogCode::StoppedLong => LogDetail::Number(argument.into()),
        LogCode::Programmed | LogCode::DailyDose => {
            LogDetail::Rate(DoseRate::from_ng_per_day(argument))
        }
        LogCode::ClinicianBolus | LogCode::PatientBolusDose => dose(),
        LogCode::LowReservoir
        | LogCode::Refilled
        | LogCode::PrimingBolus
        | LogCode::BridgeBegan
        | LogCode::CatheterVolume
        | LogCode::CountedBefore
        | LogCode::DrawnBefore => volume(),
        LogCode::Concentration => LogDetail::Concentration(Concentration::from_ng_per_ml(argument)),
        LogCode::BolusEnded => LogDetail::Bolus {
            steps: (argument & !CUT).into(),
            by_reset: argument & CUT != 0,
        },
        LogCode::BolusDenied => denied(argument),
        LogCode::Refused => refused(argument),
        LogCode::Silenced => u16::try_from(argument).map_or(LogDetail::Nothing, |bits| {
            LogDetail::Alarms(words::alarms(Alarms(bits)).collect())
        }),
        LogCode::ClockJump => {
            let seconds = i64::from(argument & !BACK);
            LogDetail::Jump(if argument & BACK == 0 {
                seconds
            } else {
                -seconds
            })
        }
        LogCode::UpdateAbandoned => LogDetail::Abandoned {
            by_reset: argument == 2,
        },
        LogCode::CatheterWork => work(argument),
    }
}

fn denied(argument: u32) -> LogDetail {
    let number = u8::try_from(argument).ok();
    let denial = number.and_then(|number| Denial::from_number(number).ok());
    denial.map_or(LogDetail::Nothing, |denial| {
        LogDetail::Denied(words::denial(denial))
    })
}

/// Which command was refused, by its key in scenarios, and why.
fn refused(argument: u32) -> LogDetail {
    let key = match argument >> 8 {
        0x02 => "interrogate",
        0x04 => "start",
        0x05 => "stop",
        0x06 => "clinician-bolus",
        0x07 => "press",
        0x08 => "read-log",
        0x0a => "silence",
        0x0b => "open-update",
        0x0c => "stage",
        0x0d => "commit",
        0x0e => "close-update",
        0x0f => "priming-bolus",
        0x10 => "read-prescription",
        0x11 => "read-alarms",
        0x13 => "read-health",
        0x14 => "ask-challenge",
        0x15 => "take-keys",
        0x16 => "catheter-work",
        0x17 => "refill",
        _ => return LogDetail::Nothing,
    };
    let [number, ..] = argument.to_le_bytes();
    Rejection::from_number(number).map_or(LogDetail::Nothing, |why| {
        LogDetail::Refused(key, words::rejection(why))
    })
}

fn work(argument: u32) -> LogDetail {
    let work = match u8::try_from(argument).map(CatheterWork::from_number) {
        Ok(Ok(CatheterWork::Replaced)) => plan::CatheterWork::Replaced,
        Ok(Ok(CatheterWork::Revised)) => plan::CatheterWork::Revised,
        Ok(Ok(CatheterWork::Aspirated)) => plan::CatheterWork::Aspirated,
        _ => return LogDetail::Nothing,
    };
    LogDetail::Work(work)
}
