/* test_s7comm_join.c - S7comm and S7comm-plus messages to operations: who asks, what answers what, what came of it. */
#include "run.h"
#include "s7_script.h"

static const struct join {
	const char *name, *script, *want;
} joins[] = {
	{"connection, set-up, read",
	 ">c:11e00000000800c0010ac1020100c2020102 <c:11d00008000300c0010ac1020100c2020102 >j:0100:f0000001000101e0 "
	 "<a:0100:f0000001000100f0 >j:0200:0401120a10020004000184000000 <a:0200:0401:ff04002001020304",
	 "cotp_connect session 1>2 ok '0102 (pg, rack 0, slot 2)'; setup_communication session 3>4 ok; read_var read "
	 "data_block 1/0+32 5>6 ok"},
	{"connection refused",
	 ">c:11e00000000800c0010ac1020100c2020103 <c:06800008000003 >j:0100:f0000001000101e0 e",
	 "cotp_connect session 1>2 error 3 address_unknown '0103 (pg, rack 0, slot 3)'; setup_communication session 3>0 "
	 "no_response"},
	{"connection ended",
	 ">c:06e00000000800 <c:06d00008000300 >c:06800003000880 e",
	 "cotp_connect session 1>2 ok; cotp_disconnect session 0>3 no_reply_expected 80 normal"},
	{"connection not answered",
	 ">c:06e00000000800 +10 t",
	 "cotp_connect session 1>0 no_response"},
	{"connection in error",
	 ">c:06e00000000800 <c:0470000801",
	 "cotp_connect session 1>2 error 1 parameter_code"},
	{"mid-stream: who asks is the sender of the job",
	 "<j:0200:0401120a10020004000184000000 >a:0200:0401:ff04002001020304",
	 "read_var read data_block 1/0+32 1>2 ok c1"},
	{"several jobs in flight, answered out of order",
	 ">j:0200:0401120a10020004000184000000 >j:0300:0401120a10020004000284000000 "
	 ">j:0400:0501120a10010001000084000008:0003000101 <a:0400:0501:ff <a:0200:0401:ff04002001020304 "
	 "<a:0300:0401:ff04002001020304",
	 "write_var write data_block 0/8+1 3>4 ok; read_var read data_block 1/0+32 1>5 ok; read_var read data_block "
	 "2/0+32 2>6 ok"},
	{"one reference for all: oldest first",
	 ">j:0000:0401120a10020004000184000000 >j:0000:0401120a10020004000284000000 <a:0000:0401:ff04002001020304 "
	 "<a:0000:0401:0a000000",
	 "read_var read data_block 1/0+32 1>3 ok; read_var read data_block 2/0+32 2>4 error a object_does_not_exist"},
	{"one reference, told apart by the function",
	 ">j:0000:0401120a10020004000184000000 >j:0000:0501120a10010001000084000008:0003000101 <a:0000:0501:ff "
	 "<a:0000:0401:ff04002001020304",
	 "write_var write data_block 0/8+1 2>3 ok; read_var read data_block 1/0+32 1>4 ok"},
	{"a job and userdata with one reference",
	 ">j:0500:0401120a10020004000184000000 >q:0500:440100:04240000 <r:0500:840101:00000000:0424000000000000 "
	 "<a:0500:0401:ff04002001020304",
	 "read_szl diagnose s7_szl 1060/0+0 2>3 ok; read_var read data_block 1/0+32 1>4 ok"},
	{"twenty items, one failed",
	 ">j:0600:0402120a10020004000184000000120a10020004006384000000 <a:0600:0402:ff040020010203040a000000",
	 "read_var read data_block 1/0+32 data_block 99/0+32 1>2 ok a object_does_not_exist"},
	{"all failed",
	 ">j:0600:0501120a10010001000084000008:0003000101 <a:0600:0501:03",
	 "write_var write data_block 0/8+1 1>2 error 3 access_not_allowed"},
	{"refused by the header",
	 ">j:0600:0401120a10020004000184000000 <a:0600:04::8104",
	 "read_var read data_block 1/0+32 1>2 error 8104 service_not_implemented"},
	{"refused with an error nobody lists",
	 ">j:0600:0401120a10020004000184000000 <a:0600:04::d2ff",
	 "read_var read data_block 1/0+32 1>2 error d2ff block_function"},
	{"a symbol, ranges, a syntax nobody knows",
	 ">j:0700:04031212b2ff8a0e00051a2b3c4d4000000a4000000b120cb0020400010010010002000012025500 "
	 "<a:0700:0403:ff0400080700ff0400080700ff04000807",
	 "read_var read s7_symbol 5/10+0 data_block 1/128+32 data_block 2/0+8 cut 1>2 ok"},
	{"timers and counters are counted",
	 ">j:0700:0402120a101d000200001d000005120a101c000100001c000007 e",
	 "read_var read s7_area 29/5+2 s7_area 28/7+1 1>0 no_response"},
	{"more items than are kept",
	 ">j:0700:0415120a10020001000184000000120a10020001000184000000120a10020001000184000000120a10020001000184000000120a"
	 "10020001000184000000120a10020001000184000000120a10020001000184000000120a10020001000184000000120a1002000100018400"
	 "0000120a10020001000184000000120a10020001000184000000120a10020001000184000000120a10020001000184000000120a10020001"
	 "000184000000120a10020001000184000000120a10020001000184000000120a10020001000184000000120a10020001000184000000120a"
	 "10020001000184000000120a10020001000184000000120a10020001000184000000 e",
	 "read_var read data_block 1/0+8 data_block 1/0+8 data_block 1/0+8 data_block 1/0+8 data_block 1/0+8 data_block "
	 "1/0+8 data_block 1/0+8 data_block 1/0+8 data_block 1/0+8 data_block 1/0+8 data_block 1/0+8 data_block 1/0+8 "
	 "data_block 1/0+8 data_block 1/0+8 data_block 1/0+8 data_block 1/0+8 data_block 1/0+8 data_block 1/0+8 "
	 "data_block 1/0+8 data_block 1/0+8 cut 1>0 no_response"},
	{"late",
	 ">j:0200:0401120a10020004000184000000 +10 t <a:0200:0401:ff04002001020304",
	 "read_var read data_block 1/0+32 1>0 no_response; read_var read data_block 1/0+32 1>2 ok late"},
	{"late, no tick: the same",
	 ">j:0200:0401120a10020004000184000000 +10 <a:0200:0401:ff04002001020304",
	 "read_var read data_block 1/0+32 1>0 no_response; read_var read data_block 1/0+32 1>2 ok late"},
	{"in time",
	 ">j:0200:0401120a10020004000184000000 +9 t <a:0200:0401:ff04002001020304",
	 "read_var read data_block 1/0+32 1>2 ok"},
	{"duplicate",
	 ">j:0200:0401120a10020004000184000000 <a:0200:0401:ff04002001020304 <a:0200:0401:ff04002001020304",
	 "read_var read data_block 1/0+32 1>2 ok; read_var read data_block 1/0+32 1>3 ok duplicate"},
	{"unsolicited",
	 "<a:0200:0401:ff04002001020304 <n:0300:8104 e",
	 "read_var read 0>1 unsolicited; acknowledgement other 0>2 unsolicited 8104 service_not_implemented"},
	{"the flow ends",
	 ">j:0200:0401120a10020004000184000000 e",
	 "read_var read data_block 1/0+32 1>0 no_response"},
	{"the capture ends",
	 ">j:0200:0401120a10020004000184000000 E",
	 "read_var read data_block 1/0+32 1>0 unknown"},
	{"gap where the answer was",
	 ">j:0200:0401120a10020004000184000000 g< +10 t",
	 "read_var read data_block 1/0+32 1>0 unknown"},
	{"gap on the client's side",
	 ">j:0200:0401120a10020004000184000000 g> +10 t",
	 "read_var read data_block 1/0+32 1>0 no_response"},
	{"download: the controller's jobs are the station's",
	 ">c:06e00000000800 <c:06d00008000300 >j:0e00:1a00010000000000095f30413030303037500d31303030333030303030323030 "
	 "<a:0e00:1a <j:0100:1b00000000000000095f3041303030303750 >a:0100:1b01:000400fb70700101 "
	 "<j:0200:1b00000000000000095f3041303030303750 >a:0200:1b00:000400fb70700101 "
	 "<j:0300:1c00000000000000095f3041303030303750 >a:0300:1c "
	 ">j:0f00:28000000000000fd000a01003041303030303750055f494e5345 <a:0f00:28",
	 "cotp_connect session 1>2 ok; request_download program_download s7_block 10/7+0 3>4 ok 'DB7'; download_block "
	 "program_download s7_block 10/7+0 5>6 ok 'DB7'; download_block program_download s7_block 10/7+0 7>8 ok 'DB7'; "
	 "download_ended program_download s7_block 10/7+0 9>10 ok 'DB7'; insert_block program_download s7_block 10/7+0 "
	 "11>12 ok 'DB7'"},
	{"download, capture begins in the middle",
	 "<j:0100:1b00000000000000095f3041303030303750 >a:0100:1b01:000400fb70700101 "
	 ">j:0f00:28000000000000fd0000055f47415242 <a:0f00:28",
	 "download_block program_download s7_block 10/7+0 1>2 ok 'DB7'; compress_memory configure 3>4 ok"},
	{"download block from the client itself",
	 "k >j:0100:1b00000000000000095f3041303030303750 <a:0100:1b00:000400fb70700101",
	 "download_block program_download s7_block 10/7+0 1>2 ok 'DB7'"},
	{"download refused",
	 "k >j:0e00:1a00010000000000095f30413030303037500d31303030333030303030323030 <a:0e00:1a::d241",
	 "request_download program_download s7_block 10/7+0 1>2 error d241 not_in_this_protection_level_2 'DB7'"},
	{"upload: the block's name goes with its id",
	 "k >j:0800:1d00000000000000095f3038303030303141 <a:0800:1d000100000000070730303030333030 "
	 ">j:0900:1e00000000000007 <a:0900:1e01:000200fb7070 >j:0a00:1e00000000000007 <a:0a00:1e00:000200fb7070 "
	 ">j:0b00:1f00000000000007 <a:0b00:1f >j:0c00:1e00000000000007 <a:0c00:1e::d209",
	 "start_upload program_upload s7_block 8/1+0 1>2 ok 'OB1'; upload program_upload 3>4 ok 'OB1'; upload "
	 "program_upload 5>6 ok 'OB1'; end_upload program_upload 7>8 ok 'OB1'; upload program_upload 9>10 error d209 "
	 "block_not_found_on_module"},
	{"services by name",
	 "k >j:0100:28000000000000fd000009505f50524f4752414d <a:0100:28 "
	 ">j:0200:28000000000000fd0002432009505f50524f4752414d <a:0200:28 >j:0300:28000000000000fd00024550055f4d4f4455 "
	 "<a:0300:28 >j:0400:28000000000000fd0000055f47415242 <a:0400:28 "
	 ">j:0500:28000000000000fd0012020030413030303037503045303030313241055f44454c45 <a:0500:28 "
	 ">j:0600:29000000000009505f50524f4752414d <a:0600:29 "
	 ">j:0700:28000000000000fd000803504131034f5f31095f4e5f53454c454354 <a:0700:28 "
	 ">j:0800:28000000000000fd0000035f5858 <a:0800:28",
	 "program_start control 1>2 ok; program_start control 3>4 ok 'C '; copy_ram_to_rom program_download 5>6 ok 'EP'; "
	 "compress_memory configure 7>8 ok; delete_block program_download s7_block 10/7+0 s7_block 14/12+0 9>10 ok 'DB7, "
	 "FB12'; plc_stop control 11>12 ok; nc_select_program control 13>14 ok 'PA1 O_1'; pi_service control other 15>16 "
	 "ok '_XX'"},
	{"a password among the arguments",
	 "k >j:0d00:28000000000000fd000b0350413106736563726574095f4e5f4c4f47494e5f <a:0d00:28 "
	 ">q:0600:450100:213a1b1d6e681b1d <r:0600:850101:0000d602 >q:0700:450200 <r:0700:850201:00000000",
	 "nc_login security 1>2 ok; set_session_password security 3>4 error d602 wrong_password_2; clear_session_password "
	 "security 5>6 ok"},
	{"status list with identity",
	 "k >q:0500:440100:00110000 "
	 "<r:0500:840101:00000000:00110000001c0002000136455337203331352d32454831342d304142302000c0000000010007202020202020"
	 "202020202020202020202020202000c056030206",
	 "read_szl identify s7_szl 17/0+0 1>2 ok '6ES7 315-2EH14-0AB0 V3.2.6'"},
	{"status list in parts",
	 "k >q:0500:440100:001c0000 <r:0500:840102:07010000:001c00000022000200016c696e652d3300*26_0007435055 "
	 ">r:0600:440102:00000000 <r:0600:840102:07000000:2033313500*25",
	 "read_szl identify s7_szl 28/0+0 1>4 ok 'CPU 315, line-3'"},
	{"status list in parts, the next one unasked",
	 "k >q:0500:440100:001c0000 <r:0500:840102:07010000:001c0000002200010007435055 "
	 "<r:0600:840102:07000000:2033313500*25",
	 "read_szl identify s7_szl 28/0+0 1>3 ok 'CPU 315'"},
	{"status list in parts, never fetched",
	 "k >q:0500:440100:001c0000 <r:0500:840102:07010000:001c0000002200010007435055 +10 t",
	 "read_szl identify s7_szl 28/0+0 1>2 ok"},
	{"status list in parts, its request not seen",
	 "<r:0500:840102:07010000:001c0000002200010007435055 >r:0600:440102:00000000 "
	 "<r:0600:840102:07000000:2033313500*25 e",
	 "read_szl identify 0>3 unsolicited 'CPU 315'"},
	{"status list in parts, begins in the middle",
	 "<r:0500:840102:07010000:6c696e652d33 >r:0600:440102:00000000 <r:0600:840102:07000000:20333135 e",
	 "read_szl diagnose 0>1 unsolicited; read_szl diagnose 2>3 ok"},
	{"status list in parts, the second refused",
	 "k >q:0500:440100:001c0000 <r:0500:840102:07010000:001c0000002200010007435055 >r:0600:440102:00000000 "
	 "<r:0600:840102:0000d401",
	 "read_szl identify s7_szl 28/0+0 1>4 error d401 information_not_available"},
	{"two lists in parts at once",
	 "k >q:0500:440100:001c0000 <r:0500:840102:07010000:001c0000002200010007435055 >q:0501:440100:001c0000 "
	 "<r:0501:840103:08010000:001c000000220001000746 >r:0600:440102:00000000 <r:0600:840102:07000000:2033313500*25 "
	 ">r:0601:440103:00000000 <r:0601:840103:08000000:4d00*30",
	 "read_szl identify s7_szl 28/0+0 1>6 ok; read_szl identify s7_szl 28/0+0 3>8 ok 'FM'"},
	{"blocks in parts",
	 "k >q:0500:430200:3041 <r:0500:830202:07010000:00012203 >r:0600:430202:00000000 <r:0600:830202:07000000:00022203",
	 "list_blocks_of_type diagnose 1>4 ok 'DB'"},
	{"block info",
	 "k >q:0c00:430300:3041303030303142 <r:0c00:830300:0000d209",
	 "get_block_info diagnose s7_block 10/1+0 1>2 error d209 block_not_found_on_module 'DB1'"},
	{"operating state lists",
	 "k >q:0500:440100:04240000 <r:0500:840101:00000000:042400000014000100*20 >q:0501:440100:ff990000 e",
	 "read_szl diagnose s7_szl 1060/0+0 1>2 ok; read_szl diagnose s7_szl 65433/0+0 3>0 no_response"},
	{"watch table: request, push, modify",
	 "k >q:6e00:410200:0014000e00000001000000120001000100010001000102000002010600000000110100000008 "
	 "<r:6e00:810202:00000000 <r:0000:010202:00000000:00040012010000020002ff0900064133851fdeadff0900010200 "
	 ">q:6e01:410800:0014000e00000001000000000001000100010001000102000001720100030010ff040010abcd "
	 "<r:6e01:810803:0000d0a4",
	 "variable_status read s7_area 131/0+48 s7_area 129/64+8 1>2 ok; variable_status read 0>3 ok; modify_variable "
	 "write data_block 3/128+16 4>5 error d0a4 force_already_established"},
	{"watch table of bits: where they are is not known",
	 "k >q:6e01:410800:0014000e00000001000000000001000100010001000102000001000100000010ff03000101 e",
	 "modify_variable write cut 1>0 no_response"},
	{"cyclic data",
	 "k >q:0c00:420100:00010102120a10020004000184000000 <r:0c00:820101:00000000:0001ff04002001020304 "
	 "<r:0000:020101:00000000:0001ff04002001020304 >q:0d00:420400:0501 <r:0d00:820401:00000000",
	 "cyclic_transfer read data_block 1/0+32 1>2 ok; cyclic_transfer read 0>3 ok; cyclic_unsubscribe read 4>5 ok"},
	{"alarms",
	 "k <q:0000:040500:26072010304500114001120a1601000000af0000fefeff0400100001 "
	 ">q:0a00:440b00:09010112081900000000af00ff <r:0a00:840b01:00000000:0001ff >q:0b00:440700:0001 e",
	 "alarm_8_indication alarm 0>1 ok; alarm_acknowledge alarm 2>3 ok; alarm_8_lock configure alarm 4>0 no_response"},
	{"clock",
	 "k >q:0700:470100 <r:0700:870101:00000000:00191408201159439124 >q:0c00:470200:00191408201159330400 "
	 "<r:0c00:870201:0000dc01",
	 "read_clock diagnose 1>2 ok; set_clock configure 3>4 error dc01 time_invalid"},
	{"bsend",
	 "k >q:0d00:460100:1206130000000001000401020304 <r:0d00:860101:00000000:1206130000000001 e",
	 "bsend write 1>2 ok"},
	{"mode transition",
	 "k <m:320700000000000800000100100000000000",
	 "mode_transition diagnose 0>1 ok 'stop'"},
	{"functions nobody knows",
	 "k >j:0100:99 <a:0100:99::8104 >q:0200:590100:0000 <r:0200:990101:00008104",
	 "unknown_function other 1>2 error 8104 service_not_implemented; userdata other 3>4 error 8104 "
	 "service_not_implemented"},
	{"an answer of another function",
	 "k >j:0100:0401120a10020004000184000000 <a:0100:0501:ff",
	 "read_var read data_block 1/0+32 1>2 ok"},
	{"a message in parts",
	 "k >M:320100000200 >M:000e0000040112 >m:0a10020004000184000000 <a:0200:0401:ff04002001020304",
	 "read_var read data_block 1/0+32 3>4 ok"},
	{"empty data units in between",
	 "k >j:0200:0401120a10020004000184000000 <M: >M: <a:0200:0401:ff04002001020304",
	 "read_var read data_block 1/0+32 1>4 ok"},
	{"several in one segment",
	 "k "
	 ">x:0300001f02f080320100000200000e00000401120a100200040001840000000300001f02f080320100000300000e00000401120a10020"
	 "004000284000000 <a:0300:0401:ff04002001020304 <a:0200:0401:ff04002001020304",
	 "read_var read data_block 2/0+32 1>2 ok; read_var read data_block 1/0+32 1>3 ok"},
	{"another protocol inside",
	 "k >j:0200:0401120a10020004000184000000 >m:a0030201 e",
	 "unknown_message other 2>0 unknown; read_var read data_block 1/0+32 1>0 no_response"},
	{"another protocol inside, but it may be a tail",
	 "k g> >m:a0030201 >m:a0030201 e",
	 ""},
	{"TLS inside",
	 "k >c:06e00000000800 <c:06d00008000300 >p:01:31000005b300000001000000003000000000 <p:01:32000005b3000000013000 "
	 ">m:16030300050100000100 <m:16030300050200000100 >m:1703030004a1b2c3d4 >m:aabbcc e",
	 "cotp_connect session 1>2 ok; init_tls session 3>4 ok; encrypted_session session other 5>0 unknown"},
	{"S7comm-plus: session, read, stop, delete",
	 ">p:01:31000004ca0000000100000120360000011d00040000000000a1000000d3821f0000a2 "
	 "<p:01:32000004ca00000001360002873900 >p:02:310000054c00000002000003be340000000001050032019a7b00000000 "
	 "<p:02:320000054c0000000236000100020100000000 >d:03:31000004f20000000900000392340000003401907700080100000000 "
	 "<d:03:32000004f2000000093600 >d:03:31000004d40000000a000003923400000392000000 <d:03:32000004d40000000a3600 e",
	 "create_session session s7_object 285/0+0 1>2 ok; get_multi_variables read cut 3>4 ok; set_operating_state "
	 "control s7_object 52/2167+0 5>6 ok 'stop'; delete_session session s7_object 914/0+0 7>8 ok"},
	{"S7comm-plus: refused",
	 ">d:03:31000004f20000000900000392340000003401907700080300000000 <d:03:32000004f20000000936fffefdfcfbfaf9f81000",
	 "set_operating_state control s7_object 52/2167+0 1>2 error f810 ? 'run'"},
	{"S7comm-plus: a message in fragments",
	 ">p:02:310000054c00000002000003be340000000001050032019a7b <P:02:320000054c0000000236000100 "
	 "<P:02:310000054c00000009 <p:02:3200 >p:02:310000054c00000003000003be340000000001050032019a7b "
	 "<p:02:320000054c00000003360001",
	 "get_multi_variables read cut 1>2 ok; get_multi_variables read cut 5>6 ok"},
	{"S7comm-plus: notifications, events",
	 "<p:02:337000000a04000000000102050100000000 <p:fe:00000000000003e80000000000000000 >p:ff:0000 e",
	 "notification read s7_object 1879048202/0+0 0>1 ok"},
	{"S7comm-plus: after loss no message is made up",
	 ">p:02:310000054c00000002000003be34000000000105 g< <p:02:31bbccddeeff00112233445566778899 e",
	 "get_multi_variables read cut 1>0 unknown"},
	{"S7comm-plus: function nobody knows, opcode nobody knows",
	 ">p:02:310000054c00000002000003be34000000000105 >p:02:310000123400000003000003be34000000000105 >p:02:4400 e",
	 "unknown_message other 2>0 unknown; unknown_message other 3>0 unknown; get_multi_variables read cut 1>0 "
	 "no_response"},
	{"S7comm in a flow of S7comm-plus",
	 ">p:02:310000054c00000002000003be34000000000105 >j:0600:29000000000009505f50524f4752414d <a:0600:29 e",
	 "plc_stop control 2>3 ok; get_multi_variables read cut 1>0 no_response"},
	{"header alone is hostile: parameters beyond the message",
	 "k >m:320100000200ffff000029000000000009505f50524f4752414d e",
	 "plc_stop control 1>0 no_response"},
	{"the request waited behind a hole",
	 "k f2 <a:0200:0401:ff04002001020304 f1 >j:0200:0401120a10020004000184000000 e",
	 "read_var read data_block 1/0+32 1>2 ok"},
	{"the request waited, refused without a function",
	 "k f2 <n:0200:8104 f1 >j:0200:0401120a10020004000184000000 e",
	 "read_var read data_block 1/0+32 1>2 error 8104 service_not_implemented"},
	{"the request waited for minutes",
	 "k f2 <a:0200:0401:ff04002001020304 f4 <a:0300:0501:ff +98 f1 >j:0200:0401120a10020004000184000000 f3 "
	 ">j:0300:0501120a10010001000084000008:0003000101 e",
	 "read_var read data_block 1/0+32 1>2 ok; write_var write data_block 0/8+1 3>4 ok"},
	{"the answer is older than the request",
	 "k f1 <a:0200:0401:ff04002001020304 f2 >j:0200:0401120a10020004000184000000 e",
	 "read_var read 0>1 unsolicited; read_var read data_block 1/0+32 2>0 no_response"},
	{"no request came in time",
	 "k f2 <a:0200:0401:ff04002001020304 +4 t f9 >j:0200:0401120a10020004000184000000 e",
	 "read_var read 0>2 unsolicited; read_var read data_block 1/0+32 9>0 no_response"},
	{"no request came in time, no tick",
	 "k f2 <a:0200:0401:ff04002001020304 +4 f9 >j:0300:0401120a10020004000184000000 e",
	 "read_var read 0>2 unsolicited; read_var read data_block 1/0+32 9>0 no_response"},
	{"a list in parts, its requests waited",
	 "k f2 <r:0500:840102:07010000:001c000000220002_0001_6c696e652d33_00*26_0007_435055 f4 "
	 "<r:0600:840102:07000000:20333135_00*25 f1 >q:0500:440100:001c0000 f3 >r:0600:440102:00000000 e",
	 "read_szl identify s7_szl 28/0+0 1>4 ok 'CPU 315, line-3'"},
	{"a list in parts, its first request waited",
	 "k f2 <r:0500:840102:07010000:001c000000220002_0001_6c696e652d33_00*26_0007_435055 f1 >q:0500:440100:001c0000 f3 "
	 ">r:0600:440102:00000000 f4 <r:0600:840102:07000000:20333135_00*25 e",
	 "read_szl identify s7_szl 28/0+0 1>4 ok 'CPU 315, line-3'"},
	{"S7comm-plus: the request waited",
	 "k f2 <p:02:320000054c0000000236000100 f1 >p:02:310000054c00000002000003be340000000001050032019a7b e",
	 "get_multi_variables read cut 1>2 ok"},
};

