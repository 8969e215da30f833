/* update.c: the update session, in which a clinician changes the prescription. */
#include "bytes.h"
#include "pump.h"

#define SESSION_MS 180000u
#define WEEK_MS 604800000u
#define INFUSION_SIMPLE 0u
#define AT_INFUSION 37u
#define AT_DURING_BOLUS 38u
#define AT_LIMITS 39u
#define AT_CATHETER 51u
#define CATHETER_MAX_NL 1000000u
#define AT_COUNT 55u
#define AT_SCHEDULE 56u

/* However it ends, a held infusion goes on. */
static void close(pump *p)
{
    p->update.is_open = false;
    p->update.is_held = false;
    p->update.has_staged = false;
}

uint8_t update_open(pump *p, const uint8_t *body)
{
    bool was_held = p->update.is_held;
    close(p); /* an open session begins anew */
    p->update.is_open = true;
    p->update.is_held = body[0] != 0;
    p->update.left_ms = SESSION_MS;
    if (p->update.is_held && !was_held) {
        bolus_cut(p);
        meter_forgive(&p->dose_meter);
    }
    return 0;
}

/*
 * This pump gives one dose day and night, adds boluses to it, and has no dose limits: more is better refused
 * than forgotten.
 */
static bool is_within_its_means(const uint8_t *body)
{
    bool is_simple = body[AT_INFUSION] == INFUSION_SIMPLE && body[AT_COUNT] == 0;
    bool is_limited = (get_u32(body + AT_LIMITS) | get_u32(body + AT_LIMITS + 4) |
                       get_u32(body + AT_LIMITS + 8)) != 0;
    return is_simple && !is_limited && body[AT_DURING_BOLUS] == 0;
}

uint8_t update_stage(pump *p, const uint8_t *body)
{
    uint8_t counted[PRESCRIPTION_LEN] = {0}; /* steps that are not in use count as 0 */
    prescription rx;
    uint8_t why;
    rx.concentration = get_u32(body);
    rx.dose = get_u32(body + 4);
    rx.bolus.dose = get_u32(body + 8);
    rx.bolus.duration_ms = get_u32(body + 12);
    rx.bolus.lockout_ms = get_u32(body + 16);
    rx.bolus.daily_maximum = body[20];
    rx.low_reservoir_pl = get_number(body + 21, 8);
    rx.critical_interval_ms = get_u32(body + 29);
    rx.non_critical_interval_ms = get_u32(body + 33);
    if (!p->update.is_open) {
        return NO_SESSION;
    }
    if (!is_within_its_means(body)) {
        return UNSUPPORTED;
    }
    why = clinic_check(&rx);
    if (why == 0 && get_u32(body + AT_CATHETER) > CATHETER_MAX_NL) {
        why = CATHETER_RANGE;
    }
    if (why != 0) {
        return why;
    }
    copy_bytes(counted, body, AT_SCHEDULE);
    p->update.staged = rx;
    p->update.checksum = thecal_crc32(counted, sizeof counted);
    p->update.has_staged = true;
    return 0;
}

uint8_t update_commit(pump *p, const uint8_t *body)
{
    const prescription *rx = &p->update.staged;
    if (!p->update.is_open) {
        return NO_SESSION;
    }
    if (!p->update.has_staged) {
        return NOTHING_STAGED;
    }
    if (get_u32(body) != p->update.checksum) {
        return OTHER_CHECKSUM;
    }
    if (get_u32(body + 4) >= WEEK_MS) {
        return TIME_OF_WEEK_RANGE;
    }
    if (bolus_is_on(p)) {
        return IN_BOLUS;
    }
    p->rx = *rx;
    p->is_programmed = true;
    p->is_safe = false;
    meter_set(&p->dose_meter, rx->dose, rx->concentration);
    if (p->reservoir_pl > rx->low_reservoir_pl) {
        p->alarms &= (uint16_t)~ALARM_LOW_RESERVOIR;
    }
    pump_note(p, LOG_PROGRAMMED, rx->dose);
    pump_note(p, LOG_CONCENTRATION, rx->concentration);
    close(p);
    return 0;
}

uint8_t update_close(pump *p)
{
    close(p);
    return 0;
}

void update_keep(pump *p)
{
    p->update.left_ms = SESSION_MS;
}

void update_pass(pump *p, uint32_t span_ms)
{
    if (!p->update.is_open) {
        return;
    }
    if (span_ms < p->update.left_ms) {
        p->update.left_ms -= span_ms;
        return;
    }
    close(p);
    pump_note(p, LOG_UPDATE_ABANDONED, 1);
    pump_raise(p, ALARM_UPDATE_ABANDONED);
}

uint64_t update_next(const pump *p)
{
    return p->update.is_open ? p->clock_ms + p->update.left_ms : THECAL_NEVER;
}
