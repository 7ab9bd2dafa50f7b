#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A Modbus/TCP controller on pymodbus, with a device identification to read."""

import argparse
import asyncio

from pymodbus.pdu.device import ModbusDeviceIdentification
from pymodbus.server import StartAsyncTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice


async def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("address")
    ap.add_argument("--product", default="FL-200")
    ap.add_argument("--registers", type=int, default=250)
    a = ap.parse_args()

    identity = ModbusDeviceIdentification(info_name={
        "VendorName": "Fenceline Demo Controls",
        "ProductCode": a.product,
        "MajorMinorRevision": "2.4.1",
        "VendorUrl": "https://example.com/",
        "ProductName": "demo controller",
        "ModelName": a.product + "-EU",
    })
    bits = [SimData(0, values=[True, False] * 32, datatype=DataType.BITS)]
    words = [SimData(0, values=[(7 * i) % 1000 for i in range(a.registers)], datatype=DataType.UINT16)]
    device = SimDevice(id=0, simdata=(bits, list(bits), words, list(words)), identity=identity)
    await StartAsyncTcpServer(device, identity=identity, address=(a.address, 502))


asyncio.run(main())
