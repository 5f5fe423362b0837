# SPDX-License-Identifier: Apache-2.0
"""Capabilities; and the dialogue at a reader, where the server has it: log-in, list, choice, PINs, unknown badges."""

import os

import prp
from checks_people import TEXT
from connection import Connection
from suite import Skipped, cases, check, equal, expect, last_words, refused

HELLO = {1: "conformance", 2: bytes(range(16)), 3: 1, 4: []}


def able(site):
    """An agent that can hold a dialogue with this server."""
    agent = site.agent("able", capabilities=["dialogue", "zebra"])
    if "dialogue" not in agent.agreed:
        raise Skipped("the server does not name the capability dialogue")
    return agent


def person(site, pin=None, jobs=1):
    """Somebody new: name, number, badge."""
    site.people = getattr(site, "people", 0) + 1
    name, number, badge = f"person-{site.people}", f"{70_000 + site.people}", f"{1_500_000_000 + site.people}"
    site.admin("user", "add", name, "--department", "Arts", "--number", number)
    site.admin("badge", "add", name, badge)
    if pin:
        site.admin("pin", "set", name, typed=pin + "\n")
    for count in range(jobs):
        site.print(name, TEXT, f"letter {count + 1}")
    return name, number, badge


@check("capabilities: names that nobody knows are passed over, and WELCOME names them in order")
def unknown_names(site):
    agent = site.agent("able", capabilities=["dialogue", "zebra"])
    named = agent.welcome.get(5, [])
    equal(named, sorted(set(named)), "names")
    expect(len(named) <= 16 and all(len(name.encode()) <= 32 for name in named), "too many, or too long")


LISTS = [
    ("17 of them", [f"c{number:02}" for number in range(17)], (prp.TOO_LARGE, prp.BAD_FRAME)),
    ("one of 33 bytes", ["x" * 33], (prp.TOO_LARGE, prp.BAD_FRAME)),
    ("out of order", ["b", "a"], prp.BAD_FRAME),
    ("one twice", ["a", "a"], prp.BAD_FRAME),
    ("null", None, prp.BAD_FRAME),
]


@cases("capabilities: broken:", LISTS)
def broken_list(site, names, codes):
    with Connection(site.release_port, site.agent("opener").context) as connection:
        connection.send(prp.request(prp.HELLO, 0, HELLO | {5: names}))
        last_words(connection, codes)


@check("capabilities: what was not agreed on is refused with 105, and the connection goes on")
def not_agreed(site):
    agent = site.agent("copier")
    for type, fields in (
            (prp.JOB_LIST, {1: 1, 2: None}), (prp.HOLD, {1: 1, 2: []}), (prp.CHANGE_PIN, {1: 1}),
            (prp.LOGIN, {1: "front", 2: bytes(16), 3: 0, 4: "1", 5: 1, 6: b"1", 7: None}),
            (prp.DELETE, {1: 1, 2: []}), (prp.ACCOUNTS, {1: 1, 2: ""}), (prp.READER_STATUS, {1: []}),
            (prp.REPORT_QUERY, {1: "users", 2: "", 3: 0}), (prp.ROTATE_KEY, {1: bytes(32), 2: b"", 3: b""})):
        refused(prp.UNEXPECTED, lambda type=type, fields=fields: agent.ask(type, fields))
    agent.ping()


@check("dialogue: number and PIN open a session with all of its keys")
def by_number(site):
    agent = able(site)
    name, number, _ = person(site, pin="2580")
    type, session = agent.type_in(number, "2580")
    equal((type, session[2], session[3]), (prp.SESSION, name, 1), "answer")
    equal(sorted(session), list(range(1, 9)), "keys")


@check("dialogue: a wrong PIN and a number of nobody are refused alike, with 302")
def wrong_log_in(site):
    agent = able(site)
    _, number, _ = person(site, pin="2580")
    refused(prp.WRONG_PIN, lambda: agent.type_in(number, "0000"))
    refused(prp.WRONG_PIN, lambda: agent.type_in("9999999", "0000"))


@check("dialogue: a person without documents gets a session")
def nothing_held(site):
    agent = able(site)
    _, _, badge = person(site, jobs=0)
    equal(agent.log_in(badge)[3], 0, "jobs held")


@check("dialogue: 35 jobs are listed in pages, oldest first")
def pages(site):
    agent = able(site)
    _, _, badge = person(site, jobs=35)
    session = agent.log_in(badge)[1]
    _, first = agent.ask(prp.JOB_LIST, {1: session, 2: None})
    expect(len(first[1]) <= 32 and first[2] is not None, "the first page is the only one")
    jobs = agent.list(session)
    equal([job.title for job in jobs], [f"letter {number}" for number in range(1, 36)], "titles")
    expect(all(job.state == 1 and job.copies == 1 and job.size == len(TEXT) for job in jobs), f"{jobs}")


@check("dialogue: the jobs that were chosen are released as was chosen, the others stay")
def choice(site):
    agent = able(site)
    name, _, badge = person(site, jobs=3)
    session = agent.log_in(badge)[1]
    jobs = agent.list(session)
    chosen = [jobs[0].job, jobs[2].job]
    grants = agent.release(session, jobs=chosen, mono=True, sides=2)
    equal([(grant.job, grant.mono, grant.sides) for grant in grants], [(job, True, 2) for job in chosen], "grants")
    equal(agent.elsewhere, 0, "jobs elsewhere")
    equal([job["id"] for job in site.jobs(name, "held")], [jobs[1].job], "held")
    states = {job.job: job.state for job in agent.list(session)}
    equal([states.get(job.job) for job in jobs], [3, 1, 3], "states")
    for grant in grants:
        agent.settle(agent.progress(grant.release, 2, 1))


