//! The tracks of a patient's drugs side by side, up to their strengths at the receptors.
//!
//! Tracks share the anatomy alone: the fluid is linear, and drugs are assumed not to change each
//! other's kinetics (assume).

use crate::anatomy::Anatomy;
use crate::csf::Place;
use crate::drug::DrugModel;
use crate::track::{Strengths, Track};
use alloc::boxed::Box;
use thecal_units::Millis;
use thecal_units::real::Mass;

/// Number of drugs that a reservoir may hold.
pub(crate) const AGENTS: usize = 2;

/// One track a drug.
#[derive(Clone, Debug)]
pub(crate) struct Tracks(pub(crate) [Option<Box<Track>>; AGENTS]);

impl Tracks {
    pub(crate) fn new(
        anatomy: &Anatomy,
        agents: [Option<DrugModel>; AGENTS],
        step: Millis,
    ) -> Self {
        Self(agents.map(|agent| agent.map(|model| Box::new(Track::new(anatomy, model, step)))))
    }

    /// Advances one step while each drug enters around `tip` and into the pocket.
    pub(crate) fn step(&mut self, infused: [Mass; AGENTS], tip: Place, pocketed: [Mass; AGENTS]) {
        for (index, track) in self.0.iter_mut().enumerate() {
            if let Some(track) = track {
                track.step(infused[index], tip, pocketed[index]);
            }
        }
    }

    /// Sets the steady state of months at `per_day`.
    pub(crate) fn settle(&mut self, per_day: [Mass; AGENTS], tip: Place) {
        for (index, track) in self.0.iter_mut().enumerate() {
            if let Some(track) = track {
                track.settle(per_day[index], tip);
            }
        }
    }

    /// The strengths of each drug.
    pub(crate) fn strengths(&self) -> [Strengths; AGENTS] {
        self.0.each_ref().map(|track| {
            let track = track.as_deref();
            track.map_or(Strengths::default(), Track::strengths)
        })
    }
}
