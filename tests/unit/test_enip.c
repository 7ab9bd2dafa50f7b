/* test_enip.c - the EtherNet/IP dissector: what probe() says, what is refused, how requests and responses join.
 *
 * Joins are small scripts, see enip_script.h; the messages in them are its macros. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "enip_script.h"
#include "run.h"

/* ---- probe */

#define H "00000000" "0000000000000000" "00000000" /* status, context, options */
#define RR "6f00%02x00 01000000" H

static const struct {
	const char *name, *hex;
	enum fl_end end;
	enum fl_probe said;
	enum fl_role role;
} probes[] = {
	{"nothing", "", FL_OPEN, FL_PROBE_MORE, FL_ROLE_UNCLEAR},
	{"register session", "65000400 00000000" H "01000000", FL_OPEN, FL_PROBE_SURE, FL_ROLE_CLIENT},
	{"registered", "65000400 05000000" H "01000000", FL_OPEN, FL_PROBE_SURE, FL_ROLE_SERVER},
	{"register session, so far", "65000400 00000000 0000", FL_OPEN, FL_PROBE_MORE, FL_ROLE_UNCLEAR},
	{"register session, a datagram that ends", "65000400 00000000" H "0100", FL_CLOSED, FL_PROBE_NO,
	 FL_ROLE_UNCLEAR},
	{"register session of another version", "65000400 00000000" H "02000000", FL_OPEN, FL_PROBE_LIKELY,
	 FL_ROLE_CLIENT},
	{"list identity", "63000000 00000000" H, FL_CLOSED, FL_PROBE_LIKELY, FL_ROLE_CLIENT},
	{"list identity with an error in a request's place", "63000000 00000000 01000000 00*8 00000000", FL_CLOSED,
	 FL_PROBE_LIKELY, FL_ROLE_SERVER},
	{"list services, answered", "04000e00 00000000" H "0100 0001 0800 0100 2000 00*4", FL_CLOSED, FL_PROBE_SURE,
	 FL_ROLE_SERVER},
	{"list services, items longer than the unit", "04000e00 00000000" H "0100 0001 0900 0100 2000 00*4", FL_CLOSED,
	 FL_PROBE_NO, FL_ROLE_UNCLEAR},
	{"list services, something behind the items", "04000f00 00000000" H "0100 0001 0800 0100 2000 00*5", FL_CLOSED,
	 FL_PROBE_NO, FL_ROLE_UNCLEAR},
	{"two requests that are likely alone", "63000000 00000000" H "04000000 00000000" H, FL_OPEN, FL_PROBE_SURE,
	 FL_ROLE_CLIENT},
	{"zeroes", "00*24", FL_OPEN, FL_PROBE_MORE, FL_ROLE_UNCLEAR},
	{"more zeroes", "00*48", FL_OPEN, FL_PROBE_MORE, FL_ROLE_UNCLEAR},
	{"zeroes, a datagram", "00*24", FL_CLOSED, FL_PROBE_NO, FL_ROLE_UNCLEAR},
	{"NOP in a session", "00000000 01000000" H, FL_OPEN, FL_PROBE_LIKELY, FL_ROLE_UNCLEAR},
	{"unknown command", "66010000 00000000" H, FL_OPEN, FL_PROBE_NO, FL_ROLE_UNCLEAR},
	{"unknown command, its first bytes", "6601", FL_OPEN, FL_PROBE_NO, FL_ROLE_UNCLEAR},
	{"unknown status", "6f000000 01000000 05000000 00*8 00000000", FL_OPEN, FL_PROBE_NO, FL_ROLE_UNCLEAR},
	{"options", "63000000 00000000 00*12 01000000", FL_OPEN, FL_PROBE_NO, FL_ROLE_UNCLEAR},
	{"length that no unit has", "6f00e8ff 01000000" H, FL_OPEN, FL_PROBE_NO, FL_ROLE_UNCLEAR},
	{"I/O", "0200 0280 0800 01000000 00000080 b100 0200 aabb", FL_CLOSED, FL_PROBE_SURE, FL_ROLE_UNCLEAR},
	{"I/O on a stream is none", "0200 0280 0800 01000000 00000080 b100 0200 aabb", FL_OPEN, FL_PROBE_NO,
	 FL_ROLE_UNCLEAR},
	{"I/O, a byte too many", "0200 0280 0800 01000000 00000080 b100 0200 aabbcc", FL_CLOSED, FL_PROBE_NO,
	 FL_ROLE_UNCLEAR},
	{"I/O, a byte too few", "0200 0280 0800 01000000 00000080 b100 0200 aa", FL_CLOSED, FL_PROBE_NO,
	 FL_ROLE_UNCLEAR},
	{"I/O without data", "0100 0280 0800 01000000 00000080", FL_CLOSED, FL_PROBE_NO, FL_ROLE_UNCLEAR},
	{"a game on the same port", "ffff0001 00000004 22b6e6ba 02ff0104 0000002c 00000001 000004b0 00008000",
	 FL_CLOSED,
	 FL_PROBE_NO, FL_ROLE_UNCLEAR},
	{"a game on the same port, answered", "00000002 7dfbd185 22b6e6ba 01ff0000 00000014 00000000 00000001",
	 FL_CLOSED,
	 FL_PROBE_NO, FL_ROLE_UNCLEAR},
	{"HTTP", "'GET / HTTP/1.1'", FL_OPEN, FL_PROBE_NO, FL_ROLE_UNCLEAR},
	{"TLS", "160301 0200 0100 01fc 0303 00*32", FL_OPEN, FL_PROBE_NO, FL_ROLE_UNCLEAR},
	{"SIP", "'OPTIONS sip:a@b SIP/2.0'", FL_CLOSED, FL_PROBE_NO, FL_ROLE_UNCLEAR},
	{"DNS", "1234 0100 0001 0000 0000 0000 03 'www' 00 0001 0001", FL_CLOSED, FL_PROBE_NO, FL_ROLE_UNCLEAR},
	{"MMS on TPKT", "0300 0016 11e0 0000 0001 00 c0010a c1020001 c2020001", FL_OPEN, FL_PROBE_NO, FL_ROLE_UNCLEAR},
};

