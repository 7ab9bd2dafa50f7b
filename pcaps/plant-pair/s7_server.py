#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An S7 controller: libsnap7's server with DB1, DB2, inputs, outputs and merkers."""

import ctypes
import sys
import time

from snap7.server import Server
from snap7.type import SrvArea

srv = Server(log=False)
areas = [(SrvArea.DB, 1, 256), (SrvArea.DB, 2, 512), (SrvArea.PE, 0, 64), (SrvArea.PA, 0, 64), (SrvArea.MK, 0, 64)]
keep = []
for area, index, size in areas:
    mem = (ctypes.c_uint8 * size)(*[(i * 5 + index) & 0xFF for i in range(size)])
    keep.append(mem)
    srv.register_area(area, index, mem)
if len(sys.argv) != 2:
    sys.exit("usage: s7_server.py ADDRESS")
srv.start_to(sys.argv[1])
while True:
    time.sleep(1)
