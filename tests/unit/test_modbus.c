/* test_modbus.c - the Modbus dissector: how bodies read, what probe() says, how requests and responses join.
 *
 * Most rows are {name, input, expected text}. An ADU is written as its PDU in hex: the MBAP (transaction id 1,
 * unit 17) is put before it; the expected text is the unit's JSON from "dir" on. Joins are small scripts, see
 * modbus_script.h. All inputs lie in exact-size heap blocks, so that an over-read of one byte is seen. */
#include <check.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dissectors/modbus.h"
#include "dissectors/modbus_join.h"
#include "fenceline/compiler.h"
#include "modbus_script.h"
#include "run.h"

/* ---- how bodies read */

#define C FL_ROLE_CLIENT
#define S FL_ROLE_SERVER
#define U FL_ROLE_UNCLEAR

static const struct reading {
	const char *name;
	enum fl_role hint;
	const char *pdu;
	const char *text; /* the JSON without quotes, function_name and category, from dir on */
} readings[] = {
	{"read coils", U, "01 0001 07d0",
	 "dir:request,fc:1,exception:false,ref:1,bit_count:2000,table:coils"},
	{"read coils, answer", U, "01 02 cd01",
	 "dir:response,fc:1,exception:false,byte_count:2,bits:[1,0,1,1,0,0,1,1,1,0,0,0,0,0,0,0],table:coils"},
	{"read coils, 2000 answered", U, "01 fa ff*250",
	 "dir:response,fc:1,exception:false,byte_count:250,bits:[#2000],table:coils"},
	{"read coils, none", U, "01 0000 0000",
	 "dir:request,fc:1,exception:false,ref:0,bit_count:0,table:coils,flaws:[quantity]"},
	{"read coils, one too many", U, "01 0000 07d1",
	 "dir:request,fc:1,exception:false,ref:0,bit_count:2001,table:coils,flaws:[quantity]"},
	{"read coils, past the end", U, "01 ffff 0002",
	 "dir:request,fc:1,exception:false,ref:65535,bit_count:2,table:coils,flaws:[range]"},
	{"read coils, three bytes of bits, or a quantity that is not allowed", U, "01 03 cd6b05",
	 "dir:response,fc:1,exception:false,byte_count:3,bits:[1,0,1,1,0,0,1,1,1,1,0,1,0,1,1,0,1,0,1,0,0,0,0,0],table:coils"},
	{"read coils, three bytes of bits, or address 0x3cd and 5, nobody knows", U, "01 03 cd0005",
	 "dir:unknown,fc:1,exception:false,ref:973,bit_count:5,table:coils"},
	{"read coils, the same from the server", S, "01 03 cd0005",
	 "dir:response,fc:1,exception:false,byte_count:3,bits:[1,0,1,1,0,0,1,1,0,0,0,0,0,0,0,0,1,0,1,0,0,0,0,0],table:coils"},
	{"read coils, byte count too small", U, "01 01 cd01",
	 "dir:unknown,fc:1,exception:false,ref:461,data_len:1,data:01,table:coils,flaws:[length]"},
	{"read coils, error", C, "81 02",
	 "dir:response,fc:1,exception:true,exception_code:2,exception_name:illegal_data_address"},
	{"read discrete inputs", U, "02 00c4 0016",
	 "dir:request,fc:2,exception:false,ref:196,bit_count:22,table:discrete_inputs"},
	{"read discrete inputs, answer", U, "02 01 ac",
	 "dir:response,fc:2,exception:false,byte_count:1,bits:[0,0,1,1,0,1,0,1],table:discrete_inputs"},
	{"read holding registers", U, "03 006b 0003",
	 "dir:request,fc:3,exception:false,ref:107,word_count:3,table:holding_registers"},
	{"read holding registers, answer", U, "03 04 022b0064",
	 "dir:response,fc:3,exception:false,byte_count:4,registers:[555,100],table:holding_registers"},
	{"read holding registers, 125", U, "03 0000 007d",
	 "dir:request,fc:3,exception:false,ref:0,word_count:125,table:holding_registers"},
	{"read holding registers, 126", U, "03 0000 007e",
	 "dir:request,fc:3,exception:false,ref:0,word_count:126,table:holding_registers,flaws:[quantity]"},
	{"read holding registers, 125 answered", U, "03 fa 01*250",
	 "dir:response,fc:3,exception:false,byte_count:250,registers:[#125],table:holding_registers"},
	{"read holding registers, odd byte count: has a request's length", S, "03 03 010203",
	 "dir:request,fc:3,exception:false,ref:769,word_count:515,table:holding_registers,flaws:[quantity]"},
	{"read holding registers, empty answer", U, "03 00",
	 "dir:response,fc:3,exception:false,byte_count:0,registers:[],table:holding_registers,flaws:[byte_count]"},
	{"read holding registers, nothing", C, "03",
	 "dir:request,fc:3,exception:false,table:holding_registers,flaws:[length]"},
	{"read holding registers, too long", C, "03 0000 0001 00",
	 "dir:request,fc:3,exception:false,ref:0,word_count:1,trailing:00,table:holding_registers,flaws:[length]"},
	{"read input registers", U, "04 0008 0001",
	 "dir:request,fc:4,exception:false,ref:8,word_count:1,table:input_registers"},
	{"read input registers, answer", U, "04 02 000a",
	 "dir:response,fc:4,exception:false,byte_count:2,registers:[10],table:input_registers"},
	{"write single coil", C, "05 00ac ff00",
	 "dir:request,fc:5,exception:false,ref:172,value:65280,data_len:2,table:coils"},
	{"write single coil, echo", S, "05 00ac ff00",
	 "dir:response,fc:5,exception:false,ref:172,value:65280,data_len:2,table:coils"},
	{"write single coil, who?", U, "05 00ac ff00",
	 "dir:unknown,fc:5,exception:false,ref:172,value:65280,data_len:2,table:coils"},
	{"write single coil, neither on nor off", C, "05 00ac 1234",
	 "dir:request,fc:5,exception:false,ref:172,value:4660,data_len:2,table:coils,flaws:[value]"},
	{"write single register", C, "06 0001 0003",
	 "dir:request,fc:6,exception:false,ref:1,value:3,data_len:2,table:holding_registers"},
	{"write single register, echo", S, "06 0001 0003",
	 "dir:response,fc:6,exception:false,ref:1,value:3,data_len:2,table:holding_registers"},
	{"read exception status", U, "07",
	 "dir:request,fc:7,exception:false"},
	{"read exception status, answer", U, "07 6d",
	 "dir:response,fc:7,exception:false,status:109,data_len:1"},
	{"loopback", C, "08 0000 a537",
	 "dir:request,fc:8,exception:false,diag:0,query_data:a537,subfunction_name:return_query_data"},
	{"loopback, long", C, "08 0000 a537 0102 0304",
	 "dir:request,fc:8,exception:false,diag:0,query_data:a53701020304,subfunction_name:return_query_data"},
	{"restart, clearing the log", C, "08 0001 ff00",
	 "dir:request,fc:8,exception:false,diag:1,option:65280,subfunction_name:restart_communications_option"},
	{"force listen only", C, "08 0004 0000",
	 "dir:request,fc:8,exception:false,diag:4,data_len:2,data:0000,subfunction_name:force_listen_only_mode"},
	{"reserved sub-function", C, "08 0015 0003",
	 "dir:request,fc:8,exception:false,diag:21,data_len:2,data:0003"},
	{"sub-function without data", C, "08 0002",
	 "dir:request,fc:8,exception:false,diag:2,subfunction_name:return_diagnostic_register,flaws:[length]"},
	{"get comm event counter", U, "0b",
	 "dir:request,fc:11,exception:false"},
	{"get comm event counter, answer", U, "0b ffff 0108",
	 "dir:response,fc:11,exception:false,status:65535,event_count:264"},
	{"get comm event log", U, "0c",
	 "dir:request,fc:12,exception:false"},
	{"get comm event log, answer", U, "0c 08 0000 0108 0121 2000",
	 "dir:response,fc:12,exception:false,byte_count:8,status:0,event_count:264,message_count:289,events:2000"},
	{"get comm event log, short", S, "0c 05 0000 0108 01",
	 "dir:response,fc:12,exception:false,byte_count:5,trailing:0000010801,flaws:[length]"},
	{"write multiple coils", U, "0f 0013 000a 02 cd01",
	 "dir:request,fc:15,exception:false,ref:19,byte_count:2,bit_count:10,data_len:2,bits:[1,0,1,1,0,0,1,1,1,0],table:coils"},
	{"write multiple coils, answer", U, "0f 0013 000a",
	 "dir:response,fc:15,exception:false,ref:19,bit_count:10,table:coils"},
	{"write multiple coils, 1968", U, "0f 0000 07b0 f6 00*246",
	 "dir:request,fc:15,exception:false,ref:0,byte_count:246,bit_count:1968,data_len:246,bits:[#1968],table:coils"},
	{"write multiple coils, 1969", U, "0f 0000 07b1 f7 00*247",
	 "dir:request,fc:15,exception:false,ref:0,byte_count:247,bit_count:1969,data_len:247,bits:[#1969],table:coils,flaws:[quantity]"},
	{"write multiple coils, byte count of another quantity", U, "0f 0000 0001 02 0000",
	 "dir:request,fc:15,exception:false,ref:0,byte_count:2,bit_count:1,data_len:2,bits:[0],table:coils,flaws:[byte_count]"},
	{"write multiple registers", U, "10 0001 0002 04 000a0102",
	 "dir:request,fc:16,exception:false,ref:1,byte_count:4,word_count:2,registers:[10,258],table:holding_registers"},
	{"write multiple registers, answer", U, "10 0001 0002",
	 "dir:response,fc:16,exception:false,ref:1,word_count:2,table:holding_registers"},
	{"write multiple registers, 123", U, "10 0000 007b f6 00*246",
	 "dir:request,fc:16,exception:false,ref:0,byte_count:246,word_count:123,registers:[#123],table:holding_registers"},
	{"write multiple registers, none", U, "10 0000 0000 00",
	 "dir:request,fc:16,exception:false,ref:0,byte_count:0,word_count:0,registers:[],table:holding_registers,flaws:[quantity]"},
	{"write multiple registers, byte count beyond the end", C, "10 0001 0002 04 000a01",
	 "dir:request,fc:16,exception:false,ref:1,byte_count:4,word_count:2,data_len:3,data:000a01,table:holding_registers,flaws:[length]"},
	{"report server id", U, "11",
	 "dir:request,fc:17,exception:false"},
	{"report server id, answer", U, "11 03 41 ff 42",
	 "dir:response,fc:17,exception:false,byte_count:3,data_len:3,data:41ff42"},
	{"read file record", U, "14 0e 06 0004 0001 0002 06 0003 0009 0002",
	 "dir:request,fc:20,exception:false,byte_count:14,records:[{ref_type:6,file:4,record:1,length:2},{ref_type:6,file:3,record:9,length:2}],ref_type:6,word_count:2,table:file_record"},
	{"read file record, answer", U, "14 0c 05 06 0dfe 0020 05 06 33cd 0040",
	 "dir:response,fc:20,exception:false,byte_count:12,records:[{ref_type:6,length:2,registers:[3582,32]},{ref_type:6,length:2,registers:[13261,64]}],ref_type:6,data_len:4,table:file_record"},
	{"read file record, one register answered", U, "14 04 03 06 0dfe",
	 "dir:response,fc:20,exception:false,byte_count:4,records:[{ref_type:6,length:1,registers:[3582]}],ref_type:6,data_len:2,table:file_record"},
	{"read file record, wrong type and file 0", U, "14 07 05 0000 0001 0002",
	 "dir:request,fc:20,exception:false,byte_count:7,records:[{ref_type:5,file:0,record:1,length:2}],ref_type:5,word_count:2,table:file_record,flaws:[value]"},
	{"read file record, sub-request cut", C, "14 06 06 0004 0001 00",
	 "dir:request,fc:20,exception:false,byte_count:6,records:[],trailing:060004000100,table:file_record,flaws:[length,byte_count]"},
	{"read file record, answer longer than the rest", S, "14 06 07 06 0dfe 0020",
	 "dir:response,fc:20,exception:false,byte_count:6,records:[],trailing:07060dfe0020,table:file_record,flaws:[length]"},
	{"write file record", C, "15 0d 06 0004 0007 0003 06af 04be 100d",
	 "dir:request,fc:21,exception:false,byte_count:13,records:[{ref_type:6,file:4,record:7,length:3,registers:[1711,1214,4109]}],ref_type:6,word_count:3,data_len:6,table:file_record"},
	{"write file record, echo", S, "15 0d 06 0004 0007 0003 06af 04be 100d",
	 "dir:response,fc:21,exception:false,byte_count:13,records:[{ref_type:6,file:4,record:7,length:3,registers:[1711,1214,4109]}],ref_type:6,word_count:3,data_len:6,table:file_record"},
	{"write file record, length beyond the end", C, "15 0b 06 0004 0007 0003 06af 04be",
	 "dir:request,fc:21,exception:false,byte_count:11,records:[],trailing:0600040007000306af04be,table:file_record,flaws:[length]"},
	{"mask write register", C, "16 0004 00f2 0025",
	 "dir:request,fc:22,exception:false,ref:4,and_mask:242,or_mask:37,table:holding_registers"},
	{"mask write register, echo", S, "16 0004 00f2 0025",
	 "dir:response,fc:22,exception:false,ref:4,and_mask:242,or_mask:37,table:holding_registers"},
	{"read write multiple registers", U, "17 0003 0006 000e 0003 06 00ff 00ff 00ff",
	 "dir:request,fc:23,exception:false,read_ref:3,read_count:6,write_ref:14,write_count:3,byte_count:6,data_len:6,registers:[255,255,255],table:holding_registers"},
	{"read write multiple registers, answer", U, "17 0c 00fe 0acd 0001 0003 000d 00ff",
	 "dir:response,fc:23,exception:false,byte_count:12,data_len:12,registers:[254,2765,1,3,13,255],table:holding_registers"},
	{"read write multiple registers, 126 and 122", U, "17 0000 007e 0000 007a f4 00*244",
	 "dir:request,fc:23,exception:false,read_ref:0,read_count:126,write_ref:0,write_count:122,byte_count:244,data_len:244,registers:[#122],table:holding_registers,oversize:true,flaws:[quantity]"},
	{"read fifo queue", U, "18 04de",
	 "dir:request,fc:24,exception:false,ref:1246,table:fifo"},
	{"read fifo queue, answer", U, "18 0006 0002 01b8 1284",
	 "dir:response,fc:24,exception:false,byte_count_16:6,word_count:2,data_len:4,registers:[440,4740],table:fifo"},
	{"read fifo queue, count of 32", U, "18 0042 0020 00*64",
	 "dir:response,fc:24,exception:false,byte_count_16:66,word_count:32,data_len:64,registers:[#32],table:fifo,flaws:[byte_count]"},
	{"canopen", C, "2b 0d 0102",
	 "dir:request,fc:43,exception:false,mei:13,data_len:2,data:0102,subfunction_name:canopen_general_reference"},
	{"read device identification", U, "2b 0e 01 00",
	 "dir:request,fc:43,exception:false,mei:14,read_device_id:1,object_id:0,subfunction_name:read_device_identification"},
	{"read device identification, answer", U, "2b 0e 01 01 ff 02 02 00 03 416365 01 02 5631",
	 "dir:response,fc:43,exception:false,mei:14,read_device_id:1,conformity_level:1,more_follows:255,next_object_id:2,number_of_objects:2,objects:[{id:0,name:VendorName,value:Ace},{id:1,name:ProductCode,value:V1}],object_id:0,subfunction_name:read_device_identification"},
	{"read device identification, fewer objects than said", S, "2b 0e 01 01 00 00 03 00 03 416365 01 02 5631",
	 "dir:response,fc:43,exception:false,mei:14,read_device_id:1,conformity_level:1,more_follows:0,next_object_id:0,number_of_objects:3,objects:[{id:0,name:VendorName,value:Ace},{id:1,name:ProductCode,value:V1}],object_id:0,subfunction_name:read_device_identification,flaws:[length]"},
	{"read device identification, object longer than the rest", S, "2b 0e 01 01 00 00 01 00 04 416365",
	 "dir:response,fc:43,exception:false,mei:14,read_device_id:1,conformity_level:1,more_follows:0,next_object_id:0,number_of_objects:1,objects:[],trailing:0004416365,subfunction_name:read_device_identification,flaws:[length]"},
	{"device id code 9", U, "2b 0e 09 00",
	 "dir:request,fc:43,exception:false,mei:14,read_device_id:9,object_id:0,subfunction_name:read_device_identification,flaws:[value]"},
	{"MEI type not assigned", C, "2b 63 01",
	 "dir:request,fc:43,exception:false,mei:99,data_len:1,data:01"},
	{"MEI type missing", C, "2b",
	 "dir:request,fc:43,exception:false,flaws:[length]"},
	{"umas", C, "5a 00 01 00",
	 "dir:request,fc:90,exception:false,umas_session:0,umas_function:1,data_len:3,data:000100,subfunction_name:umas_init_comm"},
	{"umas, 300 bytes", C, "5a 00*299",
	 "dir:request,fc:90,exception:false,umas_session:0,umas_function:0,data_len:299,data:#299,oversize:true"},
	{"read holding registers, 300 bytes", C, "03 00*299",
	 "dir:request,fc:3,exception:false,ref:0,word_count:0,trailing:#295,table:holding_registers,oversize:true,flaws:[length,quantity]"},
	{"firmware", C, "7d 01",
	 "dir:request,fc:125,exception:false,data_len:1,data:01"},
	{"user defined", C, "41 aabb",
	 "dir:request,fc:65,exception:false,data_len:2,data:aabb"},
	{"unassigned", C, "30 00",
	 "dir:request,fc:48,exception:false,data_len:1,data:00"},
	{"function 0", C, "00 0000 0000",
	 "dir:request,fc:0,exception:false,data_len:4,data:00000000,flaws:[function]"},
	{"error for function 0", U, "80 01",
	 "dir:response,fc:0,exception:true,exception_code:1,exception_name:illegal_function"},
	{"error, code 11", U, "88 0b",
	 "dir:response,fc:8,exception:true,exception_code:11,exception_name:gateway_target_device_failed_to_respond"},
	{"error, code not listed", U, "83 55",
	 "dir:response,fc:3,exception:true,exception_code:85"},
	{"error, two bytes", U, "81 06 00",
	 "dir:response,fc:1,exception:true,exception_code:6,trailing:00,exception_name:server_device_busy,flaws:[length]"},
	{"error, no code", U, "81",
	 "dir:response,fc:1,exception:true,flaws:[length]"},
};