START_TEST(probe_row)
{
	static struct bytes in;
	enum fl_role role = FL_ROLE_UNCLEAR;
	enum fl_probe got;
	uint8_t *exact;

	in.n = 0;
	hex(&in, probes[_i].hex);
	exact = malloc(in.n ? in.n : 1);
	ck_assert_ptr_nonnull(exact);
	memcpy(exact, in.b, in.n);
	got = fl_enip_dissector.probe(fl_rd_init(exact, in.n, probes[_i].end), &role);
	ck_assert_msg(got == probes[_i].said, "%s: got %d", probes[_i].name, got);
	if (got >= FL_PROBE_LIKELY)
		ck_assert_msg(role == probes[_i].role, "%s: role %d", probes[_i].name, role);
	free(exact);
}
END_TEST

/* ---- joins */

#define MULTI "0a0220022401"
#define MULTI_OK "8a000000"
#define SEND(size, message, route) "520220062401" "0af9" size message route
#define ID_OK "81000000" "01000e003600140b6000eeffc00004'L61B'"
#define ID_TEXT "'L61B rev 20.11 serial 00c0ffee vendor 1 type 14 code 54'"
#define IO(id, seq) "020002800800" id seq "b1000400" "01000000"
/* forward open of assemblies 101 and 102, class 1, T->O multicast, RPI 10 ms, multiplier 0 */
#define OPEN_IO(extra) "5402200624010a0e0000000001000080" TRIAD "00000000102700000a4810270000062881" extra
#define IO_PATH "042004246a2c652c66"
#define SOCKET_GROUP "0002" "08ae" "efc00102" "00*8"

