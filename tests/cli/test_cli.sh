#!/usr/bin/env bash
# The command line as a person or a script meets it: exit statuses exactly, what is said and on which stream.
#
# usage: test_cli.sh FENCELINE SOURCE_ROOT
set -uo pipefail
fenceline=$(readlink -f "$1") root=$(readlink -f "$2")
capture=$root/pcaps/plant-pair.pcap policy=$root/zones/examples/plant-pair.yaml
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$work"' EXIT
cd "$work" || exit 1
cases=0 failed=0

fail() { echo "FAILED: $*"; head -c 1500 out err; failed=$((failed + 1)); }

# run STATUS ARGUMENT... : runs fenceline, output to ./out and ./err
run() {
  local want=$1 got
  shift
  cases=$((cases + 1)) last="fenceline $*"
  "$fenceline" "$@" >out 2>err
  got=$?
  [ "$got" -eq "$want" ] || fail "$last: exit status $got, not $want"
}
says() { grep -qF -- "$1" err || fail "$last: does not say: $1"; }          # on standard error
prints() { grep -qF -- "$1" out || fail "$last: does not print: $1"; }      # on standard output
silent() { [ ! -s "$1" ] || fail "$last: standard ${1} is not empty"; }
json() { python3 -c "import json, sys; d = json.load(open('out')); assert $1, d" || fail "$last: JSON: not $1"; }

# --- help and version ---
run 0 --help;      prints "usage: fenceline COMMAND"; silent err
run 0 -h;          prints "usage: fenceline COMMAND"
run 0 help;        prints "usage: fenceline COMMAND"
run 0 --version;   grep -qE '^fenceline [0-9]+\.[0-9]+\.[0-9]+$' out || fail "$last: no version"
run 2;             says "usage: fenceline COMMAND"; silent out
for command in run check dissect; do
  run 0 "$command" --help; prints "usage: fenceline $command"; silent err
  run 0 "$command" -h;     prints "usage: fenceline $command"
done

# --- commands and options that there are not ---
run 2 rnu;                       says 'unknown command "rnu"; did you mean "run"?'
run 2 xyzzy;                     says 'unknown command "xyzzy"'; says "usage: fenceline COMMAND"
run 2 run --polcy=x;             says "unknown option --polcy; did you mean --policy?"
run 2 run --xyzzy=x;             says "unknown option --xyzzy; see fenceline run --help"
run 2 run -Z;                    says "unknown option -Z; see fenceline run --help"
run 2 run -B x;                  says "unknown option -B" # an inner name of --brokers, not to be typed
run 2 check --quite "$policy";   says "did you mean --quiet?"
run 2 dissect -c "$policy";      says "unknown option -c; see fenceline dissect --help"
run 2 check -qq "$policy";       says "-q takes no value; write the options one by one"
run 2 check --quiet=yes;         says "-q takes no value"

# --- values ---
run 2 run -r -c "$policy";       says '-r wants a file; "-c" is an option (write ./-c for a file of that name)'
run 2 run -r --policy "$policy"; says '-r wants a file; "--policy" is an option'
run 2 run -i -c "$policy";       says '-i wants an interface; "-c" is an option (write --interface=-c if you mean it)'
run 2 run -r "$capture" -c;      says "-c wants a policy"
run 2 run --brokers;             says "--brokers wants HOST:PORT"
run 2 dissect -r;                says "-r wants a file"
run 2 run -r "$capture" -c "$policy" -c "$policy"; says "-c is given twice"
run 2 run -r "$capture" -c "$policy" -o a --output=b; says "-o is given twice"
run 2 dissect -f arp -f ip -r "$capture"; says "-f is given twice"
run 0 run -q -q -r "$capture" -c "$policy"
cp "$capture" ./-c
run 0 dissect -r ./-c
run 0 dissect --read=-c

