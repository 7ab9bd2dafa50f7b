/* vocab.h - protocol names as small numbers, so that a verdict compares integers.
 *
 * Built once at start (transports, then our dissectors, then nDPI's names), then read-only and shared by all
 * threads. Names are lower case. The fixed ids below stand at the same place in every vocabulary. */
#ifndef FENCELINE_VOCAB_H
#define FENCELINE_VOCAB_H

#include <stddef.h>
#include <stdint.h>

#include "fenceline/compiler.h"
#include "fenceline/ethertypes.h"
#include "fenceline/limits.h"
#include "fenceline/tunnel.h"

#define FL_PROTOCOLS_FIXED(X) \
	X(UNKNOWN, "unknown") X(ANY, "any") X(TCP, "tcp") X(UDP, "udp") X(ICMP, "icmp") X(ICMPV6, "icmpv6") \
	X(SCTP, "sctp") X(IP, "ip") X(ETHERNET, "ethernet")

/* Then the link-layer protocols and the tunnels. ETHERNET is an EtherType without a row, known by its number alone. */
enum fl_protocol_id {
#define X(name, text) FL_PROTOCOL_##name,
	FL_PROTOCOLS_FIXED(X)
#undef X
#define X(number, name, text, upkeep, source) FL_PROTOCOL_LINK_##name,
	FL_ETHERTYPES(X)
#undef X
#define X(name, text, upkeep, source) FL_PROTOCOL_LINK_##name,
	FL_LLC_PROTOCOLS(X)
#undef X
#define X(name, text, ip, source) FL_PROTOCOL_TUNNEL_##name,
	FL_TUNNELS(X)
#undef X
	FL_PROTOCOL_FIRST_FREE,
};

struct fl_vocab {
	const char *names[FL_VOCAB_MAX]; /* owned copies */
	uint16_t n;
};

int fl_vocab_init(struct fl_vocab *v) FL_MUST_USE; /* with the fixed names; FL_ENOMEM */
void fl_vocab_done(struct fl_vocab *v);
/* fl_vocab_add - the id of name, added if new; negative: FL_ELIMIT, FL_ENOMEM. */
int fl_vocab_add(struct fl_vocab *v, const char *name) FL_MUST_USE;
/* fl_vocab_find - the id of name (any case), or FL_ENOTFOUND. */
int fl_vocab_find(const struct fl_vocab *v, const char *name);
const char *fl_vocab_name(const struct fl_vocab *v, uint16_t id);

#endif
