//! The end of each bolus in the log: when, and with how many steps.

use super::obeyed::obeyed;
use super::reservoir::Reservoir;
use super::rules;
use super::time::SPILL;
use super::wanted::{Says, Wanted};
use crate::boundary::{Boundary, Hurt};
use crate::clock::SLEEP;
use crate::requests::Questions;
use crate::told::Known;
use thecal_plan::{LogKind, Profile, Request};
use thecal_units::{Millis, SimTime};

/// A pump counts in ticks, and the last step of a bolus may be late. Source: ours.
const TICK: Millis = Millis::SECOND;
/// Steps of rounding, of a stroke and of a report. Source: REQ-BOL-020, ours.
const LOOSE: u64 = 3;
/// Steps by which the count of a bolus that a reset ended may be too high. Source: REQ-BOL-047.
const LEASED: u64 = 3_000;

/// A bolus, patient's, clinician's or priming.
struct Bolus {
    at: SimTime,
    /// The number of its packet.
    index: usize,
    in_doubt: bool,
    /// Steps of the whole, at least and at most.
    steps: (u64, u64),
    last_step: Millis,
    shortest: Millis,
    longest: Millis,
}

/// Something that may end a bolus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Cut {
    at: SimTime,
    /// When the pump notices it, at the latest.
    seen: SimTime,
    /// When the motor stopped for it.
    stood: SimTime,
    sure: bool,
    by_reset: bool,
    /// It comes after the packets before this number; of what the pins show only the instant is known.
    packets: usize,
}

/// Boluses and their ends.
pub(super) struct Boluses<'a> {
    pub(super) boundary: &'a Boundary<'a>,
    pub(super) profile: &'a Profile,
    pub(super) asked: &'a Questions<'a>,
    pub(super) reservoir: &'a Reservoir<'a>,
}

