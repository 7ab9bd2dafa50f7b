/* test_place.c - the ends that are special, a row for each of the README's table; units behind gateways; address spaces; and
 * fl_policy_place() against a plain reading of the README over random policies. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "fenceline/err.h"
#include "zones/policy.h"
#include "run.h"

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

static struct fl_flow_end end(const char *text, const char *mac, uint16_t vlan, bool on_link)
{
	struct fl_flow_end e = {.addr = addr(text), .on_link = on_link, .vlans = vlan ? 1 : 0, .vlan = {vlan}};
	struct fl_addr m = addr(mac);

	e.has_mac = mac != NULL;
	memcpy(e.mac, m.b, 6);
	return e;
}

static const char *zone_id(const struct fl_place *p)
{
	return p->zone ? p->zone->id : "-";
}

/* ---- what is special ---- */

static const char special[] =
	"version: 1\norganization: x\nsensors: [10.9.0.1, \"2001:db8:9::1\", 10.1.0.250, \"02:5e:00:00:00:01\"]\n"
	"plants: [{ id: p }]\nzones:\n"
	"  - { id: cell, plant: p, members: [10.1.0.0/24, \"2001:db8:1::/64\", \"00:1b:1b:00:00:00/24\"],\n"
	"      assets: [{ id: hmi, ip: 10.1.0.7, mac: \"02:aa:00:00:00:07\" }] }\n"
	"  - { id: office, plant: p, members: [10.2.0.0/16, { vlan: 20 }] }\n"
	"  - { id: groups, plant: p, members: [239.1.0.0/16, \"ff05::/16\", 169.254.7.0/24, \"01:0e:cf:00:00:00/24\"] }\n"
	"  - { id: world, plant: p, members: [0.0.0.0/0, \"::/0\"] }\n";

static const struct special_row {
	const char *name, *a, *mac_a; /* the end in question */
	uint16_t vlan;
	const char *b;
	const char *zone, *how;
} special_rows[] = {
	{"multicast", "224.0.0.251", NULL, 0, "10.1.0.7", "cell", "group"},
	{"multicast of a far sender", "239.255.0.1", NULL, 0, "8.8.8.8", "world", "group"},
	{"multicast that is declared", "239.1.2.3", NULL, 0, "10.1.0.7", "groups", "address"},
	{"IPv6 multicast", "ff02::fb", NULL, 0, "2001:db8:1::7", "cell", "group"},
	{"IPv6 multicast that is declared", "ff05::1:3", NULL, 0, "2001:db8:1::7", "groups", "address"},
	{"limited broadcast", "255.255.255.255", NULL, 0, "10.1.0.7", "cell", "group"},
	{"directed broadcast outside of every prefix but /0", "10.1.255.255", "ff:ff:ff:ff:ff:ff", 0, "10.1.0.7", "cell", "group"},
	{"directed broadcast within a declared prefix", "10.2.255.255", "ff:ff:ff:ff:ff:ff", 0, "10.2.0.7", "office", "address"},
	{"directed broadcast into another's prefix", "10.2.255.255", "ff:ff:ff:ff:ff:ff", 0, "10.1.0.7", "office", "address"},
	{"the same address without a group's MAC address is a host", "10.1.255.255", "02:00:00:00:00:01", 0, "10.1.0.7", "world", "address"},
	{"broadcast MAC address", "ff:ff:ff:ff:ff:ff", NULL, 0, "00:1b:1b:00:00:01", "cell", "group"},
	{"multicast MAC address", "01:80:c2:00:00:0e", NULL, 0, "02:aa:00:00:00:07", "cell", "group"},
	{"multicast MAC address that is declared", "01:0e:cf:00:00:01", NULL, 0, "00:1b:1b:00:00:01", "groups", "mac"},
	{"MAC address of an asset", "02:aa:00:00:00:07", NULL, 0, "ff:ff:ff:ff:ff:ff", "cell", "mac"},
	{"asset before VLAN", "02:aa:00:00:00:07", NULL, 20, "ff:ff:ff:ff:ff:ff", "cell", "mac"},
	{"MAC prefix before VLAN", "00:1b:1b:00:00:09", NULL, 20, "ff:ff:ff:ff:ff:ff", "cell", "mac"},
	{"MAC address by VLAN", "02:bb:00:00:00:01", NULL, 20, "ff:ff:ff:ff:ff:ff", "office", "vlan"},
	{"MAC address that nobody declares", "02:bb:00:00:00:01", NULL, 0, "00:1b:1b:00:00:01", "-", "unknown"},
	{"link-local", "169.254.1.1", NULL, 0, "10.1.0.7", "cell", "link_local"},
	{"link-local by MAC address", "169.254.1.1", "02:aa:00:00:00:07", 0, "10.2.0.7", "cell", "mac"},
	{"link-local by VLAN", "fe80::1", "02:cc:00:00:00:07", 20, "2001:db8:1::7", "office", "vlan"},
	{"link-local that is declared", "169.254.7.1", NULL, 0, "10.1.0.7", "groups", "address"},
	{"link-local to link-local", "fe80::1", NULL, 0, "fe80::2", "-", "unknown"},
	{"link-local to a group", "fe80::1", NULL, 0, "ff02::1", "-", "unknown"},
	{"no address yet", "0.0.0.0", NULL, 0, "255.255.255.255", "-", "unknown"},
	{"no address yet, MAC address declared", "0.0.0.0", "00:1b:1b:00:00:01", 0, "255.255.255.255", "cell", "mac"},
	{"no address yet, VLAN declared", "0.0.0.0", "02:cc:00:00:00:01", 20, "255.255.255.255", "office", "vlan"},
	{"no IPv6 address yet", "::", NULL, 20, "ff02::1:ff00:1", "office", "vlan"},
	{"an address of the Internet that 0.0.0.0/0 declares", "8.8.8.8", NULL, 0, "10.1.0.7", "world", "address"},
	{"a sensor that a zone declares", "10.1.0.250", NULL, 0, "10.2.0.7", "cell", "address"},
	{"a sensor's MAC address", "02:5e:00:00:00:01", NULL, 0, "00:1b:1b:00:00:01", "cell", "sensor"},
	{"a sensor's MAC address by VLAN", "02:5e:00:00:00:01", NULL, 20, "00:1b:1b:00:00:01", "office", "vlan"},
	{"a sensor's MAC address and an unknown one", "02:5e:00:00:00:01", NULL, 0, "02:bb:00:00:00:01", "-", "unknown"},
};

