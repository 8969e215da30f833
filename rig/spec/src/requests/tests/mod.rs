//! A run that breaks each rule of requests and orders, and the like that does not.

mod limits;
mod orders;
mod patients;
mod sessions;
mod time;

use super::{RULES, judge};
use crate::boundary::{Answer, Sender};
use crate::testing::{Case, all_tested};
use thecal_plan::Request;
use thecal_units::{Millis, SimTime};

pub(super) const NONE: [&str; 0] = [];

impl Case {
    /// A patient presses remote 1.
    pub(super) fn press(&mut self, at: SimTime, press: u16, answer: Answer<'static>) {
        let request = Request::PatientBolus { press };
        self.said
            .push((at, Sender::Remote(1), request, Some(answer)));
    }

    /// The clinician orders.
    pub(super) fn order(&mut self, at: SimTime, request: Request, answer: Answer<'static>) {
        self.said
            .push((at, Sender::Clinician, request, Some(answer)));
    }

    /// It breaks no rule, and judges this one.
    pub(super) fn keeps(&self, rule: &str) {
        assert_eq!(self.broken(judge), NONE, "{rule}");
        let opinion = self.opinion(judge);
        let judged = opinion.judged.iter().find(|line| line.rule.name == rule);
        assert!(judged.is_some_and(|line| line.times > 0), "{rule} judged");
    }

    /// It breaks this rule and no other.
    pub(super) fn breaks(&self, rule: &str) {
        assert_eq!(self.broken(judge), [rule]);
    }

    /// It may be so or otherwise.
    pub(super) fn may_be(&self, rule: &str) {
        assert_eq!(self.broken(judge), NONE, "{rule}");
        let opinion = self.opinion(judge);
        let judged = opinion.judged.iter().find(|line| line.rule.name == rule);
        assert!(judged.is_some_and(|line| line.either > 0), "{rule} either");
    }
}

/// An instant so many minutes and milliseconds after the start.
pub(super) fn at(minutes: u64, millis: u64) -> SimTime {
    SimTime::ZERO + Millis::MINUTE.times(minutes) + Millis::from_millis(millis)
}

#[test]
fn each_rule_is_tested() {
    let tested: Vec<&str> = [
        patients::TESTED,
        limits::TESTED,
        orders::TESTED,
        sessions::TESTED,
        time::TESTED,
    ]
    .concat();
    all_tested(RULES, &tested);
}
