"""For each check an image that it reports something on: docs/checks.md shows what is said, and a test that all are here."""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterable, Tuple

from scratch_image.binary import evidence
from scratch_image.binary.evidence import Need
from scratch_image.binary.facts import BinaryFacts, ProgramFacts
from scratch_image.binary.go import GoBuild
from scratch_image.binary.needs import NAMES, NONE, STRINGS, Needs
from scratch_image.certificates.facts import BundleFacts, CertificateFacts
from scratch_image.checks import paths
from scratch_image.checks.certificates import validity
from scratch_image.checks.contents import contents
from scratch_image.checks.findings import Finding, one_fix, show
from scratch_image.checks.judge import judge
from scratch_image.image.contents import Contents
from scratch_image.oci.platform import Platform
from scratch_image.oci.tar import Entry, FileEntry
from scratch_image.root.of_image import KnownContents
from tests.support import facts
from tests.support.facts import spec_of

IMAGE = "src/hello:image"
_SCRIPT = BinaryFacts(script="/bin/sh")
_MACH_O = BinaryFacts(other="a macOS program (Mach-O, arm64)")
_CUT = BinaryFacts(broken="segment 2 (PT_LOAD) ends at 1543464, the file at 794705: it is truncated")
_LOADER, _MUSL_LOADER = "/lib64/ld-linux-x86-64.so.2", "/lib/ld-musl-x86_64.so.1"
_ROOT = CertificateFacts("CN=Company Root", "9350d7c1bbad8174" + "0" * 48, "2015-01-01T00:00:00Z", "2025-01-01T00:00:00Z")


def program(**changes: Any) -> ProgramFacts:
    """A static Go program for x86-64 that needs nothing, but for these changes."""
    return facts.program(**{"go": True, "needs": Needs(NAMES, (), language="Go"), **changes})


def needing(name: str, level: str, text: str, **more: Any) -> ProgramFacts:
    """A program with one need; `more` is of its Needs."""
    strings = level == evidence.HINT
    known: Dict[str, Any] = {"evidence": STRINGS if strings else NAMES, "language": "C" if strings else "Go", **more}
    return program(go=not strings, needs=Needs(found=(Need(name, level, text),), **known))


def _dynamic(loader: str, *needed: str, **changes: Any) -> ProgramFacts:
    return program(linkage="dynamic", interpreter=loader, needed=needed, needs=None, **changes)