/* The JSON of a unit as text that reads well in a table. */
static void relaxed(const struct fl_modbus_unit *u, char *out, size_t room)
{
	struct fl_unit unit = {.value = u};
	struct fl_json j;
	const char *t, *from, *skip;
	size_t n, at = 0;

	fl_json_init(&j, 65536);
	fl_json_open(&j, NULL);
	fl_modbus_unit_json(&unit, &j);
	fl_json_close(&j);
	t = fl_json_text(&j, &n);
	ck_assert_ptr_nonnull(t);
	from = strstr(t, "\"dir\"");
	skip = strstr(t, ",\"function_name\"");
	ck_assert(from && skip);
	while (from < t + n - 1 && at + 32 < room) {
		size_t run = strspn(from + 1, "0123456789abcdef,");

		if (from == skip) { /* and category, which follows */
			from = strchr(strstr(skip, "\"category\":\"") + strlen("\"category\":\""), '"') + 1;
			continue;
		}
		if ((*from == '[' || *from == '"') && run > 60) { /* long arrays and hex: how much of it */
			size_t i, commas = 0;

			for (i = 0; i < run; i++)
				commas += from[1 + i] == ',';
			at += (size_t)snprintf(out + at, room - at, *from == '[' ? "[#%zu]" : "#%zu",
			                       *from == '[' ? commas + 1 : run / 2);
			from += run + 2;
			continue;
		}
		if (*from != '"')
			out[at++] = *from;
		from++;
	}
	out[at] = '\0';
	fl_json_done(&j);
}

