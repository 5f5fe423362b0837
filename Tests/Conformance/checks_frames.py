# SPDX-License-Identifier: Apache-2.0
"""Frames on an open connection: headers, the CBOR subset, what is not known, correlations."""

import itertools
import os
import struct

import prp
from agent import Agent, now
from suite import cases, check, ends, equal, expect

BADGE = b"0000000099"  # Nobody's.
READ = {1: "front", 2: 5, 3: None, 4: BADGE, 5: bytes(range(16)), 6: 0}


def header(length=8, kind=prp.REQUEST, flags=prp.MUST_UNDERSTAND, type=prp.CREDENTIAL, correlation=1):
    return prp.HEADER.pack(length, kind, flags, type, correlation)


def frame(payload, kind=prp.REQUEST, type=prp.CREDENTIAL, correlation=1, flags=None):
    """Of any bytes."""
    demanding = prp.MUST_UNDERSTAND if kind in prp.DEMANDING else 0
    return prp.Frame(kind, type, correlation, payload, demanding if flags is None else flags).bytes


def raw_read(**entries):
    """A read's map, entry by entry in bytes, so that one can be written wrongly: r1 to r6."""
    parts = {f"r{key}": bytes([key]) + prp.encode(value) for key, value in READ.items()} | entries
    return bytes([0xA0 + len(parts)]) + b"".join(parts.values())


def extra(value):  # A key of its own: the same read twice is another matter.
    """A read with a key that nobody knows, its value in bytes."""
    return bytes([0xA7]) + raw_read(r5=b"\x05\x50" + os.urandom(16))[1:] + bytes([0x18, 99]) + value


def nested(depth):
    """So many arrays; the map around them is a level as well."""
    return b"\x81" * depth + b"\x00"


def padded(length):
    """A read in a frame that says it is so long."""
    pad = length - 8 - len(extra(b"\x59\x00\x00"))
    return frame(extra(b"\x59" + struct.pack(">H", pad) + bytes(pad)))


ROUNDS = itertools.count()


def fresh(site):
    """Another agent now and then: most of these checks end the connection, and one key may not say HELLO as often."""
    agent = site.agent(f"framing-{next(ROUNDS) // 50}")
    agent.strays.clear()
    return agent