START_TEST(test_special)
{
	const struct special_row *r = &special_rows[_i];
	struct fl_policy *p = load(special);
	struct fl_flow_end a = end(r->a, r->mac_a, r->vlan, false), b = end(r->b, NULL, 0, false);
	struct fl_place pa, pb, pa2, pb2;

	fl_policy_place(p, 0, &a, &b, &pa, &pb);
	ck_assert_msg(!strcmp(zone_id(&pa), r->zone), "%s: in %s", r->name, zone_id(&pa));
	ck_assert_msg(!strcmp(fl_place_how_name(pa.how), r->how), "%s: by %s", r->name, fl_place_how_name(pa.how));
	fl_policy_place(p, 0, &b, &a, &pb2, &pa2);
	ck_assert_ptr_eq(pa.zone, pa2.zone);
	ck_assert_ptr_eq(pb.zone, pb2.zone);
	fl_policy_free(p);
}
END_TEST

/* Declared nowhere: the policy's `sensors` and what the run itself knows. */
START_TEST(test_sensors)
{
	struct fl_policy *p = load("version: 1\norganization: x\nsensors: 10.9.0.1\nplants: [{ id: p }]\n"
				   "zones: [{ id: z, plant: p, members: [10.1.0.0/24] }]\n");
	struct fl_flow_end known = end("10.1.0.7", NULL, 0, false), far = end("10.9.0.9", NULL, 0, false),
			   declared = end("10.9.0.1", NULL, 0, false), own = end("10.9.0.2", NULL, 0, false);
	const struct fl_addr bound[] = {own.addr, addr("fe80::5")};
	struct fl_place a, b;

	fl_policy_place(p, 0, &declared, &known, &a, &b);
	ck_assert_str_eq(zone_id(&a), "z");
	ck_assert_str_eq(fl_place_how_name(a.how), "sensor");
	ck_assert_str_eq(fl_place_how_name(b.how), "address");
	fl_policy_place(p, 0, &known, &own, &a, &b);
	ck_assert_ptr_null(b.zone);
	ck_assert_int_eq(fl_policy_bind_sensor(p, bound, 2), FL_OK);
	fl_policy_place(p, 0, &known, &own, &a, &b);
	ck_assert_str_eq(zone_id(&b), "z");
	fl_policy_place(p, 0, &known, &declared, &a, &b); /* still */
	ck_assert_str_eq(zone_id(&b), "z");
	fl_policy_place(p, 0, &far, &own, &a, &b);
	ck_assert_ptr_null(b.zone);
	fl_policy_place(p, 0, &declared, &own, &a, &b);
	ck_assert(!a.zone && !b.zone);
	fl_policy_free(p);
}
END_TEST

