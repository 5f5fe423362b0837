#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Do badge numbers, PINs and documents stay where they belong?

    canary.py BIN [--reads N] [--memory]

Starts lanyard-server and lanyard-agent with their logs at debug level, holds N badges with numbers of one family to a
reader, types PINs of another family at a keypad and passwords of a third at a screen, prints documents with a known
sentence, then looks for all of them, in every form that a leak could have, in the logs, the database with its WAL, the spool, the agent's journal and a capture of the
release port. With --memory it also reads both processes' memory, as root, after some reads that are no canaries.

All numbers of a family share their first digits, so that one search finds any of them.
"""
import argparse
import base64
import json
import os
import pty
import re
import resource
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import tty

BADGE = "73918264057319"  # and four digits of its own
PIN = "58207413"  # and four more
PASSWORD = "Heliotrope sparrow "  # and four digits
INNOCENT = "11112222333344"
SENTENCE = b"The quick brown canary sings at noon of 4711 pages"
NOBODY = 65534
PROGRAMS = ["lanyard-server", "lanyard-agent", "lanyard-analyze", "lanyard"]
# As in the units for systemd.
TUNABLES = {"GLIBC_TUNABLES": "glibc.malloc.perturb=165:glibc.malloc.tcache_count=0"}


def number_forms(prefix, tail):
    """What all numbers `prefix` + tail digits have in common, in each form."""
    low, high = int(prefix + "0" * tail), int(prefix + "9" * tail)
    common = os.path.commonprefix([f"{low:x}", f"{high:x}"])
    size = (high.bit_length() + 7) // 8
    binary = os.path.commonprefix([low.to_bytes(size, "big"), high.to_bytes(size, "big")])
    digits = prefix.encode()
    forms = {
        "decimal": digits,
        "reversed": digits[::-1],
        "ascii-hex": digits.hex().encode(),
        "bcd": bytes.fromhex(prefix[: len(prefix) // 2 * 2]),
        "bcd-shifted": bytes.fromhex(prefix[1 : 1 + (len(prefix) - 1) // 2 * 2]),
        "utf-16": prefix.encode("utf-16-le"),
        # An array of bytes as Swift describes it.
        "described": ", ".join(str(byte) for byte in digits).encode(),
    }
    # Too short a beginning is found by chance in what is encrypted.
    if len(common) >= 8:
        forms["hex"] = common.encode()
        forms["HEX"] = common.upper().encode()
    if len(binary) >= 5:
        forms["binary"] = binary
        forms["binary-reversed"] = binary[::-1]
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + digits)
        forms[f"base64-{shift}"] = encoded[(0, 2, 3)[shift] : len(encoded) - 4]
    return forms


def text_forms(text):
    forms = {
        "clear": text, "reversed": text[::-1], "hex": text.hex().encode(), "HEX": text.hex().upper().encode(),
        "utf-16": text.decode().encode("utf-16-le"),
    }
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + text)
        forms[f"base64-{shift}"] = encoded[4:-4]
    return forms


NEEDLES = {
    **{f"badge {form}": needle for form, needle in number_forms(BADGE, 4).items()},
    **{f"PIN {form}": needle for form, needle in number_forms(PIN, 4).items()},
    **{f"password {form}": needle for form, needle in text_forms(PASSWORD.encode()).items()},
    **{f"document {form}": needle for form, needle in text_forms(SENTENCE).items()},
}


def search(data):
    return {name: data.count(needle) for name, needle in NEEDLES.items() if needle in data}


class Capture(threading.Thread):
    """What goes over the loopback device to and from one TCP port."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.data, self.stop = port, bytearray(), False
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.socket.bind(("lo", 0))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32 << 20)
        self.start()

    def run(self):
        while not self.stop:
            if not select.select([self.socket], [], [], 0.1)[0]:
                continue
            packet = self.socket.recv(65535)
            if packet[12:14] != b"\x08\x00" or packet[23] != 6:
                continue
            tcp = 14 + (packet[14] & 15) * 4
            if self.port in struct.unpack("!HH", packet[tcp : tcp + 4]):
                self.data += packet[tcp + (packet[tcp + 12] >> 4) * 4 :]


