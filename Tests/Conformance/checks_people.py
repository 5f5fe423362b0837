# SPDX-License-Identifier: Apache-2.0
"""Badges, PINs, sessions, releases, documents and their outcomes."""

import os
import time

import prp
from agent import Refused
from suite import cases, check, ends, equal, expect, refused

ANA, BEN, CLEO = "0006547886", "0011223344", "0029384756"
PIN = "4711"
TEXT = b"%!PS-Adobe-3.0\n%%Pages: 1\nshowpage\n"


def release_one(site, agent, data=TEXT):
    """A document of somebody who has no other, released to this agent."""
    site.somebody = getattr(site, "somebody", 0) + 1
    owner, badge = f"somebody-{site.somebody}", f"{2_000_000_000 + site.somebody}"
    site.add_user(owner, badge)
    site.print(owner, data)
    session = agent.log_in(badge)
    grants = agent.release(session[1])
    equal(len(grants), 1, "grants")
    agent.unsettled.append(grants[0].release)
    return grants[0]


def printed(agent, grant, pages=1):
    agent.settle(agent.progress(grant.release, 0, pages, 1))
    agent.unsettled.remove(grant.release)


def released(site, name, **more):
    agent = site.agent(name)
    return agent, release_one(site, agent, **more)


@check("people: badge, session, release, document with its hash, progress; charged once")
def whole_story(site):
    before = site.counts()["ledgerEntries"]
    agent = site.agent("copier")
    site.print("ana", TEXT, "letter")
    session = agent.log_in(ANA)
    equal((session[2], session[3], session[4][2]), ("ana", 1, "at-copier"), "session")
    grant, = agent.release(session[1])
    equal((grant.title, grant.user, grant.size), ("letter", "ana", len(TEXT)), "grant")
    equal(agent.fetch(grant.release).data, TEXT, "document")
    agent.progress(grant.release, 0, 1, 1)
    agent.settle(agent.outcome(os.urandom(16), 1))
    equal(site.counts()["ledgerEntries"], before + 1, "ledger")
    equal(agent.ask(prp.SESSION_END, {1: session[1], 2: 1})[0], prp.SESSION_END, "answer")


@check("people: a badge with PIN is asked for it; a wrong one costs a try")
def pin(site):
    agent = site.agent("copier")
    site.print("ben", TEXT)
    type, challenge = agent.present(BEN)
    equal((type, challenge[2], challenge[3]), (prp.CHALLENGE, 1, 5), "answer")
    try:
        type, challenge = agent.ask(prp.CHALLENGE_REPLY, {1: challenge[1], 2: b"0000"})
        equal((type, challenge[3]), (prp.CHALLENGE, 4), "answer")
    except Refused as refusal:
        equal(refusal.code, prp.WRONG_PIN, "code")
        type, challenge = agent.present(BEN)
        equal(challenge[3], 4, "tries left")
    type, session = agent.ask(prp.CHALLENGE_REPLY, {1: challenge[1], 2: PIN.encode()})
    equal((type, session[2]), (prp.SESSION, "ben"), "answer")


@check("people: a prompt is answered once, and by nobody but who was asked")
def prompts(site):
    agent = site.agent("copier")
    _, challenge = agent.present(BEN)
    refused(prp.SESSION_EXPIRED, lambda: agent.ask(prp.CHALLENGE_REPLY, {1: challenge[1] + 1, 2: PIN.encode()}))
    _, challenge = agent.present(BEN)
    other = site.agent("other")
    refused(prp.SESSION_EXPIRED, lambda: other.ask(prp.CHALLENGE_REPLY, {1: challenge[1], 2: PIN.encode()}))


@check("people: five wrong PINs lock, 303 says for how long, the right PIN does not help")
def lock(site):
    site.add_user("lou", "0055555555", "2468")
    site.print("lou", TEXT)
    agent = site.agent("copier")
    for _ in range(10):
        try:
            type, challenge = agent.present("0055555555")
            agent.ask(prp.CHALLENGE_REPLY, {1: challenge[1], 2: b"0000"})
        except Refused as refusal:
            if refusal.code == prp.LOCKED:
                break
            equal(refusal.code, prp.WRONG_PIN, "code")
    refusal = refused(prp.LOCKED, lambda: agent.present("0055555555"))
    expect(0 < refusal.retry_after <= 60_000, f"retry after {refusal.retry_after}")


