/* live.c - listens on a network interface through libpcap (on Linux: AF_PACKET with a TPACKET_V3 ring).
 *
 * The handle does not block: it is polled together with the descriptor that fl_capture_break makes readable, so
 * that a quiet wire gives IDLE every WAIT_MS and a break ends the wait at once. Immediate mode is off: the kernel
 * hands over filled blocks, or what is there after WAIT_MS, which is what lets one core keep up with a busy port.
 * libpcap puts back VLAN tags that the network card or the kernel took off, and copies each frame out of the ring
 * before the next call, so that what is borrowed from it stays.
 *
 * Nothing is ever sent on the handle. Thread: the one that reads. */
#include "capture/live.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "capture/linktype.h"
#include "fenceline/diag.h"
#include "fenceline/err.h"

enum {
	SNAPLEN = 262144,   /* libpcap's MAXIMUM_SNAPLEN: no frame is cut, not even one that offload has merged */
	WAIT_MS = 100,
	BUFFER_MIB_MAX = 2047, /* libpcap counts the buffer's bytes in an int */
	SHOWN_DEVICES = 12,
};

/* Devices that are no network interface (nflog, dbus) have neither a link nor an "up". */
static bool is_network(const pcap_if_t *d)
{
	if (d->flags & PCAP_IF_LOOPBACK)
		return false;
	return d->flags & PCAP_IF_UP ||
	       (d->flags & PCAP_IF_CONNECTION_STATUS) != PCAP_IF_CONNECTION_STATUS_NOT_APPLICABLE;
}

/* No such interface: says which there are, and which may have been meant. */
static int unknown_interface(const char *iface, char err[FL_CAPTURE_ERR_MAX])
{
	char why[PCAP_ERRBUF_SIZE], list[256] = "";
	const char *names[SHOWN_DEVICES], *near;
	pcap_if_t *devices = NULL, *d;
	size_t n = 0, used = 0;

	if (pcap_findalldevs(&devices, why) != 0)
		devices = NULL;
	for (d = devices; d && n < SHOWN_DEVICES; d = d->next) {
		if (!is_network(d) || strlen(d->name) + used + 3 > sizeof list)
			continue;
		used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", n ? ", " : "", d->name);
		names[n++] = d->name;
	}
	near = fl_suggest(iface, names, n);
	fl_capture_say(err, FL_ENOTFOUND, "there is no interface \"%s\"%s%s%s Interfaces here: %s", iface,
		       near ? "; did you mean \"" : ".", near ? near : "", near ? "\"?" : "",
		       n ? list : "none that can be seen");
	if (devices)
		pcap_freealldevs(devices);
	return FL_ENOTFOUND;
}

static int activation_failed(pcap_t *p, int rc, const char *iface, unsigned buffer_mib, char err[FL_CAPTURE_ERR_MAX])
{
	switch (rc) {
	case PCAP_ERROR_NO_SUCH_DEVICE:
		return unknown_interface(iface, err);
	case PCAP_ERROR_PERM_DENIED:
	case PCAP_ERROR_PROMISC_PERM_DENIED:
		return fl_capture_say(err, FL_EACCESS,
				      "no permission to capture on \"%s\"; run as root, or grant CAP_NET_RAW to the program "
				      "(setcap cap_net_raw+ep) or to its service (AmbientCapabilities=CAP_NET_RAW)", iface);
	case PCAP_ERROR_IFACE_NOT_UP:
		return fl_capture_say(err, FL_EIO, "interface \"%s\" is down; bring it up first (ip link set %s up)",
				      iface, iface);
	default:
		return fl_capture_say(err, FL_EIO,
				      "cannot capture on \"%s\": %s%s%s; check the interface, or try a smaller buffer than %u "
				      "MiB", iface, pcap_statustostr(rc), *pcap_geterr(p) ? ": " : "", pcap_geterr(p),
				      buffer_mib);
	}
}

static int configure(pcap_t *p)
{
	if (pcap_set_snaplen(p, SNAPLEN) || pcap_set_promisc(p, 1) || pcap_set_timeout(p, WAIT_MS))
		return FL_EIO;
	/* where the kernel has no nanoseconds it stays at microseconds, which is asked after activation */
	(void)pcap_set_tstamp_precision(p, PCAP_TSTAMP_PRECISION_NANO);
	return FL_OK;
}

