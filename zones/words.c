/* words.c - see words.h. */
#include "zones/words.h"

#include <stdarg.h>
#include <string.h>

#include "fenceline/json.h"
#include "fenceline/vocab.h"

struct fl_text fl_text_init(char *buf, size_t size)
{
	if (size)
		buf[0] = '\0';
	return (struct fl_text){.buf = buf, .size = size};
}

void fl_text_add(struct fl_text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (t->len + 1 >= t->size)
		return;
	va_start(ap, fmt);
	n = vsnprintf(t->buf + t->len, t->size - t->len, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if ((size_t)n < t->size - t->len) {
		t->len += (size_t)n;
		return;
	}
	/* Full. Drop a character that was cut in two: its lead byte and what follows. */
	t->len = t->size - 1;
	n = 0;
	while (n < 4 && t->len > (size_t)n && ((unsigned char)t->buf[t->len - 1 - (size_t)n] & 0xc0) == 0x80)
		n++;
	if (t->len > (size_t)n) {
		unsigned char lead = (unsigned char)t->buf[t->len - 1 - (size_t)n];
		int need = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;

		if (need > n)
			t->buf[t->len - 1 - (size_t)n] = '\0';
	}
}

const char *fl_day_text(int64_t ns, char buf[FL_DAY_TEXT_MAX])
{
	fl_time_format(buf, ns);
	buf[10] = '\0';
	return buf;
}

void fl_text_ranges(struct fl_text *t, const struct fl_yaml_ranges *r)
{
	uint32_t i;

	for (i = 0; i < r->n; i++) {
		if (i == 8) { /* the policy has the rest */
			fl_text_add(t, ", and %u more", r->n - i);
			return;
		}
		fl_text_add(t, r->list[i].lo == r->list[i].hi ? "%s%u" : "%s%u-%u", i ? ", " : "", r->list[i].lo, r->list[i].hi);
	}
}

void fl_text_classes(struct fl_text *t, uint32_t classes, const char *between)
{
	bool any = false;
	unsigned i;

	for (i = 0; i < FL_OP_CLASS_COUNT; i++)
		if (classes >> i & 1) {
			fl_text_add(t, "%s%s", any ? between : "", fl_op_class_names[i]);
			any = true;
		}
}

static void add_some(struct fl_text *t, const char *before, const char *one, const struct fl_yaml_ranges *r)
{
	fl_text_add(t, "%s%s%s ", before, one, r->n == 1 && r->list[0].lo == r->list[0].hi ? "" : "s");
	fl_text_ranges(t, r);
}

void fl_text_objects(struct fl_text *t, const struct fl_allow *a)
{
	if (a->registers.n)
		add_some(t, "", "register", &a->registers);
	if (a->coils.n)
		add_some(t, a->registers.n ? " and " : "", "coil", &a->coils);
	if (a->units.n)
		add_some(t, a->registers.n || a->coils.n ? " of " : "", "unit", &a->units);
}

bool fl_is_link_protocol(uint16_t protocol)
{
	return protocol == FL_PROTOCOL_ETHERNET || (protocol >= FL_PROTOCOL_LINK_ARP && protocol <= FL_PROTOCOL_LINK_LLC);
}

/* IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890), as far as a plant engineer cares: what can be the far
 * end of a connection to the Internet, and what only somebody's own network. First that holds. Prefixes for documentation
 * (RFC 5737, RFC 3849) are told as what they stand for. */
static const struct {
	const char *prefix, *nature;
} natures[] = {
	{"10.0.0.0/8", "a private address"},      /* RFC 1918 */
	{"172.16.0.0/12", "a private address"},
	{"192.168.0.0/16", "a private address"},
	{"100.64.0.0/10", "a provider's shared address"}, /* RFC 6598 */
	{"127.0.0.0/8", "a loopback address"},
	{"::1/128", "a loopback address"},
	{"198.18.0.0/15", "a benchmarking address"}, /* RFC 2544 */
	{"fc00::/7", "a private address"},        /* RFC 4193 */
	{"2000::/3", "an Internet address"},
	{"64:ff9b::/96", "an Internet address"},  /* RFC 6052: IPv4 through a translator */
	{"::/0", "a reserved address"},
	{"0.0.0.0/8", "a reserved address"},
	{"240.0.0.0/4", "a reserved address"},
	{"0.0.0.0/0", "an Internet address"},
};

bool fl_addr_in(const struct fl_addr *a, const struct fl_addr *net, unsigned bits)
{
	unsigned i;

	if (a->kind != net->kind)
		return false;
	for (i = 0; i < bits / 8u; i++)
		if (net->b[i] != a->b[i])
			return false;
	return bits % 8 == 0 || (net->b[i] ^ a->b[i]) >> (8 - bits % 8) == 0;
}

const char *fl_addr_nature(const struct fl_addr *a)
{
	struct fl_addr net;
	unsigned bits = 0;
	size_t i;

	if (a->kind == FL_ADDR_MAC)
		return fl_addr_is_multicast(a) ? "a group" : "a MAC address";
	if (fl_addr_is_multicast(a))
		return "a group";
	if (fl_addr_is_link_local(a))
		return "a link-local address";
	if (fl_addr_is_unspecified(a))
		return "no address yet";
	for (i = 0; i < FL_ARRAY_LEN(natures); i++)
		if (fl_addr_parse(natures[i].prefix, &net, &bits) && fl_addr_in(a, &net, bits))
			return natures[i].nature;
	return "an address";
}

bool fl_is_dissected(const char *protocol)
{
	return !strcmp(protocol, "modbus") || !strcmp(protocol, "s7comm") || !strcmp(protocol, "s7comm_plus") ||
	       !strcmp(protocol, "enip");
}

static void add_where(struct fl_text *t, const struct fl_allow *a)
{
	uint32_t i;

	if (a->ports.n)
		add_some(t, " to ", "port", &a->ports);
	for (i = 0; i < a->ethertypes.n; i++) {
		const struct fl_yaml_range *r = &a->ethertypes.list[i];

		fl_text_add(t, i ? ", " : a->ethertypes.n == 1 && r->lo == r->hi ? " of EtherType " : " of EtherTypes ");
		if (i == 8) {
			fl_text_add(t, "and %u more", a->ethertypes.n - i);
			break;
		}
		fl_text_add(t, r->lo == r->hi ? "0x%04x" : "0x%04x-0x%04x", r->lo, r->hi);
	}
}

void fl_text_protocol(struct fl_text *t, const struct fl_vocab *v, const struct fl_allow *a)
{
	fl_text_add(t, "%s", a->protocol == FL_PROTOCOL_ANY ? "any protocol" : fl_vocab_name(v, a->protocol));
	add_where(t, a);
}

void fl_text_allow(struct fl_text *t, const struct fl_vocab *v, const struct fl_allow *a)
{
	const char *name = fl_vocab_name(v, a->protocol);

	fl_text_add(t, "%s", a->protocol == FL_PROTOCOL_ANY ? "any protocol" : name);
	if (a->operations != FL_OP_ALL) {
		fl_text_add(t, " ");
		fl_text_classes(t, a->operations, ", ");
	} else if (fl_is_dissected(name)) {
		fl_text_add(t, " (all operations)");
	}
	if (a->registers.n || a->coils.n || a->units.n) {
		fl_text_add(t, a->registers.n || a->coils.n ? " of " : " on ");
		fl_text_objects(t, a);
	}
	add_where(t, a);
}

void fl_text_window(struct fl_text *t, const struct fl_window *w)
{
	static const char names[7][4] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
	unsigned first, last;
	bool any = false;

	if (w->days == 0x7f)
		fl_text_add(t, "daily");
	for (first = 0; w->days != 0x7f && first < 7; first = last + 1) {
		for (last = first; last < 6 && w->days >> last & 1 && w->days >> (last + 1) & 1; last++)
			;
		if (!(w->days >> first & 1))
			continue;
		fl_text_add(t, last - first > 1 ? "%s%s-%s" : last > first ? "%s%s,%s" : "%s%s", any ? "," : "", names[first],
			    names[last]);
		any = true;
	}
	if (w->from || w->to != 24 * 60)
		fl_text_add(t, " %02u:%02u-%02u:%02u", w->from / 60, w->from % 60, w->to / 60, w->to % 60);
	fl_text_add(t, " %s", w->tz->name);
}
