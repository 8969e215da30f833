//! What moves in tries of a stalled motor is subtracted from what is due (REQ-STL-020): it is owed back, step by
//! step, as more comes due.

use crate::boundary::Boundary;
use crate::tried::Tried;
use std::collections::VecDeque;
use thecal_units::SimTime;

/// What is due, less what tries have moved of it.
pub(super) struct Owed {
    tried: Tried,
    /// Boots that are still to come.
    boots: VecDeque<SimTime>,
    last: Totals,
    /// Steps of tries that have not come due yet, if the most comes due, or the least.
    of_most: f64,
    of_least: f64,
    /// What of the least was subtracted.
    paid: f64,
    /// What a reset has forgotten.
    forgotten: f64,
}

#[derive(Clone, Copy, Default)]
struct Totals {
    least: f64,
    most: f64,
    tried: f64,
}

impl Owed {
    pub(super) fn of(boundary: &Boundary<'_>) -> Self {
        let boots = boundary.boots.iter().skip(1);
        Self {
            tried: Tried::of(boundary),
            boots: boots.map(|boot| boot.at).collect(),
            last: Totals::default(),
            of_most: 0.0,
            of_least: 0.0,
            paid: 0.0,
            forgotten: 0.0,
        }
    }

    /// The steps due by an instant, at least and at most. To be asked in order of time.
    pub(super) fn due(&mut self, at: SimTime, (least, most): (f64, f64)) -> (f64, f64) {
        let now = Totals {
            least,
            most,
            tried: self.tried.moved_by(at),
        };
        let last = std::mem::replace(&mut self.last, now);
        while self.boots.front().is_some_and(|boot| *boot <= at) {
            self.boots.pop_front();
            self.forgotten += std::mem::take(&mut self.of_most);
            self.of_least = 0.0;
        }
        let tried = now.tried - last.tried;
        self.of_most += tried;
        self.of_most -= (most - last.most).clamp(0.0, self.of_most);
        self.of_least += tried;
        let pays = (least - last.least).clamp(0.0, self.of_least);
        self.of_least -= pays;
        self.paid += pays;
        (least - self.paid, most + self.of_most + self.forgotten)
    }
}
