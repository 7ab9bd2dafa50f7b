#!/usr/bin/env python3
"""Measures fenceline against tcpdump and ndpiReader (and tshark with --tshark) on the same captures in the same run.

usage: bench.py FENCELINE SOURCE_ROOT [--tshark] [CAPTURE...]

CPU seconds (user + system) of whole processes, median of five runs in turn; what counts is the ratio. Without CAPTURE the
shipped capture is taken apart into its industrial traffic and the rest, and each part repeated to about a million packets.
Needs tcpdump; ndpiReader (Debian's libndpi-bin) where it is installed. tests/bench/lookup measures the policy alone.
"""
import argparse
import pathlib
import resource
import shutil
import statistics
import struct
import subprocess
import tempfile

RUNS = 5
PACKETS = 1_000_000
PARTS = {"industrial": "port 502 or port 102 or port 44818 or port 2222",
         "it": "not (port 502 or port 102 or port 44818 or port 2222)"}


def repeat(source, target):
    """A nanosecond pcap again and again to about PACKETS packets, each copy 70 s after the one before."""
    data = source.read_bytes()
    header, body = data[:24], data[24:]
    assert struct.unpack("<I", header[:4])[0] == 0xA1B23C4D, "a little-endian nanosecond pcap"
    packets, at = [], 0
    while at < len(body):
        seconds, nanos, caplen, length = struct.unpack_from("<IIII", body, at)
        packets.append((seconds, nanos, caplen, length, body[at + 16:at + 16 + caplen]))
        at += 16 + caplen
    times = max(1, PACKETS // len(packets))
    with open(target, "wb") as out:
        out.write(header)
        for i in range(times):
            out.write(b"".join(struct.pack("<IIII", s + 70 * i, n, c, w) + d for s, n, c, w, d in packets))
    return len(packets) * times


def shipped(root, tmp):
    captures = []
    for part, bpf in PARTS.items():
        one, many = pathlib.Path(tmp) / f"{part}.pcap", pathlib.Path(tmp) / f"plant-pair-{part}.pcap"
        subprocess.run(["tcpdump", "-r", str(root / "pcaps/plant-pair.pcap"), "--time-stamp-precision=nano", "-w", str(one),
                        bpf + " or (vlan and (" + bpf + "))"], check=True, stderr=subprocess.DEVNULL)
        print(f"{many.name}: {repeat(one, many)} packets")
        captures.append(many)
    return captures


def cpu(args):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(args, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(fenceline, policy, capture, tmp, tshark):
    commands = {
        "tcpdump -w": ["tcpdump", "-r", str(capture), "-w", "/dev/null"],
        "fenceline run": [str(fenceline), "run", "-q", "-r", str(capture), "-c", str(policy)],
        "fenceline run -o": [str(fenceline), "run", "-q", "-r", str(capture), "-c", str(policy), "-o", "DIR"],
        "fenceline dissect": [str(fenceline), "dissect", "-r", str(capture)],
    }
    if shutil.which("ndpiReader"):
        commands["ndpiReader -q"] = ["ndpiReader", "-i", str(capture), "-q"]
    if tshark:
        commands["tshark -T ek"] = ["tshark", "-r", str(capture), "-T", "ek"]
    seconds = {name: [] for name in commands}
    for run in range(RUNS):
        for name, args in commands.items():
            if name == "tshark -T ek" and run:
                continue  # slow, and far away: once is enough
            seconds[name].append(cpu([f"{tmp}/evidence-{run}" if a == "DIR" else a for a in args]))
        shutil.rmtree(f"{tmp}/evidence-{run}", ignore_errors=True)
    base = statistics.median(seconds["tcpdump -w"])
    print(f"{capture.name} ({capture.stat().st_size / 1e6:.1f} MB)")
    for name, runs in seconds.items():
        s = statistics.median(runs)
        print(f"  {name:20} {s:8.3f} s CPU  {s / base:6.1f} x tcpdump   (min {min(runs):.3f}, max {max(runs):.3f})")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("fenceline", type=pathlib.Path)
    parser.add_argument("root", type=pathlib.Path)
    parser.add_argument("captures", type=pathlib.Path, nargs="*")
    parser.add_argument("--tshark", action="store_true")
    args = parser.parse_args()
    root = args.root.resolve()
    with tempfile.TemporaryDirectory() as tmp:
        for capture in args.captures or shipped(root, tmp):
            measure(args.fenceline.resolve(), root / "zones/examples/plant-pair.yaml", capture, tmp, args.tshark)


if __name__ == "__main__":
    main()
