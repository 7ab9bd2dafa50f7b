#!/usr/bin/env python3
"""Compares `fenceline dissect --flows` with tshark's conversations over the same captures: flows, packets and bytes.

usage: flows.py FENCELINE SOURCE_ROOT. The collection is $FENCELINE_SHARED, by default ../shared beside the source; where
there is none the test is skipped (exit 77).

Both sides are brought to conversations (protocol, end, end) with packets and bytes of each direction. What then still
differs must be explained by one of the RULES below, each a property of how the two count, not a list of files; a rule
that explains nothing is a fault, too.
"""
import collections
import gzip
import json
import os
import pathlib
import subprocess
import sys

SKIPPED_FOLDERS = {"malformed"}  # there tshark's reading is no truth: judged by tests/captures/run_all.py


class Rule:
    def __init__(self, name, why):
        self.name, self.why, self.used = name, why, 0


COPIES = Rule("copies", "what the mirror showed twice counts once in our flow and once more as copies; tshark counts both")
FRAGMENTS = Rule("fragments", "tshark books fragments but the last of a datagram as proto ip, without ports; we book all "
                 "frames of a datagram on the flow whose datagram it is: the sum over the pair of addresses is equal")
TAGGED = Rule("tagged", "of a tagged frame without IP tshark names the tag's EtherType, we the one behind the tags")
ICMP_TYPES = Rule("icmp", "our ICMP flows are told apart by type, as Community ID does; tshark's by address only")
CONTROL = Rule("control", "PPP and PPPoE control frames are link control without addresses here (outcome control), a "
               "conversation between MAC addresses there")
RULES = [COPIES, FRAGMENTS, TAGGED, ICMP_TYPES, CONTROL]


def lines(path):
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt") as f:
        return [json.loads(line) for line in f]


def gather(flows, ours):
    """{(proto, end, end): [packets and bytes from the lesser end, the same from the greater]}, and how many had ports."""
    table = collections.defaultdict(lambda: [0, 0, 0, 0])
    for f in flows:
        if ours and f["kind"] == "carrier":
            continue
        proto = f["proto"]
        if proto.startswith("eth:") and (f.get("vlans") if ours else proto in ("eth:0x8100", "eth:0x88a8", "eth:0x9100")):
            proto = "eth:tagged"
            TAGGED.used += ours
        a, b = (f["a"], f.get("a_port") or 0), (f["b"], f.get("b_port") or 0)
        ab = [f["pkts_ab"] + f.get("copies_ab", 0), f["bytes_ab"] + f.get("copy_bytes_ab", 0)]
        ba = [f["pkts_ba"] + f.get("copies_ba", 0), f["bytes_ba"] + f.get("copy_bytes_ba", 0)]
        COPIES.used += ours and f.get("copies_ab", 0) + f.get("copies_ba", 0) > 0
        if a > b:
            a, b, ab, ba = b, a, ba, ab
        row = table[(proto, a, b)]
        if ours and sum(row) and proto.startswith("icmp"):
            ICMP_TYPES.used += 1
        for i, n in enumerate(ab + ba):
            row[i] += n
    return dict(table)


def per_pair(table):
    pairs = collections.defaultdict(lambda: [0, 0, 0, 0])
    for (proto, a, b), row in table.items():
        if proto.startswith("eth:"):
            continue
        flip = a[0] > b[0]
        for i, n in enumerate(row[2:] + row[:2] if flip else row):
            pairs[(min(a[0], b[0]), max(a[0], b[0]))][i] += n
    return pairs


def differences(want, got, control_frames):
    """What differs and no rule explains."""
    left, pairs_want, pairs_got = [], per_pair(want), per_pair(got)
    fragmented = {tuple(sorted((a[0], b[0]))) for (proto, a, b) in want if proto == "ip"}
    for key in sorted(set(want) | set(got), key=str):
        proto, a, b = key
        if want.get(key) == got.get(key):
            continue
        pair = tuple(sorted((a[0], b[0])))
        if not proto.startswith("eth:") and pair in fragmented and pairs_want[pair] == pairs_got[pair]:
            FRAGMENTS.used += 1
            continue
        if proto in ("eth:0x8863", "eth:0x8864") and key not in got and control_frames >= sum(want[key][::2]):
            CONTROL.used += 1
            control_frames -= sum(want[key][::2])
            continue
        left.append((key, want.get(key), got.get(key)))
    return left


def main():
    fenceline, root = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    shared = pathlib.Path(os.environ.get("FENCELINE_SHARED", root.parent / "shared"))
    if not (shared / "oracle" / "expected").is_dir():
        print(f"skipped: no reading by tshark at {shared}/oracle (set FENCELINE_SHARED)")
        return 77
    faults = captures = flows = 0
    for capture in sorted((shared / "pcaps").rglob("*.pcap*")):
        name = str(capture.relative_to(shared / "pcaps"))
        if name.split("/")[0] in SKIPPED_FOLDERS:
            continue
        expected = shared / "oracle" / "expected" / (name + ".flows.ndjson")
        if not expected.exists():
            expected = expected.with_name(expected.name + ".gz")
        if not expected.exists():
            continue
        run = subprocess.run([fenceline, "dissect", "--flows", "-r", str(capture)], capture_output=True, check=False)
        if run.returncode:
            print(f"FAILED {name}: exit status {run.returncode}: {run.stderr.decode()[:300]}")
            faults += 1
            continue
        ours = [json.loads(line) for line in run.stdout.splitlines()]
        control = sum(f["frames"] for f in ours if f["kind"] == "control")
        got = gather([f for f in ours if f["kind"] != "control"], True)
        want = gather(lines(expected), False)
        captures += 1
        flows += len(want)
        left = differences(want, got, control)
        faults += bool(left)
        if left:
            print(f"FAILED {name}: {len(left)} conversations differ")
            for key, w, g in left[:12]:
                print(f"    {key}: tshark {w}, fenceline {g}")
    for rule in RULES:
        print(f"rule {rule.name}: {rule.used} times: {rule.why}")
        if not rule.used:
            print(f"FAILED rule {rule.name} explains nothing")
            faults += 1
    print(f"flows: {captures} captures, {flows} conversations, {faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
