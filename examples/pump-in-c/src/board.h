/* board.h: what is left of the board layer under test: a serial port, sleep, reset. */
#ifndef BOARD_H
#define BOARD_H

#include <stddef.h>
#include <stdint.h>

/* USART1 on PA9 and PA10 at 1 Mbaud, with an interrupt for each byte. */
void board_start(void);

/* The next received byte; -1 after a sleep until an interrupt. */
int board_next_byte(void);

/* Sends bytes; returns when the last has room. */
void board_send(const uint8_t *bytes, size_t len);

/* Waits until the last bit has left, then resets the chip. */
void board_restart(void);

/* The GNU build id of the running image, 20 bytes; zeros where the linker left none. */
void board_build_id(uint8_t *id);

#endif
