# SPDX-License-Identifier: Apache-2.0
"""HELLO and ENROL: who gets in, what may come before, what becomes of older connections and of the stream."""

import os
import time

import prp
from agent import Agent, Refused
from connection import Connection
from identity import Identity
from suite import check, cases, ends, equal, expect, last_words, refused

HELLO_FIELDS = {1: "conformance", 2: bytes(range(16)), 3: 1, 4: []}


def opening(fields, limit=None):
    """A HELLO, padded to `limit` bytes in all with a key that nobody knows."""
    frame = prp.request(prp.HELLO, 0, fields)
    if limit is None:
        return frame.bytes
    pad = limit - len(frame.bytes) - 2 - 3
    frame = prp.request(prp.HELLO, 0, fields | {99: bytes(pad)})
    assert len(frame.bytes) == limit
    return frame.bytes


def plain(site):
    return Connection(site.release_port, site.agent("opener").context)


FIRST_FRAMES = [
    ("a CREDENTIAL", prp.request(prp.CREDENTIAL, 1, Agent.read("1")).bytes, prp.UNEXPECTED),
    ("a ping", prp.Frame(prp.PING, 0, 0).bytes, prp.UNEXPECTED),
    ("GOAWAY", prp.message(prp.GOAWAY_KIND, prp.GOAWAY, 0, {1: 0}).bytes, prp.UNEXPECTED),
    ("an event", prp.message(prp.EVENT, prp.PROGRESS, 0, {0: 1, 1: 1, 2: 1, 3: None, 4: 0, 5: 0}).bytes,
     prp.UNEXPECTED),
    ("a request of an unknown type", prp.request(99, 0, {}).bytes, prp.UNEXPECTED),
    ("HELLO with a correlation", prp.request(prp.HELLO, 1, HELLO_FIELDS).bytes,
     (prp.UNEXPECTED, prp.BAD_FRAME)),
    ("4,097 bytes", opening(HELLO_FIELDS, 4_097), prp.TOO_LARGE),
    ("a length of 7", bytes.fromhex("00000007"), prp.BAD_FRAME),
    ("text", b"GET / HTTP/1.1\r\n\r\n", prp.TOO_LARGE),
]


@cases("opening: ends the connection", FIRST_FRAMES)
def first_frame(site, data, codes):
    with plain(site) as connection:
        connection.write(data)
        last_words(connection, codes)


@check("opening: HELLO of 4,096 bytes is taken")
def largest(site):
    agent = site.agent("opener")
    with plain(site) as connection:
        connection.write(opening(HELLO_FIELDS | {2: agent.stream}, 4_096))
        equal(connection.receive().type, prp.WELCOME, "answer")


@check("opening: HELLO in pieces of one byte is taken")
def pieces(site):
    agent = site.agent("opener")
    with plain(site) as connection:
        for byte in agent.hello().bytes:
            connection.write(bytes([byte]))
        equal(connection.receive().type, prp.WELCOME, "answer")


@check("opening: a byte before the answer ends the connection")
def hasty(site):
    agent = site.agent("opener")
    with plain(site) as connection:
        connection.write(agent.hello().bytes + prp.Frame(prp.PING, 0, 1).bytes)
        last_words(connection, prp.UNEXPECTED)


@check("opening: a key that is not enrolled is refused with 201, and the connection ends")
def unknown(site):
    identity = Identity(site.folder, "unknown")
    with Connection(site.release_port, identity.context()) as connection:
        connection.send(prp.request(prp.HELLO, 0, HELLO_FIELDS))
        last_words(connection, prp.UNKNOWN_AGENT)


@check("enrolment: a wrong proof is refused with 203, a right one taken once")
def enrolment(site):
    agent = Agent(Identity(site.folder, "enrols"), site.release_port)
    code = site.enrolment_code()
    wrong = code[:2] + ("0" if code[2] != "0" else "1") + code[3:]
    refused(prp.ENROLMENT_CODE, lambda: agent.enrol(wrong, "enrols"))
    equal(agent.enrol(code, "enrols"), "enrols", "name")
    agent.connect().ping()
    agent.disconnect()
    again = Agent(Identity(site.folder, "enrols-too"), site.release_port)
    refused(prp.ENROLMENT_CODE, lambda: again.enrol(code, "enrols-too"))


@check("enrolment: a code of the other kind is refused with 203, and stays good for its own")
def other_kind(site):
    for name, options, wrong, right in (("box", (), 2, 1), ("desk", ("--right", "reports"), 1, 2)):
        agent = Agent(Identity(site.folder, name + "-kind"), site.release_port)
        code = site.enrolment_code(*options)
        for _ in range(6):
            refused(prp.ENROLMENT_CODE, lambda: agent.enrol(code, name + "-kind", wrong))
        equal(agent.enrol(code, name + "-kind", right), name + "-kind", "name")


@check("enrolment: five wrong proofs spend a code")
def guesses(site):
    agent = Agent(Identity(site.folder, "guesses"), site.release_port)
    code = site.enrolment_code()
    wrong = code[:2] + ("0" if code[2] != "0" else "1") + code[3:]
    for _ in range(5):
        refused(prp.ENROLMENT_CODE, lambda: agent.enrol(wrong, "guesses"))
    refused(prp.ENROLMENT_CODE, lambda: agent.enrol(code, "guesses"))


