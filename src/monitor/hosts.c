/* hosts.c - see hosts.h. */
#include "hosts.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct slot {
	uint64_t context;
	struct fl_addr addr; /* kind NONE: free */
	bool has_mac;
	uint8_t mac[6];
};

struct fl_hosts {
	uint64_t seed; /* random: nobody on the wire can choose addresses that collide; no output depends on the order */
	uint32_t mask, n, max;
	struct slot *slots;
	struct slot *last, before; /* what the last news changed, and what was there */
};

struct fl_hosts *fl_hosts_new(uint32_t max)
{
	struct fl_hosts *h = calloc(1, sizeof *h);
	uint32_t size = 16;

	if (!h)
		return NULL;
	while (size < max)
		size *= 2;
	h->slots = calloc(size, sizeof *h->slots);
	if (!h->slots) {
		free(h);
		return NULL;
	}
	if (getrandom(&h->seed, sizeof h->seed, GRND_NONBLOCK) != sizeof h->seed)
		h->seed = (uintptr_t)h->slots;
	h->mask = size - 1;
	h->max = size / 4 * 3;
	return h;
}

void fl_hosts_free(struct fl_hosts *h)
{
	if (!h)
		return;
	free(h->slots);
	free(h);
}

/* splitmix64's finisher over the words of the key */
static uint64_t mix(uint64_t x)
{
	x ^= x >> 30;
	x *= UINT64_C(0xbf58476d1ce4e5b9);
	x ^= x >> 27;
	x *= UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

enum fl_host_news fl_hosts_see(struct fl_hosts *h, uint64_t context, const struct fl_addr *addr, const uint8_t mac[6],
			       uint8_t old_mac[6])
{
	uint64_t lo, hi;
	struct slot *s;
	uint32_t i;

	memcpy(&lo, addr->b, 8);
	memcpy(&hi, addr->b + 8, 8);
	for (i = (uint32_t)mix(mix(mix(context ^ h->seed) ^ lo) ^ hi ^ addr->kind) & h->mask;; i = (i + 1) & h->mask) {
		s = &h->slots[i];
		if (s->addr.kind == FL_ADDR_NONE)
			break;
		if (s->context != context || fl_addr_cmp(&s->addr, addr))
			continue;
		if (!mac)
			return FL_HOST_KNOWN;
		if (s->has_mac && memcmp(s->mac, mac, 6)) {
			h->last = s;
			h->before = *s;
			memcpy(old_mac, s->mac, 6);
			memcpy(s->mac, mac, 6);
			return FL_HOST_MAC_CHANGED;
		}
		if (s->has_mac)
			return FL_HOST_KNOWN;
		s->has_mac = true;
		memcpy(s->mac, mac, 6);
		return FL_HOST_KNOWN;
	}
	if (h->n == h->max)
		return FL_HOST_TABLE_FULL;
	h->n++;
	h->last = s;
	h->before = *s;
	s->context = context;
	s->addr = *addr;
	s->has_mac = mac != NULL;
	if (mac)
		memcpy(s->mac, mac, 6);
	return FL_HOST_NEW;
}

void fl_hosts_undo(struct fl_hosts *h)
{
	if (h->before.addr.kind == FL_ADDR_NONE)
		h->n--;
	*h->last = h->before;
}
