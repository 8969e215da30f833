/*
 * thecal_link.c: frames, messages and the pump's end of the link. See thecal_link.h.
 *
 * Two cursors carry the work: `writer` encodes, stuffs and sums in one pass, without a plain copy of
 * the frame; `reader` hands out fields and remembers the first reason why it could not.
 */
#include "thecal_link.h"

#define HEADER_LEN 3u
#define CHECKSUM_LEN 4u
#define DELIMITER 0u
#define ERASED 0xffu
/* A COBS block is full with this code: 254 bytes and no zero behind them. */
#define FULL_BLOCK 0xffu
#define CRC_START 0xffffffffu

static void copy(uint8_t *to, const uint8_t *from, size_t len)
{
    size_t i;
    for (i = 0; i < len; i++) {
        to[i] = from[i];
    }
}

static void fill(uint8_t *to, uint8_t value, size_t len)
{
    size_t i;
    for (i = 0; i < len; i++) {
        to[i] = value;
    }
}

/* ---- Checksum ---------------------------------------------------------------------------- */

/* Polynomial 0xEDB88320 (0x04C11DB7 reflected) for the 16 values of half a byte. */
static uint32_t crc_step(uint32_t crc, uint8_t byte)
{
    static const uint32_t table[16] = {
        0x00000000u, 0x1db71064u, 0x3b6e20c8u, 0x26d930acu, 0x76dc4190u, 0x6b6b51f4u,
        0x4db26158u, 0x5005713cu, 0xedb88320u, 0xf00f9344u, 0xd6d6a3e8u, 0xcb61b38cu,
        0x9b64c2b0u, 0x86d3d2d4u, 0xa00ae278u, 0xbdbdf21cu,
    };
    crc ^= byte;
    crc = (crc >> 4) ^ table[crc & 0xfu];
    return (crc >> 4) ^ table[crc & 0xfu];
}

uint32_t thecal_crc32(const uint8_t *bytes, size_t len)
{
    uint32_t crc = CRC_START;
    size_t i;
    for (i = 0; i < len; i++) {
        crc = crc_step(crc, bytes[i]);
    }
    return ~crc;
}

/* ---- Encoding ---------------------------------------------------------------------------- */

/* Where the next stuffed byte goes. `code_at` is the place of the block's code, which is known only
 * at the block's end; `code` is what it would be now. */
typedef struct writer {
    uint8_t *out;
    size_t room;
    size_t len;
    size_t code_at;
    size_t plain_len;
    uint32_t crc;
    uint8_t code;
    bool failed;
} writer;

static void write_raw(writer *to, uint8_t byte)
{
    if (to->len < to->room) {
        to->out[to->len] = byte;
        to->len++;
    } else {
        to->failed = true;
    }
}

static void close_block(writer *to)
{
    if (to->code_at < to->room) {
        to->out[to->code_at] = to->code;
    }
}

static void open_block(writer *to)
{
    to->code_at = to->len;
    to->code = 1;
    write_raw(to, 0);
}

static void put_stuffed(writer *to, uint8_t byte)
{
    to->plain_len++;
    /* A full block gets its successor only when a byte comes that needs one. */
    if (to->code == FULL_BLOCK) {
        close_block(to);
        open_block(to);
    }
    if (byte == 0) {
        close_block(to);
        open_block(to);
    } else {
        write_raw(to, byte);
        to->code++;
    }
}

static void put_u8(writer *to, uint8_t value)
{
    to->crc = crc_step(to->crc, value);
    put_stuffed(to, value);
}

static void put_bytes(writer *to, const uint8_t *bytes, size_t len)
{
    size_t i;
    for (i = 0; i < len; i++) {
        put_u8(to, bytes[i]);
    }
}

static void put_number(writer *to, uint64_t value, unsigned width)
{
    unsigned i;
    for (i = 0; i < width; i++) {
        put_u8(to, (uint8_t)(value >> (8u * i)));
    }
}