/* ---- what is not judged ---- */

static const struct judged_row {
	const char *name;
	uint8_t kind, ip_proto;
	uint16_t protocol;
	const char *a, *b;
	uint16_t port_a, port_b;
	const char *mac_b;
	uint8_t icmp_type;
	bool judged;
} judged_rows[] = {
	{"ARP", FL_FLOW_LINK, 0, FL_PROTOCOL_LINK_ARP, "02:00:00:00:00:01", "ff:ff:ff:ff:ff:ff", 0, 0, NULL, 0, false},
	{"LLDP", FL_FLOW_LINK, 0, FL_PROTOCOL_LINK_LLDP, "02:00:00:00:00:01", "01:80:c2:00:00:0e", 0, 0, NULL, 0, false},
	{"spanning tree", FL_FLOW_LINK, 0, FL_PROTOCOL_LINK_STP, "02:00:00:00:00:01", "01:80:c2:00:00:00", 0, 0, NULL, 0, false},
	{"GOOSE", FL_FLOW_LINK, 0, FL_PROTOCOL_LINK_GOOSE, "02:00:00:00:00:01", "01:0c:cd:01:00:01", 0, 0, NULL, 0, true},
	{"an EtherType without a name", FL_FLOW_LINK, 0, FL_PROTOCOL_ETHERNET, "02:00:00:00:00:01", "02:00:00:00:00:02", 0, 0, NULL, 0, true},
	{"VXLAN carrier", FL_FLOW_CARRIER, 17, FL_PROTOCOL_TUNNEL_VXLAN, "10.0.0.1", "10.0.0.2", 50000, 4789, NULL, 0, true},
	{"IGMP", FL_FLOW_IP, 2, 0, "10.0.0.1", "224.0.0.22", 0, 0, NULL, 0, false},
	{"IGMP to a host", FL_FLOW_IP, 2, 0, "10.0.0.1", "10.0.0.2", 0, 0, NULL, 0, true},
	{"MLD", FL_FLOW_IP, 58, 0, "fe80::1", "ff02::16", 0, 0, NULL, 143, false},
	{"MLD query", FL_FLOW_IP, 58, 0, "fe80::1", "ff02::1", 0, 0, NULL, 130, false},
	{"router advertisement", FL_FLOW_IP, 58, 0, "fe80::1", "ff02::1", 0, 0, NULL, 134, false},
	{"neighbour solicitation", FL_FLOW_IP, 58, 0, "2001:db8::1", "ff02::1:ff00:2", 0, 0, NULL, 135, false},
	{"redirect", FL_FLOW_IP, 58, 0, "fe80::1", "2001:db8::1", 0, 0, NULL, 137, false},
	{"echo request", FL_FLOW_IP, 58, 0, "2001:db8::1", "2001:db8::2", 0, 0, NULL, 128, true},
	{"node information", FL_FLOW_IP, 58, 0, "2001:db8::1", "2001:db8::2", 0, 0, NULL, 139, true},
	{"DHCP discover", FL_FLOW_IP, 17, 0, "0.0.0.0", "255.255.255.255", 68, 67, NULL, 0, false},
	{"DHCP discover to a directed broadcast", FL_FLOW_IP, 17, 0, "0.0.0.0", "10.0.0.255", 68, 67, "ff:ff:ff:ff:ff:ff", 0, false},
	{"DHCP offer", FL_FLOW_IP, 17, 0, "10.0.0.1", "255.255.255.255", 67, 68, NULL, 0, true},
	{"DHCP renewal", FL_FLOW_IP, 17, 0, "10.0.0.9", "10.0.0.1", 68, 67, NULL, 0, true},
	{"not DHCP, though from no address", FL_FLOW_IP, 17, 0, "0.0.0.0", "255.255.255.255", 68, 69, NULL, 0, true},
	{"DHCPv6 solicit", FL_FLOW_IP, 17, 0, "fe80::1", "ff02::1:2", 546, 547, NULL, 0, false},
	{"DHCPv6 from a routable address", FL_FLOW_IP, 17, 0, "2001:db8::1", "ff02::1:2", 546, 547, NULL, 0, true},
	{"DHCPv6 to a server's address", FL_FLOW_IP, 17, 0, "fe80::1", "fe80::2", 546, 547, NULL, 0, true},
	{"mDNS", FL_FLOW_IP, 17, 0, "10.0.0.1", "224.0.0.251", 5353, 5353, NULL, 0, true},
	{"TCP from no address", FL_FLOW_IP, 6, 0, "0.0.0.0", "255.255.255.255", 68, 67, NULL, 0, true},
};

