/* test_cip.c - CIP below the encapsulation: paths, messages, lists, connections, identities, PCCC, the tables.
 *
 * Rows are {name, input in hex, expected text}; 'text' in the hex is text. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "dissectors/cip_walk.h"
#include "enip_script.h"
#include "run.h"

/* ---- paths */

static const struct {
	const char *name, *hex;
	bool packed;
	const char *text, *tag, *route;
} paths[] = {
	{"nothing", "", false, "", "", ""},
	{"class, instance, attribute", "200124023003", false, "class 1,instance 2,attribute 3", "", ""},
	{"16 bits, padded", "21006c00 25004101 31000201", false, "class 108,instance 321,attribute 258", "", ""},
	{"16 bits, packed", "216c00 254101", true, "class 108,instance 321", "", ""},
	{"32 bits, padded: the third byte counts 65536", "2600 01020300", false, "instance 197121", "", ""},
	{"32 bits, packed", "2a 78563412", true, "member 305419896", "", ""},
	{"format 3 is reserved", "230001000000", false, "broken", "", ""},
	{"connection points", "20042401 2c65 2d00c800", false, "class 4,instance 1,connpoint 101,connpoint 200", "",
	 ""},
	{"service id", "3852", false, "service 82", "", ""},
	{"special has one format", "35000400", false, "broken", "", ""},
	{"electronic key", "3404 0100 0e00 3600 14 0b 2001", false, "key[9],class 1", "", ""},
	{"key with a serial number", "3405 0100 0e00 3600 14 0b 78563412", false, "key[13]", "", ""},
	{"key that is cut", "3404 0100 0e00 3600 14", false, "broken", "", ""},
	{"extended logical, 8 bits: a pad behind", "3c010700 2001", false, "ext 1=7,class 1", "", ""},
	{"extended logical, 8 bits, packed", "3c0107 2001", true, "ext 1=7,class 1", "", ""},
	{"extended logical, 16 bits: its type is where others have the pad", "3d010502 2001", false,
	 "ext 1=517,class 1", "", ""},
	{"extended logical, 32 bits", "3e01 01000000", false, "ext 1=1", "", ""},
	{"port", "0100 0203", false, "port 1/0,port 2/3", "", "1/0,2/3"},
	{"port 15 is said in two more bytes", "0f 1000 05", false, "port 16/5", "", "16/5"},
	{"link address as text, even", "120c '192.168.1.10'", false, "port 2/192.168.1.10", "", "2/192.168.1.10"},
	{"link address as text, odd: a pad", "120b '192.168.1.1' 00 0103", false, "port 2/192.168.1.1,port 1/3", "",
	 "2/192.168.1.1,1/3"},
	{"extended port and link address", "1f04 2001 'abcd'", false, "port 288/abcd", "", "288/abcd"},
	{"link address that ends outside", "1209 '1.2'", false, "broken", "", ""},
	{"class behind a port", "0100 2001 2401", false, "port 1/0,class 1,instance 1", "", "1/0"},
	{"tag", "9105 'Motor' 00", false, "symbol Motor", "Motor", ""},
	{"tag, even", "9104 'Pump'", false, "symbol Pump", "Pump", ""},
	{"tag, packed", "9105 'Motor' 2803", true, "symbol Motor,member 3", "Motor", ""},
	{"member of an array of a structure", "9105 'Motor' 00 2803 9105 'Speed' 00", false,
	 "symbol Motor,member 3,symbol Speed",
	 "Motor[3].Speed", ""},
	{"two dimensions", "9101 'A' 00 2801 29002c01", false, "symbol A,member 1,member 300", "A[1,300]", ""},
	{"array index, extended logical", "9101 'A' 00 3d010500", false, "symbol A,ext 1=5", "A[5]", ""},
	{"tag of a program", "910c 'Program:Main' 9101 'X' 00", false, "symbol Program:Main,symbol X", "Program:Main.X",
	 ""},
	{"tag with bytes that are no text", "9103 0a4122 00", false, "symbol .A\"", ".A\"", ""},
	{"tag that ends outside", "9105 'Mot'", false, "broken", "", ""},
	{"symbol of the short kind", "63 'abc'", false, "symbol abc", "abc", ""},
	{"symbol of the short kind, padded", "62 'ab' 00 2001", false, "symbol ab,class 1", "ab", ""},
	{"symbol as a number", "60c7 0900", false, "other[2]", "", ""},
	{"symbol of wide characters", "6022 41004200", false, "other[4]", "", ""},
	{"symbol of no known format", "60e1 00", false, "broken", "", ""},
	{"network: production inhibit time", "4305 2001", false, "network 3[1],class 1", "", ""},
	{"network: in microseconds", "5102 01020304 2001", false, "network 17[4],class 1", "", ""},
	{"network: safety", "5002 01020304 2001", false, "safety[4],class 1", "", ""},
	{"data", "8002 01020304 2001", false, "data[4],class 1", "", ""},
	{"data that ends outside", "8002 010203", false, "broken", "", ""},
	{"data types", "a203 c1c2c4 c3 2001", false, "type[3],type[0],class 1", "", ""},
	{"reserved", "e0 2001", false, "broken", "", ""},
};

