/* addr.h - one address: IPv4, IPv6 or MAC, in network byte order. */
#ifndef FENCELINE_ADDR_H
#define FENCELINE_ADDR_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum fl_addr_kind { FL_ADDR_NONE = 0, FL_ADDR_IPV4 = 4, FL_ADDR_IPV6 = 6, FL_ADDR_MAC = 48 };

struct fl_addr {
	uint8_t b[16]; /* 4, 16 or 6 bytes used; the rest zero, so that whole structs compare */
	uint8_t kind;  /* enum fl_addr_kind */
};

static inline unsigned fl_addr_len(const struct fl_addr *a)
{
	return a->kind == FL_ADDR_IPV4 ? 4 : a->kind == FL_ADDR_IPV6 ? 16 : a->kind == FL_ADDR_MAC ? 6 : 0;
}

static inline struct fl_addr fl_addr_from(enum fl_addr_kind kind, const uint8_t *bytes)
{
	struct fl_addr a = {.kind = (uint8_t)kind};

	memcpy(a.b, bytes, fl_addr_len(&a));
	return a;
}

/* fl_addr_cmp - by kind, then by bytes; < 0, 0, > 0. */
static inline int fl_addr_cmp(const struct fl_addr *a, const struct fl_addr *b)
{
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return memcmp(a->b, b->b, sizeof a->b);
}

#define FL_ADDR_TEXT_MAX 46
/* fl_addr_text - dotted quad, RFC 5952, or MAC as ECS wants it: upper case with hyphens. "" for NONE. Gives buf. */
char *fl_addr_text(const struct fl_addr *a, char buf[FL_ADDR_TEXT_MAX]);
/* fl_addr_parse - text of any of the three kinds (MAC with : or -), optional /bits; *bits = full length without. */
bool fl_addr_parse(const char *text, struct fl_addr *out, unsigned *bits);

bool fl_addr_is_multicast(const struct fl_addr *a);  /* and broadcast */
bool fl_addr_is_link_local(const struct fl_addr *a); /* 169.254/16, fe80::/10 */
bool fl_addr_is_unspecified(const struct fl_addr *a); /* 0.0.0.0, :: */

#endif