BROKEN = [
    ("a length of 7", header(length=7), prp.BAD_FRAME),
    ("a length of 0", header(length=0), prp.BAD_FRAME),
    ("a length of 65,537", header(length=65_537), prp.TOO_LARGE),
    ("a length of 2^32 - 1", header(length=2**32 - 1), prp.TOO_LARGE),
    ("kind 10", header(kind=10), prp.BAD_FRAME),
    ("kind 255", header(kind=255), prp.BAD_FRAME),
    ("flag 4", frame(raw_read(), flags=6), prp.BAD_FRAME),
    ("flag 128", frame(raw_read(), flags=130), prp.BAD_FRAME),
    ("must understand clear on a known request", frame(raw_read(), flags=0), prp.NOT_CANONICAL),
    ("more on a request", frame(raw_read(), flags=3), prp.BAD_FRAME),
    ("must understand set on credit", frame(b"\xa1\x01\x01", prp.CREDIT, prp.DOCUMENT, 1, 2), prp.NOT_CANONICAL),
    ("no payload", frame(b""), prp.BAD_FRAME),
    ("a payload that is no map", frame(b"\x80"), prp.BAD_FRAME),
    ("a payload cut short", frame(raw_read()[:-1]), prp.BAD_FRAME),
    ("an empty map", frame(b"\xa0"), prp.BAD_FRAME),
    ("a head longer than needed", frame(raw_read(r6=b"\x06\x18\x00")), prp.NOT_CANONICAL),
    ("a key longer than needed", frame(raw_read(r6=b"\x18\x06\x00")), prp.NOT_CANONICAL),
    ("a length longer than needed", frame(raw_read(r1=b"\x01\x78\x05front")), prp.NOT_CANONICAL),
    ("a map's head longer than needed", frame(b"\xb8\x06" + raw_read()[1:]), prp.NOT_CANONICAL),
    ("an integer in 8 bytes for 4", frame(raw_read(r6=b"\x06\x1b" + bytes(6) + b"\x10\x00")), prp.NOT_CANONICAL),
    ("keys out of order", frame(raw_read(r1=b"\x02\x05", r2=b"\x01\x65front")), prp.NOT_CANONICAL),
    ("a key twice", frame(bytes([0xA7]) + raw_read()[1:] + b"\x06\x00"), prp.NOT_CANONICAL),
    ("an indefinite map", frame(b"\xbf" + raw_read()[1:] + b"\xff"), prp.NOT_CANONICAL),
    ("an indefinite text", frame(raw_read(r1=b"\x01\x7f\x65front\xff")), prp.NOT_CANONICAL),
    ("bytes after the map", frame(raw_read() + b"\x00"), prp.NOT_CANONICAL),
    ("a second map", frame(raw_read() + b"\xa0"), prp.NOT_CANONICAL),
    ("a tag", frame(extra(b"\xc1\x00")), prp.BAD_FRAME),
    ("a half", frame(extra(b"\xf9\x3c\x00")), prp.BAD_FRAME),
    ("undefined", frame(extra(b"\xf7")), prp.BAD_FRAME),
    ("a simple value", frame(extra(b"\xf0")), prp.BAD_FRAME),
    ("a reserved head", frame(extra(b"\x1c")), prp.BAD_FRAME),
    ("text that is no UTF-8", frame(raw_read(r1=b"\x01\x65fr\xffnt")), prp.BAD_FRAME),
    ("a surrogate in text", frame(raw_read(r1=b"\x01\x63\xed\xa0\x80")), prp.BAD_FRAME),
    ("a text as a key", frame(bytes([0xA7]) + raw_read()[1:] + b"\x61a\x00"), prp.BAD_FRAME),
    ("a negative key", frame(bytes([0xA7]) + raw_read()[1:] + b"\x20\x00"), prp.BAD_FRAME),
    ("a text longer than the frame", frame(raw_read(r6=b"\x06\x7a\x7f\xff\xff\xff")), prp.BAD_FRAME),
    ("an array of 2^63 items", frame(extra(b"\x9b\x7f" + b"\xff" * 7)), prp.TOO_LARGE),
    ("nine levels", frame(extra(nested(8))), prp.TOO_LARGE),
    ("4,097 items", frame(extra(b"\x99\x0f\xf4" + bytes(4_084))), prp.TOO_LARGE),
    ("an unknown key with a broken value", frame(extra(b"\x62\xff\xff")), prp.BAD_FRAME),
    ("an unknown key with a head longer than needed", frame(extra(b"\x18\x01")), prp.NOT_CANONICAL),
    ("ping with a payload", frame(b"\xa0", prp.PING, 0), prp.BAD_FRAME),
    ("credit of 0", frame(b"\xa1\x01\x00", prp.CREDIT, prp.DOCUMENT), prp.BAD_FRAME),
    ("GOAWAY with a correlation", frame(b"\xa1\x01\x00", prp.GOAWAY_KIND, prp.GOAWAY, 1), prp.BAD_FRAME),
    ("an event with a correlation",
     frame(prp.encode({0: 1, 1: bytes(16), 2: "front", 3: 3, 4: 0}), prp.EVENT, prp.READ_OUTCOME, 5), prp.BAD_FRAME),
    ("a request with correlation 0", frame(raw_read(), correlation=0), prp.UNEXPECTED),
    ("a second HELLO", prp.request(prp.HELLO, 0, {1: "x", 2: bytes(16), 3: 1, 4: []}).bytes, prp.UNEXPECTED),
    ("ENROL", prp.request(prp.ENROL, 0, {1: "x", 2: bytes(32)}).bytes, prp.UNEXPECTED),
    ("a reply", frame(b"\xa2\x01\x18\x65\x02\xf6", prp.REPLY, prp.REFUSED), prp.UNEXPECTED),
    ("an acknowledgement", frame(b"\xa1\x01\x01", prp.ACKNOWLEDGEMENT, 0, 0), prp.UNEXPECTED),
    ("document bytes", frame(bytes(9), prp.DATA, prp.DOCUMENT), prp.UNEXPECTED),
    ("a command", frame(b"\xa2\x01\x01\x02\x01", prp.COMMAND, prp.SESSION_END, 0), prp.UNEXPECTED),
    ("an event of an unknown type that must be understood",
     prp.message(prp.EVENT, 99, 0, {0: 1}).bytes, prp.UNEXPECTED),
    ("a command of an unknown type that must be understood",
     prp.message(prp.COMMAND, 99, 0, {}).bytes, prp.UNEXPECTED),
]


@cases("frames: ends the connection", BROKEN)
def broken(site, data, codes):
    ends(fresh(site), data, codes)


# Too long is 102, anything else 101.
FIELDS = [
    ("reader of 65 bytes", 1, "x" * 65), ("reader as bytes", 1, b"front"), ("reader null", 1, None),
    ("technology 7", 2, 7), ("technology negative", 2, -1), ("technology as text", 2, "5"),
    ("0 bits", 3, 0), ("129 bits", 3, 129), ("content empty", 4, b""), ("content of 129 bytes", 4, b"1" * 129),
    ("content with a control character", 4, b"12\x1b"), ("content as text", 4, "12"),
    ("key of 15 bytes", 5, bytes(15)), ("key of 17 bytes", 5, bytes(17)), ("key null", 5, None),
    ("age of 2^32", 6, 2**32), ("age negative", 6, -1), ("age null", 6, None), ("age as a boolean", 6, True),
]