static void put_packet(writer *to, const thecal_packet *packet)
{
    if (packet->len > THECAL_TELEMETRY_MAX) {
        to->failed = true;
        return;
    }
    put_u8(to, packet->len);
    put_bytes(to, packet->bytes, packet->len);
}

static void put_chunk(writer *to, const thecal_nvm_chunk *chunk)
{
    if (chunk->len > THECAL_NVM_CHUNK_MAX) {
        to->failed = true;
        return;
    }
    put_number(to, chunk->offset, 2);
    put_bytes(to, chunk->bytes, chunk->len);
}

static void put_boot(writer *to, const thecal_boot *boot)
{
    to->failed |= boot->cause < THECAL_CAUSE_POWER_ON || boot->cause > THECAL_CAUSE_BROWN_OUT;
    put_number(to, boot->contract, 2);
    put_u8(to, boot->cause);
    put_number(to, boot->clock_ms, 8);
    put_number(to, boot->image_crc, 4);
}

static void put_stimulus(writer *to, const thecal_stimulus *stimulus)
{
    to->failed |= stimulus->wake > THECAL_WAKE_ALL;
    put_u8(to, stimulus->wake);
    put_u8(to, stimulus->magnet ? 1u : 0u);
    put_number(to, stimulus->clock_ms, 8);
    put_number(to, stimulus->supply_mv, 2);
    put_number(to, stimulus->supply_min_mv, 2);
    put_number(to, (uint16_t)stimulus->temperature_centi_c, 2);
    put_number(to, stimulus->steps_driven, 4);
    put_number(to, stimulus->steps_sensed, 4);
    put_u8(to, stimulus->nvm_durable);
    put_packet(to, &stimulus->telemetry);
}

static void put_hello(writer *to, const thecal_hello *hello)
{
    put_number(to, hello->contract, 2);
    put_number(to, hello->capabilities, 4);
    put_number(to, hello->step_volume_pl, 8);
    put_bytes(to, hello->build_id, THECAL_BUILD_ID_LEN);
    put_bytes(to, hello->firmware, THECAL_FIRMWARE_LEN);
    put_bytes(to, hello->version, THECAL_VERSION_LEN);
    put_bytes(to, hello->board, THECAL_BOARD_LEN);
}

static void put_writes(writer *to, const thecal_reaction *reaction)
{
    size_t at = 0;
    size_t i;
    if (reaction->nvm_count > THECAL_NVM_WRITES_MAX || reaction->nvm_len > THECAL_NVM_BYTES_MAX) {
        to->failed = true;
        return;
    }
    put_u8(to, reaction->nvm_count);
    for (i = 0; i < reaction->nvm_count; i++) {
        const thecal_nvm_write *one = &reaction->nvm[i];
        if (at + one->len > reaction->nvm_len || (size_t)one->offset + one->len > THECAL_NVM_LEN) {
            to->failed = true;
            return;
        }
        put_number(to, one->offset, 2);
        put_u8(to, one->len);
        put_bytes(to, &reaction->nvm_bytes[at], one->len);
        at += one->len;
    }
}

static void put_reaction(writer *to, const thecal_reaction *reaction)
{
    bool is_train = reaction->motor == THECAL_MOTOR_TRAIN;
    to->failed |= reaction->motor > THECAL_MOTOR_STOP_AFTER_STROKE;
    to->failed |= reaction->tone > THECAL_TONE_TWO_TONE;
    to->failed |= reaction->arm > THECAL_ARM_ALL;
    put_u8(to, reaction->motor);
    put_u8(to, reaction->tone);
    put_u8(to, reaction->arm);
    put_number(to, reaction->supply_below_mv, 2);
    put_number(to, reaction->wake_at_ms, 8);
    put_number(to, reaction->watchdog_ms, 4);
    put_number(to, is_train ? reaction->pulses : 0u, 4);
    put_number(to, is_train ? reaction->first_delay_us : 0u, 4);
    put_number(to, is_train ? reaction->period_us : 0u, 4);
    put_number(to, is_train ? reaction->pulse_energy_uj : 0u, 2);
    put_writes(to, reaction);
    put_packet(to, &reaction->telemetry);
}

