# SPDX-License-Identifier: Apache-2.0
"""The guest: QEMU without KVM, told what to plug over QMP, and what to run over its second serial line."""

import json
import os
import re
import select
import socket
import subprocess
import time


class Failure(Exception):
    """What the rig saw is not what it should be."""


class Link:
    """A unix socket of QEMU's, read in pieces that end with a newline."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        deadline = time.monotonic() + 20
        while True:
            try:
                self.socket.connect(path)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise Failure(f"QEMU does not open {path}") from None
                time.sleep(0.02)
        self.buffer = b""

    def send(self, data):
        self.socket.sendall(data)

    def line(self, deadline):
        """The next line without its end, or None when the time is over."""
        while b"\n" not in self.buffer:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.socket], [], [], left)[0]:
                return None
            data = self.socket.recv(65536)
            if not data:
                raise Failure("QEMU has ended")
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.decode(errors="replace").rstrip("\r")


class Guest:
    limit = 30

    def __init__(self, folder, work, snapshot=None):
        """Boots, or goes on from a snapshot."""
        self.folder, self.work = folder, work
        self.sockets = {name: f"{work}/{name}" for name in ("qmp", "shell", "log")}
        command = [
            "qemu-system-x86_64", "-accel", "tcg", "-M", "pc,i8042=off", "-cpu", "max", "-m", "320", "-nodefaults",
            "-no-user-config", "-display", "none", "-no-reboot", "-kernel", f"{folder}/vmlinux",
            "-initrd", f"{folder}/initramfs", "-append", "console=ttyS0 quiet panic=-1 nokaslr",
            "-device", "qemu-xhci,id=xhci", "-qmp", f"unix:{self.sockets['qmp']},server=on,wait=off",
            "-serial", f"file:{work}/console", "-serial", f"unix:{self.sockets['shell']},server=on,wait=off",
            "-serial", f"unix:{self.sockets['log']},server=on,wait=off",
        ]
        if snapshot:
            command += ["-incoming", f"exec:cat {snapshot}"]
        with open(f"{work}/qemu", "wb") as output:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        self.qmp_link, self.shell, self.log_link = (Link(self.sockets[name]) for name in ("qmp", "shell", "log"))
        self.log = []
        self.qmp_link.line(time.monotonic() + self.limit)
        self.qmp("qmp_capabilities")
        if snapshot:
            self.await_status("inmigrate", gone=True)
            self.qmp("cont")
        else:
            self.expect_line(self.shell, "RIG READY", 180)

    def close(self):
        self.process.kill()
        self.process.wait()

    def qmp(self, command, **arguments):
        self.qmp_link.send(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        while True:
            text = self.qmp_link.line(time.monotonic() + self.limit)
            if text is None:
                raise Failure(f"QEMU does not answer {command}")
            answer = json.loads(text)
            if "error" in answer:
                raise Failure(f"{command}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]

    def await_status(self, status, gone=False):
        deadline = time.monotonic() + self.limit
        while (self.qmp("query-status")["status"] == status) == gone:
            if time.monotonic() > deadline:
                raise Failure(f"QEMU: status {status}")
            time.sleep(0.02)

    def expect_line(self, link, text, limit):
        deadline = time.monotonic() + limit
        lines = []
        while (line := link.line(deadline)) is not None:
            if line.strip() == text:
                return
            lines.append(line)
        raise Failure(f"no {text} within {limit} s; instead: {lines[-5:]}")

    def save(self, path):
        self.qmp("stop")
        self.qmp("migrate", uri=f"exec:cat >{path}.new")
        deadline = time.monotonic() + 120
        while (state := self.qmp("query-migrate").get("status")) != "completed":
            if state == "failed" or time.monotonic() > deadline:
                raise Failure(f"the snapshot cannot be written: {state}")
            time.sleep(0.1)
        os.replace(f"{path}.new", path)

    def run(self, command, check=True):
        """One line of shell, as root. What it wrote."""
        self.shell.send(command.encode() + b"\n")
        deadline = time.monotonic() + self.limit
        lines = []
        while (line := self.shell.line(deadline)) is not None:
            if done := re.fullmatch(r"(.*)RIG DONE (\d+)", line):
                lines += [done[1]] if done[1] else []
                if check and done[2] != "0":
                    raise Failure(f"{command}: exit code {done[2]}: {lines}")
                return "\n".join(lines)
            lines.append(line)
        raise Failure(f"{command}: no end; {lines[-5:]}")

    # What the agent logs.

    def await_log(self, *words, limit=20):
        """The next line of the agent's log that has all these words; what comes before it is passed over."""
        deadline = time.monotonic() + limit
        while (line := self.log_link.line(deadline)) is not None:
            self.log.append(line)
            if all(word in line for word in words):
                return line
        raise Failure(f"the agent's log has no {' '.join(words)} within {limit} s")

    def drain_log(self, seconds):
        deadline = time.monotonic() + seconds
        while (line := self.log_link.line(deadline)) is not None:
            self.log.append(line)

    # What is plugged in.

    def plug(self, name, driver, **properties):
        self.qmp("device_add", driver=driver, id=name, bus="xhci.0", **properties)

    def unplug(self, name):
        self.qmp("device_del", id=name)

    def type(self, text, pause=0.01):
        """With the pause from key to key, in seconds, of a reader or of a person."""
        for key in text:
            code = {"type": "qcode", "data": "ret" if key == "\n" else key}
            self.qmp("input-send-event", events=[
                {"type": "key", "data": {"down": down, "key": code}} for down in (True, False)])
            time.sleep(pause)
