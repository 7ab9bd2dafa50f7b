/* own.h - what the sensor knows of its own machine: its addresses, and jumps of its clock. */
#ifndef FL_SRC_MONITOR_OWN_H
#define FL_SRC_MONITOR_OWN_H

#include <stdbool.h>
#include <stdint.h>

#include "fenceline/addr.h"
#include "fenceline/compiler.h"

#define FL_OWN_ADDRS_MAX 256u

/* fl_own_addrs - the IPv4, IPv6 and MAC addresses of this machine's interfaces but loopback, at most max. Gives how many; 0
 * also where they cannot be asked. */
unsigned fl_own_addrs(struct fl_addr *out, unsigned max);

/* Three clocks of one moment, in nanoseconds: the one that stamps frames, one that only grows, one that grows in suspend too. */
struct fl_clocks { int64_t real_ns, mono_ns, boot_ns; };

void fl_clocks_read(struct fl_clocks *c);
/* fl_clocks_forward - by how much the real clock was set forward between two readings; 0 if it was not, or by less than a
 * second (a clock that is being slewed). Back steps show in the stamps (flow/timeline.h). Pure. */
int64_t fl_clocks_forward(const struct fl_clocks *from, const struct fl_clocks *to);
/* fl_clocks_suspended - how long the machine slept between the two; 0 if not, or for less than a second. Pure. */
int64_t fl_clocks_suspended(const struct fl_clocks *from, const struct fl_clocks *to);

#endif
