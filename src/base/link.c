/* link.c - look-ups in the tables of ethertypes.h. Constant data; any thread. */
#include "fenceline/ethertypes.h"

#include "fenceline/vocab.h"

uint16_t fl_link_protocol(uint16_t ethertype)
{
	switch (ethertype) {
#define X(number, name, text, upkeep, source) \
	case number:                          \
		return FL_PROTOCOL_LINK_##name;
		FL_ETHERTYPES(X)
#undef X
	default:
		return FL_PROTOCOL_ETHERNET;
	}
}

bool fl_link_is_upkeep(uint16_t protocol)
{
	switch (protocol) {
#define X(number, name, text, upkeep, source) \
	case FL_PROTOCOL_LINK_##name:         \
		return upkeep;
		FL_ETHERTYPES(X)
#undef X
#define X(name, text, upkeep, source) \
	case FL_PROTOCOL_LINK_##name: \
		return upkeep;
		FL_LLC_PROTOCOLS(X)
#undef X
	default:
		return false;
	}
}
