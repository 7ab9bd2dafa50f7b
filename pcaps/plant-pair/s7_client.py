#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An S7 client on libsnap7. Each OPERATION is one shell word:
  'db_read DB START SIZE'  'db_write DB START BYTE...'  'eb_read START SIZE'
  'mb_write START BYTE...'  'read_multi'  'upload DB'  'block_info DB'
or a name of snap7's that takes no argument: get_cpu_info get_cp_info
get_order_code get_cpu_state list_blocks get_plc_datetime plc_stop plc_hot_start
set_plc_system_datetime get_protection clear_session_password."""

import argparse
import sys
import time

import snap7
from snap7.type import Area, Block, S7DataItem, WordLen


def call(c, words):
    name, *rest = words
    n = [int(w, 0) for w in rest]
    if name == "db_read":
        return c.db_read(*n)
    if name == "db_write":
        return c.db_write(n[0], n[1], bytearray(n[2:]))
    if name == "eb_read":
        return c.eb_read(*n)
    if name == "mb_write":
        return c.mb_write(n[0], len(n) - 1, bytearray(n[1:]))
    if name == "read_multi":
        import ctypes
        items, bufs = (S7DataItem * 3)(), []
        for i, (area, db, start, size) in enumerate(((Area.DB, 1, 0, 8), (Area.DB, 2, 16, 4), (Area.MK, 0, 0, 2))):
            buf = ctypes.create_string_buffer(size)
            bufs.append(buf)
            items[i].Area, items[i].WordLen = ctypes.c_int32(area.value), ctypes.c_int32(WordLen.Byte.value)
            items[i].Result, items[i].DBNumber = ctypes.c_int32(0), ctypes.c_int32(db)
            items[i].Start, items[i].Amount = ctypes.c_int32(start), ctypes.c_int32(size)
            items[i].pData = ctypes.cast(buf, ctypes.POINTER(ctypes.c_uint8))
        return c.read_multi_vars(items)
    if name == "upload":
        return c.full_upload(Block.DB, n[0])
    if name == "block_info":
        return c.get_block_info(Block.DB, n[0])
    return getattr(c, name)(*n)


def main() -> int:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("address")
    ap.add_argument("operation", nargs="+")
    ap.add_argument("--count", type=int, default=1)
    ap.add_argument("--every", type=float, default=0.05)
    a = ap.parse_args()
    c = snap7.client.Client()
    try:
        c.connect(a.address, 0, 2)
    except Exception as e:
        print(f"{a.address}: {e}", file=sys.stderr)
        return 1
    for i in range(a.count):
        for o in a.operation:
            try:
                call(c, o.split())
                what = "ok"
            except RuntimeError as e:       # the controller refused; that too is traffic
                what = str(e)
            if i == 0:
                print(f"{a.address} {o}: {what}")
        time.sleep(a.every)
    c.disconnect()
    return 0


sys.exit(main())
