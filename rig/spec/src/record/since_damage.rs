//! What a pump shows after damage to its memory: what it has lost nobody knows, but what it showed behind the
//! boot that found the damage it is held to.

use super::counts::{Answered, LOOSE, answered, is_hurt, number, statuses};
use super::rules;
use crate::boundary::{Answer, Boundary, Hurt, Status};
use crate::rule::Opinion;
use thecal_plan::Profile;
use thecal_units::{Millis, SimTime};

/// Compares each reading behind the damage with the one before.
pub(super) fn judge(boundary: &Boundary<'_>, profile: &Profile, opinion: &mut Opinion) {
    let mut before: Option<(usize, Status<'_>)> = None;
    for (index, status) in statuses(boundary) {
        let last = before.replace((index, status));
        let Some((first, earlier)) = last.filter(|(_, it)| is_settled(boundary, it.at)) else {
            continue;
        };
        let span = (earlier.at, status.at);
        if is_hurt_within(boundary, span) {
            continue;
        }
        grants(boundary, (first, index), (&earlier, &status), opinion);
        steps(boundary, profile, (&earlier, &status), opinion);
        let entries = (earlier.log_entries.into(), u64::from(u32::MAX));
        number(
            &rules::ENTRIES,
            status.at,
            status.log_entries.into(),
            entries,
            opinion,
        );
    }
    healths(boundary, opinion);
}

/// Whether memory was damaged before an instant, and a boot has found what there was of it.
fn is_settled(boundary: &Boundary<'_>, at: SimTime) -> bool {
    let injuries = boundary.injuries.iter();
    let mut lasting = injuries.filter(|it| it.hurt != Hurt::Exchange && it.at <= at);
    let only_memory = lasting.clone().all(|it| it.hurt == Hurt::Memory);
    let found = |injury: SimTime| {
        let mut boots = boundary.boots.iter();
        boots.any(|boot| injury < boot.at && boot.at < at && !boot.cut_short)
    };
    is_hurt(boundary, at) && only_memory && lasting.all(|it| found(it.at))
}

fn is_hurt_within(boundary: &Boundary<'_>, (from, until): (SimTime, SimTime)) -> bool {
    let mut injuries = boundary.injuries.iter();
    injuries.any(|it| from <= it.at && it.at <= until)
}

fn boots(boundary: &Boundary<'_>, (from, until): (SimTime, SimTime)) -> u64 {
    let boots = boundary.boots.iter();
    boots
        .filter(|boot| from <= boot.at && boot.at <= until)
        .count() as u64
}

/// Each grant and each denial is counted.
fn grants(
    boundary: &Boundary<'_>,
    (from, until): (usize, usize),
    (earlier, later): (&Status<'_>, &Status<'_>),
    opinion: &mut Opinion,
) {
    let packets = boundary.packets.get(from..until).unwrap_or_default();
    let Answered {
        granted,
        denied,
        lost,
    } = answered(packets);
    let more = |count: u32, by: u64| u64::from(count) + by;
    let counted = [
        (&rules::GRANTS, (earlier.granted, later.granted), granted),
        (&rules::DENIALS, (earlier.denied, later.denied), denied),
    ];
    for (rule, (before, now), by) in counted {
        let bounds = (more(before, by), more(before, by + lost));
        number(rule, later.at, now.into(), bounds, opinion);
    }
}

/// Each step that moved is counted, but for what a reset may cost.
fn steps(
    boundary: &Boundary<'_>,
    profile: &Profile,
    (earlier, later): (&Status<'_>, &Status<'_>),
    opinion: &mut Opinion,
) {
    let span = (earlier.at, later.at);
    let moved = boundary.steps_between(span.0, span.1);
    let lost = profile.requests.lost_at_reset.whole_parts(boundary.step) * boots(boundary, span);
    let least = (earlier.steps + moved).saturating_sub(lost + LOOSE);
    let most = earlier.steps + moved + LOOSE;
    number(
        &rules::COUNTED,
        later.at,
        later.steps,
        (least, most),
        opinion,
    );
}

/// The resets, and the days since replacement became due.
fn healths(boundary: &Boundary<'_>, opinion: &mut Opinion) {
    let read = boundary.packets.iter().enumerate();
    let read = read.filter(|(_, packet)| packet.is_genuine());
    let read = read.filter_map(|(index, packet)| match packet.answer {
        Some(Answer::Health(health)) => Some((index, packet.at, health)),
        _ => None,
    });
    let read: Vec<_> = read.collect();
    for pair in read.windows(2) {
        let [(first, from, earlier), (last, at, later)] = pair else {
            continue;
        };
        let span = (*from, *at);
        if !is_settled(boundary, *from) || is_hurt_within(boundary, span) {
            continue;
        }
        // Of a reset and a reading of one instant their order tells whether the one counts the other.
        let between = boundary.boots.iter();
        let between = between.filter(|boot| *first < boot.packets && boot.packets <= *last);
        let cut = between.clone().filter(|boot| boot.cut_short).count() as u64;
        let most = u64::from(earlier.resets) + between.count() as u64;
        let bounds = (most.saturating_sub(cut), most);
        number(&rules::RESETS, *at, later.resets.into(), bounds, opinion);
        let Some(days) = earlier.replacement_days else {
            continue;
        };
        let passed = boundary.crystal.counted(*from, *at).as_millis() / Millis::DAY.as_millis();
        opinion.judged(&rules::DAYS);
        let least = u64::from(days) + passed;
        let jumped = boundary.crystal.doubt(*from, *at, Millis::DAY) > Millis::ZERO;
        if !jumped
            && later
                .replacement_days
                .is_none_or(|now| u64::from(now) < least)
        {
            let words =
                |days: Option<u16>| days.map_or("not due".into(), |it| format!("{it} days"));
            let observed = words(later.replacement_days);
            opinion.differs(
                &rules::DAYS,
                *at,
                observed,
                format!("{least} days at least"),
            );
        }
    }
}
