//! Bounds on therapy: before the first program, and while it is unknown which of two programs is in
//! force.

use thecal_plan::{DoseLimits, DuringBolus, Infusion, PatientBolus, Therapy};
use thecal_units::{Concentration, DoseRate, Mass, Millis, Volume};

/// A bound that allows whatever the old or the new therapy allows. Drug is counted at the old
/// concentration: doses of the new therapy are scaled by old/new concentration.
pub(super) fn either(old: &Therapy, new: &Therapy) -> Therapy {
    let (was, is) = (old.concentration, new.concentration);
    let scaled = |amount: u64| {
        let parts = u128::from(amount) * u128::from(was.as_ng_per_ml());
        let scaled = parts.div_ceil(u128::from(is.as_ng_per_ml().max(1)));
        u64::try_from(scaled).unwrap_or(u64::MAX)
    };
    let scaled_rate = |rate: DoseRate| {
        let rate = scaled(rate.as_ng_per_day().into());
        DoseRate::from_ng_per_day(rate.try_into().unwrap_or(u32::MAX))
    };
    let infusion = match (old.infusion, new.infusion) {
        (one, other) if one == other && was == is => one,
        _ => Infusion::Simple(old.highest_rate().max(scaled_rate(new.highest_rate()))),
    };
    // Zero is no limit.
    let higher = |one: Mass, other: Mass| {
        if one == Mass::ZERO || other == Mass::ZERO {
            return Mass::ZERO;
        }
        one.max(Mass::from_femtograms(scaled(other.as_femtograms())))
    };
    let fresh = new.patient_bolus.map(|bolus| PatientBolus {
        dose: Mass::from_femtograms(scaled(bolus.dose.as_femtograms())),
        ..bolus
    });
    Therapy {
        concentration: was,
        infusion,
        patient_bolus: match (old.patient_bolus, fresh) {
            (Some(one), Some(other)) => Some(PatientBolus {
                dose: one.dose.max(other.dose),
                duration: one.duration.max(other.duration),
                lockout: one.lockout.min(other.lockout),
                daily_maximum: one.daily_maximum.max(other.daily_maximum),
            }),
            (one, other) => one.or(other),
        },
        during_bolus: if old.during_bolus == new.during_bolus {
            old.during_bolus
        } else {
            DuringBolus::Add
        },
        limits: DoseLimits {
            hour: higher(old.limits.hour, new.limits.hour),
            four_hours: higher(old.limits.four_hours, new.limits.four_hours),
            day: higher(old.limits.day, new.limits.day),
        },
        catheter: old.catheter.max(new.catheter),
        low_reservoir: old.low_reservoir.max(new.low_reservoir),
        critical_interval: old.critical_interval.max(new.critical_interval),
        non_critical_interval: old.non_critical_interval.max(new.non_critical_interval),
    }
}

/// The bound before anything is programmed: no infusion.
pub(super) const fn unprogrammed(concentration: Concentration) -> Therapy {
    Therapy {
        concentration,
        infusion: Infusion::Simple(DoseRate::ZERO),
        patient_bolus: None,
        during_bolus: DuringBolus::Add,
        limits: DoseLimits::NONE,
        catheter: Volume::ZERO,
        low_reservoir: Volume::ZERO,
        critical_interval: Millis::from_secs(600),
        non_critical_interval: Millis::HOUR,
    }
}