# --- what a run needs ---
run 2 run;                                says "give -r FILE or -i INTERFACE"
run 2 run -r "$capture";                  says "which policy? give -c POLICY"; silent out
run 2 run -i lo -r "$capture" -c "$policy"; says "-r and -i do not go together"
run 2 run -r "$capture" -c "$policy" --brokers h:1; says "--brokers needs -o DIR"
run 2 run -r "$capture" -c "$policy" --sensor "a b"; says "--sensor wants letters"
run 2 run -r "$capture" -c "$policy" --buffer 0; says '--buffer wants MiB from 1 to 2047, not "0"'
run 2 run -r "$capture" -c "$policy" stray; says '"stray": files follow -r, interfaces follow -i'
run 2 check;                              says "which policy?"
run 2 check "$policy" "$policy";          says "one policy at a time"
run 2 dissect;                            says "which capture?"

# --- where evidence goes ---
run 2 run -r "$capture" -c "$policy" -o "";      says "-o wants a directory"
run 2 run -r "$capture" -c "$policy" -o a/b/c;   says "-o a/b/c: there is no directory a/b; make it first"
run 2 run -r "$capture" -c "$policy" -o a//b/;   says "-o a//b/: there is no directory a; make it first"
touch file
run 2 run -r "$capture" -c "$policy" -o file/x;  says "there is no directory file"
[ ! -e a ] || fail "a directory was made"
run 0 run -r "$capture" -c "$policy" -o logs/;   [ -d logs/unscoped ] || fail "$last: no log"

# --- captures ---
run 2 run -r absent.pcap -c "$policy";    says "absent.pcap cannot be opened: No such file or directory; check the path"
run 2 run -r "$work" -c "$policy";        says "cannot be opened: Is a directory; give a capture file"
: >empty.pcap
run 2 run -r empty.pcap -c "$policy";     says "empty.pcap is empty"
run 2 run -r "$policy" -c "$policy";      says "give a capture in pcap or pcapng format"
run 2 run -r - - -c "$policy";            says "standard input (-) is given 2 times"
run 2 dissect -r absent.pcap;             says "absent.pcap cannot be opened"
run 2 dissect -r "$work";                 says "Is a directory"
run 2 run -r "$capture" -c "$policy" -f "not a filter"; says 'the filter "not a filter" does not work on'
run 2 dissect -r "$capture" -f "tcp port"; says 'the filter "tcp port" does not work on'
run 2 run -i no-such-if0 -c "$policy";    says "no-such-if0"

run 0 run -r "$capture" -c "$policy" --json; cp out once.json
json 'd["flows"] > 0 and d["violations"] > 0 and d["coverage"]["frames"] > 0 and "filter" not in d["coverage"]'
run 0 run -r "$capture" -c "$policy" -f "vlan and tcp" --json
json 'd["coverage"]["filter"] == "vlan and tcp" and d["coverage"]["frames"] > 0 and set(d["coverage"]["outcomes"]) == {"tcp"}'
run 0 run -r "$capture" -c "$policy" -f "vlan and tcp"
prints 'only frames that pass the filter "vlan and tcp" were looked at'
! grep -q "nothing was dropped" out || fail "$last: says that nothing was left out"
cp "$capture" second.pcap
run 0 run -r "$capture" second.pcap -c "$policy" --json; cp out twice.json
python3 - <<'P' || fail "two files: not each frame of both"
import json
once, twice = (json.load(open(f))["coverage"] for f in ("once.json", "twice.json"))
assert twice["frames"] == 2 * once["frames"] and twice["from"] == once["from"] and twice["to"] == once["to"]
assert [i["name"] for i in twice["interfaces"]] == ["plant-pair.pcap", "second.pcap"], twice["interfaces"]
assert all(i["frames"] == once["frames"] for i in twice["interfaces"])
P
run 0 run -r "$capture" -r second.pcap -c "$policy"; prints "plant-pair.pcap: "; prints "second.pcap: "
run 0 run -r "$capture" -c "$policy"; cp out plain
! grep -q "$(printf '\033')" plain || fail "$last: colour codes in a file"
cat "$capture" | "$fenceline" run -r - -c "$policy" --json >out 2>err || fail "run -r - from a pipe"
python3 - <<'P' || fail "a pipe is not read as the file is"
import json
file, pipe = (json.load(open(f)) for f in ("once.json", "out"))
assert pipe["coverage"].pop("interfaces")[0]["name"] == "stdin" and file["coverage"].pop("interfaces")
assert file == pipe
P

