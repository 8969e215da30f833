/* startup.h: what the vector table needs from others, and gives them. */
#ifndef STARTUP_H
#define STARTUP_H

#define USART1_INTERRUPT 37u /* position in the interrupt table, RM0090 table 61 */

int main(void);

/* The handlers of USART1 and of the rig's doorbell, in board.c. */
void usart1_handler(void);
void doorbell_handler(void);

/* Resets the chip; does not return. */
void reset_chip(void) __attribute__((noreturn));

#endif