static void put_body(writer *to, const thecal_message *message)
{
    switch (message->type) {
    case THECAL_RESET:
    case THECAL_ACK:
        break;
    case THECAL_NVM_CHUNK:
        put_chunk(to, &message->as.nvm_chunk);
        break;
    case THECAL_BOOT:
        put_boot(to, &message->as.boot);
        break;
    case THECAL_STIMULUS:
        put_stimulus(to, &message->as.stimulus);
        break;
    case THECAL_HELLO:
        put_hello(to, &message->as.hello);
        break;
    case THECAL_REACTION:
        put_reaction(to, &message->as.reaction);
        break;
    case THECAL_REFUSED:
        to->failed |= message->as.refusal < THECAL_NOT_BOOTED;
        to->failed |= message->as.refusal > THECAL_UNREADABLE;
        put_u8(to, message->as.refusal);
        break;
    default:
        to->failed = true;
        break;
    }
}

size_t thecal_encode(const thecal_message *message, uint16_t seq, uint8_t *out, size_t room)
{
    writer to;
    uint32_t crc;
    unsigned i;
    to.out = out;
    to.room = room;
    to.len = 0;
    to.plain_len = 0;
    to.crc = CRC_START;
    to.failed = false;
    open_block(&to);
    put_u8(&to, message->type);
    put_number(&to, seq, 2);
    put_body(&to, message);
    crc = ~to.crc;
    for (i = 0; i < CHECKSUM_LEN; i++) {
        put_stuffed(&to, (uint8_t)(crc >> (8u * i)));
    }
    close_block(&to);
    write_raw(&to, DELIMITER);
    return to.failed || to.plain_len > THECAL_FRAME_MAX ? 0 : to.len;
}

/* ---- Decoding: frames -------------------------------------------------------------------- */

/* Unstuffs in place: what is written never overtakes what is read. */
static bool unstuff(uint8_t *bytes, size_t len, size_t *plain_len)
{
    size_t from = 0;
    size_t to = 0;
    while (from < len) {
        uint8_t code = bytes[from];
        uint8_t i;
        if (code == 0 || code > len - from) {
            return false;
        }
        from++;
        for (i = 1; i < code; i++) {
            bytes[to] = bytes[from];
            to++;
            from++;
        }
        if (code != FULL_BLOCK && from < len) {
            bytes[to] = 0;
            to++;
        }
    }
    *plain_len = to;
    return true;
}

static uint32_t number_at(const uint8_t *bytes, unsigned width)
{
    uint32_t value = 0;
    unsigned i;
    for (i = 0; i < width; i++) {
        value |= (uint32_t)bytes[i] << (8u * i);
    }
    return value;
}

static thecal_status open_frame(thecal_decoder *decoder, size_t len, thecal_frame *frame)
{
    size_t plain_len = 0;
    size_t summed;
    if (!unstuff(decoder->bytes, len, &plain_len)) {
        return THECAL_NOT_COBS;
    }
    if (plain_len > THECAL_FRAME_MAX) {
        return THECAL_LENGTH_OUT_OF_RANGE;
    }
    if (plain_len < HEADER_LEN + CHECKSUM_LEN) {
        return THECAL_TOO_SHORT;
    }
    summed = plain_len - CHECKSUM_LEN;
    if (thecal_crc32(decoder->bytes, summed) != number_at(&decoder->bytes[summed], CHECKSUM_LEN)) {
        return THECAL_BAD_CHECKSUM;
    }
    frame->type = decoder->bytes[0];
    frame->seq = (uint16_t)number_at(&decoder->bytes[1], 2);
    frame->body = &decoder->bytes[HEADER_LEN];
    frame->len = summed - HEADER_LEN;
    return THECAL_OK;
}

