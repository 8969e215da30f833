/* bolus.c: see bolus.h. */
#include "bolus.h"
#include "bytes.h"
#include "pump.h"

#define DAY_MS 86400000u
#define BOUNCE_MS 50u
#define STUCK_MS 180000u
#define FLOW_MAX_ML_PER_DAY 24u
#define STEPS_PER_ML 200000u

/* Whole steps of a dose, rounded down. */
static uint64_t steps_of(uint32_t dose, uint32_t concentration)
{
    return (uint64_t)dose * STEPS_PER_ML / concentration;
}

/* How long a bolus takes; longer than prescribed where the flow would be too high. 0: it never ends. */
static uint64_t lasts(const prescription *rx)
{
    uint64_t most = (uint64_t)FLOW_MAX_ML_PER_DAY * rx->concentration; /* ng/day, parts a millisecond */
    uint64_t parts = steps_of(rx->bolus.dose, rx->concentration) * meter_step(rx->concentration);
    uint64_t least_ms;
    if (rx->dose >= most) {
        return 0;
    }
    least_ms = (parts + (most - rx->dose) - 1u) / (most - rx->dose);
    return least_ms > rx->bolus.duration_ms ? least_ms : rx->bolus.duration_ms;
}

static bool is_a_span(uint32_t span_ms)
{
    return span_ms >= 60000u && span_ms <= DAY_MS;
}

uint8_t bolus_check(const prescription *rx)
{
    uint64_t lasts_ms;
    if (rx->bolus.dose == 0) {
        return 0;
    }
    if (!is_a_span(rx->bolus.duration_ms)) {
        return BOLUS_DURATION_RANGE;
    }
    /* A dose of so many steps takes longer than a day, and would be too large a number below. */
    if (steps_of(rx->bolus.dose, rx->concentration) > (uint64_t)FLOW_MAX_ML_PER_DAY * STEPS_PER_ML) {
        return BOLUS_DOSE_RANGE;
    }
    lasts_ms = lasts(rx);
    if (steps_of(rx->bolus.dose, rx->concentration) == 0 || lasts_ms == 0 || lasts_ms > DAY_MS) {
        return BOLUS_DOSE_RANGE;
    }
    if (!is_a_span(rx->bolus.lockout_ms) || lasts_ms > rx->bolus.lockout_ms) {
        return LOCKOUT_RANGE;
    }
    return rx->bolus.daily_maximum > GRANTS_MAX ? DAILY_MAXIMUM_RANGE : 0;
}

/* Grants of the last `span_ms`. */
static unsigned granted_within(const pump *p, uint64_t span_ms)
{
    unsigned i, count = 0;
    for (i = 0; i < GRANTS_MAX; i++) {
        uint64_t at = p->boluses.grants[i];
        count += at != 0 && p->therapy_ms < at + span_ms;
    }
    return count;
}

/* A button that repeats one press is stuck. */
static void watch_button(pump *p, uint8_t remote, press *last)
{
    if (!last->is_told && p->therapy_ms > last->first_ms + STUCK_MS) {
        last->is_told = true;
        if (pump_raise(p, ALARM_STUCK_BUTTON)) {
            pump_note(p, LOG_STUCK_BUTTON, remote);
        }
    }
}

/* Whether a press was heard before: by its number, or because a contact bounces. */
static bool is_same_press(pump *p, uint8_t remote, uint16_t number)
{
    press *last = &p->boluses.presses[remote - 1u];
    bool is_same = last->is_known && last->number == number;
    bool bounces = last->is_known && last->last_ms != 0 && p->therapy_ms < last->last_ms + BOUNCE_MS;
    last->last_ms = p->therapy_ms;
    if (is_same) {
        watch_button(p, remote, last);
    } else {
        last->is_known = true;
        last->is_told = false;
        last->number = number;
        last->first_ms = p->therapy_ms;
        p->state_dirty = true;
    }
    return is_same || bounces;
}

/* By what the pump is doing. */
static uint8_t denied_by_mode(const pump *p)
{
    if (p->is_safe) {
        return DENIAL_SAFE_STATE;
    }
    if (!p->is_running) {
        return DENIAL_STOPPED;
    }
    if (p->update.is_held) {
        return DENIAL_HELD;
    }
    if (p->reservoir_pl == 0) {
        return DENIAL_EMPTY;
    }
    return p->is_stalled ? DENIAL_STALLED : 0;
}

