#!/usr/bin/env python3
"""Measures fenceline against tcpdump (and tshark, where installed) on the same captures in the same run.

usage: bench.py FENCELINE SOURCE_ROOT [CAPTURE...]

CPU seconds (user + system) of whole processes, median of five runs in turn; what counts is the ratio. Without CAPTURE
the shipped capture is repeated 400 times, one minute apart, into a temporary file.
"""
import pathlib
import resource
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile

RUNS = 5


def repeat(source, target, times):
    """A nanosecond pcap `times` times in a row, each copy 70 s after the one before."""
    data = source.read_bytes()
    header, body = data[:24], data[24:]
    assert struct.unpack("<I", header[:4])[0] == 0xA1B23C4D, "a little-endian nanosecond pcap"
    packets, at = [], 0
    while at < len(body):
        seconds, nanos, caplen, length = struct.unpack_from("<IIII", body, at)
        packets.append((seconds, nanos, caplen, length, body[at + 16:at + 16 + caplen]))
        at += 16 + caplen
    with open(target, "wb") as out:
        out.write(header)
        for i in range(times):
            out.write(b"".join(struct.pack("<IIII", s + 70 * i, n, c, w) + d for s, n, c, w, d in packets))
    return len(packets) * times


def cpu(args):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(args, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    fenceline, root = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    policy = root / "zones/examples/plant-pair.yaml"
    with tempfile.TemporaryDirectory() as tmp:
        captures = [pathlib.Path(c) for c in sys.argv[3:]]
        if not captures:
            captures = [pathlib.Path(tmp) / "plant-pair-x400.pcap"]
            print(f"{repeat(root / 'pcaps/plant-pair.pcap', captures[0], 400)} packets")
        for capture in captures:
            commands = {
                "tcpdump -w": ["tcpdump", "-r", str(capture), "-w", "/dev/null"],
                "fenceline run": [str(fenceline), "run", "-q", "-r", str(capture), "-c", str(policy)],
                "fenceline run -o": [str(fenceline), "run", "-q", "-r", str(capture), "-c", str(policy), "-o", "DIR"],
                "fenceline dissect": [str(fenceline), "dissect", "-r", str(capture)],
            }
            if shutil.which("tshark"):
                commands["tshark -T ek"] = ["tshark", "-r", str(capture), "-T", "ek"]
            seconds = {name: [] for name in commands}
            for run in range(RUNS):
                for name, args in commands.items():
                    if name == "tshark -T ek" and run:
                        continue  # slow, and far away: once is enough
                    out = f"{tmp}/evidence-{run}"
                    seconds[name].append(cpu([out if a == "DIR" else a for a in args]))
            base = statistics.median(seconds["tcpdump -w"])
            print(f"{capture.name} ({capture.stat().st_size / 1e6:.1f} MB)")
            for name, runs in seconds.items():
                s = statistics.median(runs)
                print(f"  {name:20} {s:8.3f} s CPU  {s / base:6.1f} x tcpdump   (min {min(runs):.3f}, max {max(runs):.3f})")


if __name__ == "__main__":
    main()
