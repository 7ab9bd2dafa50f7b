#!/usr/bin/env python3
"""Writes modbus_edges.pcap: Modbus that the captures of a collection do not have. usage: make.py DIRECTORY

Bodies of every function, whole and broken (BODIES: > asked, < answered); then connections: units that share segments,
segments out of order and repeated, UDP, one port on both ends, the same ports again, a start in the middle, one
transaction id for all, a server that dials out. Same bytes each time. tshark's reading beside it, modbus_edges.ndjson, was
made with tshark 4.0.17: one JSON object per unit with the fields of ../records.py.
"""
import pathlib
import struct
import sys

BODIES = """
> 07
< 07 6d
> 08 0000 a537 0102
< 08 0000 a537 0102
> 08 0001 ff00
< 08 0001 ff00
> 08 0002 0000
< 08 0002 1234
> 08 0003 2300
< 08 0003 2300
> 08 0004 0000
< 08 0004 0000
> 08 000a 0000
< 08 000a 0000
> 08 000b 0000
< 08 000b 0001
> 08 000c 0000
< 08 000c 0001
> 08 0012 0000
< 08 0012 0001
> 08 0014 0000
< 08 0014 0001
> 08 0015 0003
< 08 0015 0003
> 08 0002
< 88 01
> 0b
< 0b ffff 0108
> 0c
< 0c 08 0000 0108 0121 2000
> 11
< 11 03 41 ff 42
> 14 0e 06 0004 0001 0002 06 0003 0009 0002
< 14 0c 05 06 0dfe 0020 05 06 33cd 0040
> 14 07 05 0004 0001 0002
< 14 06 05 07 0dfe 0020
> 15 0d 06 0004 0007 0003 06af 04be 100d
< 15 0d 06 0004 0007 0003 06af 04be 100d
> 16 0004 00f2 0025
< 16 0004 00f2 0025
> 17 0003 0006 000e 0003 06 00ff 00ff 00ff
< 17 0c 00fe 0acd 0001 0003 000d 00ff
> 18 04de
< 18 0006 0002 01b8 1284
> 2b 0d 0102
< 2b 0d 0102 0304
> 2b 0d
< 2b 0d
> 2b 0e 01 00
< 2b 0e 01 01 ff 02 02 00 03 416365 01 02 5631
> 2b 0e 04 05
< 2b 0e 04 83 00 00 01 05 03 416365
> 2b 0e 04 05
< 2b 0e 04 83 00 00 00
> 2b 63 01
< 2b 63 0102
> 2b
< 2b
> 5a 0002
< 5a 00fe 0102
> 5a 00
< 5a 00fe
> 5a
< 5a
> 7d 01
< fd 01
> 41 aabb
< 41 aa
> 00 0000
< 80 01
> 01 0000 0001
< 81 02 00
> 01 0000 0001
< 81
> 01 0000
< 01 02 01
> 01 0000 0001 00
< 01 01 01 02
> 03 0000 0001 00
< 03 02 0102 03
> 03 0000 0001
< 03 03 010203
> 03 0000 0001
< 03 00
> 03
< 03
> 05 0001 1234
< 05 0001 ff00 00
> 05 0001 ff
< 05 0001
> 06 0001 1234
< 06 0001 ff00 00
> 06 0001 ff
< 06 0001
> 0f 0000 0001 02 0000
< 0f 0000 0001
> 0f 0013 000a 02 cd
< 0f 0013 000a
> 10 0001 0002 04 000a
< 10 0001 0002
> 10 0001 0002 04 000a 0102 03
< 10 0001 0002 00
> 10 0001 0000 00
< 10 0001
> 14 06 06 0004 0001 00
< 14 06 07 06 0dfe 0020
> 14 00
< 14 00
> 15 0b 06 0004 0007 0003 06af 04be
< 15 0b 06 0004 0007 0003 06af 04be
> 18 04de
< 18 0006 0003 01b8 1284
> 18 04de
< 18 0042 0020
> 0c
< 0c 05 0000 0108 01
> 11
< 11 00
> 07
< 07
> 81 01
< 01 0000 0001
> 09 0102
< 09 01
> 7f
< 7f 010203
> 07 00
< 07 6d 00
> 0b 00
< 0b 00 00
> 0c 01
< 0c 06 0000 0108 0121 99
> 11 0102
< 11 02 41
> 0f 0000 0000 00
< 0f 0000 0000
> 17 0000 0001 0000 0000 00
< 17 00
> 15 00
< 15 00
> 15 12 06 0004 0007 0001 06af 06 0004 0008 0001 1111
< 15 12 06 0004 0007 0001 06af 06 0004 0008 0001 1111
> 14 07 06 0004 0007 0001
< 14 02 01 06
> 14 07 06 0004 0007 0002 00
< 14 06 05 06 0dfe 0020 33
> 18 04de 00
< 18 0004 0001 0102 03
> 16 0004 00f2 0025 01
< 16 0004 00f2
> 17 0003 0001 000e 0001 02 00ff 01
< 17 02 00fe 01
> 17 0003 0001 000e 0001 03 00ff
< 17 04 00fe
> 2b 0e 01 00 05
< 2b 0e 01 01 00 00 03 00 03 416365 01 02 5631
> 2b 0e 01 00
< 2b 0e 01 01 00 00 01 00 03 416365 01 02 5631
> 2b 0e 01
< 2b 0e 01 01
"""
CLIENT, SERVER = "10.0.0.1", "10.0.0.2"


