//! The reference pump's numbers as text.

use thecal_plan::number::format_value;
use thecal_plan::{self as plan, begins_in_words, week_in_words};
use thecal_telemetry::{
    AlarmReport, Alarms, CatheterWork, Denial, DuringBolus, Health, Infusion, LogCode, Mode,
    Prescription, Rejection, ScheduleStep,
};
use thecal_units::{DoseRate, Mass, Millis, Volume, real};

/// What a step moves by the pump's own figures. Source: REQ-MET-001, as its Hello says.
const STEP: Volume = Volume::from_nanoliters(5);

pub(super) const fn rejection(rejection: Rejection) -> &'static str {
    match rejection {
        Rejection::NotAllowed => "not allowed",
        Rejection::AlreadyProvisioned => "already provisioned",
        Rejection::NotProgrammed => "not programmed",
        Rejection::NotProvisioned => "not provisioned",
        Rejection::Unsupported => "not supported by this pump",
        Rejection::SafeState => "safe state",
        Rejection::Priming => "a priming bolus is given",
        Rejection::NotStopped => "the infusion is not stopped",
        Rejection::Stopped => "the infusion is stopped",
        Rejection::EndOfService => "the infusion has ended with the battery",
        Rejection::Held => "the infusion is held for an update",
        Rejection::Empty => "the reservoir is empty",
        Rejection::Stalled => "the motor has stalled",
        Rejection::InBolus => "a bolus is given",
        Rejection::Bridging => "old drug is in the catheter",
        Rejection::AlreadyPrimed => "already primed, no work on the catheter declared",
        Rejection::NoRoom => "no room for its record",
        Rejection::NoSession => "no update session is open",
        Rejection::NothingStaged => "nothing is staged",
        Rejection::OtherChecksum => "another checksum than what is staged",
        Rejection::NotStored => "what is staged is not in memory",
        Rejection::ConcentrationRange => "out of range: concentration",
        Rejection::DoseRange => "out of range: flow of the continuous dose",
        Rejection::ScheduleRange => "out of range: schedule",
        Rejection::BolusDoseRange => "out of range: dose of a bolus",
        Rejection::BolusDurationRange => "out of range: duration of a bolus",
        Rejection::LockoutRange => "out of range: lockout",
        Rejection::DailyMaximumRange => "out of range: daily maximum",
        Rejection::LowReservoirRange => "out of range: limit of the low-reservoir alarm",
        Rejection::CriticalIntervalRange => "out of range: interval of the critical alarm",
        Rejection::NonCriticalIntervalRange => "out of range: interval of the non-critical alarm",
        Rejection::CatheterRange => "out of range: catheter volume",
        Rejection::HourLimit => "the limit for 1 h has no room for this dose",
        Rejection::FourHoursLimit => "the limit for 4 h has no room for this dose",
        Rejection::DayLimit => "the limit for 24 h has no room for this dose",
        Rejection::VolumeRange => "out of range: volume",
        Rejection::TimeOfWeekRange => "out of range: time of the week",
        Rejection::BridgeFlow => "out of range: flow of the old drug in the catheter",
    }
}

pub(super) const fn denial(denial: Denial) -> &'static str {
    match denial {
        Denial::Disabled => "disabled",
        Denial::Lockout => "lockout",
        Denial::DailyMaximum => "daily maximum",
        Denial::SamePress => "same press",
        Denial::InProgress => "bolus in progress",
        Denial::DoseLimit => "dose limit",
        Denial::Bridging => "old drug in the catheter",
        Denial::Magnet => "magnet near",
        Denial::NotProgrammed => "not programmed",
        Denial::SafeState => "safe state",
        Denial::Priming => "priming",
        Denial::Stopped => "stopped",
        Denial::EndOfService => "end of service",
        Denial::Held => "held for an update",
        Denial::Empty => "reservoir empty",
        Denial::Stalled => "motor stalled",
        Denial::Alarm => "an alarm forbids it",
    }
}

pub(super) const fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Unprogrammed => "unprogrammed",
        Mode::Stopped => "stopped",
        Mode::Infusing => "infusing",
        Mode::PatientBolus => "patient bolus",
        Mode::ClinicianBolus => "clinician bolus",
        Mode::Stalled => "stalled",
        Mode::Empty => "empty",
        Mode::SafeState => "safe state",
        Mode::EndOfService => "end of service",
        Mode::Held => "held for an update",
        Mode::Priming => "priming",
        Mode::Recovering => "infusing after a stall",
    }
}

