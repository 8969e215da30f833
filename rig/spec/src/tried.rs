//! The tries of a stalled motor, as the pins show them, and what moved in them.

use crate::boundary::{Boundary, Pulses};
use thecal_units::SimTime;

/// A try. Source: REQ-STL-014.
pub(crate) const TRY: Pulses = Pulses::Train {
    count: PULSES,
    period_us: 200_000,
    energy_uj: 30,
};
/// Its pulses.
const PULSES: u32 = 4;

/// Whether a train is a try. One that another wake-up cuts short has fewer pulses (REQ-WDG-002).
pub(crate) fn is_try(pulses: Pulses) -> bool {
    match (pulses, TRY) {
        (
            Pulses::Train {
                count,
                period_us,
                energy_uj,
            },
            Pulses::Train {
                count: all,
                period_us: apart,
                energy_uj: energy,
            },
        ) => count <= all && period_us == apart && energy_uj == energy,
        _ => false,
    }
}

/// What has moved in tries: from its begin to its end each, and the total by its end.
#[derive(Debug)]
pub(crate) struct Tried(Vec<(SimTime, SimTime, f64)>);

impl Tried {
    /// By the commands to the motor driver, of a motor that has missed a pulse before.
    pub(crate) fn of(boundary: &Boundary<'_>) -> Self {
        let first = boundary.missed.first().map(|&(at, _)| at);
        let first = first.unwrap_or(SimTime::NEVER);
        let drives = boundary.drives.iter().enumerate();
        let tries = drives.filter(|(_, drive)| is_try(drive.pulses) && first <= drive.at);
        let tries = tries.scan(0.0, |total, (nth, drive)| {
            let next = boundary.drives.get(nth + 1);
            let until = next.map_or(boundary.end, |next| next.at);
            // The first of its pulses comes in the exchange itself; from the command before, which let the motor
            // rest, nothing has moved.
            let before = nth.checked_sub(1).and_then(|nth| boundary.drives.get(nth));
            let rests = before.filter(|it| matches!(it.pulses, Pulses::Cut | Pulses::Stop));
            let from = rests.map_or(drive.at, |it| it.at);
            let moved = boundary.moved.at(until) - boundary.moved.at(from);
            *total += moved.clamp(0.0, f64::from(PULSES));
            Some((drive.at, until, *total))
        });
        Self(tries.collect())
    }

    /// What has moved in tries by an instant; of one that goes on nothing yet.
    pub(crate) fn moved_by(&self, at: SimTime) -> f64 {
        let over = self.0.partition_point(|&(_, until, _)| until <= at);
        let last = over.checked_sub(1).and_then(|last| self.0.get(last));
        last.map_or(0.0, |&(.., total)| total)
    }
}
