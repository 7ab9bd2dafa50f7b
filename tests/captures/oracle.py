#!/usr/bin/env python3
"""Compares `fenceline dissect` with tshark's reading of the same captures, unit by unit and field by field.

usage: oracle.py FENCELINE SOURCE_ROOT
       oracle.py --judge FENCELINE CAPTURE NDJSON

The collection is $FENCELINE_SHARED, by default ../shared beside the source: pcaps/ and oracle/expected/ (one JSON object
per unit, made with tshark beforehand). Where there is none the test is skipped (exit 77). Beside it, made/ has captures of
our own (made/make.py) with tshark's reading of them. How records are matched is in records.py. tshark is not always right: differences.tsv says where, which of the two readings the bytes and the standard
bear out, and how often; its predicates are in rules.py. The test fails on a difference that no row explains, and on a row
that does not explain as many as it says.

--judge compares one capture with one reading made elsewhere and prints every difference, with the rule that would explain
it; it fails if there is one without.
"""
import collections
import concurrent.futures
import csv
import fnmatch
import json
import os
import pathlib
import subprocess
import sys

import records
from rules import RULES

HERE = pathlib.Path(__file__).resolve().parent
COLUMNS = ("rule", "captures", "count", "tshark", "fenceline", "decided by")
SHOWN = 40  # differences without a rule that are printed; the rest is counted


def load_rows():
    with open(HERE / "differences.tsv", newline="", encoding="utf-8") as table:
        rows = list(csv.DictReader(table, delimiter="\t"))
    for row in rows:
        assert tuple(row) == COLUMNS and row["rule"] in RULES and row["decided by"], f"differences.tsv: {row}"
    assert {row["rule"] for row in rows} == set(RULES), "differences.tsv and rules.py do not name the same rules"
    return rows


def explain(rows, d):
    """The first row that explains a difference, or None."""
    for row in rows:
        if fnmatch.fnmatch(d.capture, row["captures"]) and applies(row["rule"], d):
            return row
    return None


def applies(rule, d):
    try:
        return RULES[rule](d)
    except (KeyError, TypeError):  # a field that it speaks of is not there
        return False


def dissect(fenceline, capture):
    run = subprocess.run([str(fenceline), "dissect", "-r", str(capture)], capture_output=True, check=False)
    if run.returncode:
        raise RuntimeError(f"ended with {run.returncode}: {run.stderr.decode(errors='replace')[:300]}")
    return [r for r in map(json.loads, run.stdout.splitlines()) if r["proto"] in records.PROTOCOLS]


def compare(fenceline, capture, expected, name):
    result = records.compare(records.read(expected), dissect(fenceline, capture))
    for comparison in result.values():
        for d in comparison.differences:
            d.capture = name
    return result


def add_up(total, result):
    for proto, c in result.items():
        t = total[proto]
        t.theirs += c.theirs
        t.ours += c.ours
        t.matched += c.matched
        t.differing += c.differing
        t.differences += c.differences


def print_totals(total):
    for proto, c in total.items():
        lost = collections.Counter(d.what for d in c.differences)
        print(f"{proto}: oracle {c.theirs}, fenceline {c.ours}, matched {c.matched} (of these differing {c.differing}), "
              f"missing {lost['missing']}, extra {lost['extra']}")


def judge(fenceline, capture, expected):
    rows = load_rows()
    total = compare(fenceline, capture, expected, pathlib.Path(capture).name)
    unexplained = 0
    for c in total.values():
        for d in c.differences:
            row = next((r for r in rows if applies(r["rule"], d) and r["captures"] in ("*", "made/*")), None)
            unexplained += row is None
            print(f"{d}{' [' + row['rule'] + ']' if row else ''}")
    print_totals(total)
    return 1 if unexplained else 0


def collection(shared):
    """(name, capture, expected) of each capture that has a reading: those made for this test first."""
    for capture in sorted((HERE / "made").glob("*.pcap")):
        yield f"made/{capture.name}", capture, capture.with_suffix(".ndjson")
    for capture in sorted((shared / "pcaps").rglob("*.pcap*")):
        name = str(capture.relative_to(shared / "pcaps"))
        base = shared / "oracle" / "expected" / (name + ".ndjson")
        expected = base if base.exists() else base.with_name(base.name + ".gz")
        if expected.exists():
            yield name, capture, expected


def main():
    if len(sys.argv) == 5 and sys.argv[1] == "--judge":
        return judge(*sys.argv[2:])
    fenceline, root = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    shared = pathlib.Path(os.environ.get("FENCELINE_SHARED", root.parent / "shared"))
    if not (shared / "oracle" / "expected").is_dir():
        print(f"skipped: no reading by tshark at {shared}/oracle (set FENCELINE_SHARED)")
        return 77
    rows = load_rows()
    total = {proto: records.Comparison() for proto in records.PROTOCOLS}
    faults = captures = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        runs = [(name, pool.submit(compare, fenceline, capture, expected, name))
                for name, capture, expected in collection(shared)]
        for name, run in runs:
            captures += 1
            try:
                add_up(total, run.result())
            except RuntimeError as e:
                print(f"FAILED {name}: {e}")
                faults += 1
    explained, alone = collections.Counter(), []
    for c in total.values():
        for d in c.differences:
            row = explain(rows, d)
            if row:
                explained[id(row)] += 1
            else:
                alone.append(d)
    for d in alone[:SHOWN]:
        print(f"FAILED {d.capture}: {d}")
    if len(alone) > SHOWN:
        print(f"... and {len(alone) - SHOWN} more")
    for row in rows:
        if explained[id(row)] != int(row["count"]):
            print(f"FAILED differences.tsv: {row['rule']} in {row['captures']} explains {explained[id(row)]} differences, "
                  f"not {row['count']}")
            faults += 1
    print_totals(total)
    print(f"{captures} captures, {sum(explained.values())} differences explained by {len(rows)} rows, {len(alone)} not")
    return 1 if faults or alone or not captures else 0


if __name__ == "__main__":
    sys.exit(main())
