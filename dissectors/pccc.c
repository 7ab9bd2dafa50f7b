/* pccc.c - PCCC commands and their data table addresses. Pure. Source: Rockwell 1770-6.5.16 6, 7, 13. */
#include "pccc.h"

#include <stdio.h>

struct fl_pccc_row fl_pccc_row(uint8_t command, unsigned function)
{
	switch ((unsigned)command << 16 | function) {
#define X(cmd, fnc, text, how, tech, addr)              \
	case (unsigned)(cmd) << 16 | (unsigned)(fnc):   \
		return (struct fl_pccc_row){text, tech, (uint16_t)(how), FL_PCCC_##addr};
		FL_PCCC_FUNCTIONS(X)
#undef X
	default:
		return (struct fl_pccc_row){"pccc_unknown", NULL, FL_OP_OTHER, FL_PCCC_NO_ADDRESS};
	}
}

const char *fl_pccc_status_name(uint8_t status, uint8_t extended)
{
	if (status == 0xF0) {
		switch (extended) {
#define X(num, text) \
	case num:    \
		return text;
			FL_PCCC_EXTENDED(X)
		default:
			break;
		}
	}
	switch (status) {
		FL_PCCC_STATUSES(X)
	default:
		return NULL;
	}
}

const char *fl_pccc_file_letters(uint8_t type)
{
	switch (type) {
		FL_PCCC_FILES(X)
#undef X
	default:
		return NULL;
	}
}

/* A number in one byte, or 0xFF and two. */
static unsigned number(struct fl_rd *r)
{
	unsigned v = fl_rd_u8(r);

	return v == 0xFF ? fl_rd_le16(r) : v;
}

static void take_typed(struct fl_rd *r, struct fl_pccc *p, bool three)
{
	unsigned file, element, sub;
	const char *letters;
	int n;

	p->size = fl_rd_u8(r);
	file = number(r);
	p->file_type = fl_rd_u8(r);
	element = number(r);
	sub = three ? number(r) : 0;
	if (fl_rd_err(r))
		return;
	p->has_address = true;
	letters = fl_pccc_file_letters(p->file_type);
	if (letters)
		n = snprintf(p->name, sizeof p->name, "%s%u:%u", letters, file, element);
	else
		n = snprintf(p->name, sizeof p->name, "0x%02x-%u:%u", p->file_type, file, element);
	if (sub && n > 0 && (size_t)n < sizeof p->name)
		snprintf(p->name + n, sizeof p->name - (size_t)n, ".%u", sub);
}

/* 13-8: a mask says which levels follow, 1 area, 2 file, 3 element, 4 sub-element; those that do not are 0. Or: 0 and
 * text. */
static void take_system(struct fl_rd *r, struct fl_pccc *p)
{
	unsigned mask, level[8] = {0}, i;
	size_t n = 0;

	fl_rd_skip(r, 4);
	mask = fl_rd_u8(r);
	if (mask == 0) {
		while (fl_rd_left(r) && n + 1 < sizeof p->name && r->base[r->off]) {
			uint8_t c = fl_rd_u8(r);

			p->name[n++] = c >= 0x20 && c < 0x7F ? (char)c : '.';
		}
		p->name[n] = '\0';
		return;
	}
	for (i = 0; i < 8; i++)
		if (mask >> i & 1)
			level[i] = number(r);
	if (fl_rd_err(r))
		return;
	if (level[3])
		snprintf(p->name, sizeof p->name, "%u:%u.%u", level[1], level[2], level[3]);
	else
		snprintf(p->name, sizeof p->name, "%u:%u", level[1], level[2]);
}

static const char *mode_name(uint8_t mode)
{
	switch (mode) {
	case 1: return "program";
	case 6: return "run";
	case 7: return "test_continuous";
	case 8: return "test_single";
	case 9: return "test_debug";
	default: return "other_mode";
	}
}

/* Of a program file, typed reads and writes are parts of an upload or download; a force file overrides I/O. */
static void judge_file(struct fl_pccc *p)
{
	if (p->has_address && p->row.classes == FL_OP_WRITE &&
	    (p->file_type == FL_PCCC_OUTPUT_FORCE || p->file_type == FL_PCCC_INPUT_FORCE)) {
		p->row.technique = "T0835";
		p->row.classes = FL_OP_WRITE | FL_OP_CONTROL;
	}
	if (!p->has_address || p->file_type != FL_PCCC_LADDER)
		return;
	p->row.technique = p->row.classes == FL_OP_READ ? "T0845" : "T0843";
	p->row.classes = p->row.classes == FL_OP_READ ? FL_OP_PROGRAM_UPLOAD : FL_OP_PROGRAM_DOWNLOAD;
}

static void take_request(struct fl_rd *r, struct fl_pccc *p)
{
	if (p->command == 0x06 || p->command == 0x07 || p->command == 0x0F) {
		p->function = fl_rd_u8(r);
		if (fl_rd_err(r))
			p->function = FL_PCCC_NONE;
	}
	p->row = fl_pccc_row(p->command, p->function);
	switch ((enum fl_pccc_address)p->row.address) {
	case FL_PCCC_NO_ADDRESS:
		break;
	case FL_PCCC_TYPED2:
	case FL_PCCC_TYPED3:
		take_typed(r, p, p->row.address == FL_PCCC_TYPED3);
		judge_file(p);
		break;
	case FL_PCCC_SYSTEM:
		take_system(r, p);
		break;
	case FL_PCCC_MODE:
		if (fl_rd_left(r))
			snprintf(p->name, sizeof p->name, "%s", mode_name(fl_rd_u8(r)));
		break;
	}
}

bool fl_pccc_parse(struct fl_rd r, struct fl_pccc *out)
{
	uint8_t length = fl_rd_u8(&r), command;
	struct fl_rd id = fl_rd_sub(&r, length ? length - 1u : 0u);

	*out = (struct fl_pccc){.function = FL_PCCC_NONE};
	out->vendor = fl_rd_le16(&id);
	out->serial = fl_rd_le32(&id);
	command = fl_rd_u8(&r);
	out->command = command & 0xBF;
	out->reply = command >> 6 & 1;
	out->status = fl_rd_u8(&r);
	out->tns = fl_rd_le16(&r);
	if (fl_rd_err(&r) || !length)
		return false;
	if (!out->reply) {
		take_request(&r, out);
		return true;
	}
	if (out->status == 0xF0)
		out->extended = fl_rd_u8(&r);
	out->row = fl_pccc_row(out->command, out->function);
	return true;
}
