# SPDX-License-Identifier: Apache-2.0
"""The document itself: its tables of keys, and its recorded bytes, each of which must be what its table says."""

import re
from dataclasses import dataclass, field

import prp

RANGES = {
    "id": (0, 2**63 - 1), "sequence": (1, 2**63 - 1), "count": (0, 2**31 - 1), "u32": (0, 2**32 - 1),
    "u64": (0, 2**64 - 1), "u64 below 2^63": (0, 2**63 - 1), "ms": (0, 2**32 - 1), "unsigned": (0, 2**64 - 1),
    "time": (-(2**63), 2**63 - 1), "integer": (-(2**63), 2**63 - 1),
}
BOTH = {prp.REQUEST, prp.REPLY}


@dataclass
class Table:
    """One message's keys: a path like (1, 2) is key 2 of what key 1 holds."""
    role: str
    types: dict = field(default_factory=dict)
    optional: set = field(default_factory=set)


@dataclass
class Section:
    title: str
    tables: list = field(default_factory=list)
    vectors: list = field(default_factory=list)
    # Whether the table that is being read is one of keys.
    has_keys: bool = False


def sections(path):
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    found, inside, collected = [Section("")], False, []
    for line in lines:
        if line.startswith("```"):
            if inside and collected is not None:
                found[-1].vectors.append(bytes.fromhex("".join("".join(collected).split())))
            inside = not inside
            collected = [] if line == "```hex" else None
        elif inside:
            if collected is not None:
                collected.append(line)
        elif line.startswith("#"):
            found.append(Section(line.lstrip("# ")))
        elif line.startswith("|"):
            read_row(found[-1], [cell.strip() for cell in line.strip("|").split("|")])
    return found


def read_row(section, cells):
    if cells[0] == "key":
        role = next((role for role in ("request", "reply", "command") if role in cells[1]), "")
        section.tables.append(Table(role))
        section.has_keys = True
    elif not re.fullmatch(r"[\d.]+|-+", cells[0]):
        section.has_keys = False
    elif section.has_keys and cells[0][0] != "-":
        key = tuple(int(part) for part in cells[0].split("."))
        table = section.tables[-1]
        table.types[key] = cells[2]
        if any("since" in cell or "absent" in cell for cell in cells[1:]):
            table.optional.add(key)


def check_vector(section, data):
    """What a vector is; a Fault when it is not what its section says."""
    parsed = prp.parse(data)
    if parsed is None or parsed[1]:
        raise prp.Fault("the length is not that of the frame")
    frame = parsed[0]
    if frame.kind in (prp.PING, prp.PONG):
        if frame.payload:
            raise prp.Fault("a payload on ping or pong")
    elif (frame.kind, frame.type) == (prp.DATA, prp.DOCUMENT):
        if not 9 <= len(frame.payload) <= 65_544:
            raise prp.Fault("data of a forbidden size")
    else:
        check_fields(section, frame)
    return frame


def check_fields(section, frame):
    roles = {prp.REQUEST: "request", prp.REPLY: "reply", prp.COMMAND: "command"}
    role = roles.get(frame.kind, "")
    # Only those keys are looked at that a table of the section, or of the one it refers to, has.
    tables = [table for table in section.tables if table.role in ("", role)]
    if not tables and not frame.fields:
        return
    problems = []
    for table in tables or section.tables or [Table("")]:
        try:
            return check_map(table, (), frame.fields)
        except prp.Fault as problem:
            problems.append(str(problem))
    raise prp.Fault("; ".join(problems))


def check_map(table, path, value):
    keys = {key[-1] for key in table.types if key[:-1] == path}
    required = {key[-1] for key in table.types if key[:-1] == path and key not in table.optional}
    if not required <= set(value) <= keys:
        raise prp.Fault(f"keys {sorted(value)} instead of {sorted(keys)}")
    for key, entry in value.items():
        check_type(table, (*path, key), table.types[(*path, key)], entry)


def check_type(table, path, type, value):
    # “bytes to 128, before dialogue to 64”: the present comes first.
    type = re.sub(r",(?! or null).*", "", type).replace(", or null", " or null").strip()
    alternatives = type.removesuffix(" or null")
    if value is None:
        fits = alternatives != type
    elif match := re.fullmatch(r"array of (?:at most (\d[\d,]*) )?(.+)", alternatives):
        count = int(match[1].replace(",", "")) if match[1] else prp.ITEM_LIMIT
        fits = isinstance(value, list) and len(value) <= count
        for entry in value if fits else ():
            check_type(table, path, match[2], entry)
    elif re.fullmatch(r"maps?", alternatives):
        fits = isinstance(value, dict)
        if fits:
            check_map(table, path, value)
    elif match := re.fullmatch(r"text ([\d,]+)", alternatives):
        fits = isinstance(value, str) and len(value.encode()) <= int(match[1].replace(",", ""))
    elif match := re.fullmatch(r"bytes (to )?(\d+)", alternatives):
        fits = isinstance(value, bytes) and (len(value) <= int(match[2]) if match[1] else len(value) == int(match[2]))
    elif alternatives in ("bool", "boolean"):
        fits = isinstance(value, bool)
    elif alternatives in RANGES:
        low, high = RANGES[alternatives]
        fits = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
    else:
        raise prp.Fault(f"key {path}: the type “{type}” is none of the document's")
    if not fits:
        raise prp.Fault(f"key {path}: {value!r} is no {type}")
