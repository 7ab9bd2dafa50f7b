/* own.c - see own.h. CLOCK_MONOTONIC stands still while the machine sleeps, CLOCK_BOOTTIME does not (clock_gettime(2)): what
 * the two differ by is sleep; what the real clock gained beyond CLOCK_BOOTTIME, somebody set. */
#include "own.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <string.h>
#include <time.h>

#define SECOND INT64_C(1000000000)

static bool address_of(const struct sockaddr *sa, struct fl_addr *out)
{
	struct sockaddr_in6 in6;
	struct sockaddr_in in;
	struct sockaddr_ll ll;

	switch (sa->sa_family) { /* copied, as a sockaddr is aligned for none of them */
	case AF_INET:
		memcpy(&in, sa, sizeof in);
		*out = fl_addr_from(FL_ADDR_IPV4, (const uint8_t *)&in.sin_addr);
		return true;
	case AF_INET6:
		memcpy(&in6, sa, sizeof in6);
		*out = fl_addr_from(FL_ADDR_IPV6, in6.sin6_addr.s6_addr);
		return true;
	case AF_PACKET:
		memcpy(&ll, sa, sizeof ll);
		*out = fl_addr_from(FL_ADDR_MAC, ll.sll_addr);
		return ll.sll_halen == 6;
	default:
		return false;
	}
}

unsigned fl_own_addrs(struct fl_addr *out, unsigned max)
{
	struct ifaddrs *list, *i;
	unsigned n = 0;

	if (getifaddrs(&list))
		return 0;
	for (i = list; i && n < max; i = i->ifa_next)
		if (i->ifa_addr && !(i->ifa_flags & IFF_LOOPBACK) && address_of(i->ifa_addr, &out[n]))
			n++;
	freeifaddrs(list);
	return n;
}

static int64_t read_clock(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * SECOND + t.tv_nsec;
}

void fl_clocks_read(struct fl_clocks *c)
{
	c->real_ns = read_clock(CLOCK_REALTIME);
	c->mono_ns = read_clock(CLOCK_MONOTONIC);
	c->boot_ns = read_clock(CLOCK_BOOTTIME);
}

int64_t fl_clocks_forward(const struct fl_clocks *from, const struct fl_clocks *to)
{
	int64_t gained = (to->real_ns - from->real_ns) - (to->boot_ns - from->boot_ns);

	return gained >= SECOND ? gained : 0;
}

int64_t fl_clocks_suspended(const struct fl_clocks *from, const struct fl_clocks *to)
{
	int64_t slept = (to->boot_ns - from->boot_ns) - (to->mono_ns - from->mono_ns);

	return slept >= SECOND ? slept : 0;
}
