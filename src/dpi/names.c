/* names.c - nDPI's protocols, risks, categories and confidences in stable words.
 *
 * Risks, categories and confidences have tables of their own: they are seen in events and rules, and nDPI rewords its
 * texts, and renumbers its confidences, between releases. Risk numbers grew at the end, but two were given to other risks in 5.0 (21 and 51), so these two go by release
 * as well; two that were widened there keep their first names (12: any numeric host; 28: any fingerprint). What a newer
 * nDPI adds is "other" until it gets a row here (test_dpi.c fails then, on the release that has it). Pure, no state. */
#include "src/dpi/names.h"

#include <string.h>

#include "fenceline/compiler.h"
#include "src/dpi/dpi.h"
#include "src/dpi/ndpi_compat.h"

#if FL_NDPI >= 500
#define RISK_21 mismatching_protocol_with_ip
#define RISK_51 unresolved_hostname
#else
#define RISK_21 tls_suspicious_esni_usage
#define RISK_51 fully_encrypted /* 4.10 and 4.12 */
#endif

/* X(bit, name): ndpi_risk_enum in lower case */
#define RISKS(X)                                                                                                 \
	X(1, url_possible_xss) X(2, url_possible_sql_injection) X(3, url_possible_rce_injection)                 \
	X(4, binary_application_transfer) X(5, known_protocol_on_non_standard_port)                              \
	X(6, tls_selfsigned_certificate) X(7, tls_obsolete_version) X(8, tls_weak_cipher)                        \
	X(9, tls_certificate_expired) X(10, tls_certificate_mismatch) X(11, http_suspicious_user_agent)          \
	X(12, http_numeric_ip_host) X(13, http_suspicious_url) X(14, http_suspicious_header)                     \
	X(15, tls_not_carrying_https) X(16, suspicious_dga_domain) X(17, malformed_packet)                       \
	X(18, ssh_obsolete_client_version_or_cipher) X(19, ssh_obsolete_server_version_or_cipher)                \
	X(20, smb_insecure_version) X(21, RISK_21) X(22, unsafe_protocol)                      \
	X(23, dns_suspicious_traffic) X(24, tls_missing_sni) X(25, http_suspicious_content) X(26, risky_asn)     \
	X(27, risky_domain) X(28, malicious_ja3) X(29, malicious_sha1_certificate)                               \
	X(30, desktop_or_file_sharing_session) X(31, tls_uncommon_alpn) X(32, tls_cert_validity_too_long)        \
	X(33, tls_suspicious_extension) X(34, tls_fatal_alert) X(35, suspicious_entropy)                         \
	X(36, clear_text_credentials) X(37, dns_large_packet) X(38, dns_fragmented) X(39, invalid_characters)    \
	X(40, possible_exploit) X(41, tls_certificate_about_to_expire) /* last of 4.2 */                         \
	X(42, punycode_idn) X(43, error_code_detected) X(44, http_crawler_bot) X(45, anonymous_subscriber)       \
	X(46, unidirectional_traffic) X(47, http_obsolete_server) X(48, periodic_flow) X(49, minor_issues)       \
	X(50, tcp_issues) /* last of 4.8 */                                                                     \
	X(51, RISK_51) X(52, tls_alpn_sni_mismatch) X(53, malware_host_contacted)                    \
	X(54, binary_data_transfer) X(55, probing_attempt) X(56, obfuscated_traffic) /* last of 5.0 */

/* X(enum's tail, name); the numbers above 98 are written out, as later releases renamed their enum */
#define CATEGORIES(X)                                                                                            \
	X(MEDIA, media) X(VPN, vpn) X(MAIL, mail) X(DATA_TRANSFER, data_transfer) X(WEB, web)                    \
	X(SOCIAL_NETWORK, social_network) X(DOWNLOAD_FT, download) X(GAME, game) X(CHAT, chat) X(VOIP, voip)     \
	X(DATABASE, database) X(REMOTE_ACCESS, remote_access) X(CLOUD, cloud) X(NETWORK, network)                \
	X(COLLABORATIVE, collaborative) X(RPC, rpc) X(STREAMING, streaming) X(SYSTEM_OS, system)                 \
	X(SW_UPDATE, software_update) X(CUSTOM_1, custom_1) X(CUSTOM_2, custom_2) X(CUSTOM_3, custom_3)          \
	X(CUSTOM_4, custom_4) X(CUSTOM_5, custom_5) X(MUSIC, music) X(VIDEO, video) X(SHOPPING, shopping)        \
	X(PRODUCTIVITY, productivity) X(FILE_SHARING, file_sharing) X(CONNECTIVITY_CHECK, connectivity_check)    \
	X(IOT_SCADA, iot_scada) X(VIRTUAL_ASSISTANT, virtual_assistant)

