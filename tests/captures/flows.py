#!/usr/bin/env python3
"""Compares `fenceline dissect --flows` with tshark's conversations over the same captures: flows, packets and bytes.

usage: flows.py FENCELINE SOURCE_ROOT. The collection is $FENCELINE_SHARED, by default ../shared beside the source; where
there is none the test is skipped (exit 77).

Both sides are brought to conversations (protocol, end, end) with packets and bytes of each direction; packets of flows,
copies and what belongs to no flow must be the packets of the file. What then still differs must be explained by one of the RULES below, each a property of how the two count, not a list of files; a rule
that explains nothing is a fault, too.
"""
import collections
import gzip
import json
import os
import pathlib
import subprocess
import sys

from run_all import packets_of

SKIPPED_FOLDERS = {"malformed"}  # there tshark's reading is no truth: judged by tests/captures/run_all.py


class Rule:
    def __init__(self, name, why):
        self.name, self.why, self.used = name, why, 0


COPIES = Rule("copies", "what the mirror showed twice counts once in our flow and once more as copies; tshark counts both")
FRAGMENTS = Rule("fragments", "tshark books fragments but the last of a datagram as proto ip, without ports; we book all "
                 "frames of a datagram on the flow whose datagram it is: the sum over the pair of addresses is equal")
TAGGED = Rule("tagged", "of a tagged frame without IP tshark names the tag's EtherType, we the one behind the tags: the sum "
              "over the pair of MAC addresses is equal")
ICMP_TYPES = Rule("icmp", "our ICMP flows are told apart by type, as Community ID does; tshark's by address only")
SCTP_PORTS = Rule("sctp", "our SCTP flows are told apart by port; the oracle takes no ports of SCTP")
TUNNELLED_LINK = Rule("tunnelled link", "a frame that is not IP inside a tunnel between IP addresses: the oracle books it on "
                      "the tunnel, we on the MAC addresses, beside the carrier")
OPENED = Rule("opened", "behind an EtherType that tshark does not open (Arista timestamps in their older form) stands the IP "
              "conversation that our flow counts with the rest")
GTP = Rule("gtp", "tshark opens GTP-U (UDP 2152, the mobile core's tunnel); here it is a UDP flow")
NO_FLOW = Rule("no flow", "frames whose headers break their own rules, or control of a link without addresses, are counted "
               "by outcome here and belong to no flow; tshark books what it could read of them")
RULES = [COPIES, FRAGMENTS, TAGGED, ICMP_TYPES, SCTP_PORTS, TUNNELLED_LINK, OPENED, GTP, NO_FLOW]


def lines(path):
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt") as f:
        return [json.loads(line) for line in f]


def gather(flows, ours):
    """{(proto, end, end): packets and bytes from the lesser end, the same from the greater}."""
    table = collections.defaultdict(lambda: [0, 0, 0, 0])
    for f in flows:
        proto = f["proto"]
        a, b = (f["a"], f.get("a_port") or 0), (f["b"], f.get("b_port") or 0)
        ab = [f["pkts_ab"] + f.get("copies_ab", 0), f["bytes_ab"] + f.get("copy_bytes_ab", 0)]
        ba = [f["pkts_ba"] + f.get("copies_ba", 0), f["bytes_ba"] + f.get("copy_bytes_ba", 0)]
        if proto == "sctp":
            SCTP_PORTS.used += ours
            a, b = (a[0], 0), (b[0], 0)
        if a > b:
            a, b, ab, ba = b, a, ba, ab
        row = table[(proto, a, b)]
        if ours:
            COPIES.used += f.get("copies_ab", 0) + f.get("copies_ba", 0) > 0
            ICMP_TYPES.used += sum(row) > 0 and proto.startswith("icmp")
        for i, n in enumerate(ab + ba):
            row[i] += n
    return dict(table)


def total(rows):
    return [sum(n) for n in zip(*rows)] or [0, 0, 0, 0]


