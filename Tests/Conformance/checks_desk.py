# SPDX-License-Identifier: Apache-2.0
"""At a reader with keys: who pays, who guesses, who forgets to log out."""

import os
import time

import prp
from agent import Refused
from checks_dialogue import able, person
from suite import check, equal, expect, refused


def desk(site, name="desk", **options):
    return site.agent(name, capabilities=["dialogue"], **options)


def codes(agent, session, beginning=""):
    _, page = agent.ask(prp.ACCOUNTS, {1: session, 2: beginning})
    return [(entry[2], entry[3]) for entry in page[1]], page[2], {entry[2]: entry[1] for entry in page[1]}


@check("billing codes: are listed by what they begin with, 64 at once, in the order of their bytes", at="lending")
def listed_codes(site):
    for number in range(66):
        site.admin("code", "add", f"Q{number:02}", "--name", f"matter {number}")
    site.admin("code", "add", "a-1", "--name", "ärger")
    agent = desk(site)
    _, _, badge = person(site)
    session = agent.log_in(badge)
    equal(session[7], 1, "billing code: may be chosen")
    found, has_more, _ = codes(agent, session[1])
    equal((len(found), has_more), (64, True), "all")
    equal([code for code, _ in found], [f"Q{number:02}" for number in range(64)], "order")
    found, has_more, _ = codes(agent, session[1], "Q1")
    equal(([code for code, _ in found], has_more), ([f"Q1{digit}" for digit in range(10)], False), "those of Q1")
    equal(codes(agent, session[1], "a")[0], [("a-1", "ärger")], "those of a")
    equal(codes(agent, session[1], "q")[:2], ([], False), "those of q")


@check("billing codes: what is chosen is charged to it; one that is not there is refused with 409", at="lending")
def chosen_code(site):
    site.admin("code", "add", "P-17", "--name", "bridge")
    agent = desk(site)
    name, _, badge = person(site, jobs=2)
    session = agent.log_in(badge)[1]
    refused(prp.NO_SUCH_ACCOUNT, lambda: agent.release(session, account=2**62))
    _, _, ids = codes(agent, session, "P-17")
    for grant in agent.release(session, account=ids["P-17"]):
        agent.fetch(grant.release)
        agent.settle(agent.progress(grant.release, 0, 3, 1))
    row, = [row for row in site.admin("report", "accounts", "--summary")["rows"] if "P-17" in row.values()]
    expect(6 in row.values(), f"no 6 pages in {row}")
    equal(len(site.jobs(name, "printed")), 2, "printed")


@check("billing codes: where one must be chosen, a release without is refused with 410", at="strict")
def needed_code(site):
    site.admin("code", "add", "P-18")
    agent = desk(site)
    name, _, badge = person(site)
    session = agent.log_in(badge)
    equal(session[7], 2, "billing code: must be chosen")
    refused(prp.ACCOUNT_REQUIRED, lambda: agent.release(session[1]))
    equal(len(site.jobs(name, "held")), 1, "held")
    grant, = agent.release(session[1], account=codes(agent, session[1])[2]["P-18"])
    agent.settle(agent.progress(grant.release, 2, 1))


@check("releases: of jobs that were chosen and are not there any more is refused with 408; of none at all with 308")
def not_held(site):
    agent = able(site)
    name, _, badge = person(site, jobs=1)
    session = agent.log_in(badge)[1]
    job = agent.list(session)[0].job
    site.admin("jobs", "cancel", str(job))
    refused(prp.NOT_HELD, lambda: agent.release(session, jobs=[job]))
    refused(prp.NOT_HELD, lambda: agent.release(session, jobs=[2**62]))
    refused(prp.NO_JOBS, lambda: agent.release(session))


@check("log-out: SESSION tells after how long, and nothing is left of a session that ended so", at="lending")
def idle(site):
    agent = desk(site)
    _, _, badge = person(site)
    session = agent.log_in(badge)
    equal(session[5], 10_000, "key 5")
    equal(agent.ask(prp.SESSION_END, {1: session[1], 2: 2}), (prp.SESSION_END, {1: session[1], 2: 2}), "answer")
    for type, fields in ((prp.JOB_LIST, {1: session[1], 2: None}), (prp.HOLD, {1: session[1], 2: []}),
                         (prp.DELETE, {1: session[1], 2: []}), (prp.ACCOUNTS, {1: session[1], 2: ""}),
                         (prp.CHANGE_PIN, {1: session[1]})):
        refused(prp.SESSION_EXPIRED, lambda type=type, fields=fields: agent.ask(type, fields))
    refused(prp.SESSION_EXPIRED, lambda: agent.release(session[1]))


@check("log-out: a session of another reader stays when a badge is held to this one")
def other_reader(site):
    agent = able(site)
    _, _, first = person(site)
    _, _, second = person(site)
    session = agent.present(first, reader="left")[1][1]
    agent.present(second, reader="right")
    equal(len(agent.list(session)), 1, "jobs")


def guess(agent, number, secret, kind=1, reader="front"):
    """The bytes of the answer, and how long it took."""
    begun = time.monotonic()
    try:
        type, fields = agent.type_in(number, secret, kind, reader=reader)
        raise prp.Fault(f"type {type} instead of a refusal")
    except Refused as refusal:
        return (refusal.code, refusal.retry_after), time.monotonic() - begun


def as_late(times):
    """The shortest of each: a hash that is left out takes a hundredth, other programs on the machine less than half."""
    shortest = [min(seconds) for seconds in times.values()]
    expect(max(shortest) < 2 * min(shortest), f"told apart by time: {times}")


