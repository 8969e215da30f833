//! What the log must hold, or may: an event, when, and what its entry says.

use crate::boundary::Entry;
use crate::rule::Rule;
use thecal_plan::{LogDetail, LogKind};
use thecal_units::{DoseRate, Mass, SimTime, Volume, real};

/// An event that is logged.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) rule: &'static Rule,
    pub(super) kind: LogKind,
    /// Its entry has a time between these.
    pub(super) from: SimTime,
    pub(super) until: SimTime,
    /// Whether it is part of a boot, which a reset of the same instant does not cut.
    pub(super) boot: bool,
    /// Whether it must be there; otherwise it may.
    pub(super) due: bool,
    pub(super) says: Says,
}

/// What an entry says.
#[derive(Clone, Debug)]
pub(super) enum Says {
    /// Whatever it is.
    Anything,
    /// Exactly one of these.
    One(Vec<LogDetail>),
    /// A number from the first to the second.
    Number(u64, u64),
    /// A volume from the first to the second.
    Volume(Volume, Volume),
    /// A dose a day, within a nanogram.
    Rate(DoseRate),
    /// Seconds of a jump from the first to the second.
    Jump(i64, i64),
    /// The end of a bolus, with steps from the first to the second, and whether a reset ended it.
    Bolus(u64, u64, bool),
    /// At least one alarm; with a critical one among these names if there are any.
    Alarms(Vec<&'static str>),
    /// This command was refused, for this reason or for any.
    Refused(&'static str, Option<String>),
}

/// Volumes of the log are in nanoliters, rounded one way or the other.
pub(super) const NANOLITER: Volume = Volume::from_nanoliters(1);

impl Wanted {
    /// An event at one instant.
    pub(super) const fn at(
        (rule, kind): (&'static Rule, LogKind),
        at: SimTime,
        due: bool,
        says: Says,
    ) -> Self {
        Self {
            rule,
            kind,
            from: at,
            until: at,
            boot: false,
            due,
            says,
        }
    }
}

impl Says {
    /// A volume as the log rounds it.
    pub(super) const fn volume(volume: Volume) -> Self {
        Self::Volume(
            volume.saturating_sub(NANOLITER),
            volume.saturating_add(NANOLITER),
        )
    }

    /// Exactly this.
    pub(super) fn this(detail: LogDetail) -> Self {
        Self::One(vec![detail])
    }

    /// Whether an entry says that.
    pub(super) fn fits(&self, entry: &Entry) -> bool {
        match (self, &entry.says) {
            (Self::Anything, _) | (_, LogDetail::Untold) => true,
            (Self::One(these), said) => these.contains(said),
            (Self::Number(least, most), LogDetail::Number(said)) => least <= said && said <= most,
            (Self::Volume(least, most), LogDetail::Volume(said)) => least <= said && said <= most,
            (Self::Rate(rate), LogDetail::Rate(said)) => {
                rate.as_ng_per_day().abs_diff(said.as_ng_per_day()) <= 1
            }
            (Self::Jump(least, most), LogDetail::Jump(said)) => least <= said && said <= most,
            (Self::Bolus(least, most, reset), LogDetail::Bolus { steps, by_reset }) => {
                reset == by_reset && least <= steps && steps <= most
            }
            (Self::Alarms(critical), LogDetail::Alarms(said)) => {
                !said.is_empty()
                    && (critical.is_empty() || said.iter().any(|name| critical.contains(name)))
            }
            (Self::Refused(command, why), LogDetail::Refused(key, reason)) => {
                command == key && why.as_ref().is_none_or(|why| why == reason)
            }
            _ => false,
        }
    }

    /// In words.
    pub(super) fn in_words(&self) -> String {
        match self {
            Self::Anything => "anything".to_owned(),
            Self::One(these) => {
                let these: Vec<String> = these.iter().map(in_words).collect();
                these.join(" or ")
            }
            Self::Number(least, most) if least == most => format!("{least}"),
            Self::Number(least, most) => format!("{least} to {most}"),
            Self::Volume(least, most) => {
                format!("{} to {}", milliliters(*least), milliliters(*most))
            }
            Self::Rate(rate) => in_words(&LogDetail::Rate(*rate)),
            Self::Jump(least, most) => format!("{least} s to {most} s"),
            Self::Bolus(least, most, reset) => {
                let why = if *reset { ", by a reset" } else { "" };
                format!("{least} to {most} steps{why}")
            }
            Self::Alarms(critical) if critical.is_empty() => "an alarm".to_owned(),
            Self::Alarms(_) => "a critical alarm".to_owned(),
            Self::Refused(command, why) => {
                let why = why.as_deref().unwrap_or("any reason");
                format!("{command}: {why}")
            }
        }
    }
}

fn milliliters(volume: Volume) -> String {
    format!("{:.6} mL", real::Volume::from(volume).as_milliliters())
}

fn micrograms(mass: Mass) -> String {
    format!("{:.3} ug", real::Mass::from(mass).as_micrograms())
}

/// What an entry says, in words.
pub(super) fn in_words(says: &LogDetail) -> String {
    match says {
        LogDetail::Nothing | LogDetail::Untold => "nothing".to_owned(),
        LogDetail::Number(number) => format!("{number}"),
        LogDetail::Dose(mass) => micrograms(*mass),
        LogDetail::Rate(rate) => format!("{} ng/day", rate.as_ng_per_day()),
        LogDetail::Volume(volume) => milliliters(*volume),
        LogDetail::Concentration(of) => format!("{} ng/mL", of.as_ng_per_ml()),
        LogDetail::Bolus { steps, by_reset } => {
            let why = if *by_reset { ", by a reset" } else { "" };
            format!("{steps} steps{why}")
        }
        LogDetail::Denied(reason) => (*reason).to_owned(),
        LogDetail::Refused(command, reason) => format!("{command}: {reason}"),
        LogDetail::Alarms(names) => names.join(", "),
        LogDetail::Jump(seconds) => format!("{seconds} s"),
        LogDetail::Abandoned { by_reset: true } => "by a reset".to_owned(),
        LogDetail::Abandoned { by_reset: false } => "by time-out".to_owned(),
        LogDetail::Work(work) => format!("{work:?}"),
    }
}
