/* test_verdict.c - where ends are placed, what is decided and what is said about it; time zones against the C library.
 * test_place.c and test_decide.c hold both against plain references. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/yaml.h"
#include "fenceline/err.h"
#include "zones/policy.h"
#include "zones/tz.h"
#include "run.h"

#define NS INT64_C(1000000000)

static struct fl_vocab vocab;

static struct fl_policy *load(const char *text)
{
	struct fl_policy *p = NULL;
	struct fl_diags d;
	int err;

	fl_diags_init(&d);
	err = fl_policy_parse(&p, "t.yaml", text, strlen(text), &vocab, 0, &d);
	if (err)
		fl_diags_print(&d, stderr);
	ck_assert_int_eq(err, FL_OK);
	fl_diags_done(&d);
	return p;
}

static struct fl_addr addr(const char *text)
{
	struct fl_addr a = {0};

	if (text && *text)
		ck_assert_msg(fl_addr_parse(text, &a, NULL), "%s", text);
	return a;
}

static int64_t at(const char *utc)
{
	struct tm tm = {0};

	ck_assert_ptr_nonnull(strptime(utc, "%Y-%m-%d %H:%M:%S", &tm));
	return (int64_t)timegm(&tm) * NS;
}

static uint16_t protocol(const char *name)
{
	int id = name ? fl_vocab_find(&vocab, name) : FL_PROTOCOL_UNKNOWN;

	ck_assert_int_ge(id, 0);
	return (uint16_t)id;
}

/* ---- places ---- */

static const char places[] =
	"version: 1\norganization: x\n"
	"plants:\n"
	"  - { id: p, capture: [{ interface: eth1 }, { vlan: 300-399 }] }\n"
	"  - { id: q, capture: [{ interface: eth2, vlan: [7, 9] }] }\n"
	"  - { id: r }\n"
	"zones:\n"
	"  - { id: p-wide, plant: p, members: [192.168.0.0/16, { vlan: 310 }] }\n"
	"  - { id: p-cell, plant: p, members: [192.168.1.0/24, \"00:1b:1b:00:00:00/24\"],\n"
	"      assets: [{ id: plc, ip: 192.168.1.7 }, { id: drive, mac: \"00:1b:1b:00:00:09\" }] }\n"
	"  - { id: p-host, plant: p, members: [192.168.1.9, \"2001:db8::9\"] }\n"
	"  - { id: q-cell, plant: q, members: [192.168.1.0/24, { vlan: 7 }, \"2001:db8::/32\"],\n"
	"      assets: [{ id: panel, mac: \"00:1b:1b:00:00:77\" }] }\n"
	"  - { id: r-net, plant: r, members: [10.0.0.0/8, { vlan: 50 }, \"00:1b:1b:aa:00:00/32\"] }\n"
	"  - { id: r-group, plant: r, members: [239.1.0.0/16, 169.254.7.0/24] }\n"
	"  - { id: r-all, plant: r, members: [0.0.0.0/0, \"::/0\"] }\n";

static const struct place_row {
	const char *name, *iface;
	uint16_t vlan;            /* of the capture and of both ends; 0 = none */
	const char *a, *b, *mac;  /* mac: of a */
	bool on_link;
	const char *zone_a, *how_a, *zone_b, *asset_a;
} place_rows[] = {
	{"longest prefix", "eth1", 0, "192.168.1.7", "192.168.2.7", NULL, false, "p-cell", "address", "p-wide", "plc"},
	{"host prefix", "eth1", 0, "192.168.1.9", "192.168.1.8", NULL, false, "p-host", "address", "p-cell", NULL},
	{"the other plant's context", "eth2", 7, "192.168.1.7", "192.168.2.7", NULL, false, "q-cell", "address", "p-wide", NULL},
	{"VLAN of a plant on any interface", "eth9", 300, "192.168.1.7", "192.168.1.9", NULL, false, "p-cell", "address", "p-host", "plc"},
	{"nobody's context: two claim it, so nobody", "eth9", 0, "192.168.1.7", "192.168.2.7", NULL, false, NULL, "unknown", "p-wide", NULL},
	{"nobody's context: one claims it", "eth9", 0, "192.168.1.9", "10.1.2.3", NULL, false, "p-host", "address", "r-net", NULL},
	{"plant first, though another's is longer", "eth2", 7, "2001:db8::9", "2001:db9::1", NULL, false, "q-cell", "address", "r-all", NULL},
	{"global, longest", "eth1", 0, "2001:db8::9", "2001:db8::8", NULL, false, "p-host", "address", "q-cell", NULL},
	{"MAC on the link", "eth1", 0, "00:1b:1b:00:00:09", "10.0.0.1", NULL, true, "p-cell", "mac", "r-net", "drive"},
	{"MAC behind an address, but the address is placed", "eth1", 0, "10.0.0.1", "10.0.0.2", "00:1b:1b:00:00:09", true, "r-net", "address", "r-net", NULL},
	{"link-local by MAC", "eth1", 0, "fe80::1", "10.0.0.2", "00:1b:1b:00:00:09", false, "p-cell", "mac", "r-net", "drive"},
	{"MAC of a declared asset before the prefix that holds it", "eth9", 0, "fe80::1", "10.0.0.2", "00:1b:1b:00:00:77", false, "q-cell", "mac", "r-net", "panel"},
	{"asset of the plant", "eth2", 7, "00:1b:1b:00:00:77", "10.0.0.2", NULL, false, "q-cell", "mac", "r-net", "panel"},
	{"prefix of the plant before another's asset", "eth1", 0, "fe80::1", "10.0.0.2", "00:1b:1b:00:00:77", false, "p-cell", "mac", "r-net", NULL},
	{"longest MAC prefix", "eth9", 0, "fe80::1", "10.0.0.2", "00:1b:1b:aa:00:09", true, "r-net", "mac", "r-net", NULL},
	{"MAC of the plant first, though another's is longer", "eth1", 0, "fe80::1", "10.0.0.2", "00:1b:1b:aa:00:09", true, "p-cell", "mac", "r-net", NULL},
	{"link-local by VLAN", "eth9", 310, "fe80::1", "fe80::2", NULL, false, "p-wide", "vlan", "p-wide", NULL},
	{"link-local with the other end", "eth1", 0, "fe80::1", "10.0.0.2", NULL, false, "r-net", "link_local", "r-net", NULL},
	{"link-local alone", "eth1", 0, "fe80::1", "fe80::2", NULL, true, NULL, "unknown", NULL, NULL},
	{"link-local that is declared", "eth1", 0, "169.254.7.1", "10.0.0.2", NULL, false, "r-group", "address", "r-net", NULL},
	{"link-local is not in 0.0.0.0/0", "eth1", 0, "169.254.8.1", "10.0.0.2", NULL, false, "r-net", "link_local", "r-net", NULL},
	{"multicast", "eth1", 0, "224.0.0.251", "10.0.0.2", NULL, false, "r-net", "group", "r-net", NULL},
	{"multicast that is declared", "eth1", 0, "239.1.2.3", "10.0.0.2", NULL, false, "r-group", "address", "r-net", NULL},
	{"broadcast", "eth1", 0, "255.255.255.255", "192.168.1.7", NULL, false, "p-cell", "group", "p-cell", NULL},
	{"IPv6 multicast", "eth1", 0, "ff02::1", "fe80::2", NULL, false, NULL, "unknown", NULL, NULL},
	{"IPv6 multicast from a VLAN's zone", "eth2", 7, "ff02::1", "fe80::2", NULL, false, "q-cell", "group", "q-cell", NULL},
	{"unspecified by VLAN", "eth2", 7, "0.0.0.0", "255.255.255.255", NULL, false, "q-cell", "vlan", "q-cell", NULL},
	{"unspecified with the other end", "eth1", 0, "0.0.0.0", "192.168.1.7", NULL, false, "p-cell", "link_local", "p-cell", NULL},
	{"unspecified alone", "eth1", 0, "0.0.0.0", "255.255.255.255", NULL, false, NULL, "unknown", NULL, NULL},
	{"group MAC", "eth1", 0, "01:00:5e:00:00:01", "00:1b:1b:00:00:09", NULL, false, "p-cell", "group", "p-cell", NULL},
	{"catch-all", "eth1", 0, "8.8.8.8", "::1", NULL, false, "r-all", "address", "r-all", NULL},
};

