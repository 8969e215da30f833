//! Where the patient goes, and what a nurse truly fills: what people do to the plant itself.

use super::agenda::Act;
use super::lockstep::Lockstep;
use super::outcome::RunError;
use super::setup;
use super::story::{StayRecord, Subject, Whereabouts};
use thecal_plan::{Drive, Posture, Refill, Stay, StayPlace};
use thecal_sim::{BODY_CELSIUS, SEA_LEVEL_KPA, ambient_kpa_at};
use thecal_units::real::{Pressure, Temperature};
use thecal_units::{Concentration, SimTime, Volume, real};

/// The most pressure that a pump is labeled for, absolute. Source: pump.md 1.2: 2.0 ATA (S27).
const LABELED_KPA: f64 = 2.0 * SEA_LEVEL_KPA;

impl Lockstep<'_> {
    /// Notes that something is at work that no pump can sense.
    pub(super) fn hide(&mut self, what: &'static str) {
        if !self.hidden.contains(&what) {
            self.hidden.push(what);
        }
    }

    /// The reservoir is filled; what truly happens may not be what is entered.
    ///
    /// # Errors
    ///
    /// [`RunError::Overfilled`].
    pub(super) fn refill(&mut self, now: SimTime, refill: &Refill) -> Result<(), RunError> {
        // Exact to the picoliter: the scenario has checked that no more misses than is injected.
        let into_reservoir = refill.true_volume.saturating_sub(refill.pocket);
        let (held, drawn) = self.drawn_out(refill, into_reservoir)?;
        let leaves_old = drawn < held;
        self.plant.refill(&thecal_sim::Refill {
            withdrawn: refill.withdrawn.map(Into::into),
            volume: into_reservoir.into(),
            pocket: refill.pocket.into(),
            concentrations: [refill.true_concentration.into(), refill.true_second.into()],
        });
        self.recorder.plots.fill(refill.volume);
        let ml = |volume: Volume| format!("{:.3} mL", real::Volume::from(volume).as_milliliters());
        let strength = |of: Concentration| {
            let strength = real::Concentration::from(of).as_ug_per_ml();
            format!("{strength:.1} µg/mL")
        };
        let wrong = [
            (
                refill.concentration != refill.true_concentration,
                "wrong concentration in the reservoir",
                format!(
                    "wrong concentration filled: {} instead of {}",
                    strength(refill.true_concentration),
                    strength(refill.concentration)
                ),
            ),
            (
                refill.volume != refill.true_volume,
                "wrong volume in the reservoir",
                format!(
                    "other volume filled than entered: {} instead of {}",
                    ml(refill.true_volume),
                    ml(refill.volume)
                ),
            ),
            (
                leaves_old,
                "old drug left in the reservoir",
                format!(
                    "old drug not all drawn out before the fill: {} of {held:.3} mL",
                    ml(refill.withdrawn.unwrap_or(Volume::ZERO))
                ),
            ),
            (
                refill.pocket > Volume::ZERO,
                "drug in the tissue around the pump",
                format!(
                    "fill goes into the tissue around the pump: {} of {}",
                    ml(refill.pocket),
                    ml(refill.true_volume)
                ),
            ),
        ];
        for (is_so, hidden, note) in wrong {
            if is_so {
                self.hide(hidden);
                self.note(now, Subject::Fault, note);
            }
        }
        Ok(())
    }

    /// What the reservoir held and what is drawn out of it, where what is filled in fits then.
    /// Unit: mL.
    fn drawn_out(&self, refill: &Refill, filled: Volume) -> Result<(f64, f64), RunError> {
        let held = self.plant.truth().reservoir.as_milliliters();
        let drawn = refill
            .withdrawn
            .map_or(held, |drawn| real::Volume::from(drawn).as_milliliters());
        let filled_ml = (held - drawn).max(0.0) + real::Volume::from(filled).as_milliliters();
        let capacity_ml = setup::plant_config(self.scenario).pump.capacity_ml;
        if filled_ml > capacity_ml {
            return Err(RunError::Overfilled {
                filled_ml,
                capacity_ml,
            });
        }
        Ok((held, drawn))
    }

    /// The patient goes somewhere.
    pub(super) fn go(&mut self, now: SimTime, stay: &Stay) {
        match stay.place {
            StayPlace::Scanner { .. } => {
                if self.scenario.pump.drive == Drive::ValveGated {
                    self.hide("valves that a field holds open");
                }
                self.plant.enter_field();
            }
            StayPlace::Magnet => self.plant.set_magnet(true),
            StayPlace::Flight { altitude } => {
                let cabin = Pressure::from_kilopascals(ambient_kpa_at(altitude));
                self.plant.set_ambient(cabin, stay.way);
            }
            StayPlace::Dive { pressure } => {
                if pressure.as_kilopascals() > LABELED_KPA {
                    self.hide("a dive deeper than pumps are made for");
                }
                self.plant.set_ambient(pressure, stay.way);
            }
            StayPlace::Fever { temperature } => self.plant.set_temperature(temperature, stay.way),
        }
        self.note(now, Subject::Place, format!("{} begins", stay.words()));
        self.agenda
            .add(stay.leaves(now), Act::StayOff(self.stays.len()));
        self.stays.push(StayRecord {
            whereabouts: Whereabouts::Stay(*stay),
            from: now,
            until: None,
        });
    }

    /// The patient comes back from there.
    pub(super) fn leave(&mut self, now: SimTime, index: usize) {
        let Some(record) = self.stays.get_mut(index) else {
            return;
        };
        let Whereabouts::Stay(stay) = record.whereabouts else {
            return;
        };
        record.until = Some(now + stay.way);
        match stay.place {
            StayPlace::Scanner { recovery } => self.plant.leave_field(recovery),
            StayPlace::Magnet => self.plant.set_magnet(false),
            StayPlace::Flight { .. } | StayPlace::Dive { .. } => {
                let ground = Pressure::from_kilopascals(SEA_LEVEL_KPA);
                self.plant.set_ambient(ground, stay.way);
            }
            StayPlace::Fever { .. } => {
                let healthy = Temperature::from_celsius(BODY_CELSIUS);
                self.plant.set_temperature(healthy, stay.way);
            }
        }
        self.note(now, Subject::Place, format!("{} ends", stay.words()));
    }

    /// The patient lies, sits or stands from now on.
    pub(super) fn hold(&mut self, now: SimTime, posture: Posture) {
        self.plant.set_posture(posture);
        for record in &mut self.stays {
            if matches!(record.whereabouts, Whereabouts::Posture(_)) && record.until.is_none() {
                record.until = Some(now);
            }
        }
        let does = match posture {
            Posture::Lying => "lies down",
            Posture::Sitting => "sits up",
            Posture::Standing => "stands up",
        };
        self.note(now, Subject::Patient, does.into());
        if posture != Posture::Lying {
            self.stays.push(StayRecord {
                whereabouts: Whereabouts::Posture(posture),
                from: now,
                until: None,
            });
        }
    }
}