START_TEST(test_judged)
{
	const struct judged_row *r = &judged_rows[_i];
	struct fl_flow f = {.kind = r->kind, .ip_proto = r->ip_proto, .protocol = r->protocol, .icmp_type = r->icmp_type};

	f.end[0] = end(r->a, NULL, 0, false);
	f.end[1] = end(r->b, r->mac_b, 0, false);
	f.end[0].port = r->port_a;
	f.end[1].port = r->port_b;
	ck_assert_msg(fl_policy_is_judged(&f) == r->judged, "%s", r->name);
	f.end[0] = f.end[1]; /* whichever end comes first in key order */
	f.end[1] = end(r->a, NULL, 0, false);
	f.end[1].port = r->port_a;
	ck_assert_msg(fl_policy_is_judged(&f) == r->judged, "%s, ends swapped", r->name);
}
END_TEST

/* ---- units ---- */

static const char units[] =
	"version: 1\norganization: x\n"
	"plants: [{ id: p, capture: { interface: eth0 } }, { id: q, capture: { interface: eth1 } }, { id: r }]\nzones:\n"
	"  - { id: net, plant: p, members: [10.1.0.0/24] }\n"
	"  - { id: drives, plant: p, members: [{ ip: 10.1.0.5, units: [1-4, 9] }] }\n"
	"  - { id: pumps, plant: p, members: [{ ip: 10.1.0.5, units: 5 }, { ip: 10.1.0.0/28, units: [4, 8] }] }\n"
	"  - { id: six, plant: p, members: [{ ip: \"2001:db8::5\", units: 255 }, \"2001:db8::/64\"] }\n"
	"  - { id: p-own, plant: p, members: [{ ip: 10.7.0.1, units: [1, 2] }, 10.7.0.1] }\n"
	"  - { id: q-own, plant: q, members: [{ ip: 10.7.0.1, units: [2, 3] }, 10.7.0.1] }\n";

static const struct unit_row { const char *addr; unsigned iface; uint16_t unit; const char *zone; } unit_rows[] = {
	{"10.1.0.5", 2, 1, "drives"}, {"10.1.0.5", 2, 4, "drives"}, {"10.1.0.5", 2, 5, "pumps"}, {"10.1.0.5", 2, 6, NULL},
	{"10.1.0.5", 2, 8, "pumps"}, /* the shorter prefix, as the address itself leaves it open */
	{"10.1.0.5", 2, 9, "drives"}, {"10.1.0.5", 2, 0, NULL}, {"10.1.0.5", 2, 300, NULL}, {"10.1.0.6", 2, 4, "pumps"},
	{"10.1.0.6", 2, 5, NULL}, {"10.1.0.16", 2, 4, NULL}, {"2001:db8::5", 2, 255, "six"}, {"2001:db8::6", 2, 255, NULL},
	{"10.7.0.1", 0, 1, "p-own"}, {"10.7.0.1", 0, 2, "p-own"}, {"10.7.0.1", 0, 3, NULL}, {"10.7.0.1", 1, 2, "q-own"},
	{"10.7.0.1", 1, 3, "q-own"}, {"10.7.0.1", 1, 1, NULL}, {"10.7.0.1", 2, 1, "p-own"}, {"10.7.0.1", 2, 2, NULL},
	{"10.7.0.1", 2, 3, "q-own"}, {"10.1.0.5", 1, 5, "pumps"},
};

