//! Metering: when the next motor step is due.
//!
//! ```text
//!   phase(t) = (basal rate + bolus rate) x t - steps driven          unit: 1e-12 step
//!   basal rate = dose / (concentration x step volume)                per millisecond
//! ```
//!
//! Each rate is a whole number and a fraction whose remainder is carried on, so that years of
//! infusion are exact to one step (REQ-MET-001). The phase is closed over the steps that were
//! really *driven*: a train that was cut leaves its steps due, a step that was driven but missed
//! is not repeated (REQ-STL-005).
//!
//! A train has equal periods in whole microseconds, rounded down, and at most [`PULSES_MAX`]
//! pulses: each pulse falls at most 1 ms before its due instant or 10 us after it, and none after `wake_at`
//! (REQ-MET-002).

use thecal_units::{Concentration, DoseRate, Millis, PumpTime, Volume};

/// Volume of one motor step. Source: pump.md 4.1.
pub(crate) const STEP_VOLUME: Volume = Volume::from_nanoliters(5);
/// One step. Unit: 1e-12 step.
pub(crate) const STEP: u64 = 1_000_000_000_000;
/// Most pulses in one train. Source: 1000 periods rounded down by less than 1 us stay within 1 ms.
pub(crate) const PULSES_MAX: u64 = 1_000;
/// While infusing, the pump looks at least this often if a step is due in between.
const LOOK: u64 = Millis::MINUTE.as_millis();
/// Longest sleep. Well inside the watchdog's period (REQ-WDG-001).
pub(crate) const SLEEP_MAX: Millis = Millis::from_secs(120);
/// Most steps that may be overdue: a longer debt is forgiven, never caught up (REQ-MET-004).
const DEBT_MAX: i64 = 2 * STEP.cast_signed();
/// Largest rate of basal and bolus together: 24 mL/day (REQ-MET-005). Unit: 1e-12 step per millisecond.
pub(crate) const RATE_MAX: u64 = 4_800_000 * STEP / 86_400_000;

/// A rate as a whole number and a fraction. Unit: 1e-12 step per millisecond.
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
        // ng/day per ng/mL is mL/day; a step is 5e-6 mL, a day 86.4e6 ms: 432 together.
        let over = u64::from(concentration.as_ng_per_ml()) * 432;
        Self::new(u128::from(dose.as_ng_per_day()) * u128::from(STEP), over)
    }

    /// `steps` spread evenly over a span.
    pub(crate) fn spread(steps: u64, over: Millis) -> Self {
        Self::new(u128::from(steps) * u128::from(STEP), over.as_millis())
    }

    /// The rate, rounded down.
    pub(crate) const fn round_down(self) -> u64 {
        self.whole
    }
}

#[derive(Clone, Copy, Debug)]
struct Stream {
    rate: Rate,
    carry: u64,
}

impl Stream {
    const OFF: Self = Self {
        rate: Rate::ZERO,
        carry: 0,
    };

    /// What comes due in `millis`, and the remainder after it.
    const fn after(&self, millis: u64) -> (u64, u64) {
        let part = self
            .rate
            .part
            .saturating_mul(millis)
            .saturating_add(self.carry);
        let whole = self.rate.whole.saturating_mul(millis);
        match part.checked_div(self.rate.over) {
            Some(more) => (whole.saturating_add(more), part % self.rate.over),
            None => (whole, 0),
        }
    }

    const fn advance(&mut self, millis: u64) -> u64 {
        let (due, carry) = self.after(millis);
        self.carry = carry;
        due
    }
}

/// What the motor should do until the next look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) pulses: u32,
    pub(crate) first_delay_us: u32,
    pub(crate) period_us: u32,
    pub(crate) wake_at: PumpTime,
}

/// The steps due.
#[derive(Debug)]
pub(crate) struct Meter {
    basal: Stream,
    bolus: Stream,
    bolus_left: u64,
    bolus_due: u64,
    phase: i64,
}

impl Meter {
    pub(crate) const fn new() -> Self {
        Self {
            basal: Stream::OFF,
            bolus: Stream::OFF,
            bolus_left: 0,
            bolus_due: 0,
            phase: 0,
        }
    }

    /// Sets the continuous rate; the fraction of a step already due stays due (REQ-MET-003).
    pub(crate) fn set_basal(&mut self, rate: Rate) {
        if rate != self.basal.rate {
            self.basal = Stream { rate, carry: 0 };
        }
    }