/* The first reason that applies, in the order of docs/telemetry.md. */
static uint8_t denied(const pump *p, bool is_magnet_near, bool is_same)
{
    uint8_t by_mode = denied_by_mode(p);
    if (!p->is_programmed) {
        return DENIAL_NOT_PROGRAMMED;
    }
    if (p->rx.bolus.dose == 0) {
        return DENIAL_DISABLED;
    }
    if (by_mode != 0) {
        return by_mode;
    }
    if ((p->alarms & ALARM_MEMORY) != 0) {
        return DENIAL_ALARM;
    }
    if (is_magnet_near) {
        return DENIAL_MAGNET;
    }
    if (is_same) {
        return DENIAL_SAME_PRESS;
    }
    if (granted_within(p, p->rx.bolus.lockout_ms) > 0) {
        return DENIAL_LOCKOUT;
    }
    if (granted_within(p, DAY_MS) >= p->rx.bolus.daily_maximum) {
        return DENIAL_DAILY_MAXIMUM;
    }
    return bolus_is_on(p) ? DENIAL_IN_PROGRESS : 0;
}

uint8_t bolus_ask(pump *p, uint8_t remote, uint16_t number, bool is_magnet_near)
{
    bolus_state *b = &p->boluses;
    bool is_same = is_same_press(p, remote, number);
    uint8_t why = denied(p, is_magnet_near, is_same);
    if (why != 0) {
        return why;
    }
    b->grants[b->next] = p->therapy_ms == 0 ? 1u : p->therapy_ms;
    b->next = (b->next + 1u) % GRANTS_MAX;
    b->given.is_pending = true;
    p->granted++;
    p->grants_dirty = true;
    p->state_dirty = true;
    pump_note(p, LOG_BOLUS_GRANTED, remote);
    return 0;
}

void bolus_begin(pump *p)
{
    bolus *given = &p->boluses.given;
    uint64_t steps = steps_of(p->rx.bolus.dose, p->rx.concentration);
    uint64_t parts = steps * meter_step(p->rx.concentration);
    given->is_pending = false;
    given->lasts_ms = lasts(&p->rx);
    given->left_ms = given->lasts_ms;
    given->per_ms = parts / given->lasts_ms;
    given->rest = parts % given->lasts_ms;
}

bool bolus_is_on(const pump *p)
{
    return p->boluses.given.is_pending || p->boluses.given.left_ms > 0;
}

uint64_t bolus_pass(pump *p, uint32_t span_ms)
{
    bolus *given = &p->boluses.given;
    uint64_t span = span_ms < given->left_ms ? span_ms : given->left_ms;
    uint64_t before_ms = given->lasts_ms - given->left_ms;
    uint64_t rest;
    if (given->left_ms == 0) {
        return 0;
    }
    /* The rest, spread evenly: what is due of it by the end of this time, less what was by its start. */
    rest = given->rest * (before_ms + span) / given->lasts_ms - given->rest * before_ms / given->lasts_ms;
    given->left_ms -= span;
    return given->per_ms * span + rest;
}

void bolus_cut(pump *p)
{
    static const bolus none;
    p->boluses.given = none;
}

void grants_to_bytes(const bolus_state *b, uint8_t bytes[GRANTS_LEN])
{
    unsigned i;
    for (i = 0; i < GRANTS_MAX; i++) {
        bytes = put_number(bytes, b->grants[(b->next + i) % GRANTS_MAX], 5);
    }
}

void grants_from_bytes(bolus_state *b, const uint8_t bytes[GRANTS_LEN])
{
    unsigned i;
    b->next = 0;
    for (i = 0; i < GRANTS_MAX; i++) {
        b->grants[i] = get_number(bytes + i * 5u, 5);
    }
}

void grants_forget(bolus_state *b, uint64_t therapy_ms)
{
    unsigned i;
    for (i = 0; i < GRANTS_MAX; i++) {
        b->grants[i] = therapy_ms == 0 ? 1u : therapy_ms;
    }
}

void presses_to_bytes(const bolus_state *b, uint8_t bytes[PRESSES_LEN])
{
    unsigned i, known = 0;
    for (i = 0; i < REMOTES; i++) {
        known |= b->presses[i].is_known ? 1u << i : 0u;
        put_number(bytes + 1u + i * 2u, b->presses[i].number, 2);
    }
    bytes[0] = (uint8_t)known;
}

void presses_from_bytes(bolus_state *b, const uint8_t bytes[PRESSES_LEN])
{
    unsigned i;
    for (i = 0; i < REMOTES; i++) {
        b->presses[i].is_known = (bytes[0] >> i & 1u) != 0;
        b->presses[i].number = (uint16_t)get_number(bytes + 1u + i * 2u, 2);
    }
}
