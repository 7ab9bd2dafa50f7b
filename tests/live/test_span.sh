#!/usr/bin/env bash
# A real mirror session shows what a host saw: two hosts in two VLANs talk through a router, an Open vSwitch mirrors its
# ports into one, and tcpdump on the hosts' own interfaces is the witness.
#
# usage: test_span.sh FENCELINE SOURCE_ROOT. Needs root, network namespaces, Open vSwitch and tcpdump; else skipped (77).
#
#   both     all four ports mirrored on their way in: each routed frame is there twice, before and after the router
#   twice    the hosts' ports mirrored by two sessions, one on their way in and one on their way out
#   oneway   only what one host sends
#
# In the first two each flow has exactly the packets that the witness counted, and as many copies; in the third the flows
# are one-sided, and coverage says so.
set -euo pipefail
fenceline=$(readlink -f "$1") root=$(readlink -f "$2")
PATH=$PATH:/usr/sbin:/sbin

skip() { echo "skipped: $1"; exit 77; }
for tool in ip ethtool ovs-vswitchd ovsdb-server ovsdb-tool ovs-vsctl tcpdump python3; do
  command -v "$tool" >/dev/null || skip "$tool is not installed"
done
[ "$(id -u)" -eq 0 ] || skip "needs root, to make network namespaces and capture"
id=fl-span-$$
if ! { ip netns add $id-switch && ip netns exec $id-switch true; } 2>/dev/null; then
  ip netns del $id-switch 2>/dev/null || true
  skip "network namespaces cannot be made here"
fi
work=$(mktemp -d /tmp/fl-span.XXXXXX)
cleanup() {
  local n
  for n in switch router plc hmi; do
    ip netns pids $id-$n 2>/dev/null | xargs -r kill 2>/dev/null || true
  done
  wait 2>/dev/null || true
  for n in switch router plc hmi; do ip netns del $id-$n 2>/dev/null || true; done
  [ -n "${FL_KEEP-}" ] && cp -r "$work" "$FL_KEEP"
  rm -rf "$work"
}
trap cleanup EXIT
fail() { echo "FAILED: $1"; [ -z "${2-}" ] || tail -c 2000 "$2"; exit 1; }
await() { # seconds, what, command...: until the command succeeds
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || fail "waited in vain until $what"
    read -r -t 0.05 <> <(:) || true
  done
}
in_ns() { ip netns exec "$id-$1" "${@:2}"; }
quiet() { in_ns "$1" sh -c "echo 1 >/proc/sys/net/ipv6/conf/$2/disable_ipv6" 2>/dev/null || true; }

# --- a switch with a mirror port -----------------------------------------------------------------------------------------
export OVS_RUNDIR=$work OVS_LOGDIR=$work OVS_DBDIR=$work
ovsdb-tool create "$work/conf.db" /usr/share/openvswitch/vswitch.ovsschema
in_ns switch ovsdb-server "$work/conf.db" --remote="punix:$work/db.sock" -vconsole:off -vfile:off &
await 10 "ovsdb-server listens" test -S "$work/db.sock"
vsctl() { ovs-vsctl --timeout=15 --db="unix:$work/db.sock" "$@"; }
vsctl --no-wait init
in_ns switch ovs-vswitchd "unix:$work/db.sock" --unixctl="$work/ctl" -vconsole:off -vfile:off &
vsctl add-br br0 -- set bridge br0 datapath_type=netdev
ip -n $id-switch link add span type veth peer name sensor
for dev in span sensor; do quiet switch $dev; ip -n $id-switch link set $dev up; done
vsctl add-port br0 span

cable() { # namespace, switch port, device, MAC address, VLAN, address
  ip netns list | grep -q "^$id-$1\b" || ip netns add $id-"$1"
  ip -n $id-switch link add "$2" type veth peer name "$3" netns $id-"$1"
  quiet switch "$2"; quiet "$1" "$3"
  # a userspace switch hands on checksums as they are, and senders leave them to the card
  in_ns switch ethtool -K "$2" tx off gro off >/dev/null
  in_ns "$1" ethtool -K "$3" tx off gro off >/dev/null
  ip -n $id-"$1" link set "$3" address "$4"
  ip -n $id-"$1" addr add "$6" dev "$3"
  ip -n $id-switch link set "$2" up
  ip -n $id-"$1" link set "$3" up
  vsctl add-port br0 "$2" tag="$5"
}
cable router r10 v10 02:00:00:00:00:01 10 10.1.10.1/24
cable router r20 v20 02:00:00:00:00:02 20 10.1.20.1/24
cable plc p10 eth0 02:00:00:00:10:10 10 10.1.10.10/24
cable hmi h20 eth0 02:00:00:00:20:20 20 10.1.20.20/24
in_ns router sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
ip -n $id-plc route add default via 10.1.10.1
ip -n $id-hmi route add default via 10.1.20.1

