/*
 * codec.c: lets the Rust tests ask thecal_link.c. One question on a line of standard input, one
 * line of answer; `c_vectors.rs` holds the other end.
 *
 *   constants          every limit and number of the header
 *   t HEX, f HEX       decodes a stream to the pump, or from it: each frame's fields in the words of
 *                      the golden vectors and its bytes encoded again, or why it is none
 *   n                  a new endpoint
 *   p HEX              pushes bytes into the endpoint: its answers, and what it called
 *   m KEY HEX          AES-CMAC, the example pump's
 */
#include "cmac.h"
#include "thecal_link.h"
#include <stdio.h>
#include <string.h>

#define LINE_MAX_LEN 65536

static uint8_t bytes[LINE_MAX_LEN / 2];
static thecal_decoder decoder;
static thecal_message message;
static thecal_endpoint endpoint;
static unsigned boots, reactions, resets;

/* The value of a hexadecimal digit; 16 for all else. */
static unsigned digit(char letter)
{
    static const char digits[] = "0123456789abcdef";
    const char *found = letter == '\0' ? NULL : strchr(digits, letter);
    return found == NULL ? 16u : (unsigned)(found - digits);
}

/* The digits up to anything else, as bytes. */
static size_t unhex(const char *text, uint8_t *to)
{
    size_t len = 0;
    while (digit(text[0]) < 16 && digit(text[1]) < 16) {
        to[len++] = (uint8_t)(digit(text[0]) << 4 | digit(text[1]));
        text += 2;
    }
    return len;
}

static void hex(const uint8_t *from, size_t len)
{
    size_t i;
    for (i = 0; i < len; i++) {
        printf("%02x", from[i]);
    }
}

static void field(const char *name, const uint8_t *from, size_t len)
{
    printf(" %s=", name);
    hex(from, len);
}

static const char *name_of(thecal_status status)
{
    switch (status) {
    case THECAL_TOO_SHORT: return "TooShort";
    case THECAL_TOO_LONG: return "TooLong";
    case THECAL_LENGTH_OUT_OF_RANGE: return "LengthOutOfRange";
    case THECAL_UNKNOWN_VALUE: return "UnknownValue";
    case THECAL_NOT_COBS: return "NotCobs";
    case THECAL_BAD_CHECKSUM: return "BadChecksum";
    case THECAL_OK:
    case THECAL_MORE: break;
    }
    return "?";
}

static void show_stimulus(const thecal_stimulus *s)
{
    printf("stimulus wake=%u magnet=%u clock_ms=%llu supply_mv=%u supply_min_mv=%u", s->wake,
           (unsigned)s->magnet, (unsigned long long)s->clock_ms, s->supply_mv, s->supply_min_mv);
    printf(" temperature_centi_c=%d steps_driven=%lu steps_sensed=%lu nvm_durable=%u",
           s->temperature_centi_c, (unsigned long)s->steps_driven, (unsigned long)s->steps_sensed,
           s->nvm_durable);
    field("telemetry", s->telemetry.bytes, s->telemetry.len);
}

static void show_reaction(const thecal_reaction *r)
{
    size_t at = 0;
    unsigned i;
    printf("reaction motor=%u tone=%u arm=%u supply_below_mv=%u wake_at_ms=%llu watchdog_ms=%lu",
           r->motor, r->tone, r->arm, r->supply_below_mv, (unsigned long long)r->wake_at_ms,
           (unsigned long)r->watchdog_ms);
    if (r->motor == THECAL_MOTOR_TRAIN) {
        printf(" pulses=%lu first_delay_us=%lu period_us=%lu pulse_energy_uj=%u",
               (unsigned long)r->pulses, (unsigned long)r->first_delay_us,
               (unsigned long)r->period_us, r->pulse_energy_uj);
    }
    for (i = 0; i < r->nvm_count; i++) {
        printf(" nvm_write=%u:", r->nvm[i].offset);
        hex(&r->nvm_bytes[at], r->nvm[i].len);
        at += r->nvm[i].len;
    }
    field("telemetry", r->telemetry.bytes, r->telemetry.len);
}

