# SPDX-License-Identifier: Apache-2.0
"""What is plugged in, and what the agent must make of it. Each takes a fresh guest."""

import os
import re
import socket
import time

from guest import Failure

RECORDINGS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Recordings")
# QEMU's keyboard and its serial line, as a site that has such readers tells of them.
KEYBOARD_QUIRK = "[0627:0001]\nname = QEMU keyboard\nkind = wedge"
SERIAL_QUIRK = "[0403:6001]\nname = ID-12 on an FTDI chip\nkind = id12"


def expect(condition, what):
    if not condition:
        raise Failure(what)


def quote(*words):
    return " ".join("'" + word.replace("'", "'\\''") + "'" for word in words)


def start_agent(guest, settings="", quirks=""):
    """The agent as its own user, with no group but its own and no privilege; quirks of the site go into udev first."""
    lines = ["quirks = /usr/share/lanyard/quirks, /etc/lanyard/quirks", "name = rig"] + settings.splitlines()
    guest.run(f"printf '%s\\n' {quote(*lines)} >/etc/lanyard/agent.conf")
    if quirks:
        guest.run(f"printf '%s\\n' {quote(*quirks.splitlines())} >/etc/lanyard/quirks/50-site.conf")
        guest.run("mkdir -p /etc/udev/hwdb.d && lanyard-agent --print-hwdb >/etc/udev/hwdb.d/66-site.hwdb"
                  " && systemd-hwdb update")
    guest.run("/bin/udevd --daemon")
    guest.run("setpriv --nnp su -s /bin/sh lanyard-agent -c 'exec lanyard-agent' >/dev/ttyS2 2>&1 &")
    guest.await_log("agent-started")
    groups = guest.run("grep -E '^(Uid|Groups|CapEff|NoNewPrivs)' /proc/$(pidof lanyard-agent)/status")
    expect(re.fullmatch(r"Uid:(\s+990){4}\s+Groups:\s+990\s+CapEff:\s+0+\s+NoNewPrivs:\s+1\s*", groups),
           f"the agent has privileges: {groups.split()}")


def reads(guest):
    return [line for line in guest.log if "badge-read" in line]


def expect_reads(guest, count):
    guest.drain_log(0.5)
    expect(len(reads(guest)) == count, f"{len(reads(guest))} reads instead of {count}")


def expect_access(guest, pattern):
    """The rules gave the nodes to the agent's group and to nobody else."""
    nodes = guest.run(f"stat -c '%n %U:%G %a' {pattern}").splitlines()
    expect(nodes and all(node.endswith(" root:lanyard-agent 660") for node in nodes), f"{nodes}")


def watch_console(guest):
    guest.run("stty -F /dev/tty1 raw; cat </dev/tty1 >/tmp/typed &")


def typed_on_console(guest):
    return guest.run("cat /tmp/typed")


def present(guest, number):
    """Types a badge at a reader's pace. A loaded host stretches a pause now and then, and the agent rightly drops such
    a read: a person would hold the badge to the reader again."""
    for _ in range(4):
        guest.type(number + "\n")
        line = guest.await_log("reader=desk", "read")
        while "badge-read" not in line and "read-dropped" not in line:
            line = guest.await_log("reader=desk", "read")
        if "badge-read" in line:
            return
        expect("paused-mid-read" in line or "typed-by-hand" in line, line)
        guest.drain_log(0.5)
    raise Failure("no badge gets through in four attempts")


def wedge(guest):
    """A keyboard on the allow-list: grabbed, read, unplugged mid-read, replugged, read."""
    watch_console(guest)
    start_agent(guest, "reader.desk = wedge 0627:0001", KEYBOARD_QUIRK)
    guest.plug("keys", "usb-kbd", port="1")
    guest.await_log("reader-attached", "desk")
    expect_access(guest, "/dev/input/event*")
    link = guest.run("readlink -f /dev/lanyard/wedge-*-input")
    expect(link.startswith("/dev/input/event"), f"the link leads to {link}")
    present(guest, "0007263214")
    guest.type("00111")
    guest.unplug("keys")
    guest.await_log("reader-waiting", "desk")
    expect(guest.run("ls /dev/lanyard", check=False).find("wedge") < 0, "the link outlives its device")
    guest.plug("keys", "usb-kbd", port="1")
    guest.await_log("reader-attached", "desk")
    present(guest, "0011122233")
    expect_reads(guest, 2)
    expect(typed_on_console(guest) == "", "keys of a grabbed reader reached the console")


def foreign_keyboard(guest):
    """A keyboard that nobody named: ignored and reported, not opened, and left to the console."""
    watch_console(guest)
    start_agent(guest)
    guest.plug("keys", "usb-kbd", port="1")
    guest.await_log("keyboard-ignored")
    access = guest.run("stat -c %G /dev/input/event*").split()
    expect("lanyard-agent" not in access, f"the agent's group has the keyboard: {access}")
    guest.type("0007263214\n")
    expect_reads(guest, 0)
    expect("0007263214" in typed_on_console(guest), "the keys did not reach the console, so wedge shows nothing")


