"""AES-128 and AES-CMAC (FIPS 197, RFC 4493) in plain Python, so that the example needs no package.

Slow and with tables that depend on the key's bytes: fit for a rig, not for a product.
"""


def _sbox():
    """The substitution of FIPS 197, computed from its definition."""
    box, p, q = [0] * 256, 1, 1
    while True:
        p ^= (p << 1) ^ (0x1B if p & 0x80 else 0)
        p &= 0xFF
        q ^= q << 1
        q ^= q << 2
        q ^= q << 4
        q &= 0xFF
        q ^= 0x09 if q & 0x80 else 0
        turned = q
        for shift in (1, 2, 3, 4):
            turned ^= (q << shift | q >> (8 - shift)) & 0xFF
        box[p] = turned ^ 0x63
        if p == 1:
            break
    box[0] = 0x63
    return bytes(box)


_SBOX = _sbox()
_TWICE = bytes((x << 1 ^ (0x1B if x & 0x80 else 0)) & 0xFF for x in range(256))
# Byte i of a state after its rows are shifted.
_SHIFTED = [(i + 4 * (i % 4)) % 16 for i in range(16)]


def _round_keys(key):
    words = [key[i : i + 4] for i in range(0, 16, 4)]
    constant = 1
    while len(words) < 44:
        word = words[-1]
        if len(words) % 4 == 0:
            word = bytes(_SBOX[b] for b in word[1:] + word[:1])
            word = bytes([word[0] ^ constant]) + word[1:]
            constant = _TWICE[constant]
        words.append(bytes(a ^ b for a, b in zip(words[-4], word)))
    return [b"".join(words[i : i + 4]) for i in range(0, 44, 4)]


def _encrypt(keys, block):
    state = bytes(a ^ b for a, b in zip(block, keys[0]))
    for number, key in enumerate(keys[1:], 1):
        state = bytes(_SBOX[state[i]] for i in _SHIFTED)
        if number < 10:
            mixed = bytearray(16)
            for column in range(0, 16, 4):
                a = state[column : column + 4]
                for row in range(4):
                    b, c, d, e = (a[(row + n) % 4] for n in range(4))
                    mixed[column + row] = _TWICE[b] ^ _TWICE[c] ^ c ^ d ^ e
            state = bytes(mixed)
        state = bytes(a ^ b for a, b in zip(state, key))
    return state


def _doubled(block):
    number = int.from_bytes(block, "big") << 1
    if number >> 128:
        number = number & ((1 << 128) - 1) ^ 0x87
    return number.to_bytes(16, "big")


def cmac(key, message):
    """The 16 bytes of AES-CMAC over a message."""
    keys = _round_keys(key)
    whole = _doubled(_encrypt(keys, bytes(16)))
    if message and len(message) % 16 == 0:
        last = bytes(a ^ b for a, b in zip(message[-16:], whole))
        before = message[:-16]
    else:
        start = len(message) - len(message) % 16
        padded = (message[start:] + b"\x80").ljust(16, b"\0")
        last = bytes(a ^ b for a, b in zip(padded, _doubled(whole)))
        before = message[:start]
    state = bytes(16)
    for at in range(0, len(before), 16):
        state = _encrypt(keys, bytes(a ^ b for a, b in zip(state, before[at : at + 16])))
    return _encrypt(keys, bytes(a ^ b for a, b in zip(state, last)))