static void put_segment(const struct fl_cip_segment *s)
{
	static const char *const names[] = {"port", "class", "instance", "member", "connpoint", "attribute", "key",
	 "service",
					    "ext", "network", "safety", "symbol", "other", "data", "type", "reserved"};

	put("%s%s", said[0] ? "," : "", names[s->kind]);
	switch (s->kind) {
	case FL_CIP_PORT:
		if (s->bytes)
			put(" %u/%.*s", s->port, (int)s->len, (const char *)s->bytes);
		else
			put(" %u/%u", s->port, s->value);
		break;
	case FL_CIP_SYMBOL:
		put(" ");
		for (unsigned i = 0; i < s->len; i++)
			put("%c", s->bytes[i] < 0x20 ? '.' : s->bytes[i]);
		break;
	case FL_CIP_EXTENDED:
		put(" %u=%u", s->ext, s->value);
		break;
	case FL_CIP_NETWORK:
		put(" %u[%u]", s->ext, s->len);
		break;
	case FL_CIP_KEY:
	case FL_CIP_SAFETY:
	case FL_CIP_SYMBOL_OTHER:
	case FL_CIP_DATA:
	case FL_CIP_TYPE:
		put("[%u]", s->len);
		break;
	default:
		put(" %u", s->value);
	}
}

START_TEST(path_row)
{
	static struct bytes in;
	uint8_t *exact;
	struct fl_rd r, it;
	struct fl_cip_segment s;
	struct fl_cip_path p;
	char text[64];

	in.n = 0;
	said[0] = '\0';
	hex(&in, paths[_i].hex);
	exact = malloc(in.n ? in.n : 1);
	ck_assert_ptr_nonnull(exact);
	memcpy(exact, in.b, in.n);
	it = r = fl_rd_init(exact, in.n, FL_CLOSED);
	while (fl_cip_next_segment(&it, !paths[_i].packed, &s))
		put_segment(&s);
	if (fl_rd_err(&it))
		put("%sbroken", said[0] ? "," : "");
	ck_assert_msg(strcmp(said, paths[_i].text) == 0, "%s: got %s", paths[_i].name, said);
	fl_cip_path_read(&r, !paths[_i].packed, &p);
	ck_assert(p.broken == (strstr(paths[_i].text, "broken") != NULL));
	ck_assert(p.routed == (paths[_i].route[0] != '\0'));
	if (!paths[_i].packed) {
		fl_cip_path_tag(&p, text, sizeof text);
		ck_assert_str_eq(text, paths[_i].tag);
		fl_cip_path_route(&p, text, sizeof text);
		ck_assert_str_eq(text, paths[_i].route);
	}
	free(exact);
}
END_TEST

