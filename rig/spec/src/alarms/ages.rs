//! Alarms as they are read: which are acknowledged, and how long ago each was raised.

use super::episodes::Episode;
use crate::boundary::{AlarmAge, Answer, Boundary, Hurt};
use crate::record::time::unseen;
use crate::rule::{Opinion, Rule};
use crate::told::Told;
use thecal_plan::{Condition, Profile, Request};
use thecal_units::{Millis, SimTime};

pub(super) static AGE: Rule = Rule {
    name: "age-of-an-alarm",
    requirement: "REQ-TEL-010",
    text: "an alarm is read with the whole minutes since it was raised, over resets too",
    core: false,
};
pub(super) static ACKNOWLEDGED: Rule = Rule {
    name: "acknowledged-as-read",
    requirement: "REQ-TEL-010",
    text: "an alarm is read as acknowledged from a Silence on, over resets too, and not before",
    core: false,
};

pub(super) static STAYS: Rule = Rule {
    name: "alarm-stays-until-silenced",
    requirement: "REQ-ALM-012",
    text: "an alarm of an event that was read as not acknowledged is read again until a Silence",
    core: false,
};

/// A pump counts in ticks, and rounds to its own. Source: ours.
const TICK: Millis = Millis::SECOND;

/// A run, and its alarms.
pub(super) struct Ages<'a> {
    pub(super) boundary: &'a Boundary<'a>,
    /// Longest jump of its clock that the pump may take for sleep.
    pub(super) unnoticed: Millis,
    pub(super) told: &'a Told,
    pub(super) all: &'a [Episode],
}