static struct fl_flow_end end(const char *text, uint16_t vlan, const char *mac, bool on_link)
{
	struct fl_flow_end e = {.addr = addr(text), .on_link = on_link, .vlans = vlan ? 2 : 1, .vlan = {0, vlan}};
	struct fl_addr m = addr(mac);

	e.has_mac = mac != NULL;
	memcpy(e.mac, m.b, 6);
	return e;
}

static const char *zone_id(const struct fl_place *p)
{
	return p->zone ? p->zone->id : "-";
}

START_TEST(test_place)
{
	static const char *const ifaces[] = {"eth0", "eth1", "eth2"};
	const struct place_row *r = &place_rows[_i];
	struct fl_policy *p = load(places);
	struct fl_flow_end a = end(r->a, r->vlan, r->mac, r->on_link), b = end(r->b, r->vlan, NULL, false);
	struct fl_place pa, pb, pa2, pb2;
	uint64_t context;

	ck_assert_int_eq(fl_policy_bind_ifaces(p, ifaces, 3), FL_OK);
	/* A priority tag before the VLAN counts for nothing. */
	context = fl_policy_context(p, (uint16_t)(r->iface[3] - '0'), a.vlan, a.vlans);
	fl_policy_place(p, context, &a, &b, &pa, &pb);
	ck_assert_msg(!strcmp(zone_id(&pa), r->zone_a ? r->zone_a : "-"), "%s: a in %s", r->name, zone_id(&pa));
	ck_assert_msg(!strcmp(fl_place_how_name(pa.how), r->how_a), "%s: by %s", r->name, fl_place_how_name(pa.how));
	ck_assert_msg(!strcmp(zone_id(&pb), r->zone_b ? r->zone_b : "-"), "%s: b in %s", r->name, zone_id(&pb));
	ck_assert_msg(!strcmp(pa.asset ? pa.asset->id : "-", r->asset_a ? r->asset_a : "-"), "%s: asset", r->name);
	fl_policy_place(p, context, &b, &a, &pb2, &pa2); /* the order of the ends does not matter */
	ck_assert_ptr_eq(pa.zone, pa2.zone);
	ck_assert_ptr_eq(pb.zone, pb2.zone);
	fl_policy_free(p);
}
END_TEST

/* VLAN and MAC membership need their own link: behind a router tag and MAC are the router's. And a VLAN places no routable
 * address in a zone that lists prefixes. */
static const char on_link[] =
	"version: 1\norganization: x\nplants: [{ id: p }]\nzones:\n"
	"  - { id: pure, plant: p, members: [{ vlan: 5 }] }\n"
	"  - { id: mac, plant: p, members: [\"00:1b:1b:01:00:00/32\", { vlan: 6 }] }\n"
	"  - { id: mixed, plant: p, members: [10.1.0.0/24, { vlan: 7 }] }\n"
	"  - { id: mixed6, plant: p, members: [{ vlan: 8 }, \"2001:db8::/64\"] }\n"
	"  - { id: cell, plant: p, members: [10.5.0.0/24], assets: [{ id: hmi, ip: 10.5.0.7, mac: \"02:aa:00:00:00:01\" },\n"
	"      { id: gate, ip: 10.5.0.1, mac: \"02:aa:00:00:00:ff\" }, { id: io, mac: \"00:1b:1b:01:00:05\" }] }\n"
	"  - { id: cell2, plant: p, members: [10.6.0.0/24], assets: [{ id: gate2, ip: 10.6.0.1, mac: \"02:aa:00:00:00:ff\" }] }\n";

static const struct link_row {
	const char *addr, *mac;
	uint16_t vlan;
	bool on_link;
	const char *zone, *how, *asset;
} link_rows[] = {
	{"10.0.0.1", NULL, 5, true, "pure", "vlan"},
	{"10.0.0.1", NULL, 5, false, "-", "unknown"},
	{"2001:db9::1", NULL, 5, true, "pure", "vlan"},
	{"00:1b:1c:01:02:03", NULL, 5, false, "pure", "vlan"},
	{"10.0.0.1", NULL, 6, true, "mac", "vlan"}, /* a MAC prefix does not say which addresses belong there */
	{"10.0.0.1", "00:1b:1b:01:02:03", 0, true, "mac", "mac"},
	{"10.0.0.1", "00:1b:1b:01:02:03", 0, false, "-", "unknown"},
	{"10.1.0.9", NULL, 7, true, "mixed", "address"},
	{"10.0.0.1", NULL, 7, true, "-", "unknown"},
	{"2001:db9::1", NULL, 7, true, "-", "unknown"},
	{"fe80::1", NULL, 7, false, "mixed", "vlan"},
	{"169.254.3.4", NULL, 7, true, "mixed", "vlan"},
	{"0.0.0.0", NULL, 7, true, "mixed", "vlan"},
	{"::", NULL, 7, true, "mixed", "vlan"},
	{"00:1b:1c:01:02:03", NULL, 7, true, "mixed", "vlan"},
	{"10.0.0.1", NULL, 8, true, "-", "unknown"},
	{"fe80::1", NULL, 8, true, "mixed6", "vlan"},
	/* a MAC address that an asset is declared with */
	{"fe80::1", "02:aa:00:00:00:01", 0, false, "cell", "mac", "hmi"},
	{"169.254.1.1", "02:aa:00:00:00:01", 0, false, "cell", "mac", "hmi"},
	{"0.0.0.0", "02:aa:00:00:00:01", 5, true, "cell", "mac", "hmi"}, /* says more than the VLAN */
	{"10.0.0.1", "02:aa:00:00:00:01", 0, true, "cell", "mac", "hmi"},
	{"10.0.0.1", "02:aa:00:00:00:01", 0, false, "-", "unknown"}, /* it may be the router's */
	{"10.6.0.9", "02:aa:00:00:00:01", 0, true, "cell2", "address"},
	{"02:aa:00:00:00:01", NULL, 0, false, "cell", "mac", "hmi"},
	{"fe80::1", "00:1b:1b:01:00:05", 0, true, "cell", "mac", "io"}, /* though zone mac has the prefix */
	{"00:1b:1b:01:00:05", NULL, 0, true, "cell", "mac", "io"},
	{"fe80::1", "02:aa:00:00:00:ff", 0, true, "-", "unknown"}, /* assets of two zones bear it */
	{"fe80::1", "02:aa:00:00:00:ff", 5, true, "pure", "vlan"},
	{"fe80::1", "02:aa:00:00:00:02", 0, true, "-", "unknown"},
};

