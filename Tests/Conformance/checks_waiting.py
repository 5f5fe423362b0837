# SPDX-License-Identifier: Apache-2.0
"""What takes its time: silence, slowness, floods. On a server of its own, beside the other checks."""

import os
import socket
import threading
import time

import prp
from connection import Closed
from suite import equal, expect, refused

WAITING = []


def waiting(title, at="quiet"):
    def register(work):
        WAITING.append((title, at, work))
        return work
    return register


@waiting("silence: the server pings after 15 s, and gives up after 45 s")
def silence(site):
    connection = site.agent("silent").connection
    begun = time.monotonic()
    ping = connection.receive(20)
    expect(ping and ping.kind == prp.PING, f"{ping} instead of a ping")
    expect(14 < time.monotonic() - begun < 17, f"a ping after {time.monotonic() - begun:.1f} s")
    connection.frames_until_close(40)
    expect(44 < time.monotonic() - begun < 48, f"the end after {time.monotonic() - begun:.1f} s")


@waiting("silence: pongs keep the connection")
def patient(site):
    agent = site.agent("patient")
    until = time.monotonic() + 50
    count = 0
    while time.monotonic() < until:
        frame = agent.connection.receive(until - time.monotonic())
        if frame:
            equal(frame.kind, prp.PING, "kind")
            count += 1
            agent.connection.send(prp.Frame(prp.PONG, 0, frame.correlation))
    expect(count >= 3, f"{count} pings in 50 s")
    agent.ping()


@waiting("log-out: a session lives for key 5 and 120 s from the last request that named it", at="idle")
def idle(site):
    site.add_user("ida", "0042000000")
    agent = site.agent("forgetful", capabilities=["dialogue"])
    session = agent.log_in("0042000000")
    equal(session[5], 10_000, "key 5")
    begun = time.monotonic()
    stay(agent, begun + 118)
    equal(agent.list(session[1]), [], "jobs")
    # Asked, it lives on.
    stay(agent, time.monotonic() + 15)
    equal(agent.list(session[1]), [], "jobs after the first life would have been over")


def stay(agent, until):
    """Answers pings, and nothing else."""
    while (left := until - time.monotonic()) > 0:
        frame = agent.connection.receive(left)
        if frame and frame.kind == prp.PING:
            agent.connection.send(prp.Frame(prp.PONG, 0, frame.correlation))


@waiting("log-out: what an agent leaves open is over when it lay idle for key 5 and 120 s", at="idle")
def left_open(site):
    site.add_user("ivo", "0043000000")
    agent = site.agent("careless", capabilities=["dialogue"])
    session = agent.log_in("0043000000")[1]
    stay(agent, time.monotonic() + 132)
    refused(prp.SESSION_EXPIRED, lambda: agent.list(session))


@waiting("slowness: a frame of one byte a second keeps nobody waiting")
def slow(site):
    slow, good = site.agent("slow"), site.agent("good")
    data = prp.request(prp.CREDENTIAL, 1, slow.read("0999999999")).bytes
    for byte in data[:20]:
        slow.connection.write(bytes([byte]))
        begun = time.monotonic()
        good.ping()
        expect(time.monotonic() - begun < 1, "the good agent had to wait")
        time.sleep(1)
    slow.connection.write(data[20:])
    equal(slow.connection.receive().type, prp.REFUSED, "answer")


@waiting("slowness: a peer that takes nothing of its document keeps nobody waiting")
def takes_nothing(site):
    site.add_user("big", "0041000000")
    site.print("big", os.urandom(30_000_000))
    agent, good = site.agent("stuck"), site.agent("good-too")
    agent.connection.tls.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    grant, = agent.release(agent.log_in("0041000000")[1])
    agent.post(prp.DOCUMENT, {1: grant.release, 2: 0, 3: 2**32 - 1})
    slowest = 0
    for _ in range(50):
        begun = time.monotonic()
        good.ping()
        slowest = max(slowest, time.monotonic() - begun)
        time.sleep(0.55)
    expect(slowest < 1, f"the good agent waited {slowest:.2f} s")
    memory = resident(site.process.pid)
    expect(memory < 200, f"the server has {memory} MiB")


@waiting("flood: reads as fast as they go, from one agent, leave another one served")
def flood(site):
    rude, good = site.agent("rude"), site.agent("good-three")
    ended = threading.Event()

    def run():
        try:
            number = 0
            while not ended.is_set():
                number += 1
                rude.connection.send(prp.request(prp.CREDENTIAL, number, rude.read("0999999999")))
        except Closed:
            pass

    def drain():
        try:
            while not ended.is_set():
                rude.connection.receive(0.1)
        except Closed:
            pass

    threads = [threading.Thread(target=run), threading.Thread(target=drain)]
    for thread in threads:
        thread.start()
    try:
        slowest = 0
        for _ in range(20):
            begun = time.monotonic()
            good.ping()
            slowest = max(slowest, time.monotonic() - begun)
            time.sleep(0.2)
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    expect(slowest < 2, f"the good agent waited {slowest:.2f} s")


@waiting("flood: strangers that connect and leave, leave a good agent served")
def strangers(site):
    good = site.agent("good-four")
    ended = time.monotonic() + 5
    while time.monotonic() < ended:
        crowd = []
        for number in range(20):
            raw = socket.socket()
            raw.settimeout(1)
            raw.bind((f"127.0.2.{number + 1}", 0))
            raw.connect(("127.0.0.1", site.release_port))
            crowd.append(raw)
        begun = time.monotonic()
        good.ping()
        expect(time.monotonic() - begun < 1, "the good agent had to wait")
        time.sleep(0.2)
        for raw in crowd:
            raw.close()


def resident(process):
    with open(f"/proc/{process}/status") as file:
        return next(int(line.split()[1]) // 1024 for line in file if line.startswith("VmRSS"))