impl Boluses<'_> {
    pub(super) fn wanted(&self) -> Vec<Wanted> {
        let mut boluses = self.given();
        boluses.extend(self.primings());
        boluses.sort_by_key(|bolus| bolus.at);
        let cuts = self.cuts();
        boluses
            .iter()
            .map(|bolus| self.end_of(bolus, &cuts))
            .collect()
    }

    fn end_of(&self, bolus: &Bolus, cuts: &[Cut]) -> Wanted {
        let boundary = self.boundary;
        let crystal = &boundary.crystal;
        let whole_after = crystal.after(bolus.at, bolus.longest);
        let doubt = crystal.doubt(bolus.at, whole_after + SLEEP, self.profile.unnoticed);
        let mut away = boundary.absences.iter();
        let away = away.find(|it| it.from <= whole_after + TICK && bolus.at <= it.until);
        let from = crystal
            .after(bolus.at, bolus.last_step)
            .before(TICK + doubt);
        let until = whole_after + TICK + doubt;
        let until = away.map_or(until, |it| until.max(it.until + TICK));
        let mut later = cuts
            .iter()
            .filter(|cut| bolus.index < cut.packets && bolus.at <= cut.seen && cut.at <= until);
        let cut = later.clone().find(|cut| cut.sure);
        // What may have ended it ends nothing that was over before.
        let perhaps = later
            .find(|cut| !cut.sure)
            .filter(|it| cut.is_none_or(|cut| it.at < cut.at));
        let wanted = |from, until, due, says| Wanted {
            rule: &rules::ENDED,
            kind: LogKind::BolusEnded,
            from,
            until,
            boot: cut.is_some_and(|cut| cut.by_reset),
            due: due && !bolus.in_doubt && until < boundary.end,
            says: if bolus.in_doubt { Says::Anything } else { says },
        };
        if boundary.lost_writes_of(bolus.at) {
            // None of it is given if its record was among them.
            let until = cut.map_or(until, |cut| until.max(cut.seen));
            return wanted(bolus.at, until, true, Says::Anything);
        }
        if let Some(perhaps) = perhaps {
            let until = cut.map_or(until, |cut| until.min(cut.seen));
            return wanted(
                bolus.at.max(perhaps.at.min(from)),
                until.max(perhaps.seen),
                true,
                Says::Anything,
            );
        }
        match cut {
            Some(cut) if cut.at <= from => {
                let says = self.steps_cut(bolus, cut);
                // A grant that the power cut of its exchange tore is no bolus that the boot could end.
                let torn = cut.by_reset && cut.stood.since(bolus.at) <= SPILL;
                wanted(cut.at.max(bolus.at), cut.seen, !torn, says)
            }
            Some(cut) => wanted(from.min(cut.at), until.max(cut.seen), true, Says::Anything),
            None => wanted(
                from.max(bolus.at),
                until,
                true,
                self.steps_whole(bolus, (from, until)),
            ),
        }
    }

    /// The steps of a bolus that was not cut, and ended between two instants.
    fn steps_whole(&self, bolus: &Bolus, (from, until): (SimTime, SimTime)) -> Says {
        // What moved behind its end is not counted.
        let moved = self.moved(bolus.at, from);
        let (least, most) = bolus.steps;
        let missed = self.missed(bolus.at, until) > 0;
        let least = if missed || self.was_late(bolus.at, until) {
            least.min(moved.saturating_sub(LOOSE))
        } else if self.was_set_back(bolus.at, until) {
            // What a train had moved ahead of the clock moves less in the bolus.
            let own = self.boundary.crystal.after(bolus.at, bolus.shortest);
            least.min(self.moved(bolus.at, own).saturating_sub(LOOSE))
        } else if self.moved(bolus.at, until) < least {
            // A part of a step that the infusion had moved ahead of its time may leave the last one undriven.
            least.saturating_sub(1)
        } else {
            least
        };
        if self.is_hurt(bolus.at, until) {
            return Says::Anything;
        }
        // What was missed has not moved (REQ-BOL-046).
        let most = most.min(self.moved(bolus.at, until).saturating_add(LOOSE));
        Says::Bolus(least, most.max(least), false)
    }

    /// The steps of a bolus that was cut: the lesser of what had come due and what had moved.
    fn steps_cut(&self, bolus: &Bolus, cut: &Cut) -> Says {
        let stood = cut.stood.max(bolus.at);
        let moved = self.moved(bolus.at, stood);
        let (least, most) = bolus.steps;
        let passed = self.boundary.crystal.counted(bolus.at, stood);
        let doubt = self
            .boundary
            .crystal
            .doubt(bolus.at, stood, self.profile.unnoticed);
        let part = |steps: u64, passed: Millis, whole: Millis| {
            let due = u128::from(steps) * u128::from(passed.as_millis())
                / u128::from(whole.as_millis().max(1));
            u64::try_from(due).unwrap_or(u64::MAX).min(steps)
        };
        let due_least = part(least, passed.saturating_sub(doubt), bolus.longest);
        let due_most = part(most, passed + doubt, bolus.shortest);
        if self.is_hurt(bolus.at, cut.seen) {
            return Says::Anything;
        }
        let low = due_least.min(moved).saturating_sub(LOOSE);
        let missed = self.missed(bolus.at, cut.seen) > 0;
        let low = if missed { 0 } else { low };
        if cut.by_reset {
            // Steps of the infusion beside it cannot be told from its own, nor one that moved as it was granted.
            Says::Bolus(low, most.min(moved.saturating_add(LEASED + 1)), true)
        } else {
            let high = due_most.min(moved).saturating_add(LOOSE).min(most);
            Says::Bolus(low, high, false)
        }
    }

    /// Whether the clock went back in a span, or so shortly before that a train under way had not seen it.
    fn was_set_back(&self, from: SimTime, until: SimTime) -> bool {
        let mut jumps = self.boundary.crystal.jumps.iter();
        jumps.any(|&(at, by)| by < 0 && from.before(SLEEP) <= at && at <= until)
    }

    /// Whether a wake-up in a span was late, or seemed so by a jump: what was overdue by then is dropped
    /// (REQ-MET-004).
    fn was_late(&self, from: SimTime, until: SimTime) -> bool {
        let mut jumps = self.boundary.crystal.jumps.iter();
        let mut away = self.boundary.absences.iter();
        jumps.any(|&(at, by)| by > 0 && from <= at && at <= until)
            || away.any(|it| from <= it.until && it.from <= until)
    }

    fn is_hurt(&self, from: SimTime, until: SimTime) -> bool {
        let mut injuries = self.boundary.injuries.iter();
        let mut flips = self.boundary.bolus_flips();
        injuries.any(|it| it.hurt != Hurt::Exchange && from <= it.at && it.at <= until)
            || flips.any(|at| from <= at && at <= until)
    }

    fn moved(&self, from: SimTime, until: SimTime) -> u64 {
        let moved = self.boundary.moved.at(until) - self.boundary.moved.at(from);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "totals of steps, which only grow"
        )]
        let steps = moved.ceil().max(0.0) as u64;
        steps
    }

    fn missed(&self, from: SimTime, until: SimTime) -> u64 {
        self.boundary.missed_by(until) - self.boundary.missed_by(from)
    }

    /// Patients' and clinicians' boluses, with the steps of each.
    fn given(&self) -> Vec<Bolus> {
        let mut lengths = self.asked.given().into_iter();
        let packets = self.boundary.packets.iter().enumerate();
        let mut boluses = Vec::new();
        for (index, packet) in packets {
            let ordered = match *packet.request {
                Request::ClinicianBolus { dose, .. } => Some(dose),
                Request::PatientBolus { .. } => None,
                _ => continue,
            };
            if obeyed(packet).is_none() {
                continue;
            }
            let therapies = self.asked.therapies(index);
            let steps = therapies.iter().flatten().filter_map(|therapy| {
                let dose = ordered.or_else(|| therapy.patient_bolus.map(|bolus| bolus.dose))?;
                let volume = dose.volume_round_down(therapy.concentration);
                Some(volume.whole_parts(self.boundary.step))
            });
            let (Some(least), Some(most)) = (steps.clone().min(), steps.max()) else {
                continue;
            };
            let Some(given) = lengths.next() else { break };
            boluses.push(Bolus {
                at: given.at,
                index,
                in_doubt: given.in_doubt,
                steps: (least, most),
                last_step: given.last_step,
                shortest: given.shortest,
                longest: given.longest,
            });
        }
        boluses
    }

    fn primings(&self) -> Vec<Bolus> {
        let packets = self.boundary.packets.iter().enumerate();
        let primings = packets.filter_map(|(index, packet)| {
            let known = obeyed(packet).filter(|_| *packet.request == Request::PrimingBolus)?;
            let mut steps: Option<(u64, u64)> = None;
            for therapy in self.asked.therapies(index).into_iter().flatten() {
                let (alone, both) = self.asked.volume_to_prime(index, therapy);
                let step = self.boundary.step;
                let (alone, both) = (alone.whole_parts(step), both.whole_parts(step));
                steps = Some(steps.map_or((alone, both), |(low, high)| {
                    (low.min(alone), high.max(both))
                }));
            }
            let steps = steps?;
            let fastest = self
                .profile
                .fastest_a_day
                .whole_parts(self.boundary.step)
                .max(1);
            let takes = |steps: u64| {
                let span = u128::from(steps) * u128::from(Millis::DAY.as_millis());
                let span = u64::try_from(span / u128::from(fastest)).unwrap_or(u64::MAX);
                Millis::from_millis(span).max(Millis::MINUTE)
            };
            let before_last = takes(steps.0.saturating_sub(1)).min(takes(steps.0));
            Some(Bolus {
                at: packet.at,
                index,
                in_doubt: known == Known::Either,
                steps,
                last_step: if takes(steps.0) > Millis::MINUTE {
                    before_last
                } else {
                    Millis::MINUTE.saturating_sub(TICK)
                },
                shortest: takes(steps.0),
                longest: takes(steps.1) + TICK,
            })
        });
        primings.collect()
    }

    /// All that may end a bolus, in order (REQ-BOL-040).
    fn cuts(&self) -> Vec<Cut> {
        let boundary = self.boundary;
        let mut cuts = Vec::new();
        let at_once = |at: SimTime, sure| Cut {
            at,
            seen: at + TICK,
            stood: at,
            sure,
            by_reset: false,
            packets: usize::MAX,
        };
        for (packets, packet) in boundary.packets.iter().enumerate() {
            let ends = matches!(
                packet.request,
                Request::Stop | Request::OpenUpdate { hold: true }
            );
            if let Some(known) = obeyed(packet).filter(|_| ends) {
                let cut = at_once(packet.at, known == Known::Yes);
                cuts.push(Cut { packets, ..cut });
            }
        }
        cuts.extend(boundary.bolus_flips().map(|at| Cut {
            seen: at + SLEEP,
            ..at_once(at, true)
        }));
        for boot in boundary.boots.iter().skip(1) {
            let mut absences = boundary.absences.iter();
            let away = absences.find(|it| it.from <= boot.at && boot.at <= it.until);
            cuts.push(Cut {
                at: boot.at,
                seen: boot.at,
                stood: away.map_or(boot.at, |away| if away.dark { away.from } else { boot.at }),
                sure: true,
                by_reset: true,
                packets: boot.packets,
            });
        }
        // The exchange of a packet behind the pulses that made it a stall has seen them: what it grants is of
        // another stall's time.
        cuts.extend(self.asked.stalls().map(|(at, sure)| Cut {
            seen: at + SLEEP,
            packets: boundary.packets.partition_point(|it| it.at <= at),
            ..at_once(at, sure)
        }));
        cuts.extend(self.reservoir.empties().into_iter().map(|fall| Cut {
            at: fall.early,
            seen: fall.late + SLEEP,
            ..at_once(fall.late, fall.surely)
        }));
        let ended = boundary.log.entries.iter();
        let ended = ended.filter(|entry| entry.kind == LogKind::ServiceEnded);
        cuts.extend(ended.map(|entry| Cut {
            at: entry.at.before(SLEEP),
            seen: entry.at + SLEEP,
            ..at_once(entry.at, false)
        }));
        cuts.sort_unstable();
        cuts
    }
}
