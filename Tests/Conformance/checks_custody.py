# SPDX-License-Identifier: Apache-2.0
"""Jobs that are lent to an agent: offered, lent, wanted back, given back, lapsed; and people it learns."""

import os

import prp
from agent import Agent
from checks_dialogue import person
from holder import FETCHING, READY, Holder
from suite import Skipped, check, ends, equal, expect, refused

CAPABILITIES = ["dialogue", "offline"]
# Only what has its pages counted is lent.
TEXT = b"%!PS-Adobe-3.0\n%%Pages: 1\n%%EndComments\n%%Page: 1 1\nshowpage\n%%Trailer\n%%EOF\n"


def keeper(site, name="keeper"):
    """An agent that may hold jobs, and what it holds; what it held for an earlier check is given back."""
    agent = site.agent(name, capabilities=CAPABILITIES)
    if "offline" not in agent.agreed:
        raise Skipped("the server does not name the capability offline")
    holder = Holder(agent)
    holder.ask()
    holder.listing = {}
    holder.ask()
    holder.listing = {}
    return holder


def guest(site, holder, titles=("letter",), pin=None):
    """Somebody new who was last served here, and whose jobs came after that."""
    name, _, badge = person(site, pin=pin, jobs=0)
    session = holder.agent.log_in(badge, pin)[1]
    _, learned = holder.agent.ask(prp.LEARN, {1: session})
    holder.agent.ask(prp.SESSION_END, {1: session, 2: 1})
    titles = [f"{title} of {name}" for title in titles]
    for title in titles:
        site.print(name, TEXT, title)
    return name, badge, learned, titles


def wants(site, badge):
    """Somebody goes to another copier for the one job that this one was lent: the copier and the session there."""
    other = site.agent("elsewhere", capabilities=["dialogue"])
    session = other.log_in(badge)[1]
    equal((other.release(session), other.elsewhere), ([], 1), "released, held elsewhere")
    return other, session


def comes_out(other, session, offer):
    """What was lent comes out there, two pages with one in colour."""
    grant, = other.release(session)
    equal(grant.job, offer.job, "job")
    other.settle(other.progress(grant.release, 2, 1))


@check("custody: the policy is the first frame after WELCOME", at="lending")
def policy(site):
    agent = site.agent("keeper", capabilities=CAPABILITIES)
    agent.connect()
    frame = agent.connection.receive()
    equal((frame.kind, frame.type, frame.correlation), (prp.COMMAND, prp.CACHE_POLICY, 0), "frame")
    equal((frame.fields[1], frame.fields[2]), (2, 20), "mode and pages")
    expect(frame.fields[3] >= 1 and frame.fields[4] >= 1, "a lease and a time that are no times")


@check("custody: with deny the policy says so and nothing is lent")
def denied(site):
    agent = site.agent("keeper", capabilities=CAPABILITIES)
    agent.connect()
    frame = agent.connection.receive()
    equal((frame.type, frame.fields[1]), (prp.CACHE_POLICY, 0), "type and mode")
    _, answer = agent.ask(prp.CUSTODY, {1: [], 2: Holder.ROOM, 3: 0})
    equal((answer[1], answer[3]), ([], []), "fences and offers")


@check("custody: a job is offered, fetched, lent and comes out at its holder; elsewhere it is left out", at="lending")
def lent(site):
    holder = keeper(site)
    name, badge, learned, titles = guest(site, holder)
    equal((learned[2], learned[3]), (name, 0), "name, and that the badge is enough")
    offer = holder.offered(titles[0])
    equal((offer.user, offer.name, offer.title, offer.size), (learned[1], name, titles[0], len(TEXT)), "offer")
    equal(holder.printer[0][2], "at-keeper", "printer")
    equal(holder.fetch(offer), TEXT, "document")
    equal(holder.lent, set(), "lent before it was listed as ready")
    holder.ask()
    equal(holder.lent, {offer.fence}, "lent")
    expect(holder.lease > 60_000, f"a lease of {holder.lease} ms")
    other, session = wants(site, badge)
    equal([job.state for job in other.list(session)], [1], "state in the list")
    other.ask(prp.SESSION_END, {1: session, 2: 1})
    # One that cannot say how many are left out says 403; without any capability that is 401.
    for agent, code in ((site.agent("elsewhere-too", capabilities=["readers"]), prp.CUSTODY_ELSEWHERE),
                        (site.agent("elsewhere-first"), prp.NO_SUCH_RELEASE)):
        session = agent.log_in(badge)[1]
        refused(code, lambda agent=agent, session=session: agent.release(session))
        agent.ask(prp.SESSION_END, {1: session, 2: 1})
    grant, = holder.agent.release(holder.agent.log_in(badge)[1])
    equal((grant.job, holder.agent.fetch(grant.release).data), (offer.job, TEXT), "release at its holder")
    holder.give_up(offer)
    holder.ask()
    holder.agent.settle(holder.agent.progress(grant.release, 0, 1, 1))
    equal(site.states(name), ["printed"], "states")


