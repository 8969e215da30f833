/*
 * main.c: a pump in C behind the link. The same ELF runs on an STM32F405 and in QEMU
 * (`netduinoplus2`). It keeps no clock of its own: time comes with each Stimulus.
 */
#include "board.h"
#include "pump.h"

/* The link that was not picked is heard only when it resets the pump: another rig takes over. */
static void take_over(enum board_link link, uint8_t byte)
{
    static thecal_decoder decoder;
    static uint8_t answer[THECAL_ENCODED_MAX];
    static const thecal_message ack = {.type = THECAL_ACK};
    thecal_frame frame;
    if (thecal_decoder_push(&decoder, byte, &frame) == THECAL_OK && frame.type == THECAL_RESET) {
        board_send(link, answer, thecal_encode(&ack, frame.seq, answer, sizeof answer));
        board_restart();
    }
}

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
        enum board_link link = LINK_NONE;
        int byte = board_next_byte(&link);
        const uint8_t *answer;
        size_t len;
        if (byte < 0) {
            continue;
        }
        if (chosen != LINK_NONE && link != chosen) {
            take_over(link, (uint8_t)byte);
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