class Capture:
    """A pcap file of raw IP packets, 10 ms apart."""

    def __init__(self, path):
        self.file = open(path, "wb")
        self.file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101))
        self.us = 1700000000 * 1000000
        self.seq = {}

    def ip(self, proto, src, dst, body):
        addresses = bytes(map(int, (src + "." + dst).split(".")))
        packet = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 1, 0, 64, proto, 0) + addresses + body
        self.file.write(struct.pack("<IIII", *divmod(self.us, 1000000), len(packet), len(packet)) + packet)
        self.us += 10000

    def segment(self, src, sport, dst, dport, seq, ack, data, flags=0x18):
        self.ip(6, src, dst, struct.pack(">HHIIBBHHH", sport, dport, seq, ack, 0x50, flags, 8192, 0, 0) + data)

    def tcp(self, src, sport, dst, dport, data, flags=0x18):
        way, back = (src, sport, dst, dport), (dst, dport, src, sport)
        seq, ack = self.seq.setdefault(way, 1000), self.seq.setdefault(back, 1000)
        self.segment(src, sport, dst, dport, seq, ack, data, flags)
        self.seq[way] = seq + len(data) + (1 if flags & 2 else 0)

    def udp(self, src, sport, dst, dport, data):
        self.ip(17, src, dst, struct.pack(">HHHH", sport, dport, 8 + len(data), 0) + data)

    def handshake(self, src, sport, dst, dport):
        self.tcp(src, sport, dst, dport, b"", 0x02)
        self.tcp(dst, dport, src, sport, b"", 0x12)
        self.tcp(src, sport, dst, dport, b"", 0x10)


def adu(tid, pdu, unit=1):
    return struct.pack(">HHHB", tid, 0, len(pdu) + 1, unit) + pdu


def read(tid, start=0):
    return adu(tid, struct.pack(">BHH", 3, start, 2))


def answer(tid):
    return adu(tid, struct.pack(">BBI", 3, 4, 0))


def bodies(c):
    c.handshake(CLIENT, 50000, SERVER, 502)
    tid = 0
    for line in BODIES.split("\n"):
        if not line:
            continue
        pdu = bytes.fromhex(line[1:])
        if line[0] == ">":
            tid += 1
            c.tcp(CLIENT, 50000, SERVER, 502, adu(tid, pdu, 17))
        else:
            c.tcp(SERVER, 502, CLIENT, 50000, adu(tid, pdu, 17))


def connections(c):
    def asks(port, data):
        c.tcp(CLIENT, port, SERVER, 502, data)

    def answers(port, data):
        c.tcp(SERVER, 502, CLIENT, port, data)

    c.handshake(CLIENT, 50001, SERVER, 502)  # five units in two segments, either way
    five = b"".join(read(i) for i in range(5))
    asks(50001, five[:20])
    asks(50001, five[20:])
    five = b"".join(answer(i) for i in range(5))
    answers(50001, five[:30])
    answers(50001, five[30:])
    c.handshake(CLIENT, 50002, SERVER, 502)  # out of order: whole units
    for seq, tid in ((1013, 2), (1001, 1), (1025, 3)):
        c.segment(CLIENT, 50002, SERVER, 502, seq, 1001, read(tid))
    c.handshake(CLIENT, 50003, SERVER, 502)  # out of order: inside a unit
    c.segment(CLIENT, 50003, SERVER, 502, 1010, 1001, read(1)[9:] + read(2))
    c.segment(CLIENT, 50003, SERVER, 502, 1001, 1001, read(1)[:9])
    c.handshake(CLIENT, 50004, SERVER, 502)  # repeated
    asks(50004, read(1))
    c.segment(CLIENT, 50004, SERVER, 502, 1001, 1001, read(1))
    answers(50004, answer(1))
    asks(50004, read(2))
    answers(50004, answer(2))
    c.udp(CLIENT, 50005, SERVER, 502, read(1))
    c.udp(SERVER, 502, CLIENT, 50005, answer(1))
    c.udp(CLIENT, 50005, SERVER, 502, read(1))
    c.udp(CLIENT, 50005, SERVER, 502, read(1))
    c.handshake(CLIENT, 502, SERVER, 502)  # one port on both ends
    c.tcp(CLIENT, 502, SERVER, 502, read(1))
    c.tcp(SERVER, 502, CLIENT, 502, answer(1))
    for way, back in (((CLIENT, 50001), (SERVER, 502)), ((SERVER, 502), (CLIENT, 50001))):
        c.tcp(*way, *back, b"", 0x11)
    c.tcp(CLIENT, 50001, SERVER, 502, b"", 0x10)
    c.seq[(CLIENT, 50001, SERVER, 502)], c.seq[(SERVER, 502, CLIENT, 50001)] = 900000, 700000
    c.handshake(CLIENT, 50001, SERVER, 502)  # the same ports again
    asks(50001, read(1))
    answers(50001, answer(1))
    answers(50008, answer(1))  # begun in the middle
    asks(50008, read(2))
    answers(50008, answer(2))
    c.handshake(CLIENT, 50009, SERVER, 502)  # one id for all
    for i in range(3):
        asks(50009, read(0, i))
    for i in range(3):
        answers(50009, answer(0))
    c.handshake(SERVER, 50010, CLIENT, 502)  # the server dials out
    c.tcp(CLIENT, 502, SERVER, 50010, read(1))
    c.tcp(SERVER, 50010, CLIENT, 502, answer(1))


def main():
    capture = Capture(pathlib.Path(sys.argv[1]) / "modbus_edges.pcap")
    bodies(capture)
    connections(capture)


if __name__ == "__main__":
    main()
