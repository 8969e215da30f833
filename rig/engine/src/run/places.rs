//! Stays and postures: where the patient is, and what that does to the plant.

use super::agenda::Act;
use super::history::{Subject, Whereabouts};
use super::hooks::Attached;
use super::outcome::RunError;
use super::state::Run;
use thecal_plan::{Drive, Posture, Stay, StayPlace};
use thecal_sim::{BODY_CELSIUS, SEA_LEVEL_KPA, ambient_kpa_at};
use thecal_units::real::{Pressure, Temperature};
use thecal_units::{Millis, SimTime};

/// Highest absolute pressure that a pump is labeled for. Source: pump.md 1.2: 2.0 ATA (S27).
const LABELED_KPA: f64 = 2.0 * SEA_LEVEL_KPA;

impl Run {
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
    pub(super) fn hold(
        &mut self,
        now: SimTime,
        posture: Posture,
        attached: &mut Attached<'_>,
    ) -> Result<(), RunError> {
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
        self.posture_taken(now, attached)
    }
}
