#!/usr/bin/env python3
"""Runs fenceline over every capture of a collection with a catch-all policy: none may end in an error or a sanitizer
report, write a record that breaks the schema, or leave a frame out of the counters: frames seen are the packets that
capinfos counts (the collection's MANIFEST.tsv), and each has one outcome.

usage: run_all.py FENCELINE SOURCE_ROOT. The collection is $FENCELINE_SHARED/pcaps, by default ../shared/pcaps beside the
source; where there is none the test is skipped (exit 77).
"""
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile

SECONDS = 300  # for one capture, under sanitizers


def packets_of(pcaps):
    """Packets of each capture as the collection's manifest says, which capinfos counted."""
    with open(pcaps / "MANIFEST.tsv", encoding="utf-8") as f:
        rows = [line.rstrip("\n").split("\t") for line in f]
    at = rows[0].index("packets")
    return {row[0]: int(row[at]) for row in rows[1:]}


def fault_of(fenceline, root, capture, packets):
    """What is wrong with a run over one capture, or None."""
    with tempfile.TemporaryDirectory() as tmp:
        evidence = pathlib.Path(tmp) / "evidence"
        try:
            run = subprocess.run(
                [fenceline, "run", "-r", str(capture), "-c", str(root / "zones/examples/catch-all.yaml"),
                 "-o", str(evidence), "--json"], capture_output=True, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return f"did not end within {SECONDS} s"
        if run.returncode or run.stderr:
            return f"exit status {run.returncode}: {run.stderr.decode(errors='replace')[:600]}"
        coverage = json.loads(run.stdout)["coverage"]
        if not coverage["frames"] or coverage["frames"] != sum(coverage["outcomes"].values()):
            return f"{coverage['frames']} frames, {sum(coverage['outcomes'].values())} outcomes"
        if coverage["frames"] != packets:
            return f"{coverage['frames']} frames, {packets} packets in the file"
        for log in sorted(p for p in evidence.iterdir() if p.is_dir()):
            segments = [str(s) for s in sorted(log.glob("*.ndjson")) if s.stat().st_size]
            valid = subprocess.run([sys.executable, str(root / "tests/schema/validate.py"), *segments],
                                   capture_output=True, text=True, check=False)
            if valid.returncode:
                return f"log {log.name}: {valid.stdout[:600]}{valid.stderr[:600]}"
    return None


def main():
    fenceline, root = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    pcaps = pathlib.Path(os.environ.get("FENCELINE_SHARED", root.parent / "shared")) / "pcaps"
    if not pcaps.is_dir():
        print(f"skipped: no capture collection at {pcaps} (set FENCELINE_SHARED)")
        return 77
    captures = sorted(p for p in pcaps.rglob("*") if p.suffix in (".pcap", ".pcapng"))
    packets = packets_of(pcaps)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        faults = list(pool.map(lambda c: fault_of(fenceline, root, c, packets[str(c.relative_to(pcaps))]), captures))
    for capture, fault in zip(captures, faults):
        if fault:
            print(f"FAILED {capture.relative_to(pcaps)}: {fault}")
    print(f"captures: {faults.count(None)} of {len(captures)} without an error")
    return 0 if captures and faults.count(None) == len(captures) else 1


if __name__ == "__main__":
    sys.exit(main())
