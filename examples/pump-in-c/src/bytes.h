/* bytes.h: little-endian numbers in bytes, as records and packets hold them. */
#ifndef BYTES_H
#define BYTES_H

#include <stddef.h>
#include <stdint.h>

static inline uint64_t get_number(const uint8_t *from, unsigned width)
{
    uint64_t value = 0;
    unsigned i;
    for (i = 0; i < width; i++) {
        value |= (uint64_t)from[i] << (8u * i);
    }
    return value;
}

static inline uint32_t get_u32(const uint8_t *from)
{
    return (uint32_t)get_number(from, 4);
}

/* Writes the `width` low bytes of a number; returns the place behind them. */
static inline uint8_t *put_number(uint8_t *to, uint64_t value, unsigned width)
{
    unsigned i;
    for (i = 0; i < width; i++) {
        to[i] = (uint8_t)(value >> (8u * i));
    }
    return to + width;
}

static inline void copy_bytes(uint8_t *to, const uint8_t *from, size_t len)
{
    size_t i;
    for (i = 0; i < len; i++) {
        to[i] = from[i];
    }
}

#endif
