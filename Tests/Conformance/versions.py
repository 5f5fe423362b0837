# SPDX-License-Identifier: Apache-2.0
"""From the badge to the paper with programs of two versions.

    python Tests/Conformance/versions.py PROGRAMS-OF-THE-SERVER PROGRAMS-OF-THE-AGENT

An agent process with a reader, a keypad and a printer, each a socket of this script, works with a server process: two
documents, an unknown badge, a PIN wrong and right, nothing held, silence, farewell, return. Ends with 1 when one of
these did not happen. With LANYARD_RECORD a server that was built to do so writes down the frames.
"""

import os
import re
import socket
import subprocess
import sys
import threading
import time

import prp
from suite import equal, expect
from testsite import PATIENCE, Site

ANA, BEN, NOBODY, PIN = "0006547886", "0011223344", "0099999999", "4711"
LETTER = b"%!PS-Adobe-3.0\n%%Pages: 2\n%%EndComments\n%%Page: 1 1\nshowpage\n%%Page: 2 2\nshowpage\n%%Trailer\n%%EOF\n"


class Peripheral(threading.Thread):
    """Something at the copier that the agent connects to."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.peer, self.connected = None, threading.Event()
        self.start()

    def run(self):
        while True:
            self.peer, _ = self.listener.accept()
            self.connected.set()
            self.serve(self.peer)

    def serve(self, peer):
        while peer.recv(4_096):
            pass

    def send(self, data):
        expect(self.connected.wait(PATIENCE), "the agent does not connect")
        self.peer.sendall(data)


class Printer(Peripheral):
    """Takes a document and reports its end in PJL."""
    papers = []

    def serve(self, peer):
        taken = b""
        while data := peer.recv(65_536):
            taken += data
            if end := re.search(rb'EOJ NAME *= *"([^"]+)"', taken):
                self.papers.append(taken)
                taken = b""
                peer.sendall(b'@PJL USTATUS JOB\r\nEND\r\nNAME="' + end[1] + b'"\r\nPAGES=2\r\n\x0c')


class AgentProcess:
    def __init__(self, programs, site, name):
        self.program, self.folder = programs + "/lanyard-agent", site.folder
        self.reader, self.keypad, self.printer = Peripheral(), Peripheral(), Printer()
        self.settings, self.log = f"{self.folder}/agent.conf", open(f"{self.folder}/agent.log", "ab")
        self.display = f"{self.folder}/display.sock"
        with open(self.settings, "w") as file:
            file.write(
                f"server = 127.0.0.1\nport = {site.release_port}\nstate = {self.folder}/agent\nname = {name}\n"
                f"display-socket = {self.display}\nreaders = listed\nlog-level = debug\n"
                f"reader.front = text tcp:127.0.0.1:{self.reader.port}\n"
                f"reader.pad = serial-keypad tcp:127.0.0.1:{self.keypad.port}\n")
        subprocess.run([self.program, "--config", self.settings, "enrol"], input=site.enrolment_code() + "\n",
                       check=True, text=True, capture_output=True)
        self.process, self.shown = None, []

    def start(self):
        self.process = subprocess.Popen(
            [self.program, "--config", self.settings], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        until = time.monotonic() + PATIENCE
        while True:
            try:
                self.screen = socket.socket(socket.AF_UNIX)
                self.screen.connect(self.display)
                break
            except OSError:
                expect(time.monotonic() < until, "the agent has no display socket")
                time.sleep(0.1)
        self.shown = []
        threading.Thread(target=self.watch, args=[self.screen], daemon=True).start()
        self.awaits("open")

    def watch(self, screen):
        with screen.makefile() as lines:
            for line in lines:
                self.shown.append(line)

    def awaits(self, word, count=1):
        until = time.monotonic() + PATIENCE
        while sum(f'"{word}"' in line for line in self.shown) < count:
            expect(time.monotonic() < until, f"“{word}” is not shown; but {self.shown}")
            time.sleep(0.05)

    def badge(self, number, *words):
        self.shown.clear()
        self.reader.send(number.encode() + b"\r")
        for word in words:
            self.awaits(word)

    def type(self, keys, word):
        self.shown.clear()
        self.keypad.send(keys.encode() + b"\r")
        self.awaits(word)

    def stop(self):
        self.process.terminate()
        return self.process.wait(PATIENCE)


def people(site):
    for name, badge, pin, jobs in (("ana", ANA, None, 2), ("ben", BEN, PIN, 1)):
        site.add_user(name, badge, pin)
        for number in range(jobs):
            site.print(name, LETTER, f"letter {number + 1}")
    # Counted before they are released.
    time.sleep(1)


def story(site, agent):
    agent.start()
    time.sleep(0.5)
    agent.badge(ANA, "released", "printed")
    time.sleep(0.5)
    agent.badge(NOBODY, "unknown-badge")
    agent.badge(BEN, "enter-pin")
    agent.type("1111", "wrong-pin")
    # The same badge again at once would be the same read.
    time.sleep(3)
    agent.badge(BEN, "enter-pin")
    agent.type(PIN, "released")
    agent.awaits("printed")
    time.sleep(0.5)
    agent.badge(ANA, "no-jobs")
    # Beyond the first ping.
    time.sleep(17)
    equal(agent.stop(), 0, "exit code of the agent")
    agent.start()
    time.sleep(0.5)
    equal(agent.stop(), 0, "exit code of the agent after its return")
    equal(len(agent.printer.papers), 3, "documents that came out")
    expect(all(LETTER in paper for paper in agent.printer.papers), "another document came out")
    states = {name: [job["state"] for job in site.jobs(name, "printed")] for name in ("ana", "ben")}
    equal(states, {"ana": ["printed"] * 2, "ben": ["printed"]}, "jobs")
    equal(site.counts()["ledgerEntries"], 3, "charges")
    equal(site.jobs("ana") + site.jobs("ben"), [], "what is left")


def main():
    server, programs = (os.path.abspath(folder) for folder in sys.argv[1:3])
    site = Site(server, "quiet")
    try:
        site.start()
        agent = AgentProcess(programs, site, "copier")
        site.admin("printer", "add", "first floor", "--agent", "copier", "--uri",
                   f"socket://127.0.0.1:{agent.printer.port}")
        people(site)
        story(site, agent)
    except prp.Fault as problem:
        print(f"FAIL  {problem}; logs in {site.folder}")
        site.close(keep=True)
        return 1
    site.close()
    print("pass  three documents, two people, a PIN, a stranger: printed and charged once")
    return 0


if __name__ == "__main__":
    sys.exit(main())
