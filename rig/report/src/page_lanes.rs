//! The lanes below the plots: faults, places, alarms, boluses, denied presses, acts of clinicians.

use super::record::Event;
use super::svg::{Figure, LEFT, Panel, RIGHT};
use thecal_engine::programmer::{Answer, Sender};
use thecal_engine::run::{Channel, CommandRecord, RunHistory};
use thecal_plan::Request;
use thecal_plan::number::count_of;
use thecal_units::SimTime;

const LANE: f64 = 12.0;
const GAP: f64 = 7.0;
/// Kinds of faults with a lane of their own.
const FAULT_LANES_MAX: usize = 6;
/// Number of intervals of the time axis in which denied presses are counted.
const DENIED_PARTS: usize = 170;

/// An interval of time in seconds; an instant has zero length.
type Stretch = (f64, f64);

/// Draws the lanes, and shades each fault behind all panels.
pub(super) fn draw(figure: &mut Figure, history: &RunHistory, events: &[Event]) {
    figure.panel("Events", "", 0.0);
    let end = history.simulated.as_secs_f64();
    let mut names: Vec<String> = Vec::new();
    let mut faults: Vec<(usize, Stretch)> = Vec::new();
    for (name, stretch) in happened(history, events) {
        figure.shade(stretch.0, stretch.1.min(end));
        let lane = names.iter().position(|known| *known == name);
        let lane = lane.unwrap_or_else(|| {
            names.push(name);
            names.len() - 1
        });
        faults.push((lane, stretch));
    }
    for (lane, name) in names.iter().enumerate().take(FAULT_LANES_MAX) {
        let last = lane + 1 == FAULT_LANES_MAX && names.len() > FAULT_LANES_MAX;
        let name = if last { "other faults" } else { name.as_str() };
        let of_lane = faults
            .iter()
            .filter(|(of, _)| *of == lane || (last && *of > lane))
            .map(|&(_, stretch)| stretch);
        blocks(figure, "fault", name, of_lane);
    }
    for name in places(history) {
        let there = history.stays.iter();
        let there = there.filter(|stay| stay.whereabouts.name() == name);
        let seconds = |at: SimTime| at.since_origin().as_secs_f64();
        let until = |at: Option<SimTime>| at.map_or(end, seconds).min(end);
        let stretches = there.map(|stay| (seconds(stay.from), until(stay.until)));
        blocks(figure, "people", name, stretches);
    }
    for (channel, class, name) in [
        (Channel::AlarmCritical, "critical", "critical alarm"),
        (Channel::AlarmNonCritical, "advisory", "non-critical alarm"),
    ] {
        blocks(figure, class, name, sounding(history, channel).into_iter());
    }
    let resets = history.resets.iter().map(|reset| reset.at);
    let broken: Vec<f64> = resets
        .chain(history.hangs.iter().copied())
        .chain(history.hangs_by_fault.iter().map(|&(at, _)| at))
        .map(|at| at.since_origin().as_secs_f64())
        .collect();
    if !broken.is_empty() {
        marks(figure, "critical", "reset or hang", broken);
    }
    let granted = times(history, |record| {
        matches!(record.answer, Some(Answer::Granted))
    });
    let denied = times(history, |record| {
        matches!(record.answer, Some(Answer::Denied(_)))
    });
    if !granted.is_empty() || !denied.is_empty() {
        let name = count_of(granted.len(), "bolus granted", "boluses granted");
        marks(figure, "true", &name, granted);
        density(figure, &denied, end);
    }
    let acts = times(history, |record| {
        record.sender == Sender::Clinician
            && record.obeyed()
            && record.step.is_none_or(|step| step.last)
            && !matches!(
                record.request,
                Request::Interrogate | Request::Provision | Request::TakeKeys
            )
    });
    marks(figure, "people", "clinician acts", acts);
    figure.space(GAP);
}

