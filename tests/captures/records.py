"""Records of protocol units: what is compared of them, by protocol, and how two readings of one capture are matched.

A reading is a list of JSON objects, one per unit, flat. Two readings are matched per protocol, connection and sender:
first units with equal identity in the same frame, then units with equal identity in the order they came, then what is
left over in the same frame. What is still left is missing (only the oracle has it) or extra (only fenceline has it);
of each pair every field is compared. All steps are linear in the number of records.

A further protocol is a row in PROTOCOLS.
"""
import collections
import dataclasses
import gzip
import json


@dataclasses.dataclass(frozen=True)
class Protocol:
    identity: tuple  # a unit is known by these
    fields: tuple    # compared beside them


PROTOCOLS = {
    "modbus": Protocol(
        identity=("tid", "unit", "fc", "exception", "len"),
        fields=("protid", "dir", "exception_code", "ref", "word_count", "bit_count", "byte_count", "read_ref", "read_count",
                "write_ref", "write_count", "and_mask", "or_mask", "diag", "mei", "object_id", "read_device_id", "ref_type",
                "data_len", "req_frame")),
    "enip": Protocol(
        identity=("cmd", "len", "session", "status", "context", "options"),
        fields=("dir", "cpf", "req_frame", "identity")),
    "cip": Protocol(
        identity=("level", "container", "index", "svc", "resp", "status"),
        fields=("class", "instance", "symbol", "add_status", "path", "attribute", "connpoint", "path_from_request", "via", "cm", "pccc")),
    "cipio": Protocol(
        identity=("connid", "encap_seq", "data_len"),
        fields=("cpf",)),
    "cotp": Protocol(
        identity=("type", "src_ref", "dst_ref"),
        fields=("li", "cls", "cause", "tpdu_size", "src_tsap", "dst_tsap")),
    "cotp-tls": Protocol(identity=("content_type",), fields=()),
    "s7comm": Protocol(
        identity=("rosctr", "pdu_ref", "par_len", "dat_len", "func"),
        fields=("red_id", "err_class", "err_code", "ud_type", "ud_group", "ud_subfunc", "ud_seq", "ud_unitref", "ud_last",
                "ud_error", "item_count", "pdu_length", "pi_service", "filename", "block_type", "block_num", "dest_fs",
                "upload_id", "func_status", "szl_id", "szl_index", "items", "return_codes", "dir")),
    "s7plus": Protocol(
        identity=("version", "len", "kind", "opcode", "func", "seq"),
        fields=("digest_len", "session", "last")),
}
CONNECTION = ("proto", "l4", "src", "sport", "dst", "dport")
PLACE = ("frame", "idx", "ts", "vlan", "encap")
HEADER = ("protid",)  # all that a record marked malformed is trusted for beside its identity


@dataclasses.dataclass
class Difference:
    what: str        # "missing", "extra", or the field
    theirs: object   # values of the field, or the records where one is missing or extra
    ours: object
    their: dict      # the records; {} where there is none
    our: dict
    capture: str = ""

    def __str__(self):
        r = self.their or self.our
        place = f"{r['proto']} frame {r.get('frame', '?')} {r['src']}:{r['sport']} > {r['dst']}:{r['dport']}"
        if self.what in ("missing", "extra"):
            return f"{self.what}: {place}: {json.dumps({k: v for k, v in r.items() if k not in CONNECTION})[:300]}"
        names = " ".join(f"{k}={r.get(k)}" for k in PROTOCOLS[r["proto"]].identity)
        return f"{self.what}: {place} {names}: oracle {self.theirs}, fenceline {self.ours}"


@dataclasses.dataclass
class Comparison:
    theirs: int = 0
    ours: int = 0
    matched: int = 0    # pairs
    differing: int = 0  # of these, with a difference in some field
    differences: list = dataclasses.field(default_factory=list)


def read(path):
    """The oracle's records: those of protocols that are compared, and not what an ICMP error quotes."""
    opener = gzip.open if str(path).endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    return [r for r in records if r["proto"] in PROTOCOLS and not r.get("in_icmp")]


def pair(theirs, ours, key):
    """Matches records with equal keys, the n-th with the n-th. Gives the pairs and what is left of both, in order."""
    waiting = collections.defaultdict(collections.deque)
    for r in ours:
        waiting[key(r)].append(r)
    pairs, left = [], []
    for r in theirs:
        queue = waiting.get(key(r))
        if queue:
            pairs.append((r, queue.popleft()))
        else:
            left.append(r)
    taken = {id(o) for _, o in pairs}
    return pairs, left, [r for r in ours if id(r) not in taken]


def match(proto, theirs, ours):
    """Pairs, and what only one side has, of one sender of one connection."""
    def identity(r):
        return tuple(r.get(f) for f in PROTOCOLS[proto].identity)

    pairs, theirs, ours = pair(theirs, ours, lambda r: (r.get("frame"), identity(r)))
    more, theirs, ours = pair(theirs, ours, identity)
    rest, theirs, ours = pair(theirs, ours, lambda r: r.get("frame", id(r)))
    return pairs + more + rest, theirs, ours


class Streams:
    """Numbers of connections, which mean nothing but same or different."""

    def __init__(self):
        self.there, self.back = {}, {}

    def agree(self, t, o):
        return self.there.setdefault(t, o) == o and self.back.setdefault(o, t) == t


def compare_pair(proto, t, o, streams):
    p = PROTOCOLS[proto]
    names = p.identity + (HEADER if t.get("malformed") else p.fields)
    if "frame" in t:  # else it was taken from another capture, of the same units
        names += PLACE
        if not streams.agree(t["stream"], o["stream"]):
            yield Difference("stream", t["stream"], o["stream"], t, o)
    for f in names:
        if f == "req_frame" and "frame" not in t:
            continue
        if t.get(f) != o.get(f):
            yield Difference(f, t.get(f), o.get(f), t, o)


def compare(theirs, ours):
    """Compares two readings; gives {protocol: Comparison}."""
    result = {proto: Comparison() for proto in PROTOCOLS}
    groups = collections.defaultdict(lambda: ([], []))
    for side, records in enumerate((theirs, ours)):
        for r in records:
            groups[tuple(r[f] for f in CONNECTION)][side].append(r)
    streams = collections.defaultdict(Streams)
    for key, (left, right) in groups.items():
        c = result[key[0]]
        c.theirs += len(left)
        c.ours += len(right)
        pairs, missing, extra = match(key[0], left, right)
        c.matched += len(pairs)
        for t, o in pairs:
            found = list(compare_pair(key[0], t, o, streams[key[:2]]))
            c.differing += bool(found)
            c.differences += found
        c.differences += [Difference("missing", r, None, r, {}) for r in missing]
        c.differences += [Difference("extra", None, r, {}, r) for r in extra]
    return result
