/* dpi.c - classification of flows by nDPI: feed, ask, and let go as early as it is sure.
 *
 *     first packet      each packet                          done, limit, or end of flow
 *     state allocated -> fed; label provisional once seen -> label final, state freed
 *
 * nDPI holds about 700 bytes a flow, and for some protocols reassembly buffers, so a flow is let go as soon as nDPI
 * wants no more of it, and after FL_DPI_PACKETS_* payload packets at the latest. A TCP handshake is fed as well (nDPI
 * takes direction and port guesses from it) but does not count; packets without payload and without SYN say nothing
 * and are not fed.
 *
 * Two things nDPI does are undone here, as they would break promise 4 (same capture, same output, whatever the number
 * of workers). It remembers results by host and applies them to other flows (its LRU caches): what comes from there
 * is not taken; from 4.10 on the caches are off. And 4.2 carries a list of Tor relays from its release day: not loaded.
 *
 * A packet that the snap length cut is fed as a copy whose length fields say what was captured: nDPI refuses packets
 * that claim more than is there.
 *
 * Owner: one worker each; nothing is shared, but nDPI wants modules to be made one at a time, hence the lock.
 * Memory: the flow state is one block hung on fl_flow.dpi; every flow must be ended or dropped before fl_dpi_free. */
#include "src/dpi/dpi.h"

#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "fenceline/err.h"
#include "src/dpi/names.h"
#include "src/dpi/ndpi_compat.h"

#define BARE_PACKETS_MAX 8u /* packets without payload fed per flow: SYN, SYN-ACK and their retransmissions */
#define IP_PROTO_TCP 6      /* IANA */
#define IP_BYTES_MAX 65535u /* nDPI's length is 16 bits wide, as is IPv4's */

struct fl_dpi {
	struct ndpi_detection_module_struct *module;
	uint16_t *vocab_id; /* by nDPI's protocol number */
	unsigned n_ids;
	size_t flow_bytes;  /* of struct ndpi_flow_struct as the library was built, which may differ from the header */
	struct fl_dpi_stats stats;
	uint8_t cut[IP_BYTES_MAX]; /* copy of a packet cut by the snap length */
};

struct flow_state {
	uint32_t bare, payload; /* packets fed */
	_Alignas(max_align_t) unsigned char ndpi[];
};

static pthread_mutex_t module_lock = PTHREAD_MUTEX_INITIALIZER;

static struct ndpi_flow_struct *ndpi_of(struct flow_state *s)
{
	return (struct ndpi_flow_struct *)(void *)s->ndpi;
}

static struct ndpi_detection_module_struct *module_new(void)
{
	struct ndpi_detection_module_struct *m;

	pthread_mutex_lock(&module_lock);
	m = fl_ndpi_init();
	if (m && !fl_ndpi_configure(m)) {
		ndpi_exit_detection_module(m);
		m = NULL;
	}
	pthread_mutex_unlock(&module_lock);
	return m;
}

static void module_free(struct ndpi_detection_module_struct *m)
{
	pthread_mutex_lock(&module_lock);
	ndpi_exit_detection_module(m);
	pthread_mutex_unlock(&module_lock);
}

int fl_dpi_vocab(struct fl_vocab *v)
{
	struct ndpi_detection_module_struct *m = module_new();
	char name[FL_DPI_NAME_MAX];
	unsigned i, n;
	int err = FL_OK;

	if (!m)
		return FL_ENOMEM;
	n = fl_ndpi_count(m);
	for (i = 0; i < n && err >= 0; i++)
		if (fl_dpi_name(ndpi_get_proto_name(m, (uint16_t)i), name))
			err = fl_vocab_add(v, name);
	module_free(m);
	return err < 0 ? err : FL_OK;
}