/* Whatever the bytes: a walk ends, and what it borrows lies inside. Against a plain count of bytes. */
START_TEST(every_segment_byte_is_walked)
{
	uint8_t b[32];
	unsigned fill, byte, padded;

	for (byte = 0; byte < 256; byte++) {
		for (fill = 0; fill < 256; fill += 5) {
			for (padded = 0; padded < 2; padded++) {
				struct fl_cip_segment s;
				struct fl_rd r;
				size_t before = 0;

				memset(b, (int)fill, sizeof b);
				b[0] = (uint8_t)byte;
				r = fl_rd_init(b, sizeof b, FL_CLOSED);
				while (fl_cip_next_segment(&r, padded, &s)) {
					ck_assert_uint_gt(r.off, before);
					ck_assert(!s.bytes || (s.bytes >= b + before && s.bytes + s.len <= b + r.off));
					before = r.off;
				}
			}
		}
	}
}
END_TEST

START_TEST(texts_are_cut_not_overrun)
{
	static struct bytes in;
	struct fl_cip_path p;
	struct fl_rd r;
	char text[8];

	in.n = 0;
	hex(&in, "910a 'Conveyor12' 2803 0105 0206");
	r = fl_rd_init(in.b, in.n, FL_CLOSED);
	fl_cip_path_read(&r, true, &p);
	fl_cip_path_tag(&p, text, sizeof text);
	ck_assert_str_eq(text, "Conveyo");
	fl_cip_path_route(&p, text, 4);
	ck_assert_str_eq(text, "1/5");
}
END_TEST

/* ---- messages */

static const struct {
	const char *name, *hex, *text;
} messages[] = {
	{"request", "0e03 200124013007", "request 14 path 6 data 0"},
	{"request with data", "10022001 2401 aabb", "request 16 path 4 data 2"},
	{"request without a path", "0100", "request 1 path 0 data 0"},
	{"response", "8e000000 01020304", "response 14 status 0 data 4"},
	{"additional status is counted in words", "d4000102 0701 0200 ff", "response 84 status 1 added 263 2 data 1"},
	{"path longer than the message", "0e03 20012401", "no message, header"},
	{"additional status longer than the message", "8e000102 0701", "no message, header"},
	{"path that breaks off", "0e01 2100", "request 14 path 2 data 0 path"},
	{"no status", "8e00", "no message, header"},
	{"one byte", "0e", "no message, header"},
	{"nothing", "", "no message, header"},
};

START_TEST(message_row)
{
	static struct bytes in;
	struct fl_cip_message m;
	bool ok;
	unsigned i;

	in.n = 0;
	said[0] = '\0';
	hex(&in, messages[_i].hex);
	ok = fl_cip_parse(fl_rd_init(in.b, in.n, FL_CLOSED), &m);
	if (!ok)
		put("no message,");
	else if (m.response)
		put("response %u status %u", m.service, m.status);
	else
		put("request %u path %zu", m.service, m.path.bytes.len);
	if (ok && m.added)
		put(" added");
	for (i = 0; i < m.added; i++)
		put(" %u", fl_cip_added(&m, i));
	if (ok)
		put(" data %zu", m.data.len);
	put("%s%s", m.flaws & FL_CIP_FLAW_HEADER ? " header" : "", m.flaws & FL_CIP_FLAW_PATH ? " path" : "");
	ck_assert_msg(strcmp(said, messages[_i].text) == 0, "%s: got %s", messages[_i].name, said);
}
END_TEST

static const struct {
	const char *name, *hex, *text;
} lists[] = {
	{"two", "0200 0600 0800 aabb cc", "6+2 8+1"},
	{"none", "0000", ""},
	{"of fewer offsets than the count says", "0500 0600 0800", "6+0 6+0! broken"},
	{"not ascending", "0200 0800 0600 aabb ccdd", "8+2! 6+4"},
	{"into the offsets", "0100 0200 aabb", "2+4!"},
	{"outside", "0100 ffff aabb", "6+0!"},
	{"all the same", "0300 0800 0800 0800 aabb", "8+0 8+0 8+2"},
	{"no count", "05", "none broken"},
};

