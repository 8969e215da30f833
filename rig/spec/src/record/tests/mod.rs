//! One run that breaks each rule of the record, and the like that does not.

mod causes;
mod clock;
mod counts;
mod damage;
mod log;
mod people;
mod refusals;
mod shown;
mod store;

use super::{RULES, judge};
use crate::boundary::{Answer, Sender, Status};
use crate::testing::{Case, THERAPY, all_tested, entry};
use thecal_plan::{LogDetail, LogKind, Request};
use thecal_units::{Concentration, DoseRate, Mass, PumpTime, SimTime, Volume};

pub(super) const NONE: [&str; 0] = [];

/// A run with its log and the status at its end.
pub(super) struct Story {
    pub(super) case: Case,
    /// What the pump shows otherwise than it should.
    pub(super) shows: fn(&mut Status<'static>),
    entries: Vec<(SimTime, LogKind, LogDetail)>,
}

/// In service for so many hours, with all that its implant session leaves in the log.
pub(super) fn in_service(hours: u64) -> Story {
    let mut case = Case::hours(hours);
    case.moves(&[(1.0, hours * 60)]);
    let mut story = Story {
        case,
        shows: |_| {},
        entries: Vec::new(),
    };
    let start = SimTime::ZERO;
    story.logs(start, LogKind::PowerOn, LogDetail::Nothing);
    story.logs(start, LogKind::Provisioned, LogDetail::Nothing);
    story.programmed(start);
    story.refilled(start, 20_000_000, 18_000_000);
    story.logs(start, LogKind::Started, LogDetail::Nothing);
    story
}

pub(super) const fn volume(nanoliters: u64) -> LogDetail {
    LogDetail::Volume(Volume::from_nanoliters(nanoliters))
}

impl Story {
    pub(super) fn logs(&mut self, at: SimTime, kind: LogKind, says: LogDetail) {
        self.entries.push((at, kind, says));
    }

    /// What a commit of the usual prescription leaves.
    pub(super) fn programmed(&mut self, at: SimTime) {
        let rate = DoseRate::from_ng_per_day(1_000_000);
        let strength = Concentration::from_ng_per_ml(2_000_000);
        let bolus = Mass::from_nanograms(100_000);
        self.logs(at, LogKind::Programmed, LogDetail::Rate(rate));
        self.logs(
            at,
            LogKind::Concentration,
            LogDetail::Concentration(strength),
        );
        self.logs(at, LogKind::CatheterVolume, volume(200_000));
        self.logs(at, LogKind::PatientBolusDose, LogDetail::Dose(bolus));
        self.logs(at, LogKind::PrescriptionChecksum, LogDetail::Nothing);
    }

    /// What a refill leaves. Unit: nL.
    pub(super) fn refilled(&mut self, at: SimTime, counted: u64, filled: u64) {
        let strength = Concentration::from_ng_per_ml(2_000_000);
        self.logs(at, LogKind::CountedBefore, volume(counted));
        self.logs(at, LogKind::Refilled, volume(filled));
        self.logs(
            at,
            LogKind::Concentration,
            LogDetail::Concentration(strength),
        );
    }

    /// Nothing of this kind is logged after all.
    pub(super) fn without(mut self, kind: LogKind) -> Self {
        self.entries.retain(|&(_, it, _)| it != kind);
        self
    }

    /// All entries of this kind say this instead.
    pub(super) fn saying(mut self, kind: LogKind, says: &LogDetail) -> Self {
        for (_, it, said) in &mut self.entries {
            if *it == kind {
                *said = says.clone();
            }
        }
        self
    }

    /// A patient asks, and is denied for this reason. Unit: min.
    pub(super) fn denied(&mut self, at: SimTime, reason: &'static str) {
        let press = u16::try_from(self.case.said.len()).unwrap_or(u16::MAX);
        let request = Request::PatientBolus { press };
        let denied = Some(Answer::Denied(reason));
        self.case
            .said
            .push((at, Sender::Remote(1), request, denied));
    }

    /// The names of the rules that it breaks, by name.
    pub(super) fn breaks(self) -> Vec<&'static str> {
        self.breaks_with(|_| {})
    }

    /// As [`Self::breaks`], with a log made by hand.
    pub(super) fn breaks_with(mut self, change: impl FnOnce(&mut Case)) -> Vec<&'static str> {
        self.write_log();
        self.case.status = Some(self.status());
        change(&mut self.case);
        let mut broken = self.case.broken(judge);
        broken.sort_unstable();
        broken.dedup();
        broken
    }

    fn write_log(&mut self) {
        self.entries.sort_by_key(|&(at, ..)| at);
        let entries = (0..).zip(&self.entries);
        self.case.entries = entries
            .map(|(index, (at, kind, says))| entry(index, *at, (*kind, says.clone())))
            .collect();
    }

    /// What a sound pump shows at the end.
    pub(super) fn status(&self) -> Status<'static> {
        use crate::boundary::Steps as _;
        let end = self.case.end;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "small totals of steps"
        )]
        let steps = self.case.moves.at(end).round() as u64;
        let said = self.case.said.iter();
        let answered = |right: fn(&Answer<'_>) -> bool| {
            let count = said
                .clone()
                .filter(|(.., answer)| answer.as_ref().is_some_and(right));
            u32::try_from(count.count()).unwrap_or(u32::MAX)
        };
        let dropped = said.clone().filter(|(.., answer)| answer.is_none()).count();
        let mut status = Status {
            at: end,
            clock: PumpTime::from_millis(end.as_millis()),
            mode: "infusing",
            alarms: &[],
            reservoir: Volume::from_nanoliters(18_000_000)
                .saturating_sub(Volume::from_nanoliters(5 * steps)),
            steps,
            granted: answered(|answer| matches!(answer, Answer::Granted)),
            denied: answered(|answer| matches!(answer, Answer::Denied(_))),
            unauthentic: u32::try_from(dropped).unwrap_or(u32::MAX),
            log_entries: u32::try_from(self.entries.len()).unwrap_or(u32::MAX),
        };
        (self.shows)(&mut status);
        status
    }
}

#[test]
fn a_quiet_day_breaks_nothing() {
    assert_eq!(in_service(24).breaks(), NONE);
    assert_eq!(THERAPY.catheter, Volume::from_nanoliters(200_000));
}

#[test]
fn each_rule_is_tested() {
    let all = [
        log::TESTED,
        people::TESTED,
        causes::TESTED,
        counts::TESTED,
        shown::TESTED,
        damage::TESTED,
    ];
    all_tested(&RULES, &all.concat());
}