int fl_dpi_new(struct fl_dpi **out, const struct fl_vocab *v)
{
	struct fl_dpi *d = calloc(1, sizeof *d);
	char name[FL_DPI_NAME_MAX];
	unsigned i;
	int id, err = FL_ENOMEM;

	if (!d)
		return FL_ENOMEM;
	d->module = module_new();
	if (!d->module)
		goto out;
	d->flow_bytes = ndpi_detection_get_sizeof_ndpi_flow_struct();
	d->n_ids = fl_ndpi_count(d->module);
	d->vocab_id = calloc(d->n_ids, sizeof *d->vocab_id);
	if (!d->vocab_id)
		goto out;
	for (i = 0; i < d->n_ids; i++) {
		if (!fl_dpi_name(ndpi_get_proto_name(d->module, (uint16_t)i), name))
			continue;
		id = fl_vocab_find(v, name);
		if (id < 0) {
			err = FL_EINVALID; /* fl_dpi_vocab was not called on v */
			goto out;
		}
		d->vocab_id[i] = (uint16_t)id;
	}
	*out = d;
	return FL_OK;
out:
	fl_dpi_free(d);
	return err;
}

void fl_dpi_free(struct fl_dpi *d)
{
	if (!d)
		return;
	if (d->module)
		module_free(d->module);
	free(d->vocab_id);
	free(d);
}

static struct flow_state *state_new(struct fl_dpi *d)
{
	struct flow_state *s = calloc(1, sizeof *s + d->flow_bytes);

	if (s) {
		d->stats.flows++;
		d->stats.open++;
	}
	return s;
}

static void state_free(struct fl_dpi *d, struct fl_flow *f)
{
	struct flow_state *s = f->dpi;

	f->label.risks |= ndpi_of(s)->risk;
	ndpi_free_flow_data(ndpi_of(s));
	free(s);
	f->dpi = NULL;
	d->stats.open--;
}

/* label_set - what nDPI says now. A guess counts only as the last word. */
static void label_set(const struct fl_dpi *d, struct fl_flow *f, struct fl_ndpi_result r, bool last_word)
{
	const struct flow_state *s = f->dpi;
	const struct ndpi_flow_struct *nf = (const struct ndpi_flow_struct *)(const void *)s->ndpi;
	enum fl_ndpi_source source = fl_ndpi_source(nf);
	uint16_t master = r.master < d->n_ids ? d->vocab_id[r.master] : FL_PROTOCOL_UNKNOWN;
	uint16_t app = r.app < d->n_ids ? d->vocab_id[r.app] : FL_PROTOCOL_UNKNOWN;

	if (source == FL_NDPI_OTHER_FLOW) { /* the carrier was seen here, what it carries was not */
		app = FL_PROTOCOL_UNKNOWN;
		r.category = NDPI_PROTOCOL_CATEGORY_UNSPECIFIED;
	}
	if (app == FL_PROTOCOL_UNKNOWN)
		app = master;
	if (app == master)
		master = FL_PROTOCOL_UNKNOWN;
	if (app == FL_PROTOCOL_UNKNOWN || source == FL_NDPI_NOTHING || (source == FL_NDPI_GUESS && !last_word))
		return;
	f->label.master = master;
	f->label.app = app;
	f->label.how = source == FL_NDPI_GUESS ? FL_LABEL_PORT : FL_LABEL_DPI;
	f->label.category = r.category;
	f->label.confidence = source == FL_NDPI_OTHER_FLOW ? NDPI_CONFIDENCE_DPI : (uint8_t)nf->confidence;
}

static uint32_t packets_max(const struct fl_flow *f)
{
	return f->ip_proto == IP_PROTO_TCP ? FL_DPI_PACKETS_TCP : FL_DPI_PACKETS_UDP;
}

/* finish - the label becomes final. */
static void finish(struct fl_dpi *d, struct fl_flow *f)
{
	const struct flow_state *s = f->dpi;

	if (s->payload < packets_max(f))
		fl_label_note(&f->label, FL_WHY_SHORT);
	f->label.final = true;
	if (f->label.how == FL_LABEL_DPI)
		d->stats.decided++;
	else
		d->stats.gave_up++;
	state_free(d, f);
}

