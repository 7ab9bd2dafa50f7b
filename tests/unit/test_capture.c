/* test_capture.c - small capture files written byte by byte, and read back.
 *
 * Files lie in a fresh temporary directory. Each frame is one marker byte (and, where a filter needs it, a whole
 * Ethernet header), so that the order in which frames come is a short text: "ABC". */
#include "capture/capture.h"

#include <check.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "capture/linktype.h"
#include "fenceline/err.h"
#include "run.h"

enum { ETHERNET = 1, RAW = 101, SLL2 = 276 };

static const uint32_t magic_us = 0xA1B2C3D4, magic_ns = 0xA1B23C4D;

static char dir[64];

/* --- a file in the making --- */

struct file {
	uint8_t b[65536];
	size_t n;
	bool be;
};

static struct file *file_new(bool be)
{
	struct file *f = calloc(1, sizeof *f);

	ck_assert_ptr_nonnull(f);
	f->be = be;
	return f;
}

static void put(struct file *f, uint64_t v, unsigned bytes)
{
	unsigned i;

	ck_assert(f->n + bytes <= sizeof f->b);
	for (i = 0; i < bytes; i++)
		f->b[f->n++] = (uint8_t)(v >> 8 * (f->be ? bytes - 1 - i : i));
}

static void put_bytes(struct file *f, const void *p, size_t n)
{
	ck_assert(f->n + n <= sizeof f->b);
	memcpy(f->b + f->n, p, n);
	f->n += n;
}

static void pcap_header(struct file *f, uint32_t magic, uint32_t linktype)
{
	put(f, magic, 4);
	put(f, 2, 2);
	put(f, 4, 2);
	put(f, 0, 4);
	put(f, 0, 4);
	put(f, 65535, 4);
	put(f, linktype, 4);
}

static void pcap_frame(struct file *f, uint32_t sec, uint32_t frac, uint32_t wirelen, const char *text)
{
	put(f, sec, 4);
	put(f, frac, 4);
	put(f, strlen(text), 4);
	put(f, wirelen, 4);
	put_bytes(f, text, strlen(text));
}

static void ng_shb(struct file *f)
{
	put(f, 0x0A0D0D0A, 4);
	put(f, 28, 4);
	put(f, 0x1A2B3C4D, 4);
	put(f, 1, 2);
	put(f, 0, 2);
	put(f, UINT64_MAX, 8);
	put(f, 28, 4);
}

/* tsresol: option 9, 0 leaves it out (microseconds) */
static void ng_idb(struct file *f, unsigned linktype, uint32_t snaplen, unsigned tsresol)
{
	const uint32_t total = tsresol ? 32 : 20;

	put(f, 1, 4);
	put(f, total, 4);
	put(f, linktype, 2);
	put(f, 0, 2);
	put(f, snaplen, 4);
	if (tsresol) {
		put(f, 9, 2);
		put(f, 1, 2);
		put_bytes(f, (uint8_t[]){(uint8_t)tsresol, 0, 0, 0}, 4);
		put(f, 0, 4); /* end of options */
	}
	put(f, total, 4);
}

static void pad4(struct file *f, size_t n) { put(f, 0, (unsigned)(4 - n % 4) % 4); }

static void ng_epb(struct file *f, uint32_t iface, uint64_t ts, const char *text)
{
	const size_t n = strlen(text);
	const uint32_t total = (uint32_t)(32 + (n + 3) / 4 * 4);

	put(f, 6, 4);
	put(f, total, 4);
	put(f, iface, 4);
	put(f, ts >> 32, 4);
	put(f, ts & 0xFFFFFFFF, 4);
	put(f, n, 4);
	put(f, n, 4);
	put_bytes(f, text, n);
	pad4(f, n);
	put(f, total, 4);
}

static void ng_pb(struct file *f, uint16_t iface, uint64_t ts, const char *text)
{
	const size_t n = strlen(text);
	const uint32_t total = (uint32_t)(32 + (n + 3) / 4 * 4);

	put(f, 2, 4);
	put(f, total, 4);
	put(f, iface, 2);
	put(f, 0, 2);
	put(f, ts >> 32, 4);
	put(f, ts & 0xFFFFFFFF, 4);
	put(f, n, 4);
	put(f, n, 4);
	put_bytes(f, text, n);
	pad4(f, n);
	put(f, total, 4);
}

static void ng_spb(struct file *f, uint32_t wirelen, const char *text)
{
	const size_t n = strlen(text);
	const uint32_t total = (uint32_t)(16 + (n + 3) / 4 * 4);

	put(f, 3, 4);
	put(f, total, 4);
	put(f, wirelen, 4);
	put_bytes(f, text, n);
	pad4(f, n);
	put(f, total, 4);
}

