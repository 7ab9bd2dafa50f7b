#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Records plant-pair.pcap: a certified plant, one that is not, shared services
# and a supplier, played by real software in network namespaces, as a SPAN port
# of the core switch sees them.
#
# One Open vSwitch bridge (userspace datapath, no kernel module) is the core
# switch. Every host has an access port; a router namespace has one access port
# per VLAN. An OVS mirror copies what enters on the host ports to the port that
# tcpdump listens on, so each frame is there once, tagged with its sender's VLAN.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
peers=$here/plant-pair
out=$here/plant-pair.pcap
keep=no
work=
prefix=fpp                      # all namespaces and interfaces start with this

usage() {
	cat <<-EOF
	usage: record-plant-pair.sh [-k] [-o FILE] [-w DIR]
	  -o FILE  write the capture to FILE (default: plant-pair.pcap beside this script)
	  -w DIR   scratch directory; an existing virtual environment in DIR/venv is used again
	  -k       keep the scratch directory with all logs (default: remove it on success)
	  -h       this text

	Needs root and, on Debian 12:
	  apt-get install openvswitch-switch iproute2 ethtool tcpdump iputils-ping nftables \\
	      nginx-light openssh-server openssh-client samba smbclient dnsmasq chrony \\
	      bind9-dnsutils curl openssl lldpd libmodbus5 python3-venv
	and PyPI for the pinned packages in plant-pair/requirements.txt (only if -w DIR
	holds no venv yet). The daemons that these packages start may be stopped; the
	script runs its own. Nothing is sent outside the namespaces: none of them has a
	way out. Takes about two minutes.
	EOF
}

die() { echo "record-plant-pair: $*" >&2; exit 1; }
say() { printf '%s  %s\n' "$(date -u +%H:%M:%S)" "$*"; }

while getopts ho:w:k opt; do
	case $opt in
	h) usage; exit 0 ;;
	o) out=$(realpath -m "$OPTARG") ;;
	w) work=$(realpath -m "$OPTARG") ;;
	k) keep=yes ;;
	*) usage >&2; exit 2 ;;
	esac
done
shift $((OPTIND - 1))
[ $# -eq 0 ] || { usage >&2; exit 2; }

[ "$(id -u)" = 0 ] || die "needs root (network namespaces)"
PATH=$PATH:/usr/sbin:/sbin
missing=
for c in ovs-vswitchd ovsdb-server ovsdb-tool ovs-vsctl ip ethtool tcpdump ping nft nginx sshd ssh ssh-keygen \
	smbd smbclient dnsmasq chronyd dig curl openssl lldpd unshare setsid sysctl hostname python3; do
	command -v "$c" >/dev/null || missing+=" $c"
done
[ -z "$missing" ] || die "not installed:$missing (see -h)"
for n in $(ip netns list | awk '{print $1}'); do
	case $n in $prefix-*) die "namespace $n exists: is another recording running? (else: ip netns del $n)" ;; esac
done

if [ -z "$work" ]; then
	work=$(mktemp -d "${TMPDIR:-/tmp}/fpp.XXXXXX")
	own_work=yes
else
	mkdir -p "$work"
	own_work=no
fi
log=$work/log
rm -rf "$log" && mkdir -p "$log"
chmod 755 "$work" "$log"

spaces=()
made_sshd_dir=no

