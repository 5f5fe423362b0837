# SPDX-License-Identifier: Apache-2.0
"""Reports over the release port, and who hears of them."""

import csv
import io
import time

import prp
from agent import Agent
from checks_people import TEXT
from identity import Identity
from suite import Skipped, check, ends, equal, expect, refused

COLUMNS = ["user", "department", "title", "printer", "at", "releases", "mono_pages", "color_pages", "unknown_pages",
           "amount", "currency", "scale", "billing_code"]
COUNT = 256


def clerk(site):
    """A program that may read reports and nothing else."""
    if "clerk" not in site.agents:
        agent = Agent(Identity(site.folder, "clerk"), site.release_port, ["dialogue", "reports"])
        site.names["clerk"] = agent.enrol(site.enrolment_code("--right", "reports"), "clerk")
        site.agents["clerk"] = agent
    agent = site.agents["clerk"]
    if agent.connection is None:
        agent.connect()
    if "reports" not in agent.agreed:
        raise Skipped("the server does not name the capability reports")
    return agent


def pages(agent, report, month=""):
    found, cursor = [], 0
    while cursor is not None:
        _, page = agent.ask(prp.REPORT_QUERY, {1: report, 2: month, 3: cursor})
        rows = list(csv.reader(io.StringIO(page[1], newline="")))
        equal(rows[0][: len(COLUMNS)], COLUMNS, "columns")
        expect(len(page[1].encode()) <= 60_000 and page[1].endswith("\r\n"), "no CSV of at most 60,000 bytes")
        found.append([dict(zip(rows[0], row)) for row in rows[1:]])
        expect(page[2] is None or page[2] > cursor, "the cursor does not rise")
        if 3 in page:
            expect(0 < len(page[3]) <= 16 and 0 <= page[4] <= 18, "no currency with its scale")
        cursor = page[2]
    return found


def rows(agent, report, month=""):
    return [row for page in pages(agent, report, month) for row in page]


def printed(site, owner, badge, count=1, title="letter", pages=3):
    agent = site.agent("copier")
    site.add_user(owner, badge)
    for _ in range(count):
        site.print(owner, TEXT, title)
    grants = agent.release(agent.log_in(badge)[1])
    for number, grant in enumerate(grants):
        agent.fetch(grant.release)
        last = agent.progress(grant.release, 0, pages, 1)
        if number % 32 == 31 or number == len(grants) - 1:
            agent.settle(last)


@check("reports: what was printed is in each of them")
def contents(site):
    printed(site, "rhea", "0094000000", title="cæsar, \"quoted\"")
    agent = clerk(site)
    row = next(row for row in rows(agent, "history") if row["user"] == "rhea")
    equal((row["title"], row["printer"], row["department"]), ("cæsar, \"quoted\"", "at-copier", "Arts"), "texts")
    counts = [row[key] for key in ("releases", "mono_pages", "color_pages", "unknown_pages")]
    equal(counts, ["1", "0", "0", "3"], "counts")
    equal((row["amount"], row["currency"], row["scale"], row["billing_code"]), ("15", "EUR", "2", ""), "amount")
    expect(abs(int(row["at"]) / 1000 - time.time()) < 60, f"at {row['at']}")
    for report, key in (("users", "user"), ("departments", "department"), ("accounts", "billing_code")):
        found = rows(agent, report)
        equal(len({row[key] for row in found}), len(found), f"{report}: keys")
        expect(all(row["title"] == row["printer"] == row["at"] == "" for row in found), f"{report}: a text of history")
        expect(all(row["user"] == "" for row in found) or report == "users", f"{report}: a user")
    sums = {sum(int(row["amount"]) for row in rows(agent, report)) for report in
            ("users", "departments", "accounts", "history")}
    equal(len(sums), 1, "sums of amounts")


@check("reports: a month has what was printed in it, another one nothing")
def months(site):
    agent = clerk(site)
    this = time.strftime("%Y-%m", time.gmtime())
    equal(len(rows(agent, "history", this)), len(rows(agent, "history")), "rows of this month")
    equal(rows(agent, "history", "2001-02"), [], "rows of another month")