@check("enrolment: the connection ends with the answer")
def ends_with_answer(site):
    identity = Identity(site.folder, "ends")
    with Connection(site.release_port, identity.context()) as connection:
        connection.send(prp.request(prp.ENROL, 0, {1: "ends", 2: bytes(32)}))
        last_words(connection, prp.ENROLMENT_CODE)


@check("epoch: rises with each HELLO, and the older connection is fenced with 204")
def fencing(site):
    agent = site.agent("fenced")
    older, epoch = agent.connection, agent.welcome[2]
    agent.connection = None
    agent.connect()
    expect(agent.welcome[2] > epoch, f"epoch {agent.welcome[2]} after {epoch}")
    last_words(older, prp.FENCED)
    older.close()
    agent.ping()


@check("revocation: the connection ends with 202 within 5 s, and HELLO is refused with 202")
def revocation(site):
    agent = site.agent("revoked", printer=False)
    begun = time.monotonic()
    site.admin("agent", "revoke", "revoked")
    last_words(agent.connection, prp.REVOKED)
    expect(time.monotonic() - begun < 5, "too late")
    agent.connection = None
    refused(prp.REVOKED, agent.connect)


@check("stream: events are acknowledged, and WELCOME tells the last one committed")
def committed(site):
    agent = site.agent("events")
    last = [agent.outcome(os.urandom(16), 3) for _ in range(3)][-1]
    agent.settle(last)
    agent.connect()
    equal(agent.welcome[3], last, "committed")


@check("stream: an event that is committed already is acknowledged, not applied, on a new connection")
def repeated(site):
    agent = site.agent("events")
    key = os.urandom(16)
    sequence = agent.outcome(key, 3)
    agent.settle(sequence)
    equal(agent.welcome[3] < sequence, True, "the event is new")
    agent.connect()
    equal(agent.welcome[3], sequence, "committed")


@check("stream: a gap ends the connection with 105, one right after WELCOME with 205")
def gap(site):
    agent = site.agent("events")
    for code in (prp.UNEXPECTED, prp.UNKNOWN_STREAM):
        agent.connect()
        if code == prp.UNEXPECTED:
            agent.settle(agent.outcome(os.urandom(16), 3))
        frame = agent.event(prp.READ_OUTCOME, {1: os.urandom(16), 2: "front", 3: 3, 4: 0}, agent.next_sequence + 1)
        agent.connection.send(frame)
        last_words(agent.connection, code)
    agent.disconnect()


@check("stream: the same number twice on one connection ends it with 105")
def doubled(site):
    agent = site.agent("events")
    sequence = agent.outcome(os.urandom(16), 3)
    agent.settle(sequence)
    again = agent.event(prp.READ_OUTCOME, {1: os.urandom(16), 2: "front", 3: 3, 4: 0}, sequence)
    ends(agent, again.bytes, prp.UNEXPECTED)


@check("stream: 64 events at once are taken")
def window(site):
    agent = site.agent("events")
    frames = [agent.event(prp.READ_OUTCOME, {1: os.urandom(16), 2: "front", 3: 3, 4: 0}, agent.next_sequence + n)
              for n in range(64)]
    agent.next_sequence += 64
    agent.connection.send(*frames)
    while True:
        ack = agent.await_frame(lambda frame: frame.kind == prp.ACKNOWLEDGEMENT)
        if ack.fields[1] == agent.next_sequence - 1:
            break


@check("stream: a 65th event without acknowledgement ends the connection with 102")
def beyond_window(site):
    agent = site.agent("events")
    frames = [agent.event(prp.READ_OUTCOME, {1: os.urandom(16), 2: "front", 3: 3, 4: 0}, agent.next_sequence + n)
              for n in range(65)]
    try:
        agent.connection.send(*frames)
        last_words(agent.connection, prp.TOO_LARGE)
    finally:
        agent.disconnect()
    # What was committed of them is known.
    try:
        agent.connect()
    except Refused as refusal:
        equal(refusal.code, prp.UNKNOWN_STREAM, "the number would go back")
        agent.next_sequence += 64
        agent.connect()
    agent.next_sequence = agent.welcome[3] + 1


@check("stream: an old copy of the journal is refused with 205")
def rolled_back(site):
    agent = site.agent("rolled-back")
    agent.settle([agent.outcome(os.urandom(16), 3) for _ in range(3)][-1])
    agent.next_sequence = 2
    refused(prp.UNKNOWN_STREAM, agent.connect)


@check("stream: a new stream begins at 1 again")
def new_stream(site):
    agent = site.agent("new-stream")
    agent.settle(agent.outcome(os.urandom(16), 3))
    agent.stream, agent.next_sequence = os.urandom(16), 1
    agent.connect()
    equal(agent.welcome[3], 0, "committed")
    agent.settle(agent.outcome(os.urandom(16), 3))


@check("stream: what was acknowledged is there after kill -9")
def survives(site):
    agent = site.agent("survives")
    last = [agent.outcome(os.urandom(16), 3) for _ in range(10)][-1]
    agent.settle(last)
    site.kill()
    site.start()
    agent.connect()
    equal(agent.welcome[3], last, "committed")
    for other in site.agents.values():
        if other is not agent:
            other.disconnect()
