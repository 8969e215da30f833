/*
 * main.c: a pump in C behind the link. The same ELF runs on an STM32F405 and in QEMU
 * (`netduinoplus2`). It keeps no clock of its own: time comes with each Stimulus.
 */
#include "board.h"
#include "pump.h"

/* Both static: the endpoint holds the memory image of 32 KiB. */
static thecal_endpoint endpoint;
static pump the_pump;

int main(void)
{
    const thecal_program program = {&the_pump, pump_boot, pump_react, pump_reset};
    enum board_link chosen = LINK_NONE;
    board_build_id(the_pump.build_id);
    thecal_endpoint_start(&endpoint, &program);
    board_start();
    for (;;) {
        enum board_link link = chosen;
        int byte = board_next_byte(&link);
        const uint8_t *answer;
        size_t len;
        if (byte < 0) {
            continue;
        }
        len = thecal_endpoint_push(&endpoint, (uint8_t)byte, &answer);
        if (len > 0) {
            board_send(link, answer, len);
        }
        /* The first frame that arrives whole picks the link, until the next reset. */
        if (endpoint.has_answered) {
            chosen = link;
        }
        if (the_pump.restart) {
            board_restart();
        }
    }
}
