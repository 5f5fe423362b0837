# SPDX-License-Identifier: Apache-2.0
"""A real lanyard-server in a temporary folder, on ports of its own, with people, agents and printers."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading

from agent import Agent
from identity import Identity

QUEUE = "hold"
PATIENCE = 30
# The servers that are asked, and what is set at each.
SETTINGS = {
    "plain": {"self-registration": "both"},
    "quiet": {},
    "stopping": {},
    "idle": {"log-out": "10 s"},
    "lending": {"offline": "charge-later", "offline-pages": "20", "billing-code": "optional", "log-out": "10 s"},
    "careful": {"second-factor": "always"},
    "strict": {"agent-approval": "required", "billing-code": "required", "second-factor": "when-typed"},
}


class Site:
    def __init__(self, programs, name="plain"):
        self.programs, self.settings = programs, SETTINGS[name]
        self.folder = tempfile.mkdtemp(prefix="lanyard-conformance-")
        self.socket = self.folder + "/admin.sock"
        self.log = open(self.folder + "/server.log", "ab")
        self.release_port = self.lpd_port = 0
        self.process = None
        self.agents = {}
        self.names = {}
        self.job_count = 0

    # The server

    def start(self):
        with open(self.folder + "/server.conf", "w") as file:
            file.write(f"state = {self.folder}/state\nlisten = 127.0.0.1\nrelease-port = {self.release_port}\n"
                       f"lpd-port = {self.lpd_port}\nadmin-socket = {self.socket}\n")
            file.writelines(f"{key} = {value}\n" for key, value in self.settings.items())
        reading, writing = os.pipe()
        self.process = subprocess.Popen(
            [self.programs + "/lanyard-server", "--config", self.folder + "/server.conf", "--ready-fd", str(writing)],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, pass_fds=[writing])
        os.close(writing)
        with open(reading) as ready:
            ports = re.match(r"READY release=(\d+) lpd=(\d+)", ready.readline())
        if not ports:
            raise RuntimeError("the server did not start; see " + self.log.name)
        # Kept over restarts, as agents expect it.
        self.release_port, self.lpd_port = int(ports[1]), int(ports[2])
        return self

    def stop(self, patience=PATIENCE):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(patience)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def revive(self):
        """One that was not needed until now, or that a check has left dead or stopped."""
        if self.process is None or self.process.poll() is not None:
            for agent in self.agents.values():
                agent.disconnect()
            self.start()

    def close(self, keep=False):
        if self.process and self.process.poll() is None:
            try:
                self.stop()
            except subprocess.TimeoutExpired:
                self.kill()
        self.log.close()
        if not keep:
            shutil.rmtree(self.folder)

    # Its administrator

    def command(self, *words):
        return [self.programs + "/lanyard", "--socket", self.socket, "--json", *words]

    def admin(self, *words, typed=None):
        run = subprocess.run(
            self.command(*words), input=typed, capture_output=True, text=True, timeout=PATIENCE)
        if run.returncode:
            raise RuntimeError(f"lanyard {' '.join(words)}: {run.stderr.strip()}")
        return json.loads(run.stdout) if run.stdout.strip() else None

    def add_user(self, name, badge, pin=None):
        self.admin("user", "add", name, "--department", "Arts")
        if badge:
            self.admin("badge", "add", name, badge)
        if pin:
            self.admin("pin", "set", name, typed=pin + "\n")

    def enrolment_code(self, *options):
        return self.admin("agent", "enrol-code", *options)["code"]

    def agent(self, name, printer=True, capabilities=()):
        """Enrolled and connected; the same one when asked for again."""
        if name not in self.agents:
            agent = Agent(Identity(self.folder, name), self.release_port, capabilities)
            self.names[name] = agent.enrol(self.enrolment_code(), name)
            if self.settings.get("agent-approval") == "required":
                self.admin("agent", "approve", self.names[name])
            if printer:
                self.admin("printer", "add", "at-" + name, "--agent", self.names[name], "--uri", "socket://127.0.0.1:9")
            self.agents[name] = agent
        agent = self.agents[name]
        if agent.connection is None:
            agent.connect()
        return agent

    def jobs(self, owner, state=None):
        words = ["jobs", "--owner", owner, "--limit", "1000"] + (["--state", state] if state else [])
        return self.admin(*words)["jobs"]

    def states(self, owner):
        """Of all that they ever printed, oldest first."""
        jobs = self.jobs(owner)
        for state in ("printed", "canceled", "purged"):
            jobs += self.jobs(owner, state)
        return [job["state"] for job in sorted(jobs, key=lambda job: job["id"])]

    def counts(self):
        """What the store holds, as far as the administrator sees it."""
        status = self.admin("status")
        return {key: status[key] for key in ("jobs", "users", "ledgerEntries") if key in status}

    # Its people

    def print(self, owner, data, title="document"):
        """Submits a document over LPD (RFC 1179)."""
        self.job_count += 1
        name = f"A{self.job_count % 1000:03}client"
        control = f"Hclient\nP{owner}\nJ{title}\nldf{name}\nUdf{name}\nN{title}\n".encode()
        with socket.create_connection(("127.0.0.1", self.lpd_port), PATIENCE) as client:
            def say(data):
                client.sendall(data)
                if client.recv(1) != b"\0":
                    raise RuntimeError("the LPD server refuses")

            say(b"\x02" + QUEUE.encode() + b"\n")
            say(f"\x02{len(control)} cf{name}\n".encode())
            say(control + b"\0")
            say(f"\x03{len(data)} df{name}\n".encode())
            say(data + b"\0")


class Background(threading.Thread):
    """A check that mostly waits, beside the others."""

    def __init__(self, work):
        super().__init__(daemon=True)
        self.work, self.problem = work, None
        self.start()

    def run(self):
        try:
            self.work()
        except BaseException as problem:  # Told to whoever collects it.
            self.problem = problem

    def collect(self):
        self.join()
        if self.problem:
            raise self.problem