START_TEST(joins_as_told)
{
	const struct join *row = &joins[_i];

	run_script(row->script);
	ck_assert_msg(strcmp(said, row->want) == 0, "%s:\n got %s\nwant %s", row->name, said, row->want);
}
END_TEST

#define READ "0401120a10020004000184000000"
#define READ_OK "0401:ff04002001020304"

/* Full table: the oldest ends as unknown, nothing is overwritten, every request yields exactly one operation. */
START_TEST(full_table_closes_the_oldest)
{
	char script[8192] = "", one[64];
	unsigned i, n = FL_S7_PENDING_MAX + 1;
	const char *p;

	for (i = 0; i < n; i++) {
		snprintf(one, sizeof one, ">j:%04x:" READ " ", i);
		strncat(script, one, sizeof script - strlen(script) - 1);
	}
	run_script(script);
	ck_assert_str_eq(said, "read_var read data_block 1/0+32 1>0 unknown");
	strncat(script, "<a:0001:" READ_OK " e", sizeof script - strlen(script) - 1);
	run_script(script);
	for (i = 1, p = said; (p = strstr(p, "; ")) != NULL; p++)
		i++;
	ck_assert_uint_eq(i, n);
	ck_assert_ptr_nonnull(strstr(said, "1/0+32 2>18 ok"));
	ck_assert_ptr_nonnull(strstr(said, "1/0+32 17>0 no_response"));
}
END_TEST

