//! When a pin event will fire: predicted from the state, not stepped.
//!
//! Pulses and charge are monotone, so the first pulse below a threshold is found by bisection.
//! A miss by a fault is arithmetic. A miss for lack of torque is only looked for where it is
//! possible; then a copy of the mechanics runs ahead, tick by tick.

use crate::TICK;
use crate::mechanics::Mechanics;
use crate::supply::{as_millivolts, pulse_charge_nc};
use thecal_units::SimTime;

/// The first tick after `at`.
pub(crate) fn next_tick(at: SimTime) -> SimTime {
    let ticks = at.as_millis() / TICK.as_millis() + 1;
    SimTime::from_millis(ticks.saturating_mul(TICK.as_millis()))
}

/// When the next pulse will miss, if that is not after `not_after`.
pub(crate) fn next_miss(
    mechanics: &Mechanics,
    now: SimTime,
    not_after: SimTime,
) -> Option<SimTime> {
    let train = &mechanics.train;
    if train.fired == train.pulses {
        return None;
    }
    if mechanics.has_torque_until(not_after) {
        let index = u64::from(train.fired).checked_add(mechanics.shaft.free_steps())?;
        let index = u32::try_from(index)
            .ok()
            .filter(|index| *index < train.pulses)?;
        let at = train.instant(&mechanics.clock, index);
        return (at <= not_after).then_some(at);
    }
    let mut ahead = mechanics.clone();
    let mut at = now;
    while at < not_after && ahead.train.fired < ahead.train.pulses {
        let tick = next_tick(at);
        at = tick.min(not_after);
        let (fired, moved, missed) = (ahead.train.fired, ahead.shaft.moved, ahead.shaft.missed());
        ahead.settle(at);
        if ahead.shaft.missed() > missed {
            let index = fired + u32::try_from(ahead.shaft.moved - moved).unwrap_or(u32::MAX);
            return Some(ahead.train.instant(&ahead.clock, index));
        }
        if at == tick {
            ahead.tick(at);
        }
    }
    None
}

/// When the supply will first show less than `threshold_mv`, if that is not after `not_after`.
pub(crate) fn next_low_supply(
    mechanics: &Mechanics,
    now: SimTime,
    not_after: SimTime,
    threshold_mv: u16,
) -> Option<SimTime> {
    let pulse = low_pulse(mechanics, not_after, threshold_mv);
    let tick = low_tick(mechanics, now, not_after, threshold_mv);
    match (pulse, tick) {
        (Some(pulse), Some(tick)) => Some(pulse.min(tick)),
        (pulse, tick) => pulse.or(tick),
    }
}

fn low_pulse(mechanics: &Mechanics, not_after: SimTime, threshold_mv: u16) -> Option<SimTime> {
    let train = &mechanics.train;
    let due = train.due(&mechanics.clock, not_after).max(train.fired);
    let charge = pulse_charge_nc(train.energy_uj);
    let is_low = |index: u32| {
        let more = u64::from(index - train.fired + 1) * charge;
        let at = train.instant(&mechanics.clock, index);
        as_millivolts(mechanics.supply.pulse_volts(train, at, more)) < threshold_mv
    };
    if due == train.fired || !is_low(due - 1) {
        return None;
    }
    let (mut first, mut last) = (train.fired, due - 1);
    while first < last {
        let half = first + (last - first) / 2;
        if is_low(half) {
            last = half;
        } else {
            first = half + 1;
        }
    }
    Some(train.instant(&mechanics.clock, first))
}

fn low_tick(
    mechanics: &Mechanics,
    now: SimTime,
    not_after: SimTime,
    threshold_mv: u16,
) -> Option<SimTime> {
    let train = &mechanics.train;
    let charge = pulse_charge_nc(train.energy_uj);
    let instant = |tick: u64| SimTime::from_millis(tick.saturating_mul(TICK.as_millis()));
    let is_low = |tick: u64| {
        let at = instant(tick);
        let due = train.due(&mechanics.clock, at).max(train.fired);
        let more = u64::from(due - train.fired) * charge;
        as_millivolts(mechanics.supply.rest_volts(at, more)) < threshold_mv
    };
    let (mut first, mut last) = (
        now.as_millis() / TICK.as_millis() + 1,
        not_after.as_millis() / TICK.as_millis(),
    );
    if last < first || !is_low(last) {
        return None;
    }
    while first < last {
        let half = first + (last - first) / 2;
        if is_low(half) {
            last = half;
        } else {
            first = half + 1;
        }
    }
    Some(instant(first))
}
