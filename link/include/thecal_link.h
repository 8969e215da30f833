/*
 * thecal_link.h: the wire contract between the rig and a pump, for firmware in C99.
 *
 * Normative is docs/wire.md; this pair of files is one implementation of it, as the Rust crate
 * `thecal-link` is another. Add both to a firmware, fill a `thecal_program`, and feed received bytes
 * to `thecal_endpoint_push`; the rest of this header is for those who want the parts.
 *
 *   frame = COBS( type:u8 | seq:u16 | body | crc32:u32 ) 0x00          little-endian throughout
 *
 * Freestanding: no library, allocation, float, recursion or array of variable length. Every loop is
 * bounded by a named constant, nothing is read or written outside the buffers that are passed, and
 * no function keeps a pointer apart from those that say so. The largest object is the endpoint
 * (about 35 KiB, 32 of them the memory image): make it static. Nothing here is safe to call from an
 * interrupt and the main loop at once.
 */
#ifndef THECAL_LINK_H
#define THECAL_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Limits (docs/wire.md, Limits) ------------------------------------------------------- */

#define THECAL_CONTRACT_VERSION 1u /* version of the contract; both sides refuse any other */
#define THECAL_NVM_LEN 32768u      /* simulated memory; unit: byte */
#define THECAL_NVM_CHUNK_MAX 192u  /* one NvmChunk; unit: byte */
#define THECAL_NVM_WRITE_MAX 255u  /* one write in a Reaction; unit: byte */
#define THECAL_NVM_WRITES_MAX 8u   /* writes in one Reaction */
#define THECAL_NVM_BYTES_MAX 384u  /* all writes in one Reaction; unit: byte */
#define THECAL_TELEMETRY_MAX 240u  /* one packet; unit: byte */
#define THECAL_FRAME_MAX 768u      /* plain frame, checksum included; unit: byte */
#define THECAL_ENCODED_MAX 773u    /* frame on the wire, delimiter included; unit: byte */
#define THECAL_BUILD_ID_LEN 20u    /* texts and build id of Hello; unit: byte */
#define THECAL_FIRMWARE_LEN 16u
#define THECAL_VERSION_LEN 12u
#define THECAL_BOARD_LEN 16u
#define THECAL_NEVER UINT64_MAX    /* a `wake_at_ms` that never comes */

/* ---- Numbers on the wire; pinned, never given a second meaning --------------------------- */

enum thecal_type {
    THECAL_RESET = 0x01,
    THECAL_NVM_CHUNK = 0x02,
    THECAL_BOOT = 0x03,
    THECAL_STIMULUS = 0x04,
    THECAL_ACK = 0x81,
    THECAL_HELLO = 0x83,
    THECAL_REACTION = 0x84,
    THECAL_REFUSED = 0xff
};

enum thecal_reset_cause {
    THECAL_CAUSE_POWER_ON = 1,
    THECAL_CAUSE_PIN = 2,
    THECAL_CAUSE_WATCHDOG = 3,
    THECAL_CAUSE_BROWN_OUT = 4
};

enum thecal_wake {
    THECAL_WAKE_BOOT = 1,
    THECAL_WAKE_TIMER = 2,
    THECAL_WAKE_TELEMETRY = 4,
    THECAL_WAKE_MISSED_PULSE = 8,
    THECAL_WAKE_MAGNET = 16,
    THECAL_WAKE_SUPPLY = 32,
    THECAL_WAKE_ALL = 63
};

enum thecal_motor {
    THECAL_MOTOR_KEEP = 0,
    THECAL_MOTOR_TRAIN = 1,
    THECAL_MOTOR_STOP_NOW = 2,
    THECAL_MOTOR_STOP_AFTER_STROKE = 3
};

enum thecal_tone { THECAL_TONE_SILENT = 0, THECAL_TONE_SINGLE = 1, THECAL_TONE_TWO_TONE = 2 };

enum thecal_arm {
    THECAL_ARM_TELEMETRY = 1,
    THECAL_ARM_MISSED_PULSE = 2,
    THECAL_ARM_MAGNET = 4,
    THECAL_ARM_ALL = 7
};

enum thecal_refusal {
    THECAL_NOT_BOOTED = 1,
    THECAL_ALREADY_BOOTED = 2,
    THECAL_WRONG_VERSION = 3,
    THECAL_IMAGE_CHECKSUM = 4,
    THECAL_IMAGE_RANGE = 5,
    THECAL_MALFORMED = 6,
    THECAL_UNREADABLE = 7
};

/* Why bytes are not a message; the first two are no errors. Not on the wire. */
typedef enum thecal_status {
    THECAL_OK = 0,                  /* a frame or message, whole and right */
    THECAL_MORE = 1,                /* no frame has ended yet: go on */
    THECAL_TOO_SHORT = 2,           /* the bytes end before a field does */
    THECAL_TOO_LONG = 3,            /* bytes are left after the last field */
    THECAL_LENGTH_OUT_OF_RANGE = 4, /* a length or place passes its limit */
    THECAL_UNKNOWN_VALUE = 5,       /* a value that the contract does not define */
    THECAL_NOT_COBS = 6,            /* the stuffing is wrong */
    THECAL_BAD_CHECKSUM = 7         /* the checksum is wrong */
} thecal_status;