@check("guessing: a wrong PIN, a number of nobody and a person without PIN have the same answer, as late")
def alike(site):
    _, with_pin, _ = person(site, pin="2580", jobs=0)
    _, without, _ = person(site, jobs=0)
    times = {number: [] for number in (with_pin, without, "6543210")}
    answers = {number: [] for number in times}
    for turn in range(7):
        # Each turn at an agent of its own: there are other limits at one reader and at one agent.
        agent = site.agent(f"guessing-{turn}", capabilities=["dialogue"])
        for number in times:
            (code, wait), seconds = guess(agent, number, f"135{turn}")
            answers[number].append(code)
            # One minute, less what this check took.
            expect((wait is None) == (code == prp.WRONG_PIN) and (wait or 60_000) > 30_000, f"a wait of {wait} ms")
            if code == prp.WRONG_PIN:
                times[number].append(seconds)
    equal(answers["6543210"], answers[with_pin], "answers to nobody's number")
    equal(answers[without], answers[with_pin], "answers to somebody without PIN")
    equal(answers[with_pin], [prp.WRONG_PIN] * 4 + [prp.LOCKED] * 3, "codes")
    as_late(times)


@check("guessing: names with a password are told apart as little")
def passwords(site):
    name, _, _ = person(site, jobs=0)
    site.admin("user", "password", name, typed="correct horse\n")
    agent = site.agent("guessing-words", capabilities=["dialogue"])
    times = {}
    for user in (name, "nobody-at-all"):
        answers = [guess(agent, user, f"wrong horse {turn}", kind=2) for turn in range(3)]
        equal({answer for answer, _ in answers}, {(prp.WRONG_PIN, None)}, f"answers to {user}")
        times[user] = [seconds for _, seconds in answers]
    as_late(times)
    equal(agent.type_in(name, "correct horse", 2)[0], prp.SESSION, "answer to the right one")


@check("guessing: many numbers at one reader lock the reader with 303, for people too, and a restart does not help")
def reader_locked(site):
    agent = site.agent("guessing-many", capabilities=["dialogue"])
    _, number, badge = person(site, pin="2580")
    answers = []
    while not answers or (answers[-1][0] == prp.WRONG_PIN and len(answers) < 30):
        answers.append(guess(agent, f"88{len(answers):04}", "0000")[0])
    equal(answers[-1][0], prp.LOCKED, f"the answer after {len(answers)} numbers")
    expect(answers[-1][1] is not None and len(answers) > 5, f"{answers}")
    refused(prp.LOCKED, lambda: agent.type_in(number, "2580"))
    site.kill()
    site.start()
    for other in site.agents.values():
        other.disconnect()
    agent.connect()
    refused(prp.LOCKED, lambda: agent.type_in(number, "2580"))
    # Nobody is locked out at another box.
    equal(able(site).type_in(number, "2580")[0], prp.SESSION, "answer at another agent")


@check("PINs: one that is easy to guess is refused with 310, one that is repeated otherwise too")
def weak(site):
    agent = able(site)
    _, _, badge = person(site, pin="2580")
    for first, second in (("1111", None), ("1234", None), ("12", None), ("abcd", None), ("864209", "864208")):
        session = agent.log_in(badge, "2580")
        type, challenge = agent.ask(prp.CHANGE_PIN, {1: session[1]})
        if challenge[2] == 1:
            type, challenge = agent.reply(challenge, "2580")

        def answer(challenge=challenge, first=first, second=second):
            type, challenge = agent.reply(challenge, first)
            return agent.reply(challenge, second) if second else (type, challenge)

        refused(prp.PIN_NOT_ACCEPTABLE, answer)
    equal(agent.log_in(badge, "2580")[3], 1, "jobs held; the PIN is the old one")


def typed(agent, number):
    """The number on a badge, typed."""
    fields = {1: "front", 2: 6, 3: None, 4: number.encode(), 5: os.urandom(16), 6: 0}
    return agent.ask(prp.CREDENTIAL, fields)


@check("PINs: who must have one and has none chooses it at first, twice, and is asked for it from then on",
       at="careful")
def first_pin(site):
    agent = desk(site)
    _, _, badge = person(site)
    type, challenge = agent.present(badge)
    for expected in (2, 3):
        equal((type, challenge[2]), (prp.CHALLENGE, expected), "question")
        type, challenge = agent.reply(challenge, "864209")
    equal(type, prp.SESSION, "answer")
    type, challenge = agent.present(badge)
    equal((type, challenge[2]), (prp.CHALLENGE, 1), "question from then on")
    equal(agent.reply(challenge, "864209")[0], prp.SESSION, "answer")


@check("PINs: a number that was typed is asked for one, whoever's it is; a badge that was held is not", at="strict")
def when_typed(site):
    agent = desk(site)
    _, _, badge = person(site, pin="2580")
    _, _, other = person(site)
    equal(agent.present(badge)[0], prp.SESSION, "answer to the badge that was held")
    type, challenge = typed(agent, badge)
    equal((type, challenge[2]), (prp.CHALLENGE, 1), "question to the number that was typed")
    equal(agent.reply(challenge, "2580")[0], prp.SESSION, "answer")
    asked = {}
    for number in (badge, other, "1999999999"):
        _, challenge = typed(agent, number)
        asked[number] = (challenge[2], challenge[3], refused(
            prp.WRONG_PIN, lambda challenge=challenge: agent.reply(challenge, "1357")).retry_after)
    equal(len(set(asked.values())), 1, f"answers: {asked}")