START_TEST(test_units)
{
	static const char *const ifaces[] = {"eth0", "eth1", "eth2"};
	const struct unit_row *r = &unit_rows[_i];
	struct fl_policy *p = load(units);
	struct fl_flow_end e = end(r->addr, NULL, 0, false), other = end("10.1.0.77", NULL, 0, false);
	struct fl_place place = {.how = 99}, a, b;
	uint64_t context;
	bool found;

	ck_assert_int_eq(fl_policy_bind_ifaces(p, ifaces, 3), FL_OK);
	context = fl_policy_context(p, (uint16_t)r->iface, NULL, 0);
	found = fl_policy_place_unit(p, context, &e, r->unit, &place);
	ck_assert_msg(found == (r->zone != NULL), "%s unit %u: %d", r->addr, r->unit, found);
	if (found) {
		ck_assert_str_eq(zone_id(&place), r->zone);
		ck_assert_str_eq(fl_place_how_name(place.how), "unit");
		ck_assert_ptr_null(place.units);
	} else {
		ck_assert_uint_eq(place.how, 99);
	}
	fl_policy_place(p, context, &e, &other, &a, &b); /* the address itself lies where its own members say */
	ck_assert(!a.zone || strcmp(zone_id(&a), "drives"));
	if (found)
		ck_assert_ptr_nonnull(a.units);
	ck_assert_ptr_null(b.units);
	fl_policy_free(p);
}
END_TEST

START_TEST(test_unit_texts)
{
	static const char *const want[] = {"units 1-4 behind 10.1.0.5", "unit 9 behind 10.1.0.5", "unit 5 behind 10.1.0.5",
					   "unit 4 behind 10.1.0.0/28"};
	struct fl_policy *p = load(units);
	char buf[64];

	ck_assert_str_eq(fl_zone_member_text(p, fl_policy_zone(p, 1), 0, buf, sizeof buf), want[0]);
	ck_assert_str_eq(fl_zone_member_text(p, fl_policy_zone(p, 1), 1, buf, sizeof buf), want[1]);
	ck_assert_str_eq(fl_zone_member_text(p, fl_policy_zone(p, 2), 0, buf, sizeof buf), want[2]);
	ck_assert_str_eq(fl_zone_member_text(p, fl_policy_zone(p, 2), 1, buf, sizeof buf), want[3]);
	fl_policy_free(p);
}
END_TEST

/* ---- two plants with the same private range ---- */

START_TEST(test_merged_plants)
{
	static const char *const ifaces[] = {"a.pcap", "b.pcap", "c.pcap"};
	static const uint16_t vlans[2][2] = {{100, 0}, {200, 300}};
	struct fl_policy *p = load(
		"version: 1\norganization: x\nplants:\n"
		"  - { id: a, capture: [{ interface: a.pcap }, { interface: c.pcap, vlan: 100 }] }\n"
		"  - { id: b, capture: [{ interface: b.pcap }, { interface: c.pcap, vlan: 200 }] }\n"
		"zones:\n"
		"  - { id: a-cell, plant: a, members: [192.168.0.0/24] }\n"
		"  - { id: b-cell, plant: b, members: [192.168.0.0/24] }\n"
		"  - { id: b-hq, plant: b, members: [10.0.0.0/8] }\n");
	struct fl_flow_end x = end("192.168.0.10", NULL, 0, true), y = end("192.168.0.20", NULL, 0, true);
	const uint64_t tunnel_bits = UINT64_C(0x7fff) << 48;
	struct fl_place px, py;
	uint64_t c[5];
	int i, j;

	ck_assert_int_eq(fl_policy_bind_ifaces(p, ifaces, 3), FL_OK);
	c[0] = fl_policy_context(p, 0, NULL, 0);
	c[1] = fl_policy_context(p, 1, NULL, 0);
	c[2] = fl_policy_context(p, 2, vlans[0], 1);
	c[3] = fl_policy_context(p, 2, vlans[1], 2);
	c[4] = fl_policy_context(p, 2, vlans[1] + 1, 1); /* nobody's */
	for (i = 0; i < 5; i++) {
		uint64_t tunnel;

		for (j = 0; j < i; j++)
			ck_assert_msg(c[i] != c[j], "%d %d: the flows of two plants in one space", i, j);
		ck_assert_msg(!(c[i] & tunnel_bits), "%d: bits 62 to 48 are the tunnel's", i);
		ck_assert(fl_policy_context_is_free(c[i]) == (i == 4));
		for (tunnel = 0; tunnel < 3; tunnel++) { /* what is in a tunnel is placed as where it was captured */
			fl_policy_place(p, c[i] | tunnel * 0x2aaa << 48, &x, &y, &px, &py);
			ck_assert_str_eq(zone_id(&px), i == 4 ? "-" : i % 2 ? "b-cell" : "a-cell");
			ck_assert_ptr_eq(px.zone, py.zone);
		}
	}
	fl_policy_free(p);
}
END_TEST

