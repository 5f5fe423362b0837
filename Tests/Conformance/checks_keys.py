# SPDX-License-Identifier: Apache-2.0
"""What an enrolled key is worth: approval, rights, another key in its place, revocation."""

import os
import time

import prp
from agent import Agent
from checks_people import TEXT
from connection import Connection
from identity import Identity
from suite import Skipped, cases, check, equal, expect, last_words, refused

RETIRED = (prp.UNKNOWN_AGENT, prp.KEY_REJECTED)


def rotating(site, name):
    agent = site.agent(name, capabilities=["rotation"])
    if "rotation" not in agent.agreed:
        raise Skipped("the server does not name the capability rotation")
    return agent


def another(site, name="another", **options):
    site.keys = getattr(site, "keys", 0) + 1
    return Identity(site.folder, f"{name}-{site.keys}", **options)


def retired(identity, agent, code=prp.KEY_REJECTED):
    """HELLO with this key is refused as one that was replaced."""
    with Connection(agent.port, identity.context()) as connection:
        connection.send(agent.hello())
        last_words(connection, code)


@check("rotation: the new key takes over the name, the stream and the printer; the old one is refused for good")
def rotation(site):
    agent = rotating(site, "rotates")
    old, new = agent.identity, another(site)
    last = agent.outcome(os.urandom(16), 3)
    agent.settle(last)
    agent.announce(new)
    # Both are accepted until the new one has come.
    agent.connect()
    older, epoch = agent.connection, agent.welcome[2]
    agent.connection = None
    agent.take(new)
    agent.connect()
    equal((agent.welcome[1], agent.welcome[3]), (site.names["rotates"], last), "name and committed event")
    expect(agent.welcome[2] > epoch, f"epoch {agent.welcome[2]} after {epoch}")
    last_words(older, prp.FENCED)
    retired(old, agent)
    site.add_user("rita", "0091000000")
    site.print("rita", TEXT)
    equal(agent.log_in("0091000000")[4][2], "at-rotates", "printer")


@check("rotation: a key of Ed25519 is taken, and one after another")
def edwards(site):
    agent = rotating(site, "rotates")
    for new in (another(site, key="ed25519", options=()), another(site)):
        old = agent.identity
        agent.announce(new)
        agent.take(new)
        agent.connect().ping()
        retired(old, agent)


@check("rotation: the same key again is answered alike, another one takes its place")
def announced_again(site):
    agent = rotating(site, "changes-its-mind")
    first, second = another(site), another(site)
    agent.announce(first)
    agent.announce(first)
    agent.announce(second)
    retired(first, agent, prp.UNKNOWN_AGENT)
    agent.take(second)
    agent.connect().ping()


@check("rotation: an agent that crashed before it heard the answer comes in by one of its two keys")
def crash_between(site):
    agent = rotating(site, "crashes")
    for answer_is_awaited in (False, True):
        old, new = agent.identity, another(site)
        said = b"PRP/1 rotate" + old.hash + new.hash + agent.server_hash
        correlation = agent.post(prp.ROTATE_KEY, {1: new.hash, 2: new.public_key, 3: new.sign(said)})
        if answer_is_awaited:
            agent.answer(correlation)
            site.kill()
            site.start()
        agent.disconnect()
        came = []
        for identity in (new, old):
            agent.take(identity)
            try:
                agent.connect().ping()
                came.append(identity)
                break
            except Exception as refusal:
                expect(getattr(refusal, "code", None) in RETIRED, f"{refusal}")
        expect(came == [new] or (came and not answer_is_awaited), "neither key came in, or the committed one did not")
        if came == [old]:
            agent.announce(new)
            agent.take(new)
            agent.connect()
        retired(old, agent)
    for other in site.agents.values():
        if other is not agent:
            other.disconnect()


REJECTED = [
    ("a signature by another key", lambda site: (another(site), another(site))),
    ("a key of RSA", lambda site: (another(site, key="rsa:2048", options=()),) * 2),
    ("a key on P-384", lambda site: (another(site, options=("-pkeyopt", "ec_paramgen_curve:P-384")),) * 2),
    ("another agent's key", lambda site: (site.agent("copier").identity,) * 2),
    ("its own present key", lambda site: (site.agent("is-rejected", capabilities=["rotation"]).identity,) * 2),
]


@cases("rotation: refused with 207, the present key stays:", REJECTED)
def rejected(site, keys):
    agent = rotating(site, "is-rejected")
    new, signer = keys(site)
    refused(prp.KEY_REJECTED, lambda: agent.announce(new, signer))
    agent.ping()
    agent.connect().ping()


@check("rotation: a hash that is not the key's, and a signature over another server's hash, are refused with 207")
def wrong_hash(site):
    agent = rotating(site, "is-rejected")
    new = another(site)
    said = b"PRP/1 rotate" + agent.identity.hash + new.hash
    for hash, data in ((bytes(32), said + agent.server_hash), (new.hash, said + bytes(32))):
        refused(prp.KEY_REJECTED, lambda hash=hash, data=data: agent.ask(
            prp.ROTATE_KEY, {1: hash, 2: new.public_key, 3: new.sign(data)}))
    refused(prp.KEY_REJECTED, lambda: agent.ask(prp.ROTATE_KEY, {1: new.hash, 2: b"", 3: b""}))


@check("approval: an enrolled agent is refused with 206 until an administrator has approved it", at="strict")
def approval(site):
    for name, capabilities, code in (
            ("waits", ["dialogue"], prp.NOT_APPROVED), ("waits-long", [], prp.UNKNOWN_AGENT)):
        agent = Agent(Identity(site.folder, name), site.release_port, capabilities)
        equal(agent.enrol(site.enrolment_code(), name), name, "name")
        expect(refused(code, agent.connect).retry_after is not None, "no time is named")
        site.admin("agent", "approve", name)
        agent.connect().ping()
        agent.disconnect()


@check("rights: a key without the right to release is refused with 305, and served again with it")
def rights(site):
    agent = site.agent("loses-right", capabilities=["dialogue"])
    site.add_user("rolf", "0092000000")
    site.print("rolf", TEXT)
    session = agent.log_in("0092000000")[1]
    site.admin("agent", "revoke-right", "loses-right", "release")
    refused(prp.NOT_PERMITTED, lambda: agent.release(session))
    refused(prp.NOT_PERMITTED, lambda: agent.present("0092000000"))
    agent.settle(agent.outcome(os.urandom(16), 9))
    site.admin("agent", "grant", "loses-right", "release")
    grant, = agent.release(agent.log_in("0092000000")[1])
    agent.settle(agent.progress(grant.release, 2, 1))


@check("revocation: what was begun is in doubt, what was reserved is held again, within 5 s")
def revoked_while_printing(site):
    agent = site.agent("revoked-too")
    site.add_user("rosa", "0093000000")
    for _ in range(2):
        site.print("rosa", TEXT)
    grants = agent.release(agent.log_in("0093000000")[1])
    agent.open(grants[0].release, window=0)
    begun = time.monotonic()
    site.admin("agent", "revoke", "revoked-too")
    last_words(agent.connection, prp.REVOKED)
    expect(time.monotonic() - begun < 5, "too late")
    agent.connection = None
    del site.agents["revoked-too"]
    states = {job["id"]: job["state"] for job in site.jobs("rosa")}
    equal(states, {grants[0].job: "in_doubt", grants[1].job: "held"}, "states")
    # Only another key comes in again.
    refused(prp.REVOKED, lambda: agent.enrol(site.enrolment_code(), "revoked-too"))