def serial_line(guest):
    """ID-12 frames over an FTDI chip; unplugged mid-frame; the same reader after it, by its port."""
    path = f"{guest.work}/serial"
    backend = {"addr": {"type": "unix", "data": {"path": path}}, "server": True, "wait": False}
    guest.qmp("chardev-add", id="line", backend={"type": "socket", "data": backend})
    line = socket.socket(socket.AF_UNIX)
    line.connect(path)
    start_agent(guest, quirks=SERIAL_QUIRK)
    guest.plug("ftdi", "usb-serial", chardev="line", port="1", **{"always-plugged": True})
    name = re.search(r"reader=(\S+)", guest.await_log("reader-attached"))[1]
    expect_access(guest, "/dev/ttyUSB0")
    link = guest.run("readlink -f /dev/lanyard/id12-*-tty")
    expect(link == "/dev/ttyUSB0", f"the link leads to {link}")
    properties = guest.run("udevadm info -q property /dev/ttyUSB0")
    expect("ID_MM_PORT_IGNORE=1" in properties, "ModemManager is not kept off")
    speed = guest.run("stty -F /dev/ttyUSB0 speed")
    expect(speed == "9600", f"the line has {speed} baud")
    latency = guest.run("cat /sys/bus/usb-serial/devices/ttyUSB0/latency_timer")
    expect(latency == "1", f"the chip holds bytes back for {latency} ms")
    other = guest.run("su -s /bin/sh lanyard-agent -c 'cat /dev/ttyUSB0' 2>&1", check=False)
    expect("busy" in other, f"the port is open to others: {other}")
    line.sendall(b"\x020C000621A58E\r\n\x03")
    guest.await_log("badge-read", name)
    line.sendall(b"\x020C000621")
    guest.unplug("ftdi")
    guest.await_log("reader-waiting", name)
    guest.plug("ftdi", "usb-serial", chardev="line", port="1", **{"always-plugged": True})
    guest.await_log("reader-attached", name)
    line.sendall(b"\x020C000621A68D\r\n\x03")
    guest.await_log("badge-read", name)
    expect_reads(guest, 2)


# A boot keyboard that also has a feature report of eight bytes, without a number.
PCPROX_DESCRIPTOR = (
    "05 01 09 06 A1 01 05 07 19 E0 29 E7 15 00 25 01 75 01 95 08 81 02 95 01 75 08 81 01 95 06 75 08 15 00 25 65"
    " 05 07 19 00 29 65 81 00 06 00 FF 09 01 15 00 26 FF 00 75 08 95 08 B1 02 C0")
# One input report of 337 bytes.
MAGTEK_DESCRIPTOR = "06 00 FF 09 01 A1 01 15 00 26 FF 00 75 08 96 51 01 09 20 81 02 C0"


def recorded(kind, name, index=0):
    """The bytes of a recording's line `+TIME < BYTES`; `00*3` there stands for 00 00 00."""
    with open(os.path.join(RECORDINGS, kind, name), encoding="ascii") as file:
        lines = [line.split("<", 1)[1].split() for line in file if re.match(r"\+\d+ <", line)]
    return " ".join(
        " ".join([byte.split("*")[0]] * int(byte.split("*")[1] if "*" in byte else 1)) for byte in lines[index])


class UhidDevice:
    """A HID device of any maker's numbers, made in the guest."""

    def __init__(self, guest, name, vendor, product, descriptor):
        self.guest, self.name = guest, name
        self.command = (f"uhid-device {vendor} {product} {quote(name)} {quote(descriptor)} <>/tmp/{name}"
                        f" >/tmp/{name}.out 2>&1 & echo $! >/tmp/{name}.pid")
        guest.run(f"mkfifo /tmp/{name}")

    def plug(self, *orders):
        self.guest.run(self.command)
        for order in orders:
            self.tell(order)

    def tell(self, order):
        self.guest.run(f"echo {quote(order)} >/tmp/{self.name}")

    def unplug(self):
        self.guest.run(f"kill $(cat /tmp/{self.name}.pid)")


