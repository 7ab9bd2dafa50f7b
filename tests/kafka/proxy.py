#!/usr/bin/env python3
"""A TCP proxy between a Kafka client and a broker that fails at a chosen Produce request.

    proxy.py LISTEN UPSTREAM STATE MODE N

LISTEN and UPSTREAM are HOST:PORT, STATE is a directory. STATE/ready appears when the proxy listens,
STATE/struck when the Nth Produce request (counted over all connections, from 1) has met its fate:

    hold-request   the broker never sees it, and from then on nothing passes in either direction
    hold-ack       the broker has stored it, the client never learns; then nothing passes any more
    cut-ack        the broker has stored it, the client's connection breaks instead of an answer;
                   everything after that passes, the client's retry included

So "the sensor died in the middle of shipping" and "an acknowledgement was lost" are events that a test
orders, not accidents it hopes for. Framing is all it knows of the protocol: a 4-byte length, then in a
request api_key (0 is Produce), api_version and correlation id, in a response the correlation id
(https://kafka.apache.org/protocol, "Protocol Primitives", "Headers").
"""

import asyncio
import os
import signal
import sys

PRODUCE = 0
MAX_FRAME = 64 << 20
LIFE_S = 300  # a proxy that its test forgot ends by itself


class Proxy:
    def __init__(self, upstream, state, mode, nth):
        self.upstream, self.state, self.mode, self.nth = upstream, state, mode, nth
        self.seen = 0
        self.frozen = False

    def mark(self, name):
        with open(os.path.join(self.state, name + ".part"), "w", encoding="ascii"):
            pass
        os.replace(os.path.join(self.state, name + ".part"), os.path.join(self.state, name))

    async def frame(self, reader):
        """One length-prefixed frame; while frozen, none ever comes."""
        head = await reader.readexactly(4)
        size = int.from_bytes(head, "big")
        if size > MAX_FRAME:
            raise ValueError(f"frame of {size} bytes: this is not Kafka")
        body = await reader.readexactly(size)
        if self.frozen:
            await asyncio.Event().wait()
        return head, body

    async def requests(self, client, broker, fate):
        while True:
            head, body = await self.frame(client)
            if int.from_bytes(body[:2], "big") == PRODUCE:
                self.seen += 1
                if self.seen == self.nth:
                    if self.mode == "hold-request":
                        self.frozen = True
                        self.mark("struck")
                        await asyncio.Event().wait()
                    fate.add(body[4:8])
            broker.write(head + body)
            await broker.drain()

    async def responses(self, broker, client, fate):
        while True:
            head, body = await self.frame(broker)
            if body[:4] in fate:
                if self.mode == "hold-ack":
                    self.frozen = True
                    self.mark("struck")
                    await asyncio.Event().wait()
                self.mark("struck")
                return
            client.write(head + body)
            await client.drain()

    async def serve(self, client_in, client_out):
        try:
            broker_in, broker_out = await asyncio.open_connection(*self.upstream)
        except OSError:
            client_out.close()
            return
        fate = set()  # the correlation id of the request that was chosen, on its connection only
        pumps = [
            asyncio.ensure_future(self.requests(client_in, broker_out, fate)),
            asyncio.ensure_future(self.responses(broker_in, client_out, fate)),
        ]
        _, rest = await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for pump in rest:
            pump.cancel()
        for outcome in await asyncio.gather(*pumps, return_exceptions=True):
            gone = (asyncio.IncompleteReadError, OSError, asyncio.CancelledError)
            if outcome is not None and not isinstance(outcome, gone):
                print(f"proxy: {outcome!r}", file=sys.stderr)
        client_out.close()
        broker_out.close()


def address(text):
    host, _, port = text.rpartition(":")
    return host, int(port)


async def main(listen, upstream, state, mode, nth):
    proxy = Proxy(address(upstream), state, mode, int(nth))
    server = await asyncio.start_server(proxy.serve, *address(listen), reuse_address=True)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    proxy.mark("ready")
    try:
        await asyncio.wait_for(ended.wait(), LIFE_S)
    except asyncio.TimeoutError:
        pass
    server.close()
    os._exit(0)  # frozen pumps wait for ever by design


if __name__ == "__main__":
    if len(sys.argv) != 6 or sys.argv[4] not in ("hold-request", "hold-ack", "cut-ack"):
        sys.exit("usage: proxy.py LISTEN UPSTREAM STATE hold-request|hold-ack|cut-ack N")
    asyncio.run(main(*sys.argv[1:]))
