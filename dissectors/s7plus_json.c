/* s7plus_json.c - an S7comm-plus unit as JSON, for `fenceline dissect`: what was on the wire, then its names. */
#include "s7plus.h"

void fl_s7plus_json(const struct fl_s7plus_pdu *p, struct fl_json *j)
{
	unsigned i;

	fl_json_u64(j, "version", p->version);
	fl_json_u64(j, "len", p->len);
	if (p->has & FL_S7PLUS_HAS_TRAILER)
		fl_json_bool(j, "last", p->last);
	if (p->has & FL_S7PLUS_HAS_DIGEST)
		fl_json_u64(j, "digest_len", p->digest_len);
	if (p->has & FL_S7PLUS_HAS_OPCODE)
		fl_json_u64(j, "opcode", p->opcode);
	fl_json_str(j, "kind", fl_s7plus_kind_name(p));
	if (p->has & FL_S7PLUS_HAS_FUNCTION)
		fl_json_u64(j, "func", p->function);
	if (p->has & FL_S7PLUS_HAS_SEQ)
		fl_json_u64(j, "seq", p->seq);
	if (p->has & FL_S7PLUS_HAS_SESSION)
		fl_json_u64(j, "session", p->session);
	if (p->has & FL_S7PLUS_HAS_OBJECT)
		fl_json_u64(j, "object", p->object);
	if (p->has & FL_S7PLUS_HAS_ATTRIBUTE)
		fl_json_u64(j, "attribute", p->attribute);
	if (p->has & FL_S7PLUS_HAS_CLASS)
		fl_json_u64(j, "class", p->cls);
	if ((p->has & FL_S7PLUS_HAS_STATE) && p->row && (p->row->classes & FL_OP_CONTROL))
		fl_json_u64(j, "operating_state", p->state);
	if (p->has & FL_S7PLUS_HAS_RETURN)
		fl_json_fmt(j, "return_value", "0x%016llx", (unsigned long long)p->return_value);
	if (p->row) {
		fl_json_str(j, "func_name", p->row->name);
		if (p->opcode == FL_S7PLUS_REQUEST)
			fl_json_str(j, "attack", p->row->technique);
	}
	if (p->cut)
		fl_json_bool(j, "cut", true);
	if (p->flaws) {
		fl_json_open_array(j, "flaws");
		for (i = 0; i < FL_S7PLUS_FLAW_COUNT; i++)
			if (p->flaws >> i & 1u)
				fl_json_str(j, NULL, fl_s7plus_flaw_name(i));
		fl_json_close_array(j);
	}
}
