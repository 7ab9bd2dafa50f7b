/* ndpi_api.h - what src/dpi uses of nDPI, as each release declares it: to compile that room against releases that no
 * package here brings (Debian has 4.2 in every suite). -DNDPI_API=406 makes it the header of 4.6, and so on.
 *
 * Written by us, from the documented interface: only what the adapter names, members in no particular order, so nothing
 * can be linked with it. Where each fact comes from:
 *
 *   4.2         the package libndpi-dev 4.2-2, which the build itself uses as well
 *   4.4         confidences: ntop/nDPI pull request #1632; release notes of 4.4
 *   4.6         input_info: #1671; MATCH_BY_IP removed: #1743. Enums and structs of 4.7.0 (commit 4bb8513): debug
 *               information of the library in the Python package nfstream 6.5.4
 *   4.8         MATCH_BY_IP again, DPI_AGGRESSIVE: src/include/ndpi_typedefs.h of that time
 *   4.10        global context, ndpi_set_config, giveup with three arguments: #2249
 *   4.12, 4.14  ndpi_master_app_protocol: release notes of 4.12
 *   5.0         #2894 (no bitmask, ndpi_get_num_protocols), #2942 (state, giveup with two arguments);
 *               src/include/ndpi_api.h of 5.0; enums and structs of 5.0.0 (commit 375f99e): debug information of the
 *               library in nfstream 6.6.0
 *
 * Whether finalize_initialization returns something in 4.10 to 4.14 our sources do not agree on: -DNDPI_API_FINALIZE_INT
 * has it return int there, and both are compiled. */
#ifndef FL_TEST_NDPI_API_H
#define FL_TEST_NDPI_API_H

#include <stdint.h>

#define NDPI_MAJOR (NDPI_API / 100)
#define NDPI_MINOR (NDPI_API % 100)

typedef uint64_t ndpi_risk;
struct ndpi_detection_module_struct;
struct ndpi_global_context;

typedef enum {
	NDPI_CONFIDENCE_UNKNOWN = 0,
	NDPI_CONFIDENCE_MATCH_BY_PORT,
#if NDPI_API < 406
	NDPI_CONFIDENCE_MATCH_BY_IP,
#else
	NDPI_CONFIDENCE_NBPF,
#endif
#if NDPI_API >= 404
	NDPI_CONFIDENCE_DPI_PARTIAL,
	NDPI_CONFIDENCE_DPI_PARTIAL_CACHE,
#endif
	NDPI_CONFIDENCE_DPI_CACHE,
	NDPI_CONFIDENCE_DPI,
#if NDPI_API >= 408
	NDPI_CONFIDENCE_MATCH_BY_IP,
	NDPI_CONFIDENCE_DPI_AGGRESSIVE,
#endif
#if NDPI_API >= 410
	NDPI_CONFIDENCE_CUSTOM_RULE,
#endif
	NDPI_CONFIDENCE_MAX
} ndpi_confidence_t;

typedef enum {
	NDPI_PROTOCOL_CATEGORY_UNSPECIFIED = 0,
	NDPI_PROTOCOL_CATEGORY_MEDIA,
	NDPI_PROTOCOL_CATEGORY_VPN,
	NDPI_PROTOCOL_CATEGORY_MAIL,
	NDPI_PROTOCOL_CATEGORY_DATA_TRANSFER,
	NDPI_PROTOCOL_CATEGORY_WEB,
	NDPI_PROTOCOL_CATEGORY_SOCIAL_NETWORK,
	NDPI_PROTOCOL_CATEGORY_DOWNLOAD_FT,
	NDPI_PROTOCOL_CATEGORY_GAME,
	NDPI_PROTOCOL_CATEGORY_CHAT,
	NDPI_PROTOCOL_CATEGORY_VOIP,
	NDPI_PROTOCOL_CATEGORY_DATABASE,
	NDPI_PROTOCOL_CATEGORY_REMOTE_ACCESS,
	NDPI_PROTOCOL_CATEGORY_CLOUD,
	NDPI_PROTOCOL_CATEGORY_NETWORK,
	NDPI_PROTOCOL_CATEGORY_COLLABORATIVE,
	NDPI_PROTOCOL_CATEGORY_RPC,
	NDPI_PROTOCOL_CATEGORY_STREAMING,
	NDPI_PROTOCOL_CATEGORY_SYSTEM_OS,
	NDPI_PROTOCOL_CATEGORY_SW_UPDATE,
	NDPI_PROTOCOL_CATEGORY_CUSTOM_1,
	NDPI_PROTOCOL_CATEGORY_CUSTOM_2,
	NDPI_PROTOCOL_CATEGORY_CUSTOM_3,
	NDPI_PROTOCOL_CATEGORY_CUSTOM_4,
	NDPI_PROTOCOL_CATEGORY_CUSTOM_5,
	NDPI_PROTOCOL_CATEGORY_MUSIC,
	NDPI_PROTOCOL_CATEGORY_VIDEO,
	NDPI_PROTOCOL_CATEGORY_SHOPPING,
	NDPI_PROTOCOL_CATEGORY_PRODUCTIVITY,
	NDPI_PROTOCOL_CATEGORY_FILE_SHARING,
	NDPI_PROTOCOL_CATEGORY_CONNECTIVITY_CHECK,
	NDPI_PROTOCOL_CATEGORY_IOT_SCADA,
	NDPI_PROTOCOL_CATEGORY_VIRTUAL_ASSISTANT
} ndpi_protocol_category_t;

