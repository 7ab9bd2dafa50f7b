/* limits.h - every ceiling on what traffic, a policy or a user can make grow, with its reason.
 *
 * Reaching one is counted and reported in sensor.coverage (traffic) or is a diagnostic (policy); never
 * fatal, never silent. */
#ifndef FENCELINE_LIMITS_H
#define FENCELINE_LIMITS_H

/* decode */
#define FL_VLAN_MAX 8          /* tags per frame over all its layers; QinQ has 2, some providers stack 3, a tunnel again */
#define FL_TAG_MAX 16          /* tags of all kinds, SNAP headers and wrapped frames per frame: bounds decode's recursion */
#define FL_TUNNEL_MAX 6        /* tunnels within each other; ERSPAN of MPLS of PPPoE, or a VXLAN in GRE in IPsec, has 3 */
#define FL_MPLS_MAX 16         /* labels in one stack; RFC 3032 sets no limit, segment routing uses up to about 10 */
#define FL_FRAGMENT_BYTES (8u << 20) /* data of incomplete datagrams held per worker */
#define FL_FRAGMENT_DATAGRAMS 1024u  /* ... and datagrams */
#define FL_FRAGMENT_PIECES 128u      /* ... and pieces of one with holes between: 64 KiB in the least sensible MTU, 512 bytes */
#define FL_FRAGMENT_NS (30 * INT64_C(1000000000)) /* RFC 791 3.2 and Linux: 30 s; RFC 8200 4.5 allows 60 */
#define FL_FRAGMENT_DEPTH 3u   /* a datagram put together may carry a tunnel that carries fragments, so often */
#define FL_IP6_EXT_MAX 8       /* extension headers walked; RFC 8200 4.1 lists 7 kinds, once each but one */

/* flow */
#define FL_FLOWS_DEFAULT 262144u        /* concurrent flows per worker */
#define FL_STREAM_OOO_BYTES 65536u      /* out-of-order bytes held per direction: one unscaled TCP window */
#define FL_STREAM_OOO_SEGS 64u          /* ... and segments */
#define FL_STREAM_OOO_NS (2 * INT64_C(1000000000)) /* a hole older than this in packet time is a gap */
#define FL_STREAM_POOL_BYTES (64u << 20) /* out-of-order and partial-unit bytes over all flows of a worker */
#define FL_STREAM_PAST 8192u   /* directions of streams whose last segments are remembered, to see repeats that differ */

#define FL_COPIES_SLOTS 8192u  /* frames remembered to know a copy; at 100000 frames/s FL_COPY_NS holds 2000 */
#define FL_COPY_PAIRS_MAX 4096u /* pairs of MAC addresses of which is known whether a mirror shows their frames twice */
#define FL_COPY_NS (20 * INT64_C(1000000)) /* a copy comes so soon: mirror queues and a router's hop are below 10 ms, a
					    * retransmission timer is not below 200 ms (RFC 6298 2.4 asks for 1 s) */
#define FL_CONTEXTS_MAX 4096u  /* capture contexts known to a worker: VLANs of a trunk */
#define FL_EXPECT_MAX 4096u    /* announced connections (FTP data, CIP I/O) waited for per worker */

/* dissection */
#define FL_UNIT_MAX 65542u     /* longest unit held for completion: MBAP 6 + a 16-bit length; TPKT fits too */
#define FL_PROBE_HOLD 2048u    /* bytes held per flow while a protocol on an unusual port is being confirmed */
#define FL_OP_OBJECTS_MAX 20u  /* objects per operation: S7 read/write var carries at most 20 items per PDU */
#define FL_OP_NAME_MAX 64u     /* object name (CIP tag, S7 block, file) kept; longer ones are cut and marked */
#define FL_MODBUS_PENDING_MAX 32u /* open requests per flow; the implementation guide 4.2.1.1 foresees 1 to 16 */
#define FL_COTP_TSDU_MAX 3072u /* a message in several COTP units: S7 negotiates 240 to 960 bytes, software servers 2 KiB */
#define FL_S7_PENDING_MAX 16u  /* open requests per flow; setup communication agrees on 1 to 8 parallel jobs */
#define FL_S7_UPLOADS_MAX 4u   /* block uploads at once per flow; stations load one block after the other */
#define FL_S7_SZL_BYTES 1024u  /* identity list put together from its parts: 0x1C has 11 records of 34 bytes */
#define FL_OP_ROUTE_MAX 48u    /* route of an operation kept as text: "1/0,2/192.168.100.100,1/15"; longer ones are cut */
#define FL_IDENTITY_MAX (FL_OP_ROUTE_MAX + FL_OP_NAME_MAX + 2u) /* of a device: "route: name" */
#define FL_ENIP_PENDING_MAX 32u /* open requests per flow: encapsulation units, of which each may hold many services */
#define FL_ENIP_KEPT_BYTES 8192u /* bytes of open requests kept per flow, to tell what an answer is about; a ring */
#define FL_ENIP_KEPT_MAX 4096u /* ... of one: a large connection carries 4002 bytes, CIP Vol. 1 3-5.5.3 */
#define FL_ENIP_CONNECTIONS_MAX 16u /* connections remembered per flow; an originator keeps one or two per TCP connection */
#define FL_ENIP_IO_MAX 32u     /* I/O connections told apart per UDP flow: one per module of a rack, two for each */
#define FL_CIP_SERVICES_MAX 512u /* services followed per unit: 4000 bytes of a Multiple Service Packet hold 500 */
#define FL_CIP_DEPTH_MAX 4u    /* messages within each other: a packet in an unconnected send in a packet has 3 */
#define FL_OP_TIMEOUT_NS (10 * INT64_C(1000000000)) /* a request this old in packet time has no response */

/* classification */
#define FL_DPI_PACKETS_TCP 24u /* payload packets fed to nDPI per flow before it must give up */
#define FL_DPI_PACKETS_UDP 16u
#define FL_VOCAB_MAX 1024u     /* protocol names: ours plus nDPI's (4.2 has about 300) */

/* monitor */
#define FL_HOSTS_MAX 65536u    /* hosts remembered for asset.seen per worker */
#define FL_FOLD_MAX 65536u     /* open folds; beyond it the oldest is written early */
#define FL_RING_BYTES (16u << 20) /* findings between a worker and the writer */

/* policy */
#define FL_SCOPES_MAX 64u      /* the readers of a record are a set of scopes in 64 bits */
#define FL_ZONES_MAX 65535u    /* ... and plants, suppliers: indexes have 16 bits */
#define FL_CONDUITS_MAX 1000000u /* ... and exceptions; a policy of that many lines has been made by a program */
#define FL_ID_MAX 63u          /* bytes in an id */
#define FL_DIAGS_MAX 200u      /* diagnostics kept; beyond it they are counted */
#define FL_POLICY_FILE_BYTES (64u << 20)
#define FL_INCLUDE_DEPTH 8u
#define FL_PATH_MAX_BYTES 4096u

/* events */
#define FL_RECORD_MAX 65535u   /* bytes in one record: C2SP tlog-tiles entries have a 16-bit length */

#endif