static const struct script {
	const char *name, *script, *said;
} scripts[] = {
	{"a session", "E>65,0,0,1:01000000 E<65,5,0,1:01000000 E>66,5,0,0: e",
	 "register_session session 1>2 ok; unregister_session session 3>0 no_reply_expected"},
	{"who is there", "E>63,0,0,1: E<63,0,0,1:01000c0026000100" "00*16_" "01000c003a000403" "3000" "8e4d5200"
	 "04'ENBT'" "03" " e",
	 "list_identity identify 1>2 ok 'ENBT rev 4.3 serial 00524d8e vendor 1 type 12 code 58'"},
	{"refused by the encapsulation", "R>1:" GET_ID " E<6f,1,64,1: e",
	 "get_attributes_all identify cip_object 1/1/0 1>2 error 0x64 invalid_session_handle"},
	{"unconnected", "R>1:" GET_ID " R<1:" ID_OK " e", "get_attributes_all identify cip_object 1/1/0 1>2 ok "
	 ID_TEXT},
	{"an error", "R>1:" STOP " R<1:87000f00 e", "stop control cip_object 142/1/0 1>2 error 0xf "
	 "privilege_violation"},
	{"additional status", "R>1:" OPEN_ROUTER " R<1:d40001010601" TRIAD "0200 e",
	 "forward_open session cip_object 2/1/0 1>2 error 0x10106 ownership_conflict"},
	{"partial transfer is an answer", "R>1:" READ_A " R<1:cc000600c4000100 e", "read_tag read tag 1>2 ok 'A'"},
	{"three in flight, answered in another order", "R>1:" GET_ID " R>2:" STOP " R>3:" READ_A " R<2:" STOP_OK " R<3:"
	 READ_A_OK
	 " R<1:" GET_ID_OK " e",
	 "stop control cip_object 142/1/0 2>4 ok; read_tag read tag 3>5 ok 'A'; get_attributes_all identify "
	 "cip_object 1/1/0 1>6 ok"},
	{"one context for all: the oldest with that service", "R>0:" GET_ID " R>0:" STOP " R<0:" STOP_OK " R<0:"
	 GET_ID_OK " e",
	 "stop control cip_object 142/1/0 2>3 ok; get_attributes_all identify cip_object 1/1/0 1>4 ok"},
	{"another context is no answer", "R>1:" GET_ID " R<2:" GET_ID_OK " e",
	 "get_attributes_all read 0>2 unsolicited; get_attributes_all identify cip_object 1/1/0 1>0 no_response"},
	{"another service is no answer", "R>1:" GET_ID " R<1:" STOP_OK " e",
	 "stop control 0>2 unsolicited; get_attributes_all identify cip_object 1/1/0 1>0 no_response"},
	{"no answer", "R>1:" STOP " +11 t e", "stop control cip_object 142/1/0 1>0 no_response"},
	{"a late answer", "R>1:" STOP " +11 R<1:" STOP_OK " e",
	 "stop control cip_object 142/1/0 1>0 no_response; stop control cip_object 142/1/0 1>2 ok late"},
	{"two answers", "R>1:" STOP " R<1:" STOP_OK " R<1:" STOP_OK " e",
	 "stop control cip_object 142/1/0 1>2 ok; stop control cip_object 142/1/0 1>3 ok duplicate"},
	{"the capture ends", "R>1:" STOP " E!", "stop control cip_object 142/1/0 1>0 unknown"},
	{"an answer may be lost", "R>1:" STOP " g< +11 t e", "stop control cip_object 142/1/0 1>0 unknown"},
	{"what the client sent is lost: answers are still due", "R>1:" STOP " g> +11 t e",
	 "stop control cip_object 142/1/0 1>0 no_response"},
	{"an answer alone", "U<80000001,7:" READ_A_OK " +3 t e", "class_service other 0>1 unsolicited"},
	{"its request waited behind a hole", "f5 U<80000001,7:" READ_A_OK " f3 U>ff0001,7:" READ_A " e",
	 "read_tag read tag 3>5 ok 'A'"},
	{"a request from a later frame is another", "f5 U<80000001,7:" READ_A_OK " f6 U>ff0001,7:" READ_A " e",
	 "class_service other 0>5 unsolicited; read_tag read tag 6>0 no_response 'A'"},

	{"connected", "U>ff0001,7:" READ_A " U<80000001,7:" READ_A_OK " U>ff0001,8:" WRITE_A " U<80000001,8:" WRITE_A_OK
	 " e",
	 "read_tag read tag 1>2 ok 'A'; write_tag write tag 3>4 ok 'A'"},
	{"two connections with the same counts", "U>a,7:" READ_A " U>b,7:" WRITE_A " U<1b,7:" WRITE_A_OK " U<1a,7:"
	 READ_A_OK
	 " U>a,8:" READ_A " U>b,8:" READ_A " U<1b,8:" READ_A_OK " U<1a,8:cc000500 e",
	 "write_tag write tag 2>3 ok 'A'; read_tag read tag 1>4 ok 'A'; read_tag read tag 6>7 ok 'A'; "
	 "read_tag read tag 5>8 error 0x5 path_destination_unknown 'A'"},
	{"a retry is not done again", "U>ff0001,8:" WRITE_A " U>ff0001,8:" WRITE_A " U<80000001,8:" WRITE_A_OK
	 " U<80000001,8:"
	 WRITE_A_OK " e", "write_tag write tag 1>3 ok 'A'"},
	{"a retry after the answer", "U>ff0001,8:" WRITE_A " U<80000001,8:" WRITE_A_OK " U>ff0001,8:" WRITE_A
	 " U<80000001,8:"
	 WRITE_A_OK " U<80000001,8:" WRITE_A_OK " e",
	 "write_tag write tag 1>2 ok 'A'; write_tag write tag 1>5 ok duplicate 'A'"},
	{"the same count with other bytes is no retry", "U>ff0001,8:" READ_A " U<80000001,8:" READ_A_OK " U>ff0001,8:"
	 WRITE_A
	 " U<80000001,8:" WRITE_A_OK " e", "read_tag read tag 1>2 ok 'A'; write_tag write tag 3>4 ok 'A'"},
	{"open, use, close, open again", "R>1:" OPEN_ROUTER " R<1:" OPEN_OK " U>ff0001,1:" READ_A " U<80000001,1:"
	 READ_A_OK
	 " R>2:" CLOSE " R<2:" CLOSE_OK " R>3:" OPEN_ROUTER " R<3:" OPEN_OK " U>ff0001,1:" READ_A " U<80000001,1:"
	 READ_A_OK " e",
	 "forward_open session cip_object 2/1/0 1>2 ok; read_tag read tag 3>4 ok 'A'; "
	 "forward_close session cip_object 6/1/0 5>6 ok; forward_open session cip_object 2/1/0 7>8 ok; "
	 "read_tag read tag 9>10 ok 'A'"},
	{"an id that was learned from a wrong answer is learned anew", "U>a,1:" READ_A " U<66,1:" READ_A_OK " U>a,2:"
	 READ_A
	 " U<1a,2:" READ_A_OK " U>a,3:" READ_A " U<1a,3:" READ_A_OK " e",
	 "read_tag read tag 1>2 ok 'A'; read_tag read tag 3>4 ok 'A'; read_tag read tag 5>6 ok 'A'"},
	{"an interface that is not CIP's is read all the same", "E>70,1,0,0:0100000000000200a10004000a000000b1000800"
	 "0100" STOP " e",
	 "stop control cip_object 142/1/0 1>0 no_response"},
	{"under the id of another connection nothing is answered", "R>1:" OPEN_ROUTER " R<1:" OPEN_OK " U>ff0001,1:"
	 READ_A
	 " U<99,1:" READ_A_OK " +3 t e",
	 "forward_open session cip_object 2/1/0 1>2 ok; class_service other 0>4 unsolicited; read_tag read tag 3>0 "
	 "no_response 'A'"},

	{"a packet: one operation each", "U>a,1:" MULTI "020006000e00" GET_ID "0000" STOP " U<b,1:" MULTI_OK
	 "020006000a00" GET_ID_OK
	 "87000c00 e",
	 "get_attributes_all identify cip_object 1/1/0 1>2 ok; stop control cip_object 142/1/0 1>2 error 0xc "
	 "object_state_conflict"},
	{"a packet that is refused", "U>a,1:" MULTI "020006000c00" GET_ID STOP " U<b,1:8a000800 e",
	 "get_attributes_all identify cip_object 1/1/0 1>2 error 0x8 service_not_supported; "
	 "stop control cip_object 142/1/0 1>2 error 0x8 service_not_supported"},
	{"a packet of which one is not answered", "U>a,1:" MULTI "020006000c00" GET_ID STOP " U<b,1:" MULTI_OK
	 "01000400" GET_ID_OK " e",
	 "get_attributes_all identify cip_object 1/1/0 1>2 ok; stop control cip_object 142/1/0 1>2 unknown"},
	{"a packet without an answer", "U>a,1:" MULTI "020006000c00" GET_ID STOP " e",
	 "get_attributes_all identify cip_object 1/1/0 1>0 no_response; stop control cip_object 142/1/0 1>0 "
	 "no_response"},
	{"a packet in a packet", "U>a,1:" MULTI "01000400" MULTI "01000400" STOP " U<b,1:" MULTI_OK "01000400" MULTI_OK
	 "01000400" STOP_OK
	 " e", "stop control cip_object 142/1/0 1>2 ok"},
	{"an empty packet", "U>a,1:" MULTI "0000 U<b,1:" MULTI_OK "0000 e",
	 "multiple_service_packet other cip_object 2/1/0 1>2 ok"},
	{"too deep: what is not followed is on record", "U>a,1:" MULTI "01000400" MULTI "01000400" MULTI "01000400"
	 MULTI "01000400"
	 MULTI "01000400" STOP " e", "services_beyond_limit other 1>0 no_response"},
	{"answers in the wrong places", "U>a,1:" MULTI "020006000c00" GET_ID STOP " U<b,1:" MULTI_OK "020006000a00"
	 STOP_OK GET_ID_OK " e",
	 "get_attributes_all identify cip_object 1/1/0 1>2 unknown; stop control cip_object 142/1/0 1>2 unknown"},

	{"sent on: the route is told", "R>1:" SEND("0600", GET_ID, "01000100") " R<1:" ID_OK " e",
	 "get_attributes_all identify cip_object 1/1/0 1>2 ok via 1/0 " ID_TEXT},
	{"sent on, to another network", "R>1:" SEND("0600", STOP, "0900120c'192.168.1.10'01000104") " R<1:" STOP_OK
	 " e",
	 "stop control cip_object 142/1/0 1>2 ok via 2/192.168.1.10,1/0,1/4"},
	{"sent on, odd", "R>1:" SEND("0900", "50022037240107aabb", "00" "01000103") " R<1:d0000000 e",
	 "download_transfer write file cip_object 55/1/0 1>2 ok via 1/3"},
	{"sent on, and it did not get there", "R>1:" SEND("0600", STOP, "01000109") " R<1:d20001010402 e",
	 "stop control cip_object 142/1/0 1>2 error 0x10204 unconnected_request_timed_out via 1/9"},
	{"sent on twice", "R>1:" SEND("1400", SEND("0600", STOP, "01000202"), "01000100") " R<1:" STOP_OK " e",
	 "stop control cip_object 142/1/0 1>2 ok via 1/0,2/2"},
	{"sent on, a packet", "R>1:" SEND("1000", MULTI "01000400" STOP, "01000100") " R<1:" MULTI_OK "01000400" STOP_OK
	 " e",
	 "stop control cip_object 142/1/0 1>2 ok via 1/0"},
	{"sent on, never answered", "R>1:" SEND("0600", STOP, "01000100") " +11 t",
	 "stop control cip_object 142/1/0 1>0 no_response via 1/0"},
	{"a connection through a chassis: what goes over it has its route", "R>1:5402200624010a0e0000000001000080" TRIAD
	 "0300000080841e00f44380841e00f443a303010020022401 R<1:" OPEN_OK " U>ff0001,1:" READ_A " U<80000001,1:"
	 READ_A_OK " e",
	 "forward_open session cip_object 2/1/0 1>2 ok via 1/0; read_tag read tag 3>4 ok via 1/0 'A'"},
	{"a connection to another object carries no messages", "R>1:5402200624010a0e0000000001000080" TRIAD
	 "0300000080841e00f44380841e00f443a3022004246a R<1:" OPEN_OK " U>ff0001,1:" READ_A " U<80000001,1:01 e",
	 "forward_open session cip_object 4/106/0 1>2 ok; send_unit_data other 3>4 ok"},

	{"a large forward open", "R>1:5b02200624010a0e0000000001000080" TRIAD
	 "0300000080841e00a00f004280841e00a00f0042a30220022401 R<1:db"
	 "0000000100ff0001000080" TRIAD "80841e0080841e000000 e", "large_forward_open session cip_object 2/1/0 1>2 ok"},
	{"a null forward open", "R>1:5402200624010a0e0000000000000000" TRIAD
	 "03000000000000000000000000000000a30220012401 R<1:" OPEN_OK
	 " e", "null_forward_open session cip_object 1/1/0 1>2 ok"},
	{"I/O is announced, to a group too", "R>1:" OPEN_IO(IO_PATH)
	 " E<6f,1,0,1:000000000000030000000000b2001e00" OPEN_OK "018010000002" "08ae" "efc00102" "00*8 e",
	 "announce 0>1:2222 10s key ff0001 note 11; announce 1>239.192.1.2:2222 10s key 80000001 note 16; "
	 "forward_open session io_data cip_object 4/106/0 cip_object 4/106/101 cip_object 4/106/102 1>2 ok"},
	{"I/O that is refused is not announced", "R>1:" OPEN_IO(IO_PATH) " R<1:d40001010601" TRIAD "0200 e",
	 "forward_open session io_data cip_object 4/106/0 cip_object 4/106/101 cip_object 4/106/102 1>2 error "
	 "0x10106 ownership_conflict"},
	{"safety is marked", "R>1:" OPEN_IO("055002aabbccdd20042c65") " R<1:" OPEN_OK " e",
	 "announce 0>1:2222 10s key ff0001 note 19; announce 1>any:2222 10s key 80000001 note 1e; "
	 "forward_open session io_data cip_object 4/0/101 1>2 ok 'safety'"},
	{"configuration data in the path", "R>1:" OPEN_IO("04200424658001aabb") " R<1:d4000800 e",
	 "forward_open session configure io_data cip_object 4/101/0 1>2 error 0x8 service_not_supported"},

	{"PCCC", "R>1:4b022067240107" "4d0044332211" "0f001111a2020789" "0c00 R<1:cb00000007" "4d0044332211"
	 "4f0011112a00 e",
	 "protected_typed_logical_read_3 read tag 1>2 ok 'N7:12'"},
	{"PCCC says no", "R>1:4b022067240107" "4d0044332211" "0f0011118001 R<1:cb00000007" "4d0044332211"
	 "4ff011110b e",
	 "change_mode control cip_object 103/1/0 1>2 error 0xf00b access_denied 'program'"},
	{"an attribute of the PCCC object is no PCCC", "R>1:0302206724010100 R<1:8300000001000100000000 e",
	 "get_attribute_list read cip_object 103/1/0 1>2 ok"},
	{"back to factory settings", "R>1:05022001240101 R<1:85000000 e",
	 "reset control configure cip_object 1/1/0 1>2 ok"},
	{"restart", "R>1:05022001240100 R<1:85000000 e", "reset control cip_object 1/1/0 1>2 ok"},

	{"by the bytes the responder asks, whatever port and handshake say", "k R<1:" GET_ID " R>1:" GET_ID_OK " R<2:"
	 STOP " R>2:" STOP_OK " e",
	 "get_attributes_all identify cip_object 1/1/0 1>2 ok c1; stop control cip_object 142/1/0 3>4 ok c1"},
	{"no message: who asks is a matter of roles", "c1 E<72,1,0,1: E>72,1,0,1: e",
	 "indicate_status other 1>2 ok c1"},
	{"an unknown command is asked for all the same", "R>1:" STOP " E>1234,1,0,5: E<1234,1,1,5: e",
	 "unknown_command other 2>3 error 0x1 invalid_command; stop control cip_object 142/1/0 1>0 no_response"},
	{"NOP", "E>0,1,0,0: e", "nop session 1>0 no_reply_expected"},

	{"asked by broadcast, nobody answers here", "m d>6300000000000000" "00*16 e",
	 "announce any:44818>0 10s; list_identity identify 1>0 no_reply_expected"},
	{"answered from elsewhere", "r d>6300330000000000" "00*16_" "01000c002d000100" "00*16_" "01000c003a000403"
	 "3000" "8e4d5200" "0b'1756-ENBT/A'" "03 e",
	 "list_identity identify 0>1 ok c1 '1756-ENBT/A rev 4.3 serial 00524d8e vendor 1 type 12 code 58'"},

	{"I/O: one operation per connection and sender", "d>" IO("01000000", "00000080") " d>" IO("01000000",
	 "01000080") " d<" IO("02000000", "05000000")
	 " d>" IO("01000000", "02000080") " e",
	 "io_data io_data 1>0 no_reply_expected 'connection 0x00000001'; io_data io_data 3>0 no_reply_expected "
	 "'connection 0x00000002'"},
	{"I/O: silent for a while", "d>" IO("01000000", "00000000") " +11 d>" IO("01000000", "01000000") " e",
	 "io_data io_data 1>0 no_reply_expected 'connection 0x00000001'; io_data io_data 2>0 no_reply_expected "
	 "'connection 0x00000001'"},
	{"I/O: the opener says who is the client", "n2 d>" IO("01000000", "00000000") " e",
	 "io_data io_data 1>0 no_reply_expected c1 'connection 0x00000001'"},
	{"I/O to a group: the sender is not the client's peer", "n6 d>" IO("01000000", "00000000") " e",
	 "io_data io_data 1>0 no_reply_expected 'connection 0x00000001'"},
	{"CIP Safety is not plain I/O", "n9 d>" IO("01000000", "00000000") " e",
	 "safety_io_data io_data 1>0 no_reply_expected 'connection 0x00000001'"},
};

