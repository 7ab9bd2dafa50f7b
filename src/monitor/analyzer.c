/* analyzer.c - the flow's side of analysis: where its packets go, its label, its memory.
 *
 * TCP goes through the streams, UDP straight, to analyzer_probe.c until a dissector takes the flow and then to
 * analyzer_feed.c; nDPI is fed beside that until one side is sure. Other transports name themselves.
 *
 * Memory: one block per flow (struct fl_analysis and the caller's extra bytes), recycled through a free list; probe hold
 * and partial units come from malloc, once per flow that needs them, and are bounded by FL_STREAM_POOL_BYTES in all. */
#include "analyzer.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer_data.h"
#include "fenceline/err.h"

void *fl_analyzer_extra(const struct fl_flow *f)
{
	return f->analysis ? fl_analysis_of(f)->extra : NULL;
}

void *fl_analyzer_take_bytes(struct fl_analyzer *a, size_t n)
{
	void *p = a->held + n <= FL_STREAM_POOL_BYTES ? malloc(n) : NULL;

	if (p)
		a->held += n;
	else
		a->stats.stream_pool_full++;
	return p;
}

void fl_analyzer_give_bytes(struct fl_analyzer *a, void *p, size_t n)
{
	if (!p)
		return;
	free(p);
	a->held -= n;
}

/* nDPI takes a port for a protocol that we would have dissected: with bytes to look at, that is no recognition. */
static void refuse_guess(struct fl_analyzer *a, struct fl_flow *f)
{
	unsigned i;

	if (f->label.how == FL_LABEL_DISSECTOR || !f->payload)
		return;
	for (i = 0; i < a->n_dissectors; i++) {
		if (f->label.app != a->dissector_id[i] && f->label.master != a->dissector_id[i])
			continue;
		f->label = (struct fl_label){.final = true, .risks = f->label.risks, .why = f->label.why};
		return;
	}
}

void fl_analyzer_label_done(struct fl_analyzer *a, struct fl_analysis *an)
{
	if (an->labelled || !an->flow->label.final)
		return;
	refuse_guess(a, an->flow);
	an->flow->label.why = (uint8_t)fl_label_why(an->flow);
	an->flow->label.port_says = fl_port_names_differ(a->ports, an->flow);
	an->labelled = true;
	if (a->ops.on_label)
		a->ops.on_label(a->ops.user, an->flow);
}

static void label_transport(struct fl_flow *f, uint16_t id)
{
	f->label.master = f->label.app = id;
	f->label.how = FL_LABEL_TRANSPORT;
	f->label.final = true;
}

static void bytes_in(struct fl_analyzer *a, struct fl_flow *f, uint8_t sender, const uint8_t *p, size_t n, enum fl_end end,
		     int64_t ts_ns, uint64_t frame)
{
	struct fl_analysis *an = fl_analysis_of(f);
	struct fl_call call = {a, an, ts_ns, a->mono_ns, frame};

	if (!an || !n)
		return;
	if (an->phase == FL_TAKEN)
		fl_analyzer_feed(&call, sender, p, n, end);
	else if (an->phase == FL_PROBING)
		fl_analyzer_probe(&call, sender, p, n, end);
	else
		fl_analyzer_look_again(&call, sender, p, n, end);
}

static void on_data(void *user, struct fl_flow *f, uint8_t sender, const uint8_t *p, size_t n, enum fl_end end, int64_t ts_ns,
		    uint64_t frame)
{
	struct fl_analyzer *a = user;

	/* Bytes that came early waited for the packet in hand, if no hole was given up: it completes what is in them, for
	 * the receiver as for us. */
	if (a->frame > frame && !a->lost)
		bytes_in(a, f, sender, p, n, end, a->ts_ns, a->frame);
	else
		bytes_in(a, f, sender, p, n, end, ts_ns, frame);
}

static void on_gap(void *user, struct fl_flow *f, uint8_t sender, uint64_t n)
{
	struct fl_analyzer *a = user;
	struct fl_analysis *an = fl_analysis_of(f);
	struct fl_call call = {a, an, f->last_ns, a->mono_ns, 0};

	(void)n;
	a->lost = true;
	if (an && an->phase == FL_TAKEN)
		fl_analyzer_feed_gap(&call, sender);
	else if (an && an->phase == FL_PROBING)
		fl_analyzer_probe_gap(a, an);
}

