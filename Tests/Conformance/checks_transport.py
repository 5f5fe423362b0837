# SPDX-License-Identifier: Apache-2.0
"""TLS: versions, names of the protocol, keys, tickets; and who may connect how often."""

import socket
import ssl
import subprocess
import time

import prp
from connection import Closed, Connection
from identity import ALPN, Identity
from suite import check, equal, expect, is_closed

ADDRESS_LIMIT, TOTAL_LIMIT = 8, 256


def stranger(site):
    if "stranger" not in site.names:
        site.names["stranger"] = Identity(site.folder, "stranger")
    return site.names["stranger"]


@check("transport: TLS 1.3 with the protocol's name is taken, and the name confirmed")
def takes(site):
    with Connection(site.release_port, stranger(site).context()) as connection:
        equal(connection.tls.selected_alpn_protocol(), ALPN, "ALPN")
        equal(connection.tls.version(), "TLSv1.3", "version")


@check("transport: TLS 1.2 is refused")
def old_version(site):
    context = stranger(site).context(version=ssl.TLSVersion.TLSv1_2)
    is_closed(lambda: Connection(site.release_port, context))


@check("transport: another protocol's name is refused")
def other_name(site):
    is_closed(lambda: Connection(site.release_port, stranger(site).context(alpn=["print-release/9", "h2"])))


@check("transport: no protocol's name is refused")
def no_name(site):
    refused_late(site, alpn=None)


@check("transport: a peer without a key is refused")
def no_key(site):
    refused_late(site, has_certificate=False)


def refused_late(site, **settings):
    """A client of TLS 1.3 hears it on its first read."""
    try:
        with Connection(site.release_port, stranger(site).context(**settings)) as connection:
            begun = time.monotonic()
            equal(connection.frames_until_close(), [], "frames")
            expect(time.monotonic() - begun < 3, "only for its silence")
    except Closed:
        pass


@check("transport: bytes that are no TLS end the connection")
def no_tls(site):
    with socket.create_connection(("127.0.0.1", site.release_port), 10) as raw:
        raw.sendall(b"GET / HTTP/1.1\r\n\r\n")
        try:
            while raw.recv(1024):
                pass
        except ConnectionResetError:
            pass


@check("transport: no session tickets, no early data")
def no_tickets(site):
    identity = stranger(site)
    run = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{site.release_port}", "-alpn", ALPN, "-tls1_3", "-msg",
         "-cert", identity.certificate, "-key", identity.key, "-ign_eof"],
        input=b"", capture_output=True, timeout=20)
    expect(b"TLSv1.3" in run.stdout, "the handshake failed")
    expect(b"NewSessionTicket" not in run.stdout, "a session ticket came")
    expect(b"Early data was accepted" not in run.stdout, "early data was accepted")


@check("transport: at most 8 connections without WELCOME from one address; other addresses are still served")
def per_address(site):
    agent = site.agent("admitted")
    time.sleep(0.3)
    hold, context = [], stranger(site).context()
    try:
        for _ in range(ADDRESS_LIMIT):
            hold.append(Connection(site.release_port, context))
        is_closed(lambda: hold.append(silent(site, context)))
        agent.ping()
        other = site.agents["admitted"]
        other.connect(source="127.0.0.77")
        other.ping()
    finally:
        for connection in hold:
            connection.close()
    agent.disconnect()
    time.sleep(0.3)


def silent(site, context, source=None):
    """Connected, and seen to be open."""
    connection = Connection(site.release_port, context, source)
    try:
        connection.receive(0.2)
    except Closed:
        connection.close()
        raise
    return connection


@check("transport: at most 256 connections without WELCOME in all; connected agents are still served")
def in_all(site):
    agent = site.agent("admitted")
    hold, context = [], stranger(site).context()
    begun = time.monotonic()
    try:
        # Before their handshake they count as well.
        for number in range(TOTAL_LIMIT):
            source = (f"127.0.1.{1 + number // ADDRESS_LIMIT}", 0)
            hold.append(socket.create_connection(("127.0.0.1", site.release_port), 10, source_address=source))
        is_closed(lambda: hold.append(silent(site, context, "127.0.1.200")))
        expect(time.monotonic() - begun < 5, "too slow a machine: the first were closed by then")
        agent.ping()
    finally:
        for connection in hold:
            connection.close()
    time.sleep(0.3)


@check("transport: no HELLO within 5 s ends the connection")
def no_opening(site):
    with Connection(site.release_port, stranger(site).context()) as connection:
        begun = time.monotonic()
        equal(connection.frames_until_close(), [], "frames")
        expect(4.5 < time.monotonic() - begun < 7, f"after {time.monotonic() - begun:.1f} s")


@check("transport: HELLO of one byte a second ends at 5 s")
def slow_opening(site):
    with Connection(site.release_port, stranger(site).context()) as connection:
        begun = time.monotonic()
        hello = prp.request(prp.HELLO, 0, {1: "slow", 2: bytes(16), 3: 1, 4: []}).bytes
        try:
            for byte in hello:
                connection.write(bytes([byte]))
                if connection.receive(1):
                    break
            connection.frames_until_close()
        except Closed:
            pass
        expect(4.5 < time.monotonic() - begun < 7, f"after {time.monotonic() - begun:.1f} s")


@check("transport: a handshake that stalls ends at 5 s")
def slow_handshake(site):
    with socket.create_connection(("127.0.0.1", site.release_port), 10) as raw:
        begun = time.monotonic()
        raw.sendall(b"\x16\x03\x01")
        try:
            while raw.recv(1024):
                pass
        except ConnectionResetError:
            pass
        expect(4.5 < time.monotonic() - begun < 7, f"after {time.monotonic() - begun:.1f} s")
