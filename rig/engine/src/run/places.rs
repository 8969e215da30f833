//! Stays, postures and refills: what people do to the plant directly.

use super::agenda::Act;
use super::history::{Subject, Whereabouts};
use super::outcome::RunError;
use super::setup;
use super::state::Run;
use thecal_plan::{Drive, Posture, Refill, Stay, StayPlace};
use thecal_sim::{BODY_CELSIUS, SEA_LEVEL_KPA, ambient_kpa_at};
use thecal_units::real::{Pressure, Temperature};
use thecal_units::{Concentration, Millis, SimTime, Volume, real};

/// Highest absolute pressure that a pump is labeled for. Source: pump.md 1.2: 2.0 ATA (S27).
const LABELED_KPA: f64 = 2.0 * SEA_LEVEL_KPA;

/// The hidden fault of a fill of another concentration.
pub(super) const WRONG_CONCENTRATION: &str = "wrong concentration in the reservoir";

/// The event of such a fill.
pub(super) fn wrong_concentration(filled: Concentration, entered: Concentration) -> String {
    let strength = |of: Concentration| {
        let strength = real::Concentration::from(of).as_ug_per_ml();
        format!("{strength:.1} µg/mL")
    };
    let (filled, entered) = (strength(filled), strength(entered));
    format!("reservoir filled with {filled} instead of {entered}")
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

impl Run {
    /// Fills the reservoir; what is truly filled may differ from what is entered. Returns what the
    /// syringe shows to have been drawn out before.
    ///
    /// # Errors
    ///
    /// [`RunError::Overfilled`].
    pub(super) fn refill(&mut self, now: SimTime, refill: &Refill) -> Result<Volume, RunError> {
        // Exact to the picoliter: the scenario was checked not to put more beside the reservoir
        // than is injected.
        let into_reservoir = refill.true_volume.saturating_sub(refill.pocket);
        let (held, drawn) = self.drawn_out(refill, into_reservoir)?;
        let leaves_old = drawn < held;
        self.entered.drawn(now, &self.recorder, held);
        self.plant.refill(&thecal_sim::Refill {
            withdrawn: refill.withdrawn.map(Into::into),
            volume: into_reservoir.into(),
            pocket: refill.pocket.into(),
            concentrations: [refill.true_concentration.into(), refill.true_second.into()],
        });
        self.recorder.plots.fill(refill.volume);
        let ml = |volume: Volume| format!("{:.3} mL", real::Volume::from(volume).as_milliliters());
        let wrong = [
            (
                refill.concentration != refill.true_concentration,
                WRONG_CONCENTRATION,
                wrong_concentration(refill.true_concentration, refill.concentration),
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
                leaves_old,
                "old drug left in the reservoir",
                format!(
                    "old drug only partly withdrawn before the fill: {} of {held:.3} mL",
                    ml(refill.withdrawn.unwrap_or(Volume::ZERO))
                ),
            ),
            (
                refill.pocket > Volume::ZERO,
                "drug in the pocket around the pump",
                format!(
                    "{} of {} injected into the pocket instead of the reservoir",
                    ml(refill.pocket),
                    ml(refill.true_volume)
                ),
            ),
        ];
        for (is_so, hidden, note) in wrong {
            if is_so {
                self.events.hide(hidden);
                self.events.note(now, Subject::Fault, note);
            }
        }
        Ok(in_the_syringe(drawn.min(held)))
    }

    /// The volume the reservoir held and the volume withdrawn; checks that the new fill fits. Unit:
    /// mL.
    fn drawn_out(&self, refill: &Refill, filled: Volume) -> Result<(f64, f64), RunError> {
        let held = self.plant.truth().reservoir.as_milliliters();
        let drawn = refill
            .withdrawn
            .map_or(held, |drawn| real::Volume::from(drawn).as_milliliters());
        let filled_ml = (held - drawn).max(0.0) + real::Volume::from(filled).as_milliliters();
        let capacity_ml = setup::plant_config(&self.scenario).pump.capacity_ml;
        if filled_ml > capacity_ml {
            return Err(RunError::Overfilled {
                filled_ml,
                capacity_ml,
            });
        }
        Ok((held, drawn))
    }

    /// Begins a stay.
    pub(super) fn go(&mut self, now: SimTime, stay: &Stay) {
        match stay.place {
            StayPlace::Scanner { .. } => {
                if self.scenario.pump.drive == Drive::ValveGated {
                    self.events.hide("valves held open by a magnetic field");
                }
                self.plant.enter_field();
            }
            StayPlace::Magnet { stalls: false } => self.plant.set_magnet(true),
            StayPlace::Magnet { stalls: true } => self.plant.enter_field(),
            StayPlace::Flight { altitude } => {
                let cabin = Pressure::from_kilopascals(ambient_kpa_at(altitude));
                self.plant.set_ambient(cabin, stay.way);
            }
            StayPlace::Dive { pressure } => {
                if pressure.as_kilopascals() > LABELED_KPA {
                    self.events.hide("a dive deeper than the labeled limit");
                }
                self.plant.set_ambient(pressure, stay.way);
            }
            StayPlace::Fever { temperature } => self.plant.set_temperature(temperature, stay.way),
        }
        self.events
            .note(now, Subject::Place, format!("{} begins", stay.words()));
        let index = self.stays.begin(now, Whereabouts::Stay(*stay));
        self.agenda.add(stay.leaves(now), Act::StayOff(index));
    }

    /// Ends a stay.
    pub(super) fn leave(&mut self, now: SimTime, index: usize) -> Result<(), RunError> {
        let stay = self.stays.end(now, index)?;
        match stay.place {
            StayPlace::Scanner { recovery } => self.plant.leave_field(recovery),
            StayPlace::Magnet { stalls: false } => self.plant.set_magnet(false),
            StayPlace::Magnet { stalls: true } => self.plant.leave_field(Millis::ZERO),
            StayPlace::Flight { .. } | StayPlace::Dive { .. } => {
                let ground = Pressure::from_kilopascals(SEA_LEVEL_KPA);
                self.plant.set_ambient(ground, stay.way);
            }
            StayPlace::Fever { .. } => {
                let healthy = Temperature::from_celsius(BODY_CELSIUS);
                self.plant.set_temperature(healthy, stay.way);
            }
        }
        let what = format!("{} ends", stay.words());
        self.events.note(now, Subject::Place, what);
        Ok(())
    }

    /// Changes the patient's posture.
    pub(super) fn hold(&mut self, now: SimTime, posture: Posture) {
        self.plant.set_posture(posture);
        self.stays.end_posture(now);
        let does = match posture {
            Posture::Lying => "lies down",
            Posture::Sitting => "sits up",
            Posture::Standing => "stands up",
        };
        self.events.note(now, Subject::Patient, does);
        if posture != Posture::Lying {
            self.stays.begin(now, Whereabouts::Posture(posture));
        }
    }
}