/* ---- property ---- */

enum { PLANTS = 3, ZONES = 9, MEMBERS = 8, ASSETS = 3 };

struct ref_member { int kind; struct fl_addr addr; unsigned bits, lo, hi; }; /* kind 0 prefix, 1 MAC, 2 VLAN, 3 units */
struct ref_zone { unsigned plant, n, n_assets; struct ref_member m[MEMBERS]; struct fl_addr asset[ASSETS]; };
struct ref { struct ref_zone z[ZONES]; bool own[PLANTS]; };

static uint32_t seed;

static unsigned rnd(unsigned n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

static struct fl_addr random_addr(unsigned kind)
{
	const uint8_t v4[4] = {10, (uint8_t)rnd(3), (uint8_t)rnd(2), (uint8_t)(rnd(4) << 6 | rnd(4))};
	const uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8, 0, (uint8_t)rnd(2), 0, (uint8_t)rnd(2), [15] = (uint8_t)rnd(3)};
	const uint8_t mac[6] = {0, (uint8_t)rnd(6), (uint8_t)rnd(2), 0, 0, (uint8_t)rnd(8)};

	return kind == 0 ? fl_addr_from(FL_ADDR_IPV4, v4) : kind == 1 ? fl_addr_from(FL_ADDR_IPV6, v6) : fl_addr_from(FL_ADDR_MAC, mac);
}

static bool in_prefix(const struct fl_addr *a, const struct ref_member *m)
{
	unsigned i;

	for (i = 0; i < m->bits && a->kind == m->addr.kind; i++)
		if ((a->b[i / 8] ^ m->addr.b[i / 8]) >> (7 - i % 8) & 1)
			return false;
	return a->kind == m->addr.kind;
}

/* Do two members claim the same thing? */
static bool same_claim(const struct ref_member *a, const struct ref_member *b)
{
	if (a->kind != b->kind || (a->kind >= 2 && (a->hi < b->lo || b->hi < a->lo)))
		return false;
	return a->kind == 2 || (a->bits == b->bits && !fl_addr_cmp(&a->addr, &b->addr));
}

static struct ref_member random_member(void)
{
	static const uint8_t lengths[3][4] = {{16, 24, 26, 32}, {48, 63, 64, 128}, {16, 24, 47, 48}};
	struct ref_member m = {.kind = (int)rnd(4)};
	unsigned kind = m.kind == 1 ? 2 : rnd(2), i;

	if (m.kind == 2) {
		m.lo = 1 + rnd(12);
		m.hi = m.lo + rnd(3);
		return m;
	}
	m.addr = random_addr(kind);
	m.bits = lengths[kind][rnd(4)];
	for (i = m.bits; i < fl_addr_len(&m.addr) * 8; i++)
		m.addr.b[i / 8] &= (uint8_t)~(0x80u >> i % 8);
	if (m.kind == 3) {
		m.lo = rnd(20);
		m.hi = m.lo + rnd(3);
	}
	return m;
}

static void random_ref(struct ref *r)
{
	unsigned z, i, j, k;

	memset(r, 0, sizeof *r);
	for (z = 0; z < ZONES; z++) {
		struct ref_zone *to = &r->z[z];

		to->plant = rnd(PLANTS);
		for (i = 0; i < MEMBERS; i++) {
			struct ref_member m = random_member();
			bool taken = false, shared[PLANTS] = {false};

			for (j = 0; j <= z; j++)
				for (k = 0; k < r->z[j].n; k++)
					if (same_claim(&m, &r->z[j].m[k])) {
						taken |= r->z[j].plant == to->plant;
						shared[r->z[j].plant] = true;
					}
			if (taken || (z == 0 && i == 0 && m.kind == 3)) /* once in each plant is not an error */
				continue;
			to->m[to->n++] = m;
			for (j = 0; j < PLANTS; j++)
				if (shared[j])
					r->own[j] = r->own[to->plant] = true;
		}
		for (i = 0; i < ASSETS; i++) {
			struct fl_addr mac = random_addr(2);

			for (j = 0; j < to->n_assets && fl_addr_cmp(&to->asset[j], &mac); j++)
				;
			if (j == to->n_assets && rnd(2))
				to->asset[to->n_assets++] = mac;
		}
	}
}

