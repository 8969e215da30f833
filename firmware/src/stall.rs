//! Motor stall: detection from missed sense pulses, tries, and when a stall counts as over.
//!
//! ```text
//!            8 of 16 missed             all of a try moved          weak pulses move it, or
//!   turning ───────────────► resting ◄──────► trying ──────► proving ─────────────────────► turning
//!                10 s x3, then 5 min  one missed             infuses   long enough
//!                              ▲                                │
//!                              └────────── 8 of 16 missed ──────┘
//! ```
//!
//! A try uses no more energy than the infusion: a stronger pulse moves a motor that the infusion
//! cannot move, so it proves nothing, and against a blocked catheter it adds pressure. Nor is it so
//! fast that it pulls the supply down further: then only the infusion would move the motor. Nor does a
//! motor that turns again prove that the cause has gone: while it rests, pressure leaks off and lets
//! it turn for a while. So a stall is over (REQ-STL-010) only
//! - if the motor then follows weaker pulses than those of the infusion, after a rest too short for
//!   pressure to leak off; or
//! - once it has turned for twelve times as long as it had stood, so that a block that lets through
//!   less than 12/13 of the flow does not pass, and at least one revolution of the head, whose load
//!   varies with the angle; or
//! - once it has moved 0.2 mL, more than tubing and catheter take up by stretching.
//!
//! Until then it is one stall: one log entry, one alarm, and a silenced alarm stays silent. A motor
//! that keeps stalling has to prove itself for longer each time, so that it does not fill the event
//! log (REQ-STL-011).
//!
//! A stall caused by a magnetic field ends when the field is removed, so tries never end while the
//! infusion is on (REQ-STL-004). A motor that stalls a third time within ten minutes is not retried:
//! the alarm is raised at once (REQ-STL-006). Source: pump.md 3.2 EC23, 4.1, 4.3.

use thecal_link::MotorCommand;
use thecal_units::{Millis, PumpTime};

/// Electrical energy of a pulse. Unit: microjoule. Source: pump.md 4.6, 10 uC at 3 V.
pub(crate) const PULSE_ENERGY_UJ: u16 = 30;
/// Electrical energy of a weak pulse. Unit: microjoule. Source: ours (design): it moves a new motor
/// down to 2.4 V, and no motor whose load is more than two thirds of the torque of a full pulse.
const WEAK_ENERGY_UJ: u16 = 20;
/// Weak pulses that the motor has to follow, and the missed ones that show that it does not.
const WEAK_PULSES: u32 = 16;
const WEAK_MISSED_MAX: u32 = 4;

/// Missed pulses of the last 16 that count as a stall (REQ-STL-001). Source: pump.md 4.1.
const MISSED_MAX: u32 = 8;
/// Quick tries before the alarm.
const RETRIES: u8 = 3;
/// Rest before a quick try.
const RETRY_GAP: Millis = Millis::from_secs(10);
/// Rest before each later try.
const PROBE_GAP: Millis = Millis::from_secs(300);
/// Pulses of a try, all of which must move the motor: fewer than the missed ones that made it a
/// stall, so that a try is never more than what was due.
pub(crate) const TRY_PULSES: u32 = 4;
/// Period of the pulses of a try, five a second: 5 mV less than a single pulse leaves of the supply
/// (pump.md 4.6). Unit: microsecond.
const TRY_PERIOD_US: u32 = 200_000;
/// Time for a try: its pulses and a margin.
const TRY_SPAN: Millis = Millis::from_secs(1);
/// Three stalls within this raise the alarm without tries.
const FLAPPING: Millis = Millis::from_secs(600);
/// A motor has to turn for this many times as long as it stood before.
const PROOF_TIMES: u64 = 12;
/// Steps that it has to turn for all that: a revolution of the head. Source: pump.md 4.1.
const PROOF_TURN: u32 = 1_600;
/// The longest time that it has to turn.
const PROOF_MAX: Millis = Millis::HOUR.times(12);
/// Steps that prove it however long they take: 0.2 mL. Source: 0.5 uL/kPa to 220 kPa, the stall of
/// a fresh battery, are 0.110 mL (pump.md 4.3).
const PROOF_STEPS: u32 = 40_000;
/// Relapses: stalls within a day of the last recovery. From this many on weak pulses prove nothing.
const RELAPSES_QUICK: u8 = 3;
/// The doubling of the proof by relapses ends here.
const RELAPSES_MAX: u8 = 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Turning,
    /// The motor rests until the next try.
    Resting {
        since: PumpTime,
        until: PumpTime,
    },
    Trying {
        rested: Millis,
        until: PumpTime,
        driven: u32,
        missed: u32,
    },
    /// The infusion runs, and the motor has to turn for this long.
    Proving {
        /// Weak pulses driven and missed, as long as they are driven.
        weak: Option<(u32, u32)>,
        left: Millis,
        moved: u32,
        /// When pulses were last driven; `None` after a stop.
        last: Option<PumpTime>,
        /// Monotonic time at which it began.
        from: PumpTime,
    },
}