@check("people: an unknown badge is refused with 301")
def unknown_badge(site):
    refused(prp.UNKNOWN_CREDENTIAL, lambda: site.agent("copier").present("0999999999"))


@check("people: a read of 5 s is answered, an older one refused with 307")
def age(site):
    agent = site.agent("copier")
    refused(prp.READ_EXPIRED, lambda: agent.present("0999999999", age=5_001))
    refused(prp.UNKNOWN_CREDENTIAL, lambda: agent.present("0999999999", age=5_000))


@check("people: the same read twice opens one session only")
def twice(site):
    agent = site.agent("copier")
    site.print("cleo", TEXT)
    key = os.urandom(16)
    _, first = agent.present(CLEO, key=key)
    try:
        _, second = agent.present(CLEO, key=key)
        equal(second[1], first[1], "session")
    except Refused as refusal:
        equal(refusal.code, prp.READ_EXPIRED, "code")
    grants = agent.release(first[1])
    equal(len(grants), 1, "grants")


@check("people: nothing to release is refused with 308")
def no_jobs(site):
    site.add_user("nora", "0077777777")
    refused(prp.NO_JOBS, lambda: site.agent("copier").present("0077777777"))


@check("people: an agent without printer is refused with 501")
def no_printer(site):
    refused(prp.NO_PRINTER, lambda: site.agent("printerless", printer=False).present("0077777777"))


@check("sessions: one that is not there, or another agent's, is refused with 304")
def foreign_session(site):
    agent, other = site.agent("copier"), site.agent("other")
    refused(prp.SESSION_EXPIRED, lambda: agent.release(2**62))
    site.print("ana", TEXT)
    session = agent.log_in(ANA)
    refused(prp.SESSION_EXPIRED, lambda: other.release(session[1]))
    grant, = agent.release(session[1])
    agent.settle(agent.progress(grant.release, 2, 1))


@check("sessions: none is left after its end")
def ended_session(site):
    agent = site.agent("copier")
    site.print("nora", TEXT)
    session = agent.log_in("0077777777")
    agent.ask(prp.SESSION_END, {1: session[1], 2: 1})
    refused(prp.SESSION_EXPIRED, lambda: agent.release(session[1]))


@check("releases: 300 jobs come in parts of at most 256, and the rest with the next read")
def many_jobs(site):
    site.add_user("max", "0088888888")
    for _ in range(300):
        site.print("max", TEXT)
    agent = site.agent("copier")
    session = agent.log_in("0088888888")
    equal(session[3], 300, "jobs held")
    first = agent.release(session[1])
    equal(len(first), 256, "grants")
    second = agent.release(agent.log_in("0088888888")[1])
    equal(len(first) + len(second), 300, "grants in all")
    site.many = [grant.release for grant in first + second]


@check("limits: 64 requests open at once are taken, the 65th ends the connection with 102")
def open_requests(site):
    agent = site.agent("copier")
    opens = [agent.open(release, window=0)[0] for release in site.many[:64]]
    equal(len(opens), 64, "open documents")
    agent.ping()
    ends(agent, prp.request(prp.DOCUMENT, agent.correlation(), {1: site.many[64], 2: 0, 3: 0}).bytes, prp.TOO_LARGE)


@check("correlations: one that is open already ends the connection with 105")
def reused(site):
    agent, grant = released(site, "correlations")
    correlation, _ = agent.open(grant.release, window=0)
    ends(agent, prp.request(prp.RELEASE, correlation, {1: 1}).bytes, (prp.UNEXPECTED, prp.BAD_FRAME))
    agent.connect()
    printed(agent, grant)


@check("documents: no byte beyond the credit, each byte of it")
def credit(site):
    data = os.urandom(100_000)
    agent, grant = released(site, "credit", data=data)
    correlation, size = agent.open(grant.release, window=1_000)
    equal(size, len(data), "size")

    def take():
        taken = b""
        while frame := agent.connection.receive(0.3):
            equal((frame.kind, frame.correlation), (prp.DATA, correlation), "frame")
            if frame.type == prp.DOCUMENT_END:
                return taken, True
            taken += frame.payload[8:]
        return taken, False

    equal(take(), (data[:1_000], False), "with the window")
    agent.credit(correlation, 1)
    equal(take(), (data[1_000:1_001], False), "with one byte more")
    agent.credit(correlation, 98_998)
    equal(take(), (data[1_001:99_999], False), "all but one")
    agent.credit(correlation, 1)
    equal(take(), (data[99_999:], True), "the last one, and the end without credit for it")
    printed(agent, grant)