/* More answers than may wait for their requests: the oldest ends without. */
START_TEST(early_answers_are_bounded)
{
	char script[8192] = "k ", one[160];
	unsigned i;

	for (i = 1; i <= FL_S7_EARLY_MAX + 1; i++) {
		snprintf(one, sizeof one, "f%u <a:%04x:" READ_OK " ", 2 * i, i);
		strncat(script, one, sizeof script - strlen(script) - 1);
	}
	run_script(script);
	ck_assert_str_eq(said, "read_var read 0>2 unsolicited");
	for (i = 1; i <= FL_S7_EARLY_MAX + 1; i++) {
		snprintf(one, sizeof one, "f%u >j:%04x:" READ " ", 2 * i - 1, i);
		strncat(script, one, sizeof script - strlen(script) - 1);
	}
	strncat(script, "e", sizeof script - strlen(script) - 1);
	run_script(script);
	ck_assert_ptr_nonnull(strstr(said, "; read_var read data_block 1/0+32 3>4 ok; "));
	ck_assert_ptr_nonnull(strstr(said, "; read_var read data_block 1/0+32 49>50 ok; "));
	ck_assert_ptr_nonnull(strstr(said, "; read_var read data_block 1/0+32 1>0 no_response"));
}
END_TEST

/* More uploads at once than are remembered: the oldest one's later messages have no name, the others have. */
START_TEST(uploads_are_bounded)
{
	char script[8192] = "k ", one[160];
	unsigned i;

	for (i = 1; i <= FL_S7_UPLOADS_MAX + 1; i++) {
		snprintf(one, sizeof one, ">j:%04x:1d00000000000000095f304130303030%02x50 <a:%04x:1d000100%08x07_30*7 ", i, 0x30 + i, i, i);
		strncat(script, one, sizeof script - strlen(script) - 1);
	}
	for (i = 1; i <= FL_S7_UPLOADS_MAX + 1; i++) {
		snprintf(one, sizeof one, ">j:%04x:1e000000%08x <a:%04x:1e00:000200fb7070 ", i, i, i);
		strncat(script, one, sizeof script - strlen(script) - 1);
	}
	run_script(script);
	ck_assert_ptr_nonnull(strstr(said, "; upload program_upload 11>12 ok; "));
	ck_assert_ptr_nonnull(strstr(said, "; upload program_upload 13>14 ok 'DB2'; "));
	ck_assert_ptr_nonnull(strstr(said, "; upload program_upload 19>20 ok 'DB5'"));
}
END_TEST