enum { NDPI_PROTOCOL_UNKNOWN = 0 };
typedef enum { NDPI_NO_RISK = 0, NDPI_MAX_RISK = NDPI_API >= 500 ? 57 : NDPI_API >= 406 ? 51 : 42 } ndpi_risk_enum;

#if NDPI_API >= 500
typedef enum {
	NDPI_STATE_INSPECTING = 0,
	NDPI_STATE_PARTIAL,
	NDPI_STATE_MONITORING,
	NDPI_STATE_CLASSIFIED
} ndpi_classification_state;
#endif

#if NDPI_API >= 412
typedef struct {
	uint16_t master_protocol, app_protocol;
} ndpi_master_app_protocol;
#endif

typedef struct ndpi_proto {
#if NDPI_API >= 412
	ndpi_master_app_protocol proto;
#else
	uint16_t master_protocol, app_protocol;
#endif
	ndpi_protocol_category_t category;
#if NDPI_API >= 500
	ndpi_classification_state state;
#endif
} ndpi_protocol;

struct ndpi_flow_struct {
	ndpi_confidence_t confidence;
	int (*extra_packets_func)(struct ndpi_detection_module_struct *m, struct ndpi_flow_struct *f);
	ndpi_risk risk;
};

/* --- making a module --- */

#if NDPI_API >= 410
typedef enum { NDPI_CFG_OK = 0 } ndpi_cfg_error;

struct ndpi_detection_module_struct *ndpi_init_detection_module(struct ndpi_global_context *global);
ndpi_cfg_error ndpi_set_config(struct ndpi_detection_module_struct *m, const char *proto, const char *param,
			       const char *value);
#else
typedef enum { ndpi_no_prefs = 0, ndpi_dont_load_tor_hosts = 1 << 0 } ndpi_prefs;
typedef uint32_t ndpi_init_prefs;

struct ndpi_detection_module_struct *ndpi_init_detection_module(ndpi_init_prefs prefs);
#endif

#if NDPI_API < 500
typedef struct {
	uint32_t bits[16];
} NDPI_PROTOCOL_BITMASK;

void ndpi_test_set_all(NDPI_PROTOCOL_BITMASK *mask);
#define NDPI_BITMASK_SET_ALL(mask) ndpi_test_set_all(&(mask))
void ndpi_set_protocol_detection_bitmask2(struct ndpi_detection_module_struct *m, const NDPI_PROTOCOL_BITMASK *mask);
#endif

#if NDPI_API >= 500 || (NDPI_API >= 410 && defined NDPI_API_FINALIZE_INT)
int ndpi_finalize_initialization(struct ndpi_detection_module_struct *m);
#else
void ndpi_finalize_initialization(struct ndpi_detection_module_struct *m);
#endif
void ndpi_exit_detection_module(struct ndpi_detection_module_struct *m);

/* --- asking it --- */

char *ndpi_revision(void);
uint32_t ndpi_detection_get_sizeof_ndpi_flow_struct(void);
char *ndpi_get_proto_name(struct ndpi_detection_module_struct *m, uint16_t id);
#if NDPI_API >= 500
unsigned ndpi_get_num_protocols(struct ndpi_detection_module_struct *m);
#else
unsigned ndpi_get_num_supported_protocols(struct ndpi_detection_module_struct *m);
uint8_t ndpi_extra_dissection_possible(struct ndpi_detection_module_struct *m, struct ndpi_flow_struct *f);
#endif

#if NDPI_API >= 406
enum { NDPI_IN_PKT_DIR_UNKNOWN, NDPI_IN_PKT_DIR_C_TO_S, NDPI_IN_PKT_DIR_S_TO_C };
enum { NDPI_FLOW_BEGINNING_UNKNOWN, NDPI_FLOW_BEGINNING_SEEN, NDPI_FLOW_BEGINNING_NOT_SEEN };

struct ndpi_flow_input_info {
	unsigned char in_pkt_dir, seen_flow_beginning;
};

ndpi_protocol ndpi_detection_process_packet(struct ndpi_detection_module_struct *m, struct ndpi_flow_struct *f,
					    const unsigned char *packet, const unsigned short packetlen,
					    const uint64_t packet_time_ms, struct ndpi_flow_input_info *input_info);
#else
ndpi_protocol ndpi_detection_process_packet(struct ndpi_detection_module_struct *m, struct ndpi_flow_struct *f,
					    const unsigned char *packet, const unsigned short packetlen,
					    const uint64_t packet_time_ms);
#endif

#if NDPI_API >= 500
ndpi_protocol ndpi_detection_giveup(struct ndpi_detection_module_struct *m, struct ndpi_flow_struct *f);
#elif NDPI_API >= 410
ndpi_protocol ndpi_detection_giveup(struct ndpi_detection_module_struct *m, struct ndpi_flow_struct *f,
				    uint8_t *protocol_was_guessed);
#else
ndpi_protocol ndpi_detection_giveup(struct ndpi_detection_module_struct *m, struct ndpi_flow_struct *f,
				    uint8_t enable_guess, uint8_t *protocol_was_guessed);
#endif
void ndpi_free_flow_data(struct ndpi_flow_struct *f);

#endif