void thecal_decoder_clear(thecal_decoder *decoder)
{
    decoder->len = 0;
    decoder->overflowed = false;
}

thecal_status thecal_decoder_push(thecal_decoder *decoder, uint8_t byte, thecal_frame *frame)
{
    size_t len = decoder->len;
    bool overflowed = decoder->overflowed;
    if (byte != DELIMITER) {
        if (len < THECAL_ENCODED_MAX) {
            decoder->bytes[len] = byte;
            decoder->len++;
        } else {
            decoder->overflowed = true;
        }
        return THECAL_MORE;
    }
    thecal_decoder_clear(decoder);
    if (overflowed) {
        return THECAL_LENGTH_OUT_OF_RANGE;
    }
    return len == 0 ? THECAL_MORE : open_frame(decoder, len, frame);
}

/* ---- Decoding: messages ------------------------------------------------------------------ */

/* The bytes left, and the first reason why a field could not be read. */
typedef struct reader {
    const uint8_t *bytes;
    size_t left;
    thecal_status status;
} reader;

static void fail(reader *from, thecal_status why)
{
    if (from->status == THECAL_OK) {
        from->status = why;
    }
}

/* The next `len` bytes, or a null pointer where the body ends before or something failed earlier. */
static const uint8_t *take(reader *from, size_t len)
{
    const uint8_t *bytes = from->bytes;
    if (from->status != THECAL_OK || len > from->left) {
        fail(from, THECAL_TOO_SHORT);
        return NULL;
    }
    from->bytes += len;
    from->left -= len;
    return bytes;
}

static void take_bytes(reader *from, uint8_t *to, size_t len)
{
    const uint8_t *bytes = take(from, len);
    if (bytes != NULL) {
        copy(to, bytes, len);
    }
}

static uint32_t take_number(reader *from, unsigned width)
{
    const uint8_t *bytes = take(from, width);
    return bytes == NULL ? 0 : number_at(bytes, width);
}

static uint8_t take_u8(reader *from)
{
    return (uint8_t)take_number(from, 1);
}

static uint16_t take_u16(reader *from)
{
    return (uint16_t)take_number(from, 2);
}

static uint64_t take_u64(reader *from)
{
    uint64_t low = take_number(from, 4);
    return low | (uint64_t)take_number(from, 4) << 32;
}

static uint8_t take_in(reader *from, uint8_t least, uint8_t most)
{
    uint8_t value = take_u8(from);
    if (value < least || value > most) {
        fail(from, THECAL_UNKNOWN_VALUE);
    }
    return value;
}

static void take_packet(reader *from, thecal_packet *packet)
{
    uint8_t len = take_u8(from);
    const uint8_t *bytes = take(from, len);
    packet->len = 0;
    if (bytes == NULL) {
        return;
    }
    if (len > THECAL_TELEMETRY_MAX) {
        fail(from, THECAL_LENGTH_OUT_OF_RANGE);
        return;
    }
    packet->len = len;
    copy(packet->bytes, bytes, len);
}

static void take_chunk(reader *from, thecal_nvm_chunk *chunk)
{
    chunk->offset = take_u16(from);
    chunk->len = 0;
    if (from->left > THECAL_NVM_CHUNK_MAX) {
        fail(from, THECAL_LENGTH_OUT_OF_RANGE);
        return;
    }
    chunk->len = (uint8_t)from->left;
    take_bytes(from, chunk->bytes, chunk->len);
}

static void take_boot(reader *from, thecal_boot *boot)
{
    boot->contract = take_u16(from);
    boot->cause = take_in(from, THECAL_CAUSE_POWER_ON, THECAL_CAUSE_BROWN_OUT);
    boot->clock_ms = take_u64(from);
    boot->image_crc = take_number(from, 4);
}

