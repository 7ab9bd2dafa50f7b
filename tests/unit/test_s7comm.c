/* test_s7comm.c - how S7comm messages read, what probe() takes and refuses, the lists. Joins: test_s7comm_join.c. */
#include "run.h"
#include "s7_script.h"

static const struct reading {
	const char *name, *word, *want;
} readings[] = {
	{"setup",
	 "j:0100:f0000002000301e0",
	 "s7comm{rosctr:1,pdu_ref:256,red_id:0,par_len:8,dat_len:0,func:240,amq_calling:2,amq_called:3,pdu_length:480,"
	 "dir:request,rosctr_name:job,func_name:setup_communication}"},
	{"setup, granted less",
	 "a:0100:f0000001000100f0",
	 "s7comm{rosctr:3,pdu_ref:256,red_id:0,par_len:8,dat_len:0,err_class:0,err_code:0,func:240,amq_calling:1,"
	 "amq_called:1,pdu_length:240,dir:response,rosctr_name:ack_data,func_name:setup_communication}"},
	{"setup, too short",
	 "j:0100:f000000100",
	 "s7comm{rosctr:1,pdu_ref:256,red_id:0,par_len:5,dat_len:0,func:240,amq_calling:1,dir:request,rosctr_name:job,"
	 "func_name:setup_communication,flaws:[length]}"},
	{"read, five kinds of address",
	 "j:0200:0405120a10020004000184000000120a10010001000083000053120a101d000200001d000005120a10040001000585000010120a1"
	 "0060003000081000020",
	 "s7comm{rosctr:1,pdu_ref:512,red_id:0,par_len:62,dat_len:0,func:4,item_count:5,items:[{syntax:16,tsize:2,"
	 "length:4,db:1,area:132,addr:0,byte:0,bit:0},{syntax:16,tsize:1,length:1,db:0,area:131,addr:83,byte:10,bit:3},"
	 "{syntax:16,tsize:29,length:2,db:0,area:29,addr:5},{syntax:16,tsize:4,length:1,db:5,area:133,addr:16,byte:2,"
	 "bit:0},{syntax:16,tsize:6,length:3,db:0,area:129,addr:32,byte:4,bit:0}],addresses:[P#DB1.DBX0.0 byte 4,P#M 10.3 "
	 "bit 1,T5 2,P#DI5.DBX2.0 word 1,P#I 4.0 dword 3],dir:request,rosctr_name:job,func_name:read_var,attack:T0801}"},
	{"read, one item fewer than said",
	 "j:0201:0402120a10020004000184000000",
	 "s7comm{rosctr:1,pdu_ref:513,red_id:0,par_len:14,dat_len:0,func:4,item_count:2,items:[{syntax:16,tsize:2,"
	 "length:4,db:1,area:132,addr:0,byte:0,bit:0}],addresses:[P#DB1.DBX0.0 byte 4],dir:request,rosctr_name:job,"
	 "func_name:read_var,attack:T0801,flaws:[item]}"},
	{"read, an item that runs over",
	 "j:0202:0401120b10020004000184000000",
	 "s7comm{rosctr:1,pdu_ref:514,red_id:0,par_len:14,dat_len:0,func:4,item_count:1,items:[],addresses:[],dir:request,"
	 "rosctr_name:job,func_name:read_var,attack:T0801,flaws:[item]}"},
	{"read, bytes behind the last item",
	 "j:0203:0401120a1002000400018400000000",
	 "s7comm{rosctr:1,pdu_ref:515,red_id:0,par_len:15,dat_len:0,func:4,item_count:1,items:[{syntax:16,tsize:2,"
	 "length:4,db:1,area:132,addr:0,byte:0,bit:0}],addresses:[P#DB1.DBX0.0 byte 4],dir:request,rosctr_name:job,"
	 "func_name:read_var,attack:T0801,flaws:[item]}"},
	{"read, ranges of data blocks",
	 "j:0204:0401120cb00204000100100200020000",
	 "s7comm{rosctr:1,pdu_ref:516,red_id:0,par_len:16,dat_len:0,func:4,item_count:1,items:[{syntax:176}],"
	 "addresses:[P#DB1.DBX16.0 byte 4,P#DB2.DBX0.0 byte 2],dir:request,rosctr_name:job,func_name:read_var,"
	 "attack:T0801}"},
	{"read, ranges that break off",
	 "j:0204:0401120ab002040001001002",
	 "s7comm{rosctr:1,pdu_ref:516,red_id:0,par_len:12,dat_len:0,func:4,item_count:1,items:[],addresses:[],dir:request,"
	 "rosctr_name:job,func_name:read_var,attack:T0801,flaws:[item]}"},
	{"read, symbolic, a block's and an input",
	 "j:0205:04021212b2ff8a0e00051a2b3c4d4000000a4000000b120eb2ff0000005000000000400003e8",
	 "s7comm{rosctr:1,pdu_ref:517,red_id:0,par_len:38,dat_len:0,func:4,item_count:2,items:[{syntax:178},{syntax:178}],"
	 "addresses:[DB5.LID 10,area 0x50.LID 1000],dir:request,rosctr_name:job,func_name:read_var,attack:T0801}"},
	{"read, numerical control",
	 "j:0206:040112088201003a00017f01",
	 "s7comm{rosctr:1,pdu_ref:518,red_id:0,par_len:12,dat_len:0,func:4,item_count:1,items:[{syntax:130}],"
	 "addresses:[nck],dir:request,rosctr_name:job,func_name:read_var,attack:T0801}"},
	{"read, a syntax nobody knows",
	 "j:0207:040112025500",
	 "s7comm{rosctr:1,pdu_ref:519,red_id:0,par_len:6,dat_len:0,func:4,item_count:1,items:[{syntax:85}],"
	 "addresses:[syntax not known],dir:request,rosctr_name:job,func_name:read_var,attack:T0801}"},
	{"read, no item at all",
	 "j:0208:0400",
	 "s7comm{rosctr:1,pdu_ref:520,red_id:0,par_len:2,dat_len:0,func:4,item_count:0,items:[],addresses:[],dir:request,"
	 "rosctr_name:job,func_name:read_var,attack:T0801}"},
	{"read, answered: bits, bytes, octets, padded",
	 "a:0200:0404:ff0300010100ff0400080700ff09000301020300ff0400200a0b0c0d",
	 "s7comm{rosctr:3,pdu_ref:512,red_id:0,par_len:2,dat_len:28,err_class:0,err_code:0,func:4,item_count:4,"
	 "return_codes:[255,255,255,255],values:[01,07,010203,0a0b0c0d],dir:response,rosctr_name:ack_data,"
	 "func_name:read_var}"},
	{"read, answered in part",
	 "a:0200:0402:ff04000807000a000000",
	 "s7comm{rosctr:3,pdu_ref:512,red_id:0,par_len:2,dat_len:10,err_class:0,err_code:0,func:4,item_count:2,"
	 "return_codes:[255,10],values:[07,],dir:response,rosctr_name:ack_data,func_name:read_var,"
	 "return_code_name:object_does_not_exist}"},
	{"read, answered: an item failed but has a length",
	 "a:0200:0402:0a000004ff04000807",
	 "s7comm{rosctr:3,pdu_ref:512,red_id:0,par_len:2,dat_len:9,err_class:0,err_code:0,func:4,item_count:2,"
	 "return_codes:[10,255],values:[,07],dir:response,rosctr_name:ack_data,func_name:read_var,"
	 "return_code_name:object_does_not_exist}"},
	{"read, answer that runs over",
	 "a:0200:0401:ff0400400102",
	 "s7comm{rosctr:3,pdu_ref:512,red_id:0,par_len:2,dat_len:6,err_class:0,err_code:0,func:4,item_count:1,"
	 "return_codes:[],values:[],dir:response,rosctr_name:ack_data,func_name:read_var,flaws:[item]}"},
	{"read, refused whole",
	 "a:0200:04::8104",
	 "s7comm{rosctr:3,pdu_ref:512,red_id:0,par_len:1,dat_len:0,err_class:129,err_code:4,func:4,ud_error:33028,"
	 "dir:response,rosctr_name:ack_data,func_name:read_var,err_class_name:application_relationship,"
	 "err_name:service_not_implemented}"},
	{"write",
	 "j:0300:0502120a1001000100098400000b120a10040001000082000020:000300010100000400101234",
	 "s7comm{rosctr:1,pdu_ref:768,red_id:0,par_len:26,dat_len:12,func:5,item_count:2,items:[{syntax:16,tsize:1,"
	 "length:1,db:9,area:132,addr:11,byte:1,bit:3},{syntax:16,tsize:4,length:1,db:0,area:130,addr:32,byte:4,bit:0}],"
	 "addresses:[P#DB9.DBX1.3 bit 1,P#Q 4.0 word 1],return_codes:[0,0],values:[01,1234],dir:request,rosctr_name:job,"
	 "func_name:write_var,attack:T0836}"},
	{"write, answered",
	 "a:0300:0502:ff05",
	 "s7comm{rosctr:3,pdu_ref:768,red_id:0,par_len:2,dat_len:2,err_class:0,err_code:0,func:5,item_count:2,"
	 "return_codes:[255,5],dir:response,rosctr_name:ack_data,func_name:write_var,return_code_name:invalid_address}"},
	{"write, answer with a code too few",
	 "a:0300:0502:ff",
	 "s7comm{rosctr:3,pdu_ref:768,red_id:0,par_len:2,dat_len:1,err_class:0,err_code:0,func:5,item_count:2,"
	 "return_codes:[255],dir:response,rosctr_name:ack_data,func_name:write_var,flaws:[item]}"},
	{"acknowledgement",
	 "n:1500:d20c",
	 "s7comm{rosctr:2,pdu_ref:5376,red_id:0,par_len:0,dat_len:0,err_class:210,err_code:12,ud_error:53772,dir:response,"
	 "rosctr_name:ack,err_class_name:block_function,err_name:no_priority_class_for_ob}"},
	{"request download",
	 "j:0e00:1a00010000000000095f30413030303037500d31303030333030303030323030",
	 "s7comm{rosctr:1,pdu_ref:3584,red_id:0,par_len:32,dat_len:0,func:26,func_status:0,filename:_0A00007P,"
	 "block_type:0A,block_num:00007,dest_fs:P,block:DB7,dir:request,rosctr_name:job,func_name:request_download,"
	 "attack:T0843}"},
	{"request download, granted",
	 "a:0e00:1a",
	 "s7comm{rosctr:3,pdu_ref:3584,red_id:0,par_len:1,dat_len:0,err_class:0,err_code:0,func:26,dir:response,"
	 "rosctr_name:ack_data,func_name:request_download}"},
	{"download block",
	 "j:0100:1b00000000000000095f304130303030375000",
	 "s7comm{rosctr:1,pdu_ref:256,red_id:0,par_len:19,dat_len:0,func:27,func_status:0,filename:_0A00007P,"
	 "block_type:0A,block_num:00007,dest_fs:P,block:DB7,dir:request,rosctr_name:job,func_name:download_block,"
	 "attack:T0843}"},
	{"download block, the data",
	 "a:0100:1b01:000400fb70700101",
	 "s7comm{rosctr:3,pdu_ref:256,red_id:0,par_len:2,dat_len:8,err_class:0,err_code:0,func:27,func_status:1,"
	 "block_data_len:4,data_len:4,data:70700101,dir:response,rosctr_name:ack_data,func_name:download_block}"},
	{"download block, the data too short",
	 "a:0100:1b00:000900fb70700101",
	 "s7comm{rosctr:3,pdu_ref:256,red_id:0,par_len:2,dat_len:8,err_class:0,err_code:0,func:27,func_status:0,"
	 "block_data_len:9,data_len:4,data:70700101,dir:response,rosctr_name:ack_data,func_name:download_block,"
	 "flaws:[length]}"},
	{"download ended",
	 "j:0700:1c00d20900000000095f3041303030303750",
	 "s7comm{rosctr:1,pdu_ref:1792,red_id:0,par_len:18,dat_len:0,func:28,func_status:0,transfer_error:53769,"
	 "filename:_0A00007P,block_type:0A,block_num:00007,dest_fs:P,block:DB7,dir:request,rosctr_name:job,"
	 "func_name:download_ended,attack:T0843}"},
	{"start upload",
	 "j:0800:1d00000000000000095f3038303030303141",
	 "s7comm{rosctr:1,pdu_ref:2048,red_id:0,par_len:18,dat_len:0,func:29,func_status:0,upload_id:0,filename:_0800001A,"
	 "block_type:08,block_num:00001,dest_fs:A,block:OB1,dir:request,rosctr_name:job,func_name:start_upload,"
	 "attack:T0845}"},
	{"start upload, granted",
	 "a:0800:1d000100000000070730303030333030",
	 "s7comm{rosctr:3,pdu_ref:2048,red_id:0,par_len:16,dat_len:0,err_class:0,err_code:0,func:29,func_status:0,"
	 "upload_id:7,dir:response,rosctr_name:ack_data,func_name:start_upload}"},
	{"upload",
	 "j:0900:1e00000000000007",
	 "s7comm{rosctr:1,pdu_ref:2304,red_id:0,par_len:8,dat_len:0,func:30,func_status:0,upload_id:7,dir:request,"
	 "rosctr_name:job,func_name:upload,attack:T0845}"},
	{"upload, the data",
	 "a:0900:1e00:000200fb7070",
	 "s7comm{rosctr:3,pdu_ref:2304,red_id:0,par_len:2,dat_len:6,err_class:0,err_code:0,func:30,func_status:0,"
	 "block_data_len:2,data_len:2,data:7070,dir:response,rosctr_name:ack_data,func_name:upload}"},
	{"end upload",
	 "j:0a00:1f00000000000007",
	 "s7comm{rosctr:1,pdu_ref:2560,red_id:0,par_len:8,dat_len:0,func:31,func_status:0,transfer_error:0,upload_id:7,"
	 "dir:request,rosctr_name:job,func_name:end_upload,attack:T0845}"},
	{"end upload, answered",
	 "a:0a00:1f",
	 "s7comm{rosctr:3,pdu_ref:2560,red_id:0,par_len:1,dat_len:0,err_class:0,err_code:0,func:31,dir:response,"
	 "rosctr_name:ack_data,func_name:end_upload}"},
	{"a transfer of another name",
	 "j:0b00:1d00000000000000055f4e435f31",
	 "s7comm{rosctr:1,pdu_ref:2816,red_id:0,par_len:14,dat_len:0,func:29,func_status:0,upload_id:0,filename:_NC_1,"
	 "dir:request,rosctr_name:job,func_name:start_upload,attack:T0845}"},
	{"start",
	 "j:0d00:28000000000000fd000009505f50524f4752414d",
	 "s7comm{rosctr:1,pdu_ref:3328,red_id:0,par_len:20,dat_len:0,func:40,pi_service:P_PROGRAM,dir:request,"
	 "rosctr_name:job,func_name:program_start,attack:T0858}"},
	{"cold start",
	 "j:0d00:28000000000000fd0002432009505f50524f4752414d",
	 "s7comm{rosctr:1,pdu_ref:3328,red_id:0,par_len:22,dat_len:0,func:40,pi_service:P_PROGRAM,pi_argument:C ,"
	 "dir:request,rosctr_name:job,func_name:program_start,attack:T0858}"},
	{"copy to ROM",
	 "j:0d00:28000000000000fd00024550055f4d4f4455",
	 "s7comm{rosctr:1,pdu_ref:3328,red_id:0,par_len:18,dat_len:0,func:40,pi_service:_MODU,pi_argument:EP,dir:request,"
	 "rosctr_name:job,func_name:copy_ram_to_rom,attack:T0889}"},
	{"insert two blocks",
	 "j:0d00:28000000000000fd0012020030413030303037503045303030313241055f494e5345",
	 "s7comm{rosctr:1,pdu_ref:3328,red_id:0,par_len:34,dat_len:0,func:40,pi_service:_INSE,filename:0A00007P,"
	 "block_type:0A,block_num:00007,dest_fs:P,block:DB7,pi_blocks:[0A00007P,0E00012A],dir:request,rosctr_name:job,"
	 "func_name:insert_block,attack:T0889}"},
	{"select a program",
	 "j:0d00:28000000000000fd000803504131034f5f31095f4e5f53454c454354",
	 "s7comm{rosctr:1,pdu_ref:3328,red_id:0,par_len:28,dat_len:0,func:40,pi_service:_N_SELECT,pi_arguments:[PA1,O_1],"
	 "dir:request,rosctr_name:job,func_name:nc_select_program,attack:T0889}"},
	{"log in: the password is not shown",
	 "j:0d00:28000000000000fd000b0350413106736563726574095f4e5f4c4f47494e5f",
	 "s7comm{rosctr:1,pdu_ref:3328,red_id:0,par_len:31,dat_len:0,func:40,pi_service:_N_LOGIN_,dir:request,"
	 "rosctr_name:job,func_name:nc_login}"},
	{"a service nobody knows",
	 "j:0d00:28000000000000fd0000035f5858",
	 "s7comm{rosctr:1,pdu_ref:3328,red_id:0,par_len:14,dat_len:0,func:40,pi_service:_XX,dir:request,rosctr_name:job,"
	 "func_name:pi_service}"},
	{"service, answered with a status",
	 "a:0d00:2802",
	 "s7comm{rosctr:3,pdu_ref:3328,red_id:0,par_len:2,dat_len:0,err_class:0,err_code:0,func:40,func_status:2,"
	 "dir:response,rosctr_name:ack_data,func_name:pi_service}"},
	{"service, arguments that run over",
	 "j:0d00:28000000000000fd00ff055f494e5345",
	 "s7comm{rosctr:1,pdu_ref:3328,red_id:0,par_len:16,dat_len:0,func:40,dir:request,rosctr_name:job,"
	 "func_name:pi_service,flaws:[length]}"},
	{"stop",
	 "j:3500:29000000000009505f50524f4752414d",
	 "s7comm{rosctr:1,pdu_ref:13568,red_id:0,par_len:16,dat_len:0,func:41,pi_service:P_PROGRAM,dir:request,"
	 "rosctr_name:job,func_name:plc_stop,attack:T0858}"},
	{"a function nobody knows",
	 "j:3600:99",
	 "s7comm{rosctr:1,pdu_ref:13824,red_id:0,par_len:1,dat_len:0,func:153,dir:request,rosctr_name:job,"
	 "flaws:[function]}"},
	{"no function at all",
	 "j:3600:",
	 "s7comm{rosctr:1,pdu_ref:13824,red_id:0,par_len:0,dat_len:0,dir:request,rosctr_name:job}"},
	{"status list",
	 "q:0500:440100:00110000",
	 "s7comm{rosctr:7,pdu_ref:1280,red_id:0,par_len:8,dat_len:8,ud_type:4,ud_group:4,ud_subfunc:1,ud_seq:0,szl_id:17,"
	 "szl_index:0,szl_name:module_identification,return_codes:[255],data_len:4,data:00110000,dir:request,"
	 "rosctr_name:userdata,func_name:read_szl,attack:T0888,ud_group_name:cpu_functions}"},
	{"status list, answered",
	 "r:0500:840101:00000000:00110000001c0001000136455337203030302d30414130302d304142302000c000000001",
	 "s7comm{rosctr:7,pdu_ref:1280,red_id:0,par_len:12,dat_len:40,ud_type:8,ud_group:4,ud_subfunc:1,ud_seq:1,"
	 "ud_unitref:0,ud_last:0,ud_error:0,szl_record_len:28,szl_record_count:1,szl_id:17,szl_index:0,"
	 "szl_name:module_identification,return_codes:[255],data_len:36,"
	 "data:00110000001c0001000136455337203030302d30414130302d304142302000c000000001,dir:response,rosctr_name:userdata,"
	 "func_name:read_szl,ud_group_name:cpu_functions}"},
	{"status list, refused",
	 "r:0500:840102:0000d401",
	 "s7comm{rosctr:7,pdu_ref:1280,red_id:0,par_len:12,dat_len:4,ud_type:8,ud_group:4,ud_subfunc:1,ud_seq:2,"
	 "ud_unitref:0,ud_last:0,ud_error:54273,return_codes:[10],dir:response,rosctr_name:userdata,func_name:read_szl,"
	 "ud_group_name:cpu_functions,err_class_name:information_function,err_name:information_not_available}"},
	{"status list, a part",
	 "r:0500:840101:05010000:001c000000220001",
	 "s7comm{rosctr:7,pdu_ref:1280,red_id:0,par_len:12,dat_len:12,ud_type:8,ud_group:4,ud_subfunc:1,ud_seq:1,"
	 "ud_unitref:5,ud_last:1,ud_error:0,return_codes:[255],data_len:8,data:001c000000220001,dir:response,"
	 "rosctr_name:userdata,func_name:read_szl,ud_group_name:cpu_functions}"},
	{"watch table",
	 "q:6e00:410200:0014000e00000001000000120001000100010001000102000002010600000000110100000008",
	 "s7comm{rosctr:7,pdu_ref:28160,red_id:0,par_len:8,dat_len:42,ud_type:4,ud_group:1,ud_subfunc:2,ud_seq:0,"
	 "items:[{vs_area:1,vs_rep:6,vs_db:0,vs_addr:0},{vs_area:17,vs_rep:1,vs_db:0,vs_addr:8}],return_codes:[255],"
	 "data_len:38,data:0014000e00000001000000120001000100010001000102000002010600000000110100000008,dir:request,"
	 "rosctr_name:userdata,func_name:variable_status,attack:T0801,ud_group_name:programmer_commands}"},
	{"watch table, pushed",
	 "r:0000:010202:00000000:00040012010000020002ff0900064133851fdeadff0900010200",
	 "s7comm{rosctr:7,pdu_ref:0,red_id:0,par_len:12,dat_len:30,ud_type:0,ud_group:1,ud_subfunc:2,ud_seq:2,"
	 "ud_unitref:0,ud_last:0,ud_error:0,return_codes:[255,255,255],values:[4133851fdead,02],dir:push,"
	 "rosctr_name:userdata,func_name:variable_status,ud_group_name:programmer_commands}"},
	{"modify",
	 "q:6e01:410800:0014000e00000001000000000001000100010001000102000001720100030010ff040010abcd",
	 "s7comm{rosctr:7,pdu_ref:28161,red_id:0,par_len:8,dat_len:42,ud_type:4,ud_group:1,ud_subfunc:8,ud_seq:0,"
	 "items:[{vs_area:114,vs_rep:1,vs_db:3,vs_addr:16}],return_codes:[255,255],values:[abcd],dir:request,"
	 "rosctr_name:userdata,func_name:modify_variable,attack:T0835,ud_group_name:programmer_commands}"},
	{"watch table, fewer than said",
	 "q:6e00:410200:0014000800000001000000120001000100010001000102000002010600000000",
	 "s7comm{rosctr:7,pdu_ref:28160,red_id:0,par_len:8,dat_len:36,ud_type:4,ud_group:1,ud_subfunc:2,ud_seq:0,"
	 "items:[{vs_area:1,vs_rep:6,vs_db:0,vs_addr:0}],return_codes:[255],data_len:32,"
	 "data:0014000800000001000000120001000100010001000102000002010600000000,dir:request,rosctr_name:userdata,"
	 "func_name:variable_status,attack:T0801,ud_group_name:programmer_commands,flaws:[item]}"},
	{"cyclic data",
	 "q:0c00:420100:00010102120a10020004000184000000",
	 "s7comm{rosctr:7,pdu_ref:3072,red_id:0,par_len:8,dat_len:20,ud_type:4,ud_group:2,ud_subfunc:1,ud_seq:0,"
	 "item_count:1,cycle_timebase:1,cycle_factor:2,items:[{syntax:16,tsize:2,length:4,db:1,area:132,addr:0,byte:0,"
	 "bit:0}],addresses:[P#DB1.DBX0.0 byte 4],return_codes:[255],data_len:16,data:00010102120a10020004000184000000,"
	 "dir:request,rosctr_name:userdata,func_name:cyclic_transfer,attack:T0801,ud_group_name:cyclic_services}"},
	{"cyclic data of ranges",
	 "q:0c00:420500:00010102120cb00204000100100200020000",
	 "s7comm{rosctr:7,pdu_ref:3072,red_id:0,par_len:8,dat_len:22,ud_type:4,ud_group:2,ud_subfunc:5,ud_seq:0,"
	 "item_count:1,cycle_timebase:1,cycle_factor:2,items:[{syntax:176}],addresses:[P#DB1.DBX16.0 byte 4,P#DB2.DBX0.0 "
	 "byte 2],return_codes:[255],data_len:18,data:00010102120cb00204000100100200020000,dir:request,"
	 "rosctr_name:userdata,func_name:change_driven_transfer,attack:T0801,ud_group_name:cyclic_services}"},
	{"cyclic data, pushed",
	 "r:0000:020103:00000000:0001ff04002001020304",
	 "s7comm{rosctr:7,pdu_ref:0,red_id:0,par_len:12,dat_len:14,ud_type:0,ud_group:2,ud_subfunc:1,ud_seq:3,"
	 "ud_unitref:0,ud_last:0,ud_error:0,item_count:1,return_codes:[255,255],values:[01020304],dir:push,"
	 "rosctr_name:userdata,func_name:cyclic_transfer,ud_group_name:cyclic_services}"},
	{"list blocks",
	 "q:0700:430100",
	 "s7comm{rosctr:7,pdu_ref:1792,red_id:0,par_len:8,dat_len:4,ud_type:4,ud_group:3,ud_subfunc:1,ud_seq:0,"
	 "return_codes:[10],dir:request,rosctr_name:userdata,func_name:list_blocks,attack:T0888,"
	 "ud_group_name:block_functions}"},
	{"block info",
	 "q:0c00:430300:3041303030303142",
	 "s7comm{rosctr:7,pdu_ref:3072,red_id:0,par_len:8,dat_len:12,ud_type:4,ud_group:3,ud_subfunc:3,ud_seq:0,"
	 "return_codes:[255],data_len:8,data:3041303030303142,dir:request,rosctr_name:userdata,func_name:get_block_info,"
	 "attack:T0888,ud_group_name:block_functions}"},
	{"alarm",
	 "q:0000:040500:26072010304500114001120a1601000000af0000fefeff0400100001",
	 "s7comm{rosctr:7,pdu_ref:0,red_id:0,par_len:8,dat_len:32,ud_type:0,ud_group:4,ud_subfunc:5,ud_seq:0,"
	 "return_codes:[255,255],data_len:28,data:26072010304500114001120a1601000000af0000fefeff0400100001,dir:push,"
	 "rosctr_name:userdata,func_name:alarm_8_indication,ud_group_name:cpu_functions}"},
	{"alarms open",
	 "r:0a00:84138a:00000000:0001ff0900040a000002",
	 "s7comm{rosctr:7,pdu_ref:2560,red_id:0,par_len:12,dat_len:14,ud_type:8,ud_group:4,ud_subfunc:19,ud_seq:138,"
	 "ud_unitref:0,ud_last:0,ud_error:0,return_codes:[255,255],data_len:10,data:0001ff0900040a000002,dir:response,"
	 "rosctr_name:userdata,func_name:alarm_query,ud_group_name:cpu_functions}"},
	{"password: not shown",
	 "q:0600:450100:213a1b1d6e681b1d",
	 "s7comm{rosctr:7,pdu_ref:1536,red_id:0,par_len:8,dat_len:12,ud_type:4,ud_group:5,ud_subfunc:1,ud_seq:0,"
	 "return_codes:[255],dir:request,rosctr_name:userdata,func_name:set_session_password,ud_group_name:security}"},
	{"set clock",
	 "q:0c00:470200:00191408201159330400",
	 "s7comm{rosctr:7,pdu_ref:3072,red_id:0,par_len:8,dat_len:14,ud_type:4,ud_group:7,ud_subfunc:2,ud_seq:0,"
	 "return_codes:[255],data_len:10,data:00191408201159330400,dir:request,rosctr_name:userdata,func_name:set_clock,"
	 "ud_group_name:time_functions}"},
	{"bsend",
	 "q:0d00:460100:1206130000000001000401020304",
	 "s7comm{rosctr:7,pdu_ref:3328,red_id:0,par_len:8,dat_len:18,ud_type:4,ud_group:6,ud_subfunc:1,ud_seq:0,r_id:1,"
	 "return_codes:[255],data_len:14,data:1206130000000001000401020304,dir:request,rosctr_name:userdata,"
	 "func_name:bsend,ud_group_name:pbc_bsend}"},
	{"mode transition",
	 "m:320700000000000800000100100000000000",
	 "s7comm{rosctr:7,pdu_ref:0,red_id:0,par_len:8,dat_len:0,ud_type:0,ud_group:0,ud_seq:0,mode:0,dir:push,"
	 "rosctr_name:userdata,func_name:mode_transition,ud_group_name:mode_transition,mode_name:stop}"},
	{"numerical control, upload",
	 "q:0d00:7f0600:0000",
	 "s7comm{rosctr:7,pdu_ref:3328,red_id:0,par_len:8,dat_len:6,ud_type:4,ud_group:63,ud_subfunc:6,ud_seq:0,"
	 "return_codes:[255],data_len:2,data:0000,dir:request,rosctr_name:userdata,func_name:nc_start_upload,attack:T0845,"
	 "ud_group_name:nc_programming}"},
	{"a group nobody knows",
	 "q:0d00:590100:0000",
	 "s7comm{rosctr:7,pdu_ref:3328,red_id:0,par_len:8,dat_len:6,ud_type:4,ud_group:25,ud_subfunc:1,ud_seq:0,"
	 "return_codes:[255],data_len:2,data:0000,dir:request,rosctr_name:userdata,func_name:userdata,flaws:[function]}"},
	{"userdata without parameters",
	 "m:32070000000000000000",
	 "s7comm{rosctr:7,pdu_ref:0,red_id:0,par_len:0,dat_len:0,dir:unknown,rosctr_name:userdata,flaws:[length]}"},
	{"userdata, head longer than the data",
	 "m:320700000500000800080001120411440100ff0900ff00110000",
	 "s7comm{rosctr:7,pdu_ref:1280,red_id:0,par_len:8,dat_len:8,ud_type:4,ud_group:4,ud_subfunc:1,ud_seq:0,szl_id:17,"
	 "szl_index:0,szl_name:module_identification,return_codes:[255],data_len:4,data:00110000,dir:request,"
	 "rosctr_name:userdata,func_name:read_szl,attack:T0888,ud_group_name:cpu_functions,flaws:[length]}"},
	{"a class nobody knows",
	 "m:32050000000000000000",
	 "s7comm{rosctr:5,pdu_ref:0,red_id:0,par_len:0,dat_len:0,dir:unknown,flaws:[rosctr]}"},
	{"header says more than there is",
	 "m:32010000020000ff00000401",
	 "s7comm{rosctr:1,pdu_ref:512,red_id:0,par_len:255,dat_len:0,func:4,item_count:1,items:[],addresses:[],"
	 "dir:request,rosctr_name:job,func_name:read_var,attack:T0801,flaws:[length,item]}"},
	{"bytes behind the message",
	 "m:320100000200000100009904",
	 "s7comm{rosctr:1,pdu_ref:512,red_id:0,par_len:1,dat_len:0,func:153,dir:request,rosctr_name:job,flaws:[trailing,"
	 "function]}"},
	{"redundant",
	 "m:3201000702000001000000",
	 "s7comm{rosctr:1,pdu_ref:512,red_id:7,par_len:1,dat_len:0,func:0,dir:request,rosctr_name:job,"
	 "func_name:cpu_services}"},
};