@check("documents: credit of 2^32 - 1 many times ends nothing, or the connection with 102")
def much_credit(site):
    data = os.urandom(3_000_000)
    agent, grant = released(site, "credit", data=data)
    correlation, _ = agent.open(grant.release, window=2**32 - 1)
    try:
        for _ in range(100):
            agent.credit(correlation, 2**32 - 1)
        while agent.answer(correlation, prp.DATA).type != prp.DOCUMENT_END:
            pass
    except Refused as refusal:
        equal(refusal.code, prp.TOO_LARGE, "code")
        agent.connect()
    printed(agent, grant)


@check("documents: 20 MB come whole, data frames of at most 65,536 bytes, with the hash of the whole")
def large(site):
    data = os.urandom(20_000_000)
    agent, grant = released(site, "credit", data=data)
    document = agent.fetch(grant.release)
    expect(document.data == data, "another document")
    printed(agent, grant)


@check("documents: go on at an offset after a new connection, with the hash from offset 0")
def resume(site):
    data = os.urandom(1_000_000)
    agent, grant = released(site, "resumes", data=data)
    correlation, _ = agent.open(grant.release, window=400_000)
    known = b""
    while len(known) < 400_000:
        known += agent.answer(correlation, prp.DATA).payload[8:]
    agent.connect()
    document = agent.fetch(grant.release, len(known), known=known)
    equal(known + document.data == data, True, "whole")
    printed(agent, grant)
    equal(site.jobs(grant.user, "in-doubt"), [], "in doubt")


@check("documents: an offset at the end brings the end; one beyond is refused")
def offsets(site):
    agent, grant = released(site, "resumes")
    correlation, size = agent.open(grant.release, offset=len(TEXT))
    equal((size, agent.answer(correlation, prp.DATA).type), (len(TEXT), prp.DOCUMENT_END), "answer")
    try:
        agent.open(grant.release, offset=len(TEXT) + 1)
        raise prp.Fault("not refused")
    except Refused as refusal:
        expect(refusal.code in (prp.BAD_FRAME, prp.UNEXPECTED, prp.DOCUMENT_UNAVAILABLE), f"code {refusal.code}")
    if agent.connection:
        agent.disconnect()
    agent.connect()
    printed(agent, grant)


@check("documents: abandon is answered with abandon, and the correlation is free again")
def abandon(site):
    agent, grant = released(site, "abandons", data=os.urandom(500_000))
    correlation, _ = agent.open(grant.release, window=10_000)
    agent.connection.send(prp.message(prp.CREDIT, prp.DOCUMENT_END, correlation, {}))
    agent.await_frame(
        lambda frame: (frame.kind, frame.type, frame.correlation) == (prp.CREDIT, prp.DOCUMENT_END, correlation))
    agent.strays.clear()
    agent.ping()
    agent.fetch(grant.release)
    printed(agent, grant)


@check("documents: credit for one that is closed is passed over")
def late_credit(site):
    agent, grant = released(site, "abandons")
    agent.fetch(grant.release)
    agent.credit(agent.last_correlation, 1_000)
    agent.ping()
    printed(agent, grant)


@check("documents: a release that is not there is refused with 401, another agent's too")
def no_release(site):
    refused(prp.NO_SUCH_RELEASE, lambda: site.agent("copier").open(2**62))
    agent, grant = released(site, "abandons")
    refused(prp.NO_SUCH_RELEASE, lambda: site.agent("other").open(grant.release))
    agent.settle(agent.progress(grant.release, 2, 1))
    agent.unsettled.remove(grant.release)


@check("documents: a release that is settled is refused with 404")
def settled(site):
    agent, grant = released(site, "abandons")
    agent.fetch(grant.release)
    printed(agent, grant)
    refused(prp.ALREADY_RELEASED, lambda: agent.open(grant.release))


