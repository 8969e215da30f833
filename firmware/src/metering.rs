//! Metering: when the next motor step is due.
//!
//! ```text
//!   phase(t) = (basal rate + bolus rate) x t - steps driven          unit: 1e-12 step
//!   basal rate = dose / (concentration x step volume)                per millisecond
//! ```
//!
//! Each rate is an integer and a fraction whose remainder is carried over, so that years of
//! infusion are exact to one step (REQ-MET-001). The phase subtracts the steps actually *driven*: a
//! train that was cut leaves its steps due; a step that was driven but missed is not repeated
//! (REQ-STL-005).
//!
//! A train has equal periods in whole microseconds, rounded down, and at most [`PULSES_MAX`]
//! pulses: each pulse falls at most 1 ms before its due instant or 10 us after it, and none after
//! `wake_at` (REQ-MET-002).

use crate::twin::{Invert, Twin};
use thecal_units::{Concentration, DoseRate, FlowRate, Millis, PumpTime, Volume};

/// Volume of one motor step. Source: pump.md 4.1.
pub(crate) const STEP_VOLUME: Volume = Volume::from_nanoliters(5);
/// One step. Unit: 1e-12 step.
pub(crate) const STEP: u64 = 1_000_000_000_000;
/// Most pulses in one train. Source: 1000 periods rounded down by less than 1 us stay within 1 ms.
pub(crate) const PULSES_MAX: u64 = 1_000;
/// While infusing, the pump wakes at least this often if a step is due in between.
const LOOK: u64 = Millis::MINUTE.as_millis();
/// Longest sleep. Well inside the watchdog's period (REQ-WDG-001).
pub(crate) const SLEEP_MAX: Millis = Millis::from_secs(120);
/// Longest time to save up steps for a battery check: 8 steps at the minimum rate take 9.6 min.
const SAVE_MAX: u64 = 20 * Millis::MINUTE.as_millis();
/// Limit of overdue steps: more than this are forgotten, never caught up (REQ-MET-004).
const DEBT_MAX: i64 = 2 * STEP.cast_signed();
/// Shortest pulse period: that of the largest rate, less the microsecond of rounding (REQ-MET-005).
/// Unit: microsecond.
pub(crate) const PERIOD_MIN_US: u64 = STEP * 1_000 / RATE_MAX - 1;
/// Largest total rate of basal and bolus: 24 mL/day (REQ-MET-005). Unit: 1e-12 step per
/// millisecond.
pub(crate) const RATE_MAX: u64 = 4_800_000 * STEP / 86_400_000;

/// A rate as an integer and a fraction. Unit: 1e-12 step per millisecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rate {
    whole: u64,
    part: u64,
    over: u64,
}

impl Rate {
    pub(crate) const ZERO: Self = Self {
        whole: 0,
        part: 0,
        over: 1,
    };

    fn new(steps_e12: u128, over: u64) -> Self {
        let divisor = u128::from(over.max(1));
        let narrow = |wide: u128| u64::try_from(wide).unwrap_or(u64::MAX);
        Self {
            whole: narrow(steps_e12 / divisor),
            part: narrow(steps_e12 % divisor),
            over: over.max(1),
        }
    }

    /// The continuous rate of a dose.
    pub(crate) fn basal(dose: DoseRate, concentration: Concentration) -> Self {
        if concentration == Concentration::ZERO {
            return Self::ZERO;
        }
        // ng/day per ng/mL is mL/day; a step is 5e-6 mL, a day 86.4e6 ms; their product is 432.
        let over = u64::from(concentration.as_ng_per_ml()) * 432;
        Self::new(u128::from(dose.as_ng_per_day()) * u128::from(STEP), over)
    }

    /// `steps` spread evenly over a span.
    pub(crate) fn spread(steps: u64, over: Millis) -> Self {
        Self::new(u128::from(steps) * u128::from(STEP), over.as_millis())
    }

    /// The continuous rate of a flow.
    pub(crate) fn flow(flow: FlowRate) -> Self {
        let day = u128::from(Millis::DAY.as_millis());
        let over = day * u128::from(STEP_VOLUME.as_nanoliters_round_down());
        let nanoliters = u128::from(flow.as_nl_per_day());
        Self::new(
            nanoliters * u128::from(STEP),
            u64::try_from(over).unwrap_or(u64::MAX),
        )
    }