/// The names of the alarms, critical ones first.
pub(super) fn alarms(active: Alarms) -> impl Iterator<Item = &'static str> {
    active.rows().map(|row| row.name)
}

/// The kind of the entries that an entry counts instead of them, and how many they were.
pub(crate) fn left_out(code: LogCode, argument: u32) -> Option<(LogCode, u32)> {
    let [low, mid, high, kind] = argument.to_le_bytes();
    let kind = LogCode::from_number(kind).ok()?;
    (code == LogCode::LeftOut).then(|| (kind, u32::from_le_bytes([low, mid, high, 0])))
}

/// An entry as text.
#[must_use]
pub const fn log_text(code: LogCode) -> &'static str {
    match code {
        LogCode::PowerOn => "power on",
        LogCode::PinReset => "reset by line",
        LogCode::WatchdogReset => "reset by watchdog",
        LogCode::BrownOutReset => "reset by low supply",
        LogCode::Provisioned => "provisioned",
        LogCode::Programmed => "programmed",
        LogCode::Started => "started",
        LogCode::Stopped => "stopped",
        LogCode::ClinicianBolus => "clinician bolus",
        LogCode::BolusGranted => "bolus granted",
        LogCode::BolusDenied => "bolus denied",
        LogCode::BolusEnded => "bolus ended",
        LogCode::MotorStall => "motor stall",
        LogCode::StallRecovery => "stall recovery",
        LogCode::LowReservoir => "low reservoir",
        LogCode::EmptyReservoir => "empty reservoir",
        LogCode::Refilled => "refilled",
        LogCode::Silenced => "silenced",
        LogCode::Unauthentic => "packet dropped",
        LogCode::MemoryFault => "memory fault",
        LogCode::StuckButton => "stuck button",
        LogCode::ClockJump => "clock jump",
        LogCode::Crashed => "crashed",
        LogCode::UpdateAbandoned => "update abandoned",
        LogCode::RamFault => "value in RAM restored",
        LogCode::PrimingBolus => "priming bolus",
        LogCode::ElectiveReplacement => "elective replacement due",
        LogCode::EndOfService => "end of service",
        LogCode::ServiceEnded => "infusion ended with the battery",
        LogCode::MagnetClosed => "magnet near",
        LogCode::MagnetOpened => "magnet gone",
        LogCode::BridgeBegan => "bridge bolus",
        LogCode::BridgeEnded => "bridge bolus ended",
        LogCode::StoppedLong => "stopped for long",
        LogCode::CatheterWork => "work on the catheter",
        LogCode::Refused => "refused",
        LogCode::Concentration => "concentration",
        LogCode::CatheterVolume => "catheter volume",
        LogCode::DailyDose => "dose a day",
        LogCode::PatientBolusDose => "dose of a patient bolus",
        LogCode::PrescriptionChecksum => "checksum of the prescription",
        LogCode::CountedBefore => "counted before a refill",
        LogCode::DrawnBefore => "drawn before a refill",
        LogCode::LeftOut => "left out",
    }
}