static void print_member(FILE *f, const struct ref_member *m)
{
	char text[FL_ADDR_TEXT_MAX];

	fl_addr_text(&m->addr, text);
	if (m->kind == 2)
		fprintf(f, "{ vlan: %u-%u }", m->lo, m->hi);
	else if (m->kind == 3)
		fprintf(f, "{ ip: \"%s/%u\", units: %u-%u }", text, m->bits, m->lo, m->hi);
	else
		fprintf(f, "\"%s/%u\"", text, m->bits);
}

static struct fl_policy *ref_policy(const struct ref *r)
{
	struct fl_policy *p;
	char *text = NULL, mac[FL_ADDR_TEXT_MAX];
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	unsigned z, i, any = 0;

	ck_assert_ptr_nonnull(f);
	fputs("version: 1\norganization: x\nplants:\n", f);
	for (i = 0; i < PLANTS; i++)
		fprintf(f, "  - { id: p%u, capture: { interface: eth%u } }\n", i, i);
	fputs("zones:\n", f);
	for (z = 0; z < ZONES; z++) {
		if (!r->z[z].n)
			continue;
		fprintf(f, "  - { id: z%u, plant: p%u, members: [", z, r->z[z].plant);
		for (i = 0; i < r->z[z].n; i++) {
			fputs(i ? ", " : "", f);
			print_member(f, &r->z[z].m[i]);
		}
		fputs("]", f);
		for (i = 0; i < r->z[z].n_assets; i++)
			fprintf(f, "%s{ id: a%u, mac: %s }", i ? ", " : ", assets: [", any++, fl_addr_text(&r->z[z].asset[i], mac));
		fputs(r->z[z].n_assets ? "] }\n" : " }\n", f);
	}
	fclose(f);
	p = load(text);
	free(text);
	return p;
}

/* Who claims it: the zone, -1 nobody, -2 several. plant -1: all. kind 0, 1: by address; 2: by VLAN; 3: by unit. */
static int ref_claim(const struct ref *r, int plant, int kind, const struct fl_addr *a, unsigned number, unsigned *bits)
{
	int found = -1;
	unsigned z, i;

	for (z = 0; z < ZONES; z++)
		for (i = 0; i < r->z[z].n; i++) {
			const struct ref_member *m = &r->z[z].m[i];

			if (m->kind != kind || (plant >= 0 && r->z[z].plant != (unsigned)plant) ||
			    (kind >= 2 && (number < m->lo || number > m->hi)) || (kind != 2 && !in_prefix(a, m)))
				continue;
			if (found != -1 && (kind == 2 || m->bits == *bits)) {
				found = -2;
			} else if (found == -1 || m->bits > *bits) {
				found = (int)z;
				*bits = m->bits;
			}
		}
	return found;
}

/* The plant's own, where it has a space of its own, then anybody's. */
static int ref_find(const struct ref *r, int plant, int kind, const struct fl_addr *a, unsigned number)
{
	unsigned bits = 0;
	int z = plant >= 0 && r->own[plant] ? ref_claim(r, plant, kind, a, number, &bits) : -1;

	return z != -1 ? z : ref_claim(r, -1, kind, a, number, &bits);
}

static int ref_asset(const struct ref *r, int plant, const struct fl_addr *mac)
{
	int found = -1;
	unsigned z, i;

	for (z = 0; z < ZONES; z++)
		for (i = 0; i < r->z[z].n_assets && r->z[z].n; i++)
			if ((plant < 0 || r->z[z].plant == (unsigned)plant) && !fl_addr_cmp(&r->z[z].asset[i], mac))
				found = found == -1 ? (int)z : -2;
	return found;
}

static int ref_mac(const struct ref *r, int plant, const struct fl_addr *mac)
{
	bool own = plant >= 0 && r->own[plant];
	int z = own ? ref_asset(r, plant, mac) : -1;
	unsigned bits = 0;

	if (z < 0 && own)
		z = ref_claim(r, plant, 1, mac, 0, &bits);
	if (z < 0)
		z = ref_asset(r, -1, mac);
	return z >= 0 ? z : ref_claim(r, -1, 1, mac, 0, &bits);
}

