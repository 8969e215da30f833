/*
 * startup.c: the vector table, RAM before main, and the two functions that a compiler may call
 * although nobody wrote so. Source: Arm DDI 0403E B1.5 (vectors), B3.2 (AIRCR).
 */
#include "startup.h"
#include "rtt.h"
#include <stddef.h>
#include <stdint.h>

#define CORE_VECTORS 16u
#define INTERRUPTS 82u /* RM0090 table 61 */
#define AIRCR (*(volatile uint32_t *)0xe000ed0cu)
#define AIRCR_RESET 0x05fa0004u /* key and SYSRESETREQ */

extern uint32_t __stack_top, __data_start, __data_end, __data_load, __bss_start, __bss_end;

void reset_handler(void) __attribute__((noreturn));
void *memcpy(void *to, const void *from, size_t len);
void *memset(void *to, int value, size_t len);

void reset_chip(void)
{
    __asm__ volatile("dsb" ::: "memory");
    AIRCR = AIRCR_RESET;
    for (;;) {
    }
}

/* A fault, or an interrupt that nobody enabled: a pump that is not sure of itself does not go on. */
static void unexpected(void)
{
    reset_chip();
}

void reset_handler(void)
{
    uint32_t *to = &__data_start;
    const uint32_t *from = &__data_load;
    while (to < &__data_end) {
        *to++ = *from++;
    }
    for (to = &__bss_start; to < &__bss_end; to++) {
        *to = 0;
    }
    (void)main();
    reset_chip();
}

typedef union vector {
    void (*handler)(void);
    uint32_t *stack;
} vector;

__attribute__((section(".vectors"), used)) static const vector vectors[CORE_VECTORS + INTERRUPTS] = {
    [0] = {.stack = &__stack_top},
    [1] = {.handler = reset_handler},
    [2] = {.handler = unexpected},  /* NMI */
    [3] = {.handler = unexpected},  /* HardFault; the others escalate to it */
    [11] = {.handler = unexpected}, /* SVCall */
    [12] = {.handler = unexpected}, /* DebugMonitor */
    [14] = {.handler = unexpected}, /* PendSV */
    [15] = {.handler = unexpected}, /* SysTick */
    [CORE_VECTORS + USART1_INTERRUPT] = {.handler = usart1_handler},
    [CORE_VECTORS + DOORBELL_INTERRUPT] = {.handler = doorbell_handler},
};

void *memcpy(void *to, const void *from, size_t len)
{
    uint8_t *target = (uint8_t *)to;
    const uint8_t *source = (const uint8_t *)from;
    while (len-- > 0) {
        *target++ = *source++;
    }
    return to;
}

void *memset(void *to, int value, size_t len)
{
    uint8_t *target = (uint8_t *)to;
    while (len-- > 0) {
        *target++ = (uint8_t)value;
    }
    return to;
}