/* What has no ports names itself by its number; a name that this build's vocabulary lacks is plain IP. */
static void name_ip_protocols(struct fl_analyzer *a, const struct fl_vocab *vocab)
{
	static const struct { uint8_t proto; const char *name; } rows[] = { /* IANA protocol-numbers; names as nDPI's */
		{2, "igmp"}, {3, "ggp"}, {8, "egp"}, {47, "gre"}, {50, "ipsec"}, {51, "ipsec"}, {89, "ospf"}, {103, "ip_pim"},
		{112, "vrrp"}, {113, "ip_pgm"},
	};
	unsigned i;
	int id;

	for (i = 0; i < FL_ARRAY_LEN(a->ip_id); i++)
		a->ip_id[i] = FL_PROTOCOL_IP;
	a->ip_id[FL_PROTO_ICMP] = FL_PROTOCOL_ICMP;
	a->ip_id[FL_PROTO_ICMPV6] = FL_PROTOCOL_ICMPV6;
	a->ip_id[FL_PROTO_SCTP] = FL_PROTOCOL_SCTP;
	for (i = 0; i < FL_ARRAY_LEN(rows); i++) {
		id = fl_vocab_find(vocab, rows[i].name);
		if (id >= 0)
			a->ip_id[rows[i].proto] = (uint16_t)id;
	}
}

int fl_analyzer_new(struct fl_analyzer **out, const struct fl_vocab *vocab, const struct fl_analyzer_ops *ops)
{
	struct fl_analyzer *a = calloc(1, sizeof *a);
	struct fl_stream_ops sops;
	int err, id;
	unsigned i;

	if (!a)
		return FL_ENOMEM;
	a->ops = *ops;
	for (i = 0; fl_dissectors[i]; i++) {
		if (i == FL_DISSECTORS_MAX)
			FL_BUG("more dissectors than FL_DISSECTORS_MAX");
		id = fl_vocab_find(vocab, fl_dissectors[i]->name);
		if (id < 0)
			FL_BUG("a dissector's name is not in the vocabulary");
		a->dissector_id[i] = (uint16_t)id;
	}
	a->n_dissectors = i;
	name_ip_protocols(a, vocab);
	sops = (struct fl_stream_ops){.data = on_data, .gap = on_gap, .user = a};
	a->ports = fl_port_names_new(vocab);
	err = a->ports ? fl_stream_pool_new(&a->streams, FL_STREAM_POOL_BYTES, &sops) : FL_ENOMEM;
	if (!err && !ops->without_dpi)
		err = fl_dpi_new(&a->dpi, vocab);
	if (err) {
		fl_analyzer_free(a);
		return err;
	}
	*out = a;
	return FL_OK;
}

void fl_analyzer_free(struct fl_analyzer *a)
{
	struct fl_analysis *an, *next;

	if (!a)
		return;
	for (an = a->free_list; an; an = next) {
		next = an->next;
		free(an);
	}
	fl_stream_pool_free(a->streams);
	fl_notes_free(a->notes);
	fl_port_names_free(a->ports);
	fl_dpi_free(a->dpi);
	free(a);
}

int fl_analyzer_begin(struct fl_analyzer *a, struct fl_flow *f)
{
	size_t size = sizeof(struct fl_analysis) + a->ops.flow_extra;
	struct fl_analysis *an = a->free_list;
	unsigned i;

	if (an)
		a->free_list = an->next;
	else
		an = malloc(size);
	if (!an)
		return FL_ENOMEM;
	memset(an, 0, size);
	an->flow = f;
	f->analysis = an;
	an->phase = FL_NOT_OURS;
	for (i = 0; f->kind == FL_FLOW_IP && i < a->n_dissectors; i++) {
		if (!fl_analyzer_may_ask(fl_dissectors[i], f))
			continue;
		an->candidate[i].alive = true;
		an->phase = FL_PROBING;
	}
	return FL_OK;
}