@cases("fields: CREDENTIAL with", FIELDS)
def field(site, key, value):
    is_string = isinstance(value, (str, bytes)) and isinstance(value, type(READ[key]))
    code = prp.TOO_LARGE if is_string and len(value) > LONGEST.get(key, 0) else prp.BAD_FRAME
    ends(fresh(site), prp.request(prp.CREDENTIAL, 1, READ | {key: value}).bytes, code)


LONGEST = {1: 64, 4: 128, 5: 16}


@check("fields: bits that need another number of bytes, or unused bits that are not 0, end the connection")
def bits(site):
    for count, content in ((26, bytes(3)), (26, bytes(5)), (26, b"\xff\xff\xff\xff")):
        ends(fresh(site), prp.request(prp.CREDENTIAL, 1, READ | {2: 2, 3: count, 4: content}).bytes, prp.BAD_FRAME)


@check("fields: each key of CREDENTIAL is needed")
def missing(site):
    for key in READ:
        rest = {other: value for other, value in READ.items() if other != key}
        ends(fresh(site), prp.request(prp.CREDENTIAL, 1, rest).bytes, prp.BAD_FRAME)


OTHER_FIELDS = [
    ("a prompt of 2^32", prp.REQUEST, prp.CHALLENGE_REPLY, {1: 2**32, 2: b"1"}),
    ("a session of 2^63", prp.REQUEST, prp.RELEASE, {1: 2**63}),
    ("a reason of 0", prp.REQUEST, prp.SESSION_END, {1: 1, 2: 0}),
    ("a reason of 5", prp.REQUEST, prp.SESSION_END, {1: 1, 2: 5}),
    ("a window of 2^32", prp.REQUEST, prp.DOCUMENT, {1: 1, 2: 0, 3: 2**32}),
    ("an offset that is negative", prp.REQUEST, prp.DOCUMENT, {1: 1, 2: -1, 3: 0}),
    ("event 0", prp.EVENT, prp.READ_OUTCOME, {0: 0, 1: bytes(16), 2: "front", 3: 3, 4: 0}),
    ("result 0", prp.EVENT, prp.READ_OUTCOME, {0: 1, 1: bytes(16), 2: "front", 3: 0, 4: 0}),
    ("result 99", prp.EVENT, prp.READ_OUTCOME, {0: 1, 1: bytes(16), 2: "front", 3: 99, 4: 0}),
    ("outcome 3", prp.EVENT, prp.PROGRESS, {0: 1, 1: 1, 2: 3, 3: None, 4: 0, 5: 0}),
    ("printed without a count of pages", prp.EVENT, prp.PROGRESS, {0: 1, 1: 1, 2: 0, 3: None, 4: 0, 5: 0}),
    ("unconfirmed with pages", prp.EVENT, prp.PROGRESS, {0: 1, 1: 1, 2: 1, 3: 1, 4: 0, 5: 0}),
    ("never started for reason 6", prp.EVENT, prp.PROGRESS, {0: 1, 1: 1, 2: 2, 3: 6, 4: 0, 5: 0}),
    ("evidence 3", prp.EVENT, prp.PROGRESS, {0: 1, 1: 1, 2: 0, 3: 1, 4: 3, 5: 0}),
    ("pages of 2^31", prp.EVENT, prp.PROGRESS, {0: 1, 1: 1, 2: 0, 3: 2**31, 4: 0, 5: 0}),
]


@check("fields: a secret that is longer than its field ends the connection")
def secret(site):
    ends(fresh(site), prp.request(prp.CHALLENGE_REPLY, 1, {1: 1, 2: b"1" * 129}).bytes, prp.TOO_LARGE)


@cases("fields: ends the connection", OTHER_FIELDS)
def other_field(site, kind, type, fields):
    correlation = 0 if kind == prp.EVENT else 1
    ends(fresh(site), prp.message(kind, type, correlation, fields).bytes, prp.BAD_FRAME)


def answers(site, data):
    """This read is answered, and it is nobody's."""
    agent = fresh(site)
    agent.connection.write(data)
    reply = agent.await_frame(lambda frame: frame.kind == prp.REPLY and frame.correlation == 1)
    equal((reply.type, reply.fields[1]), (prp.REFUSED, prp.UNKNOWN_CREDENTIAL), "answer")
    agent.ping()


def read(**changes):
    fields = READ | {5: os.urandom(16)} | {int(key[1:]): value for key, value in changes.items()}
    return prp.request(prp.CREDENTIAL, 1, fields).bytes