/* Writes all but the last `less` bytes and frees f; gives the path, which lives as long as the test. */
static char *file_save_less(struct file *f, const char *name, size_t less)
{
	static char paths[8][128];
	static unsigned next;
	char *path = paths[next++ % 8];
	FILE *out;

	snprintf(path, sizeof paths[0], "%s/%s", dir, name);
	out = fopen(path, "wb");
	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(fwrite(f->b, 1, f->n - less, out), f->n - less);
	ck_assert_int_eq(fclose(out), 0);
	free(f);
	return path;
}

static char *file_save(struct file *f, const char *name) { return file_save_less(f, name, 0); }

/* --- reading back --- */

static struct fl_capture *open_ok(const char *const *files, unsigned n, const char *bpf)
{
	char err[FL_CAPTURE_ERR_MAX];
	struct fl_capture *c = NULL;
	const int rc = fl_capture_open_files(&c, files, n, bpf, err);

	ck_assert_msg(rc == FL_OK, "%s", err);
	return c;
}

static struct fl_capture *open_one(const char *path) { return open_ok(&path, 1, NULL); }

/* The first byte of each frame as text; checks the numbering. */
static const char *read_all(struct fl_capture *c)
{
	static char text[256];
	struct fl_frame f;
	size_t n = 0;
	int rc;

	while ((rc = fl_capture_next(c, &f)) == FL_CAPTURE_FRAME) {
		ck_assert(n < sizeof text - 1);
		text[n++] = f.caplen ? (char)f.data[0] : '0';
		ck_assert_uint_eq(f.number, n);
		ck_assert(f.wirelen >= f.caplen);
		ck_assert(f.ts_ns >= 0);
		ck_assert_uint_lt(f.iface, fl_capture_ifaces(c));
	}
	ck_assert_int_eq(rc, FL_CAPTURE_END);
	text[n] = '\0';
	return text;
}

static const char *damage(struct fl_capture *c, unsigned i)
{
	struct fl_capture_stats s;

	fl_capture_stats(c, i, &s);
	return s.damage ? s.damage : "";
}

/* --- files --- */

static const struct {
	const char *name;
	uint32_t magic;
	bool be;
	int64_t ns;
} pcaps[] = {
	{"micro.pcap", 0xA1B2C3D4, false, 1700000000123456000},
	{"micro-be.pcap", 0xA1B2C3D4, true, 1700000000123456000},
	{"nano.pcap", 0xA1B23C4D, false, 1700000000000123456},
	{"nano-be.pcap", 0xA1B23C4D, true, 1700000000000123456},
};

START_TEST(pcap_is_read)
{
	struct file *f = file_new(pcaps[_i].be);
	struct fl_capture_stats s;
	uint64_t done, total;
	struct fl_capture *c;
	struct fl_frame fr;

	pcap_header(f, pcaps[_i].magic, ETHERNET);
	pcap_frame(f, 1700000000, 123456, 100, "Abc");
	c = open_one(file_save(f, pcaps[_i].name));
	ck_assert_uint_eq(fl_capture_ifaces(c), 1);
	ck_assert_str_eq(fl_capture_iface_name(c, 0), pcaps[_i].name);
	ck_assert_int_eq(fl_capture_next(c, &fr), FL_CAPTURE_FRAME);
	ck_assert_int_eq(fr.ts_ns, pcaps[_i].ns);
	ck_assert_uint_eq(fr.caplen, 3);
	ck_assert_uint_eq(fr.wirelen, 100);
	ck_assert_uint_eq(fr.linktype, ETHERNET);
	ck_assert_uint_eq(fr.number, 1);
	ck_assert_mem_eq(fr.data, "Abc", 3);
	ck_assert_int_eq(fl_capture_next(c, &fr), FL_CAPTURE_END);
	ck_assert_int_eq(fl_capture_next(c, &fr), FL_CAPTURE_END);
	fl_capture_stats(c, 0, &s);
	ck_assert_uint_eq(s.received, 1);
	ck_assert(!s.kernel && !s.damage && !s.kernel_dropped && !s.interface_dropped);
	fl_capture_progress(c, &done, &total);
	ck_assert_uint_eq(total, 24 + 16 + 3);
	ck_assert_uint_eq(done, total);
	fl_capture_close(c);
}
END_TEST