START_TEST(test_on_link)
{
	const struct link_row *r = &link_rows[_i];
	struct fl_policy *p = load(on_link);
	struct fl_flow_end e = end(r->addr, r->vlan, r->mac, r->on_link), far = end("10.9.9.9", 0, NULL, false);
	struct fl_place x, y;

	fl_policy_place(p, 0, &e, &far, &x, &y);
	ck_assert_msg(!strcmp(zone_id(&x), r->zone), "%d: in %s", _i, zone_id(&x));
	ck_assert_str_eq(fl_place_how_name(x.how), r->how);
	ck_assert_msg(!strcmp(x.asset ? x.asset->id : "", r->asset ? r->asset : ""), "%d: asset", _i);
	ck_assert_ptr_null(y.zone);
	fl_policy_free(p);
}
END_TEST

/* A trunk that shows two plants: VLAN 100 is a's, 200 is b's, 300 is c's, 400 nobody's. One space, unless two of them
 * claim the same. */
static const struct trunk_row {
	const char *a, *b, *c;  /* a member of each, in YAML */
	bool one_ab, one_bc;
} trunk_rows[] = {
	{"10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16", true, true},
	{"10.1.0.0/16", "10.1.0.0/16", "10.3.0.0/16", false, false},
	{"10.1.0.0/16", "10.2.0.0/16", "10.1.0.0/16", false, false}, /* b alone is left in the space of all others */
	{"10.1.0.0/16", "10.1.2.0/24", "0.0.0.0/0", true, true},   /* the longest wins, nothing is ambiguous */
	{"\"2001:db8::/32\"", "\"2001:DB8::/32\"", "10.3.0.0/16", false, false},
	{"\"2001:db8::/32\"", "\"2001:db8::/64\"", "10.3.0.0/16", true, true},
	{"\"00:1b:1b:00:00:00/24\"", "\"00:1b:1b:00:00:00/24\"", "10.3.0.0/16", false, false},
	{"{ vlan: 20-30 }", "{ vlan: 30-40 }", "10.3.0.0/16", false, false},
	{"{ vlan: 20-29 }", "{ vlan: 30-40 }", "10.3.0.0/16", true, true},
	{"10.1.0.0/16", "10.1.0.0/16", "10.1.0.0/16", false, false},
};

START_TEST(test_trunk)
{
	static const char *const ifaces[] = {"eth0", "eth1"};
	static const uint16_t v100[] = {100}, v200[] = {200}, v300[] = {300}, v400[] = {400};
	const struct trunk_row *r = &trunk_rows[_i];
	struct fl_policy *p;
	char text[1024];
	uint64_t a, b, c;

	snprintf(text, sizeof text,
		 "version: 1\norganization: x\n"
		 "plants: [{ id: a, capture: { vlan: 100 } }, { id: b, capture: { vlan: 200 } }, { id: c, capture: { vlan: 300 } }]\n"
		 "zones: [{ id: a1, plant: a, members: [%s, 10.11.0.1] }, { id: b1, plant: b, members: [%s, 10.12.0.1] },\n"
		 "  { id: c1, plant: c, members: [%s] }]\n", r->a, r->b, r->c);
	p = load(text);
	ck_assert_int_eq(fl_policy_bind_ifaces(p, ifaces, 2), FL_OK);
	a = fl_policy_context(p, 1, v100, 1);
	b = fl_policy_context(p, 1, v200, 1);
	c = fl_policy_context(p, 1, v300, 1);
	ck_assert_msg((a == b) == r->one_ab, "%d: a and b", _i);
	ck_assert_msg((b == c) == r->one_bc, "%d: b and c", _i);
	ck_assert(fl_policy_context(p, 0, v100, 1) != a); /* another interface is another space */
	ck_assert(fl_policy_context(p, 1, v400, 1) != a && fl_policy_context(p, 1, v400, 1) != c);
	if (!strcmp(r->a, r->b) && r->a[0] == '1') { /* the same address, in each plant its own */
		struct fl_flow_end x = end("10.1.7.7", 100, NULL, true), y = end("10.12.0.1", 200, NULL, true);
		struct fl_place px, py;

		fl_policy_place(p, a, &x, &y, &px, &py);
		ck_assert_str_eq(zone_id(&px), "a1");
		ck_assert_str_eq(zone_id(&py), "b1"); /* then all */
		fl_policy_place(p, b, &x, &y, &px, &py);
		ck_assert_str_eq(zone_id(&px), "b1");
	}
	fl_policy_free(p);
}
END_TEST

START_TEST(test_context)
{
	static const char *const ifaces[] = {"eth0", "eth1", "eth2"};
	static const uint16_t v7[] = {7}, v9[] = {9}, v8[] = {8}, q[] = {8, 9}, tail[] = {8, 9, 10}, prio[] = {0, 7}, v300[] = {300},
			      v311[] = {311, 5};
	struct fl_policy *p = load(places);
	uint64_t c[9];
	int i, j;

	ck_assert_int_eq(fl_policy_bind_ifaces(p, ifaces, 3), FL_OK);
	ck_assert_uint_eq(fl_policy_context(p, 2, v7, 1), fl_policy_context(p, 2, v9, 1)); /* one plant: one address space */
	ck_assert_uint_eq(fl_policy_context(p, 2, v7, 1), fl_policy_context(p, 2, prio, 2));
	ck_assert_uint_eq(fl_policy_context(p, 1, v7, 1), fl_policy_context(p, 1, NULL, 0)); /* all of eth1 */
	ck_assert_uint_eq(fl_policy_context(p, 0, v300, 1), fl_policy_context(p, 0, v311, 2));
	ck_assert_uint_eq(fl_policy_context(p, 0, q, 2), fl_policy_context(p, 0, tail, 3));
	ck_assert_uint_eq(fl_policy_context(p, 7, v300, 1) >> 63, 1); /* an interface that was never bound */
	c[0] = fl_policy_context(p, 0, NULL, 0);
	c[1] = fl_policy_context(p, 0, v7, 1);
	c[2] = fl_policy_context(p, 0, v8, 1);
	c[3] = fl_policy_context(p, 0, q, 2);
	c[4] = fl_policy_context(p, 0, v300, 1);
	c[5] = fl_policy_context(p, 1, NULL, 0);
	c[6] = fl_policy_context(p, 2, v7, 1);
	c[7] = fl_policy_context(p, 2, NULL, 0);
	c[8] = fl_policy_context(p, 2, v8, 1);
	for (i = 0; i < 9; i++)
		for (j = 0; j < i; j++)
			ck_assert_msg(c[i] != c[j], "%d %d", i, j);
	fl_policy_free(p);
}
END_TEST

/* ---- verdicts ---- */

