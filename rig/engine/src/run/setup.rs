//! Conversion of scenario types to plant types.

use thecal_plan::Scenario;
use thecal_plan::parameters::Used;
use thecal_sim::{Agent, PlantConfig};
use thecal_units::{Concentration, real};

pub(super) fn plant_config(scenario: &Scenario) -> PlantConfig {
    let (patient, pump) = (&scenario.patient, &scenario.pump);
    let agent = |drug, concentration: Concentration| {
        Agent::new(drug, patient.tolerance, concentration.into())
    };
    let mut config = PlantConfig::new(agent(pump.drug, pump.concentration));
    config.second = pump
        .second
        .map(|second| agent(second.drug, second.concentration));
    config.drive = pump.drive;
    config.seed = scenario.seed;
    config.fill = real::Volume::from(pump.reservoir);
    config.primed = pump.primed;
    Used::of(scenario).write_into(&mut config);
    config.person.tip = patient.tip.position_in(&config.person.anatomy);
    config
}