class Printer(threading.Thread):
    """Takes documents and reports the end of each job as PJL printers do."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port, self.documents = self.listener.getsockname()[1], 0
        self.start()

    def run(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        received = b""
        while piece := connection.recv(65536):
            received += piece
            for name in re.findall(rb"@PJL EOJ NAME\s*=\s*\"([^\"]+)\"", received):
                self.documents += SENTENCE in received
                connection.sendall(b'@PJL USTATUS JOB\r\nEND\r\nNAME="' + name + b'"\r\nPAGES=1\r\n\x0c')
                received = b""


class Line:
    """A serial line: the other end of what the agent opens."""

    def __init__(self):
        self.end, self.device = pty.openpty()
        tty.setraw(self.device)
        self.path = os.ttyname(self.device)
        if os.getuid() == 0:
            os.chown(self.path, NOBODY, -1)

    def send(self, text):
        os.write(self.end, text.encode())
        while select.select([self.end], [], [], 0)[0]:
            os.read(self.end, 4096)


class Site:
    def __init__(self, programs):
        self.folder = tempfile.mkdtemp(prefix="lanyard-canary-")
        # Who the programs run as may not get to where they were built, in root's home, say.
        self.programs = tempfile.mkdtemp(prefix="lanyard-canary-bin-")
        os.chmod(self.programs, 0o755)
        for program in PROGRAMS:
            shutil.copy(f"{programs}/{program}", self.programs)
        self.processes = []
        if os.getuid() == 0:
            os.chown(self.folder, NOBODY, -1)
        self.printer, self.reader, self.keypad = Printer(), Line(), Line()

    def open(self):
        self.write(
            "server.conf",
            f"state = {self.folder}/server\nlisten = 127.0.0.1\nrelease-port = 0\nlpd-port = 0\n"
            f"admin-socket = {self.folder}/admin.sock\nlog-level = debug\n",
        )
        ready = self.start("lanyard-server", "server.conf", "server.log")
        words = dict(word.split("=") for word in ready.split()[1:])
        self.release, self.lpd = int(words["release"]), int(words["lpd"])
        self.capture = Capture(self.release)
        self.write(
            "agent.conf",
            f"server = 127.0.0.1\nport = {self.release}\nstate = {self.folder}/agent\nname = box\n"
            f"display-socket = {self.folder}/display.sock\nlog-level = debug\nreaders = listed\n"
            f"reader.front = text {self.reader.path} grammar=digits max=20\nreader.pad = serial-keypad {self.keypad.path}\n",
        )
        code = self.lanyard("agent", "enrol-code").split()[0]
        self.run("lanyard-agent", "--config", f"{self.folder}/agent.conf", "enrol", typed=code + "\n")
        self.lanyard("printer", "add", "p", "--agent", "box", "--uri", f"socket://127.0.0.1:{self.printer.port}")
        self.start("lanyard-agent", "agent.conf", "agent.log")
        self.display = socket.socket(socket.AF_UNIX)
        self.display.connect(f"{self.folder}/display.sock")
        self.said = b""
        self.await_lines('"link":"open"', '"reader":"front","state":"attached"', '"reader":"pad","state":"attached"')

    def write(self, name, text):
        with open(f"{self.folder}/{name}", "w", encoding="utf-8") as file:
            file.write(text)

    @staticmethod
    def demote():
        # Whoever started this may have blocked the signal that a core is asked for with.
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        if os.getuid() == 0:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)

    def start(self, program, settings, log):
        ours, theirs = os.pipe()
        with open(f"{self.folder}/{log}", "wb") as file:
            process = subprocess.Popen(
                [f"{self.programs}/{program}", "--config", f"{self.folder}/{settings}", "--ready-fd", str(theirs)],
                stdin=subprocess.DEVNULL, stdout=file, stderr=file, pass_fds=[theirs], preexec_fn=self.demote, cwd=self.folder,
                env={**os.environ, "SWIFT_BACKTRACE": "enable=no", **TUNABLES},
            )
        os.close(theirs)
        self.processes.append(process)
        line = b""
        while not line.endswith(b"\n"):
            piece = os.read(ours, 256)
            if not piece:
                raise SystemExit(f"{program} did not start: " + open(f"{self.folder}/{log}").read()[-500:])
            line += piece
        os.close(ours)
        return line.decode()

    def run(self, program, *words, typed=""):
        done = subprocess.run(
            [f"{self.programs}/{program}", *words], input=typed, capture_output=True, text=True, preexec_fn=self.demote)
        if done.returncode:
            raise SystemExit(f"{program} {' '.join(words)}: {done.stderr}")
        return done.stdout

    def lanyard(self, *words, typed=""):
        return self.run("lanyard", "--socket", f"{self.folder}/admin.sock", *words, typed=typed)

    def await_lines(self, *parts):
        missing = list(parts)
        while missing:
            line = self.await_line("")
            missing = [part for part in missing if part not in line]

    def await_line(self, part, seconds=30):
        end = time.monotonic() + seconds
        while True:
            while b"\n" in self.said:
                line, self.said = self.said.split(b"\n", 1)
                if part in line.decode():
                    return line.decode()
            if not select.select([self.display], [], [], max(0, end - time.monotonic()))[0]:
                raise SystemExit(f"the agent did not say {part}")
            piece = self.display.recv(65536)
            if not piece:
                raise SystemExit("the agent ended")
            self.said += piece

    def read(self, number, pin=None):
        self.reader.send(number + "\r\n")
        while True:
            outcome = re.search(r'"outcome":"([^"]+)"', self.await_line('"reader":"front","outcome"')).group(1)
            if outcome == "enter-pin" and pin:
                self.keypad.send(pin + "#")
                pin = None
            elif outcome == "released":
                self.await_line('"outcome":"printed"')
                return outcome
            elif outcome not in ("enter-pin", "checking"):
                return outcome

    def log_in(self, user, password):
        """At a touch screen; whether the list opened."""
        with socket.socket(socket.AF_UNIX) as screen:
            screen.connect(f"{self.folder}/display.sock")
            screen.settimeout(30)
            lines = screen.makefile("rw", encoding="utf-8")

            def ask(**command):
                lines.write(json.dumps(command) + "\n")
                lines.flush()

            def await_stage(*stages):
                for line in lines:
                    stage = json.loads(line).get("dialogue", {}).get("stage")
                    if stage in stages:
                        return stage
                raise SystemExit("the agent ended")

            ask(do="control")
            # After a wrong PIN another one is awaited.
            ask(do="logout")
            ask(do="login", user=user, password=password)
            await_stage("checking")
            opened = await_stage("desk", "idle") == "desk"
            if opened:
                ask(do="logout")
                await_stage("idle")
        # What was said of this is no answer to the next badge.
        while select.select([self.display], [], [], 0)[0] and self.display.recv(65536):
            pass
        self.said = b""
        return opened

    def lpd_job(self, user, number):
        document = b"%!PS\n(" + SENTENCE + b") show showpage\n" + b"% " + SENTENCE * 40 + b"\n"
        name = f"{number % 1000:03}host"
        control = f"Hhost\nP{user}\nJ{number}\nldfA{name}\nUdfA{name}\n".encode()
        with socket.create_connection(("127.0.0.1", self.lpd)) as link:
            for message in [
                b"\x02hold\n", b"\x02%d cfA%s\n" % (len(control), name.encode()), control + b"\0",
                b"\x03%d dfA%s\n" % (len(document), name.encode()), document + b"\0",
            ]:
                link.sendall(message)
                if link.recv(1) != b"\0":
                    raise SystemExit("the LPD port refused a job")

    def end(self):
        for process in reversed(self.processes):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
        shutil.rmtree(self.programs, ignore_errors=True)


PEOPLE = 40
# With these no more than a server takes for the people of one copier: others are new to it.
BADGE_ONLY = 22
# The agent takes a badge for one that is still held for so long.
STILL_HELD = 2.05


class Person:
    """Of the first ones three of four have a PIN, one of four a password."""

    def __init__(self, index):
        self.name, self.badge = f"user{index}", BADGE + f"{index:04}"
        self.pin = PIN + f"{index:04}" if index < PEOPLE and index % 4 else None
        self.password = PASSWORD + f"{index:04}" if index < PEOPLE and index % 4 == 3 else None
        self.left = 0

    def come(self, site, pin=None):
        time.sleep(max(0, self.left + STILL_HELD - time.monotonic()))
        outcome = site.read(self.badge, pin)
        self.left = time.monotonic()
        return outcome


def add(site, people):
    """Their numbers pass through standard input and a pipe, and are in no file."""
    lines = ["user,department,badge,pin"] + [f"{one.name},d,{one.badge},{one.pin or ''}" for one in people]
    site.lanyard("user", "import", "-", typed="\n".join(lines) + "\n")
    for one in people:
        if one.password:
            site.lanyard("user", "password", one.name, typed=one.password + "\n")


class Innocent(Person):
    """Whose number is no canary. Their reads come last, so that the memory of those before is used again."""

    def __init__(self, index):
        super().__init__(PEOPLE)
        self.name, self.badge = f"innocent{index}", INNOCENT + f"{index:04}"


# The server answers few strangers in a time, of an agent that may make badges up: one in so many reads is none of ours.
STRANGERS = 100


def drive(site, reads):
    """People with and without PIN and password, strangers, documents."""
    people = [Person(index) for index in range(PEOPLE)]
    others = [Person(PEOPLE + index) for index in range(BADGE_ONLY)]
    innocents = [Innocent(index) for index in range(60)]
    add(site, people + others + innocents)
    others += [person for person in people if not person.pin]
    outcomes, began = {}, time.monotonic()

    def count(outcome):
        outcomes[outcome] = outcomes.get(outcome, 0) + 1

    known = 0
    for index in range(reads):
        if index % STRANGERS == 1:
            count(site.read(BADGE + f"{1000 + index % 9000:04}"))
            continue
        if index % 5:
            # A badge alone, and nothing is held: it opens a list and is replaced by the next one.
            count(others[index % len(others)].come(site))
            continue
        person = people[known % PEOPLE]
        # Whoever is wrong types something of the same family; with each round it is somebody else.
        is_wrong = known % PEOPLE % 13 == known // PEOPLE % 13
        known += 1
        site.lpd_job(person.name, index)
        count(person.come(site, PIN + "9999" if person.pin and is_wrong else person.pin))
        if person.password:
            opened = site.log_in(person.name, PASSWORD + "9999" if is_wrong else person.password)
            count("logged-in" if opened else "not-logged-in")
        if is_wrong:
            # The administrator lets the readers take PINs again: so many wrong ones are no day's work.
            site.lanyard("agent", "unlock", "box")
    for index in range(2 * len(innocents)):
        innocents[index % len(innocents)].come(site)
    seconds = time.monotonic() - began
    print(f"{reads} reads in {seconds:.0f} s, {site.printer.documents} documents printed: {outcomes}")
    if not all(outcomes.get(needed) for needed in ("released", "logged-in")) or site.printer.documents == 0:
        raise SystemExit("nothing was released: this proves nothing")


def files(folder):
    for path, _, names in os.walk(folder):
        for name in names:
            full = os.path.join(path, name)
            if not name.endswith(".conf") and os.path.isfile(full):
                with open(full, "rb") as file:
                    yield os.path.relpath(full, folder), file.read()


def memory(process):
    """All that the process may write to, as root sees it."""
    with open(f"/proc/{process.pid}/maps") as maps, open(f"/proc/{process.pid}/mem", "rb") as mem:
        for line in maps:
            found = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw\S* \S+ \S+ \S+\s*(.*)", line)
            if not found or found.group(3) in ("[vvar]", "[vsyscall]"):
                continue
            low, high = (int(found.group(part), 16) for part in (1, 2))
            try:
                mem.seek(low)
                yield found.group(3) or "anonymous", mem.read(high - low)
            except OSError:
                pass


def is_closed_to_its_own_user(process):
    done = subprocess.run(
        ["/usr/bin/head", "-c", "1", f"/proc/{process.pid}/mem"], preexec_fn=Site.demote, capture_output=True)
    return done.returncode != 0 and b"Permission denied" in done.stderr


def leaves_no_core(process, folder):
    process.send_signal(signal.SIGABRT)
    process.wait(20)
    return process.returncode == -signal.SIGABRT and not [
        name for name in os.listdir(folder) if name.startswith("core")]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("programs")
    parser.add_argument("--reads", type=int, default=200)
    parser.add_argument("--memory", action="store_true")
    options = parser.parse_args()
    if os.getuid() != 0:
        print("SKIPPED: capturing the release port needs root")
        return 0
    # The searcher finds what it is meant to find.
    for family in (BADGE, PIN):
        sample = int(family + "1234")
        for form in (family + "1234", f"{sample:x}", base64.b64encode((family + "1234").encode()).decode()):
            if family == BADGE and not search(form.encode()):
                raise SystemExit(f"the search is blind to {form}")
    site = Site(os.path.abspath(options.programs))
    failed = True
    try:
        site.open()
        failed = False
        drive(site, options.reads)
        for process in site.processes:
            name = os.path.basename(process.args[0])
            if not is_closed_to_its_own_user(process):
                print(f"FOUND: {name} lets its own user read its memory")
                failed = True
            if options.memory:
                hits = {}
                for place, data in memory(process):
                    for needle, times in search(data).items():
                        hits.setdefault(f"{needle} in {place.split('/')[-1]}", 0)
                        hits[f"{needle} in {place.split('/')[-1]}"] += times
                print(f"memory of {name}: {hits or 'nothing'}")
        site.capture.stop = True
        site.capture.join()
        for place, data in [("capture", bytes(site.capture.data)), *files(site.folder)]:
            if hits := search(data):
                print(f"FOUND in {place}: {hits}")
                failed = True
        if len(site.capture.data) < options.reads * 50:
            print("FOUND: the capture is too small to prove anything")
            failed = True
        for process in reversed(site.processes):
            if not leaves_no_core(process, site.folder):
                print("FOUND: a core was written")
                failed = True
        for place, data in files(site.folder):
            if hits := search(data):
                print(f"FOUND after the end in {place}: {hits}")
                failed = True
    finally:
        site.end()
        if not failed:
            shutil.rmtree(site.folder, ignore_errors=True)
        else:
            print(f"kept: {site.folder}")
    print("no canary left its cage" if not failed else "canaries escaped")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
