//! What the patient is entitled to by what was ordered: fed to the plant's reference patient.
//!
//! The continuous dose of the therapy in force while the pump was told to run, clinicians' boluses,
//! and each patient bolus that was asked for and that the prescription grants: the lockout is over,
//! the daily maximum is not reached, no dose limit would be exceeded, no other bolus is being given
//! and none is excluded by a bridge. Each is given over its time. A stop and a session that holds
//! end both, as they are told to; what was cut counts as granted. Whether the pump did so does not
//! matter; it is what the run is compared with.
//!
//! An order whose answer a fault has lost counts as given: it is the only one that somebody wrote.
//! A bolus does not, because a reset has cut it and it is ordered again.

use super::bolus_time::bolus_time;
use super::history::CommandRecord;
use super::people::People;
use crate::programmer::Sender;
use std::collections::{BTreeMap, VecDeque};
use thecal_plan::{
    Basal, BasalPlace, Change, DuringBolus, Infusion, PatientBolus, Pump, Request, Therapy,
};
use thecal_sim::Plant;
use thecal_units::{Concentration, Mass, Millis, SimTime, Volume, real};

/// How long a session lasts without a packet of the clinician. Source: REQ-THE-005.
const SESSION: Millis = Millis::from_secs(180);

/// What the reference patient receives.
#[derive(Clone, Debug)]
pub(super) struct Prescription {
    in_force: Option<InForce>,
    running: bool,
    /// Until when an open session holds the infusion.
    held_until: Option<SimTime>,
    bridge: Option<Bridge>,
    /// Until when the last bolus is given, and whether the continuous infusion pauses for it.
    bolus: Option<(SimTime, DuringBolus)>,
    told: Told,
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
    therapy: Therapy,
    basal: Basal,
    edges: [BasalPlace; 2],
}

/// The old drug that a bridge still has to move by what is ordered.
#[derive(Clone, Copy, Debug)]
struct Bridge {
    old: Concentration,
    left_ml: f64,
}

/// The continuous dose that the plant was told last.
#[derive(Clone, Copy, Debug)]
struct Told {
    from: SimTime,
    ug_per_ms: f64,
    until: SimTime,
}

impl Bridge {
    /// The dose that moves what is left. Unit: ug.
    fn left_ug(&self) -> f64 {
        self.left_ml * real::Concentration::from(self.old).as_ug_per_ml()
    }

    /// Takes away what this dose has moved; `None` once nothing is left.
    fn after(self, ug: f64) -> Option<Self> {
        // Less than half a millisecond of the slowest infusion is rounding.
        let left_ml = self.left_ml * (1.0 - ug / self.left_ug());
        (left_ml > 1e-11).then_some(Self { left_ml, ..self })
    }
}

impl Prescription {
    pub(super) fn new(pump: &Pump, starts: Millis) -> Self {
        let first = real::Concentration::from(pump.concentration).as_ug_per_ml();
        let share = |second: real::Concentration| second.as_ug_per_ml() / first;
        let second = pump.second.map(|second| second.concentration.into());
        Self {
            in_force: None,
            running: false,
            held_until: None,
            bridge: None,
            bolus: None,
            told: Told {
                from: SimTime::ZERO,
                ug_per_ms: 0.0,
                until: SimTime::NEVER,
            },
            starts,
            second: second.map_or(0.0, share),
            boluses: VecDeque::new(),
            entitled: VecDeque::new(),
            presses: BTreeMap::new(),
        }
    }

    /// Tells the plant what is prescribed until `next`.
    pub(super) fn until(&mut self, next: SimTime, plant: &mut Plant) {
        while self.told.until <= next {
            self.tell(self.told.until, plant);
        }
    }

    /// Counts what was told until now as moved.
    fn pass(&mut self, now: SimTime) {
        let moved_ug = self.told.ug_per_ms * as_f64(now.since(self.told.from));
        self.told.from = now;
        if let Some(bridge) = self.bridge {
            self.bridge = bridge.after(moved_ug);
            if self.bridge.is_none() {
                self.put(self.therapy());
            }
        }
    }

    /// Tells the plant what is prescribed from now on.
    fn tell(&mut self, now: SimTime, plant: &mut Plant) {
        self.pass(now);
        self.held_until = self.held_until.filter(|&until| now < until);
        self.bolus = self.bolus.filter(|&(until, _)| now < until);
        let (ug_per_ms, until) = self.rate(now);
        self.told = Told {
            from: now,
            ug_per_ms,
            until,
        };
        plant.prescribe(now, self.both(ug_per_ms * as_f64(Millis::DAY)));
    }