START_TEST(linktype_is_of_the_file)
{
	struct file *f = file_new(false);
	struct fl_capture *c;
	struct fl_frame fr;

	pcap_header(f, magic_us, RAW);
	pcap_frame(f, 1, 0, 1, "A");
	c = open_one(file_save(f, "raw.pcap"));
	ck_assert_int_eq(fl_capture_next(c, &fr), FL_CAPTURE_FRAME);
	ck_assert_uint_eq(fr.linktype, RAW);
	fl_capture_close(c);
	ck_assert_int_eq(fl_linktype_from_dlt(fl_linktype_to_dlt(RAW)), RAW);
	ck_assert_int_ne(fl_linktype_to_dlt(RAW), RAW);
	ck_assert_int_eq(fl_linktype_from_dlt(ETHERNET), ETHERNET);
	ck_assert_int_eq(fl_linktype_to_dlt(SLL2), SLL2);
}
END_TEST

/* Times and lengths that no honest capture has. */
START_TEST(odd_headers_are_clamped)
{
	struct file *f = file_new(false);
	struct fl_capture *c;
	struct fl_frame fr;

	pcap_header(f, magic_us, ETHERNET);
	pcap_frame(f, 1, 0, 2, "Abcd");                  /* more captured than there was */
	pcap_frame(f, 0xFFFFFFFF, 0, 1, "B");            /* 2106, not 1969 */
	pcap_frame(f, 0, 0xFFFFFFFF, 1, "C");            /* minus one microsecond */
	pcap_frame(f, 5, 3000000, 1, "D");               /* three seconds of microseconds */
	pcap_frame(f, 5, 0, 60, "");
	c = open_one(file_save(f, "odd.pcap"));
	ck_assert_int_eq(fl_capture_next(c, &fr), FL_CAPTURE_FRAME);
	ck_assert_uint_eq(fr.caplen, 4);
	ck_assert_uint_eq(fr.wirelen, 4);
	ck_assert_int_eq(fl_capture_next(c, &fr), FL_CAPTURE_FRAME);
	ck_assert_int_eq(fr.ts_ns, INT64_C(4294967295000000000));
	ck_assert_int_eq(fl_capture_next(c, &fr), FL_CAPTURE_FRAME);
	ck_assert_int_ge(fr.ts_ns, 0);
	ck_assert_int_eq(fl_capture_next(c, &fr), FL_CAPTURE_FRAME);
	ck_assert_int_eq(fr.ts_ns, INT64_C(8000000000));
	ck_assert_int_eq(fl_capture_next(c, &fr), FL_CAPTURE_FRAME);
	ck_assert_uint_eq(fr.caplen, 0);
	ck_assert_int_eq(fl_capture_next(c, &fr), FL_CAPTURE_END);
	fl_capture_close(c);

	/* pcapng: 64 bits of whole seconds are more than 64 bits of nanoseconds hold */
	f = file_new(false);
	ng_shb(f);
	ng_idb(f, ETHERNET, 0, 0x80); /* 2^-0: seconds */
	ng_epb(f, 0, INT64_MAX, "A");
	ng_epb(f, 0, UINT64_MAX, "B");
	c = open_one(file_save(f, "odd.pcapng"));
	ck_assert_int_eq(fl_capture_next(c, &fr), FL_CAPTURE_FRAME);
	ck_assert_int_eq(fr.ts_ns, INT64_MAX);
	ck_assert_int_eq(fl_capture_next(c, &fr), FL_CAPTURE_FRAME);
	ck_assert_int_ge(fr.ts_ns, 0);
	fl_capture_close(c);
}
END_TEST

/* --- torn files --- */

START_TEST(torn_pcap_keeps_what_came_before)
{
	struct file *f = file_new(false);
	struct fl_capture *c;

	pcap_header(f, magic_us, ETHERNET);
	pcap_frame(f, 1, 0, 3, "Aaa");
	pcap_frame(f, 2, 0, 3, "Bbb");
	pcap_frame(f, 3, 0, 3, "Ccc");
	c = open_one(file_save_less(f, "torn.pcap", (size_t)_i)); /* in data, in its header, or not at all */
	ck_assert_str_eq(read_all(c), _i == 0 ? "ABC" : "AB");
	if (_i == 0 || _i == 19) {
		ck_assert_str_eq(damage(c, 0), "");
	} else {
		ck_assert_msg(strstr(damage(c, 0), "after frame 2, at byte "), "%s", damage(c, 0));
		ck_assert_msg(strstr(damage(c, 0), "truncated"), "%s", damage(c, 0));
	}
	fl_capture_close(c);
}
END_TEST

