# SPDX-License-Identifier: Apache-2.0
"""Releases while the server is away: each is charged once, whatever became of the link, the agent or the fence."""

import os

import prp
from checks_custody import comes_out, guest, keeper, wants
from holder import READY, USED
from suite import check, equal, expect


def ledger(site):
    return site.counts()["ledgerEntries"]


def charged(site, name):
    """Pages and charges of that person."""
    rows = [row for row in site.admin("report", "history")["rows"] if row["user"] == name]
    return len(rows), sum(row["monoPages"] + row["colorPages"] + row["unknownPages"] for row in rows)


@check("offline: what came out while the link was away is charged once the agent is back", at="lending")
def away(site):
    holder = keeper(site)
    name, _, _, titles = guest(site, holder, titles=("one", "two", "three"))
    offers = [holder.borrow(title) for title in titles]
    agent = holder.agent
    agent.disconnect()
    sequences = []
    for offer, (outcome, detail, evidence) in zip(offers, ((0, 2, 1), (1, None, 0), (2, 1, 0))):
        sequences.append(holder.use(offer, outcome, detail, evidence))
    equal(site.states(name), ["held"] * 3, "states while it is away")
    agent.connect()
    for offer, sequence in zip(offers, sequences):
        holder.settle(offer, sequence)
    holder.ask()
    equal(site.states(name), ["printed", "in_doubt", "held"], "states")
    equal(charged(site, name), (1, 2), "charges and pages")


@check("offline: an ACCOUNT that is sent again after a connection's end, or by another event, is charged once",
       at="lending")
def again(site):
    holder = keeper(site)
    name, _, _, titles = guest(site, holder)
    offer = holder.borrow(titles[0])
    agent = holder.agent
    sequence = holder.use(offer)
    frame = agent.unacknowledged[sequence]
    agent.disconnect()
    agent.connect()
    holder.settle(offer, sequence)
    site.kill()
    site.start()
    for other in site.agents.values():
        other.disconnect()
    agent.connect()
    expect(agent.welcome[3] >= sequence, "what was acknowledged is lost")
    equal(charged(site, name), (1, 1), "charges and pages")
    # The same release in an event of its own.
    again = agent.report(prp.ACCOUNT, {key: value for key, value in frame.fields.items() if key})
    agent.settle(again)
    equal(charged(site, name), (1, 1), "charges and pages after the same key in a new event")


def logged_as_foreign(site, name="keeper"):
    """One line a minute of each agent."""
    lines = [line["subject"] for line in site.admin("audit")["entries"] if line["action"] == "foreign-offline-charge"]
    expect(any(f" at {site.names.get(name, name)}:" in line for line in lines), f"not in {lines}")


@check("offline: the same custody under another key is not charged again, and is in the security log", at="lending")
def another_key(site):
    holder = keeper(site)
    name, _, _, titles = guest(site, holder)
    offer = holder.borrow(titles[0])
    for _ in range(2):
        holder.settle(offer, holder.use(offer))
    equal(charged(site, name), (1, 1), "charges and pages")
    logged_as_foreign(site)


@check("offline: events come in the order of the stream, whatever the order of the fences", at="lending")
def order(site):
    holder = keeper(site)
    name, _, _, titles = guest(site, holder, titles=("one", "two", "three"))
    offers = [holder.borrow(title) for title in titles]
    holder.agent.disconnect()
    used = [(offer, holder.use(offer)) for offer in reversed(offers)]
    holder.agent.connect()
    # What it says of custodies may come before their events: they stay used until those are committed.
    holder.ask()
    for offer, sequence in used:
        holder.settle(offer, sequence)
    holder.ask()
    equal(({offer.fence for offer in offers} & set(holder.listing), site.states(name)), (set(), ["printed"] * 3),
          "listing, states")
    equal(charged(site, name), (3, 3), "charges and pages")


@check("offline: a job that is used stays with its holder while it is listed", at="lending")
def used(site):
    holder = keeper(site)
    name, badge, _, titles = guest(site, holder)
    offer = holder.borrow(titles[0])
    holder.listing[offer.fence] = USED
    holder.lent.clear()
    holder.ask()
    equal(holder.listing.get(offer.fence), USED, "listing")
    other, session = wants(site, badge)
    holder.settle(offer, holder.use(offer, 2, 1, 0))
    comes_out(other, session, offer)