/// The meaning of an entry's argument as text; empty if it has none.
#[must_use]
pub fn log_meaning(code: LogCode, argument: u32) -> String {
    let milliliters = || format!("{:.3} mL", f64::from(argument) / 1e6);
    let volts = || format!("{:.3} V under load", f64::from(argument) / 1e3);
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
        | LogCode::BridgeEnded => String::new(),
        LogCode::Programmed | LogCode::DailyDose => rate(DoseRate::from_ng_per_day(argument)),
        LogCode::ClinicianBolus | LogCode::PatientBolusDose => {
            micrograms(Mass::from_nanograms(argument.into()))
        }
        LogCode::BolusGranted | LogCode::StuckButton => format!("remote {argument}"),
        LogCode::BolusDenied => {
            let known = u8::try_from(argument).ok().map(Denial::from_number);
            known.and_then(Result::ok).map_or_else(
                || format!("reason {argument}"),
                |reason| denial(reason).to_owned(),
            )
        }
        LogCode::BolusEnded if argument & CUT != 0 => {
            format!("by a reset; at most {} steps moved", argument & !CUT)
        }
        LogCode::BolusEnded => format!("{argument} steps moved"),
        LogCode::MotorStall => format!("{argument} steps missed"),
        LogCode::StallRecovery => turning_since(argument),
        LogCode::LowReservoir => format!("{} left by count", milliliters()),
        LogCode::Refilled
        | LogCode::PrimingBolus
        | LogCode::BridgeBegan
        | LogCode::CatheterVolume
        | LogCode::CountedBefore
        | LogCode::DrawnBefore => milliliters(),
        LogCode::Concentration => format!("{:.1} µg/mL", f64::from(argument) / 1e3),
        LogCode::PrescriptionChecksum => format!("{argument:#010x}"),
        LogCode::Silenced => {
            let bits = u16::try_from(argument).unwrap_or(u16::MAX);
            alarms(Alarms(bits)).collect::<Vec<&str>>().join("; ")
        }
        LogCode::Unauthentic => match argument {
            0 => "in the clinician's name".to_owned(),
            remote => format!("in the name of remote {remote}"),
        },
        LogCode::MemoryFault => record(argument),
        LogCode::ClockJump => jump(argument),
        LogCode::Crashed => format!("at {argument:#x}"),
        LogCode::UpdateAbandoned => match argument {
            1 => "by time-out".to_owned(),
            2 => "by a reset".to_owned(),
            other => format!("reason {other}"),
        },
        LogCode::RamFault => format!("value {argument}"),
        LogCode::ElectiveReplacement | LogCode::ServiceEnded => volts(),
        LogCode::EndOfService => format!("{argument} days after elective replacement"),
        LogCode::MagnetOpened => format!("near for {argument} min"),
        LogCode::StoppedLong => format!("for {argument} h"),
        LogCode::CatheterWork => work(argument),
        LogCode::Refused => refused(argument),
        LogCode::LeftOut => left_out(code, argument).map_or_else(
            || format!("entries {argument:#010x}"),
            |(kind, count)| format!("{count} of {}", log_text(kind)),
        ),
    }
}

/// Bit of the argument of a bolus's end: a reset ended it, so that not all that moved is known.
pub(super) const CUT: u32 = 1 << 31;

/// By how much the clock jumped, and which way.
fn jump(argument: u32) -> String {
    let way = if argument >> 31 == 1 {
        "back"
    } else {
        "forward"
    };
    match argument & 0x7fff_ffff {
        0x7fff_ffff => format!("{way} by 68 years or more"),
        secs => format!("{way} by {}", Millis::from_secs(secs.into())),
    }
}

/// What was done to the catheter.
fn work(argument: u32) -> String {
    match u8::try_from(argument).map(CatheterWork::from_number) {
        Ok(Ok(CatheterWork::Replaced)) => "replaced".to_owned(),
        Ok(Ok(CatheterWork::Revised)) => "revised".to_owned(),
        Ok(Ok(CatheterWork::Aspirated)) => "aspirated".to_owned(),
        _ => format!("work {argument}"),
    }
}

/// Which command was refused, and why.
fn refused(argument: u32) -> String {
    let command = match argument >> 8 {
        0x02 => "interrogate",
        0x04 => "start",
        0x05 => "stop",
        0x06 => "clinician bolus",
        0x07 => "patient bolus",
        0x08 => "read log",
        0x0a => "silence",
        0x0b => "open update",
        0x0c => "stage",
        0x0d => "commit",
        0x0e => "close update",
        0x0f => "priming bolus",
        0x10 => "read prescription",
        0x11 => "read alarms",
        0x13 => "read health",
        0x14 | 0x15 => "provision",
        0x16 => "work on the catheter",
        0x17 => "refill",
        other => return format!("command {other:#04x}, reason {}", argument & 0xff),
    };
    let known = u8::try_from(argument & 0xff)
        .ok()
        .map(Rejection::from_number);
    match known {
        Some(Ok(why)) => format!("{command}: {}", rejection(why)),
        _ => format!("{command}: reason {}", argument & 0xff),
    }
}

/// Which record in memory was damaged.
fn record(argument: u32) -> String {
    match argument {
        0 => "writes lost",
        1 => "state",
        2 => "session",
        3 => "keys",
        4 => "grants",
        5 => "prescription",
        6 => "image in flash",
        7 => "what is under way",
        8 => "entries left out of the log",
        other => return format!("record {other}"),
    }
    .to_owned()
}

