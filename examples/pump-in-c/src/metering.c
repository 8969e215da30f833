/* metering.c: see metering.h. */
#include "metering.h"

#define PARTS_PER_CONCENTRATION 432u
/* A period rounded down by less than 1 us keeps so many pulses within 1 ms. */
#define PULSES_MAX 1000u
#define DEBT_MAX_STEPS 2
/* More than any motor drives between two looks: keeps a count that cannot be from overflowing. */
#define CHARGE_MAX 1000000u
/* Of a step, for carrying a fraction over to another rate. */
#define MILLIONTHS 1000000

uint64_t meter_step(uint32_t concentration_ng_per_ml)
{
    return (uint64_t)concentration_ng_per_ml * PARTS_PER_CONCENTRATION;
}

void meter_set(meter *m, uint32_t dose_ng_per_day, uint32_t concentration_ng_per_ml)
{
    uint64_t per_step = meter_step(concentration_ng_per_ml);
    if (m->per_step != 0 && m->per_step != per_step) {
        int64_t millionths = m->due * MILLIONTHS / (int64_t)m->per_step;
        m->due = millionths * (int64_t)per_step / MILLIONTHS;
    }
    m->dose = dose_ng_per_day;
    m->per_step = per_step;
}

void meter_advance(meter *m, uint32_t millis, uint64_t more)
{
    m->due += (int64_t)((uint64_t)m->dose * millis + more);
}

void meter_charge(meter *m, uint32_t steps)
{
    int64_t most = DEBT_MAX_STEPS * (int64_t)m->per_step;
    m->due -= (int64_t)((steps < CHARGE_MAX ? steps : CHARGE_MAX) * m->per_step);
    if (m->due > most) {
        m->due = most;
    }
}

void meter_forgive(meter *m)
{
    if (m->per_step != 0 && m->due >= (int64_t)m->per_step) {
        m->due %= (int64_t)m->per_step;
    }
}

/* Whole steps due `millis` from now, at `rate` parts a millisecond. */
static uint64_t steps_after(const meter *m, uint64_t rate, uint64_t millis)
{
    int64_t due = m->due + (int64_t)(rate * millis);
    return due > 0 ? (uint64_t)due / m->per_step : 0;
}

/* From now to the `nth` due step, rounded up. Unit: microsecond. */
static uint64_t due_in_us(const meter *m, uint64_t rate, uint64_t nth)
{
    int64_t missing = (int64_t)(nth * m->per_step) - m->due;
    return missing > 0 ? ((uint64_t)missing * 1000u + rate - 1u) / rate : 0;
}

train meter_plan(const meter *m, uint64_t now_ms, uint64_t allowed, beside extra)
{
    train plan = {0, 0, 0, LOOK_MS - (uint32_t)(now_ms % LOOK_MS)};
    uint64_t most = allowed < PULSES_MAX ? allowed : PULSES_MAX;
    uint64_t pulses, first_us, last_us, span_us;
    uint64_t rate = m->dose + (extra.left_ms > 0 ? extra.per_ms : 0u);
    if (extra.left_ms > 0 && extra.left_ms < plan.span_ms) {
        plan.span_ms = (uint32_t)extra.left_ms;
    }
    if (rate == 0 || m->per_step == 0) {
        return plan;
    }
    pulses = steps_after(m, rate, plan.span_ms);
    if (pulses > most) {
        pulses = most;
        if (most > 0) {
            plan.span_ms = (uint32_t)((due_in_us(m, rate, most) + 999u) / 1000u);
        }
        plan.span_ms += plan.span_ms == 0;
    }
    if (pulses == 0) {
        return plan;
    }
    plan.pulses = (uint32_t)pulses;
    plan.period_us = (uint32_t)(m->per_step * 1000u / rate);
    first_us = due_in_us(m, rate, 1);
    last_us = first_us + (pulses - 1u) * plan.period_us;
    span_us = (uint64_t)plan.span_ms * 1000u;
    if (last_us > span_us) {
        uint64_t past_us = last_us - span_us;
        first_us = first_us > past_us ? first_us - past_us : 0;
    }
    plan.first_delay_us = (uint32_t)first_us;
    return plan;
}