START_TEST(list_row)
{
	static struct bytes in;
	struct fl_cip_list l;
	struct fl_rd all;
	unsigned i;
	bool bad;

	in.n = 0;
	said[0] = '\0';
	hex(&in, lists[_i].hex);
	all = fl_rd_init(in.b, in.n, FL_CLOSED);
	if (!fl_cip_list_open(&all, &l))
		put("none");
	for (i = 0; i < l.n; i++) {
		struct fl_rd one = fl_cip_list_at(&l, i, &bad);

		put("%s%zu+%zu%s", said[0] ? " " : "", (size_t)(one.base - in.b), one.len, bad ? "!" : "");
	}
	if (l.broken)
		put(" broken");
	ck_assert_msg(strcmp(said, lists[_i].text) == 0, "%s: got %s", lists[_i].name, said);
}
END_TEST

/* ---- connection manager */

#define RPI "80841e00"
static const struct {
	const char *name;
	uint8_t service;
	const char *hex, *text;
} managers[] = {
	{"forward open", 0x54, OPEN_ROUTER,
	 "ids 0 80000001 triad 1234 4d deadbeef rpi 2000000 2000000 p2p 500 p2p 500 transport a3 path 4"},
	{"large", 0x5B,
	 "5b02200624010a0e0000000001000080" TRIAD "03000000" RPI "a00f0042" RPI "a00f0020 a3 02 20022401",
	 "ids 0 80000001 triad 1234 4d deadbeef rpi 2000000 2000000 p2p 4000 multicast 4000 transport a3 path 4"},
	{"null", 0x54, "540220062401 0a0e 00000000 00000000" TRIAD "03000000 00000000 0000 00000000 0000 a3 00",
	 "ids 0 0 triad 1234 4d deadbeef rpi 0 0 null 0 null 0 transport a3 null path 0"},
	{"opened", 0x54, OPEN_OK, "ids ff0001 80000001 triad 1234 4d deadbeef rpi 2000000 2000000"},
	{"refused: its first word of additional status says why, and where on the path", 0x54,
	 "d4000101 0601" TRIAD "0200", "triad 1234 4d deadbeef remaining 2"},
	{"refused before it got there", 0x54, "d4000800", ""},
	{"closed", 0x4E, CLOSE_OK, "triad 1234 4d deadbeef"},
	{"close", 0x4E, CLOSE, "triad 1234 4d deadbeef path 4"},
	{"unconnected send", 0x52, "520220062401 0af9 0600 010220012401 0100 0102", "message 6 route 2"},
	{"unconnected send, odd: a pad", 0x52, "520220062401 0af9 0700 01022001240155 00 0100 0102",
	 "message 7 route 2"},
	{"unconnected send that ends in its message", 0x52, "520220062401 0af9 0800 010220012401", "broken"},
	{"connection data", 0x56, "560220062401 0500", "number 5"},
	{"search", 0x57, "570220062401" TRIAD, "triad 1234 4d deadbeef"},
	{"owner", 0x5A, "5a0220062401 00 02 20042401", "path 4"},
	{"cut in the triad", 0x54, "540220062401 0a0e 00000000 01000080 3412", "ids 0 80000001 broken"},
	{"another service", 0x01, "010220062401", "unknown"},
};

START_TEST(manager_row)
{
	static const char *const types[] = {"null", "multicast", "p2p", "reserved"};
	static struct bytes in;
	struct fl_cip_message m;
	struct fl_cip_cm cm;
	bool broken, known;

	in.n = 0;
	said[0] = '\0';
	hex(&in, managers[_i].hex);
	ck_assert(fl_cip_parse(fl_rd_init(in.b, in.n, FL_CLOSED), &m));
	known = fl_cip_cm_parse(managers[_i].service, &m, &cm, &broken);
	if (!known)
		put(" unknown");
	if (cm.has_ids)
		put(" ids %x %x", cm.ot_id, cm.to_id);
	if (cm.has_triad)
		put(" triad %x %x %x", cm.triad.serial, cm.triad.vendor, cm.triad.originator);
	if (cm.has_rpi)
		put(" rpi %u %u", cm.ot_rpi, cm.to_rpi);
	if (cm.has_params)
		put(" %s %u %s %u", types[fl_cip_connection_type(cm.ot_params, cm.large)],
		    fl_cip_connection_size(cm.ot_params, cm.large), types[fl_cip_connection_type(cm.to_params,
		 cm.large)],
		    fl_cip_connection_size(cm.to_params, cm.large));
	if (cm.has_transport)
		put(" transport %x", cm.transport);
	if (fl_cip_is_null(&cm))
		put(" null");
	if (cm.path.there)
		put(" path %zu", cm.path.bytes.len);
	if (cm.has_message)
		put(" message %zu", cm.message.len);
	if (cm.route.there)
		put(" route %zu", cm.route.bytes.len);
	if (cm.has_remaining)
		put(" remaining %u", cm.remaining);
	if (cm.has_number)
		put(" number %u", cm.number);
	if (broken)
		put(" broken");
	ck_assert_msg(strcmp(said + (said[0] == ' '), managers[_i].text) == 0, "%s: got%s", managers[_i].name, said);
}
END_TEST

