# SPDX-License-Identifier: Apache-2.0
"""What a check is, and what checks ask again and again."""

import prp
from connection import Closed

CHECKS = []


class Skipped(Exception):
    """The server does not have what this check is about."""


def check(title, at="plain"):
    """A check of the server with the settings of that name in `testsite`."""
    def register(work):
        CHECKS.append((title, at, work))
        return work
    return register


def cases(prefix, rows):
    """One check for each row: its first entry is the title, the others are arguments."""
    def register(work):
        for title, *arguments in rows:
            CHECKS.append((f"{prefix}: {title}", "plain", lambda site, arguments=arguments: work(site, *arguments)))
        return work
    return register


def expect(condition, what):
    if not condition:
        raise prp.Fault(what)


def equal(found, expected, what):
    expect(found == expected, f"{what}: {found!r} instead of {expected!r}")


def last_words(connection, codes, patience=10):
    """The connection ends, and its last frame is a refusal with correlation 0 and one of these codes."""
    frames = connection.frames_until_close(patience)
    expect(frames, "the connection ended without a word")
    last = frames[-1]
    expect((last.kind, last.type, last.correlation) == (prp.REPLY, prp.REFUSED, 0), f"the last word is {last}")
    codes = codes if isinstance(codes, (tuple, set)) else (codes,)
    expect(last.fields[1] in codes, f"refused with {last.fields[1]} instead of {codes}")
    return last.fields


def ends(agent, data, codes):
    """These bytes on an open connection end it, with that code."""
    try:
        agent.connection.write(data)
        last_words(agent.connection, codes)
    finally:
        agent.disconnect()


def refused(code, work):
    """The refusal with which this work ends."""
    from agent import Refused
    try:
        result = work()
    except Refused as refusal:
        equal(refusal.code, code, "code")
        return refusal
    raise prp.Fault(f"not refused: {result}")


def is_closed(work):
    try:
        work()
    except Closed:
        return
    raise prp.Fault("the server took it")
