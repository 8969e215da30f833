//! The patient: the body with its drugs, the reference patient beside it, and harm, tick by tick.
//!
//! Terms: the *reference patient* is the same person, who receives exactly what was prescribed. It
//! is followed from where the infusion first departs from the prescription on; until then it is the
//! patient itself. Departure: the difference, fading with a time constant of a day, exceeds a
//! fiftieth of what was prescribed for a day (assume).

use crate::TICK;
use crate::config::Person;
use crate::csf::Place;
use crate::drug::{DrugModel, Tolerance};
use crate::harm::{Harm, HarmTracker};
use crate::reactions::{Reactions, Response};
use crate::track::{Books, Levels, Strengths, Track};
use crate::tracks::{AGENTS, Tracks};
use alloc::boxed::Box;
use thecal_units::real::{Length, Mass, Volume};
use thecal_units::{Millis, SimTime};

/// Share of a day's prescription beyond which an infusion has departed from it: what a bolus that begins a
/// minute late moves, and twice the error of a sound pump (assume).
const TOLERATED: f64 = 0.02;

/// What enters the patient in a tick.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Intake {
    /// Each drug, at the tip.
    pub(crate) infused: [Mass; AGENTS],
    /// Each drug, into the pocket.
    pub(crate) pocketed: [Mass; AGENTS],
    /// Each drug that was prescribed; `None` if nothing is known of a prescription.
    pub(crate) prescribed: Option<[Mass; AGENTS]>,
}

impl Intake {
    /// Adds what enters in a later step.
    pub(crate) fn add(&mut self, later: &Self) {
        for index in 0..AGENTS {
            self.infused[index] += later.infused[index];
            self.pocketed[index] += later.pocketed[index];
        }
        if let Some(later) = later.prescribed {
            let mut all = self.prescribed.unwrap_or_default();
            for (all, later) in all.iter_mut().zip(later) {
                *all += later;
            }
            self.prescribed = Some(all);
        }
    }
}

/// A patient, or `N` alike who differ in their sensitivity.
#[derive(Clone, Debug)]
pub(crate) struct Patient<const N: usize = 1> {
    tip: Place,
    pub(crate) tracks: Tracks,
    /// Those of the reference patient, once the infusion has departed.
    reference: Option<Box<Tracks>>,
    departure: Departure,
    used_to: [bool; AGENTS],
    alike: [Alike; N],
}

/// One of those who are alike up to the receptors.
#[derive(Clone, Debug)]
struct Alike {
    /// Factor on all strengths.
    sensitivity: f64,
    reactions: Reactions,
    reference: Option<Reactions>,
    harm: HarmTracker,
    response: Response,
    /// That of the reference patient.
    prescribed: Response,
}

impl Alike {
    fn of(&self, strengths: [Strengths; AGENTS]) -> [Strengths; AGENTS] {
        strengths.map(|strengths| strengths.times(self.sensitivity))
    }
}

/// How far the infusion is from what was prescribed. Unit: ug.
#[derive(Clone, Copy, Debug)]
struct Departure {
    fades: f64,
    /// Whether there is a prescription to depart from.
    is_known: bool,
    apart_ug: [f64; AGENTS],
    pocketed_ug: [f64; AGENTS],
    prescribed_ug: [f64; AGENTS],
}

impl Departure {
    fn new(step: Millis) -> Self {
        Self {
            fades: libm::exp(-step.as_hours_f64() / 24.0),
            is_known: false,
            apart_ug: [0.0; AGENTS],
            pocketed_ug: [0.0; AGENTS],
            prescribed_ug: [0.0; AGENTS],
        }
    }

    /// Counts a step; whether the infusion has departed.
    fn step(&mut self, intake: &Intake, prescribed: &[Mass; AGENTS]) -> bool {
        let mut departed = false;
        for index in 0..AGENTS {
            let prescribed = prescribed[index].as_micrograms();
            let apart = intake.infused[index].as_micrograms() - prescribed;
            let pocketed = intake.pocketed[index].as_micrograms();
            self.apart_ug[index] = self.fades * self.apart_ug[index] + apart;
            self.pocketed_ug[index] = self.fades * self.pocketed_ug[index] + pocketed;
            self.prescribed_ug[index] = self.fades * self.prescribed_ug[index] + prescribed;
            let astray = self.apart_ug[index].abs() + self.pocketed_ug[index];
            departed |= astray > TOLERATED * self.prescribed_ug[index];
        }
        departed
    }
}

impl Patient {
    pub(crate) fn new(person: &Person, agents: [Option<DrugModel>; AGENTS]) -> Self {
        Self::with(person, agents, TICK, [1.0])
    }

    /// The effects now.
    pub(crate) const fn response(&self) -> Response {
        let [this] = &self.alike;
        this.response
    }

    /// The effects in the reference patient now.
    pub(crate) const fn prescribed_response(&self) -> Response {
        let [this] = &self.alike;
        this.prescribed
    }

    /// The share of the effect of what was prescribed that is missing now.
    pub(crate) const fn lost(&self) -> f64 {
        let [this] = &self.alike;
        this.harm.lost()
    }

    /// The effects of drug `agent` alone.
    pub(crate) fn response_of(&self, agent: usize) -> Response {
        let [this] = &self.alike;
        let strengths = self.tracks.strengths();
        this.reactions.response_of(agent, &strengths[agent])
    }
}