TAKEN = [
    ("reader of 64 bytes", lambda: read(r1="x" * 64)),
    ("reader of 64 bytes in 32 characters", lambda: read(r1="ü" * 32)),
    ("content of 128 bytes", lambda: read(r4=b"9" * 128)),
    ("128 bits", lambda: read(r2=2, r3=128, r4=b"\xff" * 16)),
    ("1 bit", lambda: read(r2=2, r3=1, r4=b"\x01")),
    ("an unknown key", lambda: read(r99="of a later version")),
    ("an unknown key of 2^64 - 1", lambda: read(**{f"r{2**64 - 1}": None})),
    ("eight levels", lambda: frame(extra(nested(7)))),
    ("4,096 items", lambda: frame(extra(b"\x99\x0f\xf1" + bytes(4_081)))),
    ("a frame of 65,536 bytes", lambda: padded(65_536)),
]


@cases("frames: taken", TAKEN)
def taken(site, make):
    answers(site, make())


@check("frames: many in one write are answered, each once, with its correlation")
def many(site):
    agent = fresh(site)
    numbers = list(range(1_000, 1_020))
    agent.connection.send(*(prp.request(prp.CREDENTIAL, n, READ | {5: os.urandom(16)}) for n in numbers))
    replies = [agent.await_frame(lambda frame: frame.kind == prp.REPLY).correlation for _ in numbers]
    equal(sorted(replies), numbers, "correlations")
    expect(agent.connection.receive(0.2) is None, "more than one answer")


@check("unknown: a request that must be understood is refused with 105, and the connection goes on")
def unknown_request(site):
    agent = fresh(site)
    agent.connection.send(prp.request(99, 7, {1: "of a later version"}))
    reply = agent.connection.receive()
    equal((reply.correlation, reply.type, reply.fields[1]), (7, prp.REFUSED, prp.UNEXPECTED), "answer")
    agent.ping()


PASSED_OVER = [
    ("a request", prp.message(prp.REQUEST, 99, 7, {}, flags=0)),
    ("credit", prp.message(prp.CREDIT, 99, 7, {})),
    ("data", prp.Frame(prp.DATA, 99, 7, b"\xa0")),
    ("goaway", prp.message(prp.GOAWAY_KIND, 99, 0, {})),
    ("a command", prp.message(prp.COMMAND, 99, 0, {}, flags=0)),
]


@cases("unknown: passed over when it need not be understood", PASSED_OVER)
def passed_over(site, frame):
    agent = fresh(site)
    agent.connection.send(frame)
    agent.ping()
    equal(len(agent.strays), 0, "answers")


@check("unknown: an event that need not be understood is acknowledged in its turn")
def unknown_event(site):
    agent = site.agent("events")
    sequence = agent.next_sequence
    frame = prp.message(prp.EVENT, 99, 0, {0: sequence, 1: "of a later version"}, flags=0)
    agent.unacknowledged[sequence] = frame
    agent.next_sequence += 1
    agent.connection.send(frame)
    agent.settle(sequence)
    agent.settle(agent.outcome(os.urandom(16), 3))


@check("limits: 32 pings are answered, the 33rd within 15 s ends the connection with 102")
def pings(site):
    agent = fresh(site)
    agent.connect()
    pings = [prp.Frame(prp.PING, 0, number) for number in range(1, 33)]
    agent.connection.send(*pings)
    for ping in pings:
        pong = agent.connection.receive()
        equal((pong.kind, pong.correlation), (prp.PONG, ping.correlation), "answer")
    ends(agent, prp.Frame(prp.PING, 0, 33).bytes, prp.TOO_LARGE)


@check("limits: pongs that nobody asked for are bounded or passed over")
def pongs(site):
    agent = fresh(site)
    agent.connection.send(*(prp.Frame(prp.PONG, 0, number) for number in range(1_000)))
    agent.ping()


@check("goaway: from the agent is taken; what is open is answered")
def goaway(site):
    agent = fresh(site)
    agent.connection.write(read() + prp.message(prp.GOAWAY_KIND, prp.GOAWAY, 0, {1: 0}).bytes)
    reply = agent.await_frame(lambda frame: frame.kind == prp.REPLY and frame.correlation == 1)
    equal(reply.fields[1], prp.UNKNOWN_CREDENTIAL, "answer")
    agent.disconnect()


@check("time: a clock of any time is taken, it is a record only")
def any_time(site):
    agent = site.agent("events")
    for when in (0, -(2**62), 2**62, now()):
        agent.settle(agent.report(prp.READ_OUTCOME, {1: os.urandom(16), 2: "front", 3: 3, 4: when}))