/* Two's complement by arithmetic: a cast would be the compiler's choice in C99. */
static int16_t to_signed(uint16_t value)
{
    return value < 0x8000u ? (int16_t)value : (int16_t)((int32_t)value - 0x10000);
}

static void take_stimulus(reader *from, thecal_stimulus *stimulus)
{
    stimulus->wake = take_in(from, 0, THECAL_WAKE_ALL);
    stimulus->magnet = take_in(from, 0, 1) == 1;
    stimulus->clock_ms = take_u64(from);
    stimulus->supply_mv = take_u16(from);
    stimulus->supply_min_mv = take_u16(from);
    stimulus->temperature_centi_c = to_signed(take_u16(from));
    stimulus->steps_driven = take_number(from, 4);
    stimulus->steps_sensed = take_number(from, 4);
    stimulus->nvm_durable = take_u8(from);
    take_packet(from, &stimulus->telemetry);
}

static void take_hello(reader *from, thecal_hello *hello)
{
    hello->contract = take_u16(from);
    hello->capabilities = take_number(from, 4);
    hello->step_volume_pl = take_u64(from);
    take_bytes(from, hello->build_id, THECAL_BUILD_ID_LEN);
    take_bytes(from, hello->firmware, THECAL_FIRMWARE_LEN);
    take_bytes(from, hello->version, THECAL_VERSION_LEN);
    take_bytes(from, hello->board, THECAL_BOARD_LEN);
}

static void take_writes(reader *from, thecal_reaction *reaction)
{
    uint8_t count = take_u8(from);
    uint8_t i;
    for (i = 0; i < count && from->status == THECAL_OK; i++) {
        uint16_t offset = take_u16(from);
        uint8_t len = take_u8(from);
        const uint8_t *bytes = take(from, len);
        if (bytes != NULL && !thecal_reaction_write(reaction, offset, bytes, len)) {
            fail(from, THECAL_LENGTH_OUT_OF_RANGE);
        }
    }
}

static void take_reaction(reader *from, thecal_reaction *reaction)
{
    uint32_t pulses, first_delay_us, period_us;
    uint16_t pulse_energy_uj;
    thecal_reaction_clear(reaction);
    reaction->motor = take_u8(from);
    reaction->tone = take_in(from, 0, THECAL_TONE_TWO_TONE);
    reaction->arm = take_in(from, 0, THECAL_ARM_ALL);
    reaction->supply_below_mv = take_u16(from);
    reaction->wake_at_ms = take_u64(from);
    reaction->watchdog_ms = take_number(from, 4);
    pulses = take_number(from, 4);
    first_delay_us = take_number(from, 4);
    period_us = take_number(from, 4);
    pulse_energy_uj = take_u16(from);
    if (reaction->motor > THECAL_MOTOR_STOP_AFTER_STROKE) {
        fail(from, THECAL_UNKNOWN_VALUE);
    }
    if (reaction->motor == THECAL_MOTOR_TRAIN) {
        reaction->pulses = pulses;
        reaction->first_delay_us = first_delay_us;
        reaction->period_us = period_us;
        reaction->pulse_energy_uj = pulse_energy_uj;
    }
    take_writes(from, reaction);
    take_packet(from, &reaction->telemetry);
}

static reader read_body(const thecal_frame *frame)
{
    reader from;
    from.bytes = frame->body;
    from.left = frame->len;
    from.status = THECAL_OK;
    return from;
}

static thecal_status end(reader *from)
{
    if (from->left > 0) {
        fail(from, THECAL_TOO_LONG);
    }
    return from->status;
}

thecal_status thecal_decode_to_pump(const thecal_frame *frame, thecal_message *message)
{
    reader from = read_body(frame);
    message->type = frame->type;
    switch (frame->type) {
    case THECAL_RESET:
        break;
    case THECAL_NVM_CHUNK:
        take_chunk(&from, &message->as.nvm_chunk);
        break;
    case THECAL_BOOT:
        take_boot(&from, &message->as.boot);
        break;
    case THECAL_STIMULUS:
        take_stimulus(&from, &message->as.stimulus);
        break;
    default:
        return THECAL_UNKNOWN_VALUE;
    }
    return end(&from);
}

