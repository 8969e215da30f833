//! What the patient is entitled to by what the pump accepted: fed to the plant's reference patient.
//!
//! The continuous dose of the therapy in force while the pump was told to run, clinicians' boluses,
//! and each patient bolus that was asked for and that the prescription grants: the lockout is over,
//! the daily maximum is not reached, no dose limit would be exceeded. Each is given over its time.
//! Whether the pump did so does not matter; it is what the run is compared with.

use super::history::{CommandRecord, Prescribed};
use crate::programmer::Sender;
use std::collections::{BTreeMap, VecDeque};
use thecal_plan::{Basal, BasalPlace, Change, DuringBolus, PatientBolus, Pump, Request};
use thecal_sim::Plant;
use thecal_units::{Mass, Millis, SimTime, real};

/// What the reference patient receives.
#[derive(Clone, Debug)]
pub(super) struct Prescription {
    in_force: Option<InForce>,
    /// Time of the week at the first power-on.
    starts: Millis,
    /// The second drug's share of the first.
    second: f64,
    /// Boluses that were due within the last day, by remote or clinician, with their doses in ug.
    boluses: VecDeque<(SimTime, f64)>,
    /// When the patient was last entitled to a bolus, in the last day.
    entitled: VecDeque<SimTime>,
    /// The last press of each remote: the same press is not asked for twice.
    presses: BTreeMap<u8, u16>,
}

#[derive(Clone, Debug)]
struct InForce {
    prescribed: Prescribed,
    basal: Basal,
    edges: [BasalPlace; 2],
    /// Until when the plant has been told.
    told_until: SimTime,
}

impl InForce {
    fn dose_ug(&mut self, from: SimTime, until: SimTime) -> f64 {
        if self.prescribed.running {
            self.basal.sliding_ug(from, until, &mut self.edges)
        } else {
            0.0
        }
    }
}

impl Prescription {
    pub(super) fn new(pump: &Pump, starts: Millis) -> Self {
        let first = real::Concentration::from(pump.concentration).as_ug_per_ml();
        let share = |second: real::Concentration| second.as_ug_per_ml() / first;
        let second = pump.second.map(|second| second.concentration.into());
        Self {
            in_force: None,
            starts,
            second: second.map_or(0.0, share),
            boluses: VecDeque::new(),
            entitled: VecDeque::new(),
            presses: BTreeMap::new(),
        }
    }

    /// Tells the plant what is prescribed until `next`.
    pub(super) fn until(&mut self, next: SimTime, plant: &mut Plant) {
        while let Some(in_force) = &self.in_force
            && in_force.told_until <= next
        {
            let from = in_force.told_until;
            let (ug_per_ms, until) = if in_force.prescribed.running {
                in_force.basal.rate_at(from)
            } else {
                (0.0, SimTime::NEVER)
            };
            plant.prescribe(from, self.both(ug_per_ms * 86_400_000.0));
            if let Some(in_force) = &mut self.in_force {
                in_force.told_until = until;
            }
        }
    }

    /// A command was sent; `in_force` is what holds after it, if that changed.
    pub(super) fn heard(
        &mut self,
        record: &CommandRecord,
        changed: Option<&Prescribed>,
        plant: &mut Plant,
    ) {
        if let Some(prescribed) = changed {
            self.in_force = Some(InForce {
                prescribed: *prescribed,
                basal: Basal::of(&prescribed.therapy, self.starts, Millis::ZERO),
                edges: <[BasalPlace; 2]>::default(),
                told_until: record.at,
            });
        }
        if !record.origin.is_genuine() {
            return;
        }
        let now = record.at;
        let dose = match (record.request.row().change, record.request, record.sender) {
            (Change::ClinicianBolus { dose, duration }, ..) if record.obeyed() => {
                Some((micrograms(dose), duration))
            }
            (_, Request::PatientBolus { press }, Sender::Remote(remote)) => {
                let again = self.presses.insert(remote, press) == Some(press);
                if again { None } else { self.entitlement(now) }
            }
            _ => None,
        };
        if let Some((ug, over)) = dose {
            self.boluses.push_back((now, ug));
            plant.order(self.both(ug), over);
        }
    }

    /// The bolus that a patient who asks now is entitled to, in ug, and the time over which it is given.
    fn entitlement(&mut self, now: SimTime) -> Option<(f64, Millis)> {
        let a_day_ago = now.before(Millis::DAY);
        self.boluses.retain(|&(at, _)| at > a_day_ago);
        self.entitled.retain(|&at| at > a_day_ago);
        let in_force = self.in_force.as_mut()?;
        let bolus = in_force.prescribed.patient_bolus()?;
        let PatientBolus {
            dose,
            duration,
            lockout,
            daily_maximum,
        } = bolus;
        let last = self.entitled.back();
        if !in_force.prescribed.running
            || last.is_some_and(|&last| now < last + lockout)
            || self.entitled.len() >= usize::from(daily_maximum)
        {
            return None;
        }
        let pauses = match in_force.prescribed.therapy.during_bolus {
            DuringBolus::Add => 0.0,
            DuringBolus::Replace => in_force.dose_ug(now, now + duration),
        };
        let ug = (micrograms(dose) - pauses).max(0.0);
        let limits = in_force.prescribed.therapy.limits;
        for (window, limit) in limits.windows() {
            let from = now.before(window);
            let boluses = self.boluses.iter().filter(|&&(at, _)| at > from);
            let so_far: f64 = boluses.map(|&(_, ug)| ug).sum();
            if so_far + in_force.dose_ug(from, now) + ug > micrograms(limit) {
                return None;
            }
        }
        self.entitled.push_back(now);
        Some((ug, duration))
    }

    const fn both(&self, ug: f64) -> [real::Mass; 2] {
        [
            real::Mass::from_micrograms(ug),
            real::Mass::from_micrograms(ug * self.second),
        ]
    }
}

fn micrograms(dose: Mass) -> f64 {
    real::Mass::from(dose).as_micrograms()
}
