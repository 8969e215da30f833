/* telemetry.h: packets of the reference protocol (docs/telemetry.md): who speaks, and tags. */
#ifndef TELEMETRY_H
#define TELEMETRY_H

#include "thecal_link.h"

#define ROLES 5u /* the clinician, then four remotes */
#define KEY_LEN 16u
#define PRESCRIPTION_LEN 112u /* unit: byte */

enum command_kind {
    INTERROGATE = 0x02,
    START = 0x04,
    STOP = 0x05,
    CLINICIAN_BOLUS = 0x06,
    PATIENT_BOLUS = 0x07,
    READ_LOG = 0x08,
    SILENCE = 0x0a,
    OPEN_UPDATE = 0x0b,
    STAGE = 0x0c,
    COMMIT = 0x0d,
    CLOSE_UPDATE = 0x0e,
    PRIMING_BOLUS = 0x0f,
    READ_PRESCRIPTION = 0x10,
    READ_ALARMS = 0x11,
    READ_HEALTH = 0x13,
    ASK_CHALLENGE = 0x14,
    PROVISION = 0x15,
    DECLARE_WORK = 0x16,
    REFILL = 0x17
};

enum response_kind {
    DONE = 0x81,
    REJECTED = 0x82,
    BOLUS_GRANTED = 0x83,
    BOLUS_DENIED = 0x84,
    STATUS = 0x85,
    LOG = 0x86,
    CHALLENGE = 0x8a
};

/* What a key is derived for; the challenge is derived like one. */
enum purpose { FOR_PAIRING = 1, FOR_PROVISIONING = 2, FOR_ROLE = 3, FOR_CHALLENGE = 4 };

enum rejection {
    NOT_ALLOWED = 1,
    ALREADY_PROVISIONED = 3,
    NOT_PROGRAMMED = 4,
    NOT_PROVISIONED = 6,
    UNSUPPORTED = 7,
    SAFE_STATE = 8,
    IN_BOLUS = 16,
    NO_SESSION = 20,
    NOTHING_STAGED = 21,
    OTHER_CHECKSUM = 22,
    CONCENTRATION_RANGE = 32,
    DOSE_RANGE = 33,
    BOLUS_DOSE_RANGE = 35,
    BOLUS_DURATION_RANGE = 36,
    LOCKOUT_RANGE = 37,
    DAILY_MAXIMUM_RANGE = 38,
    LOW_RESERVOIR_RANGE = 39,
    CRITICAL_INTERVAL_RANGE = 40,
    NON_CRITICAL_INTERVAL_RANGE = 41,
    CATHETER_RANGE = 42,
    VOLUME_RANGE = 46,
    TIME_OF_WEEK_RANGE = 47
};

enum denial {
    DENIAL_DISABLED = 1,
    DENIAL_LOCKOUT = 3,
    DENIAL_DAILY_MAXIMUM = 4,
    DENIAL_SAME_PRESS = 5,
    DENIAL_IN_PROGRESS = 6,
    DENIAL_MAGNET = 9,
    DENIAL_NOT_PROGRAMMED = 10,
    DENIAL_SAFE_STATE = 11,
    DENIAL_STOPPED = 13,
    DENIAL_HELD = 15,
    DENIAL_EMPTY = 16,
    DENIAL_STALLED = 17,
    DENIAL_ALARM = 18
};

/* A command whose tag is right; `body` lies in the packet and can be read as its kind. */
typedef struct command {
    uint8_t role;
    uint32_t counter;
    uint8_t kind;
    const uint8_t *body;
} command;

/* Derives a key from the pump's secret and at most KEY_LEN bytes. */
void telemetry_derive(const uint8_t secret[KEY_LEN], enum purpose purpose, uint8_t role,
                      const uint8_t *from, size_t len, uint8_t key[KEY_LEN]);

/* The role that a packet claims, before its tag is checked; ROLES where it names none. */
uint8_t telemetry_role(const thecal_packet *packet);

/* Opens a packet to the pump; false where the tag is wrong or the body not of its kind. */
bool telemetry_open(const uint8_t key[KEY_LEN], const thecal_packet *packet, command *opened);

/* Seals an answer to a command. `len` is at most THECAL_TELEMETRY_MAX - 14. */
void telemetry_seal(const uint8_t key[KEY_LEN], const command *to, uint8_t kind,
                    const uint8_t *body, size_t len, thecal_packet *packet);

#endif
