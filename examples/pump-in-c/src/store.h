/*
 * store.h: records and the event log in the memory image.
 *
 *   0x0000  2 banks  state: prescription, running, counts, counters
 *   0x0100  2 banks  keys by role, challenges used
 *   0x0200  2 banks  grants of patient boluses
 *   0x1000  1200     entries of the event log
 *
 * A record is written to its two banks in turn, with a generation and a CRC, so that a power cut in
 * the middle of a write leaves the one before. A log entry has a number that only grows and a CRC.
 */
#ifndef STORE_H
#define STORE_H

#include "thecal_link.h"

#define STATE_LEN 104u /* unit: byte */
#define KEYS_LEN 84u   /* unit: byte */
#define PAYLOAD_MAX 104u
#define LOG_ENTRIES 1200u
#define LOG_LINE_LEN 13u /* clock u64, code u8, argument u32: as on the air; unit: byte */

enum record_id { RECORD_STATE = 1, RECORD_KEYS = 3, RECORD_GRANTS = 4 };

enum health {
    HEALTH_ERASED,  /* both banks are erased: a new pump */
    HEALTH_SOUND,
    HEALTH_ONE_BANK, /* the other is damaged: serve, and write it again */
    HEALTH_LOST      /* no bank is intact */
};

typedef struct record {
    uint8_t id;
    uint8_t len;
    uint16_t at;
    uint32_t generation;
} record;

/* Finds the youngest intact bank and copies its payload. */
enum health record_load(record *r, const uint8_t *image, uint8_t *payload);

/* Writes a payload to the older bank; false where the Reaction has no room: try at the next wake. */
bool record_store(record *r, uint8_t *image, thecal_reaction *out, const uint8_t *payload);

typedef struct event_log {
    uint32_t next;    /* number of the next entry */
    uint32_t written; /* entries below are in a Reaction or older */
} event_log;

/* Finds the youngest intact entry. */
void log_load(event_log *log, const uint8_t *image);

/* Notes an event in the image; log_store writes it out. */
void log_note(event_log *log, uint8_t *image, uint64_t clock_ms, uint8_t code, uint32_t argument);

/* Writes what is not written yet; false where something is left for the next wake. `*written` counts
 * the entries put into this Reaction. */
bool log_store(event_log *log, const uint8_t *image, thecal_reaction *out, uint32_t *written);

/* The line of an entry, or a null pointer where it is overwritten, damaged or not there yet. */
const uint8_t *log_line(const event_log *log, const uint8_t *image, uint32_t number);

#endif
