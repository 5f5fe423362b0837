# SPDX-License-Identifier: Apache-2.0
"""The server is asked to stop: GOAWAY, what is open is finished, then it ends; agents come back to the next one."""

import os
import time

import prp
from checks_people import released
from checks_waiting import waiting
from connection import Closed
from suite import check, equal, expect, refused


@check("goaway: the server finishes what it is sending, refuses what is new with 603, and ends")
def drain(site):
    data = os.urandom(20_000_000)
    agent, grant = released(site, "drains", data=data)
    idle = site.agent("idle").connection
    correlation, size = agent.open(grant.release, window=1_000_000)
    equal(size, len(data), "size")
    site.process.terminate()
    farewell = agent.await_frame(lambda frame: frame.kind == prp.GOAWAY_KIND)
    expect(0 < farewell.fields[1] <= 60_000, f"come back after {farewell.fields[1]} ms")
    equal([frame.kind for frame in idle.frames_until_close()], [prp.GOAWAY_KIND], "to who had nothing open")
    late = refused(prp.MAINTENANCE, lambda: agent.present("0999999999"))
    expect(late.retry_after is not None, "no time is named")
    taken = bytearray()
    while True:
        frame = agent.answer(correlation, prp.DATA)
        if frame.type == prp.DOCUMENT_END:
            break
        taken += frame.payload[8:]
        agent.credit(correlation, len(frame.payload) - 8)
    expect(taken == data, "another document")
    try:
        expect(agent.connection.receive() is None, "more frames")
        raise prp.Fault("the connection stays open")
    except Closed:
        pass
    equal(site.process.wait(10), 0, "exit code")
    site.revive()
    agent.connect()
    agent.settle(agent.progress(grant.release, 0, 1, 1))
    agent.unsettled.remove(grant.release)
    equal(len(site.jobs(grant.user, "printed")), 1, "printed jobs")
    equal(site.jobs(grant.user, "in-doubt"), [], "in doubt")


@waiting("goaway: an agent that takes nothing any more holds the server up for no longer than 30 s", at="stopping")
def stubborn(site):
    agent, grant = released(site, "stubborn", data=os.urandom(1_000_000))
    agent.open(grant.release, window=0)
    begun = time.monotonic()
    site.process.terminate()
    equal(site.process.wait(45), 0, "exit code")
    expect(25 < time.monotonic() - begun < 35, f"ended after {time.monotonic() - begun:.0f} s")
    site.revive()
    agent.connect()
    equal(agent.fetch(grant.release).size, 1_000_000, "size")
    agent.settle(agent.progress(grant.release, 0, 1, 1))
    agent.unsettled.remove(grant.release)
