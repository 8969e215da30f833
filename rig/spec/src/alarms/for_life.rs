//! Alarms of the battery, which nothing ends: a pump that counts the days since its replacement became due has
//! the alarm of it, whatever else of its memory is lost.

use crate::boundary::{Answer, Boundary, Hurt};
use crate::rule::{Opinion, Rule};
use thecal_plan::{Condition, Profile};
use thecal_units::SimTime;

pub(super) static LIFE: Rule = Rule {
    name: "alarm-for-life",
    requirement: "REQ-BAT-021",
    text: "a pump that shows days since replacement became due has the alarm of it, after 90 days that of the end of service",
    core: true,
};

/// Days from replacement to the end of service at most. Source: REQ-BAT-003.
const RESERVE: u16 = 90;

/// Compares each reading of the health with what was read of the alarms behind it, up to the next boot: by then
/// the other record of the days may be lost as well.
pub(super) fn judge(boundary: &Boundary<'_>, profile: &Profile, opinion: &mut Opinion) {
    let due = profile.alarm_of(Condition::ElectiveReplacement);
    let end = profile.alarm_of(Condition::EndOfService);
    for (index, packet) in boundary.packets.iter().enumerate() {
        let Some(Answer::Health(health)) = packet.answer else {
            continue;
        };
        let (Some(days), true) = (health.replacement_days, packet.is_genuine()) else {
            continue;
        };
        let boot = boundary.boots.iter().find(|boot| boot.packets > index);
        let until = boot.map_or(boundary.packets.len(), |boot| boot.packets);
        let read = readings(boundary, (index, until), boot.is_none());
        for (at, named) in read.into_iter().filter(|&(at, _)| packet.at < at) {
            if may_be_wrong(boundary, at) {
                opinion.either(&LIFE);
                continue;
            }
            let end = end.filter(|_| days >= RESERVE);
            for alarm in due.into_iter().chain(end) {
                opinion.judged(&LIFE);
                if !named.contains(&alarm) {
                    let observed = format!("not active: {alarm}, {days} days since replacement");
                    opinion.differs(&LIFE, at, observed, "active for good");
                }
            }
        }
    }
}

/// The names of the alarms in each answer to these packets, and in that at the end.
fn readings<'b>(
    boundary: &'b Boundary<'b>,
    (from, until): (usize, usize),
    to_the_end: bool,
) -> Vec<(SimTime, Vec<&'static str>)> {
    let packets = boundary.packets.get(from..until).unwrap_or_default();
    let packets = packets.iter().filter(|packet| packet.is_genuine());
    let read = packets.filter_map(|packet| match packet.answer {
        Some(Answer::Status(status)) => Some((packet.at, status.alarms.to_vec())),
        Some(Answer::Alarms(read)) => {
            Some((packet.at, read.iter().map(|alarm| alarm.name).collect()))
        }
        _ => None,
    });
    let last = boundary.status.filter(|_| to_the_end);
    let last = last.map(|status| (status.at, status.alarms.to_vec()));
    read.chain(last).collect()
}

/// Whether a bit of what the pump knows, or its program, may be wrong.
fn may_be_wrong(boundary: &Boundary<'_>, at: SimTime) -> bool {
    let mut injuries = boundary.injuries.iter();
    injuries.any(|it| matches!(it.hurt, Hurt::Volatile | Hurt::Image) && it.at <= at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boundary::{AlarmAge, Health, Injury, Sender};
    use crate::testing::{Case, minutes};
    use thecal_plan::Request;
    use thecal_units::Millis;

    const DUE: AlarmAge = AlarmAge {
        name: "elective replacement",
        acknowledged: true,
        age: Millis::ZERO,
    };
    const END: AlarmAge = AlarmAge {
        name: "end of service",
        ..DUE
    };

    /// The state was lost an hour ago; the pump shows so many days, then these alarms.
    fn broken(days: u16, alarms: &'static [AlarmAge]) -> usize {
        let mut case = Case::hours(4);
        let hurt = Hurt::Memory;
        case.injuries.push(Injury {
            at: minutes(60),
            hurt,
        });
        let health = Health {
            loaded_mv: None,
            replacement_days: Some(days),
            time_of_week: Millis::ZERO,
            resets: 0,
            bridge_steps: 0,
            in_session: false,
            primed: true,
            magnet: false,
        };
        let answers = [
            (minutes(120), Request::ReadHealth, Answer::Health(health)),
            (minutes(121), Request::ReadAlarms, Answer::Alarms(alarms)),
        ];
        for (at, request, answer) in answers {
            case.said
                .push((at, Sender::Clinician, request, Some(answer)));
        }
        let opinion =
            case.opinion(|boundary, _, profile, opinion| judge(boundary, profile, opinion));
        opinion.differences.len()
    }

    #[test]
    fn days_without_their_alarm() {
        assert_eq!(broken(3, &[DUE]), 0);
        assert_eq!(broken(3, &[]), 1);
        assert_eq!(broken(90, &[DUE, END]), 0);
        assert_eq!(broken(90, &[DUE]), 1);
    }
}
