//! What was entered into the pump beside what was true, at each programming, refill, prime and bridge.
//!
//! The pump believes what a person enters: no pump can see a concentration, a catheter's length or
//! what really went into the reservoir. Most public incidents of programming and refilling are one
//! of these figures being another than the truth.

use super::recorder::Recorder;
use thecal_plan::{Basal, Change, Dimension, Infusion, Request, SecondDrug, Therapy, WEEK};
use thecal_sim::{Drug, Plant, PlantConfig};
use thecal_units::{Concentration, Millis, SimTime, Volume, real};

/// Volume of the tubing inside the pump. Source: pump.md 1.1 (S14).
pub(super) const TUBING: Volume = Volume::from_nanoliters(140_000);

/// The act of what is drawn from the reservoir, until the pump has answered the entry of its fill.
const DRAWN: &str = "refill";

/// The name of an entry that was not obeyed. A therapy may be refused where it is sent within a session, or
/// where that is closed.
pub(super) const fn name_of_not_obeyed(request: &Request, answered: bool) -> Option<&'static str> {
    if let Request::Stage(_) = request {
        return if answered {
            Some("program (refused)")
        } else {
            None
        };
    }
    match (request.row().change, answered) {
        (Change::Fill { .. }, true) => Some("refill (refused)"),
        (Change::Fill { .. }, false) => Some("refill (not answered, may be entered)"),
        (Change::Therapy(_) | Change::Staged, true) => Some("program (refused)"),
        (Change::Therapy(_) | Change::Staged, false) => {
            Some("program (not answered, may be in force)")
        }
        (
            Change::Nothing
            | Change::Running(_)
            | Change::ClinicianBolus { .. }
            | Change::Priming
            | Change::CatheterOpen,
            _,
        ) => None,
    }
}

/// A figure that was entered, and the true one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entered {
    /// When.
    pub at: SimTime,
    /// At which act: the name of the request.
    pub act: &'static str,
    /// What it is.
    pub what: &'static str,
    /// As entered or counted, in the base unit of the dimension.
    pub entered: f64,
    /// As it was.
    pub truth: f64,
    /// The drug that was truly there, where it is another than the programmed one.
    pub true_drug: Option<Drug>,
    /// What the figures mean.
    pub dimension: Dimension,
}

/// What was programmed, or refused to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Programmed {
    /// When.
    pub at: SimTime,
    /// At which act, as in [`Entered::act`].
    pub act: &'static str,
    /// What was asked.
    pub therapy: Therapy,
    /// What was in force before; `None`: nothing was.
    pub before: Option<Therapy>,
}

/// The figures of a run so far.
#[derive(Clone, Debug, Default)]
pub(super) struct EnteredFigures {
    figures: Vec<Entered>,
    programs: Vec<Programmed>,
}

impl EnteredFigures {
    pub(super) fn into_parts(self) -> (Vec<Entered>, Vec<Programmed>) {
        (self.figures, self.programs)
    }

    /// The reservoir is emptied: what is left of the entered volume by the steps since, and what it held. What
    /// the pump itself counts may be less: one that lost its records counts nothing.
    pub(super) fn drawn(&mut self, at: SimTime, recorder: &Recorder, held_ml: f64) {
        let counted = recorder.shown.counted_ml;
        self.add(
            at,
            DRAWN,
            "reservoir before (entered less steps)",
            (counted, held_ml),
            Dimension::Volume,
        );
    }

    /// What was drawn before a fill belongs to the same act, whatever became of its entry.
    fn drawn_for(&mut self, at: SimTime, act: &'static str) {
        for figure in self
            .figures
            .iter_mut()
            .rev()
            .take_while(|figure| figure.at == at)
        {
            if figure.act == DRAWN {
                figure.act = act;
            }
        }
    }

