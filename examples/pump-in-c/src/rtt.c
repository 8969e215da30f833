/* rtt.c: see rtt.h. The layout of the control block is SEGGER's, UM08001, chapter RTT. */
#include "rtt.h"

typedef struct channel {
    const char *name;
    volatile uint8_t *buffer;
    uint32_t size;
    volatile uint32_t written; /* where the writer goes on */
    volatile uint32_t read;    /* where the reader goes on */
    uint32_t flags;
} channel;

struct rtt {
    volatile char id[16];
    uint32_t up_count;
    uint32_t down_count;
    channel up;
    channel down;
};

extern struct rtt _SEGGER_RTT;
struct rtt _SEGGER_RTT;

/* For the rig, which reads it from the ELF. */
extern const uint32_t THECAL_DOORBELL;
const uint32_t THECAL_DOORBELL = DOORBELL_INTERRUPT;

static volatile uint8_t up_buffer[RTT_BUFFER_LEN];
static volatile uint8_t down_buffer[RTT_BUFFER_LEN];

static void open_channel(channel *c, const char *name, volatile uint8_t *buffer)
{
    c->name = name;
    c->buffer = buffer;
    c->size = RTT_BUFFER_LEN;
    c->written = 0;
    c->read = 0;
    c->flags = 0;
}

void rtt_start(void)
{
    static const char id[] = "SEGGER RTT";
    size_t i;
    _SEGGER_RTT.up_count = 1;
    _SEGGER_RTT.down_count = 1;
    open_channel(&_SEGGER_RTT.up, "hil-rsp", up_buffer);
    open_channel(&_SEGGER_RTT.down, "hil-req", down_buffer);
    /* Last: a probe that looks meanwhile finds nothing rather than half of it. */
    for (i = 0; i < sizeof id; i++) {
        _SEGGER_RTT.id[i] = id[i];
    }
    __asm__ volatile("dmb" ::: "memory");
}

int rtt_next_byte(void)
{
    channel *down = &_SEGGER_RTT.down;
    uint32_t at = down->read;
    int byte;
    /* A place outside the ring is the probe's mistake, not a reason to read elsewhere. */
    if (at == down->written || at >= RTT_BUFFER_LEN) {
        return -1;
    }
    byte = down_buffer[at];
    down->read = (at + 1u) % RTT_BUFFER_LEN;
    return byte;
}

void rtt_send(const uint8_t *bytes, size_t len)
{
    channel *up = &_SEGGER_RTT.up;
    size_t i;
    for (i = 0; i < len; i++) {
        uint32_t at = up->written % RTT_BUFFER_LEN;
        uint32_t next = (at + 1u) % RTT_BUFFER_LEN;
        while (next == up->read) {
        }
        up_buffer[at] = bytes[i];
        __asm__ volatile("dmb" ::: "memory");
        up->written = next;
    }
}