START_TEST(torn_file_does_not_stop_the_others)
{
	struct file *f = file_new(false);
	const char *files[2];
	struct fl_capture *c;

	pcap_header(f, magic_us, ETHERNET);
	pcap_frame(f, 1, 0, 3, "Aaa");
	pcap_frame(f, 3, 0, 3, "Ccc");
	files[0] = file_save_less(f, "torn.pcap", 1);
	f = file_new(true);
	ng_shb(f);
	ng_idb(f, ETHERNET, 0, 0);
	ng_epb(f, 0, 2000000, "B");
	ng_epb(f, 0, 4000000, "D");
	files[1] = file_save(f, "whole.pcapng");
	c = open_ok(files, 2, NULL);
	ck_assert_str_eq(read_all(c), "ABD");
	ck_assert_str_ne(damage(c, 0), "");
	ck_assert_str_eq(damage(c, 1), "");
	fl_capture_close(c);
}
END_TEST

/* --- merging --- */

START_TEST(merge_is_by_time_and_stable)
{
	static const char *const frames[3][4] = {{"A1", "D3", "G5", NULL}, {"B1", "E3", NULL}, {"C1", "F3", "H6", "I6"}};
	const char *files[3], *backward[3];
	struct fl_capture *c;
	struct file *f;
	char name[16];
	unsigned i, k;

	for (i = 0; i < 3; i++) {
		f = file_new(i == 1);
		pcap_header(f, i == 2 ? magic_ns : magic_us, ETHERNET);
		for (k = 0; k < 4 && frames[i][k]; k++)
			pcap_frame(f, (uint32_t)(frames[i][k][1] - '0'), 0, 2, frames[i][k]);
		snprintf(name, sizeof name, "m%u.pcap", i);
		files[i] = file_save(f, name);
		backward[2 - i] = files[i];
	}
	c = open_ok(files, 3, NULL);
	ck_assert_str_eq(read_all(c), "ABCDEFGHI");
	ck_assert_str_eq(fl_capture_iface_name(c, 2), "m2.pcap");
	fl_capture_close(c);
	c = open_ok(backward, 3, NULL);
	ck_assert_str_eq(read_all(c), "CBAFEDGHI");
	fl_capture_close(c);
}
END_TEST

START_TEST(order_within_a_file_is_kept)
{
	struct file *f = file_new(false);
	struct fl_capture *c;

	pcap_header(f, magic_us, ETHERNET);
	pcap_frame(f, 5, 0, 1, "A");
	pcap_frame(f, 3, 0, 1, "B"); /* its clock was set back */
	pcap_frame(f, 4, 0, 1, "C");
	c = open_one(file_save(f, "back.pcap"));
	ck_assert_str_eq(read_all(c), "ABC");
	fl_capture_close(c);
}
END_TEST

/* --- filter --- */

START_TEST(filter_is_set_on_each_file)
{
	const char *files[2];
	char err[FL_CAPTURE_ERR_MAX];
	struct fl_capture *c = NULL;
	struct file *f;
	unsigned i;

	for (i = 0; i < 2; i++) {
		f = file_new(false);
		pcap_header(f, magic_us, ETHERNET);
		pcap_frame(f, 1 + i, 0, 14, "AAAAAABBBBBB\x88\xcc");
		pcap_frame(f, 3 + i, 0, 14, "CAAAAABBBBBB\x08\x06");
		files[i] = file_save(f, i ? "f1.pcap" : "f0.pcap");
	}
	c = open_ok(files, 2, "arp");
	ck_assert_str_eq(read_all(c), "CC");
	fl_capture_close(c);
	c = NULL;
	ck_assert_int_eq(fl_capture_open_files(&c, files, 2, "no such filter", err), FL_EINVALID);
	ck_assert_msg(strstr(err, "no such filter") && strstr(err, "f0.pcap"), "%s", err);
	ck_assert_ptr_null(c);
}
END_TEST

/* --- pcapng --- */

static char *two_link_types(bool be, size_t less)
{
	struct file *f = file_new(be);

	ng_shb(f);
	ng_idb(f, ETHERNET, 5, 0);
	ng_idb(f, RAW, 0, 9);
	ng_epb(f, 0, 1000000, "A");
	ng_epb(f, 1, 2000000000, "B");
	ng_spb(f, 200, "Ceeee");
	ng_pb(f, 1, 3000000000, "D");
	ng_epb(f, 0, 4000000, "E");
	ng_shb(f); /* a further section numbers its interfaces anew */
	ng_idb(f, RAW, 50, 0);
	ng_epb(f, 0, 5000000, "F");
	ng_idb(f, ETHERNET, 0, 0);
	ng_epb(f, 1, 6000000, "G");
	ng_epb(f, 0, 7000000, "Hhhhh");
	return file_save_less(f, be ? "two-be.pcapng" : "two.pcapng", less);
}