thecal_status thecal_decode_from_pump(const thecal_frame *frame, thecal_message *message)
{
    reader from = read_body(frame);
    message->type = frame->type;
    switch (frame->type) {
    case THECAL_ACK:
        break;
    case THECAL_HELLO:
        take_hello(&from, &message->as.hello);
        break;
    case THECAL_REACTION:
        take_reaction(&from, &message->as.reaction);
        break;
    case THECAL_REFUSED:
        message->as.refusal = take_in(&from, THECAL_NOT_BOOTED, THECAL_UNREADABLE);
        break;
    default:
        return THECAL_UNKNOWN_VALUE;
    }
    return end(&from);
}

/* ---- Messages: helpers ------------------------------------------------------------------- */

void thecal_text(uint8_t *to, size_t len, const char *text)
{
    size_t i;
    for (i = 0; i < len; i++) {
        to[i] = (uint8_t)*text;
        if (*text != '\0') {
            text++;
        }
    }
}

void thecal_reaction_clear(thecal_reaction *reaction)
{
    reaction->motor = THECAL_MOTOR_KEEP;
    reaction->pulses = 0;
    reaction->first_delay_us = 0;
    reaction->period_us = 0;
    reaction->pulse_energy_uj = 0;
    reaction->tone = THECAL_TONE_SILENT;
    reaction->arm = 0;
    reaction->supply_below_mv = 0;
    reaction->wake_at_ms = 0;
    reaction->watchdog_ms = 0;
    reaction->nvm_count = 0;
    reaction->nvm_len = 0;
    reaction->telemetry.len = 0;
}

bool thecal_reaction_write(thecal_reaction *reaction, uint16_t offset, const uint8_t *bytes,
                           size_t len)
{
    thecal_nvm_write *one;
    if (reaction->nvm_count >= THECAL_NVM_WRITES_MAX || len > THECAL_NVM_WRITE_MAX ||
        (size_t)offset + len > THECAL_NVM_LEN || reaction->nvm_len + len > THECAL_NVM_BYTES_MAX) {
        return false;
    }
    one = &reaction->nvm[reaction->nvm_count];
    one->offset = offset;
    one->len = (uint8_t)len;
    copy(&reaction->nvm_bytes[reaction->nvm_len], bytes, len);
    reaction->nvm_len = (uint16_t)(reaction->nvm_len + len);
    reaction->nvm_count++;
    return true;
}

bool thecal_memory_write(uint8_t *image, thecal_reaction *reaction, uint16_t offset,
                         const uint8_t *bytes, size_t len)
{
    if (!thecal_reaction_write(reaction, offset, bytes, len)) {
        return false;
    }
    copy(&image[offset], bytes, len);
    return true;
}

/* ---- The pump's end of the link ---------------------------------------------------------- */

void thecal_endpoint_start(thecal_endpoint *endpoint, const thecal_program *program)
{
    endpoint->program = *program;
    thecal_decoder_clear(&endpoint->decoder);
    endpoint->has_answered = false;
    endpoint->is_booted = false;
    endpoint->answered_seq = 0;
    endpoint->answer_len = 0;
    fill(endpoint->image, ERASED, THECAL_NVM_LEN);
}

static void refuse(thecal_endpoint *endpoint, enum thecal_refusal why)
{
    endpoint->reply.type = THECAL_REFUSED;
    endpoint->reply.as.refusal = (uint8_t)why;
}

static void load(thecal_endpoint *endpoint, const thecal_nvm_chunk *chunk)
{
    if ((size_t)chunk->offset + chunk->len > THECAL_NVM_LEN) {
        refuse(endpoint, THECAL_IMAGE_RANGE);
        return;
    }
    copy(&endpoint->image[chunk->offset], chunk->bytes, chunk->len);
    endpoint->reply.type = THECAL_ACK;
}

