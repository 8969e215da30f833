"""Packets of the example pump (docs/telemetry.md): keys, counters, commands, answers."""

import struct
import zlib

import words
from cmac import cmac

# Of every copy of this example, so of no pump that is implanted.
SECRET = b"not a secret key"
REMOTES = 0b1111

INTERROGATE, START, STOP, CLINICIAN_BOLUS, PATIENT_BOLUS = 0x02, 0x04, 0x05, 0x06, 0x07
READ_LOG, SILENCE, OPEN_UPDATE, STAGE, COMMIT, CLOSE_UPDATE = 0x08, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E
PRIMING_BOLUS, READ_PRESCRIPTION, READ_ALARMS, READ_HEALTH = 0x0F, 0x10, 0x11, 0x13
ASK_CHALLENGE, PROVISION, DECLARE_WORK, REFILL = 0x14, 0x15, 0x16, 0x17

PLAIN = {
    "provision": ASK_CHALLENGE,
    "ask-challenge": ASK_CHALLENGE,
    "interrogate": INTERROGATE,
    "start": START,
    "stop": STOP,
    "silence": SILENCE,
    "close-update": CLOSE_UPDATE,
    "priming-bolus": PRIMING_BOLUS,
    "read-prescription": READ_PRESCRIPTION,
    "read-alarms": READ_ALARMS,
    "read-health": READ_HEALTH,
}


class Unreadable(Exception):
    """An answer that is not authentic, not of the protocol, or not to this packet."""


def derived(purpose, role, of=b""):
    """A key, or what else follows from the pump's secret."""
    return cmac(SECRET, bytes([purpose, role]) + of)


def tag(key, direction, plain):
    return cmac(key, bytes([direction]) + plain)[:8]


def ng(femtograms):
    """A mass in whole nanograms, as the pump's messages have it."""
    return femtograms // 1_000_000


def prescription(therapy):
    """The body of Stage."""
    infusion = therapy["infusion"]
    kind = {"simple": 0, "minimum-rate": 1, "flex": 2}[infusion["mode"]]
    bolus = therapy["patient-bolus"] or {}
    limits = therapy["limits"]
    steps = infusion.get("steps", [])
    body = struct.pack(
        "<IIIIIBQIIBBIIIIB",
        therapy["concentration-ng-per-ml"],
        infusion.get("dose-ng-per-day", 0),
        ng(bolus.get("dose-fg", 0)),
        bolus.get("duration-ms", 0),
        bolus.get("lockout-ms", 0),
        bolus.get("daily-maximum", 0),
        therapy["low-reservoir-pl"],
        therapy["critical-interval-ms"],
        therapy["non-critical-interval-ms"],
        kind,
        int(therapy["bolus-replaces"]),
        ng(limits["hour-fg"]),
        ng(limits["four-hours-fg"]),
        ng(limits["day-fg"]),
        therapy["catheter-pl"] // 1000,
        len(steps),
    )
    for step in steps:
        body += struct.pack("<BHI", step["days"], step["minute"], step["dose-ng-per-day"])
    return body.ljust(112, b"\0")