/* ---- Messages ---------------------------------------------------------------------------- */

/* One telemetry packet; `len` 0 is none. */
typedef struct thecal_packet {
    uint8_t len; /* 0 to THECAL_TELEMETRY_MAX; unit: byte */
    uint8_t bytes[THECAL_TELEMETRY_MAX];
} thecal_packet;

/* A piece of the memory image. */
typedef struct thecal_nvm_chunk {
    uint16_t offset; /* unit: byte */
    uint8_t len;     /* 0 to THECAL_NVM_CHUNK_MAX; unit: byte */
    uint8_t bytes[THECAL_NVM_CHUNK_MAX];
} thecal_nvm_chunk;

/* The image is complete: start. */
typedef struct thecal_boot {
    uint16_t contract;  /* version that the rig speaks */
    uint8_t cause;      /* enum thecal_reset_cause */
    uint64_t clock_ms;  /* the pump's clock now */
    uint32_t image_crc; /* over all THECAL_NVM_LEN bytes */
} thecal_boot;

/* What the pins show now. Counts are since the previous exchange. */
typedef struct thecal_stimulus {
    uint8_t wake; /* bits of enum thecal_wake */
    bool magnet;  /* the magnetic-field switch is closed */
    uint64_t clock_ms;
    uint16_t supply_mv;
    uint16_t supply_min_mv; /* lowest since the previous exchange */
    int16_t temperature_centi_c;
    uint32_t steps_driven; /* motor pulses */
    uint32_t steps_sensed; /* those followed by a sense pulse */
    uint8_t nvm_durable;   /* writes of the previous Reaction that are durable now */
    thecal_packet telemetry;
} thecal_stimulus;

/* Who answers. Texts are UTF-8, padded with zeros: see thecal_text. */
typedef struct thecal_hello {
    uint16_t contract;
    uint32_t capabilities;   /* no bit is defined: 0 */
    uint64_t step_volume_pl; /* volume that one motor step is meant to move; unit: picoliter */
    uint8_t build_id[THECAL_BUILD_ID_LEN];
    uint8_t firmware[THECAL_FIRMWARE_LEN];
    uint8_t version[THECAL_VERSION_LEN];
    uint8_t board[THECAL_BOARD_LEN];
} thecal_hello;

/* One write to the memory; its bytes follow those of the writes before it in `nvm_bytes`. */
typedef struct thecal_nvm_write {
    uint16_t offset; /* unit: byte */
    uint8_t len;     /* unit: byte */
} thecal_nvm_write;

/* What the pump does at its pins. Order of effects: writes, motor, sounder, packet. */
typedef struct thecal_reaction {
    uint8_t motor; /* enum thecal_motor; the next four fields count with THECAL_MOTOR_TRAIN only */
    uint32_t pulses;
    uint32_t first_delay_us;  /* from this exchange to the first pulse */
    uint32_t period_us;       /* from pulse to pulse */
    uint16_t pulse_energy_uj; /* unit: microjoule */
    uint8_t tone;             /* enum thecal_tone */
    uint8_t arm;              /* bits of enum thecal_arm */
    uint16_t supply_below_mv; /* comparator threshold; 0 is off */
    uint64_t wake_at_ms;      /* pump clock; the past means the next millisecond */
    uint32_t watchdog_ms;     /* kick and period; 0 leaves the watchdog as it is */
    uint8_t nvm_count;        /* 0 to THECAL_NVM_WRITES_MAX */
    uint16_t nvm_len;         /* 0 to THECAL_NVM_BYTES_MAX; unit: byte */
    thecal_nvm_write nvm[THECAL_NVM_WRITES_MAX];
    uint8_t nvm_bytes[THECAL_NVM_BYTES_MAX];
    thecal_packet telemetry;
} thecal_reaction;

/* A message of either direction; `type` says which member of `as` counts. Reset and Ack have none. */
typedef struct thecal_message {
    uint8_t type; /* enum thecal_type */
    union {
        thecal_nvm_chunk nvm_chunk;
        thecal_boot boot;
        thecal_stimulus stimulus;
        thecal_hello hello;
        thecal_reaction reaction;
        uint8_t refusal; /* enum thecal_refusal */
    } as;
} thecal_message;

/* Fills `to` with a text, cut after `len` bytes and padded with zeros. `text` ends with a zero. */
void thecal_text(uint8_t *to, size_t len, const char *text);

/* Sets a Reaction to: nothing happens at the pins, all events off, wake at the next millisecond. */
void thecal_reaction_clear(thecal_reaction *reaction);

/* Appends a write of `len` bytes to a Reaction, all or nothing. False where it is longer than
 * THECAL_NVM_WRITE_MAX, ends past THECAL_NVM_LEN, or the Reaction has no room for it. */
