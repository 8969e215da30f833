//! What a pump itself has said of its alarms: where damage makes it unknown which alarm it raised, its answers
//! tell, and it is held to them until a Silence.

use crate::boundary::{Answer, Boundary, Hurt};
use thecal_plan::Request;
use thecal_units::SimTime;

/// When an alarm was read, and what ends that it sounds: read once, for there may be as many questions as packets.
#[derive(Debug, Default)]
pub(crate) struct Readings {
    /// When it was read as active and not acknowledged.
    read: Vec<SimTime>,
    /// When a Silence may have been obeyed, or the pump was injured.
    ends: Vec<SimTime>,
}

impl Readings {
    /// Those of an alarm; none where the pump has no such alarm.
    pub(crate) fn of(boundary: &Boundary<'_>, name: Option<&str>) -> Self {
        let Some(name) = name else {
            return Self::default();
        };
        let silences = silences(boundary);
        let injuries = boundary.injuries.iter().map(|it| it.at);
        let mut ends: Vec<SimTime> = silences.chain(injuries).collect();
        ends.sort_unstable();
        Self {
            read: readings(boundary, name).collect(),
            ends,
        }
    }

    /// Whether it was read as active and not acknowledged, and neither a Silence nor an injury has come since.
    /// What comes at the instant itself may have come before.
    pub(crate) fn sounds(&self, at: SimTime) -> bool {
        let behind = self.read.partition_point(|read| *read < at);
        let last = behind.checked_sub(1).and_then(|last| self.read.get(last));
        last.is_some_and(|read| {
            let first = self.ends.partition_point(|end| end < read);
            self.ends.get(first).is_none_or(|end| *end > at)
        })
    }
}

/// Each injury after which an alarm was read that nobody had silenced since, and when it was first read.
pub(crate) fn raised_by_injuries(boundary: &Boundary<'_>, name: &str) -> Vec<(SimTime, SimTime)> {
    let injuries = boundary.injuries.iter();
    let lasting = injuries.filter(|it| it.hurt != Hurt::Exchange);
    let raised = lasting.filter_map(|injury| {
        let mut after = readings(boundary, name).filter(|read| injury.at < *read);
        let read = after.next()?;
        (!is_silenced(boundary, (injury.at, read))).then_some((injury.at, read))
    });
    raised.collect()
}

/// When an alarm was read as active and not acknowledged.
fn readings<'b>(boundary: &'b Boundary<'b>, name: &'b str) -> impl Iterator<Item = SimTime> + 'b {
    let packets = boundary.packets.iter().filter(|packet| packet.is_genuine());
    packets.filter_map(move |packet| {
        let Some(Answer::Alarms(read)) = packet.answer else {
            return None;
        };
        let mut sounding = read.iter().filter(|alarm| !alarm.acknowledged);
        let is_one = sounding.any(|alarm| alarm.name == name);
        is_one.then_some(packet.at)
    })
}

/// Whether a Silence may have been obeyed in a span.
fn is_silenced(boundary: &Boundary<'_>, (from, until): (SimTime, SimTime)) -> bool {
    silences(boundary).any(|at| from <= at && at <= until)
}

/// When a Silence may have been obeyed.
fn silences<'b>(boundary: &'b Boundary<'_>) -> impl Iterator<Item = SimTime> + 'b {
    let packets = boundary.packets.iter();
    let silences = packets.filter(|it| *it.request == Request::Silence && it.reached);
    silences.map(|it| it.at)
}