/// Finding of the stall control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// Nothing new.
    Nothing,
    /// The motor has stalled with `missed` missed pulses.
    Stalled { missed: u32, alarm: bool },
    /// A try failed, or the motor stalled again before its stall was over.
    Failed { alarm: bool },
    /// The stall is over; the motor stood for `minutes` minutes.
    Recovered { minutes: u32 },
}

/// What the stall control keeps over a reset (REQ-STL-008).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct StallKept {
    /// When the stall that is not over began, in monotonic time.
    pub(crate) began: Option<PumpTime>,
    /// When the last stall was over, in therapy time.
    pub(crate) recovered: Option<PumpTime>,
    pub(crate) tries: u8,
    pub(crate) relapses: u8,
}

/// The stall control.
#[derive(Clone, Debug)]
pub(crate) struct Stall {
    phase: Phase,
    /// The last 16 pulses, the latest in the lowest bit: 1 is missed.
    window: u32,
    /// Pulses observed since the last reset, at most 16.
    seen: u32,
    tries: u8,
    /// Monotonic time.
    began: PumpTime,
    /// Since when the motor has stood that last turned, however often it was tried.
    stands_since: PumpTime,
    earlier: [Option<PumpTime>; 2],
    recovered: Option<PumpTime>,
    /// Stalls in a row, each within a day of the recovery before.
    relapses: u8,
}

impl Stall {
    pub(crate) const fn new() -> Self {
        Self {
            phase: Phase::Turning,
            window: 0,
            seen: 0,
            tries: 0,
            began: PumpTime::ZERO,
            stands_since: PumpTime::ZERO,
            earlier: [None; 2],
            recovered: None,
            relapses: 0,
        }
    }

    /// A stall that was not over at a reset goes on with a try: at once, or after a rest where the
    /// try before may have caused the reset.
    pub(crate) fn restore(&mut self, kept: StallKept, now: PumpTime, brown_out: bool) {
        self.recovered = kept.recovered;
        self.relapses = kept.relapses;
        if let Some(began) = kept.began {
            self.began = began;
            self.tries = kept.tries;
            self.stands_since = now.before(PROBE_GAP);
            self.phase = Phase::Resting {
                since: if brown_out {
                    now
                } else {
                    now.before(PROBE_GAP)
                },
                until: if brown_out { now + PROBE_GAP } else { now },
            };
        }
    }

    pub(crate) fn kept(&self) -> StallKept {
        StallKept {
            began: self.is_open().then_some(self.began),
            recovered: self.recovered,
            tries: self.tries,
            relapses: self.relapses,
        }
    }

    /// Whether the motor has stalled and the stall is not over.
    pub(crate) fn is_open(&self) -> bool {
        self.phase != Phase::Turning
    }

    /// Whether the motor rests or is being tried: nothing is infused.
    pub(crate) const fn is_held(&self) -> bool {
        matches!(self.phase, Phase::Resting { .. } | Phase::Trying { .. })
    }