/* An identity list longer than is put together: the name is of what had room, the operation is there. */
START_TEST(long_identity_is_bounded)
{
	char script[8192] = "k >q:0001:440100:001c0000 ";
	unsigned i;

	strncat(script, "<r:0001:840102:07010000:001c0000002200ff_0007_414243_00*29 ", sizeof script - strlen(script) - 1);
	for (i = 0; i < 12; i++)
		strncat(script, ">r:0002:440102:00000000 <r:0002:840102:07010000:0009_20*200 ", sizeof script - strlen(script) - 1);
	strncat(script, ">r:0002:440102:00000000 <r:0002:840102:07000000:0009_20*32", sizeof script - strlen(script) - 1);
	run_script(script);
	ck_assert_str_eq(said, "read_szl identify s7_szl 28/0+0 1>28 ok 'ABC'");
}
END_TEST

/* Ten thousand requests with one reference, each answered: state stays bounded, one operation each. */
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
	struct fl_s7_state *state = calloc(1, sizeof *state);
	struct fl_dctx c = {.state = state, .on_operation = count_op};
	size_t n[2];
	uint8_t *p[2] = {message("j:0000:" READ, &n[0]), message("a:0000:" READ_OK, &n[1])};
	unsigned i;

	ck_assert_ptr_nonnull(state);
	ops_seen = 0;
	for (i = 0; i < 20000; i++) {
		struct fl_rd r = fl_rd_init(p[i & 1], n[i & 1], FL_OPEN);

		c.dir = i & 1;
		c.frame++;
		c.ts_ns = c.mono_ns += SECOND / 100;
		ck_assert_int_eq(fl_s7comm_dissector.unit(&c, &r), FL_UNIT);
	}
	ck_assert_uint_eq(ops_seen, 10000);
	ck_assert(fl_s7_state_ok(state));
	ck_assert_uint_le(state->used, FL_S7_REMEMBERED + 1);
	free(p[0]);
	free(p[1]);
	free(state);
}
END_TEST

