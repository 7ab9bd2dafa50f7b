#!/usr/bin/env bash
# Live capture finds what offline reading finds: tcpreplay plays a capture over a veth pair between two network
# namespaces into `fenceline run -i`, while tcpdump, as an independent witness, records the same wire.
#
# usage: test_live.sh FENCELINE SOURCE_ROOT. Needs root, network namespaces, tcpreplay and tcpdump; else skipped (77).
#
#   1. live and offline over the witness's capture: the same matrix, crossings and violations
#   2. live and offline over the original: the same flows and operations between the same zones (verdicts that hang on the
#      time of day may differ)
#   3. SIGTERM ends it with status 0, all frames that came are in the evidence, and nothing was dropped or sent
set -euo pipefail
fenceline=$(readlink -f "$1") root=$(readlink -f "$2")
capture=$root/pcaps/plant-pair.pcap policy=$root/zones/examples/plant-pair.yaml

skip() { echo "skipped: $1"; exit 77; }
for tool in ip tcpreplay tcpdump python3; do
  command -v "$tool" >/dev/null || skip "$tool is not installed"
done
[ "$(id -u)" -eq 0 ] || skip "needs root, to make network namespaces and capture"
work=$(mktemp -d)
plant=fl-live-$$-a sensor=fl-live-$$-b
if ! { ip netns add "$plant" && ip netns exec "$plant" true; } 2>/dev/null; then
  ip netns del "$plant" 2>/dev/null || true
  rm -rf "$work"
  skip "network namespaces cannot be made here"
fi

pids=()
cleanup() {
  kill "${pids[@]}" 2>/dev/null || true
  wait 2>/dev/null || true
  ip netns del "$plant" 2>/dev/null || true
  ip netns del "$sensor" 2>/dev/null || true
  [ -n "${FL_KEEP-}" ] && cp -r "$work" "$FL_KEEP"; rm -rf "$work"
}
trap cleanup EXIT
fail() { echo "FAILED: $1"; [ -z "${2-}" ] || head -c 2000 "$2"; exit 1; }

await() { # seconds, what, command...: until the command succeeds
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || fail "waited in vain until $what" "$work/err"
    read -r -t 0.05 <> <(:) || true
  done
}

ip netns add "$sensor"
ip -n "$plant" link add span0 type veth peer name mon0 netns "$sensor"
for side in "$plant span0" "$sensor mon0"; do
  read -r ns dev <<<"$side"
  # no address, no neighbour discovery: the wire carries what is replayed and nothing else
  ip netns exec "$ns" sh -c "echo 1 >/proc/sys/net/ipv6/conf/$dev/disable_ipv6" 2>/dev/null || true
  ip -n "$ns" link set "$dev" mtu 9000 up
done

ip netns exec "$sensor" tcpdump -i mon0 -Z root -U -w "$work/witness.pcap" --time-stamp-precision=nano 2>"$work/tcpdump.err" &
pids+=($!)
tcpdump_pid=$!
ip netns exec "$sensor" "$fenceline" run -i mon0 -c "$policy" -o "$work/live" --sensor live --json \
  >"$work/live.json" 2>"$work/err" &
pids+=($!)
fenceline_pid=$!
await 20 "tcpdump listens" grep -q 'listening on' "$work/tcpdump.err"
await 20 "fenceline listens" grep -q 'listening on mon0' "$work/err"
sent_before=$(ip netns exec "$sensor" cat /sys/class/net/mon0/statistics/tx_packets)

ip netns exec "$plant" tcpreplay -q -i span0 --multiplier=20 "$capture" >"$work/tcpreplay.log" 2>&1 ||
  fail "tcpreplay" "$work/tcpreplay.log"

start=$(date +%s%N)
kill -TERM "$fenceline_pid"
status=0
wait "$fenceline_pid" || status=$?
took=$((($(date +%s%N) - start) / 1000000))
[ "$status" -eq 0 ] || fail "fenceline ended with $status" "$work/err"
sent_after=$(ip netns exec "$sensor" cat /sys/class/net/mon0/statistics/tx_packets)
[ "$sent_before" = "$sent_after" ] || fail "frames were sent on the capture interface"
# tcpdump leaves what the kernel still holds: wait until its file is as long as the original, frame for frame
has_all() { [ "$(stat -c %s "$work/witness.pcap")" -ge "$(stat -c %s "$capture")" ]; }
await 10 "tcpdump has written every frame" has_all
kill -INT "$tcpdump_pid"
wait "$tcpdump_pid" || fail "tcpdump" "$work/tcpdump.err"
pids=()

"$fenceline" run -r "$work/witness.pcap" -c "$policy" -o "$work/witness" --sensor live --json >"$work/witness.json" 2>"$work/err"
"$fenceline" run -r "$capture" -c "$policy" --json >"$work/original.json" 2>"$work/err"
python3 - "$work" "$took" <<'PY'
import json, pathlib, sys
work, took = pathlib.Path(sys.argv[1]), int(sys.argv[2])
live, witness, original = (json.loads((work / f"{n}.json").read_text()) for n in ("live", "witness", "original"))
faults = []

def without_time(rows):
    return sorted(json.dumps({k: v for k, v in r.items() if k not in ("first", "last")}, sort_keys=True) for r in rows)

for part in ("matrix", "crossings", "others"):
    if without_time(live[part]) != without_time(witness[part]):
        a, b = set(without_time(live[part])), set(without_time(witness[part]))
        faults.append(f"{part}: live only {sorted(a - b)[:3]}, offline only {sorted(b - a)[:3]}")

def talk(summary):
    return sorted((c["from"].get("zone", ""), c["to"].get("zone", ""), sum(c["flows"].values()), sum(c["operations"].values()))
                  for c in summary["matrix"])

if talk(live) != talk(original):
    faults.append(f"zones that talked differ from the original: {sorted(set(talk(live)) ^ set(talk(original)))[:6]}")
frames = original["coverage"]["frames"]
for key in ("kernel_dropped", "interface_dropped", "findings_lost"):
    if live["coverage"][key]:
        faults.append(f"{key}: {live['coverage'][key]}")
if live["coverage"]["frames"] != frames:
    faults.append(f"{live['coverage']['frames']} of {frames} frames seen")
covered = {}
for segment in sorted((work / "live").glob("*/*.ndjson")):
    for line in segment.read_text().splitlines():
        r = json.loads(line)
        if r["event"]["action"] == "sensor.coverage":
            covered[segment.parent.name] = covered.get(segment.parent.name, 0) + r["fenceline"]["coverage"]["counters"]["frames"]
if not covered or any(n != frames for n in covered.values()):
    faults.append(f"coverage on record: {covered}, wanted {frames} in each log")
if took > 3000:
    faults.append(f"took {took} ms to stop")
for f in faults:
    print("FAILED:", f)
print(f"live: {live['coverage']['frames']} frames, {live['flows']} flows, {live['operations']} operations, "
      f"{live['violations']} violations; stopped in {took} ms; {len(faults)} faults")
sys.exit(1 if faults else 0)
PY