    /// An entry that the pump refused or did not answer: what was to be entered, under its own name,
    /// and after a refusal what the pump still goes by.
    pub(super) fn not_obeyed(
        &mut self,
        at: SimTime,
        (act, change, answered): (&'static str, Change, bool),
        (meant, in_force): (&Therapy, Option<&Therapy>),
        (filled, counted_ml): (Option<Volume>, f64),
        (plant, second): (&Plant, Option<SecondDrug>),
    ) {
        if filled.is_some() {
            self.drawn_for(at, act);
        }
        let truth = Held::of(plant, second);
        let held_ml = plant.truth().reservoir.as_milliliters();
        if let Some(volume) = filled {
            let figures = (ml(volume), held_ml);
            self.add(at, act, "reservoir after", figures, Dimension::Volume);
        }
        self.concentration(at, (act, "concentration"), meant.concentration, &truth);
        if !matches!(change, Change::Fill { .. }) {
            self.dose(at, act, meant, &truth);
            self.program(at, act, (meant, in_force));
        }
        if let Some(in_force) = in_force.filter(|_| answered && filled.is_some()) {
            let (what, figures) = ("reservoir still counted", (counted_ml, held_ml));
            self.add(at, act, what, figures, Dimension::Volume);
            let what = "concentration still in force";
            self.concentration(at, (act, what), in_force.concentration, &truth);
        }
    }

    /// A command was obeyed that changed what the pump believes.
    pub(super) fn obeyed(
        &mut self,
        at: SimTime,
        (act, change): (&'static str, Change),
        (therapy, before): (&Therapy, Option<&Therapy>),
        (filled, priming): (Option<Volume>, Volume),
        (plant, config, second): (&Plant, &PlantConfig, Option<SecondDrug>),
    ) {
        let truth = Held::of(plant, second);
        match change {
            Change::Therapy(_) | Change::Staged => {
                self.concentration(at, (act, "concentration"), therapy.concentration, &truth);
                self.line(at, act, therapy, config);
                self.dose(at, act, therapy, &truth);
                self.program(at, act, (therapy, before));
            }
            Change::Fill { bridge, .. } => {
                self.drawn_for(at, act);
                if let Some(volume) = filled {
                    let figures = (ml(volume), plant.truth().reservoir.as_milliliters());
                    self.add(at, act, "reservoir after", figures, Dimension::Volume);
                }
                self.concentration(at, (act, "concentration"), therapy.concentration, &truth);
                self.second(at, act, plant, second);
                if let Some(before) = before.filter(|_| bridge) {
                    self.bridge(at, act, (therapy, before.concentration), config);
                }
            }
            Change::Priming => self.prime(at, act, (therapy, priming), (plant, config)),
            // Whatever was done, the pump will fill the catheter as one that holds no drug.
            Change::CatheterOpen => {
                let figures = (0.0, plant.drug_in_catheter().as_micrograms());
                self.add(
                    at,
                    act,
                    "drug left in the catheter",
                    figures,
                    Dimension::Mass,
                );
            }
            Change::Running(_) | Change::ClinicianBolus { .. } | Change::Nothing => {}
        }
    }

    /// A bridge bolus: the old drug that it moves beside what tubing and catheter hold; nothing where the same
    /// drug is filled once more.
    fn bridge(
        &mut self,
        at: SimTime,
        act: &'static str,
        (therapy, old): (&Therapy, Concentration),
        config: &PlantConfig,
    ) {
        if old == therapy.concentration {
            return;
        }
        let truth_ml =
            config.pump.tubing_ml + config.catheter.ml_per_cm * config.catheter.length_cm;
        let figures = (ml(TUBING.saturating_add(therapy.catheter)), truth_ml);
        self.add(at, act, "old drug to bridge", figures, Dimension::Volume);
        let strength = real::Concentration::from(old).as_ug_per_ml();
        let (what, figures) = ("its concentration", (strength, strength));
        self.add(at, act, what, figures, Dimension::Concentration);
    }

    fn program(&mut self, at: SimTime, act: &'static str, of: (&Therapy, Option<&Therapy>)) {
        let (therapy, before) = (*of.0, of.1.copied());
        self.programs.push(Programmed {
            at,
            act,
            therapy,
            before,
        });
    }

    /// A prime: what it moves beside what there is to fill, and the drug that it pushes out, of which the
    /// pump supposes none.
    fn prime(
        &mut self,
        at: SimTime,
        act: &'static str,
        (therapy, priming): (&Therapy, Volume),
        (plant, config): (&Plant, &PlantConfig),
    ) {
        let catheter_ml = config.catheter.ml_per_cm * config.catheter.length_cm;
        let (to_fill_ml, what, before) = if priming > therapy.catheter {
            let what = "drug in tubing and catheter before";
            let whole_ml = config.pump.tubing_ml + catheter_ml;
            (whole_ml, what, plant.truth().dose_in_catheter)
        } else {
            let what = "drug in the catheter before";
            (catheter_ml, what, plant.drug_in_catheter())
        };
        let figures = (ml(priming), to_fill_ml);
        self.add(at, act, "volume to fill", figures, Dimension::Volume);
        let figures = (0.0, before.as_micrograms());
        self.add(at, act, what, figures, Dimension::Mass);
    }

    fn concentration(
        &mut self,
        at: SimTime,
        (act, what): (&'static str, &'static str),
        entered: Concentration,
        truth: &Held,
    ) {
        let entered = real::Concentration::from(entered).as_ug_per_ml();
        let figures = (entered, truth.ug_per_ml);
        self.add(at, act, what, figures, Dimension::Concentration);
        self.of_drug(truth);
    }

    /// The second drug: its concentration at the start is that of the label.
    fn second(
        &mut self,
        at: SimTime,
        act: &'static str,
        plant: &Plant,
        second: Option<SecondDrug>,
    ) {
        let labelled = second.filter(|second| second.concentration != Concentration::ZERO);
        if let Some((second, truth)) = labelled.zip(plant.drug_truth(1)) {
            let label = real::Concentration::from(second.concentration).as_ug_per_ml();
            let figures = (label, truth.reservoir_concentration.as_ug_per_ml());
            let name = second.drug.name();
            self.add(at, act, name, figures, Dimension::Concentration);
        }
    }

    /// The volume of the catheter.
    fn line(&mut self, at: SimTime, act: &'static str, therapy: &Therapy, config: &PlantConfig) {
        let truth = config.catheter.ml_per_cm * config.catheter.length_cm;
        let figures = (ml(therapy.catheter), truth);
        self.add(at, act, "catheter", figures, Dimension::Volume);
    }

    /// The dose of a day; of a schedule that of a week over seven.
    fn dose(&mut self, at: SimTime, act: &'static str, therapy: &Therapy, truth: &Held) {
        let of_a_week = || {
            let basal = Basal::of(therapy, Millis::ZERO, Millis::ZERO);
            basal.dose_ug(SimTime::ZERO, SimTime::ZERO + WEEK) / 7.0
        };
        let (what, per_day) = match therapy.infusion {
            Infusion::Simple(dose) => ("daily dose", f64::from(dose.as_ng_per_day()) * 1e-3),
            Infusion::MinimumRate => ("daily dose at the minimum rate", of_a_week()),
            Infusion::Flex(_) => ("mean daily dose of the schedule", of_a_week()),
        };
        let entered = real::Concentration::from(therapy.concentration).as_ug_per_ml();
        let figures = (per_day, per_day * truth.ug_per_ml / entered);
        self.add(at, act, what, figures, Dimension::Mass);
        self.of_drug(truth);
    }

    /// The last figure is of this drug.
    fn of_drug(&mut self, truth: &Held) {
        if let Some(last) = self.figures.last_mut() {
            last.true_drug = truth.instead;
        }
    }

    fn add(
        &mut self,
        at: SimTime,
        act: &'static str,
        what: &'static str,
        (entered, truth): (f64, f64),
        dimension: Dimension,
    ) {
        self.figures.push(Entered {
            at,
            act,
            what,
            entered,
            truth,
            true_drug: None,
            dimension,
        });
    }
}

/// What the reservoir holds of the drug that the entered concentration is of. Unit: ug/mL.
pub(super) fn held(plant: &Plant, second: Option<SecondDrug>) -> f64 {
    Held::of(plant, second).ug_per_ml
}

/// The drug in the reservoir that the entered concentration is of, or the other one of a mix-up.
struct Held {
    ug_per_ml: f64,
    instead: Option<Drug>,
}

impl Held {
    /// The second drug of a scenario is one of a mix-up where the first fill has none of it.
    fn of(plant: &Plant, second: Option<SecondDrug>) -> Self {
        let meant = plant.truth().reservoir_concentration.as_ug_per_ml();
        let other = second.filter(|second| second.concentration == Concentration::ZERO);
        let other = other.and_then(|second| {
            let held = plant.drug_truth(1)?.reservoir_concentration.as_ug_per_ml();
            (held > meant).then_some((held, second.drug))
        });
        Self {
            ug_per_ml: other.map_or(meant, |(held, _)| held),
            instead: other.map(|(_, drug)| drug),
        }
    }
}

fn ml(volume: Volume) -> f64 {
    real::Volume::from(volume).as_milliliters()
}
