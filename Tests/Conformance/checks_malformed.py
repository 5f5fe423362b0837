# SPDX-License-Identifier: Apache-2.0
"""Many broken frames of each type, each on a connection of its own: refused with the code that the page names, the
connection closed, nothing else touched. A unit test of the server's machines does the same with 10,000 of each."""

import random
import time
from concurrent.futures import ThreadPoolExecutor

import prp
from agent import Agent
from connection import Connection
from suite import check, equal, expect, last_words

COUNT = 500
SEED = 1351

SOUND = [
    ("HELLO", prp.REQUEST, prp.HELLO, {1: "x", 2: bytes(16), 3: 1, 4: []}),
    ("ENROL", prp.REQUEST, prp.ENROL, {1: "x", 2: bytes(32)}),
    ("CREDENTIAL", prp.REQUEST, prp.CREDENTIAL, Agent.read("0999999999", key=bytes(16))),
    ("CHALLENGE_REPLY", prp.REQUEST, prp.CHALLENGE_REPLY, {1: 9, 2: b"4711"}),
    ("SESSION_END", prp.REQUEST, prp.SESSION_END, {1: 77, 2: 1}),
    ("RELEASE", prp.REQUEST, prp.RELEASE, {1: 77}),
    ("DOCUMENT_OPEN", prp.REQUEST, prp.DOCUMENT, {1: 5, 2: 0, 3: 256}),
    ("READ_OUTCOME", prp.EVENT, prp.READ_OUTCOME, {0: 1, 1: bytes(16), 2: "front", 3: 1, 4: 0}),
    ("PROGRESS", prp.EVENT, prp.PROGRESS, {0: 1, 1: 5, 2: 0, 3: 1, 4: 1, 5: 0}),
    ("LOGIN", prp.REQUEST, prp.LOGIN, {1: "x", 2: bytes(16), 3: 0, 4: "1", 5: 1, 6: b"1", 7: None}),
    ("ACCOUNT_LIST", prp.REQUEST, prp.ACCOUNTS, {1: 77, 2: ""}),
    ("JOB_LIST", prp.REQUEST, prp.JOB_LIST, {1: 77, 2: None}),
    ("HOLD", prp.REQUEST, prp.HOLD, {1: 77, 2: [5]}),
    ("DELETE", prp.REQUEST, prp.DELETE, {1: 77, 2: [5]}),
    ("CHANGE_PIN", prp.REQUEST, prp.CHANGE_PIN, {1: 77}),
    ("CUSTODY", prp.REQUEST, prp.CUSTODY, {1: [], 2: 0, 3: 0}),
    ("LEARN", prp.REQUEST, prp.LEARN, {1: 77}),
    ("CUSTODY_OPEN", prp.REQUEST, prp.CUSTODY_OPEN, {1: 5, 2: 0, 3: 256}),
    ("ACCOUNT", prp.EVENT, prp.ACCOUNT, {0: 1, 1: bytes(16), 2: 5, 3: 5, 4: 5, 5: 0, 6: 1, 7: 1, 8: 0}),
    ("ROTATE_KEY", prp.REQUEST, prp.ROTATE_KEY, {1: bytes(32), 2: b"1", 3: b"1"}),
    ("READER_STATUS", prp.REQUEST, prp.READER_STATUS, {1: []}),
    ("REPORT_QUERY", prp.REQUEST, prp.REPORT_QUERY, {1: "users", 2: "", 3: 0}),
    ("credit", prp.CREDIT, prp.DOCUMENT, {1: 200}),
    ("abandon", prp.CREDIT, prp.DOCUMENT_END, {}),
    ("GOAWAY", prp.GOAWAY_KIND, prp.GOAWAY, {1: 0}),
]