    /// Whether the last 16 pulses all moved; false until 16 are seen, as a lasting stall is not
    /// detected at once after a reset.
    pub(crate) fn is_sound(&self) -> bool {
        !self.is_open() && self.seen >= 16 && self.window == 0
    }

    /// Whether the pulses of a try are under way.
    pub(crate) const fn is_trying(&self) -> bool {
        matches!(self.phase, Phase::Trying { .. })
    }

    /// The energy of the infusion's pulses. Unit: microjoule.
    pub(crate) const fn pulse_energy_uj(&self) -> u16 {
        match self.phase {
            Phase::Proving { weak: Some(_), .. } => WEAK_ENERGY_UJ,
            _ => PULSE_ENERGY_UJ,
        }
    }

    /// Evaluates the pulses since the last exchange.
    pub(crate) fn count(
        &mut self,
        driven: u32,
        sensed: u32,
        now: PumpTime,
        monotonic: PumpTime,
    ) -> Finding {
        match &mut self.phase {
            Phase::Turning => match self.turn(driven, sensed) {
                Some(missed) => self.begin(missed, now, monotonic),
                None => Finding::Nothing,
            },
            Phase::Resting { .. } => Finding::Nothing,
            Phase::Trying {
                driven: all,
                missed,
                ..
            } => {
                *all = all.saturating_add(driven);
                *missed = missed.saturating_add(driven.saturating_sub(sensed));
                self.judge(now, monotonic)
            }
            Phase::Proving {
                weak,
                left,
                moved,
                last,
                ..
            } => {
                if driven == 0 {
                    return Finding::Nothing;
                }
                let span = last.map_or(Millis::ZERO, |last| now.since(last));
                *left = left.saturating_sub(span);
                *last = Some(now);
                *moved = moved.saturating_add(sensed.min(driven));
                if let Some((all, missed)) = weak {
                    *all = all.saturating_add(driven);
                    *missed = missed.saturating_add(driven.saturating_sub(sensed));
                    if *missed >= WEAK_MISSED_MAX {
                        // Full pulses from now on; what the weak ones missed is no stall.
                        *weak = None;
                        self.window = 0;
                        return Finding::Nothing;
                    }
                }
                if self.turn(driven, sensed).is_some() {
                    self.stands_since = now;
                    return self.fail(now);
                }
                self.proved(now)
            }
        }
    }

    /// Takes pulses into the window; the number of missed ones if that is a stall.
    fn turn(&mut self, driven: u32, sensed: u32) -> Option<u32> {
        if driven == 0 {
            return None;
        }
        self.seen = self.seen.saturating_add(driven).min(16);
        let moved = sensed.min(driven).min(16);
        let missed = driven.saturating_sub(sensed).min(16);
        self.window = (self.window << moved) & 0xffff;
        self.window = ((self.window << missed) | ((1 << missed) - 1)) & 0xffff;
        let missed = self.window.count_ones();
        (missed >= MISSED_MAX).then_some(missed)
    }

    fn begin(&mut self, missed: u32, now: PumpTime, monotonic: PumpTime) -> Finding {
        self.began = monotonic;
        let is_relapse = |over: PumpTime| now.since(over) < Millis::DAY;
        self.relapses = if self.recovered.is_some_and(is_relapse) {
            self.relapses.saturating_add(1).min(RELAPSES_MAX)
        } else {
            0
        };
        let [older, newer] = self.earlier;
        let flapping = older.is_some_and(|first| now.since(first) <= FLAPPING);
        self.earlier = [newer, Some(now)];
        self.tries = if flapping { RETRIES } else { 0 };
        self.stands_since = now;
        self.rest(now);
        Finding::Stalled {
            missed,
            alarm: flapping,
        }
    }

