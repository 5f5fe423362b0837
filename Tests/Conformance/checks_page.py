# SPDX-License-Identifier: Apache-2.0
"""The document's own recorded bytes."""

import itertools
import os
import re

import page
import prp
from agent import REFUSALS
from identity import EnrolmentString
from suite import check, equal, expect

PAGE = os.path.join(os.path.dirname(__file__), "../../Sources/ReleaseWire/ReleaseWire.docc/PRP-1.md")


def vectors():
    return [(section, data) for section in page.sections(PAGE) for data in section.vectors]


@check("page: each recorded frame is what its section's table says")
def recorded_frames(_):
    problems = []
    for section, data in vectors():
        try:
            page.check_vector(section, data)
        except prp.Fault as problem:
            problems.append(f"{section.title}: {problem}")
    expect(not problems, "; ".join(problems))


@check("page: each message of the table is recorded at least once")
def all_recorded(_):
    types = {page.check_vector(section, data).type for section, data in vectors()}
    named = {value for name, value in vars(prp).items() if name in MESSAGES}
    equal(sorted(named - types), [], "without recorded bytes")


MESSAGES = {
    "HELLO", "WELCOME", "ENROL", "ENROLLED", "ROTATE_KEY", "GOAWAY", "CREDENTIAL", "CHALLENGE", "CHALLENGE_REPLY",
    "SESSION", "SESSION_END", "READ_OUTCOME", "LOGIN", "ACCOUNTS", "JOB_LIST", "RELEASE", "HOLD", "DELETE",
    "REGISTERED", "CHANGE_PIN", "DOCUMENT", "DOCUMENT_END", "PROGRESS", "READER_STATUS", "CUSTODY",
    "CUSTODY_ASK_NOW", "LEARN", "CUSTODY_OPEN", "ACCOUNT", "CACHE_POLICY", "REPORT_QUERY", "REPORT", "REFUSED",
}


@check("page: the example of an enrolment string is computed as the page says")
def enrolment_example(_):
    rows = table("what", "value")
    code = EnrolmentString(rows["string"].strip("`"))
    equal(code.code.hex(), rows["key of the HMAC"].strip("`"), "key of the HMAC")
    equal(code.server, bytes(range(10)), "server")
    equal(code.proof(bytes(range(32, 64)), bytes(range(32))).hex(), rows["proof"].strip("`"), "proof")


def table(first, second):
    """The first table with columns so named: the second column by the first."""
    with open(PAGE, encoding="utf-8") as file:
        lines = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in file]
    start = next(n for n, cells in enumerate(lines) if cells[:2] == [first, second])
    rows = itertools.takewhile(lambda cells: len(cells) > 1, lines[start + 2 :])
    return {cells[0]: cells[1] for cells in rows}


# Names of requests that are not those of their types here.
REQUESTS = {"ACCOUNT_LIST": prp.ACCOUNTS, "DOCUMENT_OPEN": prp.DOCUMENT}
ANY = {prp.UNEXPECTED, prp.NOT_PERMITTED, prp.BUSY, prp.STORE_FULL, prp.MAINTENANCE, prp.REVOKED, prp.FENCED}


FIRST = r"^\| (\d{3}) \|.*\| (\d{3}) \|$"


def heard_as_listed(_):
    """Last, when everything was heard."""
    listed = {}
    for names, codes in table("request", "codes").items():
        for name in names.replace("`", "").split(", "):
            type = REQUESTS.get(name) or getattr(prp, name)
            listed[type] = {int(code) for code in re.findall(r"\d{3}", codes)} | ANY
    # What an agent hears that names no capability.
    first = {int(code): int(earlier) for code, earlier in re.findall(FIRST, text(), re.MULTILINE)}
    for type, codes in listed.items():
        listed[type] = codes | {first[code] for code in codes if code in first}
    timed = {int(code) for code, retry in table_of_codes().items() if "time in key 2" in retry}
    wrong = [(type, code) for type, code, has_time in REFUSALS
             if code not in listed[type] or has_time and code not in timed]
    expect(len(REFUSALS) > 30 and not wrong, f"type of request and code: {sorted(wrong)} of {len(REFUSALS)}")


def table_of_codes():
    return dict(re.findall(r"^\| (\d{3}) \| \w+ \| (.*?) \|", text(), re.MULTILINE))


def text():
    with open(PAGE, encoding="utf-8") as file:
        return file.read()
