//! What people do with a syringe: refills, work at reservoir, access port and spine, and which of it is
//! hidden from the pump.
//!
//! A refill is entered as the scenario says, whatever really went in. Work that is not a refill is not
//! entered at all.

use super::history::{CommandRecord, Subject};
use super::outcome::RunError;
use super::state::Run;
use std::borrow::Cow;
use thecal_plan::number::format_value;
use thecal_plan::{Dimension, LumbarInjection, Refill, Request, SyringeWork};
use thecal_sim::{Injection, PlantFault, PortAccess, PortFlow};
use thecal_units::{Concentration, SimTime, Volume, real};

/// The hidden fault of a fill of another concentration.
pub(super) const WRONG_CONCENTRATION: &str = "wrong concentration in the reservoir";

/// By how much that in the reservoir may be off, where old drug was mixed in: as reports show it.
const SAME_CONCENTRATION: f64 = 0.005;

/// What of its full content a catheter may hold and still be called empty. Source: ours; aspiration leaves
/// less than a thousandth, a connector that leaks as little.
const EMPTY_CATHETER: f64 = 0.05;

/// The event of such a fill: which of the two is the mistake nobody says.
pub(super) fn wrong_concentration(filled: Concentration, entered: Concentration) -> String {
    let (filled, entered) = (strength(filled), strength(entered));
    format!("reservoir filled with {filled}, entered as {entered}")
}

/// The event of a fill whose entry the pump did not take: the drug is in the reservoir all the same.
fn not_entered(filled: Concentration, believed: Concentration, entry: &CommandRecord) -> String {
    let entered = match entry.request {
        Request::Refill { concentration, .. } => format!(" of {}", strength(concentration)),
        _ => String::new(),
    };
    let (filled, believed) = (strength(filled), strength(believed));
    let (became, counts) = match entry.answer {
        Some(_) => ("refused", "still counts"),
        None => ("not answered", "may still count"),
    };
    format!(
        "reservoir filled with {filled}; entry{entered} {became}; the pump {counts} on {believed}"
    )
}

fn strength(of: Concentration) -> String {
    let ug_per_ml = real::Concentration::from(of).as_ug_per_ml();
    format_value(ug_per_ml, Dimension::Concentration)
}

/// What a nurse reads off the syringe: to a tenth of a milliliter, the graduation of one of 20 mL.
fn in_the_syringe(drawn_ml: f64) -> Volume {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative, and at most the reservoir's capacity; a cast saturates"
    )]
    let tenths = (drawn_ml * 10.0).round() as u64;
    Volume::from_nanoliters(tenths.saturating_mul(100_000))
}

fn ml(volume: impl Into<real::Volume>) -> String {
    format_value(volume.into().as_milliliters(), Dimension::Volume)
}

fn partly_withdrawn(withdrawn: Volume, held_ml: f64) -> String {
    let held = ml(real::Volume::from_milliliters(held_ml));
    format!(
        "old drug only partly withdrawn before the fill: {} of {held}",
        ml(withdrawn)
    )
}

impl Run {
    /// Fills the reservoir; what is truly filled may differ from what is entered. Returns what the
    /// syringe shows to have been drawn out before; `None`: no needle reached the septum, and the nurse
    /// enters nothing.
    ///
    /// # Errors
    ///
    /// [`RunError::Overfilled`].
    pub(super) fn refill(
        &mut self,
        now: SimTime,
        refill: &Refill,
    ) -> Result<Option<Volume>, RunError> {
        if !self.reaches_septum(now) {
            return Ok(None);
        }
        // Exact to the picoliter: the scenario was checked not to put more beside the reservoir
        // than is injected.
        let beside = refill.pocket.saturating_add(refill.catheter_port);
        let meant = refill.true_volume.saturating_sub(beside);
        let held = self.plant.truth().reservoir.as_milliliters();
        let drawn = refill
            .withdrawn
            .map_or(held, |drawn| real::Volume::from(drawn).as_milliliters());
        let filled = self.fits(now, (held - drawn).max(0.0), meant)?;
        self.entered.drawn(now, &self.recorder, held);
        let strengths = match refill.true_drug {
            None => [refill.true_concentration, refill.true_second],
            Some(_) => [Concentration::ZERO, refill.true_concentration],
        };
        let concentrations = strengths.map(Into::into);
        self.plant.refill(&thecal_sim::Refill {
            withdrawn: refill.withdrawn.map(Into::into),
            volume: filled,
            pocket: refill.pocket.into(),
            concentrations,
        });
        if refill.catheter_port > Volume::ZERO {
            let flow = self.plant.access_port(&PortAccess {
                aspirated: real::Volume::ZERO,
                injected: refill.catheter_port.into(),
                concentrations,
            });
            self.count_port(&flow);
        }
        self.note_hidden(now, refill, (held, drawn));
        self.filled = Some(refill.true_concentration);
        Ok(Some(in_the_syringe(drawn.min(held))))
    }