    /// The continuous dose at this instant, and until when it holds. Unit: ug/ms.
    fn rate(&self, now: SimTime) -> (f64, SimTime) {
        let Some(in_force) = self.in_force.as_ref().filter(|_| self.running) else {
            return (0.0, SimTime::NEVER);
        };
        if let Some(until) = self.held_until {
            return (0.0, until);
        }
        if let Some((until, DuringBolus::Replace)) = self.bolus {
            return (0.0, until);
        }
        let (ug_per_ms, until) = in_force.basal.rate_at(now);
        let bridged = self.bridge.map(|bridge| bridge.left_ug() / ug_per_ms);
        let ends = bridged.map_or(SimTime::NEVER, |millis| after(now, millis));
        (ug_per_ms, until.min(ends))
    }

    fn therapy(&self) -> Option<Therapy> {
        self.in_force.as_ref().map(|in_force| in_force.therapy)
    }

    /// Puts a therapy in force. The minimum rate is a flow: it moves the old drug of a bridge as
    /// fast as the new one (REQ-BOL-043).
    fn put(&mut self, therapy: Option<Therapy>) {
        let Some(therapy) = therapy else {
            return;
        };
        let moved = match (therapy.infusion, self.bridge) {
            (Infusion::MinimumRate, Some(bridge)) => Therapy {
                concentration: bridge.old,
                ..therapy
            },
            _ => therapy,
        };
        self.in_force = Some(InForce {
            therapy,
            basal: Basal::of(&moved, self.starts, Millis::ZERO),
            edges: <[BasalPlace; 2]>::default(),
        });
    }

    /// A reset ends an open session, whoever is to blame (REQ-THE-025).
    pub(super) fn session_ends(&mut self, plant: &mut Plant) {
        if self.held_until.take().is_some() {
            self.tell(plant.now(), plant);
        }
    }

    /// A command was sent; `people` have heard what became of it.
    pub(super) fn heard(&mut self, record: &CommandRecord, people: &People, plant: &mut Plant) {
        if !record.origin.is_genuine() {
            return;
        }
        let now = record.at;
        self.pass(now);
        let held = self.held_until.is_some();
        if record.sender == Sender::Clinician && record.answer.is_some() && held {
            self.held_until = Some(now + SESSION);
        }
        let change = record.request.row().change;
        let lost = record.lost && record.reached;
        let changed = (record.obeyed() || lost) && self.ordered(change, people, plant);
        let changed = changed | (record.obeyed() && self.session(&record.request, plant));
        let bolus = match (change, record.request, record.sender) {
            (Change::ClinicianBolus { dose, duration }, ..) if record.obeyed() => {
                self.clinicians_bolus(dose, duration)
            }
            (_, Request::PatientBolus { press }, Sender::Remote(remote)) => {
                let again = self.presses.insert(remote, press) == Some(press);
                if again { None } else { self.entitlement(now) }
            }
            _ => None,
        };
        if let Some((ug, over)) = bolus {
            self.give(ug, over, plant);
        }
        if changed || bolus.is_some() || held {
            self.tell(now, plant);
        }
    }

    /// What changes with an order; whether anything does.
    fn ordered(&mut self, change: Change, people: &People, plant: &mut Plant) -> bool {
        match change {
            Change::Therapy(therapy) => self.put(Some(therapy)),
            Change::Staged => self.put(people.staged()),
            Change::Fill {
                concentration,
                bridge,
            } => {
                let Some(therapy) = self.therapy() else {
                    return false;
                };
                let old = therapy.concentration;
                if bridge && old != concentration {
                    let left_ml = milliliters(people.dead_volume());
                    self.bridge = Some(Bridge { old, left_ml });
                }
                self.put(Some(Therapy {
                    concentration,
                    ..therapy
                }));
            }
            Change::Running(running) => {
                self.running = running;
                if !running {
                    self.cut(plant);
                }
            }
            // What it moves is no dose, but moves the old drug out.
            Change::Priming => {
                let primed_ml = milliliters(people.priming_volume());
                if let Some(bridge) = &mut self.bridge {
                    bridge.left_ml = (bridge.left_ml - primed_ml).max(0.0);
                }
            }
            Change::ClinicianBolus { .. } | Change::CatheterOpen | Change::Nothing => return false,
        }
        true
    }