START_TEST(script_row)
{
	const struct script *s = &scripts[_i];

	run_script(s->script);
	ck_assert_msg(strcmp(said, s->said) == 0, "%s:\n got  %s\n want %s", s->name, said, s->said);
}
END_TEST

/* ---- bounds */

static char many[200000];

static void add(const char *fmt, ...) FL_PRINTF(1, 2);
static void add(const char *fmt, ...)
{
	size_t at = strlen(many);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(many + at, sizeof many - at, fmt, ap);
	va_end(ap);
}

static unsigned count(const char *what)
{
	const char *p = said;
	unsigned n = 0;

	while ((p = strstr(p, what)) != NULL) {
		n++;
		p += strlen(what);
	}
	return n;
}

/* One more than can wait: the oldest ends as unknown, and is not forgotten. */
START_TEST(table_full)
{
	unsigned i;

	many[0] = '\0';
	for (i = 0; i <= FL_ENIP_PENDING_MAX; i++)
		add("R>%x:" STOP " ", i + 1);
	add("e");
	run_script(many);
	ck_assert_uint_eq(count("stop control"), FL_ENIP_PENDING_MAX + 1);
	ck_assert_uint_eq(count(" unknown"), 1);
	ck_assert_ptr_eq(strstr(said, "1>0 unknown"), said + strlen("stop control cip_object 142/1/0 "));
}
END_TEST