/// A prescription as a clinician reads it.
pub(super) fn prescription(of: &Prescription) -> String {
    let strength = real::Concentration::from(of.concentration).as_ug_per_ml();
    let mut parts = vec![format!("{strength:.1} µg/mL")];
    parts.push(match of.infusion {
        Infusion::Simple => rate(of.dose),
        Infusion::MinimumRate => "minimum rate".into(),
        Infusion::Flex => {
            let steps = of.schedule.steps().iter().map(step);
            steps.collect::<Vec<String>>().join(", ")
        }
    });
    if of.bolus_dose > Mass::ZERO {
        let during = match of.during_bolus {
            DuringBolus::Add => "on top",
            DuringBolus::Replace => "instead",
        };
        parts.push(format!(
            "patient bolus {} over {}, lockout {}, at most {} in 24 h, given {during}",
            micrograms(of.bolus_dose),
            of.bolus_duration,
            of.lockout,
            of.daily_maximum,
        ));
    }
    for (window, limit) in of.limits.windows() {
        parts.push(format!("at most {} in {window}", micrograms(limit)));
    }
    let catheter = real::Volume::from(of.catheter_volume).as_milliliters();
    parts.push(format!("catheter {catheter:.3} mL"));
    parts.join("; ")
}

fn step(step: &ScheduleStep) -> String {
    let &ScheduleStep { days, minute, dose } = step;
    let begins = begins_in_words(&plan::ScheduleStep { days, minute, dose });
    format!("{begins} {}", rate(dose))
}

fn rate(dose: DoseRate) -> String {
    format!("{:.2} µg/day", f64::from(dose.as_ng_per_day()) / 1e3)
}

fn micrograms(mass: Mass) -> String {
    format!("{:.2} µg", real::Mass::from(mass).as_micrograms())
}

/// The alarms with their ages.
pub(super) fn alarm_report(report: &AlarmReport) -> String {
    let lines = report.active.rows().map(|row| {
        let bit = usize::try_from(row.alarm.0.trailing_zeros()).unwrap_or(usize::MAX);
        let minutes = report.minutes.get(bit).copied().unwrap_or(u32::MAX);
        let active = Millis::from_secs(u64::from(minutes) * 60).spelled();
        let silenced = if report.acknowledged.has(row.alarm) {
            ", silenced"
        } else {
            ""
        };
        format!("{} alarm, active for {active}{silenced}", row.name)
    });
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() {
        return "none".into();
    }
    lines.join("; ")
}

/// Since when the motor has turned: a stall that comes back meanwhile keeps its one entry open.
fn turning_since(minutes: u32) -> String {
    format!("proven now; the motor has kept turning since {minutes} min after the stall began")
}

/// Since when the battery is to be replaced, in whole days.
fn replacement(days: u16) -> String {
    match days {
        0 => "replacement became due less than a day ago".into(),
        1 => "replacement became due a day ago".into(),
        days => format!("replacement became due {days} days ago"),
    }
}

/// The pump's own health data.
pub(super) fn health(of: &Health) -> String {
    let mut parts = vec![match of.loaded_mv {
        0 => "battery not yet checked under load, or not in the last two days".into(),
        loaded => format!("battery {:.3} V under load", f64::from(loaded) / 1e3),
    }];
    if of.replacement_days != u16::MAX {
        parts.push(replacement(of.replacement_days));
    }
    let clock = week_in_words(Millis::from_millis(of.time_of_week.into()));
    parts.push(format!("clock {clock}"));
    parts.push(format!("resets {}", of.resets));
    if of.bridge_steps > 0 {
        let left = real::Volume::from(STEP.times(of.bridge_steps.into())).as_milliliters();
        let left = format_value(left, plan::Dimension::Volume);
        let steps = of.bridge_steps;
        parts.push(format!("{steps} steps of old drug left, {left}"));
    }
    for (is_so, text) in [
        (of.in_session, "update session open"),
        (of.primed, "primed"),
        (of.catheter_open, "work on the catheter declared"),
        (of.magnet, "magnet near"),
    ] {
        if is_so {
            parts.push(text.into());
        }
    }
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_named_as_what_they_are() {
        // From the onset of the stall until movement was proved: not how long the motor stood still.
        assert_eq!(
            log_meaning(LogCode::StallRecovery, 3),
            "proven now; the motor has kept turning since 3 min after the stall began"
        );
        assert_eq!(replacement(0), "replacement became due less than a day ago");
        assert_eq!(replacement(90), "replacement became due 90 days ago");
    }
}
