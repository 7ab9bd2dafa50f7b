#!/usr/bin/env bash
# Runs fenceline over every capture of a collection with a catch-all policy: none may end in an error, a sanitizer
# report, or records that break the schema, and every frame must be in exactly one counter.
#
# usage: run_all.sh FENCELINE SOURCE_ROOT. The collection is $FENCELINE_SHARED/pcaps, by default ../shared/pcaps beside
# the source; where there is none the test is skipped (exit 77).
set -euo pipefail
fenceline=$(readlink -f "$1") root=$(readlink -f "$2")
shared=${FENCELINE_SHARED:-$root/../shared}
if [ ! -d "$shared/pcaps" ]; then
  echo "skipped: no capture collection at $shared/pcaps (set FENCELINE_SHARED)"
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
policy=$root/zones/examples/catch-all.yaml

one() { # capture: prints a line if anything is wrong
  local capture=$1 out status=0
  out=$(mktemp -d "$work/XXXXXX")
  timeout 300 "$fenceline" run -r "$capture" -c "$policy" -o "$out/log" --json >"$out/summary.json" 2>"$out/err" || status=$?
  if [ "$status" -ne 0 ] || [ -s "$out/err" ]; then
    echo "WRONG $capture: exit $status: $(head -c 600 "$out/err")"
  elif ! python3 - "$out/summary.json" <<'PY'
import json, sys
c = json.load(open(sys.argv[1]))["coverage"]
sys.exit(c["frames"] != sum(c["outcomes"].values()) or c["frames"] == 0)
PY
  then
    echo "WRONG $capture: frames and outcomes do not add up"
  elif ! find "$out/log" -name '*.ndjson' -size +0 -print0 | sort -z | xargs -0 -n 1 python3 "$root/tests/schema/validate.py" >"$out/valid" 2>&1; then
    echo "WRONG $capture: $(head -c 600 "$out/valid")"
  else
    echo "ok $capture"
  fi
  rm -rf "$out"
}
export -f one
export fenceline policy root work

find "$shared/pcaps" -type f \( -name '*.pcap' -o -name '*.pcapng' \) | sort >"$work/list"
xargs -P 2 -d '\n' -n 1 bash -c 'one "$1"' _ <"$work/list" >"$work/result"
grep '^WRONG' "$work/result" || true
echo "$(grep -c '^ok' "$work/result") of $(wc -l <"$work/list") captures without an error"
! grep -q '^WRONG' "$work/result"