# --- a PLC and an HMI ----------------------------------------------------------------------------------------------------
cat >"$work/plc.py" <<'PY'
import http.server, os, threading, socketserver, sys
class Modbus(socketserver.BaseRequestHandler):
    def handle(self):
        while True:
            q = self.request.recv(12, 0x100)  # MSG_WAITALL
            if len(q) < 12:
                return
            n = q[11]
            self.request.sendall(q[:4] + (3 + 2 * n).to_bytes(2, "big") + q[6:8] + bytes([2 * n]) + os.urandom(2 * n))
class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
os.chdir(sys.argv[1])
threading.Thread(target=Server(("", 502), Modbus).serve_forever, daemon=True).start()
open("ready", "w").close()
http.server.ThreadingHTTPServer(("", 80), http.server.SimpleHTTPRequestHandler).serve_forever()
PY
cat >"$work/hmi.py" <<'PY'
import socket, urllib.request
s = socket.create_connection(("10.1.10.10", 502))
for i in range(200):
    s.sendall(i.to_bytes(2, "big") + bytes([0, 0, 0, 6, 1, 3, 0, 0, 0, 10]))
    assert len(s.recv(29, 0x100)) == 29
s.close()
for i in range(3):
    assert len(urllib.request.urlopen("http://10.1.10.10/blob").read()) == 300000
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
u.settimeout(5)
for i in range(20):  # to a closed port: each is answered by ICMP
    u.sendto(b"telegram %d" % i, ("10.1.10.10", 9999))
PY
mkdir "$work/www"
head -c 300000 /dev/urandom >"$work/www/blob"
in_ns plc python3 "$work/plc.py" "$work/www" >"$work/plc.log" 2>&1 &
await 10 "the PLC serves" test -e "$work/www/ready"

listen() { # namespace, device, file
  in_ns "$1" tcpdump -i "$2" -Z root -U -w "$3" --time-stamp-precision=nano 'ip' >/dev/null 2>"$3.err" &
  await 10 "tcpdump listens on $2" grep -q 'listening on' "$3.err"
}
last_port() { tcpdump -r "$1" -nn 2>/dev/null | grep -q 'telegram\|UDP.*length 11'; }

session() { # name, mirrors...
  local name=$1 tcpdumps
  shift
  vsctl "$@" >/dev/null
  listen hmi eth0 "$work/$name-witness.pcap"
  in_ns switch tcpdump -i sensor -Z root -U -w "$work/$name.pcap" --time-stamp-precision=nano >/dev/null 2>"$work/$name.err" &
  await 10 "tcpdump listens on the mirror" grep -q 'listening on' "$work/$name.err"
  in_ns hmi python3 "$work/hmi.py" >"$work/hmi.log" 2>&1 || fail "the HMI" "$work/hmi.log"
  # the end of the traffic is seen when the last telegram has come through both
  for f in "$work/$name-witness.pcap" "$work/$name.pcap"; do
    await 10 "the last telegram is in $f" sh -c "tcpdump -r '$f' -nnX 2>/dev/null | grep -q 'telegram.19\|gram.19'"
  done
  tcpdumps=$(ip netns pids $id-hmi; ip netns pids $id-switch)
  for p in $tcpdumps; do
    case $(cat /proc/"$p"/comm 2>/dev/null) in tcpdump) kill -INT "$p" ;; esac
  done
  await 10 "tcpdump has ended" sh -c "! grep -l '^tcpdump$' /proc/[0-9]*/comm 2>/dev/null | cut -d/ -f3 | grep -qxF '$(
    printf '%s\n' "$tcpdumps")'"
  vsctl clear bridge br0 mirrors
}

