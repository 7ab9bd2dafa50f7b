#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks a recording of the plant pair with tshark, which knows nothing of fenceline:
frames (tags, length, checksums, duplicates), protocols, and that the conversations
are those of plant-pair.expected.tsv, no fewer and no more.
usage: check.py [CAPTURE [EXPECTED.tsv]]"""

import collections
import csv
import os
import subprocess
import sys

here = os.path.dirname(os.path.abspath(__file__))
pcap = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", "plant-pair.pcap")
expected = sys.argv[2] if len(sys.argv) > 2 else os.path.join(here, "..", "plant-pair.expected.tsv")
failures = 0


def tshark(*args):
    r = subprocess.run(["tshark", "-n", "-r", pcap, "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE",
                        "-o", "udp.check_checksum:TRUE", *args], capture_output=True, text=True)
    if r.returncode:
        sys.exit(f"check: tshark: {r.stderr.strip()}")
    return r.stdout.splitlines()


def fields(flt, *names):
    args = [a for n in names for a in ("-e", n)]
    return [line.split("\t") for line in tshark("-Y", flt, "-T", "fields", "-E", "occurrence=f", *args)]


def check(ok, what):
    global failures
    failures += not ok
    print(("ok    " if ok else "FAIL  ") + what)


frames = fields("frame", "frame.number", "frame.time_epoch", "frame.len", "vlan.id", "eth.src")
check(2000 <= len(frames) <= 8000, f"{len(frames)} frames")
check(all(f[3] for f in frames), "every frame has a VLAN tag")
check(max(int(f[2]) for f in frames) <= 1518, f"longest frame {max(int(f[2]) for f in frames)} bytes (1500 + tag)")
vlans = collections.defaultdict(set)
for f in frames:
    vlans[f[4]].add(f[3])
check(all(len(v) == 1 for v in vlans.values()), f"{len(vlans)} senders, each on one VLAN")
check(not any(m.startswith("02:f0") for m in vlans), "no frame from a leg of the router")
bad = fields("ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0 || "
             "icmp.checksum.status == 0 || icmpv6.checksum.status == 0", "frame.number")
check(not bad, f"checksums: {len(bad)} bad")
raw = tshark("-T", "fields", "-e", "frame.time_epoch", "-e", "ip.src", "-e", "ip.id", "-e", "tcp.seq_raw",
             "-e", "tcp.ack_raw", "-e", "tcp.len", "-e", "tcp.flags", "-e", "udp.checksum", "-Y", "ip && !ip.flags.mf == 1")
keys = collections.Counter(tuple(r.split("\t")[1:]) for r in raw if r.split("\t")[3])
check(max(keys.values()) == 1, "no TCP segment is there twice")
check(len(fields("tcp.analysis.lost_segment || tcp.analysis.out_of_order", "frame.number")) == 0,
      "no segment lost or out of order")

for name, flt, least in (
        ("Modbus requests", "modbus && tcp.dstport == 502", 300), ("Modbus exceptions", "modbus.exception_code", 5),
        ("Modbus device identification", "modbus.func_code == 43", 3),
        ("segments with several Modbus requests", "tcp.dstport == 502 && modbus && tcp.len == 48", 5),
        ("S7comm", "s7comm", 100), ("S7 write", "s7comm.param.func == 0x05", 4), ("S7 PLC stop", "s7comm.param.func == 0x29", 2),
        ("EtherNet/IP", "enip", 60), ("CIP", "cip", 50), ("CIP (Large) Forward Open", "cip.sc == 0x54 || cip.sc == 0x5b", 2),
        ("CIP Write Tag", "cip.sc == 0x4d", 4),
        ("TLS client hello", "tls.handshake.type == 1", 5), ("TLS 1.2", "tls.record.version == 0x0303", 1),
        ("SSH", "ssh", 40), ("SMB2", "smb2", 60), ("DNS", "dns && !mdns", 10), ("DNS over TCP", "dns && tcp", 2),
        ("NTP", "ntp", 6), ("HTTP", "http", 2), ("mDNS", "mdns", 1), ("LLDP", "lldp", 1), ("ARP", "arp", 20),
        ("ICMP echo", "icmp.type == 8", 7), ("ICMPv6 echo", "icmpv6.type == 128", 5),
        ("IP fragments", "ip.flags.mf == 1 || ip.frag_offset > 0", 8), ("TCP resets of a SYN", "tcp.flags == 0x014", 3)):
    n = len(fields(flt, "frame.number"))
    check(n >= least, f"{name}: {n}")
codes = {r[0] for r in fields("modbus && tcp.dstport == 502", "modbus.func_code")}
want = {"1", "2", "3", "4", "5", "6", "8", "15", "16", "17", "22", "23", "43"}
check(want <= codes, "Modbus function codes " + " ".join(sorted(codes, key=int)))

# Conversations: the opener of each, against the ground truth.
seen = {(r[0] or r[2], r[1] or r[3], "tcp") for r in
        fields("tcp.flags.syn == 1 && tcp.flags.ack == 0", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst")}
answer = set()
for r in fields("udp && !icmp", "ip.src", "ip.dst", "udp.srcport", "udp.dstport"):
    if (r[1], r[0], r[3], r[2]) not in answer and r[2] not in ("44818",):
        answer.add(tuple(r))
        seen.add((r[0], r[1], "udp"))
seen |= {(r[0], r[1], "icmp") for r in fields("icmp.type == 8", "ip.src", "ip.dst")}
seen |= {(r[0], r[1], "icmp") for r in fields("icmpv6.type == 128", "ipv6.src", "ipv6.dst")}
with open(expected, newline="") as f:
    rows = list(csv.DictReader(f, delimiter="\t"))
carrier = {"dns": ("udp", "tcp"), "ntp": ("udp",), "mdns": ("udp",), "icmp": ("icmp",), "icmpv6": ("icmp",), "enip": ("tcp", "udp")}
told = set()
for r in rows:
    kinds = [(r["initiator"], r["responder"], t) for t in carrier.get(r["protocol"], ("tcp",))]
    hit = [k for k in kinds if k in seen]
    told.update(hit)
    if not hit:
        check(False, f"expected but not recorded: {r['initiator']} -> {r['responder']} {r['protocol']}")
for k in sorted(seen - told):
    check(False, "recorded but not expected: %s -> %s %s" % k)
check(seen == told, f"{len(rows)} expected rows, {len(seen)} pairs of opener and answerer on record")
tags = {}
for src, v in [(r[0] or r[1], r[2]) for r in fields("ip || ipv6", "ip.src", "ipv6.src", "vlan.id")]:
    tags.setdefault(src, set()).add(v)
check(all(len(v) == 1 for v in tags.values()), "each address sends on one VLAN")
sys.exit(1 if failures else 0)
