#!/usr/bin/env python3
"""Golden test: fenceline over one capture and policy must give exactly the bytes that a person has reviewed.

usage: run.py FENCELINE SOURCE_ROOT CASE [--update]

tests/golden/CASE/case.json names capture and policy (relative to SOURCE_ROOT). The test checks that
  - two runs write the same bytes,
  - each log equals tests/golden/CASE/expected/<log>.ndjson, and the summary expected/summary.txt,
  - every record is valid against tests/schema/event.schema.json,
  - no scope's log says more of what lies outside it than the policy lets it,
  - the ground truth beside the capture (<capture>.expected.tsv), written from what the recorded hosts were told
    to do and not from our output, is what was decided.
--update rewrites expected/; the diff is then what is to be reviewed.
"""
import difflib
import ipaddress
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import yaml


def run(fenceline, root, case, out):
    """One run into out; returns (summary text, summary JSON)."""
    args = [fenceline, "run", "-r", case["capture"], "-c", case["policy"]]
    text = subprocess.run(args + ["-o", str(out)], cwd=root, capture_output=True, check=False)
    if text.returncode:
        sys.exit(f"fenceline ended with {text.returncode}:\n{text.stderr.decode()}")
    as_json = subprocess.run(args + ["--json"], cwd=root, capture_output=True, check=True)
    return text.stdout.decode(), json.loads(as_json.stdout)


def logs_of(directory):
    """log name -> the bytes of its segments in order."""
    return {d.name: b"".join(s.read_bytes() for s in sorted(d.glob("*.ndjson")))
            for d in sorted(directory.iterdir()) if d.is_dir()}


def show_difference(name, want, got):
    lines = difflib.unified_diff(want.decode().splitlines(), got.decode().splitlines(), "expected/" + name, "now",
                                 lineterm="", n=0)
    for i, line in enumerate(lines):
        if i == 40:
            print("  ...")
            break
        print(" ", line[:400])



def check_ground_truth(path, records, summary, dissected):
    """Each row: a record, or for ends that a log may not disclose the summary, says that verdict and relation of that
    pair. Returns the number of rows of which that is not so."""
    said = {}
    for row in summary["crossings"] + summary["others"]:
        protocols = {row["protocol"], row.get("transport")}
        said.setdefault((row["from_address"], row["to_address"]), []).append(
            (protocols, row["verdict"], row["scope_relation"]))
    for r in records:
        f = r["fenceline"]
        if "verdict" not in f or "ip" not in r.get("source", {}) or "ip" not in r.get("destination", {}):
            continue
        key = (r["source"]["ip"], r["destination"]["ip"])
        protocols = {r["network"].get("protocol"), r["network"].get("application"), r["network"].get("transport")}
        said.setdefault(key, []).append((protocols, f["verdict"], f["scope_relation"]))
    bad = checked = later = 0
    judged = set()
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if number == 1 or not line or line.startswith("#"):
            continue
        source, destination, protocol, verdict, relation = line.split("\t")[:5]
        if verdict == "within_zone":
            continue  # leaves no zone, so it is in the summary's matrix and not a boundary record
        pair = (source, destination, protocol)
        if protocol in ("s7comm", "enip") and protocol not in dissected and (
                pair in judged or verdict in ("operation", "object")):
            later += 1  # verdicts on single operations need a dissector for that protocol
            continue
        judged.add(pair)
        checked += 1
        if not any(protocol in p and v == verdict and s == relation for p, v, s in said.get((source, destination), [])):
            bad += 1
            print(f"{path.name}:{number}: {source} -> {destination} {protocol}: want {verdict}, {relation}; said "
                  f"{sorted({(v, s) for p, v, s in said.get((source, destination), []) if protocol in p} or {(v, s, *sorted(x for x in p if x)) for p, v, s in said.get((source, destination), [])})}")
    print(f"ground truth: {checked - bad} of {checked} rows hold, {later} wait for a dissector of operations")
    return bad if checked else 1


