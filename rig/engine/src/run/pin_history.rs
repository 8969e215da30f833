//! What the pins showed during a run, as changes: what the specification needs beyond packets and steps.

use thecal_link::{MotorCommand, Reaction, Tone};
use thecal_plan::HeldValue;
use thecal_sim::Pins;
use thecal_spec::{Absence, Crystal, Drive, Hurt, Injury, Pulses};
use thecal_units::{Millis, PumpTime, SimTime};

/// Changes of the supply below this are not kept. Unit: mV.
const SUPPLY_RESOLUTION_MV: u16 = 5;

/// What the pins showed, each list in order of time.
#[derive(Clone, Debug, Default)]
pub struct PinHistory {
    /// Each alarm tone at its start.
    pub tones: Vec<(SimTime, thecal_spec::Tone)>,
    /// Pulses that moved nothing, in total, at each change.
    pub missed: Vec<(SimTime, u64)>,
    /// Commands to the motor driver: every stop, and every train of another period or energy than the
    /// command before it.
    pub drives: Vec<Drive>,
    /// Reactions after which the driver has pulses left past the wake-up that they ask for, and by how
    /// much.
    pub overruns: Vec<(SimTime, Millis)>,
    /// Reactions that write to the memory.
    pub writes: Vec<SimTime>,
    /// Those of which writes were lost.
    pub lost_writes: Vec<SimTime>,
    /// Reactions that arm no wake-up by a packet or by the magnet switch, or that command a train and arm none
    /// by a missed pulse; whether only the magnet's is missing.
    pub unarmed: Vec<(SimTime, bool)>,
    /// Bytes of the memory that were damaged, and how many.
    pub damaged: Vec<(SimTime, u64)>,
    /// The magnet switch, at each change; open before the first.
    pub magnet: Vec<(SimTime, bool)>,
    /// The lowest supply since the exchange before, at exchanges at which it differs from the last
    /// listed. Unit: mV.
    pub supply: Vec<(SimTime, u16)>,
    /// Spans without the pump.
    pub absences: Vec<Absence>,
    /// What was done to its inside.
    pub injuries: Vec<Injury>,
    /// Bits that flipped in values that the pump compares with a second copy.
    pub flips: Vec<(SimTime, HeldValue)>,
    /// Its clock.
    pub crystal: Crystal,
    /// The absence that has not ended.
    absent: Option<Absence>,
    /// When the last train ends, by the pump's crystal.
    train_until: Option<PumpTime>,
    /// It has booted since its last command to the motor driver.
    booted: bool,
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
        if let Some(last) = self.drives.last_mut()
            && last.at < now
        {
            last.loaded_mv.get_or_insert(lowest);
        }
    }

    /// What a Reaction commands the motor driver; `clock`: what the pump's clock shows.
    pub(super) fn drives(&mut self, now: SimTime, clock: PumpTime, motor: MotorCommand) {
        let pulses = match motor {
            MotorCommand::Keep => return,
            MotorCommand::StopNow => Pulses::Cut,
            MotorCommand::StopAfterStroke => Pulses::Stop,
            MotorCommand::Train {
                pulses,
                period_us,
                pulse_energy_uj,
                ..
            } => Pulses::Train {
                count: pulses,
                period_us,
                energy_uj: pulse_energy_uj,
            },
        };
        self.train_until = last_pulse(clock, motor);
        let before = self.drives.last();
        let is_new = !before.is_some_and(|before| is_like(before.pulses, pulses));
        if std::mem::take(&mut self.booted) || is_new {
            self.drives.push(Drive {
                at: now,
                pulses,
                loaded_mv: None,
            });
        }
    }

    /// A Reaction that is carried out.
    pub(super) fn writes(&mut self, now: SimTime, reaction: &Reaction) {
        if !reaction.nvm.is_empty() {
            self.writes.push(now);
        }
    }

    /// The wake-ups that a Reaction arms.
    pub(super) fn arms(&mut self, now: SimTime, reaction: &Reaction) {
        let is_train = matches!(reaction.motor, MotorCommand::Train { .. });
        let arm = &reaction.arm;
        let others = arm.telemetry && (!is_train || arm.missed_pulse);
        if !others || !arm.magnet {
            self.unarmed.push((now, others));
        }
    }

    /// The wake-up that a Reaction asks for: no pulse may be left behind it.
    pub(super) fn asks_to_wake(&mut self, now: SimTime, clock: PumpTime, reaction: &Reaction) {
        // A wake-up in the past is one at once.
        let asked = self.train_until.filter(|_| reaction.wake_at > clock);
        let left = asked.map(|until| until.since(reaction.wake_at));
        if let Some(left) = left.filter(|left| *left > Millis::ZERO) {
            self.overruns.push((now, left));
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
        if dark {
            self.train_until = None;
        }
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
        // A reset ends the train.
        (self.booted, self.train_until) = (true, None);
        if let Some(absent) = self.absent.take() {
            self.absences.push(Absence {
                until: now,
                ..absent
            });
        }
    }

    /// Bytes of the memory are damaged.
    pub(super) fn damaged(&mut self, now: SimTime, bytes: u64) {
        self.damaged.push((now, bytes));
    }

    /// Something was done to the pump's inside.
    pub(super) fn hurt(&mut self, now: SimTime, hurt: Hurt) {
        self.injuries.push(Injury { at: now, hurt });
    }

    /// A bit flipped in a value that the pump compares with a second copy. If its memory is damaged as well it
    /// cannot restore it, and is in the safe state from then on.
    pub(super) fn flips(&mut self, now: SimTime, value: HeldValue) {
        if self.injuries.iter().any(|it| it.hurt == Hurt::Memory) {
            self.hurt(now, Hurt::Volatile);
        }
        self.flips.push((now, value));
    }

    /// The pump was woken this much late.
    pub(super) fn was_late(&mut self, now: SimTime, by: Millis) {
        if by > Millis::ZERO {
            self.crystal.late.push((now, by));
        }
    }
}

/// Whether two trains differ in their number of pulses at most. A stop is like no other command.
const fn is_like(one: Pulses, other: Pulses) -> bool {
    match (one, other) {
        (
            Pulses::Train {
                period_us,
                energy_uj,
                ..
            },
            Pulses::Train {
                period_us: other_period,
                energy_uj: other_energy,
                ..
            },
        ) => period_us == other_period && energy_uj == other_energy,
        _ => false,
    }
}

/// When the last pulse of a train begins that begins now, rounded down.
fn last_pulse(clock: PumpTime, motor: MotorCommand) -> Option<PumpTime> {
    let MotorCommand::Train {
        pulses,
        first_delay_us,
        period_us,
        ..
    } = motor
    else {
        return None;
    };
    let periods = pulses.checked_sub(1)?;
    let span_us = u64::from(first_delay_us) + u64::from(periods) * u64::from(period_us);
    Some(clock + Millis::from_millis(span_us / 1_000))
}
