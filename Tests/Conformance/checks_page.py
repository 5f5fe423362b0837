# SPDX-License-Identifier: Apache-2.0
"""The document's own recorded bytes."""

import os

import page
import prp
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
    "HELLO", "WELCOME", "ENROL", "ENROLLED", "GOAWAY", "CREDENTIAL", "CHALLENGE", "CHALLENGE_REPLY", "SESSION",
    "SESSION_END", "READ_OUTCOME", "RELEASE", "DOCUMENT", "DOCUMENT_END", "PROGRESS", "REFUSED",
}