static void show(const thecal_message *m)
{
    switch (m->type) {
    case THECAL_RESET:
        printf("reset");
        break;
    case THECAL_ACK:
        printf("ack");
        break;
    case THECAL_REFUSED:
        printf("refused refusal=%u", m->as.refusal);
        break;
    case THECAL_NVM_CHUNK:
        printf("nvm_chunk offset=%u", m->as.nvm_chunk.offset);
        field("bytes", m->as.nvm_chunk.bytes, m->as.nvm_chunk.len);
        break;
    case THECAL_BOOT:
        printf("boot contract=%u cause=%u clock_ms=%llu image_crc=%lu", m->as.boot.contract,
               m->as.boot.cause, (unsigned long long)m->as.boot.clock_ms,
               (unsigned long)m->as.boot.image_crc);
        break;
    case THECAL_STIMULUS:
        show_stimulus(&m->as.stimulus);
        break;
    case THECAL_HELLO:
        printf("hello contract=%u capabilities=%lu step_volume_pl=%llu", m->as.hello.contract,
               (unsigned long)m->as.hello.capabilities,
               (unsigned long long)m->as.hello.step_volume_pl);
        field("build_id", m->as.hello.build_id, THECAL_BUILD_ID_LEN);
        field("firmware", m->as.hello.firmware, THECAL_FIRMWARE_LEN);
        field("version", m->as.hello.version, THECAL_VERSION_LEN);
        field("board", m->as.hello.board, THECAL_BOARD_LEN);
        break;
    case THECAL_REACTION:
        show_reaction(&m->as.reaction);
        break;
    default:
        printf("?");
        break;
    }
}

/* What the frame says; then the same encoded again, into a buffer of exactly that size. */
static void show_frame(const thecal_frame *frame, int is_to_pump)
{
    uint8_t again[THECAL_ENCODED_MAX];
    uint16_t seq = frame->seq;
    size_t len;
    thecal_status status = is_to_pump ? thecal_decode_to_pump(frame, &message)
                                      : thecal_decode_from_pump(frame, &message);
    if (status != THECAL_OK) {
        printf("error=%s; ", name_of(status));
        return;
    }
    printf("seq=%u message=", seq);
    show(&message);
    len = thecal_encode(&message, seq, again, sizeof again);
    field("frame", again, len);
    if (thecal_encode(&message, seq, again, len) != len ||
        thecal_encode(&message, seq, again, len - 1) != 0) {
        printf(" the room is not respected");
    }
    printf("; ");
}

static void decode(const char *text, int is_to_pump)
{
    size_t len = unhex(text, bytes);
    size_t i;
    thecal_frame frame;
    thecal_decoder_clear(&decoder);
    for (i = 0; i < len; i++) {
        thecal_status status = thecal_decoder_push(&decoder, bytes[i], &frame);
        if (status == THECAL_OK) {
            show_frame(&frame, is_to_pump);
        } else if (status != THECAL_MORE) {
            printf("error=%s; ", name_of(status));
        }
    }
}

static void fake_boot(void *context, const thecal_boot *boot, uint8_t *image, thecal_hello *hello)
{
    (void)context;
    boots++;
    hello->step_volume_pl = boot->clock_ms;
    hello->capabilities = image[0];
    thecal_text(hello->firmware, THECAL_FIRMWARE_LEN, "fake");
    thecal_text(hello->board, THECAL_BOARD_LEN, "a name that is too long");
}

