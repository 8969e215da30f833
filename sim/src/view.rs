//! Read access to the plant's ground truth, for observers, balances and reports.

use crate::ambient::Posture;
use crate::ledger::Ledger;
use crate::line::Line;
use crate::plant::Plant;
use crate::reactions::Response;
use crate::tracks::AGENTS;
use crate::truth::{DrugTruth, Truth};
use thecal_units::real::{Concentration, Mass, Potential, Pressure, Temperature, Volume};

impl Plant {
    /// The steps that the motor has missed, as in [`Self::truth`]: asked at each exchange.
    #[must_use]
    pub const fn steps_missed(&self) -> u64 {
        self.mechanics.shaft.missed()
    }

    /// The ground truth now.
    #[must_use]
    pub fn truth(&self) -> Truth {
        let (mechanics, patient) = (&self.mechanics, &self.patient);
        let conditions = &mechanics.conditions;
        let (levels, response) = (patient.levels(0), patient.response());
        let of_each = self.responses(response);
        Truth {
            at: self.now,
            steps_driven: mechanics.shaft.driven,
            steps_moved: mechanics.shaft.moved,
            steps_missed: self.steps_missed(),
            displaced: mechanics.swept(),
            reservoir: Volume::from_milliliters(mechanics.content().ml),
            reservoir_concentration: self.strength(0),
            infused_volume: Volume::from_milliliters(self.infused_ml),
            pocket_volume: Volume::from_milliliters(self.pocket_ml),
            dose_from_reservoir: Mass::from_micrograms(mechanics.drawn().ug[0]),
            dose_in_catheter: self.in_catheter(0),
            dose_infused: Mass::from_micrograms(self.infused_ug[0]),
            tip: levels.tip,
            lumbar: levels.lumbar,
            cervical: levels.cervical,
            cisterna: levels.cisterna,
            plasma: levels.plasma,
            effect: response.effect,
            prescribed_effect: patient.prescribed_response().effect,
            lost: patient.lost(),
            toxicity: response.toxicity,
            withdrawal: response.withdrawal,
            toxicity_of: of_each.map(|of| of.toxicity),
            withdrawal_of: of_each.map(|of| of.withdrawal),
            outlet_pressure: self.outlet_pressure(),
            reservoir_pressure: Pressure::from_kilopascals(mechanics.gauge_kpa()),
            ambient_pressure: Pressure::from_kilopascals(conditions.ambient_kpa),
            temperature: Temperature::from_celsius(conditions.celsius),
            valve_shut: mechanics.is_valve_shut(),
            supply: Potential::from_volts(mechanics.supply.rest_volts(self.now, 0)),
        }
    }

    /// The ground truth of one drug, 0 the programmed one; `None` if there is no such drug.
    #[must_use]
    pub fn drug_truth(&self, agent: usize) -> Option<DrugTruth> {
        self.lines.get(agent)?.as_ref()?;
        let (levels, response) = (self.patient.levels(agent), self.patient.response_of(agent));
        Some(DrugTruth {
            reservoir_concentration: self.strength(agent),
            dose_from_reservoir: Mass::from_micrograms(self.mechanics.drawn().ug[agent]),
            dose_in_catheter: self.in_catheter(agent),
            dose_infused: Mass::from_micrograms(self.infused_ug[agent]),
            tip: levels.tip,
            lumbar: levels.lumbar,
            cervical: levels.cervical,
            cisterna: levels.cisterna,
            plasma: levels.plasma,
            effect: response.effect,
            toxicity: response.toxicity,
            withdrawal: response.withdrawal,
        })
    }

    /// The response to each drug alone; to the only one it is that of the patient.
    fn responses(&self, all: Response) -> [Response; AGENTS] {
        let [_, second] = &self.lines;
        match second {
            None => [all, Response::default()],
            Some(_) => [0, 1].map(|agent| self.patient.response_of(agent)),
        }
    }

    fn outlet_pressure(&self) -> Pressure {
        self.mechanics.hydraulics.excess() + Posture::RESTING
    }

    /// The true concentration of a drug in the reservoir.
    pub(crate) fn strength(&self, index: usize) -> Concentration {
        Concentration::from_ug_per_ml(self.mechanics.reservoir.ug_per_ml[index])
    }

    /// A drug between reservoir and tip.
    pub(crate) fn in_catheter(&self, index: usize) -> Mass {
        let line = self.lines[index].as_ref().map_or(Mass::ZERO, Line::drug);
        Mass::from_micrograms(self.mechanics.before_line().ug[index]) + line
    }

    /// The programmed drug in the catheter, without that in the pump's tubing.
    #[must_use]
    pub fn drug_in_catheter(&self) -> Mass {
        let [programmed, _] = &self.lines;
        programmed
            .as_ref()
            .map_or(Mass::ZERO, Line::drug_in_catheter)
    }

    /// The mass balance of the programmed drug now.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.ledger_of(0)
    }

    /// The largest error of the balances of all drugs; see [`Ledger::relative_error`].
    #[must_use]
    pub fn books_error(&self) -> f64 {
        let second = self.ledger_of(1).relative_error();
        self.ledger().relative_error().max(second)
    }

    /// The mass balance of one drug now, 0 the programmed one.
    #[must_use]
    pub fn ledger_of(&self, agent: usize) -> Ledger {
        let mechanics = &self.mechanics;
        let (content, drawn) = (mechanics.content(), mechanics.drawn());
        let body = self.patient.books(agent);
        Ledger {
            in_reservoir: Mass::from_micrograms(content.ug[agent]),
            from_reservoir: Mass::from_micrograms(drawn.ug[agent]),
            in_catheter: self.in_catheter(agent),
            decayed: Mass::from_micrograms(mechanics.decayed_ug[agent]),
            in_pocket: body.pocket + self.injected[agent],
            in_spine: body.spine,
            in_tissue: body.tissue,
            in_cisterna: body.cisterna,
            in_cranial: body.cranial,
            in_plasma: body.plasma,
            eliminated: body.eliminated,
            reservoir_volume: Volume::from_milliliters(content.ml + mechanics.gas_ml()),
            drawn_volume: Volume::from_milliliters(drawn.ml),
            waiting_volume: Volume::from_milliliters(mechanics.before_line().ml),
            pocket_volume: Volume::from_milliliters(self.pocket_ml),
            infused_volume: Volume::from_milliliters(self.infused_ml),
            ..self.books[agent]
        }
    }
}
