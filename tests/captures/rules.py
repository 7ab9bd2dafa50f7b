"""What differs between tshark's reading and fenceline's, and why: one predicate for each row of differences.tsv.

A rule sees a Difference (records.py): d.what, d.theirs, d.ours, and both records. It must say why fenceline is right by
the bytes or the standard, not only where: a rule that is wider than its reason would hide a fault.
"""

RULES = {}
RULED_BY_ROLE = {"dir", "ref", "word_count", "bit_count", "byte_count", "data_len", "req_frame"}


def rule(f):
    RULES[f.__name__.replace("_", "-")] = f
    return f


@rule
def other_port(d):
    """tshark looks for Modbus on port 502 only."""
    return d.what == "extra" and d.our["proto"] == "modbus" and 502 not in (d.our["sport"], d.our["dport"])


@rule
def exception_without_request(d):
    """tshark looks up the request of normal responses only."""
    return d.what == "req_frame" and d.theirs is None and d.our.get("exception") is True and d.our["dir"] == "response"


@rule
def server_id_length(d):
    """tshark shows the whole answer of function 17 as data, its byte count too."""
    if d.our.get("fc") != 17 or d.our.get("dir") != "response":
        return False
    if d.what == "byte_count":
        rest = d.our["len"] - 3
        return d.theirs is None and (d.ours == rest or "length" in d.our.get("flaws", ()))
    return d.what == "data_len" and d.theirs == (d.ours or 0) + 1


@rule
def mei_type_twice(d):
    """tshark's data of an MEI type that it does not know begins with the type itself."""
    return d.what == "data_len" and d.our.get("fc") == 43 and d.our.get("mei") not in (None, 14) and d.theirs == d.ours + 1


@rule
def broken_body(d):
    """tshark reads on where the function's layout has ended or the list broken off, or gives an empty value."""
    return d.what in ("data_len", "word_count", "ref_type", "object_id") and "length" in d.our.get("flaws", ())


@rule
def first_of_several_records(d):
    """tshark takes all that follows for the data of the first record."""
    return (d.what == "data_len" and d.our.get("fc") in (20, 21) and len(d.our.get("records", ())) > 1
            and d.theirs > d.ours == 2 * d.our["records"][0]["length"])


@rule
def nothing_behind_the_function(d):
    """tshark wants a byte behind some functions before it takes anything for a unit."""
    return d.what == "extra" and d.our["len"] == 2 and "length" in d.our.get("flaws", ())


@rule
def role_by_port(d):
    """tshark goes by which end has port 502: with neither or both it cannot tell, and a server that dials is the client."""
    asks = d.our.get("dir") == "request" and d.our.get("fc") in (1, 2, 3, 4) and d.our["len"] == 6 and "ref" in d.our
    answers = d.our.get("dir") == "response" and d.our.get("byte_count") == d.our["len"] - 3
    return bool(d.their) and d.their["dir"] != d.our["dir"] and d.what in RULED_BY_ROLE and (asks or answers)


@rule
def exception_asked(d):
    """A client has sent an exception; tshark takes that for a request that can be answered."""
    return d.what == "req_frame" and d.theirs and d.ours is None and d.our["dir"] == "response"


@rule
def reused_id(d):
    """Two requests wait with one transaction id: tshark takes the newest for each response."""
    return d.what == "req_frame" and d.theirs and d.ours and d.ours < d.theirs < d.our["frame"]


@rule
def request_behind_a_hole(d):
    """The capture lost the request before this one; what follows the hole is held until it is sure that it is lost."""
    return d.what == "req_frame" and d.theirs and d.ours is None and d.our["dir"] == "response"


@rule
def whole_after_a_cut_one(d):
    """The snap length cut a unit; tshark does not find those that follow it, though they are whole."""
    return d.what == "extra" and not d.our.get("cut") and not set(d.our.get("flaws", ())) - {"byte_count"}


@rule
def found_again_after_a_false_length(d):
    """A length was made wrong; tshark goes on where it points to, in the middle of units."""
    return d.what == "extra" and (d.our.get("oversize") or not {"data", "trailing"} & set(d.our)
                                  or "length" not in d.our.get("flaws", ()))


@rule
def numbers_made_wrong(d):
    """Sequence and acknowledgement numbers were made wrong: what no receiver would accept is not read."""
    return d.what in ("missing", "extra")


