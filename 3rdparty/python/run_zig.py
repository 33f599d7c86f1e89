"""Runs the Zig toolchain of the `ziglang` wheel with its caches in the working directory."""

import os
import sys

import ziglang

here = os.getcwd()
caches = {f"ZIG_{kind}_CACHE_DIR": os.path.join(here, ".zig-cache") for kind in ("GLOBAL", "LOCAL")}
program = os.path.join(os.path.dirname(os.path.realpath(ziglang.__file__)), "zig")
os.execve(program, [program, *sys.argv[1:]], {**caches, **os.environ})