START_TEST(several_link_types_are_split)
{
	char name[32];
	struct fl_capture *c = open_one(two_link_types(_i == 1, 0));
	struct fl_frame f;
	uint64_t done, total;
	static const struct {
		char mark;
		uint16_t iface, linktype;
		uint32_t caplen, wirelen;
		int64_t sec;
	} want[] = {
		{'A', 0, ETHERNET, 1, 1, 1}, {'B', 1, RAW, 1, 1, 2}, {'C', 0, ETHERNET, 5, 200, 0}, {'D', 1, RAW, 1, 1, 3},
		{'E', 0, ETHERNET, 1, 1, 4}, {'F', 1, RAW, 1, 1, 5}, {'G', 0, ETHERNET, 1, 1, 6}, {'H', 1, RAW, 5, 5, 7},
	};
	bool seen[FL_ARRAY_LEN(want)] = {false};
	unsigned n = 0;
	size_t i;

	ck_assert_uint_eq(fl_capture_ifaces(c), 2);
	snprintf(name, sizeof name, "%s:1", _i ? "two-be.pcapng" : "two.pcapng");
	ck_assert_str_eq(fl_capture_iface_name(c, 0), name);
	while (fl_capture_next(c, &f) == FL_CAPTURE_FRAME) {
		i = (size_t)(f.data[0] - 'A');
		ck_assert_uint_lt(i, FL_ARRAY_LEN(want));
		ck_assert_uint_eq(f.iface, want[i].iface);
		ck_assert_uint_eq(f.linktype, want[i].linktype);
		ck_assert_uint_eq(f.caplen, want[i].caplen);
		ck_assert_uint_eq(f.wirelen, want[i].wirelen);
		ck_assert_int_eq(f.ts_ns, want[i].sec * INT64_C(1000000000));
		ck_assert(!seen[i]);
		seen[i] = true;
		ck_assert_uint_eq(f.number, ++n);
	}
	ck_assert_uint_eq(n, FL_ARRAY_LEN(want));
	ck_assert_str_eq(damage(c, 0), "");
	ck_assert_str_eq(damage(c, 1), "");
	fl_capture_progress(c, &done, &total);
	ck_assert_uint_eq(done, total);
	fl_capture_close(c);
}
END_TEST

/* Whatever is missing at the end: nothing crashes, frames before it come, and a torn packet is told. */
START_TEST(torn_split_file)
{
	char *path = two_link_types(false, (size_t)_i);
	char err[FL_CAPTURE_ERR_MAX];
	struct fl_capture *c = NULL;
	const char *text;

	if (fl_capture_open_files(&c, (const char *const *)&path, 1, NULL, err) != FL_OK) {
		ck_assert_msg(strstr(err, "two.pcapng"), "%s", err);
		return;
	}
	text = read_all(c);
	if (_i > 0 && _i < 40) {
		ck_assert_str_eq(text, "ACBDEFG"); /* C has no time, so it comes as soon as it can */
		ck_assert_msg(strstr(damage(c, 1), "after frame 3"), "%s", damage(c, 1));
		/* if not even the start of the block is there, nobody knows whose packet it was */
		ck_assert_int_eq(*damage(c, 0) != 0, _i > 24);
	}
	fl_capture_close(c);
}
END_TEST

/* One link type, yet libpcap refuses: different snap lengths; raw IP twice. */
START_TEST(same_link_type_stays_one_interface)
{
	struct file *f = file_new(false);
	struct fl_capture *c;

	ng_shb(f);
	ng_idb(f, _i ? RAW : ETHERNET, 100, 0);
	ng_idb(f, _i ? RAW : ETHERNET, _i ? 100 : 200, 0);
	ng_epb(f, 0, 1, "A");
	ng_epb(f, 1, 2, "B");
	c = open_one(file_save(f, "same.pcapng"));
	ck_assert_uint_eq(fl_capture_ifaces(c), 1);
	ck_assert_str_eq(fl_capture_iface_name(c, 0), "same.pcapng");
	ck_assert_str_eq(read_all(c), "AB");
	ck_assert_str_eq(damage(c, 0), "");
	fl_capture_close(c);
}
END_TEST

START_TEST(malformed_split_file)
{
	struct file *f = file_new(false);
	struct fl_capture *c;

	ng_shb(f);
	ng_idb(f, ETHERNET, 0, 0);
	ng_idb(f, RAW, 0, 0);
	ng_epb(f, 0, 1000000, "A");
	ng_epb(f, 1, 2000000, "B");
	if (_i == 0) { /* a packet of an interface that nobody described */
		ng_epb(f, 7, 3000000, "X");
	} else if (_i == 1) { /* a block that is longer than any */
		put(f, 6, 4);
		put(f, 0xFFFFFFF0, 4);
		put(f, 0, 4);
	} else { /* a length that is none */
		put(f, 6, 4);
		put(f, 7, 4);
		put(f, 0, 4);
	}
	ng_epb(f, 1, 4000000, "C");
	c = open_one(file_save(f, "bad.pcapng"));
	ck_assert_str_eq(read_all(c), _i == 0 ? "ABC" : "AB");
	ck_assert_msg(*damage(c, 0), "no damage told");
	fl_capture_close(c);
}
END_TEST

