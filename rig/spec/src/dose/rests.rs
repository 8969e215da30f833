//! Rest: while a pump is stopped or held its motor ends the stroke in progress and drives no other. A few
//! steps that a rise of the dose may hide are too many here.

use super::due::{Due, Why};
use crate::boundary::Boundary;
use crate::rule::{Opinion, Rule};
use thecal_units::SimTime;

/// The stroke in progress. Source: REQ-THE-001, REQ-THE-014.
const STROKE: f64 = 1.0;

/// A span in which the pump does nothing for certain, and why.
struct Rest {
    from: SimTime,
    until: SimTime,
    why: Why,
}

/// Judges each rest by what moved in it, unless too much has been found in it already; `too_many` is the rule
/// of too many steps.
pub(super) fn judge(
    boundary: &Boundary<'_>,
    dues: &[Due],
    too_many: impl Fn(Why) -> &'static Rule,
    opinion: &mut Opinion,
) {
    let mut samples = boundary.moved.samples().peekable();
    for rest in rests(dues, boundary.end) {
        while samples.next_if(|&(at, _)| at < rest.from).is_some() {}
        // What moved before the first sample may have moved before the rest.
        let Some(&(first, before)) = samples.peek().filter(|(at, _)| *at <= rest.until) else {
            continue;
        };
        let mut moved = before;
        while let Some((_, total)) = samples.next_if(|&(at, _)| at <= rest.until) {
            moved = total;
        }
        let rule = too_many(rest.why);
        let within = |at: SimTime| rest.from <= at && at <= rest.until;
        let mut known = opinion.differences.iter();
        let is_known = known.any(|known| known.rule == rule && within(known.at));
        let steps = (moved - before).round();
        if steps > STROKE && !is_known {
            opinion.differs(
                rule,
                first,
                format!("{steps} steps until {}", rest.until.spelled()),
                format!("{STROKE}, {}", rest.why.words()),
            );
        }
    }
}

/// The rests of a run, in order.
fn rests(dues: &[Due], end: SimTime) -> Vec<Rest> {
    let ends = dues.iter().skip(1).map(|due| due.from).chain([end]);
    let mut rests: Vec<Rest> = Vec::new();
    for (due, until) in dues.iter().zip(ends) {
        let told = matches!(due.why, Why::Stopped | Why::Held | Why::Safe | Why::Ended);
        if !told || due.most > 0.0 {
            continue;
        }
        match rests.last_mut() {
            Some(last) if last.until == due.from => last.until = until,
            _ => rests.push(Rest {
                from: due.from,
                until,
                why: due.why,
            }),
        }
    }
    rests
}