/* Packets that fill the ring: none is lost, and those that would be overwritten are ended. */
START_TEST(ring_full)
{
	unsigned i;

	many[0] = '\0';
	for (i = 0; i < 5; i++)
		add("U>a,%x:" MULTI "020006000c00" GET_ID STOP "00*3000 ", i + 1);
	add("e");
	run_script(many);
	ck_assert_uint_eq(count("stop control"), 5);
	ck_assert_uint_eq(count("stop control cip_object 142/1/0 1>0 unknown"), 1);
	ck_assert_uint_eq(count("no_response"), 4); /* of the last two packets, two each */
}
END_TEST

/* Longer than is kept: told at once, so that nothing in it is hidden; the answer adds nothing. */
START_TEST(too_long_to_keep)
{
	many[0] = '\0';
	add("U>a,1:" MULTI "020006000c00" GET_ID STOP "00*5000 U<b,1:" MULTI_OK "020006000a00" GET_ID_OK STOP_OK " e");
	run_script(many);
	ck_assert_str_eq(said, "get_attributes_all identify cip_object 1/1/0 1>0 unknown; stop control cip_object "
	 "142/1/0 1>0 unknown");
}
END_TEST

/* More services than are followed: the rest is one operation of class other. */
START_TEST(too_many_services)
{
	unsigned i, n = FL_CIP_SERVICES_MAX + 5;

	many[0] = '\0';
	add("R>1:" MULTI "%02x%02x", n & 0xFF, n >> 8);
	for (i = 0; i < n; i++)
		add("%02x%02x", (2 + 2 * n) & 0xFF, (2 + 2 * n) >> 8);
	add(STOP " e");
	run_script(many);
	ck_assert_uint_eq(count("services_beyond_limit other 1>0 no_response"), 1);
	ck_assert_uint_eq(flawed_seen, FL_CIP_SERVICES_MAX + 1); /* they are empty, and the packet is flawed too */
}
END_TEST

