/*
 * bolus.h: patient boluses: which request is granted, and what a bolus adds to the infusion.
 *
 * Lockout and daily maximum are questions to the grants of the last day, which are in memory, in therapy
 * time: time in which the pump ran, without the jumps of its clock. A bolus begins once the memory has
 * confirmed its grant; a stop, a hold, a stall, an empty reservoir or a reset cuts it, and it counts in full.
 */
#ifndef BOLUS_H
#define BOLUS_H

#include "telemetry.h"
#include "thecal_link.h"

#define REMOTES (ROLES - 1u)
#define GRANTS_MAX 20u /* so also the most that a daily maximum may be */
#define GRANTS_LEN (GRANTS_MAX * 5u)
#define PRESSES_LEN (REMOTES * 2u + 1u)

/* What a clinician programs; a dose of 0 disables the remotes. */
typedef struct bolus_rx {
    uint32_t dose; /* ng */
    uint32_t duration_ms;
    uint32_t lockout_ms;
    uint8_t daily_maximum;
} bolus_rx;

/* A bolus that is given, in parts of a step as in metering.h. */
typedef struct bolus {
    bool is_pending; /* granted, and not yet in memory for certain */
    uint64_t left_ms, lasts_ms;
    uint64_t per_ms, rest; /* parts a millisecond; what this leaves of the whole, in parts */
} bolus;

/* The last press of a remote, and when it and its last packet came, in therapy time. */
typedef struct press {
    bool is_known, is_told;
    uint16_t number;
    uint64_t first_ms, last_ms;
} press;

typedef struct bolus_state {
    uint64_t grants[GRANTS_MAX]; /* therapy time of each, 0: none; the oldest is overwritten */
    uint32_t next;               /* place of the next grant */
    press presses[REMOTES];
    bolus given;
} bolus_state;

struct pump;
struct prescription;

/* 0 where the bolus of a prescription lies in its ranges, else which does not. */
uint8_t bolus_check(const struct prescription *rx);

/* Answers a press: 0 where it is granted, else why not. */
uint8_t bolus_ask(struct pump *p, uint8_t remote, uint16_t number, bool is_magnet_near);

/* The grant is in memory: the bolus begins. */
void bolus_begin(struct pump *p);

/* Whether one is given, or about to be. */
bool bolus_is_on(const struct pump *p);

/* What falls due in this time, in parts of a step. */
uint64_t bolus_pass(struct pump *p, uint32_t span_ms);

/* Ends it; what was not given is forgotten. */
void bolus_cut(struct pump *p);

/* Records. */
void grants_to_bytes(const bolus_state *b, uint8_t bytes[GRANTS_LEN]);
void grants_from_bytes(bolus_state *b, const uint8_t bytes[GRANTS_LEN]);
/* What was granted is not known: as if all had been just now, so that none is for a day. */
void grants_forget(bolus_state *b, uint64_t therapy_ms);
void presses_to_bytes(const bolus_state *b, uint8_t bytes[PRESSES_LEN]);
void presses_from_bytes(bolus_state *b, const uint8_t bytes[PRESSES_LEN]);

#endif