/* Where a flow is not ours at all, it is given back; what breaks later is malformed. */
START_TEST(not_mine_and_malformed)
{
	static const uint8_t http[] = "GET / HTTP/1.1\r\n\r\n";
	static const uint8_t header[] = {3, 0, 0, 9, 0, 0xF0, 0x80, 1, 2}; /* length indicator 0 */
	struct fl_s7_state *state = calloc(1, sizeof *state);
	struct fl_dctx c = {.state = state, .on_unit = count_unit};
	struct fl_rd r = fl_rd_init(http, sizeof http - 1, FL_OPEN);
	uint8_t *p;
	size_t n;

	ck_assert_ptr_nonnull(state);
	ck_assert_int_eq(fl_s7comm_dissector.unit(&c, &r), FL_NOT_MINE);
	r = fl_rd_init(header, sizeof header, FL_OPEN);
	ck_assert_int_eq(fl_s7comm_dissector.unit(&c, &r), FL_NOT_MINE);
	p = message("j:0000:" READ, &n);
	r = fl_rd_init(p, n, FL_OPEN);
	ck_assert_int_eq(fl_s7comm_dissector.unit(&c, &r), FL_UNIT);
	r = fl_rd_init(header, sizeof header, FL_OPEN); /* the TPKT tells where the next one starts */
	units_seen = flawed_seen = 0;
	ck_assert_int_eq(fl_s7comm_dissector.unit(&c, &r), FL_UNIT);
	ck_assert_uint_eq(units_seen, 1);
	ck_assert_uint_eq(flawed_seen, 1);
	r = fl_rd_init(http, sizeof http - 1, FL_OPEN);
	ck_assert_int_eq(fl_s7comm_dissector.unit(&c, &r), FL_MALFORMED);
	ck_assert(state->side[0].lost);
	free(p);
	free(state);
}
END_TEST

