# SPDX-License-Identifier: Apache-2.0
"""The state of readers, and badges that an administrator enrols at one of them."""

import json
import os
import subprocess
import time

import prp
from agent import Refused
from checks_dialogue import person
from suite import Skipped, check, ends, equal, expect, refused
from testsite import PATIENCE


def watched(site, name="watched"):
    agent = site.agent(name, capabilities=["dialogue", "readers"])
    if "readers" not in agent.agreed:
        raise Skipped("the server does not name the capability readers")
    return agent


def reader(name="front", **changes):
    fields = {1: name, 2: "proximity", 3: 1, 4: "Model 1", 5: "/dev/input/event3", 6: False, 7: 0, 8: 3,
              9: [{1: "bad-check", 2: 2}], 10: "", 11: 90_000, 12: 1_500, 13: "proximity, 26 bits"}
    return fields | {int(key[1:]): value for key, value in changes.items()}


def state(agent, *readers):
    equal(agent.ask(prp.READER_STATUS, {1: list(readers)}), (prp.READER_STATUS, {}), "answer")


def listed(site, name="watched"):
    return {reader["name"]: reader for reader in site.admin("readers", "--agent", name)["readers"]}


@check("readers: what was stated is what the administrator sees")
def stated(site):
    agent = watched(site)
    state(agent, reader(), reader("desk", k3=4, k6=True, k7=2, k10="in use: stop the other program", k12=None, k13=""))
    found = listed(site)
    equal(sorted(found), ["desk", "front"], "readers")
    front, desk = found["front"], found["desk"]
    text = json.dumps(front) + json.dumps(desk)
    for part in ("attached", "blocked", "in use: stop the other program", "proximity, 26 bits", "bad-check"):
        expect(part in text, f"“{part}” is not in {text}")
    equal((front["reads"], front["tampered"], desk["tampered"]), (3, False, True), "reads and tampering")


@check("readers: each statement is the whole truth; one that is not in it is forgotten")
def whole_truth(site):
    agent = watched(site)
    state(agent, reader("one"), reader("two"))
    time.sleep(1)
    state(agent, reader("two"), reader("three"))
    equal(sorted(listed(site)), ["three", "two"], "readers")
    time.sleep(1)
    state(agent)
    equal(listed(site), {}, "readers")


@check("readers: 64 with the longest texts fit into one frame and are taken, a 65th ends the connection with 102")
def most(site):
    agent = watched(site)
    full = [reader(f"{number:02}" + "r" * 62, k2="k" * 32, k4="m" * 64, k5="p" * 128, k8=2**31 - 1,
                   k9=[{1: "d" * 32, 2: 2**31 - 1}] * 7, k10="o" * 255, k11=2**32 - 1, k12=2**32 - 1, k13="l" * 64)
            for number in range(64)]
    expect(len(prp.request(prp.READER_STATUS, 1, {1: full}).bytes) <= 65_540, "the document promises that they fit")
    state(agent, *full)
    equal(len(listed(site)), 64, "readers")
    ends(agent, prp.request(prp.READER_STATUS, 1, {1: [reader(str(n)) for n in range(65)]}).bytes, prp.TOO_LARGE)


@check("readers: a value outside of its table ends the connection")
def bad_values(site):
    for changes, code in (
            ({"k3": 0}, prp.BAD_FRAME), ({"k3": 5}, prp.BAD_FRAME), ({"k6": 0}, prp.BAD_FRAME),
            ({"k7": 3}, prp.BAD_FRAME), ({"k1": "x" * 65}, prp.TOO_LARGE), ({"k10": "x" * 256}, prp.TOO_LARGE),
            ({"k9": [{1: "x", 2: 1}] * 8}, prp.TOO_LARGE), ({"k11": None}, prp.BAD_FRAME)):
        ends(watched(site), prp.request(prp.READER_STATUS, 1, {1: [reader(**changes)]}).bytes, code)


@check("readers: of an agent that is away they are away, and back with its next statement")
def away(site):
    agent = watched(site)
    state(agent, reader())
    agent.disconnect()
    until = time.monotonic() + 5
    while listed(site)["front"]["connected"]:
        expect(time.monotonic() < until, f"not away: {listed(site)}")
        time.sleep(0.1)
    equal(listed(site)["front"]["state"], "attached", "the last known state")
    state(watched(site), reader())
    equal(listed(site)["front"]["connected"], True, "connected")


@check("readers: trouble with one is in the security log, once")
def in_trouble(site):
    agent = watched(site)
    state(agent, reader("fragile"))
    for _ in range(2):
        time.sleep(1)
        state(agent, reader("fragile", k3=3, k10="unplugged"))
    lines = [line for line in site.admin("audit")["entries"] if "fragile" in str(line)]
    equal(len(lines), 1, f"lines of {lines}")


# Badges that an administrator enrols


class Enrolment:
    """`lanyard badge enrol`, which waits for somebody at the reader."""

    def __init__(self, site, user):
        state(watched(site), reader("front"))
        self.process = subprocess.Popen(
            site.command("badge", "enrol", user, "--agent", "watched", "--reader", "front"),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def end(self):
        """Its exit code."""
        self.process.communicate(timeout=PATIENCE)
        return self.process.returncode


def first_read(agent, badge, key=None):
    """The administrator's command takes a moment to reach the server: until then the badge is nobody's."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            type, challenge = agent.present(badge, key=key)
            if (type, challenge.get(2)) == (prp.CHALLENGE, 5):
                return challenge
        except Refused as refusal:
            if refusal.code not in (prp.UNKNOWN_CREDENTIAL, prp.NO_JOBS):
                raise
        time.sleep(0.1)
    raise prp.Fault("the badge was not asked for a second time")


@check("enrolment of badges: held twice it is the person's, without a session")
def enrolled(site):
    agent = watched(site)
    name, _, _ = person(site)
    badge = f"{1_700_000_000 + site.people}"
    enrolment = Enrolment(site, name)
    first_read(agent, badge)
    type, fields = agent.present(badge)
    equal((type, fields), (prp.REGISTERED, {1: name}), "answer")
    for _ in range(2):
        agent.settle(agent.outcome(os.urandom(16), 15))
    equal(enrolment.end(), 0, "exit code of the command")
    equal(agent.log_in(badge)[2], name, "the next read")


@check("enrolment of badges: a second badge that is another one is refused with 313, and neither is the person's")
def different(site):
    agent = watched(site)
    name, _, _ = person(site)
    first, second = (f"{number + site.people}" for number in (1_710_000_000, 1_720_000_000))
    enrolment = Enrolment(site, name)
    first_read(agent, first)
    refused(prp.DIFFERENT_BADGE, lambda: agent.present(second))
    equal(enrolment.end() == 0, False, "the command succeeds")
    for badge in (first, second):
        type, challenge = agent.present(badge)
        equal((type, challenge[2]), (prp.CHALLENGE, 4), "question to nobody's badge")


@check("enrolment of badges: one that is somebody's is refused with 305, and stays theirs")
def taken(site):
    agent = watched(site)
    name, _, _ = person(site)
    other, _, badge = person(site)
    enrolment = Enrolment(site, name)
    until = time.monotonic() + 10
    code = None
    while code is None and time.monotonic() < until:
        try:
            agent.present(badge)
        except Refused as refusal:
            code = refusal.code
        time.sleep(0.1)
    equal(code, prp.NOT_PERMITTED, "code")
    equal(enrolment.end() == 0, False, "the command succeeds")
    equal(agent.log_in(badge)[2], other, "whose it is")