static int ref_place(const struct ref *r, int plant, const struct fl_flow_end *e)
{
	bool is_mac = e->addr.kind == FL_ADDR_MAC, prefixes = false;
	struct fl_addr mac = is_mac ? e->addr : fl_addr_from(FL_ADDR_MAC, e->mac);
	int z = is_mac ? -1 : ref_find(r, plant, 0, &e->addr, 0);
	unsigned i;

	if (z >= 0 || !(e->on_link || is_mac))
		return z;
	z = is_mac || e->has_mac ? ref_mac(r, plant, &mac) : -1;
	if (z >= 0 || !e->vlans)
		return z;
	z = ref_find(r, plant, 2, NULL, e->vlan[0]);
	for (i = 0; z >= 0 && i < r->z[z].n; i++)
		prefixes |= r->z[z].m[i].kind == 0;
	return z >= 0 && (is_mac || !prefixes) ? z : -1;
}

static int ref_unit(const struct ref *r, int plant, const struct fl_addr *a, unsigned unit)
{
	unsigned z, i, bits = 0;

	if (plant >= 0 && r->own[plant]) /* its own space knows the address as a gateway: only its own units count */
		for (z = 0; z < ZONES; z++)
			for (i = 0; i < r->z[z].n; i++)
				if (r->z[z].plant == (unsigned)plant && r->z[z].m[i].kind == 3 && in_prefix(a, &r->z[z].m[i]))
					return ref_claim(r, plant, 3, a, unit, &bits);
	return ref_claim(r, -1, 3, a, unit, &bits);
}

static void check_zone(const struct fl_zone *z, int want, const char *what, unsigned round)
{
	char id[16];

	snprintf(id, sizeof id, want >= 0 ? "z%d" : "-", want);
	ck_assert_msg(!strcmp(z ? z->id : "-", id), "round %u: %s in %s, not %s", round, what, z ? z->id : "-", id);
}

START_TEST(test_property)
{
	static const char *const ifaces[] = {"eth0", "eth1", "eth2", "eth9"};
	unsigned round, i, hows[16] = {0}, units_found = 0, nobody = 0;

	seed = 815u + (unsigned)_i;
	for (round = 0; round < 40; round++) {
		struct fl_policy *p;
		struct ref r;

		random_ref(&r);
		p = ref_policy(&r);
		ck_assert_int_eq(fl_policy_bind_ifaces(p, ifaces, 4), FL_OK);
		for (i = 0; i < 200; i++) {
			int plant = (int)rnd(4);
			struct fl_addr mac = random_addr(2);
			struct fl_flow_end e = {.addr = random_addr(rnd(3)), .has_mac = rnd(2) == 0, .on_link = rnd(3) > 0, .vlans = (uint8_t)rnd(2),
						.vlan = {(uint16_t)(1 + rnd(16))}};
			struct fl_flow_end far = {.addr = addr("192.0.2.1")};
			uint64_t context = fl_policy_context(p, (uint16_t)plant, NULL, 0);
			struct fl_place a, b, u = {0};
			unsigned unit = rnd(24);
			int want;

			memcpy(e.mac, mac.b, 6);
			plant = plant < PLANTS ? plant : -1;
			fl_policy_place(p, context, &e, &far, &a, &b);
			check_zone(a.zone, ref_place(&r, plant, &e), "end", round);
			hows[a.how]++;
			want = ref_unit(&r, plant, &e.addr, unit);
			if (fl_policy_place_unit(p, context, &e, (uint16_t)unit, &u))
				units_found++;
			else
				nobody++;
			check_zone(u.zone, want, "unit", round);
		}
		fl_policy_free(p);
	}
	for (i = FL_PLACE_UNKNOWN; i <= FL_PLACE_VLAN; i++)
		ck_assert_msg(hows[i] > 100, "%u times by %s", hows[i], fl_place_how_name(i));
	ck_assert(units_found > 100 && nobody > 100);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("place");
	TCase *t = tcase_create("place");
	int failed;

	if (fl_vocab_init(&vocab) || fl_vocab_add(&vocab, "modbus") < 0)
		return 1;
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, test_special, 0, (int)FL_ARRAY_LEN(special_rows));
	tcase_add_test(t, test_sensors);
	tcase_add_loop_test(t, test_judged, 0, (int)FL_ARRAY_LEN(judged_rows));
	tcase_add_loop_test(t, test_units, 0, (int)FL_ARRAY_LEN(unit_rows));
	tcase_add_test(t, test_unit_texts);
	tcase_add_test(t, test_merged_plants);
	tcase_add_loop_test(t, test_property, 0, 6);
	suite_add_tcase(s, t);
	failed = fl_run_suite(s);
	fl_vocab_done(&vocab);
	return failed ? 1 : 0;
}