def check_separation(policy_path, logs):
    """No log of a scope says more of what lies outside it than the far end of a crossing, as far as `disclose` lets it:
    looked for as plain text in each whole line, so also in messages, ids and hashes' neighbours. Returns the faults."""
    policy = yaml.safe_load(policy_path.read_text())
    certified = {p["id"]: p.get("scope") for p in policy["plants"] if p.get("state", "certified") == "certified"}
    scope_of, nets, words = {}, [], {}
    for z in policy["zones"]:
        scope_of[z["id"]] = z.get("scope", certified.get(z["plant"]) if z.get("in_scope", True) else None)
        words[z["id"]] = {a["id"] for a in z.get("assets", [])} | {a["name"] for a in z.get("assets", []) if "name" in a}
        nets += [(ipaddress.ip_network(m), z["id"]) for m in z["members"]
                 if isinstance(m, str) and ("." in m or "::" in m)]
    faults = 0
    for scope in policy["scopes"]:
        allowed = ["none", "plant", "zone", "address"].index(scope.get("disclose", "address"))
        for number, line in enumerate(logs.get(f"{scope['id']}.ndjson", b"").decode().splitlines()):
            outside = {z for z, s in scope_of.items() if s != scope["id"]}
            said = {z for z in outside if re.search(rf'(?<![\w-]){re.escape(z)}(?![\w-])', line)}
            assets = {w for z in outside for w in words[z] if re.search(rf'(?<![\w-]){re.escape(w)}(?![\w-])', line)}
            addresses = set()
            for text in re.findall(r'(?<![\w.:])(?:\d+\.\d+\.\d+\.\d+|[0-9a-f]*:[0-9a-f:]+:[0-9a-f:]*)(?![\w.:])', line):
                try:
                    a = ipaddress.ip_address(text)
                except ValueError:
                    continue  # a time, a version
                hits = [(n.prefixlen, z) for n, z in nets if a.version == n.version and a in n]
                if hits and max(hits)[1] in outside:
                    addresses.add(text)
            crossing = json.loads(line)["fenceline"].get("scope_relation") in ("crossing", "inter_scope")
            if (said and not (crossing and allowed >= 2 and len(said) == 1)) or \
                    ((addresses or assets) and not (crossing and allowed >= 3 and len(addresses) <= 1)):
                faults += 1
                print(f"{scope['id']}:{number}: says {sorted(said | assets | addresses)} of what lies outside: {line[:300]}")
    return faults


def main():
    fenceline, root, name = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve(), sys.argv[3]
    update = "--update" in sys.argv[4:]
    here = root / "tests" / "golden" / name
    case = json.loads((here / "case.json").read_text())
    expected = here / "expected"
    bad = 0
    with tempfile.TemporaryDirectory() as tmp:
        first, second = pathlib.Path(tmp) / "1", pathlib.Path(tmp) / "2"
        text, summary = run(fenceline, root, case, first)
        run(fenceline, root, case, second)
        logs, again = logs_of(first), logs_of(second)
        if logs != again:
            print("two runs wrote different bytes")
            bad += 1
        got = {f"{log}.ndjson": content for log, content in logs.items()}
        got["summary.txt"] = text.encode()
        if update:
            shutil.rmtree(expected, ignore_errors=True)
            expected.mkdir(parents=True)
            for file, content in got.items():
                (expected / file).write_bytes(content)
            print(f"wrote {len(got)} files to {expected}; review the diff")
        for file in sorted(set(got) | {p.name for p in expected.glob("*")}):
            want = (expected / file).read_bytes() if (expected / file).exists() else b""
            if want != got.get(file, b""):
                print(f"{name}: {file} is not as expected")
                show_difference(file, want, got.get(file, b""))
                bad += 1
        for log in sorted(first.iterdir()):
            if log.is_dir():
                files = [str(s) for s in sorted(log.glob("*.ndjson"))]
                valid = subprocess.run([sys.executable, str(root / "tests/schema/validate.py"), *files], check=False)
                bad += valid.returncode != 0
        records = [json.loads(line) for content in logs.values() for line in content.splitlines()]
        separation = check_separation(root / case["policy"], got)
        print(f"scope separation: {separation} faults")
        bad += separation
        truth = root / (case["capture"].rsplit(".", 1)[0] + ".expected.tsv")
        if truth.exists():
            bad += check_ground_truth(truth, records, summary, set(case.get("dissected", [])))
    print(f"{name}: {sum(c.count(10) for c in logs.values())} records in {len(logs)} logs, {bad} faults")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
