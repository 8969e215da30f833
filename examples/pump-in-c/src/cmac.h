/* cmac.h: AES-CMAC (NIST SP 800-38B, RFC 4493) with a 128-bit key. */
#ifndef CMAC_H
#define CMAC_H

#include <stddef.h>
#include <stdint.h>

#define CMAC_KEY_LEN 16u
#define CMAC_LEN 16u

/* The code of `len` bytes under `key`. No table is indexed by a secret on a core with a cache: the
 * STM32F405 has none before its RAM, and flash is read at the same speed everywhere. */
void cmac(const uint8_t key[CMAC_KEY_LEN], const uint8_t *bytes, size_t len,
          uint8_t sum[CMAC_LEN]);

#endif
