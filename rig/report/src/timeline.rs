//! The timeline of a run: consecutive equal events become one line.

use super::record::Event;
use thecal_units::SimTime;

/// Maximum lines of a timeline; lines omitted from the middle are counted.
const LINES_MAX: usize = 80;
const HEAD: usize = 60;

/// Consecutive equal events.
pub(super) struct Group<'a> {
    pub(super) first: SimTime,
    pub(super) last: SimTime,
    pub(super) count: usize,
    pub(super) event: &'a Event,
}

/// Events in order, with consecutive equal ones grouped.
pub(super) fn groups(events: &[Event]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for event in events {
        match groups.last_mut() {
            Some(group) if group.event.what == event.what && group.event.who == event.who => {
                group.last = event.at();
                group.count += 1;
            }
            _ => groups.push(Group {
                first: event.at(),
                last: event.at(),
                count: 1,
                event,
            }),
        }
    }
    groups
}

/// One line per event; consecutive equal ones are one line with their first and last time.
pub(super) fn lines(events: &[Event]) -> Vec<String> {
    let mut lines: Vec<String> = groups(events).iter().map(line).collect();
    if lines.len() > LINES_MAX {
        let tail = lines.split_off(lines.len() - (LINES_MAX - HEAD));
        let left_out = lines.len() - HEAD;
        lines.truncate(HEAD);
        lines.push(format!(
            "… {left_out} more lines; the record has all of them …"
        ));
        lines.extend(tail);
    }
    lines
}

fn line(group: &Group<'_>) -> String {
    let Event { who, what, .. } = group.event;
    let head = format!("{:>16}  {who:<9}  {what}", group.first.to_string());
    if group.count == 1 {
        head
    } else {
        format!("{head} ({} times, last at {})", group.count, group.last)
    }
}