static const char verdicts[] =
	"version: 1\norganization: x\n"
	"scopes: [{ id: s }, { id: t }]\n"
	"plants: [{ id: p, scope: s }, { id: q }, { id: r, scope: t }]\n"
	"zones:\n"
	"  - { id: office, plant: p, members: [10.0.0.0/24] }\n"
	"  - { id: cell, plant: p, members: [10.0.1.0/24] }\n"
	"  - { id: dmz, plant: p, members: [10.0.2.0/24], in_scope: false, justification: j }\n"
	"  - { id: lyon, plant: q, members: [10.0.3.0/24] }\n"
	"  - { id: other, plant: r, members: [10.0.4.0/24] }\n"
	"  - { id: lyon2, plant: q, members: [10.0.5.0/24] }\n"
	"conduits:\n"
	"  - id: c-cell\n"
	"    from: office\n"
	"    to: cell\n"
	"    allow:\n"
	"      - { protocol: modbus, operations: [read], units: [1-4], registers: [0-199] }\n"       /* line 17 */
	"      - { protocol: modbus, operations: [read, write], units: [1], registers: [200-209] }\n" /* 18 */
	"      - { protocol: modbus, operations: [read], units: [1], coils: [0-15] }\n"              /* 19 */
	"      - { protocol: modbus, operations: [identify, diagnose] }\n"                           /* 20 */
	"      - { protocol: s7comm, operations: [read, identify] }\n"                               /* 21 */
	"      - { protocol: tls, ports: [443, 8000-8010] }\n"                                       /* 22 */
	"      - { protocol: udp, ports: [161] }\n"                                                  /* 23 */
	"    log: all\n"
	"  - { id: c-dated, from: office, to: dmz, allow: [{ protocol: any }], valid_from: 2026-03-01, valid_until: 2026-03-31 }\n"
	"  - { id: c-window, from: office, to: lyon, allow: [{ protocol: tls }],\n"
	"      windows: [{ days: [sat], from: \"22:00\", to: \"04:00\", tz: Europe/Berlin }] }\n"
	"  - { id: c-first, from: dmz, to: cell, allow: [{ protocol: ssh }], valid_until: 2026-01-01 }\n"
	"  - { id: c-second, from: dmz, to: cell, allow: [{ protocol: ssh }] }\n"
	"  - { id: c-third, from: dmz, to: cell, allow: [{ protocol: modbus, operations: [read] }] }\n"
	"  - { id: c-list, from: [lyon, lyon2], to: [other, lyon], allow: [{ protocol: icmp }] }\n"
	"exceptions:\n"
	"  - { id: EX-1, conduit: c-cell, protocol: modbus, operations: [write], registers: [300-309], source: 10.0.0.7, owner: o,\n"
	"      approved_by: a, reason: r, compensating_control: c, expires: 2026-06-30 }\n"
	"  - { id: EX-2, from: cell, to: lyon, protocol: tls, owner: o, approved_by: a, reason: r, compensating_control: c, expires: 2026-06-30 }\n"
	"  - { id: EX-3, from: cell, to: lyon, protocol: tls, destination: 10.0.3.0/25, owner: o, approved_by: a, reason: r,\n"
	"      compensating_control: c, expires: 2026-09-30 }\n";

#define RO(k, s, n) {.kind = FL_OBJECT_##k, .access = FL_OP_READ, .start = s, .count = n}
#define WO(k, s, n) {.kind = FL_OBJECT_##k, .access = FL_OP_WRITE, .start = s, .count = n}
#define RWO(k, s, n) {.kind = FL_OBJECT_##k, .access = FL_OP_READ | FL_OP_WRITE, .start = s, .count = n}
#define OP(c, u, ...) {.function_name = "f", .classes = c, .has_unit = u >= 0, .unit = u >= 0 ? u : 0, __VA_ARGS__}
#define R FL_OP_READ
#define W FL_OP_WRITE