const char *fl_dpi_risk_name(unsigned bit)
{
	static const char *const names[] = {
#define TEXT(name) #name
#define X(bit, name) [bit] = TEXT(name),
		RISKS(X)
#undef X
#undef TEXT
	};

	if (bit == NDPI_NO_RISK || bit >= NDPI_MAX_RISK)
		return NULL;
	return bit < FL_ARRAY_LEN(names) ? names[bit] : "other";
}

const char *fl_dpi_category_name(unsigned category)
{
	switch (category) {
	case NDPI_PROTOCOL_CATEGORY_UNSPECIFIED:
		return NULL;
#define X(tail, name)                        \
	case NDPI_PROTOCOL_CATEGORY_##tail:  \
		return #name;
		CATEGORIES(X)
#undef X
	case 99:
		return "mining";
	case 100:
		return "malware";
	case 101:
		return "advertisement";
	case 102:
		return "banned_site";
	case 103:
		return "site_unavailable";
	case 104:
		return "allowed_site";
	case 105:
		return "antimalware";
	default:
		return "other";
	}
}

const char *fl_dpi_confidence_name(unsigned confidence)
{
	switch (confidence) { /* ndpi_confidence_t in lower case */
	case NDPI_CONFIDENCE_UNKNOWN:
		return NULL;
	case NDPI_CONFIDENCE_MATCH_BY_PORT:
		return "match_by_port";
	case FL_NDPI_CONFIDENCE_BY_IP:
		return "match_by_ip";
	case NDPI_CONFIDENCE_DPI_CACHE:
		return "dpi_cache";
	case NDPI_CONFIDENCE_DPI:
		return "dpi";
#if FL_NDPI >= 404
	case NDPI_CONFIDENCE_DPI_PARTIAL:
		return "dpi_partial";
	case NDPI_CONFIDENCE_DPI_PARTIAL_CACHE:
		return "dpi_partial_cache";
#endif
#if FL_NDPI >= 408
	case NDPI_CONFIDENCE_DPI_AGGRESSIVE:
		return "dpi_aggressive";
#endif
	default: /* rules of the user and PF_RING's filters, which are not loaded here */
		return "other";
	}
}

unsigned fl_dpi_category_industrial(void)
{
	return NDPI_PROTOCOL_CATEGORY_IOT_SCADA;
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
}

bool fl_dpi_name(const char *ndpi, char out[FL_DPI_NAME_MAX])
{
	/* Where one of our dissectors speaks of the same protocol, its name wins. Modbus and s7comm agree already. CIP is
	 * nDPI's name (since 4.8) for the implicit I/O of EtherNet/IP on UDP 2222. */
	static const struct { const char *ndpi, *ours; } same[] = {
		{"ethernetip", "enip"}, {"ethernet_ip", "enip"}, {"cip", "enip"}, {"s7commplus", "s7comm_plus"},
	};
	size_t i, n = 0;

	if (!ndpi)
		return false;
	for (; *ndpi && n < FL_DPI_NAME_MAX - 1; ndpi++) {
		char c = *ndpi >= 'A' && *ndpi <= 'Z' ? (char)(*ndpi - 'A' + 'a') : *ndpi;

		if (is_word(c))
			out[n++] = c;
		else if (n && out[n - 1] != '_')
			out[n++] = '_';
	}
	while (n && out[n - 1] == '_')
		n--;
	out[n] = '\0';
	if (!n || !strcmp(out, "free") || !strncmp(out, "free_", 5)) /* FREE_64: a number that names nothing now */
		return false;
	for (i = 0; i < FL_ARRAY_LEN(same); i++)
		if (!strcmp(out, same[i].ndpi))
			memcpy(out, same[i].ours, strlen(same[i].ours) + 1);
	return true;
}