START_TEST(body_reads)
{
	const struct reading *row = &readings[_i];
	struct fl_modbus_unit u = {0};
	char text[4096];
	size_t n;
	uint8_t *p = adu(1, 17, row->pdu, &n);
	struct fl_rd r = fl_rd_init(p, n, FL_OPEN);

	ck_assert_msg(fl_modbus_parse(&r, row->hint, &u.adu) == FL_UNIT, "%s: not a unit", row->name);
	ck_assert_uint_eq(fl_rd_left(&r), 0);
	ck_assert_uint_eq(u.adu.tid, 1);
	ck_assert_uint_eq(u.adu.unit, 17);
	ck_assert_uint_eq(u.adu.length, n - 6);
	relaxed(&u, text, sizeof text);
	ck_assert_msg(strcmp(text, row->text) == 0, "%s:\n got %s\nwant %s", row->name, text, row->text);
	free(p);
}
END_TEST

/* ---- frames: what is an error, what is kept in sync */

static const struct frame {
	const char *name, *hex;
	enum fl_end end;
	enum fl_result want;
	size_t taken; /* with FL_UNIT */
} frames[] = {
	{"smallest", "0001 0000 0002 11 07", FL_OPEN, FL_UNIT, 8},
	{"length 1", "0001 0000 0001 11 07", FL_OPEN, FL_MALFORMED, 0},
	{"length 0", "0000 0000 0000 00 00", FL_OPEN, FL_MALFORMED, 0},
	{"protocol id 1", "0001 0001 0006 11 03 0000 0001", FL_OPEN, FL_MALFORMED, 0},
	{"protocol id wrong, known after 4 bytes", "0001 0100", FL_OPEN, FL_MALFORMED, 0},
	{"length 254", "0001 0000 00fe 11 5a 00*252", FL_OPEN, FL_UNIT, 260},
	{"length 255: oversize, in sync", "0001 0000 00ff 11 5a 00*253", FL_OPEN, FL_UNIT, 261},
	{"length 65535", "0001 0000 ffff 11 5a 00*65533", FL_OPEN, FL_UNIT, 65541},
	{"length 65535, one byte short", "0001 0000 ffff 11 5a 00*65532", FL_OPEN, FL_NEED_MORE, 0},
	{"short datagram", "0001 0000 0006 11 03 0000 00", FL_CLOSED, FL_MALFORMED, 0},
	{"cut capture", "0001 0000 0006 11 03 0000 00", FL_CUT_END, FL_CUT, 0},
	{"another ADU behind: only the first is read", "0001 0000 0003 11 03 02 0002 0000 0002 11 07", FL_OPEN, FL_UNIT, 9},
};