static void fake_react(void *context, const thecal_stimulus *s, thecal_reaction *r)
{
    size_t len = s->telemetry.len;
    size_t i;
    (void)context;
    reactions++;
    r->tone = s->magnet ? THECAL_TONE_SINGLE : THECAL_TONE_SILENT;
    r->arm = s->wake & THECAL_ARM_ALL;
    r->wake_at_ms = s->clock_ms;
    r->watchdog_ms = s->steps_sensed;
    if (s->wake & THECAL_WAKE_SUPPLY) {
        r->motor = THECAL_MOTOR_TRAIN;
        r->pulses = s->steps_driven;
        r->first_delay_us = s->supply_mv;
        r->period_us = s->supply_min_mv;
        r->pulse_energy_uj = 7;
    }
    for (i = 0; i < len; i++) {
        r->telemetry.bytes[i] = s->telemetry.bytes[len - 1 - i];
    }
    r->telemetry.len = (uint8_t)len;
    for (i = 0; i < 3; i++) {
        thecal_reaction_write(r, s->supply_mv, s->telemetry.bytes, len);
    }
}

static void fake_reset(void *context)
{
    (void)context;
    resets++;
}

static void start(void)
{
    thecal_program program = {NULL, fake_boot, fake_react, fake_reset};
    boots = reactions = resets = 0;
    thecal_endpoint_start(&endpoint, &program);
}

static void push(const char *text)
{
    size_t len = unhex(text, bytes);
    size_t i;
    for (i = 0; i < len; i++) {
        const uint8_t *answer = NULL;
        size_t answer_len = thecal_endpoint_push(&endpoint, bytes[i], &answer);
        if (answer_len > 0) {
            hex(answer, answer_len);
            printf(" ");
        }
    }
    printf("boots=%u reactions=%u resets=%u", boots, reactions, resets);
}

static void mac(const char *text)
{
    uint8_t key[16];
    uint8_t sum[16];
    const char *rest = strchr(text, ' ');
    unhex(text, key);
    cmac(key, bytes, unhex(rest == NULL ? "" : rest + 1, bytes), sum);
    hex(sum, sizeof sum);
}

#define SAY(name) printf(#name "=%u ", (unsigned)THECAL_##name)

static void constants(void)
{
    SAY(CONTRACT_VERSION), SAY(NVM_LEN), SAY(NVM_CHUNK_MAX), SAY(NVM_WRITES_MAX);
    SAY(NVM_BYTES_MAX), SAY(TELEMETRY_MAX), SAY(FRAME_MAX), SAY(ENCODED_MAX);
    SAY(RESET), SAY(NVM_CHUNK), SAY(BOOT), SAY(STIMULUS);
    SAY(ACK), SAY(HELLO), SAY(REACTION), SAY(REFUSED);
    SAY(CAUSE_POWER_ON), SAY(CAUSE_PIN), SAY(CAUSE_WATCHDOG), SAY(CAUSE_BROWN_OUT);
    SAY(WAKE_BOOT), SAY(WAKE_TIMER), SAY(WAKE_TELEMETRY), SAY(WAKE_MISSED_PULSE);
    SAY(WAKE_MAGNET), SAY(WAKE_SUPPLY);
    SAY(NOT_BOOTED), SAY(ALREADY_BOOTED), SAY(WRONG_VERSION), SAY(IMAGE_CHECKSUM);
    SAY(IMAGE_RANGE), SAY(MALFORMED), SAY(UNREADABLE);
    SAY(MOTOR_KEEP), SAY(MOTOR_TRAIN), SAY(MOTOR_STOP_NOW), SAY(MOTOR_STOP_AFTER_STROKE);
    SAY(TONE_SILENT), SAY(TONE_SINGLE), SAY(TONE_TWO_TONE);
    SAY(ARM_TELEMETRY), SAY(ARM_MISSED_PULSE), SAY(ARM_MAGNET);
}

int main(void)
{
    static char line[LINE_MAX_LEN];
    start();
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        switch (line[0]) {
        case 'c': constants(); break;
        case 't': decode(line + 2, 1); break;
        case 'f': decode(line + 2, 0); break;
        case 'n': start(); break;
        case 'p': push(line + 2); break;
        case 'm': mac(line + 2); break;
        default: printf("?"); break;
        }
        printf("\n");
    }
    return 0;
}