@check("custody: what is listed as fetching is not lent by the answer", at="lending")
def fetching(site):
    holder = keeper(site)
    name, badge, _, titles = guest(site, holder)
    offer = holder.offered(titles[0])
    holder.ask()
    equal((holder.listing[offer.fence], holder.lent), (FETCHING, set()), "listing, lent")
    # So it comes out elsewhere, and the offer ends.
    other = site.agent("elsewhere", capabilities=["dialogue"])
    grant, = other.release(other.log_in(badge)[1])
    holder.listing[offer.fence] = READY
    holder.ask()
    expect(offer.fence not in holder.listing, "it is lent in two places")
    other.settle(other.progress(grant.release, 2, 1))


@check("custody: a job that somebody wants elsewhere is asked for, and comes out there once it was given back",
       at="lending")
def wanted(site):
    holder = keeper(site)
    name, badge, _, titles = guest(site, holder)
    offer = holder.borrow(titles[0])
    holder.agent.strays.clear()
    other, session = wants(site, badge)
    equal(holder.agent.command(prp.CUSTODY_ASK_NOW).fields, {}, "CUSTODY_ASK_NOW")
    holder.ask()
    expect(offer.fence not in holder.listing, "the holder goes on with it")
    # It gives the job up durably, then lists it no more.
    holder.ask()
    comes_out(other, session, offer)


@check("custody: a new custody of the same job has a higher fence; the old one is worth nothing", at="lending")
def fences(site):
    holder = keeper(site)
    name, _, _, titles = guest(site, holder)
    first = holder.borrow(titles[0])
    holder.give_up(first)
    holder.ask()
    equal(site.states(name), ["held"], "states")
    second = holder.offered(titles[0])
    expect(second.fence > first.fence and second.job == first.job, f"fence {second.fence} after {first.fence}")
    refused(prp.NO_SUCH_RELEASE, lambda: holder.agent.open(first.fence, type=prp.CUSTODY_OPEN))
    # A copy of the past lists it: it is left out of the answer.
    holder.listing[first.fence] = READY
    holder.ask()
    equal({first.fence, second.fence} & set(holder.listing), {second.fence}, "what goes on")


@check("custody: fences that are not there, or another agent's, are left out, and not opened", at="lending")
def foreign(site):
    holder, other = keeper(site), keeper(site, "keeper-too")
    _, _, _, titles = guest(site, holder)
    offer = holder.borrow(titles[0])
    other.listing = {offer.fence: READY, 2**62: READY}
    other.ask()
    equal({offer.fence, 2**62} & set(other.listing), set(), "what the other goes on with")
    for fence in (offer.fence, 2**62):
        refused(prp.NO_SUCH_RELEASE, lambda fence=fence: other.agent.open(fence, type=prp.CUSTODY_OPEN))
    holder.ask()
    equal(holder.lent, {offer.fence}, "what the holder goes on with")


@check("custody: its document is fetched from an offset on, by credit, and as often as wanted", at="lending")
def document(site):
    holder = keeper(site)
    name, _, _, _ = guest(site, holder, titles=())
    data = TEXT.replace(b"showpage", b"showpage\n%" + os.urandom(150_000).hex().encode())
    site.print(name, data, f"long {name}")
    offer = holder.offered(f"long {name}")
    equal(holder.fetch(offer), data, "document")
    rest = holder.agent.fetch(offer.fence, 100_000, known=data[:100_000], type=prp.CUSTODY_OPEN)
    equal(rest.data, data[100_000:], "rest")
    refused(prp.DOCUMENT_UNAVAILABLE, lambda: holder.agent.open(offer.fence, len(data) + 1, type=prp.CUSTODY_OPEN))
    holder.ask()
    equal(holder.lent, {offer.fence}, "lent")


