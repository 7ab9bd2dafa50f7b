/* cip_identity.c - who a device says it is: attributes of the Identity object, and all of it as text. Pure.
 * Source: CIP Vol. 1 5A-2 (attributes), 4A-4 (get attribute list). */
#include <stdio.h>
#include <string.h>

#include "cip_walk.h"

/* One attribute at r; false: not one that is known, so that what follows it cannot be found. */
static bool take_attribute(struct fl_rd *r, unsigned number, struct fl_enip_identity *id)
{
	switch (number) {
	case 1: id->vendor = fl_rd_le16(r); break;
	case 2: id->device_type = fl_rd_le16(r); break;
	case 3: id->product_code = fl_rd_le16(r); break;
	case 4:
		id->major = fl_rd_u8(r) & 0x7F;
		id->minor = fl_rd_u8(r);
		break;
	case 5: id->status = fl_rd_le16(r); break;
	case 6: id->serial = fl_rd_le32(r); break;
	case 7:
		id->name_len = fl_rd_u8(r);
		id->name = fl_rd_bytes(r, id->name_len);
		break;
	case 8:
		id->state = fl_rd_u8(r);
		id->has_state = !fl_rd_err(r);
		break;
	default: return false;
	}
	return !fl_rd_err(r);
}

static bool take_list(struct fl_rd *r, struct fl_enip_identity *id)
{
	unsigned n = fl_rd_le16(r), number, status, seen = 0;

	while (n-- && fl_rd_left(r)) {
		number = fl_rd_le16(r);
		status = fl_rd_le16(r);
		if (status)
			continue; /* then there is no value */
		if (fl_rd_err(r) || !take_attribute(r, number, id))
			break;
		seen++;
	}
	return seen > 0;
}

bool fl_cip_identity(const struct fl_cip_message *q, const struct fl_cip_message *s, struct fl_enip_identity *out)
{
	struct fl_enip_identity id = {.there = true};
	struct fl_rd r = s->data;
	unsigned i;
	bool ok;

	if (!q->path.has_class || q->path.class_id != FL_CIP_CLASS_IDENTITY || !q->path.instance)
		return false;
	if (s->status && s->status != FL_CIP_STATUS_PARTIAL &&
	    !(s->status == 0x0A && q->service == FL_CIP_SVC_GET_LIST)) /* some of a list were refused */
		return false;
	switch (q->service) {
	case FL_CIP_SVC_GET_ALL:
		for (i = 1, ok = true; i <= 7 && ok; i++)
			ok = take_attribute(&r, i, &id);
		break;
	case FL_CIP_SVC_GET_LIST:
		ok = take_list(&r, &id);
		break;
	case FL_CIP_SVC_GET_SINGLE:
		ok = q->path.has_attribute && take_attribute(&r, q->path.attribute, &id);
		break;
	default:
		return false;
	}
	if (ok)
		*out = id;
	return ok;
}

/* What is not known is left out: an attribute alone is an identity too. Serial numbers are written as devices print
 * them. */
void fl_enip_identity_text(const struct fl_enip_identity *id, char out[FL_OP_NAME_MAX])
{
	size_t at = 0, i;

	for (i = 0; i < id->name_len && at + 1 < FL_OP_NAME_MAX; i++)
		out[at++] = id->name[i] >= 0x20 && id->name[i] < 0x7F ? (char)id->name[i] : '.';
	while (at && out[at - 1] == ' ')
		at--;
	out[at] = '\0';
#define ADD(cond, ...)                                                          \
	do {                                                                    \
		if ((cond) && at + 1 < FL_OP_NAME_MAX) {                        \
			int n = snprintf(out + at, FL_OP_NAME_MAX - at, __VA_ARGS__); \
			at += n > 0 ? (size_t)n : 0;                            \
		}                                                               \
	} while (0)
	ADD(id->major || id->minor, "%srev %u.%u", at ? " " : "", id->major, id->minor);
	ADD(id->serial, "%sserial %08lx", at ? " " : "", (unsigned long)id->serial);
	ADD(id->vendor, "%svendor %u", at ? " " : "", id->vendor);
	ADD(id->device_type, "%stype %u", at ? " " : "", id->device_type);
	ADD(id->product_code, "%scode %u", at ? " " : "", id->product_code);
#undef ADD
}
