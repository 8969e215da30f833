//! What orders leave in the log: programming, refills, starts and stops, keys, work.

use super::obeyed::obeyed;
use super::reservoir::Reservoir;
use super::rules;
use super::wanted::{NANOLITER, Says, Wanted};
use crate::boundary::{Boundary, Packet, Sender};
use crate::requests::Questions;
use crate::rule::Rule;
use crate::told::Known;
use thecal_plan::{Infusion, LogDetail, LogKind, Profile, Request, Therapy, WEEK, starts};
use thecal_units::{DoseRate, Mass, Volume};

/// Orders and what they leave.
pub(super) struct Orders<'a> {
    pub(super) boundary: &'a Boundary<'a>,
    pub(super) profile: &'a Profile,
    pub(super) asked: &'a Questions<'a>,
    pub(super) reservoir: &'a Reservoir<'a>,
}

impl Orders<'_> {
    pub(super) fn wanted(&self) -> Vec<Wanted> {
        let mut wanted = Vec::new();
        let mut staged: Vec<Therapy> = Vec::new();
        for (index, packet) in self.boundary.packets.iter().enumerate() {
            let Some(known) = obeyed(packet) else {
                continue;
            };
            if let Request::Stage(therapy) = *packet.request {
                if known == Known::Yes {
                    staged.clear();
                }
                staged.push(therapy);
            }
            self.order((index, packet, known), &staged, &mut wanted);
        }
        wanted
    }

    fn order(
        &self,
        (index, packet, known): (usize, &Packet<'_>, Known),
        staged: &[Therapy],
        wanted: &mut Vec<Wanted>,
    ) {
        let due = known == Known::Yes;
        let mut logs = |rule: &'static Rule, kind, says| {
            wanted.push(Wanted::at((rule, kind), packet.at, due, says));
        };
        match *packet.request {
            Request::Program(therapy) => programmed(&[therapy], logs),
            Request::Commit => programmed(staged, logs),
            Request::TakeKeys | Request::Provision => {
                logs(&rules::KEYS, LogKind::Provisioned, Says::Anything);
            }
            Request::DeclareWork(work) => {
                let says = Says::this(LogDetail::Work(work));
                logs(&rules::WORK, LogKind::CatheterWork, says);
            }
            Request::PrimingBolus => {
                let says = self.primed(index);
                logs(&rules::PRIMED, LogKind::PrimingBolus, says);
            }
            Request::ClinicianBolus { dose, .. } => {
                let says = Says::this(LogDetail::Dose(dose));
                logs(&rules::GRANTED, LogKind::ClinicianBolus, says);
            }
            Request::PatientBolus { .. } => {
                if let Sender::Remote(remote) = packet.from {
                    let says = Says::Number(remote.into(), remote.into());
                    logs(&rules::GRANTED, LogKind::BolusGranted, says);
                }
            }
            Request::Refill { .. } => self.refilled((index, packet), due, wanted),
            Request::Start | Request::Stop => self.ran((index, packet), due, wanted),
            Request::AskChallenge
            | Request::Interrogate
            | Request::OpenUpdate { .. }
            | Request::Stage(_)
            | Request::CloseUpdate
            | Request::ReadLog { .. }
            | Request::Silence
            | Request::ReadPrescription
            | Request::ReadAlarms
            | Request::ReadHealth => {}
        }
    }

    /// A start of a pump that is stopped or ended with the battery, a stop of one that is started or
    /// priming; the safe state is no infusion that a stop could end.
    fn ran(&self, (index, packet): (usize, &Packet<'_>), due: bool, wanted: &mut Vec<Wanted>) {
        let doing = self.asked.doing(index);
        let (kind, changes) = if *packet.request == Request::Start {
            let either = [doing.stopped, doing.ended, doing.safe];
            (LogKind::Started, one_of(&either))
        } else {
            let runs = match (doing.stopped, doing.safe) {
                (Known::Yes, _) | (_, Known::Yes) => Known::No,
                (Known::No, Known::No) => Known::Yes,
                _ => Known::Either,
            };
            (LogKind::Stopped, one_of(&[runs, doing.priming]))
        };
        if changes != Known::No {
            let due = due && changes == Known::Yes;
            let about = (&rules::RUNS, kind);
            wanted.push(Wanted::at(about, packet.at, due, Says::Anything));
        }
    }

    fn refilled(&self, (index, packet): (usize, &Packet<'_>), due: bool, wanted: &mut Vec<Wanted>) {
        let Request::Refill {
            volume,
            concentration,
            bridge,
            drawn,
        } = *packet.request
        else {
            return;
        };
        let mut logs = |rule: &'static Rule, kind, due, says| {
            wanted.push(Wanted::at((rule, kind), packet.at, due, says));
        };
        let rule = &rules::REFILLED;
        let (least, most) = self.reservoir.before(index);
        let counted = Says::Volume(least, most);
        logs(rule, LogKind::CountedBefore, due, counted);
        if let Some(drawn) = drawn {
            logs(rule, LogKind::DrawnBefore, due, Says::volume(drawn));
        }
        logs(rule, LogKind::Refilled, due, Says::volume(volume));
        let filled = LogDetail::Concentration(concentration);
        logs(rule, LogKind::Concentration, due, Says::this(filled));
        // Of the same concentration there is nothing to bridge (REQ-THE-042).
        let therapies = self.asked.therapies(index);
        let other = therapies.iter().flatten();
        let other = other.filter(|therapy| therapy.concentration != concentration);
        let behind = other.map(|therapy| self.profile.tubing.saturating_add(therapy.catheter));
        let sure = behind.clone().count() == therapies.len();
        let (least, most) = (behind.clone().min(), behind.max());
        if let (true, Some(least), Some(most)) = (bridge, least, most) {
            let says = Says::Volume(
                least.saturating_sub(NANOLITER),
                most.saturating_add(NANOLITER),
            );
            logs(&rules::BRIDGE, LogKind::BridgeBegan, due && sure, says);
        }
    }

    /// The volume of a priming bolus.
    fn primed(&self, index: usize) -> Says {
        let (mut least, mut most) = (None::<Volume>, Volume::ZERO);
        for therapy in self.asked.therapies(index).into_iter().flatten() {
            let (alone, both) = self.asked.volume_to_prime(index, therapy);
            least = Some(least.map_or(alone, |least| least.min(alone)));
            most = most.max(both);
        }
        let step = self.boundary.step;
        let least = least.unwrap_or(Volume::ZERO).saturating_sub(step);
        Says::Volume(least, most.saturating_add(Volume::from_nanoliters(1)))
    }
}