impl Ages<'_> {
    /// Every reading of the alarms tells the age of each, and whether it is acknowledged.
    pub(super) fn readings(&self, profile: &Profile, opinion: &mut Opinion) {
        for packet in &self.boundary.packets {
            let Some(Answer::Alarms(read)) = packet.answer else {
                continue;
            };
            if !packet.is_genuine() {
                continue;
            }
            for alarm in &profile.alarms {
                if let Some(read) = read.iter().find(|it| it.name == alarm.name) {
                    let all = self.all.iter().filter(|it| it.alarm == *alarm);
                    let all = all.filter(|it| it.may_be_active(packet.at));
                    let mut may_be: Vec<&Episode> = all.collect();
                    self.chain(&mut may_be);
                    self.age(read, &may_be, packet.at, opinion);
                    self.acknowledged(read, &may_be, packet.at, opinion);
                }
            }
        }
    }

    /// An alarm of an event, once read, is read again unless somebody has silenced it.
    pub(super) fn stay(&self, profile: &Profile, opinion: &mut Opinion) {
        let events = profile.alarms.iter().filter(|it| is_event(it.condition));
        let events: Vec<&'static str> = events.map(|alarm| alarm.name).collect();
        let packets = self.boundary.packets.iter().filter(|it| it.is_genuine());
        let mut active: Vec<(SimTime, &'static str)> = Vec::new();
        for packet in packets {
            let named: Vec<&'static str> = match packet.answer {
                Some(Answer::Alarms(read)) => read.iter().map(|it| it.name).collect(),
                Some(Answer::Status(status)) => status.alarms.to_vec(),
                _ => {
                    if matches!(packet.request, Request::Silence) && packet.reached {
                        active.clear();
                    }
                    continue;
                }
            };
            for &(since, name) in &active {
                let mut injuries = self.boundary.injuries.iter();
                if injuries.any(|it| since <= it.at && it.at <= packet.at) {
                    opinion.either(&STAYS);
                    continue;
                }
                opinion.judged(&STAYS);
                if !named.contains(&name) {
                    let observed = format!("{name} is gone, active at {}", since.spelled());
                    opinion.differs(&STAYS, packet.at, observed, "active until a Silence");
                }
            }
            active.clear();
            if let Some(Answer::Alarms(read)) = packet.answer {
                let sounding = read.iter().filter(|it| !it.acknowledged);
                let sounding = sounding.filter(|it| events.contains(&it.name));
                active.extend(sounding.map(|it| (packet.at, it.name)));
            }
        }
    }

    /// Adds the episodes that may have gone over into those: the alarm may be as old as the first of them.
    fn chain<'s>(&'s self, may_be: &mut Vec<&'s Episode>) {
        let mut next = 0;
        while let Some(episode) = may_be.get(next).copied() {
            next += 1;
            let before = self.all.iter().filter(|it| {
                it.alarm == episode.alarm
                    && it.early < episode.early
                    && it.may_be_active(episode.early.before(TICK))
            });
            let new = before.filter(|it| !may_be.iter().any(|known| std::ptr::eq(*known, *it)));
            let new: Vec<&'s Episode> = new.collect();
            may_be.extend(new);
        }
    }

    fn age(&self, read: &AlarmAge, may_be: &[&Episode], at: SimTime, opinion: &mut Opinion) {
        let crystal = &self.boundary.crystal;
        let bounds = may_be.iter().map(|episode| {
            let slack = self.time_lost(episode.early, at);
            let oldest = crystal.counted(episode.early, at) + slack;
            let sure = episode
                .late
                .filter(|_| !self.may_be_dated_anew(episode, at));
            let youngest = sure.map_or(Millis::ZERO, |late| {
                crystal.counted(late + TICK, at).saturating_sub(slack)
            });
            (youngest, oldest)
        });
        let bounds = bounds.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
        let Some((youngest, oldest)) = bounds else {
            // That it is active at all is judged elsewhere.
            return opinion.either(&AGE);
        };
        opinion.judged(&AGE);
        let minute = Millis::MINUTE.as_millis();
        let shown = read.age.as_millis() / minute;
        let (least, most) = (youngest.as_millis() / minute, oldest.as_millis() / minute);
        if shown < least || most < shown {
            opinion.differs(
                &AGE,
                at,
                format!("{}, raised {shown} min ago", read.name),
                format!("{least} to {most} min"),
            );
        }
    }

    /// By how much what the pump counted of a span may be off: jumps of its clock, and the time that a
    /// pump without power cannot know where one of them meets it.
    fn time_lost(&self, from: SimTime, until: SimTime) -> Millis {
        let crystal = &self.boundary.crystal;
        let jumps = crystal.jumps.iter();
        let met = jumps
            .filter(|&&(at, _)| from <= at && at <= until && unseen(self.boundary, at).is_some());
        let met = met.map(|&(_, by)| Millis::from_millis(by.unsigned_abs()) + Millis::DAY);
        let (more, less) = crystal.bent(from, until, self.unnoticed);
        met.fold(TICK + more + less, |sum, by| sum + by)
    }

    /// Whether a reset may have lost when an alarm was raised: it came before the record was complete, or
    /// the record was damaged (REQ-TEL-029).
    fn may_be_dated_anew(&self, episode: &Episode, at: SimTime) -> bool {
        let raised = (episode.early, episode.late.unwrap_or(at) + TICK);
        let mut boots = self.boundary.boots.iter().skip(1);
        let mut absences = self.boundary.absences.iter();
        let mut injuries = self.boundary.injuries.iter();
        // A boot raises it behind the reset of its own instant; power that fails at that instant comes behind the boot.
        boots.any(|boot| raised.0 < boot.at && boot.at <= raised.1)
            || absences.any(|away| raised.0 <= away.from && away.from <= raised.1)
            || injuries.any(|it| it.hurt != Hurt::Exchange || raised.0.before(TICK) <= it.at)
    }

    fn acknowledged(
        &self,
        read: &AlarmAge,
        may_be: &[&Episode],
        at: SimTime,
        opinion: &mut Opinion,
    ) {
        if may_be.is_empty() {
            return opinion.either(&ACKNOWLEDGED);
        }
        let mut silenced = self.told.silenced.iter();
        let first = may_be.iter().map(|it| it.early).min();
        let perhaps =
            silenced.any(|&(then, _)| first.is_some_and(|first| first <= then) && then <= at);
        let surely = may_be
            .iter()
            .all(|it| it.late.is_some() && it.acknowledged + TICK < at);
        let hurt = self.boundary.injuries.iter().any(|it| it.at <= at);
        if surely && hurt {
            return opinion.either(&ACKNOWLEDGED);
        }
        opinion.judged(&ACKNOWLEDGED);
        let words = |yes: bool| {
            let how = if yes {
                "acknowledged"
            } else {
                "not acknowledged"
            };
            format!("{}, {how}", read.name)
        };
        if read.acknowledged && !perhaps || !read.acknowledged && surely {
            let (shown, due) = (words(read.acknowledged), words(!read.acknowledged));
            opinion.differs(&ACKNOWLEDGED, at, shown, due);
        }
    }
}

/// Whether an alarm is of something that is over when it is raised, which no act of a clinician but Silence
/// clears. Source: REQ-ALM-018.
const fn is_event(condition: Condition) -> bool {
    matches!(
        condition,
        Condition::Memory | Condition::Reset | Condition::StuckButton | Condition::UpdateAbandoned
    )
}