@check("dialogue: jobs are held on and deleted, other people's are not")
def hold_and_delete(site):
    agent = able(site)
    name, _, badge = person(site, jobs=2)
    _, _, other = person(site, jobs=1)
    foreign = agent.list(agent.log_in(other)[1])[0].job
    session = agent.log_in(badge)[1]
    first, second = (job.job for job in agent.list(session))
    equal(agent.change(prp.HOLD, session, [first, second, foreign]), 2, "held on")
    equal(agent.change(prp.DELETE, session, [first, foreign]), 1, "deleted")
    equal([job["id"] for job in site.jobs(name, "held")], [second], "held")
    equal(agent.release(agent.log_in(other)[1])[0].job, foreign, "the other's job")


@check("dialogue: a second badge at the reader ends the first one's session")
def second_badge(site):
    agent = able(site)
    _, _, first = person(site)
    _, _, second = person(site)
    session = agent.log_in(first)[1]
    agent.log_in(second)
    refused(prp.SESSION_EXPIRED, lambda: agent.list(session))


@check("dialogue: the owner changes the PIN, typed twice")
def change_pin(site):
    agent = able(site)
    _, number, badge = person(site, pin="2580")
    session = agent.log_in(badge, "2580")
    if not session[8]:
        raise Skipped("the server's policy forbids it")
    type, challenge = agent.ask(prp.CHANGE_PIN, {1: session[1]})
    if challenge[2] == 1:
        type, challenge = agent.reply(challenge, "2580")
    for expected in (2, 3):
        equal((type, challenge[2]), (prp.CHALLENGE, expected), "question")
        type, challenge = agent.reply(challenge, "864209")
    equal((type, challenge[1]), (prp.SESSION, session[1]), "answer")
    refused(prp.WRONG_PIN, lambda: agent.type_in(number, "2580"))
    equal(agent.type_in(number, "864209")[0], prp.SESSION, "answer")


@check("dialogue: an unknown badge becomes a person's by an activation code and two equal reads")
def activation(site):
    agent = able(site)
    name, _, _ = person(site)
    badge = f"{1_600_000_000 + site.people}"
    type, challenge = agent.present(badge)
    equal((type, challenge[2]), (prp.CHALLENGE, 4), "question")
    code = site.admin("user", "activation-code", name)["code"]
    type, challenge = agent.reply(challenge, code)
    equal((type, challenge[2]), (prp.CHALLENGE, 5), "question")
    type, session = agent.present(badge, key=os.urandom(16))
    equal((type, session[2]), (prp.SESSION, name), "answer")
    equal(agent.log_in(badge)[2], name, "the next day")


@check("dialogue: a wrong activation code is refused with 311, a spent one too")
def wrong_code(site):
    agent = able(site)
    name, _, _ = person(site)
    first, second = (f"{number + site.people}" for number in (1_610_000_000, 1_620_000_000))
    _, challenge = agent.present(first)
    refused(prp.ACTIVATION_CODE, lambda: agent.reply(challenge, "00000000"))
    # A refusal ends the prompt.
    refused(prp.SESSION_EXPIRED, lambda: agent.reply(challenge, "00000000"))
    code = site.admin("user", "activation-code", name)["code"]
    _, challenge = agent.present(first)
    agent.reply(challenge, code)
    equal(agent.present(first)[0], prp.SESSION, "answer")
    _, challenge = agent.present(second)
    refused(prp.ACTIVATION_CODE, lambda: agent.reply(challenge, code))


@check("dialogue: an unknown badge becomes a person's by a log-in and two equal reads; others do not end it")
def registration(site):
    agent = able(site)
    name, number, _ = person(site, pin="2580")
    _, _, other = person(site)
    badge = f"{1_630_000_000 + site.people}"
    _, challenge = agent.present(badge)
    type, again = agent.type_in(number, "2580", prompt=challenge[1])
    equal((type, again[2]), (prp.CHALLENGE, 5), "question")
    refused(prp.DIFFERENT_BADGE, lambda: agent.present(f"{1_640_000_000 + site.people}"))
    _, challenge = agent.present(badge)
    agent.type_in(number, "2580", prompt=challenge[1])
    # Somebody else's badge is somebody else.
    equal(agent.log_in(other)[2] == name, False, "whose session it is")
    _, challenge = agent.present(badge)
    agent.type_in(number, "2580", prompt=challenge[1])
    type, session = agent.present(badge)
    equal((type, session[2]), (prp.SESSION, name), "answer")
    for result in (15, 3, 16, 15):
        agent.settle(agent.outcome(os.urandom(16), result))


@check("dialogue: a log-in that names a prompt which is not there, or another agent's, is refused with 304")
def foreign_prompt(site):
    agent, other = able(site), site.agent("able-too", capabilities=["dialogue"])
    _, number, _ = person(site, pin="2580")
    refused(prp.SESSION_EXPIRED, lambda: agent.type_in(number, "2580", prompt=2**31))
    _, challenge = agent.present(f"{1_650_000_000 + site.people}")
    refused(prp.SESSION_EXPIRED, lambda: other.type_in(number, "2580", prompt=challenge[1]))


@check("dialogue: the same log-in twice opens one session only")
def log_in_twice(site):
    agent = able(site)
    _, number, _ = person(site, pin="2580")
    key = os.urandom(16)
    first = agent.type_in(number, "2580", key=key)[1][1]
    equal(agent.type_in(number, "2580", key=key)[1][1], first, "session")
    refused(prp.READ_EXPIRED, lambda: agent.ask(prp.LOGIN, {
        1: "front", 2: os.urandom(16), 3: 5_001, 4: number, 5: 1, 6: b"2580", 7: None}))
