#!/usr/bin/env python3
"""Checks that event.schema.json uses ECS as ECS 9.4.0 defines it.

usage: check_ecs.py [FIELDS.csv CATEGORIZATION.tsv]

Every member of the schema outside fenceline.* must be a field of ECS with a fitting type, an array where ECS has one
and nowhere else; event.kind, category, type and outcome only of values that ECS allows, and each type of an event among
those that ECS expects with one of its categories. The facts come from ecs-9.4.0.tsv beside this file; with arguments,
from the field list of ECS itself (generated/csv/fields.csv) and a table of its categorization, against which
ecs-9.4.0.tsv is then checked as well. Exit status: 0 all is well, 1 not.
"""

import csv
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
CATEGORIZED = {"event.kind", "event.category", "event.type", "event.outcome"}
FITTING = {"integer": {"long"}, "number": {"long", "float"}, "boolean": {"boolean"},
           "string": {"keyword", "ip", "date", "match_only_text", "wildcard"}}


def load_own():
    fields, values = {}, {}
    with open(os.path.join(HERE, "ecs-9.4.0.tsv"), encoding="utf-8") as f:
        for row in csv.reader((line for line in f if not line.startswith("#")), delimiter="\t"):
            if row[0] == "field":
                fields[row[1]] = (row[2], row[3] == "array")
            else:
                values[row[1], row[2]] = frozenset(filter(None, row[3].split(",")))
    return fields, values


def load_ecs(fields_csv, categorization_tsv):
    fields, values = {}, {}
    with open(fields_csv, encoding="utf-8") as f:
        for row in csv.DictReader(f):
            fields[row["Field"]] = (row["Type"], row["Normalization"] == "array")
    with open(categorization_tsv, encoding="utf-8") as f:
        for line in f:
            if not line.startswith(("#", "field\t")):
                field, value, expected = line.rstrip("\n").split("\t")
                values[field, value] = frozenset(filter(None, expected.split(",")))
    return fields, values


class Check:
    def __init__(self, schema, fields, values):
        self.schema, self.fields, self.values = schema, fields, values
        self.used, self.wrong = set(), []

    def resolve(self, part):
        while "$ref" in part:
            part = self.schema["$defs"][part["$ref"].rsplit("/", 1)[1]]
        return part

    def member(self, path, part):
        part = self.resolve(part)
        if "properties" in part:
            for name, inner in part["properties"].items():
                self.member(f"{path}.{name}" if path else name, inner)
            return
        field = self.fields.get(path)
        if not field:
            self.wrong.append(f"{path} is no field of ECS")
            return
        self.used.add(path)
        array = part.get("type") == "array"
        if array != field[1]:
            self.wrong.append(f"{path}: {'an' if array else 'no'} array, unlike ECS")
        leaf = self.resolve(part["items"]) if array else part
        for value in self.leaf_values(leaf):
            if path in CATEGORIZED and (path, value) not in self.values:
                self.wrong.append(f"{path}: ECS has no value {value}")
        kind = leaf.get("type") or ("string" if all(isinstance(v, str) for v in self.leaf_values(leaf)) else "integer")
        if field[0] not in FITTING.get(kind, set()):
            self.wrong.append(f"{path}: {kind} does not fit {field[0]}")

    @staticmethod
    def leaf_values(leaf):
        return leaf.get("enum", [leaf["const"]] if "const" in leaf else [])

    def kinds(self):
        for part in self.schema["allOf"]:
            event = part["then"]["properties"].get("event")
            if not event:
                continue
            name = part["if"]["properties"]["event"]["properties"]["action"]["const"]
            categories = event["properties"]["category"]["const"]
            expected = frozenset().union(*(self.values["event.category", c] for c in categories))
            for types in event["properties"]["type"]["enum"]:
                for t in types:
                    if t not in expected:
                        self.wrong.append(f"{name}: ECS does not expect type {t} with category {', '.join(categories)}")

    def run(self):
        for name, part in self.schema["properties"].items():
            if name != "fenceline":
                self.member(name, part)
        self.kinds()


def main(argv):
    with open(os.path.join(HERE, "event.schema.json"), encoding="utf-8") as f:
        schema = json.load(f)
    own = load_own()
    facts = load_ecs(*argv) if len(argv) == 2 else own
    check = Check(schema, *facts)
    check.run()
    for mine, theirs in zip(own, facts):
        for key, value in mine.items():
            if theirs.get(key) != value:
                check.wrong.append(f"ecs-9.4.0.tsv: {key} is {theirs.get(key)} in ECS, not {value}")
    for text in check.wrong:
        print(text, file=sys.stderr)
    print(f"{len(check.used)} ECS fields, {len(check.wrong)} errors")
    return 1 if check.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
