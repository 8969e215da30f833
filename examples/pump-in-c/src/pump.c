/* pump.c: one exchange, from what the pins show to what the pins do. */
#include "pump.h"
#include "bytes.h"

#define BOARD_NAME "stm32f405"
#define WATCHDOG_MS 180000u
#define LATE_MAX_MS 5000u          /* a wake later than this is a jump of the clock */
#define LEASE_PL 10000000u         /* 10 uL written off in advance; unit: picoliter */
#define FACTORY_FILL_PL 20000000000u
#define STALLED_AFTER 5u           /* pulses in a row without a sense pulse */
#define DEFAULT_INTERVAL_MS 600000u
#define THERAPY_KEPT_MS 60000u     /* therapy time is in memory at least this often */

static const uint8_t FLAG_PROVISIONED = 1, FLAG_PROGRAMMED = 2, FLAG_RUNNING = 4, FLAG_SAFE = 8;

/* ---- Kept over a reset ------------------------------------------------------------------- */

static void state_to_bytes(const pump *p, uint8_t bytes[STATE_LEN])
{
    uint8_t *to = bytes;
    unsigned i, flags = 0;
    flags |= p->is_provisioned ? FLAG_PROVISIONED : 0u;
    flags |= p->is_programmed ? FLAG_PROGRAMMED : 0u;
    flags |= p->is_running ? FLAG_RUNNING : 0u;
    flags |= p->is_safe ? FLAG_SAFE : 0u;
    to = put_number(to, flags, 1);
    to = put_number(to, p->alarms, 2);
    to = put_number(to, p->acknowledged, 2);
    to = put_number(to, p->reservoir_kept_pl, 8);
    to = put_number(to, p->steps, 8);
    for (i = 0; i < ROLES; i++) {
        to = put_number(to, p->counters[i], 4);
    }
    to = put_number(to, p->unauthentic, 4);
    to = put_number(to, p->denied, 4);
    to = put_number(to, p->rx.concentration, 4);
    to = put_number(to, p->rx.dose, 4);
    to = put_number(to, p->rx.low_reservoir_pl, 8);
    to = put_number(to, p->rx.critical_interval_ms, 4);
    to = put_number(to, p->rx.non_critical_interval_ms, 4);
    to = put_number(to, p->rx.bolus.dose, 4);
    to = put_number(to, p->rx.bolus.duration_ms, 4);
    to = put_number(to, p->rx.bolus.lockout_ms, 4);
    to = put_number(to, p->rx.bolus.daily_maximum, 1);
    to = put_number(to, p->granted, 4);
    to = put_number(to, p->therapy_ms, 5);
    presses_to_bytes(&p->boluses, to);
}

/* False where a prescription that claims to be programmed is out of range. */
static bool state_from_bytes(pump *p, const uint8_t bytes[STATE_LEN])
{
    const uint8_t *from = bytes + 21;
    unsigned i;
    p->is_provisioned = (bytes[0] & FLAG_PROVISIONED) != 0;
    p->is_programmed = (bytes[0] & FLAG_PROGRAMMED) != 0;
    p->is_running = (bytes[0] & FLAG_RUNNING) != 0;
    p->is_safe = (bytes[0] & FLAG_SAFE) != 0;
    p->alarms = (uint16_t)get_number(bytes + 1, 2);
    p->acknowledged = (uint16_t)get_number(bytes + 3, 2);
    p->reservoir_kept_pl = get_number(bytes + 5, 8);
    p->reservoir_pl = p->reservoir_kept_pl;
    p->steps = get_number(bytes + 13, 8);
    for (i = 0; i < ROLES; i++, from += 4) {
        p->counters[i] = get_u32(from);
    }
    p->unauthentic = get_u32(from);
    p->denied = get_u32(from + 4);
    p->rx.concentration = get_u32(from + 8);
    p->rx.dose = get_u32(from + 12);
    p->rx.low_reservoir_pl = get_number(from + 16, 8);
    p->rx.critical_interval_ms = get_u32(from + 24);
    p->rx.non_critical_interval_ms = get_u32(from + 28);
    p->rx.bolus.dose = get_u32(from + 32);
    p->rx.bolus.duration_ms = get_u32(from + 36);
    p->rx.bolus.lockout_ms = get_u32(from + 40);
    p->rx.bolus.daily_maximum = from[44];
    p->granted = get_u32(from + 45);
    p->therapy_ms = get_number(from + 49, 5);
    p->therapy_kept_ms = p->therapy_ms;
    presses_from_bytes(&p->boluses, from + 54);
    return !p->is_programmed || clinic_check(&p->rx) == 0;
}