START_TEST(frame_reads)
{
	const struct frame *row = &frames[_i];
	struct fl_modbus_adu a;
	size_t n;
	uint8_t *p = from_hex(row->hex, 70000, &n);
	struct fl_rd r = fl_rd_init(p, n, row->end);
	enum fl_result got = fl_modbus_parse(&r, U, &a);

	ck_assert_msg(got == row->want, "%s: got %d, want %d", row->name, got, row->want);
	if (got == FL_UNIT) {
		ck_assert_uint_eq(r.off, row->taken);
		ck_assert_int_eq(a.oversize, n > 260);
	}
	free(p);
}
END_TEST

/* A capture with a short snap length still tells who asks what of which registers. */
START_TEST(cut_unit_tells_what_is_there)
{
	struct fl_modbus_adu a;
	size_t n;
	uint8_t *p = adu(7, 3, "10 0064 007b f6 00*246", &n);
	struct fl_rd r = fl_rd_init(p, 20, FL_CUT_END);

	ck_assert_int_eq(fl_modbus_parse(&r, U, &a), FL_CUT);
	ck_assert(a.cut && a.fits == FL_MODBUS_REQUEST && a.kind == FL_MODBUS_REQUEST);
	ck_assert_uint_eq(a.address, 100);
	ck_assert_uint_eq(a.quantity, 123);
	ck_assert_uint_eq(a.flaws, 0);
	ck_assert_uint_eq(a.data_len, 7);
	r = fl_rd_init(p, 7, FL_CUT_END); /* no function code: nothing to tell */
	ck_assert_int_eq(fl_modbus_parse(&r, U, &a), FL_CUT);
	ck_assert_ptr_null(a.info);
	free(p);
	p = adu(7, 3, "03 fa 00*250", &n); /* the declared length says response, though it is not all there */
	r = fl_rd_init(p, 9, FL_CUT_END);
	ck_assert_int_eq(fl_modbus_parse(&r, U, &a), FL_CUT);
	ck_assert_uint_eq(a.fits, FL_MODBUS_RESPONSE);
	free(p);
}
END_TEST

/* ---- probe */

