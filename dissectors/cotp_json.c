/* cotp_json.c - a COTP unit as JSON, for `fenceline dissect`: what was on the wire, then what it means. */
#include <stdio.h>
#include <string.h>

#include "cotp.h"
#include "fenceline/compiler.h"

static bool printable(const uint8_t *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (p[i] < 0x20 || p[i] > 0x7E)
			return false;
	return n > 0;
}

/* The two bytes an S7-300 or 400 is addressed by: which resource of the module, then rack and slot. Siemens, SIMATIC NET,
 * "TSAP" in the manuals of the CPs; there is no clause. */
static const char *resource(const uint8_t *tsap, size_t len)
{
	static const char *const names[] = {NULL, "pg", "op", "s7_basic"};

	return len == 2 && tsap[0] < FL_ARRAY_LEN(names) ? names[tsap[0]] : NULL;
}

void fl_cotp_tsap_text(char *out, size_t n, const uint8_t *tsap, size_t len)
{
	const char *what = resource(tsap, len);
	size_t i, at = 0;

	if (printable(tsap, len)) {
		snprintf(out, n, "%.*s", (int)len, (const char *)tsap);
		return;
	}
	out[0] = '\0';
	for (i = 0; i < len && at + 2 < n; i++, at += 2)
		snprintf(out + at, n - at, "%02x", tsap[i]);
	if (what && at < n)
		snprintf(out + at, n - at, " (%s, rack %u, slot %u)", what, tsap[1] >> 5, tsap[1] & 31u);
}

static void put_tsap(struct fl_json *j, const char *key, const char *text_key, const uint8_t *tsap, size_t len)
{
	char text[160];

	fl_json_hex(j, key, tsap, len);
	if (!printable(tsap, len) && !resource(tsap, len))
		return;
	fl_cotp_tsap_text(text, sizeof text, tsap, len);
	fl_json_str(j, text_key, text);
}

void fl_cotp_json(const struct fl_cotp *t, struct fl_json *j)
{
	unsigned i;

	if (t->type)
		fl_json_str(j, "type", t->type->name);
	else
		fl_json_fmt(j, "type", "0x%x", t->code);
	fl_json_u64(j, "li", t->li);
	if (t->has & FL_COTP_HAS_SRC_REF)
		fl_json_u64(j, "src_ref", t->src_ref);
	if (t->has & FL_COTP_HAS_DST_REF)
		fl_json_u64(j, "dst_ref", t->dst_ref);
	if (t->has & FL_COTP_HAS_CLASS)
		fl_json_u64(j, "cls", t->cls);
	if (t->has & FL_COTP_HAS_CAUSE) {
		fl_json_u64(j, "cause", t->cause);
		fl_json_str(j, "cause_name", fl_cotp_cause_name(t));
	}
	if (t->has & FL_COTP_HAS_SIZE)
		fl_json_u64(j, "tpdu_size", t->tpdu_size);
	if (t->has & FL_COTP_HAS_CALLING)
		put_tsap(j, "src_tsap", "src_tsap_text", t->calling, t->calling_len);
	if (t->has & FL_COTP_HAS_CALLED)
		put_tsap(j, "dst_tsap", "dst_tsap_text", t->called, t->called_len);
	if (t->code == FL_COTP_DT) {
		fl_json_bool(j, "eot", t->eot);
		fl_json_u64(j, "data_len", t->data.len);
	}
	if (t->cut)
		fl_json_bool(j, "cut", true);
	if (t->flaws) {
		fl_json_open_array(j, "flaws");
		for (i = 0; i < FL_COTP_FLAW_COUNT; i++)
			if (t->flaws >> i & 1u)
				fl_json_str(j, NULL, fl_cotp_flaw_name(i));
		fl_json_close_array(j);
	}
}