/* Responses that wait for their requests are few, and none is forgotten. */
START_TEST(early_full)
{
	unsigned i;

	many[0] = '\0';
	for (i = 0; i <= FL_ENIP_EARLY_MAX; i++)
		add("U<b,%x:" READ_A_OK " ", i + 1);
	run_script(many);
	ck_assert_uint_eq(count("unsolicited"), 1);
	add("+3 t");
	run_script(many);
	ck_assert_uint_eq(count("unsolicited"), FL_ENIP_EARLY_MAX + 1);
}
END_TEST

/* More I/O connections than are told apart: one operation stands for the rest, not one for each datagram. */
START_TEST(io_full)
{
	unsigned i, turn;

	many[0] = '\0';
	for (turn = 0; turn < 3; turn++)
		for (i = 0; i < FL_ENIP_IO_MAX + 10; i++)
			add("d>" IO("%02x000000", "00000000") " ", i);
	run_script(many);
	ck_assert_uint_eq(count("io_data io_data"), FL_ENIP_IO_MAX + 1);
	ck_assert_uint_eq(count("'further connections'"), 1);
}
END_TEST

/* A connection that is forgotten is still answered: it is then one from before the capture. */
START_TEST(connections_full)
{
	unsigned i;

	many[0] = '\0';
	for (i = 0; i < 3 * FL_ENIP_CONNECTIONS_MAX; i++)
		add("U>%x,1:" READ_A " U<%x,1:" READ_A_OK " ", i + 1, i + 0x101);
	add("U>1,2:" READ_A " U<101,2:" READ_A_OK " e");
	run_script(many);
	ck_assert_uint_eq(count(" ok 'A'"), 3 * FL_ENIP_CONNECTIONS_MAX + 1);
	ck_assert_uint_eq(count("unsolicited"), 0);
}
END_TEST