    /// Judges a try once it has failed, is complete, or its time is over.
    fn judge(&mut self, now: PumpTime, monotonic: PumpTime) -> Finding {
        let Phase::Trying {
            rested,
            until,
            driven,
            missed,
        } = self.phase
        else {
            return Finding::Nothing;
        };
        if missed > 0 || (driven < TRY_PULSES && now >= until) {
            return self.fail(now);
        }
        if driven >= TRY_PULSES {
            self.prove(rested, now, monotonic);
        }
        Finding::Nothing
    }

    fn fail(&mut self, now: PumpTime) -> Finding {
        let alarm = self.tries < RETRIES && self.tries + 1 == RETRIES;
        self.tries = self.tries.saturating_add(1).min(RETRIES);
        self.rest(now);
        Finding::Failed { alarm }
    }

    fn prove(&mut self, rested: Millis, now: PumpTime, monotonic: PumpTime) {
        self.window = 0;
        let stood = now.since(self.stands_since);
        let needed = stood.times(PROOF_TIMES << self.relapses);
        let is_quick = rested <= PROBE_GAP + TRY_SPAN && self.relapses < RELAPSES_QUICK;
        self.phase = Phase::Proving {
            weak: is_quick.then_some((0, 0)),
            left: needed.min(PROOF_MAX),
            moved: 0,
            last: Some(now),
            from: monotonic,
        };
    }

    fn proved(&mut self, now: PumpTime) -> Finding {
        let Phase::Proving {
            weak,
            left,
            moved,
            from,
            ..
        } = self.phase
        else {
            return Finding::Nothing;
        };
        let by_weak = weak.is_some_and(|(driven, _)| driven >= WEAK_PULSES);
        let by_time = left == Millis::ZERO && moved >= PROOF_TURN;
        if by_weak || by_time || moved >= PROOF_STEPS << self.relapses {
            self.recover(now, from)
        } else {
            Finding::Nothing
        }
    }

    /// The motor has turned since `from`, in monotonic time. Clears the window, so that a single
    /// later miss is no new stall (REQ-STL-009).
    fn recover(&mut self, now: PumpTime, from: PumpTime) -> Finding {
        self.phase = Phase::Turning;
        self.window = 0;
        self.recovered = Some(now);
        let minutes = from.since(self.began).as_millis() / Millis::MINUTE.as_millis();
        Finding::Recovered {
            minutes: u32::try_from(minutes).unwrap_or(u32::MAX),
        }
    }

    fn rest(&mut self, now: PumpTime) {
        let gap = if self.tries < RETRIES {
            RETRY_GAP
        } else {
            PROBE_GAP
        };
        self.phase = Phase::Resting {
            since: now,
            until: now + gap,
        };
    }

    /// Begins a try if one is due; its train if so.
    pub(crate) fn begin_try(&mut self, now: PumpTime) -> Option<MotorCommand> {
        let rested = match self.phase {
            Phase::Resting { since, until } if now >= until => now.since(since),
            _ => return None,
        };
        self.phase = Phase::Trying {
            rested,
            until: now + TRY_SPAN,
            driven: 0,
            missed: 0,
        };
        Some(MotorCommand::Train {
            pulses: TRY_PULSES,
            first_delay_us: 0,
            period_us: TRY_PERIOD_US,
            pulse_energy_uj: PULSE_ENERGY_UJ,
        })
    }

    /// The infusion was stopped: cuts a try in progress; the next is due when the infusion starts
    /// (REQ-STL-007).
    pub(crate) fn pause(&mut self, now: PumpTime) {
        match &mut self.phase {
            Phase::Turning | Phase::Resting { .. } => {}
            Phase::Trying { rested, .. } => {
                self.phase = Phase::Resting {
                    since: now.before(*rested),
                    until: now,
                };
            }
            Phase::Proving { last, .. } => *last = None,
        }
    }

    /// When the stall control next needs a wake.
    pub(crate) const fn next(&self) -> PumpTime {
        match self.phase {
            Phase::Turning | Phase::Proving { .. } => PumpTime::NEVER,
            Phase::Resting { until, .. } | Phase::Trying { until, .. } => until,
        }
    }
}

#[cfg(test)]
mod tests;