span="--id=@s get port span --"
ids="--id=@r1 get port r10 -- --id=@r2 get port r20 -- --id=@p get port p10 -- --id=@h get port h20 --"
# shellcheck disable=SC2086
{
session both $span $ids --id=@m create mirror name=both output-port=@s select_src_port=@r1,@r2,@p,@h \
  -- set bridge br0 mirrors=@m
session twice $span $ids --id=@m create mirror name=in output-port=@s select_src_port=@p,@h \
  -- --id=@n create mirror name=out output-port=@s select_dst_port=@p,@h -- set bridge br0 mirrors=@m,@n
session oneway $span $ids --id=@m create mirror name=oneway output-port=@s select_src_port=@h -- set bridge br0 mirrors=@m
}

cat >"$work/policy.yaml" <<'YAML'
version: 1
organization: Test
plants: [{ id: works, name: Works }]
zones:
  - { id: cell, plant: works, members: [10.1.10.0/24] }
  - { id: office, plant: works, members: [10.1.20.0/24] }
conduits:
  - { id: c, from: office, to: cell, allow: [{ protocol: any }], owner: o, justification: test }
YAML
python3 - "$fenceline" "$work" <<'PY'
import collections, json, subprocess, sys
fenceline, work = sys.argv[1], sys.argv[2]
faults = []

def flows(name):
    out = subprocess.run([fenceline, "dissect", "--flows", "-r", f"{work}/{name}.pcap"], capture_output=True, check=True).stdout
    table = {}
    for f in map(json.loads, out.splitlines()):
        if f["proto"] not in ("tcp", "udp", "icmp"):
            continue
        a, b = (f["a"], f.get("a_port", 0)), (f["b"], f.get("b_port", 0))
        ab, ba = (f["pkts_ab"], f["bytes_ab"]), (f["pkts_ba"], f["bytes_ba"])
        c = f.get("copies_ab", 0), f.get("copies_ba", 0)
        if a > b:
            a, b, ab, ba, c = b, a, ba, ab, c[::-1]
        assert (f["proto"], a, b) not in table, f"two flows of one conversation: {f}"
        table[(f["proto"], a, b)] = (ab, ba, c)
    return table

def summary(name):
    run = subprocess.run([fenceline, "run", "--json", "-r", f"{work}/{name}.pcap", "-c", f"{work}/policy.yaml"],
                         capture_output=True, check=True)
    return json.loads(run.stdout)

for name in ("both", "twice"):
    witness, seen = flows(f"{name}-witness"), flows(name)
    copies = 0
    if set(witness) != set(seen):
        faults.append(f"{name}: conversations differ: {sorted(set(witness) ^ set(seen), key=str)[:4]}")
    for key in set(witness) & set(seen):
        w, s = witness[key], seen[key]
        if (w[0][0], w[1][0]) != (s[0][0], s[1][0]):
            faults.append(f"{name}: {key}: the witness counted {w[0][0]} and {w[1][0]} packets, fenceline {s[0][0]} and {s[1][0]}")
        if s[2] != (s[0][0], s[1][0]):
            faults.append(f"{name}: {key}: {s[0][0]} and {s[1][0]} packets, {s[2]} copies")
        copies += sum(s[2])
    cover = summary(name)["coverage"]
    routed = cover["copies_routed"]
    if cover["frames"] != sum(cover["outcomes"].values()):
        faults.append(f"{name}: frames do not add up")
    if not copies or routed < copies or cover["flows_one_way"]:
        faults.append(f"{name}: {copies} copies, {routed} routed, {cover['flows_one_way']} flows one way")
    print(f"{name}: {len(seen)} conversations, {copies} copies, {routed} of them routed")

cover = summary("oneway")["coverage"]
one_sided = [k for k, v in flows("oneway").items() if not (v[0][0] and v[1][0]) and k[0] == "tcp"]
if cover["copies"] or cover["flows_one_way"] != len(one_sided) or len(one_sided) < 4:
    faults.append(f"oneway: {cover['copies']} copies, {cover['flows_one_way']} flows one way, {len(one_sided)} one-sided")
print(f"oneway: {cover['flows_one_way']} flows of which one direction was seen")
for f in faults:
    print("FAILED:", f)
print(f"span: {len(faults)} faults")
sys.exit(1 if faults else 0)
PY
