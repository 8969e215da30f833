//! What the reference pump shows of itself, as the rig understands it whatever the pump: the prescription,
//! its alarms, its health.

use thecal_engine::programmer::{AlarmAge, Health};
use thecal_plan::{self as plan, PatientBolus, Therapy, WeekSchedule};
use thecal_telemetry::{self as telemetry, AlarmReport, DuringBolus, Infusion, Prescription};
use thecal_units::{Mass, Millis};

/// A prescription as the plan of a therapy. A bolus dose of zero is no patient bolus.
pub(super) fn therapy(of: &Prescription) -> Therapy {
    Therapy {
        concentration: of.concentration,
        infusion: match of.infusion {
            Infusion::Simple => plan::Infusion::Simple(of.dose),
            Infusion::MinimumRate => plan::Infusion::MinimumRate,
            Infusion::Flex => plan::Infusion::Flex(week(&of.schedule)),
        },
        patient_bolus: (of.bolus_dose > Mass::ZERO).then_some(PatientBolus {
            dose: of.bolus_dose,
            duration: of.bolus_duration,
            lockout: of.lockout,
            daily_maximum: of.daily_maximum,
        }),
        during_bolus: match of.during_bolus {
            DuringBolus::Add => plan::DuringBolus::Add,
            DuringBolus::Replace => plan::DuringBolus::Replace,
        },
        limits: plan::DoseLimits {
            hour: of.limits.hour,
            four_hours: of.limits.four_hours,
            day: of.limits.day,
        },
        catheter: of.catheter_volume,
        low_reservoir: of.low_reservoir,
        critical_interval: of.critical_interval,
        non_critical_interval: of.non_critical_interval,
    }
}

/// The steps of a schedule, of which a plan may have as many as the pump.
fn week(of: &telemetry::Schedule) -> WeekSchedule {
    const { assert!(telemetry::Schedule::STEPS_MAX <= WeekSchedule::STEPS_MAX) };
    let mut week = WeekSchedule::EMPTY;
    for &telemetry::ScheduleStep { days, minute, dose } in of.steps() {
        let fits = week.push(plan::ScheduleStep { days, minute, dose });
        debug_assert!(fits, "as many steps as the pump may have");
    }
    week
}

/// The active alarms with their ages.
pub(super) fn alarms(of: &AlarmReport) -> Vec<AlarmAge> {
    let rows = of.active.rows();
    rows.map(|row| {
        let bit = usize::try_from(row.alarm.0.trailing_zeros()).unwrap_or(usize::MAX);
        let minutes = of.minutes.get(bit).copied().unwrap_or(u32::MAX);
        AlarmAge {
            name: row.name,
            acknowledged: of.acknowledged.has(row.alarm),
            age: Millis::MINUTE.times(minutes.into()),
        }
    })
    .collect()
}

/// Its state of health.
pub(super) fn health(of: &telemetry::Health) -> Health {
    Health {
        loaded_mv: Some(of.loaded_mv).filter(|mv| *mv > 0),
        replacement_days: Some(of.replacement_days).filter(|days| *days < u16::MAX),
        time_of_week: Millis::from_millis(of.time_of_week.into()),
        resets: of.resets,
        bridge_steps: of.bridge_steps.into(),
        in_session: of.in_session,
        primed: of.primed,
        magnet: of.magnet,
    }
}
