/*
 * metering.h: when the next motor step is due.
 *
 *   steps per millisecond = dose / (concentration x 432)
 *
 * because ng/day per ng/mL is mL/day, a step is 5e-6 mL and a day 86.4e6 ms. What is due is counted
 * in parts of a step, of which one step has `concentration x 432`: then a millisecond adds exactly
 * `dose` parts, nothing is ever rounded, and a month is as exact as a minute.
 */
#ifndef METERING_H
#define METERING_H

#include <stdint.h>

#define STEP_VOLUME_PL 5000u       /* 5 nL; unit: picoliter */
#define LOOK_MS 60000u             /* the pump looks at least this often */
#define PULSE_ENERGY_UJ 30u        /* unit: microjoule */

typedef struct meter {
    uint32_t dose;     /* parts per millisecond; unit: ng/day */
    uint64_t per_step; /* parts of one step; 0 before a prescription */
    int64_t due;       /* parts due and not driven; below 0 where a step came early */
} meter;

/* A train of pulses, and the time after which to look again. */
typedef struct train {
    uint32_t pulses;
    uint32_t first_delay_us;
    uint32_t period_us;
    uint32_t span_ms;
} train;

/* The parts of one step at this concentration. */
uint64_t meter_step(uint32_t concentration_ng_per_ml);

/* Sets the rate. The fraction of a step that is due stays due. */
void meter_set(meter *m, uint32_t dose_ng_per_day, uint32_t concentration_ng_per_ml);

/* Lets time pass while infusing; `millis` is 2 * LOOK_MS at most. `more` is what a bolus adds in it. */
void meter_advance(meter *m, uint32_t millis, uint64_t more);

/* Takes driven steps off what is due. A debt of more than two steps is forgiven, never caught up. */
void meter_charge(meter *m, uint32_t steps);

/* Forgets whole steps that are due: after a stop or a stall nothing is caught up. */
void meter_forgive(meter *m);

/* A bolus beside the infusion: parts that it adds a millisecond, and for how long; 0: none. */
typedef struct beside {
    uint64_t per_ms;
    uint64_t left_ms;
} beside;

/* The train until the next whole minute of the clock or the end of a bolus, of at most `allowed` pulses.
 * Each falls at most a millisecond before its due instant, and none after the end of the span. */
train meter_plan(const meter *m, uint64_t now_ms, uint64_t allowed, beside extra);

#endif