    /// What a session changes that opens or ends; whether anything does.
    fn session(&mut self, request: &Request, plant: &mut Plant) -> bool {
        match request {
            Request::OpenUpdate { hold: true } => {
                self.held_until = Some(plant.now() + SESSION);
                self.cut(plant);
                true
            }
            Request::OpenUpdate { hold: false } | Request::CloseUpdate | Request::Commit => {
                self.held_until.take().is_some()
            }
            _ => false,
        }
    }

    fn cut(&mut self, plant: &mut Plant) {
        self.bolus = None;
        plant.cut_orders();
    }

    fn give(&mut self, ug: f64, over: Millis, plant: &mut Plant) {
        let now = plant.now();
        let during = self.therapy().map(|therapy| therapy.during_bolus);
        let until = self
            .bolus
            .map_or(now + over, |(until, _)| until.max(now + over));
        self.bolus = during.map(|during| (until, during));
        // What is given instead of the infusion is no more than the rest.
        let instead = match during {
            Some(DuringBolus::Replace) => self.continuous_ug(now, now + over),
            _ => 0.0,
        };
        self.boluses.push_back((now, (ug - instead).max(0.0)));
        plant.order(self.both(ug), over);
    }

    /// The continuous dose of the therapy in force. Unit: ug.
    fn continuous_ug(&mut self, from: SimTime, until: SimTime) -> f64 {
        match &mut self.in_force {
            Some(in_force) => in_force.basal.sliding_ug(from, until, &mut in_force.edges),
            None => 0.0,
        }
    }

    /// A clinician's bolus in ug, and the time over which it is given.
    fn clinicians_bolus(&self, dose: Mass, duration: Millis) -> Option<(f64, Millis)> {
        let therapy = self.in_force.as_ref()?.therapy;
        let added = therapy.during_bolus == DuringBolus::Add;
        let over = bolus_time(&therapy, (dose, duration), added)?;
        Some((micrograms(dose), over))
    }

    /// The bolus that a patient who asks now is entitled to, in ug, and the time over which it is given.
    fn entitlement(&mut self, now: SimTime) -> Option<(f64, Millis)> {
        let a_day_ago = now.before(Millis::DAY);
        self.boluses.retain(|&(at, _)| at > a_day_ago);
        self.entitled.retain(|&at| at > a_day_ago);
        let therapy = self.therapy()?;
        let PatientBolus {
            dose,
            duration,
            lockout,
            daily_maximum,
        } = therapy.patient_bolus?;
        let last = self.entitled.back();
        let being_given = self.bolus.is_some_and(|(until, _)| now < until);
        if !self.running
            || self.held_until.is_some_and(|until| now < until)
            || self.bridge.is_some()
            || being_given
            || last.is_some_and(|&last| now < last + lockout)
            || self.entitled.len() >= usize::from(daily_maximum)
        {
            return None;
        }
        let (ug, over) = self.clinicians_bolus(dose, duration)?;
        let instead = match therapy.during_bolus {
            DuringBolus::Add => 0.0,
            DuringBolus::Replace => self.continuous_ug(now, now + over),
        };
        for (window, limit) in therapy.limits.windows() {
            let from = now.before(window);
            let boluses = self.boluses.iter().filter(|&&(at, _)| at > from);
            let so_far: f64 = boluses.map(|&(_, ug)| ug).sum();
            let more = (ug - instead).max(0.0);
            if so_far + self.continuous_ug(from, now) + more > micrograms(limit) {
                return None;
            }
        }
        self.entitled.push_back(now);
        Some((ug, over))
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

fn milliliters(volume: Volume) -> f64 {
    real::Volume::from(volume).as_milliliters()
}

/// The first whole millisecond at or after this time from `now` on.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "above zero, and a float that is too large saturates"
)]
fn after(now: SimTime, millis: f64) -> SimTime {
    if millis < as_f64(Millis::from_millis(u64::MAX)) / 4.0 {
        now + Millis::from_millis(millis.ceil() as u64)
    } else {
        SimTime::NEVER
    }
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of years fit")]
const fn as_f64(time: Millis) -> f64 {
    time.as_millis() as f64
}

#[cfg(test)]
mod tests;