impl<const N: usize> Patient<N> {
    /// Patients with ticks of this length and these sensitivities.
    pub(crate) fn with(
        person: &Person,
        agents: [Option<DrugModel>; AGENTS],
        step: Millis,
        sensitivities: [f64; N],
    ) -> Self {
        let anatomy = &person.anatomy;
        let used_to = |agent: Option<DrugModel>| {
            agent.is_some_and(|model| model.tolerance == Tolerance::Chronic)
        };
        Self {
            tip: Place::at(person.tip, anatomy.grid()),
            tracks: Tracks::new(anatomy, agents, step),
            reference: None,
            departure: Departure::new(step),
            used_to: agents.map(used_to),
            alike: sensitivities.map(|sensitivity| Alike {
                sensitivity,
                reactions: Reactions::new(agents, step),
                reference: None,
                harm: HarmTracker::new(step),
                response: Response::default(),
                prescribed: Response::default(),
            }),
        }
    }

    /// Advances to `at`.
    pub(crate) fn tick(&mut self, at: SimTime, intake: &Intake) {
        let prescribed = self.reference_strengths(intake);
        self.tracks.step(intake.infused, self.tip, intake.pocketed);
        let strengths = self.tracks.strengths();
        for one in &mut self.alike {
            one.response = one.reactions.step(one.of(strengths));
            let prescribed = prescribed.map(|strengths| one.of(strengths));
            let reference = prescribed.zip(one.reference.as_mut());
            let reference = reference.map(|(strengths, reactions)| reactions.step(strengths));
            one.prescribed = reference.unwrap_or(one.response);
            one.harm.tick(at, &one.response, &one.prescribed);
        }
    }

    /// Advances the reference patient; `None` as long as it is the patient itself.
    fn reference_strengths(&mut self, intake: &Intake) -> Option<[Strengths; AGENTS]> {
        let prescribed = intake.prescribed.as_ref()?;
        self.departure.is_known = true;
        if self.reference.is_none() {
            if !self.departure.step(intake, prescribed) {
                return None;
            }
            self.depart();
        }
        let reference = self.reference.as_mut()?;
        reference.step(*prescribed, self.tip, [Mass::ZERO; AGENTS]);
        Some(reference.strengths())
    }

    /// A dose given by hand, which no prescription of a pump holds: the reference patient does not
    /// get it.
    pub(crate) fn inject(&mut self, doses: [Mass; AGENTS], from: Length, to: Length) {
        if self.departure.is_known && self.reference.is_none() {
            self.depart();
        }
        for (track, dose) in self.tracks.0.iter_mut().zip(doses) {
            if let Some(track) = track {
                track.neuraxis.spread(dose, from, to);
            }
        }
    }

    /// From now on the reference patient is followed.
    fn depart(&mut self) {
        self.reference = Some(Box::new(self.tracks.clone()));
        for one in &mut self.alike {
            one.reference = Some(one.reactions.clone());
        }
    }

    /// Sets the steady state of months at `per_day`, to which the patient is used.
    pub(crate) fn settle(&mut self, per_day: [Mass; AGENTS]) {
        self.tracks.settle(per_day, self.tip);
        self.departure.prescribed_ug = per_day.map(Mass::as_micrograms);
        let strengths = self.tracks.strengths();
        for one in &mut self.alike {
            one.response = one.reactions.settle(one.of(strengths));
            one.prescribed = one.response;
            one.harm.settle(one.response.effect);
        }
    }

    /// Makes a patient who is tolerant of a drug used to what months at `per_day` would lead to.
    /// Fluid and blood stay as they are.
    pub(crate) fn accustom(&mut self, per_day: [Mass; AGENTS]) {
        let mut settled = self.tracks.clone();
        let mut used_to = per_day;
        for (dose, used) in used_to.iter_mut().zip(self.used_to) {
            if !used {
                *dose = Mass::ZERO;
            }
        }
        settled.settle(used_to, self.tip);
        let strengths = settled.strengths();
        for one in &mut self.alike {
            let strengths = one.of(strengths);
            one.reactions.accustom(strengths, false);
        }
    }

    /// The harm so far to each of those who are alike.
    pub(crate) fn harm(&self) -> [Harm; N] {
        self.alike.each_ref().map(|one| one.harm.harm())
    }

    /// Draws `volume` of the fluid around the tip back into the catheter; returns the drug in it.
    pub(crate) fn draw_back(&mut self, volume: Volume) -> [Mass; AGENTS] {
        let tip = self.tip;
        self.tracks.0.each_mut().map(|track| match track {
            Some(track) => track.draw_back(volume, tip),
            None => Mass::ZERO,
        })
    }

    /// The levels of drug `agent`; zero if there is none.
    pub(crate) fn levels(&self, agent: usize) -> Levels {
        let track = self.tracks.0[agent].as_deref();
        track.map_or(Levels::default(), |track| track.levels(self.tip))
    }

    /// The amounts of drug `agent`; zero if there is none.
    pub(crate) fn books(&self, agent: usize) -> Books {
        let track = self.tracks.0[agent].as_deref();
        track.map_or(Books::default(), Track::books)
    }
}

#[cfg(test)]
mod tests;
