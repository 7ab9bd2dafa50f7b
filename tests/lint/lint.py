#!/usr/bin/env python3
"""Checks what a compiler does not: who may include whom, third-party headers in one room each, banned functions.

usage: lint.py SOURCE_ROOT. Prints each offence as file:line: text; exit 0 if there is none, 1 otherwise.
"""
import pathlib
import re
import sys

# A room may include itself, fenceline/ (contracts) and these; the arrows of the design, towards src/base.
ROOMS = {
    "include": set(),
    "src/base": set(),
    "src/capture": {"src/base"},
    "src/decode": {"src/base"},
    "src/flow": {"src/base"},
    "src/dpi": {"src/base"},
    "dissectors": {"src/base"},
    "zones": {"src/base"},
    "src/event": {"src/base", "src/decode", "zones"},
    "src/evidence": {"src/base"},
    "src/sink": {"src/base", "src/evidence"},
    "src/report": {"src/base", "src/decode", "zones"},
    "src/monitor": {"src/base", "src/capture", "src/decode", "src/flow", "src/dpi", "dissectors", "zones", "src/event",
                    "src/evidence", "src/sink", "src/report"},
    "src/cli": {"src/base", "src/capture", "src/decode", "src/flow", "dissectors", "zones", "src/report", "src/monitor",
                "src/event"},
}
THIRD_PARTY = {  # header pattern -> the rooms that may know it
    r"pcap(/|\.h|-)": {"src/capture"},
    r"ndpi": {"src/dpi"},
    r"(lib)?rdkafka": {"src/sink"},
    r"<yaml\.h": {"src/base"},
    r"cjson|cJSON": {"src/event", "src/evidence", "src/sink"},
    r"openssl": {"src/base"},
    r"xxhash": {"src/flow"},
    r"pthread\.h": {"src/monitor", "src/sink", "src/dpi"},
}
BANNED = re.compile(r"\b(strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|gets|gmtime|localtime|ctime|asctime|alloca)\s*\(")
TOP_LEVEL = {"meson.build", "src", "include", "dissectors", "zones", "rules", "tests", "pcaps", "systemd", "README.md",
             "LICENSE", "bootstrap", "meson.options", "build"}


def room_of(path):
    parts = path.parts
    if parts[0] == "src":
        return "/".join(parts[:2])
    return parts[0]


def included_room(root, path, name):
    """The room a quoted include lands in, or None for fenceline/ contracts."""
    if name.startswith("fenceline/"):
        return None
    for base in (path.parent, pathlib.Path("."), pathlib.Path("src"), pathlib.Path("include")):
        if (root / base / name).is_file():
            return room_of(pathlib.Path(*(base / name).parts))
    return "?" + name


def code_lines(text):
    """Lines without comments and string contents, so that words in prose do not count."""
    text = re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m.group()), text, flags=re.S)
    text = re.sub(r'"(\\.|[^"\\\n])*"', lambda m: m.group() if "/" in m.group() or ".h" in m.group() else '""', text)
    return re.sub(r"//[^\n]*", "", text).split("\n")


def main(root):
    offences = []
    files = [p.relative_to(root) for top in ("src", "include", "dissectors", "zones") for p in (root / top).rglob("*.[ch]")]
    if not files:
        print("lint: no source found below", root)
        return 1
    for path in sorted(files):
        room = room_of(path)
        if room not in ROOMS:
            offences.append(f"{path}:1: a room that lint.py does not know")
            continue
        for number, line in enumerate(code_lines((root / path).read_text()), 1):
            quoted = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            if quoted:
                other = included_room(root, path, quoted.group(1))
                if other and other != room and other not in ROOMS[room]:
                    offences.append(f"{path}:{number}: {room} must not include {quoted.group(1)} ({other})")
            angled = re.match(r"\s*#\s*include\s+(<[^>]+>)", line)
            if angled:
                for pattern, rooms in THIRD_PARTY.items():
                    if re.search(pattern, angled.group(1)) and room not in rooms:
                        offences.append(f"{path}:{number}: {angled.group(1)} belongs in {', '.join(sorted(rooms))} only")
            banned = BANNED.search(line)
            if banned:
                offences.append(f"{path}:{number}: {banned.group(1)} is banned: it has no bound or shares state")
    for p in root.iterdir():
        if not p.name.startswith(".") and p.name not in TOP_LEVEL:
            offences.append(f"{p.name}:1: not part of the fixed top level")
    for o in offences:
        print(o)
    print(f"lint: {len(files)} files, {len(offences)} offences")
    return 1 if offences else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