static const struct probe {
	const char *name, *hex;
	enum fl_end end;
	enum fl_probe want;
	enum fl_role role;
} probes[] = {
	{"request", "0001 0000 0006 11 03 006b 0003", FL_OPEN, FL_PROBE_LIKELY, C},
	{"response", "0001 0000 0005 11 03 02 0007", FL_OPEN, FL_PROBE_LIKELY, S},
	{"exception", "0001 0000 0003 11 83 02", FL_OPEN, FL_PROBE_LIKELY, S},
	{"echo: either side", "0001 0000 0006 11 06 0001 0003", FL_OPEN, FL_PROBE_LIKELY, U},
	{"two requests", "0001 0000 0006 11 03 006b 0003 0002 0000 0006 11 01 0000 0001", FL_OPEN, FL_PROBE_SURE, C},
	{"one and a half", "0001 0000 0006 11 03 006b 0003 0002 0000 00", FL_OPEN, FL_PROBE_LIKELY, C},
	{"one, then text", "0001 0000 0006 11 03 006b 0003 47455420 2f20", FL_OPEN, FL_PROBE_NO, U},
	{"request in a datagram", "0001 0000 0006 11 03 006b 0003", FL_CLOSED, FL_PROBE_LIKELY, C},
	{"datagram with a byte too few", "0001 0000 0006 11 03 006b 00", FL_CLOSED, FL_PROBE_NO, U},
	{"datagram with a byte too many", "0001 0000 0006 11 03 006b 0003 00", FL_CLOSED, FL_PROBE_NO, U},
	{"cut behind the address", "0001 0000 000b 11 10 0001 0002 04", FL_CUT_END, FL_PROBE_LIKELY, C},
	{"nothing yet", "", FL_OPEN, FL_PROBE_MORE, U},
	{"seven bytes", "0001 0000 0006 11", FL_OPEN, FL_PROBE_MORE, U},
	{"half a request", "0001 0000 0006 11 03 00", FL_OPEN, FL_PROBE_MORE, U},
	{"half of a broken one: as likely as the whole", "0001 0000 0003 11 0f", FL_OPEN, FL_PROBE_MORE, U},
	{"umas", "0001 0000 0004 00 5a 0002", FL_OPEN, FL_PROBE_LIKELY, U},
	{"umas, 255 bytes", "0001 0000 00ff 00 5a 00*253", FL_OPEN, FL_PROBE_LIKELY, U},
	{"quantity 0, alone", "0001 0000 0006 11 03 0000 0000", FL_OPEN, FL_PROBE_LIKELY, C},
	{"unassigned function, alone", "0001 0000 0006 11 30 0000 0000", FL_OPEN, FL_PROBE_LIKELY, U},
	{"unassigned function, not alone", "0001 0000 0006 11 30 0000 0000 0001", FL_OPEN, FL_PROBE_NO, U},
	{"length beyond the limit", "0001 0000 0200 11 03 0000", FL_OPEN, FL_PROBE_NO, U},
	{"zeros", "00*64", FL_OPEN, FL_PROBE_NO, U},
	{"ones", "ff*64", FL_OPEN, FL_PROBE_NO, U},
	{"TLS client hello", "16030100850100008103037370", FL_OPEN, FL_PROBE_NO, U},
	{"TLS application data", "1703030018 00*24", FL_OPEN, FL_PROBE_NO, U},
	{"SSL 3 handshake", "16030000610100005d0300", FL_OPEN, FL_PROBE_NO, U},
	{"HTTP", "474554202f20485454502f312e310d0a", FL_OPEN, FL_PROBE_NO, U},
	{"SSH", "5353482d322e302d4f70656e5353480d0a", FL_OPEN, FL_PROBE_NO, U},
	{"ONC RPC", "800000287e86ab4a0000000000000002000186a3", FL_OPEN, FL_PROBE_NO, U},
	{"DCE RPC bind", "05000b03100000004800000001000000b810b810", FL_OPEN, FL_PROBE_NO, U},
	{"DNS query", "1234 0100 0001 0000 0000 0000 01 61 00 0001 0001", FL_CLOSED, FL_PROBE_NO, U},
	{"mDNS query, id 0", "0000 0000 0002 0000 0000 0000 01 61 00 000c 0001 01 62 00 000c 0001", FL_CLOSED, FL_PROBE_NO, U},
	{"DNS over TCP", "001d 1234 0120 0001 0000 0000 0000", FL_OPEN, FL_PROBE_NO, U},
	{"TPKT, COTP, S7comm", "0300001902f08032010000040000080000f0000001000101e0", FL_OPEN, FL_PROBE_NO, U},
	{"RDP cookie", "0300002b26e00000000000436f6f6b69653a20", FL_OPEN, FL_PROBE_NO, U},
	{"ENIP register session", "6500040000000000000000000000000000000000000000000100 0000", FL_OPEN, FL_PROBE_NO, U},
	{"ENIP list identity", "63*1 00*23", FL_CLOSED, FL_PROBE_NO, U},
	{"NetBIOS session", "00000054ff534d4272000000", FL_OPEN, FL_PROBE_NO, U},
	{"IEC 104 I frame", "680e000002004601060001000000000014", FL_OPEN, FL_PROBE_NO, U},
	{"RIP", "01010000 0002 0000 0a000000 00*12", FL_CLOSED, FL_PROBE_NO, U},
	{"NTP", "230006ec 00*44", FL_CLOSED, FL_PROBE_NO, U},
};

START_TEST(probe_says)
{
	const struct probe *row = &probes[_i];
	enum fl_role role = FL_ROLE_UNCLEAR;
	size_t n;
	uint8_t *p = from_hex(row->hex, 4096, &n);
	enum fl_probe got = fl_modbus_dissector.probe(fl_rd_init(p, n, row->end), &role);

	ck_assert_msg(got == row->want, "%s: got %d, want %d", row->name, got, row->want);
	ck_assert_msg(role == row->role, "%s: role %d, want %d", row->name, role, row->role);
	free(p);
}
END_TEST

/* ---- joins: scripts, see modbus_script.h */

