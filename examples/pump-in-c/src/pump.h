/*
 * pump.h: the example pump: simple continuous infusion, patient boluses, low and empty reservoir, motor stall.
 *
 * It speaks the reference telemetry, so that the rig's programmer can program it, and is otherwise a
 * pump of its own: patient boluses with a lockout and a daily maximum, no clinician's bolus, no dose limits,
 * no retries after a stall. What it means to do is derived from flags that are kept over a reset:
 *
 *   safe? -> programmed? -> running? -> held? -> empty? -> stalled? -> infusing
 */
#ifndef PUMP_H
#define PUMP_H

#include "bolus.h"
#include "metering.h"
#include "store.h"
#include "telemetry.h"

#define FIRMWARE_NAME "pump-in-c"
#define FIRMWARE_VERSION "0.1.0"

#define CAPACITY_PL 40000000000u /* 40 mL; unit: picoliter */

enum log_code {
    LOG_POWER_ON = 1, /* the three other causes of a reset follow, in the contract's order */
    LOG_PROVISIONED = 5,
    LOG_PROGRAMMED = 6,
    LOG_STARTED = 7,
    LOG_STOPPED = 8,
    LOG_BOLUS_GRANTED = 10,
    LOG_BOLUS_DENIED = 11,
    LOG_MOTOR_STALL = 13,
    LOG_LOW_RESERVOIR = 15,
    LOG_EMPTY_RESERVOIR = 16,
    LOG_REFILLED = 17,
    LOG_SILENCED = 18,
    LOG_UNAUTHENTIC = 19,
    LOG_MEMORY_FAULT = 20,
    LOG_STUCK_BUTTON = 21,
    LOG_UPDATE_ABANDONED = 24,
    LOG_CONCENTRATION = 37,
    LOG_COUNTED_BEFORE = 42,
    LOG_DRAWN_BEFORE = 43
};

enum alarm {
    ALARM_MOTOR_STALL = 0x0001,
    ALARM_EMPTY_RESERVOIR = 0x0002,
    ALARM_MEMORY = 0x0004,
    ALARM_RESET = 0x0008,
    ALARMS_CRITICAL = 0x00ff,
    ALARM_LOW_RESERVOIR = 0x0100,
    ALARM_STUCK_BUTTON = 0x0200,
    ALARM_UPDATE_ABANDONED = 0x0800
};

/* What a clinician programs. */
typedef struct prescription {
    uint32_t concentration; /* ng/mL */
    uint32_t dose;          /* ng/day */
    uint64_t low_reservoir_pl;
    uint32_t critical_interval_ms;
    uint32_t non_critical_interval_ms;
    bolus_rx bolus;
} prescription;

/* An update session; a reset ends it. */
typedef struct update_session {
    bool is_open, is_held, has_staged;
    uint32_t left_ms;
    prescription staged;
    uint32_t checksum; /* of what is staged, as it came */
} update_session;

typedef struct pump {
    uint8_t build_id[THECAL_BUILD_ID_LEN];
    bool restart; /* the reset line was pulled: for the board */

    uint8_t *image; /* the memory; inside the endpoint */
    record state_record, keys_record, grants_record;
    event_log log;
    bool state_dirty, keys_dirty, grants_dirty;
    uint8_t writes_in_flight;
    uint32_t entries_in_flight;

    /* Kept over a reset. */
    uint8_t keys[ROLES * KEY_LEN];
    uint32_t epoch; /* challenges used */
    bool is_provisioned, is_programmed, is_running, is_safe;
    prescription rx;
    uint16_t alarms, acknowledged;
    uint64_t reservoir_pl;      /* by count */
    uint64_t reservoir_kept_pl; /* in memory: written off in advance, so that a reset never adds */
    uint64_t steps;             /* that moved, by count */
    uint32_t counters[ROLES];
    uint32_t unauthentic, granted, denied;
    uint64_t therapy_ms; /* time in which it ran, without the jumps of its clock */

    /* Of this run. */
    uint8_t reset_cause; /* to be noted at the first exchange; 0 when done */
    uint8_t faulty_record;
    uint64_t clock_ms, expected_ms;
    meter dose_meter;
    bolus_state boluses; /* grants and the numbers of presses are kept */
    uint64_t therapy_kept_ms;
    update_session update;
    bool has_challenge;
    uint8_t challenge[KEY_LEN];
    bool motor_on, is_stalled;
    uint32_t missed_in_a_row;
    uint64_t next_critical_ms, next_non_critical_ms;
    bool warned[ROLES + 1]; /* an unauthentic packet was logged since the last accepted one */
    uint32_t denials_logged; /* a bit for each reason */
} pump;

/* The three calls of thecal_program; `context` is a pump. */
void pump_boot(void *context, const thecal_boot *boot, uint8_t *image, thecal_hello *hello);
void pump_react(void *context, const thecal_stimulus *stimulus, thecal_reaction *reaction);
void pump_reset(void *context);

/* For the clinic: notes what happened, raises an alarm (true if it is new), tells the flags. */
void pump_note(pump *p, uint8_t code, uint32_t argument);
bool pump_raise(pump *p, uint16_t alarm);
bool pump_is_on(const pump *p);

/* Takes the packet of a Stimulus and puts the answer, if there is one, into the Reaction. */
void clinic_receive(pump *p, const thecal_stimulus *stimulus, thecal_reaction *reaction);

/* The commands of an update session: 0, or why not. */
uint8_t update_open(pump *p, const uint8_t *body);
uint8_t update_stage(pump *p, const uint8_t *body);
uint8_t update_commit(pump *p, const uint8_t *body);
uint8_t update_close(pump *p);

/* The clinician is still there; time passes; when the session ends by itself. */
void update_keep(pump *p);
void update_pass(pump *p, uint32_t span_ms);
uint64_t update_next(const pump *p);

/* 0 where every field lies in its range, else which does not. */
uint8_t clinic_check(const prescription *rx);

#endif
