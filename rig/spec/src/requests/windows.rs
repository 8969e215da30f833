//! The patient's limits as questions to the boluses that were granted: lockout, daily maximum, and the
//! dose in windows of 1, 4 and 24 hours.

use super::bolus::Bolus;
use super::moment::Moment;
use super::pump::Pump;
use super::ranges::highest_over;
use super::time::Passed;
use crate::told::Known;
use thecal_plan::{Infusion, LockoutFrom, PatientBolus, Therapy};
use thecal_units::{Mass, Millis, SimTime};

impl Pump<'_> {
    /// Whether the lockout since the last patient bolus has not passed. `counts` says which boluses do.
    pub(super) fn locked_out(
        &self,
        moment: Moment,
        lockout: Millis,
        counts: impl Fn(Moment, &Bolus) -> bool,
    ) -> Known {
        let boluses = self.heard.boluses.before(moment).iter().rev();
        let by_end = self.profile.requests.lockout_from == LockoutFrom::End;
        // A lockout from the end of a bolus is one from its start that is longer by the bolus.
        let with = |bolus: Millis| {
            let longer = if by_end { bolus } else { Millis::ZERO };
            lockout + longer
        };
        let damaged = self.grant_damaged_within(moment, with(self.longest_bolus));
        let mut locked = Known::sure(damaged).perhaps();
        for (from, bolus) in boluses.filter(|(_, bolus)| bolus.patient) {
            let passed = self.since(*from, bolus, moment);
            if passed.least >= with(self.longest_bolus) {
                break;
            }
            if passed.least < with(bolus.longest) && counts(*from, bolus) {
                let whole = !by_end || !self.may_be_cut(*from, bolus, moment);
                let surely = passed.most < with(bolus.shortest)
                    && whole
                    && self.counts_surely(*from, bolus, moment);
                locked = locked.or(if surely { Known::Yes } else { Known::Either });
            }
        }
        locked
    }

    /// Whether a bolus counts in the patient's limits without doubt: it was given, and in full where one that
    /// was cut short does not count.
    fn counts_surely(&self, from: Moment, bolus: &Bolus, moment: Moment) -> bool {
        let cut_counts = self.profile.requests.cut_counts;
        !bolus.in_doubt && (cut_counts || !self.may_be_cut(from, bolus, moment))
    }

    /// Whether as many patient boluses have started in the last 24 hours as may.
    pub(super) fn daily_maximum(
        &self,
        moment: Moment,
        maximum: u8,
        counts: impl Fn(Moment, &Bolus) -> bool,
    ) -> Known {
        let patients = |from: Moment, bolus: &Bolus| bolus.patient && counts(from, bolus);
        self.started_within_a_day(moment, usize::from(maximum), patients)
    }

    /// Whether the record of a bolus of which a part can lie in the last 24 hours would be overwritten by
    /// another (REQ-BOL-015).
    pub(super) fn no_room(&self, moment: Moment) -> Known {
        let remembered = self.profile.requests.remembered;
        let (mut surely, mut perhaps) = (0, 0);
        for (from, bolus) in self.heard.boluses.before(moment).iter().rev() {
            let passed = self.since(*from, bolus, moment);
            if passed.least >= Millis::DAY + self.longest_bolus {
                break;
            }
            let counts = passed.most < Millis::DAY + bolus.shortest && !bolus.in_doubt;
            surely += usize::from(counts);
            perhaps += usize::from(passed.least < Millis::DAY + bolus.longest);
        }
        if surely >= remembered {
            Known::Yes
        } else if perhaps >= remembered {
            Known::Either
        } else {
            Known::No
        }
    }

    /// Whether so many boluses, or more, have started in the last 24 hours.
    fn started_within_a_day(
        &self,
        moment: Moment,
        many: usize,
        counts: impl Fn(Moment, &Bolus) -> bool,
    ) -> Known {
        let (mut surely, mut perhaps) = (0, 0);
        for (from, bolus) in self.heard.boluses.before(moment).iter().rev() {
            let passed = self.since(*from, bolus, moment);
            if passed.least >= Millis::DAY {
                break;
            }
            if counts(*from, bolus) {
                let counts = self.counts_surely(*from, bolus, moment);
                surely += usize::from(passed.most < Millis::DAY && counts);
                perhaps += 1;
            }
        }
        if surely >= many {
            Known::Yes
        } else if perhaps >= many || self.grant_damaged_within(moment, Millis::DAY) {
            Known::Either
        } else {
            Known::No
        }
    }

    /// Whether a patient bolus could exceed a dose limit (REQ-BOL-014). `past`: whether the continuous dose
    /// of earlier prescriptions counts, as it must.
    pub(super) fn exceeds_a_limit(
        &self,
        moment: Moment,
        (therapy, bolus): (&Therapy, &PatientBolus),
        counts: impl Fn(Moment, &Bolus) -> bool,
        past: bool,
    ) -> Known {
        let mut exceeds = Known::No;
        for (window, limit) in therapy.limits.windows() {
            let (least, most) = self.boluses_within(moment, window, &counts);
            let now = highest_over(therapy, window);
            let (slow, fast) = if past {
                self.continuous(moment, now, window)
            } else {
                now
            };
            let sum = |boluses: Mass, continuous: Mass| {
                let all = boluses.saturating_add(bolus.dose);
                all.saturating_add(continuous)
            };
            let surely = Known::sure(sum(least, slow) > limit);
            let perhaps = Known::sure(sum(most, fast) > limit);
            exceeds = exceeds.or(surely.same(perhaps));
            if self.grant_damaged_within(moment, window + Millis::DAY) {
                exceeds = exceeds.or(Known::Either);
            }
        }
        exceeds
    }

    /// The dose of all boluses any part of whose duration can lie in a window with the one asked for: at
    /// least, and at most.
    fn boluses_within(
        &self,
        moment: Moment,
        window: Millis,
        counts: impl Fn(Moment, &Bolus) -> bool,
    ) -> (Mass, Mass) {
        let (mut least, mut most) = (Mass::ZERO, Mass::ZERO);
        for (from, bolus) in self.heard.boluses.before(moment).iter().rev() {
            let passed = self.since(*from, bolus, moment);
            if passed.least >= window + self.longest_bolus {
                break;
            }
            if !counts(*from, bolus) {
                continue;
            }
            let counts = self.counts_surely(*from, bolus, moment);
            if passed.most < window + bolus.shortest && counts {
                least = least.saturating_add(bolus.least_dose);
            }
            if passed.least < window + bolus.longest {
                most = most.saturating_add(bolus.most_dose);
            }
        }
        (least, most)
    }

    /// The highest continuous dose over a window (REQ-BOL-043): at least, and at most.
    ///
    /// For a day after each change to a lower one that of before counts. Whether "of before" is what was
    /// prescribed or what counted then is not said: at least the first, at most the second.
    fn continuous(&self, moment: Moment, now: (Mass, Mass), window: Millis) -> (Mass, Mass) {
        let (mut least, mut most) = now;
        let mut changed = moment;
        let changes = self.heard.therapies.before(moment);
        for (index, (at, _)) in changes.iter().enumerate().rev() {
            if self.time.passed(at.at, changed.at).least >= Millis::DAY {
                break;
            }
            let before = index
                .checked_sub(1)
                .map(|before| changes[before].1.as_slice());
            let before = before.unwrap_or_default();
            let doses = before.iter().flatten();
            let doses = doses.map(|therapy| highest_over(therapy, window));
            let highest = doses.clone().map(|(_, most)| most).max();
            most = most.max(highest.unwrap_or(Mass::ZERO));
            if self.time.passed(at.at, moment.at).most < Millis::DAY {
                let lowest = doses.map(|(least, _)| least).min();
                least = least.max(lowest.unwrap_or(Mass::ZERO));
            }
            changed = *at;
        }
        let (bridged, perhaps_bridged) = self.bridged(moment, window);
        (least.max(bridged), most.max(perhaps_bridged))
    }

    /// The continuous dose of a bridge at the minimum rate of the last day, over a window: at least, and at
    /// most.
    fn bridged(&self, moment: Moment, window: Millis) -> (Mass, Mass) {
        let within = |of: fn(Passed) -> Millis| {
            let a_day_ago = self.time.back(moment.at, Millis::DAY, of);
            let then = Moment::pins(a_day_ago.unwrap_or(SimTime::ZERO));
            let mut began = self.heard.refills.between(then, moment).iter();
            let began = began.any(|(_, refill)| refill.bridge.is_some());
            (then, began)
        };
        let Some((old, _)) = self.bridge(moment) else {
            return (Mass::ZERO, Mass::ZERO);
        };
        let may_be = self.heard.therapies_at(moment).iter().flatten();
        let slow = may_be.filter(|therapy| therapy.infusion == Infusion::MinimumRate);
        let doses = slow.map(|therapy| {
            let bridged = Therapy {
                concentration: old,
                ..*therapy
            };
            highest_over(&bridged, window)
        });
        let (least, most) = doses.max().unwrap_or_default();
        let (then, began) = within(|passed| passed.least);
        let perhaps = began || self.bridging(then) != Known::No;
        let (then, _) = within(|passed| passed.most);
        let surely = self.bridging(then) == Known::Yes;
        let counts = |counts: bool, dose: Mass| if counts { dose } else { Mass::ZERO };
        (counts(surely, least), counts(perhaps, most))
    }
}