static void give_up(struct fl_dpi *d, struct fl_flow *f)
{
	struct flow_state *s = f->dpi;

	label_set(d, f, fl_ndpi_giveup(d->module, ndpi_of(s)), true);
	finish(d, f);
}

/* uncut - the bytes to feed: those of the packet, or a copy with truthful lengths if the snap length cut it. */
static const uint8_t *uncut(struct fl_dpi *d, const struct fl_packet *p, uint16_t *n)
{
	uint32_t len = p->ip_caplen < IP_BYTES_MAX ? p->ip_caplen : IP_BYTES_MAX;
	size_t l4;

	*n = (uint16_t)len;
	if (p->ip_len <= p->ip_caplen)
		return p->ip;
	memcpy(d->cut, p->ip, len);
	if (p->src.kind == FL_ADDR_IPV4 && len >= 20) {
		d->cut[2] = (uint8_t)(len >> 8);
		d->cut[3] = (uint8_t)len;
	} else if (p->src.kind == FL_ADDR_IPV6 && len >= 40) {
		d->cut[4] = (uint8_t)((len - 40) >> 8);
		d->cut[5] = (uint8_t)(len - 40);
	}
	if (p->outcome == FL_DECODE_UDP && p->payload && p->payload >= p->ip + 28) {
		l4 = (size_t)(p->payload - p->ip) - 8;
		if (l4 + 8 <= len) {
			d->cut[l4 + 4] = (uint8_t)((len - l4) >> 8);
			d->cut[l4 + 5] = (uint8_t)(len - l4);
		}
	}
	return d->cut;
}

void fl_dpi_packet(struct fl_dpi *d, struct fl_flow *f, uint8_t sender, const struct fl_packet *p)
{
	struct flow_state *s = f->dpi;
	struct fl_ndpi_result r;
	const uint8_t *ip;
	uint16_t n;

	if (f->label.final || !p->ip || (p->outcome != FL_DECODE_TCP && p->outcome != FL_DECODE_UDP))
		return;
	if (p->payload_caplen < p->payload_len)
		fl_label_note(&f->label, FL_WHY_GAPS);
	if (!p->payload_caplen && !(p->outcome == FL_DECODE_TCP && (p->tcp_flags & FL_TCP_SYN)))
		return;
	if (!s)
		s = f->dpi = state_new(d);
	if (!s) { /* the next packet tries again */
		fl_label_note(&f->label, FL_WHY_UNREAD);
		return;
	}
	if (!p->payload_caplen && s->bare++ >= BARE_PACKETS_MAX)
		return;
	if (p->payload_caplen)
		s->payload++;
	ip = uncut(d, p, &n);
	d->stats.packets++;
	r = fl_ndpi_packet(d->module, ndpi_of(s), ip, n, (uint64_t)(p->frame->ts_ns / 1000000), sender == f->initiator,
			   !f->midstream);
	label_set(d, f, r, false);
	if (r.done)
		finish(d, f);
	else if (s->payload >= packets_max(f))
		give_up(d, f);
}

void fl_dpi_end(struct fl_dpi *d, struct fl_flow *f)
{
	if (!f->dpi) {
		fl_label_note(&f->label, FL_WHY_SHORT);
		f->label.final = true;
	} else if (f->label.final) {
		state_free(d, f);
	} else {
		give_up(d, f);
	}
}

void fl_dpi_drop(struct fl_dpi *d, struct fl_flow *f)
{
	if (f->dpi)
		state_free(d, f);
}

void fl_dpi_stats(const struct fl_dpi *d, struct fl_dpi_stats *out)
{
	*out = d->stats;
}

const char *fl_dpi_version(void)
{
	return ndpi_revision();
}