START_TEST(too_many_link_types)
{
	struct file *f = file_new(false);
	char err[FL_CAPTURE_ERR_MAX];
	struct fl_capture *c = NULL;
	const char *path;
	unsigned i;

	ng_shb(f);
	for (i = 0; i < 17; i++)
		ng_idb(f, 147 + i, 0, 0);
	path = file_save(f, "many.pcapng");
	ck_assert_int_eq(fl_capture_open_files(&c, &path, 1, NULL, err), FL_ELIMIT);
	ck_assert_msg(strstr(err, "many.pcapng"), "%s", err);
}
END_TEST

/* --- refusals --- */

static const struct {
	const char *name, *content;
	size_t n;
	int rc;
	const char *say;
} refused[] = {
	{"absent.pcap", NULL, 0, FL_ENOTFOUND, "check the path"},
	{"empty.pcap", "", 0, FL_EFORMAT, "is empty"},
	{"text.pcap", "this is no capture at all", 25, FL_EFORMAT, "pcap or pcapng"},
	{"short.pcap", "\xd4\xc3\xb2\xa1\x02", 5, FL_EFORMAT, "truncated"},
	{"packed.pcap.gz", "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x00", 10, FL_EFORMAT, "gunzip"},
	{"packed.pcap.zst", "\x28\xb5\x2f\xfd\x00\x00\x00\x00\x00\x00", 10, FL_EFORMAT, "unzstd"},
	{"old.snoop", "snoop\0\0\0\0\0\0\2", 12, FL_EFORMAT, "editcap"},
};

START_TEST(not_a_capture_is_said)
{
	char path[128], err[FL_CAPTURE_ERR_MAX] = "";
	const char *files[1] = {path};
	struct fl_capture *c = NULL;
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", dir, refused[_i].name);
	if (refused[_i].content) {
		f = fopen(path, "wb");
		ck_assert_ptr_nonnull(f);
		ck_assert_uint_eq(fwrite(refused[_i].content, 1, refused[_i].n, f), refused[_i].n);
		fclose(f);
	}
	ck_assert_int_eq(fl_capture_open_files(&c, files, 1, NULL, err), refused[_i].rc);
	ck_assert_msg(strstr(err, refused[_i].say) && strstr(err, path), "%s", err);
	ck_assert_ptr_null(c);
}
END_TEST

START_TEST(wrong_lists_are_said)
{
	static const char *const twice[] = {"-", "-"};
	const char *directory[1] = {dir};
	char err[FL_CAPTURE_ERR_MAX] = "";
	struct fl_capture *c = NULL;

	ck_assert_int_eq(fl_capture_open_files(&c, twice, 0, NULL, err), FL_EINVALID);
	ck_assert_msg(*err, "no sentence");
	ck_assert_int_lt(fl_capture_open_files(&c, directory, 1, NULL, err), 0);
	ck_assert_msg(strstr(err, "irectory"), "%s", err);
	ck_assert_int_lt(fl_capture_open_live(&c, "no-such-if0", 0, NULL, 0, err), 0);
	ck_assert_msg(strstr(err, "no-such-if0"), "%s", err);
	ck_assert_int_eq(fl_capture_open_live(&c, "lo", 0, NULL, 1u << 20, err), FL_EINVALID);
	ck_assert_ptr_null(c);
	fl_capture_close(NULL);
}
END_TEST

/* --- standard input --- */

/* Puts fd in the place of standard input; gives what was there. */
static int redirect_stdin(int fd)
{
	const int saved = dup(STDIN_FILENO);

	ck_assert_int_ge(dup2(fd, STDIN_FILENO), 0);
	close(fd);
	return saved;
}

static void restore_stdin(int saved)
{
	if (saved < 0) { /* there was none */
		close(STDIN_FILENO);
		return;
	}
	ck_assert_int_ge(dup2(saved, STDIN_FILENO), 0);
	close(saved);
}

