/*
 * board.c: the few registers of the STM32F405 that the link needs. See board.h.
 *
 * Source: ST RM0090 rev 19 (addresses: 2.3; RCC: 7.3; GPIO: 8.4; USART: 30.6; DBGMCU: 38.16), Arm
 * DDI 0403E B3.4 (NVIC). The core runs from the 16 MHz internal oscillator, as after reset.
 */
#include "board.h"
#include "rtt.h"
#include "startup.h"
#include <stdbool.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define RCC_AHB1ENR REGISTER(0x40023830u)
#define RCC_APB2ENR REGISTER(0x40023844u)
#define GPIOA_MODER REGISTER(0x40020000u)
#define GPIOA_OSPEEDR REGISTER(0x40020008u)
#define GPIOA_PUPDR REGISTER(0x4002000cu)
#define GPIOA_AFRH REGISTER(0x40020024u)
#define USART1_SR REGISTER(0x40011000u)
#define USART1_DR REGISTER(0x40011004u)
#define USART1_BRR REGISTER(0x40011008u)
#define USART1_CR1 REGISTER(0x4001100cu)
#define NVIC_ISER1 REGISTER(0xe000e104u)
#define NVIC_ISER2 REGISTER(0xe000e108u)
#define DBGMCU_CR REGISTER(0xe0042004u)

#define DBG_SLEEP 1u
#define SR_RXNE (1u << 5)
#define SR_TC (1u << 6)
#define SR_TXE (1u << 7)
#define CR1_UE_RXNEIE_TE_RE (1u << 13 | 1u << 5 | 1u << 3 | 1u << 2)
#define BRR_1_MBAUD 0x10u /* 16 MHz / 16 samples a bit: mantissa 1, fraction 0 */

/* Received bytes on their way from the interrupt to the main loop. Longer than the longest frame;
 * the rig has one exchange outstanding. A power of two: the counts run over. */
#define RING_LEN 1024u

static volatile uint8_t ring[RING_LEN];
static volatile uint32_t ring_written; /* by the interrupt only */
static volatile uint32_t ring_read;    /* by the main loop only */

static void change(volatile uint32_t *what, uint32_t clear, uint32_t set)
{
    *what = (*what & ~clear) | set;
}

void board_start(void)
{
    /* Keeps memory within the probe's reach while the core sleeps. A reset does not clear it. */
    change(&DBGMCU_CR, 0, DBG_SLEEP);
    change(&RCC_AHB1ENR, 0, 1u);
    change(&RCC_APB2ENR, 0, 1u << 4);
    change(&GPIOA_AFRH, 0xffu << 4, 0x77u << 4);
    change(&GPIOA_OSPEEDR, 0xfu << 18, 0xau << 18);
    change(&GPIOA_PUPDR, 0xfu << 18, 0x5u << 18);
    change(&GPIOA_MODER, 0xfu << 18, 0xau << 18);
    USART1_BRR = BRR_1_MBAUD;
    USART1_CR1 = CR1_UE_RXNEIE_TE_RE;
    rtt_start();
    NVIC_ISER1 = 1u << (USART1_INTERRUPT - 32u);
    NVIC_ISER2 = 1u << (DOORBELL_INTERRUPT - 64u);
    __asm__ volatile("cpsie i" ::: "memory");
}

/* Reading the byte clears the interrupt and any error flag. A byte without room is dropped: the
 * frame's checksum tells. */
void usart1_handler(void)
{
    bool has_byte = (USART1_SR & SR_RXNE) != 0;
    uint8_t byte = (uint8_t)USART1_DR;
    if (has_byte && ring_written - ring_read < RING_LEN) {
        ring[ring_written % RING_LEN] = byte;
        ring_written = ring_written + 1u;
    }
}

/* Waking up is all that it is for. */
void doorbell_handler(void)
{
}

static int usart_next_byte(void)
{
    int byte = -1;
    if (ring_read != ring_written) {
        byte = ring[ring_read % RING_LEN];
        ring_read = ring_read + 1u;
    }
    return byte;
}

/* The rings are looked at with interrupts masked: what arrives after the look is pending and ends the
 * sleep at once. WFI lies on a multiple of 8 and has an ISB behind it: with DBG_SLEEP set and interrupts
 * masked, in code that runs from flash as after reset, this chip may crash after a WFI at an address that
 * ends in 4 or 2 (ST ES0182, the errata sheet). `cargo xtask firmware-c` checks the linked image. */
int board_next_byte(enum board_link *link)
{
    int byte = -1;
    __asm__ volatile("cpsid i" ::: "memory");
    if (*link != LINK_RTT && (byte = usart_next_byte()) >= 0) {
        *link = LINK_USART;
    } else if (*link != LINK_USART && (byte = rtt_next_byte()) >= 0) {
        *link = LINK_RTT;
    } else {
        __asm__ volatile("dsb\n\t.balign 8\n\twfi\n\tisb" ::: "memory");
    }
    __asm__ volatile("cpsie i\n\tisb" ::: "memory");
    return byte;
}

void board_send(enum board_link link, const uint8_t *bytes, size_t len)
{
    size_t i;
    if (link == LINK_RTT) {
        rtt_send(bytes, len);
        return;
    }
    for (i = 0; i < len; i++) {
        while ((USART1_SR & SR_TXE) == 0) {
        }
        USART1_DR = bytes[i];
    }
}

void board_restart(void)
{
    while ((USART1_SR & SR_TC) == 0) {
    }
    reset_chip();
}

/* An Elf32 note: three words, the name `GNU`, the SHA-1. */
struct note {
    uint32_t name_len;
    uint32_t content_len;
    uint32_t kind;
    uint8_t name[4];
    uint8_t sha1[20];
};

extern const volatile struct note __build_id_note;

void board_build_id(uint8_t *id)
{
    const volatile struct note *note = &__build_id_note;
    bool is_one = note->name_len == 4 && note->content_len == 20 && note->kind == 3;
    size_t i;
    for (i = 0; i < sizeof note->sha1; i++) {
        id[i] = is_one ? note->sha1[i] : 0;
    }
}
