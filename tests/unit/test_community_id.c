/* test_community_id.c - Community ID v1 against the specification's own vectors.
 *
 * The first 48 rows are the tables of its baseline/README.md, of which the HEX ones hold the hash itself instead of its
 * base64; the rest are the 23 flows of its baseline captures, unseeded and with seed 1. For ICMP and ICMPv6 the two ports
 * are type and code, in the baseline flows type and counterpart. Facts taken from corelight/community-id-spec (BSD-3). */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event/event.h"
#include "run.h"

enum encoding { BASE64, HEX };

struct vector {
	uint16_t seed;
	enum encoding encoding;
	uint8_t proto;
	const char *src, *dst;
	uint16_t src_port, dst_port;
	const char *id;
};

static const struct vector vectors[] = {
	{0, BASE64, 6, "1.2.3.4", "5.6.7.8", 1122, 3344, "1:wCb3OG7yAFWelaUydu0D+125CLM="},
	{0, BASE64, 6, "5.6.7.8", "1.2.3.4", 3344, 1122, "1:wCb3OG7yAFWelaUydu0D+125CLM="},
	{0, BASE64, 17, "1.2.3.4", "5.6.7.8", 1122, 3344, "1:0Mu9InQx6z4ZiCZM/7HXi2WMhOg="},
	{0, BASE64, 17, "5.6.7.8", "1.2.3.4", 3344, 1122, "1:0Mu9InQx6z4ZiCZM/7HXi2WMhOg="},
	{0, BASE64, 132, "1.2.3.4", "5.6.7.8", 1122, 3344, "1:EKt4MsxuyaE6mL+hmrEkQ9csDD8="},
	{0, BASE64, 132, "5.6.7.8", "1.2.3.4", 3344, 1122, "1:EKt4MsxuyaE6mL+hmrEkQ9csDD8="},
	{0, BASE64, 1, "1.2.3.4", "5.6.7.8", 8, 0, "1:crodRHL2FEsHjbv3UkRrfbs4bZ0="},
	{0, BASE64, 1, "5.6.7.8", "1.2.3.4", 0, 0, "1:crodRHL2FEsHjbv3UkRrfbs4bZ0="},
	{0, BASE64, 1, "1.2.3.4", "5.6.7.8", 11, 0, "1:f/YiSyWqczrTgfUCZlBUnvHRcPk="},
	{0, BASE64, 58, "fe80:0001:0203:0405:0607:0809:0a0b:0c0d", "fe80:1011:1213:1415:1617:1819:1a1b:1c1d", 128, 0, "1:0bf7hyMJUwt3fMED7z8LIfRpBeo="},
	{0, BASE64, 58, "fe80:1011:1213:1415:1617:1819:1a1b:1c1d", "fe80:0001:0203:0405:0607:0809:0a0b:0c0d", 129, 0, "1:0bf7hyMJUwt3fMED7z8LIfRpBeo="},
	{0, BASE64, 58, "fe80:0001:0203:0405:0607:0809:0a0b:0c0d", "fe80:1011:1213:1415:1617:1819:1a1b:1c1d", 146, 0, "1:fYC8+pz24E+EhANP1EZhpX0Dw10="},
	{0, BASE64, 46, "1.2.3.4", "5.6.7.8", 0, 0, "1:ikv3kmf89luf73WPz1jOs49S768="},
	{0, BASE64, 46, "5.6.7.8", "1.2.3.4", 0, 0, "1:ikv3kmf89luf73WPz1jOs49S768="},
	{0, BASE64, 46, "fe80:0001:0203:0405:0607:0809:0a0b:0c0d", "fe80:1011:1213:1415:1617:1819:1a1b:1c1d", 0, 0, "1:wQ/2mwrnXP4lmJcHdGL5ePjR+e0="},
	{0, BASE64, 46, "fe80:1011:1213:1415:1617:1819:1a1b:1c1d", "fe80:0001:0203:0405:0607:0809:0a0b:0c0d", 0, 0, "1:wQ/2mwrnXP4lmJcHdGL5ePjR+e0="},
	{1, BASE64, 6, "1.2.3.4", "5.6.7.8", 1122, 3344, "1:HhA1B+6CoLbiKPEs5nhNYN4XWfk="},
	{1, BASE64, 6, "5.6.7.8", "1.2.3.4", 3344, 1122, "1:HhA1B+6CoLbiKPEs5nhNYN4XWfk="},
	{1, BASE64, 17, "1.2.3.4", "5.6.7.8", 1122, 3344, "1:OShq+iKDAMVouh/4bMxB9Sz4amw="},
	{1, BASE64, 17, "5.6.7.8", "1.2.3.4", 3344, 1122, "1:OShq+iKDAMVouh/4bMxB9Sz4amw="},
	{1, BASE64, 132, "1.2.3.4", "5.6.7.8", 1122, 3344, "1:uitchpn5MMGAQKBJh7bIr/bAr7s="},
	{1, BASE64, 132, "5.6.7.8", "1.2.3.4", 3344, 1122, "1:uitchpn5MMGAQKBJh7bIr/bAr7s="},
	{1, BASE64, 1, "1.2.3.4", "5.6.7.8", 8, 0, "1:9pr4ZGTICiuZoIh90RRYE2RyXpU="},
	{1, BASE64, 1, "5.6.7.8", "1.2.3.4", 0, 0, "1:9pr4ZGTICiuZoIh90RRYE2RyXpU="},
	{1, BASE64, 1, "1.2.3.4", "5.6.7.8", 11, 0, "1:1DD7cWGC/Yg91YGsQeni8du3pIA="},
	{1, BASE64, 58, "fe80:0001:0203:0405:0607:0809:0a0b:0c0d", "fe80:1011:1213:1415:1617:1819:1a1b:1c1d", 128, 0, "1:IO27GQzPuCtNnwFvjWALMHu5tJE="},
	{1, BASE64, 58, "fe80:1011:1213:1415:1617:1819:1a1b:1c1d", "fe80:0001:0203:0405:0607:0809:0a0b:0c0d", 129, 0, "1:IO27GQzPuCtNnwFvjWALMHu5tJE="},
	{1, BASE64, 58, "fe80:0001:0203:0405:0607:0809:0a0b:0c0d", "fe80:1011:1213:1415:1617:1819:1a1b:1c1d", 146, 0, "1:Cv4IKJe56BNkF0MBW2YxQ3Nwc3s="},
	{1, BASE64, 46, "1.2.3.4", "5.6.7.8", 0, 0, "1:/buhqeOmaRCopOZFy9HnoJd5XW8="},
	{1, BASE64, 46, "5.6.7.8", "1.2.3.4", 0, 0, "1:/buhqeOmaRCopOZFy9HnoJd5XW8="},
	{1, BASE64, 46, "fe80:0001:0203:0405:0607:0809:0a0b:0c0d", "fe80:1011:1213:1415:1617:1819:1a1b:1c1d", 0, 0, "1:j6EyyfBzL4vWKHFXgUqb5Az3OxM="},
	{1, BASE64, 46, "fe80:1011:1213:1415:1617:1819:1a1b:1c1d", "fe80:0001:0203:0405:0607:0809:0a0b:0c0d", 0, 0, "1:j6EyyfBzL4vWKHFXgUqb5Az3OxM="},
	{0, HEX, 6, "1.2.3.4", "5.6.7.8", 1122, 3344, "1:c026f7386ef200559e95a53276ed03fb5db908b3"},
	{0, HEX, 6, "5.6.7.8", "1.2.3.4", 3344, 1122, "1:c026f7386ef200559e95a53276ed03fb5db908b3"},
	{0, HEX, 17, "1.2.3.4", "5.6.7.8", 1122, 3344, "1:d0cbbd227431eb3e1988264cffb1d78b658c84e8"},
	{0, HEX, 17, "5.6.7.8", "1.2.3.4", 3344, 1122, "1:d0cbbd227431eb3e1988264cffb1d78b658c84e8"},
	{0, HEX, 132, "1.2.3.4", "5.6.7.8", 1122, 3344, "1:10ab7832cc6ec9a13a98bfa19ab12443d72c0c3f"},
	{0, HEX, 132, "5.6.7.8", "1.2.3.4", 3344, 1122, "1:10ab7832cc6ec9a13a98bfa19ab12443d72c0c3f"},
	{0, HEX, 1, "1.2.3.4", "5.6.7.8", 8, 0, "1:72ba1d4472f6144b078dbbf752446b7dbb386d9d"},
	{0, HEX, 1, "5.6.7.8", "1.2.3.4", 0, 0, "1:72ba1d4472f6144b078dbbf752446b7dbb386d9d"},
	{0, HEX, 1, "1.2.3.4", "5.6.7.8", 11, 0, "1:7ff6224b25aa733ad381f5026650549ef1d170f9"},
	{0, HEX, 58, "fe80:0001:0203:0405:0607:0809:0a0b:0c0d", "fe80:1011:1213:1415:1617:1819:1a1b:1c1d", 128, 0, "1:d1b7fb872309530b777cc103ef3f0b21f46905ea"},
	{0, HEX, 58, "fe80:1011:1213:1415:1617:1819:1a1b:1c1d", "fe80:0001:0203:0405:0607:0809:0a0b:0c0d", 129, 0, "1:d1b7fb872309530b777cc103ef3f0b21f46905ea"},
	{0, HEX, 58, "fe80:0001:0203:0405:0607:0809:0a0b:0c0d", "fe80:1011:1213:1415:1617:1819:1a1b:1c1d", 146, 0, "1:7d80bcfa9cf6e04f8484034fd44661a57d03c35d"},
	{0, HEX, 46, "1.2.3.4", "5.6.7.8", 0, 0, "1:8a4bf79267fcf65b9fef758fcf58ceb38f52efaf"},
	{0, HEX, 46, "5.6.7.8", "1.2.3.4", 0, 0, "1:8a4bf79267fcf65b9fef758fcf58ceb38f52efaf"},
	{0, HEX, 46, "fe80:0001:0203:0405:0607:0809:0a0b:0c0d", "fe80:1011:1213:1415:1617:1819:1a1b:1c1d", 0, 0, "1:c10ff69b0ae75cfe259897077462f978f8d1f9ed"},
	{0, HEX, 46, "fe80:1011:1213:1415:1617:1819:1a1b:1c1d", "fe80:0001:0203:0405:0607:0809:0a0b:0c0d", 0, 0, "1:c10ff69b0ae75cfe259897077462f978f8d1f9ed"},
	/* flows of the baseline captures */
	{0, BASE64, 58, "fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", 135, 136, "1:dGHyGvjMfljg6Bppwm3bg0LO8TY="},
	{0, BASE64, 58, "fe80::260:97ff:fe07:69ea", "fe80::200:86ff:fe05:80da", 136, 135, "1:dGHyGvjMfljg6Bppwm3bg0LO8TY="},
	{0, BASE64, 58, "fe80::260:97ff:fe07:69ea", "fe80::200:86ff:fe05:80da", 135, 136, "1:zavyT/cezQr1fmImYCwYnMXbgck="},
	{0, BASE64, 58, "fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", 136, 135, "1:zavyT/cezQr1fmImYCwYnMXbgck="},
	{0, BASE64, 58, "3ffe:501:1800:2345::2", "3ffe:507:0:1:200:86ff:fe05:80da", 3, 0, "1:2ObVBgIn28oZvibYZhZMBgh7WdQ="},
	{0, BASE64, 58, "3ffe:501:410:0:2c0:dfff:fe47:33e", "3ffe:507:0:1:200:86ff:fe05:80da", 1, 4, "1:hLZd0XGWojozrvxqE0dWB1iM6R0="},
	{0, BASE64, 58, "3ffe:507:0:1:200:86ff:fe05:80da", "3ffe:501:0:1001::2", 128, 129, "1:+TW+HtLHvV1xnGhV1lv7XoJrqQg="},
	{0, BASE64, 58, "3ffe:501:0:1001::2", "3ffe:507:0:1:200:86ff:fe05:80da", 129, 128, "1:+TW+HtLHvV1xnGhV1lv7XoJrqQg="},
	{0, BASE64, 58, "fe80::200:86ff:fe05:80da", "ff02::2", 133, 134, "1:hO+sN4H+MG5MY/8hIrXPqc4ZQz0="},
	{0, BASE64, 58, "fe80::260:97ff:fe07:69ea", "ff02::1", 134, 133, "1:pkvHqCL88/tg1k4cPigmZXUtL00="},
	{0, BASE64, 1, "192.168.0.89", "192.168.0.1", 8, 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="},
	{0, BASE64, 1, "192.168.0.1", "192.168.0.89", 0, 8, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="},
	{0, BASE64, 1, "10.0.0.1", "10.0.0.2", 11, 0, "1:YHxtAirCG//0OzkcVAukqKQN9xM="},
	{0, BASE64, 6, "2001:470:e5bf:dead:4957:2174:e82c:4887", "2607:f8b0:400c:c03::1a", 63943, 25, "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4="},
	{0, BASE64, 6, "2607:f8b0:400c:c03::1a", "2001:470:e5bf:dead:4957:2174:e82c:4887", 25, 63943, "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4="},
	{0, BASE64, 132, "192.168.170.8", "192.168.170.56", 7, 7, "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs="},
	{0, BASE64, 132, "192.168.170.56", "192.168.170.8", 7, 7, "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs="},
	{0, BASE64, 6, "128.232.110.120", "66.35.250.204", 34855, 80, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
	{0, BASE64, 6, "66.35.250.204", "128.232.110.120", 80, 34855, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
	{0, BASE64, 17, "192.168.1.52", "8.8.8.8", 54585, 53, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="},
	{0, BASE64, 17, "8.8.8.8", "192.168.1.52", 53, 54585, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="},
	{0, BASE64, 46, "10.1.12.1", "10.1.12.2", 0, 0, "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw="},
	{0, BASE64, 46, "10.1.12.2", "10.1.12.1", 0, 0, "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw="},
	{1, BASE64, 58, "fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", 135, 136, "1:kHa1FhMYIT6Ym2Vm2AOtoOARDzY="},
	{1, BASE64, 58, "fe80::260:97ff:fe07:69ea", "fe80::200:86ff:fe05:80da", 136, 135, "1:kHa1FhMYIT6Ym2Vm2AOtoOARDzY="},
	{1, BASE64, 58, "fe80::260:97ff:fe07:69ea", "fe80::200:86ff:fe05:80da", 135, 136, "1:2hSqmsDZ2kdcY9kbiUzOEBic0iM="},
	{1, BASE64, 58, "fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", 136, 135, "1:2hSqmsDZ2kdcY9kbiUzOEBic0iM="},
	{1, BASE64, 58, "3ffe:501:1800:2345::2", "3ffe:507:0:1:200:86ff:fe05:80da", 3, 0, "1:lVEtCZpYu84Xqaa++3lXFyuu2n4="},
	{1, BASE64, 58, "3ffe:501:410:0:2c0:dfff:fe47:33e", "3ffe:507:0:1:200:86ff:fe05:80da", 1, 4, "1:W8MHwXpWzpoSTD+cGcaJr4u0ys8="},
	{1, BASE64, 58, "3ffe:507:0:1:200:86ff:fe05:80da", "3ffe:501:0:1001::2", 128, 129, "1:GfZxjAkDk2MkegpBYHV6tadtFXQ="},
	{1, BASE64, 58, "3ffe:501:0:1001::2", "3ffe:507:0:1:200:86ff:fe05:80da", 129, 128, "1:GfZxjAkDk2MkegpBYHV6tadtFXQ="},
	{1, BASE64, 58, "fe80::200:86ff:fe05:80da", "ff02::2", 133, 134, "1:L7Ka0ZMYu+J3bL4ulW2PrqyXNo8="},
	{1, BASE64, 58, "fe80::260:97ff:fe07:69ea", "ff02::1", 134, 133, "1:K/ee5UCqAMAQXDorP5nSa2CGLjc="},
	{1, BASE64, 1, "192.168.0.89", "192.168.0.1", 8, 0, "1:03g6IloqVBdcZlPyX8r0hgoE7kA="},
	{1, BASE64, 1, "192.168.0.1", "192.168.0.89", 0, 8, "1:03g6IloqVBdcZlPyX8r0hgoE7kA="},
	{1, BASE64, 1, "10.0.0.1", "10.0.0.2", 11, 0, "1:XjUibYHaafLQ3pxQeiMI8g25q20="},
	{1, BASE64, 6, "2001:470:e5bf:dead:4957:2174:e82c:4887", "2607:f8b0:400c:c03::1a", 63943, 25, "1:eJYTW6AOzFLlSUoESovMjnu7rMw="},
	{1, BASE64, 6, "2607:f8b0:400c:c03::1a", "2001:470:e5bf:dead:4957:2174:e82c:4887", 25, 63943, "1:eJYTW6AOzFLlSUoESovMjnu7rMw="},
	{1, BASE64, 132, "192.168.170.8", "192.168.170.56", 7, 7, "1:5w3ZRjeKBzqT3zsaEECDGjUbYeg="},
	{1, BASE64, 132, "192.168.170.56", "192.168.170.8", 7, 7, "1:5w3ZRjeKBzqT3zsaEECDGjUbYeg="},
	{1, BASE64, 6, "128.232.110.120", "66.35.250.204", 34855, 80, "1:3V71V58M3Ksw/yuFALMcW0LAHvc="},
	{1, BASE64, 6, "66.35.250.204", "128.232.110.120", 80, 34855, "1:3V71V58M3Ksw/yuFALMcW0LAHvc="},
	{1, BASE64, 17, "192.168.1.52", "8.8.8.8", 54585, 53, "1:Q9We8WO3piVF8yEQBNJF4uiSVrI="},
	{1, BASE64, 17, "8.8.8.8", "192.168.1.52", 53, 54585, "1:Q9We8WO3piVF8yEQBNJF4uiSVrI="},
	{1, BASE64, 46, "10.1.12.1", "10.1.12.2", 0, 0, "1:rYir8gphR31noO9iDRQmF/BteEI="},
	{1, BASE64, 46, "10.1.12.2", "10.1.12.1", 0, 0, "1:rYir8gphR31noO9iDRQmF/BteEI="},
};

static int digit(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	return c ? (int)(strchr(digits, c) - digits) : 0;
}

/* base64 of 20 bytes as hexadecimal text */
static void to_hex(const char *b64, char out[41])
{
	unsigned i, k;
	unsigned long v;

	for (i = 0; i < 7; i++) {
		for (v = 0, k = 0; k < 4; k++)
			v = v << 6 | (unsigned long)(b64[i * 4 + k] == '=' ? 0 : digit(b64[i * 4 + k]));
		for (k = 0; k < 3 && i * 3 + k < 20; k++)
			snprintf(out + (i * 3 + k) * 2, 3, "%02x", (unsigned)(v >> (16 - 8 * k) & 0xff));
	}
}

static void parse(const char *text, struct fl_addr *a)
{
	unsigned bits;

	ck_assert(fl_addr_parse(text, a, &bits));
}

START_TEST(vector)
{
	const struct vector *v = &vectors[_i];
	char id[FL_COMMUNITY_ID_MAX], hex[48] = "1:";
	struct fl_addr src, dst;

	parse(v->src, &src);
	parse(v->dst, &dst);
	ck_assert(fl_community_id(&src, &dst, v->proto, v->src_port, v->dst_port, v->seed, id));
	if (v->encoding == BASE64) {
		ck_assert_str_eq(id, v->id);
	} else {
		ck_assert_uint_eq(strlen(id), 30);
		to_hex(id + 2, hex + 2);
		ck_assert_str_eq(hex, v->id);
	}
}
END_TEST

START_TEST(none_where_there_is_no_ip)
{
	struct fl_addr mac, v4, v6, none = {0};
	char id[FL_COMMUNITY_ID_MAX];

	parse("00:1b:1b:00:00:01", &mac);
	parse("10.0.0.1", &v4);
	parse("fe80::1", &v6);
	ck_assert(!fl_community_id(&mac, &mac, 6, 1, 2, 0, id));
	ck_assert(!fl_community_id(&none, &none, 6, 1, 2, 0, id));
	ck_assert(!fl_community_id(&v4, &v6, 6, 1, 2, 0, id));
	ck_assert(fl_community_id(&v4, &v4, 6, 2, 1, 0, id)); /* a host talking to itself */
}
END_TEST

int main(void)
{
	Suite *s = suite_create("community_id");
	TCase *tc = tcase_create("vectors");

	tcase_add_loop_test(tc, vector, 0, (int)FL_ARRAY_LEN(vectors));
	tcase_add_test(tc, none_where_there_is_no_ip);
	suite_add_tcase(s, tc);
	return fl_run_suite(s) != 0;
}
