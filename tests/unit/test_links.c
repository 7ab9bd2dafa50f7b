/* test_links.c - the link types beyond Ethernet and its like: PPP, Cisco HDLC, 802.11 with what stands before it, records. */
#include "decode/decode.h"

#include <check.h>
#include <string.h>

#include "frames.h"
#include "run.h"

#define U4 IP4("001c", "11") UDP("0008") /* 28 bytes */
#define U6 IP6("0008", "11") UDP("0008")
#define A_ROUTER "06cccccccccc "
#define SNAP4 "aaaa03 000000 0800 " U4 /* 36 bytes */
#define WIFI(control, a1, a2, a3) control " 2c00 " a1 a2 a3 "1000 "
#define DST "02aabbccddee "
#define SRC "021122334455 "
#define DATA_80211 WIFI("08 00", DST, SRC, A_ROUTER) SNAP4
#define WLAN FL_LINKTYPE_80211
#define RADIOTAP FL_LINKTYPE_80211_RADIOTAP
#define ERF_HEAD(type, flags, wire) "0102030405060708 " type " " flags " 0040 0000 " wire " "
#define FCS "deadbeef "
#define NO_FLOW FL_DECODE_CONTROL, 0, 0, 0, 0, 0, NULL, NULL
#define IS_WIFI .mac = MAC_OUTER