START_TEST(stdin_pipe_is_read)
{
	const char *files[2] = {"-", "-"};
	char err[FL_CAPTURE_ERR_MAX];
	struct file *f = file_new(false);
	struct fl_capture *c = NULL;
	uint64_t done, total;
	int fds[2], saved;

	pcap_header(f, magic_us, ETHERNET);
	pcap_frame(f, 1, 0, 1, "A");
	pcap_frame(f, 2, 0, 1, "B");
	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(write(fds[1], f->b, f->n), (ssize_t)f->n);
	close(fds[1]);
	saved = redirect_stdin(fds[0]);
	ck_assert_int_eq(fl_capture_open_files(&c, files, 2, NULL, err), FL_EINVALID); /* and nothing is read yet */
	ck_assert_msg(strstr(err, "only once"), "%s", err);
	c = open_ok(files, 1, NULL);
	ck_assert_str_eq(fl_capture_iface_name(c, 0), "stdin");
	ck_assert_str_eq(read_all(c), "AB");
	fl_capture_progress(c, &done, &total);
	ck_assert_uint_eq(done, f->n);
	ck_assert_uint_eq(total, 0);
	fl_capture_close(c);
	restore_stdin(saved);
	free(f);
}
END_TEST

START_TEST(pipe_is_not_split)
{
	const char *files[1] = {"-"};
	FILE *f = fopen(two_link_types(false, 0), "rb");
	char buf[4096];
	struct fl_capture *c;
	int fds[2], saved;
	size_t n;

	ck_assert_ptr_nonnull(f);
	n = fread(buf, 1, sizeof buf, f);
	fclose(f);
	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(write(fds[1], buf, n), (ssize_t)n);
	close(fds[1]);
	saved = redirect_stdin(fds[0]);
	c = open_ok(files, 1, NULL);
	ck_assert_str_eq(read_all(c), "");
	ck_assert_msg(strstr(damage(c, 0), "save it as a file"), "%s", damage(c, 0));
	fl_capture_close(c);
	restore_stdin(saved);
}
END_TEST

static void *break_later(void *c)
{
	nanosleep(&(struct timespec){.tv_nsec = 20 * 1000 * 1000}, NULL);
	fl_capture_break(c);
	return NULL;
}

/* A pipe that says nothing more must not hold up the end. */
START_TEST(break_ends_a_silent_pipe)
{
	const char *files[1] = {"-"};
	struct file *f = file_new(false);
	struct fl_capture *c;
	struct fl_frame fr;
	pthread_t thread;
	int fds[2], saved;

	pcap_header(f, magic_us, ETHERNET);
	pcap_frame(f, 1, 0, 1, "A");
	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(write(fds[1], f->b, f->n), (ssize_t)f->n);
	saved = redirect_stdin(fds[0]);
	c = open_ok(files, 1, NULL);
	ck_assert_int_eq(fl_capture_next(c, &fr), FL_CAPTURE_FRAME);
	ck_assert_int_eq(pthread_create(&thread, NULL, break_later, c), 0);
	ck_assert_int_eq(fl_capture_next(c, &fr), FL_CAPTURE_END);
	ck_assert_str_eq(damage(c, 0), "");
	pthread_join(thread, NULL);
	fl_capture_close(c);
	restore_stdin(saved);
	close(fds[1]);
	free(f);
}
END_TEST

static void *write_header(void *arg)
{
	const struct file *f = arg;
	char path[128];
	int fd;

	snprintf(path, sizeof path, "%s/fifo.pcap", dir);
	fd = open(path, O_WRONLY); /* waits for the reader */
	if (fd >= 0 && write(fd, f->b, f->n) != (ssize_t)f->n) {
		close(fd);
		fd = -1;
	}
	return (void *)(intptr_t)fd;
}

/* A named pipe whose writer has told the file header and then nothing: the end comes from the wait for its first frame,
 * or for the next, also while a file beside it has frames. */
START_TEST(break_ends_a_silent_fifo)
{
	struct file *f = file_new(false), *beside = file_new(false);
	const char *files[2];
	char path[128];
	struct fl_capture *c;
	struct fl_frame fr;
	pthread_t thread;
	void *fd;

	snprintf(path, sizeof path, "%s/fifo.pcap", dir);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	pcap_header(f, magic_us, ETHERNET);
	if (_i)
		pcap_frame(f, 1, 0, 1, "A");
	pcap_header(beside, magic_us, ETHERNET);
	pcap_frame(beside, 2, 0, 1, "B");
	files[0] = path;
	files[1] = file_save(beside, "break.pcap");
	ck_assert_int_eq(pthread_create(&thread, NULL, write_header, f), 0);
	c = open_ok(files, 2, NULL);
	pthread_join(thread, &fd);
	ck_assert_int_ge((intptr_t)fd, 0);
	if (_i)
		ck_assert_int_eq(fl_capture_next(c, &fr), FL_CAPTURE_FRAME);
	ck_assert_int_eq(pthread_create(&thread, NULL, break_later, c), 0);
	ck_assert_int_eq(fl_capture_next(c, &fr), FL_CAPTURE_END);
	ck_assert_int_eq(fl_capture_next(c, &fr), FL_CAPTURE_END);
	ck_assert_str_eq(damage(c, 0), "");
	ck_assert_str_eq(damage(c, 1), "");
	pthread_join(thread, NULL);
	fl_capture_close(c);
	close((int)(intptr_t)fd);
	free(f);
}
END_TEST