static void boot(thecal_endpoint *endpoint, const thecal_boot *question)
{
    const thecal_program *program = &endpoint->program;
    thecal_hello *hello = &endpoint->reply.as.hello;
    if (question->contract != THECAL_CONTRACT_VERSION) {
        refuse(endpoint, THECAL_WRONG_VERSION);
        return;
    }
    if (question->image_crc != thecal_crc32(endpoint->image, THECAL_NVM_LEN)) {
        refuse(endpoint, THECAL_IMAGE_CHECKSUM);
        return;
    }
    endpoint->is_booted = true;
    endpoint->reply.type = THECAL_HELLO;
    hello->contract = THECAL_CONTRACT_VERSION;
    hello->capabilities = 0;
    hello->step_volume_pl = 0;
    fill(hello->build_id, 0, THECAL_BUILD_ID_LEN);
    fill(hello->firmware, 0, THECAL_FIRMWARE_LEN);
    fill(hello->version, 0, THECAL_VERSION_LEN);
    fill(hello->board, 0, THECAL_BOARD_LEN);
    program->boot(program->context, question, endpoint->image, hello);
}

static void answer_question(thecal_endpoint *endpoint)
{
    const thecal_program *program = &endpoint->program;
    const thecal_message *question = &endpoint->question;
    if (question->type == THECAL_RESET) {
        endpoint->is_booted = false;
        fill(endpoint->image, ERASED, THECAL_NVM_LEN);
        program->reset(program->context);
        endpoint->reply.type = THECAL_ACK;
    } else if (question->type == THECAL_STIMULUS) {
        if (!endpoint->is_booted) {
            refuse(endpoint, THECAL_NOT_BOOTED);
            return;
        }
        endpoint->reply.type = THECAL_REACTION;
        thecal_reaction_clear(&endpoint->reply.as.reaction);
        program->react(program->context, &question->as.stimulus, &endpoint->reply.as.reaction);
    } else if (endpoint->is_booted) {
        refuse(endpoint, THECAL_ALREADY_BOOTED);
    } else if (question->type == THECAL_NVM_CHUNK) {
        load(endpoint, &question->as.nvm_chunk);
    } else {
        boot(endpoint, &question->as.boot);
    }
}

size_t thecal_endpoint_push(thecal_endpoint *endpoint, uint8_t byte, const uint8_t **answer)
{
    thecal_frame frame;
    thecal_status status = thecal_decoder_push(&endpoint->decoder, byte, &frame);
    size_t len;
    if (status == THECAL_MORE) {
        return 0;
    }
    if (status != THECAL_OK) {
        refuse(endpoint, THECAL_UNREADABLE);
        *answer = endpoint->unreadable;
        return thecal_encode(&endpoint->reply, 0, endpoint->unreadable,
                             sizeof endpoint->unreadable);
    }
    *answer = endpoint->answer;
    /* The reset line works always: a rig that starts anew may begin with the number that an earlier
     * one ended with, and a cached answer would leave the pump running. */
    if (endpoint->has_answered && frame.seq == endpoint->answered_seq &&
        frame.type != THECAL_RESET) {
        return endpoint->answer_len;
    }
    if (thecal_decode_to_pump(&frame, &endpoint->question) == THECAL_OK) {
        answer_question(endpoint);
    } else {
        refuse(endpoint, THECAL_MALFORMED);
    }
    len = thecal_encode(&endpoint->reply, frame.seq, endpoint->answer, THECAL_ENCODED_MAX);
    /* Without an answer nothing is left to repeat: the buffer holds a part of one. */
    endpoint->has_answered = len > 0;
    endpoint->answered_seq = frame.seq;
    endpoint->answer_len = len;
    return len;
}
