#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""EtherNet/IP discovery and a connected CIP session on pycomm3.
  enip_scan.py discover            ListIdentity by UDP broadcast
  enip_scan.py connected ADDRESS   Register Session, Forward Open, Get Attributes
                                   of the Identity object, Forward Close"""

import sys

from pycomm3 import CIPDriver, Services

if sys.argv[1:] == ["discover"]:
    for d in CIPDriver.discover():
        print(d.get("ip_address"), d.get("product_name"))
elif len(sys.argv) == 3 and sys.argv[1] == "connected":
    with CIPDriver(sys.argv[2]) as d:
        for connected in (False, True):
            r = d.generic_message(service=Services.get_attribute_single, class_code=1, instance=1, attribute=7,
                                  connected=connected, unconnected_send=False, name="product name")
            print(sys.argv[2], "connected" if connected else "unconnected", r.error or r.value)
else:
    sys.exit(__doc__)