/* A message cut by the snap length tells what it has, and what it hides is not held against the other side. */
START_TEST(cut_message)
{
	struct fl_s7_state *state = calloc(1, sizeof *state);
	struct fl_dctx c = {.state = state, .on_unit = show_unit, .on_operation = put_op, .frame = 1, .ts_ns = 1};
	struct fl_rd r;
	uint8_t *p;
	size_t n;

	ck_assert_ptr_nonnull(state);
	said[0] = '\0';
	p = message("j:0100:0402120a10020004000184000000120a10020004000284000000", &n);
	r = fl_rd_init(p, n - 6, FL_CUT_END);
	ck_assert_int_eq(fl_s7comm_dissector.unit(&c, &r), FL_CUT);
	ck_assert_ptr_nonnull(strstr(said, "P#DB1.DBX0.0 byte 4],dir:request"));
	ck_assert_msg(strstr(said, "cut:true}") != NULL, "%s", said);
	ck_assert_ptr_null(strstr(said, "flaws"));
	said[0] = '\0';
	fl_s7comm_dissector.end(&c);
	ck_assert_str_eq(said, "read_var read data_block 1/0+32 cut 1>0 no_response");
	free(p);
	free(state);
}
END_TEST

/* A TPKT that claims more than any unit has is not waited for. */
START_TEST(false_length_is_not_waited_for)
{
	run_script("k >j:0100:" READ " >x:0300fff002f08032 >j:0200:29000000000009505f50524f4752414d <a:0200:29 e");
	ck_assert_str_eq(said, "plc_stop control 3>4 ok; read_var read data_block 1/0+32 1>0 no_response");
}
END_TEST