bool thecal_reaction_write(thecal_reaction *reaction, uint16_t offset, const uint8_t *bytes,
                           size_t len);

/* ---- Frames ------------------------------------------------------------------------------ */

/* CRC-32/ISO-HDLC of `len` bytes, for frames and for the memory image. */
uint32_t thecal_crc32(const uint8_t *bytes, size_t len);

/* Encodes a message into `out`, delimiter included. Returns the length (at most
 * THECAL_ENCODED_MAX), or 0 where `room` is too small or a field breaks the contract: an unknown
 * number, a length past its limit. THECAL_ENCODED_MAX bytes of room are always enough. */
size_t thecal_encode(const thecal_message *message, uint16_t seq, uint8_t *out, size_t room);

/* A frame whose checksum is right; `body` lies in the decoder, until the next byte is pushed. */
typedef struct thecal_frame {
    uint8_t type;
    uint16_t seq;
    const uint8_t *body;
    size_t len; /* of the body; unit: byte */
} thecal_frame;

/* Collects bytes to a delimiter. All zero is a new one, as static memory is. */
typedef struct thecal_decoder {
    size_t len;
    bool overflowed;
    uint8_t bytes[THECAL_ENCODED_MAX];
} thecal_decoder;

/* Forgets a frame that has begun. */
void thecal_decoder_clear(thecal_decoder *decoder);

/* Takes one byte. THECAL_MORE: go on; empty frames are skipped. THECAL_OK: `frame` is one. All
 * else: a broken frame has ended; it cost nothing but itself, and the next byte begins anew. */
thecal_status thecal_decoder_push(thecal_decoder *decoder, uint8_t byte, thecal_frame *frame);

/* Opens a frame as a message to the pump, or from the pump. Anything but THECAL_OK is the reason
 * why it is none; `message` is then undefined. */
thecal_status thecal_decode_to_pump(const thecal_frame *frame, thecal_message *message);
thecal_status thecal_decode_from_pump(const thecal_frame *frame, thecal_message *message);

/* ---- The pump's end of the link ---------------------------------------------------------- */

/* What runs behind the link. `context` is handed to each call as it is. */
typedef struct thecal_program {
    void *context;
    /* Starts after a reset with the memory as it was found, and fills `hello`, which comes zeroed.
     * `image` is THECAL_NVM_LEN bytes inside the endpoint. It may be kept, read and written until
     * the next boot: a firmware that has no mirror of its own serves its reads from there and puts
     * each write into it and into the Reaction (thecal_memory_write). */
    void (*boot)(void *context, const thecal_boot *boot, uint8_t *image, thecal_hello *hello);
    /* Reacts to what the pins show; `reaction` comes cleared. Called once for each question: a
     * repetition is answered without it. */
    void (*react)(void *context, const thecal_stimulus *stimulus, thecal_reaction *reaction);
    /* The reset line was pulled. The answer has not left: send it, then restart. */
    void (*reset)(void *context);
} thecal_program;

typedef struct thecal_endpoint {
    thecal_program program;
    thecal_decoder decoder;
    bool has_answered;
    bool is_booted;
    uint16_t answered_seq;
    size_t answer_len;
    thecal_message question;
    thecal_message reply;
    uint8_t answer[THECAL_ENCODED_MAX];
    uint8_t unreadable[16];
    uint8_t image[THECAL_NVM_LEN];
} thecal_endpoint;

/* As after a reset: not booted, image erased (0xFF), nothing answered. Copies `program`. */
void thecal_endpoint_start(thecal_endpoint *endpoint, const thecal_program *program);

/* Takes one received byte. Returns the length of the answer to send now, at `*answer` until the
 * next byte is pushed; 0 where there is none. In order of the checks:
 *
 *   broken frame                         Refused Unreadable with number 0; nothing else changes
 *   number of the last answer, no Reset  that answer again; the program is not called
 *   Reset                                image erased, not booted, program->reset; Ack
 *   body not of the contract             Refused Malformed
 *   NvmChunk, Boot while booted          Refused AlreadyBooted
 *   NvmChunk past the memory             Refused ImageRange
 *   Boot, other contract or other CRC    Refused ContractVersion, ImageChecksum; image is kept
 *   Stimulus before Boot                 Refused NotBooted
 *   all else                             Ack, Hello or Reaction
 *
 * A Reaction that breaks the contract (see thecal_encode) is not sent: the pump then hangs for the
 * rig, and a repetition calls the program again. thecal_reaction_write cannot cause that. */
size_t thecal_endpoint_push(thecal_endpoint *endpoint, uint8_t byte, const uint8_t **answer);

/* Writes `len` bytes both into the memory image and into the Reaction, or into neither; false as
 * for thecal_reaction_write. */
bool thecal_memory_write(uint8_t *image, thecal_reaction *reaction, uint16_t offset,
                         const uint8_t *bytes, size_t len);

#ifdef __cplusplus
}
#endif

#endif