    /// The rate, rounded down.
    pub(crate) const fn round_down(self) -> u64 {
        self.whole
    }
}

impl Invert for Rate {
    fn invert(self) -> Self {
        Self {
            whole: !self.whole,
            part: !self.part,
            over: !self.over,
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Stream {
    held: Twin<Rate>,
    carry: u64,
}

impl Stream {
    const OFF: Self = Self {
        held: Twin::of(
            Rate::ZERO,
            Rate {
                whole: !0,
                part: !0,
                over: !1,
            },
        ),
        carry: 0,
    };

    fn new(rate: Rate) -> Self {
        Self {
            held: Twin::new(rate),
            carry: 0,
        }
    }

    const fn rate(&self) -> Rate {
        self.held.get()
    }

    /// What comes due in `millis`, and the remainder after it.
    const fn after(&self, millis: u64) -> (u64, u64) {
        let rate = self.rate();
        let part = rate.part.saturating_mul(millis).saturating_add(self.carry);
        let whole = rate.whole.saturating_mul(millis);
        match part.checked_div(rate.over) {
            Some(more) => (whole.saturating_add(more), part % rate.over),
            None => (whole, 0),
        }
    }

    const fn advance(&mut self, millis: u64) -> u64 {
        let (due, carry) = self.after(millis);
        self.carry = carry;
        due
    }
}

/// The train until the next wake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) pulses: u32,
    pub(crate) first_delay_us: u32,
    pub(crate) period_us: u32,
    pub(crate) wake_at: PumpTime,
}

/// The steps due.
#[derive(Clone, Debug)]
pub(crate) struct Meter {
    basal: Stream,
    bolus: Stream,
    /// The bolus replaces the continuous infusion.
    replaces: bool,
    /// Time until the bolus ends. Unit: millisecond.
    bolus_left: Twin<u64>,
    bolus_due: u64,
    phase: i64,
    /// Limit of overdue steps.
    debt_max: i64,
    /// A rate was damaged: what came due by it until now is unknown.
    lost: bool,
}

impl Meter {
    pub(crate) const fn new() -> Self {
        Self {
            basal: Stream::OFF,
            bolus: Stream::OFF,
            replaces: false,
            bolus_left: Twin::of(0, !0),
            bolus_due: 0,
            phase: 0,
            debt_max: DEBT_MAX,
            lost: false,
        }
    }

    /// As [`Pump::flip`](crate::Pump::flip): of the rates, and of what is left of a bolus.
    #[cfg(feature = "fault-injection")]
    pub(crate) fn flip(&mut self, field: &str, bit: u32) -> Option<crate::flip::Flipped> {
        if let Some(which) = field.strip_prefix("bolus_left.") {
            return self.bolus_left.flip(which, bit);
        }
        let (stream, field) = match field.split_once(".held.")? {
            ("basal", field) => (&mut self.basal, field),
            ("bolus", field) => (&mut self.bolus, field),
            _ => return None,
        };
        let rate = stream.held.held(field.strip_suffix(".whole")?)?;
        let before = rate.whole;
        rate.whole = crate::flip::flipped(before, 64, bit)?;
        Some((before, rate.whole))
    }

    /// Whether the values held twice agree (REQ-INT-001).
    pub(crate) fn is_sound(&self) -> bool {
        self.basal.held.is_sound() && self.is_bolus_sound()
    }

    /// Whether the bolus's rate and remainder agree with their inverses.
    pub(crate) fn is_bolus_sound(&self) -> bool {
        self.bolus.held.is_sound() && self.bolus_left.is_sound()
    }

    /// Clears the continuous rate; it is then computed anew.
    pub(crate) const fn drop_basal(&mut self) {
        self.basal = Stream::OFF;
        self.lost = true;
    }

    /// Whether a rate was dropped since the last call.
    pub(crate) const fn has_lost_rate(&mut self) -> bool {
        core::mem::replace(&mut self.lost, false)
    }

    #[cfg(test)]
    pub(crate) fn damage_basal(&mut self) {
        let mut rate = self.basal.rate();
        rate.whole ^= 1 << 40;
        self.basal.held.damage(rate);
    }

    #[cfg(test)]
    pub(crate) fn damage_bolus(&mut self) {
        let left = self.bolus_left.get();
        self.bolus_left.damage(left ^ 1 << 30);
    }

    /// Sets the continuous rate; the fraction of a step already due stays due (REQ-MET-003).
    pub(crate) fn set_basal(&mut self, rate: Rate) {
        if rate != self.basal.rate() {
            self.basal = Stream::new(rate);
        }
    }

    /// Starts a bolus, on top of the continuous rate or instead of it, as prescribed (REQ-BOL-001).
    pub(crate) fn start_bolus(&mut self, steps: u64, over: Millis, replaces: bool) {
        self.bolus = Stream::new(Rate::spread(steps, over));
        self.bolus_left.set(over.as_millis());
        self.bolus_due = 0;
        self.replaces = replaces;
    }

    /// Allows up to `steps` due steps to be saved up for a battery check; zero ends it.
    pub(crate) fn save_up(&mut self, steps: u32) {
        self.debt_max = DEBT_MAX + i64::from(steps) * STEP.cast_signed();
    }

    /// Time until `steps` steps are due; `None` if the continuous infusion takes too long.
    pub(crate) fn steps_in(&self, steps: u32) -> Option<Millis> {
        let rate = self.basal.rate().whole;
        if rate == 0 {
            return None;
        }
        let millis = self.due_in_us(steps.into(), rate).div_ceil(1_000);
        (millis <= SAVE_MAX).then(|| Millis::from_millis(millis))
    }

    /// Steps that have to be due before a train of `steps` pulses begins, so that none falls before its step
    /// is due: the others come due in its course. `to_last` is the time from its first pulse to its last.
    pub(crate) fn needed_for_train(&self, steps: u32, to_last: Millis) -> u32 {
        let meanwhile = self.basal.rate().whole.saturating_mul(to_last.as_millis()) / STEP;
        let meanwhile = u32::try_from(meanwhile).unwrap_or(u32::MAX);
        steps.saturating_sub(meanwhile).max(1)
    }

    /// Whether there is a continuous infusion.
    pub(crate) fn has_basal(&self) -> bool {
        let rate = self.basal.rate();
        (rate.whole, rate.part) != (0, 0)
    }

    /// Whether the continuous infusion is at least half as fast as the fastest bolus.
    pub(crate) fn is_fast(&self) -> bool {
        self.basal.rate().whole >= RATE_MAX / 2
    }

    /// Whole steps that are due now.
    pub(crate) fn due(&self) -> u64 {
        u64::try_from(self.phase).unwrap_or(0) / STEP
    }

    /// Ends a bolus, complete or not; returns the steps that came due for it.
    pub(crate) fn end_bolus(&mut self) -> u32 {
        self.bolus = Stream::OFF;
        self.bolus_left.set(0);
        self.replaces = false;
        let due = core::mem::take(&mut self.bolus_due);
        u32::try_from(due / STEP).unwrap_or(u32::MAX)
    }

    /// Time until the bolus ends; zero if there is none.
    pub(crate) const fn bolus_left(&self) -> Millis {
        Millis::from_millis(self.bolus_left.get())
    }

    /// Advances time by `span`.
    pub(crate) fn advance(&mut self, span: Millis) {
        let millis = span.as_millis();
        let left = self.bolus_left.get();
        let in_bolus = millis.min(left);
        if in_bolus > 0 {
            self.bolus_left.set(left - in_bolus);
        }
        let bolus = self.bolus.advance(in_bolus);
        self.bolus_due = self.bolus_due.saturating_add(bolus);
        let basal = self.basal.advance(self.basal_millis(millis, in_bolus));
        let due = basal.saturating_add(bolus);
        self.phase = self
            .phase
            .saturating_add(i64::try_from(due).unwrap_or(i64::MAX));
    }

    /// Subtracts driven steps from those due.
    pub(crate) fn charge(&mut self, steps: u32) {
        let taken = i64::from(steps).saturating_mul(STEP.cast_signed());
        self.phase = self.phase.saturating_sub(taken).min(self.debt_max);
    }

    /// Subtracts driven steps as far as they were due: time that a clock has taken back has passed all the
    /// same, and its steps were right.
    pub(crate) fn charge_what_was_due(&mut self, steps: u32) {
        let least = self.phase.min(0);
        self.charge(steps);
        self.phase = self.phase.max(least);
    }

    /// Milliseconds of continuous infusion in a span of which `in_bolus` is a bolus.
    const fn basal_millis(&self, millis: u64, in_bolus: u64) -> u64 {
        if self.replaces {
            millis - in_bolus
        } else {
            millis
        }
    }

    /// Forgets whole steps that are due: nothing is caught up after a stop or a stall.
    pub(crate) fn forgive(&mut self) {
        if self.phase >= STEP.cast_signed() {
            self.phase %= STEP.cast_signed();
        }
    }

    /// The train until the next wake, with at most `allowed` pulses. The rate changes after
    /// `change`.
    pub(crate) fn plan(&self, now: PumpTime, allowed: u64, change: Millis) -> Plan {
        let basal = if self.replaces && self.bolus_left.get() > 0 {
            0
        } else {
            self.basal.rate().whole
        };
        let rate = basal + self.bolus.rate().whole;
        let change = change.as_millis();
        if rate == 0 || allowed == 0 {
            return Plan {
                pulses: 0,
                first_delay_us: 0,
                period_us: 0,
                wake_at: now + self.shorten(SLEEP_MAX.as_millis().min(change)),
            };
        }
        let mut to_look = LOOK - now.as_millis() % LOOK;
        if to_look * 1_000 < self.due() * PERIOD_MIN_US {
            // The overdue steps do not fit before this wake; use the one after it.
            to_look += LOOK;
        }
        let look = self.shorten(to_look.min(change)).as_millis();
        let first_us = self.due_in_us(1, rate);
        let mut span = look;
        let mut pulses = self.whole_steps_after(look);
        if pulses == 0 {
            // Slow infusion: sleep until the next step, within limits.
            let to_first = first_us.div_ceil(1_000);
            let longest = SLEEP_MAX.as_millis().min(change).max(look);
            span = self.shorten(to_first.clamp(look, longest)).as_millis();
            pulses = self.whole_steps_after(span);
        }
        let most = allowed.min(PULSES_MAX);
        if pulses > most {
            pulses = most;
            span = self.due_in_us(most, rate).div_ceil(1_000).clamp(1, span);
        }
        // All pulses fall before the next wake; overdue steps are driven closer together, as many
        // as fit at the largest rate.
        let span_us = span * 1_000;
        let first_us = first_us.min(span_us);
        pulses = pulses.min(1 + (span_us - first_us) / PERIOD_MIN_US);
        let mut period_us = STEP * 1_000 / rate;
        if let Some(fits) = (span_us - first_us).checked_div(pulses.saturating_sub(1)) {
            period_us = period_us.min(fits);
        }
        let narrow = |wide: u64| u32::try_from(wide).unwrap_or(u32::MAX);
        Plan {
            pulses: narrow(pulses),
            first_delay_us: narrow(first_us),
            period_us: narrow(period_us),
            wake_at: now + Millis::from_millis(span),
        }
    }

    /// Limits a span to the end of a bolus, where the rate changes.
    fn shorten(&self, millis: u64) -> Millis {
        let left = self.bolus_left.get();
        Millis::from_millis(if left > 0 { millis.min(left) } else { millis })
    }

    fn whole_steps_after(&self, millis: u64) -> u64 {
        let in_bolus = millis.min(self.bolus_left.get());
        let basal = self.basal.after(self.basal_millis(millis, in_bolus)).0;
        let due = basal + self.bolus.after(in_bolus).0;
        let phase = self
            .phase
            .saturating_add(i64::try_from(due).unwrap_or(i64::MAX));
        u64::try_from(phase).unwrap_or(0) / STEP
    }

    /// Time from now to the `nth` due step, rounded up. Unit: microsecond.
    fn due_in_us(&self, nth: u64, rate: u64) -> u64 {
        let target = i64::try_from(nth.saturating_mul(STEP)).unwrap_or(i64::MAX);
        let missing = u64::try_from(target.saturating_sub(self.phase)).unwrap_or(0);
        missing.saturating_mul(1_000).div_ceil(rate)
    }
}
