#!/usr/bin/env python3
"""Feeds damaged files to the loaders of kernel modules and programs, and damaged volumes, settings and memory maps to
stage 2, under libFuzzer and the sanitizers.

    fuzz.py [--runs N] [--seed N] [TARGET...]

A target is fuzz_TARGET.c beside this file; its first files are corpus/TARGET/*.hex: bytes in hexadecimal, `zero N` for
that many zeroes, # for a comment. A file that breaks a loader is kept as build/fuzz/TARGET-crash-...; add it to the
corpus as text when it is repaired. Ends with 0 only if every run of every target was clean.
"""

import argparse
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
MODULE = "kernel/core/module"
PROCESS = "kernel/core/process"
STAGE2 = "bootloader/stage2"
SOURCES = {
    "config": [f"{STAGE2}/config.c"],
    "fat": [f"{STAGE2}/fat.c", f"{STAGE2}/fat_name.c"],
    "memory_map": [f"{STAGE2}/memory_map.c"],
    "module": [*(f"{MODULE}/object{part}.c" for part in ("", "_symbols", "_place", "_refuse")), "lib/format.c",
               "lib/divide.c"],
    "program": [f"{PROCESS}/{name}.c" for name in ("program", "program_symbols", "dynamic", "bind", "library")],
}
SHARED = ["kernel/core/relocate.c", "lib/string.c"]
SANITIZE = "-fsanitize=fuzzer,address,undefined"
FLAGS = ["-std=gnu11", "-g", "-O1", "-Iinclude", SANITIZE, "-fno-sanitize-recover=all"]
LARGEST = 16384  # bytes of a file


def read_hex(path):
    data = bytearray()
    for line in path.read_text(encoding="ascii").splitlines():
        line = line.split("#")[0].strip()
        data += bytes(int(line.split()[1])) if line.startswith("zero ") else bytes.fromhex(line)
    return bytes(data)


def build(target, folder):
    program = folder / f"fuzz_{target}"
    sources = [f"tests/fuzz/fuzz_{target}.c", *SOURCES[target], *SHARED]
    subprocess.run(["clang", *FLAGS, "-o", program, *sources], cwd=TOP, check=True)
    return program


def run(target, runs, seed):
    """True where no run failed."""
    folder = TOP / "build/fuzz"
    corpus = folder / f"{target}-{seed}"
    corpus.mkdir(parents=True, exist_ok=True)
    for old in corpus.iterdir():
        old.unlink()
    for path in sorted((HERE / "corpus" / target).glob("*.hex")):
        (corpus / path.stem).write_bytes(read_hex(path))
    command = [build(target, folder), f"-runs={runs}", f"-seed={seed}", f"-max_len={LARGEST}", "-timeout=10",
               "-rss_limit_mb=512", "-print_final_stats=1", "-verbosity=0", f"-artifact_prefix={folder}/{target}-",
               corpus]  # fmt: skip
    done = subprocess.run(command, cwd=TOP, text=True, errors="replace", capture_output=True, check=False)
    if done.returncode:
        print(f"{target}: a file broke the loader:\n{done.stdout}{done.stderr}")
        return False
    print(f"{target}: {runs} files, none broke the loader")
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("target", nargs="*", default=sorted(SOURCES), metavar="TARGET")
    options = parser.parse_args()
    unknown = set(options.target) - set(SOURCES)
    if unknown:
        sys.exit(f"fuzz.py: no target {', '.join(sorted(unknown))}; there are: {', '.join(sorted(SOURCES))}")
    results = [run(target, options.runs, options.seed) for target in options.target]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