/* One byte a segment: the same operations. */
START_TEST(byte_by_byte)
{
	static const char *const words[] = {"c:06e00000000800", "M:320100000200", "m:000e00000401120a10020004000184000000",
	                                    "j:0300:29000000000009505f50524f4752414d"};
	struct fl_s7_state *state = calloc(1, sizeof *state);
	struct fl_dctx c = {.state = state, .on_operation = put_op, .ts_ns = 1};
	uint8_t held[256];
	size_t w, i, n, have = 0;
	uint8_t *p;

	ck_assert_ptr_nonnull(state);
	said[0] = '\0';
	for (w = 0; w < FL_ARRAY_LEN(words); w++) {
		p = message(words[w], &n);
		for (i = 0; i < n; i++) {
			struct fl_rd r;
			enum fl_result got;

			held[have++] = p[i];
			c.frame++;
			r = fl_rd_init(held, have, FL_OPEN);
			got = fl_s7comm_dissector.unit(&c, &r);
			ck_assert_int_eq(got, i + 1 == n ? FL_UNIT : FL_NEED_MORE);
			if (got == FL_UNIT)
				have = 0;
		}
		free(p);
	}
	fl_s7comm_dissector.end(&c);
	ck_assert_str_eq(said, "cotp_connect session 11>0 no_response; read_var read data_block 1/0+32 49>0 no_response; "
	                       "plc_stop control 82>0 no_response");
	free(state);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("s7comm_join");
	TCase *t = tcase_create("s7comm_join");

	tcase_add_loop_test(t, joins_as_told, 0, FL_ARRAY_LEN(joins));
	tcase_add_test(t, full_table_closes_the_oldest);
	tcase_add_test(t, early_answers_are_bounded);
	tcase_add_test(t, uploads_are_bounded);
	tcase_add_test(t, long_identity_is_bounded);
	tcase_add_test(t, long_session);
	tcase_add_test(t, not_mine_and_malformed);
	tcase_add_test(t, cut_message);
	tcase_add_test(t, false_length_is_not_waited_for);
	tcase_add_test(t, byte_by_byte);
	suite_add_tcase(s, t);
	return fl_run_suite(s) ? 1 : 0;
}