/* ---- the tables */

static const struct {
	uint32_t class_id;
	uint8_t service;
	const char *name;
	uint16_t classes;
	const char *technique;
} services[] = {
	{FL_CIP_CLASS_TAG, 0x4C, "read_tag", FL_OP_READ, "T0801"},
	{FL_CIP_CLASS_TAG, 0x4D, "write_tag", FL_OP_WRITE, "T0836"},
	{FL_CIP_CLASS_TAG, 0x4E, "read_modify_write_tag", FL_OP_WRITE, "T0836"},
	{FL_CIP_CLASS_TAG, 0x52, "read_tag_fragmented", FL_OP_READ, "T0801"},
	{FL_CIP_CLASS_TAG, 0x53, "write_tag_fragmented", FL_OP_WRITE, "T0836"},
	{0x6B, 0x55, "get_instance_attribute_list", FL_OP_READ, "T0861"},
	{0x6C, 0x4C, "read_template", FL_OP_READ, "T0861"},
	{0x06, 0x4E, "forward_close", FL_OP_SESSION, NULL},
	{0x06, 0x52, "unconnected_send", FL_OP_OTHER, NULL},
	{0x06, 0x54, "forward_open", FL_OP_SESSION, NULL},
	{0x06, 0x5B, "large_forward_open", FL_OP_SESSION, NULL},
	{0x37, 0x4B, "initiate_upload", FL_OP_FILE | FL_OP_READ, "T0893"},
	{0x37, 0x4C, "initiate_download", FL_OP_FILE | FL_OP_WRITE, "T0867"},
	{0x67, 0x4B, "execute_pccc", FL_OP_OTHER, NULL},
	{0xA1, 0x4D, "firmware_transfer", FL_OP_FIRMWARE, "T0857"},
	{0x01, 0x01, "get_attributes_all", FL_OP_IDENTIFY, "T0888"},
	{0x01, 0x05, "reset", FL_OP_CONTROL, "T0816"},
	{0x8E, 0x07, "stop", FL_OP_CONTROL, "T0858"},
	{0xAC, 0x08, "create", FL_OP_PROGRAM_DOWNLOAD, "T0843"},
	{0x04, 0x0E, "get_attribute_single", FL_OP_READ, "T0801"},
	{0x04, 0x10, "set_attribute_single", FL_OP_WRITE, "T0836"},
	{0xF5, 0x10, "set_attribute_single", FL_OP_CONFIGURE, "T0836"},
	{0x5E, 0x4C, "class_service", FL_OP_SECURITY, NULL},
	{0x72, 0x10, "set_attribute_single", FL_OP_CONFIGURE | FL_OP_OTHER, "T0836"}, /* a vendor's class */
	{0x72, 0x4C, "class_service", FL_OP_OTHER, NULL},  /* the same code as a read of a tag, of something else */
	{0x320, 0x4D, "class_service", FL_OP_OTHER, NULL},
	{0x01, 0x33, "vendor_service", FL_OP_OTHER, NULL},
	{0x01, 0x7F, "reserved_service", FL_OP_OTHER, NULL},
	{FL_CIP_CLASS_UNKNOWN, 0x4D, "class_service", FL_OP_OTHER, NULL},
	{FL_CIP_CLASS_UNKNOWN, 0x0E, "get_attribute_single", FL_OP_READ, "T0888"},
};

