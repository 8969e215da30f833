//! Questions of other parts of the specification: what a pump was doing when a packet reached it.

use super::moment::Moment;
use super::pump::Pump;
use crate::boundary::{Boot, Boundary, Cause};
use crate::told::Known;
use thecal_plan::{Profile, Therapy};
use thecal_units::{Millis, SimTime, Volume};

/// A run that can be asked. Moments are named by the number of a packet: just before the pump took it;
/// the number after the last one is the end of the run.
#[derive(Debug)]
pub(crate) struct Questions<'a>(Pump<'a>);

/// A bolus as it was granted or ordered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given {
    pub(crate) at: SimTime,
    /// Whether the pump may not have obeyed.
    pub(crate) in_doubt: bool,
    /// From its start to its last step at least, and to its end at most.
    pub(crate) last_step: Millis,
    pub(crate) shortest: Millis,
    pub(crate) longest: Millis,
}

/// Why a pump does not infuse, or what it gives, each as far as it is known; the first that holds is its
/// mode.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Doing {
    pub(crate) safe: Known,
    pub(crate) unprogrammed: Known,
    pub(crate) priming: Known,
    pub(crate) stopped: Known,
    pub(crate) ended: Known,
    pub(crate) held: Known,
    pub(crate) empty: Known,
    pub(crate) stalled: Known,
    pub(crate) patient_bolus: Known,
    pub(crate) clinician_bolus: Known,
}

impl<'a> Questions<'a> {
    pub(crate) fn of(boundary: &'a Boundary<'a>, profile: &'a Profile) -> Self {
        Self(Pump::of(boundary, profile))
    }

    /// The prescriptions that may be in force; `None` is none.
    pub(crate) fn therapies(&self, packet: usize) -> Vec<Option<&Therapy>> {
        self.0.therapies(self.moment(packet))
    }

    /// What the pump is doing.
    pub(crate) fn doing(&self, packet: usize) -> Doing {
        let (pump, moment) = (&self.0, self.moment(packet));
        let therapies = pump.therapies(moment);
        let none = therapies.iter().filter(|it| it.is_none()).count();
        let (patient, clinician) = self.boluses(moment);
        Doing {
            safe: pump.safe(moment),
            unprogrammed: Known::count(none, therapies.len()),
            priming: pump.priming(moment),
            stopped: pump.stopped(moment),
            ended: pump.ended(moment),
            held: pump.held(moment),
            empty: pump.empty(moment),
            stalled: pump.stalled(moment),
            patient_bolus: patient,
            clinician_bolus: clinician,
        }
    }

    fn boluses(&self, moment: Moment) -> (Known, Known) {
        let given = self.0.in_bolus(moment);
        let boluses = self.0.heard.boluses.before(moment);
        let last = boluses.last();
        match last {
            Some((_, bolus)) if bolus.in_doubt => (given.perhaps(), given.perhaps()),
            Some((_, bolus)) if bolus.patient => (given, Known::No),
            Some(_) => (Known::No, given),
            None => (Known::No, Known::No),
        }
    }

    /// Whether pump and programmer have the same keys.
    pub(crate) fn has_keys(&self, packet: usize) -> Known {
        self.0.has_keys(self.moment(packet))
    }

    /// What a priming bolus fills at least and at most, under a therapy.
    pub(crate) fn volume_to_prime(&self, packet: usize, therapy: &Therapy) -> (Volume, Volume) {
        self.0.volume_to_prime(self.moment(packet), therapy)
    }

    /// Whether tubing and catheter count as full.
    pub(crate) fn primed(&self, packet: usize) -> Known {
        self.0.counts_as_primed(self.moment(packet))
    }

    /// Whether an update session is open.
    pub(crate) fn in_session(&self, packet: usize) -> Known {
        let session = self.0.session(self.moment(packet));
        session.map_or(Known::No, |(.., open)| open)
    }

    /// Whether old drug still moves behind a refill.
    pub(crate) fn bridging(&self, packet: usize) -> Known {
        self.0.bridging(self.moment(packet))
    }

    /// Whether the pump's program or what it holds in RAM may be damaged, so that it may do anything.
    pub(crate) fn is_wild(&self, at: SimTime) -> bool {
        self.0.is_wild(at)
    }

    /// When the motor stalled, by what the pins show, and whether for certain.
    pub(crate) fn stalls(&self) -> impl Iterator<Item = (SimTime, bool)> + '_ {
        self.0.stalls.begun()
    }

    /// All boluses but priming ones, in order.
    pub(crate) fn given(&self) -> Vec<Given> {
        let boluses = self.0.heard.boluses.before(Moment::pins(SimTime::NEVER));
        let given = boluses.iter().map(|&(moment, bolus)| Given {
            at: moment.at,
            in_doubt: bolus.in_doubt,
            last_step: bolus.last_step,
            shortest: bolus.shortest,
            longest: bolus.longest,
        });
        given.collect()
    }

    fn moment(&self, packet: usize) -> Moment {
        let boundary = self.0.boundary;
        match boundary.packets.get(packet) {
            Some(sent) => Moment::packet(packet, sent),
            // Behind the last packet, as a boot would be.
            None => Moment::boot(&Boot {
                at: boundary.end,
                cause: Cause::PowerOn,
                explained: true,
                cut_short: false,
                packets: boundary.packets.len(),
            }),
        }
    }
}