START_TEST(reads_as_told)
{
	const struct reading *row = &readings[_i];

	read_message(row->word);
	ck_assert_msg(strcmp(said, row->want) == 0, "%s:\n got %s\nwant %s", row->name, said, row->want);
}
END_TEST

/* ---- probe */

#define SETUP "0300001902f08032010000040000080000f0000001000101e0"
#define SETUP_OK "0300001b02f080320300000400000800000000f0000001000101e0"
#define CR "0300001611e00000000100c0010ac1020100c2020102"
#define CC "0300001611d00001000300c0010ac1020100c2020102"
#define EMPTY "0300000702f000"
#define C FL_ROLE_CLIENT
#define S FL_ROLE_SERVER
#define U FL_ROLE_UNCLEAR

static const struct probe {
	const char *name, *hex;
	enum fl_end end;
	enum fl_probe s7, plus;
	enum fl_role role;
} probes[] = {
	{"nothing yet", "", FL_OPEN, FL_PROBE_MORE, FL_PROBE_MORE, U},
	{"a connection request says nothing", CR, FL_OPEN, FL_PROBE_MORE, FL_PROBE_MORE, U},
	{"set-up behind it", CR SETUP, FL_OPEN, FL_PROBE_SURE, FL_PROBE_NO, C},
	{"set-up alone, mid-stream", SETUP, FL_OPEN, FL_PROBE_SURE, FL_PROBE_NO, C},
	{"the other side", CC EMPTY SETUP_OK, FL_OPEN, FL_PROBE_SURE, FL_PROBE_NO, S},
	{"set-up without its end", "0300001902f0803201000004000008000000f00000010001", FL_OPEN, FL_PROBE_MORE, FL_PROBE_NO, U},
	{"seven bytes", "0300001902f080", FL_OPEN, FL_PROBE_MORE, FL_PROBE_MORE, U},
	{"eight bytes", "0300001902f08032", FL_OPEN, FL_PROBE_MORE, FL_PROBE_NO, U},
	{"cut by the snap length", "0300001902f0803201000004000008000000f0000001", FL_CUT_END, FL_PROBE_LIKELY, FL_PROBE_NO, C},
	{"part of a message", "0300001102f000320100000200000e0000", FL_OPEN, FL_PROBE_LIKELY, FL_PROBE_NO, C},
	{"the controller's job of a download", "0300002302f080320100000100001200001b00000000000000095f3041303030303750", FL_OPEN,
	 FL_PROBE_SURE, FL_PROBE_NO, S},
	{"lengths that do not add up", "0300001902f080320100000400ff080000f0000001000101e0", FL_OPEN, FL_PROBE_LIKELY, FL_PROBE_NO, C},
	{"message class 5", "0300001902f08032050000040000080000f0000001000101e0", FL_OPEN, FL_PROBE_NO, FL_PROBE_NO, U},
	{"S7comm-plus", "0300001402f08072020005020000000072020000", FL_OPEN, FL_PROBE_NO, FL_PROBE_SURE, S},
	{"S7comm-plus, a fragment", "0300001002f0807202000531000004f2", FL_OPEN, FL_PROBE_NO, FL_PROBE_LIKELY, C},
	{"S7comm-plus, version 9", "0300001402f08072090005020000000072090000", FL_OPEN, FL_PROBE_NO, FL_PROBE_NO, U},
	{"TLS in COTP", "0300001102f0801703030005aabbccddee", FL_OPEN, FL_PROBE_NO, FL_PROBE_LIKELY, U},
	{"TLS in COTP, its header not all there", "0300001102f08017", FL_OPEN, FL_PROBE_MORE, FL_PROBE_MORE, U},
	{"TLS, but no TLS", "0300001102f0801705030005aabbccddee", FL_OPEN, FL_PROBE_NO, FL_PROBE_NO, U},
	{"MMS: session connect behind COTP", "0300001611e00000000100c0010ac1020001c20200010300002402f0800d1b050613010016010214020002"
	 "3302000134020001c10400000000", FL_OPEN, FL_PROBE_NO, FL_PROBE_NO, U},
	{"MMS: confirmed request", "0300001f02f08001000100610f300d020103a00802030100a0030101000000", FL_OPEN, FL_PROBE_NO,
	 FL_PROBE_NO, U},
	{"remote desktop: its request", "0300002a25e00000000000436f6f6b69653a206d737473686173683d61646d696e69737472610d0a0d0a", FL_OPEN,
	 FL_PROBE_MORE, FL_PROBE_MORE, U},
	{"remote desktop: MCS connect", "0300000c02f0807f6582018e04", FL_OPEN, FL_PROBE_NO, FL_PROBE_NO, U},
	{"TPKT version 4", "0400001902f08032010000040000080000f0000001000101e0", FL_OPEN, FL_PROBE_NO, FL_PROBE_NO, U},
	{"TPKT, reserved byte set", "0301001902f08032010000040000080000f0000001000101e0", FL_OPEN, FL_PROBE_NO, FL_PROBE_NO, U},
	{"TPKT of six bytes", "0300000601f0", FL_OPEN, FL_PROBE_NO, FL_PROBE_NO, U},
	{"TPKT longer than any TPDU", "0300200502f08032", FL_OPEN, FL_PROBE_NO, FL_PROBE_NO, U},
	{"COTP expedited data", "0300000b0610000100803201", FL_OPEN, FL_PROBE_NO, FL_PROBE_NO, U},
	{"HTTP", "474554202f20485454502f312e310d0a", FL_OPEN, FL_PROBE_NO, FL_PROBE_NO, U},
	{"TLS client hello", "16030100850100008103037370", FL_OPEN, FL_PROBE_NO, FL_PROBE_NO, U},
	{"Modbus", "0001000000061103006b0003", FL_OPEN, FL_PROBE_NO, FL_PROBE_NO, U},
	{"three and zeros", "0300 00*30", FL_OPEN, FL_PROBE_NO, FL_PROBE_NO, U},
	{"zeros", "00*64", FL_OPEN, FL_PROBE_NO, FL_PROBE_NO, U},
};

