/* hosts.h - which hosts a worker has seen sending, so that each is told once, and again when its MAC address changes.
 *
 * Open addressing over a table that is taken whole at start (FL_HOSTS_MAX slots at most three quarters full); when it
 * is full new hosts are counted, not remembered. */
#ifndef FL_SRC_MONITOR_HOSTS_H
#define FL_SRC_MONITOR_HOSTS_H

#include <stdbool.h>
#include <stdint.h>

#include "fenceline/addr.h"
#include "fenceline/compiler.h"

struct fl_hosts;

enum fl_host_news { FL_HOST_KNOWN, FL_HOST_NEW, FL_HOST_MAC_CHANGED, FL_HOST_TABLE_FULL };

struct fl_hosts *fl_hosts_new(uint32_t max); /* NULL: no memory */
void fl_hosts_free(struct fl_hosts *h);
/* fl_hosts_see - a host sent a frame. mac: its own, or NULL where the frame came through a router. old_mac is written
 * with MAC_CHANGED. */
enum fl_host_news fl_hosts_see(struct fl_hosts *h, uint64_t context, const struct fl_addr *addr, const uint8_t mac[6],
			       uint8_t old_mac[6]);

/* fl_hosts_undo - the news of the last fl_hosts_see could not be told: it will be news again. */
void fl_hosts_undo(struct fl_hosts *h);

#endif
