//! Orders of the clinician: obeyed, or refused with the first reason in the order of docs/telemetry.md.

use super::course::Course;
use super::heard::Obeyed;
use super::moment::Moment;
use super::pump::Pump;
use super::ranges;
use super::reason::Reason;
use crate::told::Known;
use thecal_plan::{Request, Therapy};
use thecal_units::Volume;

impl Pump<'_> {
    /// What may be answered to an order of the clinician.
    pub(super) fn ordered(&self, moment: Moment, request: &Request) -> Course {
        let therapies = self.therapies(moment).into_iter();
        let courses = therapies.map(|therapy| self.ordered_under(moment, request, therapy));
        courses.reduce(Course::or).unwrap_or_default()
    }

    /// What may be answered under this prescription; `None`: there is none.
    fn ordered_under(
        &self,
        moment: Moment,
        request: &Request,
        therapy: Option<&Therapy>,
    ) -> Course {
        let course = Course::default();
        let unprogrammed = (Reason::NotProgrammed, Known::sure(therapy.is_none()));
        let priming = (Reason::Priming, self.priming(moment));
        match (*request, therapy) {
            (Request::Start, _) => course
                .unless(Reason::SafeState, self.safe(moment))
                .unless(priming.0, priming.1)
                .unless(unprogrammed.0, unprogrammed.1),
            (Request::Stop, _) => course.unless(unprogrammed.0, unprogrammed.1),
            (Request::OpenUpdate { .. }, _) => course.unless(priming.0, priming.1),
            (Request::Stage(staged), _) => self.stages(moment, &staged),
            (Request::Commit, _) => self.commits(moment),
            (Request::DeclareWork(_), _) => course
                .unless(unprogrammed.0, unprogrammed.1)
                .unless(priming.0, priming.1),
            (
                Request::ClinicianBolus { .. } | Request::Refill { .. } | Request::PrimingBolus,
                None,
            ) => course.unless(unprogrammed.0, unprogrammed.1),
            (Request::ClinicianBolus { .. }, Some(therapy)) => {
                self.clinician_bolus(moment, request, therapy)
            }
            (Request::Refill { .. }, Some(therapy)) => self.fills(moment, request, therapy),
            (Request::PrimingBolus, Some(therapy)) => self.primes(moment, therapy),
            (Request::ReadPrescription, _) => course.unless(unprogrammed.0, unprogrammed.1),
            _ => course,
        }
    }

    fn clinician_bolus(&self, moment: Moment, request: &Request, therapy: &Therapy) -> Course {
        let Request::ClinicianBolus { dose, duration } = *request else {
            return Course::default();
        };
        let no_dose = ranges::no_dose(therapy, (dose, duration), self.boundary.step, self.profile);
        let course = Course::default()
            .unless(
                Reason::BolusDurationRange,
                Known::sure(!ranges::is_a_duration(duration, &self.profile.ranges)),
            )
            .unless(Reason::BolusDoseRange, no_dose);
        self.unless_infusing(course, moment)
            .unless(Reason::InBolus, self.in_bolus(moment))
            .unless(Reason::Bridging, self.bridging(moment))
            .unless(Reason::NoRoom, self.no_room(moment))
    }

    fn fills(&self, moment: Moment, request: &Request, therapy: &Therapy) -> Course {
        let Request::Refill {
            volume,
            concentration,
            bridge,
            drawn,
        } = *request
        else {
            return Course::default();
        };
        let filled = Therapy {
            concentration,
            ..*therapy
        };
        let most = volume.max(drawn.unwrap_or(Volume::ZERO));
        let again = Known::sure(bridge).and(self.bridging(moment));
        Course::default()
            .unless(
                Reason::VolumeRange,
                Known::sure(most > self.profile.ranges.reservoir),
            )
            .then(ranges::prescription(
                &filled,
                self.boundary.step,
                self.profile,
            ))
            .unless(Reason::Priming, self.priming(moment))
            .unless(Reason::InBolus, self.in_bolus(moment))
            .unless(Reason::Bridging, again)
    }

    fn primes(&self, moment: Moment, therapy: &Therapy) -> Course {
        let step = self.boundary.step;
        let (least, most) = self.volume_to_prime(moment, therapy);
        let nothing = Known::sure(least < step).same(Known::sure(most < step));
        Course::default()
            .unless(Reason::SafeState, self.safe(moment))
            .unless(Reason::Priming, self.priming(moment))
            .unless(Reason::NotStopped, self.stopped(moment).not())
            .unless(Reason::AlreadyPrimed, self.primed_once(moment))
            .unless(Reason::Empty, self.empty(moment))
            .unless(Reason::Stalled, self.stalled(moment))
            .unless(Reason::CatheterRange, nothing)
    }

    fn stages(&self, moment: Moment, staged: &Therapy) -> Course {
        let session = self.session(moment).map_or(Known::No, |(_, _, open)| open);
        let course = Course::default().unless(Reason::NoSession, session.not());
        if course.refused().is_some() {
            return course;
        }
        let ranges = ranges::prescription(staged, self.boundary.step, self.profile);
        course.then(ranges)
    }

    fn commits(&self, moment: Moment) -> Course {
        let session = self.session(moment);
        let course = Course::default();
        let Some((opened, _, open)) = session else {
            return course.unless(Reason::NoSession, Known::Yes);
        };
        let (staged, is_other) = self.staged(opened, moment);
        course
            .unless(Reason::NoSession, open.not())
            .unless(Reason::NothingStaged, staged.not())
            .unless(Reason::OtherChecksum, is_other)
            .unless(Reason::Priming, self.priming(moment))
            .unless(Reason::InBolus, self.in_bolus(moment))
            .unless(Reason::NotStored, self.not_stored(opened, moment))
            .unless(Reason::BridgeFlow, self.old_drug_too_weak(moment))
    }

    /// Whether memory may not have taken what was staged in the session that was opened (REQ-THE-023).
    fn not_stored(&self, opened: Moment, moment: Moment) -> Known {
        let mut lost = self.boundary.lost_writes.iter();
        Known::sure(lost.any(|at| opened.at <= *at && *at <= moment.at)).perhaps()
    }

    /// Whether something is staged in the session that was opened, and whether it is another prescription
    /// than the one that was sent last.
    fn staged(&self, opened: Moment, moment: Moment) -> (Known, Known) {
        let refills = self.heard.refills.between(opened, moment);
        let dropped = refills
            .iter()
            .rfind(|(_, refill)| refill.obeyed == Obeyed::Surely);
        let since = dropped.map_or(opened, |&(refill, _)| refill);
        let doubtful = refills.iter().any(|&(at, _)| since < at);
        let staged = self.heard.staged.between(since, moment);
        let Some(&(_, (therapy, obeyed))) = staged.last() else {
            return (Known::No, Known::No);
        };
        let mut is_staged: Known = obeyed.into();
        if staged.len() > 1
            && staged
                .iter()
                .any(|(_, (_, obeyed))| *obeyed == Obeyed::Surely)
        {
            is_staged = Known::Yes;
        }
        // What memory did not take has to be staged again.
        if doubtful || self.not_stored(opened, moment) != Known::No {
            is_staged = is_staged.perhaps();
        }
        let sent = self.heard.sent.last(moment);
        let other = sent.is_some_and(|&(_, sent)| sent != therapy);
        let other = Known::sure(other);
        let other = match obeyed {
            Obeyed::Surely => other,
            Obeyed::Perhaps => other.or(Known::Either),
        };
        (is_staged, other)
    }

    /// Whether the old drug of a bridge is so weak that the dose to be put in force needs more of it than
    /// may flow.
    fn old_drug_too_weak(&self, moment: Moment) -> Known {
        let staged = self.heard.staged.last(moment);
        let (Some(&(_, (staged, _))), Some((old, bridging))) = (staged, self.bridge(moment)) else {
            return Known::No;
        };
        bridging.and(ranges::too_fast(
            staged.highest_rate(),
            old,
            &self.profile.ranges,
        ))
    }
}
