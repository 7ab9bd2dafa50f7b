#!/usr/bin/env python3
"""Two plants with the same private range, captured into two files and read in one run: the same 5-tuple at the same time
in both, and each flow is judged by its own plant's zones and conduits.

usage: test_plants.py FENCELINE
"""
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

START = 1_790_000_000  # seconds; the frames of the second plant lie between those of the first
CLIENT, SERVER = ("192.168.0.10", "02:00:00:00:00:10", 50000), ("192.168.0.20", "02:00:00:00:00:20", 502)
SYN, ACK, PSH, FIN = 2, 16, 8, 1

POLICY = """
version: 1
organization: Test
plants:
  - { id: a, capture: { interface: a.pcap } }
  - { id: b, capture: { interface: b.pcap } }
zones:
  - { id: a-hmi, plant: a, members: [192.168.0.10] }
  - { id: a-plc, plant: a, members: [192.168.0.20] }
  - { id: b-hmi, plant: b, members: [192.168.0.10] }
  - { id: b-plc, plant: b, members: [192.168.0.20] }
conduits:
  - { id: c-a, from: a-hmi, to: a-plc, log: all, allow: [{ protocol: modbus, operations: [read] }] }
"""


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def frame(src, dst, flags, seq, ack, payload=b""):
    """An Ethernet frame with one TCP segment over IPv4."""
    addresses = b"".join(bytes(map(int, e[0].split("."))) for e in (src, dst))
    tcp = struct.pack(">HHIIBBHHH", src[2], dst[2], seq, ack, 5 << 4, flags, 8192, 0, 0) + payload
    pseudo = addresses + struct.pack(">BBH", 0, 6, len(tcp))
    tcp = tcp[:16] + struct.pack(">H", checksum(pseudo + tcp)) + tcp[18:]
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), seq & 0xFFFF, 0x4000, 64, 6, 0) + addresses
    ip = ip[:10] + struct.pack(">H", checksum(ip)) + ip[12:]
    macs = b"".join(bytes.fromhex(e[1].replace(":", "")) for e in (dst, src))
    return macs + b"\x08\x00" + ip + tcp


def conversation(function):
    """A connection with one Modbus request and its answer, as frames."""
    request = struct.pack(">HHHBBHH", 1, 0, 6, 1, function, 0, 2)
    answer = struct.pack(">HHHBBBHH", 1, 0, 7, 1, function, 4, 7, 8) if function == 3 else request
    c, s = 1000, 9000
    yield frame(CLIENT, SERVER, SYN, c, 0)
    yield frame(SERVER, CLIENT, SYN | ACK, s, c + 1)
    yield frame(CLIENT, SERVER, ACK, c + 1, s + 1)
    yield frame(CLIENT, SERVER, PSH | ACK, c + 1, s + 1, request)
    yield frame(SERVER, CLIENT, PSH | ACK, s + 1, c + 1 + len(request), answer)
    yield frame(CLIENT, SERVER, FIN | ACK, c + 1 + len(request), s + 1 + len(answer))
    yield frame(SERVER, CLIENT, FIN | ACK, s + 1 + len(answer), c + 2 + len(request))
    yield frame(CLIENT, SERVER, ACK, c + 2 + len(request), s + 2 + len(answer))


def write_pcap(path, frames, micros):
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for i, data in enumerate(frames):
            f.write(struct.pack("<IIII", START, micros + i * 2000, len(data), len(data)) + data)


def records(directory):
    for path in sorted(directory.glob("*/*.ndjson")):
        for line in path.read_text().splitlines():
            yield json.loads(line)


def main():
    fenceline = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as tmp:
        work = pathlib.Path(tmp)
        (work / "policy.yaml").write_text(POLICY)
        write_pcap(work / "a.pcap", conversation(3), 0)
        write_pcap(work / "b.pcap", conversation(3), 1000)
        done = subprocess.run([fenceline, "run", "-r", "a.pcap", "b.pcap", "-c", "policy.yaml", "-o", "out"], cwd=work,
                              capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"fenceline ended with {done.returncode}:\n{done.stderr}")
        said = {}  # (zones of both ends) -> the verdicts of its records
        for r in records(work / "out"):
            ends = r.get("fenceline", {})
            if "verdict" not in ends:
                continue
            zones = tuple(ends.get(end, {}).get("zone") for end in ("source", "destination"))
            said.setdefault(zones, set()).add(ends["verdict"])
    want = {("a-hmi", "a-plc"): {"conforming"}, ("b-hmi", "b-plc"): {"no_conduit"}}
    if said != want:
        sys.exit(f"said {said},\nwant {want}")
    print("two plants told apart")


if __name__ == "__main__":
    main()