@check("reports: long ones come in pages without a gap, each with the names of the columns")
def long_ones(site):
    printed(site, "ruth", "0095000000", COUNT, "x" * 250, pages=1)
    found = pages(clerk(site), "history")
    expect(len(found) > 1, "one page")
    mine = [row for page in found for row in page if row["user"] == "ruth"]
    equal(len(mine), COUNT, "rows")


@check("reports: one that is not known is refused with 411, and the connection goes on")
def unknown(site):
    agent = clerk(site)
    for name in ("", "secrets", "x" * 32):
        refused(prp.REPORT_UNKNOWN, lambda name=name: agent.ask(prp.REPORT_QUERY, {1: name, 2: "", 3: 0}))
    for month in ("2026-13", "2026-1", "26-01-1", "abcdefg"):
        refused(prp.REPORT_UNKNOWN, lambda month=month: agent.ask(prp.REPORT_QUERY, {1: "users", 2: month, 3: 0}))
    agent.ping()


@check("reports: a month of 8 bytes, a name of 33 and a cursor of 2^63 end the connection")
def limits(site):
    for fields, code in (
            ({1: "users", 2: "2026-011", 3: 0}, prp.TOO_LARGE), ({1: "x" * 33, 2: "", 3: 0}, prp.TOO_LARGE),
            ({1: "users", 2: "", 3: 2**63}, prp.BAD_FRAME)):
        ends(clerk(site), prp.request(prp.REPORT_QUERY, 1, fields).bytes, code)


@check("reports: a cursor behind the end brings no rows")
def behind(site):
    _, page = clerk(site).ask(prp.REPORT_QUERY, {1: "users", 2: "", 3: 2**63 - 1})
    equal((len(list(csv.reader(io.StringIO(page[1])))), page[2]), (1, None), "records and next cursor")


@check("reports: an agent has no right to them until it is given, and none after it is taken")
def right(site):
    agent = site.agent("curious", printer=False, capabilities=["reports"])
    query = {1: "users", 2: "", 3: 0}
    refused(prp.NOT_PERMITTED, lambda: agent.ask(prp.REPORT_QUERY, query))
    site.admin("agent", "grant", "curious", "reports")
    equal(agent.ask(prp.REPORT_QUERY, query)[0], prp.REPORT, "answer")
    site.admin("agent", "revoke-right", "curious", "reports")
    refused(prp.NOT_PERMITTED, lambda: agent.ask(prp.REPORT_QUERY, query))


@check("reports: a key with this right only is refused reads with 305")
def nothing_else(site):
    agent = clerk(site)
    refused(prp.NOT_PERMITTED, lambda: agent.present("0094000000"))
    agent.ping()


@check("reports: the security log has the report that a person asked for")
def shown_as(site):
    before = seen(site)
    agent = clerk(site)
    agent.ask(prp.REPORT_QUERY, {1: "history", 2: "2001-05", 3: 0, 4: "accounts"})
    refused(prp.REPORT_UNKNOWN, lambda: agent.ask(prp.REPORT_QUERY, {1: "history", 2: "", 3: 0, 4: "weather"}))
    lines = seen(site)[len(before):]
    equal(len(lines), 1, "lines")
    expect("accounts 2001-05" in str(lines[0]), str(lines[0]))


@check("reports: the security log says which key saw which report, and not those that were refused")
def security_log(site):
    site.agent("curious", printer=False, capabilities=["reports"])
    before = seen(site)
    rows(clerk(site), "departments", "2001-03")
    refused(prp.NOT_PERMITTED, lambda: site.agents["curious"].ask(prp.REPORT_QUERY, {1: "users", 2: "2001-04", 3: 0}))
    lines = seen(site)[len(before):]
    equal(len(lines), 1, "lines")
    text = str(lines[0])
    expect("clerk" in text and "departments" in text and "2001-03" in text, text)


def seen(site):
    return [line for line in site.admin("audit")["entries"] if "report-seen" in line.values()]
