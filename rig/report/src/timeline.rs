//! The timeline of a run: consecutive equal events become one line.

use super::record::Event;
use thecal_units::{Millis, SimTime};

/// Maximum lines of a timeline; lines omitted from the middle are counted.
const LINES_MAX: usize = 80;
const HEAD: usize = 60;

/// By how many times the longest span between two of a group the next may come later and still be of it.
/// Source: ours; what is regular, or irregular as people are, stays together.
const GAP: u64 = 5;

/// Consecutive equal events.
pub(super) struct Group<'a> {
    pub(super) first: SimTime,
    pub(super) last: SimTime,
    pub(super) count: usize,
    pub(super) event: &'a Event,
    /// The longest span between two of them.
    longest: Millis,
}

/// What takes less than a minute or so is at once.
fn is_much_more(span: Millis, than: Millis) -> bool {
    span > than.max(Millis::MINUTE).times(GAP)
}

impl<'a> Group<'a> {
    const fn of(event: &'a Event) -> Self {
        Self {
            first: event.at(),
            last: event.at(),
            count: 1,
            event,
            longest: Millis::ZERO,
        }
    }

    fn is_alike(&self, event: &Event) -> bool {
        self.event.what == event.what && self.event.who == event.who
    }

    fn add(&mut self, event: &Event) {
        self.longest = self.longest.max(event.at().since(self.last));
        self.last = event.at();
        self.count += 1;
    }
}

/// Events in order, with consecutive equal ones grouped; a pause much longer than those before it, or after
/// it, parts them.
pub(super) fn groups(events: &[Event]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for event in events {
        let Some(group) = groups.last_mut().filter(|group| group.is_alike(event)) else {
            groups.push(Group::of(event));
            continue;
        };
        let pause = event.at().since(group.last);
        if group.count > 2 && is_much_more(pause, group.longest) {
            groups.push(Group::of(event));
        } else if group.count == 2 && is_much_more(group.longest, pause) {
            // The second is the first of these.
            let second = group.last;
            (group.count, group.last, group.longest) = (1, group.first, Millis::ZERO);
            let mut later = Group::of(event);
            (later.first, later.count, later.longest) = (second, 2, pause);
            groups.push(later);
        } else {
            group.add(event);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(minutes: &[u64]) -> Vec<Event> {
        let event = |minute: &u64| Event {
            at_ms: minute * 60_000,
            who: "clinician".into(),
            what: "open update: done".to_owned(),
        };
        minutes.iter().map(event).collect()
    }

    #[test]
    fn a_pause_parts_equal_events_and_a_rhythm_does_not() {
        for (at, counts) in [
            (&[0, 10, 20, 30][..], &[4][..]),
            (&[0, 7, 30, 40, 75], &[5]),
            (&[0, 1, 2, 300, 301, 302], &[3, 3]),
            (&[0, 300, 301, 302], &[1, 3]),
            (&[0, 300], &[2]),
        ] {
            let events = minutes(at);
            let found: Vec<usize> = groups(&events).iter().map(|group| group.count).collect();
            assert_eq!(found, counts, "{at:?}");
        }
    }
}