static void label_others(const struct fl_analyzer *a, struct fl_flow *f)
{
	if (f->kind != FL_FLOW_IP) {
		label_transport(f, f->protocol);
		return;
	}
	label_transport(f, a->ip_id[f->ip_proto]);
}

void fl_analyzer_packet(struct fl_analyzer *a, struct fl_flow *f, uint8_t sender, const struct fl_packet *p)
{
	struct fl_analysis *an = fl_analysis_of(f);

	a->frame = p->frame->number;
	a->ts_ns = p->frame->ts_ns;
	a->mono_ns = p->frame->mono_ns ? p->frame->mono_ns : p->frame->ts_ns; /* 0: nobody keeps a timeline */
	a->lost = false;
	if (f->kind == FL_FLOW_IP && p->outcome == FL_DECODE_TCP) {
		fl_stream_packet(a->streams, f, sender, p);
	} else if (f->kind == FL_FLOW_IP && p->outcome == FL_DECODE_UDP) {
		bytes_in(a, f, sender, p->payload, p->payload_caplen,
			 p->payload_caplen < p->payload_len ? FL_CUT_END : FL_CLOSED, a->ts_ns, a->frame);
	} else if (!f->label.final) {
		label_others(a, f);
	}
	a->frame = 0;
	if (!f->label.final && a->dpi)
		fl_dpi_packet(a->dpi, f, sender, p);
	/* nDPI's word counts once none of ours can take the flow any more. */
	if (an && f->label.final && (f->label.how == FL_LABEL_DISSECTOR || an->phase == FL_NOT_OURS || an->long_asked))
		fl_analyzer_label_done(a, an);
}

void fl_analyzer_settle(struct fl_analyzer *a, struct fl_flow *f)
{
	struct fl_analysis *an = fl_analysis_of(f);

	if (f->label.final || !a->dpi || !f->payload)
		return;
	fl_dpi_end(a->dpi, f);
	if (an)
		fl_analyzer_label_done(a, an);
}

void fl_analyzer_tick(struct fl_analyzer *a, int64_t now_ns, int64_t mono_ns)
{
	struct fl_call call = {a, NULL, now_ns, mono_ns, 0};

	a->mono_ns = mono_ns;
	fl_stream_advance(a->streams, mono_ns);
	while (a->waiting && a->waiting->due_ns <= mono_ns) {
		call.an = a->waiting;
		fl_analyzer_feed_tick(&call);
	}
}

void fl_analyzer_close(struct fl_analyzer *a, struct fl_flow *f, int64_t now_ns)
{
	struct fl_analysis *an = fl_analysis_of(f);
	struct fl_call call = {a, an, now_ns, a->mono_ns, 0};

	fl_stream_end(a->streams, f);
	if (an && an->phase == FL_TAKEN)
		fl_analyzer_feed_end(&call);
	if (an)
		fl_analyzer_give_up(a, an);
	if (!an) /* our dissectors have not looked */
		fl_label_note(&f->label, FL_WHY_UNREAD);
	if (!f->label.final && a->dpi)
		fl_dpi_end(a->dpi, f);
	f->label.final = true;
	if (an)
		fl_analyzer_label_done(a, an);
	else
		f->label.why = (uint8_t)fl_label_why(f);
	f->label.port_says = fl_port_names_differ(a->ports, f); /* its initiator may have turned out to be the other end */
}

void fl_analyzer_end(struct fl_analyzer *a, struct fl_flow *f)
{
	struct fl_analysis *an = fl_analysis_of(f);

	if (!an)
		return;
	f->analysis = NULL;
	an->next = a->free_list;
	a->free_list = an;
}

void fl_analyzer_stats(const struct fl_analyzer *a, struct fl_analyzer_stats *out)
{
	struct fl_stream_stats s;

	*out = a->stats;
	fl_stream_stats(a->streams, &s);
	out->stream_gaps = s.gaps;
	out->stream_gap_bytes = s.gap_bytes;
	out->stream_pool_full += s.pool_full;
	out->stream_conflicts = s.overlap_conflicts;
}