/* Nothing is infused on damaged records. */
static void load(pump *p)
{
    uint8_t state[STATE_LEN];
    uint8_t held[KEYS_LEN] = {0};
    uint8_t granted[GRANTS_LEN] = {0};
    enum health grants = record_load(&p->grants_record, p->image, granted);
    enum health keys = record_load(&p->keys_record, p->image, held);
    enum health found = record_load(&p->state_record, p->image, state);
    bool is_usable = found == HEALTH_SOUND || found == HEALTH_ONE_BANK;
    copy_bytes(p->keys, held, sizeof p->keys);
    p->epoch = get_u32(held + sizeof p->keys);
    if (is_usable && !state_from_bytes(p, state)) {
        is_usable = false;
    }
    if (found == HEALTH_LOST || (found != HEALTH_ERASED && !is_usable)) {
        p->faulty_record = RECORD_STATE;
    } else if (keys == HEALTH_LOST || (keys == HEALTH_ERASED && p->is_provisioned)) {
        p->faulty_record = RECORD_KEYS;
    } else if (grants == HEALTH_LOST || (grants == HEALTH_ERASED && p->granted > 0)) {
        p->faulty_record = RECORD_GRANTS;
    }
    grants_from_bytes(&p->boluses, granted);
    if (p->faulty_record != 0) {
        grants_forget(&p->boluses, p->therapy_ms);
    }
    p->grants_dirty = grants == HEALTH_ONE_BANK || p->faulty_record != 0;
    p->state_dirty = found != HEALTH_SOUND;
    p->keys_dirty = keys == HEALTH_ONE_BANK;
    if (p->faulty_record != 0) {
        /* Without counters a recorded packet would be fresh again: new keys, by a new challenge. */
        p->is_provisioned = false;
        p->is_running = false;
        p->is_safe = true;
    }
}

/* What has changed, in the order in which it must be durable. False where something is left. */
static bool store(pump *p, thecal_reaction *out)
{
    uint8_t state[STATE_LEN];
    uint8_t held[KEYS_LEN];
    uint8_t granted[GRANTS_LEN];
    bool is_log_out;
    if (p->grants_dirty) {
        grants_to_bytes(&p->boluses, granted);
        p->grants_dirty = !record_store(&p->grants_record, p->image, out, granted);
    }
    if (p->state_dirty) {
        state_to_bytes(p, state);
        p->state_dirty = !record_store(&p->state_record, p->image, out, state);
        p->therapy_kept_ms = p->state_dirty ? p->therapy_kept_ms : p->therapy_ms;
    }
    if (p->keys_dirty) {
        copy_bytes(held, p->keys, sizeof p->keys);
        put_number(held + sizeof p->keys, p->epoch, 4);
        p->keys_dirty = !record_store(&p->keys_record, p->image, out, held);
    }
    is_log_out = log_store(&p->log, p->image, out, &p->entries_in_flight);
    p->writes_in_flight = out->nvm_count;
    return is_log_out && !p->state_dirty && !p->keys_dirty && !p->grants_dirty;
}

/* Writes that did not become durable are repeated and alarmed. */
static void check_writes(pump *p, uint8_t durable)
{
    if (durable < p->writes_in_flight) {
        p->state_dirty = true;
        p->grants_dirty = p->granted > 0;
        p->keys_dirty = p->is_provisioned || p->has_challenge;
        p->log.written -= p->entries_in_flight;
        if (pump_raise(p, ALARM_MEMORY)) {
            pump_note(p, LOG_MEMORY_FAULT, 0);
        }
    } else if (p->boluses.given.is_pending && !p->grants_dirty && !p->state_dirty) {
        bolus_begin(p);
    }
}

void pump_note(pump *p, uint8_t code, uint32_t argument)
{
    log_note(&p->log, p->image, p->clock_ms, code, argument);
}

/* ---- Alarms ------------------------------------------------------------------------------ */

bool pump_raise(pump *p, uint16_t alarm)
{
    if ((p->alarms & alarm) != 0) {
        return false;
    }
    p->alarms |= alarm;
    p->acknowledged &= (uint16_t)~alarm;
    p->state_dirty = true;
    if ((alarm & ALARMS_CRITICAL) != 0) {
        p->next_critical_ms = p->clock_ms;
    } else {
        p->next_non_critical_ms = p->clock_ms;
    }
    return true;
}

static uint32_t interval(uint32_t prescribed_ms)
{
    return prescribed_ms == 0 ? DEFAULT_INTERVAL_MS : prescribed_ms;
}

