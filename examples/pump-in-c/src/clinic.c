/* clinic.c: commands that are authentic and fresh: checked again, then obeyed. */
#include "bytes.h"
#include "pump.h"

#define FLOW_MIN_NL_PER_DAY 6000u
#define FLOW_MAX_NL_PER_DAY 24000000u
#define CONCENTRATION_MIN 1000u     /* ng/mL */
#define CONCENTRATION_MAX 50000000u /* ng/mL */
#define SPAN_MIN_MS 60000u
#define SPAN_MAX_MS 86400000u
#define PAGE_ENTRIES 16u
#define STATUS_LEN 53u

/* Of every copy of this example, so of no pump that is implanted: a product has one for each pump, in
 * memory that telemetry cannot read. */
static const uint8_t secret[KEY_LEN] = {'n', 'o', 't', ' ', 'a', ' ', 's', 'e',
                                        'c', 'r', 'e', 't', ' ', 'k', 'e', 'y'};

/* A role whose key is zeros is not in use. */
static bool is_unused(const uint8_t *key)
{
    uint8_t all = 0;
    unsigned i;
    for (i = 0; i < KEY_LEN; i++) {
        all |= key[i];
    }
    return all == 0;
}

/*
 * Opens a packet that is authentic and fresh, and gives its key. A pump without keys has no counters:
 * it obeys what is sealed under the key of its challenge, and else only what changes nothing.
 */
static bool open_packet(const pump *p, const thecal_packet *packet, uint8_t key[KEY_LEN],
                        command *given)
{
    uint8_t role = telemetry_role(packet);
    if (p->is_provisioned) {
        const uint8_t *known = p->keys + (size_t)role * KEY_LEN;
        if (role >= ROLES || is_unused(known)) {
            return false;
        }
        copy_bytes(key, known, KEY_LEN);
        return telemetry_open(key, packet, given) && given->counter > p->counters[role];
    }
    if (role != 0) {
        return false;
    }
    telemetry_derive(secret, FOR_PAIRING, 0, key, 0, key);
    if (telemetry_open(key, packet, given)) {
        return given->kind != PROVISION;
    }
    if (!p->has_challenge) {
        return false;
    }
    telemetry_derive(secret, FOR_PROVISIONING, 0, p->challenge, KEY_LEN, key);
    return telemetry_open(key, packet, given) && given->kind == PROVISION;
}

/* A challenge that was never given before; the same until the next reset. */
static void challenge(pump *p)
{
    uint8_t unique[KEY_LEN];
    uint8_t *to = unique;
    if (p->has_challenge) {
        return;
    }
    p->epoch++;
    p->keys_dirty = true;
    to = put_number(to, p->epoch, 4);
    to = put_number(to, p->log.next, 4);
    put_number(to, p->clock_ms, 8);
    telemetry_derive(secret, FOR_CHALLENGE, 0, unique, sizeof unique, p->challenge);
    p->has_challenge = true;
}

static bool is_in(uint32_t value, uint32_t least, uint32_t most)
{
    return least <= value && value <= most;
}

uint8_t clinic_check(const prescription *rx)
{
    uint64_t flow;
    if (!is_in(rx->concentration, CONCENTRATION_MIN, CONCENTRATION_MAX)) {
        return CONCENTRATION_RANGE;
    }
    if (!is_in(rx->critical_interval_ms, SPAN_MIN_MS, SPAN_MAX_MS)) {
        return CRITICAL_INTERVAL_RANGE;
    }
    if (!is_in(rx->non_critical_interval_ms, SPAN_MIN_MS, SPAN_MAX_MS)) {
        return NON_CRITICAL_INTERVAL_RANGE;
    }
    if (rx->low_reservoir_pl >= CAPACITY_PL) {
        return LOW_RESERVOIR_RANGE;
    }
    /* ng/day per ng/mL is mL/day. */
    flow = (uint64_t)rx->dose * 1000000u / rx->concentration;
    if (flow != 0 && (flow < FLOW_MIN_NL_PER_DAY || flow > FLOW_MAX_NL_PER_DAY)) {
        return DOSE_RANGE;
    }
    return bolus_check(rx);
}

static uint8_t provision(pump *p, const command *given)
{
    static const uint8_t unused[KEY_LEN];
    uint8_t role;
    if (p->is_provisioned) {
        return ALREADY_PROVISIONED;
    }
    for (role = 0; role < ROLES; role++) {
        uint8_t *key = p->keys + (size_t)role * KEY_LEN;
        bool is_in_use = role == 0 || (given->body[0] >> (role - 1u) & 1u) != 0;
        copy_bytes(key, unused, KEY_LEN);
        if (is_in_use) {
            telemetry_derive(secret, FOR_ROLE, role, p->challenge, KEY_LEN, key);
        }
        p->counters[role] = role == 0 ? given->counter : 0;
    }
    p->is_provisioned = true;
    p->has_challenge = false;
    p->keys_dirty = true;
    pump_note(p, LOG_PROVISIONED, 0);
    return 0;
}

