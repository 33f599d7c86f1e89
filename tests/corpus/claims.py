"""What the checks say of published programs, and whether it is true:
`PYTHONPATH=pants-plugins python -m tests.corpus.claims DIRECTORY [NAME…]`.

Each program of `published.py` is judged as an image with nothing else in it, and run in an empty root as the image's user,
with strace. A claim is *seen* if a run looks for what the claim says it lacks; else it is *linked*, because its code is in
the program, or a *hint*. What runs look for and no claim names is *missed*. Then the one fix is pasted into the target: the
findings are computed anew, and the same commands run again in the root that the fix makes. The table is written to stdout,
in Markdown; packages stay in the directory. It needs root, strace, openssl and what `published.py` needs.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import re
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Dict, FrozenSet, Iterator, List, NamedTuple, Sequence, Set, Tuple

from scratch_image.binary import evidence
from scratch_image.binary.facts import ProgramFacts
from scratch_image.binary.read import read_facts
from scratch_image.checks.findings import Finding, one_fix
from scratch_image.checks.judge import judge
from tests.corpus.published import PROGRAMS, Failed, Published, fetched
from tests.support.facts import spec_of
from tests.support.roots import model

_CLONE_NEWNET, _SIOCSIFFLAGS, _IFF_UP = 0x40000000, 0x8914, 1
_SECONDS = 10
_UID = 65532
# What a program needs → the paths that it looks for then.
_LOOKS: Dict[str, str] = {
    evidence.CA: r"/etc/(ssl|pki)/|/cert\.pem|/ca-bundle|/certs(/|$)",
    evidence.TZ: r"^/usr/share/(lib/)?zoneinfo(/|$)|^/etc/zoneinfo|^/usr/lib/locale/TZ",
    evidence.TMP: r"^/tmp(/|$)|^/var/tmp(/|$)",
    evidence.USERS: r"^/etc/(passwd|group)$",
    evidence.CACHE: r"^(/home/nonroot)?/\.cache(/|$)",
    evidence.MIME: r"/mime\.types$|/mime/(globs2|packages)",
    evidence.TERMINFO: r"terminfo(/|$)",
    evidence.PLUGINS: r"/(?!ld-|libnss_)[^/]*\.so(\.\d+)*$",
    evidence.NSS: r"/libnss_[^/]*$",
    evidence.SUBPROCESS: r"^(/usr(/local)?)?/s?bin/",
}
# Need → the checks that claim it.
CHECKS: Dict[str, Tuple[str, ...]] = {
    evidence.CA: ("SR040", "SR041"),
    evidence.TZ: ("SR042",),
    evidence.TMP: ("SR043",),
    evidence.USERS: ("SR044",),
    evidence.CACHE: ("SR070",),
    evidence.MIME: ("SR047",),
    evidence.TERMINFO: ("SR047",),
    evidence.PLUGINS: ("SR071",),
    evidence.NSS: ("SR046",),
    evidence.SUBPROCESS: ("SR045",),
}
_LIKE = {evidence.CURRENT_USER: evidence.USERS}
# How the needs were looked for.
_OF_NO_NEED = ("SR048",)
_CALL = re.compile(r'^\d+ +\w+\((?:AT_FDCWD, |\d+(?:<[^>]*>)?, )?"((?:[^"\\]|\\.)*)"(.*)')
_WORK: Dict[str, str] = {
    "hello.py": "print('hello')\n",
    "a.sh": "#!/bin/sh\necho  $1 hello\n",
    "a.ts": "const a: number = 1;\nconsole.log(a)\n",
    "a.js": "export default function () {}\n",
    "a.go": 'package main\nimport "fmt"\nfunc main() { fmt.Println( 1) }\n',
    "a.zig": "pub fn main() void {}\n",
    "a.res": "let a = 1\n",
    "a.proto": 'syntax = "proto3"; package a; message A {}\n',
    "a.toml": "a=1\n",
    "a.yml": "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo hello\n",
    "index.html": "<html lang=en><body><h1>hello</h1></body></html>\n",
    "Dockerfile": "FROM debian:12\nRUN echo hello\n",
    "BUILD": 'cc_library(name="a",)\n',
    "justfile": "a := `echo hello`\ndefault:\n  echo {{a}} {{ datetime('%Z') }}\n",
    "Taskfile.yml": "version: '3'\ntasks:\n  default:\n    cmds: [echo hello]\n",
    "Cargo.toml": '[package]\nname = "a"\nversion = "0.1.0"\n',
    "build.ninja": "rule a\n  command = echo hello > $out\nbuild x: a\n",
    "rescript.json": '{"name": "a", "sources": "."}\n',
}


class Claims(NamedTuple):
    """`findings` by need; `seen` are the needs that runs look for, `left` the findings after the fix, and `lacking` the
    needs that runs still look for in vain then."""

    program: ProgramFacts
    findings: Tuple[Finding, ...]
    seen: FrozenSet[str]
    fix: str
    left: Tuple[Finding, ...]
    lacking: FrozenSet[str]


def claims_of(program: Published, path: Path, url: str) -> Claims:
    """What is claimed of a program, and what it does."""
    facts = read_facts(memoryview(path.read_bytes()))
    if facts.program is None or facts.program.needs is None:
        raise Failed(f"{program.name}: not a static program: {facts}")
    spec = spec_of()
    findings = one_fix(judge(spec, facts, "").findings, spec)
    fix = next((finding.fix for finding in findings if finding.change), "")
    after = spec_of(**eval(f"dict({fix})"))
    left = tuple(finding for finding in judge(after, facts, "").findings if finding.change)
    found, _ = _runs(program, path, url, {})
    again, failed = _runs(program, path, url, eval(f"dict({fix})"))
    return Claims(facts.program, findings, frozenset(found | again), fix, left, frozenset(failed))


def _runs(program: Published, path: Path, url: str, fields: Dict[str, object]) -> Tuple[Set[str], Set[str]]:
    """(the needs that the runs look for, those of them that they never find)."""
    seen: Set[str] = set()
    found: Set[str] = set()
    for run in ("", "--version", "--help", *program.runs):
        words = [_filled(word, url) for word in _words(run)]
        for place, rest in _calls(path, words, fields):
            for need, pattern in _LOOKS.items():
                if re.search(pattern, place):
                    seen.add(need)
                    if " = -1 " not in rest or (need == evidence.CACHE and " EACCES " not in rest):
                        found.add(need)
    return seen, seen - found


def _words(run: str) -> List[str]:
    return [word.replace("\t", " ") for word in run.split(" ") if word]


def _filled(word: str, url: str) -> str:
    return word.replace("{url}", url).replace("{host}", url.partition("//")[2])


def _calls(path: Path, words: Sequence[str], fields: Dict[str, object]) -> Iterator[Tuple[str, str]]:
    """The calls with a path of one run: (path, the rest of the line)."""
    with tempfile.TemporaryDirectory(dir=path.parent) as name:
        root, log = Path(name, "root"), Path(name, "log")
        _write(root, path, fields)
        env = {**model({}, **fields).env, "TERM": "xterm"}
        strace = ("strace", "-f", "-qq", "-e", "trace=%file", "-s", "300", "-o", str(log))
        command = (*strace, "chroot", f"--userspec={_UID}:{_UID}", str(root), f"/{path.name}", *words)
        try:
            subprocess.run(
                command,
                env=env,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=_SECONDS,
                start_new_session=True,
            )
        except subprocess.TimeoutExpired:
            pass  # A server, or a program that waits.
        lines = log.read_text("utf-8", "replace").split("\n")
    starts = [number for number, line in enumerate(lines) if f'execve("/{path.name}"' in line and line.endswith(" = 0")]
    for line in lines[starts[0] + 1 :] if starts else ():
        match = _CALL.match(line)
        if match:
            yield match[1], match[2]


def _write(root: Path, program: Path, fields: Dict[str, object]) -> None:
    """The root of an image with a program, the user's /desk, and what the fields put there."""
    (root / "desk").mkdir(parents=True)
    shutil.copyfile(program, root / program.name)
    (root / program.name).chmod(0o755)
    for name, text in _WORK.items():
        (root / "desk" / name).write_text(text)
    for directory in ("dev", "proc"):
        (root / directory).mkdir()
    names = fields.get("runtime_files", ())
    assert isinstance(names, (list, tuple))
    if "ca-certificates" in names:
        (root / "etc/ssl/certs").mkdir(parents=True)
        shutil.copyfile("/etc/ssl/certs/ca-certificates.crt", root / "etc/ssl/certs/ca-certificates.crt")
    if "tzdata" in names:
        shutil.copytree("/usr/share/zoneinfo", root / "usr/share/zoneinfo", symlinks=True)
    if "tmp" in names:
        (root / "tmp").mkdir()
        (root / "tmp").chmod(0o1777)
    if "nonroot" in names:
        (root / "etc").mkdir(exist_ok=True)
        (root / "etc/passwd").write_text(f"root:x:0:0:root:/root:\nnonroot:x:{_UID}:{_UID}:nonroot:/home/nonroot:\n")
        (root / "etc/group").write_text(f"root:x:0:\nnonroot:x:{_UID}:\n")
        (root / "home/nonroot").mkdir(parents=True, mode=0o700)
        os.chown(root / "home/nonroot", _UID, _UID)
    for place in (root / "desk", *(root / "desk").iterdir()):
        os.chown(place, _UID, _UID)


