#!/usr/bin/env python3
"""The clinical protocol of the example pump, as a process for the rig: docs/protocol.md.

One line of JSON in, one line out; nothing else is written to standard output. It reads no clock and draws
no random number: asked the same, it answers the same.
"""

import json
import sys

from telemetry import Programmer, Unreadable

VERSION = "thecal-protocol/1"


def steps(request):
    """The requests that carry out a request, in order."""
    if request["ask"] == "provision":
        return [{"ask": "ask-challenge"}, {"ask": "take-keys"}]
    if request["ask"] == "program":
        return [
            {"ask": "open-update", "hold": False},
            {"ask": "stage", "therapy": request["therapy"]},
            {"ask": "commit"},
        ]
    return [request]


def take_back(refused):
    """What takes back the steps before the one that was refused."""
    return None if refused["ask"] == "take-keys" else {"ask": "close-update"}


def reply(programmer, question):
    """The key and the value of the answer to a question."""
    if "hello" in question:
        return "hello", {"protocol": VERSION, "name": "pump-in-c", "clone": True}
    if "steps" in question:
        return "steps", steps(question["steps"]["request"])
    if "take-back" in question:
        return "take-back", take_back(question["take-back"]["refused"])
    if "packet" in question:
        asked = question["packet"]
        sender = asked["sender"]
        role = 0 if sender == "clinician" else sender["remote"]
        return "packet", programmer.packet(role, asked["request"], asked["time-of-week-ms"]).hex()
    if "answer" in question:
        sent, answer = (bytes.fromhex(question["answer"][key]) for key in ("sent", "answer"))
        try:
            return "answer", programmer.answer(sent, answer)
        except Unreadable as why:
            return "answer", {"kind": "unreadable", "why": str(why)}
    return "error", "no such question in " + VERSION


def main():
    programmer = Programmer()
    for line in sys.stdin:
        question = json.loads(line)
        key, value = reply(programmer, question)
        print(json.dumps({"id": question["id"], key: value}), flush=True)


if __name__ == "__main__":
    main()