# Ends every process that lives in one of our namespaces, and only those.
cleanup() {
	status=$?
	trap - EXIT
	trap '' INT TERM HUP
	set +e
	for n in "${spaces[@]}"; do
		ip netns pids "$n" 2>/dev/null | xargs -r kill 2>/dev/null
	done
	sleep 0.7
	for n in "${spaces[@]}"; do
		ip netns pids "$n" 2>/dev/null | xargs -r kill -9 2>/dev/null
	done
	sleep 0.2
	for n in "${spaces[@]}"; do
		ip netns del "$n" 2>/dev/null
		rm -rf "/etc/netns/$n"
	done
	rmdir /etc/netns 2>/dev/null
	[ $made_sshd_dir = yes ] && rmdir /run/sshd 2>/dev/null
	if [ $status -ne 0 ]; then
		echo "record-plant-pair: failed; logs are in $log" >&2
	elif [ $keep = no ] && [ $own_work = yes ]; then
		rm -rf "$work"
	fi
	exit $status
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# --- the plant ---------------------------------------------------------------

# name        VLAN address/length    IPv6 address or -
hosts="
office         100 10.10.0.20/24     fd00:10:10:100::20/64
historian      110 10.10.10.10/24    fd00:10:10:110::10/64
jump           110 10.10.10.20/24    -
plc1           120 10.10.20.7/24     fd00:10:10:120::7/64
hmi            120 10.10.20.20/24    fd00:10:10:120::20/64
s7plc          130 10.10.30.7/24     -
cipplc         130 10.10.30.8/24     -
engineering    130 10.10.30.30/24    -
safety         140 10.10.40.7/24     -
building       150 10.10.60.7/24     -
lyoffice       200 10.20.0.20/24     -
lyplc          210 10.20.10.7/24     -
lys7           210 10.20.10.8/24     -
lyeng          210 10.20.10.30/24    -
names          300 10.50.0.53/24     -
files          300 10.50.0.45/24     -
vendor         400 192.0.2.10/24     -
stranger       500 203.0.113.66/24   -
lab            600 10.30.0.20/24     -
rogue          120 10.10.99.99/16    -
"

# VLAN address of the router      IPv6 or -
legs="
100 10.10.0.1/24    fd00:10:10:100::1/64
110 10.10.10.1/24   fd00:10:10:110::1/64
120 10.10.20.1/24   fd00:10:10:120::1/64
130 10.10.30.1/24   -
140 10.10.40.1/24   -
150 10.10.60.1/24   -
200 10.20.0.1/24    -
210 10.20.10.1/24   -
300 10.50.0.1/24    -
400 192.0.2.1/24    -
500 203.0.113.1/24  -
600 10.30.0.1/24    -
"

# NAME COMMAND...: runs a command on a host, under the host's own name.
on() {
	local h=$1
	shift
	ip netns exec "$prefix-$h" unshare --uts sh -c 'hostname "$0"; exec "$@"' "$h" "$@"
}

# NAME LOGNAME COMMAND...: starts a daemon on a host, in a session of its own (smbd signals its
# whole process group when it ends).
serve() {
	local h=$1 l=$2
	shift 2
	on "$h" setsid "$@" >"$log/$l.log" 2>&1 </dev/null &
}

# NAME COMMAND...: one act of the play. A failure is told and goes on: some acts are meant to fail.
act() {
	local h=$1 rc=0
	on "$@" >>"$log/acts.log" 2>&1 </dev/null || rc=$?
	printf '%s  rc=%d  %s\n' "$(date -u +%H:%M:%S.%3N)" $rc "$*" >>"$log/acts.log"
	sleep 0.2
}

space() {
	spaces+=("$prefix-$1")
	ip netns add "$prefix-$1"
	# The machine's resolver must not be asked from in here.
	mkdir -p "/etc/netns/$prefix-$1"
	echo "# none" >"/etc/netns/$prefix-$1/resolv.conf"
	echo "127.0.0.1 localhost" >"/etc/netns/$prefix-$1/hosts"
	ip netns exec "$prefix-$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 \
		net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 \
		net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.default.send_redirects=0 \
		net.ipv4.ping_group_range="0 0"
	ip -n "$prefix-$1" link set lo up
}

# Offloads off, so that frames are as on a wire: whole checksums, none longer than the MTU.
plain() {
	ip netns exec "$1" ethtool -K "$2" tx off rx off gso off tso off gro off lro off \
		rxvlan off txvlan off >/dev/null 2>&1 || true
}

# NAME SWITCHPORT IFNAME MAC
cable() {
	ip -n "$prefix-switch" link add "$2" mtu 1500 type veth peer name "$3" netns "$prefix-$1"
	ip -n "$prefix-$1" link set "$3" address "$4"
	plain "$prefix-switch" "$2"
	plain "$prefix-$1" "$3"
	ip -n "$prefix-switch" link set "$2" up
	ip -n "$prefix-$1" link set "$3" up
}

ip6_on() { ip netns exec "$prefix-$1" sysctl -qw "net.ipv6.conf.$2.disable_ipv6=0" net.ipv6.conf.all.disable_ipv6=0; }

say "preparing (scratch: $work)"
py=$work/venv/bin/python
if ! [ -x "$py" ]; then
	python3 -m venv "$work/venv" || die "python3 -m venv failed (apt-get install python3-venv)"
	"$work/venv/bin/pip" install -q --disable-pip-version-check -r "$peers/requirements.txt" ||
		die "pip could not install plant-pair/requirements.txt"
fi
"$py" -c 'import pymodbus, snap7, cpppo, pycomm3' || die "the virtual environment in $work/venv is not whole; remove it"

say "switch"
space switch
rm -rf "$work/ovs" && mkdir -p "$work/ovs"
[ ${#work} -lt 80 ] || die "the scratch directory's name is too long for a Unix socket: $work"
export OVS_RUNDIR=$work/ovs OVS_LOGDIR=$work/ovs OVS_DBDIR=$work/ovs
schema=/usr/share/openvswitch/vswitch.ovsschema
[ -r $schema ] || die "no $schema"
ovsdb-tool create "$work/ovs/conf.db" $schema
serve switch ovsdb ovsdb-server "$work/ovs/conf.db" --remote="punix:$work/ovs/db.sock" -vconsole:warn
for _ in $(seq 50); do [ -S "$work/ovs/db.sock" ] && break; sleep 0.1; done
vsctl() { ovs-vsctl --timeout=15 --db="unix:$work/ovs/db.sock" "$@"; }
vsctl --no-wait init
serve switch vswitchd ovs-vswitchd "unix:$work/ovs/db.sock" --unixctl="$work/ovs/ctl" -vconsole:warn
vsctl add-br br0 -- set bridge br0 datapath_type=netdev
ip -n $prefix-switch link add span mtu 1500 type veth peer name sensor
plain $prefix-switch span
plain $prefix-switch sensor
ip -n $prefix-switch link set span up
ip -n $prefix-switch link set sensor up
vsctl add-port br0 span

say "router and hosts"
space router
ip netns exec $prefix-router sysctl -qw net.ipv4.ip_forward=1
while read -r vlan addr addr6; do
	[ -n "$vlan" ] || continue
	cable router "r$vlan" "v$vlan" "$(printf '02:f0:00:00:%02x:%02x' $((vlan / 256)) $((vlan % 256)))"
	ip -n $prefix-router addr add "$addr" dev "v$vlan"
	if [ "$addr6" != - ]; then
		ip6_on router "v$vlan"
		ip -n $prefix-router addr add "$addr6" dev "v$vlan" nodad
	fi
	vsctl add-port br0 "r$vlan" tag="$vlan"
done <<<"$legs"
ip netns exec $prefix-router sysctl -qw net.ipv6.conf.all.forwarding=1
ip -n $prefix-router route add 10.10.99.99 dev v120
# The only rule of this firewall: Lyon's office does not reach the safety zone. The rest is
# routed, or there would be nothing for a monitor to find.
ip netns exec $prefix-router nft -f - <<-EOF
	table ip fw {
		chain forward {
			type filter hook forward priority 0;
			ip saddr 10.20.0.0/24 ip daddr 10.10.40.0/24 drop
		}
	}
EOF

ports=
n=0
while read -r name vlan addr addr6; do
	[ -n "$name" ] || continue
	n=$((n + 1))
	space "$name"
	cable "$name" "h$name" eth0 "$(printf '02:fe:00:00:%02x:%02x' $((vlan / 10)) $n)"
	ip -n "$prefix-$name" addr add "$addr" dev eth0
	echo "${addr%/*} $name" >>"/etc/netns/$prefix-$name/hosts"
	for net in 224.0.0.0/4 255.255.255.255/32; do ip -n "$prefix-$name" route add $net dev eth0; done
	gw=$(awk -v v="$vlan" '$1 == v { sub("/.*", "", $2); print $2 }' <<<"$legs")
	if [ "$name" != rogue ]; then
		for net in 10.0.0.0/8 192.0.2.0/24 203.0.113.0/24; do
			ip -n "$prefix-$name" route add "$net" via "$gw" 2>/dev/null || true
		done
	fi
	if [ "$addr6" != - ]; then
		ip6_on "$name" eth0
		ip -n "$prefix-$name" addr add "$addr6" dev eth0 nodad
		gw6=$(awk -v v="$vlan" '$1 == v { sub("/.*", "", $3); print $3 }' <<<"$legs")
		ip -n "$prefix-$name" route add fd00:10:10::/48 via "$gw6"
	fi
	vsctl add-port br0 "h$name" tag="$vlan"
	ports+=" h$name"
done <<<"$hosts"

mirror="--id=@span get port span -- --id=@m create mirror name=span output-port=@span"
ids='' list=''
for p in $ports; do
	ids+=" -- --id=@$p get port $p"
	list+=${list:+,}@$p
done
# shellcheck disable=SC2086
vsctl ${ids# -- } -- $mirror select_src_port="$list" -- set bridge br0 mirrors=@m >/dev/null

# --- the servers -------------------------------------------------------------

say "servers"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj "/CN=historian.hamburg.example" \
	-addext "subjectAltName=DNS:historian.hamburg.example,IP:10.10.10.10" \
	-keyout "$work/tls.key" -out "$work/tls.crt" 2>"$log/openssl.log"
mkdir -p "$work/www" "$work/nginx"
for i in $(seq 1 120); do echo "2026-11-23;tank-$i;level;$((i * 37 % 100));%"; done >"$work/www/report.csv"
echo '<!doctype html><title>Historian</title><p>Paint line 1: running.' >"$work/www/index.html"
cat >"$work/nginx.conf" <<-EOF
	daemon off; worker_processes 1; pid $work/nginx/pid; error_log $log/nginx-error.log;
	events { worker_connections 32; }
	http {
		access_log off; client_body_temp_path $work/nginx/b; proxy_temp_path $work/nginx/p;
		fastcgi_temp_path $work/nginx/f; uwsgi_temp_path $work/nginx/u; scgi_temp_path $work/nginx/s;
		server {
			listen 80; listen 443 ssl; listen [::]:443 ssl; root $work/www;
			ssl_certificate $work/tls.crt; ssl_certificate_key $work/tls.key;
			ssl_protocols TLSv1.2 TLSv1.3;
		}
	}
EOF
chmod -R a+rX "$work/www"
serve historian nginx nginx -c "$work/nginx.conf" -e "$log/nginx-error.log"
serve historian modbus-historian python3 "$peers/libmodbus_peer.py" serve 10.10.10.10

ssh-keygen -q -t ed25519 -N '' -C demo -f "$work/hostkey" <<<y >/dev/null
ssh-keygen -q -t ed25519 -N '' -C demo -f "$work/userkey" <<<y >/dev/null
cp "$work/userkey.pub" "$work/authorized_keys"
cat >"$work/sshd_config" <<-EOF
	HostKey $work/hostkey
	AuthorizedKeysFile $work/authorized_keys
	StrictModes no
	UsePAM no
	PasswordAuthentication no
	PermitRootLogin prohibit-password
	PidFile none
EOF
[ -d /run/sshd ] || { mkdir -m 755 /run/sshd; made_sshd_dir=yes; }
for h in jump plc1 engineering; do
	serve $h sshd-$h "$(command -v sshd)" -D -e -f "$work/sshd_config"
done

serve plc1 modbus-plc1 python3 "$peers/libmodbus_peer.py" serve 10.10.20.7
serve safety modbus-safety "$py" "$peers/modbus_server.py" 10.10.40.7 --product FL-SIS
serve building modbus-building "$py" "$peers/modbus_server.py" 10.10.60.7 --product FL-BMS
serve lyplc modbus-lyplc "$py" "$peers/modbus_server.py" 10.20.10.7
serve s7plc s7-s7plc "$py" "$peers/s7_server.py" 10.10.30.7
serve lys7 s7-lys7 "$py" "$peers/s7_server.py" 10.20.10.8
serve cipplc cip-cipplc "$py" -m cpppo.server.enip --no-config -a 0.0.0.0:44818 SCADA='DINT[100]' TEMP='REAL[8]'

cat >"$work/dnsmasq.conf" <<-EOF
	no-resolv
	no-hosts
	bind-interfaces
	listen-address=10.50.0.53
	pid-file=
	local=/example/
	host-record=historian.hamburg.example,10.10.10.10,fd00:10:10:110::10
	host-record=jump.hamburg.example,10.10.10.20
	host-record=files.shared.example,10.50.0.45
	host-record=time.shared.example,10.50.0.53
EOF
serve names dnsmasq dnsmasq -k -u root -C "$work/dnsmasq.conf"
cat >"$work/chrony.conf" <<-EOF
	local stratum 8
	allow
	bindaddress 10.50.0.53
	cmdport 0
	bindcmdaddress /
	pidfile $work/chronyd.pid
EOF
serve names chronyd chronyd -x -d -u root -f "$work/chrony.conf"    # -x: the machine's clock is left alone

rm -rf "$work/smb"
mkdir -p "$work/smb/private" "$work/smb/share"
chmod 777 "$work/smb/share"
cp "$work/www/report.csv" "$work/smb/share/"
cat >"$work/smb.conf" <<-EOF
	[global]
	netbios name = FILES
	workgroup = SHARED
	server role = standalone server
	map to guest = Bad User
	disable netbios = yes
	smb ports = 445
	load printers = no
	private dir = $work/smb/private
	lock directory = $work/smb/private
	state directory = $work/smb/private
	cache directory = $work/smb/private
	pid directory = $work/smb/private
	ncalrpc dir = $work/smb/private/ncalrpc
	log file = $log/smbd-%m.log
	[reports]
	path = $work/smb/share
	guest ok = yes
	read only = no
EOF
serve files smbd smbd -F --no-process-group -s "$work/smb.conf" -l "$log" --debuglevel=0

say "waiting for the servers"
await() {   # HOST ADDRESS PORT
	for _ in $(seq 100); do
		on "$1" python3 -c "import socket; socket.create_connection(('$2', $3), 1)" 2>/dev/null && return
		sleep 0.2
	done
	die "nothing listens on $2 port $3 ($1)"
}
for s in "historian 443" "historian 502" "jump 22" "plc1 22" "plc1 502" "engineering 22" "safety 502" \
	"building 502" "lyplc 502" "s7plc 102" "lys7 102" "cipplc 44818" "names 53" "files 445"; do
	set -- $s
	await "$1" "$(awk -v n="$1" '$1 == n { sub("/.*", "", $3); print $3 }' <<<"$hosts")" "$2"
done

# --- the play ----------------------------------------------------------------

say "recording"
ip netns exec $prefix-switch tcpdump -q -U -Z root -i sensor -s 0 -B 16384 --time-stamp-precision=nano \
	-w "$work/plant-pair.pcap" 2>"$log/tcpdump.log" &
tcpdump=$!
for _ in $(seq 50); do grep -q 'listening on' "$log/tcpdump.log" && break; sleep 0.1; done
grep -q 'listening on' "$log/tcpdump.log" || die "tcpdump does not listen: $(cat "$log/tcpdump.log")"
sleep 1

mb() { local h=$1; shift; act "$h" "$py" "$peers/modbus_client.py" "$@"; }           # pymodbus
lmb() { local h=$1; shift; act "$h" python3 "$peers/libmodbus_peer.py" client "$@"; } # libmodbus
s7() { local h=$1; shift; act "$h" "$py" "$peers/s7_client.py" "$@"; }
cip() { local h=$1; shift; act "$h" timeout 10 "$py" -m cpppo.server.enip.client -p "$@"; }
web() { local h=$1; shift; act "$h" curl -sSk --noproxy '*' -m 5 -o /dev/null "$@"; }
shell() {   # HOST TARGET COMMAND...
	local h=$1 t=$2
	shift 2
	act "$h" ssh -F none -i "$work/userkey" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		-o BatchMode=yes -o ConnectTimeout=3 -o LogLevel=ERROR "root@$t" "$@"
}
smb() { local h=$1; shift; act "$h" smbclient -s /dev/null -N -n "${h^^}" -m SMB3 //10.50.0.45/reports -c "$1"; }

# Cyclic traffic that goes on beneath everything else.
background=
beneath() { "$@" & background+=" $!"; }
beneath mb historian 10.10.20.7 --count 60 --every 1 'read_holding_registers 0 100' 'read_coils 0 16'
beneath lmb hmi 10.10.20.7 --count 80 --every 0.7 'read_registers 0 40' 'read_bits 0 16' 'write_register 20 7'
beneath s7 historian 10.10.30.7 --count 40 --every 1.4 'db_read 1 0 32'
beneath cip historian -a 10.10.30.8:44818 --list-identity -r 12 'SCADA[0-9]' 'TEMP[0-3]'
beneath lmb lyeng 10.20.10.7 --count 40 --every 1.3 'read_registers 0 20'
beneath act engineering timeout 40 lldpd -d -u "$work/lldpd.sock" -I eth0 -S "Engineering station"
sleep 1

# Each line below stands in plant-pair.expected.tsv with its verdict.

# Conforming: what the plants live from.
act office dig +tries=1 +time=2 @10.50.0.53 historian.hamburg.example A historian.hamburg.example AAAA
web office --resolve historian.hamburg.example:443:10.10.10.10 https://historian.hamburg.example/report.csv
web office --tls-max 1.2 --resolve historian.hamburg.example:443:10.10.10.10 https://historian.hamburg.example/
web office 'https://[fd00:10:10:110::10]/report.csv'
act office ping -q -c 3 -i 0.3 10.10.10.10
act office ping -q -c 3 -i 0.3 fd00:10:10:110::10
shell office 10.10.10.20 uptime
shell jump 10.10.30.30 'uname -s; date -u'
smb office 'ls; get report.csv /dev/null'
smb historian 'put '"$work/www/report.csv"' shift-report.csv; ls'
mb historian 10.10.20.7 --pipeline --count 6 'read_holding_registers 0 100' 'read_holding_registers 100 50' \
	'read_input_registers 0 20' 'read_holding_registers 150 50'
mb historian 10.10.20.7 'read_input_registers 10 4'
s7 historian 10.10.30.7 get_order_code get_cpu_info 'db_read 2 0 64' read_multi
mb jump 10.10.40.7 'read_device_information 1' 'read_holding_registers 0 8'
mb office 10.10.60.7 'read_holding_registers 0 10' 'read_device_information 1'
act historian chronyd -x -Q -t 4 -u root -f /dev/null "server 10.50.0.53 iburst maxsamples 2"
act hmi chronyd -x -Q -t 4 -u root -f /dev/null "server 10.50.0.53 iburst maxsamples 2"
act lyeng chronyd -x -Q -t 4 -u root -f /dev/null "server 10.50.0.53 iburst maxsamples 2"
act historian dig +tcp +tries=1 +time=2 @10.50.0.53 files.shared.example
act lyoffice dig +tries=1 +time=2 @10.50.0.53 historian.hamburg.example no-such-name.hamburg.example
act lab dig +tries=1 +time=2 @10.50.0.53 historian.hamburg.example
web lyoffice https://10.10.10.10/report.csv
web lab https://10.10.10.10/
smb lyoffice 'ls'
mb lyoffice 10.20.10.7 'read_holding_registers 0 10'

# Within a zone: no conduit is needed.
lmb hmi 10.10.20.7 'read_bits 0 16' 'read_input_bits 0 8' 'read_registers 0 10' 'read_input_registers 0 10' \
	'write_bit 3 1' 'write_register 7 9' 'write_bits 0 1 0 1' 'write_registers 5 1 2 3' \
	'mask_write_register 5 0xf0 0x0a' 'write_and_read_registers 10 0 4 1 2 3' report_slave_id \
	'read_registers 5000 2' 'write_register 249 1' 'write_register 250 1'
mb hmi 10.10.20.7 --split 7 'write_register 21 99'
act hmi ping -q -c 2 -i 0.3 10.10.20.7
act hmi ping -q -c 2 -i 0.3 -s 3000 10.10.20.7
act hmi ping -q -c 2 -i 0.3 fd00:10:10:120::7
act hmi curl -sS --noproxy '*' -m 2 http://10.10.20.7:8080/
act engineering "$py" "$peers/enip_scan.py" discover
act engineering dig +tries=1 +time=1 -p 5353 @224.0.0.251 cipplc.local
cip engineering -a 10.10.30.8:44818 --list-services --list-identity 'SCADA[0-9]' 'SCADA[3]=(DINT)7' 'TEMP[0-3]' 'TEMP[1]=(REAL)21.5'
cip engineering -a 10.10.30.8:44818 --multiple 'SCADA[0-4]' 'TEMP[0-1]' 'SCADA[5]=(DINT)1'
act engineering timeout 10 "$py" -m cpppo.server.enip.get_attribute -a 10.10.30.8 '@1/1/1' '@1/1/7' '@1/1'
act engineering timeout 10 "$py" "$peers/enip_scan.py" connected 10.10.30.8
s7 engineering 10.10.30.7 get_order_code get_cpu_info get_cp_info get_cpu_state get_protection list_blocks 'block_info 1' \
	get_plc_datetime set_plc_system_datetime 'db_read 1 0 16' 'db_write 1 4 1 2' 'eb_read 0 2' 'mb_write 0 1' \
	read_multi 'upload 1' clear_session_password plc_stop plc_hot_start 'db_read 77 0 4'
s7 lyeng 10.20.10.8 get_cpu_info 'db_read 1 0 16' 'db_write 1 0 9 9'
mb lyeng 10.20.10.7 'read_device_information 1' diag_query_data 'write_registers 5 1 2 3' 'write_coils 0 1 1' \
	'mask_write_register 5 0xf0 0x0a' 'readwrite_registers 0 4 10 1 2 3' 'read_holding_registers 5000 2'

# Exceptions that are live.
s7 lyeng 10.10.30.7 'db_read 1 0 64' 'db_read 2 0 64'
mb historian 10.10.20.7 'write_register 150 60'

# Violations.
mb historian 10.10.20.7 'write_register 5 42' 'write_registers 5 1 2 3'                 # operation
mb historian 10.10.20.7 --pipeline 'read_holding_registers 0 10' 'read_holding_registers 10 10' \
	'write_register 6 1' 'read_holding_registers 20 10'                                # operation, hidden in a pipeline
mb historian 10.10.20.7 'read_holding_registers 200 11' 'read_coils 40 8'               # object
mb historian 10.10.20.7 --unit 9 'read_holding_registers 0 10'                          # object
mb historian 10.10.20.7 'read_holding_registers 5000 2'                                 # object, refused by the PLC
s7 historian 10.10.30.7 'db_write 1 0 255 255'                                          # operation
s7 historian 10.10.30.7 plc_stop                                                        # operation
s7 engineering 10.10.30.7 plc_hot_start
cip historian -a 10.10.30.8:44818 'SCADA[1]=(DINT)13'                                   # operation
shell historian 10.10.20.7 true                                                         # protocol
act historian ping -q -c 2 -i 0.3 10.10.30.7                                            # protocol
web office http://10.10.10.10/                                                          # protocol
web office https://10.10.10.10:8443/                                                    # protocol, refused
act hmi dig +tries=1 +time=2 @10.50.0.53 files.shared.example                           # protocol
lmb plc1 10.10.10.10 'read_registers 0 4'                                               # initiator
mb lyeng 10.10.20.7 'read_holding_registers 0 10'                                       # no_conduit, crossing
s7 lyeng 10.10.30.7 'db_write 1 0 1'                                                    # no_conduit: the exception reads
s7 hmi 10.10.30.7 'db_read 1 0 4'                                                       # no_conduit, inside
smb hmi 'ls'                                                                            # no_conduit, crossing
shell jump 10.10.20.20 true                                                             # no_conduit, refused
web lyoffice --connect-timeout 3 http://10.10.40.7:502/                                 # no_conduit, unanswered
mb lab 10.10.20.7 'read_holding_registers 0 10'                                         # no_conduit, inter_scope
s7 vendor 10.20.10.8 'db_read 1 0 4'                                                    # no_conduit, outside
mb lyoffice 10.20.10.7 'write_register 5 1'                                             # operation, outside
shell vendor 10.10.10.20 'uptime'                                                       # window
s7 office 10.10.30.7 'db_read 1 0 16'                                                   # conduit_expired
mb office 10.10.20.7 'read_holding_registers 0 10'                                      # exception_expired
web stranger https://10.10.10.10/                                                       # unknown_endpoint
mb stranger 10.10.20.7 'read_device_information 1' 'read_holding_registers 0 10'        # unknown_endpoint
mb rogue 10.10.20.7 'read_holding_registers 0 10' 'write_register 30 0'                 # unknown_endpoint

say "waiting for the cyclic traffic to end"
for p in $background; do wait "$p" || true; done
sleep 1
kill -INT $tcpdump
wait $tcpdump || true
grep -q '^0 packets dropped by kernel' "$log/tcpdump.log" || die "tcpdump lost frames: $(tail -3 "$log/tcpdump.log")"

mkdir -p "$(dirname "$out")"
cp "$work/plant-pair.pcap" "$out"
say "$out: $(stat -c %s "$out") bytes, $(sed -n 's/ packets captured//p' "$log/tcpdump.log") frames"
sha256sum "$out" | awk '{print "sha256 " $1}'
