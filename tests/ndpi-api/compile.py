#!/usr/bin/env python3
"""Compiles src/dpi against the interface of every nDPI release that its version macros know, without linking.

usage: compile.py SOURCE_ROOT COMPILER...
The releases' interfaces are in ndpi_api.h beside this file. With NDPI_INCLUDE=DIR also against a real ndpi_api.h: DIR is
the directory that holds it; without it that part is left out, and said so.
"""
import os
import pathlib
import subprocess
import sys

RELEASES = (402, 404, 406, 407, 408, 410, 412, 414, 500)
UNSURE = (410, 412, 414)  # void or int: see ndpi_api.h
REFUSED = (400, 600)  # the adapter must say itself that it does not know these
SOURCES = ("src/dpi/dpi.c", "src/dpi/names.c")
FLAGS = ("-std=c17", "-D_GNU_SOURCE", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-Wno-missing-field-initializers")


def compiles(compiler, root, *options):
    """What the compiler says against it, or an empty text."""
    said = ""
    for source in SOURCES:
        run = subprocess.run([*compiler, *FLAGS, f"-I{root}", f"-I{root}/include", f"-I{root}/src", *options,
                              str(root / source)], capture_output=True, text=True, check=False)
        if run.returncode:
            said += run.stdout + run.stderr
    return said


def main():
    root, compiler = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]
    ours = f"-isystem{pathlib.Path(__file__).resolve().parent}"
    faults = 0
    cases = [(f"{r // 100}.{r % 100}", [f"-DNDPI_API={r}"]) for r in RELEASES]
    cases += [(f"{r // 100}.{r % 100}, finalize returns int", [f"-DNDPI_API={r}", "-DNDPI_API_FINALIZE_INT"]) for r in UNSURE]
    for name, options in cases:
        said = compiles(compiler, root, ours, *options)
        print(f"nDPI {name}: {'FAILED' if said else 'ok'}")
        faults += bool(said)
        sys.stdout.write(said[:4000])
    for r in REFUSED:
        refused = "#error" in compiles(compiler, root, ours, f"-DNDPI_API={r}")
        print(f"nDPI {r // 100}.{r % 100}: {'refused, as it must be' if refused else 'FAILED: not refused'}")
        faults += not refused
    real = os.environ.get("NDPI_INCLUDE")
    if real:
        said = compiles(compiler, root, f"-isystem{real}")
        print(f"nDPI of {real}: {'FAILED' if said else 'ok'}")
        faults += bool(said)
        sys.stdout.write(said[:4000])
    else:
        print("skipped: the headers of another nDPI (NDPI_INCLUDE is not set)")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