    /// Notes what differs from what is entered, and that the pump cannot know.
    fn note_hidden(&mut self, now: SimTime, refill: &Refill, (held, drawn): (f64, f64)) {
        let injected =
            |volume: Volume, to: &str| format!("{} of {} {to}", ml(volume), ml(refill.true_volume));
        let other = refill.true_drug.map_or("", |drug| drug.name());
        let filled = strength(refill.true_concentration);
        let second = self
            .scenario
            .pump
            .second
            .filter(|_| refill.true_drug.is_none());
        let second = second.filter(|second| second.concentration != refill.true_second);
        let second_text = second.map_or(String::new(), |second| {
            let (is, planned) = (strength(refill.true_second), strength(second.concentration));
            format!(
                "reservoir filled with {} of {is} instead of {planned}",
                second.drug.name()
            )
        });
        let wrong: [(bool, &'static str, String); 6] = [
            (
                refill.true_drug.is_some(),
                "another drug in the reservoir",
                format!(
                    "reservoir filled with {other} of {filled} instead of {}",
                    self.scenario.pump.drug.name()
                ),
            ),
            (
                second.is_some(),
                "wrong concentration of the second drug in the reservoir",
                second_text,
            ),
            (
                refill.volume != refill.true_volume,
                "wrong volume in the reservoir",
                format!(
                    "reservoir filled with {} instead of {}",
                    ml(refill.true_volume),
                    ml(refill.volume)
                ),
            ),
            (
                drawn < held,
                "old drug left in the reservoir",
                partly_withdrawn(refill.withdrawn.unwrap_or(Volume::ZERO), held),
            ),
            (
                refill.pocket > Volume::ZERO,
                "drug in the pocket around the pump",
                injected(
                    refill.pocket,
                    "injected into the pocket instead of the reservoir",
                ),
            ),
            (
                refill.catheter_port > Volume::ZERO,
                "drug injected at the catheter's access port",
                injected(
                    refill.catheter_port,
                    "injected at the catheter's access port instead of the reservoir",
                ),
            ),
        ];
        for (is_so, hidden, note) in wrong {
            if is_so {
                self.hide(now, hidden, note);
            }
        }
    }

    /// The pump has answered the entry of the last fill, or not: whether it believes another
    /// concentration than was filled. An entry that it refuses changes nothing of what it `believed`.
    pub(super) fn compare_fill(&mut self, entry: &CommandRecord, believed: Concentration) {
        let Some(filled) = self.filled.take() else {
            return;
        };
        let (believes, note) = if entry.obeyed() {
            let entered = self.people.programmed_concentration();
            (entered, wrong_concentration(filled, entered))
        } else {
            (believed, not_entered(filled, believed, entry))
        };
        if filled != believes {
            self.hide(self.plant.now(), WRONG_CONCENTRATION, note);
        }
    }

    /// The pump was programmed for another concentration than before: whether that in the reservoir is
    /// another. What else can make it another has a name of its own.
    pub(super) fn compare_programmed(&mut self, entered: Concentration) {
        let held = super::entered::held(&self.plant, self.scenario.pump.second);
        let entered_ug_per_ml = real::Concentration::from(entered).as_ug_per_ml();
        if (held - entered_ug_per_ml).abs() > SAME_CONCENTRATION * held {
            let held = format_value(held, Dimension::Concentration);
            let note = format!(
                "programmed for {}, the reservoir holds {held}",
                strength(entered)
            );
            self.hide(
                self.plant.now(),
                "concentration differs from the entry",
                note,
            );
        }
    }

    /// A prime begins: whether the catheter holds drug, which it pushes out at once.
    pub(super) fn compare_prime(&mut self) {
        let drug = self.plant.drug_in_catheter();
        let full_ml = self.config.catheter.ml_per_cm * self.config.catheter.length_cm;
        let full = full_ml * self.plant.truth().reservoir_concentration.as_ug_per_ml();
        if drug.as_micrograms() > EMPTY_CATHETER * full {
            let drug = format_value(drug.as_micrograms(), Dimension::Mass);
            let name = self.scenario.pump.drug.name();
            let note = format!("the prime pushes {drug} of {name} out of the catheter");
            self.hide(self.plant.now(), "prime of a catheter that held drug", note);
        }
    }

    fn hide(&mut self, now: SimTime, hidden: impl Into<Cow<'static, str>>, note: String) {
        self.hide_by(Subject::Fault, now, hidden, note);
    }

    fn hide_by(
        &mut self,
        who: Subject,
        now: SimTime,
        hidden: impl Into<Cow<'static, str>>,
        note: String,
    ) {
        self.events.hide(hidden);
        self.events.note(now, who, note);
    }

    /// Whether a needle reaches the septum; notes it if not.
    fn reaches_septum(&mut self, now: SimTime) -> bool {
        if !self.plant.has_fault(PlantFault::SeptumOutOfReach) {
            return true;
        }
        self.plant.miss_septum();
        let what = "no needle reaches the septum: nothing drawn, filled or entered";
        self.events.note(now, Subject::Fault, what.to_owned());
        false
    }

    /// What of `meant` goes into a reservoir that holds `left_ml`: all of it, unless the reservoir has
    /// lost capacity.
    fn fits(
        &mut self,
        now: SimTime,
        left_ml: f64,
        meant: Volume,
    ) -> Result<real::Volume, RunError> {
        let meant = real::Volume::from(meant);
        let capacity_ml = self.plant.capacity().as_milliliters();
        let filled_ml = left_ml + meant.as_milliliters();
        if filled_ml <= capacity_ml {
            return Ok(meant);
        }
        if !self.plant.has_fault(PlantFault::CapacityLoss) {
            return Err(RunError::Overfilled {
                filled_ml,
                capacity_ml,
            });
        }
        let room = real::Volume::from_milliliters((capacity_ml - left_ml).max(0.0));
        let note = format!("the reservoir takes only {} of {}", ml(room), ml(meant));
        self.hide(now, "wrong volume in the reservoir", note);
        Ok(room)
    }

    fn count_port(&mut self, flow: &PortFlow) {
        let [aspirated_ml, injected_ml] = &mut self.recorder.port_ml;
        *aspirated_ml += flow.aspirated.as_milliliters();
        *injected_ml += flow.injected.as_milliliters();
    }

    /// Somebody works at the catheter's access port.
    pub(super) fn access_port(&mut self, now: SimTime, work: &SyringeWork) {
        let flow = self.plant.access_port(&PortAccess {
            aspirated: work.drawn.unwrap_or(Volume::ZERO).into(),
            injected: work.put_in.into(),
            concentrations: [work.concentration.into(), work.second.into()],
        });
        self.count_port(&flow);
        let drawn = format_value(flow.drawn[0].as_micrograms(), Dimension::Mass);
        let drug = self.scenario.pump.drug.name();
        let parts = [
            (
                work.drawn,
                format!("{} aspirated with {drawn} of {drug}", ml(flow.aspirated)),
            ),
            (
                Some(work.put_in),
                match flow
                    .injected
                    .dose(work.concentration.into())
                    .as_micrograms()
                {
                    dose if dose > 0.0 => {
                        let dose = format_value(dose, Dimension::Mass);
                        format!("{} injected with {dose} of {drug}", ml(flow.injected))
                    }
                    _ => format!("{} injected", ml(flow.injected)),
                },
            ),
        ];
        let done = parts
            .into_iter()
            .filter(|(asked, _)| *asked > Some(Volume::ZERO));
        let done: Vec<String> = done.map(|(_, what)| what).collect();
        let note = format!("catheter access port: {}", done.join(", "));
        self.hide_by(
            Subject::Clinician,
            now,
            "work at the catheter's access port",
            note,
        );
    }

    /// Somebody gives a dose by lumbar puncture.
    pub(super) fn inject(&mut self, now: SimTime, injection: &LumbarInjection) {
        self.plant.inject_by_hand(&Injection {
            at: Some(self.plant.position_of(injection.level)),
            volume: injection.volume.into(),
            over: injection.over,
            concentrations: [injection.concentration.into(), injection.second.into()],
            baricity: injection.baricity.ratio(),
        });
        let strength: real::Concentration = injection.concentration.into();
        let volume = real::Volume::from(injection.volume);
        let dose = volume.dose(strength);
        let note = format!(
            "lumbar injection at {}: {} of {} in {}",
            injection.level.name(),
            format_value(dose.as_micrograms(), Dimension::Mass),
            self.scenario.pump.drug.name(),
            ml(volume),
        );
        self.hide_by(Subject::Clinician, now, "dose by lumbar puncture", note);
    }

    /// Somebody draws from the reservoir or fills it; the pump is not told.
    ///
    /// # Errors
    ///
    /// [`RunError::Overfilled`].
    pub(super) fn access_reservoir(
        &mut self,
        now: SimTime,
        work: &SyringeWork,
    ) -> Result<(), RunError> {
        if !self.reaches_septum(now) {
            return Ok(());
        }
        let held = self.plant.truth().reservoir;
        let drawn = work.drawn.map_or(held, |drawn| held.min(drawn.into()));
        let left_ml = held.saturating_sub(drawn).as_milliliters();
        let filled = self.fits(now, left_ml, work.put_in)?;
        self.plant.refill(&thecal_sim::Refill {
            withdrawn: Some(drawn),
            volume: filled,
            pocket: real::Volume::ZERO,
            concentrations: [work.concentration.into(), work.second.into()],
        });
        let note = format!(
            "reservoir: {} withdrawn and {} filled, not entered",
            ml(drawn),
            ml(filled)
        );
        self.hide(now, "reservoir changed without an entry", note);
        Ok(())
    }
}