/* ---- sync */

/* A whole unit, byte by byte: nothing before its last, everything then. */
START_TEST(one_byte_at_a_time)
{
	static struct bytes o;
	struct fl_enip_state *state = calloc(1, sizeof *state);
	struct fl_dctx c = {.state = state, .on_unit = count_unit, .on_operation = put_op, .frame = 1};
	size_t n;

	ck_assert_ptr_nonnull(state);
	o.n = 0;
	units_seen = 0;
	connected(&o, 0xff0001, 7, READ_A);
	for (n = 1; n <= o.n; n++) {
		struct fl_rd r = fl_rd_init(o.b, n, FL_OPEN);

		ck_assert_int_eq(fl_enip_dissector.unit(&c, &r), n < o.n ? FL_NEED_MORE : FL_UNIT);
		ck_assert_uint_eq(units_seen, n < o.n ? 0 : 2);
	}
	free(state);
}
END_TEST

static const struct {
	const char *name, *script;
	enum fl_result last;
	unsigned units;
} syncs[] = {
	{"not the protocol at all", "x>'GET / HTTP/1.1'00*20", FL_NOT_MINE, 0},
	{"not the protocol any more", "R>1:" STOP " x>'GET / HTTP/1.1'00*20", FL_MALFORMED, 2},
	{"after loss, the next unit is found", "R>1:" STOP " g> R>2:" STOP, FL_UNIT, 4},
	{"after loss, zeroes are no NOP", "R>1:" STOP " g> x>00*24", FL_MALFORMED, 2},
	{"after loss, the middle of a unit is none", "R>1:" STOP " g> x>0220642401000000", FL_MALFORMED, 2},
	{"unknown command in sync", "R>1:" STOP " E>1234,1,0,5:aabb", FL_UNIT, 3},
	{"unknown command with an unknown status", "R>1:" STOP " E>1234,1,77,5:aabb", FL_MALFORMED, 2},
	{"cut by the snap length", "X>7000240001000000" "00*16_" "000000000000" "0200a1000400", FL_CUT, 1},
	{"cut in the header", "X>700024000100", FL_CUT, 0},
	{"cut behind the path: the message is told", "X>6f003000010000" "00*17_" "000000000a0002000000"
	 "0000b20020004d0291014100", FL_CUT, 2},
	{"I/O cut behind its address", "x>00", FL_NEED_MORE, 0},
};

