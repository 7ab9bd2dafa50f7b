#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A Modbus/TCP client on pymodbus. Each OPERATION is one shell word, for example
  'read_holding_registers 0 100'   'write_register 5 42'   'write_coils 0 1 0 1'
  'readwrite_registers 0 4 10 1 2 3'   'read_device_information 1'
The framing on the wire is pymodbus's own; --pipeline and --split only choose how
its bytes are handed to the socket."""

import argparse
import socket
import sys
import time

from pymodbus.client import ModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.framer import FramerSocket
from pymodbus.pdu import DecodePDU
from pymodbus.pdu.register_message import (ReadHoldingRegistersRequest, ReadInputRegistersRequest,
                                           WriteSingleRegisterRequest)


def call(client, words, unit):
    name, *rest = words
    n = [int(w, 0) for w in rest]
    m = getattr(client, name)
    if name in ("read_coils", "read_discrete_inputs", "read_holding_registers", "read_input_registers"):
        return m(n[0], count=n[1], device_id=unit)
    if name == "write_coil":
        return m(n[0], bool(n[1]), device_id=unit)
    if name == "write_register":
        return m(n[0], n[1], device_id=unit)
    if name == "write_coils":
        return m(n[0], [bool(v) for v in n[1:]], device_id=unit)
    if name == "write_registers":
        return m(n[0], n[1:], device_id=unit)
    if name == "mask_write_register":
        return m(address=n[0], and_mask=n[1], or_mask=n[2], device_id=unit)
    if name == "readwrite_registers":
        return m(read_address=n[0], read_count=n[1], write_address=n[2], values=n[3:], device_id=unit)
    if name == "read_device_information":
        return m(read_code=n[0], object_id=0, device_id=unit)
    if name == "diag_query_data":
        return m(msg=b"\x12\x34", device_id=unit)
    if name == "report_device_id":
        return m(device_id=unit)
    sys.exit(f"modbus_client: unknown operation {name!r}")


def frame(framer, words, unit, tid):
    name, *rest = words
    n = [int(w, 0) for w in rest]
    if name == "read_holding_registers":
        pdu = ReadHoldingRegistersRequest(address=n[0], count=n[1], dev_id=unit, transaction_id=tid)
    elif name == "read_input_registers":
        pdu = ReadInputRegistersRequest(address=n[0], count=n[1], dev_id=unit, transaction_id=tid)
    elif name == "write_register":
        pdu = WriteSingleRegisterRequest(address=n[0], registers=[n[1]], dev_id=unit, transaction_id=tid)
    else:
        sys.exit(f"modbus_client: {name!r} cannot be pipelined")
    return framer.buildFrame(pdu)


def drain(s, want, timeout=3.0):
    """Read until `want` whole responses came, or nothing more comes."""
    s.settimeout(timeout)
    buf, got = b"", 0
    while got < want:
        data = s.recv(4096)
        if not data:
            break
        buf += data
        while len(buf) >= 6 and len(buf) >= 6 + int.from_bytes(buf[4:6], "big"):
            buf = buf[6 + int.from_bytes(buf[4:6], "big"):]
            got += 1
    return got


def main() -> int:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("address")
    ap.add_argument("operation", nargs="+")
    ap.add_argument("--unit", type=int, default=1)
    ap.add_argument("--count", type=int, default=1, help="rounds over the operations, on one connection")
    ap.add_argument("--every", type=float, default=0.05, help="seconds between rounds")
    ap.add_argument("--pipeline", action="store_true", help="all operations of a round in one segment")
    ap.add_argument("--split", type=int, metavar="N", help="first N bytes of a round in a segment of their own")
    a = ap.parse_args()
    ops = [o.split() for o in a.operation]
    bad = 0

    if a.pipeline or a.split:
        framer, tid = FramerSocket(DecodePDU(False)), 0x1000
        with socket.create_connection((a.address, 502), timeout=5) as s:
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for _ in range(a.count):
                block = b""
                for o in ops:
                    tid += 1
                    block += frame(framer, o, a.unit, tid)
                if a.split:
                    s.sendall(block[:a.split])
                    time.sleep(0.15)
                    block = block[a.split:]
                s.sendall(block)
                got = drain(s, len(ops))
                bad += got != len(ops)
                print(f"{a.address} {len(ops)} requests sent together, {got} responses")
                time.sleep(a.every)
        return 1 if bad else 0

    with ModbusTcpClient(a.address, timeout=3, retries=0) as c:
        if not c.connected:
            print(f"{a.address}: no connection", file=sys.stderr)
            return 1
        for i in range(a.count):
            for o in ops:
                try:
                    r = call(c, o, a.unit)
                except ModbusException as e:
                    print(f"{a.address} {' '.join(o)}: {e}", file=sys.stderr)
                    return 1
                if i == 0:
                    what = f"exception {r.exception_code}" if r.isError() else "ok"
                    print(f"{a.address} unit {a.unit} {' '.join(o)}: {what}")
            time.sleep(a.every)
    return 0


sys.exit(main())
