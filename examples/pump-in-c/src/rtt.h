/*
 * rtt.h: the link over a debug probe: two rings in RAM that the probe reads and writes while the core
 * runs (docs/wire.md, Links). Nothing to wire but the probe.
 */
#ifndef RTT_H
#define RTT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RTT_BUFFER_LEN 1024u /* longer than the longest frame; one byte of it stays empty */

/* The interrupt that the rig sets pending after it has written, so that a core asleep wakes up. No
 * device of this chip raises it (RM0090 table 61: CRYP, which the STM32F405 lacks). */
#define DOORBELL_INTERRUPT 79u

/* Lays out the control block; the probe finds it by its symbol `_SEGGER_RTT`, or by its first bytes. */
void rtt_start(void);

/* The next byte from the rig, or -1. */
int rtt_next_byte(void);

/* Sends bytes; returns when the last has room. The rig empties the ring. */
void rtt_send(const uint8_t *bytes, size_t len);

#endif
