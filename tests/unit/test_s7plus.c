/* test_s7plus.c - how S7comm-plus units and TLS inside COTP read. Joins: test_s7comm_join.c; probe(): test_s7comm.c. */
#include "run.h"
#include "s7_script.h"

static const struct reading {
	const char *name, *word, *want;
} readings[] = {
	{"create a session",
	 "p:01:31000004ca0000000100000120360000011d00040000000000a1000000d3821f0000a2",
	 "s7plus{version:1,len:35,last:true,opcode:49,kind:request,func:1226,seq:1,session:288,object:285,class:287,"
	 "func_name:create_session}"},
	{"session created",
	 "p:01:32000004ca0000000136000287390000",
	 "s7plus{version:1,len:16,last:true,opcode:50,kind:response,func:1226,seq:1,return_value:0x0000000000000000,"
	 "func_name:create_object}"},
	{"get variables",
	 "p:02:310000054c00000002000003be340000000001050032019a7b00000000",
	 "s7plus{version:2,len:29,last:true,opcode:49,kind:request,func:1356,seq:2,session:958,object:0,"
	 "func_name:get_multi_variables,attack:T0801}"},
	{"get variables, answered",
	 "p:02:320000054c0000000236000100020100000000",
	 "s7plus{version:2,len:19,last:true,opcode:50,kind:response,func:1356,seq:2,return_value:0x0000000000000000,"
	 "func_name:get_multi_variables}"},
	{"set variables by symbol",
	 "p:02:310000054200000003000003be340000000001050000",
	 "s7plus{version:2,len:22,last:true,opcode:49,kind:request,func:1346,seq:3,session:958,object:0,"
	 "func_name:set_multi_variables,attack:T0836}"},
	{"set variables of the session",
	 "p:02:310000054200000002000003be34000003be02028232823201",
	 "s7plus{version:2,len:25,last:true,opcode:49,kind:request,func:1346,seq:2,session:958,object:958,attribute:306,"
	 "func_name:set_session_attributes}"},
	{"notification",
	 "p:02:337000000a04000000000102050100000000",
	 "s7plus{version:2,len:18,last:true,opcode:51,kind:notification,object:1879048202}"},
	{"response2",
	 "p:02:0200000000",
	 "s7plus{version:2,len:5,last:true,opcode:2,kind:response2}"},
	{"stop",
	 "d:03:31000004f20000000900000392340000003401907700080100000000",
	 "s7plus{version:3,len:61,last:true,digest_len:32,opcode:49,kind:request,func:1266,seq:9,session:914,object:52,"
	 "attribute:2167,operating_state:1,func_name:set_operating_state,attack:T0858}"},
	{"stop, answered",
	 "d:03:32000004f2000000093600",
	 "s7plus{version:3,len:44,last:true,digest_len:32,opcode:50,kind:response,func:1266,seq:9,"
	 "return_value:0x0000000000000000,func_name:set_variable}"},
	{"refused",
	 "d:03:32000004f20000000a36fffefdfcfbfaf9f81000",
	 "s7plus{version:3,len:53,last:true,digest_len:32,opcode:50,kind:response,func:1266,seq:10,"
	 "return_value:0xfffbefcf7ebcf810,func_name:set_variable}"},
	{"a program attribute",
	 "d:03:31000004f20000000a000003923400000003019c33000100000000",
	 "s7plus{version:3,len:60,last:true,digest_len:32,opcode:49,kind:request,func:1266,seq:10,session:914,object:3,"
	 "attribute:3635,func_name:set_program_attribute,attack:T0889}"},
	{"a subscription's attribute",
	 "d:03:31000004f20000000500000398347400006a01881d00070006",
	 "s7plus{version:3,len:58,last:true,digest_len:32,opcode:49,kind:request,func:1266,seq:5,session:920,"
	 "object:1946157162,attribute:1053,func_name:set_subscription}"},
	{"an answer to the challenge",
	 "d:03:31000004f200000005000003983400000398018230000100",
	 "s7plus{version:3,len:57,last:true,digest_len:32,opcode:49,kind:request,func:1266,seq:5,session:920,object:920,"
	 "attribute:304,func_name:legitimate}"},
	{"explore the program",
	 "d:03:31000004bb0000000b00000392340000000300010000000000",
	 "s7plus{version:3,len:58,last:true,digest_len:32,opcode:49,kind:request,func:1211,seq:11,session:914,object:3,"
	 "func_name:explore_program,attack:T0845}"},
	{"explore the hardware",
	 "d:03:31000004bb0000000b00000392340000000200010000000000",
	 "s7plus{version:3,len:58,last:true,digest_len:32,opcode:49,kind:request,func:1211,seq:11,session:914,object:2,"
	 "func_name:explore,attack:T0888}"},
	{"create a block",
	 "d:03:31000004ca0000002700000392360000000300040000000000a18a32000194572000a2",
	 "s7plus{version:3,len:68,last:true,digest_len:32,opcode:49,kind:request,func:1226,seq:39,session:914,object:3,"
	 "class:2647,func_name:create_object,attack:T0843}"},
	{"create a subscription",
	 "d:03:31000004ca0000000c0000039234000003930004000000000004a17fffc00387690000a2",
	 "s7plus{version:3,len:69,last:true,digest_len:32,opcode:49,kind:request,func:1226,seq:12,session:914,object:915,"
	 "class:1001,func_name:subscribe,attack:T0801}"},
	{"a subscription, integrity number of two bytes",
	 "d:03:31000004ca0000000c000003923400000393000400000000008104a17fffc00387690000a2",
	 "s7plus{version:3,len:70,last:true,digest_len:32,opcode:49,kind:request,func:1226,seq:12,session:914,object:915,"
	 "class:1001,func_name:subscribe,attack:T0801}"},
	{"delete the session",
	 "d:03:31000004d40000000a000003923400000392000000",
	 "s7plus{version:3,len:54,last:true,digest_len:32,opcode:49,kind:request,func:1236,seq:10,session:914,object:914,"
	 "func_name:delete_session}"},
	{"begin a sequence",
	 "p:02:310000055600000025000003c03602000100a17fffc001",
	 "s7plus{version:2,len:23,last:true,opcode:49,kind:request,func:1366,seq:37,session:960,func_name:begin_sequence,"
	 "attack:T0843}"},
	{"invoke",
	 "p:02:310000056b00000005000003be3402625a0100",
	 "s7plus{version:2,len:19,last:true,opcode:49,kind:request,func:1387,seq:5,session:958,object:40000001,"
	 "func_name:invoke}"},
	{"get a variable in pieces",
	 "d:03:3100000586000000050000039234000000312004019d2900",
	 "s7plus{version:3,len:57,last:true,digest_len:32,opcode:49,kind:request,func:1414,seq:5,session:914,object:49,"
	 "attribute:3753,func_name:get_variable_streamed,attack:T0801}"},
	{"initialise TLS",
	 "p:01:31000005b300000001000000003000000000",
	 "s7plus{version:1,len:18,last:true,opcode:49,kind:request,func:1459,seq:1,session:0,func_name:init_tls}"},
	{"function nobody knows",
	 "p:02:310000123400000001000000003400000000",
	 "s7plus{version:2,len:18,last:true,opcode:49,kind:request,func:4660,seq:1,session:0,object:0,flaws:[function]}"},
	{"opcode nobody knows",
	 "p:02:3500",
	 "s7plus{version:2,len:2,last:true,opcode:53,kind:other,flaws:[opcode]}"},
	{"reserved bytes not zero",
	 "p:02:31ff00054c00000001000000003400000000",
	 "s7plus{version:2,len:18,last:true,opcode:49,kind:request,func:1356,seq:1,session:0,object:0,"
	 "func_name:get_multi_variables,attack:T0801,flaws:[opcode]}"},
	{"version nobody knows",
	 "p:07:31000004bb",
	 "s7plus{version:7,len:5,last:true,opcode:49,kind:request,flaws:[length,version]}"},
	{"digest of another length",
	 "p:03:10000102030405060708090a0b0c0d0e0f310000",
	 "s7plus{version:3,len:20,last:true,flaws:[length]}"},
	{"body of nothing",
	 "p:02:",
	 "s7plus{version:2,len:0,last:true,flaws:[length]}"},
	{"request without session",
	 "p:02:310000054c00000001",
	 "s7plus{version:2,len:9,last:true,opcode:49,kind:request,func:1356,seq:1,func_name:get_multi_variables,"
	 "attack:T0801,flaws:[length]}"},
	{"first of a message",
	 "P:02:310000054c00000002000003be340000000001050032019a7b",
	 "s7plus{version:2,len:25,last:false,opcode:49,kind:request,func:1356,seq:2,session:958,object:0,"
	 "func_name:get_multi_variables,attack:T0801}"},
	{"length beyond the message",
	 "m:720200ff31",
	 "s7plus{version:2,len:255,last:false,opcode:49,kind:request,flaws:[length]}"},
	{"bytes behind the trailer",
	 "m:72020005020000000072020000ff",
	 "s7plus{version:2,len:5,last:true,opcode:2,kind:response2,flaws:[trailing]}"},
	{"two in one message",
	 "m:72ff000072ff0000",
	 "s7plus{version:255,len:0,kind:keepalive}s7plus{version:255,len:0,kind:keepalive}"},
	{"system event",
	 "p:fe:00000000000003e80000000000000000",
	 "s7plus{version:254,len:16,kind:system-event}"},
	{"keep-alive",
	 "p:ff:0000",
	 "s7plus{version:255,len:2,kind:keepalive}"},
	{"TLS handshake",
	 "m:16030300050100000100",
	 "cotp-tls{content_type:22,data_len:10,encrypted:true}"},
	{"TLS data",
	 "m:1703030004a1b2c3d4",
	 "cotp-tls{content_type:23,data_len:9,encrypted:true}"},
};