static const struct sample samples[] = {
	/* PPP */
	{"ppp ip4", FL_LINKTYPE_PPP, "0021 " U4, IS_UDP, 0, V4, .mac = MAC_NONE},
	{"ppp framed ip6", FL_LINKTYPE_PPP, "ff03 0057 " U6, IS_UDP, 0, V6, .mac = MAC_NONE},
	{"ppp short protocol", FL_LINKTYPE_PPP, "21 " U4, IS_UDP, 0, V4, .mac = MAC_NONE},
	{"ppp mpls", FL_LINKTYPE_PPP, "ff03 0281 00064140 " IN_UDP4, IS_UDP, 0, IN_V4, .tunnels = "mpls#100", .mac = MAC_NONE, .falls_back = true},
	{"ppp bridged", FL_LINKTYPE_PPP, "0031 4001 00000001 " ETH "0800 " U4, IS_UDP, 0x800, V4, .mac = MAC_OUTER},
	{"ppp bridged token ring", FL_LINKTYPE_PPP, "0031 0002 00", NO_FLOW},
	{"ppp lcp", FL_LINKTYPE_PPP, "ff03 c021 01010004", NO_FLOW},
	{"ppp pap", FL_LINKTYPE_PPP, "c023 01010004", NO_FLOW},
	{"ppp ipx", FL_LINKTYPE_PPP, "002b ffff", NO_FLOW},
	{"ppp cipher", FL_LINKTYPE_PPP, "ff03 0053 9000", FL_DECODE_CIPHER, 0, 0, 0, 0, 0, NULL, NULL, .protocol = FL_PROTOCOL_TUNNEL_PPPOE, .mac = MAC_NONE},
	{"ppp, direction first", FL_LINKTYPE_PPP_WITH_DIR, "00 ff03 0021 " U4, IS_UDP, 0, V4},
	{"ppp, direction for address", FL_LINKTYPE_PPP_PPPD, "01 03 0021 " U4, IS_UDP, 0, V4},
	{"hdlc ppp", FL_LINKTYPE_PPP_HDLC, "ff03 0021 " U4, IS_UDP, 0, V4},
	{"hdlc cisco", FL_LINKTYPE_PPP_HDLC, "0f00 0800 " U4, IS_UDP, 0x800, V4},
	{"pppoe link", FL_LINKTYPE_PPP_ETHER, "11 00 0005 001e 0021 " U4, IS_UDP, 0, V4, .tunnels = "pppoe#5"},
	{"pppoe link, discovery", FL_LINKTYPE_PPP_ETHER, "11 09 0000 0004 01010000", NO_FLOW},
	{"cisco ip6", FL_LINKTYPE_C_HDLC, "8f00 86dd " U6, IS_UDP, 0x86dd, V6},
	{"cisco slarp", FL_LINKTYPE_C_HDLC, "8f00 8035 00000002 00000005 00000002 ffff", FL_DECODE_CONTROL, 0, 0, 0, 0, 0x8035, NULL, NULL},
	{"cisco cdp", FL_LINKTYPE_C_HDLC, "8f00 2000 02b4", FL_DECODE_CONTROL, 0, 0, 0, 0, 0x2000, NULL, NULL},
	{"cisco, direction first", FL_LINKTYPE_C_HDLC_WITH_DIR, "01 8f00 0800 " U4, IS_UDP, 0x800, V4},
	{"cisco, a length", FL_LINKTYPE_C_HDLC, "8f00 0003 424203", NO_FLOW},
	{"mpls link", FL_LINKTYPE_MPLS, "00064140 " IN_UDP4, IS_UDP, 0, IN_V4, .tunnels = "mpls#100", .falls_back = true},
	{"mpls link, unknown", FL_LINKTYPE_MPLS, "00064140 ffffffff", FL_DECODE_CONTROL, 0, 0, 0, 0, 0x8847, NULL, NULL},

	/* 802.11 */
	{"ad hoc", WLAN, DATA_80211, IS_UDP, 0x800, V4, IS_WIFI},
	{"from the access point", WLAN, WIFI("08 02", DST, A_ROUTER, SRC) SNAP4, IS_UDP, 0x800, V4, IS_WIFI},
	{"to the access point", WLAN, WIFI("08 01", A_ROUTER, SRC, DST) SNAP4, IS_UDP, 0x800, V4, IS_WIFI},
	{"between access points", WLAN, WIFI("08 03", A_ROUTER, A_ROUTER, DST) SRC SNAP4, IS_UDP, 0x800, V4, IS_WIFI},
	{"qos", WLAN, WIFI("88 02", DST, A_ROUTER, SRC) "0000 " SNAP4, IS_UDP, 0x800, V4, IS_WIFI},
	{"qos and ht control", WLAN, WIFI("88 82", DST, A_ROUTER, SRC) "0000 00000000 " SNAP4, IS_UDP, 0x800, V4, IS_WIFI},
	{"qos, vlan in snap", WLAN, WIFI("88 02", DST, A_ROUTER, SRC) "0000 aaaa03 000000 8100 0007 0800 " U4, IS_UDP, 0x800, V4, 1, {7}, IS_WIFI},
	{"a-msdu", WLAN, WIFI("88 02", DST, A_ROUTER, A_ROUTER) "8000 " DST SRC "0024 " SNAP4 "0000 " A_ROUTER A_ROUTER "0004 42420300", IS_UDP, 0x800, V4, IS_WIFI, .falls_back = true},
	{"mesh", WLAN, WIFI("88 03", A_ROUTER, A_ROUTER, DST) SRC "0001 001f00000001 " SNAP4, IS_UDP, 0x800, V4, IS_WIFI},
	{"mesh, two more addresses", WLAN, WIFI("88 03", A_ROUTER, A_ROUTER, DST) SRC "0001 021f00000001 " A_ROUTER A_ROUTER SNAP4, IS_UDP, 0x800, V4, IS_WIFI},
	{"four addresses, no mesh", WLAN, WIFI("88 03", A_ROUTER, A_ROUTER, DST) SRC "0001 " SNAP4, IS_UDP, 0x800, V4, IS_WIFI},
	{"eapol", WLAN, WIFI("08 02", DST, A_ROUTER, SRC) "aaaa03 000000 888e 0203", FL_DECODE_ETHERTYPE, 0, 0, 0, 0, 0x888e, NULL, NULL, .protocol = FL_PROTOCOL_LINK_EAPOL, IS_WIFI},
	{"protected", WLAN, WIFI("08 41", A_ROUTER, SRC, DST) "0102030405060708", FL_DECODE_CIPHER, 0, 0, 0, 0, 0, NULL, NULL, .protocol = FL_PROTOCOL_ETHERNET, IS_WIFI},
	{"null data", WLAN, WIFI("48 11", A_ROUTER, SRC, DST), NO_FLOW},
	{"fragment of a frame", WLAN, WIFI("08 06", DST, A_ROUTER, SRC) SNAP4, FL_DECODE_LINKTYPE, IS_WIFI},
	{"second fragment", WLAN, "08 02 2c00 " DST A_ROUTER SRC "1100 0102030405060708", FL_DECODE_LINKTYPE, IS_WIFI},
	{"beacon", WLAN, WIFI("80 00", "ffffffffffff ", A_ROUTER, A_ROUTER) "0000", NO_FLOW},
	{"acknowledgment", WLAN, "d4 00 0000 " SRC, NO_FLOW},

	/* before it */
	{"radiotap", RADIOTAP, "00 00 0800 00000000 " DATA_80211, IS_UDP, 0x800, V4, IS_WIFI},
	{"radiotap, time and fcs", RADIOTAP, "00 00 1100 03000000 0102030405060708 10 " WIFI("08 00", DST, SRC, A_ROUTER) "aaaa03 000000 88cc 0207 " FCS,
	 FL_DECODE_ETHERTYPE, 0, 0, 0, 0, 0x88cc, NULL, NULL, .protocol = FL_PROTOCOL_LINK_LLDP, IS_WIFI},
	{"radiotap, two words, time to align", RADIOTAP, "00 00 1900 03000080 00000000 00000000 0102030440060708 10 " DATA_80211 FCS, IS_UDP, 0x800, V4, IS_WIFI},
	{"radiotap, padded header", RADIOTAP, "00 00 0900 02000000 20 " WIFI("88 02", DST, A_ROUTER, SRC) "0000 0000 " SNAP4, IS_UDP, 0x800, V4, IS_WIFI},
	{"avs", FL_LINKTYPE_80211_AVS, "80211001 00000010 0000000000000000 " DATA_80211, IS_UDP, 0x800, V4, IS_WIFI},
	{"prism, little-endian", FL_LINKTYPE_80211_PRISM, "44000000 10000000 0000000000000000 " DATA_80211, IS_UDP, 0x800, V4, IS_WIFI},
	{"prism, big-endian", FL_LINKTYPE_80211_PRISM, "00000044 00000010 0000000000000000 " DATA_80211, IS_UDP, 0x800, V4, IS_WIFI},
	{"prism, avs in it", FL_LINKTYPE_80211_PRISM, "80211001 00000010 0000000000000000 " DATA_80211, IS_UDP, 0x800, V4, IS_WIFI},
	{"ppi ethernet", FL_LINKTYPE_PPI, "00 00 0800 01000000 " ETH "0800 " U4, IS_UDP, 0x800, V4, .mac = MAC_OUTER},
	{"ppi wireless with fcs", FL_LINKTYPE_PPI, "00 01 2400 69000000 0300 0200 aabb 0000 0200 1000 0102030405060708 0100 0000 00000000 "
	 WIFI("08 00", DST, SRC, A_ROUTER) "aaaa03 000000 88cc 0207 " FCS, FL_DECODE_ETHERTYPE, 0, 0, 0, 0, 0x88cc, NULL, NULL, .protocol = FL_PROTOCOL_LINK_LLDP, IS_WIFI},
	{"ppi in ppi", FL_LINKTYPE_PPI, "00 00 0800 c0000000 00 00 0800 01000000", FL_DECODE_LINKTYPE},

	/* records */
	{"erf ethernet", FL_LINKTYPE_ERF, ERF_HEAD("02", "04", "002e") "0000 " ETH "0800 " U4 FCS "0000", IS_UDP, 0x800, V4, .mac = MAC_OUTER, .falls_back = true},
	{"erf ethernet with extensions", FL_LINKTYPE_ERF, ERF_HEAD("94", "04", "002e") "8400000000000000 0500000000000000 0000 " ETH "0800 " U4 FCS, IS_UDP, 0x800, V4, .mac = MAC_OUTER},
	{"erf hdlc", FL_LINKTYPE_ERF, ERF_HEAD("01", "04", "0020") "ff03 0021 " U4, IS_UDP, 0, V4},
	{"erf ip4", FL_LINKTYPE_ERF, ERF_HEAD("16", "04", "001c") U4, IS_UDP, 0, V4},
	{"erf, ip length 0", FL_LINKTYPE_ERF, ERF_HEAD("16", "04", "002a") IP4("0000", "06") TCP "aabb" "0000", FL_DECODE_TCP, 6, 54321, 502, 2, 0, V4, .falls_back = true},
	{"erf ip6", FL_LINKTYPE_ERF, ERF_HEAD("17", "04", "0030") U6, IS_UDP, 0, V6},
	{"erf atm", FL_LINKTYPE_ERF, ERF_HEAD("03", "04", "0034") "00", FL_DECODE_LINKTYPE},
	{"netanalyzer", FL_LINKTYPE_NETANALYZER, "20042a00 " ETH "0800 " U4 FCS, IS_UDP, 0x800, V4, .mac = MAC_OUTER},
	{"netanalyzer, transparent", FL_LINKTYPE_NETANALYZER_TRANSPARENT, "20063600 55555555555555d5 " ETH "0800 " U4 FCS, IS_UDP, 0x800, V4, .mac = MAC_OUTER},
	{"netanalyzer, short preamble", FL_LINKTYPE_NETANALYZER_TRANSPARENT, "60063600 55d5 " ETH "0800 " U4 FCS, IS_UDP, 0x800, V4, .mac = MAC_OUTER},
	{"netanalyzer, an input", FL_LINKTYPE_NETANALYZER, "00050000 01", NO_FLOW},
	{"netanalyzer, profibus", FL_LINKTYPE_NETANALYZER, "00080010 01", FL_DECODE_LINKTYPE},
	{"pflog", FL_LINKTYPE_PFLOG, "0d 02 00 00 656d30000000000000 000000 " U4, IS_UDP, 0, V4},
	{"pflog ip6", FL_LINKTYPE_PFLOG, "08 18 00 00 00000000 " U6, IS_UDP, 0, V6},
	{"dsa, tagged", FL_LINKTYPE_DSA_TAG_DSA, ETH "e0 10 e07b 0800 " U4, IS_UDP, 0x800, V4, 1, {123}, .mac = MAC_OUTER},
	{"dsa, untagged", FL_LINKTYPE_DSA_TAG_DSA, ETH "c0 10 0001 0800 " U4, IS_UDP, 0x800, V4, .mac = MAC_OUTER},
	{"edsa", FL_LINKTYPE_DSA_TAG_EDSA, ETH "dada 0000 20 10 007b 0800 " U4, IS_UDP, 0x800, V4, 1, {123}, .mac = MAC_OUTER},
	{"brcm", FL_LINKTYPE_DSA_TAG_BRCM, ETH "20000001 0800 " U4, IS_UDP, 0x800, V4, .mac = MAC_OUTER},
	{"brcm first", FL_LINKTYPE_DSA_TAG_BRCM_PREPEND, "20000001 " ETH "0800 " U4, IS_UDP, 0x800, V4, .mac = MAC_OUTER},
};