/* The tone to start now, and when the sounder is next needed. */
static uint64_t sound(pump *p, thecal_reaction *out)
{
    uint16_t sounding = p->alarms & (uint16_t)~p->acknowledged;
    if ((sounding & ALARMS_CRITICAL) != 0) {
        if (p->clock_ms >= p->next_critical_ms) {
            out->tone = THECAL_TONE_TWO_TONE;
            p->next_critical_ms = p->clock_ms + interval(p->rx.critical_interval_ms);
        }
        return p->next_critical_ms;
    }
    if (sounding != 0) {
        if (p->clock_ms >= p->next_non_critical_ms) {
            out->tone = THECAL_TONE_SINGLE;
            p->next_non_critical_ms = p->clock_ms + interval(p->rx.non_critical_interval_ms);
        }
        return p->next_non_critical_ms;
    }
    return THECAL_NEVER;
}

/* ---- Time, steps, reservoir -------------------------------------------------------------- */

bool pump_is_on(const pump *p)
{
    return p->is_programmed && p->is_running && !p->is_safe;
}

static bool is_infusing(const pump *p)
{
    return pump_is_on(p) && !p->update.is_held && p->reservoir_pl > 0 && !p->is_stalled;
}

/* Time since the last look. A clock that goes back or jumps gives no dose. */
static uint32_t pass_time(pump *p, uint64_t clock_ms)
{
    uint64_t last = p->clock_ms;
    uint64_t due = p->expected_ms > last ? p->expected_ms : last;
    p->clock_ms = clock_ms;
    if (clock_ms < last) {
        return 0;
    }
    return (uint32_t)((clock_ms > due + LATE_MAX_MS ? due : clock_ms) - last);
}

static void watch_motor(pump *p, uint32_t driven, uint32_t sensed)
{
    uint32_t missed = driven > sensed ? driven - sensed : 0;
    p->missed_in_a_row = sensed == 0 ? p->missed_in_a_row + missed : missed;
    if (p->missed_in_a_row >= STALLED_AFTER && !p->is_stalled) {
        p->is_stalled = true;
        pump_note(p, LOG_MOTOR_STALL, p->missed_in_a_row);
        pump_raise(p, ALARM_MOTOR_STALL);
        bolus_cut(p);
        meter_forgive(&p->dose_meter);
    }
}

static void watch_reservoir(pump *p)
{
    if (!p->is_programmed) {
        return;
    }
    if (p->reservoir_pl <= p->rx.low_reservoir_pl && pump_raise(p, ALARM_LOW_RESERVOIR)) {
        pump_note(p, LOG_LOW_RESERVOIR, (uint32_t)(p->reservoir_pl / 1000u));
    }
    if (p->reservoir_pl == 0) {
        bolus_cut(p);
    }
    if (p->reservoir_pl == 0 && pump_raise(p, ALARM_EMPTY_RESERVOIR)) {
        meter_forgive(&p->dose_meter);
        pump_note(p, LOG_EMPTY_RESERVOIR, 0);
    }
}

static void account(pump *p, const thecal_stimulus *s)
{
    uint32_t span_ms = pass_time(p, s->clock_ms);
    uint64_t drawn_pl = (uint64_t)s->steps_sensed * STEP_VOLUME_PL;
    p->therapy_ms += span_ms;
    p->state_dirty |= p->therapy_ms >= p->therapy_kept_ms + THERAPY_KEPT_MS;
    if (is_infusing(p)) {
        meter_advance(&p->dose_meter, span_ms, bolus_pass(p, span_ms));
        meter_charge(&p->dose_meter, s->steps_driven);
    } else {
        meter_charge(&p->dose_meter, s->steps_sensed);
    }
    p->reservoir_pl -= drawn_pl < p->reservoir_pl ? drawn_pl : p->reservoir_pl;
    p->steps += s->steps_sensed;
    watch_motor(p, s->steps_driven, s->steps_sensed);
    watch_reservoir(p);
    update_pass(p, span_ms);
}

/* Writes the steps of a train off in memory before they are driven. */
static void lease(pump *p, uint32_t steps)
{
    uint64_t volume_pl = (uint64_t)steps * STEP_VOLUME_PL;
    uint64_t after_pl = p->reservoir_pl > volume_pl ? p->reservoir_pl - volume_pl : 0;
    if (p->reservoir_kept_pl > after_pl) {
        p->reservoir_kept_pl = after_pl > LEASE_PL ? after_pl - LEASE_PL : 0;
        p->state_dirty = true;
    }
}

