#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""libmodbus (Debian's libmodbus5) as a server or a client, driven through ctypes.
  libmodbus_peer.py serve ADDRESS
  libmodbus_peer.py client ADDRESS [--unit N] [--count N] [--every S] OPERATION...
An OPERATION is one shell word: 'read_bits A N', 'read_input_bits A N',
'read_registers A N', 'read_input_registers A N', 'write_bit A V',
'write_register A V', 'write_bits A V...', 'write_registers A V...',
'mask_write_register A AND OR', 'write_and_read_registers WA RA N V...',
'report_slave_id', 'raw FC BYTE...'."""

import argparse
import ctypes
import select
import socket
import sys
import time

lib = ctypes.CDLL("libmodbus.so.5", use_errno=True)


class Mapping(ctypes.Structure):
    _fields_ = [(n, ctypes.c_int) for n in (
        "nb_bits", "start_bits", "nb_input_bits", "start_input_bits", "nb_input_registers",
        "start_input_registers", "nb_registers", "start_registers")] + [
        ("tab_bits", ctypes.POINTER(ctypes.c_uint8)),
        ("tab_input_bits", ctypes.POINTER(ctypes.c_uint8)),
        ("tab_input_registers", ctypes.POINTER(ctypes.c_uint16)),
        ("tab_registers", ctypes.POINTER(ctypes.c_uint16))]


lib.modbus_new_tcp.restype = ctypes.c_void_p
lib.modbus_new_tcp.argtypes = [ctypes.c_char_p, ctypes.c_int]
lib.modbus_mapping_new.restype = ctypes.POINTER(Mapping)
lib.modbus_strerror.restype = ctypes.c_char_p
for f in ("connect", "close", "set_socket", "set_slave", "receive", "reply", "read_bits", "read_input_bits",
          "read_registers", "read_input_registers", "write_bit", "write_register", "write_bits",
          "write_registers", "mask_write_register", "write_and_read_registers", "report_slave_id",
          "send_raw_request", "receive_confirmation"):
    getattr(lib, "modbus_" + f).argtypes = None
    getattr(lib, "modbus_" + f).restype = ctypes.c_int


def serve(address):
    ctx = ctypes.c_void_p(lib.modbus_new_tcp(address.encode(), 502))
    m = lib.modbus_mapping_new(64, 64, 250, 250)
    for i in range(250):
        m.contents.tab_registers[i] = 3 * i
        m.contents.tab_input_registers[i] = 1000 + i
    for i in range(64):
        m.contents.tab_bits[i] = i & 1
        m.contents.tab_input_bits[i] = i % 3 == 0
    ls = socket.socket()
    ls.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    ls.bind((address, 502))
    ls.listen(8)
    conns = {}
    query = (ctypes.c_uint8 * 260)()
    while True:
        ready, _, _ = select.select([ls, *conns.values()], [], [])
        for s in ready:
            if s is ls:
                c, _ = ls.accept()
                c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                conns[c.fileno()] = c
                continue
            lib.modbus_set_socket(ctx, s.fileno())
            n = lib.modbus_receive(ctx, query)
            if n < 0:
                del conns[s.fileno()]
                s.close()
            elif n > 0:
                lib.modbus_reply(ctx, query, n, m)


def client(a):
    ctx = ctypes.c_void_p(lib.modbus_new_tcp(a.address.encode(), 502))
    lib.modbus_set_slave(ctx, a.unit)
    if lib.modbus_connect(ctx) < 0:
        print(f"{a.address}: {lib.modbus_strerror(ctypes.get_errno()).decode()}", file=sys.stderr)
        return 1
    bits, regs = (ctypes.c_uint8 * 2000)(), (ctypes.c_uint16 * 125)()
    for i in range(a.count):
        for o in a.operation:
            name, *rest = o.split()
            n = [int(w, 0) for w in rest]
            f = getattr(lib, "modbus_" + name, None) if name != "raw" else None
            if name in ("read_bits", "read_input_bits"):
                r = f(ctx, n[0], n[1], bits)
            elif name in ("read_registers", "read_input_registers"):
                r = f(ctx, n[0], n[1], regs)
            elif name in ("write_bit", "write_register"):
                r = f(ctx, n[0], n[1])
            elif name == "write_bits":
                r = f(ctx, n[0], len(n) - 1, (ctypes.c_uint8 * (len(n) - 1))(*n[1:]))
            elif name == "write_registers":
                r = f(ctx, n[0], len(n) - 1, (ctypes.c_uint16 * (len(n) - 1))(*n[1:]))
            elif name == "mask_write_register":
                r = f(ctx, n[0], n[1], n[2])
            elif name == "write_and_read_registers":
                r = f(ctx, n[0], len(n) - 3, (ctypes.c_uint16 * (len(n) - 3))(*n[3:]), n[1], n[2], regs)
            elif name == "report_slave_id":
                r = f(ctx, 250, bits)
            elif name == "raw":
                req = (ctypes.c_uint8 * (len(n) + 1))(a.unit, *n)
                r = lib.modbus_send_raw_request(ctx, req, len(n) + 1)
                if r >= 0:
                    r = lib.modbus_receive_confirmation(ctx, bits)
            else:
                sys.exit(f"libmodbus_peer: unknown operation {name!r}")
            if i == 0:
                what = "ok" if r >= 0 else lib.modbus_strerror(ctypes.get_errno()).decode()
                print(f"{a.address} unit {a.unit} {o}: {what}")
        time.sleep(a.every)
    lib.modbus_close(ctx)
    return 0


ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
sub = ap.add_subparsers(dest="what", required=True)
p = sub.add_parser("serve")
p.add_argument("address")
p = sub.add_parser("client")
p.add_argument("address")
p.add_argument("operation", nargs="+")
p.add_argument("--unit", type=int, default=1)
p.add_argument("--count", type=int, default=1)
p.add_argument("--every", type=float, default=0.05)
args = ap.parse_args()
sys.exit(serve(args.address) if args.what == "serve" else client(args))