    /// Adds a bolus on top of the continuous rate (REQ-BOL-001).
    pub(crate) fn start_bolus(&mut self, steps: u64, over: Millis) {
        self.bolus = Stream {
            rate: Rate::spread(steps, over),
            carry: 0,
        };
        self.bolus_left = over.as_millis();
        self.bolus_due = 0;
    }

    /// Ends a bolus, given or not; says how many steps came due for it.
    pub(crate) fn end_bolus(&mut self) -> u32 {
        self.bolus = Stream::OFF;
        self.bolus_left = 0;
        u32::try_from(self.bolus_due / STEP).unwrap_or(u32::MAX)
    }

    /// Time until the bolus is given; zero where there is none.
    pub(crate) const fn bolus_left(&self) -> Millis {
        Millis::from_millis(self.bolus_left)
    }

    /// Lets time pass.
    pub(crate) fn advance(&mut self, span: Millis) {
        let millis = span.as_millis();
        let in_bolus = millis.min(self.bolus_left);
        self.bolus_left -= in_bolus;
        let bolus = self.bolus.advance(in_bolus);
        self.bolus_due = self.bolus_due.saturating_add(bolus);
        let due = self.basal.advance(millis).saturating_add(bolus);
        self.phase = self
            .phase
            .saturating_add(i64::try_from(due).unwrap_or(i64::MAX));
    }

    /// Takes driven steps off what is due.
    pub(crate) fn charge(&mut self, steps: u32) {
        let taken = i64::from(steps).saturating_mul(STEP.cast_signed());
        self.phase = self.phase.saturating_sub(taken).min(DEBT_MAX);
    }

    /// Forgets whole steps that are due: after a stop or a stall nothing is caught up.
    pub(crate) fn forgive(&mut self) {
        if self.phase >= STEP.cast_signed() {
            self.phase %= STEP.cast_signed();
        }
    }

    /// The train until the next look, with at most `allowed` pulses.
    pub(crate) fn plan(&self, now: PumpTime, allowed: u64) -> Plan {
        let rate = self.basal.rate.whole + self.bolus.rate.whole;
        if rate == 0 || allowed == 0 {
            return Plan {
                pulses: 0,
                first_delay_us: 0,
                period_us: 0,
                wake_at: now + self.shorten(SLEEP_MAX.as_millis()),
            };
        }
        let look = self.shorten(LOOK - now.as_millis() % LOOK).as_millis();
        let first_us = self.due_in_us(1, rate);
        let mut span = look;
        let mut pulses = self.whole_steps_after(look);
        if pulses == 0 {
            // Slow infusion: sleep until the next step, but not for long.
            let to_first = first_us.div_ceil(1_000);
            span = self
                .shorten(to_first.clamp(look, SLEEP_MAX.as_millis()))
                .as_millis();
            pulses = self.whole_steps_after(span);
        }
        let most = allowed.min(PULSES_MAX);
        if pulses > most {
            pulses = most;
            span = self.due_in_us(most, rate).div_ceil(1_000).clamp(1, span);
        }
        let period_us = STEP * 1_000 / rate;
        let last_us = first_us.saturating_add(period_us.saturating_mul(pulses.saturating_sub(1)));
        let past_us = last_us.saturating_sub(span * 1_000);
        let narrow = |wide: u64| u32::try_from(wide).unwrap_or(u32::MAX);
        Plan {
            pulses: narrow(pulses),
            first_delay_us: narrow(first_us.saturating_sub(past_us)),
            period_us: narrow(period_us),
            wake_at: now + Millis::from_millis(span),
        }
    }

    /// Not past the end of a bolus: the rate changes there.
    fn shorten(&self, millis: u64) -> Millis {
        Millis::from_millis(if self.bolus_left > 0 {
            millis.min(self.bolus_left)
        } else {
            millis
        })
    }

    fn whole_steps_after(&self, millis: u64) -> u64 {
        let due = self.basal.after(millis).0 + self.bolus.after(millis).0;
        let phase = self
            .phase
            .saturating_add(i64::try_from(due).unwrap_or(i64::MAX));
        u64::try_from(phase).unwrap_or(0) / STEP
    }

    /// From now to the `nth` due step, rounded up. Unit: microsecond.
    fn due_in_us(&self, nth: u64, rate: u64) -> u64 {
        let target = i64::try_from(nth.saturating_mul(STEP)).unwrap_or(i64::MAX);
        let missing = u64::try_from(target.saturating_sub(self.phase)).unwrap_or(0);
        missing.saturating_mul(1_000).div_ceil(rate)
    }
}
