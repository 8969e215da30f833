//! What the pins showed during a run, as changes: what the specification needs beyond packets and steps.

use thecal_link::Tone;
use thecal_sim::Pins;
use thecal_spec::{Absence, Crystal, Hurt, Injury};
use thecal_units::{Millis, SimTime};

/// Changes of the supply below this are not kept. Unit: mV.
const SUPPLY_RESOLUTION_MV: u16 = 5;

/// What the pins showed, each list in order of time.
#[derive(Clone, Debug, Default)]
pub struct PinHistory {
    /// Each alarm tone at its start.
    pub tones: Vec<(SimTime, thecal_spec::Tone)>,
    /// Pulses that moved nothing, in total, at each change.
    pub missed: Vec<(SimTime, u64)>,
    /// The magnet switch, at each change; open before the first.
    pub magnet: Vec<(SimTime, bool)>,
    /// The lowest supply since the exchange before, at exchanges at which it differs from the last
    /// listed. Unit: mV.
    pub supply: Vec<(SimTime, u16)>,
    /// Spans without the pump.
    pub absences: Vec<Absence>,
    /// What was done to its inside.
    pub injuries: Vec<Injury>,
    /// Its clock.
    pub crystal: Crystal,
    /// The absence that has not ended.
    absent: Option<Absence>,
}

impl PinHistory {
    /// What an exchange shows.
    pub(super) fn see(&mut self, now: SimTime, pins: &Pins) {
        if self.magnet.last().is_some_and(|&(_, closed)| closed) != pins.magnet {
            self.magnet.push((now, pins.magnet));
        }
        let lowest = pins.supply_min_mv;
        let known = self.supply.last().map(|&(_, last)| last);
        if known.is_none_or(|last| last.abs_diff(lowest) >= SUPPLY_RESOLUTION_MV) {
            self.supply.push((now, lowest));
        }
    }

    /// The sounder begins.
    pub(super) fn sounds(&mut self, now: SimTime, tone: Tone) {
        let tone = match tone {
            Tone::Silent => return,
            Tone::Single => thecal_spec::Tone::Single,
            Tone::TwoTone => thecal_spec::Tone::TwoTone,
        };
        self.tones.push((now, tone));
    }

    /// So many pulses have moved nothing so far.
    pub(super) fn count_missed(&mut self, now: SimTime, missed: u64) {
        if self.missed.last().map_or(0, |&(_, last)| last) != missed {
            self.missed.push((now, missed));
        }
    }

    /// From now on the pump does not react.
    pub(super) fn goes(&mut self, now: SimTime, explained: bool, dark: bool) {
        // Power that fails while the core stands begins another absence.
        if dark && self.absent.is_some_and(|absent| !absent.dark) {
            self.is_back(now);
        }
        self.absent.get_or_insert(Absence {
            from: now,
            until: now,
            explained,
            dark,
        });
    }

    /// The pump reacts again, or the run is over.
    pub(super) fn is_back(&mut self, now: SimTime) {
        if let Some(absent) = self.absent.take() {
            self.absences.push(Absence {
                until: now,
                ..absent
            });
        }
    }

    /// Something was done to the pump's inside.
    pub(super) fn hurt(&mut self, now: SimTime, hurt: Hurt) {
        self.injuries.push(Injury { at: now, hurt });
    }

    /// The pump was woken this much late.
    pub(super) fn was_late(&mut self, now: SimTime, by: Millis) {
        if by > Millis::ZERO {
            self.crystal.late.push((now, by));
        }
    }
}
