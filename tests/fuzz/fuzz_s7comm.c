/* fuzz_s7comm.c - hostile bytes into every entry of the S7comm dissector. See fuzz_s7.h. */
#define DISSECTOR fl_s7comm_dissector
#include "fuzz_s7.h"