static uint8_t start(pump *p)
{
    if (p->is_safe) {
        return SAFE_STATE;
    }
    if (!p->is_programmed) {
        return NOT_PROGRAMMED;
    }
    if (!p->is_running) {
        p->is_running = true;
        p->is_stalled = false;
        p->missed_in_a_row = 0;
        pump_note(p, LOG_STARTED, 0);
    }
    return 0;
}

static uint8_t stop(pump *p)
{
    if (!p->is_programmed) {
        return NOT_PROGRAMMED;
    }
    if (p->is_running) {
        p->is_running = false;
        bolus_cut(p);
        meter_forgive(&p->dose_meter);
        pump_note(p, LOG_STOPPED, 0);
    }
    return 0;
}

static uint8_t refill(pump *p, const uint8_t *body)
{
    uint64_t volume_pl = get_number(body + 1, 8);
    uint64_t drawn_pl = get_number(body + 13, 8);
    prescription rx = p->rx;
    uint16_t solved = 0;
    uint8_t why;
    rx.concentration = get_u32(body + 9);
    if (!p->is_programmed) {
        return NOT_PROGRAMMED;
    }
    if ((body[0] & 1u) != 0) {
        return UNSUPPORTED; /* no bridge bolus */
    }
    if (volume_pl > CAPACITY_PL || drawn_pl > CAPACITY_PL) {
        return VOLUME_RANGE;
    }
    why = clinic_check(&rx);
    if (why != 0) {
        return why;
    }
    if (bolus_is_on(p)) {
        return IN_BOLUS;
    }
    pump_note(p, LOG_COUNTED_BEFORE, (uint32_t)(p->reservoir_pl / 1000u));
    if ((body[0] & 2u) != 0) {
        pump_note(p, LOG_DRAWN_BEFORE, (uint32_t)(drawn_pl / 1000u));
    }
    p->rx = rx;
    p->reservoir_pl = volume_pl;
    p->reservoir_kept_pl = volume_pl;
    meter_set(&p->dose_meter, rx.dose, rx.concentration);
    solved |= volume_pl > rx.low_reservoir_pl ? ALARM_LOW_RESERVOIR : 0u;
    solved |= volume_pl > 0 ? ALARM_EMPTY_RESERVOIR : 0u;
    p->alarms &= (uint16_t)~solved;
    pump_note(p, LOG_REFILLED, (uint32_t)(volume_pl / 1000u));
    pump_note(p, LOG_CONCENTRATION, rx.concentration);
    return 0;
}

/* Acknowledges all; what lasts stays active without sounding. */
static uint8_t silence(pump *p)
{
    uint16_t lasting = 0;
    lasting |= p->is_stalled ? ALARM_MOTOR_STALL : 0u;
    lasting |= p->is_safe ? ALARM_MEMORY : 0u;
    lasting |= p->reservoir_pl == 0 ? ALARM_EMPTY_RESERVOIR : 0u;
    lasting |= p->reservoir_pl <= p->rx.low_reservoir_pl ? ALARM_LOW_RESERVOIR : 0u;
    if (p->alarms != 0) {
        pump_note(p, LOG_SILENCED, p->alarms);
        p->alarms &= lasting;
        p->acknowledged = p->alarms;
    }
    return 0;
}

static uint8_t mode_of(const pump *p)
{
    if (p->is_safe) {
        return 7;
    }
    if (!p->is_programmed) {
        return 0;
    }
    if (!p->is_running) {
        return 1;
    }
    if (p->update.is_held) {
        return 9;
    }
    if (p->reservoir_pl == 0) {
        return 6;
    }
    if (p->is_stalled) {
        return 5;
    }
    return bolus_is_on(p) ? 3 : 2;
}

static void put_status(const pump *p, const thecal_stimulus *s, uint8_t body[STATUS_LEN])
{
    uint8_t *to = put_number(body, s->clock_ms, 8);
    to = put_number(to, mode_of(p), 1);
    to = put_number(to, p->alarms, 2);
    to = put_number(to, p->reservoir_pl, 8);
    to = put_number(to, p->steps, 8);
    to = put_number(to, p->granted, 4);
    to = put_number(to, p->denied, 4);
    to = put_number(to, p->unauthentic, 4);
    to = put_number(to, p->log.next, 4);
    to = put_number(to, s->supply_mv, 2);
    to = put_number(to, p->rx.concentration, 4);
    put_number(to, p->rx.dose, 4);
}