START_TEST(probe_says)
{
	const struct probe *row = &probes[_i];
	size_t n;
	uint8_t *p = from_hex(row->hex, 4096, &n);
	enum fl_role role = U, other = U;
	enum fl_probe got = fl_s7comm_dissector.probe(fl_rd_init(p, n, row->end), &role);
	enum fl_probe plus = fl_s7plus_dissector.probe(fl_rd_init(p, n, row->end), &other);

	ck_assert_msg(got == row->s7, "%s: s7comm got %d, want %d", row->name, got, row->s7);
	ck_assert_msg(plus == row->plus, "%s: s7comm_plus got %d, want %d", row->name, plus, row->plus);
	if (plus > FL_PROBE_MORE)
		role = other;
	ck_assert_msg(role == row->role, "%s: role %d, want %d", row->name, role, row->role);
	free(p);
}
END_TEST

/* ---- the lists */

START_TEST(rows_are_complete)
{
	static const char *const services[] = {
#define X(wire, text, cls, tech, args) wire,
		FL_S7_PI_SERVICES(X)
#undef X
	};
	size_t i, k;

#define X(num, id, text, cls, tech)                                                                          \
	ck_assert_ptr_nonnull(fl_s7_function(num));                                                          \
	ck_assert_str_eq(fl_s7_function(num)->name, text);                                                   \
	ck_assert_uint_ne(fl_s7_function(num)->classes, 0);
	FL_S7_FUNCTIONS(X)
#undef X
	for (i = 0; i < FL_ARRAY_LEN(services); i++) {
		ck_assert_ptr_nonnull(fl_s7_pi_service((const uint8_t *)services[i], strlen(services[i])));
		ck_assert_ptr_null(fl_s7_pi_service((const uint8_t *)services[i], strlen(services[i]) - 1));
		for (k = 0; k < i; k++)
			ck_assert_str_ne(services[i], services[k]);
	}
#define X(grp, sub, text, cls, tech) ck_assert_str_eq(fl_s7_userdata(grp, sub, &listed)->name, text);
	{
		bool listed;

		FL_S7_USERDATA(X)
		ck_assert_uint_eq(fl_s7_userdata(0x3E, 1, &listed)->classes, FL_OP_OTHER);
		ck_assert(!listed);
	}
#undef X
	ck_assert_ptr_null(fl_s7_function(0x99));
	ck_assert_str_eq(fl_s7_szl(0x0111)->name, "module_identification"); /* any extract of the list */
	ck_assert_ptr_null(fl_s7_szl(0xFF));
	ck_assert_str_eq(fl_s7_error_name(0x8104), "service_not_implemented");
	ck_assert_ptr_null(fl_s7_error_name(0x1234));
}
END_TEST

