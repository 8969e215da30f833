/* store.c: see store.h. */
#include "store.h"
#include "bytes.h"

#define BANK_STRIDE 128u
#define BANK_HEAD 5u /* identity u8, generation u32 */
#define CRC_LEN 4u
#define LOG_AT 0x1000u
#define ENTRY_LEN (4u + LOG_LINE_LEN + CRC_LEN)

static bool is_sealed(const uint8_t *bytes, size_t len)
{
    return thecal_crc32(bytes, len - CRC_LEN) == get_u32(bytes + len - CRC_LEN);
}

static bool is_erased(const uint8_t *bytes, size_t len)
{
    size_t i;
    for (i = 0; i < len; i++) {
        if (bytes[i] != 0xff) {
            return false;
        }
    }
    return true;
}

enum health record_load(record *r, const uint8_t *image, uint8_t *payload)
{
    size_t len = BANK_HEAD + r->len + CRC_LEN;
    unsigned intact = 0, erased = 0, i;
    r->generation = 0;
    for (i = 0; i < 2; i++) {
        const uint8_t *bank = image + r->at + i * BANK_STRIDE;
        uint32_t generation = get_u32(bank + 1);
        if (is_erased(bank, len)) {
            erased++;
        } else if (bank[0] == r->id && is_sealed(bank, len)) {
            intact++;
            if (intact == 1 || generation > r->generation) {
                r->generation = generation;
                copy_bytes(payload, bank + BANK_HEAD, r->len);
            }
        }
    }
    if (intact == 0) {
        return erased == 2 ? HEALTH_ERASED : HEALTH_LOST;
    }
    return intact + erased == 2 ? HEALTH_SOUND : HEALTH_ONE_BANK;
}

bool record_store(record *r, uint8_t *image, thecal_reaction *out, const uint8_t *payload)
{
    uint8_t bank[BANK_HEAD + PAYLOAD_MAX + CRC_LEN];
    size_t len = BANK_HEAD + r->len;
    uint16_t at = (uint16_t)(r->at + ((r->generation + 1u) & 1u) * BANK_STRIDE);
    bank[0] = r->id;
    put_number(bank + 1, r->generation + 1u, 4);
    copy_bytes(bank + BANK_HEAD, payload, r->len);
    put_number(bank + len, thecal_crc32(bank, len), CRC_LEN);
    if (!thecal_memory_write(image, out, at, bank, len + CRC_LEN)) {
        return false;
    }
    r->generation++;
    return true;
}

static uint16_t place(uint32_t number)
{
    return (uint16_t)(LOG_AT + number % LOG_ENTRIES * ENTRY_LEN);
}

void log_load(event_log *log, const uint8_t *image)
{
    uint32_t slot;
    log->next = 0;
    for (slot = 0; slot < LOG_ENTRIES; slot++) {
        const uint8_t *entry = image + place(slot);
        if (is_sealed(entry, ENTRY_LEN) && get_u32(entry) >= log->next) {
            log->next = get_u32(entry) + 1u;
        }
    }
    log->written = log->next;
}

void log_note(event_log *log, uint8_t *image, uint64_t clock_ms, uint8_t code, uint32_t argument)
{
    uint8_t *entry = image + place(log->next);
    uint8_t *to = put_number(entry, log->next, 4);
    to = put_number(to, clock_ms, 8);
    to = put_number(to, code, 1);
    to = put_number(to, argument, 4);
    put_number(to, thecal_crc32(entry, ENTRY_LEN - CRC_LEN), CRC_LEN);
    log->next++;
}

bool log_store(event_log *log, const uint8_t *image, thecal_reaction *out, uint32_t *written)
{
    *written = 0;
    while (log->written < log->next) {
        uint16_t at = place(log->written);
        if (!thecal_reaction_write(out, at, image + at, ENTRY_LEN)) {
            return false;
        }
        log->written++;
        ++*written;
    }
    return true;
}

const uint8_t *log_line(const event_log *log, const uint8_t *image, uint32_t number)
{
    const uint8_t *entry = image + place(number);
    bool is_there = number < log->next && is_sealed(entry, ENTRY_LEN) && get_u32(entry) == number;
    return is_there ? entry + 4 : NULL;
}