/* The progress line is drawn by another thread. Tells something under -Db_sanitize=thread. */
static void *watch_progress(void *c)
{
	uint64_t done = 0, total, before;

	do {
		before = done;
		fl_capture_progress(c, &done, &total);
		ck_assert_uint_ge(done, before);
	} while (done < total);
	return NULL;
}

START_TEST(progress_is_asked_from_another_thread)
{
	struct fl_capture *c = open_one(two_link_types(false, 0));
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, watch_progress, c), 0);
	read_all(c);
	pthread_join(thread, NULL);
	fl_capture_close(c);
}
END_TEST

START_TEST(break_ends_files)
{
	struct file *f = file_new(false);
	struct fl_capture *c;
	struct fl_frame fr;

	pcap_header(f, magic_us, ETHERNET);
	pcap_frame(f, 1, 0, 1, "A");
	pcap_frame(f, 2, 0, 1, "B");
	c = open_one(file_save(f, "break.pcap"));
	ck_assert_int_eq(fl_capture_next(c, &fr), FL_CAPTURE_FRAME);
	fl_capture_break(c);
	ck_assert_int_eq(fl_capture_next(c, &fr), FL_CAPTURE_END);
	ck_assert_int_eq(fl_capture_next(c, &fr), FL_CAPTURE_END);
	ck_assert_str_eq(damage(c, 0), "");
	fl_capture_close(c);
}
END_TEST

static void make_dir(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, sizeof dir, "%.40s/fl_capture_XXXXXX", tmp ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void remove_dir(void)
{
	static const char *const names[] = {
		"micro.pcap", "micro-be.pcap", "nano.pcap", "nano-be.pcap", "raw.pcap", "odd.pcap", "odd.pcapng",
		"torn.pcap", "whole.pcapng", "m0.pcap", "m1.pcap", "m2.pcap", "back.pcap", "f0.pcap", "f1.pcap",
		"two.pcapng", "two-be.pcapng", "same.pcapng", "bad.pcapng", "many.pcapng", "break.pcap",
		"fifo.pcap",
	};
	char path[128];
	size_t i;

	for (i = 0; i < FL_ARRAY_LEN(names) + FL_ARRAY_LEN(refused); i++) {
		snprintf(path, sizeof path, "%s/%s", dir,
			 i < FL_ARRAY_LEN(names) ? names[i] : refused[i - FL_ARRAY_LEN(names)].name);
		unlink(path);
	}
	ck_assert_int_eq(rmdir(dir), 0);
}

int main(void)
{
	Suite *s = suite_create("capture");
	TCase *tc = tcase_create("capture");

	tcase_add_checked_fixture(tc, make_dir, remove_dir);
	tcase_add_loop_test(tc, pcap_is_read, 0, (int)FL_ARRAY_LEN(pcaps));
	tcase_add_test(tc, linktype_is_of_the_file);
	tcase_add_test(tc, odd_headers_are_clamped);
	tcase_add_loop_test(tc, torn_pcap_keeps_what_came_before, 0, 20);
	tcase_add_test(tc, torn_file_does_not_stop_the_others);
	tcase_add_test(tc, merge_is_by_time_and_stable);
	tcase_add_test(tc, order_within_a_file_is_kept);
	tcase_add_test(tc, filter_is_set_on_each_file);
	tcase_add_loop_test(tc, several_link_types_are_split, 0, 2);
	tcase_add_loop_test(tc, torn_split_file, 0, 400);
	tcase_add_loop_test(tc, same_link_type_stays_one_interface, 0, 2);
	tcase_add_loop_test(tc, malformed_split_file, 0, 3);
	tcase_add_test(tc, too_many_link_types);
	tcase_add_loop_test(tc, not_a_capture_is_said, 0, (int)FL_ARRAY_LEN(refused));
	tcase_add_test(tc, wrong_lists_are_said);
	tcase_add_test(tc, stdin_pipe_is_read);
	tcase_add_test(tc, pipe_is_not_split);
	tcase_add_test(tc, break_ends_a_silent_pipe);
	tcase_add_loop_test(tc, break_ends_a_silent_fifo, 0, 2);
	tcase_add_test(tc, progress_is_asked_from_another_thread);
	tcase_add_test(tc, break_ends_files);
	suite_add_tcase(s, tc);
	return fl_run_suite(s) != 0;
}