class Breaker:
    """Draws one way to break a frame at a time: its bytes, and the code that is due."""

    def __init__(self, kind, type, fields, dice):
        self.kind, self.type, self.fields, self.dice = kind, type, fields, dice
        self.payload = prp.encode(fields)
        self.is_opening = type in (prp.HELLO, prp.ENROL)
        numbered = kind in (prp.REQUEST, prp.CREDIT) and not self.is_opening
        self.correlation = 7 if numbered else 0
        self.ways = [name for name in dir(self) if name.startswith("break_")]
        if not fields:
            self.ways = [name for name in self.ways if "key_" not in name]

    def draw(self):
        return getattr(self, self.dice.choice(self.ways))()

    def frame(self, payload, kind=None, flags=None, correlation=None, length=None):
        kind = self.kind if kind is None else kind
        demanding = prp.MUST_UNDERSTAND if self.kind in prp.DEMANDING else 0
        flags = demanding if flags is None else flags
        correlation = self.correlation if correlation is None else correlation
        length = len(payload) + 8 if length is None else length
        return prp.HEADER.pack(length, kind, flags, self.type, correlation) + payload

    def with_entries(self, *entries):
        """More keys behind the sound ones, in bytes."""
        return self.frame(bytes([self.payload[0] + len(entries)]) + self.payload[1:] + b"".join(entries))

    def break_length_short(self):
        return self.frame(b"", length=self.dice.randrange(8)), prp.BAD_FRAME

    def break_length_long(self):
        return self.frame(b"", length=self.dice.randrange(73_729, 2**32)), prp.TOO_LARGE

    def break_kind(self):
        return self.frame(self.payload, kind=self.dice.randrange(10, 256)), prp.BAD_FRAME

    def break_flag(self):
        demanding = prp.MUST_UNDERSTAND if self.kind in prp.DEMANDING else 0
        return self.frame(self.payload, flags=demanding | 4 << self.dice.randrange(6)), prp.BAD_FRAME

    def break_must_understand(self):
        demanding = prp.MUST_UNDERSTAND if self.kind in prp.DEMANDING else 0
        return self.frame(self.payload, flags=demanding ^ prp.MUST_UNDERSTAND), prp.NOT_CANONICAL

    def break_more(self):
        demanding = prp.MUST_UNDERSTAND if self.kind in prp.DEMANDING else 0
        return self.frame(self.payload, flags=demanding | prp.MORE), prp.BAD_FRAME

    def break_correlation(self):
        number = self.dice.randrange(1, 2**32)
        if self.kind == prp.CREDIT:
            return self.frame(b"\x80"), prp.BAD_FRAME
        if self.kind == prp.REQUEST:
            return self.frame(self.payload, correlation=number if self.is_opening else 0), prp.UNEXPECTED
        return self.frame(self.payload, correlation=number), prp.BAD_FRAME

    def break_no_payload(self):
        return self.frame(b""), prp.BAD_FRAME

    def break_no_map(self):
        return self.frame(self.dice.choice([b"\x80", b"\x00", b"\x60", b"\x40", b"\xf6", b"\xf5"])), prp.BAD_FRAME

    def break_key_cut(self):
        return self.frame(self.payload[: self.dice.randrange(1, len(self.payload))]), prp.BAD_FRAME

    def break_key_missing(self):
        gone = self.dice.choice(sorted(self.fields))
        return self.frame(prp.encode({key: v for key, v in self.fields.items() if key != gone})), prp.BAD_FRAME

    def break_key_type(self):
        key = self.dice.choice(sorted(self.fields))
        return self.frame(prp.encode(self.fields | {key: self.dice.choice([True, {}, {1: 1}])})), prp.BAD_FRAME

    def break_head_long(self):
        return self.frame(bytes([0xB8, self.payload[0] & 31]) + self.payload[1:]), prp.NOT_CANONICAL

    def break_indefinite(self):
        return self.frame(b"\xbf" + self.payload[1:] + b"\xff"), prp.NOT_CANONICAL

    def break_trailing(self):
        return self.frame(self.payload + bytes(self.dice.randrange(1, 50))), prp.NOT_CANONICAL

    def break_order(self):
        return self.with_entries(b"\x18\x63\x00", b"\x18\x62\x00"), prp.NOT_CANONICAL

    def break_twice(self):
        return self.with_entries(b"\x18\x63\x00", b"\x18\x63\x00"), prp.NOT_CANONICAL

    def break_text_in_unknown(self):
        return self.with_entries(b"\x18\x63\x61" + bytes([self.dice.randrange(0x80, 0x100)])), prp.BAD_FRAME

    def break_tag(self):
        return self.with_entries(b"\x18\x63" + bytes([0xC0 + self.dice.randrange(24), 0])), prp.BAD_FRAME

    def break_float(self):
        return self.with_entries(b"\x18\x63\xfb" + self.dice.randbytes(8)), prp.BAD_FRAME

    def break_text_as_name(self):
        return self.with_entries(b"\x61a\x00"), prp.BAD_FRAME

    def break_depth(self):
        return self.with_entries(b"\x18\x63" + b"\x81" * self.dice.randrange(8, 40) + b"\x00"), prp.TOO_LARGE

    def break_items(self):
        if self.is_opening:
            return self.with_entries(b"\x18\x63\x59\x10\x00" + bytes(4_096)), prp.TOO_LARGE
        count = self.dice.randrange(4_096, 10_000)
        return self.with_entries(b"\x18\x63\x99" + count.to_bytes(2, "big") + bytes(count)), prp.TOO_LARGE


def send_many(agents, source, kind, type, fields):
    """How many of which code came; a Fault with the bytes of the first that was answered otherwise."""
    breaker = Breaker(kind, type, fields, random.Random(SEED + type))
    codes = {}
    for number in range(COUNT):
        # In turn, as one key may not say HELLO as often.
        agent = agents[number % len(agents)]
        data, code = breaker.draw()
        if breaker.is_opening:
            connection = Connection(agent.port, agent.context, source)
        else:
            agent.connect(source)
            connection, agent.connection = agent.connection, None
        with connection:
            connection.write(data)
            try:
                last_words(connection, code)
            except prp.Fault as problem:
                raise prp.Fault(f"{problem}: {data[:200].hex(' ')}") from problem
        codes[code] = codes.get(code, 0) + 1
    return codes


def breakers(site, name):
    """As many agents as it takes for each to say HELLO 50 times."""
    agents = [site.agent(f"breaks-{name}-0", printer=False)]
    for turn in range(1, COUNT // 50):
        agents[-1].disconnect()
        agents.append(site.agent(f"breaks-{name}-{turn}", printer=False))
    return agents


@check(f"malformed: {COUNT} of each of {len(SOUND)} types are refused as the page says, and nothing else is touched")
def malformed(site):
    good = site.agent("copier")
    agents = [breakers(site, name) for name, *_ in SOUND]
    # What others have reserved is held again when they go, and none of them pings meanwhile.
    for agent in site.agents.values():
        if agent is not good:
            agent.disconnect()
    time.sleep(1)
    before = site.counts()
    with ThreadPoolExecutor(4) as pool:
        runs = [
            pool.submit(send_many, some, f"127.0.3.{number + 1}", *sound)
            for number, (some, (_, *sound)) in enumerate(zip(agents, SOUND))]
        while not all(run.done() for run in runs):
            good.ping()
            good.connection.receive(0.55)
        problems = [f"{name}: {run.exception()}" for run, (name, *_) in zip(runs, SOUND) if run.exception()]
    expect(not problems, "; ".join(problems))
    equal(site.counts(), before, "the store")
    good.ping()