_MODES = {"/srv/job.py": 0o644, "/bin/helper": 0o4755}
_CHANGED = GoBuild("go1.26.6", "example.org/hello", (), {"vcs.revision": "0f5d3a1", "vcs.modified": "true"})
# Check → fields of the target, facts of the program or of a file that is none, kind of the target that made it.
_SAMPLES: Dict[str, Tuple[Dict[str, object], object, str]] = {
    "SR001": ({}, _SCRIPT, "file"),
    "SR002": ({}, _MACH_O, "adhoc_tool"),
    "SR003": ({}, _CUT, "adhoc_tool"),
    "SR004": ({}, program(linkage="object"), "adhoc_tool"),
    "SR010": ({}, _dynamic(_LOADER, "libc.so.6"), "go_binary"),
    "SR011": ({}, _dynamic(_LOADER), "adhoc_tool"),
    "SR012": ({}, program(linkage="shared library", needs=None), "adhoc_tool"),
    "SR013": ({}, _dynamic(_MUSL_LOADER, "libc.so", go=False), "shell_command"),
    "SR020": ({"platform": "linux/arm64"}, program(), "go_binary"),
    "SR021": ({}, program(foreign_os="FreeBSD"), "adhoc_tool"),
    "SR022": ({"platform": "linux/arm/v6"}, program(machine=40, word_size=32, arm_version=7), "adhoc_tool"),
    "SR023": ({}, program(x86_level=3), "adhoc_tool"),
    "SR030": ({}, program(executable_stack=True), "shell_command"),
    "SR032": ({}, program(packed=True, needs=Needs(NONE, ())), "shell_command"),
    "SR033": ({"entrypoint": ["/bin/sh", "-c", "/app"]}, program(), "go_binary"),
    "SR040": (
        {"runtime_files": ["tmp"]},
        needing(evidence.CA, evidence.LINKED, "net/http.(*Transport).dialConn"),
        "go_binary",
    ),
    "SR041": (
        {},
        needing(evidence.CA, evidence.HINT, "/usr/lib/ssl/cert.pem", openssl_cert_file="/usr/lib/ssl/cert.pem"),
        "shell_command",
    ),
    "SR042": ({}, needing(evidence.TZ, evidence.LINKED, "time.LoadLocation"), "go_binary"),
    "SR043": ({}, needing(evidence.TMP, evidence.LINKED, "os.CreateTemp"), "go_binary"),
    "SR044": ({}, needing(evidence.USERS, evidence.LINKED, "os/user.Lookup"), "go_binary"),
    "SR045": ({}, needing(evidence.SUBPROCESS, evidence.LINKED, "os/exec.(*Cmd).Start"), "go_binary"),
    "SR046": (
        {},
        needing(evidence.NSS, evidence.LINKED, "libnss_%s", evidence=STRINGS, language="C", databases=("hosts",)),
        "shell_command",
    ),
    "SR047": ({}, needing(evidence.TERMINFO, evidence.HINT, "/usr/share/terminfo"), "shell_command"),
    "SR048": ({}, program(needs=Needs(NONE, ())), "go_binary"),
    "SR049": ({"runtime_files": ["tzdata", "tmp"]}, needing(evidence.TMP, evidence.LINKED, "os.CreateTemp"), "go_binary"),
    "SR050": ({}, program(go_build=_CHANGED), "adhoc_tool"),
    "SR051": ({}, program(build_path="/tmp/pants-sandbox-Kq2TVc"), "go_binary"),
    "SR052": ({}, program(strippable_bytes=2_171_886), "go_binary"),
    "OI003": ({"env": {"VERSION": "{env.GIT_SHA}"}}, program(), "go_binary"),
    "SR035": ({"volumes": ["/data"]}, program(), "go_binary"),
    "SR037": ({"exposed_ports": ["80"]}, program(), "go_binary"),
    "SR038": ({"capabilities": ["cap_net_bind_service"]}, program(), "go_binary"),
    "SR070": ({}, needing(evidence.CACHE, evidence.LINKED, "os.UserCacheDir"), "go_binary"),
    "SR071": ({}, needing(evidence.PLUGINS, evidence.LINKED, "plugin.Open"), "go_binary"),
    "OI001": ({"user": "100000:100000"}, program(), "go_binary"),
}


_ENTRIES: Dict[str, Tuple[FileEntry, ...]] = {
    "SR046": (FileEntry("etc/nsswitch.conf", "content/etc/nsswitch.conf", 20, 0o644),)
}
_OF_CONTENTS: Dict[str, Callable[[], Iterable[Finding]]] = {
    **dict.fromkeys(("SR031", "SR034", "OI002"), lambda: contents(_MODES, (("/data/A", "/data/a"),))),
    "SR036": lambda: paths.mounted_over(spec_of(), contents_with(FileEntry("etc/hosts", "", 1, 0o644))),
    "OI004": lambda: paths.owners(contents_with(FileEntry("srv/a", "", 1, 0o644, 100000, 100000))),
    "OI005": lambda: paths.layers(spec_of(), Contents({f":{number}": () for number in range(130)}, (), {})),
    "OI006": lambda: paths.variants((Platform.parse("linux/amd64/v3"), Platform.parse("linux/arm64"))),
}


def contents_with(*entries: Entry) -> Contents:
    return Contents({}, entries, {})


def sample(check: str) -> Tuple[Finding, ...]:
    """What a check says of its sample; what other checks say of it is left out."""
    if check == "SR060":
        return tuple(validity(BundleFacts((_ROOT,), ()), "2026-01-01T00:00:00Z"))
    if check in _OF_CONTENTS:
        return tuple(finding for finding in _OF_CONTENTS[check]() if finding.check == check)
    fields, what, kind = _SAMPLES[check]
    found = BinaryFacts(program=what) if isinstance(what, ProgramFacts) else what
    assert isinstance(found, BinaryFacts)
    spec = spec_of(**fields)
    of = contents_with(*_ENTRIES.get(check, ()))
    known = KnownContents({f"/{entry.path}": b"hosts: files mdns4\n" for entry in _ENTRIES.get(check, ())})
    findings = judge(spec, found, kind, of, known).findings
    return one_fix((finding for finding in findings if finding.check == check), spec)


def shown(check: str) -> str:
    return show(sample(check), IMAGE)
