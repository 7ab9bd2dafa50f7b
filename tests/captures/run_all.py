#!/usr/bin/env python3
"""Runs fenceline over every capture of a collection with a catch-all policy: none may end in an error or a sanitizer
report, write a record that breaks the schema, or leave a frame out of the counters.

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


def fault_of(fenceline, root, capture):
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
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        faults = list(pool.map(lambda c: fault_of(fenceline, root, c), captures))
    for capture, fault in zip(captures, faults):
        if fault:
            print(f"FAILED {capture.relative_to(pcaps)}: {fault}")
    print(f"captures: {faults.count(None)} of {len(captures)} without an error")
    return 0 if captures and faults.count(None) == len(captures) else 1


if __name__ == "__main__":
    sys.exit(main())