START_TEST(service_row)
{
	struct fl_cip_row row = fl_cip_row(services[_i].class_id, services[_i].service);

	ck_assert_str_eq(row.name, services[_i].name);
	ck_assert_uint_eq(row.classes, services[_i].classes);
	ck_assert_pstr_eq(row.technique, services[_i].technique);
}
END_TEST

START_TEST(every_service_means_something)
{
	uint32_t class_id;
	unsigned service;

	for (class_id = 0; class_id < 0x500; class_id++)
		for (service = 0; service < 128; service++) {
			struct fl_cip_row row = fl_cip_row(class_id, (uint8_t)service);

			ck_assert(row.name && row.name[0] && row.classes && row.source);
		}
}
END_TEST

/* ---- identities */

static const struct {
	const char *name, *request, *response, *text;
} identities[] = {
	{"all", GET_ID, "81000000 0100 0e00 3600 140b 6000 eeffc000 05 'L61/B'",
	 "L61/B rev 20.11 serial 00c0ffee vendor 1 type 14 code 54"},
	{"all, more behind it", GET_ID, "81000000 0100 0e00 3600 140b 6000 eeffc000 01 'X' 0302 00",
	 "X rev 20.11 serial 00c0ffee vendor 1 type 14 code 54"},
	{"all, cut in the name", GET_ID, "81000000 0100 0e00 3600 140b 6000 eeffc000 09 'L61'", "-"},
	{"name", "0e03 200124013007", "8e000000 03 'abc'", "abc"},
	{"name with blanks behind it", "0e03 200124013007", "8e000000 05 'abc  '", "abc"},
	{"serial number", "0e03 200124013006", "8e000000 eeffc000", "serial 00c0ffee"},
	{"vendor", "0e03 200124013001", "8e000000 4d00", "vendor 77"},
	{"an attribute of the vendor's", "0e03 200124013064", "8e000000 4d00", "-"},
	{"list", "0302 20012401 0200 0600 0700", "83000000 0200 0600 0000 eeffc000 0700 0000 03 'abc'",
	 "abc serial 00c0ffee"},
	{"list, one is refused", "0302 20012401 0200 0900 0700", "83000a00 0200 0900 1400 0700 0000 03 'abc'", "abc"},
	{"refused", GET_ID, "81000800", "-"},
	{"of the class, not of a device", "0102 20012400", "81000000 0100 0e00 3600 140b 6000 eeffc000 05 'L61/B'",
	 "-"},
	{"of another object", "0102 20f52401", "81000000 0100 0e00 3600 140b 6000 eeffc000 05 'L61/B'", "-"},
};

START_TEST(identity_row)
{
	static struct bytes a, b;
	struct fl_cip_message q, s;
	struct fl_enip_identity id;
	char text[FL_OP_NAME_MAX] = "-";

	a.n = b.n = 0;
	hex(&a, identities[_i].request);
	hex(&b, identities[_i].response);
	ck_assert(fl_cip_parse(fl_rd_init(a.b, a.n, FL_CLOSED), &q));
	ck_assert(fl_cip_parse(fl_rd_init(b.b, b.n, FL_CLOSED), &s));
	if (fl_cip_identity(&q, &s, &id))
		fl_enip_identity_text(&id, text);
	ck_assert_msg(strcmp(text, identities[_i].text) == 0, "%s: got %s", identities[_i].name, text);
}
END_TEST

/* ---- PCCC */