@rule
def transport_without_s7(d):
    """ISO transport carries other protocols too: a connection in which no S7 is spoken is not ours to name."""
    tsaps = {d.their.get("src_tsap"), d.their.get("dst_tsap")}
    return d.what == "missing" and d.their["proto"] == "cotp" and d.their["type"] in ("CR", "CC") and tsaps <= {None, "0001"}


@rule
def service_tag(d):
    """tshark has another name for the 802.1ad tag around the 802.1Q tag."""
    return d.what == "vlan" and d.theirs == d.ours[1:]


@rule
def cotp_of_no_use(d):
    """A byte of the COTP header, or of what it carries, was made wrong; tshark shows it as plain data."""
    return d.what == "extra" and d.our["proto"] == "cotp" and (d.our["type"] == "ER" or bool(d.our.get("flaws")))


@rule
def message_behind_a_broken_one(d):
    """tshark takes a whole message for the rest of one that a broken unit before it seemed to begin."""
    return d.what == "extra" and d.our["proto"] == "s7comm" and "flaws" not in d.our and not d.our.get("cut")


@rule
def message_behind_a_false_length(d):
    """A TPKT's length was made wrong; tshark waits for as many bytes, over the messages in the segments that follow."""
    return d.what == "extra" and d.our["proto"] == "s7comm" and "rosctr_name" in d.our


FROM_REQUEST = {"req_frame", "class", "instance", "attribute", "connpoint", "symbol", "path", "path_from_request", "via", "cm"}
CARRIES_CIP = (0x6F, 0x70)


def is_enip(d):
    return (d.our or d.their)["proto"] in ("enip", "cip", "cipio")


def of_request(d):
    """Something that only the request says, and that fenceline does not know: it had no request to join."""
    r = d.our or d.their
    return is_enip(d) and d.what in FROM_REQUEST and d.ours is None and (r.get("resp") or r.get("dir") == "response")


@rule
def lists_without_request(d):
    """tshark looks up the request of Send RR Data and Send Unit Data only."""
    return (d.what == "req_frame" and d.theirs is None and d.ours and d.our["proto"] == "enip"
            and d.our["cmd"] not in CARRIES_CIP and d.our["dir"] == "response")


@rule
def items_of_a_withdrawn_command(d):
    """tshark does not know List Targets, whose answer holds items as the others do."""
    return d.what == "cpf" and d.theirs is None and d.our["cmd"] == 1 and len(d.ours) == 1


@rule
def port_alone(d):
    """tshark takes whatever is on port 44818; it is a game, of which no header is one of the standard."""
    return d.what == "missing" and d.their["proto"] == "enip" and d.their["status"] and d.their.get("malformed")


@rule
def cip_request_behind_a_hole(d):
    """The request's bytes were held behind a hole when the response was told; the operation joins them."""
    return of_request(d) and d.theirs is not None


@rule
def segment_before_its_hole(d):
    """tshark does not read a segment that comes after a later one, or that it has seen acknowledged."""
    return is_enip(d) and d.what == "extra" and "flaws" not in d.our


@rule
def interfaces_apart(d):
    """Two interfaces are two address spaces: a connection whose frames come from both is two, and each knows its half."""
    return is_enip(d) and (d.what == "stream" or (of_request(d) and d.theirs is not None))


@rule
def sequence_of_another_connection(d):
    """tshark takes a request with the same count and another connection, of one that is closed."""
    return of_request(d) and d.theirs is not None


@rule
def claimed_by_another_port(d):
    """tshark gives the connection to the other end's port (1102), where nothing of that protocol is: every unit here is
    whole and each response has its request."""
    return is_enip(d) and d.what == "extra" and "flaws" not in d.our and 1102 in (d.our["sport"], d.our["dport"])


@rule
def items_before_the_cut(d):
    """tshark shows nothing of a unit that the snap length cut but its header."""
    return d.our.get("cut") and ((d.what == "cpf" and d.theirs is None) or (d.what == "req_frame" and d.theirs is None))


@rule
def bytes_made_wrong(d):
    """Bytes were changed at random. tshark ends a list at the first thing that breaks a rule, goes on where a wrong length
    points to, and joins by the count alone; fenceline reads on, marks it, and joins by connection and count."""
    return is_enip(d)