START_TEST(reads_as_told)
{
	const struct reading *row = &readings[_i];

	read_message(row->word);
	ck_assert_msg(strcmp(said, row->want) == 0, "%s:\n got %s\nwant %s", row->name, said, row->want);
}
END_TEST

/* Numbers of variable length: five bytes at most, nine with eight bits in the last. */
START_TEST(long_numbers)
{
	static const struct {
		const char *word, *want;
	} rows[] = {
		{"p:02:31000004f200000001000000013400000034018fffffff7f", "attribute:4294967295"},
		{"p:02:31000004f20000000100000001340000003401818080808000", NULL}, /* six bytes */
		{"p:02:32000004f20000000136808080808080808001", "return_value:0x0000000000000001"},
		{"p:02:32000004f20000000136ffffffffffffffffff", "return_value:0xffffffffffffffff"},
		{"p:02:32000004f20000000136ffffffffffffffff", NULL},
	};
	size_t i;

	for (i = 0; i < FL_ARRAY_LEN(rows); i++) {
		read_message(rows[i].word);
		if (rows[i].want)
			ck_assert_msg(strstr(said, rows[i].want) != NULL, "%zu: %s", i, said);
		else
			ck_assert_msg(!strstr(said, "attribute") && !strstr(said, "return_value"), "%zu: %s", i, said);
	}
}
END_TEST

START_TEST(functions_are_complete)
{
#define X(num, id, text, cls, tech) ck_assert_str_eq(fl_s7plus_function(num)->name, text);
	FL_S7PLUS_FUNCTIONS(X)
#undef X
	ck_assert_ptr_null(fl_s7plus_function(0x1234));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("s7plus");
	TCase *t = tcase_create("s7plus");

	tcase_add_loop_test(t, reads_as_told, 0, FL_ARRAY_LEN(readings));
	tcase_add_test(t, long_numbers);
	tcase_add_test(t, functions_are_complete);
	suite_add_tcase(s, t);
	return fl_run_suite(s) ? 1 : 0;
}