#define WHO "07 4d00 44332211"
static const struct {
	const char *name, *hex, *text;
} pccc[] = {
	{"typed read, three addresses", WHO "0f00 1111 a2 02 07 89 0c 00",
	 "protected_typed_logical_read_3 read 'N7:12'"},
	{"sub-element", WHO "0f00 1111 a2 02 04 86 00 02", "protected_typed_logical_read_3 read 'T4:0.2'"},
	{"addresses of two bytes", WHO "0f00 1111 aa 02 ff0b01 89 ff2c01 00 0500",
	 "protected_typed_logical_write_3 write 'N267:300'"},
	{"typed write, two addresses", WHO "0f00 1111 a9 02 07 89 05 0100",
	 "protected_typed_logical_write_2 write 'N7:5'"},
	{"of a program: a part of an upload", WHO "0f00 1111 a2 50 02 22 00 00",
	 "protected_typed_logical_read_3 program_upload '0x22-2:0'"},
	{"to a program: a part of a download", WHO "0f00 1111 aa 50 02 22 00 00 01",
	 "protected_typed_logical_write_3 program_download '0x22-2:0'"},
	{"to a force file", WHO "0f00 1111 ab 02 00 a2 00 00 ffff 0100",
	 "protected_typed_logical_masked_write_3 write control 'IF0:0'"},
	{"address that ends outside", WHO "0f00 1111 a2 02 07 89", "protected_typed_logical_read_3 read"},
	{"PLC-5 address: levels 2 and 3", WHO "0f00 1111 68 0000 0100 06 07 0c", "typed_read read '7:12'"},
	{"PLC-5 address as text", WHO "0f00 1111 67 0000 0100 00 '$N7:3' 00 42", "typed_write write '$N7:3'"},
	{"mode", WHO "0f00 1111 80 01", "change_mode control 'program'"},
	{"mode, run", WHO "0f00 1111 80 06", "change_mode control 'run'"},
	{"diagnostic status", WHO "0600 1111 03", "diagnostic_status diagnose"},
	{"download", WHO "0f00 1111 50", "download_all_request program_download"},
	{"no function", WHO "0f00 1111", "pccc_unknown other"},
	{"unknown function", WHO "0f00 1111 a3", "pccc_unknown other"},
	{"command without functions", WHO "0800 1111 0000", "unprotected_write write"},
	{"reply", WHO "4f00 1111 2a00", "reply 0 success"},
	{"reply with an error", WHO "4f10 1111", "reply 16 illegal_command_or_format"},
	{"reply with extended status", WHO "4ff0 1111 0b", "reply 240 access_denied"},
	{"ends in the transaction number", WHO "0f00 11", "none"},
	{"requestor longer than there is", "09 4d00 44332211", "none"},
	{"no requestor", "00 0f00 1111 a2", "none"},
};

START_TEST(pccc_row)
{
	static struct bytes in;
	struct fl_pccc p;
	unsigned i;

	in.n = 0;
	said[0] = '\0';
	hex(&in, pccc[_i].hex);
	if (!fl_pccc_parse(fl_rd_init(in.b, in.n, FL_CLOSED), &p)) {
		put("none");
	} else if (p.reply) {
		put("reply %u %s", p.status, fl_pccc_status_name(p.status, p.extended));
	} else {
		put("%s", p.row.name);
		for (i = 0; i < FL_OP_CLASS_COUNT; i++)
			if (p.row.classes >> i & 1u)
				put(" %s", fl_op_class_names[i]);
		if (p.name[0])
			put(" '%s'", p.name);
		ck_assert_uint_eq(p.tns, 0x1111);
	}
	ck_assert_msg(strcmp(said, pccc[_i].text) == 0, "%s: got %s", pccc[_i].name, said);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("cip");
	TCase *t = tcase_create("cip");

	(void)run_script; /* of enip_script.h; played by test_enip.c */
	tcase_add_loop_test(t, path_row, 0, FL_ARRAY_LEN(paths));
	tcase_add_test(t, every_segment_byte_is_walked);
	tcase_add_test(t, texts_are_cut_not_overrun);
	tcase_add_loop_test(t, message_row, 0, FL_ARRAY_LEN(messages));
	tcase_add_loop_test(t, list_row, 0, FL_ARRAY_LEN(lists));
	tcase_add_loop_test(t, manager_row, 0, FL_ARRAY_LEN(managers));
	tcase_add_loop_test(t, service_row, 0, FL_ARRAY_LEN(services));
	tcase_add_test(t, every_service_means_something);
	tcase_add_loop_test(t, identity_row, 0, FL_ARRAY_LEN(identities));
	tcase_add_loop_test(t, pccc_row, 0, FL_ARRAY_LEN(pccc));
	suite_add_tcase(s, t);
	return fl_run_suite(s) ? 1 : 0;
}