static const struct join {
	const char *name, *script, *want;
} joins[] = {
	{"request and response", ">1/17/" READ2 " <1/17/" READ2_OK,
	 "read_holding_registers read holding_registers 0/0+2 1>2 ok"},
	{"error", ">1/17/" READ2 " <1/17/8302",
	 "read_holding_registers read holding_registers 0/0+2 1>2 error 2"},
	{"write", "k >1/17/" WRITE " <1/17/" WRITE,
	 "write_single_register write holding_registers 0/7+1w 1>2 ok"},
	{"write many", ">1/17/0f0013000a02cd01 <1/17/0f0013000a >2/17/10000100020400010002 <2/17/1000010002",
	 "write_multiple_coils write coils 0/19+10w 1>2 ok; "
	 "write_multiple_registers write holding_registers 0/1+2w 3>4 ok"},
	{"mask write is a write", "k >1/17/16000400f20025 <1/17/16000400f20025",
	 "mask_write_register write holding_registers 0/4+1w 1>2 ok"},
	{"read and write: two objects, two classes", ">1/17/1700030006000e00010200ff <1/17/170c00*12",
	 "read_write_multiple_registers read write holding_registers 0/3+6 holding_registers 0/14+1w 1>2 ok"},
	{"fifo", ">1/17/1804de <1/17/18000400010001",
	 "read_fifo_queue read fifo 0/1246+0 1>2 ok"},
	{"files", ">1/17/140e0600040001000206000300090002 <1/17/140c05060dfe0020050633cd0040",
	 "read_file_record read file file_record 4/1+2 file_record 3/9+2 1>2 ok"},
	{"file write", "k >1/17/150d06000400070003" "06af04be100d <1/17/150d06000400070003" "06af04be100d",
	 "write_file_record write file file_record 4/7+3 1>2 ok"},
	{"more sub-requests than are kept", ">1/17/143f060001000100010600010002000106000100030001060001000400010600010005000106000100060001060001000700010600010008000106000100090001 e",
	 "read_file_record read file file_record 1/1+1 file_record 1/2+1 file_record 1/3+1 file_record 1/4+1 file_record 1/5+1 file_record 1/6+1 file_record 1/7+1 file_record 1/8+1 cut 1>0 no_response"},
	{"pipelined, answered out of order", ">1/17/" READ2 " >2/17/" READ5 " >3/17/" READ2 " <3/17/" READ2_OK " <1/17/" READ2_OK " <2/17/" READ5_OK,
	 "read_holding_registers read holding_registers 0/0+2 3>4 ok; "
	 "read_holding_registers read holding_registers 0/0+2 1>5 ok; "
	 "read_holding_registers read holding_registers 0/16+5 2>6 ok"},
	{"several in one segment", "x>000100000006110300000002000200000006110300100005 <1/17/" READ2_OK " <2/17/" READ5_OK,
	 "read_holding_registers read holding_registers 0/0+2 1>2 ok; "
	 "read_holding_registers read holding_registers 0/16+5 1>3 ok"},
	{"one transaction id for all: oldest first", ">0/17/" READ2 " >0/17/" READ2 " <0/17/" READ2_OK " <0/17/8302",
	 "read_holding_registers read holding_registers 0/0+2 1>3 ok; "
	 "read_holding_registers read holding_registers 0/0+2 2>4 error 2"},
	{"one transaction id, told apart by what they ask", ">0/17/" READ2 " >0/17/" READ5 " <0/17/" READ5_OK " <0/17/" READ2_OK,
	 "read_holding_registers read holding_registers 0/16+5 2>3 ok; "
	 "read_holding_registers read holding_registers 0/0+2 1>4 ok"},
	{"transaction id used again", ">1/17/" READ2 " <1/17/" READ2_OK " >1/17/" READ2 " <1/17/" READ2_OK,
	 "read_holding_registers read holding_registers 0/0+2 1>2 ok; "
	 "read_holding_registers read holding_registers 0/0+2 3>4 ok"},
	{"same id, other unit", ">1/17/" READ2 " >1/18/" READ2 " <1/18/" READ2_OK " <1/17/" READ2_OK,
	 "read_holding_registers read holding_registers 0/0+2 2>3 ok; "
	 "read_holding_registers read holding_registers 0/0+2 1>4 ok"},
	{"same id, other function", ">1/17/" READ2 " >1/17/0400000001 <1/17/04020001 <1/17/" READ2_OK,
	 "read_input_registers read input_registers 0/0+1 2>3 ok; "
	 "read_holding_registers read holding_registers 0/0+2 1>4 ok"},
	{"late, tick in time", ">1/17/" READ2 " +10 t <1/17/" READ2_OK,
	 "read_holding_registers read holding_registers 0/0+2 1>0 no_response; "
	 "read_holding_registers read holding_registers 0/0+2 1>2 ok late"},
	{"late, no tick: the same", ">1/17/" READ2 " +10 <1/17/" READ2_OK,
	 "read_holding_registers read holding_registers 0/0+2 1>0 no_response; "
	 "read_holding_registers read holding_registers 0/0+2 1>2 ok late"},
	{"in time", ">1/17/" READ2 " +9 t <1/17/" READ2_OK,
	 "read_holding_registers read holding_registers 0/0+2 1>2 ok"},
	{"duplicate", ">1/17/" READ2 " <1/17/" READ2_OK " <1/17/" READ2_OK,
	 "read_holding_registers read holding_registers 0/0+2 1>2 ok; "
	 "read_holding_registers read holding_registers 0/0+2 1>3 ok duplicate"},
	{"duplicate while the id waits again", ">0/17/" READ2 " <0/17/" READ2_OK " >0/17/" READ5 " <0/17/" READ2_OK " <0/17/" READ5_OK,
	 "read_holding_registers read holding_registers 0/0+2 1>2 ok; "
	 "read_holding_registers read holding_registers 0/0+2 1>4 ok duplicate; "
	 "read_holding_registers read holding_registers 0/16+5 3>5 ok"},
	{"late, then duplicate", ">1/17/" READ2 " +11 t <1/17/" READ2_OK " <1/17/" READ2_OK,
	 "read_holding_registers read holding_registers 0/0+2 1>0 no_response; "
	 "read_holding_registers read holding_registers 0/0+2 1>2 ok late; "
	 "read_holding_registers read holding_registers 0/0+2 1>3 ok duplicate"},
	{"unsolicited", ">1/17/" READ2 " <9/17/" READ2_OK " <1/17/" READ2_OK " e",
	 "read_holding_registers read holding_registers 0/0+2 1>3 ok; "
	 "read_holding_registers read 0>2 unsolicited"},
	{"unsolicited error", "<9/17/8306 e",
	 "read_holding_registers read 0>1 unsolicited 6"},
	{"unsolicited read has no object, an echo has", "<9/17/" READ2_OK " <9/17/" WRITE " e",
	 "read_holding_registers read 0>1 unsolicited; "
	 "write_single_register write holding_registers 0/7+1w 0>2 unsolicited"},
	{"no response", ">1/17/" READ2 " +10 t",
	 "read_holding_registers read holding_registers 0/0+2 1>0 no_response"},
	{"the flow ends", ">1/17/" READ2 " e",
	 "read_holding_registers read holding_registers 0/0+2 1>0 no_response"},
	{"gap where the answer was", ">1/17/" READ2 " g< +10 t",
	 "read_holding_registers read holding_registers 0/0+2 1>0 unknown"},
	{"gap, but the answer came", ">1/17/" READ2 " g< <1/17/" READ2_OK,
	 "read_holding_registers read holding_registers 0/0+2 1>2 ok"},
	{"gap before the request has no part in it", "g< >1/17/" READ2 " +10 t",
	 "read_holding_registers read holding_registers 0/0+2 1>0 no_response"},
	{"gap on the client's side", ">1/17/" READ2 " g> +10 t",
	 "read_holding_registers read holding_registers 0/0+2 1>0 no_response"},
	{"gap, then the end", ">1/17/" READ2 " g< e",
	 "read_holding_registers read holding_registers 0/0+2 1>0 unknown"},
	{"after a gap, no guess inside an ADU", ">1/17/" READ2 " g< x<0000000000090000000000000000 +10 t",
	 "read_holding_registers read holding_registers 0/0+2 1>0 unknown"},
	{"a frame that cannot be read may be the answer", ">1/17/" READ2 " x<00010001 +10 t",
	 "read_holding_registers read holding_registers 0/0+2 1>0 unknown"},
	{"listen only gives no reply", "k >1/17/0800040000 +10 t",
	 "force_listen_only_mode control 1>0 no_reply_expected"},
	{"listen only, but a gateway answers", "k >1/17/0800040000 <1/17/880b",
	 "force_listen_only_mode control 1>2 error 11"},
	{"restart", "k >1/17/080001ff00 <1/17/080001ff00",
	 "restart_communications_option control 1>2 ok"},
	{"clear counters", "k >1/17/08000a0000 <1/17/08000a0000",
	 "clear_counters_and_diagnostic_register control diagnose 1>2 ok"},
	{"reserved diagnostic", "k >1/17/0800150003 <1/17/0800150003",
	 "diagnostics diagnose other 1>2 ok"},
	{"loopback", "k >1/17/080000a537 <1/17/080000a537",
	 "return_query_data diagnose 1>2 ok"},
	{"broadcast write", "k >1/0/" WRITE " +10 t",
	 "write_single_register write holding_registers 0/7+1w 1>0 no_reply_expected"},
	{"broadcast read is none", "k >1/0/" READ2 " +10 t",
	 "read_holding_registers read holding_registers 0/0+2 1>0 no_response"},
	{"unit 0 answers: no broadcast", "k >1/0/" READ2 " <1/0/" READ2_OK " >2/0/" WRITE " +10 t",
	 "read_holding_registers read holding_registers 0/0+2 1>2 ok; "
	 "write_single_register write holding_registers 0/7+1w 3>0 no_response"},
	{"server opened the connection", "k <1/17/" READ2 " >1/17/" READ2_OK " <2/17/" WRITE " >2/17/" WRITE,
	 "read_holding_registers read holding_registers 0/0+2 1>2 ok c1; "
	 "write_single_register write holding_registers 0/7+1w 3>4 ok c1"},
	{"mid-stream, writes only, wrong guess of the client", ">1/17/" WRITE " <2/17/0600080002 >2/17/0600080002 e",
	 "write_single_register write holding_registers 0/8+1w 2>3 ok c1; "
	 "write_single_register write holding_registers 0/7+1w 0>1 unsolicited c1"},
	{"mid-stream, writes only, right guess", "<1/17/" WRITE " >2/17/0600080002 <2/17/0600080002 e",
	 "write_single_register write holding_registers 0/8+1w 2>3 ok; "
	 "write_single_register write holding_registers 0/7+1w 0>1 unsolicited"},
	{"mid-stream, the port tells", "c1 >1/17/" READ2_OK " <2/17/" READ5 " >2/17/" READ5_OK,
	 "read_holding_registers read 0>1 unsolicited c1; "
	 "read_holding_registers read holding_registers 0/16+5 2>3 ok c1"},
	{"error from the client", ">1/17/" READ2 " <1/17/" READ2_OK " >2/17/8302 <2/17/8301 e",
	 "read_holding_registers read holding_registers 0/0+2 1>2 ok; "
	 "exception_from_client other 3>0 unknown; "
	 "read_holding_registers read 0>4 unsolicited 1"},
	{"error from the client, first of all", "k >2/17/8302",
	 "exception_from_client other 1>0 unknown"},
	{"one odd unit does not turn the roles", ">1/17/" READ2 " <1/17/" READ2_OK " >2/17/0b00000000 <2/17/8b03",
	 "read_holding_registers read holding_registers 0/0+2 1>2 ok; "
	 "get_comm_event_counter diagnose 3>4 error 3"},
	{"quantity not allowed is still on record", ">1/17/03000007d1 <1/17/8303",
	 "read_holding_registers read holding_registers 0/0+2001 1>2 error 3"},
	{"body too short: no object is invented", ">1/17/" READ2 " <1/17/" READ2_OK " >2/17/100001 <2/17/9003",
	 "read_holding_registers read holding_registers 0/0+2 1>2 ok; "
	 "write_multiple_registers write 3>4 error 3"},
	{"response to another quantity", ">1/17/" READ2 " <1/17/" READ5_OK,
	 "read_holding_registers read holding_registers 0/0+2 1>2 ok"},
	{"umas", "k >1/0/5a0002 <1/0/5a00fe01",
	 "umas_read_id identify other 1>2 ok"},
	{"unassigned, user-defined, firmware", "k >1/1/30 <1/1/b001 >2/1/41 <2/1/c101 >3/1/7d01 <3/1/fd01",
	 "unassigned other 1>2 error 1; "
	 "user_defined other 3>4 error 1; "
	 "firmware_replacement firmware 5>6 error 1"},
	{"canopen", "k >1/1/2b0d01 <1/1/2b0d01",
	 "canopen_general_reference other 1>2 ok"},
	{"server id", ">1/17/11 <1/17/111200ff57696e6770617468204c696d69746564",
	 "report_server_id identify 1>2 ok 'Wingpath Limited'"},
	{"identity", ">1/1/2b0e0100 <1/1/2b0e01010000030003416365010256310203312e31",
	 "read_device_identification identify identity 1/0+0 1>2 ok 'Ace V1 1.1'"},
	{"identity, not printable and too long", ">1/1/2b0e0100 <1/1/2b0e0101000001004a01ff41*72",
	 "read_device_identification identify identity 1/0+0 1>2 ok '..AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'"},
	{"identity, carried on", ">1/1/2b0e0100 <1/1/2b0e0101ff0202000341636501025631 >2/1/2b0e0102 <2/1/2b0e01010000010203312e30",
	 "read_device_identification identify identity 1/0+0 1>2 ok 'Ace V1'; "
	 "read_device_identification identify identity 1/2+0 3>4 ok 'Ace V1 1.0'"},
	{"identity, another unit does not carry on", ">1/1/2b0e0100 <1/1/2b0e0101ff0202000341636501025631 >2/2/2b0e0102 <2/2/2b0e01010000010203312e30",
	 "read_device_identification identify identity 1/0+0 1>2 ok 'Ace V1'; "
	 "read_device_identification identify identity 1/2+0 3>4 ok '1.0'"},
};

