//! Which rule a question belongs to: the one that would have been broken, so that a finding names what a
//! pump has forgotten.

use super::bolus::Bolus;
use super::moment::Moment;
use super::patients::{Asked, enabled};
use super::pump::Pump;
use super::reason::Reason;
use super::rules;
use crate::rule::Rule;
use crate::told::Known;
use thecal_plan::{LockoutFrom, PatientBolus, Request, Therapy};
use thecal_units::Millis;

impl Pump<'_> {
    /// The rule by which a request is denied.
    pub(super) fn rule_of_denial(&self, asked: Asked, reason: Reason) -> &'static Rule {
        match reason {
            Reason::SamePress => self.rule_of_press(asked),
            Reason::Lockout | Reason::DailyMaximum | Reason::DoseLimit => {
                match self.heard.therapies_at(asked.moment) {
                    [Some(therapy)] => self.rule_of_limit(asked.moment, therapy, reason),
                    _ => rules::of_denial(reason),
                }
            }
            _ => rules::of_denial(reason),
        }
    }

    fn rule_of_press(&self, asked: Asked) -> &'static Rule {
        let Asked {
            moment,
            remote,
            press,
        } = asked;
        if self.same_press(moment, remote, press) != Known::Yes {
            return &rules::BOUNCE;
        }
        let before = self.heard.presses.get(&remote);
        let before = before.and_then(|presses| presses.last(moment));
        match before {
            Some(&(last, _)) if self.booted(last, moment) => &rules::PRESS_KEPT,
            _ => &rules::PRESS,
        }
    }

    /// The rule of a limit: whether it still denied if something did not count.
    fn rule_of_limit(&self, moment: Moment, therapy: &Therapy, reason: Reason) -> &'static Rule {
        let Some(bolus) = enabled(therapy) else {
            return rules::of_denial(reason);
        };
        let with = (therapy, &bolus);
        let denies = |counts: &dyn Fn(Moment, &Bolus) -> bool| {
            self.denies_by(moment, with, reason, counts) == Known::Yes
        };
        let window = |given: &Bolus| match reason {
            Reason::Lockout if self.profile.requests.lockout_from == LockoutFrom::End => {
                bolus.lockout + given.longest
            }
            Reason::Lockout => bolus.lockout,
            Reason::DoseLimit => Millis::DAY + given.longest,
            _ => Millis::DAY,
        };
        if !denies(&|_, _| true) {
            return &rules::ROOM;
        }
        // By the clock, as if the pump had run all the time, and no jump had been one.
        if !denies(&|from, given| self.time.shown(from.at, moment.at) < window(given)) {
            return &rules::OFF;
        }
        let displayed = |from: Moment, given: &Bolus| {
            let displayed = self.time.displayed(from.at, moment.at);
            u64::try_from(displayed).is_ok_and(|shown| shown < window(given).as_millis())
        };
        if !denies(&displayed) {
            return &rules::JUMP;
        }
        if !denies(&|from, given| !self.was_cut(from, given, moment)) {
            return &rules::CUT_COUNTS;
        }
        let all = |_: Moment, _: &Bolus| true;
        let now_only = || self.exceeds_a_limit(moment, with, all, false);
        if reason == Reason::DoseLimit && now_only() != Known::Yes {
            return &rules::HIGHEST;
        }
        rules::of_denial(reason)
    }

    fn denies_by(
        &self,
        moment: Moment,
        (therapy, bolus): (&Therapy, &PatientBolus),
        reason: Reason,
        counts: &dyn Fn(Moment, &Bolus) -> bool,
    ) -> Known {
        match reason {
            Reason::Lockout => self.locked_out(moment, bolus.lockout, counts),
            Reason::DailyMaximum => self.daily_maximum(moment, bolus.daily_maximum, counts),
            _ => self.exceeds_a_limit(moment, (therapy, bolus), counts, true),
        }
    }

    /// Whether this bolus surely ended before its time.
    fn was_cut(&self, from: Moment, bolus: &Bolus, moment: Moment) -> bool {
        self.cut_by(from, bolus, moment) == Known::Yes
    }

    /// Whether this bolus may have ended before its time.
    pub(super) fn may_be_cut(&self, from: Moment, bolus: &Bolus, moment: Moment) -> bool {
        self.cut_by(from, bolus, moment) != Known::No
    }

    fn cut_by(&self, from: Moment, bolus: &Bolus, moment: Moment) -> Known {
        let end = self.boundary.crystal.after(from.at, bolus.last_step);
        self.cut(from, Moment::pins(end.min(moment.at)))
    }

    /// The rule by which a request is granted.
    pub(super) fn rule_of_grant(&self, moment: Moment) -> &'static Rule {
        if self.magnet_was_near(moment) {
            return &rules::MAGNET_GONE;
        }
        let therapies = self.heard.therapies_at(moment).iter().flatten();
        let lockout = therapies.filter_map(enabled).map(|bolus| bolus.lockout);
        let lockout = lockout.max().unwrap_or(Millis::ZERO);
        let recent = |at: Moment| self.time.passed(at.at, moment.at).most < lockout;
        let bolus = self.heard.boluses.last(moment);
        let clinician = bolus.is_some_and(|&(at, bolus)| !bolus.patient && recent(at));
        let primed = self.heard.primings.last(moment);
        if clinician || primed.is_some_and(|&(at, _)| recent(at)) {
            return &rules::AFTER_OTHERS;
        }
        &rules::GRANTED
    }

    /// The rule by which an order is refused, or obeyed.
    pub(super) fn rule_of_order(
        &self,
        moment: Moment,
        request: &Request,
        refused: Option<Reason>,
    ) -> &'static Rule {
        match refused {
            Some(Reason::NoSession) => self.rule_of_session(moment),
            Some(Reason::NothingStaged) => {
                let opened = self.heard.opened.last(moment);
                let refills = opened.map(|(at, _)| self.heard.refills.between(*at, moment));
                match refills {
                    Some([_, ..]) => &rules::REFILLED,
                    _ => &rules::SESSION,
                }
            }
            Some(Reason::OtherChecksum) => &rules::REFUSED_STAGE,
            _ => rules::of_order(request, refused),
        }
    }

    /// Why no session is open.
    fn rule_of_session(&self, moment: Moment) -> &'static Rule {
        let Some(&(opened, _)) = self.heard.opened.last(moment) else {
            return &rules::SESSION;
        };
        if !self.heard.closed.between(opened, moment).is_empty() {
            &rules::SESSION
        } else if self.booted(opened, moment) {
            &rules::SESSION_CUT
        } else {
            &rules::TIMED_OUT
        }
    }
}