def hosts(key):
    return tuple(sorted((key[1][0], key[2][0])))


def is_link(key):
    return key[0].startswith("eth:")


def between(table, keys, pair):
    """What these conversations between two addresses add up to, from the lesser address and from the greater."""
    rows = []
    for key in keys:
        row = table.get(key)
        if row and hosts(key) == pair:
            rows.append(row if key[1][0] <= key[2][0] else row[2:] + row[:2])
    return total(rows)


def frames_and_bytes(rows):
    t = total(rows)
    return t[0] + t[2], t[1] + t[3]


def differences(want, got, carriers, no_flow):
    """What differs and no rule explains. Each rule takes away conversations that it makes equal."""
    left = {k for k in set(want) | set(got) if want.get(k) != got.get(k)}

    def take(rule, keys):
        rule.used += 1
        left.difference_update(keys)

    # the sum over a pair of hosts: fragments over the IP protocols, tags over the EtherTypes
    for rule, belongs in ((FRAGMENTS, lambda k: not is_link(k)), (TAGGED, is_link)):
        for pair in {hosts(k) for k in left if belongs(k)}:
            keys = [k for k in set(want) | set(got) if belongs(k) and hosts(k) == pair]
            if rule is FRAGMENTS and not any(k[0] == "ip" for k in keys):
                continue
            if between(want, keys, pair) == between(got, keys, pair):
                take(rule, keys)
    # the rest of one side equals the rest of the other
    tunnels = {k for k in left if k in want and k not in got and k[0] in ("udp", "gre", "ip") and hosts(k) in carriers}
    links = {k for k in left if k in got and k not in want and is_link(k)}
    if tunnels and frames_and_bytes(want[k] for k in tunnels) == frames_and_bytes(got[k] for k in links):
        take(TUNNELLED_LINK, tunnels | links)
    gtp = {k for k in left if k not in want and k[0] == "udp" and 2152 in (k[1][1], k[2][1])}
    inside = {k for k in left if k not in got}
    if gtp and frames_and_bytes(want[k] for k in inside) == frames_and_bytes(got[k] for k in gtp):
        take(GTP, gtp | inside)
    closed = {k for k in left if k[0] == "eth:0xd28b" and k not in got}
    grown = {k for k in left if k in got and not is_link(k)}
    if closed and frames_and_bytes(want[k] for k in left if k in want) == frames_and_bytes(got[k] for k in grown):
        take(OPENED, closed | grown)
    lost = [x - y for x, y in zip(frames_and_bytes(want[k] for k in left if k in want),
                                  frames_and_bytes(got[k] for k in left if k in got))]
    if left and lost == [sum(f["pkts"] for f in no_flow), sum(f["bytes"] for f in no_flow)]:
        take(NO_FLOW, set(left))
    return [(k, want.get(k), got.get(k)) for k in sorted(left, key=str)]


def main():
    fenceline, root = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    shared = pathlib.Path(os.environ.get("FENCELINE_SHARED", root.parent / "shared"))
    if not (shared / "oracle" / "expected").is_dir():
        print(f"skipped: no reading by tshark at {shared}/oracle (set FENCELINE_SHARED)")
        return 77
    packets = packets_of(shared / "pcaps")
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
        flows_of = [f for f in ours if f["kind"] in ("ip", "link")]
        no_flow = [f for f in ours if f["kind"] == "no_flow"]
        carriers = {tuple(sorted((f["a"], f["b"]))) for f in ours if f["kind"] == "carrier"}
        got, want = gather(flows_of, True), gather(lines(expected), False)
        counted = sum(sum(row[::2]) for row in got.values()) + sum(f["pkts"] for f in no_flow)
        if counted != packets[name]:
            print(f"FAILED {name}: {packets[name]} packets in the file, {counted} accounted for")
            faults += 1
        captures += 1
        flows += len(want)
        left = differences(want, got, carriers, no_flow)
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