class Programmer:
    """The clinician's programmer and the remotes of one pump."""

    def __init__(self):
        self.challenge = None
        self.keys = None
        self.counters = [0] * 5
        self.staged = bytes(112)

    def command(self, request, time_of_week_ms):
        """The kind and the body of a request."""
        ask = request["ask"]
        if ask in PLAIN:
            return PLAIN[ask], b""
        if ask == "take-keys":
            return PROVISION, bytes([REMOTES])
        if ask == "open-update":
            return OPEN_UPDATE, bytes([request["hold"]])
        if ask in ("stage", "program"):
            self.staged = prescription(request["therapy"])
            return STAGE, self.staged
        if ask == "commit":
            return COMMIT, struct.pack("<II", zlib.crc32(self.staged), time_of_week_ms)
        if ask == "catheter-work":
            work = {"replaced": 1, "revised": 2, "aspirated": 3}
            return DECLARE_WORK, bytes([work[request["work"]]])
        if ask == "clinician-bolus":
            return CLINICIAN_BOLUS, struct.pack("<II", ng(request["dose-fg"]), request["duration-ms"])
        if ask == "patient-bolus":
            return PATIENT_BOLUS, struct.pack("<H", request["press"])
        if ask == "read-log":
            return READ_LOG, struct.pack("<I", request["first"])
        if ask == "refill":
            drawn = request["drawn-pl"]
            flags = int(request["bridge"]) | (0 if drawn is None else 2)
            of = request["concentration-ng-per-ml"]
            return REFILL, struct.pack("<BQIQ", flags, request["volume-pl"], of, drawn or 0)
        raise ValueError(f"no such request: {ask}")

    def key(self, role, kind):
        if kind == ASK_CHALLENGE or self.challenge is None:
            return derived(1, 0)
        if kind == PROVISION:
            return derived(2, 0, self.challenge)
        return derived(3, role, self.challenge)

    def packet(self, role, request, time_of_week_ms):
        """A fresh packet."""
        kind, body = self.command(request, time_of_week_ms)
        self.counters[role] += 1
        plain = struct.pack("<BIB", role, self.counters[role], kind) + body
        return plain + tag(self.key(role, kind), 1, plain)

    def answer(self, sent, answer):
        """What the pump answered to a packet."""
        role, counter, kind = struct.unpack_from("<BIB", sent)
        plain, found = answer[:-8], answer[-8:]
        if len(plain) < 6:
            raise Unreadable("shorter than a packet")
        if tag(self.key(role, kind), 2, plain) != found:
            raise Unreadable("its tag is wrong")
        role_of, counter_of, kind_of = struct.unpack_from("<BIB", plain)
        if (role_of, counter_of) != (role, counter):
            raise Unreadable(f"it answers packet number {counter_of}, not number {counter}")
        try:
            return self.read(kind_of, plain[6:])
        except (struct.error, KeyError, IndexError) as error:
            raise Unreadable(f"a body of kind {kind_of:#x} that cannot be read: {error!r}") from None

    def read(self, kind, body):
        if kind == 0x81:
            return {"kind": "done"}
        if kind == 0x82:
            return {"kind": "rejected", "reason": words.REJECTIONS[body[0]]}
        if kind == 0x83:
            return {"kind": "granted"}
        if kind == 0x84:
            return {"kind": "denied", "reason": words.DENIALS[body[0]]}
        if kind == 0x85:
            return status(body)
        if kind == 0x86:
            return page(body)
        if kind == 0x8A:
            (self.challenge,) = struct.unpack("<16s", body)
            return {"kind": "done"}
        if kind in (0x87, 0x88, 0x89):
            return {"kind": "text", "text": body.hex()}
        raise Unreadable(f"an answer of kind {kind:#x}")


def status(body):
    fields = struct.unpack("<QBHQQIIIIHII", body)
    clock, mode, alarms, reservoir, steps, granted, denied, unauthentic, entries = fields[:9]
    return {
        "kind": "status",
        "clock-ms": clock,
        "mode": words.MODES[mode],
        "alarms": [name for bit, name in enumerate(words.ALARMS) if alarms >> bit & 1],
        "reservoir-pl": reservoir,
        "steps": steps,
        "granted": granted,
        "denied": denied,
        "unauthentic": unauthentic,
        "log-entries": entries,
    }


def page(body):
    first, count = struct.unpack_from("<IB", body)
    if len(body) != 5 + 13 * count:
        raise Unreadable("a page of another length than it says")
    entries = []
    for nth in range(count):
        clock, code, argument = struct.unpack_from("<QBI", body, 5 + 13 * nth)
        kind, text = words.LOG[code]
        entry = {
            "index": first + nth,
            "at-ms": clock,
            "kind": kind,
            "code": code,
            "text": text,
            "argument": argument,
        }
        if code == 14:
            entry["turned-after-ms"] = argument * 60_000
        if code == 44:
            entry["left-out"] = {"kind": words.LOG[argument >> 24][0], "count": argument & 0xFFFFFF}
        entries.append(entry)
    return {"kind": "log", "first": first, "entries": entries}