START_TEST(joins_as_told)
{
	const struct join *row = &joins[_i];

	run_script(row->script);
	ck_assert_msg(strcmp(said, row->want) == 0, "%s:\n got %s\nwant %s", row->name, said, row->want);
}
END_TEST

/* Full table: the oldest ends as unknown, nothing is overwritten, every request yields exactly one operation. */
START_TEST(full_table_closes_the_oldest)
{
	char script[8192] = "", one[32];
	unsigned i, n = FL_MODBUS_PENDING_MAX + 1;
	const char *p;

	for (i = 0; i < n; i++) {
		snprintf(one, sizeof one, ">%u/17/" READ2 " ", i);
		strncat(script, one, sizeof script - strlen(script) - 1);
	}
	run_script(script);
	ck_assert_str_eq(said, "read_holding_registers read holding_registers 0/0+2 1>0 unknown");
	strncat(script, "<1/17/" READ2_OK " e", sizeof script - strlen(script) - 1);
	run_script(script);
	for (i = 1, p = said; (p = strstr(p, "; ")) != NULL; p++)
		i++;
	ck_assert_uint_eq(i, n);
	ck_assert_ptr_nonnull(strstr(said, "0/0+2 2>34 ok"));
	ck_assert_ptr_nonnull(strstr(said, "0/0+2 33>0 no_response"));
}
END_TEST

/* Ten thousand requests with one id, each answered: state stays bounded, one operation each. */
static unsigned ops_seen;

static void count_op(struct fl_dctx *c, const struct fl_operation *op)
{
	(void)c;
	ck_assert_int_eq(op->outcome, FL_OUTCOME_OK);
	ck_assert(!op->late && !op->duplicate);
	ops_seen++;
}

