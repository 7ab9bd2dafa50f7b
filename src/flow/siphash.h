/* siphash.h - SipHash-1-3 over whole 64-bit words, for tables whose keys an opponent chooses.
 *
 * Keyed with a secret drawn when the table is made: nobody can work out in advance which keys fall into one chain, and no
 * output depends on the order of chains. Words are in host byte order, as the hash never leaves the process. The last word's
 * upper byte is free (SipHash puts the length there; here every caller has one fixed length of its own).
 * Source: Aumasson and Bernstein 2012. Private to src/flow. */
#ifndef FL_SRC_FLOW_SIPHASH_H
#define FL_SRC_FLOW_SIPHASH_H

#include <stdint.h>

static inline uint64_t fl_sip_rotl(uint64_t v, unsigned n) { return v << n | v >> (64 - n); }

static inline void fl_sip_round(uint64_t v[4])
{
	v[0] += v[1]; v[1] = fl_sip_rotl(v[1], 13); v[1] ^= v[0]; v[0] = fl_sip_rotl(v[0], 32);
	v[2] += v[3]; v[3] = fl_sip_rotl(v[3], 16); v[3] ^= v[2];
	v[0] += v[3]; v[3] = fl_sip_rotl(v[3], 21); v[3] ^= v[0];
	v[2] += v[1]; v[1] = fl_sip_rotl(v[1], 17); v[1] ^= v[2]; v[2] = fl_sip_rotl(v[2], 32);
}

static inline uint32_t fl_siphash(const uint64_t *m, unsigned n, const uint64_t secret[2])
{
	uint64_t v[4] = {
		secret[0] ^ 0x736f6d6570736575u, secret[1] ^ 0x646f72616e646f6du,
		secret[0] ^ 0x6c7967656e657261u, secret[1] ^ 0x7465646279746573u,
	};
	unsigned i;

	for (i = 0; i < n; i++) {
		v[3] ^= m[i];
		fl_sip_round(v);
		v[0] ^= m[i];
	}
	v[2] ^= 0xff;
	for (i = 0; i < 3; i++)
		fl_sip_round(v);
	v[0] ^= v[1] ^ v[2] ^ v[3];
	return (uint32_t)(v[0] ^ v[0] >> 32);
}

#endif
