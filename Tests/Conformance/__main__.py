# SPDX-License-Identifier: Apache-2.0
"""Does a release server keep to PRP-1.md?

    python Tests/Conformance FOLDER-OF-PROGRAMS [--only WORD] [--quick] [--keep]

Prints a line for each check and one for all; ends with 1 when one failed.
"""

import argparse
import os
import sys
import time
import traceback

# In the order in which they run: the last one stops the server.
from checks_page import heard_as_listed  # noqa: I001
import checks_transport  # noqa: F401
import checks_opening  # noqa: F401
import checks_keys  # noqa: F401
import checks_frames  # noqa: F401
import checks_people
import checks_dialogue  # noqa: F401
import checks_desk  # noqa: F401
import checks_readers  # noqa: F401
import checks_custody  # noqa: F401
import checks_offline  # noqa: F401
import checks_reports  # noqa: F401
import checks_malformed  # noqa: F401
import checks_drain  # noqa: F401
from checks_waiting import WAITING
from suite import CHECKS, Skipped
from testsite import SETTINGS, Background, Site


class Report:
    def __init__(self, verbose):
        self.verbose, self.passed, self.failed, self.skipped = verbose, 0, 0, 0

    def run(self, title, work):
        begun = time.monotonic()
        try:
            work()
            problem = None
        except Skipped as reason:
            self.skipped += 1
            print(f"skip  {title}: {reason}", flush=True)
            return
        except Exception as error:  # A failed check is a line, not the end.
            problem = error
        self.failed += problem is not None
        self.passed += problem is None
        seconds = time.monotonic() - begun
        print(f"{'FAIL' if problem else 'pass'}  {title}" + (f"  ({seconds:.1f} s)" if seconds > 1 else ""), flush=True)
        if problem:
            print(f"      {type(problem).__name__}: {problem}", flush=True)
            if self.verbose:
                traceback.print_exception(problem)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programs", help="where lanyard-server and lanyard are")
    parser.add_argument("--only", default="", help="checks with this in their name")
    parser.add_argument("--quick", action="store_true", help="leave out what waits for minutes")
    parser.add_argument("--keep", action="store_true", help="keep the servers' folders; tell where checks failed")
    options = parser.parse_args()
    report = Report(options.keep)
    begun = time.monotonic()
    programs = os.path.abspath(options.programs)
    waiting = [] if options.quick else [entry for entry in WAITING if options.only in entry[0]]
    sites = {name: Site(programs, name) for name in SETTINGS}
    site = sites["plain"]
    try:
        site.start()
        for name, badge, pin in (
                ("ana", checks_people.ANA, None), ("ben", checks_people.BEN, checks_people.PIN),
                ("cleo", checks_people.CLEO, None)):
            site.add_user(name, badge, pin)
        running = []
        for title, at, work in waiting:
            sites[at].revive()
            running.append((title, Background(lambda work=work, at=at: work(sites[at]))))
        for title, at, work in CHECKS:
            if options.only in title:
                sites[at].revive()
                report.run(title, lambda work=work, at=at: work(sites[at]))
        for title, work in running:
            report.run(title, work.collect)
        if not options.only:
            report.run("page: each refusal that was heard is listed, with its class", lambda: heard_as_listed(site))
    finally:
        for each in sites.values():
            each.close(options.keep)
    print(f"{report.passed} passed, {report.failed} failed, {report.skipped} skipped, "
          f"{time.monotonic() - begun:.0f} s")
    return 1 if report.failed else 0


sys.exit(main())
