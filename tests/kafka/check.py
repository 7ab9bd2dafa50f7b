#!/usr/bin/env python3
"""What test_kafka.sh asks of records, beyond what cmp can tell.

    check.py topics                    kcat -L -J on stdin: print every fenceline.evidence.* topic, sorted
    check.py scope LOG TOPIC           every record in the file TOPIC belongs to scope LOG
    check.py sequence LOGFILE          event.sequence is there and strictly increases
    check.py once-or-more LOGFILE TOPIC
                                       TOPIC is LOGFILE in order, but for exact repeats

Files hold one record a line, byte for byte. Exit status 0 when it holds; else 1 and a line that says why.
"""

import json
import sys

PREFIX = "fenceline.evidence."
SCOPE = "fenceline.scope.id"  # names the scope of a record; absent in the log `unscoped`
SEQUENCE = "event.sequence"  # the record's index in its log
UNSCOPED = "unscoped"


def field(record, path):
    """`a.b.c` of a record, whether ECS names are nested or dotted or partly both; None if absent."""
    if path in record:
        return record[path]
    parts = path.split(".")
    for i in range(len(parts) - 1, 0, -1):
        inner = record.get(".".join(parts[:i]))
        if isinstance(inner, dict):
            found = field(inner, ".".join(parts[i:]))
            if found is not None:
                return found
    return None


def lines(path):
    with open(path, "rb") as f:
        return f.read().split(b"\n")[:-1]


def fail(text):
    print(f"check: {text}", file=sys.stderr)
    sys.exit(1)


def record(line, where):
    try:
        value = json.loads(line)
    except ValueError as e:
        fail(f"{where}: not JSON: {e}: {line[:120]!r}")
    if not isinstance(value, dict):
        fail(f"{where}: not an object: {line[:120]!r}")
    return value


def topics():
    names = {t["topic"] for t in json.load(sys.stdin)["topics"]}
    for name in sorted(n for n in names if n.startswith(PREFIX)):
        print(name)


def scope(log, path):
    want = None if log == UNSCOPED else log
    for n, line in enumerate(lines(path), 1):
        got = field(record(line, f"{path}:{n}"), SCOPE)
        if got != want:
            fail(f"{path}:{n}: {SCOPE} is {got!r} in the topic of {log!r}: {line[:200]!r}")


def sequence(path):
    last = None
    for n, line in enumerate(lines(path), 1):
        got = field(record(line, f"{path}:{n}"), SEQUENCE)
        if not isinstance(got, int):
            fail(f"{path}:{n}: {SEQUENCE} is {got!r}")
        if last is not None and got <= last:
            fail(f"{path}:{n}: {SEQUENCE} {got} after {last}")
        last = got


def once_or_more(log, topic):
    first, kept, repeats = {}, [], 0
    for n, line in enumerate(lines(topic), 1):
        index = field(record(line, f"{topic}:{n}"), SEQUENCE)
        if index not in first:
            first[index] = line
            kept.append(line)
        elif first[index] == line:
            repeats += 1
        else:
            fail(f"{topic}:{n}: {SEQUENCE} {index} comes back as another record")
    want = lines(log)
    for n, (a, b) in enumerate(zip(want, kept), 1):
        if a != b:
            fail(f"record {n} differs:\n  log   {a[:300]!r}\n  topic {b[:300]!r}")
    if len(want) != len(kept):
        fail(f"{len(want)} records in the log, {len(kept)} different ones in the topic")
    print(repeats)


if __name__ == "__main__":
    verbs = {"topics": (topics, 0), "scope": (scope, 2), "sequence": (sequence, 1),
             "once-or-more": (once_or_more, 2)}
    call, arity = verbs.get(sys.argv[1] if len(sys.argv) > 1 else "", (None, 0))
    if call is None or len(sys.argv) != 2 + arity:
        sys.exit(__doc__)
    call(*sys.argv[2:])
