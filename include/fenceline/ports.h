/* ports.h - which protocol a server port is registered for, and which ports are the plant floor's: one row per port.
 *
 * Used twice: where both ends of a flow have ports of 1024 and more the one with a plant's port is the server (plant,
 * src/flow/flow_key.c), and a flow whose content is none of `names` is noted (src/monitor/label.c).
 *
 * names: as the vocabulary has them (nDPI's words in src/dpi/README.md), separated by spaces. The first that is known is
 * what the port is registered for; the others are the same service under another name, its cleartext or TLS form, or
 * what nDPI calls it when it sees more. A row whose names are all unknown to the nDPI in use says nothing, and "" never
 * does. Ports that nDPI guesses by but IANA has not assigned (games, file sharing, its own trackers) are left out on
 * purpose: that somebody uses a port is no registration.
 *
 * Source: IANA Service Name and Transport Protocol Port Number Registry, and the protocol's own specification where it
 * is stricter. Ascending by port. */
#ifndef FENCELINE_PORTS_H
#define FENCELINE_PORTS_H

#include <stdint.h>

enum fl_port_transport { FL_PORT_TCP = 1, FL_PORT_UDP = 2, FL_PORT_BOTH = 3 };

/* X(transport, port, plant, "names") */
#define FL_PORTS(X)                                                                             \
	X(TCP, 20, 0, "ftp_data")                                                               \
	X(TCP, 21, 0, "ftp_control ftp_data tls")  /* AUTH TLS: RFC 4217 */                     \
	X(TCP, 22, 0, "ssh")                                                                    \
	X(TCP, 23, 0, "telnet")                                                                 \
	X(TCP, 25, 0, "smtp smtps tls")            /* STARTTLS: RFC 3207 */                     \
	X(TCP, 43, 0, "whois-das")                                                              \
	X(BOTH, 53, 0, "dns")                                                                   \
	X(UDP, 67, 0, "dhcp")                                                                   \
	X(UDP, 68, 0, "dhcp")                                                                   \
	X(UDP, 69, 0, "tftp")                                                                   \
	X(TCP, 80, 0, "http websocket soap ocsp http_connect http_proxy")                       \
	X(BOTH, 88, 0, "kerberos")                                                              \
	X(TCP, 102, 0, "s7comm s7comm_plus iso9506-1-mms") /* iso-tsap: what ISO transport carries, RFC 1006 */ \
	X(TCP, 110, 0, "pop3 pops tls")            /* STLS: RFC 2595 */                         \
	X(UDP, 123, 0, "ntp")                                                                   \
	X(BOTH, 135, 0, "dce_rpc rpc")                                                          \
	X(BOTH, 137, 0, "netbios")                                                              \
	X(UDP, 138, 0, "netbios smbv1")            /* mailslots are SMB: MS-MAIL */             \
	X(TCP, 139, 0, "netbios smbv1 smbv23")                                                  \
	X(TCP, 143, 0, "imap imaps tls")           /* STARTTLS: RFC 3501 */                     \
	X(BOTH, 161, 0, "snmp")                                                                 \
	X(BOTH, 162, 0, "snmp")                                                                 \
	X(UDP, 177, 0, "xdmcp")                                                                 \
	X(TCP, 179, 0, "bgp")                                                                   \
	X(BOTH, 389, 0, "ldap tls")                /* StartTLS: RFC 4511 */                     \
	X(TCP, 443, 0, "tls doh_dot")                                                           \
	X(UDP, 443, 0, "quic dtls tls")            /* HTTP/3: RFC 9114 */                       \
	X(TCP, 445, 0, "smbv23 smbv1 netbios")                                                  \
	X(TCP, 465, 0, "smtps tls")                                                             \
	X(UDP, 500, 0, "ipsec")                                                                 \
	X(BOTH, 502, 0, "modbus")                                                               \
	X(UDP, 514, 0, "syslog")                                                                \
	X(TCP, 548, 0, "afp")                                                                   \
	X(BOTH, 554, 0, "rtsp rtp")                /* interleaved: RFC 7826 14 */               \
	X(TCP, 587, 0, "smtp smtps tls")                                                        \
	X(TCP, 631, 0, "ipp http tls")                                                          \
	X(TCP, 636, 0, "ldap tls ldaps")                                                        \
	X(TCP, 802, 0, "modbus tls")               /* mbap-s: Modbus/TCP Security */            \
	X(TCP, 853, 0, "doh_dot tls")                                                           \
	X(UDP, 853, 0, "doh_dot quic dtls")                                                     \
	X(TCP, 873, 0, "rsync")                                                                 \
	X(TCP, 990, 0, "ftp_control tls")                                                       \
	X(TCP, 993, 0, "imaps tls")                                                             \
	X(TCP, 995, 0, "pops tls")                                                              \
	X(BOTH, 1089, 1, "")                       /* FOUNDATION Fieldbus */                    \
	X(BOTH, 1090, 1, "")                                                                    \
	X(BOTH, 1091, 1, "")                                                                    \
	X(TCP, 1194, 0, "openvpn tls")                                                          \
	X(UDP, 1194, 0, "openvpn")                                                              \
	X(TCP, 1433, 1, "mssql-tds mssql_tds tls") /* historians on SQL Server */               \
	X(BOTH, 1502, 1, "")                       /* Modbus behind gateways, and a second unit on one host: not IANA's */ \
	X(BOTH, 1812, 0, "radius")                                                              \
	X(BOTH, 1813, 0, "radius")                                                              \
	X(TCP, 1883, 1, "mqtt")                                                                 \
	X(BOTH, 2049, 0, "nfs rpc")                                                             \
	X(BOTH, 2221, 1, "enip tls dtls")          /* EtherNet/IP over TLS */                   \
	X(BOTH, 2222, 1, "enip")                   /* EtherNet/IP I/O */                        \
	X(TCP, 2404, 1, "iec60870")                /* IEC 60870-5-104 */                        \
	X(TCP, 3306, 0, "mysql tls")                                                            \
	X(TCP, 3389, 1, "rdp tls")                 /* remote desktop; TLS below it: MS-RDPBCGR 5.4 */ \
	X(UDP, 3389, 1, "rdp dtls tls")                                                         \
	X(BOTH, 3478, 0, "stun")                                                                \
	X(UDP, 3702, 0, "wsd")                                                                  \
	X(BOTH, 4000, 1, "")                       /* Emerson ROC: by use, not by registration */ \
	X(UDP, 4500, 0, "ipsec")                                                                \
	X(BOTH, 4840, 1, "opc-ua opcua")           /* OPC 10000-6 */                            \
	X(BOTH, 4843, 1, "opc-ua opcua tls")                                                    \
	X(BOTH, 5007, 1, "")                       /* MELSEC: by use; IANA has wsm-server-ssl */ \
	X(BOTH, 5060, 0, "sip")                                                                 \
	X(TCP, 5061, 0, "sip tls")                                                              \
	X(BOTH, 5094, 0, "hart-ip")                                                             \
	X(UDP, 5353, 0, "mdns dns")                                                             \
	X(BOTH, 5355, 0, "llmnr dns")                                                           \
	X(TCP, 5432, 0, "postgresql tls")                                                       \
	X(TCP, 5450, 1, "")                        /* PI: by use */                             \
	X(TCP, 5671, 0, "amqp tls")                                                             \
	X(TCP, 5672, 0, "amqp")                                                                 \
	X(UDP, 5683, 0, "coap")                                                                 \
	X(UDP, 5684, 0, "coap dtls tls")                                                        \
	X(TCP, 5900, 0, "vnc")                                                                  \
	X(UDP, 6343, 0, "sflow")                                                                \
	X(TCP, 6514, 0, "syslog tls")                                                           \
	X(TCP, 8008, 0, "http")                    /* http-alt */                               \
	X(TCP, 8080, 0, "http websocket soap ocsp http_proxy http_connect") /* http-alt */      \
	X(TCP, 8443, 0, "tls")                     /* pcsync-https */                           \
	X(TCP, 8883, 1, "mqtt tls")                                                             \
	X(BOTH, 9600, 1, "")                       /* FINS: by use; IANA has micromuse-ncpw */  \
	X(TCP, 11740, 1, "")                       /* CODESYS: by use */                        \
	X(TCP, 18245, 1, "")                       /* GE SRTP: by use */                        \
	X(BOTH, 19999, 1, "dnp3 tls dtls")         /* DNP3 over TLS */                          \
	X(BOTH, 20000, 1, "dnp3")                  /* IEEE 1815 */                              \
	X(BOTH, 34962, 1, "profinet profinet_io")  /* PROFINET */                               \
	X(BOTH, 34963, 1, "profinet profinet_io")                                               \
	X(BOTH, 34964, 1, "profinet profinet_io dce_rpc rpc") /* its context manager: DCE RPC, IEC 61158-6-10 */ \
	X(BOTH, 34980, 1, "ethercat")                                                           \
	X(BOTH, 44818, 1, "enip")                                                               \
	X(BOTH, 47808, 1, "bacnet")                /* ASHRAE 135 J */                           \
	X(BOTH, 55000, 1, "")                      /* FL-net: by use */                         \
	X(BOTH, 55001, 1, "")                                                                   \
	X(BOTH, 55002, 1, "")                                                                   \
	X(BOTH, 55003, 1, "")

#endif