/// Where the patient was, each place once.
fn places(history: &RunHistory) -> Vec<&'static str> {
    let mut names = Vec::new();
    for stay in &history.stays {
        let name = stay.whereabouts.name();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Every fault with its interval; a fault that only triggers is an instant.
fn happened<'a>(
    history: &'a RunHistory,
    events: &'a [Event],
) -> impl Iterator<Item = (String, Stretch)> + 'a {
    let end = history.simulated.as_secs_f64();
    let seconds = |at: SimTime| at.since_origin().as_secs_f64();
    let faults = history.faults.iter().flat_map(move |fault| {
        let from = seconds(fault.from);
        let until = match fault.until {
            Some(until) => seconds(until),
            None if fault.kind.is_instant() => from,
            None => end,
        };
        let earlier = fault.earlier.iter();
        let earlier = earlier.map(move |&(from, until)| (seconds(from), seconds(until)));
        let name = fault.kind.name();
        let spells = earlier.chain([(from, until)]);
        spells.map(move |spell| (name.to_owned(), spell))
    });
    // Fault events that no fault of the scenario explains: a wrong refill.
    let named = |what: &str| {
        let mut kinds = history.faults.iter().map(|fault| fault.kind.name());
        kinds.any(|name| what.starts_with(name))
    };
    let others = events.iter();
    let others = others.filter(move |event| event.is_fault() && !named(&event.what));
    let others = others.map(|event| {
        let at = event.at().since_origin().as_secs_f64();
        (event.what.clone(), (at, at))
    });
    faults.chain(others)
}

/// When an alarm sounded, to within one bucket.
fn sounding(history: &RunHistory, channel: Channel) -> Vec<Stretch> {
    let every = history.plots.bucket().as_secs_f64();
    let mut stretches: Vec<Stretch> = Vec::new();
    for (index, bucket) in (0_u32..).zip(history.plots.channel(channel)) {
        if bucket.max < 0.5 {
            continue;
        }
        let (from, to) = (f64::from(index) * every, (f64::from(index) + 1.0) * every);
        match stretches.last_mut() {
            Some((_, until)) if *until >= from => *until = to,
            _ => stretches.push((from, to)),
        }
    }
    stretches
}

fn times(history: &RunHistory, which: impl Fn(&CommandRecord) -> bool) -> Vec<f64> {
    history
        .commands
        .iter()
        .filter(|record| which(record))
        .map(|record| record.at.since_origin().as_secs_f64())
        .collect()
}

fn lane(figure: &mut Figure, class: &str, name: &str) -> Panel {
    let lane = Panel {
        top: figure.height() + GAP,
        height: LANE,
        low: 0.0,
        high: 1.0,
    };
    figure.space(GAP + LANE);
    figure.rail(&lane);
    figure.lane_name(class, &lane, name);
    lane
}

fn blocks(figure: &mut Figure, class: &str, name: &str, stretches: impl Iterator<Item = Stretch>) {
    let stretches: Vec<Stretch> = stretches.collect();
    let empty = stretches.is_empty();
    let lane = lane(figure, if empty { "quiet" } else { class }, name);
    figure.begin_moving();
    for (from, to) in stretches {
        figure.block(class, &lane, from, to, 1.0);
    }
    figure.end_moving();
}

fn marks(figure: &mut Figure, class: &str, name: &str, at: Vec<f64>) {
    let lane = lane(figure, if at.is_empty() { "quiet" } else { class }, name);
    figure.begin_moving();
    figure.marks(class, &lane, at.into_iter());
    figure.end_moving();
}

/// Denied presses as a density: a stuck button makes thousands.
fn density(figure: &mut Figure, denied: &[f64], end: f64) {
    let name = count_of(denied.len(), "press denied", "presses denied");
    let class = if denied.is_empty() { "quiet" } else { "denied" };
    let lane = lane(figure, class, &name);
    let mut counts = [0_u32; DENIED_PARTS];
    #[expect(clippy::cast_precision_loss, reason = "a small constant")]
    let parts = DENIED_PARTS as f64;
    for at in denied {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "from 0 to the number of parts"
        )]
        let part = (at / end * parts) as usize;
        if let Some(count) = counts.get_mut(part.min(DENIED_PARTS - 1)) {
            *count += 1;
        }
    }
    let most = f64::from(counts.iter().copied().max().unwrap_or(1).max(1));
    let width = (RIGHT - LEFT) / parts;
    debug_assert!(width > 1.0, "a part is wider than a line");
    figure.begin_moving();
    for (part, &count) in (0_u32..).zip(&counts).filter(|&(_, &count)| count > 0) {
        let (from, to) = (f64::from(part), f64::from(part) + 1.0);
        // A single press must remain visible beside a thousand.
        let opacity = 0.3 + 0.7 * (f64::from(count) / most).sqrt();
        figure.block(
            "denied",
            &lane,
            from / parts * end,
            to / parts * end,
            opacity,
        );
    }
    figure.end_moving();
}