def pcprox(guest):
    """An rf IDEAS pcProx, asked through feature reports; what it goes on typing reaches nobody."""
    watch_console(guest)
    start_agent(guest, "reader.prox = pcprox 0c27:3bfa")
    device = UhidDevice(guest, "pcprox", "0c27", "3bfa", PCPROX_DESCRIPTOR)
    setup = ("answer 8A 00 00 30 07 00 01 00 00", "answer 80 03 05 11 10 1A 00 28 01",
             "answer 82 00 10 00 00 00 00 00 00")
    badge = ("answer 8E 1A 1A 00 00 00 00 00 00", "answer 8F 42 75 95 00 00 00 00 00")
    other = (badge[0], "answer 8F 44 75 95 00 00 00 00 00")
    away = ("answer 8F 00 00 00 00 00 00 00 00", "answer 8E 00 00 00 00 00 00 00 00")
    device.plug(*setup)
    guest.await_log("reader-online", "prox", "7.3.0")
    expect_access(guest, "/dev/hidraw0 /dev/input/event*")
    for order in badge:
        device.tell(order)
    guest.await_log("badge-read", "prox")
    for order in away:
        device.tell(order)
    # The key 1, pressed and released.
    device.tell("input 00 00 1E 00 00 00 00 00")
    device.tell("input 00 00 00 00 00 00 00 00")
    device.unplug()
    guest.await_log("reader-waiting", "prox")
    device.plug(*setup, *other)
    guest.await_log("reader-online", "prox")
    guest.await_log("badge-read", "prox")
    expect_reads(guest, 2)
    expect(typed_on_console(guest) == "", "keys of a pcProx reached the console")


def magtek(guest):
    """A MagTek SureSwipe: one report a swipe, known by its numbers alone."""
    start_agent(guest)
    device = UhidDevice(guest, "sureswipe", "0801", "0002", MAGTEK_DESCRIPTOR)
    device.plug()
    name = re.search(r"reader=(\S+)", guest.await_log("reader-attached"))[1]
    expect_access(guest, "/dev/hidraw0")
    device.tell("input " + recorded("magtek", "sureswipe.rec"))
    guest.await_log("badge-read", name)
    device.unplug()
    guest.await_log("reader-waiting", name)
    device.plug()
    guest.await_log("reader-attached", name)
    device.tell("input " + recorded("magtek", "sureswipe.rec", 1))
    guest.await_log("read-dropped", name, "unreadable-track")
    expect_reads(guest, 1)


def typist(guest):
    """Somebody types on an allowed keyboard, too slowly or no number: refused, and the next badge is read."""
    start_agent(guest, "reader.desk = wedge 0627:0001", KEYBOARD_QUIRK)
    guest.plug("keys", "usb-kbd", port="1")
    guest.await_log("reader-attached", "desk")
    guest.type("0007263214\n", pause=0.1)
    guest.await_log("read-dropped", "desk", "typed-by-hand")
    guest.drain_log(0.5)
    guest.type("secret\n")
    guest.await_log("read-dropped", "desk", "not-a-digit")
    present(guest, "0007263214")
    expect_reads(guest, 1)


class Gadget:
    """A HID device on a USB port inside the guest, with the maker's numbers and strings: udev sees all of USB."""

    def __init__(self, guest, vendor, product, serial, descriptor, report_length):
        self.guest = guest
        folder = "/sys/kernel/config/usb_gadget/reader"
        self.udc = f"{folder}/UDC"
        escaped = "".join(f"\\x{byte}" for byte in descriptor.split())
        guest.run("mount -t configfs none /sys/kernel/config")
        guest.run(f"mkdir -p {folder}/strings/0x409 {folder}/configs/c.1 {folder}/functions/hid.0 && cd {folder}"
                  f" && echo 0x{vendor} >idVendor && echo 0x{product} >idProduct"
                  f" && echo {serial} >strings/0x409/serialnumber && echo Reader >strings/0x409/product"
                  f" && echo {report_length} >functions/hid.0/report_length"
                  f" && printf {quote(escaped)} >functions/hid.0/report_desc"
                  f" && ln -s {folder}/functions/hid.0 configs/c.1/")

    def plug(self):
        self.guest.run(f"echo dummy_udc.0 >{self.udc}")

    def unplug(self):
        self.guest.run(f"echo >{self.udc}")

    def send(self, report):
        self.guest.run("printf " + quote("".join(f"\\x{byte}" for byte in report.split())) + " >/dev/hidg0")


def magtek_on_usb(guest):
    """The same reader on a real port: by the shipped rules alone, with a link, the same reader after a replug."""
    start_agent(guest)
    device = Gadget(guest, "0801", "0002", "B000042", MAGTEK_DESCRIPTOR, 337)
    device.plug()
    name = re.search(r"reader=(\S+)", guest.await_log("reader-attached"))[1]
    expect_access(guest, "/dev/hidraw0")
    link = guest.run("readlink -f /dev/lanyard/magtek-*-hidraw")
    expect(link == "/dev/hidraw0", f"the link leads to {link}")
    swipe = recorded("magtek", "sureswipe.rec")
    device.send(swipe)
    guest.await_log("badge-read", name)
    device.unplug()
    guest.await_log("reader-waiting", name)
    device.plug()
    guest.await_log("reader-attached", name)
    # The same badge at once would be the one still held.
    time.sleep(2.5)
    device.send(swipe)
    guest.await_log("badge-read", name)
    expect_reads(guest, 2)


ALL = [wedge, foreign_keyboard, typist, serial_line, pcprox, magtek, magtek_on_usb]