@check("offline: a custody that was given back is worth nothing: its ACCOUNT is not believed, and logged", at="lending")
def fenced(site):
    holder = keeper(site)
    name, badge, _, titles = guest(site, holder)
    offer = holder.borrow(titles[0])
    holder.give_up(offer)
    holder.ask()
    grant, = holder.agent.release(holder.agent.log_in(badge)[1])
    holder.agent.fetch(grant.release)
    holder.agent.settle(holder.agent.progress(grant.release, 0, 1, 1))
    equal((charged(site, name), site.states(name)), ((1, 1), ["printed"]), "charges and pages, states")
    # An agent that is not as it should be: it says that it printed what it gave up.
    holder.settle(offer, holder.use(offer))
    equal((charged(site, name), site.states(name)), ((1, 1), ["printed"]), "charges and pages, states")
    logged_as_foreign(site)


@check("offline: an ACCOUNT of another agent's custody, or with another job, charges nobody", at="lending")
def stolen(site):
    holder, other = keeper(site), keeper(site, "keeper-too")
    name, _, learned, titles = guest(site, holder)
    offer = holder.borrow(titles[0])
    before = ledger(site)
    other.settle(offer, other.use(offer))
    equal((ledger(site), site.states(name)), (before, ["held"]), "ledger, states")
    holder.agent.settle(holder.use(offer._replace(job=2**62)))
    equal((ledger(site), site.states(name)), (before, ["held"]), "ledger, states after another job")
    logged_as_foreign(site)
    logged_as_foreign(site, "keeper-too")
    holder.listing[offer.fence] = READY
    holder.ask()
    equal(holder.lent, {offer.fence}, "lent")


@check("offline: with a new stream what was lent is in doubt, and only its ACCOUNT settles it", at="lending")
def lost_memory(site):
    holder = keeper(site)
    name, badge, _, titles = guest(site, holder, titles=("one", "two"))
    one, two = (holder.borrow(title) for title in titles)
    agent = holder.agent
    agent.stream, agent.next_sequence = os.urandom(16), 1
    agent.connect()
    equal(site.states(name), ["in_doubt"] * 2, "states")
    kept, holder.listing = holder.listing, {}
    holder.ask()
    equal(site.states(name), ["in_doubt"] * 2, "states after an empty list")
    holder.settle(one, holder.use(one))
    equal((site.states(name), charged(site, name)), (["printed", "in_doubt"], (1, 1)), "states, charges and pages")
    other = site.agent("elsewhere", capabilities=["dialogue"])
    equal([job.state for job in other.list(other.log_in(badge)[1])], [2], "state elsewhere")
    site.admin("jobs", "settle", str(two.job), "--not-printed")
    equal(site.states(name), ["printed", "held"], "states")


@check("offline: of an agent that is given up the jobs are in doubt; its ACCOUNT settles them if it comes",
       at="lending")
def given_up(site):
    holder = keeper(site)
    name, _, _, titles = guest(site, holder, titles=("one", "two"))
    one, two = (holder.borrow(title) for title in titles)
    holder.agent.disconnect()
    for offer in (one, two):
        site.admin("jobs", "recall", str(offer.job), "--agent-lost")
    equal(site.states(name), ["in_doubt"] * 2, "states")
    used = holder.use(one)
    holder.agent.connect()
    holder.settle(one, used)
    holder.ask()
    equal(site.states(name)[0], "printed", "state of the one that came out")
    equal(charged(site, name), (1, 1), "charges and pages")
    expect(two.fence not in holder.lent, "the other is still lent")


@check("offline: the billing code that was chosen before is charged, one that nobody knows is passed over",
       at="lending")
def billing_code(site):
    holder = keeper(site)
    name, badge, _, titles = guest(site, holder, titles=("one", "two"))
    one, two = (holder.borrow(title) for title in titles)
    site.admin("code", "add", f"C-{name}")
    _, page = holder.agent.ask(prp.ACCOUNTS, {1: holder.agent.log_in(badge)[1], 2: f"C-{name}"})
    code = page[1][0][1]
    holder.settle(one, holder.use(one, 0, 4, 1, account=code))
    holder.settle(two, holder.use(two, 0, 3, 1, account=2**62))
    equal(charged(site, name), (2, 7), "charges and pages")
    row, = [row for row in site.admin("report", "accounts", "--summary")["rows"] if f"C-{name}" in row.values()]
    expect(4 in row.values(), f"no 4 pages in {row}")


@check("offline: a release that was recorded late is in the report at its time and place", at="lending")
def recorded(site):
    holder = keeper(site)
    name, _, _, titles = guest(site, holder)
    offer = holder.borrow(titles[0])
    holder.settle(offer, holder.use(offer, 0, 7, 2))
    row, = [row for row in site.admin("report", "history")["rows"] if row["user"] == name]
    equal((row["title"], row["printer"]), (titles[0], "at-keeper"), "title and printer")
