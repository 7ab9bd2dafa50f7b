/* table.c - the dissectors, listed by hand, in the order they are asked. README.md says how to add one. */
#include "fenceline/dissector.h"
#include "enip.h"
#include "enip_tls.h"
#include "modbus.h"
#include "s7comm.h"

const struct fl_dissector *const fl_dissectors[] = {
	&fl_modbus_dissector,
	&fl_s7comm_dissector,
	&fl_s7plus_dissector,
	&fl_enip_dissector,
	&fl_enip_tls_dissector,
	NULL,
};