/* Tells the motor what to do until the next look, and gives the instant of that look. */
static uint64_t drive(pump *p, thecal_reaction *out)
{
    train plan = {0, 0, 0, LOOK_MS};
    if (is_infusing(p)) {
        uint64_t left = (p->reservoir_pl + STEP_VOLUME_PL - 1u) / STEP_VOLUME_PL;
        beside extra = {p->boluses.given.per_ms, p->boluses.given.left_ms};
        plan = meter_plan(&p->dose_meter, p->clock_ms, left, extra);
    }
    if (plan.pulses > 0) {
        lease(p, plan.pulses);
        out->motor = THECAL_MOTOR_TRAIN;
        out->pulses = plan.pulses;
        out->first_delay_us = plan.first_delay_us;
        out->period_us = plan.period_us;
        out->pulse_energy_uj = PULSE_ENERGY_UJ;
        out->arm |= THECAL_ARM_MISSED_PULSE;
        p->motor_on = true;
    } else if (p->motor_on) {
        out->motor = p->is_stalled ? THECAL_MOTOR_STOP_NOW : THECAL_MOTOR_STOP_AFTER_STROKE;
        p->motor_on = false;
    }
    return p->clock_ms + plan.span_ms;
}

/* ---- The calls of the link --------------------------------------------------------------- */

void pump_boot(void *context, const thecal_boot *boot, uint8_t *image, thecal_hello *hello)
{
    static const pump fresh;
    pump *p = (pump *)context;
    uint8_t build_id[THECAL_BUILD_ID_LEN];
    copy_bytes(build_id, p->build_id, sizeof build_id);
    *p = fresh;
    copy_bytes(p->build_id, build_id, sizeof build_id);
    p->image = image;
    p->state_record.id = RECORD_STATE;
    p->state_record.len = STATE_LEN;
    p->state_record.at = 0x0000;
    p->keys_record.id = RECORD_KEYS;
    p->keys_record.len = KEYS_LEN;
    p->keys_record.at = 0x0100;
    p->grants_record.id = RECORD_GRANTS;
    p->grants_record.len = GRANTS_LEN;
    p->grants_record.at = 0x0200;
    p->reservoir_pl = FACTORY_FILL_PL;
    p->reservoir_kept_pl = FACTORY_FILL_PL;
    p->clock_ms = boot->clock_ms;
    p->expected_ms = boot->clock_ms;
    p->reset_cause = boot->cause;
    p->motor_on = true; /* whatever it was doing: told to stop at the first exchange */
    log_load(&p->log, image);
    load(p);
    meter_set(&p->dose_meter, p->rx.dose, p->rx.concentration);

    hello->step_volume_pl = STEP_VOLUME_PL;
    copy_bytes(hello->build_id, p->build_id, THECAL_BUILD_ID_LEN);
    thecal_text(hello->firmware, THECAL_FIRMWARE_LEN, FIRMWARE_NAME);
    thecal_text(hello->version, THECAL_VERSION_LEN, FIRMWARE_VERSION);
    thecal_text(hello->board, THECAL_BOARD_LEN, BOARD_NAME);
}

/* At the first exchange: why there was a reset, and what the memory looked like. */
static void note_reset(pump *p)
{
    pump_note(p, p->reset_cause, 0); /* the causes and the codes have the same numbers */
    if (p->reset_cause == THECAL_CAUSE_WATCHDOG || p->reset_cause == THECAL_CAUSE_BROWN_OUT) {
        pump_raise(p, ALARM_RESET);
    }
    if (p->faulty_record != 0) {
        pump_raise(p, ALARM_MEMORY);
        pump_note(p, LOG_MEMORY_FAULT, p->faulty_record);
    }
    p->reset_cause = 0;
}

void pump_react(void *context, const thecal_stimulus *stimulus, thecal_reaction *reaction)
{
    pump *p = (pump *)context;
    uint64_t tone_at, update_at;
    if (p->reset_cause != 0) {
        note_reset(p);
    }
    account(p, stimulus);
    check_writes(p, stimulus->nvm_durable);
    if (stimulus->telemetry.len > 0) {
        clinic_receive(p, stimulus, reaction);
    }
    reaction->wake_at_ms = drive(p, reaction);
    tone_at = sound(p, reaction);
    if (tone_at < reaction->wake_at_ms) {
        reaction->wake_at_ms = tone_at;
    }
    update_at = update_next(p);
    if (update_at < reaction->wake_at_ms) {
        reaction->wake_at_ms = update_at;
    }
    if (!store(p, reaction) || p->boluses.given.is_pending) {
        reaction->wake_at_ms = p->clock_ms;
    }
    p->expected_ms = reaction->wake_at_ms;
    reaction->arm |= THECAL_ARM_TELEMETRY;
    reaction->watchdog_ms = WATCHDOG_MS;
}

void pump_reset(void *context)
{
    pump *p = (pump *)context;
    p->restart = true;
}
