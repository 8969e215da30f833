//! Harm over presets: what the same infusion would have done to patients with more or less mixing,
//! more or less sensitive.
//!
//! These two dominate the result (pk.md 4) and are unknown for a given patient. So a report never
//! shows the harm to one patient alone.

use thecal_plan::Scenario;
use thecal_plan::parameters::Used;
use thecal_sim::harm::Harm;
use thecal_sim::replay::Infusions;
use thecal_sim::{Mixing, PlantConfig, Sensitivity, replay};
use thecal_units::SimTime;
use thecal_units::real::{Concentration, Mass};

/// The harm to one preset.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PresetHarm {
    /// Mixing of the spinal fluid.
    pub mixing: Mixing,
    /// Sensitivity to the drugs.
    pub sensitivity: Sensitivity,
    /// The harm.
    pub harm: Harm,
}

/// The highest exposure to a drug in a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exposure {
    /// The largest amount that entered the spinal fluid within 24 h.
    pub most_in_a_day: Mass,
    /// The end of those 24 h.
    pub until: SimTime,
    /// The highest true concentration in the reservoir.
    pub strongest: Concentration,
}

/// Replays the infusion of a run on every preset of its patient.
pub(super) fn harm_over_presets(
    scenario: &Scenario,
    config: &PlantConfig,
    infusions: &Infusions,
) -> Vec<PresetHarm> {
    let agents = [Some(config.agent), config.second].map(|agent| agent.map(|agent| agent.model));
    let typical = typical_diffusivity(scenario, config.person.anatomy.diffusivity_cm2_per_s);
    let told = Mixing::ALL.into_iter().flat_map(|mixing| {
        let mut person = config.person;
        let anatomy = &mut person.anatomy;
        anatomy.diffusivity_cm2_per_s = typical * relative(mixing);
        replay(&person, agents, infusions).map(|(sensitivity, harm)| PresetHarm {
            mixing,
            sensitivity,
            harm,
        })
    });
    told.collect()
}

/// The typical diffusivity of this person: a person loaded from a file brings their own, to which
/// the scenario's mixing is not applied.
fn typical_diffusivity(scenario: &Scenario, diffusivity: f64) -> f64 {
    let used = Used::of(scenario);
    let mut changed = used.changed();
    let own = changed.any(|(path, row)| path == "person.diffusivity" && row.was.is_some());
    if own {
        diffusivity
    } else {
        diffusivity / relative(scenario.patient.mixing)
    }
}

/// A mixing, relative to typical. Source: pk.md 2a: 0.02, 0.04, 0.08 cm2/s (proto).
fn relative(mixing: Mixing) -> f64 {
    mixing.diffusivity_cm2_per_s() / Mixing::Typical.diffusivity_cm2_per_s()
}

/// The exposure to each drug of a scenario.
pub(super) fn exposures(infusions: &Infusions) -> [Exposure; 2] {
    let strongest = infusions.strongest();
    [0, 1].map(|agent| {
        let (most_in_a_day, until) = infusions.most_in_a_day(agent);
        Exposure {
            most_in_a_day,
            until,
            strongest: strongest[agent],
        }
    })
}
