# SPDX-License-Identifier: Apache-2.0
"""An agent: enrols, connects, asks, reports; the reference for the walk-through "Writing a client"."""

import collections
import hashlib
import os
import time

import prp
from connection import PATIENCE, Connection
from identity import EnrolmentString


class Refused(Exception):
    def __init__(self, frame):
        self.code, self.retry_after = frame.fields[1], frame.fields[2]
        super().__init__(f"refused with {self.code}")


# What was heard in the whole run: type of the request, code, and whether a time came with it.
REFUSALS = set()
Document = collections.namedtuple("Document", "size data hash")
# The last two since dialogue.
GRANT = ("release", "job", "title", "user", "format", "size", "pages", "mono", "sides")
Grant = collections.namedtuple("Grant", GRANT, defaults=(None, None))
JOB = ("job", "title", "state", "copies", "pages", "color_pages", "size", "received", "amount")
Job = collections.namedtuple("Job", JOB)


class Agent:
    WINDOW = 262_144

    def __init__(self, identity, port, capabilities=()):
        self.identity, self.port, self.capabilities = identity, port, sorted(capabilities)
        self.elsewhere = None
        self.context = identity.context()
        self.server_hash = None
        self.stream, self.next_sequence = os.urandom(16), 1
        self.unacknowledged, self.unsettled = collections.OrderedDict(), []
        self.connection, self.welcome = None, None
        self.last_correlation, self.asked = 0, {}
        self.strays = collections.deque()

    # Opening

    def enrol(self, text, name, purpose=None):
        code = EnrolmentString(text)
        with Connection(self.port, self.context) as connection:
            if not connection.server_hash.startswith(code.server):
                raise prp.Fault("that is another server")
            self.server_hash = connection.server_hash
            proof = code.proof(self.identity.hash, connection.server_hash)
            wanted = {} if purpose is None else {3: purpose}
            connection.send(prp.request(prp.ENROL, 0, {1: name, 2: proof, **wanted}))
            answer = connection.receive()
            if answer.type == prp.REFUSED:
                REFUSALS.add((prp.ENROL, answer.fields[1], answer.fields[2] is not None))
                raise Refused(answer)
            return answer.fields[1]

    def hello(self, **changes):
        fields = {1: "conformance", 2: self.stream, 3: self.next_sequence, 4: sorted(self.unsettled)}
        if self.capabilities:
            fields[5] = self.capabilities
        return prp.request(prp.HELLO, 0, fields | changes)

    @property
    def agreed(self):
        return set(self.capabilities) & set(self.welcome.get(5, []))

    def connect(self, source=None, patience=PATIENCE):
        """A key that has said HELLO very often is told when to come back, and does."""
        while True:
            try:
                return self.connect_now(source, patience)
            except Refused as refusal:
                if refusal.code != prp.BUSY:
                    raise
                time.sleep(refusal.retry_after / 1000)

    def connect_now(self, source=None, patience=PATIENCE):
        self.disconnect()
        connection = Connection(self.port, self.context, source)
        if self.server_hash not in (None, connection.server_hash):
            raise prp.Fault("the server has another key")
        connection.send(self.hello())
        answer = connection.receive(patience)
        if answer is None or answer.type != prp.WELCOME:
            connection.close()
            if answer is None:
                raise prp.Fault("no answer to HELLO")
            REFUSALS.add((prp.HELLO, answer.fields[1], answer.fields[2] is not None))
            raise Refused(answer)
        self.connection, self.welcome = connection, answer.fields
        self.strays.clear()
        self.acknowledged(self.welcome[3])
        for frame in self.unacknowledged.values():
            connection.send(frame)
        return self

    def disconnect(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def announce(self, identity, signer=None):
        """Since rotation: another key; `take` it once the server has answered."""
        said = b"PRP/1 rotate" + self.identity.hash + identity.hash + self.server_hash
        self.ask(prp.ROTATE_KEY, {1: identity.hash, 2: identity.public_key, 3: (signer or identity).sign(said)})

    def take(self, identity):
        self.identity, self.context = identity, identity.context()

    # Requests

    def correlation(self):
        self.last_correlation += 1
        return self.last_correlation

    def ask(self, type, fields):
        """The fields of the answer, and its type; refusals are thrown."""
        answer = self.answer(self.post(type, fields))
        return answer.type, answer.fields

    def post(self, type, fields):
        correlation = self.correlation()
        self.asked[correlation] = type
        self.connection.send(prp.request(type, correlation, fields))
        return correlation

    def answer(self, correlation, kind=prp.REPLY, patience=PATIENCE):
        frame = self.await_frame(lambda frame: (frame.kind, frame.correlation) == (kind, correlation), patience)
        if frame.kind == prp.REPLY and frame.type == prp.REFUSED:
            REFUSALS.add((self.asked[correlation], frame.fields[1], frame.fields[2] is not None))
            raise Refused(frame)
        return frame

    def await_frame(self, fits, patience=PATIENCE):
        """The first frame that fits; others wait for those who ask for them."""
        for frame in self.strays:
            if fits(frame):
                self.strays.remove(frame)
                return frame
        until = time.monotonic() + patience
        while True:
            frame = self.connection.receive(max(0, until - time.monotonic()))
            if frame is None:
                raise prp.Fault("no answer")
            if frame.kind == prp.PING:
                self.connection.send(prp.Frame(prp.PONG, 0, frame.correlation))
            elif frame.kind == prp.REPLY and frame.correlation == 0:
                raise Refused(frame)
            elif fits(frame):
                return frame
            else:
                self.strays.append(frame)

    def ping(self):
        correlation = self.correlation()
        self.connection.send(prp.Frame(prp.PING, 0, correlation))
        return self.answer(correlation, prp.PONG)

    # A person at the reader

    @staticmethod
    def read(badge, key=None, age=0, reader="front"):
        return {1: reader, 2: 5, 3: None, 4: badge.encode(), 5: key or os.urandom(16), 6: age}

    def present(self, badge, **more):
        return self.ask(prp.CREDENTIAL, self.read(badge, **more))

    def log_in(self, badge, pin=None):
        """The fields of the session."""
        type, fields = self.present(badge)
        if type == prp.CHALLENGE:
            type, fields = self.ask(prp.CHALLENGE_REPLY, {1: fields[1], 2: pin.encode()})
        if type != prp.SESSION:
            raise prp.Fault(f"type {type} instead of a session")
        return fields

    def release(self, session, jobs=None, mono=False, sides=0, account=None):
        """The grants; how many jobs were left out because they are lent elsewhere is in `elsewhere`, since dialogue."""
        fields = {1: session}
        if "dialogue" in self.agreed:
            fields |= {2: jobs, 3: mono, 4: sides, 5: account}
        correlation = self.post(prp.RELEASE, fields)
        grants = []
        while True:
            frame = self.answer(correlation)
            grants += [Grant(*(entry[key] for key in sorted(entry))) for entry in frame.fields[1]]
            # Since dialogue: how many of the jobs another agent holds.
            self.elsewhere = frame.fields.get(2)
            if not frame.flags & prp.MORE:
                return grants

    # Since dialogue

    def type_in(self, user, secret, kind=1, key=None, prompt=None, reader="front"):
        """Somebody says who they are by keys: 1 with a PIN, 2 with a password."""
        return self.ask(prp.LOGIN, {
            1: reader, 2: key or os.urandom(16), 3: 0, 4: user, 5: kind, 6: secret.encode(), 7: prompt})

    def reply(self, challenge, secret):
        return self.ask(prp.CHALLENGE_REPLY, {1: challenge[1], 2: secret.encode()})

    def list(self, session):
        """All of the user's jobs, page by page."""
        jobs, after = [], None
        while True:
            _, page = self.ask(prp.JOB_LIST, {1: session, 2: after})
            jobs += [Job(*(entry[key] for key in sorted(entry))) for entry in page[1]]
            after = page[2]
            if after is None:
                return jobs

    def change(self, type, session, jobs):
        """HOLD or DELETE: how many it was done to."""
        return self.ask(type, {1: session, 2: jobs})[1][1]

    # Documents

    def open(self, release, offset=0, window=WINDOW, type=prp.DOCUMENT):
        """Correlation and size of the whole document; with type CUSTODY_OPEN that of a fence."""
        correlation = self.post(type, {1: release, 2: offset, 3: window})
        return correlation, self.answer(correlation).fields[1]

    def credit(self, correlation, count):
        self.connection.send(prp.message(prp.CREDIT, prp.DOCUMENT, correlation, {1: count}))

    def fetch(self, release, offset=0, window=WINDOW, known=b"", type=prp.DOCUMENT):
        """The document from `offset` on, credit given back as it comes; with what is `known` of it before the offset
        the hash is checked, too."""
        correlation, size = self.open(release, offset, window, type)
        data = bytearray()
        while True:
            frame = self.answer(correlation, prp.DATA)
            if frame.type == prp.REFUSED:
                raise Refused(frame)
            if frame.type == prp.DOCUMENT_END:
                break
            if int.from_bytes(frame.payload[:8], "big") != offset + len(data):
                raise prp.Fault("a gap in the document")
            if not 1 <= len(frame.payload) - 8 <= 65_536:
                raise prp.Fault("a data frame of a forbidden size")
            data += frame.payload[8:]
            self.credit(correlation, len(frame.payload) - 8)
        if offset + len(data) != size:
            raise prp.Fault(f"{offset + len(data)} bytes of {size}")
        if len(known) == offset and hashlib.sha256(known + data).digest() != frame.fields[1]:
            raise prp.Fault("the hash is another document's")
        return Document(size, bytes(data), frame.fields[1])

    def command(self, type, patience=PATIENCE):
        return self.await_frame(lambda frame: (frame.kind, frame.type) == (prp.COMMAND, type), patience)

    # Durable events

    def event(self, type, fields, sequence=None):
        sequence = sequence or self.next_sequence
        return prp.message(prp.EVENT, type, 0, {0: sequence} | fields)

    def report(self, type, fields):
        """Kept until the server has it, which may be away; the number of the event."""
        frame, sequence = self.event(type, fields), self.next_sequence
        self.unacknowledged[sequence] = frame
        self.next_sequence += 1
        if self.connection:
            self.connection.send(frame)
        return sequence

    def outcome(self, key, result, reader="front"):
        return self.report(prp.READ_OUTCOME, {1: key, 2: reader, 3: result, 4: now()})

    def progress(self, release, outcome, detail=None, evidence=0):
        return self.report(prp.PROGRESS, {1: release, 2: outcome, 3: detail, 4: evidence, 5: now()})

    def settle(self, sequence):
        """Waits until the server has committed that event."""
        while sequence in self.unacknowledged:
            frame = self.await_frame(lambda frame: frame.kind == prp.ACKNOWLEDGEMENT)
            self.acknowledged(frame.fields[1])

    def acknowledged(self, through):
        for sequence in [number for number in self.unacknowledged if number <= through]:
            del self.unacknowledged[sequence]


def now():
    return int(time.time() * 1000)