int fl_live_open(struct fl_live *l, const char *iface, uint16_t index, const char *bpf, unsigned buffer_mib,
		 char err[FL_CAPTURE_ERR_MAX])
{
	char why[PCAP_ERRBUF_SIZE] = "";
	int rc;

	*err = '\0';
	if (buffer_mib > BUFFER_MIB_MAX)
		return fl_capture_say(err, FL_EINVALID, "a capture buffer of %u MiB is more than libpcap can have; give at most %d",
				      buffer_mib, BUFFER_MIB_MAX);
	*l = (struct fl_live){.name = strdup(iface), .index = index, .fd = -1};
	l->pcap = pcap_create(iface, why);
	if (!l->name || !l->pcap)
		return fl_capture_say(err, FL_ENOMEM, "cannot open interface \"%s\": %s", iface, *why ? why : "out of memory");
	if (configure(l->pcap) || (buffer_mib && pcap_set_buffer_size(l->pcap, (int)buffer_mib << 20)))
		return fl_capture_say(err, FL_EIO, "cannot set up interface \"%s\": %s", iface, pcap_geterr(l->pcap));
	rc = pcap_activate(l->pcap);
	if (rc < 0)
		return activation_failed(l->pcap, rc, iface, buffer_mib, err);
	if (rc > 0)
		fl_capture_say(err, FL_OK, "capturing on \"%s\", but: %s%s%s", iface, pcap_statustostr(rc),
			       *pcap_geterr(l->pcap) ? ": " : "", pcap_geterr(l->pcap));
	if (pcap_setnonblock(l->pcap, 1, why) != 0)
		return fl_capture_say(err, FL_EIO, "cannot poll interface \"%s\": %s", iface, why);
	l->fd = pcap_get_selectable_fd(l->pcap);
	l->nano = pcap_get_tstamp_precision(l->pcap) == PCAP_TSTAMP_PRECISION_NANO;
	l->linktype = fl_linktype_from_dlt(pcap_datalink(l->pcap));
	l->counted = pcap_stats(l->pcap, &l->last) == 0;
	if (l->counted) {
		l->dropped = l->last.ps_drop;
		l->if_dropped = l->last.ps_ifdrop;
	}
	return bpf ? fl_source_filter(l->pcap, bpf, iface, err) : FL_OK;
}

void fl_live_done(struct fl_live *l)
{
	if (l->pcap)
		pcap_close(l->pcap);
	free(l->name);
	*l = (struct fl_live){.fd = -1};
}

/* Nothing is there now: wait a little, once; true if there may be more. After a break the wait is for the kernel to
 * hand over its last block, and the break's descriptor, readable for good, is left out. */
static bool wait_for_frames(struct fl_live *l, const struct fl_stop *stop, bool *waited)
{
	struct pollfd fds[2] = {{.fd = l->fd, .events = POLLIN}, {.fd = stop->fd, .events = POLLIN}};

	if (*waited)
		return false;
	*waited = true;
	(void)poll(fds, l->stopping ? 1 : 2, l->stopping ? 2 * WAIT_MS : WAIT_MS);
	return true;
}

int fl_live_next(struct fl_live *l, struct fl_stop *stop, struct fl_frame *frame, char err[FL_CAPTURE_ERR_MAX])
{
	struct pcap_pkthdr *h;
	const u_char *data;
	bool waited = false;
	int rc;

	for (;;) {
		if (!l->stopping && atomic_load(&stop->set)) {
			l->stopping = true; /* what came until now is still given */
			l->stop_ns = fl_clock_ns();
			waited = false;
		}
		rc = pcap_next_ex(l->pcap, &h, &data);
		if (rc == 1) {
			*frame = fl_source_frame(h, data, l->linktype, l->nano, false);
			if (l->stopping && frame->ts_ns > l->stop_ns)
				return FL_CAPTURE_END;
			frame->iface = l->index;
			frame->number = ++l->frames;
			return FL_CAPTURE_FRAME;
		}
		if (rc == PCAP_ERROR_BREAK) /* libpcap forgets the break once it has told it */
			continue;
		if (rc < 0)
			return fl_capture_say(err, FL_EIO, "capture on \"%s\" stopped: %s; check that the interface is there and up (ip "
					      "link show %s), then start again", l->name, pcap_geterr(l->pcap), l->name);
		if (!wait_for_frames(l, stop, l->stopping ? &l->drained : &waited))
			return l->stopping ? FL_CAPTURE_END : FL_CAPTURE_IDLE;
	}
}

void fl_live_stats(struct fl_live *l, struct fl_capture_stats *out)
{
	struct pcap_stat now;

	if (pcap_stats(l->pcap, &now) == 0) {
		/* libpcap's counters wrap at 32 bits; differences do not, if asked more often than that */
		l->dropped += (uint32_t)(now.ps_drop - l->last.ps_drop);
		l->if_dropped += (uint32_t)(now.ps_ifdrop - l->last.ps_ifdrop);
		l->last = now;
		l->counted = true;
	}
	*out = (struct fl_capture_stats){.received = l->frames, .kernel_dropped = l->dropped,
					 .interface_dropped = l->if_dropped, .kernel = l->counted};
}