/* A page from `first` on, or from the oldest entry there is; returns its length. */
static size_t put_page(const pump *p, uint32_t first, uint8_t *body)
{
    uint32_t oldest = p->log.next > LOG_ENTRIES ? p->log.next - LOG_ENTRIES : 0;
    uint8_t count = 0;
    const uint8_t *line;
    first = first < oldest ? oldest : first;
    first = first > p->log.next ? p->log.next : first;
    while (first < p->log.next && log_line(&p->log, p->image, first) == NULL) {
        first++;
    }
    while (count < PAGE_ENTRIES && (line = log_line(&p->log, p->image, first + count)) != NULL) {
        copy_bytes(body + 5 + (size_t)count * LOG_LINE_LEN, line, LOG_LINE_LEN);
        count++;
    }
    put_number(body, first, 4);
    body[4] = count;
    return 5u + (size_t)count * LOG_LINE_LEN;
}

/* Obeys a command that has no answer but done or not; 0, or why not. */
static uint8_t obey(pump *p, const command *given)
{
    if (given->kind == PROVISION) {
        return given->role == 0 ? provision(p, given) : NOT_ALLOWED;
    }
    if (!p->is_provisioned) {
        return NOT_PROVISIONED;
    }
    if (given->role != 0) {
        return NOT_ALLOWED;
    }
    switch (given->kind) {
    case ASK_CHALLENGE: return ALREADY_PROVISIONED;
    case START: return start(p);
    case STOP: return stop(p);
    case REFILL: return refill(p, given->body);
    case SILENCE: return silence(p);
    case OPEN_UPDATE: return update_open(p, given->body);
    case STAGE: return update_stage(p, given->body);
    case COMMIT: return update_commit(p, given->body);
    case CLOSE_UPDATE: return update_close(p);
    case PATIENT_BOLUS: return NOT_ALLOWED;
    default: return UNSUPPORTED; /* boluses, priming, bridges, reports: not with this pump */
    }
}

/* Of each reason the first since the last grant is logged. */
static void deny_bolus(pump *p, uint8_t why)
{
    p->denied++;
    p->state_dirty = true;
    if ((p->denials_logged >> why & 1u) == 0) {
        p->denials_logged |= 1u << why;
        pump_note(p, LOG_BOLUS_DENIED, why);
    }
}

static void refuse(pump *p, uint8_t role)
{
    p->unauthentic++;
    p->state_dirty = true;
    if (!p->warned[role]) {
        p->warned[role] = true;
        pump_note(p, LOG_UNAUTHENTIC, role);
    }
}

void clinic_receive(pump *p, const thecal_stimulus *stimulus, thecal_reaction *reaction)
{
    uint8_t role = telemetry_role(&stimulus->telemetry);
    uint8_t key[KEY_LEN]; /* an answer is sealed under the key of its command */
    uint8_t body[5 + PAGE_ENTRIES * LOG_LINE_LEN];
    uint8_t kind = DONE;
    size_t len = 0;
    command given;
    if (!open_packet(p, &stimulus->telemetry, key, &given)) {
        refuse(p, role);
        return;
    }
    if (p->is_provisioned) {
        p->counters[role] = given.counter;
    }
    p->warned[role] = false;
    p->state_dirty = true;
    if (role == 0) {
        update_keep(p);
    }
    if (given.kind == INTERROGATE && p->is_provisioned) {
        kind = STATUS;
        len = STATUS_LEN;
        put_status(p, stimulus, body);
    } else if (given.kind == READ_LOG && p->is_provisioned && role == 0) {
        kind = LOG;
        len = put_page(p, get_u32(given.body), body);
    } else if (given.kind == PATIENT_BOLUS && p->is_provisioned && role != 0) {
        uint16_t number = (uint16_t)get_number(given.body, 2);
        body[0] = bolus_ask(p, role, number, stimulus->magnet);
        kind = body[0] == 0 ? BOLUS_GRANTED : BOLUS_DENIED;
        len = body[0] == 0 ? 0 : 1;
        if (body[0] == 0) {
            p->denials_logged = 0;
        } else {
            deny_bolus(p, body[0]);
        }
    } else if (given.kind == ASK_CHALLENGE && !p->is_provisioned) {
        challenge(p);
        kind = CHALLENGE;
        len = KEY_LEN;
        copy_bytes(body, p->challenge, KEY_LEN);
    } else {
        body[0] = obey(p, &given);
        if (body[0] != 0) {
            kind = REJECTED;
            len = 1;
        }
    }
    telemetry_seal(key, &given, kind, body, len, &reaction->telemetry);
}
