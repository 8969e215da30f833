//! Patients' requests: granted or denied, and why.
//!
//! The order of the reasons is that of docs/telemetry.md (Denials).

use super::bolus::Bolus;
use super::course::Course;
use super::moment::Moment;
use super::pump::Pump;
use super::reason::Reason;
use crate::told::Known;
use thecal_plan::{PatientBolus, Therapy};
use thecal_units::Mass;

/// A patient's request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) moment: Moment,
    pub(super) remote: u8,
    pub(super) press: u16,
}

impl Pump<'_> {
    /// What may be answered to a patient.
    pub(super) fn bolus_asked(&self, asked: Asked) -> Course {
        let therapies = self.therapies(asked.moment).into_iter();
        let courses = therapies.map(|therapy| self.bolus_under(asked, therapy));
        courses.reduce(Course::or).unwrap_or_default()
    }

    /// What may be answered under this prescription.
    fn bolus_under(&self, asked: Asked, therapy: Option<&Therapy>) -> Course {
        let Asked {
            moment,
            remote,
            press,
        } = asked;
        let course =
            Course::default().unless(Reason::NotProgrammed, Known::sure(therapy.is_none()));
        let Some(therapy) = therapy else {
            return course;
        };
        let Some(bolus) = enabled(therapy) else {
            return course.unless(Reason::Disabled, Known::Yes);
        };
        let pressed = self.same_press(moment, remote, press);
        let course = self
            .unless_infusing(course, moment)
            .unless(Reason::Alarm, self.alarm(moment))
            .unless(Reason::Magnet, self.magnet(moment))
            .unless(Reason::Bridging, self.bridging(moment))
            .unless(Reason::SamePress, pressed.or(self.bounces(moment, remote)));
        self.within_limits(course, moment, (therapy, &bolus))
            .unless(Reason::InBolus, self.in_bolus(moment))
    }

    /// The patient's limits, asked only where nothing else decides: they look furthest back.
    fn within_limits(
        &self,
        course: Course,
        moment: Moment,
        (therapy, bolus): (&Therapy, &PatientBolus),
    ) -> Course {
        if course.refused().is_some() {
            return course;
        }
        let all = |_: Moment, _: &Bolus| true;
        let course = course.unless(Reason::Lockout, self.locked_out(moment, bolus.lockout, all));
        if course.refused().is_some() {
            return course;
        }
        let a_day = self.daily_maximum(moment, bolus.daily_maximum, all);
        course
            .unless(Reason::DailyMaximum, a_day.or(self.no_room(moment)))
            .unless(
                Reason::DoseLimit,
                self.exceeds_a_limit(moment, (therapy, bolus), all, true),
            )
    }

    /// The reasons by the pump's mode, unless it infuses or gives a bolus.
    pub(super) fn unless_infusing(&self, course: Course, moment: Moment) -> Course {
        course
            .unless(Reason::SafeState, self.safe(moment))
            .unless(Reason::Priming, self.priming(moment))
            .unless(Reason::Stopped, self.stopped(moment))
            .unless(Reason::EndOfService, self.ended(moment))
            .unless(Reason::Held, self.held(moment))
            .unless(Reason::Empty, self.empty(moment))
            .unless(Reason::Stalled, self.stalled(moment))
    }
}

/// The patient bolus of a prescription, if remotes are enabled.
pub(super) fn enabled(therapy: &Therapy) -> Option<PatientBolus> {
    therapy
        .patient_bolus
        .filter(|bolus| bolus.dose > Mass::ZERO)
}
