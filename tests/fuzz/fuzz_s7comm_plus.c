/* fuzz_s7comm_plus.c - hostile bytes into every entry of the S7comm-plus dissector. See fuzz_s7.h. */
#define DISSECTOR fl_s7plus_dissector
#include "fuzz_s7.h"