def _isolate() -> None:
    """Leaves the network: nothing but a loopback interface is there."""
    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNET):
        raise PermissionError("no namespace for the network")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sh", b"lo", _IFF_UP))


def _serve(directory: Path) -> str:
    """The URL of a TLS server whose certificate no program knows."""
    key, certificate = directory / "key.pem", directory / "certificate.pem"
    subject = ("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1")
    made = (
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "30",
        "-keyout",
        str(key),
        "-out",
        str(certificate),
    )
    subprocess.run((*made, *subject), check=True, stderr=subprocess.DEVNULL)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listener = socket.create_server(("127.0.0.1", 0))

    def answer(connection: socket.socket) -> None:
        try:
            with context.wrap_socket(connection, server_side=True) as tls:
                tls.recv(4096)
                tls.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        except (OSError, ssl.SSLError):
            pass

    def serve() -> None:
        while True:
            threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    return f"https://127.0.0.1:{listener.getsockname()[1]}"


def main(args: List[str]) -> int:
    directory = Path(args[0]).resolve()
    programs = [program for program in PROGRAMS if not args[1:] or program.name in args[1:]]
    paths = {}
    for program in programs:
        try:
            paths[program] = fetched(program, directory)
        except Failed as error:
            print(error, file=sys.stderr)
    _isolate()
    with tempfile.TemporaryDirectory() as temporary:
        url = _serve(Path(temporary))
        print("| program | made with | seen in runs | linked | hint | seen, not claimed | left after the fix |")
        print("| --- | --- | --- | --- | --- | --- | --- |")
        for program, path in paths.items():
            print(_row(program, claims_of(program, path, url)), flush=True)
    return 0 if len(paths) == len(programs) else 1


