//! The patient: fluid, plasma, effects and harm, stepped tick by tick.
//!
//! Terms: a *track* is one drug's path through the patient. Tracks share only the anatomy: the
//! fluid is linear, and drugs are assumed not to change each other's kinetics (assume).
//!
//! Order of a tick, for each track: the fluid takes the infusion, plasma takes what fluid and
//! pocket lost, the effect sites follow the new levels, withdrawal follows the cord. Then the
//! tracks are combined and harm is accumulated:
//! ```text
//! effect     = 1 - (1 - E_1)(1 - E_2)        Bliss independence (assume)
//! toxicity   = 1 - (1 - X_1)(1 - X_2)        the same; X the worse of fluid and blood
//! withdrawal = max(W_1, W_2)                 (assume)
//! ```

use crate::TICK;
use crate::config::Person;
use crate::csf::Place;
use crate::drug::{DrugModel, Tolerance};
use crate::harm::HarmTracker;
use crate::track::{Books, Levels, Response, Track};
use alloc::boxed::Box;
use thecal_units::real::{Mass, Volume};
use thecal_units::{Millis, SimTime};

/// Number of drugs that a reservoir may hold.
pub(crate) const AGENTS: usize = 2;

#[derive(Clone, Debug)]
pub(crate) struct Patient {
    tip: Place,
    tracks: [Option<Box<Track>>; AGENTS],
    pub(crate) harm: HarmTracker,
    pub(crate) effect: f64,
    pub(crate) toxicity: f64,
    pub(crate) withdrawal: f64,
}

impl Patient {
    pub(crate) fn new(person: &Person, agents: [Option<DrugModel>; AGENTS]) -> Self {
        Self::with_step(person, agents, TICK)
    }

    /// A patient with ticks of this length.
    pub(crate) fn with_step(
        person: &Person,
        agents: [Option<DrugModel>; AGENTS],
        step: Millis,
    ) -> Self {
        let anatomy = &person.anatomy;
        Self {
            tip: Place::at(person.tip, anatomy.cell_cm()),
            tracks: agents
                .map(|agent| agent.map(|model| Box::new(Track::new(anatomy, model, step)))),
            harm: HarmTracker::new(step),
            effect: 0.0,
            toxicity: 0.0,
            withdrawal: 0.0,
        }
    }

    /// Advances to `at` while each drug enters at the tip and into the pocket.
    pub(crate) fn tick(&mut self, at: SimTime, infused: [Mass; AGENTS], pocketed: [Mass; AGENTS]) {
        self.step(infused, pocketed);
        self.combine();
        self.harm
            .tick(at, self.effect, self.toxicity, self.withdrawal);
    }

    /// Advances fluid, blood and sites of each drug, without accumulating harm.
    pub(crate) fn step(&mut self, infused: [Mass; AGENTS], pocketed: [Mass; AGENTS]) {
        for (index, track) in self.tracks.iter_mut().enumerate() {
            if let Some(track) = track {
                track.step(infused[index], self.tip, pocketed[index]);
            }
        }
    }

    /// Sets the steady state of months at `per_day`.
    pub(crate) fn settle(&mut self, per_day: [Mass; AGENTS]) {
        for (index, track) in self.tracks.iter_mut().enumerate() {
            if let Some(track) = track {
                track.settle(per_day[index], self.tip);
            }
        }
        self.combine();
        self.harm.settle(self.effect);
    }

    fn combine(&mut self) {
        let all = self.combined(Track::response);
        (self.effect, self.toxicity, self.withdrawal) = (all.effect, all.toxicity, all.withdrawal);
    }

    fn combined(&self, of: impl Fn(&Track) -> Response) -> Response {
        let mut all = Response::default();
        for track in self.tracks.iter().flatten() {
            let of_track = of(track);
            all.effect = either(all.effect, of_track.effect);
            all.toxicity = either(all.toxicity, of_track.toxicity);
            all.withdrawal = all.withdrawal.max(of_track.withdrawal);
        }
        all
    }

    /// The present effects of all drugs in a patient of this tolerance.
    pub(crate) fn response_as(&self, tolerance: Tolerance) -> Response {
        self.combined(|track| track.response_as(tolerance))
    }

    /// Draws `volume` of the fluid around the tip back into the catheter; returns the drug in it.
    pub(crate) fn draw_back(&mut self, volume: Volume) -> [Mass; AGENTS] {
        let tip = self.tip;
        self.tracks.each_mut().map(|track| match track {
            Some(track) => track.draw_back(volume, tip),
            None => Mass::ZERO,
        })
    }

    /// The levels of drug `agent`; zero if there is none.
    pub(crate) fn levels(&self, agent: usize) -> Levels {
        let track = self.tracks[agent].as_deref();
        track.map_or(Levels::default(), |track| track.levels(self.tip))
    }

    /// The amounts of drug `agent`; zero if there is none.
    pub(crate) fn books(&self, agent: usize) -> Books {
        let track = self.tracks[agent].as_deref();
        track.map_or(Books::default(), Track::books)
    }

    /// The effects of drug `agent` alone.
    pub(crate) fn response(&self, agent: usize) -> Response {
        let track = self.tracks[agent].as_deref();
        track.map_or(Response::default(), Track::response)
    }
}

/// Probability of either of two independent events; exactly `first` if `second` is 0.
const fn either(first: f64, second: f64) -> f64 {
    first + second * (1.0 - first)
}

#[cfg(test)]
mod tests;