static enum fl_result last_result;

static enum fl_result spy(struct fl_dctx *c, const char *word)
{
	static struct bytes o;
	char copy[1024];
	struct fl_rd r;

	if (word[0] == 'g') {
		c->dir = word[1] == '<';
		fl_enip_dissector.gap(c);
		return last_result;
	}
	snprintf(copy, sizeof copy, "%s", word);
	o.n = 0;
	c->dir = word[1] == '<';
	if (word[0] == 'R') {
		char *p = copy + 2;
		uint64_t context;

		number_of(&p, &context);
		unconnected(&o, context, p);
	} else if (word[0] == 'E') {
		static struct bytes body;
		char *p = copy + 2;
		uint64_t v[4];
		unsigned i;

		for (i = 0; i < 4; i++)
			number_of(&p, &v[i]);
		body.n = 0;
		hex(&body, p);
		encapsulate(&o, (unsigned)v[0], (uint32_t)v[1], (uint32_t)v[2], v[3], &body);
	} else {
		hex(&o, copy + 2);
	}
	r = fl_rd_init(o.b, o.n, word[0] == 'X' ? FL_CUT_END : FL_OPEN);
	c->frame++;
	return last_result = fl_enip_dissector.unit(c, &r);
}

START_TEST(sync_row)
{
	struct fl_enip_state *state = calloc(1, sizeof *state);
	struct fl_dctx c = {.state = state, .on_unit = count_unit};
	const char *s = syncs[_i].script;
	char word[1024];
	int len;

	ck_assert_ptr_nonnull(state);
	units_seen = 0;
	for (; sscanf(s, " %1023[^\n ]%n", word, &len) == 1; s += len) {
		/* a text may hold blanks: up to its closing quote */
		while ((strchr(word, '\'') != NULL) && strchr(strchr(word, '\'') + 1, '\'') == NULL) {
			size_t at = strlen(word);

			word[at++] = s[len++];
			word[at] = '\0';
		}
		if (s[len] != ' ' && s[len] != '\0')
			for (size_t at = strlen(word); s[len] != ' ' && s[len] != '\0'; word[at] = '\0')
				word[at++] = s[len++];
		(void)spy(&c, word);
	}
	ck_assert_msg(last_result == syncs[_i].last, "%s: got %d", syncs[_i].name, last_result);
	ck_assert_msg(units_seen == syncs[_i].units, "%s: %u units", syncs[_i].name, units_seen);
	free(state);
}
END_TEST

/* A flow's memory: what 262144 flows would cost is what limits the table. */
START_TEST(state_is_small)
{
	ck_assert_uint_le(fl_enip_dissector.state_size, 16384);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("enip");
	TCase *t = tcase_create("enip");

	tcase_add_loop_test(t, probe_row, 0, FL_ARRAY_LEN(probes));
	tcase_add_loop_test(t, script_row, 0, FL_ARRAY_LEN(scripts));
	tcase_add_test(t, table_full);
	tcase_add_test(t, ring_full);
	tcase_add_test(t, too_long_to_keep);
	tcase_add_test(t, too_many_services);
	tcase_add_test(t, early_full);
	tcase_add_test(t, io_full);
	tcase_add_test(t, connections_full);
	tcase_add_test(t, one_byte_at_a_time);
	tcase_add_loop_test(t, sync_row, 0, FL_ARRAY_LEN(syncs));
	tcase_add_test(t, state_is_small);
	suite_add_tcase(s, t);
	return fl_run_suite(s) ? 1 : 0;
}
