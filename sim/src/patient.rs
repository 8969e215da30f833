//! The patient: fluid, plasma, effects and harm, stepped tick by tick.
//!
//! Terms: a *track* is one drug's way through the patient. Tracks share the anatomy and nothing else:
//! the fluid is linear, and drugs are taken not to change each other's kinetics (assume).
//!
//! Order of a tick, for each track: the chain of fluid takes the infusion, plasma takes what the
//! fluid and the pocket lost, the effect sites follow the new levels, withdrawal follows the cord.
//! Then the tracks are combined and harm is summed:
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

/// How many drugs a reservoir may hold at once.
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

    /// A patient whose ticks are this long.
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

    /// Steps to `at` while each drug enters at the tip and into the pocket.
    pub(crate) fn tick(&mut self, at: SimTime, infused: [Mass; AGENTS], pocketed: [Mass; AGENTS]) {
        self.step(infused, pocketed);
        self.combine();
        self.harm
            .tick(at, self.effect, self.toxicity, self.withdrawal);
    }

    /// Steps fluid, blood and sites of each drug, and sums no harm.
    pub(crate) fn step(&mut self, infused: [Mass; AGENTS], pocketed: [Mass; AGENTS]) {
        for (index, track) in self.tracks.iter_mut().enumerate() {
            if let Some(track) = track {
                track.step(infused[index], self.tip, pocketed[index]);
            }
        }
    }

    /// Puts the patient where months of `per_day` would have led.
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

    /// What all drugs would do now to somebody so used to them.
    pub(crate) fn response_as(&self, tolerance: Tolerance) -> Response {
        self.combined(|track| track.response_as(tolerance))
    }

    /// Draws `volume` of the fluid around the tip back into the catheter; gives the drug in it.
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

    /// Where drug `agent` is.
    pub(crate) fn books(&self, agent: usize) -> Books {
        let track = self.tracks[agent].as_deref();
        track.map_or(Books::default(), Track::books)
    }

    /// What drug `agent` does alone.
    pub(crate) fn response(&self, agent: usize) -> Response {
        let track = self.tracks[agent].as_deref();
        track.map_or(Response::default(), Track::response)
    }
}

/// The chance of either of two independent events; exactly the first if the second has none.
const fn either(first: f64, second: f64) -> f64 {
    first + second * (1.0 - first)
}

#[cfg(test)]
mod tests;