/* The longest messages there can be, full of the shortest elements: still one bounded object. */
static const struct longest {
	const char *name, *head, *element, *tail;
	unsigned count;
} longests[] = {
	{"ranges", "j:0000:04ff_", "12fcb032_01*250_", "", 32},
	{"addresses", "j:0000:04ff_", "120a10020004000184000000_", "", 255},
	{"texts", "j:0000:28_00*7_1f00_", "ff_01*255_", "095f4e5f53454c454354", 31},
	{"values", "a:0000:04ff:", "ff04_0000_", "", 2000},
	{"codes", "a:0000:05ff:", "03_", "", 8000},
	{"one long value", "a:0000:0401:ff09_1f80_", "aa*8064", "", 1},
	{"watch entries", "q:0000:410200:0014_1f00_00*20_0540_", "010000000000_", "", 1344},
	{"a block", "a:0000:1e00:1f80_00fb_", "70*8064", "", 1},
};

START_TEST(json_is_bounded)
{
	const struct longest *row = &longests[_i];
	char *word = malloc(400000), *at = word;
	unsigned i;
	size_t n;

	ck_assert_ptr_nonnull(word);
	at += snprintf(at, 100, "%s", row->head);
	for (i = 0; i < row->count; i++)
		at += snprintf(at, 100, "%s", row->element);
	snprintf(at, 100, "%s", row->tail);
	free(message(word, &n));
	ck_assert_uint_le(n, 8196);
	read_message(word);
	ck_assert_msg(units_told == 1 && longest_told < 65535, "%s: %zu", row->name, longest_told);
	free(word);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("s7comm");
	TCase *t = tcase_create("s7comm");

	tcase_add_loop_test(t, reads_as_told, 0, FL_ARRAY_LEN(readings));
	tcase_add_loop_test(t, probe_says, 0, FL_ARRAY_LEN(probes));
	tcase_add_test(t, rows_are_complete);
	tcase_add_loop_test(t, json_is_bounded, 0, FL_ARRAY_LEN(longests));
	suite_add_tcase(s, t);
	return fl_run_suite(s) ? 1 : 0;
}
