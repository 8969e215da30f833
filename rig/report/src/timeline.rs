//! The timeline of a story for people: thousands of denied presses become one line.

use thecal_engine::run::Happening;
use thecal_units::SimTime;

/// Most lines of a timeline; what is left out in the middle is counted.
const LINES_MAX: usize = 80;
const HEAD: usize = 60;

/// A run of equal happenings.
pub(super) struct Group<'a> {
    pub(super) first: SimTime,
    pub(super) last: SimTime,
    pub(super) count: usize,
    pub(super) happening: &'a Happening,
}

/// Happenings in order, with each row of equal ones as one.
pub(super) fn groups(happenings: &[Happening]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for happening in happenings {
        match groups.last_mut() {
            Some(group)
                if group.happening.what == happening.what
                    && group.happening.subject == happening.subject =>
            {
                group.last = happening.at;
                group.count += 1;
            }
            _ => groups.push(Group {
                first: happening.at,
                last: happening.at,
                count: 1,
                happening,
            }),
        }
    }
    groups
}

/// One line a happening; a row of equal ones is one line with its first and last time.
pub(super) fn lines(happenings: &[Happening]) -> Vec<String> {
    let mut lines: Vec<String> = groups(happenings).iter().map(line).collect();
    if lines.len() > LINES_MAX {
        let tail = lines.split_off(lines.len() - (LINES_MAX - HEAD));
        let left_out = lines.len() - HEAD;
        lines.truncate(HEAD);
        lines.push(format!(
            "… {left_out} lines more, all of them in the record …"
        ));
        lines.extend(tail);
    }
    lines
}

fn line(group: &Group<'_>) -> String {
    let Happening { subject, what, .. } = group.happening;
    let head = format!(
        "{:>16}  {:<9}  {what}",
        group.first.to_string(),
        subject.name()
    );
    if group.count == 1 {
        head
    } else {
        format!("{head}, {} times until {}", group.count, group.last)
    }
}
