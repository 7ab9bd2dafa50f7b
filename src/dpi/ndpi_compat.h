/* ndpi_compat.h - the nDPI API of 4.2 (Debian 12) and what later releases changed in it, behind one set of names.
 *
 * What changed, by release (ntop/nDPI pull requests):
 *   4.4   confidence: DPI_PARTIAL and DPI_PARTIAL_CACHE (#1632)
 *   4.6   process_packet takes what the caller knows of direction and handshake (#1671); LRU caches can be resized;
 *         confidence: MATCH_BY_IP is gone (#1743)
 *   4.8   confidence: MATCH_BY_IP is back, at another number; DPI_AGGRESSIVE
 *   4.10  init_detection_module takes a global context, giveup lost enable_guess, settings go through
 *         ndpi_set_config (#2249)
 *   4.12  the protocol pair moved into ndpi_protocol.proto
 *   5.0   every protocol is on by default and the bitmask is gone (#2894); giveup lost protocol_was_guessed;
 *         process_packet says by `state` whether it is done (#2942); finalize_initialization tells by int whether it
 *         worked (void in some releases before)
 *
 * tests/ndpi-api compiles this room against each of them. Inline and private to src/dpi. */
#ifndef FL_SRC_DPI_NDPI_COMPAT_H
#define FL_SRC_DPI_NDPI_COMPAT_H

#include <ndpi_api.h> /* as a system header (meson.build): it is not written for our warnings */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FL_NDPI (NDPI_MAJOR * 100 + NDPI_MINOR)

#if FL_NDPI < 402
#error "nDPI 4.2 or later is needed"
#endif
#if FL_NDPI >= 600
#error "nDPI 6 makes its user declare a licence when a module is made: decide that, then extend this file"
#endif

struct fl_ndpi_result {
	uint16_t master, app;
	uint8_t category;
	bool done; /* nDPI wants to see no more of this flow */
};

static inline struct ndpi_detection_module_struct *fl_ndpi_init(void)
{
#if FL_NDPI >= 410
	return ndpi_init_detection_module(NULL);
#else
	/* The list of Tor relays was frozen when the library was released; weeks later it names innocent hosts. */
	return ndpi_init_detection_module(ndpi_dont_load_tor_hosts);
#endif
}

/* Either of what finalize_initialization is declared as. */
typedef int fl_ndpi_finalize_int(struct ndpi_detection_module_struct *m);
typedef void fl_ndpi_finalize_void(struct ndpi_detection_module_struct *m);

static inline bool fl_ndpi_finalize_by_int(fl_ndpi_finalize_int *f, struct ndpi_detection_module_struct *m)
{
	return f(m) == 0;
}

static inline bool fl_ndpi_finalize_by_void(fl_ndpi_finalize_void *f, struct ndpi_detection_module_struct *m)
{
	f(m);
	return true;
}

/* fl_ndpi_configure - all protocols on, no memory of other flows (see dpi.c), ready to take packets. */
static inline bool fl_ndpi_configure(struct ndpi_detection_module_struct *m)
{
#if FL_NDPI >= 410
	static const char *const off[] = {
		"lru.ookla.size", "lru.bittorrent.size", "lru.zoom.size", "lru.stun.size", "lru.tls_cert.size",
		"lru.mining.size", "lru.msteams.size", "lru.stun_zoom.size", "lru.signal.size", "lru.fpc_dns.size",
	};
	size_t i;

	for (i = 0; i < sizeof off / sizeof off[0]; i++)
		(void)ndpi_set_config(m, NULL, off[i], "0"); /* not every release has every cache */
#endif
#if FL_NDPI < 500
	NDPI_PROTOCOL_BITMASK all;

	NDPI_BITMASK_SET_ALL(all);
	ndpi_set_protocol_detection_bitmask2(m, &all);
#endif
	return _Generic(&ndpi_finalize_initialization, fl_ndpi_finalize_int *: fl_ndpi_finalize_by_int,
			default: fl_ndpi_finalize_by_void)(ndpi_finalize_initialization, m);
}

