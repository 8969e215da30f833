//! When a stall may be taken as over, and when it must be.

use super::run::{Motor, TICK};
use super::tries::Try;
use crate::clock::SLEEP;
use crate::record::time::LogTime;
use crate::rule::{Opinion, Rule};
use thecal_plan::{LogKind, Profile};
use thecal_units::{Millis, SimTime};

pub(super) static PROOF: Rule = Rule {
    name: "no-recovery-without-proof",
    requirement: "REQ-STL-010",
    text: "a stall is over when 16 weak pulses moved the motor, when it has turned 12 times as long as it stood and 1 600 steps, or 40 000 steps; relapses double it",
    core: false,
};
pub(super) static RECOVERS: Rule = Rule {
    name: "recovery-after-proof",
    requirement: "REQ-STL-024",
    text: "a motor that has turned for 12 h and 1 600 steps without a miss is recovered",
    core: false,
};

/// Turning that proves a recovery, for each span that the motor stood. Source: REQ-STL-024.
const TIMES: u64 = 12;
/// The longest proof. Source: REQ-STL-024.
const LONGEST: Millis = Millis::HOUR.times(12);
/// One revolution. Source: REQ-STL-024.
const REVOLUTION: f64 = 1_600.0;
/// Steps that prove a recovery however long they take. Source: REQ-STL-025.
const STEPS: f64 = 40_000.0;
/// Pulses that prove a recovery if they are weak. Source: REQ-STL-023.
const WEAK: f64 = 16.0;
/// Of these so many may be missed. Source: REQ-STL-023.
const WEAK_MISSED: u64 = 3;
/// Relapses that double the proof. Source: REQ-STL-011.
const DOUBLED: u32 = 10;
/// Steps that a stroke and its report may be off. Source: ours.
const LOOSE: f64 = 4.0;

impl Motor<'_> {
    pub(super) fn judge_proofs(&self, tries: &[Try<'_>], profile: &Profile, opinion: &mut Opinion) {
        // Which stall was over when, only the log tells.
        if self.boundary.status.is_none() || self.boundary.log.first > 0 {
            return;
        }
        let time = LogTime::of(self.boundary, profile);
        let mut relapses = 0;
        let mut recovered: Option<SimTime> = None;
        for entry in self.boundary.log.entries {
            let at = entry.at;
            match entry.kind {
                LogKind::MotorStall => {
                    let again = recovered.is_some_and(|last| at.since(last) + TICK < Millis::DAY);
                    relapses = if again { DOUBLED.min(relapses + 1) } else { 0 };
                }
                LogKind::StallRecovery => {
                    recovered = Some(at);
                    // A time that is off does not tell which try it was.
                    if time.slack_of(at) > TICK {
                        opinion.either(&PROOF);
                    } else {
                        self.proof(tries, (at, relapses), opinion);
                    }
                }
                _ => {}
            }
        }
        for tried in tries {
            self.recovers(tried, &time, opinion);
        }
    }

    /// A recovery that was logged has one of the proofs.
    fn proof(&self, tries: &[Try<'_>], (at, relapses): (SimTime, u32), opinion: &mut Opinion) {
        let turned = tries.iter().filter(|it| it.turned());
        let last = turned
            .filter_map(|it| Some((it, it.train?)))
            .rfind(|(_, it)| it.at <= at);
        let Some((tried, train)) = last else {
            return opinion.either(&PROOF);
        };
        // A reset may count for time that passed, and a clock that jumped for turning.
        let unsure =
            self.is_hurt(at) || self.jumped(SimTime::ZERO, at) || self.booted(train.at, at);
        // An order may stop the infusion within the proof and start it again.
        if unsure || self.spoken_to(train.at, at) {
            return opinion.either(&PROOF);
        }
        let crystal = &self.boundary.crystal;
        let mut boots = self.boundary.boots.iter().skip(1);
        let booted = boots.rfind(|boot| tried.stands_since <= boot.at && boot.at <= train.at);
        let stands_since = booted.map_or(tried.stands_since, |boot| boot.at);
        let stood = crystal.counted(stands_since, train.at).as_millis();
        let doubled = 1_u64 << relapses;
        let due = Millis::from_millis(stood.saturating_mul(TIMES * doubled)).min(LONGEST);
        let turned = crystal.counted(train.at, at);
        let steps = self.moved(train.at, at);
        let weak_until = self.weak_until(tried).min(at);
        let weak_from = tried.resumed().first().map_or(train.at, |next| next.at);
        let weak = self.driven(weak_from.min(weak_until), weak_until);
        let few_missed = self.missed(weak_until) - self.missed(weak_from) <= WEAK_MISSED;
        let by_weak = weak + 1.0 >= WEAK && few_missed;
        let slack = TICK + TICK + Millis::from_millis(due.as_millis() / 1_000);
        let by_time = turned + slack >= due && steps + LOOSE >= REVOLUTION;
        #[expect(clippy::cast_precision_loss, reason = "2^10 at most")]
        let by_steps = steps + LOOSE >= STEPS * doubled as f64;
        opinion.judged(&PROOF);
        if !by_weak && !by_time && !by_steps {
            opinion.differs(
                &PROOF,
                at,
                format!("over after {steps:.0} steps in {}", turned.spelled()),
                format!(
                    "{REVOLUTION} steps in {}, or {} steps",
                    due.spelled(),
                    STEPS * f64::from(1_u32 << relapses)
                ),
            );
        }
    }

    /// A motor that has turned for half a day is recovered.
    fn recovers(&self, tried: &Try<'_>, time: &LogTime, opinion: &mut Opinion) {
        let Some(train) = tried.train.filter(|_| tried.turned()) else {
            return;
        };
        let due = self.boundary.crystal.after(train.at, LONGEST + TICK) + SLEEP;
        let turned = self.moved(train.at, due) >= REVOLUTION + LOOSE;
        let missed = self.missed(due) > self.missed(train.at);
        if due >= self.boundary.end
            || !turned
            || missed
            || self.is_hurt(due)
            || self.spoken_to(train.at, due)
            || !self.is_on(train.at, due)
        {
            return;
        }
        let mut entries = self.boundary.log.entries.iter();
        let found = entries.any(|it| {
            let slack = time.slack_of(it.at);
            let near = train.at <= it.at + slack && it.at <= due + SLEEP + slack;
            it.kind == LogKind::StallRecovery && near
        });
        opinion.judged(&RECOVERS);
        if !found {
            opinion.differs(
                &RECOVERS,
                due,
                format!("no recovery, turning since {}", train.at.spelled()),
                "one after 12 h at most",
            );
        }
    }
}
