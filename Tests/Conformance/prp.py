# SPDX-License-Identifier: Apache-2.0
"""PRP/1 as the document PRP-1.md has it: frames, the CBOR subset, names of types and codes."""

import io
import struct
from dataclasses import dataclass

import cbor2

REQUEST, REPLY, EVENT, ACKNOWLEDGEMENT, DATA, CREDIT, PING, PONG, GOAWAY_KIND, COMMAND = range(10)
MORE, MUST_UNDERSTAND = 1, 2
# Kinds whose frames carry the flag must understand.
DEMANDING = {REQUEST, EVENT, COMMAND}

HELLO, WELCOME, ENROL, ENROLLED, ROTATE_KEY, GOAWAY = 1, 2, 3, 4, 5, 6
CREDENTIAL, CHALLENGE, CHALLENGE_REPLY, SESSION, SESSION_END, READ_OUTCOME = 16, 17, 18, 19, 20, 21
LOGIN, ACCOUNTS, JOB_LIST, RELEASE, HOLD, DELETE, REGISTERED, CHANGE_PIN = 22, 23, 24, 25, 26, 27, 28, 29
DOCUMENT, DOCUMENT_END, PROGRESS = 30, 31, 32
READER_STATUS, CUSTODY, CUSTODY_ASK_NOW, LEARN, CUSTODY_OPEN, ACCOUNT = 34, 35, 36, 37, 38, 40
CACHE_POLICY, REPORT_QUERY, REPORT, REFUSED = 51, 52, 53, 60

BAD_FRAME, TOO_LARGE, VERSION, NOT_CANONICAL, UNEXPECTED = 101, 102, 103, 104, 105
UNKNOWN_AGENT, REVOKED, ENROLMENT_CODE, FENCED, UNKNOWN_STREAM = 201, 202, 203, 204, 205
NOT_APPROVED, KEY_REJECTED = 206, 207
UNKNOWN_CREDENTIAL, WRONG_PIN, LOCKED, SESSION_EXPIRED, NOT_PERMITTED = 301, 302, 303, 304, 305
QUOTA, READ_EXPIRED, NO_JOBS = 306, 307, 308
PIN_NOT_ACCEPTABLE, ACTIVATION_CODE, BADGE_TAKEN, DIFFERENT_BADGE = 310, 311, 312, 313
NO_SUCH_RELEASE, CUSTODY_ELSEWHERE, ALREADY_RELEASED, IN_DOUBT, DOCUMENT_UNAVAILABLE = 401, 403, 404, 405, 407
NOT_HELD, NO_SUCH_ACCOUNT, ACCOUNT_REQUIRED, REPORT_UNKNOWN = 408, 409, 410, 411
NO_PRINTER, BUSY, STORE_FULL, MAINTENANCE = 501, 601, 602, 603

HEADER = struct.Struct(">IBBHI")
LENGTH_LIMIT, DATA_LENGTH_LIMIT = 65_536, 73_728
OPENING_LIMIT = 4_096
DEPTH_LIMIT, ITEM_LIMIT = 8, 4_096


class Fault(Exception):
    """Bytes from the server that the document does not allow."""


@dataclass(frozen=True)
class Frame:
    kind: int
    type: int
    correlation: int
    payload: bytes = b""
    flags: int = 0

    @property
    def bytes(self):
        length = len(self.payload) + HEADER.size - 4
        return HEADER.pack(length, self.kind, self.flags, self.type, self.correlation) + self.payload

    @property
    def fields(self):
        """The payload's map."""
        return decode(self.payload)

    def __str__(self):
        code = f" code {self.fields[1]}" if self.type == REFUSED and self.kind == REPLY else ""
        return f"frame of kind {self.kind} type {self.type} correlation {self.correlation}{code}"


def message(kind, type, correlation, fields, flags=None):
    flags = (MUST_UNDERSTAND if kind in DEMANDING else 0) if flags is None else flags
    return Frame(kind, type, correlation, encode(fields), flags)


def request(type, correlation, fields):
    return message(REQUEST, type, correlation, fields)


def parse(data):
    """The first frame of some bytes and the rest, or None while it is not whole."""
    if len(data) < 4:
        return None
    (length,) = struct.unpack_from(">I", data)
    limit = DATA_LENGTH_LIMIT if len(data) > 4 and data[4] == DATA else LENGTH_LIMIT
    if not 8 <= length <= limit:
        raise Fault(f"a frame says that it is {length} bytes long")
    if len(data) < 4 + length:
        return None
    _, kind, flags, type, correlation = HEADER.unpack_from(data)
    frame = Frame(kind, type, correlation, bytes(data[HEADER.size : 4 + length]), flags)
    check_header(frame)
    return frame, data[4 + length :]


def check_header(frame):
    if frame.kind > COMMAND:
        raise Fault(f"kind {frame.kind} is not known")
    expected = MUST_UNDERSTAND if frame.kind in DEMANDING else 0
    if frame.flags & ~MORE != expected:
        raise Fault(f"flags {frame.flags} on kind {frame.kind}")
    if frame.flags & MORE and (frame.kind, frame.type) != (REPLY, RELEASE):
        raise Fault("more on something that is no part of a list of releases")


def encode(fields):
    """Deterministic: for unsigned keys cbor2's order is that of RFC 8949, 4.2.1."""
    return cbor2.dumps(fields, canonical=True)


def decode(payload):
    stream = io.BytesIO(payload)
    try:
        value = cbor2.CBORDecoder(stream).decode()
    except (cbor2.CBORDecodeError, ValueError) as error:
        raise Fault(f"no CBOR: {error}") from error
    if stream.read(1):
        raise Fault("bytes after the map")
    if not isinstance(value, dict):
        raise Fault("the payload is no map")
    items = check_value(value, 1)
    if items > ITEM_LIMIT:
        raise Fault(f"{items} items")
    if encode(value) != payload:
        raise Fault("the encoding is not the deterministic one")
    return value


def check_value(value, depth):
    """Whether it is of the subset; how many items it has. Only maps and arrays are levels."""
    if depth > DEPTH_LIMIT and isinstance(value, (dict, list)):
        raise Fault("nested too deeply")
    if isinstance(value, dict):
        if not all(type(key) is int and key >= 0 for key in value):
            raise Fault("a key is not unsigned")
        return 1 + len(value) + sum(check_value(entry, depth + 1) for entry in value.values())
    if isinstance(value, list):
        return 1 + sum(check_value(entry, depth + 1) for entry in value)
    if value is None or type(value) in (bool, int, bytes, str):
        return 1
    raise Fault(f"{type(value).__name__} is not of the subset")
