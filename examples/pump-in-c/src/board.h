/* board.h: what is left of the board layer: two links to the rig, sleep, reset. */
#ifndef BOARD_H
#define BOARD_H

#include <stddef.h>
#include <stdint.h>

/* Where a byte came from, and where its answer goes. */
enum board_link { LINK_NONE, LINK_USART, LINK_RTT };

/* USART1 on PA9 and PA10 at 1 Mbaud with an interrupt for each byte; and RTT. */
void board_start(void);

/* The next byte received on `*link`, or on any link where that is LINK_NONE: then `*link` becomes the
 * one that it came from. -1 after a sleep until an interrupt. */
int board_next_byte(enum board_link *link);

/* Sends bytes; returns when the last has room. */
void board_send(enum board_link link, const uint8_t *bytes, size_t len);

/* Waits until the last bit has left, then resets the chip. */
void board_restart(void);

/* The GNU build id of the running image, 20 bytes; zeros where the linker left none. */
void board_build_id(uint8_t *id);

#endif
