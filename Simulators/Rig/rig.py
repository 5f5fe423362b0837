# SPDX-License-Identifier: Apache-2.0
"""Runs the scenarios, each in a guest of its own that goes on from the snapshot; one line for each.

    rig.py FOLDER [--keep] [NAME …]
"""

import argparse
import os
import shutil
import sys
import tempfile
import time

import scenarios
from guest import Failure, Guest


def make_snapshot(folder):
    """Boots once; the boot is made anew when what is booted is newer."""
    snapshot = f"{folder}/snapshot"
    parts = [f"{folder}/vmlinux", f"{folder}/initramfs", os.path.abspath(__file__)]
    if os.path.exists(snapshot) and all(os.path.getmtime(part) < os.path.getmtime(snapshot) for part in parts):
        return snapshot
    begun = time.monotonic()
    work = tempfile.mkdtemp(prefix="lanyard-rig-")
    guest = Guest(folder, work)
    try:
        guest.save(snapshot)
    finally:
        guest.close()
        shutil.rmtree(work)
    print(f"booted and saved  {time.monotonic() - begun:5.1f} s", flush=True)
    return snapshot


def guest_nodes(guest):
    """What udev made of the devices, as far as the guest still answers."""
    try:
        return guest.run(
            "for node in /dev/input/event* /dev/hidraw* /dev/ttyUSB*; do [ -e $node ] && stat -c '%n %U:%G %a' $node"
            " && udevadm info -q property $node | grep -E 'LANYARD|ID_PATH=|DEVLINKS'; done", check=False)
    except (Failure, OSError) as failure:
        return str(failure)


def run(scenario, folder, snapshot, keep):
    begun = time.monotonic()
    work = tempfile.mkdtemp(prefix="lanyard-rig-")
    guest, problem = None, None
    try:
        guest = Guest(folder, work, snapshot)
        scenario(guest)
    except (Failure, OSError) as failure:
        problem = failure
        nodes = guest_nodes(guest) if guest else ""
    finally:
        if guest:
            guest.close()
    print(f"{'FAIL' if problem else 'pass'}  {scenario.__name__:<24}{time.monotonic() - begun:5.1f} s", flush=True)
    if problem:
        print(f"      {problem}")
        for line in (guest.log if guest else [])[-12:]:
            print(f"      | {line}")
        for line in nodes.splitlines():
            print(f"      : {line}")
    if keep:
        print(f"      {work}")
    else:
        shutil.rmtree(work)
    return not problem


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--keep", action="store_true", help="leave the console of each guest")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    known = {scenario.__name__: scenario for scenario in scenarios.ALL}
    if strange := [name for name in arguments.names if name not in known]:
        sys.exit(f"no scenario {', '.join(strange)}; there are {', '.join(known)}")
    try:
        snapshot = make_snapshot(arguments.folder)
    except Failure as failure:
        sys.exit(f"FAIL  boot: {failure}")
    chosen = [known[name] for name in arguments.names] or scenarios.ALL
    results = [run(scenario, arguments.folder, snapshot, arguments.keep) for scenario in chosen]
    print(f"{sum(results)} of {len(results)} scenarios pass")
    sys.exit(0 if all(results) else 1)


main()