@check("documents: one that is gone from the disk is refused with 407, or fails with it")
def gone(site):
    agent, grant = released(site, "gone", data=os.urandom(200_000))
    for folder, _, files in os.walk(site.folder + "/state/spool"):
        for file in files:
            path = os.path.join(folder, file)
            if os.path.getsize(path) >= 200_000 and time.time() - os.path.getmtime(path) < 2:
                os.remove(path)
    refused(prp.DOCUMENT_UNAVAILABLE, lambda: agent.fetch(grant.release))
    agent.settle(agent.progress(grant.release, 2, 5))
    agent.unsettled.remove(grant.release)


OUTCOMES = [
    ("printed is charged", 0, 3, 1, "printed", 1),
    ("unconfirmed is in doubt, not charged", 1, None, 0, "in_doubt", 0),
    ("never started is held again, not charged", 2, 1, 0, "held", 0),
]


@cases("outcomes:", OUTCOMES)
def outcome(site, kind, detail, evidence, state, charges):
    agent, grant = released(site, "outcomes")
    before = site.counts()
    agent.fetch(grant.release)
    agent.settle(agent.progress(grant.release, kind, detail, evidence))
    agent.unsettled.remove(grant.release)
    after = site.counts()
    equal(after["ledgerEntries"] - before["ledgerEntries"], charges, "charges")
    equal(after["jobs"][state] - before["jobs"][state], 1, state)


@check("outcomes: paper of a release that was never opened is in doubt, not charged")
def never_opened(site):
    agent, grant = released(site, "outcomes")
    before = site.counts()["ledgerEntries"]
    agent.settle(agent.progress(grant.release, 0, 1, 1))
    agent.unsettled.remove(grant.release)
    equal((site.states(grant.user), site.counts()["ledgerEntries"]), (["in_doubt"], before), "states, ledger")
    # In doubt, only paper settles it.
    for outcome, detail, state in ((2, 1, "in_doubt"), (1, None, "in_doubt"), (0, 2, "printed"), (0, 2, "printed")):
        agent.settle(agent.progress(grant.release, outcome, detail))
        equal(site.states(grant.user), [state], f"states after outcome {outcome}")
    equal(site.counts()["ledgerEntries"], before + 1, "ledger")


@check("outcomes: a count of pages that nobody prints is in doubt")
def unbelievable(site):
    agent, grant = released(site, "outcomes")
    agent.fetch(grant.release)
    agent.settle(agent.progress(grant.release, 0, 1_000_001, 1))
    agent.unsettled.remove(grant.release)
    equal(site.states(grant.user), ["in_doubt"], "states")


@check("sessions: the end of one that is not there is answered")
def end_of_nothing(site):
    equal(site.agent("copier").ask(prp.SESSION_END, {1: 2**62, 2: 1})[1], {1: 2**62, 2: 1}, "answer")


@check("outcomes: a release begun and forgotten by a lost journal is in doubt, and not sent again")
def lost_journal(site):
    agent, grant = released(site, "loses")
    agent.open(grant.release, window=0)
    agent.stream, agent.next_sequence, agent.unsettled = os.urandom(16), 1, []
    agent.connect()
    refused(prp.IN_DOUBT, lambda: agent.open(grant.release))
    equal([job["state"] for job in site.jobs(grant.user)], ["in_doubt"], "jobs")


@check("outcomes: a release that an intact journal does not know is held again")
def not_begun(site):
    agent, grant = released(site, "holds")
    agent.unsettled = []
    agent.connect()
    equal([job["state"] for job in site.jobs(grant.user)], ["held"], "jobs")
    refused(prp.ALREADY_RELEASED, lambda: agent.open(grant.release))


@check("retry: every refusal with a time to wait says one, the others say none")
def retry_classes(site):
    agent = site.agent("copier")
    for code, work in (
        (prp.UNKNOWN_CREDENTIAL, lambda: agent.present("0999999999")),
        (prp.READ_EXPIRED, lambda: agent.present("0999999999", age=6_000)),
        (prp.SESSION_EXPIRED, lambda: agent.release(2**62)),
        (prp.NO_SUCH_RELEASE, lambda: agent.open(2**62)),
    ):
        equal(refused(code, work).retry_after, None, f"key 2 of {code}")
    equal(refused(prp.LOCKED, lambda: agent.present("0055555555")).retry_after is None, False, "key 2 of 303")