static inline unsigned fl_ndpi_count(struct ndpi_detection_module_struct *m)
{
#if FL_NDPI >= 500
	return ndpi_get_num_protocols(m);
#else
	return ndpi_get_num_supported_protocols(m);
#endif
}

static inline struct fl_ndpi_result fl_ndpi_result(const ndpi_protocol *p)
{
#if FL_NDPI >= 412
	return (struct fl_ndpi_result){p->proto.master_protocol, p->proto.app_protocol, (uint8_t)p->category, false};
#else
	return (struct fl_ndpi_result){p->master_protocol, p->app_protocol, (uint8_t)p->category, false};
#endif
}

/* fl_ndpi_packet - one IP packet. from_client and handshake_seen are the flow table's knowledge; nDPI before 4.6 finds
 * out for itself. */
static inline struct fl_ndpi_result fl_ndpi_packet(struct ndpi_detection_module_struct *m, struct ndpi_flow_struct *f,
						   const uint8_t *ip, uint16_t n, uint64_t ms, bool from_client,
						   bool handshake_seen)
{
	struct fl_ndpi_result r;
	ndpi_protocol p;
#if FL_NDPI >= 406
	struct ndpi_flow_input_info in = {
		.in_pkt_dir = from_client ? NDPI_IN_PKT_DIR_C_TO_S : NDPI_IN_PKT_DIR_S_TO_C,
		.seen_flow_beginning = handshake_seen ? NDPI_FLOW_BEGINNING_SEEN : NDPI_FLOW_BEGINNING_NOT_SEEN,
	};

	p = ndpi_detection_process_packet(m, f, ip, n, ms, &in);
#else
	(void)from_client;
	(void)handshake_seen;
	p = ndpi_detection_process_packet(m, f, ip, n, ms);
#endif
	r = fl_ndpi_result(&p);
	if (r.master == NDPI_PROTOCOL_UNKNOWN && r.app == NDPI_PROTOCOL_UNKNOWN)
		return r;
#if FL_NDPI >= 500
	r.done = p.state == NDPI_STATE_MONITORING || (p.state == NDPI_STATE_CLASSIFIED && !f->extra_packets_func);
#else
	r.done = !ndpi_extra_dissection_possible(m, f);
#endif
	return r;
}

/* fl_ndpi_giveup - the last word, with a guess by port or address if there is nothing better. */
static inline struct fl_ndpi_result fl_ndpi_giveup(struct ndpi_detection_module_struct *m, struct ndpi_flow_struct *f)
{
	ndpi_protocol p;
#if FL_NDPI >= 500
	p = ndpi_detection_giveup(m, f);
#else
	uint8_t guessed = 0; /* not reliable in 4.2: the confidence tells */
#if FL_NDPI >= 410
	p = ndpi_detection_giveup(m, f, &guessed);
#else
	p = ndpi_detection_giveup(m, f, 1, &guessed);
#endif
#endif
	return fl_ndpi_result(&p);
}

/* An address alone: a number that no confidence has where nDPI does not know it. */
#if FL_NDPI < 406 || FL_NDPI >= 408
#define FL_NDPI_CONFIDENCE_BY_IP NDPI_CONFIDENCE_MATCH_BY_IP
#else
#define FL_NDPI_CONFIDENCE_BY_IP 255
#endif

/* How a result was come by. */
enum fl_ndpi_source { FL_NDPI_NOTHING, FL_NDPI_GUESS, FL_NDPI_OTHER_FLOW, FL_NDPI_CONTENT };

static inline enum fl_ndpi_source fl_ndpi_source(const struct ndpi_flow_struct *f)
{
	switch ((unsigned)f->confidence) {
	case NDPI_CONFIDENCE_UNKNOWN:
		return FL_NDPI_NOTHING;
	case NDPI_CONFIDENCE_MATCH_BY_PORT:
	case FL_NDPI_CONFIDENCE_BY_IP:
		return FL_NDPI_GUESS;
	case NDPI_CONFIDENCE_DPI_CACHE:
#if FL_NDPI >= 404
	case NDPI_CONFIDENCE_DPI_PARTIAL_CACHE:
#endif
		return FL_NDPI_OTHER_FLOW;
	default:
		return FL_NDPI_CONTENT;
	}
}

#endif