static const struct verdict_row {
	const char *from, *to, *when;
	uint8_t ip_proto;
	uint16_t port;
	const char *master, *app;
	bool has_op;
	struct fl_operation op;
	const char *verdict, *relation, *clause;
	unsigned line;
	const char *why;
} verdict_rows[] = {
	{"10.0.0.1", "10.0.0.2", "2026-03-10 12:00:00", 6, 1, NULL, NULL, false, {0}, "within_zone", "inside", "office", 6,
	 "both ends lie in zone office"},
	{"10.0.0.1", "10.9.0.2", "2026-03-10 12:00:00", 6, 1, NULL, NULL, false, {0}, "unknown_endpoint", "external", NULL, 0,
	 "10.9.0.2 (a private address) lies in no declared zone and is addressed by 10.0.0.1 in office"},
	{"10.9.0.1", "10.0.0.2", "2026-03-10 12:00:00", 6, 1, NULL, NULL, false, {0}, "unknown_endpoint", "external", NULL, 0,
	 "10.9.0.1 (a private address) lies in no declared zone and talks to 10.0.0.2 in office"},
	{"10.9.0.1", "10.9.0.2", "2026-03-10 12:00:00", 6, 1, NULL, NULL, false, {0}, "unknown_endpoint", "external", NULL, 0,
	 "10.9.0.1 (a private address) talks to 10.9.0.2 (a private address), and neither lies in a declared zone"},
	{"10.0.1.1", "10.0.4.1", "2026-03-10 12:00:00", 6, 1, NULL, NULL, false, {0}, "no_conduit", "inter_scope", NULL, 0,
	 "no conduit joins cell and other"},
	{"10.0.1.1", "10.0.0.1", "2026-03-10 12:00:00", 6, 502, NULL, "modbus", false, {0}, "initiator", "inside", "c-cell", 13,
	 "cell opened a connection to office, but conduit c-cell lets only office open them"},
	{"10.0.5.1", "10.0.3.1", "2026-03-10 12:00:00", 1, 0, NULL, "icmp", false, {0}, "conforming", "outside", "c-list", 31,
	 "conduit c-list lets lyon2 talk icmp to lyon"},
	{"10.0.3.1", "10.0.4.1", "2026-03-10 12:00:00", 1, 8, NULL, NULL, false, {0}, "conforming", "crossing", "c-list", 31,
	 "conduit c-list lets lyon talk icmp to other"},
	/* protocols and ports */
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 443, "tls", NULL, false, {0}, "conforming", "inside", "c-cell", 22,
	 "conduit c-cell lets office talk tls to cell"},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 8010, "tls", "http", false, {0}, "conforming", "inside", "c-cell", 22,
	 "conduit c-cell lets office talk http to cell"},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 8011, "tls", "http", false, {0}, "protocol", "inside", "c-cell", 13,
	 "conduit c-cell from office to cell does not permit http to port 8011; it permits tls to ports 443, 8000-8010"},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 22, NULL, "ssh", false, {0}, "protocol", "inside", "c-cell", 13,
	 "conduit c-cell from office to cell does not permit ssh to port 22; it permits modbus, s7comm, tls to ports 443, "
	 "8000-8010, udp to port 161"},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 443, NULL, NULL, false, {0}, "protocol", "inside", "c-cell", 13,
	 "conduit c-cell from office to cell does not permit tcp port 443 (protocol not recognised); it permits modbus, s7comm, "
	 "tls to ports 443, 8000-8010, udp to port 161"},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 17, 161, NULL, NULL, false, {0}, "conforming", "inside", "c-cell", 23, NULL},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 161, NULL, NULL, false, {0}, "protocol", "inside", "c-cell", 13, NULL},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 502, NULL, "modbus", false, {0}, "conforming", "inside", "c-cell", 17, NULL},
	/* operations and objects */
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 502, NULL, "modbus", true,
	 OP(R, 4, .objects = 1, .object = {RO(HOLDING_REGISTERS, 0, 200)}), "conforming", "inside", "c-cell", 17,
	 "conduit c-cell lets office read holding registers 0-199 of unit 4 in cell over modbus"},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 502, NULL, "modbus", true,
	 OP(R, 4, .objects = 1, .object = {RO(HOLDING_REGISTERS, 0, 201)}), "object", "inside", "c-cell", 17,
	 "office may not read holding registers 0-200 of unit 4 in cell: conduit c-cell permits registers 0-199 of units 1-4"},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 502, NULL, "modbus", true,
	 OP(R, 1, .objects = 1, .object = {RO(INPUT_REGISTERS, 199, 2)}), "object", "inside", "c-cell", 17, NULL}, /* one line, whole */
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 502, NULL, "modbus", true,
	 OP(R, 5, .objects = 1, .object = {RO(INPUT_REGISTERS, 5, 1)}), "object", "inside", "c-cell", 17,
	 "office may not read input register 5 of unit 5 in cell: conduit c-cell permits registers 0-199 of units 1-4"},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 502, NULL, "modbus", true,
	 OP(W, 1, .objects = 1, .object = {WO(HOLDING_REGISTERS, 210, 1)}), "object", "inside", "c-cell", 18,
	 "office may not write holding register 210 of unit 1 in cell: conduit c-cell permits registers 200-209 of unit 1"},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 502, NULL, "modbus", true,
	 OP(W, 1, .objects = 1, .object = {WO(HOLDING_REGISTERS, 205, 5)}), "conforming", "inside", "c-cell", 18, NULL},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 502, NULL, "modbus", true, /* read 0-9 and write 200-201: two lines */
	 OP(R | W, 1, .objects = 2, .object = {RO(HOLDING_REGISTERS, 0, 10), WO(HOLDING_REGISTERS, 200, 2)}), "conforming", "inside",
	 "c-cell", 17, NULL},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 502, NULL, "modbus", true, /* the second object decides */
	 OP(R | W, 1, .objects = 2, .object = {RO(HOLDING_REGISTERS, 0, 10), WO(HOLDING_REGISTERS, 10, 2)}), "object", "inside",
	 "c-cell", 18, "office may not write holding registers 10-11 of unit 1 in cell: conduit c-cell permits registers 200-209 of unit 1"},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 502, NULL, "modbus", true,
	 OP(R | W, 1, .objects = 1, .object = {RWO(HOLDING_REGISTERS, 5, 1)}), "object", "inside", "c-cell", 18, NULL},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 502, NULL, "modbus", true,
	 OP(R, 1, .objects = 1, .object = {RO(HOLDING_REGISTERS, 199, 0)}), "conforming", "inside", "c-cell", 17, NULL},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 502, NULL, "modbus", true,
	 OP(R, 1, .objects = 1, .object = {RO(HOLDING_REGISTERS, 0, 0)}), "conforming", "inside", "c-cell", 17, NULL},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 502, NULL, "modbus", true,
	 OP(R, 2, .objects = 1, .object = {RO(HOLDING_REGISTERS, 200, 0)}), "object", "inside", "c-cell", 17, NULL},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 502, NULL, "modbus", true,
	 OP(R, 1, .objects = 1, .object = {RO(HOLDING_REGISTERS, 65535, UINT32_MAX)}), "object", "inside", "c-cell", 18,
	 "office may not read holding registers 65535-4295032829 of unit 1 in cell: conduit c-cell permits registers 200-209 of "
	 "unit 1"},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 502, NULL, "modbus", true,
	 OP(R, 1, .objects = 1, .object = {RO(COILS, 0, 16)}), "conforming", "inside", "c-cell", 19, NULL},
	/* what is not permitted is held against the nearest line of its kind: then of its unit, then by distance */
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 502, NULL, "modbus", true,
	 OP(R, 1, .objects = 1, .object = {RO(COILS, 40, 8)}), "object", "inside", "c-cell", 19,
	 "office may not read coils 40-47 of unit 1 in cell: conduit c-cell permits coils 0-15 of unit 1"},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 502, NULL, "modbus", true,
	 OP(R, 4, .objects = 1, .object = {RO(DISCRETE_INPUTS, 3, 1)}), "object", "inside", "c-cell", 19,
	 "office may not read discrete input 3 of unit 4 in cell: conduit c-cell permits coils 0-15 of unit 1"},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 502, NULL, "modbus", true,
	 OP(R, 9, .objects = 1, .object = {RO(HOLDING_REGISTERS, 204, 2)}), "object", "inside", "c-cell", 18, NULL},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 502, NULL, "modbus", true,
	 OP(R, 4, .objects = 1, .object = {RO(HOLDING_REGISTERS, 204, 2)}), "object", "inside", "c-cell", 17, NULL},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 502, NULL, "modbus", true,
	 OP(R, 1, .objects = 1, .object = {RO(HOLDING_REGISTERS, 195, 8)}), "object", "inside", "c-cell", 17, NULL},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 502, NULL, "modbus", true,
	 OP(R, 1, .objects = 1, .object = {RO(HOLDING_REGISTERS, 210, 0)}), "object", "inside", "c-cell", 18, NULL},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 502, NULL, "modbus", true,
	 OP(R, 1, .objects = 1, .object = {RO(FIFO, 199, 500)}), "conforming", "inside", "c-cell", 17, NULL},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 502, NULL, "modbus", true,
	 OP(R, 1, .objects = 1, .object = {RO(FILE_RECORD, 1, 5)}), "object", "inside", "c-cell", 17, NULL},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 502, NULL, "modbus", true, OP(R, 1, .objects = 0), "conforming", "inside",
	 "c-cell", 17, "conduit c-cell lets office read from unit 1 in cell over modbus"},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 502, NULL, "modbus", true, OP(R, -1, .objects = 0), "object", "inside",
	 "c-cell", 17, NULL}, /* no unit told, but units are restricted */
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 502, NULL, "modbus", true,
	 OP(R, 1, .objects_cut = true, .objects = 1, .object = {RO(HOLDING_REGISTERS, 0, 1)}), "object", "inside", "c-cell", 17,
	 "office may not read so many objects in cell at once that not all can be checked: conduit c-cell permits "
	 "registers 0-199 of units 1-4"},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 502, NULL, "modbus", true,
	 OP(FL_OP_IDENTIFY, 99, .objects = 1, .object = {{.kind = FL_OBJECT_IDENTITY, .access = FL_OP_IDENTIFY, .number = 1}}),
	 "conforming", "inside", "c-cell", 20, "conduit c-cell lets office read the device identity of unit 99 in cell over modbus"},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 502, NULL, "modbus", true, OP(FL_OP_IDENTIFY, 9, .objects = 0),
	 "conforming", "inside", "c-cell", 20, "conduit c-cell lets office identify unit 9 in cell over modbus"},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 502, NULL, "modbus", true,
	 OP(FL_OP_FILE | W, 1, .objects = 1, .object = {{.kind = FL_OBJECT_FILE_RECORD, .access = FL_OP_FILE | W, .number = 4, .start = 7}}),
	 "operation", "inside", "c-cell", 17,
	 "office may not use file 4, record 7 of unit 1 in cell (modbus f): conduit c-cell permits only identify, read, write, diagnose"},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 502, NULL, "modbus", true, OP(FL_OP_SESSION, 77, .objects = 0),
	 "conforming", "inside", "c-cell", 17, NULL},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 502, NULL, "modbus", true, OP(FL_OP_CONTROL, 1, .objects = 0),
	 "operation", "inside", "c-cell", 17,
	 "office may not control unit 1 in cell (modbus f): conduit c-cell permits only identify, read, write, diagnose"},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 102, NULL, "s7comm", true, OP(W | FL_OP_SESSION, -1, .objects = 0),
	 "operation", "inside", "c-cell", 21,
	 "office may not write to cell (s7comm f): conduit c-cell permits only identify, read"},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 102, NULL, "s7comm", true,
	 OP(W, -1, .objects = 1,
	    .object = {{.kind = FL_OBJECT_DATA_BLOCK, .access = W, .number = 5, .start = 88, .count = 16}}),
	 "operation", "inside", "c-cell", 21,
	 "office may not write data block 5 from byte 11.0, 16 bits in cell (s7comm f): conduit c-cell permits only identify, read"},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 102, NULL, "s7comm", true,
	 OP(W, -1, .objects = 1,
	    .object = {{.kind = FL_OBJECT_S7_AREA, .access = W, .number = 0x83, .start = 83, .count = 1}}),
	 "operation", "inside", "c-cell", 21,
	 "office may not write area 0x83 from byte 10.3, 1 bits in cell (s7comm f): conduit c-cell permits only identify, read"},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 102, NULL, "s7comm", true,
	 OP(W, -1, .objects = 1,
	    .object = {{.kind = FL_OBJECT_S7_AREA, .access = W, .number = 0x1D, .start = 5, .count = 2}}),
	 "operation", "inside", "c-cell", 21,
	 "office may not write area 0x1d from number 5, 2 of them in cell (s7comm f): conduit c-cell permits only identify, read"},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 102, NULL, "s7comm", true,
	 OP(W, -1, .objects = 1,
	    .object = {{.kind = FL_OBJECT_S7_SYMBOL, .access = W, .number = 5, .start = 10, .count = 0}}),
	 "operation", "inside", "c-cell", 21,
	 "office may not write symbol 10 of data block 5 in cell (s7comm f): conduit c-cell permits only identify, read"},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 102, NULL, "s7comm", true,
	 OP(W, -1, .objects = 1,
	    .object = {{.kind = FL_OBJECT_S7_SYMBOL, .access = W, .number = 0x10052, .start = 10, .count = 0}}),
	 "operation", "inside", "c-cell", 21,
	 "office may not write symbol 10 of area 82 in cell (s7comm f): conduit c-cell permits only identify, read"},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 102, NULL, "s7comm", true,
	 OP(FL_OP_PROGRAM_DOWNLOAD, -1, .objects = 1,
	    .object = {{.kind = FL_OBJECT_S7_BLOCK, .access = FL_OP_PROGRAM_DOWNLOAD, .number = 0x0A, .start = 7, .count = 0}}),
	 "operation", "inside", "c-cell", 21,
	 "office may not download block 7 of type 0x0a in cell (s7comm f): conduit c-cell permits only identify, read"},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 102, NULL, "s7comm", true,
	 OP(FL_OP_DIAGNOSE, -1, .objects = 1,
	    .object = {{.kind = FL_OBJECT_S7_SZL, .access = FL_OP_DIAGNOSE, .number = 0x0424, .start = 0, .count = 0}}),
	 "operation", "inside", "c-cell", 21,
	 "office may not diagnose system status list 0x0424 index 0x0000 in cell (s7comm f): conduit c-cell permits only identify, read"},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 102, NULL, "s7comm", true,
	 OP(FL_OP_CONTROL, -1, .objects = 1,
	    .object = {{.kind = FL_OBJECT_S7_OBJECT, .access = FL_OP_CONTROL, .number = 52, .start = 2167, .count = 0}}),
	 "operation", "inside", "c-cell", 21,
	 "office may not control object 52 attribute 2167 in cell (s7comm f): conduit c-cell permits only identify, read"},
	{"10.0.0.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 502, NULL, "modbus", true, OP(W | FL_OP_IDENTIFY, 1, .objects = 0),
	 "operation", "inside", "c-cell", 17,
	 "office may not identify and write to unit 1 in cell (modbus f): no line of conduit c-cell permits identify and "
	 "write together"},
	/* dates: the first and the last day count in full */
	{"10.0.0.1", "10.0.2.1", "2026-02-28 23:59:59", 6, 1, NULL, NULL, false, {0}, "conduit_expired", "crossing", "c-dated", 25,
	 "conduit c-dated from office to dmz begins only on 2026-03-01"},
	{"10.0.0.1", "10.0.2.1", "2026-03-01 00:00:00", 6, 1, NULL, NULL, false, {0}, "conforming", "crossing", "c-dated", 25, NULL},
	{"10.0.0.1", "10.0.2.1", "2026-03-31 23:59:59", 6, 1, NULL, NULL, false, {0}, "conforming", "crossing", "c-dated", 25, NULL},
	{"10.0.0.1", "10.0.2.1", "2026-04-01 00:00:00", 6, 1, NULL, NULL, false, {0}, "conduit_expired", "crossing", "c-dated", 25,
	 "conduit c-dated from office to dmz ended on 2026-03-31"},
	/* windows: Saturday 22:00 to Sunday 04:00 in Berlin; winter UTC+1, summer UTC+2 */
	{"10.0.0.1", "10.0.3.1", "2026-01-10 20:59:59", 6, 443, NULL, "tls", false, {0}, "window", "crossing", "c-window", 26,
	 "conduit c-window from office to lyon was closed at that time; it is open sat 22:00-04:00 Europe/Berlin"},
	{"10.0.0.1", "10.0.3.1", "2026-01-10 21:00:00", 6, 443, NULL, "tls", false, {0}, "conforming", "crossing", "c-window", 26, NULL},
	{"10.0.0.1", "10.0.3.1", "2026-01-11 02:59:59", 6, 443, NULL, "tls", false, {0}, "conforming", "crossing", "c-window", 26, NULL},
	{"10.0.0.1", "10.0.3.1", "2026-01-11 03:00:00", 6, 443, NULL, "tls", false, {0}, "window", "crossing", "c-window", 26, NULL},
	{"10.0.0.1", "10.0.3.1", "2026-01-11 21:00:00", 6, 443, NULL, "tls", false, {0}, "window", "crossing", "c-window", 26, NULL},
	{"10.0.0.1", "10.0.3.1", "2026-07-11 20:00:00", 6, 443, NULL, "tls", false, {0}, "conforming", "crossing", "c-window", 26, NULL},
	{"10.0.0.1", "10.0.3.1", "2026-07-12 02:00:00", 6, 443, NULL, "tls", false, {0}, "window", "crossing", "c-window", 26, NULL},
	/* the night of 28 to 29 March 2026 has no 02:00; 24 to 25 October has it twice */
	{"10.0.0.1", "10.0.3.1", "2026-03-28 21:00:00", 6, 443, NULL, "tls", false, {0}, "conforming", "crossing", "c-window", 26, NULL},
	{"10.0.0.1", "10.0.3.1", "2026-03-29 01:59:59", 6, 443, NULL, "tls", false, {0}, "conforming", "crossing", "c-window", 26, NULL},
	{"10.0.0.1", "10.0.3.1", "2026-03-29 02:00:00", 6, 443, NULL, "tls", false, {0}, "window", "crossing", "c-window", 26, NULL},
	{"10.0.0.1", "10.0.3.1", "2026-10-24 20:00:00", 6, 443, NULL, "tls", false, {0}, "conforming", "crossing", "c-window", 26, NULL},
	{"10.0.0.1", "10.0.3.1", "2026-10-25 02:59:59", 6, 443, NULL, "tls", false, {0}, "conforming", "crossing", "c-window", 26, NULL},
	{"10.0.0.1", "10.0.3.1", "2026-10-25 03:00:00", 6, 443, NULL, "tls", false, {0}, "window", "crossing", "c-window", 26, NULL},
	{"10.0.0.1", "10.0.3.1", "2055-07-10 20:00:00", 6, 443, NULL, "tls", false, {0}, "conforming", "crossing", "c-window", 26, NULL},
	/* several conduits: the furthest names it, the first of equals */
	{"10.0.2.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 22, NULL, "ssh", false, {0}, "conforming", "crossing", "c-second", 29, NULL},
	{"10.0.2.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 22, NULL, "tls", false, {0}, "protocol", "crossing", "c-second", 29, NULL},
	{"10.0.2.1", "10.0.1.1", "2026-03-10 12:00:00", 6, 22, NULL, "modbus", true, OP(W, 1, .objects = 0), "operation", "crossing",
	 "c-third", 30, NULL},
	/* exceptions */
	{"10.0.0.7", "10.0.1.1", "2026-06-30 23:59:59", 6, 502, NULL, "modbus", true,
	 OP(W, 1, .objects = 1, .object = {WO(HOLDING_REGISTERS, 300, 10)}), "excepted", "inside", "EX-1", 33,
	 "exception EX-1, until 2026-06-30, lets office write holding registers 300-309 of unit 1 in cell over modbus"},
	{"10.0.0.7", "10.0.1.1", "2026-07-01 00:00:00", 6, 502, NULL, "modbus", true,
	 OP(W, 1, .objects = 1, .object = {WO(HOLDING_REGISTERS, 300, 10)}), "exception_expired", "inside", "EX-1", 33,
	 "exception EX-1 ended on 2026-06-30; until then it let office write holding registers 300-309 of unit 1 in cell over modbus"},
	{"10.0.0.7", "10.0.1.1", "2026-06-30 00:00:00", 6, 502, NULL, "modbus", true,
	 OP(W, 1, .objects = 1, .object = {WO(HOLDING_REGISTERS, 300, 11)}), "object", "inside", "c-cell", 18, NULL},
	{"10.0.0.8", "10.0.1.1", "2026-06-30 00:00:00", 6, 502, NULL, "modbus", true,
	 OP(W, 1, .objects = 1, .object = {WO(HOLDING_REGISTERS, 300, 1)}), "object", "inside", "c-cell", 18, NULL},
	{"10.0.0.7", "10.0.1.1", "2026-06-30 00:00:00", 6, 502, NULL, "modbus", true,
	 OP(R, 1, .objects = 1, .object = {RO(HOLDING_REGISTERS, 0, 1)}), "conforming", "inside", "c-cell", 17, NULL},
	{"10.0.1.1", "10.0.3.1", "2026-06-01 00:00:00", 6, 443, NULL, "tls", false, {0}, "excepted", "crossing", "EX-2", 35,
	 "exception EX-2, until 2026-06-30, lets cell talk tls to lyon"},
	{"10.0.1.1", "10.0.3.1", "2026-07-01 00:00:00", 6, 443, NULL, "tls", false, {0}, "excepted", "crossing", "EX-3", 36, NULL},
	{"10.0.1.1", "10.0.3.200", "2026-07-01 00:00:00", 6, 443, NULL, "tls", false, {0}, "exception_expired", "crossing", "EX-2", 35,
	 "exception EX-2 ended on 2026-06-30; until then it let cell talk tls to lyon"},
	{"10.0.1.1", "10.0.3.1", "2026-07-01 00:00:00", 6, 443, NULL, "ssh", false, {0}, "no_conduit", "crossing", NULL, 0, NULL},
};

START_TEST(test_decide)
{
	const struct verdict_row *r = &verdict_rows[_i];
	struct fl_policy *p = load(verdicts);
	struct fl_flow_end a = {.addr = addr(r->from)}, b = {.addr = addr(r->to)};
	struct fl_place pa, pb;
	struct fl_decision d, again;
	char why[400], small[20];
	struct fl_question q = {.ts_ns = at(r->when), .from = &pa, .to = &pb, .from_addr = &a.addr, .to_addr = &b.addr,
				.ip_proto = r->ip_proto, .to_port = r->port, .master = protocol(r->master), .app = protocol(r->app),
				.op = r->has_op ? &r->op : NULL};

	fl_policy_place(p, fl_policy_context(p, 0, NULL, 0), &a, &b, &pa, &pb);
	fl_policy_decide(p, &q, &d);
	fl_policy_why(p, &vocab, &q, &d, why, sizeof why);
	ck_assert_msg(!strcmp(fl_verdict_name(d.verdict), r->verdict), "%d: %s (%s)", _i, fl_verdict_name(d.verdict), why);
	ck_assert_str_eq(fl_scope_relation_name(d.relation), r->relation);
	ck_assert_msg(!strcmp(d.clause.id ? d.clause.id : "-", r->clause ? r->clause : "-"), "%d: clause %s", _i, d.clause.id);
	ck_assert_msg(d.clause.at.line == r->line, "%d: line %u, %s", _i, d.clause.at.line, why);
	ck_assert(d.log_all == (d.verdict == FL_VERDICT_CONFORMING && !strcmp(d.clause.id, "c-cell")));
	if (r->why)
		ck_assert_str_eq(why, r->why);
	ck_assert_uint_gt(strlen(why), 10);
	fl_policy_decide(p, &q, &again);
	ck_assert(d.verdict == again.verdict && d.relation == again.relation && d.log_all == again.log_all);
	ck_assert(d.conduit == again.conduit && d.clause.kind == again.clause.kind && d.clause.id == again.clause.id);
	ck_assert(d.clause.at.file == again.clause.at.file && d.clause.at.line == again.clause.at.line);
	fl_policy_why(p, &vocab, &q, &d, small, sizeof small);
	ck_assert_mem_eq(small, why, sizeof small - 1);
	fl_policy_free(p);
}
END_TEST

/* Which line a refused read is held against: the one with the nearest range, the first of equals. */
static const struct { uint32_t start, count; unsigned line; } nearest_rows[] = {
	{50, 1, 7}, {99, 2, 7}, {120, 1, 7}, {154, 1, 7}, {155, 1, 8}, {190, 9, 8}, {250, 1, 8}, {299, 1, 9}, {5000, 1, 9},
	{109, 92, 7}, {150, 0, 7}, {65535, UINT32_MAX, 9}, {0, UINT32_MAX, 7},
};

START_TEST(test_nearest)
{
	struct fl_policy *p = load("version: 1\norganization: x\nplants: [{ id: p }]\n"
				   "zones: [{ id: a, plant: p, members: [10.0.0.0/24] }, { id: b, plant: p, members: [10.0.1.0/24] }]\n"
				   "conduits:\n  - { id: c, from: a, to: b, allow: [\n"
				   "    { protocol: modbus, registers: [100-109] },\n"
				   "    { protocol: modbus, registers: [200-209] },\n"
				   "    { protocol: modbus, registers: [300-309, 1000] }] }\n");
	struct fl_place a = {.zone = fl_policy_zone(p, 0)}, b = {.zone = fl_policy_zone(p, 1)};
	struct fl_operation op = OP(R, 1, .objects = 1,
				    .object = {RO(INPUT_REGISTERS, nearest_rows[_i].start, nearest_rows[_i].count)});
	struct fl_question q = {.from = &a, .to = &b, .ip_proto = 6, .app = protocol("modbus"), .op = &op};
	struct fl_decision d;

	fl_policy_decide(p, &q, &d);
	ck_assert_uint_eq(d.verdict, FL_VERDICT_OBJECT);
	ck_assert_uint_eq(d.clause.at.line, nearest_rows[_i].line);
	fl_policy_free(p);
}
END_TEST

/* ---- time zones ---- */

static const char *const zones_of_time[] = {"Europe/Berlin", "Europe/Dublin", "America/New_York", "Australia/Lord_Howe",
					    "Asia/Kolkata", "America/Nuuk", "Africa/Casablanca", "Pacific/Apia", "UTC", "America/Sao_Paulo",
					    "Antarctica/Troll", "Asia/Tehran"};

START_TEST(test_tz_as_libc)
{
	struct fl_arena arena;
	struct fl_tz tz;
	int64_t t;
	time_t c;
	struct tm tm;

	fl_arena_init(&arena, 0);
	ck_assert_int_eq(fl_tz_load(&tz, zones_of_time[_i], &arena), FL_OK);
	setenv("TZ", zones_of_time[_i], 1);
	tzset();
	for (t = 0; t < INT64_C(4000000000); t += 35999) { /* 1970 to 2096, about every 10 hours */
		c = (time_t)t;
		localtime_r(&c, &tm);
		ck_assert_msg(fl_tz_offset(&tz, t) == tm.tm_gmtoff, "%s at %lld: %d, not %ld", zones_of_time[_i], (long long)t,
			      fl_tz_offset(&tz, t), tm.tm_gmtoff);
	}
	unsetenv("TZ");
	tzset();
	fl_arena_done(&arena);
}
END_TEST

static const struct { const char *name; int err; } tz_names[] = {
	{"", FL_ENOTFOUND}, {"/etc/passwd", FL_ENOTFOUND}, {"../zoneinfo/UTC", FL_ENOTFOUND}, {"Europe", FL_ENOTFOUND},
	{"Europe/", FL_ENOTFOUND}, {"europe/berlin", FL_ENOTFOUND}, {"tzdata.zi", FL_ENOTFOUND}, {"UTC", FL_OK}, {"Etc/GMT+5", FL_OK},
};

START_TEST(test_tz_names)
{
	struct fl_arena arena;
	struct fl_tz tz;

	fl_arena_init(&arena, 0);
	ck_assert_int_eq(fl_tz_load(&tz, tz_names[_i].name, &arena), tz_names[_i].err);
	fl_arena_done(&arena);
}
END_TEST

/* A TZif file of version 2 with no transitions and this footer; every proper prefix is refused. */
static size_t tzif(uint8_t *out, const char *footer)
{
	static const uint8_t head[44] = {'T', 'Z', 'i', 'f', '2', [39] = 1, [43] = 4}, types[10] = {0, 0, 0, 0, 0, 0, 'U', 'T', 'C', 0};
	size_t n = 0;
	int i;

	for (i = 0; i < 2; i++) {
		memcpy(out + n, head, 44);
		memcpy(out + n + 44, types, 10);
		n += 54;
	}
	out[n++] = '\n';
	memcpy(out + n, footer, strlen(footer));
	n += strlen(footer);
	out[n++] = '\n';
	return n;
}

static const struct { const char *footer; int err; const char *utc; int32_t offset; } footers[] = {
	{"", FL_OK, "2026-01-01 00:00:00", 0},
	{"CET-1CEST,M3.5.0,M10.5.0/3", FL_OK, "2026-03-29 00:59:59", 3600},
	{"CET-1CEST,M3.5.0,M10.5.0/3", FL_OK, "2026-03-29 01:00:00", 7200},
	{"CET-1CEST,M3.5.0,M10.5.0/3", FL_OK, "2026-10-25 00:59:59", 7200},
	{"CET-1CEST,M3.5.0,M10.5.0/3", FL_OK, "2026-10-25 01:00:00", 3600},
	{"IST-1GMT0,M10.5.0,M3.5.0/1", FL_OK, "2026-01-01 00:00:00", 0},
	{"IST-1GMT0,M10.5.0,M3.5.0/1", FL_OK, "2026-07-01 00:00:00", 3600},
	{"AEST-10AEDT,M10.1.0,M4.1.0/3", FL_OK, "2026-12-31 23:00:00", 39600},
	{"<-03>3<-02>,M3.5.0/-2,M10.5.0/-1", FL_OK, "2026-03-29 00:59:59", -10800},
	{"<-03>3<-02>,M3.5.0/-2,M10.5.0/-1", FL_OK, "2026-03-29 01:00:00", -7200},
	{"XXX3YYY,J60/0,J300/0", FL_OK, "2024-03-01 02:59:59", -10800}, /* J60 is 1 March, leap year or not */
	{"XXX3YYY,J60/0,J300/0", FL_OK, "2024-03-01 03:00:00", -7200},
	{"XXX3YYY,59/0,300/0", FL_OK, "2024-02-29 03:00:00", -7200},    /* the 60th day, leap day counted */
	{"XXX3EDT4,0/0,J365/23", FL_OK, "2026-12-31 23:59:59", -14400}, /* summer time all year */
	{"CET", FL_EFORMAT, NULL, 0},
	{"CE-1", FL_EFORMAT, NULL, 0},
	{"CET-1CEST", FL_EFORMAT, NULL, 0},
	{"CET-1CEST,M3.5.0", FL_EFORMAT, NULL, 0},
	{"CET-1CEST,M13.5.0,M10.5.0", FL_EFORMAT, NULL, 0},
	{"CET-1CEST,M3.6.0,M10.5.0", FL_EFORMAT, NULL, 0},
	{"CET-1CEST,M3.5.7,M10.5.0", FL_EFORMAT, NULL, 0},
	{"CET-1CEST,M3.5.0,M10.5.0x", FL_EFORMAT, NULL, 0},
	{"CET-168", FL_EFORMAT, NULL, 0},
	{"<+01-1", FL_EFORMAT, NULL, 0},
};

START_TEST(test_tz_footer)
{
	uint8_t buf[256];
	size_t n = tzif(buf, footers[_i].footer), cut;
	struct fl_arena arena;
	struct fl_tz tz;
	uint8_t *exact;

	fl_arena_init(&arena, 0);
	ck_assert_int_eq(fl_tz_parse(&tz, "x", buf, n, &arena), footers[_i].err);
	if (footers[_i].utc)
		ck_assert_int_eq(fl_tz_offset(&tz, at(footers[_i].utc) / NS), footers[_i].offset);
	for (cut = 0; cut < n; cut++) {
		exact = malloc(cut ? cut : 1);
		ck_assert_ptr_nonnull(exact);
		memcpy(exact, buf, cut);
		ck_assert_int_ne(fl_tz_parse(&tz, "x", exact, cut, &arena), FL_OK);
		free(exact);
	}
	fl_arena_done(&arena);
}
END_TEST

int main(void)
{
	static const char *const names[] = {"modbus", "s7comm", "enip", "tls", "ssh", "http"};
	Suite *s = suite_create("verdict");
	TCase *t = tcase_create("verdict");
	int failed;
	size_t i;

	if (fl_vocab_init(&vocab))
		return 1;
	for (i = 0; i < FL_ARRAY_LEN(names); i++)
		if (fl_vocab_add(&vocab, names[i]) < 0)
			return 1;
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, test_place, 0, (int)FL_ARRAY_LEN(place_rows));
	tcase_add_loop_test(t, test_on_link, 0, (int)FL_ARRAY_LEN(link_rows));
	tcase_add_loop_test(t, test_trunk, 0, (int)FL_ARRAY_LEN(trunk_rows));
	tcase_add_test(t, test_context);
	tcase_add_loop_test(t, test_decide, 0, (int)FL_ARRAY_LEN(verdict_rows));
	tcase_add_loop_test(t, test_nearest, 0, (int)FL_ARRAY_LEN(nearest_rows));
	tcase_add_loop_test(t, test_tz_as_libc, 0, (int)FL_ARRAY_LEN(zones_of_time));
	tcase_add_loop_test(t, test_tz_names, 0, (int)FL_ARRAY_LEN(tz_names));
	tcase_add_loop_test(t, test_tz_footer, 0, (int)FL_ARRAY_LEN(footers));
	suite_add_tcase(s, t);
	failed = fl_run_suite(s);
	fl_vocab_done(&vocab);
	return failed ? 1 : 0;
}