@check("custody: a lent job that an administrator cancels is asked for and goes", at="lending")
def canceled(site):
    holder = keeper(site)
    name, _, _, titles = guest(site, holder)
    offer = holder.borrow(titles[0])
    holder.agent.strays.clear()
    site.admin("jobs", "cancel", str(offer.job))
    holder.agent.command(prp.CUSTODY_ASK_NOW)
    holder.ask()
    expect(offer.fence not in holder.listing, "the holder goes on with it")
    equal(site.states(name), ["held"], "states before the holder has given it up")
    holder.ask()
    equal(site.states(name), ["canceled"], "states")


@check("custody: of the people whose badge is not enough nothing is lent, and LEARN says so", at="lending")
def second_factor(site):
    holder = keeper(site)
    _, _, learned, _ = guest(site, holder, pin="2580")
    equal(learned[3], 1, "key 3")
    _, _, _, titles = guest(site, holder)
    # That of somebody who came later is offered, so theirs would have been.
    holder.offered(titles[0])
    expect(all(offer.user != learned[1] for offer in holder.offers.values()), "it is offered")


@check("custody: LEARN of another agent's session is refused with 304, of its own answered after its end too",
       at="lending")
def learn(site):
    holder, other = keeper(site), keeper(site, "keeper-too")
    name, _, badge = person(site)
    session = holder.agent.log_in(badge)[1]
    refused(prp.SESSION_EXPIRED, lambda: other.agent.ask(prp.LEARN, {1: session}))
    refused(prp.SESSION_EXPIRED, lambda: holder.agent.ask(prp.LEARN, {1: 2**62}))
    holder.agent.ask(prp.SESSION_END, {1: session, 2: 1})
    equal(holder.agent.ask(prp.LEARN, {1: session})[1][2], name, "name")


@check("custody: who was locked or lost a badge is to be forgotten, until the agent says that it has", at="lending")
def forgotten(site):
    holder = keeper(site)
    followed = holder.followed
    names = [guest(site, holder, titles=()) for _ in range(3)]
    site.admin("user", "lock", names[0][0])
    site.admin("user", "delete", names[1][0])
    badge, = site.admin("user", "show", names[2][0])["user"]["badges"]
    site.admin("badge", "revoke", str(badge["id"]))
    users = {learned[1] for _, _, learned, _ in names}
    holder.agent.command(prp.CUSTODY_ASK_NOW)
    holder.ask()
    expect(users <= set(holder.forgotten), f"{holder.forgotten} instead of {users}")
    # A crash before that was durable: the same again.
    holder.forgotten, last, holder.followed = [], holder.followed, followed
    holder.ask()
    expect(users <= set(holder.forgotten), f"{holder.forgotten} instead of {users} when asked again")
    holder.forgotten, holder.followed = [], last
    holder.ask()
    equal(holder.forgotten, [], "after it was followed")


@check("custody: without the capability it is refused with 105; an event of it is acknowledged and nothing else",
       at="lending")
def not_agreed(site):
    agent = site.agent("plain", capabilities=["dialogue"])
    for type, fields in (
            (prp.CUSTODY, {1: [], 2: 0, 3: 0}), (prp.LEARN, {1: 1}), (prp.CUSTODY_OPEN, {1: 1, 2: 0, 3: 0})):
        refused(prp.UNEXPECTED, lambda type=type, fields=fields: agent.ask(type, fields))
    before = site.counts()
    agent.settle(agent.report(prp.ACCOUNT, {1: bytes(16), 2: 1, 3: 1, 4: 1, 5: 0, 6: 1, 7: 1, 8: 0}))
    equal(site.counts(), before, "the store")


@check("custody: 257 entries end the connection with 102, a listing of 3 with 101", at="lending")
def limits(site):
    agent = site.agent("keeper", capabilities=CAPABILITIES)
    ends(agent, prp.request(prp.CUSTODY, 1, {1: [{1: n, 2: 0} for n in range(257)], 2: 0, 3: 0}).bytes, prp.TOO_LARGE)
    agent.connect()
    ends(agent, prp.request(prp.CUSTODY, 1, {1: [{1: 1, 2: 3}], 2: 0, 3: 0}).bytes, prp.BAD_FRAME)
    agent.connect()
    _, answer = agent.ask(prp.CUSTODY, {1: [{1: 2**62 + n, 2: 0} for n in range(256)], 2: 0, 3: 0})
    equal((answer[1], answer[3]), ([], []), "answer to 256 of nobody's, without room")