START_TEST(long_session)
{
	struct fl_modbus_state *state = calloc(1, sizeof *state);
	struct fl_dctx c = {.state = state, .on_operation = count_op};
	size_t n[2];
	uint8_t *p[2] = {adu(0, 1, READ2, &n[0]), adu(0, 1, READ2_OK, &n[1])};
	unsigned i;

	ck_assert_ptr_nonnull(state);
	ops_seen = 0;
	for (i = 0; i < 20000; i++) {
		struct fl_rd r = fl_rd_init(p[i & 1], n[i & 1], FL_OPEN);

		c.dir = i & 1;
		c.frame++;
		c.ts_ns = c.mono_ns += SECOND / 100;
		ck_assert_int_eq(fl_modbus_dissector.unit(&c, &r), FL_UNIT);
	}
	ck_assert_uint_eq(ops_seen, 10000);
	ck_assert(fl_modbus_state_ok(state));
	ck_assert_uint_le(state->used, FL_MODBUS_REMEMBERED + 1);
	free(p[0]);
	free(p[1]);
	free(state);
}
END_TEST

/* Not Modbus at the very start is said so; later it is a broken unit of a Modbus flow. */
START_TEST(not_mine_only_at_first)
{
	struct fl_modbus_state *state = calloc(1, sizeof *state);
	struct fl_dctx c = {.state = state};
	size_t n, m;
	uint8_t *bad = from_hex("160301008501", 64, &n), *good = adu(1, 1, READ2, &m);
	struct fl_rd r = fl_rd_init(bad, n, FL_OPEN);

	ck_assert_ptr_nonnull(state);
	ck_assert_int_eq(fl_modbus_dissector.unit(&c, &r), FL_NOT_MINE);
	r = fl_rd_init(good, m, FL_OPEN);
	ck_assert_int_eq(fl_modbus_dissector.unit(&c, &r), FL_UNIT);
	r = fl_rd_init(bad, n, FL_OPEN);
	ck_assert_int_eq(fl_modbus_dissector.unit(&c, &r), FL_MALFORMED);
	free(bad);
	free(good);
	free(state);
}
END_TEST

/* A unit cut by the snap length is joined by what was captured of it. */
START_TEST(cut_units_join)
{
	struct fl_modbus_state *state = calloc(1, sizeof *state);
	struct fl_dctx c = {.state = state, .ts_ns = SECOND, .frame = 1, .on_operation = put_op};
	size_t n;
	uint8_t *p = adu(1, 17, "10 0064 007b f6 00*246", &n);
	struct fl_rd r = fl_rd_init(p, 14, FL_CUT_END);

	ck_assert_ptr_nonnull(state);
	said[0] = '\0';
	ck_assert_int_eq(fl_modbus_dissector.unit(&c, &r), FL_CUT);
	free(p);
	p = adu(1, 17, "10 0064 007b", &n);
	r = fl_rd_init(p, n, FL_CUT_END);
	c.dir = 1;
	c.frame = 2;
	ck_assert_int_eq(fl_modbus_dissector.unit(&c, &r), FL_UNIT);
	ck_assert_str_eq(said, "write_multiple_registers write holding_registers 0/100+123w 1>2 ok");
	free(p);
	free(state);
}
END_TEST

/* Even the longest unit of the most talkative shape is a JSON object below 64 KiB. */
START_TEST(json_is_bounded)
{
	size_t n;
	uint8_t *p = adu(1, 17, "5a ff*65533", &n);
	struct fl_rd r = fl_rd_init(p, n, FL_OPEN);
	struct fl_modbus_unit u = {0};
	struct fl_unit unit = {.value = &u};
	struct fl_json j;

	ck_assert_int_eq(fl_modbus_parse(&r, C, &u.adu), FL_UNIT);
	fl_json_init(&j, 65536);
	fl_json_open(&j, NULL);
	fl_modbus_unit_json(&unit, &j);
	fl_json_close(&j);
	ck_assert_ptr_nonnull(fl_json_text(&j, &n));
	ck_assert_ptr_nonnull(strstr(fl_json_text(&j, &n), "\"data_len\":65533"));
	fl_json_done(&j);
	free(p);
}
END_TEST

/* ---- tables */

START_TEST(tables_hold)
{
	unsigned code, other;

	for (code = 0; code < 256; code++) {
		const struct fl_modbus_function *f = fl_modbus_function((uint8_t)code);

		ck_assert(f && f->name && f->clause && f->classes && !(f->classes & ~(unsigned)FL_OP_ALL));
		if (f->category != FL_MODBUS_PUBLIC)
			continue;
		ck_assert_uint_ne(f->request, FL_MODBUS_SHAPE_OPAQUE);
		for (other = 0; other < code; other++)
			ck_assert_str_ne(f->name, fl_modbus_function((uint8_t)other)->name);
	}
	ck_assert_uint_eq(fl_modbus_function(64)->category, FL_MODBUS_UNASSIGNED);
	ck_assert_uint_eq(fl_modbus_function(65)->category, FL_MODBUS_USER);
	ck_assert_uint_eq(fl_modbus_function(72)->category, FL_MODBUS_USER);
	ck_assert_uint_eq(fl_modbus_function(73)->category, FL_MODBUS_UNASSIGNED);
	ck_assert_uint_eq(fl_modbus_function(99)->category, FL_MODBUS_UNASSIGNED);
	ck_assert_uint_eq(fl_modbus_function(100)->category, FL_MODBUS_USER);
	ck_assert_uint_eq(fl_modbus_function(110)->category, FL_MODBUS_USER);
	ck_assert_uint_eq(fl_modbus_function(111)->category, FL_MODBUS_UNASSIGNED);
	ck_assert_uint_eq(fl_modbus_function(0)->category, FL_MODBUS_INVALID);
	ck_assert_uint_eq(fl_modbus_function(128)->category, FL_MODBUS_INVALID);
	ck_assert_ptr_null(fl_modbus_sub(8, 5));
	ck_assert_ptr_null(fl_modbus_sub(3, 0));
	ck_assert_ptr_null(fl_modbus_exception_name(9));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("modbus");
	TCase *t = tcase_create("modbus");

	tcase_add_loop_test(t, body_reads, 0, (int)FL_ARRAY_LEN(readings));
	tcase_add_loop_test(t, frame_reads, 0, (int)FL_ARRAY_LEN(frames));
	tcase_add_test(t, cut_unit_tells_what_is_there);
	tcase_add_loop_test(t, probe_says, 0, (int)FL_ARRAY_LEN(probes));
	tcase_add_loop_test(t, joins_as_told, 0, (int)FL_ARRAY_LEN(joins));
	tcase_add_test(t, full_table_closes_the_oldest);
	tcase_add_test(t, long_session);
	tcase_add_test(t, not_mine_only_at_first);
	tcase_add_test(t, cut_units_join);
	tcase_add_test(t, json_is_bounded);
	tcase_add_test(t, tables_hold);
	suite_add_tcase(s, t);
	return fl_run_suite(s) != 0;
}
