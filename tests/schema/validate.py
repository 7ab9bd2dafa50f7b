#!/usr/bin/env python3
"""Checks records of an evidence log, one JSON object a line.

usage: validate.py [FILE...]      (standard input without arguments or for "-")

Each line must be valid against event.schema.json, its members in the order of their names at every level and none
twice. Per log (directory and fenceline.log) event.sequence must go on without a gap; in a segment file it must begin
with the number that the file is named by. A file ends with a newline. Prints what is wrong, at most 20 lines of it, and
counts. Exit status: 0 valid, 1 not valid, 2 wrong use.

A sub-object that was found valid is not checked again (most of a record repeats in the next one): whether it is valid
depends on nothing but itself and its part of the schema.
"""

import collections
import json
import os
import re
import sys

import jsonschema
from jsonschema import validators

SHOWN = 20
CACHE = 100_000  # entries; emptied when full

HERE = os.path.dirname(os.path.abspath(__file__))


class Disorder(ValueError):
    """Members out of order, or one twice."""


def ordered(pairs):
    keys = [k for k, _ in pairs]
    for a, b in zip(keys, keys[1:]):
        if a.encode() >= b.encode():
            raise Disorder(f'member "{b}" stands after "{a}"')
    return dict(pairs)


def not_a_number(name):
    raise ValueError(f"{name} is not JSON")


def make_validators():
    """A validator per event.action, and under None that of the whole schema.

    The schema asks for each action "if it is this one, then": of these, one record concerns one. The validator of an
    action has its "then" alone, which says the same in a quarter of the time.
    """
    with open(os.path.join(HERE, "event.schema.json"), encoding="utf-8") as f:
        schema = json.load(f)
    base = validators.Draft202012Validator
    base.check_schema(schema)
    known = set()
    plain = base.VALIDATORS["properties"]

    def properties(validator, members, instance, whole):
        if not validator.is_type(instance, "object"):
            return
        for name, part in members.items():
            if name not in instance:
                continue
            key = (id(part), repr(instance[name]))
            if key in known:
                continue
            errors = list(plain(validator, {name: part}, instance, whole))
            yield from errors
            if not errors:
                if len(known) >= CACHE:
                    known.clear()
                known.add(key)

    checker = jsonschema.FormatChecker(formats=["ipv4", "ipv6"])
    cls = validators.extend(base, {"properties": properties})
    made = {None: cls(schema, format_checker=checker)}
    actions, rest = {}, []
    for part in schema["allOf"]:
        try:
            actions[part["if"]["properties"]["event"]["properties"]["action"]["const"]] = part["then"]
        except KeyError:
            rest.append(part)
    for action, then in actions.items():
        made[action] = cls({**schema, "allOf": [then, *rest]}, format_checker=checker)
    return made


class Run:
    def __init__(self):
        self.validators = make_validators()
        self.next = {}  # (directory, log) -> number
        self.kinds = collections.Counter()
        self.logs = collections.Counter()
        self.records = 0
        self.wrong = 0

    def complain(self, where, text):
        self.wrong += 1
        if self.wrong <= SHOWN:
            print(f"{where}: {text}", file=sys.stderr)

    def record(self, where, line, directory, first):
        try:
            record = json.loads(line, object_pairs_hook=ordered, parse_constant=not_a_number)
        except ValueError as e:
            self.complain(where, e)
            return
        self.records += 1
        event = record.get("event") if isinstance(record, dict) else None
        action = event.get("action") if isinstance(event, dict) else None
        validator = self.validators.get(action if isinstance(action, str) else None, self.validators[None])
        for e in validator.iter_errors(record):
            place = "/".join(str(p) for p in e.absolute_path)
            self.complain(where, f"{place or 'record'}: {e.message[:300]}")
        try:
            log, number = record["fenceline"]["log"], event["sequence"]
        except (KeyError, TypeError):
            return  # has been said
        self.kinds[str(action)] += 1
        self.logs[log] += 1
        expected = self.next.get((directory, log), number if first is None else first)
        if first is not None and expected != first:
            self.complain(where, f"log {log}: the file is named {first}, but {expected} comes next")
        if number != expected:
            self.complain(where, f"log {log}: event.sequence is {number}, not {expected}")
        self.next[(directory, log)] = number + 1

    def file(self, name, stream):
        segment = re.fullmatch(r"([0-9]{20})\.ndjson", os.path.basename(name))
        first = int(segment[1]) if segment else None
        directory = os.path.dirname(os.path.abspath(name)) if segment else ""
        n, line = 0, b"\n"
        for n, line in enumerate(stream, 1):
            self.record(f"{name}:{n}", line, directory, first)
            first = None
        if not line.endswith(b"\n"):
            self.complain(f"{name}:{n}", "the last line has no newline")


def main(argv):
    if any(a.startswith("-") and a != "-" for a in argv):
        print(__doc__, file=sys.stderr)
        return 2
    run = Run()
    for name in argv or ["-"]:
        if name == "-":
            run.file("-", sys.stdin.buffer)
            continue
        try:
            with open(name, "rb") as stream:
                run.file(name, stream)
        except OSError as e:
            print(f"{name}: {e.strerror}", file=sys.stderr)
            return 2
    if run.wrong > SHOWN:
        print(f"... and {run.wrong - SHOWN} more", file=sys.stderr)
    kinds = ", ".join(f"{n} {k}" for k, n in sorted(run.kinds.items()))
    print(f"{run.records} records in {len(run.logs)} logs, {run.wrong} errors" + (f" ({kinds})" if kinds else ""))
    return 1 if run.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
