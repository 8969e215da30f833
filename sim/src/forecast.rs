//! Forecast of the next pin event, predicted from the state without stepping the plant.
//!
//! Pulses and charge are monotone, so the first pulse below a threshold is found by bisection. The
//! instant of a miss caused by a fault is computed directly. A miss for lack of torque is searched
//! only where it is possible. In that case, and where pressures, loads or the supply are about to
//! change, a copy of the mechanics is advanced tick by tick.

use crate::TICK;
use crate::mechanics::Mechanics;
use crate::supply::as_millivolts;
use thecal_units::SimTime;

/// The first tick after `at`.
pub(crate) fn next_tick(at: SimTime) -> SimTime {
    let ticks = at.as_millis() / TICK.as_millis() + 1;
    SimTime::from_millis(ticks.saturating_mul(TICK.as_millis()))
}

/// When the next pulse will miss, up to `not_after`.
pub(crate) fn next_miss(
    mechanics: &Mechanics,
    now: SimTime,
    not_after: SimTime,
) -> Option<SimTime> {
    let surely = |mechanics: &Mechanics, _| {
        if mechanics.train.fired == mechanics.train.pulses {
            return Some(None);
        }
        let certain = mechanics.is_steady() && mechanics.misses_by_no_chance();
        if !certain || !mechanics.has_torque_until(not_after) {
            return None;
        }
        let train = &mechanics.train;
        let index = u64::from(train.fired).checked_add(mechanics.shaft.free_steps());
        let index = index.and_then(|index| u32::try_from(index).ok());
        let index = index.filter(|index| *index < train.pulses);
        let at = index.map(|index| train.instant(&mechanics.clock, index));
        Some(at.filter(|at| *at <= not_after))
    };
    run_ahead(mechanics, now, not_after, surely, |ahead, _, to| {
        let fired = ahead.train.fired;
        let (pulses, before_miss) = ahead.settle(to);
        let miss = fired + before_miss;
        (before_miss < pulses).then(|| ahead.train.instant(&ahead.clock, miss))
    })
}

/// When the supply will first fall below `threshold_mv`, up to `not_after`.
pub(crate) fn next_low_supply(
    mechanics: &Mechanics,
    now: SimTime,
    not_after: SimTime,
    threshold_mv: u16,
) -> Option<SimTime> {
    if mechanics.keeps_supply_until(not_after, threshold_mv) {
        return None;
    }
    let first = |mechanics: &Mechanics, now, not_after| {
        let pulse = low_pulse(mechanics, not_after, threshold_mv);
        let tick = low_tick(mechanics, now, not_after, threshold_mv);
        match (pulse, tick) {
            (Some(pulse), Some(tick)) => Some(pulse.min(tick)),
            (pulse, tick) => pulse.or(tick),
        }
    };
    let surely = |mechanics: &Mechanics, now| {
        let is_steady = mechanics.is_steady();
        is_steady.then(|| first(mechanics, now, not_after))
    };
    run_ahead(mechanics, now, not_after, surely, |ahead, from, to| {
        let at = first(ahead, from, to);
        ahead.settle(to);
        at
    })
}

/// Returns what `surely` computes where the state permits it. Otherwise advances a copy from tick
/// to tick until `surely` gives an answer or `look` finds an instant. `look` gets the copy at the
/// start of a span and settles it to the end.
fn run_ahead(
    mechanics: &Mechanics,
    now: SimTime,
    not_after: SimTime,
    surely: impl Fn(&Mechanics, SimTime) -> Option<Option<SimTime>>,
    mut look: impl FnMut(&mut Mechanics, SimTime, SimTime) -> Option<SimTime>,
) -> Option<SimTime> {
    if let Some(found) = surely(mechanics, now) {
        return found;
    }
    let mut ahead = mechanics.clone();
    let mut at = now;
    while at < not_after {
        let tick = next_tick(at);
        let to = tick.min(not_after);
        if let Some(found) = look(&mut ahead, at, to) {
            return Some(found);
        }
        if to == tick {
            // Which drug moves does not matter here.
            let passed = ahead.pass();
            ahead.mix(tick, &passed, [0.0; 2]);
            if let Some(found) = surely(&ahead, tick) {
                return found;
            }
        }
        at = to;
    }
    None
}

fn low_pulse(mechanics: &Mechanics, not_after: SimTime, threshold_mv: u16) -> Option<SimTime> {
    let train = &mechanics.train;
    let due = train.due(&mechanics.clock, not_after).max(train.fired);
    let charge = mechanics.supply.pulse_charge_nc(train.energy_uj);
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
    let charge = mechanics.supply.pulse_charge_nc(train.energy_uj);
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