fn one_of(these: &[Known]) -> Known {
    if these.contains(&Known::Yes) {
        Known::Yes
    } else if these.contains(&Known::Either) {
        Known::Either
    } else {
        Known::No
    }
}

/// What a prescription that is put in force leaves.
fn programmed(these: &[Therapy], mut logs: impl FnMut(&'static Rule, LogKind, Says)) {
    let rule = &rules::PROGRAMMED;
    let [therapy] = these else {
        // Which of several is not known.
        for kind in [
            LogKind::Programmed,
            LogKind::Concentration,
            LogKind::CatheterVolume,
        ] {
            logs(rule, kind, Says::Anything);
        }
        logs(rule, LogKind::PrescriptionChecksum, Says::Anything);
        return;
    };
    let simple = match therapy.infusion {
        Infusion::Simple(dose) => dose,
        Infusion::MinimumRate | Infusion::Flex(_) => DoseRate::ZERO,
    };
    let this = |detail| Says::this(detail);
    logs(rule, LogKind::Programmed, this(LogDetail::Rate(simple)));
    let concentration = LogDetail::Concentration(therapy.concentration);
    logs(rule, LogKind::Concentration, this(concentration));
    logs(
        rule,
        LogKind::CatheterVolume,
        Says::volume(therapy.catheter),
    );
    if let Some(dose) = dose_a_day(therapy) {
        logs(rule, LogKind::DailyDose, Says::Rate(dose));
    }
    let bolus = therapy
        .patient_bolus
        .filter(|bolus| bolus.dose > Mass::ZERO);
    if let Some(bolus) = bolus {
        logs(
            rule,
            LogKind::PatientBolusDose,
            this(LogDetail::Dose(bolus.dose)),
        );
    }
    logs(rule, LogKind::PrescriptionChecksum, Says::Anything);
}

/// The dose a day of an infusion that is not a simple one: of a schedule the mean of the week.
fn dose_a_day(therapy: &Therapy) -> Option<DoseRate> {
    let week = match &therapy.infusion {
        Infusion::Simple(_) => return None,
        Infusion::MinimumRate => return Some(therapy.highest_rate()),
        Infusion::Flex(week) => starts(week),
    };
    let first = week.first()?.0.as_millis();
    let ends = week.iter().skip(1).map(|&(at, _)| at.as_millis());
    let ends = ends.chain([first + WEEK.as_millis()]);
    let doses = week.iter().zip(ends).map(|(&(from, dose), until)| {
        u128::from(dose.as_ng_per_day()) * u128::from(until - from.as_millis())
    });
    let mean = doses.sum::<u128>() / u128::from(WEEK.as_millis());
    Some(DoseRate::from_ng_per_day(
        u32::try_from(mean).unwrap_or(u32::MAX),
    ))
}
