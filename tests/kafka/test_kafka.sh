#!/usr/bin/env bash
# test_kafka.sh FENCELINE SOURCE_ROOT - does the evidence log reach a real Kafka, whole, once, unmixed?
#
# The broker is Apache Kafka itself (./broker), the reader is kcat, so nothing of ours checks itself.
# For every log directory DIR/<log> that a run leaves, the topic fenceline.evidence.<log> must hold exactly
# its lines, in order, under one key. Then the ways in which shipping goes wrong:
#
#   fresh     one run into an empty directory
#   again     a second run continues the same logs: nothing repeated, nothing lost
#   down      no broker: the run ends by itself with its log whole; a later run ships everything once
#   lost ack  the broker stores a batch, its answer is lost: the retry must not store it twice
#   crash     SIGKILL with one batch stored and not yet acknowledged, and with some batches shipped and
#             others not: repeats are allowed, and nothing else is
#   outage    the broker is killed under a running sensor and comes back
#
# Exit status 0 passed, 1 failed, 77 skipped (a tool is missing). FENCELINE_KEEP=1 keeps the work directory;
# a failure always does, and says where.
set -u
export LC_ALL=C

[ $# -eq 2 ] || { echo "usage: test_kafka.sh FENCELINE SOURCE_ROOT" >&2; exit 2; }
fenceline=$1
root=$2
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1
readonly here fenceline root
readonly pcap=$root/pcaps/plant-pair.pcap
readonly policy=$root/zones/examples/plant-pair.yaml
readonly prefix=fenceline.evidence.
readonly run_s=60  # a run over a small capture, broker at hand
readonly down_s=120 # the same with no broker: it may try for a while, but must give up

work=$(mktemp -d "${TMPDIR:-/tmp}/fenceline-kafka.XXXXXX") || exit 1
readonly work
broker=''    # directory of the broker that runs now
children=()  # pids to end on the way out
phase=setup
checks=0
records=0

finish() {
    local rc=$? pid
    trap '' INT TERM EXIT
    for pid in ${children[@]+"${children[@]}"}; do
        kill -KILL "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
    done
    if [ -n "$broker" ]; then "$here/broker" stop "$broker" 9>&- >/dev/null 2>&1; fi
    if { [ "$rc" -eq 0 ] || [ "$rc" -eq 77 ]; } && [ "${FENCELINE_KEEP:-0}" != 1 ]; then
        rm -rf -- "$work"
    else
        printf 'kafka: everything of this run is in %s\n' "$work" >&2
    fi
    exit "$rc"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

fail() {
    printf 'kafka: %s: %s\n' "$phase" "$*" >&2
    printf 'kafka: FAILED in phase "%s" after %d checks\n' "$phase" "$checks"
    exit 1
}
ok() { checks=$((checks + 1)); }
say() { printf '== %s\n' "$*" >&2; }

# --- fenceline ------------------------------------------------------------------------------------

# bounded SECONDS PID - wait for a child, at most so long; its status, or 124 after killing it
bounded() {
    local end=$((SECONDS + $1))
    while kill -0 "$2" 2>/dev/null; do
        if [ $SECONDS -ge $end ]; then
            kill -KILL "$2" 2>/dev/null
            wait "$2" 2>/dev/null
            return 124
        fi
        sleep 0.05
    done
    wait "$2"
}

launch() { # launch OUTDIR BROKERS - fenceline in the background; its pid in $sensor, its words in OUTDIR.err
    "$fenceline" run -r "$pcap" -c "$policy" -o "$1" --brokers "$2" >>"$1.out" 2>"$1.err" </dev/null &
    sensor=$!
    children+=("$sensor")
}

run() { # run OUTDIR BROKERS SECONDS - to its end; must succeed
    local rc
    launch "$1" "$2"
    bounded "$3" "$sensor"
    rc=$?
    [ $rc -eq 124 ] && { tail -n 20 "$1.err" >&2; fail "fenceline did not end within $3 s"; }
    [ $rc -eq 0 ] || { tail -n 20 "$1.err" >&2; fail "fenceline ended with status $rc"; }
    ok
}

# --- logs and topics ------------------------------------------------------------------------------

logs_of() { # logs_of OUTDIR - the names of its logs, sorted
    local d
    for d in "$1"/*/; do
        compgen -G "$d*.ndjson*" >/dev/null && basename -- "$d"
    done
}

# log_text OUTDIR LOG - its segments in order of name; a sealed one may be compressed
log_text() {
    local f
    for f in "$1/$2"/*.ndjson "$1/$2"/*.ndjson.zst; do
        [ -f "$f" ] && printf '%s\t%s\n' "$(basename -- "${f%.zst}")" "$f"
    done | sort | cut -f2- | while IFS= read -r f; do
        case $f in
        *.zst) zstd -dcq -- "$f" || exit 1 ;;
        *) cat -- "$f" || exit 1 ;;
        esac
    done
}

consume() { # consume TOPIC FORMAT FILE - the whole topic, from its beginning to its present end
    timeout 60 kcat -C -b "$(cat "$broker/bootstrap")" -t "$1" -o beginning -e -q -f "$2" \
        -X fetch.wait.max.ms=20 \
        >"$3" 2>"$3.err" && [ ! -s "$3.err" ] && return
    cat -- "$3.err" >&2
    fail "kcat could not read topic $1"
}

# compare OUTDIR exact|repeats - every log of OUTDIR against its topic
compare() {
    local out=$1 mode=$2 log n total=0 key got repeats=0
    local -a logs=() want=()
    local c=$out.check
    rm -rf -- "$c"
    mkdir -p -- "$c"
    mapfile -t logs < <(logs_of "$out")
    [ ${#logs[@]} -gt 0 ] || fail "$out holds no log"
    for log in "${logs[@]}"; do
        log_text "$out" "$log" >"$c/$log.log" || fail "cannot read the log $log"
        [ -s "$c/$log.log" ] && want+=("$prefix$log")
    done
    [ ${#want[@]} -gt 0 ] || fail "every log in $out is empty"

    # Topics: those of the logs and no others. Without -t, so that asking creates none.
    timeout 30 kcat -L -J -b "$(cat "$broker/bootstrap")" >"$c/meta.json" 2>"$c/meta.err" ||
        fail "no metadata from the broker"
    "$here/check.py" topics <"$c/meta.json" >"$c/topics" || fail "cannot read the broker's metadata"
    printf '%s\n' "${want[@]}" | sort >"$c/topics.want"
    diff -u "$c/topics.want" "$c/topics" >&2 || fail "the topics (+) are not those of the logs (-)"
    ok

    : >"$c/keys"
    for log in "${logs[@]}"; do
        [ -s "$c/$log.log" ] || continue
        n=$(wc -l <"$c/$log.log")
        total=$((total + n))
        "$here/check.py" sequence "$c/$log.log" || fail "log $log: event.sequence"
        consume "$prefix$log" '%s\n' "$c/$log.topic"
        if [ "$mode" = exact ]; then
            cmp -- "$c/$log.log" "$c/$log.topic" >&2 ||
                fail "topic $prefix$log ($(wc -l <"$c/$log.topic") records) is not the log ($n)"
        else
            got=$("$here/check.py" once-or-more "$c/$log.log" "$c/$log.topic") ||
                fail "topic $prefix$log is not the log, even with repeats dropped"
            repeats=$((repeats + got))
        fi
        ok
        "$here/check.py" scope "$log" "$c/$log.topic" || fail "topic $prefix$log holds another scope's record"
        ok
        # The key is the log's origin: one, not empty, and of no other log.
        consume "$prefix$log" '%k\n' "$c/$log.keys"
        [ "$(sort -u "$c/$log.keys" | wc -l)" -eq 1 ] ||
            { sort "$c/$log.keys" | uniq -c | head >&2; fail "topic $prefix$log has not exactly one key"; }
        key=$(head -n 1 "$c/$log.keys")
        [ -n "$key" ] || fail "topic $prefix$log has an empty key"
        if [ -f "$out/$log/checkpoint" ]; then
            [ "$key" = "$(head -n 1 "$out/$log/checkpoint")" ] ||
                fail "the key '$key' is not the origin in $out/$log/checkpoint"
        fi
        printf '%s\n' "$key" >>"$c/keys"
        ok
    done
    [ -z "$(sort "$c/keys" | uniq -d)" ] || fail "two logs share a key: $(sort "$c/keys" | uniq -d)"
    [ -z "$(sort "$c"/*.log | uniq -d)" ] || fail "a record is in two logs, or twice in one"
    ok
    records=$total
    say "$phase: ${#want[@]} topics, $total records$([ "$mode" = exact ] || echo ", $repeats repeats") as in the log"
}

broker_new() { # broker_new NAME - stop the last broker, start an empty one
    local rc
    [ -n "$broker" ] && "$here/broker" stop "$broker"
    broker=$work/$1
    "$here/broker" start "$broker" >/dev/null
    rc=$?
    [ $rc -eq 77 ] && { broker=''; echo "kafka: SKIPPED, no broker to be had"; exit 77; }
    [ $rc -eq 0 ] || fail "the broker did not start"
}

proxy_start() { # proxy_start MODE N - the proxy in front of the broker; its marks in $marks
    local end=$((SECONDS + 10))
    marks=$work/proxy.$1.$2
    mkdir -p -- "$marks"
    python3 "$here/proxy.py" "$(cat "$broker/proxied")" "$(cat "$broker/upstream")" "$marks" "$1" "$2" \
        2>"$marks/err" &
    proxy=$!
    children+=("$proxy")
    until [ -e "$marks/ready" ]; do
        kill -0 "$proxy" 2>/dev/null && [ $SECONDS -lt $end ] || { cat "$marks/err" >&2; fail "no proxy"; }
        sleep 0.05
    done
}

proxy_stop() { kill -TERM "$proxy" 2>/dev/null; wait "$proxy" 2>/dev/null; }

# --- the test -------------------------------------------------------------------------------------

skip() { echo "kafka: SKIPPED, $*"; [ "${FENCELINE_REQUIRE_KAFKA:-0}" = 1 ] && exit 1; exit 77; }
command -v kcat >/dev/null 2>&1 || skip "'kcat' is missing: apt-get install kcat"
command -v python3 >/dev/null 2>&1 || skip "'python3' is missing: apt-get install python3"
for f in "$pcap" "$policy"; do [ -f "$f" ] || fail "no $f"; done
[ -x "$fenceline" ] || fail "no program at $fenceline"

phase=fresh
broker_new broker-a
a=$work/a
run "$a" "$(cat "$broker/bootstrap")" $run_s
compare "$a" exact
once=$records
cp -r -- "$a.check" "$a.check.first"

phase=again
run "$a" "$(cat "$broker/bootstrap")" $run_s
compare "$a" exact
[ "$records" -gt "$once" ] || fail "the second run added nothing to the log ($once, then $records records)"
for f in "$a.check.first"/*.log; do
    cmp -s -n "$(wc -c <"$f")" -- "$f" "$a.check/$(basename -- "$f")" ||
        fail "the second run rewrote $(basename -- "$f" .log)"
done
diff -q "$a.check.first/keys" "$a.check/keys" >/dev/null || fail "the second run changed a key"
ok

phase=down
broker_new broker-b
"$here/broker" stop "$broker" || fail "the broker did not stop"
b=$work/b
address=$(cat "$broker/bootstrap")
began=$SECONDS
launch "$b" "$address"
bounded $down_s "$sensor"
rc=$?
[ $rc -eq 124 ] && { tail -n 20 "$b.err" >&2; fail "without a broker fenceline did not end within $down_s s"; }
[ $rc -ge 128 ] && { tail -n 20 "$b.err" >&2; fail "without a broker fenceline died of signal $((rc - 128))"; }
grep -Fq -- "$address" "$b.err" || grep -qiE 'kafka|broker' "$b.err" ||
    { tail -n 20 "$b.err" >&2; fail "without a broker fenceline said nothing of Kafka on standard error"; }
say "$phase: ended after $((SECONDS - began)) s with status $rc: $(grep -iE 'kafka|broker' "$b.err" | tail -n 1)"
n=0
for log in $(logs_of "$b"); do n=$((n + $(log_text "$b" "$log" | wc -l))); done
[ "$n" -ge "$once" ] || fail "the log has $n records without a broker, $once with one"
ok
"$here/broker" restart "$broker" >/dev/null || fail "the broker did not come back"
run "$b" "$address" $run_s
compare "$b" exact
[ "$records" -gt "$n" ] || fail "the run after the outage added nothing to the log"

phase='lost ack'
broker_new broker-c
proxy_start cut-ack 1
c=$work/c
run "$c" "$(cat "$broker/proxied")" $run_s
[ -e "$marks/struck" ] || fail "fenceline sent no Produce request"
proxy_stop
compare "$c" exact

crash() { # crash MODE N OUTDIR - SIGKILL a run at its Nth Produce request, then run again, without the proxy
    local end=$((SECONDS + run_s))
    proxy_start "$1" "$2"
    launch "$3" "$(cat "$broker/proxied")"
    until [ -e "$marks/struck" ]; do
        kill -0 "$sensor" 2>/dev/null || { tail -n 20 "$3.err" >&2; fail "it ended before Produce request $2"; }
        [ $SECONDS -lt $end ] || fail "no Produce request $2 within $run_s s"
        sleep 0.02
    done
    kill -KILL "$sensor"
    wait "$sensor" 2>/dev/null
    [ $? -eq 137 ] || fail "it ended before it could be killed"
    proxy_stop
    run "$3" "$(cat "$broker/bootstrap")" $run_s
    compare "$3" repeats
}

phase='crash before an ack'
broker_new broker-d
crash hold-ack 1 "$work/d"

phase='crash half-way'
if [ "$(wc -l <"$a.check/topics")" -gt 1 ]; then
    broker_new broker-e
    crash hold-request 2 "$work/e"
else
    say "$phase: one topic, one batch: nothing to cut in half"
fi

# A frozen broker accepts connections (the kernel does) but answers nothing, so fenceline is certainly still
# at work when the broker is killed.
phase=outage
broker_new broker-f
f=$work/f
kill -STOP "$(cat "$broker/pid")"
launch "$f" "$(cat "$broker/bootstrap")"
sleep 1
"$here/broker" kill "$broker" || fail "the broker did not die"
"$here/broker" restart "$broker" >/dev/null || fail "the broker did not come back"
bounded $down_s "$sensor"
rc=$?
[ $rc -eq 124 ] && { tail -n 20 "$f.err" >&2; fail "fenceline did not end within $down_s s"; }
[ $rc -ge 128 ] && { tail -n 20 "$f.err" >&2; fail "fenceline died of signal $((rc - 128))"; }
run "$f" "$(cat "$broker/bootstrap")" $run_s
compare "$f" exact

printf 'kafka: passed, %d checks in %d s against Apache Kafka %s\n' "$checks" "$SECONDS" \
    "$(sed -n 's:.*<kafka.version>\(.*\)</kafka.version>.*:\1:p' "$here/pom.xml")"
