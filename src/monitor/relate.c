/* relate.c - see relate.h.
 *
 * FTP (RFC 959 3.2, RFC 2428) names the data connection in one line of text, which senders put into one segment:
 *
 *     PORT 10,0,0,5,7,138          client: dial me there            227 ... (10,0,0,1,7,138)    server: dial me there
 *     EPRT |1|10.0.0.5|1930|                                        229 ... (|||1930|)          ... at this address
 *
 * The address in the line is not believed where it is another host's: a server behind address translation names one that
 * nobody dials, and a client could name a third party. What is dialled is the sender of the line. A line cut by a segment
 * boundary announces nothing: its data connection is then judged like any other, without a parent. */
#include "relate.h"

#include "flow/expect.h"

#define ANNOUNCED_NS (120 * INT64_C(1000000000)) /* RFC 1123 4.1.3.2: servers keep a session at least five minutes; a
						  * client dials within seconds, an operator's firewall prompt takes longer */
enum { FTP_PORT = 21 };

struct text { const uint8_t *p; size_t n; };

static bool starts(struct text t, const char *word)
{
	size_t i;

	for (i = 0; word[i]; i++)
		if (i >= t.n || (t.p[i] & ~0x20) != (word[i] & ~0x20))
			return false;
	return true;
}

/* Decimal digits at *at; moves past them. False: none, or more than 65535. */
static bool number(struct text t, size_t *at, unsigned *out)
{
	size_t from = *at;
	unsigned v = 0;

	for (; *at < t.n && t.p[*at] >= '0' && t.p[*at] <= '9' && *at - from < 6; ++*at)
		v = v * 10 + (t.p[*at] - '0');
	*out = v;
	return *at > from && v <= 65535;
}

/* h1,h2,h3,h4,p1,p2 from at on. */
static bool six_numbers(struct text t, size_t at, unsigned *port)
{
	unsigned v[6], i;

	for (i = 0; i < 6; i++) {
		if (!number(t, &at, &v[i]) || v[i] > 255)
			return false;
		if (i < 5 && (at >= t.n || t.p[at++] != ','))
			return false;
	}
	*port = v[4] << 8 | v[5];
	return *port != 0;
}

/* d net d addr d port d, where d is any printable character. */
static bool extended(struct text t, size_t at, unsigned *port)
{
	unsigned fields = 0;
	uint8_t d;

	if (at >= t.n)
		return false;
	d = t.p[at++];
	for (; at < t.n && fields < 2; at++)
		fields += t.p[at] == d;
	return number(t, &at, port) && *port && at < t.n && t.p[at] == d;
}

static size_t behind_bracket(struct text t)
{
	size_t i;

	for (i = 3; i < t.n && t.p[i] != '('; i++)
		;
	return i + 1;
}

/* The port that the sender of the line will be dialled at; 0: it announces none. */
static unsigned announced_port(struct text t)
{
	unsigned port = 0;
	bool ok = false;

	if (starts(t, "PORT "))
		ok = six_numbers(t, 5, &port);
	else if (starts(t, "EPRT "))
		ok = extended(t, 5, &port);
	else if (starts(t, "227 "))
		ok = six_numbers(t, behind_bracket(t), &port);
	else if (starts(t, "229 "))
		ok = extended(t, behind_bracket(t), &port);
	return ok ? port : 0;
}

void fl_relate_packet(struct fl_expect *expect, uint16_t ftp_control, const struct fl_flow *f, uint8_t sender,
		      const struct fl_packet *p)
{
	struct fl_expectation x;
	unsigned port;

	if (f->label.app != ftp_control && f->label.master != ftp_control && f->end[0].port != FTP_PORT &&
	    f->end[1].port != FTP_PORT)
		return;
	port = announced_port((struct text){p->payload, p->payload_caplen});
	if (!port)
		return;
	x = (struct fl_expectation){.context = f->context, .parent = f->first_frame, .ip_proto = f->ip_proto,
				    .relation = FL_RELATED_FTP_DATA, .from = f->end[!sender].addr, .to = f->end[sender].addr,
				    .to_port = (uint16_t)port, .until_ns = p->frame->mono_ns + ANNOUNCED_NS};
	fl_expect_add(expect, &x);
}

/* The address that an announcement means by one of its ends; kind NONE: anybody's. */
static struct fl_addr address_of(const struct fl_flow *f, const struct fl_announcement *a, uint8_t which)
{
	switch ((enum fl_announced_end)which) {
	case FL_ANNOUNCED_DIR0: return f->end[0].addr;
	case FL_ANNOUNCED_DIR1: return f->end[1].addr;
	case FL_ANNOUNCED_ADDR: return a->addr;
	case FL_ANNOUNCED_ANYBODY: break;
	}
	return (struct fl_addr){.kind = FL_ADDR_NONE};
}

void fl_relate_announcement(struct fl_expect *expect, const struct fl_flow *f, const struct fl_announcement *a, int64_t mono_ns)
{
	struct fl_expectation x = {.context = f->context, .parent = f->first_frame, .ip_proto = a->ip_proto,
				   .relation = a->relation, .from = address_of(f, a, a->from), .to = address_of(f, a, a->to),
				   .from_port = a->from_port, .to_port = a->to_port, .lasting = a->lasting,
				   .until_ns = mono_ns + a->for_ns};

	fl_expect_add(expect, &x);
}
