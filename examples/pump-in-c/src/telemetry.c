/* telemetry.c: see telemetry.h. */
#include "telemetry.h"
#include "bytes.h"
#include "cmac.h"

#define HEADER_LEN 6u /* role u8, counter u32, kind u8 */
#define TAG_LEN 8u
#define TO_PUMP 1u
#define FROM_PUMP 2u

/* The tag of a packet without its tag; the direction goes in front and is not sent. */
static void tag(const uint8_t key[KEY_LEN], uint8_t direction, const uint8_t *plain, size_t len,
                uint8_t sum[CMAC_LEN])
{
    static uint8_t covered[1 + THECAL_TELEMETRY_MAX];
    covered[0] = direction;
    copy_bytes(covered + 1, plain, len);
    cmac(key, covered, len + 1u, sum);
}

void telemetry_derive(const uint8_t secret[KEY_LEN], enum purpose purpose, uint8_t role,
                      const uint8_t *from, size_t len, uint8_t key[KEY_LEN])
{
    uint8_t covered[2 + KEY_LEN];
    covered[0] = (uint8_t)purpose;
    covered[1] = role;
    copy_bytes(covered + 2, from, len);
    cmac(secret, covered, len + 2u, key);
}

uint8_t telemetry_role(const thecal_packet *packet)
{
    return packet->len > 0 && packet->bytes[0] < ROLES ? packet->bytes[0] : (uint8_t)ROLES;
}

/* Kinds of the infusion, settings for boluses and steps that there are. */
static bool is_prescription(const uint8_t *body, size_t len)
{
    return len == PRESCRIPTION_LEN && body[37] <= 2 && body[38] <= 1 && body[55] <= 8;
}

/* Flags, volume, concentration, drawn: zero unless flag 1 says that it was measured. */
static bool is_refill(const uint8_t *body, size_t len)
{
    return len == 21 && body[0] < 4 && ((body[0] & 2u) != 0 || get_number(body + 13, 8) == 0);
}

static bool is_of_kind(uint8_t kind, const uint8_t *body, size_t len)
{
    switch (kind) {
    case PROVISION: return len == 1 && body[0] < 1u << (ROLES - 1u);
    case CLINICIAN_BOLUS:
    case COMMIT: return len == 8;
    case PATIENT_BOLUS: return len == 2;
    case READ_LOG: return len == 4;
    case REFILL: return is_refill(body, len);
    case OPEN_UPDATE: return len == 1 && body[0] <= 1;
    case DECLARE_WORK: return len == 1 && body[0] >= 1 && body[0] <= 3;
    case STAGE: return is_prescription(body, len);
    case INTERROGATE:
    case START:
    case STOP:
    case SILENCE:
    case CLOSE_UPDATE:
    case PRIMING_BOLUS:
    case READ_PRESCRIPTION:
    case READ_ALARMS:
    case READ_HEALTH:
    case ASK_CHALLENGE: return len == 0;
    default: return false;
    }
}

bool telemetry_open(const uint8_t key[KEY_LEN], const thecal_packet *packet, command *opened)
{
    uint8_t sum[CMAC_LEN];
    uint8_t differs = 0;
    size_t plain_len, i;
    if (packet->len < HEADER_LEN + TAG_LEN) {
        return false;
    }
    plain_len = packet->len - TAG_LEN;
    tag(key, TO_PUMP, packet->bytes, plain_len, sum);
    /* In one pass whatever differs: timing tells an attacker nothing. */
    for (i = 0; i < TAG_LEN; i++) {
        differs |= (uint8_t)(sum[i] ^ packet->bytes[plain_len + i]);
    }
    opened->role = packet->bytes[0];
    opened->counter = get_u32(packet->bytes + 1);
    opened->kind = packet->bytes[5];
    opened->body = packet->bytes + HEADER_LEN;
    return differs == 0 && is_of_kind(opened->kind, opened->body, plain_len - HEADER_LEN);
}

void telemetry_seal(const uint8_t key[KEY_LEN], const command *to, uint8_t kind,
                    const uint8_t *body, size_t len, thecal_packet *packet)
{
    uint8_t sum[CMAC_LEN];
    size_t plain_len = HEADER_LEN + len;
    packet->bytes[0] = to->role;
    put_number(packet->bytes + 1, to->counter, 4);
    packet->bytes[5] = kind;
    copy_bytes(packet->bytes + HEADER_LEN, body, len);
    tag(key, FROM_PUMP, packet->bytes, plain_len, sum);
    copy_bytes(packet->bytes + plain_len, sum, TAG_LEN);
    packet->len = (uint8_t)(plain_len + TAG_LEN);
}
