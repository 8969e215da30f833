//! The sets of one run: built-in, changed by a file, drawn for an individual, as the scenario says.

use super::registry::{find, usual};
use super::set::{Kind, Row, Set};
use crate::{Scenario, population};
use std::borrow::Cow;
use thecal_sim::parameter::{Basis, Parameters};
use thecal_sim::{Drug, DrugModel, Mixing, PlantConfig};

/// The sets of one run, in the order of [`Kind::ALL`].
#[derive(Clone, Debug, PartialEq)]
pub struct Used {
    /// The sets.
    pub sets: Vec<Set>,
}

impl Used {
    /// The sets that this scenario's plant is made of.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Self {
        let changes = scenario.source.changes.as_deref();
        let pick = |kind, name: &str| {
            let drug = (kind == Kind::Drug).then_some(name);
            let changed = changes.and_then(|changes| changes.set(kind, drug));
            changed.cloned().or_else(|| find(kind, name))
        };
        let parts = [Kind::Pump, Kind::Catheter, Kind::Person].map(|kind| pick(kind, usual(kind)));
        let drugs = drugs(scenario).map(|drug| drug.and_then(|drug| pick(Kind::Drug, drug.name())));
        let mut sets: Vec<Set> = parts.into_iter().chain(drugs).flatten().collect();
        for set in &mut sets {
            if let Some(individual) = scenario.source.individual {
                population::draw(set, individual);
            }
            match set.kind {
                Kind::Catheter => {
                    let length = scenario.pump.catheter.as_centimeters();
                    let source = "the scenario's `catheter`";
                    as_the_scenario_says(set, "length", length, source);
                }
                // Typical is what the person has without a word of the scenario's.
                Kind::Person if scenario.patient.mixing != Mixing::Typical => {
                    mix(set, scenario.patient.mixing);
                }
                Kind::Pump | Kind::Person | Kind::Drug => {}
            }
        }
        Self { sets }
    }

    /// Writes the values into a plant of the same scenario.
    pub fn write_into(&self, config: &mut PlantConfig) {
        for set in &self.sets {
            match set.kind {
                Kind::Pump => write(set, "", &mut config.pump),
                Kind::Catheter => write(set, "", &mut config.catheter),
                Kind::Person => write(set, "", &mut config.person.anatomy),
                Kind::Drug => {
                    let agents = [Some(&mut config.agent), config.second.as_mut()];
                    let mut agents = agents.into_iter().flatten();
                    if let Some(agent) = agents.find(|agent| agent.drug.name() == set.name) {
                        write_drug(set, &mut agent.model);
                    }
                }
            }
        }
    }

    /// The sets that are not those which a run has without a file.
    pub fn other_bases(&self) -> impl Iterator<Item = &Set> {
        let sets = self.sets.iter();
        sets.filter(|set| set.kind != Kind::Drug && set.name != usual(set.kind))
    }

    /// Every number that is not the built-in one for all: its table, and the number.
    pub fn changed(&self) -> impl Iterator<Item = (String, &Row)> {
        let rows = self.sets.iter().flat_map(Set::rows);
        rows.filter(|(_, row)| row.was.is_some() || row.median.is_some())
    }
}

/// The drugs in the reservoir.
fn drugs(scenario: &Scenario) -> [Option<Drug>; 2] {
    let pump = &scenario.pump;
    [Some(pump.drug), pump.second.map(|second| second.drug)]
}

fn write_drug(set: &Set, model: &mut DrugModel) {
    write(set, "kinetics", &mut model.kinetics);
    write(set, "plasma", &mut model.plasma);
    write(set, "pocket", &mut model.pocket);
    write(set, "wanted", &mut model.wanted.values);
    if let Some(systemic) = &mut model.wanted_systemic {
        write(set, "wanted-systemic", &mut systemic.values);
    }
    write(set, "toxic", &mut model.toxic.values);
    if let Some(systemic) = &mut model.systemic {
        write(set, "systemic", &mut systemic.values);
    }
    if let Some(withdrawal) = &mut model.withdrawal {
        write(set, "withdrawal", withdrawal);
    }
    write(set, "limits", &mut model.limits);
}

fn write<T: Parameters>(set: &Set, group: &str, values: &mut T) {
    if let Some(group) = set.group(group) {
        group.write_into(values);
    }
}

/// Makes the fluid mix as the scenario says, unless a file gives the diffusivity. An adult of the
/// median has the preset; whoever mixes otherwise mixes as many times more or less.
fn mix(set: &mut Set, mixing: Mixing) {
    let [preset, typical] = [mixing, Mixing::Typical].map(Mixing::diffusivity_cm2_per_s);
    let rows = set.groups.iter_mut().flat_map(|group| &mut group.rows);
    for row in rows.filter(|row| row.field.name == "diffusivity" && row.was.is_none()) {
        for own in [Some(&mut row.value), row.median.as_mut()]
            .into_iter()
            .flatten()
        {
            *own = if own.to_bits() == typical.to_bits() {
                preset
            } else {
                (*own * (preset / typical)).clamp(row.field.low, row.field.high)
            };
        }
        row.basis = Basis::Assumed;
        row.source = Cow::Borrowed("the scenario's `mixing`, pk.md 3c");
    }
}

/// A number that the scenario gives, unless a file does.
fn as_the_scenario_says(set: &mut Set, name: &str, value: f64, source: &'static str) {
    let rows = set.groups.iter_mut().flat_map(|group| &mut group.rows);
    for row in rows.filter(|row| row.field.name == name && row.was.is_none()) {
        row.value = value;
        row.basis = Basis::Design;
        row.source = Cow::Borrowed(source);
        row.median = None;
    }
}