# --- policies ---
cat >bad.yaml <<'P'
version: 1
organization: x
plants: [{ id: p }]
zones:
  - { id: a, plant: q, members: [10.0.0.0/8] }
  - { id: b, plant: p, members: [10.0.0.300] }
conduits:
  - { id: c, from: a, to: z, allow: [{ protocol: modbus }] }
P
for command in "check" "run -r $capture -c"; do
  run 2 $command bad.yaml; silent out
  for line in 5 6 8; do says "bad.yaml:$line:"; done
  grep -qE '^bad.yaml: [0-9]+ errors; the policy is not used$' err || fail "$last: no count of errors"
done
run 2 check absent.yaml; says "absent.yaml"; silent out
run 2 check "$work";     silent out
run 0 check "$policy";   [ -s out ] || fail "$last: no summary"
run 0 check -q "$policy"; silent out
run 0 check --quiet "$policy"; silent out
run 2 check -q bad.yaml; says "bad.yaml:5:"

# --- output that cannot be written, or that nobody wants to the end ---
full() {
  cases=$((cases + 1)) last="fenceline $* >/dev/full"
  "$fenceline" "$@" >/dev/full 2>err
  local got=$?
  : >out
  [ "$got" -eq 1 ] || fail "$last: exit status $got, not 1"
  says "standard output: "
}
if [ -c /dev/full ]; then
  full --help
  full --version
  full run --help
  full check -h
  full dissect --help
  full check "$policy"
  full dissect -r "$capture"
  full run -r "$capture" -c "$policy"
  full run -r "$capture" -c "$policy" --json
fi
run 0 dissect -r "$capture"; silent err; lines=$(wc -l <out)
python3 -c 'import json; [json.loads(l) for l in open("out")]' || fail "dissect: not JSON lines"
[ "$lines" -gt 100 ] || fail "dissect: $lines lines only"
"$fenceline" dissect -r "$capture" 2>err | head -1 >out
status=${PIPESTATUS[0]}
[ "$status" -eq 141 ] || [ "$status" -eq 0 ] || [ "$status" -eq 1 ] || fail "dissect | head: exit status $status"
[ "$(wc -l <out)" -eq 1 ] || fail "dissect | head: not one line"
! grep -q "Sanitizer" err || fail "dissect | head: a crash"

# --- a pipe that falls silent ---
mkfifo pipe
await() { # command...: until it succeeds, 20 s at most
  local turns=0
  until "$@" 2>/dev/null; do
    [ $((turns += 1)) -le 400 ] || return 1
    sleep 0.05
  done
}
has_opened() { readlink "/proc/$1"/fd/* | grep -q '/pipe$'; }
holds_back_signals() { grep -q '^SigBlk:.*4...$' "/proc/$1/status"; } # SIGTERM; done once the captures are open
has_ended() { ! kill -0 "$1"; }
# ends WHAT STATUS: SIGTERM ends a run that waits for ./pipe
ends() {
  local pid status
  cases=$((cases + 1)) last="fenceline run -r pipe, SIGTERM after $1"
  "$fenceline" run -r pipe -c "$policy" --json >out 2>err &
  pid=$!
  exec 8<>pipe # a writer, so that opening it does not wait
  await has_opened $pid || fail "$last: the pipe is not opened"
  if [ "$1" = "a header" ]; then
    head -c 4096 "$capture" >&8
    await holds_back_signals $pid || fail "$last: it does not begin"
  fi
  kill -TERM $pid
  await has_ended $pid || { fail "$last: goes on"; kill -KILL $pid; }
  wait $pid
  status=$?
  exec 8>&-
  [ "$status" -eq "$2" ] || fail "$last: exit status $status, not $2"
}
ends "nothing" 143 # nothing is open yet: the signal ends the process
ends "a header" 0
json '"flows" in d' # it may have come before the first frame

echo "$cases cases, $failed failed"
[ "$failed" -eq 0 ]