static const struct sample broken[] = {
	{"ppp, control byte of another kind", FL_LINKTYPE_PPP, "ff04 0021 " U4, FL_DECODE_BAD_LINK},
	{"ppp of half a protocol", FL_LINKTYPE_PPP, "00", FL_DECODE_BAD_LINK},
	{"pppoe link, version 2", FL_LINKTYPE_PPP_ETHER, "12 00 0005 001e 0021 " U4, FL_DECODE_BAD_TUNNEL},
	{"cisco of 3 bytes", FL_LINKTYPE_C_HDLC, "8f00 08", FL_DECODE_BAD_LINK},
	{"802.11 version 1", WLAN, "09 00 2c00 " DST SRC A_ROUTER "1000 " SNAP4, FL_DECODE_BAD_LINK},
	{"802.11 without its third address", WLAN, "08 00 2c00 " DST SRC, FL_DECODE_BAD_LINK},
	{"a-msdu beyond the frame", WLAN, WIFI("88 02", DST, A_ROUTER, A_ROUTER) "8000 " DST SRC "0025 " SNAP4, FL_DECODE_BAD_LINK},
	{"radiotap of 7 bytes", RADIOTAP, "00 00 0700 00000000 " DATA_80211, FL_DECODE_BAD_LINK},
	{"radiotap version 1", RADIOTAP, "01 00 0800 00000000 " DATA_80211, FL_DECODE_BAD_LINK},
	{"radiotap, bad fcs", RADIOTAP, "00 00 0900 02000000 50 " DATA_80211 FCS, FL_DECODE_BAD_LINK},
	{"radiotap beyond the frame", RADIOTAP, "00 00 ff00 00000000 " DATA_80211, FL_DECODE_BAD_LINK},
	{"ppi of 7 bytes", FL_LINKTYPE_PPI, "00 00 0700 01000000 " ETH, FL_DECODE_BAD_LINK},
	{"ppi, bad fcs", FL_LINKTYPE_PPI, "00 00 1c00 69000000 0200 1000 0102030405060708 0500 0000 00000000 " DATA_80211 FCS, FL_DECODE_BAD_LINK},
	{"ppi, bad fcs behind a padded field", FL_LINKTYPE_PPI, "00 01 2400 69000000 0300 0200 aabb 0000 0200 1000 0102030405060708 0500 0000 00000000 "
	 DATA_80211 FCS, FL_DECODE_BAD_LINK},
	{"erf, damaged", FL_LINKTYPE_ERF, ERF_HEAD("02", "14", "002e") "0000 " ETH "0800 " U4 FCS, FL_DECODE_BAD_LINK},
	{"netanalyzer, bad fcs", FL_LINKTYPE_NETANALYZER, "04042a00 " ETH "0800 " U4 FCS, FL_DECODE_BAD_LINK},
	{"netanalyzer, no delimiter", FL_LINKTYPE_NETANALYZER_TRANSPARENT, "00063600 5555ff " ETH "0800 " U4 FCS, FL_DECODE_BAD_LINK},
	{"pflog of 1 byte", FL_LINKTYPE_PFLOG, "01 02 0000 " U4, FL_DECODE_BAD_LINK},
};

START_TEST(sample_is_decoded) { sample_decodes(&samples[_i]); }
END_TEST

START_TEST(prefix_is_cut_or_malformed) { prefixes_decode(&samples[_i]); }
END_TEST

START_TEST(broken_frame_is_named) { broken_is_named(&broken[_i]); }
END_TEST

int main(void)
{
	Suite *s = suite_create("links");
	TCase *tc = tcase_create("links");

	tcase_add_loop_test(tc, sample_is_decoded, 0, (int)FL_ARRAY_LEN(samples));
	tcase_add_loop_test(tc, prefix_is_cut_or_malformed, 0, (int)FL_ARRAY_LEN(samples));
	tcase_add_loop_test(tc, broken_frame_is_named, 0, (int)FL_ARRAY_LEN(broken));
	suite_add_tcase(s, tc);
	return fl_run_suite(s) != 0;
}