def _row(program: Published, claims: Claims) -> str:
    needs = claims.program.needs
    assert needs
    levels = {check: need.level for need in needs.found for check in CHECKS.get(_LIKE.get(need.name, need.name), ())}
    cells: Dict[str, List[str]] = {"seen": [], evidence.LINKED: [], evidence.HINT: []}
    for finding in claims.findings:
        if finding.check[:4] in ("SR04", "SR07") and finding.check not in _OF_NO_NEED:
            seen = any(finding.check in CHECKS[need] for need in claims.seen)
            name = f"{finding.check}{'' if finding.severity == 'warning' else ' (info)'}"
            cells["seen" if seen else levels.get(finding.check, evidence.HINT)].append(name)
    made = f"{needs.language or '–'}{', glibc' if claims.program.glibc else ''}"
    shown = (program.name, made, *(", ".join(cell) for cell in cells.values()))
    return f"| {' | '.join((*shown, ', '.join(missed(claims)), ', '.join(left(claims))))} |"


def missed(claims: Claims) -> List[str]:
    """What runs look for, and no finding names."""
    needs = claims.program.needs
    assert needs
    claimed = {finding.check for finding in claims.findings}
    silent = (*needs.embedded, *needs.unclear)
    return [need for need in sorted(claims.seen) if need not in silent and not claimed.intersection(CHECKS[need])]


def left(claims: Claims) -> List[str]:
    """What the fix was for and is not cured, by the checks or by the runs."""
    cured = {check for finding in claims.findings if finding.change for check in (finding.check,)}
    lacking = [need for need in sorted(claims.lacking) if cured.intersection(CHECKS[need])]
    return [finding.check for finding in claims.left] + lacking


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
